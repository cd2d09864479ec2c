//! Carries out commands and takes in what jobs brought: the only holder of a mutable [`Document`].

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use egui::Context;

use super::command::{Command, DialogKind, Selection, SheetFormat};
use super::dialogs::export::ExportDialog;
use super::dialogs::import::{self, ImportDialog};
use super::dialogs::print::{self, PrintDialog};
use super::dialogs::{Dialog, workspace::NewWorkspaceDialog};
use super::notify::Level;
use super::tasks::{ExportData, Outcome, SheetData, Workspace, file_dialog, file_name};
use super::{App, Trouble};
use crate::crs::Extent;
use crate::document::Document;
use crate::exchange::{self, Export};
use crate::model::LayerId;

const MAP_FILES: [&str; 2] = ["geojson", "json"];
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
            Command::RemoveLayer(layer) => self.change(|document| document.remove_layer(layer)),
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
            Command::BeginImport(files) => self.begin_import(files),
            Command::ReadImport => self.read_import(),
            Command::CommitImport => self.commit_import(),
            Command::ExportLayer(layer) => {
                self.session.dialog = Some(Dialog::Export(ExportDialog::layer(layer)));
            }
            Command::ChooseExport => self.choose_export(),
            Command::WriteExport { what, path } => self.write_export(what, path),
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
            Ok(Outcome::Read { request, result }) => {
                if let Some(Dialog::Import(dialog)) = &mut self.session.dialog
                    && dialog.request == request
                {
                    dialog.state = match result {
                        Ok(report) => import::State::Ready(report),
                        Err(sentence) => import::State::Failed(sentence),
                    };
                }
            }
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
                .and_then(|site| site.placement.at)
                .map(Extent::of_point),
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

    fn choose_import(&mut self) {
        let dialog = file_dialog("导入图层", self.session.settings.last_folder.as_deref())
            .add_filter("GeoJSON", &MAP_FILES)
            .add_filter("所有文件", &["*"]);
        let asked = self
            .tasks
            .ask(move || dialog.pick_files().map(Command::BeginImport));
        self.report(asked);
    }

    fn begin_import(&mut self, files: Vec<PathBuf>) {
        if matches!(&self.session.dialog, Some(Dialog::Import(_))) {
            if let Some(Dialog::Import(dialog)) = &mut self.session.dialog {
                dialog.waiting.extend(files);
            }
            return;
        }
        let (workspaces, mut layers): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case(WORKSPACE_FILE))
        });
        if let Some(path) = workspaces.into_iter().next() {
            self.commands.push(Command::OpenWorkspace(path));
            return;
        }
        if layers.is_empty() || self.document.is_none() {
            return;
        }
        let first = layers.remove(0);
        self.session.remember_folder(&first);
        self.session.dialog = Some(Dialog::Import(Box::new(ImportDialog::new(first, layers))));
        self.read_import();
    }

    fn read_import(&mut self) {
        let request = self.session.new_request();
        let (Some(document), Some(Dialog::Import(dialog))) =
            (&self.document, &mut self.session.dialog)
        else {
            return;
        };
        dialog.request = request;
        dialog.state = import::State::Reading;
        let started = match exchange::read_options(document, dialog.kind) {
            Ok(options) => {
                dialog.plan_area_km2 = options.plan_area_km2;
                let options = dialog.with_choices(options);
                self.tasks.read(request, dialog.path.clone(), options)
            }
            Err(err) => {
                dialog.state = import::State::Failed(err.to_string());
                Ok(())
            }
        };
        self.report(started);
    }

    fn commit_import(&mut self) {
        let (Some(document), Some(Dialog::Import(dialog))) =
            (&mut self.document, &mut self.session.dialog)
        else {
            return;
        };
        let import::State::Ready(report) = &mut dialog.state else {
            return;
        };
        let name = dialog.name.trim();
        if !name.is_empty() {
            name.clone_into(&mut report.layer.name);
        }
        match exchange::import(document, report) {
            Ok(imported) => {
                let mut message = format!(
                    "已导入“{}”：{} 个要素",
                    report.layer.name,
                    report.layer.features.len()
                );
                let mut details = Vec::new();
                if report.repaired > 0 {
                    details.push(format!("修复 {} 个", report.repaired));
                }
                if !report.quarantined.is_empty() {
                    details.push(format!("隔离 {} 个", report.quarantined.len()));
                }
                if dialog.plan_area_km2.is_some() {
                    let area = import::area_text(report.layer.area_m2(), dialog.plan_area_km2);
                    message = format!("{message}，总面积 {area}");
                }
                if !imported.retired.is_empty() {
                    let retired = imported.retired.join("”“");
                    message = format!("{message}；“{retired}”已停用");
                }
                let extent = report.layer.extent();
                let level = if report.quarantined.is_empty() {
                    Level::Done
                } else {
                    Level::Warning
                };
                self.session
                    .notices
                    .push_full(level, message, details.join("\n"), None);
                if let Some(extent) = extent {
                    self.commands.push(Command::ZoomTo(extent));
                }
                self.commands.push(Command::CloseDialog);
            }
            Err(err) => {
                dialog.state = import::State::Failed(format!("{:#}", anyhow::Error::new(err)));
            }
        }
    }

    fn choose_export(&mut self) {
        let (Some(document), Some(Dialog::Export(chosen))) = (&self.document, &self.session.dialog)
        else {
            return;
        };
        let (what, extension) = (chosen.what, chosen.format.extension());
        let dialog = file_dialog("导出", self.session.settings.last_folder.as_deref())
            .add_filter(extension, &[extension])
            .set_file_name(format!("{}.{extension}", chosen.name(document)));
        let asked = self.tasks.ask(move || {
            let path = with_extension(dialog.save_file()?, extension);
            Some(Command::WriteExport { what, path })
        });
        self.session.dialog = None;
        self.report(asked);
    }

    fn write_export(&mut self, what: Export, path: PathBuf) {
        let Some(document) = &self.document else {
            return;
        };
        self.session.remember_folder(&path);
        let data = match what {
            Export::Sites => ExportData::Sites(document.sites().values().cloned().collect()),
            Export::Layer(id) => match document.layer(id) {
                Some(stored) => ExportData::Layer(stored.layer.clone()),
                None => return,
            },
            // A table of text, read from the database: not worth a second connection.
            Export::History => {
                match what.write(document, &path, true) {
                    Ok(rows) => {
                        let message = format!("已导出 {rows} 条到 {}", file_name(&path));
                        self.session.notices.saved(message, path);
                    }
                    Err(err) => self.session.notices.error(&err.into()),
                }
                return;
            }
        };
        let started = self.tasks.export(data, path);
        self.report(started);
    }

    fn refresh_sheet(&mut self) {
        let request = self.session.new_request();
        let (Some(document), Some(Dialog::Print(dialog))) =
            (&self.document, &mut self.session.dialog)
        else {
            return;
        };
        let Some(wanted) = dialog.sheet_request(&self.session.settings.user_name) else {
            dialog.state = print::State::Failed("地图尚未显示，没有可打印的范围".to_owned());
            return;
        };
        dialog.request = request;
        dialog.state = print::State::Making;
        let started = self.tasks.sheet(request, wanted, SheetData::of(document));
        self.report(started);
    }

    fn choose_sheet_file(&mut self, format: SheetFormat) {
        let (Some(document), Some(Dialog::Print(print))) = (&self.document, &self.session.dialog)
        else {
            return;
        };
        let extension = format.extension();
        let dialog = file_dialog("保存位置图", self.session.settings.last_folder.as_deref())
            .add_filter(extension, &[extension])
            .set_file_name(format!("{}.{extension}", print.file_stem(document)));
        let asked = self.tasks.ask(move || {
            let path = with_extension(dialog.save_file()?, extension);
            Some(Command::WriteSheet { format, path })
        });
        self.report(asked);
    }

    fn write_sheet(&mut self, format: SheetFormat, path: PathBuf) {
        let Some(Dialog::Print(dialog)) = &self.session.dialog else {
            return;
        };
        let print::State::Ready { preview, .. } = &dialog.state else {
            return;
        };
        let pdf = preview.sheet.pdf.clone();
        self.session.remember_folder(&path);
        let started = self.tasks.save_sheet(pdf, format, path);
        self.report(started);
    }

    fn open_dialog(&mut self, kind: DialogKind) {
        let needs_document = matches!(kind, DialogKind::Export | DialogKind::Print);
        if needs_document && self.document.is_none() {
            return;
        }
        self.session.dialog = match kind {
            DialogKind::NewWorkspace => Some(Dialog::NewWorkspace(NewWorkspaceDialog::default())),
            DialogKind::Export => Some(Dialog::Export(ExportDialog::default())),
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
        if let Some(Dialog::Import(dialog)) = self.session.dialog.take()
            && !dialog.waiting.is_empty()
        {
            self.commands.push(Command::BeginImport(dialog.waiting));
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

impl super::Session {
    fn remember_folder(&mut self, file: &Path) {
        self.settings.last_folder = file.parent().map(Path::to_owned);
    }
}

/// The system's dialogs do not add the ending everywhere.
fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
    if path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case(extension))
    {
        return path;
    }
    let mut name = path.into_os_string();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}
