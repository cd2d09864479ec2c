//! The plan's data as a document in memory, for the window's own unit tests.

use std::collections::BTreeMap;

use crate::document::Document;
use crate::model::{LayerId, ProjectSite, SiteId};
use crate::plan::Plan;
use crate::store::StoredLayer;

pub(crate) fn sites() -> BTreeMap<SiteId, ProjectSite> {
    Plan::load().unwrap().ledger()
}

pub(crate) fn document() -> Document {
    let plan = Plan::load().unwrap();
    let layers = plan
        .layers()
        .unwrap()
        .into_iter()
        .zip(0_i64..)
        .map(|(layer, position)| StoredLayer {
            id: LayerId(position + 1),
            layer,
            visible: true,
            opacity: 1.0,
            retired: false,
            quarantined: 0,
            source_crs: None,
            position,
            unreadable: Vec::new(),
        })
        .collect();
    Document::in_memory(plan.ledger(), layers).unwrap()
}
