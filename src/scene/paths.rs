//! Geometries in lon/lat to paths and points in a plane.
//!
//! Edges are projected by their ends alone. In a district-wide view a straight lon/lat edge and its true
//! projected course differ by less than a hair line: 20 km of parallel bows by under 20 m at this latitude,
//! 0.1 mm at 1:200 000. Nothing here knows styles.

use geo::{Coord, Geometry, LineString, Polygon};

use super::{Path, Plane, PlanePoint};
use crate::crs::LonLat;

/// A geometry taken apart by how it is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Marks {
    pub(super) area: Option<Path>,
    pub(super) line: Option<Path>,
    pub(super) points: Vec<PlanePoint>,
}

/// `None` where any vertex is outside the projection: half a polygon would be a false polygon.
pub(super) fn marks(plane: &Plane, geometry: &Geometry<f64>) -> Option<Marks> {
    let mut parts = Parts::default();
    collect(plane, geometry, &mut parts)?;
    Some(Marks {
        area: path(parts.rings, true),
        line: path(parts.lines, false),
        points: parts.points,
    })
}

#[derive(Default)]
struct Parts {
    rings: Vec<Vec<PlanePoint>>,
    lines: Vec<Vec<PlanePoint>>,
    points: Vec<PlanePoint>,
}

fn collect(plane: &Plane, geometry: &Geometry<f64>, parts: &mut Parts) -> Option<()> {
    match geometry {
        Geometry::Point(point) => parts.points.push(project(plane, point.0)?),
        Geometry::MultiPoint(points) => {
            for point in points {
                parts.points.push(project(plane, point.0)?);
            }
        }
        Geometry::Line(line) => parts
            .lines
            .push(project_all(plane, &[line.start, line.end])?),
        Geometry::LineString(line) => parts.lines.push(project_all(plane, &line.0)?),
        Geometry::MultiLineString(lines) => {
            for line in lines {
                parts.lines.push(project_all(plane, &line.0)?);
            }
        }
        Geometry::Polygon(polygon) => collect_polygon(plane, polygon, parts)?,
        Geometry::MultiPolygon(polygons) => {
            for polygon in polygons {
                collect_polygon(plane, polygon, parts)?;
            }
        }
        Geometry::Rect(rect) => collect_polygon(plane, &rect.to_polygon(), parts)?,
        Geometry::Triangle(triangle) => collect_polygon(plane, &triangle.to_polygon(), parts)?,
        Geometry::GeometryCollection(members) => {
            for member in members {
                collect(plane, member, parts)?;
            }
        }
    }
    Some(())
}

fn collect_polygon(plane: &Plane, polygon: &Polygon<f64>, parts: &mut Parts) -> Option<()> {
    for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
        parts.rings.push(project_ring(plane, ring)?);
    }
    Some(())
}

/// Without the repeated closing point.
fn project_ring(plane: &Plane, ring: &LineString<f64>) -> Option<Vec<PlanePoint>> {
    let coords = match ring.0.as_slice() {
        [first, middle @ .., last] if first == last && !middle.is_empty() => {
            ring.0.get(..ring.0.len() - 1)?
        }
        all => all,
    };
    project_all(plane, coords)
}

fn project_all(plane: &Plane, coords: &[Coord<f64>]) -> Option<Vec<PlanePoint>> {
    coords.iter().map(|coord| project(plane, *coord)).collect()
}

fn project(plane: &Plane, at: Coord<f64>) -> Option<PlanePoint> {
    plane
        .from_lon_lat(LonLat::new(at.x, at.y))
        .filter(|at| at.x.is_finite() && at.y.is_finite())
}

/// `None` where nothing is left to draw.
pub(super) fn path(mut parts: Vec<Vec<PlanePoint>>, closed: bool) -> Option<Path> {
    parts.retain(|part| part.len() >= if closed { 3 } else { 2 });
    let bounds = parts.iter().flatten().fold(
        [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ],
        |[min_x, min_y, max_x, max_y], at| {
            [
                min_x.min(at.x),
                min_y.min(at.y),
                max_x.max(at.x),
                max_y.max(at.y),
            ]
        },
    );
    (!parts.is_empty()).then_some(Path {
        parts,
        closed,
        bounds,
    })
}

