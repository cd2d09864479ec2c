//! The bar at the top: files, undo, search, base map, looks, help.

use std::path::Path;

use egui::{Align, Layout, RichText, Ui};
use egui_material_icons::icons;

use super::search_box::SearchBox;
use crate::app::command::{Command, DialogKind};
use crate::app::map_view::BasemapSource;
use crate::app::settings::{Settings, ThemeChoice};
use crate::app::theme::{self, space, text};
use crate::app::widgets;
use crate::document::Document;

pub fn ui(
    ui: &mut Ui,
    document: Option<&Document>,
    settings: &mut Settings,
    search: &mut SearchBox,
    commands: &mut Vec<Command>,
) {
    ui.horizontal_centered(|ui| {
        // The bar's menus look like its buttons: no frame until they are pointed at.
        egui::containers::menu::menu_style(ui.style_mut());
        ui.spacing_mut().button_padding = egui::vec2(space::S, space::XS);
        ui.spacing_mut().item_spacing.x = 2.0;
        files_ui(ui, document, settings, commands);
        divider_ui(ui);
        undo_ui(ui, document, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            help_ui(ui, commands);
            view_ui(ui, settings, commands);
            basemap_ui(ui, settings, commands);
            ui.add_space(space::S);
            if let Some(document) = document {
                let width = (ui.available_width() - space::L).clamp(120.0, 300.0);
                search.ui(ui, document, width, commands);
            }
        });
    });
}

fn divider_ui(ui: &mut Ui) {
    ui.add_space(space::XS);
    let (rect, _) = ui.allocate_exact_size(egui::vec2(1.0, 20.0), egui::Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme::of(ui).border);
    ui.add_space(space::XS);
}

fn files_ui(
    ui: &mut Ui,
    document: Option<&Document>,
    settings: &Settings,
    commands: &mut Vec<Command>,
) {
    let open = ui.menu_button(
        (
            icons::ICON_FOLDER_OPEN.rich_text().size(text::ICON),
            "工作区",
        ),
        |ui| {
            if menu_item(ui, "打开工作区…", "Ctrl+O") {
                commands.push(Command::ChooseWorkspace);
            }
            if menu_item(ui, "新建工作区…", "Ctrl+N") {
                commands.push(Command::OpenDialog(DialogKind::NewWorkspace));
            }
            if menu_item(ui, "打开默认工作区", "") {
                commands.push(Command::OpenDefaultWorkspace);
            }
            recent_ui(ui, document, settings, commands);
            ui.separator();
            if menu_item(ui, "设置…", "") {
                commands.push(Command::OpenDialog(DialogKind::Settings));
            }
        },
    );
    widgets::named(open.response, egui::Role::Button, "工作区");
    let mut tool = |icon, label: &str, tip: &str, command: Command| {
        let enabled = document.is_some();
        ui.add_enabled_ui(enabled, |ui| {
            if widgets::tool_button(ui, icon, label, tip).clicked() {
                commands.push(command);
            }
        });
    };
    tool(
        icons::ICON_UPLOAD_FILE,
        "导入",
        "导入红线、断面等图层（Ctrl+I），也可把文件拖进窗口",
        Command::ChooseImport,
    );
    tool(
        icons::ICON_DOWNLOAD,
        "导出",
        "导出图层、台账或修改历史",
        Command::OpenDialog(DialogKind::Export),
    );
    tool(
        icons::ICON_PRINT,
        "打印位置图",
        "所选项目或当前范围的位置图（Ctrl+P）",
        Command::OpenDialog(DialogKind::Print),
    );
}

fn recent_ui(
    ui: &mut Ui,
    document: Option<&Document>,
    settings: &Settings,
    commands: &mut Vec<Command>,
) {
    let current = document.map(Document::path);
    let recent: Vec<&Path> = settings
        .recent_workspaces
        .iter()
        .map(std::path::PathBuf::as_path)
        .filter(|path| Some(*path) != current)
        .collect();
    if recent.is_empty() {
        return;
    }
    ui.separator();
    ui.label(RichText::new("最近打开").small().weak());
    for path in recent {
        let name = path
            .file_name()
            .unwrap_or(path.as_os_str())
            .to_string_lossy();
        let response = ui
            .add(egui::Button::new(name.as_ref()).truncate())
            .on_hover_text(path.display().to_string());
        if response.clicked() {
            commands.push(Command::OpenWorkspace(path.to_owned()));
        }
    }
}

