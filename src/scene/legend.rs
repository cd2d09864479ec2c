//! Legend entries for what a map really shows: nothing that is not there, nothing left out.

use std::collections::BTreeSet;

use geo::{Geometry, Intersects, Rect};

use super::build::is_district_site;
use super::looks::present_class;
use super::style::{
    AreaStyle, CATEGORIES, HatchStyle, IconStyle, LineStyle, category_index, is_main_river,
};
use super::{LayerView, Rgba, SceneInput, Symbol};
use crate::crs::Extent;
use crate::model::{LayerKind, Placement, ProjectSite, SiteStatus, WaterClass};

/// Is any of it within? A river's bounding rectangle says little, so the line itself is asked.
fn touches(geometry: &Geometry<f64>, extent: Extent) -> bool {
    let window = Rect::new((extent.west, extent.south), (extent.east, extent.north));
    Extent::of_geometry(geometry).is_some_and(|bounds| bounds.intersects(extent))
        && geometry.intersects(&window)
}

/// One line of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    pub label: String,
    pub sample: LegendSample,
}

/// What is drawn before the label.
#[derive(Clone, Debug, PartialEq)]
pub enum LegendSample {
    Area {
        fill: Rgba,
        hatch: Option<HatchStyle>,
        outline: LineStyle,
    },
    Line(LineStyle),
    Icon {
        symbol: Symbol,
        size_pt: f32,
        color: Rgba,
        ring: Option<Rgba>,
        uncertain: bool,
    },
}

/// The entries for what `input` draws within `extent` (everywhere: `None`), in reading order.
pub fn legend(input: &SceneInput<'_>, extent: Option<Extent>) -> Vec<LegendEntry> {
    let mut facts = Facts::default();
    for view in input.layers.iter().filter(|view| view.is_drawn()) {
        facts.add_layer(view, extent);
    }
    let mut entries = area_entries(input, &facts);
    entries.extend(point_entries(input, &facts));
    entries.extend(site_entries(input, extent));
    if facts.has_uncertain_points() || has_uncertain_sites(input, extent) {
        entries.push(icon(
            "虚线圈：概略位置",
            Symbol::Badge,
            badge_style(input),
            Some(input.style.status_color(SiteStatus::Conceived)),
            true,
        ));
    }
    entries
}

/// Marks that need no more than to be there, in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ground {
    RedLine,
    SchematicRedLine,
    Boundary,
    MainRiver,
    River,
    Water,
    Town,
    Landmark,
}

/// What the layers show.
#[derive(Default)]
struct Facts {
    ground: BTreeSet<Ground>,
    /// Class, and whether the place is surveyed.
    sections: BTreeSet<(Option<WaterClass>, bool)>,
    /// Whether the place is surveyed.
    reservoirs: BTreeSet<bool>,
    /// Name, form and whether schematic; one entry a layer and form.
    others: Vec<(String, Form, bool)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Area,
    Line,
    Point,
}

impl Form {
    fn of(geometry: &geo::Geometry<f64>) -> Self {
        match geometry {
            geo::Geometry::Point(_) | geo::Geometry::MultiPoint(_) => Self::Point,
            geo::Geometry::Line(_)
            | geo::Geometry::LineString(_)
            | geo::Geometry::MultiLineString(_) => Self::Line,
            _ => Self::Area,
        }
    }
}

impl Facts {
    fn has_uncertain_points(&self) -> bool {
        self.reservoirs.contains(&false) || self.sections.iter().any(|(_, surveyed)| !surveyed)
    }

