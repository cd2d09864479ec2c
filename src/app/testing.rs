//! The plan's data as a document in memory, for the window's own unit tests.

use std::collections::BTreeMap;

use crate::document::Document;
use crate::model::{ProjectSite, SiteId};
use crate::store::Contents;

pub(crate) fn sites() -> BTreeMap<SiteId, ProjectSite> {
    document().sites().clone()
}

pub(crate) fn document() -> Document {
    Document::in_memory(Contents::Plan).unwrap()
}
