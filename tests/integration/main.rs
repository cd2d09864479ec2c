//! Everything but the window, through public doors: one binary, linked once.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]

mod console;
mod demo_red_line;
mod document;
mod export;
mod import;
mod import_cases;
mod import_table;
mod import_txt;
mod plan_data;
mod plan_places;
mod scene;
mod sheet;
mod tidy;
mod workspace;
