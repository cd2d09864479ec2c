//! The workspace on disk: one GeoPackage, which QGIS and ArcGIS open as it is.
//!
//! **The only SQL in the program.** Every change is one transaction; a failed one leaves the file
//! as it was. History is written by triggers, so that an edit made from QGIS is in it too.
//! Deliberately absent: undo, what is on the screen, file formats other than this one.

mod blob;
mod builtin;
mod connection;
mod create;
mod error;
mod feature_table;
mod history;
mod layers;
mod migrate;
mod names;
mod report;
mod rtree;
mod sites;
mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use error::Failure;
pub use error::StoreError;
pub use history::user as user_name;

use crate::model::{Edit, Issue, Layer, LayerId, ProjectSite, Quarantined, SiteId};

/// What a new workspace starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Everything of the plan, the sourced geometry and the demonstration red line.
    Plan,
    /// The tables alone.
    Empty,
}

/// A layer as the workspace holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLayer {
    pub id: LayerId,
    /// Shared, not copied, with the threads that draw, check or write it.
    pub layer: Arc<Layer>,
    pub visible: bool,
    /// From 0 (invisible) to 1.
    pub opacity: f32,
    /// A schematic layer that an official one has replaced: still listed, no longer shown.
    pub retired: bool,
    /// How many features of its file could not be imported.
    pub quarantined: usize,
    /// EPSG code of the file it came from.
    pub source_crs: Option<u32>,
    /// Draw order, 0 = bottom.
    pub position: i64,
    /// `fid` of features whose stored geometry nobody can read (written so by another program):
    /// they are rows without a place here, and untouched in the file.
    pub unreadable: Vec<i64>,
}

/// A layer about to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewLayer<'a> {
    pub layer: &'a Layer,
    /// EPSG code of the file it came from.
    pub source_crs: Option<u32>,
    pub quarantined: &'a [Quarantined],
    pub issues: &'a [Issue],
}

/// One row of the history.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub id: i64,
    /// Local time, `2026-03-01T09:30:00.123`.
    pub at: String,
    pub who: String,
    /// `redline-atlas`, or `其他程序` for an edit made outside.
    pub origin: String,
    pub table: String,
    pub row: i64,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// One thing that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at: `文件完整性`.
    pub name: &'static str,
    pub passed: bool,
    /// What was found, in one sentence.
    pub detail: String,
}

/// The result of [`Store::verify`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    pub checks: Vec<Check>,
}

impl Verification {
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.passed)
    }
}

fn fill(transaction: &rusqlite::Transaction<'_>, contents: Contents) -> Result<(), Failure> {
    match contents {
        Contents::Plan => builtin::fill(transaction),
        Contents::Empty => Ok(()),
    }
}

/// An open workspace.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Connection,
    /// SQLite's counter of other programs' commits, as of the last reading.
    seen: i64,
}

impl Store {
    /// Make a new workspace. Refuses to replace a file.
    pub fn create(path: &Path, contents: Contents) -> Result<Self, StoreError> {
        create::create(path, |transaction| fill(transaction, contents))?;
        Self::open(path)
    }

