//! Layers and sites to one draw list: decides what is drawn, in which order and in which style.
//!
//! Order, bottom first: areas, ground lines (rivers, reference), the mask outside the district, red-line
//! outlines and borders, icons, labels; within each, the layers' own order. What is selected comes last of
//! its kind. Deliberately absent: painters, label collision (`labels`), the window's extent.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo::{Geometry, InteriorPoint};

use super::paths::{self, Marks};
use super::style::{self, AreaStyle, IconStyle, LabelStyle, LineStyle, MapStyle, category_index};
use super::{DrawOp, Owner, Path, Plane, PlanePoint, Rgba, Scene, Symbol, TextAnchor, cluster};
use crate::crs::LonLat;
use crate::model::{
    Feature, Layer, LayerId, LayerKind, Placement, ProjectSite, SiteId, WaterClass,
};

/// Names of rivers may stand so far apart on the ground; the label placer keeps those that fit.
const RIVER_LABEL_EVERY_M: f64 = 1_500.0;
/// A project's name on the map is cut to so many characters; details show it whole.
const SITE_LABEL_CHARS: usize = 14;

/// A layer as it is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a> {
    pub id: LayerId,
    pub layer: &'a Layer,
    pub visible: bool,
    /// 0 (unseen) to 1, on top of the style's own alpha.
    pub opacity: f32,
    /// Replaced by an official layer: kept, not drawn.
    pub retired: bool,
}

impl LayerView<'_> {
    /// It takes part in the picture at all.
    pub fn is_drawn(&self) -> bool {
        self.visible && !self.retired && self.opacity > 0.0
    }
}

/// All that a scene is built from.
#[derive(Clone, Copy, Debug)]
pub struct SceneInput<'a> {
    /// In draw order, bottom first.
    pub layers: &'a [LayerView<'a>],
    pub sites: &'a BTreeMap<SiteId, ProjectSite>,
    pub show_sites: bool,
    pub show_labels: bool,
    /// What is selected: drawn with a glow, on top of its kind.
    pub highlight: Option<Owner>,
    pub style: &'a MapStyle,
}

impl SceneInput<'_> {
    /// The place of the cluster of `district` sites and how many they are; `None` where there is none.
    pub fn cluster(&self) -> Option<(LonLat, usize)> {
        if !self.show_sites {
            return None;
        }
        let count = self
            .sites
            .values()
            .filter(|site| is_district_site(site))
            .count();
        if count == 0 {
            return None;
        }
        let taken: Vec<LonLat> = self
            .sites
            .values()
            .filter_map(|site| site.placement.at)
            .chain(
                self.layers
                    .iter()
                    .filter(|view| view.is_drawn())
                    .flat_map(|view| {
                        view.layer.features.iter().filter_map(|feature| {
                            match feature.geometry.as_ref()? {
                                Geometry::Point(point) => Some(LonLat::new(point.x(), point.y())),
                                _ => None,
                            }
                        })
                    }),
            )
            .collect();
        // A hidden border still says where the district is.
        let at = self
            .layers
            .iter()
            .filter(|view| view.layer.kind == LayerKind::Boundary && !view.retired)
            .find_map(|view| cluster::place(view.layer, &taken))
            .or_else(|| {
                let extents = self.layers.iter().filter_map(|view| view.layer.extent());
                extents
                    .reduce(crate::crs::Extent::union)
                    .map(crate::crs::Extent::center)
            })?;
        Some((at, count))
    }
}

/// It stands in the cluster and not at a place of its own.
pub(super) fn is_district_site(site: &ProjectSite) -> bool {
    site.placement.grade == Placement::District
}

/// The draw list of `input` in `plane`. The same input gives the same list.
pub fn build(plane: Plane, input: &SceneInput<'_>) -> Scene {
    let mut builder = Builder {
        plane: &plane,
        style: input.style,
        highlight: input.highlight,
        labels: input.show_labels,
        passes: Passes::default(),
        schematic: false,
    };
    for view in input.layers.iter().filter(|view| view.is_drawn()) {
        builder.layer(view);
    }
    if input.show_sites {
        builder.sites(input.sites);
        if let Some((at, count)) = input.cluster() {
            let selected = match input.highlight {
                Some(Owner::DistrictSites { .. }) => true,
                Some(Owner::Site(id)) => input.sites.get(&id).is_some_and(is_district_site),
                _ => false,
            };
            builder.cluster(at, count, selected);
        }
    }
    let schematic = builder.schematic;
    let ops = builder.passes.in_order();
    Scene {
        plane,
        ops,
        schematic,
    }
}

