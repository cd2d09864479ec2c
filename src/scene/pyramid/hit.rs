//! Which features of a large layer are under a position: the index, then an exact test on the geometry as it
//! is stored, not as it was thinned.
//!
//! Tests are in degrees, with east-west lengths shrunk as the Mercator square does: no vertex is projected.

use geo::{Coord, Geometry, LineString, Polygon};
use rstar::AABB;

use super::Pyramid;
use crate::crs::{LonLat, World, lon_lat_from_world};

/// As [`HitClass`] orders them, the first is the better hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HitClass {
    Point,
    Line,
    Area,
}

/// A feature under the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Position in the layer.
    pub index: usize,
    pub fid: i64,
    pub class: HitClass,
    /// Of a point: its distance, in units of the Mercator square.
    pub distance: f64,
}

/// How near is a hit, in units of the Mercator square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    pub point: f64,
    pub line: f64,
}

impl Pyramid {
    /// Everything at a place of the Mercator square, in the layer's order.
    pub fn hits(&self, at: World, reach: Reach) -> Vec<Hit> {
        let far = reach.point.max(reach.line);
        let window = AABB::from_corners([at.x - far, at.y - far], [at.x + far, at.y + far]);
        let probe = Probe::new(at, reach);
        let mut hits: Vec<Hit> = self
            .tree
            .locate_in_envelope_intersecting(&window)
            .filter_map(|boxed| {
                let index = usize::try_from(boxed.data).ok()?;
                let feature = self.layer.features.get(index)?;
                let (class, distance) = probe.test(feature.geometry.as_ref()?)?;
                Some(Hit {
                    index,
                    fid: feature.fid,
                    class,
                    distance,
                })
            })
            .collect();
        hits.sort_unstable_by_key(|hit| hit.index);
        hits
    }
}

/// A place and the reach around it, in degrees.
struct Probe {
    at: Coord<f64>,
    /// Units of the Mercator square per degree, east and north.
    scale: (f64, f64),
    reach: Reach,
}

impl Probe {
    fn new(at: World, reach: Reach) -> Self {
        let LonLat { lon, lat } = lon_lat_from_world(at);
        let east = 1.0 / 360.0;
        Self {
            at: Coord { x: lon, y: lat },
            scale: (east, east / lat.to_radians().cos().max(1e-6)),
            reach,
        }
    }

    fn test(&self, geometry: &Geometry<f64>) -> Option<(HitClass, f64)> {
        match geometry {
            Geometry::Point(point) => self.point(point.0),
            Geometry::MultiPoint(points) => points
                .iter()
                .filter_map(|point| self.point(point.0))
                .min_by(|a, b| a.1.total_cmp(&b.1)),
            Geometry::Line(line) => self.line(&[line.start, line.end]),
            Geometry::LineString(line) => self.line(&line.0),
            Geometry::MultiLineString(lines) => lines.iter().find_map(|line| self.line(&line.0)),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => best(polygons.iter().map(|one| self.polygon(one))),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(members) => {
                best(members.iter().map(|member| self.test(member)))
            }
        }
    }

    fn point(&self, at: Coord<f64>) -> Option<(HitClass, f64)> {
        let distance = self.offset(at).0.hypot(self.offset(at).1);
        (distance <= self.reach.point).then_some((HitClass::Point, distance))
    }

    fn offset(&self, at: Coord<f64>) -> (f64, f64) {
        (
            (at.x - self.at.x) * self.scale.0,
            (at.y - self.at.y) * self.scale.1,
        )
    }

    fn line(&self, coords: &[Coord<f64>]) -> Option<(HitClass, f64)> {
        self.is_near(coords).then_some((HitClass::Line, 0.0))
    }

    fn is_near(&self, coords: &[Coord<f64>]) -> bool {
        let (dx, dy) = (
            self.reach.line / self.scale.0,
            self.reach.line / self.scale.1,
        );
        coords.windows(2).any(|edge| {
            let [from, to] = edge else {
                return false;
            };
            // Most edges are far away, and that is seen without a division.
            if (from.x.min(to.x) - dx > self.at.x)
                || (from.x.max(to.x) + dx < self.at.x)
                || (from.y.min(to.y) - dy > self.at.y)
                || (from.y.max(to.y) + dy < self.at.y)
            {
                return false;
            }
            let (from, to) = (self.offset(*from), self.offset(*to));
            let run = (to.0 - from.0, to.1 - from.1);
            let length_sq = run.0 * run.0 + run.1 * run.1;
            let along = if length_sq > 0.0 {
                (-(from.0 * run.0 + from.1 * run.1) / length_sq).clamp(0.0, 1.0)
            } else {
                0.0
            };
            (from.0 + run.0 * along).hypot(from.1 + run.1 * along) <= self.reach.line
        })
    }

    /// Its outline is a line like any other; else its inside counts.
    fn polygon(&self, polygon: &Polygon<f64>) -> Option<(HitClass, f64)> {
        let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
        if rings().any(|ring| self.is_near(&ring.0)) {
            return Some((HitClass::Line, 0.0));
        }
        let crossings: usize = rings().map(|ring| self.crossings(ring)).sum();
        (crossings % 2 == 1).then_some((HitClass::Area, 0.0))
    }

    fn crossings(&self, ring: &LineString<f64>) -> usize {
        let at = self.at;
        ring.0
            .windows(2)
            .filter(|edge| match edge {
                [from, to] => {
                    (from.y > at.y) != (to.y > at.y)
                        && at.x < from.x + (at.y - from.y) / (to.y - from.y) * (to.x - from.x)
                }
                _ => false,
            })
            .count()
    }
}

fn best(hits: impl Iterator<Item = Option<(HitClass, f64)>>) -> Option<(HitClass, f64)> {
    hits.flatten()
        .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))
}
