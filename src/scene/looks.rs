//! How a feature of a layer looks, by its kind, its placement and what it is: one answer for the draw list
//! and for the tiles of large layers.
//!
//! Deliberately absent: geometry, painters, what is selected.

use super::Symbol;
use super::style::{AreaStyle, HatchStyle, IconStyle, LineStyle, MapStyle};
use crate::model::{Feature, Layer, LayerKind, Placement, WaterClass};

pub(super) fn area(style: &MapStyle, kind: LayerKind, placement: Placement) -> AreaStyle {
    match kind {
        LayerKind::RedLine if placement == Placement::Schematic => style.red_line_schematic_area(),
        LayerKind::RedLine => style.red_line,
        LayerKind::Boundary => AreaStyle {
            fill: style.boundary.color.with_alpha(0),
            outline: style.boundary,
        },
        LayerKind::River | LayerKind::Reservoir => style.water,
        LayerKind::Town
        | LayerKind::Landmark
        | LayerKind::Section
        | LayerKind::Site
        | LayerKind::Reference => style.reference,
    }
}

/// Over the fill of whatever claims no place.
pub(super) fn hatch(
    style: &MapStyle,
    placement: Placement,
    outline: LineStyle,
) -> Option<HatchStyle> {
    (placement == Placement::Schematic).then(|| style.hatch_in(outline.color))
}

pub(super) fn line(
    style: &MapStyle,
    placement: Placement,
    layer: &Layer,
    feature: &Feature,
) -> LineStyle {
    match layer.kind {
        LayerKind::River => style.river_line(river_name(layer, feature).unwrap_or_default()),
        LayerKind::RedLine if placement == Placement::Schematic => style.red_line_schematic,
        LayerKind::RedLine => style.red_line.outline,
        LayerKind::Boundary => style.boundary,
        LayerKind::Reservoir => style.water.outline,
        LayerKind::Town
        | LayerKind::Landmark
        | LayerKind::Section
        | LayerKind::Site
        | LayerKind::Reference => style.reference.outline,
    }
}

pub(super) fn point(style: &MapStyle, layer: &Layer, feature: &Feature) -> (Symbol, IconStyle) {
    match layer.kind {
        LayerKind::Town => (Symbol::Town, style.town),
        LayerKind::Landmark => (Symbol::Landmark, style.landmark),
        LayerKind::Section => (
            Symbol::Section,
            IconStyle {
                color: style.water_class_color(present_class(layer, feature)),
                ..style.section
            },
        ),
        LayerKind::Reservoir => (Symbol::Reservoir, style.reservoir),
        LayerKind::RedLine => (
            Symbol::Dot,
            IconStyle {
                color: style.red_line.outline.color,
                ..style.reference_point
            },
        ),
        LayerKind::Boundary | LayerKind::River | LayerKind::Site | LayerKind::Reference => {
            (Symbol::Dot, style.reference_point)
        }
    }
}

/// The class a section or reservoir has now.
pub(super) fn present_class(layer: &Layer, feature: &Feature) -> Option<WaterClass> {
    layer.text(feature, "class_now").and_then(WaterClass::parse)
}

/// A river's name on the map, without the stretch a data source adds in brackets.
pub(super) fn river_name<'a>(layer: &Layer, feature: &'a Feature) -> Option<&'a str> {
    let name = layer
        .text(feature, "river")
        .or_else(|| layer.feature_name(feature))?;
    name.split(['（', '(']).next().map(str::trim)
}
