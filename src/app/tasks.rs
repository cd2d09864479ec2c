//! The slow things, each as one job on data of its own: the window never waits for them.
//!
//! Deliberately absent: what happens with an outcome; `apply` decides that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rfd::FileDialog;

use super::command::{Command, SheetFormat};
use crate::document::Document;
use crate::drawing;
use crate::exchange;
use crate::formats::{self, ReadOptions, ReadReport, WriteOptions};
use crate::jobs::{Jobs, Progress};
use crate::model::{Layer, ProjectSite, SiteId};
use crate::scene::MapStyle;
use crate::sheet::{self, Pixels, Sheet, SheetInput, SheetRequest};
use crate::store::{Contents, StoredLayer};

/// Dots per inch of a saved picture: what office printers do.
const PICTURE_DPI: u32 = 300;
/// Dots per inch of the preview: an A3 page still fits a texture.
const PREVIEW_DPI: u32 = 110;

/// What a job brings back.
#[derive(Debug)]
pub enum Outcome {
    /// A workspace was opened or made; the error is a sentence for the user.
    Workspace {
        path: Option<PathBuf>,
        result: Result<Box<Document>, anyhow::Error>,
    },
    /// The user chose in a file dialog.
    Chosen(Command),
    /// The user closed a file dialog.
    NothingChosen,
    /// A file was read for the import dialog that asked under this number.
    Read {
        request: u64,
        result: Result<Box<ReadReport>, String>,
    },
    Sheet {
        request: u64,
        result: Result<Box<SheetPreview>, String>,
    },
    Written {
        message: String,
        path: PathBuf,
    },
}

/// A sheet and what it looks like.
#[derive(Debug)]
pub struct SheetPreview {
    pub sheet: Sheet,
    pub pixels: Pixels,
}

/// The jobs under way, and how they wake the window.
pub struct Tasks {
    /// Shown in the status line.
    pub jobs: Jobs<Outcome>,
    /// File dialogs: they wait for the user, not the other way round.
    dialogs: Jobs<Outcome>,
    ctx: egui::Context,
}

/// Which workspace to open.
#[derive(Clone, Debug)]
pub enum Workspace {
    Default,
    Open(PathBuf),
    Create { path: PathBuf, with_plan: bool },
}

/// The layers and sites a sheet is drawn from, on their own.
pub struct SheetData {
    layers: Vec<StoredLayer>,
    sites: BTreeMap<SiteId, ProjectSite>,
}

impl SheetData {
    pub fn of(document: &Document) -> Self {
        Self {
            layers: document
                .layers()
                .iter()
                .filter(|stored| stored.visible && !stored.retired)
                .cloned()
                .collect(),
            sites: document.sites().clone(),
        }
    }
}

/// What an export writes, on its own.
pub enum ExportData {
    Sites(Vec<ProjectSite>),
    Layer(Arc<Layer>),
}

impl Tasks {
    pub fn new(ctx: &egui::Context) -> Self {
        Self {
            jobs: Jobs::default(),
            dialogs: Jobs::default(),
            ctx: ctx.clone(),
        }
    }

    /// What ended since the last frame.
    pub fn finished(&mut self) -> Vec<anyhow::Result<Outcome>> {
        let mut finished = self.jobs.finished();
        finished.extend(self.dialogs.finished());
        finished
    }

    /// Is any job still under way, a file dialog included?
    pub fn is_busy(&self) -> bool {
        !self.jobs.running().is_empty() || !self.dialogs.running().is_empty()
    }

    pub fn workspace(&mut self, which: Workspace) -> std::io::Result<()> {
        let title = match &which {
            Workspace::Create { .. } => "新建工作区",
            Workspace::Default | Workspace::Open(_) => "打开工作区",
        };
        self.spawn(title, move |_| {
            let (path, result) = match which {
                Workspace::Default => (None, Document::open_or_create_default()),
                Workspace::Open(path) => {
                    let result = Document::open(&path);
                    (Some(path), result)
                }
                Workspace::Create { path, with_plan } => {
                    let contents = if with_plan {
                        Contents::Plan
                    } else {
                        Contents::Empty
                    };
                    let result = Document::create(&path, contents);
                    (Some(path), result)
                }
            };
            Ok(Outcome::Workspace {
                path,
                result: result.map(Box::new).map_err(anyhow::Error::from),
            })
        })
    }

