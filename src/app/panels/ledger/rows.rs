//! Which projects the ledger shows, in which order, and what they add up to. Pure.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::{Money, ProjectSite, SiteId, SiteStatus};
use crate::search::Query;

/// A column of the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    #[default]
    Number,
    Name,
    Status,
    Category,
    Location,
    Units,
    Years,
    Planned,
    Arrived,
    Completed,
    Rate,
    Placement,
}

impl Column {
    pub const ALL: [Self; 12] = [
        Self::Number,
        Self::Name,
        Self::Status,
        Self::Planned,
        Self::Arrived,
        Self::Completed,
        Self::Rate,
        Self::Years,
        Self::Category,
        Self::Location,
        Self::Units,
        Self::Placement,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Number => "序号",
            Self::Name => "项目名称",
            Self::Status => "状态",
            Self::Category => "所属工程",
            Self::Location => "建设地点",
            Self::Units => "建设单位",
            Self::Years => "建设年限",
            Self::Planned => "投资概算",
            Self::Arrived => "累计到位",
            Self::Completed => "累计完成",
            Self::Rate => "完成率",
            Self::Placement => "定位",
        }
    }

    /// Numbers stand on the right.
    pub const fn is_number(self) -> bool {
        matches!(
            self,
            Self::Number | Self::Planned | Self::Arrived | Self::Completed | Self::Rate
        )
    }

    /// The cell as shown and copied.
    pub fn cell(self, site: &ProjectSite) -> String {
        match self {
            Self::Number => site.id.0.to_string(),
            Self::Name => site.name.clone(),
            Self::Status => site.status().label().to_owned(),
            Self::Category => site.category.clone(),
            Self::Location => site.location.clone(),
            Self::Units => site.units.join("、"),
            Self::Years => site.years_printed.clone(),
            Self::Planned => site.planned.to_string(),
            Self::Arrived => site.arrived().to_string(),
            Self::Completed => site.completed().to_string(),
            Self::Rate => percent(site.completed(), site.planned),
            Self::Placement => site.placement.grade.label().to_owned(),
        }
    }

    fn compare(self, a: &ProjectSite, b: &ProjectSite) -> Ordering {
        match self {
            Self::Number => Ordering::Equal,
            Self::Planned => a.planned.cmp(&b.planned),
            Self::Arrived => a.arrived().cmp(&b.arrived()),
            Self::Completed => a.completed().cmp(&b.completed()),
            Self::Rate => {
                let rate = |site: &ProjectSite| site.completed().share_of(site.planned);
                rate(a).total_cmp(&rate(b))
            }
            Self::Status => a.status().cmp(&b.status()),
            Self::Years => a.years.cmp(&b.years),
            Self::Placement => a.placement.grade.cmp(&b.placement.grade),
            Self::Name | Self::Category | Self::Location | Self::Units => {
                self.cell(a).cmp(&self.cell(b))
            }
        }
    }
}

/// By which column, and which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Sort {
    /// A click on a header: the same column turns round, another one starts ascending.
    #[must_use]
    pub fn clicked(self, column: Column) -> Self {
        Self {
            column,
            descending: self.column == column && !self.descending,
        }
    }
}

/// What is shown; every part narrows further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub text: String,
    pub category: Option<String>,
    pub status: Option<SiteStatus>,
    pub unit: Option<String>,
    /// Under construction in this year.
    pub year: Option<i32>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn accepts(&self, query: &Query, site: &ProjectSite) -> bool {
        self.category
            .as_ref()
            .is_none_or(|category| *category == site.category)
            && self.status.is_none_or(|status| status == site.status())
            && self
                .unit
                .as_ref()
                .is_none_or(|unit| site.units.contains(unit))
            && self.year.is_none_or(|year| site.years.contains(year))
            && query.matches_site(site)
    }
}

/// The sites that `filter` accepts, in the order of `sort`; equal ones as in the plan.
pub fn rows(sites: &BTreeMap<SiteId, ProjectSite>, filter: &Filter, sort: Sort) -> Vec<SiteId> {
    let query = Query::new(&filter.text);
    let mut shown: Vec<&ProjectSite> = sites
        .values()
        .filter(|site| filter.accepts(&query, site))
        .collect();
    shown.sort_by(|a, b| {
        let order = sort.column.compare(a, b).then(a.id.cmp(&b.id));
        if sort.descending {
            order.reverse()
        } else {
            order
        }
    });
    shown.into_iter().map(|site| site.id).collect()
}

/// What the shown sites add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub count: usize,
    pub planned: Money,
    pub arrived: Money,
    pub completed: Money,
}

impl Totals {
    pub fn of<'a>(sites: impl IntoIterator<Item = &'a ProjectSite>) -> Self {
        sites.into_iter().fold(Self::default(), |sum, site| Self {
            count: sum.count + 1,
            planned: sum.planned + site.planned,
            arrived: sum.arrived + site.arrived(),
            completed: sum.completed + site.completed(),
        })
    }

    pub fn rate(&self) -> String {
        percent(self.completed, self.planned)
    }
}

/// What the filters offer: only what occurs.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    pub categories: Vec<String>,
    pub units: Vec<String>,
    pub years: Vec<i32>,
}

impl Choices {
    pub fn of(sites: &BTreeMap<SiteId, ProjectSite>) -> Self {
        // Categories as the plan lists them, not by code point.
        let mut categories: Vec<String> = Vec::new();
        for site in sites.values() {
            if !categories.contains(&site.category) {
                categories.push(site.category.clone());
            }
        }
        let units: BTreeSet<&String> = sites.values().flat_map(|site| &site.units).collect();
        let years: BTreeSet<i32> = sites.values().flat_map(|site| site.years.years()).collect();
        Self {
            categories,
            units: units.into_iter().cloned().collect(),
            years: years.into_iter().collect(),
        }
    }
}

/// `12.3%`; a dash where there is nothing to compare with.
fn percent(part: Money, whole: Money) -> String {
    if whole.is_zero() {
        "—".to_owned()
    } else {
        format!("{:.1}%", part.share_of(whole) * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;

    #[test]
    fn the_whole_ledger_adds_up_to_the_printed_total() {
        let sites = testing::sites();
        let totals = Totals::of(sites.values());
        assert_eq!(totals.count, 41);
        assert_eq!(totals.planned, Money::from_whole_wan(233_966));
        assert_eq!(rows(&sites, &Filter::default(), Sort::default()).len(), 41);
    }

    #[test]
    fn a_second_click_on_a_header_turns_the_order_round() {
        let sites = testing::sites();
        let up = Sort::default().clicked(Column::Planned);
        let ascending = rows(&sites, &Filter::default(), up);
        let descending = rows(&sites, &Filter::default(), up.clicked(Column::Planned));
        let planned = |id: &SiteId| sites[id].planned;
        assert!(ascending.is_sorted_by_key(planned));
        assert!(descending.iter().rev().is_sorted_by_key(planned));
    }

    #[test]
    fn filters_narrow_together() {
        let sites = testing::sites();
        let unit = sites[&SiteId(19)].units[0].clone();
        let filter = Filter {
            text: "mqz".to_owned(),
            unit: Some(unit.clone()),
            status: Some(SiteStatus::Conceived),
            ..Filter::default()
        };
        let shown = rows(&sites, &filter, Sort::default());
        assert!(shown.contains(&SiteId(19)));
        assert!(shown.iter().all(|id| sites[id].units.contains(&unit)));
        let nothing = Filter {
            status: Some(SiteStatus::Accepted),
            ..filter
        };
        assert!(rows(&sites, &nothing, Sort::default()).is_empty());
    }
}
