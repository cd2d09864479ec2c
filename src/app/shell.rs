//! The layout of the window: bars, panels, map, dialogs, files held over it.

use egui::{
    Align2, CentralPanel, Context, FontId, Frame, Key, KeyboardShortcut, LayerId, Margin,
    Modifiers, Order, Panel, RichText, Ui,
};
use egui_material_icons::icons;

use super::command::{Command, DialogKind};
use super::dialogs::DialogContext;
use super::map_view::MapInput;
use super::panels::{status_line, top_bar};
use super::theme::{self, size, space, text};
use super::{App, widgets};
use crate::document::Document;
use crate::scene::MapStyle;

/// Keys and what they ask for. Undo and redo are left to a text field that has the focus.
const SHORTCUTS: [(Modifiers, Key, Command); 7] = [
    (Modifiers::COMMAND, Key::O, Command::ChooseWorkspace),
    (
        Modifiers::COMMAND,
        Key::N,
        Command::OpenDialog(DialogKind::NewWorkspace),
    ),
    (Modifiers::COMMAND, Key::I, Command::ChooseImport),
    (
        Modifiers::COMMAND,
        Key::P,
        Command::OpenDialog(DialogKind::Print),
    ),
    (Modifiers::COMMAND, Key::F, Command::FocusSearch),
    (
        Modifiers::NONE,
        Key::F1,
        Command::OpenDialog(DialogKind::Shortcuts),
    ),
    (Modifiers::NONE, Key::F5, Command::RefreshDocument),
];

const HISTORY_KEYS: [(Modifiers, Key, Command); 3] = [
    // With Shift first: the plain one would match it as well.
    (
        Modifiers::COMMAND.plus(Modifiers::SHIFT),
        Key::Z,
        Command::Redo,
    ),
    (Modifiers::COMMAND, Key::Z, Command::Undo),
    (Modifiers::COMMAND, Key::Y, Command::Redo),
];

