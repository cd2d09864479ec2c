//! 专栏3–10: the task paragraphs, verbatim.

use serde::Deserialize;

use super::{PlanError, table};

/// One paragraph of a 专栏.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PlanTask {
    /// 3–10.
    #[serde(rename = "box")]
    pub box_number: u32,
    pub box_title: String,
    /// Position in its box, from 1; the plan prints none.
    pub number: u32,
    /// The words before the first full stop.
    pub name: String,
    /// The whole paragraph.
    pub text: String,
    pub plan_line: u32,
    pub note: String,
}

pub(super) fn load() -> Result<Vec<PlanTask>, PlanError> {
    table::rows("plan/tasks.csv", include_str!("../../data/plan/tasks.csv"))
}
