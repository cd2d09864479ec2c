//! Coordinate systems as a `GeoPackage` defines them: EPSG's code, name and well-known text.
//!
//! Deliberately absent: projecting anything.

use rusqlite::{Transaction, params};

use crate::crs::{Crs, ZoneWidth};

const WGS84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]"#;

const CGCS2000: &str = r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4490"]]"#;

const EAST_NORTH: &str = r#"AXIS["Easting",EAST],AXIS["Northing",NORTH]"#;
const NORTH_EAST: &str = r#"AXIS["Northing",NORTH],AXIS["Easting",EAST]"#;

/// The key of a system, which is its EPSG code.
pub(super) fn id(crs: Crs) -> i32 {
    i32::try_from(crs.epsg()).unwrap_or_default()
}

/// Add a system to `gpkg_spatial_ref_sys`, unless it is there.
pub(super) fn define(transaction: &Transaction<'_>, crs: Crs) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?1, ?2, 'EPSG', ?2, ?3, ?4)",
        params![name(crs), id(crs), definition(crs), crs.label()],
    )?;
    Ok(())
}

/// As EPSG has it.
fn name(crs: Crs) -> String {
    match crs {
        Crs::Cgcs2000 => "China Geodetic Coordinate System 2000".to_owned(),
        Crs::Wgs84 => "WGS 84".to_owned(),
        Crs::WebMercator => "WGS 84 / Pseudo-Mercator".to_owned(),
        Crs::Utm { zone } => format!("WGS 84 / UTM zone {zone}N"),
        Crs::GaussKruger {
            width,
            zone,
            prefixed,
        } => {
            let width = match width {
                ZoneWidth::Three => "3-degree ",
                ZoneWidth::Six => "",
            };
            let place = if prefixed {
                format!("zone {zone}")
            } else {
                let meridian = crs.central_meridian_deg().unwrap_or_default();
                format!("CM {meridian}E")
            };
            format!("CGCS2000 / {width}Gauss-Kruger {place}")
        }
    }
}

fn definition(crs: Crs) -> String {
    let name = name(crs);
    let code = crs.epsg();
    match crs {
        Crs::Cgcs2000 => CGCS2000.to_owned(),
        Crs::Wgs84 => WGS84.to_owned(),
        Crs::WebMercator => format!(
            r#"PROJCS["{name}",{WGS84},PROJECTION["Mercator_1SP"],PARAMETER["central_meridian",0],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],{EAST_NORTH},EXTENSION["PROJ4","+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +wktext +no_defs"],AUTHORITY["EPSG","{code}"]]"#
        ),
        Crs::GaussKruger { .. } | Crs::Utm { .. } => {
            let meridian = crs.central_meridian_deg().unwrap_or_default();
            let easting = crs.false_easting_m().unwrap_or_default();
            let (datum, scale, axes) = if matches!(crs, Crs::Utm { .. }) {
                (WGS84, 0.9996, EAST_NORTH)
            } else {
                (CGCS2000, 1.0, NORTH_EAST)
            };
            format!(
                r#"PROJCS["{name}",{datum},PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{meridian}],PARAMETER["scale_factor",{scale}],PARAMETER["false_easting",{easting}],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],{axes},AUTHORITY["EPSG","{code}"]]"#
            )
        }
    }
}
