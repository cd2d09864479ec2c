//! Carries out commands and takes in what jobs brought: the only holder of a mutable [`Document`].

mod exports;
mod import;
mod quarantine;
mod sheets;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use egui::Context;

use crate::app::command::{Command, DialogKind, Selection};
use crate::app::dialogs::print::{self, PrintDialog};
use crate::app::dialogs::{Dialog, workspace::NewWorkspaceDialog};
use crate::app::notify::Level;
use crate::app::tasks::{Outcome, Workspace, file_dialog, file_name, has_ending};
use crate::app::{App, Trouble};
use crate::crs::Extent;
use crate::document::Document;
use crate::exchange::Export;
use crate::model::{LayerId, SitePlacement};

const WORKSPACE_FILE: &str = "gpkg";

impl App {
    pub(super) fn apply(&mut self, ctx: &Context, command: Command) {
        match command {
            Command::Select(selection) => self.select(selection),
            Command::Identify { at: _, hits } => {
                let first = hits.first().copied();
                self.select(first);
                self.session.details.hits = hits;
            }
            Command::ZoomTo(extent) => self.map.zoom_to(extent),
            Command::ZoomToSelection => self.zoom_to_selection(),
            Command::ZoomToLayer(layer) => self.zoom_to_layer(layer),
            Command::ZoomHome => self.zoom_home(),

            Command::Edit(edit) => self.change(|document| document.commit(edit)),
            Command::Undo => self.step_back(true),
            Command::Redo => self.step_back(false),
            Command::SetLayerView {
                layer,
                visible,
                opacity,
            } => self.change(|document| document.set_layer_view(layer, visible, opacity)),
            Command::RenameLayer { layer, name } => {
                self.change(|document| document.rename_layer(layer, &name));
            }
            Command::RemoveLayer(layer) => self.remove_layer(layer),
            Command::RestoreLayer(layer) => self.change(|document| document.restore_layer(layer)),
            Command::RefreshDocument => self.refresh(),

            Command::ChooseWorkspace => self.choose_workspace(),
            Command::OpenWorkspace(path) => self.open(Workspace::Open(path.clone()), || {
                Command::OpenWorkspace(path)
            }),
            Command::OpenDefaultWorkspace => {
                self.open(Workspace::Default, || Command::OpenDefaultWorkspace);
            }
            Command::ChooseNewWorkspace { with_plan } => self.choose_new_workspace(with_plan),
            Command::CreateWorkspace { path, with_plan } => {
                let which = Workspace::Create {
                    path: path.clone(),
                    with_plan,
                };
                self.open(which, || Command::CreateWorkspace { path, with_plan });
            }

            Command::ChooseImport => self.choose_import(),
            Command::BeginImport(files) => self.begin_import(ctx, files),
            Command::ReadImport => self.read_import(ctx),
            Command::CommitImport => self.commit_import(),
            Command::OpenQuarantine(layer) => self.open_quarantine(layer),
            Command::RetryQuarantine(rows) => self.retry_quarantine(&rows),
            Command::PutBack(rows) => self.put_back(&rows),
            Command::ChooseQuarantineExport(layer) => self.choose_quarantine_export(layer),
            Command::WriteQuarantine { layer, path } => self.write_quarantine(layer, path),
            Command::ExportLayer(layer) => {
                self.open_export(Export::Layer(layer));
            }
            Command::ChooseExport => self.choose_export(),
            Command::WriteExport {
                what,
                path,
                options,
            } => self.write_export(what, path, options),
            Command::AskReplace { files, then } => self.ask_replace(&files, then),
            Command::RefreshSheet => self.refresh_sheet(),
            Command::SaveSheet(format) => self.choose_sheet_file(format),
            Command::WriteSheet { format, path } => self.write_sheet(format, path),

            Command::OpenDialog(kind) => self.open_dialog(kind),
            Command::CloseDialog => self.close_dialog(),
            Command::FocusSearch => self.session.search.focus(),
            Command::CancelJob(index) => {
                if let Some(job) = self.tasks.jobs.running().get(index) {
                    job.progress.cancel();
                }
            }
            Command::DiscardUnsaved => self.session.details.site.discard(),
            Command::Quit => {
                self.session.quitting = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Command::CopyText { text, what } => {
                ctx.copy_text(text);
                let message = format!("已复制{what}");
                self.session.notices.push(Level::Done, message);
            }
            Command::OpenFolder(path) => self.open_folder(&path),
            Command::OpenUrl(url) => ctx.open_url(egui::OpenUrl::new_tab(url)),
        }
    }

    /// What a job brought.
    pub(super) fn take_in(&mut self, ctx: &Context, outcome: anyhow::Result<Outcome>) {
        match outcome {
            Err(err) if err.is::<crate::jobs::Cancelled>() => {
                self.session.notices.push(Level::Info, "已取消");
            }
            Err(err) => self.session.notices.error(&err),
            Ok(Outcome::Workspace { path, result }) => match result {
                Ok(document) => self.opened(ctx, *document),
                Err(err) => self.not_opened(path, &err),
            },
            Ok(Outcome::Chosen(command)) => self.commands.push(command),
            Ok(Outcome::NothingChosen) => {}
            Ok(Outcome::Read { request, done }) => {
                if let Some(Dialog::Import(dialog)) = &mut self.session.dialog
                    && dialog.request == request
                {
                    dialog.take_in(*done);
                }
            }
            Ok(Outcome::Stored { import, result }) => self.stored(&import, result),
            Ok(Outcome::Retried { layer, result }) => self.retried(layer, result),
            Ok(Outcome::Sheet { request, result }) => {
                if let Some(Dialog::Print(dialog)) = &mut self.session.dialog
                    && dialog.request == request
                {
                    dialog.state = match result {
                        Ok(preview) => print::State::Ready {
                            preview,
                            texture: None,
                        },
                        Err(sentence) => print::State::Failed(sentence),
                    };
                }
            }
            Ok(Outcome::Written { message, path }) => self.session.notices.saved(message, path),
        }
    }

    /// The window is asked to close: text that is not saved is asked about first.
    pub(super) fn close_requested(&mut self, ctx: &Context) {
        if !ctx.input(|input| input.viewport().close_requested()) || self.session.quitting {
            return;
        }
        if self.session.details.site.has_unsaved() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.session.dialog = Some(Dialog::Unsaved {
                then: Box::new(Command::Quit),
            });
        }
    }

