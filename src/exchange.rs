//! Files in and out of a workspace: one way for console and window.
//!
//! Deliberately absent: file formats (`formats` reads and writes), dialogs, words on the screen.

use std::path::Path;

use crate::document::{Document, DocumentError};
use crate::formats::{self, ReadOptions, ReadReport, WriteError};
use crate::model::{Layer, LayerId, LayerKind, ProjectSite};
use crate::plan::{self, PlanError};
use crate::store::NewLayer;

/// What the workspace and the plan know that helps to read a file: where the district is, and how large
/// the red line should be.
pub fn read_options(document: &Document, kind: LayerKind) -> Result<ReadOptions, PlanError> {
    let mut options = ReadOptions::new(kind);
    let district = (document.layers().iter())
        .map(|stored| &stored.layer)
        .find(|layer| layer.kind == LayerKind::Boundary);
    options.district = district.and_then(Layer::extent);
    options.boundary = district.and_then(|layer| {
        layer
            .features
            .iter()
            .find_map(|feature| feature.geometry.clone())
    });
    if kind == LayerKind::RedLine {
        options.plan_area_km2 = plan::red_line_km2()?;
    }
    Ok(options)
}

/// What an import did to the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    pub layer: LayerId,
    /// Names of the schematic layers that an official red line has replaced.
    pub retired: Vec<String>,
}

/// Store what was read, in one transaction. A red line retires the schematic one, unless all of it is in
/// quarantine.
pub fn import(document: &mut Document, report: &ReadReport) -> Result<Imported, DocumentError> {
    let in_use = |document: &Document| -> Vec<(LayerId, String)> {
        document
            .layers()
            .iter()
            .filter(|stored| !stored.retired)
            .map(|stored| (stored.id, stored.layer.name.clone()))
            .collect()
    };
    let before = in_use(document);
    let layer = document.import(
        NewLayer {
            layer: &report.layer,
            source_crs: Some(report.crs.epsg()),
            quarantined: &report.quarantined,
            issues: &report.issues,
        },
        report.layer.kind == LayerKind::RedLine && !report.layer.features.is_empty(),
    )?;
    let after = in_use(document);
    let retired = before
        .into_iter()
        .filter(|(id, _)| after.iter().all(|(still, _)| still != id))
        .map(|(_, name)| name)
        .collect();
    Ok(Imported { layer, retired })
}

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
    #[error(transparent)]
    Document(#[from] DocumentError),
    #[error(transparent)]
    Write(#[from] WriteError),
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

    /// Write it, in the format of the file's ending. Returns how many features or rows were written.
    pub fn write(
        self,
        document: &Document,
        path: &Path,
        overwrite: bool,
    ) -> Result<usize, ExportError> {
        match self {
            Self::Sites => {
                let sites: Vec<&ProjectSite> = document.sites().values().collect();
                Ok(formats::write_sites(path, &sites, overwrite)?)
            }
            Self::Layer(id) => {
                let stored = document.layer(id).ok_or_else(|| ExportError::Unknown {
                    what: id.0.to_string(),
                })?;
                Ok(formats::write_layer(path, &stored.layer, overwrite)?)
            }
            Self::History => write_history(document, path, overwrite),
        }
    }
}

fn write_history(document: &Document, path: &Path, overwrite: bool) -> Result<usize, ExportError> {
    let is_csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
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
    Ok(formats::write_table_csv(path, &header, rows, overwrite)?)
}
