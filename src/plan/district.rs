//! The plan's figures for the district as a whole: area, red line, counts.

use serde::Deserialize;

use super::{PlanError, table};

/// The district and its plan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DistrictFacts {
    pub name: String,
    /// 行政区划代码.
    pub code: String,
    pub plan: PlanPeriod,
    #[serde(rename = "fact")]
    pub facts: Vec<DistrictFact>,
}

/// The plan's title page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PlanPeriod {
    pub title: String,
    pub published: String,
    pub first_year: i32,
    pub last_year: i32,
    pub base_year: i32,
    pub plan_line: u32,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DistrictFact {
    /// Stable key: `redline_km2`, `area_km2`, …
    pub key: String,
    pub label: String,
    pub value: String,
    pub unit: String,
    /// The plan's own words.
    pub words: String,
    pub plan_line: u32,
    pub note: String,
}

impl DistrictFacts {
    pub fn fact(&self, key: &str) -> Option<&DistrictFact> {
        self.facts.iter().find(|fact| fact.key == key)
    }

    /// A figure as a number; `None` where there is none of that key.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.fact(key)?.value.parse().ok()
    }
}

pub(super) fn load() -> Result<DistrictFacts, PlanError> {
    table::document(
        "plan/district.toml",
        include_str!("../../data/plan/district.toml"),
    )
}
