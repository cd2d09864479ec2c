//! Which words of a project's own text place it, and where that puts it.
//!
//! The choice of words is data (`plan/site_placement.csv`); the point and its ± metres are computed
//! from the geometry. A project that names no place we have geometry for is 全区, without a point.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::crossing::{line_quality, reach_inside};
use super::{Geography, PlaceLayer, PlanError, PlanSite, table};
use crate::model::{Placement, SiteId, SitePlacement};

const FILE: &str = "plan/site_placement.csv";

/// What a site is anchored to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AnchorLayer {
    Towns,
    TownsFormer,
    Landmarks,
    Rivers,
}

/// One row of the file: these words of this site mean this place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct PlacementRule {
    site_id: i64,
    words: String,
    anchor_layer: AnchorLayer,
    anchor_name: String,
    note: String,
}

pub(super) fn load() -> Result<Vec<PlacementRule>, PlanError> {
    table::rows(FILE, include_str!("../../data/plan/site_placement.csv"))
}

/// A placement for every site.
pub(super) fn place_all(
    sites: &[PlanSite],
    rules: &[PlacementRule],
    geography: &Geography,
) -> Result<BTreeMap<SiteId, SitePlacement>, PlanError> {
    sites
        .iter()
        .map(|site| {
            let rule = rules.iter().find(|rule| SiteId(rule.site_id) == site.id);
            let placement = match rule {
                Some(rule) => place(site, rule, geography)?,
                None => whole_district(site),
            };
            Ok((site.id, placement))
        })
        .collect()
}

fn whole_district(site: &PlanSite) -> SitePlacement {
    SitePlacement {
        grade: Placement::District,
        at: None,
        precision_m: None,
        basis: format!("规划的建设地点仅写“{}”，没有更具体的位置", site.location),
    }
}

fn place(
    site: &PlanSite,
    rule: &PlacementRule,
    geography: &Geography,
) -> Result<SitePlacement, PlanError> {
    let words = format!("规划的{}写有“{}”", field_with(site, rule)?, rule.words);
    let anchored = match rule.anchor_layer {
        AnchorLayer::Towns => at_place(PlaceLayer::Towns, rule, geography),
        AnchorLayer::TownsFormer => at_place(PlaceLayer::FormerTowns, rule, geography),
        AnchorLayer::Landmarks => at_place(PlaceLayer::Landmarks, rule, geography),
        AnchorLayer::Rivers => at_river(rule, geography),
    };
    let (at, precision_m, how) = anchored.ok_or_else(|| PlanError::Contradictory {
        file: FILE,
        what: format!("第 {} 号项目的“{}”没有坐标", site.id.0, rule.anchor_name),
    })?;
    Ok(SitePlacement {
        grade: Placement::Approximate,
        at: Some(at),
        precision_m: Some(precision_m),
        basis: format!("{words}，{how}。{}", rule.note),
    })
}

/// The name of the printed cell that holds the words.
fn field_with(site: &PlanSite, rule: &PlacementRule) -> Result<&'static str, PlanError> {
    [
        ("建设地点", &site.location),
        ("项目名称", &site.name),
        ("建设内容", &site.content),
    ]
    .into_iter()
    .find_map(|(label, cell)| cell.contains(&rule.words).then_some(label))
    .ok_or_else(|| PlanError::Contradictory {
        file: FILE,
        what: format!("第 {} 号项目没有“{}”字样", site.id.0, rule.words),
    })
}

type Anchored = (crate::crs::LonLat, f64, String);

fn at_place(layer: PlaceLayer, rule: &PlacementRule, geography: &Geography) -> Option<Anchored> {
    let place = geography.place(layer, &rule.anchor_name)?;
    let precision_m = place.precision_m?;
    let kind = if place.point_kind.is_empty() {
        String::new()
    } else {
        format!("的{}", place.point_kind)
    };
    let how = format!(
        "取“{}”{kind}，±{precision_m:.0} 米；来源：{}",
        place.name, place.source
    );
    Some((place.at?, precision_m, how))
}

fn at_river(rule: &PlacementRule, geography: &Geography) -> Option<Anchored> {
    let river = rule.anchor_name.as_str();
    let reach = reach_inside(&geography.course(river)?, &geography.boundary.outline)?;
    let (source, line_precision_m) = line_quality(geography, river);
    // Rounded up: a stated uncertainty must never be smaller than the real one.
    let precision_m = ((reach.length_m / 2.0 + line_precision_m) / 100.0).ceil() * 100.0;
    let how = format!(
        "取{river}区内河线（长 {:.1} 公里）的中点，±{precision_m:.0} 米；来源：{source}",
        reach.length_m / 1000.0
    );
    Some((reach.middle, precision_m, how))
}