    pub fn read(
        &mut self,
        request: u64,
        path: PathBuf,
        options: ReadOptions,
    ) -> std::io::Result<()> {
        let title = format!("读取 {}", file_name(&path));
        self.spawn(title, move |progress| {
            let result = formats::read_file(&path, &options, progress)
                .map(Box::new)
                .map_err(|err| sentence(&err));
            Ok(Outcome::Read { request, result })
        })
    }

    pub fn sheet(
        &mut self,
        request: u64,
        wanted: SheetRequest,
        data: SheetData,
    ) -> std::io::Result<()> {
        self.spawn("制作位置图", move |_| {
            let style = MapStyle::light();
            let layers = drawing::layer_views(&data.layers);
            let input = SheetInput {
                layers: &layers,
                sites: &data.sites,
                style: &style,
            };
            let result = sheet::produce(&wanted, &input)
                .and_then(|sheet| {
                    let pixels = sheet::pixels(&sheet.pdf, PREVIEW_DPI)?;
                    Ok(Box::new(SheetPreview { sheet, pixels }))
                })
                .map_err(|err| sentence(&err));
            Ok(Outcome::Sheet { request, result })
        })
    }

    pub fn save_sheet(
        &mut self,
        pdf: Vec<u8>,
        format: SheetFormat,
        path: PathBuf,
    ) -> std::io::Result<()> {
        self.spawn("保存位置图", move |_| {
            let bytes = match format {
                SheetFormat::Pdf => pdf,
                SheetFormat::Png => sheet::png(&pdf, PICTURE_DPI)?,
            };
            // The system's dialog has asked before it lets an existing file be named.
            formats::write_bytes(&path, &bytes, true)?;
            Ok(Outcome::Written {
                message: format!("位置图已保存：{}", file_name(&path)),
                path,
            })
        })
    }

    pub fn export(
        &mut self,
        data: ExportData,
        path: PathBuf,
        options: WriteOptions,
    ) -> std::io::Result<()> {
        self.spawn("导出", move |_| {
            let written = match data {
                ExportData::Sites(sites) => {
                    let sites: Vec<&ProjectSite> = sites.iter().collect();
                    formats::write_sites(&path, &sites, &options)?
                }
                ExportData::Layer(layer) => exchange::write_layer(&path, &layer, &options)?,
            };
            let mut message = format!("已导出 {} 条到 {}", written.features, file_name(&path));
            for note in written.notes {
                message.push('；');
                message.push_str(&note);
            }
            // Of several files, the first is there under its own name.
            let path = written.files.into_iter().next().unwrap_or(path);
            Ok(Outcome::Written { message, path })
        })
    }

    /// Show a system file dialog on a thread of its own.
    pub fn ask(
        &mut self,
        ask: impl FnOnce() -> Option<Command> + Send + 'static,
    ) -> std::io::Result<()> {
        let wake = self.ctx.clone();
        self.dialogs.spawn(
            "选择文件",
            move || wake.request_repaint(),
            move |_| Ok(ask().map_or(Outcome::NothingChosen, Outcome::Chosen)),
        )
    }

    fn spawn(
        &mut self,
        title: impl Into<String>,
        work: impl FnOnce(&Progress) -> anyhow::Result<Outcome> + Send + 'static,
    ) -> std::io::Result<()> {
        let wake = self.ctx.clone();
        self.jobs.spawn(title, move || wake.request_repaint(), work)
    }
}

/// A file dialog that starts where the user was last.
pub fn file_dialog(title: &str, folder: Option<&Path>) -> FileDialog {
    let dialog = FileDialog::new().set_title(title);
    match folder {
        Some(folder) if folder.is_dir() => dialog.set_directory(folder),
        _ => dialog,
    }
}

pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// An error with its causes, as one line.
fn sentence(err: &dyn std::error::Error) -> String {
    let mut text = err.to_string();
    let mut source = err.source();
    while let Some(cause) = source {
        text.push('：');
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