impl App {
    pub(super) fn shortcuts(&mut self, ctx: &Context) {
        if self.session.dialog.is_some() {
            return;
        }
        // Back from another program, which may have written to the workspace.
        let returned = ctx.input(|input| {
            let is_return = |event: &egui::Event| matches!(event, egui::Event::WindowFocused(true));
            input.events.iter().any(is_return)
        });
        if returned {
            self.commands.push(Command::RefreshDocument);
        }
        let focused = ctx.memory(|memory| memory.focused().is_some());
        let pressed = |(modifiers, key, command): (Modifiers, Key, Command)| {
            ctx.input_mut(|input| input.consume_shortcut(&KeyboardShortcut::new(modifiers, key)))
                .then_some(command)
        };
        self.commands
            .extend(SHORTCUTS.into_iter().filter_map(pressed));
        if !focused || !ctx.text_edit_focused() {
            self.commands
                .extend(HISTORY_KEYS.into_iter().filter_map(pressed));
            if ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Home)) {
                self.commands.push(Command::ZoomHome);
            }
        }
    }

    pub(super) fn window_ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        // Esc first leaves what is open or being typed in; egui has done so when we see the key.
        let was_free = self.session.esc_is_free;
        self.session.esc_is_free = self.session.dialog.is_none()
            && !egui::Popup::is_any_open(&ctx)
            && ctx.memory(|memory| memory.focused().is_none());
        let Self {
            document,
            session,
            commands,
            tasks,
            ..
        } = self;
        bar(Panel::top("top bar"), size::TOP_BAR, ui, |ui| {
            top_bar::ui(
                ui,
                document.as_ref(),
                &mut session.settings,
                &mut session.search,
                commands,
            );
        });
        bar(Panel::bottom("status line"), size::STATUS_LINE, ui, |ui| {
            let map = session.map_status.filter(|_| document.is_some());
            status_line::ui(ui, document.as_ref(), map, tasks.jobs.running(), commands);
        });
        if self.document.is_some() {
            self.desk_ui(ui);
        } else {
            CentralPanel::default_margins().show(ui, |ui| self.no_workspace_ui(ui));
        }
        self.dialog_ui(&ctx);
        self.session.notices.ui(&ctx, &mut self.commands);
        self.files_over_window(&ctx);
        if was_free && ctx.input(|input| input.key_pressed(Key::Escape)) {
            self.commands.push(Command::Select(None));
        }
        if !self.commands.is_empty() {
            ctx.request_repaint();
        }
    }

    fn desk_ui(&mut self, ui: &mut Ui) {
        let Self {
            document: Some(document),
            session,
            map,
            commands,
            ..
        } = self
        else {
            return;
        };
        let style = if ui.visuals().dark_mode {
            MapStyle::dark()
        } else {
            MapStyle::light()
        };
        let panel_frame = Frame::new()
            .fill(ui.visuals().panel_fill)
            .inner_margin(Margin::symmetric(12, 8));
        if session.settings.show_details_panel {
            Panel::right("details")
                .default_size(size::DETAILS_PANEL)
                .size_range(280.0..=560.0)
                .frame(panel_frame)
                .show(ui, |ui| {
                    session
                        .details
                        .ui(ui, document, session.selection, &style, commands);
                });
        }
        if session.settings.show_ledger_panel {
            Panel::bottom("ledger")
                .resizable(true)
                .default_size(size::LEDGER_PANEL)
                .size_range(150.0..=520.0)
                .frame(panel_frame.inner_margin(Margin {
                    left: 12,
                    right: 12,
                    top: 4,
                    bottom: 2,
                }))
                .show(ui, |ui| {
                    session.ledger.ui(
                        ui,
                        document,
                        session.selection,
                        &mut session.settings.ledger_sort,
                        &style,
                        commands,
                    );
                });
        }
        if session.settings.show_layers_panel {
            Panel::left("layers")
                .default_size(size::LAYERS_PANEL)
                .size_range(200.0..=420.0)
                .frame(panel_frame)
                .show(ui, |ui| {
                    session
                        .layers
                        .ui(ui, document, &mut session.settings, &style, commands);
                });
        }
        CentralPanel::no_frame().show(ui, |ui| {
            session.map_size = ui.available_size();
            let input = MapInput {
                document,
                selection: session.selection,
                style: &style,
                basemap: &session.settings.basemap,
                show_sites: session.settings.show_sites,
                show_labels: session.settings.show_labels,
            };
            session.map_status = Some(map.ui(ui, &input, commands));
        });
    }

    fn dialog_ui(&mut self, ctx: &Context) {
        let Self {
            document,
            session,
            commands,
            ..
        } = self;
        if let Some(dialog) = &mut session.dialog {
            let mut context = DialogContext {
                document: document.as_ref(),
                settings: &mut session.settings,
                commands,
            };
            dialog.ui(ctx, &mut context);
        }
    }

    /// Before a workspace is open, and where none could be opened: what is wrong and the ways on.
    fn no_workspace_ui(&mut self, ui: &mut Ui) {
        let tokens = theme::of(ui);
        let commands = &mut self.commands;
        ui.vertical_centered(|ui| {
            ui.add_space((ui.available_height() * 0.24).max(space::XL));
            ui.set_max_width(size::DIALOG);
            ui.label(RichText::new(super::TITLE).size(text::HERO).strong());
            ui.add_space(space::L);
            let Some(trouble) = &self.session.trouble else {
                ui.spinner();
                ui.weak("正在打开工作区…");
                return;
            };
            widgets::notice(ui, icons::ICON_ERROR, tokens.danger, &trouble.sentence);
            if let Some(path) = &trouble.path {
                ui.add_space(space::XS);
                ui.label(RichText::new(path.display().to_string()).small().weak());
            }
            ui.add_space(space::M);
            ui.weak("这个文件没有被改动。可以打开另一个工作区，或者新建一个。");
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                if widgets::primary_button(ui, true, "打开其他工作区…").clicked() {
                    commands.push(Command::ChooseWorkspace);
                }
                if widgets::button(ui, "新建工作区…").clicked() {
                    commands.push(Command::OpenDialog(DialogKind::NewWorkspace));
                }
                let again = match &trouble.path {
                    Some(path) => Command::OpenWorkspace(path.clone()),
                    None => Command::OpenDefaultWorkspace,
                };
                if widgets::button(ui, "重试").clicked() {
                    commands.push(again);
                }
                if trouble.path.is_some() && widgets::button(ui, "打开默认工作区").clicked()
                {
                    commands.push(Command::OpenDefaultWorkspace);
                }
            });
        });
    }

    /// Files dragged over the window: a hint while they hover, an import when they are dropped.
    fn files_over_window(&mut self, ctx: &Context) {
        let (hovered, dropped) = ctx.input(|input| {
            let dropped: Vec<_> = input
                .raw
                .dropped_files
                .iter()
                .map(|file| file.path().to_owned())
                .filter(|path| !path.as_os_str().is_empty())
                .collect();
            (!input.raw.hovered_files.is_empty(), dropped)
        });
        if hovered {
            let tokens = theme::tokens(ctx.global_style().visuals.dark_mode);
            let rect = ctx.content_rect();
            let layer = LayerId::new(Order::Foreground, egui::Id::unique("files over window"));
            let painter = ctx.layer_painter(layer);
            painter.rect_filled(rect, 0.0, tokens.backdrop);
            painter.text(
                rect.center(),
                Align2::CENTER_CENTER,
                "松开以导入；.gpkg 文件将作为工作区打开",
                FontId::proportional(text::HERO),
                egui::Color32::WHITE,
            );
        }
        if !dropped.is_empty() {
            self.commands.push(Command::BeginImport(dropped));
        }
    }

    /// The part of the world the map shows, if it was shown.
    pub(super) fn map_extent(&self) -> Option<crate::crs::Extent> {
        use crate::crs::{Extent, LonLat, World, lon_lat_from_world, world_from_lon_lat};
        let camera = self.map.camera()?;
        let center = world_from_lon_lat(LonLat::new(camera.lon, camera.lat));
        let world_of = |points: f32| f64::from(points) / 2.0 / (256.0 * camera.zoom.exp2());
        let (dx, dy) = (
            world_of(self.session.map_size.x),
            world_of(self.session.map_size.y),
        );
        let corner = |dx: f64, dy: f64| {
            lon_lat_from_world(World {
                x: center.x + dx,
                y: center.y + dy,
            })
        };
        let (north_west, south_east) = (corner(-dx, -dy), corner(dx, dy));
        Some(Extent {
            west: north_west.lon,
            south: south_east.lat,
            east: south_east.lon,
            north: north_west.lat,
        })
    }

    /// The title of the window names the workspace.
    pub(super) fn show_title(ctx: &Context, document: &Document) {
        let name = super::tasks::file_name(document.path());
        let title = format!("{name} - {}", super::TITLE);
        ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
    }
}

/// A bar across the window with its content on one line.
fn bar(panel: Panel, height: f32, ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    panel
        .resizable(false)
        .exact_size(height)
        .frame(
            Frame::new()
                .fill(ui.visuals().panel_fill)
                .inner_margin(Margin::symmetric(8, 0)),
        )
        .show(ui, content);
}