    fn add_layer(&mut self, view: &LayerView<'_>, extent: Option<Extent>) {
        for feature in &view.layer.features {
            let Some(geometry) = &feature.geometry else {
                continue;
            };
            if !extent.is_none_or(|extent| touches(geometry, extent)) {
                continue;
            }
            let placement = view.layer.feature_placement(feature);
            let surveyed = placement == Placement::Surveyed;
            let schematic = placement == Placement::Schematic;
            let form = Form::of(geometry);
            let ground = match (view.layer.kind, form) {
                (LayerKind::RedLine, _) if schematic => Some(Ground::SchematicRedLine),
                (LayerKind::RedLine, _) => Some(Ground::RedLine),
                (LayerKind::Boundary, _) => Some(Ground::Boundary),
                (LayerKind::River | LayerKind::Reservoir, Form::Area) => Some(Ground::Water),
                (LayerKind::River, _) => {
                    let name = view.layer.feature_name(feature).unwrap_or_default();
                    Some(if is_main_river(name) {
                        Ground::MainRiver
                    } else {
                        Ground::River
                    })
                }
                (LayerKind::Town, Form::Point) => Some(Ground::Town),
                (LayerKind::Landmark, Form::Point) => Some(Ground::Landmark),
                _ => None,
            };
            if let Some(ground) = ground {
                self.ground.insert(ground);
                continue;
            }
            match (view.layer.kind, form) {
                (LayerKind::Section, Form::Point) => {
                    self.sections
                        .insert((present_class(view.layer, feature), surveyed));
                }
                (LayerKind::Reservoir, _) => {
                    self.reservoirs.insert(surveyed);
                }
                (_, form) => {
                    let entry = (view.layer.name.clone(), form, schematic);
                    if !self.others.contains(&entry) {
                        self.others.push(entry);
                    }
                }
            }
        }
    }
}

fn area_entries(input: &SceneInput<'_>, facts: &Facts) -> Vec<LegendEntry> {
    let style = input.style;
    let ground = |mark: &Ground| match mark {
        Ground::RedLine => Some(area("生态保护红线", style.red_line, None)),
        Ground::SchematicRedLine => Some(area(
            "生态保护红线（示意）",
            style.red_line_schematic_area(),
            Some(style.red_line_hatch),
        )),
        Ground::Boundary => Some(line("行政区界", style.boundary)),
        Ground::MainRiver => Some(line("主要河流", style.river_main)),
        Ground::River if facts.ground.contains(&Ground::MainRiver) => {
            Some(line("其他河流", style.river))
        }
        Ground::River => Some(line("河流", style.river)),
        Ground::Water => Some(area("水面", style.water, None)),
        Ground::Town | Ground::Landmark => None,
    };
    let mut entries: Vec<LegendEntry> = facts.ground.iter().filter_map(ground).collect();
    for (name, form, schematic) in &facts.others {
        let label = if *schematic && !name.contains("示意") {
            format!("{name}（示意）")
        } else {
            name.clone()
        };
        entries.push(match form {
            Form::Area => area(
                label,
                style.reference,
                schematic.then(|| style.hatch_in(style.reference.outline.color)),
            ),
            Form::Line => line(label, style.reference.outline),
            Form::Point => icon(label, Symbol::Dot, style.reference_point, None, false),
        });
    }
    entries
}

fn point_entries(input: &SceneInput<'_>, facts: &Facts) -> Vec<LegendEntry> {
    let style = input.style;
    let mut entries = Vec::new();
    if facts.ground.contains(&Ground::Town) {
        entries.push(icon("镇街", Symbol::Town, style.town, None, false));
    }
    if facts.ground.contains(&Ground::Landmark) {
        entries.push(icon("地标", Symbol::Landmark, style.landmark, None, false));
    }
    // One entry a class; classes Ⅰ and Ⅱ share theirs. Known classes first: `None` sorts before them.
    let known = facts.sections.iter().filter(|(class, _)| class.is_some());
    let unknown = facts.sections.iter().filter(|(class, _)| class.is_none());
    let mut sections: Vec<(Option<WaterClass>, bool)> = Vec::new();
    for (class, surveyed) in known.chain(unknown) {
        let same = |other: &&mut (Option<WaterClass>, bool)| {
            section_label(other.0) == section_label(*class)
        };
        match sections.iter_mut().find(same) {
            Some((_, any_surveyed)) => *any_surveyed |= surveyed,
            None => sections.push((*class, *surveyed)),
        }
    }
    for (class, surveyed) in sections {
        let look = IconStyle {
            color: style.water_class_color(class),
            ..style.section
        };
        let ring = (!surveyed).then_some(style.uncertain_ring);
        let label = section_label(class);
        entries.push(icon(label, Symbol::Section, look, ring, !surveyed));
    }
    // `true` is the last of the set.
    if let Some(surveyed) = facts.reservoirs.last().copied() {
        let ring = (!surveyed).then_some(style.uncertain_ring);
        let look = style.reservoir;
        entries.push(icon("水库", Symbol::Reservoir, look, ring, !surveyed));
    }
    entries
}

