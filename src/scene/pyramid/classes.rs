//! How the features of a large layer look: a few looks, and for each feature which of them is its own.
//!
//! Kept apart from the tiles, so that another theme, opacity or classification moves no vertex.

use geo::Geometry;

use super::world_bounds;
use crate::model::{Layer, LayerKind};
use crate::scene::looks;
use crate::scene::style::{AreaStyle, HatchStyle, IconStyle, LineStyle, MapStyle};

/// More than a map can tell apart; what comes after shares the last one.
pub const MOST_LOOKS: usize = 64;

/// Everything that can be seen of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub area: AreaStyle,
    pub hatch: Option<HatchStyle>,
    /// A line of its own.
    pub line: LineStyle,
    pub point: IconStyle,
}

/// The looks of a layer in one theme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Classes {
    /// [`MOST_LOOKS`] at most.
    pub looks: Vec<Look>,
    /// For each feature of the layer, in its order, a position in `looks`.
    pub of_feature: Vec<u8>,
    /// How large each feature is, as [`size_code`].
    pub sizes: Vec<u8>,
}

/// The larger side of a feature's box in the Mercator square, in sixths of octaves above `2^-40`.
fn size_code(geometry: Option<&Geometry<f64>>) -> u8 {
    let Some([min_x, min_y, max_x, max_y]) = geometry.and_then(world_bounds) else {
        return 0;
    };
    let code = ((max_x - min_x).max(max_y - min_y).log2() + 40.0) * 6.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a byte after the clamp"
    )]
    let code = code.clamp(0.0, 255.0) as u8;
    code
}

/// As the draw list would show the layer's features.
pub fn classes(layer: &Layer, style: &MapStyle) -> Classes {
    let mut classes = Classes::default();
    for feature in &layer.features {
        let placement = layer.feature_placement(feature);
        let area = looks::area(style, layer.kind, placement);
        let look = Look {
            area,
            hatch: looks::hatch(style, placement, area.outline),
            line: looks::line(style, placement, layer, feature),
            point: looks::point(style, layer, feature).1,
        };
        let class = classes.place_of(look);
        classes.of_feature.push(class);
        classes.sizes.push(size_code(feature.geometry.as_ref()));
    }
    classes
}

/// Outlines of these stand above the mask and all other ground lines.
pub fn is_border(kind: LayerKind) -> bool {
    matches!(kind, LayerKind::RedLine | LayerKind::Boundary)
}

impl Classes {
    fn place_of(&mut self, look: Look) -> u8 {
        let known = self.looks.iter().rposition(|known| *known == look);
        let place = known.unwrap_or_else(|| {
            if self.looks.len() < MOST_LOOKS {
                self.looks.push(look);
            }
            self.looks.len().saturating_sub(1)
        });
        u8::try_from(place).unwrap_or(u8::MAX)
    }
}
