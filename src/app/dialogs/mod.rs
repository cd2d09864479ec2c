//! Dialogs over the window: one at a time, Esc closes.

pub mod export;
pub mod help;
pub mod import;
pub mod print;
pub mod quarantine;
pub mod settings;
pub mod workspace;

use egui::{Align, Context, Id, Layout, Modal, RichText, Ui};
use egui_material_icons::icons;

use super::command::{Command, DialogKind};
use super::settings::Settings;
use super::theme::{self, space, text};
use super::widgets;
use crate::crs::Crs;
use crate::document::Document;
use crate::formats::CrsChoice;

/// The dialog that is open.
pub enum Dialog {
    Import(Box<import::ImportDialog>),
    Export(export::ExportDialog),
    /// Files would be replaced that nobody has asked about; `then` replaces them.
    Replace {
        files: Vec<String>,
        then: Box<Command>,
    },
    Print(Box<print::PrintDialog>),
    Quarantine(Box<quarantine::QuarantineDialog>),
    NewWorkspace(workspace::NewWorkspaceDialog),
    /// Something typed is not saved, and `then` would lose it.
    Unsaved {
        then: Box<Command>,
    },
    Settings,
    Shortcuts,
    About,
    Changelog,
}

/// What a dialog may read and change.
pub struct DialogContext<'a> {
    pub document: Option<&'a Document>,
    pub settings: &'a mut Settings,
    pub commands: &'a mut Vec<Command>,
}

impl Dialog {
    pub const fn simple(kind: DialogKind) -> Option<Self> {
        match kind {
            DialogKind::Settings => Some(Self::Settings),
            DialogKind::Shortcuts => Some(Self::Shortcuts),
            DialogKind::About => Some(Self::About),
            DialogKind::Changelog => Some(Self::Changelog),
            DialogKind::NewWorkspace | DialogKind::Export | DialogKind::Print => None,
        }
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        match self {
            Self::Import(dialog) => dialog.ui(ctx, context),
            Self::Export(dialog) => dialog.ui(ctx, context),
            Self::Replace { files, then } => export::replace_ui(ctx, files, then, context),
            Self::Print(dialog) => dialog.ui(ctx, context),
            Self::Quarantine(dialog) => dialog.ui(ctx, context),
            Self::NewWorkspace(dialog) => dialog.ui(ctx, context),
            Self::Unsaved { then } => workspace::unsaved_ui(ctx, then, context),
            Self::Settings => settings::ui(ctx, context),
            Self::Shortcuts => help::shortcuts_ui(ctx, context),
            Self::About => help::about_ui(ctx, context),
            Self::Changelog => help::changelog_ui(ctx, context),
        }
    }
}

/// The frame all dialogs share: title, content, and a cross that closes.
pub fn frame(
    ctx: &Context,
    title: &str,
    width: f32,
    commands: &mut Vec<Command>,
    content: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    let tokens = theme::tokens(ctx.global_style().visuals.dark_mode);
    let response = Modal::new(Id::unique(("dialog", title)))
        .backdrop_color(tokens.backdrop)
        .frame(
            egui::Frame::popup(&ctx.global_style())
                .corner_radius(theme::size::RADIUS_LARGE)
                .inner_margin(egui::Margin::same(20)),
        )
        .show(ctx, |ui| {
            ui.set_width(width);
            ui.horizontal(|ui| {
                ui.label(RichText::new(title).size(text::TITLE + 1.0).strong());
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if widgets::icon_button(ui, icons::ICON_CLOSE, "关闭对话框").clicked() {
                        commands.push(Command::CloseDialog);
                    }
                });
            });
            ui.add_space(space::S);
            content(ui, commands);
        });
    // A click beside the dialog must not throw away what was chosen in it: only Esc and the buttons close.
    let escaped = response.is_top_modal
        && !response.any_popup_open
        && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
    if escaped {
        commands.push(Command::CloseDialog);
    }
}

/// The buttons at a dialog's foot, on the right, the main one last read and first pressed.
pub fn footer(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), content);
    });
}

/// A form's row: its label in a fixed column, then the field.
pub fn form_row(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::size::CONTROL + 2.0);
        widgets::row_label(ui, label, theme::size::LABEL_WIDTH, theme::size::CONTROL);
        content(ui);
    });
}

/// A one-line field with its name.
pub fn text_field(ui: &mut Ui, name: &str, value: &mut String, hint: &str) -> egui::Response {
    widgets::search_field(ui, value, name, hint, ui.available_width() - space::L)
}

/// Automatic, and the systems a bureau here delivers in; any other is found from the file itself.
fn usual_crs_choices() -> Vec<CrsChoice> {
    const CODES: [u32; 10] = [4490, 4326, 4523, 4544, 4522, 4543, 4496, 4507, 4508, 3857];
    let fixed = CODES.into_iter().filter_map(Crs::from_epsg);
    (std::iter::once(CrsChoice::Auto))
        .chain(fixed.map(CrsChoice::Fixed))
        .collect()
}

/// A drop-down list over `choices`; `true` where the choice changed.
pub fn choice<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    chosen: &mut T,
    choices: &[T],
    label: impl Fn(&T) -> String,
) -> bool {
    let before = chosen.clone();
    // A long choice is cut off at the width, not at the end of the row.
    let room = egui::vec2(width.min(ui.available_width()), theme::size::CONTROL);
    let layout = Layout::left_to_right(Align::Center);
    let response = ui
        .allocate_ui_with_layout(room, layout, |ui| {
            combo(ui, name, width, chosen, choices, label)
        })
        .inner;
    widgets::named(response, egui::Role::ComboBox, name);
    *chosen != before
}

fn combo<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    chosen: &mut T,
    choices: &[T],
    label: impl Fn(&T) -> String,
) -> egui::Response {
    egui::ComboBox::from_id_salt(("choice", name))
        .selected_text(label(chosen))
        .width(width)
        .icon(widgets::chevron)
        .truncate()
        .show_ui(ui, |ui| {
            for choice in choices {
                ui.selectable_value(chosen, choice.clone(), label(choice));
            }
        })
        .response
}
