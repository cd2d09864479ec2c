//! What leaves the workspace as a file: a layer, the ledger or the log of changes, by the name the user
//! gives it.
//!
//! Deliberately absent: file formats (`formats` writes), dialogs.

use std::path::Path;

use crate::crs::Crs;
use crate::document::{Document, DocumentError};
use crate::formats::{self, LayerFormat, WriteError, WriteOptions, Written};
use crate::jobs::Progress;
use crate::model::{Layer, LayerId, LayerKind, ProjectSite};
use crate::store::{self, StoreError};

/// What is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The ledger, all of it.
    Sites,
    /// The log of changes, as a table.
    History,
    Layer(LayerId),
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(
        "工作区里没有“{what}”；可导出：图层名，或 sites（项目）、history（历史）、redline、section、reservoir、river、town 等"
    )]
    Unknown { what: String },
    #[error("修改历史只能导出为 .csv，请改“{file}”的扩展名")]
    HistoryIsATable { file: String },
    #[error("修改历史没有坐标，不能指定坐标系 {crs}")]
    HistoryHasNoPlaces { crs: Crs },
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    GeoPackage(#[from] StoreError),
}

impl Export {
    /// A layer by its name, or a kind in singular or plural. Of several layers of a kind the topmost in
    /// use is taken, so that `redline` means the official one once it is imported.
    pub fn named(document: &Document, what: &str) -> Result<Self, ExportError> {
        let what = what.trim();
        match what {
            "site" | "sites" | "项目" => return Ok(Self::Sites),
            "history" | "历史" => return Ok(Self::History),
            _ => {}
        }
        if let Some(stored) = document.layers().iter().find(|l| l.layer.name == what) {
            return Ok(Self::Layer(stored.id));
        }
        let kind = LayerKind::from_code(what)
            .or_else(|| LayerKind::from_code(what.strip_suffix('s')?))
            .or_else(|| LayerKind::ALL.into_iter().find(|kind| kind.label() == what));
        document
            .layers()
            .iter()
            .rev()
            .filter(|stored| Some(stored.layer.kind) == kind)
            .min_by_key(|stored| stored.retired)
            .map(|stored| Self::Layer(stored.id))
            .ok_or_else(|| ExportError::Unknown {
                what: what.to_owned(),
            })
    }

    /// Write it, in the format of the file's ending.
    pub fn write(
        self,
        document: &Document,
        path: &Path,
        options: &WriteOptions,
    ) -> Result<Written, ExportError> {
        match self {
            Self::Sites => {
                let sites: Vec<&ProjectSite> = document.sites().values().collect();
                Ok(formats::write_sites(path, &sites, options)?)
            }
            Self::Layer(id) => {
                let stored = document.layer(id).ok_or_else(|| ExportError::Unknown {
                    what: id.0.to_string(),
                })?;
                write_layer(path, &stored.layer, options)
            }
            Self::History => write_history(document, path, *options),
        }
    }
}

/// A layer, in any format there is.
pub fn write_layer(
    path: &Path,
    layer: &Layer,
    options: &WriteOptions,
) -> Result<Written, ExportError> {
    if LayerFormat::of(path) == Some(LayerFormat::GeoPackage) {
        return write_geopackage(path, layer, *options);
    }
    Ok(formats::write_layer(path, layer, options)?)
}

/// A database is the store's to write.
fn write_geopackage(
    path: &Path,
    layer: &Layer,
    options: WriteOptions,
) -> Result<Written, ExportError> {
    let settled = formats::settle(path, layer, &options)?;
    let (crs, overwrite) = (settled.crs, options.overwrite);
    let written = store::write_geopackage(path, layer, crs, overwrite, &Progress::default())?;
    let renamed: Vec<String> = (written.renamed.iter())
        .map(|(old, new)| format!("“{old}”→“{new}”"))
        .collect();
    let mut notes = formats::notes_on(layer, crs);
    if !renamed.is_empty() {
        notes.push(format!("字段已改名：{}", renamed.join("、")));
    }
    Ok(Written {
        features: written.features,
        files: vec![path.to_path_buf()],
        crs: Some(crs),
        encoding: Some(settled.encoding),
        notes,
    })
}

fn write_history(
    document: &Document,
    path: &Path,
    options: WriteOptions,
) -> Result<Written, ExportError> {
    let is_csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if let Some(crs) = options.crs {
        return Err(ExportError::HistoryHasNoPlaces { crs });
    }
    if !is_csv {
        return Err(ExportError::HistoryIsATable {
            file: path.display().to_string(),
        });
    }
    let as_text = |value: Option<serde_json::Value>| value.map_or(String::new(), |v| v.to_string());
    let rows = document.history(usize::MAX)?.into_iter().map(|change| {
        vec![
            change.id.to_string(),
            change.at,
            change.who,
            change.origin,
            change.table,
            change.row.to_string(),
            as_text(change.before),
            as_text(change.after),
        ]
    });
    let header = ["序号", "时间", "用户", "来源", "表", "行", "改前", "改后"];
    Ok(formats::write_table_csv(path, &header, rows, &options)?)
}
