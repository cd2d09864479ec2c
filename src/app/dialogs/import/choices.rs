//! The choices of an import: what the file is read as and where it goes.
//!
//! Deliberately absent: reading; a changed choice asks for it.

use egui::{Label, RichText, Ui};

use super::question::brief;
use super::trial::target_of;
use super::{ImportDialog, State};
use crate::app::command::Command;
use crate::app::dialogs::{choice, form_row, usual_crs_choices};
use crate::app::tasks::file_name;
use crate::app::theme::{size, space};
use crate::app::widgets;
use crate::document::Document;
use crate::exchange::Destination;
use crate::formats::{CrsChoice, EncodingChoice, ReadReport};
use crate::model::{LayerId, LayerKind};

/// What a file can become, most usual first.
const KINDS: [LayerKind; 8] = [
    LayerKind::RedLine,
    LayerKind::Section,
    LayerKind::Reservoir,
    LayerKind::Site,
    LayerKind::Reference,
    LayerKind::Boundary,
    LayerKind::River,
    LayerKind::Town,
];

const ENCODINGS: [&str; 5] = ["utf-8", "gb18030", "gbk", "big5", "utf-16le"];

const FIELD_WIDTH: f32 = 318.0;

impl ImportDialog {
    pub(super) fn choices_ui(
        &mut self,
        ui: &mut Ui,
        document: Option<&Document>,
        commands: &mut Vec<Command>,
    ) {
        ui.spacing_mut().item_spacing.y = space::XS;
        self.file_ui(ui);
        let mut changed = self.layer_ui(ui);
        form_row(ui, "作为", |ui| {
            changed |= choice(
                ui,
                "导入为",
                FIELD_WIDTH,
                &mut self.kind,
                &KINDS,
                |kind| kind.label().to_owned(),
            );
        });
        self.destination_ui(ui, document);
        changed |= self.crs_ui(ui);
        changed |= self.encoding_ui(ui);
        if changed {
            commands.push(Command::ReadImport);
        }
    }

    fn report(&self) -> Option<&ReadReport> {
        match &self.state {
            State::Ready(report) | State::Storing(report) => Some(report),
            State::Reading | State::Failed(_) | State::Undecided(_) => None,
        }
    }

