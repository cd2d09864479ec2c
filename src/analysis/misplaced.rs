//! Does a whole layer lie where it should? Signs of a wrong zone and of internet-map offsets.
//!
//! A suspicion is told with its evidence; nothing is moved. Must not know how a layer was read.

use geo::{Coord, CoordsIter, Geometry, Line};
use rstar::{PointDistance, RTree};

use crate::crs::{Extent, InternetMap, LonLat};
use crate::model::{Action, Issue, IssueCode, Layer};

/// Widths of Gauss–Krüger zones, by which a wrong zone moves a layer east or west.
const ZONE_WIDTHS_DEG: [f64; 2] = [3.0, 6.0];

/// Outlines further than this from the boundary have nothing to do with it.
const NEAR_M: f64 = 1500.0;

/// With the offset taken back, a line that follows the boundary lies this near (half of its points).
/// Editions of the same boundary differ by some 80 m.
const FITS_M: f64 = 150.0;

/// As many points must tell, and as large a share of the layer.
const ENOUGH_POINTS: usize = 30;
const ENOUGH_SHARE: f64 = 0.3;

/// Points looked at.
const MAX_POINTS: usize = 4000;

/// Lies the layer one zone's width beside the district?
pub fn wrong_zone(layer: &Layer, district: Extent) -> Option<Issue> {
    let extent = layer.extent()?;
    if extent.intersects(district) {
        return None;
    }
    let moved = |by: f64| Extent {
        west: extent.west + by,
        east: extent.east + by,
        ..extent
    };
    let width = ZONE_WIDTHS_DEG
        .into_iter()
        .flat_map(|width| [width, -width])
        .find(|width| moved(*width).intersects(district))?;
    let (from, to) = (extent.center(), district.center());
    let km = (from.lon - to.lon).abs() * 111.32 * to.lat.to_radians().cos();
    let side = if width > 0.0 { "西" } else { "东" };
    Some(Issue {
        at: None,
        feature: None,
        code: IssueCode::WrongZoneSuspected,
        message: format!(
            "图层在本区以{side}约 {km:.0} km，正好相差一个 {}°带，疑似带号或中央经线有误",
            width.abs()
        ),
        action: Action::Kept,
    })
}

/// The offset of an internet map, as outlines beside the boundary show it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OffsetSuspicion {
    pub map: InternetMap,
    /// How far the outlines lie from the boundary as they are, and with the offset taken back.
    pub as_read_m: f64,
    pub taken_back_m: f64,
}

impl OffsetSuspicion {
    /// What speaks for it, as a clause.
    pub fn evidence(&self) -> String {
        format!(
            "边线与区界一般相距 {:.0} 米，扣除 {} 的偏移后只有 {:.0} 米",
            self.as_read_m,
            self.map.label(),
            self.taken_back_m
        )
    }

    pub fn issue(&self) -> Issue {
        Issue {
            at: None,
            feature: None,
            code: IssueCode::OffsetSuspected,
            message: format!("{}，疑似取自互联网地图；未作改动", self.evidence()),
            action: Action::Kept,
        }
    }
}

