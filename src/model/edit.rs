//! Every change to the ledger is an [`Edit`]: a value that can be applied, undone, logged and tested.

use std::collections::BTreeMap;

use super::{ProjectSite, SiteId, SitePlacement, StatusChange, YearInvestment};

/// One undoable change. Carries the old value, so that undo needs nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Replace the list of dated status changes (a new one is appended, an old one corrected).
    SetStatusChanges {
        site: SiteId,
        old: Vec<StatusChange>,
        new: Vec<StatusChange>,
    },
    /// Set one year's money.
    SetInvestment {
        site: SiteId,
        year: i32,
        old: YearInvestment,
        new: YearInvestment,
    },
    /// Move a site, or say better how sure its place is.
    SetPlacement {
        site: SiteId,
        old: SitePlacement,
        new: SitePlacement,
    },
}

impl Edit {
    pub const fn site(&self) -> SiteId {
        match self {
            Self::SetStatusChanges { site, .. }
            | Self::SetInvestment { site, .. }
            | Self::SetPlacement { site, .. } => *site,
        }
    }

    /// The edit that undoes this one.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::SetStatusChanges { site, old, new } => Self::SetStatusChanges {
                site,
                old: new,
                new: old,
            },
            Self::SetInvestment {
                site,
                year,
                old,
                new,
            } => Self::SetInvestment {
                site,
                year,
                old: new,
                new: old,
            },
            Self::SetPlacement { site, old, new } => Self::SetPlacement {
                site,
                old: new,
                new: old,
            },
        }
    }

    /// Apply to the sites in memory. An edit of a site that is gone changes nothing.
    pub fn apply(&self, sites: &mut BTreeMap<SiteId, ProjectSite>) {
        let Some(target) = sites.get_mut(&self.site()) else {
            return;
        };
        match self {
            Self::SetStatusChanges { new, .. } => target.status_changes.clone_from(new),
            Self::SetInvestment { year, new, .. } if new.is_empty() => {
                target.investments.remove(year);
            }
            Self::SetInvestment { year, new, .. } => {
                target.investments.insert(*year, new.clone());
            }
            Self::SetPlacement { new, .. } => target.placement.clone_from(new),
        }
    }

    /// What undo and the history call it.
    pub fn label(&self) -> String {
        match self {
            Self::SetStatusChanges { new, .. } => match new.last() {
                Some(change) => format!("状态改为“{}”", change.status.label()),
                None => "清除状态".to_owned(),
            },
            Self::SetInvestment { year, .. } => format!("修改 {year} 年投资"),
            Self::SetPlacement { new, .. } => format!("定位改为“{}”", new.grade.label()),
        }
    }
}
