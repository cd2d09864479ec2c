//! Rules about the source itself that neither rustc nor clippy can check.

use std::fs;
use std::path::{Path, PathBuf};

/// Which top-level module may use which. This table *is* the architecture.
const MAY_USE: &[(&str, &[&str])] = &[
    ("crs", &[]),
    ("jobs", &[]),
    ("model", &["crs"]),
    ("plan", &["crs", "model"]),
    ("analysis", &["crs", "jobs", "model"]),
    ("formats", &["analysis", "crs", "jobs", "model"]),
    // Storing a large layer takes long enough to be watched and cancelled.
    ("store", &["crs", "jobs", "model", "plan"]),
    (
        "document",
        &[
            "analysis", "crs", "formats", "jobs", "model", "plan", "store",
        ],
    ),
    (
        "exchange",
        &[
            "crs", "document", "formats", "jobs", "model", "plan", "store",
        ],
    ),
    ("drawing", &["scene", "store"]),
    ("search", &["crs", "model"]),
    ("scene", &["crs", "model"]),
    ("sheet", &["crs", "model", "scene"]),
    (
        "cli",
        &[
            "analysis", "crs", "document", "drawing", "exchange", "formats", "jobs", "model",
            "plan", "scene", "search", "sheet", "store",
        ],
    ),
    (
        "app",
        &[
            "analysis", "crs", "document", "drawing", "exchange", "formats", "jobs", "model",
            "plan", "scene", "search", "sheet", "store",
        ],
    ),
];

/// Words that may stand in the code of one place only, and where.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("walkers::", &["src/app/map_view"]),
    ("egui::", &["src/app", "src/main.rs"]),
    ("rusqlite::", &["src/store"]),
    ("krilla::", &["src/scene/pdf", "src/sheet"]),
    (
        "Color32::from_",
        &["src/app/theme", "src/app/map_view/painter"],
    ),
    ("std::net", &["src/app/map_view/basemap"]),
];

/// Modules whose functions cannot fail for an outside reason.
const PURE: &[&str] = &["crs", "model", "analysis", "scene", "search", "plan"];

/// Longest source file allowed: past this, split it.
const MAX_LINES: usize = 600;

#[test]
fn modules_only_use_the_layers_below() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module_of(&path)) else {
            continue; // lib.rs, main.rs and bin/ see everything.
        };
        for (index, line) in code_lines(&text) {
            for used in line.split("crate::").skip(1) {
                let used: String = used
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if !used.is_empty() && used != module_of(&path) && !allowed.contains(&used.as_str())
                {
                    broken.push(format!(
                        "{}:{}: uses crate::{used}",
                        path.display(),
                        index + 1
                    ));
                }
            }
        }
    }
    assert!(broken.is_empty(), "layering broken:\n{}", broken.join("\n"));
}

#[test]
fn every_module_is_in_the_table() {
    for (path, _) in sources() {
        let module = module_of(&path);
        assert!(
            matches!(module.as_str(), "lib" | "main" | "bin")
                || MAY_USE.iter().any(|(name, _)| *name == module),
            "{module} is not in MAY_USE"
        );
    }
}

#[test]
fn each_toolkit_stays_in_its_place() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        for (index, line) in code_lines(&text) {
            for (word, places) in ONLY_IN {
                let at_home = places.iter().any(|place| unix(&path).starts_with(place));
                if !at_home && line.contains(word) {
                    broken.push(format!("{}:{}: {word}", path.display(), index + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "out of place:\n{}", broken.join("\n"));
}

#[test]
fn pure_modules_do_no_input_or_output() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        if !PURE.contains(&module_of(&path).as_str()) {
            continue;
        }
        for (index, line) in code_lines(before_tests(&text)) {
            if ["std::fs", "std::net", "std::process", "std::env"]
                .iter()
                .any(|word| line.contains(word))
            {
                broken.push(format!("{}:{}", path.display(), index + 1));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "I/O in a pure module:\n{}",
        broken.join("\n")
    );
}

#[test]
fn files_are_short_enough_to_read_and_say_why_they_exist() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            broken.push(format!("{} has {lines} lines", path.display()));
        }
        if !text.starts_with("//!") {
            broken.push(format!("{} does not open with //!", path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn module_of(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().iter().next().unwrap();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn unix(path: &Path) -> String {
    path.to_str().unwrap().replace('\\', "/")
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![PathBuf::from("src")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}
