//! The vector alphabet: every [`Symbol`] as convex polygons and polylines in a unit space.
//!
//! Unit space: the icon's outer edge is at radius 1, y down. A painter multiplies by half of `size_pt`,
//! moves to the icon's place and draws the shapes in order, each in its own colour. Fills are convex
//! because the screen's painter can fill nothing else. Knows no painter and no layer.

use super::{Rgba, Symbol};

/// The form of one shape, in unit space.
#[derive(Clone, Debug, PartialEq)]
pub enum IconForm {
    /// Convex, filled.
    Polygon(Vec<[f32; 2]>),
    /// Stroked with round joins; `width` in unit space.
    Line {
        points: Vec<[f32; 2]>,
        closed: bool,
        width: f32,
    },
}

/// What a shape is to its icon, and so where its colour comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IconRole {
    /// The pale disc that sets the icon off from the map.
    Casing,
    /// Status or class.
    Ring,
    Body,
    /// On the body.
    Glyph,
}

/// One shape of an icon.
#[derive(Clone, Debug, PartialEq)]
pub struct IconShape {
    pub form: IconForm,
    pub role: IconRole,
}

/// A shape with its colour: all that a painter needs.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnShape {
    pub form: IconForm,
    pub color: Rgba,
}

/// The shapes of a symbol in drawing order. `ringed`: leave room for and draw a ring; `uncertain`: dash it.
pub fn shapes(symbol: Symbol, ringed: bool, uncertain: bool) -> Vec<IconShape> {
    let _ = (symbol, ringed, uncertain);
    Vec::new()
}

/// The shapes of an [`super::DrawOp::Icon`] with their colours.
pub fn drawn(symbol: Symbol, color: Rgba, ring: Option<Rgba>, uncertain: bool) -> Vec<DrawnShape> {
    shapes(symbol, ring.is_some(), uncertain)
        .into_iter()
        .map(|shape| DrawnShape {
            color: match shape.role {
                IconRole::Casing | IconRole::Glyph => Rgba::opaque(255, 255, 255),
                IconRole::Ring => ring.unwrap_or(color),
                IconRole::Body => color,
            }
            .with_alpha(color.a),
            form: shape.form,
        })
        .collect()
}