    /// An error of ours becomes a notice.
    pub(super) fn report<E>(&mut self, result: Result<(), E>)
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        if let Err(err) = result {
            self.session.notices.error(&anyhow::Error::new(err));
        }
    }

    fn change<E>(&mut self, change: impl FnOnce(&mut Document) -> Result<(), E>)
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        if let Some(document) = &mut self.document {
            let result = change(document);
            self.report(result);
        }
    }

    /// Nothing is deleted: the notice has the way back.
    fn remove_layer(&mut self, layer: LayerId) {
        let Some(document) = &mut self.document else {
            return;
        };
        let Some(name) = document
            .layer(layer)
            .map(|stored| stored.layer.name.clone())
        else {
            return;
        };
        match document.remove_layer(layer) {
            Ok(()) => {
                let restore = Some(("恢复", Command::RestoreLayer(layer)));
                let message = format!("已移除“{name}”");
                self.session
                    .notices
                    .push_full(Level::Info, message, String::new(), restore);
            }
            Err(err) => self.session.notices.error(&err.into()),
        }
    }

    fn step_back(&mut self, undo: bool) {
        let Some(document) = &mut self.document else {
            return;
        };
        let (result, done) = if undo {
            (document.undo(), "已撤销")
        } else {
            (document.redo(), "已重做")
        };
        match result {
            Ok(Some(label)) => {
                let message = format!("{done}：{label}");
                self.session.notices.push(Level::Info, message);
            }
            Ok(None) => {}
            Err(err) => self.session.notices.error(&err.into()),
        }
    }

    fn refresh(&mut self) {
        let Some(document) = &mut self.document else {
            return;
        };
        match document.refresh() {
            Ok(true) => {
                let message = "其他程序修改了工作区，已重新读取";
                self.session.notices.push(Level::Info, message);
            }
            Ok(false) => {}
            Err(err) => self.session.notices.error(&err.into()),
        }
    }

    fn select(&mut self, selection: Option<Selection>) {
        let hits = &mut self.session.details.hits;
        if !selection.is_some_and(|selection| hits.contains(&selection)) {
            hits.clear();
        }
        self.session.selection = selection;
    }

    fn zoom_to_selection(&mut self) {
        let (Some(document), Some(selection)) = (&self.document, self.session.selection) else {
            return;
        };
        let extent = match selection {
            Selection::Site(id) => document
                .site(id)
                .and_then(|site| place_extent(&site.placement)),
            Selection::Feature { layer, fid } => document.layer(layer).and_then(|stored| {
                let feature = stored.layer.features.iter().find(|f| f.fid == fid)?;
                Extent::of_geometry(feature.geometry.as_ref()?)
            }),
            Selection::DistrictSites => None,
        };
        match extent {
            Some(extent) => self.map.zoom_to(extent),
            // The district itself is the honest place of what has no other.
            None => self.zoom_home(),
        }
    }

    fn zoom_to_layer(&mut self, layer: LayerId) {
        let extent = self
            .document
            .as_ref()
            .and_then(|document| document.layer(layer)?.layer.extent());
        if let Some(extent) = extent {
            self.map.zoom_to(extent);
        }
    }

    fn zoom_home(&mut self) {
        let extent = self.document.as_ref().and_then(|document| {
            let layers = document.layers();
            let district = layers
                .iter()
                .find(|stored| stored.layer.kind == crate::model::LayerKind::Boundary)
                .and_then(|stored| stored.layer.extent());
            district.or_else(|| {
                layers
                    .iter()
                    .filter_map(|stored| stored.layer.extent())
                    .reduce(Extent::union)
            })
        });
        if let Some(extent) = extent {
            self.map.zoom_to(extent);
        }
    }

    fn choose_workspace(&mut self) {
        let dialog = file_dialog("打开工作区", self.session.settings.last_folder.as_deref())
            .add_filter("工作区（GeoPackage）", &[WORKSPACE_FILE]);
        let asked = self
            .tasks
            .ask(move || dialog.pick_file().map(Command::OpenWorkspace));
        self.report(asked);
    }

    fn choose_new_workspace(&mut self, with_plan: bool) {
        self.session.dialog = None;
        let dialog = file_dialog("新建工作区", self.session.settings.last_folder.as_deref())
            .add_filter("工作区（GeoPackage）", &[WORKSPACE_FILE])
            .set_file_name("工作区.gpkg");
        let asked = self.tasks.ask(move || {
            let path = with_extension(dialog.save_file()?, WORKSPACE_FILE);
            Some(Command::CreateWorkspace { path, with_plan })
        });
        self.report(asked);
    }

    /// `again` is the same wish, for after the question about what is not saved.
    fn open(&mut self, which: Workspace, again: impl FnOnce() -> Command) {
        if self.session.details.site.has_unsaved() {
            self.session.dialog = Some(Dialog::Unsaved {
                then: Box::new(again()),
            });
            return;
        }
        if self.document.is_none() {
            self.session.trouble = None;
        }
        let started = self.tasks.workspace(which);
        self.report(started);
    }

    fn opened(&mut self, ctx: &Context, document: Document) {
        Self::show_title(ctx, &document);
        self.session.settings.remember_workspace(document.path());
        self.session.remember_folder(document.path());
        if self.document.is_some() {
            self.map.forget_document();
            let message = format!("已打开 {}", file_name(document.path()));
            self.session.notices.push(Level::Done, message);
        }
        self.session.trouble = None;
        self.session.selection = None;
        self.session.details.hits.clear();
        self.session.details.site.discard();
        self.document = Some(document);
    }

    fn not_opened(&mut self, path: Option<PathBuf>, err: &anyhow::Error) {
        use std::io::Write as _;
        log::error!("workspace {path:?}: {err:#}");
        // Nobody may be watching: then there is nobody to tell either.
        writeln!(std::io::stderr(), "{err:#}").ok();
        if self.document.is_some() {
            self.session.notices.error(err);
        } else {
            self.session.trouble = Some(Trouble {
                path,
                sentence: format!("{err:#}"),
            });
        }
    }

    fn open_dialog(&mut self, kind: DialogKind) {
        let needs_document = matches!(kind, DialogKind::Export | DialogKind::Print);
        if needs_document && self.document.is_none() {
            return;
        }
        self.session.dialog = match kind {
            DialogKind::NewWorkspace => Some(Dialog::NewWorkspace(NewWorkspaceDialog::default())),
            DialogKind::Export => {
                self.open_export(Export::Sites);
                return;
            }
            DialogKind::Print => {
                let site = match self.session.selection {
                    Some(Selection::Site(id)) => Some(id),
                    _ => None,
                };
                let dialog = PrintDialog::new(site, self.map_extent());
                self.commands.push(Command::RefreshSheet);
                Some(Dialog::Print(Box::new(dialog)))
            }
            DialogKind::Settings
            | DialogKind::Shortcuts
            | DialogKind::About
            | DialogKind::Changelog => Dialog::simple(kind),
        };
    }

    /// After one file's import comes the next.
    fn close_dialog(&mut self) {
        match &mut self.session.dialog {
            // What is being stored is called off first; the choices stay.
            Some(Dialog::Import(dialog)) if dialog.is_storing() => dialog.cancel(),
            Some(Dialog::Import(dialog)) => {
                dialog.cancel();
                let waiting = std::mem::take(&mut dialog.waiting);
                self.session.dialog = None;
                if !waiting.is_empty() {
                    self.commands.push(Command::BeginImport(waiting));
                }
            }
            _ => self.session.dialog = None,
        }
    }

    fn open_folder(&mut self, path: &Path) {
        let folder = path.parent().unwrap_or(path);
        let opener = if cfg!(windows) {
            "explorer"
        } else {
            "xdg-open"
        };
        let opened = std::process::Command::new(opener)
            .arg(folder)
            .spawn()
            .map(drop)
            .with_context(|| format!("无法打开文件夹“{}”", folder.display()));
        if let Err(err) = opened {
            self.session.notices.error(&err);
        }
    }
}

impl crate::app::Session {
    fn remember_folder(&mut self, file: &Path) {
        self.settings.last_folder = file.parent().map(Path::to_owned);
    }
}

/// The system's dialogs do not add the ending everywhere.
fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
    if has_ending(&path, extension) {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// A place with all of its uncertainty.
fn place_extent(placement: &SitePlacement) -> Option<Extent> {
    const METRES_PER_DEGREE: f64 = 111_320.0;
    let at = placement.at?;
    let north_south = placement.precision_m.unwrap_or(0.0) / METRES_PER_DEGREE;
    let east_west = north_south / at.lat.to_radians().cos().max(0.1);
    Some(Extent {
        west: at.lon - east_west,
        south: at.lat - north_south,
        east: at.lon + east_west,
        north: at.lat + north_south,
    })
}
