//! 附表一: the 41 projects as printed. What happened to them since is the workspace's business.

use serde::Deserialize;

use super::{PlanError, table};
use crate::model::{Money, SiteId, YearSpan};

const FILE: &str = "plan/sites.csv";

/// A row of 附表一.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanSite {
    /// 1–41, in printed order.
    pub id: SiteId,
    /// 所属工程, carried down merged cells.
    pub category: String,
    pub name: String,
    /// 建设内容.
    pub content: String,
    /// 建设地点.
    pub location: String,
    /// 投资概算.
    pub investment: Money,
    pub years_printed: String,
    pub years: YearSpan,
    /// 建设单位 as printed.
    pub units_printed: String,
    pub units: Vec<String>,
    /// Line of [`super::TEXT`] that the name begins on.
    pub plan_line: u32,
    /// What is odd about the printed row; empty where nothing is.
    pub note: String,
}

#[derive(Deserialize)]
struct Row {
    id: i64,
    category: String,
    name: String,
    content: String,
    location: String,
    investment_wan: String,
    years: String,
    start_year: i32,
    end_year: i32,
    units: String,
    units_split: String,
    plan_line: u32,
    note: String,
}

pub(super) fn load() -> Result<Vec<PlanSite>, PlanError> {
    table::rows(FILE, include_str!("../../data/plan/sites.csv"))?
        .into_iter()
        .map(read)
        .collect()
}

fn read(row: Row) -> Result<PlanSite, PlanError> {
    let contradictory = |what: String| PlanError::Contradictory { file: FILE, what };
    let investment = Money::parse_wan(&row.investment_wan)
        .map_err(|err| contradictory(format!("第 {} 号项目：{err}", row.id)))?;
    let years = YearSpan::parse(&row.years)
        .filter(|years| (years.start, years.end) == (row.start_year, row.end_year))
        .ok_or_else(|| contradictory(format!("第 {} 号项目的建设年限不一致", row.id)))?;
    Ok(PlanSite {
        id: SiteId(row.id),
        category: row.category,
        name: row.name,
        content: row.content,
        location: row.location,
        investment,
        years_printed: row.years,
        years,
        units: table::split_list(&row.units_split),
        units_printed: row.units,
        plan_line: row.plan_line,
        note: row.note,
    })
}
