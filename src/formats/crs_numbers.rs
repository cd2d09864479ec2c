//! Which systems numbers can be in: by their size, their zone prefix and where they come to lie.
//!
//! The zone comes from the data, never from an assumption. Must not know what any file declares.

use geo::Coord;

use crate::crs::{Crs, Extent, LonLat, Transform, ZoneWidth, grouped};

/// What is taken for a position in China.
pub(super) const CHINA: Extent = Extent {
    west: 73.0,
    south: 3.0,
    east: 136.0,
    north: 54.0,
};

/// Eastings without their zone lie this far from the central meridian at most (300 km at the equator for
/// a six-degree zone, plus overlap).
const PLAIN_EASTING: std::ops::Range<f64> = 100_000.0..900_000.0;

/// Northings of China.
const NORTHING: std::ops::Range<f64> = 300_000.0..6_000_000.0;

/// China in Web Mercator.
const MERCATOR_EASTING: std::ops::Range<f64> = 8_000_000.0..15_200_000.0;
const MERCATOR_NORTHING: std::ops::Range<f64> = 300_000.0..7_300_000.0;

/// The district's own zone, for plain eastings when nobody said where the district is.
const DISTRICT_ZONE: u8 = 35;

/// A Gauss–Krüger coordinate further from its meridian than this is not one.
const MAX_FROM_MERIDIAN_M: f64 = 1_000_000.0;

/// A system that the numbers can be in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) crs: Crs,
    /// x holds the northing (or latitude).
    pub(super) swapped: bool,
    /// How far from the district the middle of the layer comes to lie; 0 where nobody said where it is.
    pub(super) from_district_deg: f64,
}

/// All systems the numbers can be in, the one that lands nearest to the district first.
pub(super) fn readings(middle: Coord<f64>, district: Option<Extent>) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    for swapped in [false, true] {
        let at = if swapped { swap(middle) } else { middle };
        for crs in systems(at, district) {
            let Some(place) = lands(crs, at).filter(|place| CHINA.contains(*place)) else {
                continue;
            };
            let known = |reading: &Reading| reading.crs == crs && reading.swapped == swapped;
            if !readings.iter().any(known) {
                readings.push(Reading {
                    crs,
                    swapped,
                    from_district_deg: district
                        .map_or(0.0, |district| degrees_between(place, district)),
                });
            }
        }
    }
    // Of those equally near the first is the likeliest, so the order among them is kept. A grid of
    // receivers comes last: its numbers are those of the official grid, 1 km aside.
    let is_utm = |reading: &Reading| matches!(reading.crs, Crs::Utm { .. });
    readings.sort_by(|a, b| {
        (is_utm(a), a.from_district_deg)
            .partial_cmp(&(is_utm(b), b.from_district_deg))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    readings
}

/// The systems whose numbers look like this, the likeliest first.
fn systems(at: Coord<f64>, district: Option<Extent>) -> Vec<Crs> {
    let mut systems = Vec::new();
    if is_degrees(at) {
        systems.push(Crs::Cgcs2000);
        return systems;
    }
    if NORTHING.contains(&at.y) {
        let millions = (at.x / 1e6).floor();
        let plain = at.x - millions * 1e6;
        if PLAIN_EASTING.contains(&plain) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a float beyond u8 saturates, and 255 is no zone"
            )]
            let zone = millions as u8;
            for width in [ZoneWidth::Three, ZoneWidth::Six] {
                systems.extend(Crs::gauss_kruger(width, zone, true));
            }
        }
    }
    if MERCATOR_EASTING.contains(&at.x) && MERCATOR_NORTHING.contains(&at.y) {
        systems.push(Crs::WebMercator);
    }
    if NORTHING.contains(&at.y) && PLAIN_EASTING.contains(&at.x) {
        // Six-degree meridians are three-degree meridians too, so the three-degree zones are all there is.
        match district {
            None => systems.extend(Crs::gauss_kruger(ZoneWidth::Three, DISTRICT_ZONE, false)),
            Some(district) => {
                // The district's own zone first: it wins where another lands equally near.
                systems.push(Crs::three_degree_zone_at(district.center().lon));
                systems.extend(
                    (25..=45).filter_map(|zone| Crs::gauss_kruger(ZoneWidth::Three, zone, false)),
                );
                systems.extend([47, 48].into_iter().filter_map(Crs::utm));
            }
        }
    }
    systems
}

