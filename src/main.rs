//! The window program: arguments, log, panic message, then the window.

// No console window beside ours; in a debug build it is wanted.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use redline_atlas::app::{App, TITLE};

const APP_ID: &str = "redline-atlas";

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(sentence) => {
            tell(&sentence);
            return ExitCode::from(2);
        }
    };
    start_log();
    say_when_panicking();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            log::error!("{err}");
            tell(
                "窗口无法启动：找不到可用的图形适配器，或者没有图形桌面。\n请更新显卡驱动，或在有桌面的会话中运行；命令行程序 redline 不需要图形界面。\n详细信息记录在数据文件夹的 redline-atlas.log 中。",
            );
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), eframe::Error> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(TITLE)
            .with_app_id(APP_ID)
            .with_inner_size([1280.0, 720.0])
            .with_maximized(true)
            .with_min_inner_size([1024.0, 640.0])
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Wgpu,
        persist_window: true,
        ..Default::default()
    };
    eframe::run_native(
        APP_ID,
        options,
        Box::new(|cc| {
            let mut app = App::new(cc, arguments.workspace);
            if let Some(path) = arguments.frame_log {
                app.log_frames(&path)?;
            }
            Ok(Box::new(app))
        }),
    )
}

/// `redline-atlas`, `redline-atlas FILE`, `redline-atlas --workspace FILE`; for measuring also
/// `--frame-log FILE`: milliseconds of each frame.
#[derive(Debug, Default, PartialEq)]
struct Arguments {
    workspace: Option<PathBuf>,
    frame_log: Option<PathBuf>,
}

impl Arguments {
    fn read(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, String> {
        const USAGE: &str = "用法：redline-atlas [--workspace] [工作区.gpkg] [--frame-log 文件]";
        let mut read = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (into, value) = match argument.to_str() {
                Some("--frame-log") => (&mut read.frame_log, arguments.next()),
                Some("--workspace") => (&mut read.workspace, arguments.next()),
                Some(option) if option.starts_with("--") => return Err(USAGE.to_owned()),
                _ => (&mut read.workspace, Some(argument)),
            };
            if into.is_some() {
                return Err(USAGE.to_owned());
            }
            *into = Some(PathBuf::from(value.ok_or(USAGE)?));
        }
        Ok(read)
    }
}

/// To a file in the user's data folder: a window program has no other place to say things.
fn start_log() {
    let mut builder = env_logger::Builder::from_env(
        env_logger::Env::default().default_filter_or("warn,redline_atlas=info"),
    );
    let file = directories::ProjectDirs::from("", "", APP_ID).and_then(|dirs| {
        let folder = dirs.data_local_dir();
        std::fs::create_dir_all(folder).ok()?;
        File::create(folder.join("redline-atlas.log")).ok()
    });
    // Without a file the log goes to stderr: better than none.
    if let Some(file) = file {
        builder.target(env_logger::Target::Pipe(Box::new(file)));
    }
    builder.init();
}

/// A panic is a fault of ours: it is logged and said. Panics of jobs are only logged: the job says it.
fn say_when_panicking() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        usual(info);
        log::error!("panic: {info}");
        if std::thread::current().name() == Some("main") {
            tell(
                "程序内部出错，需要关闭。已保存的内容都在工作区中。\n详细信息记录在数据文件夹的 redline-atlas.log 中。",
            );
        }
    }));
}

/// On stderr for whoever started us from a console, and in a box for everyone else.
fn tell(sentence: &str) {
    // Nobody may be listening; the box says it as well.
    writeln!(std::io::stderr(), "{sentence}").ok();
    let has_desktop = cfg!(windows)
        || std::env::var_os("DISPLAY").is_some()
        || std::env::var_os("WAYLAND_DISPLAY").is_some();
    if has_desktop {
        rfd::MessageDialog::new()
            .set_level(rfd::MessageLevel::Error)
            .set_title(TITLE)
            .set_description(sentence)
            .show();
    }
}
