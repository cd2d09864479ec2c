//! Towns, rivers, reservoirs and water sections as lists: what the plan and named sources say of
//! them, in words. Where they lie is [`super::geography`]'s business.

use serde::Deserialize;

use super::{PlanError, table};
use crate::model::WaterClass;

/// A street or town of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PlanTown {
    pub name: String,
    /// 街道 or 镇.
    pub kind: String,
    /// 统计用区划代码.
    pub code: String,
    pub code_source: String,
    pub plan_line: u32,
    pub note: String,
}

/// What the plan promises for a river in 2025.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterTarget {
    /// As printed: `Ⅲ`, `Ⅱ—Ⅲ`.
    pub printed: String,
    /// The worst class that still meets it.
    pub worst: WaterClass,
    /// 保持 or 达到, as printed.
    pub verb: String,
}

/// One of 三江七河.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRiver {
    pub name: String,
    /// 三江 or 七河.
    pub group: String,
    /// Where the plan states one.
    pub present: Option<WaterClass>,
    pub present_plan_line: Option<u32>,
    pub target: WaterTarget,
    pub plan_line: u32,
    pub note: String,
}

/// One of the 22 reservoirs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PlanReservoir {
    /// 1–22, ours: the plan numbers none.
    pub id: u32,
    /// `待补充` for the 18 that the plan counts without naming.
    pub name: String,
    pub town: String,
    pub town_source: String,
    /// 小(Ⅰ)型 and the like, where sourced.
    pub scale: String,
    pub scale_source: String,
    pub class_remark: String,
    pub plan_line: u32,
    pub note: String,
}

impl PlanReservoir {
    /// Does the plan give its name?
    pub fn is_named(&self) -> bool {
        self.name != "待补充"
    }
}

/// A number of sections that the plan counts without naming them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SectionCount {
    pub kind: String,
    /// 国考, 市考 or 自动站.
    pub level: String,
    pub count: u32,
    /// The plan's own words.
    pub statement: String,
    pub plan_line: u32,
    pub note: String,
}

/// A monitoring section known by name, not by place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSection {
    pub name: String,
    pub river: String,
    /// 入境 where a source says so of this district.
    pub role: String,
    /// `Some(true)` where a source says so; `None`: not known.
    pub in_district: Option<bool>,
    pub national_auto_station: bool,
    pub observed: Option<WaterClass>,
    /// `2016-02`.
    pub observed_month: String,
    pub target: Option<WaterClass>,
    pub source: String,
    pub note: String,
}

pub(super) fn load_towns() -> Result<Vec<PlanTown>, PlanError> {
    table::rows("plan/towns.csv", include_str!("../../data/plan/towns.csv"))
}

pub(super) fn load_reservoirs() -> Result<Vec<PlanReservoir>, PlanError> {
    table::rows(
        "plan/reservoirs.csv",
        include_str!("../../data/plan/reservoirs.csv"),
    )
}

pub(super) fn load_section_counts() -> Result<Vec<SectionCount>, PlanError> {
    table::rows(
        "plan/section_counts.csv",
        include_str!("../../data/plan/section_counts.csv"),
    )
}

pub(super) fn load_rivers() -> Result<Vec<PlanRiver>, PlanError> {
    const FILE: &str = "plan/rivers.csv";

    #[derive(Deserialize)]
    struct Row {
        name: String,
        group: String,
        present_class: String,
        present_plan_line: Option<u32>,
        target_class: String,
        target_verb: String,
        plan_line: u32,
        note: String,
    }

    table::rows(FILE, include_str!("../../data/plan/rivers.csv"))?
        .into_iter()
        .map(|row: Row| {
            // The target may be a range, `Ⅱ—Ⅲ`: its last class is the worst allowed.
            let worst = row.target_class.rsplit('—').next().unwrap_or_default();
            Ok(PlanRiver {
                present: class(FILE, &row.present_class)?,
                target: WaterTarget {
                    worst: class(FILE, worst)?.ok_or_else(|| PlanError::Contradictory {
                        file: FILE,
                        what: format!("{}没有目标类别", row.name),
                    })?,
                    printed: row.target_class,
                    verb: row.target_verb,
                },
                name: row.name,
                group: row.group,
                present_plan_line: row.present_plan_line,
                plan_line: row.plan_line,
                note: row.note,
            })
        })
        .collect()
}

pub(super) fn load_named_sections() -> Result<Vec<NamedSection>, PlanError> {
    const FILE: &str = "plan/sections.csv";

    #[derive(Deserialize)]
    struct Row {
        name: String,
        river: String,
        role: String,
        in_district: String,
        national_auto_station: String,
        observed_class: String,
        observed_month: String,
        target_class: String,
        source: String,
        note: String,
    }

    table::rows(FILE, include_str!("../../data/plan/sections.csv"))?
        .into_iter()
        .map(|row: Row| {
            Ok(NamedSection {
                in_district: match row.in_district.as_str() {
                    "是" => Some(true),
                    "否" => Some(false),
                    _ => None,
                },
                national_auto_station: row.national_auto_station == "是",
                observed: class(FILE, &row.observed_class)?,
                target: class(FILE, &row.target_class)?,
                name: row.name,
                river: row.river,
                role: row.role,
                observed_month: row.observed_month,
                source: row.source,
                note: row.note,
            })
        })
        .collect()
}

/// An empty cell is no class; anything else has to be one.
fn class(file: &'static str, cell: &str) -> Result<Option<WaterClass>, PlanError> {
    if cell.is_empty() {
        return Ok(None);
    }
    match WaterClass::parse(cell) {
        Some(class) => Ok(Some(class)),
        None => Err(PlanError::Contradictory {
            file,
            what: format!("“{cell}”不是水质类别"),
        }),
    }
}