/// Do outlines follow the boundary, but an internet map's offset beside it?
pub fn internet_map_offset(layer: &Layer, boundary: &Geometry<f64>) -> Option<OffsetSuspicion> {
    let plane = Plane::around(boundary)?;
    let edges: Vec<Line<f64>> = (super::district::lines(boundary).into_iter())
        .map(|line| Line::new(plane.metres(line.start), plane.metres(line.end)))
        .collect();
    let edges = RTree::bulk_load(edges);
    let points = sample(layer);
    // Half of the distances to the boundary are shorter than this.
    let typical_m = |map: Option<InternetMap>| -> Option<f64> {
        let mut near: Vec<f64> = points
            .iter()
            .filter_map(|at| {
                let at = LonLat::new(at.x, at.y);
                let at = map.map_or(at, |map| map.taken_back(at));
                let at = plane.metres(Coord {
                    x: at.lon,
                    y: at.lat,
                });
                let edge = edges.nearest_neighbor(&at.into())?;
                let distance = edge.distance_2(&at.into()).sqrt();
                (distance < NEAR_M).then_some(distance)
            })
            .collect();
        let share = near.len() as f64 / points.len().max(1) as f64;
        if near.len() < ENOUGH_POINTS || share < ENOUGH_SHARE {
            return None;
        }
        let middle = near.len() / 2;
        Some(*near.select_nth_unstable_by(middle, f64::total_cmp).1)
    };
    let as_read_m = typical_m(None)?;
    let (map, taken_back_m) = InternetMap::ALL
        .into_iter()
        .filter_map(|map| Some((map, typical_m(Some(map))?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    (taken_back_m < FITS_M && taken_back_m * 2.0 < as_read_m).then_some(OffsetSuspicion {
        map,
        as_read_m,
        taken_back_m,
    })
}

/// Points all over the layer's lines and outlines, no more than [`MAX_POINTS`].
fn sample(layer: &Layer) -> Vec<Coord<f64>> {
    let outlines = || {
        let geometries = layer.features.iter().filter_map(|f| f.geometry.as_ref());
        geometries.flat_map(CoordsIter::coords_iter)
    };
    let step = outlines().count() / MAX_POINTS + 1;
    outlines().step_by(step).collect()
}

/// Metres around one place; good to a per mille within a district.
struct Plane {
    metres_per_degree: Coord<f64>,
}

impl Plane {
    fn around(geometry: &Geometry<f64>) -> Option<Self> {
        let lat = Extent::of_geometry(geometry)?.center().lat;
        Some(Self {
            metres_per_degree: Coord {
                x: 111_320.0 * lat.to_radians().cos(),
                y: 110_900.0,
            },
        })
    }

    fn metres(&self, at: Coord<f64>) -> Coord<f64> {
        Coord {
            x: at.x * self.metres_per_degree.x,
            y: at.y * self.metres_per_degree.y,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::{to_bd09, to_gcj02};
    use crate::model::{Feature, LayerKind, Placement};
    use geo::{LineString, MapCoords, Polygon};

    fn layer(geometry: Geometry<f64>) -> Layer {
        Layer {
            roles: crate::model::FieldRoles::default(),
            name: "界".to_owned(),
            kind: LayerKind::Reference,
            placement: Placement::Surveyed,
            source: String::new(),
            fields: Vec::new(),
            features: vec![Feature {
                heights: None,
                fid: 1,
                geometry: Some(geometry),
                values: Vec::new(),
            }],
        }
    }

    /// A wavy outline about as large as the district.
    fn outline() -> Polygon<f64> {
        let ring: LineString<f64> = (0..400)
            .map(|step| {
                let angle = f64::from(step) / 400.0 * std::f64::consts::TAU;
                let radius = 0.2 + 0.02 * (angle * 9.0).sin();
                (
                    103.76 + radius * angle.cos(),
                    29.6 + 0.8 * radius * angle.sin(),
                )
            })
            .collect();
        Polygon::new(ring, Vec::new())
    }

    fn shifted(by: fn(LonLat) -> LonLat) -> Option<Issue> {
        let moved = outline().map_coords(|at| {
            let at = by(LonLat::new(at.x, at.y));
            Coord {
                x: at.lon,
                y: at.lat,
            }
        });
        internet_map_offset(&layer(moved.into()), &outline().into())
            .map(|suspicion| suspicion.issue())
    }

    #[test]
    fn the_boundary_copied_from_an_internet_map_is_noticed_and_the_map_named() {
        assert_eq!(shifted(|at| at), None);
        assert!(shifted(to_gcj02).unwrap().message.contains("GCJ-02"));
        assert!(shifted(to_bd09).unwrap().message.contains("BD-09"));
        // Any other shift is not theirs.
        assert_eq!(shifted(|at| LonLat::new(at.lon - 0.003, at.lat)), None);
    }

    #[test]
    fn shapes_that_do_not_follow_the_boundary_tell_nothing() {
        let parcel = geo::Rect::new((103.7, 29.6), (103.71, 29.61)).to_polygon();
        assert_eq!(
            internet_map_offset(&layer(parcel.into()), &outline().into()),
            None
        );
    }

    #[test]
    fn one_zone_beside_the_district_is_noticed() {
        let district = Extent {
            west: 103.5,
            south: 29.4,
            east: 104.0,
            north: 29.8,
        };
        let at = |lon: f64| {
            let parcel = geo::Rect::new((lon, 29.6), (lon + 0.01, 29.61)).to_polygon();
            wrong_zone(&layer(parcel.into()), district).map(|issue| issue.message)
        };
        assert_eq!(at(103.7), None);
        assert_eq!(at(102.0), None);
        assert!(at(100.7).unwrap().contains("以西约 29"));
        assert!(at(109.7).unwrap().contains("6°带"));
    }
}
