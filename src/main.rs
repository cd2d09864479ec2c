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
    let workspace = match workspace_argument(std::env::args_os().skip(1)) {
        Ok(workspace) => workspace,
        Err(sentence) => {
            tell(&sentence);
            return ExitCode::from(2);
        }
    };
    start_log();
    say_when_panicking();
    match run(workspace) {
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

fn run(workspace: Option<PathBuf>) -> Result<(), eframe::Error> {
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
        Box::new(|cc| Ok(Box::new(App::new(cc, workspace)))),
    )
}

/// `redline-atlas`, `redline-atlas FILE`, `redline-atlas --workspace FILE`.
fn workspace_argument(
    args: impl IntoIterator<Item = std::ffi::OsString>,
) -> Result<Option<PathBuf>, String> {
    const USAGE: &str = "用法：redline-atlas [--workspace] [工作区.gpkg]";
    let mut args = args.into_iter();
    let Some(first) = args.next() else {
        return Ok(None);
    };
    let path = if first == "--workspace" {
        args.next().ok_or(USAGE)?
    } else if first.to_string_lossy().starts_with("--") {
        return Err(USAGE.to_owned());
    } else {
        first
    };
    match args.next() {
        None => Ok(Some(PathBuf::from(path))),
        Some(_) => Err(USAGE.to_owned()),
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
