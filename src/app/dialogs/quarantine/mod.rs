//! The quarantine of a layer: what could not be imported, why, and what can be done about it.
//!
//! What is sound after a change goes into the layer; the rest stays, with its reason. Deliberately absent:
//! reading and storing; commands ask for them.

mod coordinates;
mod mending;

use std::collections::BTreeMap;

use egui::{Align, Context, Label, Layout, RichText, ScrollArea, Ui};
use egui_material_icons::icons;

use super::{DialogContext, footer, frame};
use crate::app::command::Command;
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::exchange::{Again, Retried};
use crate::jobs::Progress;
use crate::model::LayerId;
use crate::store::{QuarantineId, QuarantineRow};

use coordinates::CoordinateTable;
use mending::Mending;

const LEFT_WIDTH: f32 = 380.0;
const ROW_HEIGHT: f32 = 26.0;

/// What is shown of the chosen feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Mending,
    Coordinates,
    Text,
}

/// The list, what is chosen in it, and what was changed by hand.
#[derive(Debug)]
pub struct QuarantineDialog {
    pub layer: LayerId,
    name: String,
    rows: Vec<QuarantineRow>,
    chosen: Option<QuarantineId>,
    tab: Tab,
    mending: Mending,
    edited: BTreeMap<QuarantineId, Edited>,
    /// Why a feature still stays, after the last try.
    reasons: BTreeMap<QuarantineId, String>,
    pub progress: Option<Progress>,
}

/// A feature as the user has changed it; the later of both counts.
#[derive(Debug)]
enum Edited {
    Text(String),
    Coordinates(CoordinateTable),
}

impl QuarantineDialog {
    pub fn new(layer: LayerId, name: String, rows: Vec<QuarantineRow>) -> Self {
        let first = rows.iter().find(|row| row.is_waiting());
        let mut dialog = Self {
            layer,
            name,
            chosen: None,
            tab: Tab::default(),
            mending: Mending::default(),
            edited: BTreeMap::new(),
            reasons: BTreeMap::new(),
            progress: None,
            rows: Vec::new(),
        };
        let first = first.map(|row| row.id);
        dialog.rows = rows;
        dialog.choose(first);
        dialog
    }

    /// The rows of these that still wait.
    pub fn waiting_rows(&self, wanted: &[QuarantineId]) -> Vec<QuarantineRow> {
        self.rows
            .iter()
            .filter(|row| row.is_waiting() && wanted.contains(&row.id))
            .cloned()
            .collect()
    }

    /// How to read them again. What was changed by hand belongs to one feature.
    pub fn again(&self, wanted: &[QuarantineId]) -> Again {
        let mut again = self.mending.again();
        if let [one] = wanted
            && let Some(edited) = self.edited.get(one)
        {
            again.mends.insert(0, edited.mend());
        }
        again
    }

    /// What reading again has brought.
    pub fn take_in(&mut self, rows: Vec<QuarantineRow>, retried: &Retried) {
        self.rows = rows;
        for id in &retried.accepted {
            self.reasons.remove(id);
            self.edited.remove(id);
        }
        for still in &retried.still {
            self.reasons.insert(still.row, still.reason.clone());
        }
        let done = |id: &QuarantineId| retried.accepted.contains(id);
        if self.chosen.as_ref().is_some_and(done) {
            let next = self.rows.iter().find(|row| row.is_waiting());
            self.choose(next.map(|row| row.id));
        }
    }

    fn choose(&mut self, id: Option<QuarantineId>) {
        self.chosen = id;
        let row = self.rows.iter().find(|row| Some(row.id) == id);
        if let Some(row) = row {
            self.mending.suggest(row.what.code);
        }
    }

