//! Everything but the window, through public doors: one binary, linked once.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]

mod console;
mod demo_red_line;
mod document;
mod export;
mod export_formats;
mod import;
mod import_archive;
mod import_boundary_txt;
mod import_bounds;
mod import_cases;
mod import_crs;
mod import_dxf;
mod import_gdal;
mod import_geopackage;
mod import_kml_gpx;
mod import_shapefile;
mod import_table;
mod import_topojson;
mod import_wounds;
mod judge;
mod keeping;
mod kill;
mod overlap;
mod plan_data;
mod plan_places;
mod pyramid;
mod quarantine;
mod round_trip;
mod scene;
mod sheet;
mod tidy;
mod workspace;
