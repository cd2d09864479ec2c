//! The open workspace: what is in memory, what is on disk, and how to undo the last step.
//!
//! **Invariant:** memory equals the file. A change goes to the database first; only what SQLite
//! has accepted is applied in memory and put on the undo stack. The only writer of the workspace.
//! Deliberately absent: SQL, the window.

mod importer;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::jobs::Cancelled;
use crate::model::{Edit, Issue, LayerId, ProjectSite, SiteId};
use crate::store::{
    Change, Contents, Decision, QuarantineRow, Store, StoreError, StoredLayer, Verification,
};

pub use importer::{Imported, Importer, Stored};

/// Why the document could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(transparent)]
    Store(StoreError),
    #[error("正在导入，本次操作未执行；请等导入完成后再试")]
    Importing,
    #[error("{0}，工作区未改动")]
    Cancelled(Cancelled),
}

impl From<StoreError> for DocumentError {
    fn from(err: StoreError) -> Self {
        match err {
            StoreError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Store(other),
        }
    }
}

/// An open workspace with its undo stack.
#[derive(Debug)]
pub struct Document {
    store: Store,
    sites: BTreeMap<SiteId, ProjectSite>,
    layers: Vec<StoredLayer>,
    undo: Vec<Edit>,
    redo: Vec<Edit>,
    revision: u64,
    /// Shared with whoever is storing an import: while it is, nothing else is written.
    turn: Arc<()>,
}

impl Document {
    pub fn open(path: &Path) -> Result<Self, DocumentError> {
        Self::with_store(Store::open(path)?)
    }

    /// Make a new workspace. Refuses to replace a file.
    pub fn create(path: &Path, contents: Contents) -> Result<Self, DocumentError> {
        Self::with_store(Store::create(path, contents)?)
    }

