//! The window: panels read the document and push commands, `apply` alone changes it.
//!
//! A frame: [`eframe::App::logic`] takes in what jobs brought and runs the commands of the last frame,
//! then [`eframe::App::ui`] draws. Deliberately absent: SQL, file formats, map symbology.

mod apply;
pub mod command;
pub mod dialogs;
pub mod fonts;
mod frame_log;
pub mod map_view;
pub mod notify;
pub mod panels;
pub mod settings;
mod shell;
pub mod swatch;
pub mod tasks;
#[cfg(test)]
pub(crate) mod testing;
pub mod theme;
pub mod widgets;

use std::path::PathBuf;

pub use command::{Command, DialogKind, Selection, SheetFormat};
pub use settings::{Settings, ThemeChoice};

use dialogs::Dialog;
use frame_log::FrameLog;
use map_view::{MapStatus, MapView};
use notify::Notices;
use panels::details::DetailsPanel;
use panels::layers::LayersPanel;
use panels::ledger::LedgerPanel;
use panels::search_box::SearchBox;
use tasks::{Tasks, Workspace};

use crate::document::Document;

/// The title of the window.
pub const TITLE: &str = "生态红线一张图";

const SETTINGS_KEY: &str = "settings";

/// The window's state: the open workspace, what the user sees of it, and what is under way.
pub struct App {
    /// `None` until a workspace is open, and where none could be opened.
    document: Option<Document>,
    session: Session,
    map: MapView,
    tasks: Tasks,
    /// Pushed during a frame, run before the next one.
    commands: Vec<Command>,
    frame_log: Option<FrameLog>,
}

/// What panels may change by themselves: nothing of it is in the workspace.
struct Session {
    settings: Settings,
    /// The looks in force, to see when the settings ask for others.
    looks: Option<(ThemeChoice, f32)>,
    selection: Option<Selection>,
    map_status: Option<MapStatus>,
    map_size: egui::Vec2,
    search: SearchBox,
    layers: LayersPanel,
    ledger: LedgerPanel,
    details: DetailsPanel,
    dialog: Option<Dialog>,
    notices: Notices,
    /// Why no workspace is open.
    trouble: Option<Trouble>,
    /// Numbers the readings and sheets asked for.
    next_request: u64,
    /// In the last frame nothing was open or focused that Esc would leave.
    esc_is_free: bool,
    /// The user has agreed to lose what is not saved.
    quitting: bool,
}

/// A workspace that could not be opened.
struct Trouble {
    path: Option<PathBuf>,
    sentence: String,
}

impl App {
    /// Open `workspace`, else the one that was open last, else the user's own.
    pub fn new(cc: &eframe::CreationContext<'_>, workspace: Option<PathBuf>) -> Self {
        let mut app = Self::without_document(cc);
        let last = app
            .session
            .settings
            .last_workspace
            .clone()
            .filter(|path| path.exists());
        let which = workspace
            .or(last)
            .map_or(Workspace::Default, Workspace::Open);
        let started = app.tasks.workspace(which);
        app.report(started);
        app
    }

    /// With a document that is open already.
    pub fn with_document(cc: &eframe::CreationContext<'_>, document: Document) -> Self {
        let mut app = Self::without_document(cc);
        app.document = Some(document);
        app
    }

    fn without_document(cc: &eframe::CreationContext<'_>) -> Self {
        let ctx = &cc.egui_ctx;
        fonts::install(ctx);
        theme::install(ctx);
        let saved = cc
            .storage
            .and_then(|storage| storage.get_string(SETTINGS_KEY));
        let settings = saved.map_or_else(Settings::default, |text| Settings::read(&text));
        let mut map = MapView::new(ctx).with_gpu(cc.wgpu_render_state.as_ref());
        if let Some(camera) = settings.camera {
            map.set_camera(camera);
        }
        let mut app = Self {
            document: None,
            session: Session::new(settings),
            map,
            tasks: Tasks::new(ctx),
            commands: Vec::new(),
            frame_log: None,
        };
        app.session.follow_settings(ctx);
        app
    }

    /// Write what each frame costs to a file, replacing it.
    pub fn log_frames(&mut self, path: &std::path::Path) -> std::io::Result<()> {
        self.frame_log = Some(FrameLog::create(path)?);
        Ok(())
    }

    /// Ask for something, as a panel would.
    pub fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    pub const fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    pub const fn selection(&self) -> Option<Selection> {
        self.session.selection
    }

    /// Is a job under way or a command waiting?
    pub fn is_busy(&self) -> bool {
        self.tasks.is_busy() || !self.commands.is_empty()
    }

    /// The map, to look at.
    pub const fn map(&self) -> &MapView {
        &self.map
    }

    pub const fn settings(&self) -> &Settings {
        &self.session.settings
    }

    pub const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.session.settings
    }

    /// The sentences of the notices on the screen, oldest first.
    pub fn notices(&self) -> impl Iterator<Item = &str> {
        self.session.notices.messages()
    }
}

impl Session {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            looks: None,
            selection: None,
            map_status: None,
            map_size: egui::Vec2::ZERO,
            search: SearchBox::default(),
            layers: LayersPanel::default(),
            ledger: LedgerPanel::default(),
            details: DetailsPanel::default(),
            dialog: None,
            notices: Notices::default(),
            trouble: None,
            next_request: 0,
            esc_is_free: true,
            quitting: false,
        }
    }

    fn follow_settings(&mut self, ctx: &egui::Context) {
        let looks = (self.settings.theme, self.settings.ui_scale);
        if self.looks != Some(looks) {
            self.looks = Some(looks);
            ctx.set_theme(self.settings.theme.preference());
            ctx.set_zoom_factor(self.settings.ui_scale);
        }
    }

    fn new_request(&mut self) -> u64 {
        self.next_request += 1;
        self.next_request
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if let Some(log) = &mut self.frame_log {
            log.begin();
        }
        for outcome in self.tasks.finished() {
            self.take_in(ctx, outcome);
        }
        self.shortcuts(ctx);
        self.close_requested(ctx);
        // A command may push others (an import, then the zoom to it): they run in the same frame.
        while !self.commands.is_empty() {
            for command in std::mem::take(&mut self.commands) {
                self.apply(ctx, command);
            }
        }
        self.session.follow_settings(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.window_ui(ui);
        if let Some(log) = &mut self.frame_log {
            log.end(frame);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.session.settings.camera = self.map.camera();
        storage.set_string(SETTINGS_KEY, self.session.settings.write());
    }

    fn auto_save_interval(&self) -> std::time::Duration {
        std::time::Duration::from_secs(20)
    }
}
