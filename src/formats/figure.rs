//! A feature's geometry as it leaves: in the system asked for, with heights where it has them.
//!
//! Every writer of layers starts from here. Must not know any format.

use geo::{Coord, Geometry, LineString, Polygon};

use crate::crs::{Crs, LonLat, Transform};
use crate::model::Feature;

/// East and north in the system that is written, and metres of height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Position {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) z: Option<f64>,
}

/// Rings, lines or points as lists; a polygon's first ring is its outline.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Figure {
    Point(Position),
    MultiPoint(Vec<Position>),
    Line(Vec<Position>),
    MultiLine(Vec<Vec<Position>>),
    Polygon(Vec<Vec<Position>>),
    MultiPolygon(Vec<Vec<Vec<Position>>>),
    Collection(Vec<Self>),
}

/// Which way an outline runs; holes run the other way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    CounterClockwise,
    Clockwise,
}

/// A place is not in the system asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotInCrs;

/// Puts features into a system.
pub(super) struct Projector {
    transform: Transform,
    /// Parts of a unit that are still written: 0.1 mm, or about as much in degrees. More digits only claim
    /// what nobody measured. `None`: every bit, for binary formats.
    parts: Option<f64>,
    outline: Outline,
}

impl Projector {
    pub(super) fn rounded(crs: Crs, outline: Outline) -> Result<Self, NotInCrs> {
        let parts = if crs.is_geographic() { 1e9 } else { 1e4 };
        Self::new(crs, Some(parts), outline)
    }

    pub(super) fn exact(crs: Crs, outline: Outline) -> Result<Self, NotInCrs> {
        Self::new(crs, None, outline)
    }

    fn new(crs: Crs, parts: Option<f64>, outline: Outline) -> Result<Self, NotInCrs> {
        Ok(Self {
            transform: Transform::new(crs).map_err(|_unusable| NotInCrs)?,
            parts,
            outline,
        })
    }

    /// `None`: the feature has no geometry.
    pub(super) fn figure(&self, feature: &Feature) -> Result<Option<Figure>, NotInCrs> {
        let Some(geometry) = &feature.geometry else {
            return Ok(None);
        };
        let mut placing = Placing {
            projector: self,
            heights: heights_of(feature).unwrap_or_default().iter(),
        };
        placing.figure(geometry).map(Some)
    }

    fn place(&self, at: Coord<f64>) -> Result<(f64, f64), NotInCrs> {
        let placed = self.transform.from_lon_lat(LonLat::new(at.x, at.y));
        let (x, y) = placed.map_err(|_unusable| NotInCrs)?;
        let round =
            |number: f64| (self.parts).map_or(number, |parts| (number * parts).round() / parts);
        let (x, y) = (round(x), round(y));
        if x.is_finite() && y.is_finite() {
            Ok((x, y))
        } else {
            Err(NotInCrs)
        }
    }
}

/// A feature's heights, where every position has one. Half of them would have to be invented.
pub(super) fn heights_of(feature: &Feature) -> Option<&[f64]> {
    use geo::CoordsIter;
    let heights = feature.heights.as_deref()?;
    let positions = feature.geometry.as_ref()?.coords_count();
    let whole = heights.len() == positions && heights.iter().all(|height| height.is_finite());
    whole.then_some(heights)
}

struct Placing<'a> {
    projector: &'a Projector,
    heights: std::slice::Iter<'a, f64>,
}

