//! Rings to polygons by what lies in what, whatever order and direction they were written in.
//!
//! Formats number or turn their rings to tell holes from parts, and tools disagree on how. Containment does
//! not lie. Must not know any format.

use std::collections::BTreeMap;

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{Area, BoundingRect, Coord, Geometry, LineString, MultiPolygon, Polygon, Winding};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// A ring as a polygon of its own, with its place among the rings.
type Box2 = GeomWithData<Rectangle<[f64; 2]>, usize>;

/// Closed rings to a polygon or several: a ring inside an odd number of others is a hole of the smallest.
/// `None` without rings.
pub(super) fn assemble(rings: Vec<LineString<f64>>) -> Option<Geometry<f64>> {
    let mut polygons = polygons(rings);
    if polygons.len() > 1 {
        return Some(MultiPolygon(polygons).into());
    }
    polygons.pop().map(Geometry::from)
}

fn polygons(rings: Vec<LineString<f64>>) -> Vec<Polygon<f64>> {
    if rings.len() < 2 {
        return (rings.into_iter())
            .map(|ring| Polygon::new(ring, Vec::new()))
            .collect();
    }
    let rings: Vec<Polygon<f64>> = (rings.into_iter())
        .map(|ring| Polygon::new(ring, Vec::new()))
        .collect();
    let areas: Vec<f64> = rings.iter().map(Area::unsigned_area).collect();
    let boxes: Vec<Box2> = (rings.iter().enumerate())
        .filter_map(|(place, ring)| {
            let rect = ring.bounding_rect()?;
            let corners = Rectangle::from_corners(rect.min().into(), rect.max().into());
            Some(GeomWithData::new(corners, place))
        })
        .collect();
    let tree = RTree::bulk_load(boxes);

    let mut outers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, ring) in rings.iter().enumerate() {
        let around = containers(place, ring, &rings, &areas, &tree);
        let smallest =
            (around.iter().copied()).min_by(|a, b| area(&areas, *a).total_cmp(&area(&areas, *b)));
        match smallest {
            Some(outer) if around.len() % 2 == 1 => outers.entry(outer).or_default().push(place),
            _ => {
                outers.entry(place).or_default();
            }
        }
    }
    let outline = |place: usize| rings.get(place).map(|ring| ring.exterior().clone());
    (outers.into_iter())
        .filter_map(|(outer, holes)| {
            let outer = outline(outer)?;
            let turns = outer.is_ccw();
            let holes = holes.into_iter().filter_map(outline).map(|mut hole| {
                // The direction meant nothing where containment has to decide.
                if hole.is_ccw() == turns {
                    hole.0.reverse();
                }
                hole
            });
            Some(Polygon::new(outer, holes.collect()))
        })
        .collect()
}

fn area(areas: &[f64], place: usize) -> f64 {
    areas.get(place).copied().unwrap_or_default()
}

/// The rings that this one lies in.
fn containers(
    place: usize,
    ring: &Polygon<f64>,
    rings: &[Polygon<f64>],
    areas: &[f64],
    tree: &RTree<Box2>,
) -> Vec<usize> {
    let Some(rect) = ring.bounding_rect() else {
        return Vec::new();
    };
    let own = AABB::from_corners(rect.min().into(), rect.max().into());
    tree.locate_in_envelope_intersecting(&own)
        .map(|other| other.data)
        // Of two equal rings neither is the other's hole.
        .filter(|&other| other != place && area(areas, other) > area(areas, place))
        .filter(|&other| rings.get(other).is_some_and(|outer| lies_in(ring, outer)))
        .collect()
}

/// Decided by the first point that is not on the other's outline: a corner, else the middle of an edge.
fn lies_in(ring: &Polygon<f64>, outer: &Polygon<f64>) -> bool {
    let corners = ring.exterior().coords().copied();
    let middles = ring.exterior().lines().map(|edge| Coord {
        x: f64::midpoint(edge.start.x, edge.end.x),
        y: f64::midpoint(edge.start.y, edge.end.y),
    });
    corners
        .chain(middles)
        .find_map(|at| match outer.coordinate_position(&at) {
            CoordPos::OnBoundary => None,
            CoordPos::Inside => Some(true),
            CoordPos::Outside => Some(false),
        })
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, side: f64) -> LineString<f64> {
        let (east, north) = (west + side, south + side);
        vec![
            (west, south),
            (east, south),
            (east, north),
            (west, north),
            (west, south),
        ]
        .into()
    }

    #[test]
    fn holes_islands_in_holes_and_parts_are_told_apart_in_any_order() {
        let rings = vec![
            square(2.0, 2.0, 6.0),
            square(20.0, 0.0, 5.0),
            square(4.0, 4.0, 1.0),
            square(0.0, 0.0, 10.0),
        ];
        let Some(Geometry::MultiPolygon(parts)) = assemble(rings) else {
            panic!("several parts");
        };
        let holes: Vec<usize> = parts.iter().map(|part| part.interiors().len()).collect();
        assert_eq!(holes, [0, 0, 1]);
        assert!((parts.unsigned_area() - (100.0 - 36.0 + 1.0 + 25.0)).abs() < 1e-9);
    }

    #[test]
    fn a_hole_that_touches_the_outline_everywhere_it_has_a_corner_is_still_a_hole() {
        let diamond: LineString<f64> =
            vec![(5.0, 0.0), (10.0, 5.0), (5.0, 10.0), (0.0, 5.0), (5.0, 0.0)].into();
        let Some(Geometry::Polygon(polygon)) = assemble(vec![square(0.0, 0.0, 10.0), diamond])
        else {
            panic!("one part");
        };
        assert_eq!(polygon.interiors().len(), 1);
    }

    #[test]
    fn equal_rings_and_no_rings_are_no_holes() {
        let twice = assemble(vec![square(0.0, 0.0, 1.0), square(0.0, 0.0, 1.0)]);
        assert!(matches!(twice, Some(Geometry::MultiPolygon(_))));
        assert_eq!(assemble(Vec::new()), None);
    }
}
