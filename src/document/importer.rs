//! Storing away from the window's thread: a connection of its own, one transaction, and then the window
//! takes over what has been stored without reading anything.
//!
//! While an [`Importer`] or what it has stored is about, the document refuses every other change, so
//! that nobody waits for the file's lock.

use std::sync::Arc;

use super::{Document, DocumentError};
use crate::jobs::Progress;
use crate::model::{Layer, LayerId};
use crate::store::{
    Destination, Door, Mark, NewLayer, Placed, QuarantineId, Released, Store, StoreError,
    StoredLayer,
};

/// The right to store one import; goes into a job.
#[derive(Debug)]
pub struct Importer {
    door: Door,
    /// What the document shows.
    known: Mark,
    turn: Arc<()>,
}

/// What a job has stored, for [`Document::adopt`].
#[derive(Debug)]
pub struct Stored {
    placed: Placed,
    /// As it was read back: what is shown is what has been stored.
    fresh: StoredLayer,
    /// Nothing but this import has happened since the document looked last.
    undisturbed: bool,
    after: Mark,
    /// Held until the document has taken over.
    turn: Arc<()>,
}

/// What an import did to the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    pub layer: LayerId,
    /// Names of the schematic layers that an official red line has replaced.
    pub retired: Vec<String>,
    /// The layer that was replaced; [`Document::restore_layer`] brings it back.
    pub replaced: Option<LayerId>,
    /// Columns that the layer appended to did not have.
    pub added_fields: Vec<String>,
}

impl Importer {
    /// Store a layer, in one transaction. Cancelled or failed, nothing has happened.
    pub fn store(
        self,
        new: NewLayer<'_>,
        destination: Destination,
        retire_schematic: bool,
        progress: &Progress,
    ) -> Result<Stored, DocumentError> {
        self.run(|store| store.insert_layer(new, destination, retire_schematic, progress))
    }

    /// Append features that were in quarantine to their layer. `features` and `released` go in pairs.
    pub fn release(
        self,
        layer: LayerId,
        features: &Layer,
        released: &[Released],
        progress: &Progress,
    ) -> Result<Stored, DocumentError> {
        self.run(|store| store.release(layer, features, released, progress))
    }

    fn run(
        self,
        work: impl FnOnce(&mut Store) -> Result<(Placed, Mark, Mark), StoreError>,
    ) -> Result<Stored, DocumentError> {
        let mut store = Store::enter(&self.door)?;
        let (placed, before, after) = work(&mut store)?;
        let fresh = store.layer(placed.layer)?;
        store.checkpoint();
        Ok(Stored {
            placed,
            fresh,
            undisturbed: before == self.known,
            after,
            turn: self.turn,
        })
    }
}

impl Stored {
    pub const fn layer(&self) -> LayerId {
        self.placed.layer
    }
}

impl Document {
    /// For a job that stores an import. From here until [`Self::adopt`] (or until it is dropped) the
    /// document refuses other changes.
    pub fn importer(&mut self) -> Result<Importer, DocumentError> {
        self.refuse_while_importing()?;
        // In this order: what another program commits in between is noticed in the end.
        let known = self.store.mark()?;
        self.refresh()?;
        Ok(Importer {
            door: self.store.door(),
            known,
            turn: Arc::clone(&self.turn),
        })
    }

    /// Is an import being stored?
    pub fn is_importing(&self) -> bool {
        Arc::strong_count(&self.turn) > 1
    }

    pub(super) fn refuse_while_importing(&self) -> Result<(), DocumentError> {
        if self.is_importing() {
            return Err(DocumentError::Importing);
        }
        Ok(())
    }

    /// Show what a job has stored. The undo stack stays: an import is no edit of the ledger.
    pub fn adopt(&mut self, stored: Stored) -> Result<Imported, DocumentError> {
        let Stored {
            placed,
            fresh,
            undisturbed,
            after,
            turn,
        } = stored;
        drop(turn);
        let retired = (self.layers.iter())
            .filter(|known| placed.retired.contains(&known.id))
            .map(|known| known.layer.name.clone())
            .collect();
        self.store.changed_elsewhere()?; // our own commit is nobody else's
        if undisturbed && self.store.mark()? == after {
            self.show(&placed, fresh);
            self.revision += 1;
        } else {
            self.reload()?;
        }
        Ok(Imported {
            layer: placed.layer,
            retired,
            replaced: placed.replaced,
            added_fields: placed.added_fields,
        })
    }

    fn show(&mut self, placed: &Placed, fresh: StoredLayer) {
        self.layers
            .retain(|known| known.id != fresh.id && Some(known.id) != placed.replaced);
        for known in &mut self.layers {
            if placed.retired.contains(&known.id) {
                known.retired = true;
                known.visible = false;
            }
        }
        self.layers.push(fresh);
        self.layers.sort_by_key(|known| (known.position, known.id));
    }

    /// Back into quarantine: the features leave their layers, the rows wait again.
    pub fn put_back(&mut self, rows: &[QuarantineId]) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        for id in self.store.put_back(rows)? {
            let fresh = self.store.layer(id)?;
            self.layers.retain(|known| known.id != id);
            self.layers.push(fresh);
        }
        self.layers.sort_by_key(|known| (known.position, known.id));
        self.revision += 1;
        Ok(())
    }
}