    /// Open a workspace after checking, without touching the file, that it is sound and ours.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connection::open(path)?;
        let mut store = Self {
            path: path.to_owned(),
            connection,
            seen: 0,
        };
        store.changed_elsewhere()?;
        Ok(store)
    }

    /// A workspace that is gone with the program.
    pub fn in_memory(contents: Contents) -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let connection = connection::in_memory(|transaction| fill(transaction, contents))
            .map_err(|failure| failure.at(&path))?;
        Ok(Self {
            path,
            connection,
            seen: 0,
        })
    }

    /// Where the user's own workspace lies.
    pub fn default_path() -> Result<PathBuf, StoreError> {
        directories::ProjectDirs::from("", "", "redline-atlas")
            .map(|dirs| dirs.data_local_dir().join("默认工作区.gpkg"))
            .ok_or(StoreError::NoDataFolder)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn sites(&self) -> Result<BTreeMap<SiteId, ProjectSite>, StoreError> {
        self.read(sites::read_all)
    }

    /// In draw order, bottom first; without the removed ones.
    pub fn layers(&self) -> Result<Vec<StoredLayer>, StoreError> {
        self.read(layers::read_all)
    }

    pub fn layer(&self, id: LayerId) -> Result<StoredLayer, StoreError> {
        self.read(|connection| layers::read(connection, id))
    }

    /// Make one edit. Refused where another program has changed the same thing meanwhile.
    pub fn apply(&mut self, edit: &Edit) -> Result<(), StoreError> {
        self.write(|transaction| sites::apply(transaction, edit))
    }

    /// Store a layer with what could not be imported of it; on top of the others. With
    /// `retire_schematic` it replaces the schematic layers of its kind.
    pub fn insert_layer(
        &mut self,
        new: NewLayer<'_>,
        retire_schematic: bool,
    ) -> Result<LayerId, StoreError> {
        self.write(|transaction| {
            let id = layers::insert(transaction, new)?;
            if retire_schematic {
                layers::retire_schematic(transaction, new.layer.kind, id)?;
            }
            Ok(id)
        })
    }

    /// `opacity` is brought into 0 to 1.
    pub fn set_layer_view(
        &mut self,
        id: LayerId,
        visible: bool,
        opacity: f32,
    ) -> Result<(), StoreError> {
        self.write(|transaction| layers::set_view(transaction, id, visible, opacity))
    }

    pub fn rename_layer(&mut self, id: LayerId, name: &str) -> Result<(), StoreError> {
        self.write(|transaction| layers::rename(transaction, id, name))
    }

    /// Take a layer out of the list. Its features stay in the file.
    pub fn remove_layer(&mut self, id: LayerId) -> Result<(), StoreError> {
        self.write(|transaction| layers::set_removed(transaction, id, true))
    }

    pub fn restore_layer(&mut self, id: LayerId) -> Result<(), StoreError> {
        self.write(|transaction| layers::set_removed(transaction, id, false))
    }

    /// Id and name of the layers taken out of the list.
    pub fn removed_layers(&self) -> Result<Vec<(LayerId, String)>, StoreError> {
        self.read(|connection| Ok(layers::removed(connection)?))
    }

    /// The draw order, bottom first, of all listed layers.
    pub fn set_layer_order(&mut self, order: &[LayerId]) -> Result<(), StoreError> {
        self.write(|transaction| layers::set_order(transaction, order))
    }

    /// Newest first.
    pub fn history(&self, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.read(|connection| history::read(connection, limit))
    }

    pub fn quarantined(&self, id: LayerId) -> Result<Vec<Quarantined>, StoreError> {
        self.read(|connection| report::quarantined(connection, id))
    }

    /// The problems that were reported when the layer was imported.
    pub fn issues(&self, id: LayerId) -> Result<Vec<Issue>, StoreError> {
        self.read(|connection| report::issues(connection, id))
    }

    /// Look at everything: the file, references, indexes, geometries, the plan's total.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        self.read(verify::verify)
    }

    /// Has another program committed since this was asked last?
    pub fn changed_elsewhere(&mut self) -> Result<bool, StoreError> {
        let now = self
            .connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))
            .map_err(|source| StoreError::from_sql(&self.path, source))?;
        Ok(std::mem::replace(&mut self.seen, now) != now)
    }

    /// All of one reading sees the same state of the file.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let run = || {
            let snapshot = self.connection.unchecked_transaction()?;
            work(&snapshot)
        };
        run().map_err(|failure: Failure| failure.at(&self.path))
    }

    /// One transaction, signed for the history: all of it happens, or nothing.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let run = || {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            history::begin(&transaction)?;
            let done = work(&transaction)?;
            history::end(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|failure: Failure| failure.at(&self.path))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        connection::close(&self.connection, &self.path);
    }
}

/// SQLite's integers are signed.
fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn as_usize(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}