    /// Make the user's own workspace, and its folder. Refuses to replace a file.
    pub fn create_default(contents: Contents) -> Result<Self, DocumentError> {
        let path = Store::default_path()?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| StoreError::Unwritable {
                path: folder.to_owned(),
                source,
            })?;
        }
        Self::create(&path, contents)
    }

    /// The user's own workspace, made on first use.
    pub fn open_or_create_default() -> Result<Self, DocumentError> {
        match Self::create_default(Contents::Plan) {
            // Also where another window has made it this very moment.
            Err(DocumentError::Store(StoreError::Exists { path })) => Self::open(&path),
            created => created,
        }
    }

    /// A document that is gone with the program.
    pub fn in_memory(contents: Contents) -> Result<Self, DocumentError> {
        Self::with_store(Store::in_memory(contents)?)
    }

    fn with_store(store: Store) -> Result<Self, DocumentError> {
        Ok(Self {
            sites: store.sites()?,
            layers: store.layers()?,
            store,
            undo: Vec::new(),
            redo: Vec::new(),
            revision: 0,
            turn: Arc::default(),
        })
    }

    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// Grows with each change, so that what is derived knows when to be made again.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    pub const fn sites(&self) -> &BTreeMap<SiteId, ProjectSite> {
        &self.sites
    }

    pub fn site(&self, id: SiteId) -> Option<&ProjectSite> {
        self.sites.get(&id)
    }

    /// In draw order, bottom first.
    pub fn layers(&self) -> &[StoredLayer] {
        &self.layers
    }

    pub fn layer(&self, id: LayerId) -> Option<&StoredLayer> {
        self.layers.iter().find(|stored| stored.id == id)
    }

    /// Make an edit: database first, then memory, then the undo stack. One that changes nothing is
    /// skipped. Where another program has changed the same thing meanwhile, the edit is refused and
    /// the document shows what is there now.
    pub fn commit(&mut self, edit: Edit) -> Result<(), DocumentError> {
        let edit = in_order_of_time(edit);
        if self.changes_nothing(&edit) {
            return Ok(());
        }
        self.put(&edit)?;
        self.undo.push(edit);
        self.redo.clear();
        Ok(())
    }

    fn changes_nothing(&self, edit: &Edit) -> bool {
        let Some(site) = self.sites.get(&edit.site()) else {
            return false; // the store will say that there is no such site
        };
        let mut after = BTreeMap::from([(site.id, site.clone())]);
        edit.apply(&mut after);
        after.get(&site.id) == Some(site)
    }

    fn put(&mut self, edit: &Edit) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        if let Err(err) = self.store.apply(edit) {
            if matches!(err, StoreError::ChangedElsewhere { .. }) {
                self.reload()?;
            }
            return Err(err.into());
        }
        edit.apply(&mut self.sites);
        self.revision += 1;
        Ok(())
    }

    /// Take back the last edit; its label, or `None` where there is nothing to take back.
    pub fn undo(&mut self) -> Result<Option<String>, DocumentError> {
        let Some(edit) = self.undo.last().cloned() else {
            return Ok(None);
        };
        self.put(&edit.clone().inverse())?;
        self.undo.pop();
        let label = edit.label();
        self.redo.push(edit);
        Ok(Some(label))
    }

    /// Make the edit again that was undone last.
    pub fn redo(&mut self) -> Result<Option<String>, DocumentError> {
        let Some(edit) = self.redo.last().cloned() else {
            return Ok(None);
        };
        self.put(&edit)?;
        self.redo.pop();
        let label = edit.label();
        self.undo.push(edit);
        Ok(Some(label))
    }

    pub fn undo_label(&self) -> Option<String> {
        self.undo.last().map(Edit::label)
    }

    pub fn redo_label(&self) -> Option<String> {
        self.redo.last().map(Edit::label)
    }

    /// `opacity` is brought into 0 to 1.
    pub fn set_layer_view(
        &mut self,
        id: LayerId,
        visible: bool,
        opacity: f32,
    ) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        let stored = self.stored(id)?;
        let opacity = if opacity.is_finite() {
            opacity.clamp(0.0, 1.0)
        } else {
            stored.opacity
        };
        self.store.set_layer_view(id, visible, opacity)?;
        let stored = self.stored(id)?;
        stored.visible = visible;
        stored.opacity = opacity;
        self.revision += 1;
        Ok(())
    }

    pub fn rename_layer(&mut self, id: LayerId, name: &str) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        self.stored(id)?;
        self.store.rename_layer(id, name)?;
        name.clone_into(&mut Arc::make_mut(&mut self.stored(id)?.layer).name);
        self.revision += 1;
        Ok(())
    }

    /// Take a layer out of the list. Nothing is deleted: [`Self::restore_layer`] brings it back.
    pub fn remove_layer(&mut self, id: LayerId) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        self.stored(id)?;
        self.store.remove_layer(id)?;
        self.layers.retain(|stored| stored.id != id);
        self.revision += 1;
        Ok(())
    }

    /// Layers taken out of the list: id and name.
    pub fn removed_layers(&self) -> Result<Vec<(LayerId, String)>, DocumentError> {
        Ok(self.store.removed_layers()?)
    }

    pub fn restore_layer(&mut self, id: LayerId) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        self.store.restore_layer(id)?;
        self.layers = self.store.layers()?;
        self.revision += 1;
        Ok(())
    }

    /// Move a layer to a place in the draw order, 0 = bottom; past the top is the top.
    pub fn move_layer(&mut self, id: LayerId, place: usize) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        self.stored(id)?;
        let mut order: Vec<LayerId> = self
            .layers
            .iter()
            .map(|stored| stored.id)
            .filter(|other| *other != id)
            .collect();
        order.insert(place.min(order.len()), id);
        self.store.set_layer_order(&order)?;
        for (id, position) in order.into_iter().zip(0..) {
            self.stored(id)?.position = position;
        }
        self.layers.sort_by_key(|stored| stored.position);
        self.revision += 1;
        Ok(())
    }

    fn stored(&mut self, id: LayerId) -> Result<&mut StoredLayer, StoreError> {
        self.layers
            .iter_mut()
            .find(|stored| stored.id == id)
            .ok_or(StoreError::UnknownLayer(id))
    }

    /// Has another program (QGIS) changed the file? Then read it again; where the ledger is another
    /// one, the undo stack, which speaks of the old state, is dropped. Cheap where nothing changed.
    pub fn refresh(&mut self) -> Result<bool, DocumentError> {
        if self.is_importing() {
            return Ok(false); // what has changed may well be our own; `adopt` looks
        }
        let changed = self.store.changed_elsewhere()?;
        if changed {
            self.reload()?;
        }
        Ok(changed)
    }

    fn reload(&mut self) -> Result<(), DocumentError> {
        let sites = self.store.sites()?;
        self.layers = self.store.layers()?;
        // Edits are of sites alone.
        if sites != self.sites {
            self.sites = sites;
            self.undo.clear();
            self.redo.clear();
        }
        self.revision += 1;
        Ok(())
    }

    /// Newest first.
    pub fn history(&self, limit: usize) -> Result<Vec<Change>, DocumentError> {
        Ok(self.store.history(limit)?)
    }

    /// The quarantine of a layer with what is needed to read it again; also what has left it.
    pub fn quarantine(&self, id: LayerId) -> Result<Vec<QuarantineRow>, DocumentError> {
        Ok(self.store.quarantine(id)?)
    }

    /// What was decided for files, the newest first.
    pub fn decisions(&self) -> Result<Vec<Decision>, DocumentError> {
        Ok(self.store.decisions()?)
    }

    pub fn remember(&mut self, decision: &Decision) -> Result<(), DocumentError> {
        self.refuse_while_importing()?;
        Ok(self.store.remember(decision)?)
    }

    /// The problems reported when a layer was imported.
    pub fn issues(&self, id: LayerId) -> Result<Vec<Issue>, DocumentError> {
        Ok(self.store.issues(id)?)
    }

    pub fn verify(&self) -> Result<Verification, DocumentError> {
        Ok(self.store.verify()?)
    }
}

/// A status change takes its place in time, however late it was typed: the last one is the present.
fn in_order_of_time(mut edit: Edit) -> Edit {
    if let Edit::SetStatusChanges { new, .. } = &mut edit {
        new.sort_by_key(|change| change.date);
    }
    edit
}
