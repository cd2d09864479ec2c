//! The console program: the same jobs as the window's, for scripts and for people without a screen.

use std::process::ExitCode;

fn main() -> ExitCode {
    env_logger::init();
    redline_atlas::cli::run(std::env::args_os())
}
