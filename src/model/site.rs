//! A construction project of 附表一 and what is recorded about it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Money, SitePlacement, SiteStatus, YearSpan};

/// Identifies a [`ProjectSite`] for as long as the workspace lives; the plan's are 1–41 as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteId(pub i64);

/// A row of 附表一. Never "project" alone, which in GIS is a document.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectSite {
    pub id: SiteId,
    /// 所属工程, verbatim.
    pub category: String,
    pub name: String,
    /// 建设内容, verbatim.
    pub content: String,
    /// 建设地点, verbatim.
    pub location: String,
    /// 投资概算.
    pub planned: Money,
    /// 建设年限 as printed.
    pub years_printed: String,
    pub years: YearSpan,
    /// 建设单位, split; many sites share a unit.
    pub units: Vec<String>,
    /// Line of the plan text the name stands in; `None` for sites added by the user.
    pub plan_line: Option<u32>,
    /// What is odd about the printed row (misprints are kept verbatim and flagged here).
    pub plan_note: String,
    pub placement: SitePlacement,
    /// Oldest first; the last one is the present status.
    pub status_changes: Vec<StatusChange>,
    pub investments: BTreeMap<i32, YearInvestment>,
}

impl ProjectSite {
    /// The present status. A site nobody has touched is 谋划: the plan only proposes it.
    pub fn status(&self) -> SiteStatus {
        self.status_changes
            .last()
            .map_or(SiteStatus::Conceived, |change| change.status)
    }

    /// 累计完成投资 over all years.
    pub fn completed(&self) -> Money {
        self.investments
            .values()
            .filter_map(|year| year.completed)
            .sum()
    }

    /// 累计到位资金 over all years and sources.
    pub fn arrived(&self) -> Money {
        self.investments
            .values()
            .map(YearInvestment::arrived_total)
            .sum()
    }
}

/// One dated step in a project's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// The day it happened, as the user says; not the day it was typed (history knows that).
    pub date: Date,
    pub status: SiteStatus,
    pub note: String,
}

/// 资金来源.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FundSource {
    Central,
    Province,
    City,
    District,
    Society,
}

impl FundSource {
    pub const ALL: [Self; 5] = [
        Self::Central,
        Self::Province,
        Self::City,
        Self::District,
        Self::Society,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Central => "中央",
            Self::Province => "省",
            Self::City => "市",
            Self::District => "区",
            Self::Society => "社会",
        }
    }

    /// The stable key: column names and console options.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Province => "province",
            Self::City => "city",
            Self::District => "district",
            Self::Society => "society",
        }
    }
}

/// The money of one site in one year. `None` means not reported, which is not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct YearInvestment {
    /// 年度计划投资.
    pub planned: Option<Money>,
    /// 到位资金 by source.
    pub arrived: BTreeMap<FundSource, Money>,
    /// 完成投资.
    pub completed: Option<Money>,
}

impl YearInvestment {
    pub fn arrived_total(&self) -> Money {
        self.arrived.values().copied().sum()
    }

    /// Nothing reported at all: such a year is not stored.
    pub fn is_empty(&self) -> bool {
        self.planned.is_none() && self.arrived.is_empty() && self.completed.is_none()
    }
}
