//! The scale of a sheet and the place of its map: which grid metres stand where on the paper.
//!
//! 1:N is true in the Gauss–Krüger grid: 1 mm of paper is N mm of grid. Grid and ground differ by less
//! than 0.04 % inside a three-degree zone, which no ruler on paper can show.
//! Deliberately absent: what is drawn.

use crate::crs::{Crs, Extent, LonLat, grouped};
use crate::scene::{Plane, PlanePoint, View};

use super::paper::PT_PER_MM;
use super::{PaperRect, ScaleChoice, SheetError};

/// The scales a sheet may have.
pub const SCALES: std::ops::RangeInclusive<u32> = 500..=2_000_000;
/// Round denominators of a fitted scale, times a power of ten.
const ROUND: [f64; 9] = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
/// A fitted subject leaves this share of the map free around it.
const AIR: f64 = 1.08;

/// The map on the page: a piece of the grid at a scale.
#[derive(Clone, Debug)]
pub(super) struct MapPlace {
    pub(super) plane: Plane,
    pub(super) crs: Crs,
    /// 1:`scale`.
    pub(super) scale: u32,
    /// On the paper, mm.
    pub(super) frame: PaperRect,
    /// From the grid to page points.
    pub(super) view: View,
}

impl MapPlace {
    /// Puts `subject` into the middle of `frame`.
    pub(super) fn new(
        subject: Extent,
        frame: PaperRect,
        scale: ScaleChoice,
    ) -> Result<Self, SheetError> {
        let (plane, [west, south, east, north]) = grid_of(subject)?;
        let scale = match scale {
            ScaleChoice::Fixed(scale) => scale,
            ScaleChoice::Fit => fitted(
                (east - west) * AIR / frame.width,
                (north - south) * AIR / frame.height,
            ),
        };
        if !SCALES.contains(&scale) {
            return Err(SheetError::Scale { scale });
        }
        let center = PlanePoint {
            x: f64::midpoint(west, east),
            y: f64::midpoint(south, north),
        };
        Ok(Self {
            crs: Crs::three_degree_zone_at(subject.center().lon),
            scale,
            frame,
            view: View::at_scale(&plane, frame.to_device(), center, f64::from(scale)),
            plane,
        })
    }

    /// Paper millimetres of a place in the grid.
    pub(super) fn to_paper(&self, at: PlanePoint) -> (f64, f64) {
        let (x, y) = self.view.to_device(at);
        (x / PT_PER_MM, y / PT_PER_MM)
    }

    /// The place in the grid under a point of the paper.
    pub(super) fn to_grid(&self, (x, y): (f64, f64)) -> PlanePoint {
        self.view.to_plane((x * PT_PER_MM, y * PT_PER_MM))
    }

    /// `[min x, min y, max x, max y]` of the frame in the grid.
    pub(super) fn bounds(&self) -> [f64; 4] {
        let low = self.to_grid((self.frame.x, self.frame.bottom()));
        let high = self.to_grid((self.frame.right(), self.frame.y));
        [low.x, low.y, high.x, high.y]
    }

    /// Left top, right top, left bottom, right bottom.
    pub(super) fn corners(&self) -> [Option<LonLat>; 4] {
        let frame = self.frame;
        [
            (frame.x, frame.y),
            (frame.right(), frame.y),
            (frame.x, frame.bottom()),
            (frame.right(), frame.bottom()),
        ]
        .map(|corner| self.plane.to_lon_lat(self.to_grid(corner)))
    }

    /// The lon/lat rectangle around the map.
    pub(super) fn extent(&self) -> Option<Extent> {
        self.corners()
            .into_iter()
            .map(|corner| corner.map(Extent::of_point))
            .reduce(|a, b| Some(a?.union(b?)))?
    }

    /// Clockwise angle from grid north to true north at the map's centre, degrees.
    pub(super) fn true_north_deg(&self) -> f64 {
        let center = self.view.center;
        let up = self
            .plane
            .to_lon_lat(center)
            .and_then(|at| self.plane.from_lon_lat(LonLat::new(at.lon, at.lat + 0.01)));
        up.map_or(0.0, |up| {
            (up.x - center.x).atan2(up.y - center.y).to_degrees()
        })
    }
}

