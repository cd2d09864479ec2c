//! Files in and out, for `apply`: imports, exports, sheets, each a question, then a job.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::App;
use crate::app::command::{Command, SheetFormat};
use crate::app::dialogs::Dialog;
use crate::app::dialogs::import::{self, ImportDialog};
use crate::app::dialogs::print;
use crate::app::notify::Level;
use crate::app::tasks::{ExportData, SheetData, file_dialog, file_name};
use crate::exchange::{self, Export};
use crate::store;

const MAP_FILES: [&str; 13] = [
    "geojson", "json", "topojson", "shp", "zip", "gpkg", "kml", "kmz", "gpx", "txt", "dxf", "csv",
    "xlsx",
];

impl App {
    pub(super) fn choose_import(&mut self) {
        let dialog = file_dialog("导入图层", self.session.settings.last_folder.as_deref())
            .add_filter("地图数据", &MAP_FILES)
            .add_filter("所有文件", &["*"]);
        let asked = self
            .tasks
            .ask(move || dialog.pick_files().map(Command::BeginImport));
        self.report(asked);
    }

    pub(super) fn begin_import(&mut self, files: Vec<PathBuf>) {
        if let Some(Dialog::Import(dialog)) = &mut self.session.dialog {
            dialog.waiting.extend(files);
            return;
        }
        // Any other GeoPackage is a file with layers.
        let (workspaces, mut layers): (Vec<_>, Vec<_>) = files
            .into_iter()
            .partition(|path| store::is_workspace(path));
        if let Some(path) = workspaces.into_iter().next() {
            self.commands.push(Command::OpenWorkspace(path));
            return;
        }
        if layers.is_empty() {
            return;
        }
        if self.document.is_none() {
            let message = "请先打开或新建工作区，再导入图层";
            self.session.notices.push(Level::Warning, message);
            return;
        }
        let first = layers.remove(0);
        self.session.remember_folder(&first);
        self.session.dialog = Some(Dialog::Import(Box::new(ImportDialog::new(first, layers))));
        self.read_import();
    }

    pub(super) fn read_import(&mut self) {
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

    pub(super) fn commit_import(&mut self) {
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

    pub(super) fn choose_export(&mut self) {
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

    pub(super) fn write_export(&mut self, what: Export, path: PathBuf) {
        let Some(document) = &self.document else {
            return;
        };
        self.session.remember_folder(&path);
        let data = match what {
            Export::Sites => ExportData::Sites(document.sites().values().cloned().collect()),
            Export::Layer(id) => match document.layer(id) {
                Some(stored) => ExportData::Layer(Arc::clone(&stored.layer)),
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

    pub(super) fn refresh_sheet(&mut self) {
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

    pub(super) fn choose_sheet_file(&mut self, format: SheetFormat) {
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

    pub(super) fn write_sheet(&mut self, format: SheetFormat, path: PathBuf) {
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
}

/// The system's dialogs do not add the ending everywhere.
pub(super) fn with_extension(path: PathBuf, extension: &str) -> PathBuf {
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
