//! The ops of a layer's features: areas, lines, points and their names. Knows one feature at a time.

use std::sync::Arc;

use geo::{Geometry, InteriorPoint};

use super::{Builder, LayerView, faded};
use crate::crs::LonLat;
use crate::model::{Feature, Layer, LayerKind, Placement, WaterClass};
use crate::scene::paths::{self, Marks};
use crate::scene::style::{self, AreaStyle, IconStyle, LabelStyle, LineStyle};
use crate::scene::{DrawOp, Owner, Path, PlanePoint, Symbol, TextAnchor};

/// Names of rivers may stand so far apart on the ground; the label placer keeps those that fit.
const RIVER_LABEL_EVERY_M: f64 = 1_500.0;
/// In a layer of more features than this, areas and lines go without names: nobody could read them, and
/// finding a place inside each costs more than drawing it.
const MOST_NAMED: usize = 3_000;

/// One feature on its way into the list.
#[derive(Clone, Copy)]
struct Subject<'a> {
    owner: Owner,
    kind: LayerKind,
    layer: &'a Layer,
    feature: &'a Feature,
    geometry: &'a Geometry<f64>,
    placement: Placement,
    opacity: f32,
}

impl Builder<'_> {
    pub(super) fn layer(&mut self, view: &LayerView<'_>) {
        let mut district_rings = Vec::new();
        for feature in &view.layer.features {
            let Some(geometry) = &feature.geometry else {
                continue;
            };
            let Some(marks) = paths::marks(self.plane, geometry) else {
                log::debug!(
                    "{}: feature {} is outside the projection",
                    view.layer.name,
                    feature.fid
                );
                continue;
            };
            let placement = view.layer.feature_placement(feature);
            self.schematic |= placement == Placement::Schematic;
            if let (LayerKind::Boundary, Some(area)) = (view.layer.kind, &marks.area) {
                district_rings.extend(area.parts.iter().cloned());
            }
            self.feature(
                Subject {
                    owner: Owner::Feature {
                        layer: view.id,
                        fid: feature.fid,
                    },
                    kind: view.layer.kind,
                    layer: view.layer,
                    feature,
                    geometry,
                    placement,
                    opacity: view.opacity,
                },
                marks,
            );
        }
        // Two masks would darken each other, so the lowest border layer gives the only one.
        if self.passes.mask.is_none() {
            self.passes.mask = paths::path(district_rings, true).map(|path| DrawOp::Mask {
                path: Arc::new(path),
                color: faded(self.style.mask, view.opacity),
            });
        }
    }

    fn feature(&mut self, subject: Subject<'_>, marks: Marks) {
        let has_area = marks.area.is_some();
        let has_line = marks.line.is_some();
        if let Some(area) = marks.area {
            self.area(&subject, &Arc::new(area));
        }
        if let Some(line) = marks.line {
            self.line(&subject, &Arc::new(line));
        }
        for at in &marks.points {
            self.point(&subject, *at);
        }
        if !self.labels {
            return;
        }
        if let Some(at) = marks.points.first() {
            self.point_label(&subject, *at);
        } else if subject.layer.features.len() > MOST_NAMED {
            // Shown without names.
        } else if has_area {
            self.area_label(&subject);
        } else if has_line {
            self.line_label(&subject);
        }
    }

    fn area(&mut self, subject: &Subject<'_>, path: &Arc<Path>) {
        let schematic = subject.placement == Placement::Schematic;
        let look = self.area_style(subject);
        if look.fill.a > 0 {
            self.passes.areas.push(DrawOp::Fill {
                owner: subject.owner,
                path: Arc::clone(path),
                color: faded(look.fill, subject.opacity),
            });
        }
        if schematic {
            let hatch = self.style.hatch_in(look.outline.color);
            self.passes.areas.push(DrawOp::Hatch {
                owner: subject.owner,
                path: Arc::clone(path),
                color: faded(hatch.color, subject.opacity),
                spacing_pt: hatch.spacing_pt,
                width_pt: hatch.width_pt,
            });
        }
        if subject.kind == LayerKind::Boundary {
            self.stroke(subject, path, self.style.boundary_band);
        }
        self.stroke(subject, path, look.outline);
    }

    fn area_style(&self, subject: &Subject<'_>) -> AreaStyle {
        let style = self.style;
        match subject.kind {
            LayerKind::RedLine if subject.placement == Placement::Schematic => {
                style.red_line_schematic_area()
            }
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

    fn line(&mut self, subject: &Subject<'_>, path: &Arc<Path>) {
        let style = self.style;
        let look = match subject.kind {
            LayerKind::River => style.river_line(river_name(subject).unwrap_or_default()),
            LayerKind::RedLine if subject.placement == Placement::Schematic => {
                style.red_line_schematic
            }
            LayerKind::RedLine => style.red_line.outline,
            LayerKind::Boundary => style.boundary,
            LayerKind::Reservoir => style.water.outline,
            LayerKind::Town
            | LayerKind::Landmark
            | LayerKind::Section
            | LayerKind::Site
            | LayerKind::Reference => style.reference.outline,
        };
        self.stroke(subject, path, look);
    }

    /// Into the pass of the subject's kind, with a glow before it where it is selected.
    fn stroke(&mut self, subject: &Subject<'_>, path: &Arc<Path>, look: LineStyle) {
        let selected = self.highlight == Some(subject.owner);
        let op = |look: LineStyle, opacity: f32| DrawOp::Stroke {
            owner: subject.owner,
            path: Arc::clone(path),
            color: faded(look.color, opacity),
            width_pt: look.width_pt,
            dash: look.dash,
        };
        let passes = &mut self.passes;
        let into = match subject.kind {
            _ if selected => &mut passes.selected_areas,
            LayerKind::RedLine | LayerKind::Boundary => &mut passes.borders,
            _ => &mut passes.ground_lines,
        };
        if selected {
            let glow = LineStyle {
                width_pt: self.style.glow.width_pt + look.width_pt,
                ..self.style.glow
            };
            into.push(op(glow, 1.0));
        }
        into.push(op(look, subject.opacity));
    }

    fn point(&mut self, subject: &Subject<'_>, at: PlanePoint) {
        let (symbol, look) = self.point_style(subject);
        let uncertain = subject.placement != Placement::Surveyed;
        // Towns and landmarks are names on the map, not measured things: no rings around them.
        let ring = match subject.kind {
            LayerKind::Section | LayerKind::Reservoir if uncertain => {
                Some(faded(self.style.uncertain_ring, subject.opacity))
            }
            _ => None,
        };
        self.icon(
            DrawOp::Icon {
                owner: subject.owner,
                at,
                symbol,
                size_pt: look.size_pt,
                color: faded(look.color, subject.opacity),
                ring,
                uncertain: ring.is_some(),
                shift_pt: [0.0; 2],
            },
            self.highlight == Some(subject.owner),
        );
    }

    fn point_style(&self, subject: &Subject<'_>) -> (Symbol, IconStyle) {
        let style = self.style;
        match subject.kind {
            LayerKind::Town => (Symbol::Town, style.town),
            LayerKind::Landmark => (Symbol::Landmark, style.landmark),
            LayerKind::Section => (
                Symbol::Section,
                IconStyle {
                    color: style.water_class_color(present_class(subject.layer, subject.feature)),
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

    pub(super) fn icon(&mut self, op: DrawOp, selected: bool) {
        if !selected {
            self.passes.icons.push(op);
            return;
        }
        if let DrawOp::Icon {
            owner,
            at,
            size_pt,
            shift_pt,
            ..
        } = op
        {
            self.passes.selected_icons.push(DrawOp::Icon {
                owner,
                at,
                symbol: Symbol::Glow,
                size_pt: size_pt + 2.0 * self.style.glow.width_pt,
                color: self.style.glow.color,
                ring: None,
                uncertain: false,
                shift_pt,
            });
        }
        self.passes.selected_icons.push(op);
    }

    fn point_label(&mut self, subject: &Subject<'_>, at: PlanePoint) {
        let Some(name) = subject.layer.feature_name(subject.feature) else {
            return;
        };
        let (_, icon) = self.point_style(subject);
        let class = present_class(subject.layer, subject.feature);
        let text = match (subject.kind, class) {
            (LayerKind::Section, Some(class)) => format!("{name} {}类", class.label()),
            _ => name.to_owned(),
        };
        let anchor = TextAnchor::Right;
        self.text(
            subject,
            at,
            text,
            self.label_style(subject.kind),
            anchor,
            icon.size_pt / 2.0 + 2.0,
        );
    }

    fn area_label(&mut self, subject: &Subject<'_>) {
        // The district's name is the map's title, not a label in the middle of it.
        if subject.kind == LayerKind::Boundary {
            return;
        }
        let Some(name) = subject.layer.feature_name(subject.feature) else {
            return;
        };
        let Some(at) = subject
            .geometry
            .interior_point()
            .and_then(|at| self.plane.from_lon_lat(LonLat::new(at.x(), at.y())))
        else {
            return;
        };
        let look = self.label_style(subject.kind);
        self.text(subject, at, name.to_owned(), look, TextAnchor::Above, 3.0);
    }

    fn line_label(&mut self, subject: &Subject<'_>) {
        let name = match subject.kind {
            LayerKind::River => river_name(subject),
            LayerKind::Boundary | LayerKind::RedLine => None,
            _ => subject.layer.feature_name(subject.feature),
        };
        let Some(name) = name else {
            return;
        };
        let look = self.label_style(subject.kind);
        for at in paths::along(subject.geometry, RIVER_LABEL_EVERY_M) {
            if let Some(at) = self.plane.from_lon_lat(at) {
                self.text(subject, at, name.to_owned(), look, TextAnchor::Center, 0.0);
            }
        }
    }

    fn text(
        &mut self,
        subject: &Subject<'_>,
        at: PlanePoint,
        text: String,
        look: LabelStyle,
        anchor: TextAnchor,
        offset_pt: f32,
    ) {
        let priority = if self.highlight == Some(subject.owner) {
            style::SELECTED
        } else {
            look.priority
        };
        self.passes.texts.push(DrawOp::Text {
            owner: subject.owner,
            at,
            text,
            size_pt: look.size_pt,
            color: faded(look.color, subject.opacity),
            halo: faded(self.style.halo, subject.opacity),
            anchor,
            offset_pt,
            priority,
        });
    }

    const fn label_style(&self, kind: LayerKind) -> LabelStyle {
        match kind {
            LayerKind::RedLine => self.style.label_red_line,
            LayerKind::River => self.style.label_river,
            LayerKind::Town => self.style.label_town,
            LayerKind::Landmark => self.style.label_landmark,
            LayerKind::Section => self.style.label_section,
            LayerKind::Reservoir => self.style.label_reservoir,
            LayerKind::Site => self.style.label_site,
            LayerKind::Boundary | LayerKind::Reference => self.style.label_reference,
        }
    }
}

/// The class a section or reservoir has now.
pub(in crate::scene) fn present_class(layer: &Layer, feature: &Feature) -> Option<WaterClass> {
    layer.text(feature, "class_now").and_then(WaterClass::parse)
}

/// A river's name on the map, without the stretch a data source adds in brackets.
fn river_name<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    let name = subject
        .layer
        .text(subject.feature, "river")
        .or_else(|| subject.layer.feature_name(subject.feature))?;
    name.split(['（', '(']).next().map(str::trim)
}
