//! Collects what is wrong with a file while it is read, without drowning anybody in a million lines.

use std::collections::{BTreeMap, BTreeSet};

use crate::crs::LonLat;
use crate::model::{Action, Issue, IssueCode, Quarantined};

/// How many problems of one kind are listed one by one; the rest are counted.
const LISTED_PER_CODE: usize = 200;

#[derive(Debug, Default)]
pub(super) struct IssueLog {
    issues: Vec<Issue>,
    quarantined: Vec<Quarantined>,
    repaired: BTreeSet<usize>,
    counts: BTreeMap<IssueCode, usize>,
}

/// What the log comes to.
pub(super) struct Findings {
    /// Those of the whole file first, then by feature.
    pub(super) issues: Vec<Issue>,
    pub(super) quarantined: Vec<Quarantined>,
    /// How many imported features were repaired.
    pub(super) repaired: usize,
}

impl IssueLog {
    /// About the file as a whole.
    pub(super) fn file(&mut self, code: IssueCode, action: Action, message: impl Into<String>) {
        self.push(Issue {
            at: None,
            feature: None,
            code,
            message: message.into(),
            action,
        });
    }

    pub(super) fn kept(&mut self, feature: usize, code: IssueCode, message: impl Into<String>) {
        self.push(Issue {
            at: None,
            feature: Some(feature),
            code,
            message: message.into(),
            action: Action::Kept,
        });
    }

    /// [`Self::kept`], where the place of the problem itself is known.
    pub(super) fn kept_at(
        &mut self,
        at: LonLat,
        feature: usize,
        code: IssueCode,
        message: impl Into<String>,
    ) {
        self.push(Issue {
            at: Some(at),
            feature: Some(feature),
            code,
            message: message.into(),
            action: Action::Kept,
        });
    }

    pub(super) fn repaired(&mut self, feature: usize, code: IssueCode, message: impl Into<String>) {
        self.repaired.insert(feature);
        self.push(Issue {
            at: None,
            feature: Some(feature),
            code,
            message: message.into(),
            action: Action::Repaired,
        });
    }

    /// Put the feature's own text aside, so that nothing is lost.
    pub(super) fn quarantine(
        &mut self,
        feature: usize,
        code: IssueCode,
        reason: impl Into<String>,
        raw: &str,
    ) {
        self.quarantine_at(None, feature, code, reason, raw);
    }

    /// [`Self::quarantine`], where its place is known.
    pub(super) fn quarantine_at(
        &mut self,
        at: Option<LonLat>,
        feature: usize,
        code: IssueCode,
        reason: impl Into<String>,
        raw: &str,
    ) {
        let reason = reason.into();
        self.repaired.remove(&feature);
        self.quarantined.push(Quarantined {
            feature,
            code,
            reason: reason.clone(),
            raw: raw.to_owned(),
        });
        self.push(Issue {
            at,
            feature: Some(feature),
            code,
            message: reason,
            action: Action::Quarantined,
        });
    }

    pub(super) fn extend(&mut self, issues: impl IntoIterator<Item = Issue>) {
        for issue in issues {
            self.push(issue);
        }
    }

    /// Take over what another log holds.
    pub(super) fn absorb(&mut self, other: Self) {
        for (code, count) in other.counts {
            *self.counts.entry(code).or_default() += count;
        }
        self.issues.extend(other.issues);
        self.quarantined.extend(other.quarantined);
        self.repaired.extend(other.repaired);
    }

    fn push(&mut self, issue: Issue) {
        let count = self.counts.entry(issue.code).or_default();
        *count += 1;
        if *count <= LISTED_PER_CODE {
            self.issues.push(issue);
        }
    }

    pub(super) fn finish(mut self) -> Findings {
        for (&code, &count) in &self.counts {
            if count > LISTED_PER_CODE {
                self.issues.push(Issue {
                    at: None,
                    feature: None,
                    code,
                    message: format!("同类问题共 {count} 个，只逐条列出前 {LISTED_PER_CODE} 个"),
                    action: Action::Kept,
                });
            }
        }
        self.issues.sort_by_key(|issue| issue.feature);
        self.quarantined.sort_by_key(|feature| feature.feature);
        Findings {
            issues: self.issues,
            quarantined: self.quarantined,
            repaired: self.repaired.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_problems_of_one_kind_are_counted_not_listed() {
        let mut log = IssueLog::default();
        for feature in 1..=1000 {
            log.kept(feature, IssueCode::OutsideDistrict, "");
        }
        let issues = log.finish().issues;
        assert_eq!(issues.len(), LISTED_PER_CODE + 1);
        assert!(issues[0].message.contains("1000"));
    }
}