/// The zone of a rectangle's middle and the grid rectangle around it. Refused where no Chinese zone is
/// near: the grid would no longer be true to scale.
pub(super) fn grid_of(extent: Extent) -> Result<(Plane, [f64; 4]), SheetError> {
    const FARTHEST_DEG: f64 = 10.0;
    let center = extent.center();
    let meridian = Crs::three_degree_zone_at(center.lon)
        .central_meridian_deg()
        .unwrap_or(center.lon);
    let in_zone = (center.lon - meridian).abs() <= 1.6;
    let near = extent.west >= meridian - FARTHEST_DEG && extent.east <= meridian + FARTHEST_DEG;
    if !in_zone || !near {
        return Err(SheetError::Projection { at: center });
    }
    let plane = Plane::grid_at(center)?;
    let bounds = grid_bounds(&plane, extent)?;
    Ok((plane, bounds))
}

/// The grid rectangle around a lon/lat rectangle; edges are sampled, for they are curved in the grid.
fn grid_bounds(plane: &Plane, extent: Extent) -> Result<[f64; 4], SheetError> {
    let mut bounds: Option<[f64; 4]> = None;
    for step in 0..=8 {
        let share = f64::from(step) / 8.0;
        let lon = extent.west + (extent.east - extent.west) * share;
        let lat = extent.south + (extent.north - extent.south) * share;
        for at in [
            LonLat::new(lon, extent.south),
            LonLat::new(lon, extent.north),
            LonLat::new(extent.west, lat),
            LonLat::new(extent.east, lat),
        ] {
            let at = plane
                .from_lon_lat(at)
                .filter(|at| at.x.is_finite() && at.y.is_finite())
                .ok_or(SheetError::Projection { at })?;
            let [west, south, east, north] = bounds.unwrap_or([at.x, at.y, at.x, at.y]);
            bounds = Some([
                west.min(at.x),
                south.min(at.y),
                east.max(at.x),
                north.max(at.y),
            ]);
        }
    }
    bounds.ok_or(SheetError::EmptyExtent)
}

/// The smallest round denominator at which both spans fit; spans in metres per millimetre of paper.
fn fitted(horizontal: f64, vertical: f64) -> u32 {
    let needed = horizontal.max(vertical) * 1000.0;
    let mut power = 100.0;
    while power < 1e9 {
        for round in ROUND {
            let scale = round * power;
            if scale >= needed && scale >= f64::from(*SCALES.start()) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a round number below 8e8"
                )]
                return scale as u32;
            }
        }
        power *= 10.0;
    }
    u32::MAX
}

/// `50000` as `1:50 000`, in groups of three as on official sheets.
pub fn scale_text(scale: u32) -> String {
    format!("1:{}", grouped(f64::from(scale)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_scale_is_the_next_round_one() {
        assert_eq!(fitted(60.0, 75.1), 80_000);
        assert_eq!(fitted(75.0, 10.0), 80_000);
        assert_eq!(fitted(50.0, 50.0), 50_000);
        assert_eq!(fitted(0.0, 0.0), 500);
        assert_eq!(fitted(1_600.0, 0.0), 2_000_000);
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        assert_eq!(scale_text(500), "1:500");
        assert_eq!(scale_text(50_000), "1:50 000");
        assert_eq!(scale_text(2_000_000), "1:2 000 000");
    }

    #[test]
    fn paper_and_grid_agree_both_ways() {
        let extent = Extent {
            west: 103.7,
            south: 29.5,
            east: 103.8,
            north: 29.6,
        };
        let frame = PaperRect::new(20.0, 30.0, 180.0, 140.0);
        let place = MapPlace::new(extent, frame, ScaleChoice::Fixed(50_000)).unwrap();
        let at = place.to_grid((30.0, 40.0));
        let (x, y) = place.to_paper(at);
        assert!((x - 30.0).abs() < 1e-9 && (y - 40.0).abs() < 1e-9);
        let [west, _, east, _] = place.bounds();
        assert!((east - west - 9_000.0).abs() < 1e-6);
        // West of the central meridian true north lies right of grid north: Δλ · sin φ.
        assert!((place.true_north_deg() - 1.25 * 29.55_f64.to_radians().sin()).abs() < 0.01);
    }
}
