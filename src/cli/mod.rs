//! The console, `redline`: what was typed becomes calls of the same functions the window uses.
//!
//! Contract: exit 0 done · 1 failed · 2 usage · 3 done, with problems listed. `--json` prints exactly one
//! JSON object on standard output; everything else, and every message, goes to standard error.
//! Deliberately absent: egui, and any work of its own.

mod args;
mod exchange;
mod ledger;
mod output;
mod overlap;
mod paper;
mod quarantine;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use crate::document::Document;
use args::{Cli, CliCommand};
use output::Output;

/// How a command ended when it did not fail.
enum Outcome {
    Done,
    /// Done, and something the user should look at was listed.
    WithProblems,
}

/// Why a command ended without doing its work.
enum Failure {
    /// The words of the command are off: exit 2.
    Usage(String),
    /// Anything else, as one Chinese sentence: exit 1.
    Failed(String),
    /// The same, with what the user can choose from, for `--json`.
    Undecided {
        sentence: String,
        choices: serde_json::Value,
    },
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(err: E) -> Self {
        Self::Failed(err.to_string())
    }
}

/// Run one command line, the program's name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let wants_json = args.iter().any(|arg| arg == "--json");
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(err) => return usage(&err, wants_json),
    };
    let output = Output::new(cli.json);
    match dispatch(&cli, &output) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::WithProblems) => ExitCode::from(3),
        Err(Failure::Failed(sentence)) => {
            output.failure(&sentence);
            ExitCode::from(1)
        }
        Err(Failure::Undecided { sentence, choices }) => {
            output.failure_with(&sentence, choices);
            ExitCode::from(1)
        }
        Err(Failure::Usage(sentence)) => {
            output.failure(&sentence);
            ExitCode::from(2)
        }
    }
}

fn dispatch(cli: &Cli, output: &Output) -> Result<Outcome, Failure> {
    let open = || match &cli.workspace {
        Some(path) => Document::open(path),
        None => Document::open_or_create_default(),
    };
    match &cli.command {
        CliCommand::Init { empty } => workspace::init(cli.workspace.as_deref(), *empty, output),
        CliCommand::Info => workspace::info(&open()?, output),
        CliCommand::History { limit } => workspace::history(&open()?, *limit, output),
        CliCommand::Verify => workspace::verify(&open()?, output),
        CliCommand::Import(args) => exchange::import(open, args, output),
        CliCommand::Quarantine { action } => quarantine::run(&mut open()?, action, output),
        CliCommand::Issues => {
            exchange::issues(output);
            Ok(Outcome::Done)
        }
        CliCommand::Export(args) => exchange::export(open, args, output),
        CliCommand::Overlap(args) => overlap::overlap(open, args, output),
        CliCommand::Sites {
            category,
            status,
            search,
        } => ledger::sites(
            &open()?,
            category.as_deref(),
            status.as_deref(),
            search.as_deref(),
            output,
        ),
        CliCommand::Site { id, action } => ledger::site(&mut open()?, *id, action, output),
        CliCommand::Render {
            size,
            bbox,
            out,
            force,
        } => paper::render(&open()?, size, bbox.as_deref(), out, *force, output),
        CliCommand::Sheet(args) => paper::sheet(&open()?, args, output),
    }
}

/// clap speaks English; its help is ours, its errors become a Chinese sentence around its own words.
fn usage(err: &clap::Error, wants_json: bool) -> ExitCode {
    let output = Output::new(wants_json);
    match err.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Output::plain(&err.render().to_string());
            ExitCode::SUCCESS
        }
        kind => {
            let detail = err.render().to_string();
            let first = detail
                .lines()
                .next()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            let reason = match kind {
                ErrorKind::MissingRequiredArgument => "缺少必需的参数",
                ErrorKind::UnknownArgument => "有不认识的参数",
                ErrorKind::InvalidSubcommand => "没有这个命令",
                ErrorKind::MissingSubcommand
                | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "没有写命令",
                ErrorKind::InvalidValue | ErrorKind::ValueValidation => "参数的值不对",
                ErrorKind::ArgumentConflict => "参数互相冲突",
                _ => "命令写法有误",
            };
            output.failure(&format!(
                "{reason}（{first}）。用 redline --help 查看用法。"
            ));
            ExitCode::from(2)
        }
    }
}
