//! Where the one cluster of `district` sites stands: inside the district, clear of its border and of
//! everything else that is marked. A place for a symbol, not a claim.

use geo::{BoundingRect, Contains, Coord, Geometry, MultiPolygon, Point};

use super::paths::metres_per_degree;
use crate::crs::LonLat;
use crate::model::Layer;

/// Candidates on each side of the grid laid over the district.
const GRID: u32 = 28;
/// A border of more vertices is thinned for measuring distances.
const MOST_VERTICES: usize = 2_000;

/// The grid place farthest from the border and from `taken`; `None` without a district polygon.
pub(super) fn place(boundary: &Layer, taken: &[LonLat]) -> Option<LonLat> {
    let district = polygons(boundary);
    let bounds = district.bounding_rect()?;
    let (per_lon, per_lat) = metres_per_degree(bounds.center().y);
    let metres =
        |a: Coord<f64>, b: Coord<f64>| ((a.x - b.x) * per_lon).hypot((a.y - b.y) * per_lat);
    let vertices: Vec<Coord<f64>> = district
        .iter()
        .flat_map(|polygon| polygon.exterior().coords().copied())
        .collect();
    let step = vertices.len() / MOST_VERTICES + 1;
    let border: Vec<(Coord<f64>, Coord<f64>)> = vertices
        .iter()
        .step_by(step)
        .zip(vertices.iter().step_by(step).skip(1))
        .map(|(a, b)| (*a, *b))
        .collect();
    let clearance = |at: Coord<f64>| {
        let to_border = border
            .iter()
            .map(|(a, b)| metres(at, nearest_on_edge(at, *a, *b)))
            .fold(f64::INFINITY, f64::min);
        taken
            .iter()
            .map(|other| {
                metres(
                    at,
                    Coord {
                        x: other.lon,
                        y: other.lat,
                    },
                )
            })
            .fold(to_border, f64::min)
    };
    let mut best: Option<(f64, Coord<f64>)> = None;
    for row in 0..GRID {
        for column in 0..GRID {
            let share = |index: u32| (f64::from(index) + 0.5) / f64::from(GRID);
            let at = Coord {
                x: bounds.min().x + bounds.width() * share(column),
                y: bounds.min().y + bounds.height() * share(row),
            };
            if !district.contains(&Point(at)) {
                continue;
            }
            let clear = clearance(at);
            if best.is_none_or(|(most, _)| clear > most) {
                best = Some((clear, at));
            }
        }
    }
    best.map(|(_, at)| LonLat::new(at.x, at.y))
}

fn polygons(layer: &Layer) -> MultiPolygon<f64> {
    let mut all = Vec::new();
    for feature in &layer.features {
        match &feature.geometry {
            Some(Geometry::Polygon(polygon)) => all.push(polygon.clone()),
            Some(Geometry::MultiPolygon(polygons)) => all.extend(polygons.iter().cloned()),
            _ => {}
        }
    }
    MultiPolygon(all)
}

fn nearest_on_edge(at: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> Coord<f64> {
    let edge = b - a;
    let squared = edge.x * edge.x + edge.y * edge.y;
    if squared <= 0.0 {
        return a;
    }
    let share = ((at.x - a.x) * edge.x + (at.y - a.y) * edge.y) / squared;
    a + edge * share.clamp(0.0, 1.0)
}
