//! Everything but the window, through public doors: one binary, linked once.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says plainly what it could not check for want of an outside program"
)]

mod console;
mod demo_red_line;
mod document;
mod export;
mod import;
mod import_boundary_txt;
mod import_cases;
mod import_dxf;
mod import_geopackage;
mod import_kml_gpx;
mod import_shapefile;
mod import_table;
mod import_wounds;
mod plan_data;
mod plan_places;
mod scene;
mod sheet;
mod tidy;
mod workspace;
