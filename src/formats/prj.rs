//! Well-known text of coordinate systems, as it stands in `.prj` files and in a GeoPackage.
//!
//! Must not know the files around it.

use super::crs_detect::{Declared, crs_of_name};

/// What a system's definition says, in the spellings of ESRI and of OGC.
pub(super) fn declared(wkt: &str) -> Declared {
    let wkt = wkt.trim().trim_start_matches('\u{feff}');
    if wkt.is_empty() {
        return Declared::Nothing;
    }
    let name = wkt.split('"').nth(1).unwrap_or(wkt);
    crs_of_name(name).map_or_else(|| Declared::Unknown(name.to_owned()), Declared::Known)
}
