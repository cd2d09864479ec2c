//! What a sheet says about its subject: title, map window, facts, notes. Honest about how sure the place is.
//! Deliberately absent: paper and drawing.

use std::collections::BTreeMap;

use super::facts::{self, Facts, SiteList};
use super::{ScaleChoice, SheetError, SheetInput, SheetRequest, SheetSubject};
use crate::crs::{Extent, LonLat};
use crate::model::{LayerKind, Placement, ProjectSite, SiteId, SitePlacement};
use crate::scene::{LayerView, Owner};

/// A located site's map shows at least this far around it, metres.
const LEAST_RADIUS_M: f64 = 1_000.0;

/// All that the page says and shows of its subject.
pub(super) struct Subject {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// What the map must show.
    pub(super) extent: Extent,
    pub(super) facts: Facts,
    /// 定位等级 with its source; empty for an extent.
    pub(super) placement_line: Option<String>,
    /// Boxed on the map.
    pub(super) map_note: Option<String>,
    /// The sites on the map: those with a place.
    pub(super) sites: BTreeMap<SiteId, ProjectSite>,
    pub(super) highlight: Option<Owner>,
    /// The subject's own place.
    pub(super) at: Option<LonLat>,
}

impl Subject {
    pub(super) fn new(request: &SheetRequest, input: &SheetInput<'_>) -> Result<Self, SheetError> {
        let mut subject = match request.subject {
            SheetSubject::Site(id) => of_site(id, input)?,
            SheetSubject::Extent(extent) => of_extent(extent, request.scale, input)?,
        };
        if let Some(title) = &request.title
            && !title.trim().is_empty()
        {
            title.trim().clone_into(&mut subject.title);
        }
        Ok(subject)
    }

    /// Takes the sites that a map of an extent really shows.
    pub(super) fn list_sites(&mut self, map: Extent, input: &SheetInput<'_>) {
        self.subtitle = format!(
            "东经 {:.4}°—{:.4}° · 北纬 {:.4}°—{:.4}°",
            map.west, map.east, map.south, map.north
        );
        self.sites = input
            .sites
            .iter()
            .filter(|(_, site)| site.placement.at.is_some_and(|at| map.contains(at)))
            .map(|(id, site)| (*id, site.clone()))
            .collect();
        let district = input
            .sites
            .values()
            .filter(|site| site.placement.grade == Placement::District)
            .count();
        self.facts = Facts::List(SiteList {
            rows: self
                .sites
                .values()
                .map(|site| {
                    [
                        site.id.0.to_string(),
                        site.name.clone(),
                        site.planned.to_string(),
                        site.status().label().to_owned(),
                    ]
                })
                .collect(),
            total: self.sites.values().map(|site| site.planned).sum(),
            remark: (district > 0).then(|| {
                format!("另有 {district} 个项目的建设地点在规划中仅写到全区，不标注具体位置。")
            }),
        });
    }
}

fn of_site(id: SiteId, input: &SheetInput<'_>) -> Result<Subject, SheetError> {
    let site = input.sites.get(&id).ok_or(SheetError::UnknownSite { id })?;
    let placement = &site.placement;
    let grade = grade_text(placement);
    let name = site.name.trim().trim_end_matches('。');
    let (extent, sites, kind) = match placement.at {
        Some(at) => (
            around(at, placement.precision_m.unwrap_or(0.0).max(LEAST_RADIUS_M)),
            BTreeMap::from([(id, site.clone())]),
            "位置图",
        ),
        None => (whole(input)?, BTreeMap::new(), "所在区域图"),
    };
    let map_note = match placement.at {
        Some(_) => None,
        None if placement.grade == Placement::District => Some(format!(
            "该项目建设地点在规划中仅写“{}”，不标注具体位置",
            site.location.trim()
        )),
        None => Some("该项目尚未定位，不标注具体位置".to_owned()),
    };
    Ok(Subject {
        title: format!("{name}{kind}"),
        subtitle: format!("{} · 第 {} 号项目", site.category, id.0),
        extent,
        facts: facts::of_site(site, &grade),
        placement_line: Some(if placement.basis.trim().is_empty() {
            format!("定位等级：{grade}")
        } else {
            format!("定位等级：{grade}，依据：{}", placement.basis.trim())
        }),
        map_note,
        highlight: placement.at.map(|_| Owner::Site(id)),
        at: placement.at,
        sites,
    })
}

