//! What a file's coordinates are taken for, and the way from them to lon/lat.
//!
//! Must not know how it was decided.

use geo::Coord;

use super::crs_numbers::{near_meridian, swap};
use crate::crs::{Crs, InternetMap, Transform};

/// What its coordinates are taken for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) crs: Crs,
    /// x holds the northing (or latitude).
    pub(super) swapped: bool,
    /// The internet map whose offset is taken back.
    pub(super) offset: Option<InternetMap>,
    /// One sentence for the user.
    pub(super) reason: String,
    pub(super) grounds: Grounds,
    /// How far off the places may be, where the system is only approximated.
    pub(super) precision_m: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grounds {
    /// Declared by the file or chosen by the user, or degrees as the standard has it.
    Certain,
    /// Nothing was declared, the numbers decided.
    Numbers,
    /// The numbers contradict what was declared.
    Contradiction,
}

/// A coordinate that the decided system does not hold.
#[derive(Debug)]
pub(super) struct NotThere(pub(super) Coord<f64>);

/// One coordinate of the file to lon/lat.
pub(super) fn to_lon_lat(
    transform: &Transform,
    decision: &Decision,
    at: Coord<f64>,
) -> Result<Coord<f64>, NotThere> {
    let en = if decision.swapped { swap(at) } else { at };
    if !near_meridian(decision.crs, en) {
        return Err(NotThere(at));
    }
    match transform.to_lon_lat(en.x, en.y) {
        Ok(place) if place.lon.is_finite() && place.lat.is_finite() => {
            let place = decision.offset.map_or(place, |map| map.taken_back(place));
            Ok(Coord {
                x: place.lon,
                y: place.lat,
            })
        }
        _ => Err(NotThere(at)),
    }
}
