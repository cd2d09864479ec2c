//! Is a polygon's outline sound? Told, never silently changed: RFC 7946 asks readers not to refuse.
//!
//! Over an R-tree of edges, so that one ring of a million points takes seconds, not days.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{BoundingRect, Coord, Geometry, Line, LineString, Polygon, Winding};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, Envelope, RTree, RTreeObject};

use crate::crs::LonLat;
use crate::model::IssueCode;

/// A polygon thinner than this share of its length is flat but for rounding.
const FLAT: f64 = 1e-12;

/// Vertices looked at to find holes and parts that lie inside or outside each other; beyond this a shape
/// is nobody's parcel, and the question stays open.
const MAX_LOOKS: usize = 50_000_000;

/// Something wrong with a polygon that needs a decision, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flaw {
    pub code: IssueCode,
    pub at: LonLat,
}

/// One edge of a ring.
struct Edge {
    line: Line<f64>,
    /// Which polygon of the geometry it belongs to.
    part: usize,
    ring: usize,
    /// Position along the ring.
    at: usize,
    /// The polygon's area is on the left of it.
    area_on_left: bool,
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

/// The first flaw of each kind: a ring that meets itself, or crosses or lies along another one; a hole
/// outside its outline; parts that overlap. Rings that touch in a point are sound.
pub fn flaws(geometry: &Geometry<f64>) -> Vec<Flaw> {
    let parts: Vec<&Polygon<f64>> = match geometry {
        Geometry::Polygon(polygon) => vec![polygon],
        Geometry::MultiPolygon(polygons) => polygons.iter().collect(),
        // The parts of a collection are free to overlap.
        _ => return Vec::new(),
    };
    let (within, between) = crossings(&parts);
    let mut looks = 0;
    let flaw = |code| move |at| Flaw { code, at };
    let hole = || hole_outside(&parts, &mut looks);
    let mut flaws = Vec::new();
    flaws.extend(within.map(flaw(IssueCode::SelfIntersection)));
    flaws.extend(
        within
            .is_none()
            .then(hole)
            .flatten()
            .map(flaw(IssueCode::HoleOutside)),
    );
    let overlap = between.or_else(|| part_inside(&parts, &mut looks));
    flaws.extend(overlap.map(flaw(IssueCode::OverlappingParts)));
    flaws
}

/// The first meeting of edges within one part, and the first between two parts.
fn crossings(parts: &[&Polygon<f64>]) -> (Option<LonLat>, Option<LonLat>) {
    let mut edges = Vec::new();
    let mut edge_counts = Vec::new();
    for (part, polygon) in parts.iter().enumerate() {
        let holes = polygon.interiors().iter().map(|hole| (hole, hole.is_cw()));
        let outer = polygon.exterior();
        for (outline, area_on_left) in std::iter::once((outer, outer.is_ccw())).chain(holes) {
            let before = edges.len();
            let ring = edge_counts.len();
            let lines = outline.lines().filter(|line| line.start != line.end);
            edges.extend(lines.enumerate().map(|(at, line)| Edge {
                line,
                part,
                ring,
                at,
                area_on_left,
            }));
            edge_counts.push(edges.len() - before);
        }
    }
    let tree = RTree::bulk_load(edges);
    let (mut within, mut between) = (None, None);
    for edge in &tree {
        let count = edge_counts.get(edge.ring).copied().unwrap_or_default();
        for other in tree.locate_in_envelope_intersecting(&edge.envelope()) {
            let found = if edge.part == other.part {
                &mut within
            } else {
                &mut between
            };
            // Each pair once.
            if found.is_none() && (edge.ring, edge.at) < (other.ring, other.at) {
                *found = meeting(edge, other, count);
            }
        }
        if within.is_some() && (between.is_some() || parts.len() == 1) {
            break;
        }
    }
    (within, between)
}

/// A hole that lies outside the outline it belongs to. Asked where no rings cross: one point tells.
fn hole_outside(parts: &[&Polygon<f64>], looks: &mut usize) -> Option<LonLat> {
    for part in parts {
        let shell = Polygon::new(part.exterior().clone(), Vec::new());
        for hole in part.interiors() {
            let (at, place) = first_clear(hole, &shell, looks)?;
            if place == CoordPos::Outside {
                return Some(LonLat::new(at.x, at.y));
            }
        }
    }
    None
}

/// A part that lies in the area of another one. Asked where no rings cross: one point tells.
fn part_inside(parts: &[&Polygon<f64>], looks: &mut usize) -> Option<LonLat> {
    let boxes = parts.iter().enumerate().filter_map(|(place, part)| {
        let rect = part.bounding_rect()?;
        let [low, high] = [rect.min(), rect.max()].map(|at| [at.x, at.y]);
        let envelope = AABB::from_corners(low, high);
        Some(GeomWithData::new(Rectangle::from_aabb(envelope), place))
    });
    let tree = RTree::bulk_load(boxes.collect());
    for boxed in &tree {
        for around in tree.locate_in_envelope_intersecting(&boxed.envelope()) {
            let surrounds =
                around.data != boxed.data && around.envelope().contains_envelope(&boxed.envelope());
            let (Some(inner), Some(outer), true) =
                (parts.get(boxed.data), parts.get(around.data), surrounds)
            else {
                continue;
            };
            let (at, place) = first_clear(inner.exterior(), outer, looks)?;
            if place == CoordPos::Inside {
                return Some(LonLat::new(at.x, at.y));
            }
        }
    }
    None
}

/// The first point of a ring that is not on a polygon's edge, and on which side it is; its first point
/// where all are. `None`: enough looked.
fn first_clear(
    ring: &LineString<f64>,
    polygon: &Polygon<f64>,
    looks: &mut usize,
) -> Option<(Coord<f64>, CoordPos)> {
    let size = polygon.exterior().0.len() + polygon.interiors().len();
    let mut first = None;
    for &at in &ring.0 {
        *looks += size;
        if *looks > MAX_LOOKS {
            return None;
        }
        let place = polygon.coordinate_position(&at);
        if place != CoordPos::OnBoundary {
            return Some((at, place));
        }
        first.get_or_insert((at, place));
    }
    first
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
        // Neighbouring parts share an edge from either side; their areas do not overlap.
        LineIntersection::Collinear { .. } if back_to_back(edge, other) => return None,
        LineIntersection::Collinear { intersection } => intersection.start,
    };
    Some(LonLat::new(place.x, place.y))
}

