//! The offsets of Chinese internet maps: GCJ-02, and BD-09 upon it.
//!
//! No survey uses them, but coordinates copied from such a map carry them: here some 370 m, and some 900 m
//! with BD-09. Formulas as published by many; good to a few metres in China. Must not know files.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::LonLat;

/// Half axis and squared eccentricity of the ellipsoid the offset was made with.
const AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY_2: f64 = 0.006_693_421_622_965_943;

/// An internet map by its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InternetMap {
    Gcj02,
    Bd09,
}

impl InternetMap {
    pub const ALL: [Self; 2] = [Self::Gcj02, Self::Bd09];

    /// How far off a place may be once the offset is taken back: the published formulas are approximate.
    pub const PRECISION_M: f64 = 10.0;

    pub const fn label(self) -> &'static str {
        match self {
            Self::Gcj02 => "GCJ-02（高德、腾讯地图）",
            Self::Bd09 => "BD-09（百度地图）",
        }
    }

    /// The stable key in JSON and after `--crs`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        }
    }

    /// From the map's place to the true one.
    pub fn taken_back(self, at: LonLat) -> LonLat {
        match self {
            Self::Gcj02 => from_gcj02(at),
            Self::Bd09 => from_bd09(at),
        }
    }
}

/// To GCJ-02.
pub fn to_gcj02(at: LonLat) -> LonLat {
    let (x, y) = (at.lon - 105.0, at.lat - 35.0);
    let waves = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + waves
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + waves
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let lat = at.lat.to_radians();
    let magic = 1.0 - ECCENTRICITY_2 * lat.sin().powi(2);
    let metres_north = AXIS_M * (1.0 - ECCENTRICITY_2) / (magic * magic.sqrt());
    let metres_east = AXIS_M / magic.sqrt() * lat.cos();
    LonLat::new(
        at.lon + (east / metres_east).to_degrees(),
        at.lat + (north / metres_north).to_degrees(),
    )
}

/// To BD-09.
pub fn to_bd09(at: LonLat) -> LonLat {
    let at = to_gcj02(at);
    let waves = PI * 3000.0 / 180.0;
    let radius = at.lon.hypot(at.lat) + 0.000_02 * (at.lat * waves).sin();
    let angle = at.lat.atan2(at.lon) + 0.000_003 * (at.lon * waves).cos();
    LonLat::new(radius * angle.cos() + 0.006_5, radius * angle.sin() + 0.006)
}

/// From GCJ-02, to a centimetre.
pub fn from_gcj02(at: LonLat) -> LonLat {
    inverse(at, to_gcj02)
}

/// From BD-09, to a centimetre.
pub fn from_bd09(at: LonLat) -> LonLat {
    inverse(at, to_bd09)
}

/// The offset hardly changes within its own length, so each step gains three digits.
fn inverse(at: LonLat, forward: fn(LonLat) -> LonLat) -> LonLat {
    let mut guess = at;
    for _ in 0..6 {
        let there = forward(guess);
        guess = LonLat::new(
            guess.lon + at.lon - there.lon,
            guess.lat + at.lat - there.lat,
        );
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESHAN: LonLat = LonLat::new(103.76, 29.56);

    #[test]
    fn the_offset_here_is_what_the_boundary_editions_show() {
        // Measured between editions of the district's boundary: +0.0018…0.0023° east, −0.0025…0.0030° north.
        let moved = to_gcj02(LESHAN);
        assert!((0.001_8..0.002_3).contains(&(moved.lon - LESHAN.lon)));
        assert!((-0.003_0..-0.002_5).contains(&(moved.lat - LESHAN.lat)));
    }

    #[test]
    fn both_offsets_can_be_taken_back() {
        for there_and_back in [from_gcj02(to_gcj02(LESHAN)), from_bd09(to_bd09(LESHAN))] {
            assert!((there_and_back.lon - LESHAN.lon).abs() < 1e-8);
            assert!((there_and_back.lat - LESHAN.lat).abs() < 1e-8);
        }
    }
}
