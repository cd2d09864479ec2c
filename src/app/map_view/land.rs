//! What follows from the document alone: where its things are, and which of its layers are large.
//!
//! A layer is looked through once, for as long as its features are the same: an edit of a site costs nothing.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use crate::crs::Extent;
use crate::document::Document;
use crate::model::{Layer, LayerKind};
use crate::scene::pyramid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DocumentKey {
    path: PathBuf,
    revision: u64,
}

pub(super) fn document_key(document: &Document) -> DocumentKey {
    DocumentKey {
        path: document.path().to_owned(),
        revision: document.revision(),
    }
}

#[derive(Default)]
pub(super) struct Land {
    document: Option<DocumentKey>,
    facts: Vec<Facts>,
    home: Option<Extent>,
    /// The centre of the map stays in here.
    reach: Option<Extent>,
}

struct Facts {
    layer: Weak<Layer>,
    extent: Option<Extent>,
    is_large: bool,
}

impl Facts {
    fn are_of(&self, layer: &Arc<Layer>) -> bool {
        std::ptr::eq(self.layer.as_ptr(), Arc::as_ptr(layer))
    }
}

impl Land {
    /// Find out anew where the document's things are, when it has changed.
    pub(super) fn survey(&mut self, document: &Document) {
        let key = document_key(document);
        if self.document.as_ref() == Some(&key) {
            return;
        }
        let mut known = std::mem::take(&mut self.facts);
        for stored in document.layers() {
            let place = known.iter().position(|facts| facts.are_of(&stored.layer));
            self.facts.push(match place {
                Some(place) => known.swap_remove(place),
                None => Facts {
                    layer: Arc::downgrade(&stored.layer),
                    extent: stored.layer.extent(),
                    is_large: pyramid::is_large(&stored.layer),
                },
            });
        }
        let layers = || document.layers().iter().zip(&self.facts);
        let all = layers()
            .filter_map(|(_, facts)| facts.extent)
            .reduce(Extent::union);
        let district = layers()
            .filter(|(stored, _)| stored.layer.kind == LayerKind::Boundary)
            .find_map(|(_, facts)| facts.extent);
        self.document = Some(key);
        self.home = district.or(all);
        self.reach = all.map(|all| all.grown(0.6));
    }

    pub(super) const fn home(&self) -> Option<Extent> {
        self.home
    }

    pub(super) const fn reach(&self) -> Option<Extent> {
        self.reach
    }

    pub(super) fn is_large(&self, layer: &Arc<Layer>) -> bool {
        let facts = self.facts.iter().find(|facts| facts.are_of(layer));
        facts.is_some_and(|facts| facts.is_large)
    }
}
