//! Judges from outside: GDAL reads our workspaces and writes files for us to read, poppler reads our PDFs.

use std::process::Command;

/// Is a judge installed? Where it is missing, CI fails, and other machines are told what was not checked.
#[expect(
    clippy::print_stdout,
    reason = "a check that did not run has to say so"
)]
pub(crate) fn is_here(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "{program} has to be installed in CI"
        );
        println!("NOT CHECKED: {program} is not installed");
    }
    found
}
