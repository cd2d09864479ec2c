//! Files into the workspace, for `apply`: which, then reading, then storing.

use std::path::PathBuf;

use egui::Context;

use crate::app::App;
use crate::app::command::Command;
use crate::app::dialogs::Dialog;
use crate::app::dialogs::import::{self, ImportDialog};
use crate::app::notify::Level;
use crate::app::tasks::{Import, PreviewData, file_dialog};
use crate::app::theme;
use crate::document::{Document, DocumentError, Stored};
use crate::exchange::{self, Destination, Imported};
use crate::model::{Layer, LayerKind};
use crate::scene::MapStyle;
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

    pub(super) fn begin_import(&mut self, ctx: &Context, files: Vec<PathBuf>) {
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
        // What the user has said by hand is not recalled over.
        let memory = if dialog.is_by_hand() {
            Ok(exchange::Memory::default())
        } else {
            exchange::memory(document)
        };
        let memory = memory.unwrap_or_else(|err| {
            log::warn!("earlier decisions: {err}");
            exchange::Memory::default()
        });
        let started = match exchange::read_options(document, dialog.kind) {
            Ok(options) => {
                dialog.plan_area_km2 = options.plan_area_km2;
                let options = dialog.with_choices(options);
                let preview = preview_data(ctx, document);
                let path = dialog.path.clone();
                let started = self.tasks.read(request, path, options, memory, preview);
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
        let Some(import) = dialog.to_store(document.path()) else {
            return;
        };
        let started = match document.importer() {
            Ok(importer) => self.tasks.store(import, importer),
            Err(err) => {
                dialog.not_stored(&err);
                return;
            }
        };
        let started = started.map(|progress| dialog.progress = Some(progress));
        self.report(started);
    }

    /// A job has stored an import: show it and say what was done.
    pub(super) fn stored(&mut self, import: &Import, result: Result<Stored, DocumentError>) {
        // Another workspace may have been opened meanwhile: this one shows it when it is opened again.
        let Some(document) =
            (self.document.as_mut()).filter(|document| document.path() == import.workspace)
        else {
            return;
        };
        let imported = match result.and_then(|stored| document.adopt(stored)) {
            Ok(imported) => imported,
            Err(err) => {
                match &mut self.session.dialog {
                    Some(Dialog::Import(dialog)) => dialog.not_stored(&err),
                    _ => self.session.notices.error(&err.into()),
                }
                return;
            }
        };
        let remembered = exchange::remember(
            document,
            &import.path,
            &import.report,
            import.crs,
            &import.roles,
        );
        self.report(remembered);
        self.say_imported(import, &imported);
        if let Some(extent) = import.report.layer.extent() {
            self.commands.push(Command::ZoomTo(extent));
        }
        if let Some(Dialog::Import(dialog)) = &mut self.session.dialog {
            dialog.done();
            self.commands.push(Command::CloseDialog);
        }
    }

    fn say_imported(&mut self, import: &Import, imported: &Imported) {
        let report = &import.report;
        let stored = self.document.as_ref().and_then(|d| d.layer(imported.layer));
        let name = stored.map_or(report.layer.name.as_str(), |stored| {
            stored.layer.name.as_str()
        });
        let count = report.layer.features.len();
        let mut message = match import.destination {
            Destination::New => format!("已导入“{name}”：{count} 个要素"),
            Destination::Append(_) => format!("已向“{name}”追加 {count} 个要素"),
            Destination::Replace(_) => format!("已替换“{name}”：{count} 个要素"),
        };
        if import.plan_area_km2.is_some() {
            let area = import::area_text(report.layer.area_m2(), import.plan_area_km2);
            message = format!("{message}，总面积 {area}");
        }
        if !imported.retired.is_empty() {
            let retired = imported.retired.join("”“");
            message = format!("{message}；“{retired}”已停用");
        }
        let mut details = Vec::new();
        if report.repaired > 0 {
            details.push(format!("修复 {} 个", report.repaired));
        }
        if !imported.added_fields.is_empty() {
            details.push(format!("增加字段 {}", imported.added_fields.join("、")));
        }
        let quarantined = report.quarantined.len();
        let (level, action) = if quarantined > 0 {
            message = format!("{message}；隔离 {quarantined} 个");
            let view = ("查看隔离", Command::OpenQuarantine(imported.layer));
            (Level::Warning, Some(view))
        } else if let Some(replaced) = imported.replaced {
            (
                Level::Done,
                Some(("恢复原图层", Command::RestoreLayer(replaced))),
            )
        } else {
            (Level::Done, None)
        };
        self.session
            .notices
            .push_full(level, message, details.join("\n"), action);
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
            .map(|stored| std::sync::Arc::clone(&stored.layer))
            .collect(),
        style: if dark {
            MapStyle::dark()
        } else {
            MapStyle::light()
        },
        accent: theme::rgba(theme::tokens(dark).accent),
    }
}
