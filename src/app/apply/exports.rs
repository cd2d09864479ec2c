//! Exports, for `apply`: what, then where, then a job. Nothing is replaced that nobody was asked about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::with_extension;
use crate::app::App;
use crate::app::command::Command;
use crate::app::dialogs::Dialog;
use crate::app::dialogs::export::ExportDialog;
use crate::app::tasks::{ExportData, file_dialog, file_name};
use crate::exchange::Export;
use crate::formats::{self, WriteOptions};

impl App {
    pub(super) fn open_export(&mut self, what: Export) {
        let dialog = ExportDialog::new(what, &self.session.settings.export);
        self.session.dialog = Some(Dialog::Export(dialog));
    }

    pub(super) fn choose_export(&mut self) {
        let (Some(document), Some(Dialog::Export(chosen))) = (&self.document, &self.session.dialog)
        else {
            return;
        };
        let (what, options) = (chosen.what, chosen.options());
        let extension = chosen.format().extension();
        let layer = match what {
            Export::Layer(id) => document.layer(id).map(|stored| Arc::clone(&stored.layer)),
            Export::Sites | Export::History => None,
        };
        let dialog = file_dialog("导出", self.session.settings.last_folder.as_deref())
            .add_filter(extension, &[extension])
            .set_file_name(format!("{}.{extension}", chosen.name(document)));
        let asked = self.tasks.ask(move || {
            let named = dialog.save_file()?;
            let path = with_extension(named.clone(), extension);
            let files = match &layer {
                Some(layer) => formats::files_of(&path, layer),
                None => vec![path.clone()],
            };
            Some(export_to(what, &named, path, &files, options))
        });
        self.session.dialog = None;
        self.report(asked);
    }

    pub(super) fn ask_replace(&mut self, files: &[PathBuf], then: Box<Command>) {
        let files = files.iter().map(|file| file_name(file)).collect();
        self.session.dialog = Some(Dialog::Replace { files, then });
    }

    pub(super) fn write_export(&mut self, what: Export, path: PathBuf, options: WriteOptions) {
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
                match what.write(document, &path, &options) {
                    Ok(written) => {
                        let rows = written.features;
                        let message = format!("已导出 {rows} 条到 {}", file_name(&path));
                        self.session.notices.saved(message, path);
                    }
                    Err(err) => self.session.notices.error(&err.into()),
                }
                return;
            }
        };
        let started = self.tasks.export(data, path, options);
        self.report(started);
    }
}

/// The export to a place that the user `named` in the system's dialog, which has asked about a file of this
/// very name and about no other. `files`: all that will be written.
fn export_to(
    what: Export,
    named: &Path,
    path: PathBuf,
    files: &[PathBuf],
    mut options: WriteOptions,
) -> Command {
    let was_asked = named == path && files.contains(&path) && path.exists();
    let others: Vec<PathBuf> = (files.iter())
        // The parts of a Shapefile go with it.
        .filter(|file| !(was_asked && file.file_stem() == path.file_stem()))
        .filter(|file| file.exists())
        .cloned()
        .collect();
    options.overwrite = was_asked || !others.is_empty();
    let then = Command::WriteExport {
        what,
        path,
        options,
    };
    if others.is_empty() {
        then
    } else {
        Command::AskReplace {
            files: others,
            then: Box::new(then),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(named: &Path, path: &Path, files: &[PathBuf]) -> Option<Vec<PathBuf>> {
        let options = WriteOptions::NEW_FILE;
        match export_to(Export::Sites, named, path.to_owned(), files, options) {
            Command::AskReplace { files, then } => {
                assert!(matches!(*then, Command::WriteExport { options, .. } if options.overwrite));
                Some(files)
            }
            Command::WriteExport { options, .. } => {
                assert_eq!(
                    options.overwrite,
                    path.exists() && files.contains(&path.to_owned())
                );
                None
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_the_system_has_not_asked_about_are_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let whole = [at("x.shp"), at("x.dbf")];
        let split = [at("x_点.shp"), at("x_点.dbf"), at("x_面.shp")];
        let shp = at("x.shp");
        assert_eq!(asked(&shp, &shp, &whole), None);
        // A table of this name is not known to the system's dialog.
        std::fs::write(at("x.dbf"), "").unwrap();
        assert_eq!(asked(&shp, &shp, &whole), Some(vec![at("x.dbf")]));
        std::fs::write(&shp, "").unwrap();
        assert_eq!(asked(&shp, &shp, &whole), None);
        // Of the name without its ending it did not ask about the one with it.
        assert_eq!(asked(&at("x"), &shp, &whole), Some(whole.to_vec()));
        assert_eq!(asked(&shp, &shp, &split), None);
        std::fs::write(at("x_面.shp"), "").unwrap();
        assert_eq!(asked(&shp, &shp, &split), Some(vec![at("x_面.shp")]));
    }
}
