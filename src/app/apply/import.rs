//! Files into the workspace, for `apply`: which, then reading, then storing.

use std::path::PathBuf;

use egui::Context;

use crate::app::App;
use crate::app::command::Command;
use crate::app::dialogs::Dialog;
use crate::app::dialogs::import::{self, ImportDialog};
use crate::app::notify::Level;
use crate::app::tasks::{PreviewData, file_dialog};
use crate::app::theme;
use crate::document::Document;
use crate::exchange;
use crate::model::{Layer, LayerKind};
use crate::scene::MapStyle;

const MAP_FILES: [&str; 12] = [
    "geojson", "json", "topojson", "shp", "zip", "kml", "kmz", "gpx", "txt", "dxf", "csv", "xlsx",
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

    pub(super) fn begin_import(&mut self, ctx: &Context, files: Vec<PathBuf>) {
        if let Some(Dialog::Import(dialog)) = &mut self.session.dialog {
            dialog.waiting.extend(files);
            return;
        }
        let (workspaces, mut layers): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case(super::WORKSPACE_FILE))
        });
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
        self.read_import(ctx);
    }

    pub(super) fn read_import(&mut self, ctx: &Context) {
        let request = self.session.new_request();
        let (Some(document), Some(Dialog::Import(dialog))) =
            (&self.document, &mut self.session.dialog)
        else {
            return;
        };
        dialog.reading(request);
        let started = match exchange::read_options(document, dialog.kind) {
            Ok(options) => {
                dialog.plan_area_km2 = options.plan_area_km2;
                let options = dialog.with_choices(options);
                let preview = preview_data(ctx, document);
                let path = dialog.path.clone();
                let started = self.tasks.read(request, path, options, preview);
                started.map(|progress| dialog.progress = Some(progress))
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
}

/// The district's border, rivers and towns: small layers all, and no others.
fn preview_data(ctx: &Context, document: &Document) -> PreviewData {
    const MOST_FEATURES: usize = 2_000;
    let dark = ctx.global_style().visuals.dark_mode;
    let shows_where = |layer: &Layer| {
        matches!(
            layer.kind,
            LayerKind::Boundary | LayerKind::River | LayerKind::Town
        ) && layer.features.len() <= MOST_FEATURES
    };
    PreviewData {
        ground: (document.layers().iter())
            .filter(|stored| !stored.retired && shows_where(&stored.layer))
            .map(|stored| stored.layer.clone())
            .collect(),
        style: if dark {
            MapStyle::dark()
        } else {
            MapStyle::light()
        },
        accent: theme::rgba(theme::tokens(dark).accent),
    }
}
