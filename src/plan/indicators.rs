//! 专栏1 and 专栏2: the indicators, verbatim. Values stay text: many are words, not numbers.

use serde::Deserialize;

use super::{PlanError, table};

/// 属性.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum IndicatorKind {
    #[serde(rename = "约束性")]
    Binding,
    #[serde(rename = "预期性")]
    Expected,
}

impl IndicatorKind {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Binding => "约束性",
            Self::Expected => "预期性",
        }
    }
}

/// A row of 专栏1: the thirteenth five-year plan, looked back on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Indicator13th {
    /// 1–27 by position; two rows print no number.
    pub number: u32,
    /// 指标体系, carried down merged cells.
    pub category: String,
    /// 指标 as printed, with its number.
    pub name: String,
    pub unit: String,
    pub base_2015: String,
    pub target_2020: String,
    pub actual_2020: String,
    pub kind: IndicatorKind,
    /// 指标完成情况.
    pub result: String,
    pub plan_line: u32,
    /// What is odd about the printed row; empty where nothing is.
    pub note: String,
}

/// A row of 专栏2: what the plan promises for 2025.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Indicator14th {
    /// 1–21 as printed; the sub-rows of 9 and 18 share it.
    pub number: u32,
    /// 类别, carried down merged cells.
    pub category: String,
    pub name: String,
    /// Empty where the indicator has no sub-rows.
    pub sub_name: String,
    pub unit: String,
    pub base_2020: String,
    pub target_2025: String,
    pub kind: IndicatorKind,
    pub plan_line: u32,
    /// What is odd about the printed row; empty where nothing is.
    pub note: String,
}

pub(super) fn load_13th() -> Result<Vec<Indicator13th>, PlanError> {
    table::rows(
        "plan/indicators_13th.csv",
        include_str!("../../data/plan/indicators_13th.csv"),
    )
}

pub(super) fn load_14th() -> Result<Vec<Indicator14th>, PlanError> {
    table::rows(
        "plan/indicators_14th.csv",
        include_str!("../../data/plan/indicators_14th.csv"),
    )
}