/// Metres on the ground per degree of longitude and of latitude, near enough to place labels.
pub(super) fn metres_per_degree(lat: f64) -> (f64, f64) {
    const METRES_PER_DEGREE: f64 = 111_320.0;
    (
        METRES_PER_DEGREE * lat.to_radians().cos(),
        METRES_PER_DEGREE,
    )
}

/// A circle on the ground around a place.
pub(super) fn circle(plane: &Plane, center: LonLat, radius_m: f64) -> Option<Path> {
    const SIDES: u32 = 72;
    let (per_lon, per_lat) = metres_per_degree(center.lat);
    let ring = (0..SIDES)
        .map(|side| {
            let angle = f64::from(side) / f64::from(SIDES) * std::f64::consts::TAU;
            project(
                plane,
                Coord {
                    x: center.lon + radius_m * angle.cos() / per_lon,
                    y: center.lat + radius_m * angle.sin() / per_lat,
                },
            )
        })
        .collect::<Option<Vec<_>>>()?;
    path(vec![ring], true)
}

/// Places along the lines of a geometry, every `every_m` metres, the middle of each line first: where its
/// name may stand.
pub(super) fn along(geometry: &Geometry<f64>, every_m: f64) -> Vec<LonLat> {
    match geometry {
        Geometry::LineString(line) => along_line(line, every_m),
        Geometry::MultiLineString(lines) => lines
            .iter()
            .flat_map(|line| along_line(line, every_m))
            .collect(),
        _ => Vec::new(),
    }
}

fn along_line(line: &LineString<f64>, every_m: f64) -> Vec<LonLat> {
    /// Enough for the longest river of a district; a bound for everything else.
    const MOST: usize = 200;
    let (per_lon, per_lat) = metres_per_degree(line.0.first().map_or(0.0, |at| at.y));
    let length_of =
        |a: Coord<f64>, b: Coord<f64>| ((b.x - a.x) * per_lon).hypot((b.y - a.y) * per_lat);
    let total: f64 = line
        .lines()
        .map(|edge| length_of(edge.start, edge.end))
        .sum();
    if !total.is_finite() || total <= 0.0 {
        return Vec::new();
    }
    let mut wanted = vec![total / 2.0];
    let mut step = every_m;
    while step < total / 2.0 && wanted.len() < MOST {
        wanted.push(total / 2.0 - step);
        wanted.push(total / 2.0 + step);
        step += every_m;
    }
    wanted
        .into_iter()
        .filter_map(|distance| {
            let mut left = distance;
            line.lines().find_map(|edge| {
                let length = length_of(edge.start, edge.end);
                if left > length || length <= 0.0 {
                    left -= length;
                    return None;
                }
                let share = left / length;
                Some(LonLat::new(
                    edge.start.x + (edge.end.x - edge.start.x) * share,
                    edge.start.y + (edge.end.y - edge.start.y) * share,
                ))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{line_string, polygon};

    #[test]
    fn a_feature_outside_the_projection_is_skipped_whole() {
        let plane = Plane::grid_at(LonLat::new(103.76, 29.56)).unwrap();
        let bad = polygon![(x: 103.7, y: 29.5), (x: f64::NAN, y: 29.5), (x: 103.7, y: 29.6)];
        assert_eq!(marks(&plane, &bad.into()), None);
    }

    #[test]
    fn rings_lose_their_closing_point_and_degenerate_parts_are_not_drawn() {
        let triangle = polygon![(x: 103.7, y: 29.5), (x: 103.8, y: 29.5), (x: 103.7, y: 29.6)];
        let area = marks(&Plane::World, &triangle.into())
            .unwrap()
            .area
            .unwrap();
        assert_eq!(area.parts[0].len(), 3);
        let speck = line_string![(x: 103.7, y: 29.5)];
        assert_eq!(marks(&Plane::World, &speck.into()), Some(Marks::default()));
    }

    #[test]
    fn the_first_place_for_a_rivers_name_is_its_middle() {
        let river = line_string![(x: 103.0, y: 30.0), (x: 103.2, y: 30.0), (x: 104.0, y: 30.0)];
        let places = along(&river.into(), 5_000.0);
        assert!((places[0].lon - 103.5).abs() < 1e-9);
        assert!(places.len() > 10);
    }
}
