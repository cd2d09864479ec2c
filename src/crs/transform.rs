//! From any [`Crs`] to CGCS2000 lon/lat and back, over proj4rs (which agrees with PROJ to 1 µm).

use proj4rs::Proj;

use super::{Crs, LonLat};

/// Why a coordinate could not be transformed.
#[derive(Debug, thiserror::Error)]
pub enum TransformError {
    /// The projection could not be set up: a fault of ours.
    #[error("坐标系 {crs} 无法初始化：{reason}")]
    SetUp { crs: Crs, reason: String },
    /// Not a number, infinite, or far outside the projection.
    #[error("坐标 ({x}, {y}) 不在坐标系 {crs} 的有效范围内")]
    OutOfRange { crs: Crs, x: f64, y: f64 },
}

/// A way between one [`Crs`] and lon/lat; set it up once, use it for a whole layer.
#[derive(Clone, Debug)]
pub struct Transform {
    crs: Crs,
    /// Geographic and planar side; `None` where the system is lon/lat already.
    projections: Option<(Proj, Proj)>,
}

impl Transform {
    pub fn new(crs: Crs) -> Result<Self, TransformError> {
        let planar = match crs {
            Crs::Cgcs2000 | Crs::Wgs84 => {
                return Ok(Self {
                    crs,
                    projections: None,
                });
            }
            Crs::WebMercator => {
                "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs"
                    .to_owned()
            }
            Crs::GaussKruger { .. } | Crs::Utm { .. } => format!(
                "+proj=tmerc +lat_0=0 +lon_0={} +k={} +x_0={} +y_0=0 +ellps=GRS80 +units=m +no_defs",
                crs.central_meridian_deg().unwrap_or_default(),
                if matches!(crs, Crs::Utm { .. }) { 0.999_6 } else { 1.0 },
                crs.false_easting_m().unwrap_or_default(),
            ),
        };
        let geographic = match crs {
            Crs::WebMercator => "+proj=longlat +a=6378137 +b=6378137 +nadgrids=@null +no_defs",
            _ => "+proj=longlat +ellps=GRS80 +no_defs",
        };
        let set_up = |definition: &str| {
            Proj::from_proj_string(definition).map_err(|err| TransformError::SetUp {
                crs,
                reason: err.to_string(),
            })
        };
        Ok(Self {
            crs,
            projections: Some((set_up(geographic)?, set_up(&planar)?)),
        })
    }

    pub const fn crs(&self) -> Crs {
        self.crs
    }

    /// `x` east and `y` north in the system's own unit (degrees or metres) to lon/lat degrees.
    pub fn to_lon_lat(&self, x: f64, y: f64) -> Result<LonLat, TransformError> {
        let out_of_range = || TransformError::OutOfRange {
            crs: self.crs,
            x,
            y,
        };
        if !x.is_finite() || !y.is_finite() {
            return Err(out_of_range());
        }
        let at = match &self.projections {
            None => LonLat::new(x, y),
            Some((geographic, planar)) => {
                let mut point = (x, y, 0.0);
                if proj4rs::transform::transform(planar, geographic, &mut point).is_err() {
                    return Err(out_of_range());
                }
                LonLat::new(point.0.to_degrees(), point.1.to_degrees())
            }
        };
        let possible = at.lon.abs() <= 180.0 && at.lat.abs() <= 90.0;
        if possible {
            Ok(at)
        } else {
            Err(out_of_range())
        }
    }

    /// Lon/lat degrees to `(x east, y north)` in the system's own unit.
    pub fn from_lon_lat(&self, at: LonLat) -> Result<(f64, f64), TransformError> {
        let out_of_range = || TransformError::OutOfRange {
            crs: self.crs,
            x: at.lon,
            y: at.lat,
        };
        if !at.lon.is_finite() || !at.lat.is_finite() {
            return Err(out_of_range());
        }
        let Some((geographic, planar)) = &self.projections else {
            return Ok((at.lon, at.lat));
        };
        let mut point = (at.lon.to_radians(), at.lat.to_radians(), 0.0);
        if proj4rs::transform::transform(geographic, planar, &mut point).is_err() {
            return Err(out_of_range());
        }
        Ok((point.0, point.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_35_agrees_with_proj_to_a_micrometre() {
        // PROJ 9.1.1, EPSG:4490 → EPSG:4523.
        let to = Transform::new(Crs::from_epsg(4523).unwrap()).unwrap();
        let (x, y) = to.from_lon_lat(LonLat::new(103.76, 29.56)).unwrap();
        assert!((x - 35_379_827.897_5).abs() < 1e-3, "{x}");
        assert!((y - 3_271_981.539_4).abs() < 1e-3, "{y}");
    }

    #[test]
    fn every_system_goes_there_and_back_within_a_tenth_of_a_millimetre() {
        let leshan = LonLat::new(103.763_86, 29.562_27);
        for code in [4326, 4490, 3857, 4495, 4506, 4522, 4523, 4543, 4544, 32648] {
            let to = Transform::new(Crs::from_epsg(code).unwrap()).unwrap();
            let (x, y) = to.from_lon_lat(leshan).unwrap();
            let back = to.to_lon_lat(x, y).unwrap();
            assert!((back.lon - leshan.lon).abs() < 1e-9, "{code}");
            assert!((back.lat - leshan.lat).abs() < 1e-9, "{code}");
        }
    }

    #[test]
    fn nonsense_is_refused_not_returned() {
        let to = Transform::new(Crs::from_epsg(4523).unwrap()).unwrap();
        assert!(to.to_lon_lat(f64::NAN, 1.0).is_err());
        assert!(to.to_lon_lat(1e300, 1e300).is_err());
        let degrees = Transform::new(Crs::Cgcs2000).unwrap();
        assert!(degrees.to_lon_lat(35_379_827.0, 3_271_981.0).is_err());
    }
}
