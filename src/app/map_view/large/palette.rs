//! The looks of a layer as the shader reads them. Knows no device.

use crate::app::map_view::paint::SCREEN_SCALE;
use crate::app::theme::color32;
use crate::scene::pyramid::classes::{Look, MOST_LOOKS};
use crate::scene::style::LineStyle;
use crate::scene::{Rgba, faded};

/// Nine groups of four numbers.
pub(super) const LOOK_BYTES: usize = 9 * 16;

/// [`MOST_LOOKS`] of them; the rest are zero.
pub(super) fn bytes(looks: &[Look], opacity: f32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MOST_LOOKS * LOOK_BYTES);
    for look in looks.iter().take(MOST_LOOKS) {
        for group in groups(look, opacity) {
            bytes.extend(group.iter().flat_map(|value| value.to_ne_bytes()));
        }
    }
    bytes.resize(MOST_LOOKS * LOOK_BYTES, 0);
    bytes
}

fn groups(look: &Look, opacity: f32) -> [[f32; 4]; 9] {
    let color = |color: Rgba| {
        let [r, g, b, a] = color32(faded(color, opacity)).to_array();
        [r, g, b, a].map(|part| f32::from(part) / 255.0)
    };
    let outline = look.area.outline;
    let (hatch, hatching) = look.hatch.map_or(([0.0; 4], [0.0; 4]), |hatch| {
        let (spacing, width) = (points(hatch.spacing_pt), points(hatch.width_pt));
        (color(hatch.color), [spacing, width, 0.0, 0.0])
    });
    [
        color(look.area.fill),
        color(outline.color),
        color(look.line.color),
        hatch,
        color(look.point.color),
        [
            points(outline.width_pt),
            points(look.line.width_pt),
            points(look.point.size_pt),
            0.0,
        ],
        hatching,
        dash(outline),
        dash(look.line),
    ]
}

fn dash(line: LineStyle) -> [f32; 4] {
    line.dash
        .pattern(line.width_pt)
        .map_or([0.0; 4], |pattern| pattern.map(points))
}

#[expect(clippy::cast_possible_truncation, reason = "a few points")]
fn points(points: f32) -> f32 {
    (f64::from(points) * SCREEN_SCALE) as f32
}
