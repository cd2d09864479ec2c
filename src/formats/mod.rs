//! Bytes to layers and back.
//!
//! [`ReadError`] means that a file cannot be read at all. Everything that is merely wrong is an
//! [`crate::model::Issue`] of the [`ReadReport`], and what cannot be imported is kept as [`crate::model::Quarantined`].
//!
//! The steps of reading:
//! 1. `source`: a file, the files beside it, or what is in an archive, as bytes;
//! 2. `detect_format`: which format, by content;
//! 3. one reader a format: `raw` features in the file's own coordinates;
//! 4. `crs_detect`: which system these are;
//! 5. `accept`: to CGCS2000 lon/lat, repaired and checked, or into quarantine;
//! 6. `read` leads through all this, to typed columns and the report.
//!
//! Deliberately absent: the workspace, the plan (its figures come in as options).

mod accept;
mod angle;
mod archive;
mod axes;
mod boundary_header;
mod boundary_parcel;
mod boundary_txt;
mod boundary_txt_write;
mod columns;
mod crs_candidate;
mod crs_decision;
mod crs_declared;
mod crs_detect;
mod crs_file_name;
mod crs_numbers;
mod csv_write;
mod detect_format;
mod dxf;
mod dxf_blocks;
mod dxf_curves;
mod dxf_entity;
mod dxf_text;
mod encoding;
mod error;
mod figure;
mod geojson_feature;
mod geojson_read;
mod geojson_write;
mod geopackage;
mod gpx;
mod heights;
mod issue_log;
mod issue_places;
mod json;
mod kml;
mod kml_geometry;
mod kml_table;
mod kml_write;
mod limits;
mod options;
mod prj;
mod quarantine;
mod quarantine_text;
mod raw;
mod read;
mod report;
mod rings;
mod shapefile;
mod source;
mod table;
mod table_columns;
mod table_csv;
mod table_grid;
mod table_xlsx;
mod text_out;
mod topojson;
mod wkt;
mod wkt_read;
mod wkt_tree;
mod write;
mod write_options;
mod xlsx_write;
mod xml;
pub use crs_candidate::{CrsCandidate, CrsConfidence};
pub use encoding::EncodingChoice;
pub use error::ReadError;
pub use geopackage::ReadGeoPackage;
pub use options::{CrsChoice, ReadOptions};
pub use quarantine::{Aside, Mend, Refused, editable_coordinates, quarantined_geojson, read_again};
pub use read::{apply_roles, read_bytes, read_file};
pub use report::ReadReport;
pub use write::{
    Settled, WriteError, Written, files_of, notes_on, settle, write_bytes, write_layer,
    write_quarantined, write_sites, write_table_csv,
};
pub use write_options::{LayerFormat, TextEncoding, WriteOptions, zone_of};
