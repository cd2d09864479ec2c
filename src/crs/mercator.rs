//! Web Mercator as a unit square: the plane of the screen, and of nothing that is measured.

use super::LonLat;

/// A position on the Web-Mercator square, `0..1` from the north-west corner, always `f64`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct World {
    pub x: f64,
    pub y: f64,
}

/// Project to the square that base-map tiles are cut from. Spherical, as EPSG:3857 is.
pub fn world_from_lon_lat(at: LonLat) -> World {
    let lat = at.lat.clamp(-85.051_128, 85.051_128).to_radians();
    World {
        x: (at.lon + 180.0) / 360.0,
        y: 0.5 - lat.tan().asinh() / std::f64::consts::TAU,
    }
}

/// Undo [`world_from_lon_lat`].
pub fn lon_lat_from_world(at: World) -> LonLat {
    LonLat {
        lon: at.x * 360.0 - 180.0,
        lat: ((0.5 - at.y) * std::f64::consts::TAU)
            .sinh()
            .atan()
            .to_degrees(),
    }
}

/// How much of the square one metre on the ground takes at this latitude (sphere of 6 378 137 m).
pub fn world_units_per_metre(lat: f64) -> f64 {
    1.0 / (std::f64::consts::TAU * 6_378_137.0 * lat.to_radians().cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn world_and_back_is_within_a_micrometre() {
        let leshan = LonLat::new(103.763_86, 29.562_27);
        let back = lon_lat_from_world(world_from_lon_lat(leshan));
        assert!((back.lon - leshan.lon).abs() < 1e-11);
        assert!((back.lat - leshan.lat).abs() < 1e-11);
    }
}