/// Ops by the pass they belong to.
#[derive(Default)]
struct Passes {
    areas: Vec<DrawOp>,
    ground_lines: Vec<DrawOp>,
    mask: Option<DrawOp>,
    borders: Vec<DrawOp>,
    selected_areas: Vec<DrawOp>,
    icons: Vec<DrawOp>,
    selected_icons: Vec<DrawOp>,
    texts: Vec<DrawOp>,
}

impl Passes {
    fn in_order(self) -> Vec<DrawOp> {
        let mut ops = self.areas;
        ops.extend(self.ground_lines);
        ops.extend(self.mask);
        ops.extend(self.borders);
        ops.extend(self.selected_areas);
        ops.extend(self.icons);
        ops.extend(self.selected_icons);
        ops.extend(self.texts);
        ops
    }
}

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

struct Builder<'a> {
    plane: &'a Plane,
    style: &'a MapStyle,
    highlight: Option<Owner>,
    labels: bool,
    passes: Passes,
    schematic: bool,
}

impl Builder<'_> {
    fn layer(&mut self, view: &LayerView<'_>) {
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
            self.area(&subject, Arc::new(area));
        }
        if let Some(line) = marks.line {
            self.line(&subject, Arc::new(line));
        }
        for at in &marks.points {
            self.point(&subject, *at);
        }
        if !self.labels {
            return;
        }
        if let Some(at) = marks.points.first() {
            self.point_label(&subject, *at);
        } else if has_area {
            self.area_label(&subject);
        } else if has_line {
            self.line_label(&subject);
        }
    }

    fn area(&mut self, subject: &Subject<'_>, path: Arc<Path>) {
        let schematic = subject.placement == Placement::Schematic;
        let look = self.area_style(subject);
        if look.fill.a > 0 {
            self.passes.areas.push(DrawOp::Fill {
                owner: subject.owner,
                path: Arc::clone(&path),
                color: faded(look.fill, subject.opacity),
            });
        }
        if schematic {
            let hatch = self.style.hatch_in(look.outline.color);
            self.passes.areas.push(DrawOp::Hatch {
                owner: subject.owner,
                path: Arc::clone(&path),
                color: faded(hatch.color, subject.opacity),
                spacing_pt: hatch.spacing_pt,
                width_pt: hatch.width_pt,
            });
        }
        if subject.kind == LayerKind::Boundary {
            self.stroke(subject, &path, self.style.boundary_band);
        }
        self.stroke(subject, &path, look.outline);
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

    fn line(&mut self, subject: &Subject<'_>, path: Arc<Path>) {
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
        self.stroke(subject, &path, look);
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

    fn icon(&mut self, op: DrawOp, selected: bool) {
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

    fn sites(&mut self, sites: &BTreeMap<SiteId, ProjectSite>) {
        let shifts = shifts(sites, self.style.site_size_pt);
        for site in sites.values() {
            if is_district_site(site) {
                continue;
            }
            let Some(place) = site.placement.at else {
                continue;
            };
            let Some(at) = self.plane.from_lon_lat(place) else {
                continue;
            };
            let owner = Owner::Site(site.id);
            let selected = self.highlight == Some(owner);
            self.schematic |= site.placement.grade == Placement::Schematic;
            if selected && let Some(radius_m) = site.placement.precision_m {
                self.precision_circle(owner, place, radius_m);
            }
            self.icon(
                DrawOp::Icon {
                    owner,
                    at,
                    symbol: Symbol::Site {
                        category: category_index(&site.category),
                    },
                    size_pt: self.style.site_size_pt,
                    color: self.style.category_color(category_index(&site.category)),
                    ring: Some(self.style.status_color(site.status())),
                    uncertain: site.placement.grade != Placement::Surveyed,
                    shift_pt: shifts.get(&site.id).copied().unwrap_or_default(),
                },
                selected,
            );
            if self.labels {
                let look = self.style.label_site;
                self.passes.texts.push(DrawOp::Text {
                    owner,
                    at,
                    text: shortened(&site.name),
                    size_pt: look.size_pt,
                    color: look.color,
                    halo: self.style.halo,
                    anchor: TextAnchor::Right,
                    offset_pt: self.style.site_size_pt / 2.0 + 2.0,
                    priority: if selected {
                        style::SELECTED
                    } else {
                        look.priority
                    },
                });
            }
        }
    }

    fn precision_circle(&mut self, owner: Owner, center: LonLat, radius_m: f64) {
        let Some(path) = paths::circle(self.plane, center, radius_m).map(Arc::new) else {
            return;
        };
        let look = self.style.precision;
        self.passes.selected_areas.push(DrawOp::Fill {
            owner,
            path: Arc::clone(&path),
            color: look.fill,
        });
        self.passes.selected_areas.push(DrawOp::Stroke {
            owner,
            path,
            color: look.outline.color,
            width_pt: look.outline.width_pt,
            dash: look.outline.dash,
        });
    }

    fn cluster(&mut self, place: LonLat, count: usize, selected: bool) {
        let Some(at) = self.plane.from_lon_lat(place) else {
            return;
        };
        let owner = Owner::DistrictSites { count };
        let look = self.style.cluster;
        self.icon(
            DrawOp::Icon {
                owner,
                at,
                symbol: Symbol::Cluster,
                size_pt: look.size_pt,
                color: look.color,
                ring: Some(self.style.cluster_ring),
                uncertain: true,
                shift_pt: [0.0; 2],
            },
            selected,
        );
        let count_look = self.style.cluster_count;
        self.passes.texts.push(DrawOp::Text {
            owner,
            at,
            text: count.to_string(),
            size_pt: count_look.size_pt,
            color: count_look.color,
            halo: self.style.halo.with_alpha(0),
            anchor: TextAnchor::Center,
            offset_pt: 0.0,
            priority: style::PINNED,
        });
        if self.labels {
            let label = self.style.label_cluster;
            self.passes.texts.push(DrawOp::Text {
                owner,
                at,
                text: format!("全区项目 {count} 项"),
                size_pt: label.size_pt,
                color: label.color,
                halo: self.style.halo,
                anchor: TextAnchor::Right,
                offset_pt: look.size_pt / 2.0 + 3.0,
                priority: label.priority,
            });
        }
    }
}

/// The class a section or reservoir has now.
pub(super) fn present_class(layer: &Layer, feature: &Feature) -> Option<WaterClass> {
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

fn shortened(name: &str) -> String {
    if name.chars().count() <= SITE_LABEL_CHARS {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(SITE_LABEL_CHARS - 1).collect();
    short.push('…');
    short
}

/// Sites of one and the same place stand in a small circle around it.
fn shifts(sites: &BTreeMap<SiteId, ProjectSite>, size_pt: f32) -> BTreeMap<SiteId, [f32; 2]> {
    let mut groups: BTreeMap<(i64, i64), Vec<SiteId>> = BTreeMap::new();
    for site in sites.values().filter(|site| !is_district_site(site)) {
        if let Some(at) = site.placement.at {
            // Within a metre is one place.
            let cell = |degrees: f64| (degrees * 1e5).round() as i64;
            groups
                .entry((cell(at.lon), cell(at.lat)))
                .or_default()
                .push(site.id);
        }
    }
    let mut shifts = BTreeMap::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let step = std::f32::consts::TAU / group.len() as f32;
        let radius = size_pt * 0.52 / (step / 2.0).sin();
        for (index, id) in group.into_iter().enumerate() {
            let angle = step * index as f32;
            // The first one left, so that two stand side by side.
            shifts.insert(id, [-radius * angle.cos(), -radius * angle.sin()]);
        }
    }
    shifts
}

fn faded(color: Rgba, opacity: f32) -> Rgba {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0..=255 after the clamp"
    )]
    let alpha = (f32::from(color.a) * opacity.clamp(0.0, 1.0)).round() as u8;
    color.with_alpha(alpha)
}
