//! Map sheets, for `apply`: the preview, then where to, then a job.

use std::path::PathBuf;

use super::with_extension;
use crate::app::App;
use crate::app::command::{Command, SheetFormat};
use crate::app::dialogs::Dialog;
use crate::app::dialogs::print;
use crate::app::tasks::{SheetData, file_dialog};

impl App {
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
