//! The quarantine, for `apply`: shown, read again, put back, written to a file.

use std::path::PathBuf;

use super::with_extension;
use crate::app::App;
use crate::app::command::Command;
use crate::app::dialogs::Dialog;
use crate::app::dialogs::quarantine::QuarantineDialog;
use crate::app::notify::Level;
use crate::app::tasks::{file_dialog, has_ending};
use crate::document::DocumentError;
use crate::exchange::{self, Retried};
use crate::model::{LayerId, LayerKind};
use crate::store::{QuarantineId, QuarantineRow};

impl App {
    pub(super) fn open_quarantine(&mut self, layer: LayerId) {
        let Some(document) = &self.document else {
            return;
        };
        match document.quarantine(layer) {
            Ok(rows) => {
                let name = document
                    .layer(layer)
                    .map(|stored| stored.layer.name.clone());
                let dialog = QuarantineDialog::new(layer, name.unwrap_or_default(), rows);
                self.session.dialog = Some(Dialog::Quarantine(Box::new(dialog)));
            }
            Err(err) => self.session.notices.error(&err.into()),
        }
    }

    pub(super) fn retry_quarantine(&mut self, wanted: &[QuarantineId]) {
        let (Some(document), Some(Dialog::Quarantine(dialog))) =
            (&mut self.document, &mut self.session.dialog)
        else {
            return;
        };
        let layer = dialog.layer;
        let kind = (document.layer(layer)).map_or(LayerKind::Reference, |s| s.layer.kind);
        let rows: Vec<QuarantineRow> = dialog.waiting_rows(wanted);
        let again = dialog.again(wanted);
        let options = match exchange::read_options(document, kind) {
            Ok(options) => options,
            Err(err) => {
                self.session.notices.error(&err.into());
                return;
            }
        };
        let started = match document.importer() {
            Ok(importer) => self.tasks.retry(layer, rows, again, options, importer),
            Err(err) => {
                self.session.notices.error(&err.into());
                return;
            }
        };
        let started = started.map(|progress| dialog.progress = Some(progress));
        self.report(started);
    }

    /// What reading again has brought: what is sound is in the layer, the rest says why not.
    pub(super) fn retried(&mut self, layer: LayerId, result: Result<Box<Retried>, DocumentError>) {
        let Some(document) = &mut self.document else {
            return;
        };
        let retried = result.and_then(|mut retried| {
            if let Some(stored) = retried.stored.take() {
                document.adopt(stored)?;
            }
            Ok(retried)
        });
        let rows = document.quarantine(layer);
        if let Some(Dialog::Quarantine(dialog)) = &mut self.session.dialog {
            dialog.progress = None;
        }
        let (retried, rows) = match retried.and_then(|retried| Ok((retried, rows?))) {
            Ok(done) => done,
            Err(err) => {
                self.session.notices.error(&err.into());
                return;
            }
        };
        let (accepted, still) = (retried.accepted.len(), retried.still.len());
        let message = match (accepted, still) {
            (accepted, 0) => format!("{accepted} 个要素已放入图层"),
            (0, still) => format!("{still} 个要素仍有问题，留在隔离区"),
            (accepted, still) => {
                format!("{accepted} 个要素已放入图层，{still} 个仍留在隔离区")
            }
        };
        let level = if still == 0 {
            Level::Done
        } else {
            Level::Warning
        };
        self.session.notices.push(level, message);
        if let Some(Dialog::Quarantine(dialog)) = &mut self.session.dialog
            && dialog.layer == layer
        {
            dialog.take_in(rows, &retried);
        }
    }

    pub(super) fn put_back(&mut self, rows: &[QuarantineId]) {
        let Some(document) = &mut self.document else {
            return;
        };
        let put_back = document.put_back(rows);
        let layer = match &self.session.dialog {
            Some(Dialog::Quarantine(dialog)) => Some(dialog.layer),
            _ => None,
        };
        self.report(put_back);
        if let Some(layer) = layer {
            self.open_quarantine(layer);
        }
    }

    pub(super) fn choose_quarantine_export(&mut self, layer: LayerId) {
        let Some(stored) = self.document.as_ref().and_then(|d| d.layer(layer)) else {
            return;
        };
        let dialog = file_dialog("导出隔离区", self.session.settings.last_folder.as_deref())
            .add_filter("表格 CSV（全部）", &["csv"])
            .add_filter("GeoJSON（有图形的）", &["geojson"])
            .set_file_name(format!("{} 隔离区.csv", stored.layer.name));
        let asked = self.tasks.ask(move || {
            let path = dialog.save_file()?;
            let path = if has_ending(&path, "geojson") {
                path
            } else {
                with_extension(path, "csv")
            };
            Some(Command::WriteQuarantine { layer, path })
        });
        self.report(asked);
    }

    pub(super) fn write_quarantine(&mut self, layer: LayerId, path: PathBuf) {
        let Some(document) = &self.document else {
            return;
        };
        self.session.remember_folder(&path);
        match document.quarantine(layer) {
            Ok(rows) => {
                let waiting = rows.into_iter().filter(QuarantineRow::is_waiting).collect();
                let started = self.tasks.export_quarantined(waiting, path);
                self.report(started);
            }
            Err(err) => self.session.notices.error(&err.into()),
        }
    }
}
