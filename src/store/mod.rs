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
mod feature_append;
mod feature_table;
mod foreign;
mod foreign_open;
mod foreign_tables;
mod foreign_watch;
mod history;
mod layers;
mod migrate;
mod names;
mod placing;
mod quarantine;
mod remembered;
mod report;
mod rtree;
mod sites;
mod srs;
mod standalone;
mod verify;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use connection::Door;
use error::Failure;
pub use error::StoreError;
pub use foreign::read_foreign;
pub use history::user as user_name;
pub use standalone::{WrittenGeoPackage, is_workspace, write_geopackage};

use crate::jobs::Progress;
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
    /// What the file is, as users call it.
    pub format: &'a str,
    pub encoding: &'a str,
}

impl<'a> NewLayer<'a> {
    /// A layer of which there is nothing else to say.
    pub const fn plain(layer: &'a Layer) -> Self {
        Self {
            layer,
            source_crs: None,
            quarantined: &[],
            issues: &[],
            format: "",
            encoding: "",
        }
    }
}

/// Where an import goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destination {
    /// On top of the other layers.
    #[default]
    New,
    /// Behind the features of a layer; columns are matched by name.
    Append(LayerId),
    /// In a layer's place, under its name and as it is shown. The old one becomes a removed layer.
    Replace(LayerId),
}

/// What storing an import has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The layer that holds the features now.
    pub layer: LayerId,
    /// The schematic layers that an official one has replaced.
    pub retired: Vec<LayerId>,
    /// The layer that is a removed one now.
    pub replaced: Option<LayerId>,
    /// Columns that a layer appended to did not have.
    pub added_fields: Vec<String>,
}

impl Placed {
    const fn at(layer: LayerId) -> Self {
        Self {
            layer,
            retired: Vec::new(),
            replaced: None,
            added_fields: Vec::new(),
        }
    }
}

/// A row of the quarantine, for as long as the workspace lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuarantineId(pub i64);

/// A feature that could not be imported, with what is needed to read it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineRow {
    pub id: QuarantineId,
    pub layer: LayerId,
    pub what: Quarantined,
    /// The file it came from, as the layer's source would say it.
    pub source: String,
    /// As [`NewLayer::format`]; empty in workspaces of version 1.
    pub format: String,
    pub encoding: String,
    /// EPSG code its file was read in.
    pub epsg: Option<u32>,
    /// The feature it has become; `None` while it waits.
    pub accepted_fid: Option<i64>,
}

impl QuarantineRow {
    /// Is it still to be mended?
    pub const fn is_waiting(&self) -> bool {
        self.accepted_fid.is_none()
    }
}

/// A quarantined feature that can be imported after all.
#[derive(Clone, Debug)]
pub struct Released {
    pub row: QuarantineId,
    /// The text it was read from, where that is not its own.
    pub mended: Option<String>,
}

/// A fingerprint of what other programs may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(String);

/// What was decided for files that look alike: same name but for digits, same format, same columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub subject: Subject,
    pub pattern: String,
    pub format: String,
    pub fields: String,
    pub value: String,
}

/// What a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    Crs,
    Roles,
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
    /// Where a further connection finds the same workspace.
    door: connection::Door,
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
            door: connection::Door::File(path.to_owned()),
            connection,
            seen: 0,
        };
        store.changed_elsewhere()?;
        Ok(store)
    }

    /// How another thread gets at this workspace.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Another connection to an open workspace, which has been checked already.
    pub fn enter(door: &Door) -> Result<Self, StoreError> {
        let path = door.path();
        let connection =
            connection::enter(door).map_err(|source| StoreError::from_sql(&path, source))?;
        Ok(Self {
            path,
            door: door.clone(),
            connection,
            seen: 0,
        })
    }

    /// A workspace that is gone with the program.
    pub fn in_memory(contents: Contents) -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let door = connection::Door::memory();
        let connection = connection::in_memory(&door, |transaction| fill(transaction, contents))
            .map_err(|failure| failure.at(&path))?;
        Ok(Self {
            path,
            door,
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

    /// Store a layer with what could not be imported of it. With `retire_schematic` it replaces the
    /// schematic layers of its kind. Also the fingerprints of the workspace just before and after.
    pub fn insert_layer(
        &mut self,
        new: NewLayer<'_>,
        destination: Destination,
        retire_schematic: bool,
        progress: &Progress,
    ) -> Result<(Placed, Mark, Mark), StoreError> {
        self.write_marked(|transaction| {
            placing::place(transaction, new, destination, retire_schematic, progress)
        })
    }

    /// Append features that were in quarantine to their layer; their rows count as done. `features` and
    /// `released` go in pairs.
    pub fn release(
        &mut self,
        id: LayerId,
        features: &Layer,
        released: &[Released],
        progress: &Progress,
    ) -> Result<(Placed, Mark, Mark), StoreError> {
        self.write_marked(|transaction| {
            quarantine::release(transaction, id, features, released, progress)
        })
    }

    /// Back into quarantine: the features that the rows have become leave their layer.
    pub fn put_back(&mut self, rows: &[QuarantineId]) -> Result<Vec<LayerId>, StoreError> {
        self.write(|transaction| quarantine::put_back(transaction, rows))
    }

    /// The quarantine of a layer: what waits, and what has been released, both in the file's order.
    pub fn quarantine(&self, id: LayerId) -> Result<Vec<QuarantineRow>, StoreError> {
        self.read(|connection| quarantine::read(connection, id))
    }

    /// What was decided for files, the newest first.
    pub fn decisions(&self) -> Result<Vec<Decision>, StoreError> {
        self.read(|connection| Ok(remembered::read(connection)?))
    }

    /// Remember a decision; of several for the same files the last one counts.
    pub fn remember(&mut self, decision: &Decision) -> Result<(), StoreError> {
        self.write(|transaction| Ok(remembered::write(transaction, decision)?))
    }

    /// The fingerprint of the workspace as it is now.
    pub fn mark(&self) -> Result<Mark, StoreError> {
        self.read(|connection| Ok(mark(connection)?))
    }

    /// Put what the log holds into the file, so that the next small commit need not.
    pub fn checkpoint(&self) {
        let tidied = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        if let Err(err) = tidied {
            log::info!("{}: not checkpointed: {err}", self.path.display());
        }
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

    fn write_marked<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<(T, Mark, Mark), StoreError> {
        self.write(|transaction| {
            let before = mark(transaction)?;
            let done = work(transaction)?;
            Ok((done, before, mark(transaction)?))
        })
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

/// Sees the ledger (through the history), the list of layers and, as far as the other program keeps to the
/// standard, the time of each table's last change.
fn mark(connection: &Connection) -> rusqlite::Result<Mark> {
    connection
        .query_row(
            "SELECT (SELECT COALESCE(max(id), 0) FROM history) || ' '
               || (SELECT group_concat(table_name || last_change) FROM gpkg_contents) || ' '
               || COALESCE((SELECT group_concat(id || ',' || position || ',' || visible || ','
                    || opacity || ',' || retired || ',' || removed) FROM rla_layer), '')",
            [],
            |row| row.get(0),
        )
        .map(Mark)
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