/// Do two edges on one line belong to parts on different sides of it?
fn back_to_back(edge: &Edge, other: &Edge) -> bool {
    let (a, b) = (edge.line.delta(), other.line.delta());
    let same_direction = a.x * b.x + a.y * b.y > 0.0;
    let same_side = (edge.area_on_left == other.area_on_left) == same_direction;
    edge.part != other.part && !same_side
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

pub(super) fn is_flat(ring: &LineString<f64>) -> bool {
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

    fn codes(geometry: impl Into<Geometry<f64>>) -> Vec<IssueCode> {
        let flaws = flaws(&geometry.into());
        flaws.into_iter().map(|flaw| flaw.code).collect()
    }

    #[test]
    fn a_bow_tie_crosses_itself_where_it_is_tied() {
        let bow_tie = wkt!(POLYGON((0.0 0.0,2.0 2.0,2.0 0.0,0.0 2.0,0.0 0.0)));
        let tied = Flaw {
            code: IssueCode::SelfIntersection,
            at: LonLat::new(1.0, 1.0),
        };
        assert_eq!(flaws(&bow_tie.into()), [tied]);
    }

    #[test]
    fn sound_polygons_have_no_flaw_even_with_holes_that_touch() {
        let touching_hole = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(0.0 0.0,2.0 1.0,1.0 2.0,0.0 0.0)));
        assert_eq!(codes(touching_hole), []);
        let triangle = wkt!(POLYGON((0.0 0.0,1.0 0.0,0.0 1.0,0.0 0.0)));
        assert_eq!(codes(triangle), []);
        let island_in_a_hole = wkt!(MULTIPOLYGON(((0.0 0.0,9.0 0.0,9.0 9.0,0.0 9.0,0.0 0.0),(1.0 1.0,8.0 1.0,8.0 8.0,1.0 8.0,1.0 1.0)),((2.0 2.0,3.0 2.0,3.0 3.0,2.0 2.0))));
        assert_eq!(codes(island_in_a_hole), []);
        let corner_to_corner = wkt!(MULTIPOLYGON(((0.0 0.0,1.0 0.0,1.0 1.0,0.0 0.0)),((1.0 1.0,2.0 1.0,2.0 2.0,1.0 1.0))));
        assert_eq!(codes(corner_to_corner), []);
        let side_by_side = wkt!(MULTIPOLYGON(((0.0 0.0,1.0 0.0,1.0 1.0,0.0 0.0)),((1.0 0.0,1.0 1.0,2.0 0.5,1.0 0.0))));
        assert_eq!(codes(side_by_side), []);
    }

    #[test]
    fn a_spike_and_a_hole_across_the_edge_are_found() {
        let spike = wkt!(POLYGON((0.0 0.0,4.0 0.0,6.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0)));
        assert_eq!(codes(spike), [IssueCode::SelfIntersection]);
        let hole_across = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(3.0 1.0,5.0 1.0,5.0 2.0,3.0 2.0,3.0 1.0)));
        assert_eq!(codes(hole_across), [IssueCode::SelfIntersection]);
    }

    #[test]
    fn holes_outside_and_parts_upon_each_other_are_told_apart() {
        let hole_outside = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(5.0 1.0,6.0 1.0,6.0 2.0,5.0 1.0)));
        assert_eq!(codes(hole_outside), [IssueCode::HoleOutside]);
        let across = wkt!(MULTIPOLYGON(((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0)),((3.0 1.0,9.0 1.0,9.0 2.0,3.0 2.0,3.0 1.0))));
        let inside = wkt!(MULTIPOLYGON(((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0)),((1.0 1.0,2.0 1.0,2.0 2.0,1.0 1.0))));
        let twice = wkt!(MULTIPOLYGON(((0.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0)),((0.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0))));
        for overlapping in [across, inside, twice] {
            assert_eq!(codes(overlapping), [IssueCode::OverlappingParts]);
        }
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
