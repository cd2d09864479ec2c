//! Is a polygon's outline sound? Told, never silently changed: RFC 7946 asks readers not to refuse.
//!
//! Over an R-tree of edges, so that one ring of a million points takes seconds, not days.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Coord, Geometry, Line, LineString, Polygon};
use rstar::{AABB, RTree, RTreeObject};

use crate::crs::LonLat;

/// A polygon thinner than this share of its length is flat but for rounding.
const FLAT: f64 = 1e-12;

/// One edge of a ring.
struct Edge {
    line: Line<f64>,
    ring: usize,
    /// Position along the ring.
    at: usize,
}

impl RTreeObject for Edge {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(
            [self.line.start.x, self.line.start.y],
            [self.line.end.x, self.line.end.y],
        )
    }
}

/// The first place where a ring meets itself, or crosses or lies along another ring of the same
/// geometry. Rings that touch in a point are sound.
pub fn first_crossing(geometry: &Geometry<f64>) -> Option<LonLat> {
    let mut rings = Vec::new();
    collect_rings(geometry, &mut rings);
    let mut edges = Vec::new();
    let mut edge_counts = Vec::new();
    for (ring, outline) in rings.into_iter().enumerate() {
        let before = edges.len();
        let lines = outline.lines().filter(|line| line.start != line.end);
        edges.extend(lines.enumerate().map(|(at, line)| Edge { line, ring, at }));
        edge_counts.push(edges.len() - before);
    }
    let tree = RTree::bulk_load(edges);
    tree.iter().find_map(|edge| {
        let count = edge_counts.get(edge.ring).copied().unwrap_or_default();
        tree.locate_in_envelope_intersecting(&edge.envelope())
            // Each pair once.
            .filter(|other| (edge.ring, edge.at) < (other.ring, other.at))
            .find_map(|other| meeting(edge, other, count))
    })
}

fn meeting(edge: &Edge, other: &Edge, edges_in_ring: usize) -> Option<LonLat> {
    let same_ring = edge.ring == other.ring;
    let neighbours =
        same_ring && (other.at - edge.at == 1 || (edge.at == 0 && other.at + 1 == edges_in_ring));
    let place = match line_intersection(edge.line, other.line)? {
        // Neighbours share their corner; only running back along each other is wrong.
        LineIntersection::SinglePoint { .. } if neighbours => return None,
        LineIntersection::SinglePoint {
            intersection,
            is_proper,
        } if same_ring || is_proper => intersection,
        LineIntersection::SinglePoint { .. } => return None,
        LineIntersection::Collinear { intersection } => intersection.start,
    };
    Some(LonLat::new(place.x, place.y))
}

fn collect_rings<'g>(geometry: &'g Geometry<f64>, rings: &mut Vec<&'g LineString<f64>>) {
    let mut add = |polygon: &'g Polygon<f64>| {
        rings.push(polygon.exterior());
        rings.extend(polygon.interiors());
    };
    match geometry {
        Geometry::Polygon(polygon) => add(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().for_each(add),
        // The parts of a collection are free to overlap.
        _ => {}
    }
}

/// Is it a polygon, or several, folded flat onto a line or a point? To be asked in the coordinates it was
/// drawn in: on the ellipsoid, points on one parallel do enclose something. A bow-tie whose halves cancel
/// out is not flat.
pub fn has_no_area(geometry: &Geometry<f64>) -> bool {
    match geometry {
        Geometry::Polygon(polygon) => is_flat(polygon.exterior()),
        Geometry::MultiPolygon(polygons) => {
            polygons.iter().all(|polygon| is_flat(polygon.exterior()))
        }
        _ => false,
    }
}

fn is_flat(ring: &LineString<f64>) -> bool {
    let Some(&start) = ring.0.first() else {
        return true;
    };
    let from_start = || ring.0.iter().map(|&at| at - start);
    let squared = |at: Coord<f64>| at.x * at.x + at.y * at.y;
    let Some(far) = from_start().max_by(|a, b| squared(*a).total_cmp(&squared(*b))) else {
        return true;
    };
    from_start().all(|at| (far.x * at.y - far.y * at.x).abs() <= FLAT * squared(far))
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn a_bow_tie_crosses_itself_where_it_is_tied() {
        let bow_tie = wkt!(POLYGON((0.0 0.0,2.0 2.0,2.0 0.0,0.0 2.0,0.0 0.0)));
        assert_eq!(first_crossing(&bow_tie.into()), Some(LonLat::new(1.0, 1.0)));
    }

    #[test]
    fn sound_polygons_have_no_crossing_even_with_holes_that_touch() {
        let touching_hole = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(0.0 0.0,2.0 1.0,1.0 2.0,0.0 0.0)));
        assert_eq!(first_crossing(&touching_hole.into()), None);
        let triangle = wkt!(POLYGON((0.0 0.0,1.0 0.0,0.0 1.0,0.0 0.0)));
        assert_eq!(first_crossing(&triangle.into()), None);
    }

    #[test]
    fn a_spike_and_a_hole_across_the_edge_are_found() {
        let spike = wkt!(POLYGON((0.0 0.0,4.0 0.0,6.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0)));
        assert!(first_crossing(&spike.into()).is_some());
        let hole_across = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(3.0 1.0,5.0 1.0,5.0 2.0,3.0 2.0,3.0 1.0)));
        assert!(first_crossing(&hole_across.into()).is_some());
    }

    #[test]
    fn a_polygon_folded_flat_has_no_area_but_a_bow_tie_has() {
        let bow_tie = wkt!(POLYGON((0.0 0.0,2.0 2.0,2.0 0.0,0.0 2.0,0.0 0.0)));
        assert!(!has_no_area(&bow_tie.into()));
        let flat = wkt!(POLYGON((103.0 29.0,103.1 29.1,103.2 29.2,103.0 29.0)));
        assert!(has_no_area(&flat.into()));
        let metres = |east, north| (35_384_840.0 + east, 3_286_938.0 + north);
        let corners = vec![metres(0.0, 0.0), metres(0.01, 0.0), metres(0.0, 0.01)];
        let square_centimetre = Polygon::new(corners.into(), Vec::new());
        assert!(!has_no_area(&square_centimetre.into()));
        let point = wkt!(POINT(103.0 29.0));
        assert!(!has_no_area(&point.into()));
    }
}
