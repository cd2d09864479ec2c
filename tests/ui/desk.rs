//! The whole window in a harness: on the plan's data in memory, or on a workspace in a temporary folder.

use egui::{Theme, Vec2, vec2};
use egui_kittest::{Harness, HarnessBuilder};

use redline_atlas::app::{App, Command, ThemeChoice};
use redline_atlas::document::Document;
use redline_atlas::store::Contents;

/// A planner's laptop.
pub(crate) const LAPTOP: Vec2 = vec2(1366.0, 768.0);

pub(crate) type Desk = Harness<'static, App>;

pub(crate) fn plan_document() -> Document {
    Document::in_memory(Contents::Plan).unwrap()
}

/// The window on the plan's data.
pub(crate) fn open(choice: ThemeChoice) -> Desk {
    open_document(plan_document(), choice)
}

pub(crate) fn open_document(document: Document, choice: ThemeChoice) -> Desk {
    built(Harness::builder(), document, choice)
}

/// The window with a graphics adapter from the start, as eframe gives it. `None`, said plainly, where the
/// machine has none; that is a failure in continuous integration.
pub(crate) fn open_on_card(document: Document, choice: ThemeChoice) -> Option<Desk> {
    let with_card = || Harness::builder().wgpu();
    match std::panic::catch_unwind(with_card) {
        Ok(builder) => Some(built(builder, document, choice)),
        Err(_) if std::env::var_os("CI").is_none() => {
            println!("DID NOT RUN: no graphics adapter");
            None
        }
        Err(why) => std::panic::resume_unwind(why),
    }
}

fn built(builder: HarnessBuilder<App>, document: Document, choice: ThemeChoice) -> Desk {
    let theme = match choice {
        ThemeChoice::Dark => Theme::Dark,
        ThemeChoice::Light | ThemeChoice::System => Theme::Light,
    };
    let mut desk = builder
        .with_size(LAPTOP)
        .with_theme(theme)
        .with_max_steps(16)
        .build_eframe(|cc| {
            let mut app = App::with_document(cc, document);
            app.settings_mut().theme = choice;
            app
        });
    settle(&mut desk);
    desk
}

/// Draw until no job runs and no command waits.
pub(crate) fn settle(desk: &mut Desk) {
    desk.run_steps(4);
    while desk.state().is_busy() {
        std::thread::yield_now();
        desk.step();
    }
    desk.run_steps(2);
}

pub(crate) fn ask(desk: &mut Desk, command: Command) {
    desk.state_mut().push(command);
    settle(desk);
}