    fn waiting(&self) -> Vec<QuarantineId> {
        let waiting = self.rows.iter().filter(|row| row.is_waiting());
        waiting.map(|row| row.id).collect()
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        let screen = ctx.content_rect().size();
        let width = (screen.x - 120.0).clamp(640.0, 1040.0);
        let height = (screen.y - 220.0).clamp(320.0, 540.0);
        let title = format!("隔离区：{}", self.name);
        frame(ctx, &title, width, context.commands, |ui, commands| {
            let waiting = self.waiting();
            ui.weak(if waiting.is_empty() {
                "隔离区已空：全部要素都在图层中。".to_owned()
            } else {
                format!(
                    "{} 个要素没有导入。改好的放入图层，其余连同原文留在这里。",
                    waiting.len()
                )
            });
            ui.add_space(space::S);
            ui.add_enabled_ui(self.progress.is_none(), |ui| {
                ui.horizontal_top(|ui| {
                    ui.vertical(|ui| {
                        ui.set_width(LEFT_WIDTH);
                        ui.set_height(height);
                        self.list_ui(ui, height, commands);
                    });
                    ui.add_space(space::M);
                    ui.vertical(|ui| {
                        ui.set_height(height);
                        ui.set_width(ui.available_width());
                        self.chosen_ui(ui);
                    });
                });
            });
            self.footer_ui(ui, &waiting, commands);
        });
    }

    fn list_ui(&mut self, ui: &mut Ui, height: f32, commands: &mut Vec<Command>) {
        let mut clicked = None;
        egui::Frame::new()
            .stroke(egui::Stroke::new(1.0, theme::of(ui).border))
            .corner_radius(theme::size::RADIUS)
            .inner_margin(4)
            .show(ui, |ui| {
                ui.set_height(height - 10.0);
                ScrollArea::vertical()
                    .id_salt("quarantine")
                    .auto_shrink(false)
                    .show_rows(ui, ROW_HEIGHT, self.rows.len(), |ui, shown| {
                        for row in self.rows.get(shown).unwrap_or_default() {
                            let chosen = self.chosen == Some(row.id);
                            if self.row_ui(ui, row, chosen, commands) {
                                clicked = Some(row.id);
                            }
                        }
                    });
            });
        if clicked.is_some() {
            self.choose(clicked);
        }
    }