fn undo_ui(ui: &mut Ui, document: Option<&Document>, commands: &mut Vec<Command>) {
    let undo = document.and_then(Document::undo_label);
    let redo = document.and_then(Document::redo_label);
    for (icon, name, keys, label, command) in [
        (icons::ICON_UNDO, "撤销", "Ctrl+Z", undo, Command::Undo),
        (icons::ICON_REDO, "重做", "Ctrl+Y", redo, Command::Redo),
    ] {
        ui.add_enabled_ui(label.is_some(), |ui| {
            let response = widgets::icon_button(ui, icon, name);
            let response = match label {
                Some(label) => response.on_hover_text(format!("{label}（{keys}）")),
                None => response,
            };
            if response.clicked() {
                commands.push(command);
            }
        });
    }
}

fn basemap_ui(ui: &mut Ui, settings: &mut Settings, commands: &mut Vec<Command>) {
    let menu = ui.menu_button(
        (icons::ICON_MAP.rich_text().size(text::ICON), "底图"),
        |ui| {
            for source in BasemapSource::ALL {
                ui.radio_value(&mut settings.basemap.source, source, source.label());
            }
            ui.separator();
            ui.checkbox(&mut settings.basemap.labels, "天地图注记");
            if settings.basemap.source.needs_key()
                && settings.basemap.tianditu_key.trim().is_empty()
            {
                let color = theme::of(ui).warning;
                ui.label(RichText::new("天地图需要密钥").small().color(color));
            }
            if ui.button("填写密钥…").clicked() {
                commands.push(Command::OpenDialog(DialogKind::Settings));
            }
        },
    );
    widgets::named(menu.response, egui::Role::Button, "底图");
}

fn view_ui(ui: &mut Ui, settings: &mut Settings, commands: &mut Vec<Command>) {
    let menu = ui.menu_button(
        (
            icons::ICON_VIEW_SIDEBAR.rich_text().size(text::ICON),
            "视图",
        ),
        |ui| {
            if menu_item(ui, "全区", "Home") {
                commands.push(Command::ZoomHome);
            }
            ui.separator();
            ui.checkbox(&mut settings.show_layers_panel, "图层");
            ui.checkbox(&mut settings.show_details_panel, "详细信息");
            ui.checkbox(&mut settings.show_ledger_panel, "项目台账");
            ui.separator();
            for choice in ThemeChoice::ALL {
                ui.radio_value(&mut settings.theme, choice, choice.label());
            }
        },
    );
    widgets::named(menu.response, egui::Role::Button, "视图");
    let dark = ui.visuals().dark_mode;
    let (icon, name) = if dark {
        (icons::ICON_LIGHT_MODE, "切换到浅色")
    } else {
        (icons::ICON_DARK_MODE, "切换到深色")
    };
    if widgets::icon_button(ui, icon, name).clicked() {
        settings.theme = if dark {
            ThemeChoice::Light
        } else {
            ThemeChoice::Dark
        };
    }
}

fn help_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    let menu = ui.menu_button(
        (icons::ICON_HELP.rich_text().size(text::ICON), "帮助"),
        |ui| {
            for (label, keys, kind) in [
                ("快捷键", "F1", DialogKind::Shortcuts),
                ("更新日志", "", DialogKind::Changelog),
                ("关于", "", DialogKind::About),
            ] {
                if menu_item(ui, label, keys) {
                    commands.push(Command::OpenDialog(kind));
                }
            }
        },
    );
    widgets::named(menu.response, egui::Role::Button, "帮助");
}

/// A menu's line with its keys on the right.
fn menu_item(ui: &mut Ui, label: &str, keys: &str) -> bool {
    let button = egui::Button::new(label);
    let button = if keys.is_empty() {
        button
    } else {
        button.shortcut_text(keys.to_owned())
    };
    let response = ui.add(button);
    widgets::named(response, egui::Role::Button, label).clicked()
}