/// What in the numbers speaks for a reading, as a clause.
pub(super) fn evidence(reading: Reading, middle: Coord<f64>, district: Option<Extent>) -> String {
    let at = if reading.swapped {
        swap(middle)
    } else {
        middle
    };
    let evidence = match reading.crs {
        Crs::Cgcs2000 | Crs::Wgs84 => "数值在我国经纬度范围内".to_owned(),
        Crs::WebMercator => format!("东坐标 {} 在 Web 墨卡托范围内", grouped(at.x)),
        Crs::GaussKruger {
            zone,
            prefixed: true,
            ..
        } => format!("东坐标 {} 带 {zone} 带号", grouped(at.x)),
        Crs::GaussKruger { zone, .. } if reading.from_district_deg > 0.0 => format!(
            "东坐标 {} 不带带号，也可能是 3°带第 {zone} 带",
            grouped(at.x)
        ),
        Crs::GaussKruger { zone, .. } if district.is_some() => format!(
            "东坐标 {} 不带带号，按 3°带第 {zone} 带离本区最近",
            grouped(at.x)
        ),
        Crs::GaussKruger { zone, .. } => format!(
            "东坐标 {} 不带带号，按本区所在的 3°带第 {zone} 带",
            grouped(at.x)
        ),
        Crs::Utm { zone } => format!(
            "东坐标 {} 不带带号，也可能是手持 GPS 的 UTM 第 {zone} 带",
            grouped(at.x)
        ),
    };
    let order = if reading.swapped {
        "，且按北、东顺序排列，已对调"
    } else {
        ""
    };
    format!("{evidence}{order}")
}

/// Could this coordinate be in this system?
pub(super) fn fits(crs: Crs, at: Coord<f64>) -> bool {
    if crs.is_geographic() {
        return is_degrees(at);
    }
    if crs.false_easting_m().is_some() {
        return near_meridian(crs, at)
            && has_its_prefix(crs, at)
            && lands(crs, at).is_some_and(|at| CHINA.grown(0.1).contains(at));
    }
    // A position in degrees is a place in the Gulf of Guinea in Web Mercator.
    lands(crs, at).is_some() && !is_degrees(at)
}

/// Far from its meridian a Gauss–Krüger coordinate still has an inverse, but a meaningless one.
pub(super) fn near_meridian(crs: Crs, at: Coord<f64>) -> bool {
    crs.false_easting_m().is_none_or(|false_easting| {
        (at.x - false_easting).abs() < MAX_FROM_MERIDIAN_M && (0.0..10_000_000.0).contains(&at.y)
    })
}

/// Another zone's number before the easting tells that it is another zone.
fn has_its_prefix(crs: Crs, at: Coord<f64>) -> bool {
    let from = |zone: u8| (at.x - f64::from(zone) * 1e6) / 1e6;
    match crs {
        Crs::GaussKruger {
            zone,
            prefixed: true,
            ..
        } => (0.0..1.0).contains(&from(zone)),
        // Far west of its meridian a plain easting is negative.
        Crs::GaussKruger { .. } | Crs::Utm { .. } => from(0) < 1.0,
        _ => true,
    }
}

fn lands(crs: Crs, at: Coord<f64>) -> Option<LonLat> {
    Transform::new(crs).ok()?.to_lon_lat(at.x, at.y).ok()
}

pub(super) fn is_degrees(at: Coord<f64>) -> bool {
    at.x.abs() <= 180.0 && at.y.abs() <= 90.0
}

pub(super) const fn swap(at: Coord<f64>) -> Coord<f64> {
    Coord { x: at.y, y: at.x }
}

/// One stray feature must not decide for all.
pub(super) fn median(samples: &[Coord<f64>]) -> Option<Coord<f64>> {
    let middle = |of: fn(&Coord<f64>) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        let at = values.len() / 2;
        (at < values.len()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
    };
    Some(Coord {
        x: middle(|at| at.x)?,
        y: middle(|at| at.y)?,
    })
}

fn degrees_between(place: LonLat, extent: Extent) -> f64 {
    let beyond = |value: f64, low: f64, high: f64| (low - value).max(value - high).max(0.0);
    let east = beyond(place.lon, extent.west, extent.east) * place.lat.to_radians().cos();
    east.hypot(beyond(place.lat, extent.south, extent.north))
}