fn of_extent(
    extent: Extent,
    scale: ScaleChoice,
    input: &SheetInput<'_>,
) -> Result<Subject, SheetError> {
    check(extent, scale)?;
    Ok(Subject {
        title: format!(
            "{}生态环境保护项目分布图",
            district_name(input.layers, extent).unwrap_or_default()
        ),
        subtitle: String::new(),
        extent,
        facts: Facts::List(SiteList::default()),
        placement_line: None,
        map_note: None,
        sites: BTreeMap::new(),
        highlight: None,
        at: None,
    })
}

/// A rectangle of degrees with an inside; a fixed scale may also be centred on one point.
pub(super) fn check(extent: Extent, scale: ScaleChoice) -> Result<(), SheetError> {
    let degrees = (-180.0..=180.0).contains(&extent.west)
        && (-180.0..=180.0).contains(&extent.east)
        && (-90.0..=90.0).contains(&extent.south)
        && (-90.0..=90.0).contains(&extent.north);
    let ordered = extent.west <= extent.east && extent.south <= extent.north;
    let inside = extent.west < extent.east || extent.south < extent.north;
    if degrees && ordered && (inside || scale != ScaleChoice::Fit) {
        Ok(())
    } else {
        Err(SheetError::EmptyExtent)
    }
}

/// 概略（±5500 米）.
fn grade_text(placement: &SitePlacement) -> String {
    match placement.precision_m {
        Some(metres) if placement.at.is_some() => {
            format!("{}（±{metres:.0} 米）", placement.grade.label())
        }
        _ => placement.grade.label().to_owned(),
    }
}

/// The rectangle around a circle.
fn around(at: LonLat, radius_m: f64) -> Extent {
    // Short of the shortest degrees on the ellipsoid, so that the rectangle always holds the circle.
    const METRES_PER_DEGREE: f64 = 110_500.0;
    let dlat = radius_m / METRES_PER_DEGREE;
    let dlon = dlat / at.lat.to_radians().cos().max(0.01);
    Extent {
        west: at.lon - dlon,
        south: at.lat - dlat,
        east: at.lon + dlon,
        north: at.lat + dlat,
    }
}

/// The district; without one, all that is shown.
pub(super) fn whole(input: &SheetInput<'_>) -> Result<Extent, SheetError> {
    let layers = || drawn_layers(input.layers);
    district(input.layers)
        .or_else(|| {
            layers()
                .filter_map(|view| view.layer.extent())
                .chain(
                    input
                        .sites
                        .values()
                        .filter_map(|site| site.placement.at.map(Extent::of_point)),
                )
                .reduce(Extent::union)
        })
        .filter(|extent| check(*extent, ScaleChoice::Fit).is_ok())
        .ok_or(SheetError::NothingToShow)
}

/// The extent of the district's boundary, drawn or not.
pub(super) fn district(layers: &[LayerView<'_>]) -> Option<Extent> {
    layers
        .iter()
        .filter(|view| view.layer.kind == LayerKind::Boundary && !view.retired)
        .filter_map(|view| view.layer.extent())
        .reduce(Extent::union)
}

/// The district's name, where the map lies in it.
fn district_name<'a>(layers: &'a [LayerView<'_>], map: Extent) -> Option<&'a str> {
    let district = district(layers)?;
    if !district.contains(map.center()) {
        return None;
    }
    layers
        .iter()
        .filter(|view| view.layer.kind == LayerKind::Boundary && !view.retired)
        .find_map(|view| view.layer.feature_name(view.layer.features.first()?))
}

/// The layers that the map shows.
pub(super) fn drawn_layers<'a>(
    layers: &'a [LayerView<'a>],
) -> impl Iterator<Item = &'a LayerView<'a>> {
    layers
        .iter()
        .filter(|view| view.visible && !view.retired && view.opacity > 0.0)
}

/// Does anything within `extent` claim no place? By bounding rectangles: rather a watermark too many.
pub(super) fn shows_schematic(
    layers: &[LayerView<'_>],
    sites: &BTreeMap<SiteId, ProjectSite>,
    extent: Extent,
) -> bool {
    let schematic_feature = drawn_layers(layers).any(|view| {
        view.layer.features.iter().any(|feature| {
            view.layer.feature_placement(feature) == Placement::Schematic
                && feature
                    .geometry
                    .as_ref()
                    .and_then(Extent::of_geometry)
                    .is_some_and(|bounds| bounds.intersects(extent))
        })
    });
    let schematic_site = sites.values().any(|site| {
        site.placement.grade == Placement::Schematic
            && site.placement.at.is_some_and(|at| extent.contains(at))
    });
    schematic_feature || schematic_site
}
