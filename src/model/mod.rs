//! The domain as plain data: sites, money, layers, placements, edits, issues.
//!
//! **Invariant:** nothing here does I/O, so nothing here can fail for an outside reason.
//! Deliberately absent: SQL, files, egui, projections.

mod edit;
mod foreign;
mod issue;
mod issue_catalogue;
mod layer;
mod money;
mod placement;
mod site;
mod status;
mod water;
mod year;

pub use edit::Edit;
pub use foreign::{
    DatabaseAt, ForeignCell, ForeignEnd, ForeignError, ForeignGeometry, ForeignRow, ForeignSrs,
    ForeignTable, ForeignVisitor, ReadShape,
};
pub use issue::{Action, Issue, IssueCode, Quarantined};
pub use layer::{Feature, Field, FieldRoles, FieldType, Layer, LayerId, LayerKind, Value};
pub use money::{Money, MoneyError};
pub use placement::{Placement, SitePlacement};
pub use site::{FundSource, ProjectSite, SiteId, StatusChange, YearInvestment};
pub use status::SiteStatus;
pub use water::WaterClass;
pub use year::YearSpan;
