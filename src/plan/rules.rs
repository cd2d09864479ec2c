//! The plan's spatial rules: what may not be, or only with care, and how far from what.
//!
//! Data only. Measuring a site against a rule belongs to `analysis`.

use serde::Deserialize;

use super::{PlanError, table};

/// How strict a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// 禁止
    Ban,
    /// 严格控制
    Control,
    /// Where a piece of work applies; forbids nothing.
    Scope,
}

impl RuleKind {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ban => "禁止",
            Self::Control => "严格控制",
            Self::Scope => "适用范围",
        }
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct SpatialRule {
    /// Stable key, also in reports.
    pub id: String,
    pub kind: RuleKind,
    /// Our short heading.
    pub title: String,
    /// The plan's own words.
    pub sentence: String,
    /// Only where the plan prints a distance.
    pub distance_m: Option<f64>,
    /// What the plan measures the distance from.
    pub measured_from: Option<String>,
    /// Rivers, zones or layers as the plan names them.
    pub applies_to: Vec<String>,
    pub plan_line: u32,
    pub note: String,
}

#[derive(Deserialize)]
struct Document {
    rule: Vec<SpatialRule>,
}

pub(super) fn load() -> Result<Vec<SpatialRule>, PlanError> {
    let document: Document = table::document(
        "plan/rules.toml",
        include_str!("../../data/plan/rules.toml"),
    )?;
    Ok(document.rule)
}
