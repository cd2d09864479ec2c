//! The ops of a layer's features: areas, lines, points and their names. Knows one feature at a time.

use std::sync::Arc;

use geo::{CoordsIter as _, Geometry, InteriorPoint};

use super::{Builder, LayerView, Part, faded};
use crate::crs::LonLat;
use crate::model::{Feature, Layer, LayerKind, Placement};
use crate::scene::looks;
use crate::scene::paths::{self, Marks};
use crate::scene::pyramid::Anchor;
use crate::scene::pyramid::classes::is_border;
use crate::scene::style::{self, LabelStyle, LineStyle};
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
            let owner = Owner::Feature {
                layer: view.id,
                fid: feature.fid,
            };
            let Some(geometry) = feature
                .geometry
                .as_ref()
                .filter(|_| !self.is_left_out(owner))
            else {
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
                    owner,
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
        if self.passes.mask.is_none() && !self.only_selected {
            self.passes.mask = paths::path(district_rings, true).map(|path| DrawOp::Mask {
                path: Arc::new(path),
                color: faded(self.style.mask, view.opacity),
            });
        }
    }

    /// Only its places in the list, and its names.
    pub(super) fn large_layer(&mut self, view: &LayerView<'_>, anchors: &[Anchor]) {
        self.schematic |= view.layer.placement == Placement::Schematic;
        self.passes.areas.keep_place(view.id, Part::Fills);
        if is_border(view.layer.kind) {
            self.passes.borders.keep_place(view.id, Part::Lines);
        } else {
            self.passes.ground_lines.keep_place(view.id, Part::Lines);
        }
        self.passes.icons.keep_place(view.id, Part::Dots);
        if !self.labels {
            return;
        }
        for anchor in anchors {
            let Some(feature) = view.layer.features.get(anchor.index) else {
                continue;
            };
            let (Some(geometry), Some(at)) =
                (&feature.geometry, self.plane.from_lon_lat(anchor.at))
            else {
                continue;
            };
            let subject = Subject {
                owner: Owner::Feature {
                    layer: view.id,
                    fid: feature.fid,
                },
                kind: view.layer.kind,
                layer: view.layer,
                feature,
                geometry,
                placement: view.layer.feature_placement(feature),
                opacity: view.opacity,
            };
            match geometry {
                Geometry::LineString(_) | Geometry::MultiLineString(_) => {
                    self.line_name(&subject, at);
                }
                _ => self.area_name(&subject, at),
            }
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
        let look = looks::area(self.style, subject.kind, subject.placement);
        // What is selected lies filled on the ground already.
        if look.fill.a > 0 && !self.only_selected {
            self.passes.areas.push(DrawOp::Fill {
                owner: subject.owner,
                path: Arc::clone(path),
                color: faded(look.fill, subject.opacity),
            });
        }
        let hatch = looks::hatch(self.style, subject.placement, look.outline);
        if let Some(hatch) = hatch.filter(|_| !self.only_selected) {
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

    fn line(&mut self, subject: &Subject<'_>, path: &Arc<Path>) {
        let look = looks::line(
            self.style,
            subject.placement,
            subject.layer,
            subject.feature,
        );
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
        if selected {
            let glow = LineStyle {
                width_pt: self.style.glow.width_pt + look.width_pt,
                ..self.style.glow
            };
            passes.selected_areas.push(op(glow, 1.0));
            passes.selected_areas.push(op(look, subject.opacity));
        } else if is_border(subject.kind) {
            passes.borders.push(op(look, subject.opacity));
        } else {
            passes.ground_lines.push(op(look, subject.opacity));
        }
    }

    fn point(&mut self, subject: &Subject<'_>, at: PlanePoint) {
        let (symbol, look) = looks::point(self.style, subject.layer, subject.feature);
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
        let (_, icon) = looks::point(self.style, subject.layer, subject.feature);
        let class = looks::present_class(subject.layer, subject.feature);
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
        if let Some(at) = inside(subject.geometry).and_then(|at| self.plane.from_lon_lat(at)) {
            self.area_name(subject, at);
        }
    }

    fn area_name(&mut self, subject: &Subject<'_>, at: PlanePoint) {
        // The district's name is the map's title, not a label in the middle of it.
        if subject.kind == LayerKind::Boundary {
            return;
        }
        if let Some(name) = subject.layer.feature_name(subject.feature) {
            let look = self.label_style(subject.kind);
            self.text(subject, at, name.to_owned(), look, TextAnchor::Above, 3.0);
        }
    }

    fn line_label(&mut self, subject: &Subject<'_>) {
        for at in paths::along(subject.geometry, RIVER_LABEL_EVERY_M) {
            if let Some(at) = self.plane.from_lon_lat(at) {
                self.line_name(subject, at);
            }
        }
    }

    fn line_name(&mut self, subject: &Subject<'_>, at: PlanePoint) {
        let name = match subject.kind {
            LayerKind::River => looks::river_name(subject.layer, subject.feature),
            LayerKind::Boundary | LayerKind::RedLine => None,
            _ => subject.layer.feature_name(subject.feature),
        };
        if let Some(name) = name {
            let look = self.label_style(subject.kind);
            self.text(subject, at, name.to_owned(), look, TextAnchor::Center, 0.0);
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

/// `None` also where a coordinate is not a number, which the search for a place would not survive.
fn inside(geometry: &Geometry<f64>) -> Option<LonLat> {
    if !geometry
        .coords_iter()
        .all(|at| at.x.is_finite() && at.y.is_finite())
    {
        return None;
    }
    let at = geometry.interior_point()?;
    Some(LonLat::new(at.x(), at.y()))
}

/// Where the names of a large layer may stand. Points of such a layer have none.
pub(in crate::scene) fn anchors(layer: &Layer) -> Vec<Anchor> {
    if layer.features.len() > MOST_NAMED {
        return Vec::new();
    }
    let places = |geometry: &Geometry<f64>| match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => Vec::new(),
        Geometry::LineString(_) | Geometry::MultiLineString(_) => {
            paths::along(geometry, RIVER_LABEL_EVERY_M)
        }
        _ => inside(geometry).into_iter().collect(),
    };
    (layer.features.iter().enumerate())
        .filter_map(|(index, feature)| Some((index, feature.geometry.as_ref()?)))
        .flat_map(|(index, geometry)| {
            let anchor = move |at| Anchor { index, at };
            places(geometry).into_iter().map(anchor)
        })
        .collect()
}
