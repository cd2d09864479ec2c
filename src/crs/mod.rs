//! Coordinate reference systems, and the named spaces a coordinate can live in.
//!
//! Everything stored is CGCS2000 longitude/latitude ([`LonLat`], EPSG:4490, degrees, `f64`).
//! [`Crs`] names the system a file came in or a sheet is drawn in, [`Transform`] goes there and back.
//! WGS84 is taken as CGCS2000: the two differ by centimetres, far below any map here.
//! Deliberately absent: features, files, guessing a CRS from numbers (`formats` does that).

mod authalic;
mod digits;
mod extent;
mod gcj02;
mod measure;
mod mercator;
mod system;
mod transform;

pub use authalic::{authalic_area_m2, polygon_area_m2};
pub use digits::grouped;
pub use extent::Extent;
pub use gcj02::{InternetMap, from_bd09, from_gcj02, to_bd09, to_gcj02};
pub use measure::{geodesic_area_m2, geodesic_length_m};
pub use mercator::{World, lon_lat_from_world, world_from_lon_lat, world_units_per_metre};
pub use system::{Crs, ZoneWidth};
pub use transform::{Transform, TransformError};

use serde::{Deserialize, Serialize};

/// A position in degrees on CGCS2000: what every layer and site stores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LonLat {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

impl LonLat {
    /// From degrees east and north, in this order.
    pub const fn new(lon: f64, lat: f64) -> Self {
        Self { lon, lat }
    }

    /// Degrees, minutes and seconds as Chinese offices write them: `103°45′36.00″E 29°33′36.00″N`.
    pub fn to_dms(self) -> String {
        format!(
            "{}{} {}{}",
            dms(self.lon.abs()),
            if self.lon < 0.0 { 'W' } else { 'E' },
            dms(self.lat.abs()),
            if self.lat < 0.0 { 'S' } else { 'N' },
        )
    }
}

fn dms(degrees: f64) -> String {
    // Round once, in hundredths of a second, so that 59.999″ never prints as 60.00″.
    let hundredths = (degrees * 360_000.0).round();
    let whole = (hundredths / 360_000.0).floor();
    let minutes = ((hundredths - whole * 360_000.0) / 6_000.0).floor();
    let seconds = (hundredths - whole * 360_000.0 - minutes * 6_000.0) / 100.0;
    format!("{whole}°{minutes:02}′{seconds:05.2}″")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_minutes_seconds_carry_over_instead_of_printing_sixty() {
        let at = LonLat::new(103.999_999_999, 29.56);
        assert_eq!(at.to_dms(), "104°00′00.00″E 29°33′36.00″N");
    }
}