impl Placing<'_> {
    fn figure(&mut self, geometry: &Geometry<f64>) -> Result<Figure, NotInCrs> {
        Ok(match geometry {
            Geometry::Point(point) => Figure::Point(self.position(point.0)?),
            Geometry::MultiPoint(points) => {
                Figure::MultiPoint(self.positions(points.iter().map(|point| point.0))?)
            }
            Geometry::Line(line) => Figure::Line(self.positions([line.start, line.end])?),
            Geometry::LineString(line) => Figure::Line(self.line(line)?),
            Geometry::MultiLineString(lines) => {
                let lines = lines.iter().map(|line| self.line(line));
                Figure::MultiLine(lines.collect::<Result<_, _>>()?)
            }
            Geometry::Polygon(polygon) => Figure::Polygon(self.polygon(polygon)?),
            Geometry::MultiPolygon(polygons) => {
                let polygons = polygons.iter().map(|polygon| self.polygon(polygon));
                Figure::MultiPolygon(polygons.collect::<Result<_, _>>()?)
            }
            Geometry::Rect(rect) => Figure::Polygon(self.polygon(&rect.to_polygon())?),
            Geometry::Triangle(triangle) => Figure::Polygon(self.polygon(&triangle.to_polygon())?),
            Geometry::GeometryCollection(parts) => {
                let parts = parts.iter().map(|part| self.figure(part));
                Figure::Collection(parts.collect::<Result<_, _>>()?)
            }
        })
    }

    fn position(&mut self, at: Coord<f64>) -> Result<Position, NotInCrs> {
        let (x, y) = self.projector.place(at)?;
        let z = self.heights.next().copied();
        Ok(Position { x, y, z })
    }

    fn positions(
        &mut self,
        coords: impl IntoIterator<Item = Coord<f64>>,
    ) -> Result<Vec<Position>, NotInCrs> {
        coords.into_iter().map(|at| self.position(at)).collect()
    }

    fn line(&mut self, line: &LineString<f64>) -> Result<Vec<Position>, NotInCrs> {
        self.positions(line.0.iter().copied())
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Result<Vec<Vec<Position>>, NotInCrs> {
        let mut rings = vec![self.line(polygon.exterior())?];
        for hole in polygon.interiors() {
            rings.push(self.line(hole)?);
        }
        for (number, ring) in rings.iter_mut().enumerate() {
            let wanted = (self.projector.outline == Outline::CounterClockwise) == (number == 0);
            let area = doubled_area(ring);
            if area != 0.0 && (area > 0.0) != wanted {
                ring.reverse();
            }
        }
        rings.retain(|ring| !ring.is_empty());
        Ok(rings)
    }
}

/// Positive where a ring runs counter-clockwise. Measured from its first position, so that large
/// coordinates do not eat the digits.
fn doubled_area(ring: &[Position]) -> f64 {
    let Some(first) = ring.first() else {
        return 0.0;
    };
    let from = |at: &Position| (at.x - first.x, at.y - first.y);
    (ring.windows(2))
        .filter_map(|pair| Some((from(pair.first()?), from(pair.last()?))))
        .map(|((x, y), (next_x, next_y))| x * next_y - next_x * y)
        .sum()
}

/// How many figures of each kind a geometry is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    pub(super) points: usize,
    pub(super) lines: usize,
    pub(super) areas: usize,
}

impl Kinds {
    pub(super) fn of(geometry: &Geometry<f64>) -> Self {
        let mut kinds = Self::default();
        kinds.add(geometry);
        kinds
    }

    fn add(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(_) => self.points += 1,
            Geometry::MultiPoint(points) => self.points += points.0.len(),
            Geometry::Line(_) | Geometry::LineString(_) => self.lines += 1,
            Geometry::MultiLineString(lines) => self.lines += lines.0.len(),
            Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => self.areas += 1,
            Geometry::MultiPolygon(polygons) => self.areas += polygons.0.len(),
            Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| self.add(part)),
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::wkt;

    use super::*;

    fn feature(geometry: Geometry<f64>, heights: &[f64]) -> Feature {
        Feature {
            fid: 1,
            geometry: Some(geometry),
            heights: Some(heights.into()),
            values: Vec::new(),
        }
    }

    #[test]
    fn a_ring_turned_round_takes_its_heights_with_it() {
        let clockwise = wkt!(POLYGON((0.0 0.0,0.0 1.0,1.0 0.0,0.0 0.0)));
        let feature = feature(clockwise.into(), &[1.0, 2.0, 3.0, 1.0]);
        let projector = Projector::rounded(Crs::Cgcs2000, Outline::CounterClockwise).unwrap();
        let Some(Figure::Polygon(rings)) = projector.figure(&feature).unwrap() else {
            panic!("a polygon stays one");
        };
        let ring: Vec<_> = rings[0].iter().map(|at| (at.x, at.y, at.z)).collect();
        let at = |x, y, z| (x, y, Some(z));
        assert_eq!(
            ring,
            [
                at(0.0, 0.0, 1.0),
                at(1.0, 0.0, 3.0),
                at(0.0, 1.0, 2.0),
                at(0.0, 0.0, 1.0)
            ]
        );
    }

    #[test]
    fn heights_that_are_not_all_there_are_not_made_up() {
        let line: Geometry<f64> = wkt!(LINESTRING(0.0 0.0,1.0 1.0)).into();
        assert!(heights_of(&feature(line.clone(), &[1.0, 2.0])).is_some());
        assert!(heights_of(&feature(line.clone(), &[1.0])).is_none());
        assert!(heights_of(&feature(line, &[1.0, f64::NAN])).is_none());
    }
}