    /// What it is: name, format and size.
    fn file_ui(&self, ui: &mut Ui) {
        form_row(ui, "文件", |ui| {
            let mut facts = Vec::new();
            if let Some(report) = self.report() {
                facts.push(report.format.to_owned());
            }
            facts.extend(self.bytes.map(size_text));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_space(size::LABEL_WIDTH - 42.0);
                ui.label(RichText::new(facts.join(" · ")).small().weak());
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(file_name(&self.path)).strong()).truncate())
                        .on_hover_text(self.path.display().to_string());
                });
            });
        });
    }

    /// Only where the file holds several.
    fn layer_ui(&mut self, ui: &mut Ui) -> bool {
        if self.layers.len() < 2 {
            return false;
        }
        let mut chosen = self.layer.clone().unwrap_or_default();
        let mut changed = false;
        form_row(ui, "图层", |ui| {
            changed = choice(
                ui,
                "文件中的图层",
                FIELD_WIDTH - 84.0,
                &mut chosen,
                &self.layers,
                Clone::clone,
            );
            ui.weak(format!("共 {} 个", self.layers.len()));
        });
        if changed {
            self.layer = Some(chosen);
            // Other columns, other meanings.
            self.roles = crate::model::FieldRoles::default();
        }
        changed
    }

    fn destination_ui(&mut self, ui: &mut Ui, document: Option<&Document>) {
        let targets: Vec<(LayerId, String)> = document
            .map(|document| {
                document
                    .layers()
                    .iter()
                    .rev()
                    .filter(|stored| !stored.retired)
                    .map(|stored| (stored.id, stored.layer.name.clone()))
                    .collect()
            })
            .unwrap_or_default();
        let before = self.destination;
        form_row(ui, "导入到", |ui| {
            let first = (targets.iter())
                .find(|(id, _)| {
                    document
                        .and_then(|d| d.layer(*id))
                        .is_some_and(|stored| stored.layer.kind == self.kind)
                })
                .or(targets.first())
                .map(|(id, _)| *id);
            let target = target_of(self.destination).or(first);
            let mut choices = vec![(Destination::New, "新图层")];
            if let Some(target) = target {
                choices.push((Destination::Append(target), "追加到"));
                choices.push((Destination::Replace(target), "替换"));
            }
            widgets::segments(ui, &mut self.destination, &choices);
        });
        match target_of(self.destination) {
            None => form_row(ui, "名称", |ui| {
                let hint = self
                    .report()
                    .map_or_else(|| file_name(&self.path), |report| report.layer.name.clone());
                widgets::search_field(ui, &mut self.name, "图层名称", &hint, FIELD_WIDTH);
            }),
            Some(target) => form_row(ui, "图层", |ui| {
                let name_of = |id: &LayerId| {
                    targets
                        .iter()
                        .find(|(known, _)| known == id)
                        .map_or_else(String::new, |(_, name)| name.clone())
                };
                let ids: Vec<LayerId> = targets.iter().map(|(id, _)| *id).collect();
                let mut chosen = target;
                choice(ui, "目标图层", FIELD_WIDTH, &mut chosen, &ids, name_of);
                self.destination = match self.destination {
                    Destination::Replace(_) => Destination::Replace(chosen),
                    _ => Destination::Append(chosen),
                };
            }),
        }
        if self.destination != before {
            self.trial = None;
        }
    }

    /// The system, and why it is taken for that.
    fn crs_ui(&mut self, ui: &mut Ui) -> bool {
        let mut choices = usual_crs_choices();
        // An answer that is none of the usual ones is shown, too.
        if !choices.contains(&self.crs) {
            choices.push(self.crs);
        }
        let found = self.report().map(|report| report.crs);
        let mut changed = false;
        form_row(ui, "坐标系", |ui| {
            changed = choice(
                ui,
                "文件坐标系",
                FIELD_WIDTH,
                &mut self.crs,
                &choices,
                |crs| match (crs, found) {
                    (CrsChoice::Auto, Some(found)) => {
                        format!("自动：{found}  {}", brief(&found.label()))
                    }
                    (CrsChoice::Fixed(crs), _) => format!("{crs}  {}", brief(&crs.label())),
                    (other, _) => other.label(),
                },
            );
        });
        if let Some(report) = self.report() {
            caption_ui(ui, &report.crs_reason);
        }
        self.crs_by_hand |= changed;
        changed
    }

    fn encoding_ui(&mut self, ui: &mut Ui) -> bool {
        let found = self.report().map(|report| report.encoding.clone());
        let reason = self.report().map(|report| report.encoding_reason.clone());
        // Nothing to choose in a format that leaves no choice.
        if found.as_deref() == Some("") && self.encoding == EncodingChoice::Auto {
            return false;
        }
        let mut choices = vec![EncodingChoice::Auto];
        choices.extend(ENCODINGS.map(|name| EncodingChoice::Named(name.to_owned())));
        let mut changed = false;
        form_row(ui, "编码", |ui| {
            changed = choice(
                ui,
                "文件编码",
                FIELD_WIDTH,
                &mut self.encoding,
                &choices,
                |encoding| match (encoding, &found) {
                    (EncodingChoice::Auto, Some(found)) => match reason.as_deref() {
                        None | Some("") => format!("自动：{found}"),
                        Some(reason) => format!("自动：{found}（{reason}）"),
                    },
                    (EncodingChoice::Auto, None) => "自动识别".to_owned(),
                    (EncodingChoice::Named(name), _) => name.to_uppercase(),
                },
            );
        });
        changed
    }
}

/// A reason below its field: at most two lines, all of it under the pointer.
fn caption_ui(ui: &mut Ui, text: &str) {
    if text.is_empty() {
        return;
    }
    ui.horizontal_top(|ui| {
        ui.add_space(size::LABEL_WIDTH + space::S);
        ui.vertical(|ui| {
            ui.set_max_width(FIELD_WIDTH);
            let galley = two_lines(ui, text);
            ui.label(galley).on_hover_text(text);
        });
    });
}

fn two_lines(ui: &Ui, text: &str) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple(
        text.to_owned(),
        egui::TextStyle::Small.resolve(ui.style()),
        crate::app::theme::of(ui).text_weak,
        FIELD_WIDTH,
    );
    job.wrap.max_rows = 2;
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// A file's size for people.
fn size_text(bytes: u64) -> String {
    const KB: f64 = 1024.0;
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let bytes = bytes as f64;
    if bytes < KB {
        format!("{bytes} B")
    } else if bytes < KB * KB {
        format!("{:.0} KB", bytes / KB)
    } else {
        format!("{:.1} MB", bytes / KB / KB)
    }
}
