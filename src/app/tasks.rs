//! The slow things, each as one job on data of its own: the window never waits for them.
//!
//! Deliberately absent: what happens with an outcome; `apply` decides that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rfd::FileDialog;

use super::command::{Command, SheetFormat};
use super::dialogs::import::fields::{self, FieldSample};
use super::map_view::PreviewPicture;
use crate::document::{Document, DocumentError, Importer, Stored};
use crate::drawing;
use crate::exchange::{self, Again, Destination, Memory, QuarantineWritten, Reading, Retried};
use crate::formats::{self, CrsCandidate, CrsChoice, ReadOptions, ReadReport, WriteOptions};
use crate::jobs::{Jobs, Progress};
use crate::model::{FieldRoles, Layer, LayerId, ProjectSite, SiteId};
use crate::scene::{MapStyle, Rgba};
use crate::sheet::{self, Pixels, Sheet, SheetInput, SheetRequest};
use crate::store::{Contents, QuarantineRow, StoredLayer};

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
        done: Box<ReadDone>,
    },
    /// What was read is in the workspace, once the document has adopted it.
    Stored {
        import: Box<Import>,
        result: Result<Stored, DocumentError>,
    },
    /// Quarantined features were read again.
    Retried {
        layer: LayerId,
        result: Result<Box<Retried>, DocumentError>,
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

/// What reading a file came to, made ready to show.
#[derive(Debug)]
pub struct ReadDone {
    pub result: Result<Reading, NotRead>,
    pub picture: PreviewPicture,
    pub fields: Vec<FieldSample>,
    /// Of the file; `None` for a folder and where nobody knows.
    pub bytes: Option<u64>,
}

/// Why a file was not read.
#[derive(Debug)]
pub struct NotRead {
    /// For the user.
    pub sentence: String,
    /// The coordinate systems to ask about; empty where that is not the question.
    pub candidates: Vec<CrsCandidate>,
}

/// What is being stored, and what of it is to be remembered.
#[derive(Clone, Debug)]
pub struct Import {
    /// Into which it goes.
    pub workspace: PathBuf,
    pub path: PathBuf,
    pub report: Arc<ReadReport>,
    pub destination: Destination,
    /// As the user chose them; `Auto` and none where the user did not.
    pub crs: CrsChoice,
    pub roles: FieldRoles,
    pub plan_area_km2: Option<f64>,
}

/// Over what a file that was read is shown.
pub struct PreviewData {
    /// The layers that help to see where one is.
    pub ground: Vec<Arc<Layer>>,
    pub style: MapStyle,
    pub accent: Rgba,
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

    /// Returns how far it is, to be shown and to be stopped by.
    pub fn read(
        &mut self,
        request: u64,
        path: PathBuf,
        options: ReadOptions,
        memory: Memory,
        preview: PreviewData,
    ) -> std::io::Result<Progress> {
        let title = format!("读取 {}", file_name(&path));
        self.spawn(title, move |progress| {
            let bytes = std::fs::metadata(&path)
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|about| about.len());
            let result =
                exchange::read_file(&path, &options, &memory, progress).map_err(|err| NotRead {
                    sentence: sentence(&err),
                    candidates: err.crs_candidates().to_vec(),
                });
            let layer = result.as_ref().ok().map(|reading| &reading.report.layer);
            let PreviewData {
                ground,
                style,
                accent,
            } = &preview;
            let done = ReadDone {
                picture: PreviewPicture::new(ground, layer, style, *accent),
                fields: layer.map(fields::samples).unwrap_or_default(),
                bytes,
                result,
            };
            Ok(Outcome::Read {
                request,
                done: Box::new(done),
            })
        })?;
        self.progress_of_last()
    }

    /// Store what was read.
    pub fn store(&mut self, import: Import, importer: Importer) -> std::io::Result<Progress> {
        let title = format!("导入 {}", file_name(&import.path));
        self.spawn(title, move |progress| {
            let result = exchange::store(importer, &import.report, import.destination, progress);
            Ok(Outcome::Stored {
                import: Box::new(import),
                result,
            })
        })?;
        self.progress_of_last()
    }

    /// Read quarantined features again and store what is sound.
    pub fn retry(
        &mut self,
        layer: LayerId,
        rows: Vec<QuarantineRow>,
        again: Again,
        options: ReadOptions,
        importer: Importer,
    ) -> std::io::Result<Progress> {
        self.spawn("重新读入隔离的要素", move |progress| {
            let result = exchange::retry(importer, layer, &rows, &again, &options, progress);
            Ok(Outcome::Retried {
                layer,
                result: result.map(Box::new),
            })
        })?;
        self.progress_of_last()
    }

    /// The quarantine of a layer: all of it as a table, or what has a shape as GeoJSON.
    pub fn export_quarantined(
        &mut self,
        rows: Vec<QuarantineRow>,
        path: PathBuf,
    ) -> std::io::Result<()> {
        self.spawn("导出隔离区", move |_| {
            // The system's dialog has asked before it lets an existing file be named.
            let QuarantineWritten { features, left_out } =
                exchange::write_quarantine(&path, &rows, true)?;
            let mut message = format!("已导出 {features} 个隔离的要素到 {}", file_name(&path));
            if left_out > 0 {
                message = format!("{message}；{left_out} 个没有图形，请另导出为 CSV");
            }
            Ok(Outcome::Written { message, path })
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

    /// Of the job that was started just now.
    fn progress_of_last(&self) -> std::io::Result<Progress> {
        let last = self.jobs.running().last();
        last.map(|job| job.progress.clone())
            .ok_or_else(|| std::io::Error::other("任务没有启动"))
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

pub fn has_ending(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(wanted))
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
