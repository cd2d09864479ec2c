//! The overview of a large layer as egui's own triangles, for a window without a graphics card of ours.
//!
//! Coarse, and sent anew in each frame: the last resort.

use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Color32, Pos2, Vec2};

use super::gpu::Place;
use crate::app::theme::color32;
use crate::scene::pyramid::classes::{Classes, Look};
use crate::scene::pyramid::{FEATURE, GHOST, TILE_UNITS, Tile};
use crate::scene::{Part, Rgba, faded};

pub(super) struct Looks<'a> {
    pub(super) classes: &'a Classes,
    pub(super) opacity: f32,
}

impl Looks<'_> {
    fn color(&self, feature: u32, pick: impl Fn(&Look) -> Rgba) -> Color32 {
        let index = usize::try_from(feature & FEATURE).unwrap_or(usize::MAX);
        let class = self.classes.of_feature.get(index).copied();
        class
            .and_then(|class| self.classes.looks.get(usize::from(class)))
            .map_or(Color32::TRANSPARENT, |look| {
                color32(faded(pick(look), self.opacity))
            })
    }
}

/// `place` in logical points here.
pub(super) fn mesh(tile: &Tile, place: Place, part: Part, looks: &Looks<'_>) -> Mesh {
    let [west, north, east, south] = place.corners;
    let at = |[x, y]: [i16; 2]| {
        let share = |value: i16| f32::from(value) / f32::from(TILE_UNITS);
        Pos2::new(
            west + (east - west) * share(x),
            north + (south - north) * share(y),
        )
    };
    let mut mesh = Mesh::default();
    match part {
        Part::Fills => {
            mesh.vertices
                .extend(tile.corners.iter().map(|corner| Vertex {
                    pos: at(corner.at),
                    uv: WHITE_UV,
                    color: looks.color(corner.feature, |look| look.area.fill),
                }));
            mesh.indices.extend(&tile.triangles);
        }
        Part::Lines => {
            for edge in tile.lines.windows(2) {
                if let [from, to] = edge
                    && (from.feature | to.feature) & GHOST == 0
                {
                    let color = looks.color(from.feature, |look| look.area.outline.color);
                    add_edge(&mut mesh, at(from.at), at(to.at), color);
                }
            }
        }
        Part::Dots => {
            for dot in &tile.dots {
                let color = looks.color(dot.feature, |look| look.point.color);
                let rect = egui::Rect::from_center_size(at(dot.at), Vec2::splat(2.0));
                mesh.add_colored_rect(rect, color);
            }
        }
    }
    mesh
}

/// One point wide.
fn add_edge(mesh: &mut Mesh, from: Pos2, to: Pos2, color: Color32) {
    let across = (to - from).normalized().rot90() * 0.5;
    let Ok(first) = u32::try_from(mesh.vertices.len()) else {
        return;
    };
    for pos in [from + across, to + across, to - across, from - across] {
        mesh.vertices.push(Vertex {
            pos,
            uv: WHITE_UV,
            color,
        });
    }
    mesh.indices
        .extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
}