fn section_label(class: Option<WaterClass>) -> String {
    match class {
        Some(WaterClass::I | WaterClass::Ii) => "水质断面（Ⅰ–Ⅱ类）".to_owned(),
        Some(class) => format!("水质断面（{}类）", class.label()),
        None => "水质断面（类别未知）".to_owned(),
    }
}

fn site_entries(input: &SceneInput<'_>, extent: Option<Extent>) -> Vec<LegendEntry> {
    if !input.show_sites {
        return Vec::new();
    }
    let style = input.style;
    let shown = shown_sites(input, extent);
    let categories: BTreeSet<usize> = shown
        .iter()
        .map(|site| category_index(&site.category))
        .collect();
    let statuses: BTreeSet<SiteStatus> = shown.iter().map(|site| site.status()).collect();
    let mut entries = Vec::new();
    for category in categories {
        let look = IconStyle {
            color: style.category_color(category),
            size_pt: style.site_size_pt,
        };
        let label = CATEGORIES.get(category).map_or("", |known| known.label);
        entries.push(icon(label, Symbol::Site { category }, look, None, false));
    }
    let neutral = badge_style(input);
    for status in statuses {
        let ring = Some(style.status_color(status));
        entries.push(icon(
            format!("项目状态：{}", status.label()),
            Symbol::Badge,
            neutral,
            ring,
            false,
        ));
    }
    if let Some((at, _)) = input.cluster()
        && extent.is_none_or(|extent| extent.contains(at))
    {
        let look = IconStyle {
            size_pt: style.site_size_pt,
            ..style.cluster
        };
        entries.push(icon(
            "全区项目（数字为项数）",
            Symbol::Cluster,
            look,
            Some(style.cluster_ring),
            true,
        ));
    }
    entries
}

/// The sites with an icon of their own within `extent`.
fn shown_sites<'a>(input: &SceneInput<'a>, extent: Option<Extent>) -> Vec<&'a ProjectSite> {
    let within = |at| extent.is_none_or(|extent| extent.contains(at));
    input
        .sites
        .values()
        .filter(|site| input.show_sites && !is_district_site(site))
        .filter(|site| site.placement.at.is_some_and(within))
        .collect()
}

fn has_uncertain_sites(input: &SceneInput<'_>, extent: Option<Extent>) -> bool {
    shown_sites(input, extent)
        .iter()
        .any(|site| site.placement.grade != Placement::Surveyed)
}

/// A body that stands for any category.
const fn badge_style(input: &SceneInput<'_>) -> IconStyle {
    IconStyle {
        color: input.style.reference_point.color,
        size_pt: input.style.site_size_pt,
    }
}

fn area(label: impl Into<String>, look: AreaStyle, hatch: Option<HatchStyle>) -> LegendEntry {
    LegendEntry {
        label: label.into(),
        sample: LegendSample::Area {
            fill: look.fill,
            hatch,
            outline: look.outline,
        },
    }
}

fn line(label: impl Into<String>, look: LineStyle) -> LegendEntry {
    LegendEntry {
        label: label.into(),
        sample: LegendSample::Line(look),
    }
}

fn icon(
    label: impl Into<String>,
    symbol: Symbol,
    look: IconStyle,
    ring: Option<Rgba>,
    uncertain: bool,
) -> LegendEntry {
    LegendEntry {
        label: label.into(),
        sample: LegendSample::Icon {
            symbol,
            size_pt: look.size_pt,
            color: look.color,
            ring,
            uncertain,
        },
    }
}