    fn row_ui(
        &self,
        ui: &mut Ui,
        row: &QuarantineRow,
        chosen: bool,
        commands: &mut Vec<Command>,
    ) -> bool {
        let tokens = theme::of(ui);
        let reason = self.reasons.get(&row.id).unwrap_or(&row.what.reason);
        let name = format!("隔离的第 {} 个：{reason}", row.what.feature);
        let response = widgets::list_row(ui, ROW_HEIGHT, chosen, &name, |ui| {
            ui.allocate_ui_with_layout(
                egui::vec2(60.0, ROW_HEIGHT),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.set_width(60.0);
                    ui.weak(format!("第 {} 个", row.what.feature));
                },
            );
            if row.is_waiting() {
                if self.edited.contains_key(&row.id) {
                    widgets::badge(ui, "已改", tokens.accent);
                }
                ui.add(Label::new(reason).truncate());
            } else {
                widgets::badge(ui, "已放入图层", tokens.success);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let name = format!("撤回第 {} 个", row.what.feature);
                    if widgets::small_icon_button(ui, icons::ICON_UNDO, &name).clicked() {
                        commands.push(Command::PutBack(vec![row.id]));
                    }
                });
            }
        });
        response.clicked()
    }

    fn chosen_ui(&mut self, ui: &mut Ui) {
        let Some(id) = self.chosen else {
            ui.add_space(space::L);
            ui.weak("没有等待处理的要素。");
            return;
        };
        let Some(row) = self.rows.iter().find(|row| row.id == id) else {
            return;
        };
        let tokens = theme::of(ui);
        let reason = self.reasons.get(&id).unwrap_or(&row.what.reason);
        widgets::notice(ui, icons::ICON_WARNING, tokens.danger, reason);
        let mut remedy = format!("处理：{}", row.what.code.remedy());
        if !row.source.is_empty() {
            remedy = format!("{remedy}　来源：{}", row.source);
        }
        ui.add(Label::new(RichText::new(remedy).small().weak()).wrap());
        if !row.is_waiting() {
            return;
        }
        ui.add_space(space::S);
        let tabs = [
            (Tab::Mending, "修复", None),
            (Tab::Coordinates, "坐标", None),
            (Tab::Text, "原文", None),
        ];
        widgets::tabs(ui, &mut self.tab, &tabs);
        ui.add_space(space::XS);
        match self.tab {
            Tab::Mending => self.mending.ui(ui, row),
            Tab::Coordinates => {
                let table = match self.edited.remove(&id) {
                    Some(Edited::Coordinates(table)) => Some(table),
                    Some(text) => {
                        self.edited.insert(id, text);
                        CoordinateTable::of(row)
                    }
                    None => CoordinateTable::of(row),
                };
                let Some(mut table) = table else {
                    ui.weak("这个要素的坐标无法列成表格，请在“原文”中修改。");
                    return;
                };
                table.ui(ui);
                if table.is_changed() {
                    self.edited.insert(id, Edited::Coordinates(table));
                }
            }
            Tab::Text => {
                let mut text = match self.edited.get(&id) {
                    Some(Edited::Text(text)) => text.clone(),
                    _ => row.what.raw.clone(),
                };
                if text_ui(ui, &mut text) {
                    self.edited.insert(id, Edited::Text(text));
                }
            }
        }
    }

    fn footer_ui(&mut self, ui: &mut Ui, waiting: &[QuarantineId], commands: &mut Vec<Command>) {
        footer(ui, |ui| {
            if let Some(progress) = &self.progress {
                if widgets::button(ui, "取消").clicked() {
                    progress.cancel();
                }
                let bar = egui::ProgressBar::new(progress.fraction()).desired_width(200.0);
                widgets::named(ui.add(bar), egui::Role::ProgressIndicator, "正在重新读入");
                ui.ctx()
                    .request_repaint_after(std::time::Duration::from_millis(100));
                return;
            }
            let chosen = self.chosen.filter(|id| waiting.contains(id));
            let sound = chosen
                .and_then(|id| self.edited.get(&id))
                .is_none_or(Edited::is_sound);
            if widgets::primary_button(ui, chosen.is_some() && sound, "重新读入").clicked() {
                commands.push(Command::RetryQuarantine(chosen.into_iter().collect()));
            }
            ui.add_enabled_ui(!waiting.is_empty(), |ui| {
                if widgets::button(ui, "全部重新读入")
                    .on_hover_text("按“修复”中的选择读入全部要素；手工修改只用于选中的一个")
                    .clicked()
                {
                    commands.push(Command::RetryQuarantine(waiting.to_vec()));
                }
                if widgets::button(ui, "导出…").clicked() {
                    commands.push(Command::ChooseQuarantineExport(self.layer));
                }
            });
            if widgets::button(ui, "关闭").clicked() {
                commands.push(Command::CloseDialog);
            }
        });
    }
}

impl Edited {
    fn mend(&self) -> crate::formats::Mend {
        match self {
            Self::Text(text) => crate::formats::Mend::SetText(text.clone()),
            Self::Coordinates(table) => {
                crate::formats::Mend::SetCoordinates(table.parsed().unwrap_or_default())
            }
        }
    }

    fn is_sound(&self) -> bool {
        match self {
            Self::Text(text) => !text.trim().is_empty(),
            Self::Coordinates(table) => table.parsed().is_some(),
        }
    }
}

/// The feature's own words; `true` where they were changed.
fn text_ui(ui: &mut Ui, text: &mut String) -> bool {
    let mut changed = false;
    ScrollArea::vertical()
        .id_salt("raw text")
        .auto_shrink(false)
        .show(ui, |ui| {
            let response = ui.add(
                egui::TextEdit::multiline(text)
                    .desired_width(f32::INFINITY)
                    .desired_rows(12),
            );
            changed = response.changed();
            response.widget_info(|| {
                let mut info = egui::WidgetInfo::text_edit(true, &*text, &*text, "");
                info.label = Some("要素原文".to_owned());
                info
            });
        });
    changed
}
