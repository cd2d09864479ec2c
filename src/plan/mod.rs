//! The plan's facts, built in: 附表一, 专栏1–10, rivers, reservoirs, rules, and the sourced geometry.
//!
//! Reads the files of `data/` once, as plain structs; every fact carries the line of the plan it
//! stands on or the source it came from. A new workspace is filled from here.
//! Deliberately absent: the workspace, edits, drawing. What the plan does not say is `None` here.

mod crossing;
mod district;
mod geography;
mod indicators;
mod layers;
mod placement;
mod rules;
mod sites;
mod table;
mod tasks;
mod water;

pub use crossing::{BorderSection, FlowRole, border_sections};
pub use district::{DistrictFact, DistrictFacts, PlanPeriod};
pub use geography::{Boundary, Geography, Place, PlaceLayer, RiverLine};
pub use indicators::{Indicator13th, Indicator14th, IndicatorKind};
pub use rules::{RuleKind, SpatialRule};
pub use sites::PlanSite;
pub use tasks::PlanTask;
pub use water::{NamedSection, PlanReservoir, PlanRiver, PlanTown, SectionCount, WaterTarget};

use std::collections::BTreeMap;

use crate::model::{Money, SiteId, SitePlacement};

/// The text of the plan itself; a `plan_line` counts its lines from 1.
pub const TEXT: &str = include_str!("../../data/plan/plan.txt");

/// The demonstration red line as a bureau would deliver it (EPSG:4523). Made up from end to end:
/// always [`crate::model::Placement::Schematic`].
pub const DEMO_RED_LINE: &str = include_str!("../../data/demo/redline_4523.geojson");

/// Why a built-in file could not be used: the program was built from damaged data.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("内置数据 {file} 读不出：{reason}。请重新安装本软件")]
    Unreadable { file: &'static str, reason: String },
    #[error("内置数据 {file} 前后矛盾：{what}。请重新安装本软件")]
    Contradictory { file: &'static str, what: String },
}

/// Everything built in, read and checked.
#[derive(Clone, Debug)]
pub struct Plan {
    pub district: DistrictFacts,
    /// The 41 projects, in printed order.
    pub sites: Vec<PlanSite>,
    /// Where each of the 41 is, how sure, and why.
    pub placements: BTreeMap<SiteId, SitePlacement>,
    /// 专栏1.
    pub indicators_13th: Vec<Indicator13th>,
    /// 专栏2, sub-rows included.
    pub indicators_14th: Vec<Indicator14th>,
    /// 专栏3–10.
    pub tasks: Vec<PlanTask>,
    /// 5 streets, 11 towns.
    pub towns: Vec<PlanTown>,
    /// 三江七河.
    pub rivers: Vec<PlanRiver>,
    /// 22, of which the plan names 4.
    pub reservoirs: Vec<PlanReservoir>,
    /// How many sections of each level the plan counts.
    pub section_counts: Vec<SectionCount>,
    /// Monitoring sections known by name; none has a trustworthy coordinate.
    pub named_sections: Vec<NamedSection>,
    /// Where the lines of the big rivers cross the boundary.
    pub border_sections: Vec<BorderSection>,
    pub rules: Vec<SpatialRule>,
    pub geography: Geography,
}

impl Plan {
    pub fn load() -> Result<Self, PlanError> {
        let geography = Geography::load()?;
        let sites = sites::load()?;
        let placements = placement::place_all(&sites, &placement::load()?, &geography)?;
        Ok(Self {
            district: district::load()?,
            placements,
            sites,
            indicators_13th: indicators::load_13th()?,
            indicators_14th: indicators::load_14th()?,
            tasks: tasks::load()?,
            towns: water::load_towns()?,
            rivers: water::load_rivers()?,
            reservoirs: water::load_reservoirs()?,
            section_counts: water::load_section_counts()?,
            named_sections: water::load_named_sections()?,
            border_sections: border_sections(&geography),
            rules: rules::load()?,
            geography,
        })
    }

    /// The sum of 附表一.
    pub fn planned_total(&self) -> Money {
        self.sites.iter().map(|site| site.investment).sum()
    }
}

/// The plan's area of the ecological red line, km².
pub fn red_line_km2() -> Result<Option<f64>, PlanError> {
    Ok(district::load()?.number("redline_km2"))
}

/// A line of the plan, counted from 1, without the table's leading tab.
pub fn text_line(line: u32) -> Option<&'static str> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    TEXT.lines().nth(index).map(str::trim)
}
