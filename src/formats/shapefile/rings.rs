//! Rings to polygons with holes, by what lies within what; their direction is only a promise.
//!
//! Must not know any file format.

use std::cell::OnceCell;

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::orient::Direction;
use geo::{BoundingRect, Coord, Line, LineString, Orient, Polygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// So many edges are looked at in all, for each vertex there is. Real shapes need some ten; a file made to
/// keep a computer busy would need as many as it has rings.
const EDGES_PER_VERTEX: usize = 100;
const EDGES_AT_LEAST: usize = 5_000_000;

/// A forest's outline has a hundred thousand vertices and a thousand clearings: from here on it is indexed.
const LARGE: usize = 64;

pub(super) struct Nested {
    pub(super) polygons: Vec<Polygon<f64>>,
    /// Outer rings should run clockwise and holes the other way; here some did not.
    pub(super) against_direction: bool,
}

/// Twice the area, positive where the ring runs counter-clockwise.
pub(super) fn signed_area(ring: &LineString<f64>) -> f64 {
    let Some(&origin) = ring.0.first() else {
        return 0.0;
    };
    // Near the origin no digit is lost to eastings of 35 million.
    (ring.lines())
        .map(|line| (line.start - origin, line.end - origin))
        .map(|(a, b)| a.x * b.y - b.x * a.y)
        .sum()
}

/// A ring within an odd number of others is a hole. `None`: too many rings within each other to tell.
pub(super) fn nest(rings: &[LineString<f64>]) -> Option<Nested> {
    if let [only] = rings {
        return Some(Nested {
            polygons: vec![Polygon::new(only.clone(), Vec::new())],
            against_direction: false,
        });
    }
    let areas: Vec<f64> = rings.iter().map(signed_area).collect();
    let parents = parents(rings, &areas)?;
    // The largest first, so that a parent is decided on before what lies in it.
    let mut order: Vec<usize> = (0..rings.len()).collect();
    order.sort_by(|a, b| areas[*b].abs().total_cmp(&areas[*a].abs()));
    let mut is_hole = vec![false; rings.len()];
    for &ring in &order {
        is_hole[ring] = parents[ring].is_some_and(|parent| !is_hole[parent]);
    }

    let mut holes: Vec<Vec<LineString<f64>>> = vec![Vec::new(); rings.len()];
    for (ring, outline) in rings.iter().enumerate() {
        if let (true, Some(parent)) = (is_hole[ring], parents[ring]) {
            holes[parent].push(outline.clone());
        }
    }
    let apart = !is_hole.contains(&true);
    let one_direction = areas.iter().all(|area| (*area > 0.0) == (areas[0] > 0.0));
    let disagree = || (areas.iter().zip(&is_hole)).any(|(area, is_hole)| (*area > 0.0) != *is_hole);
    let against_direction = !(apart && one_direction) && disagree();
    let polygons = (rings.iter().zip(holes).zip(&is_hole))
        .filter(|(_, is_hole)| !**is_hole)
        .map(|((outline, holes), _)| Polygon::new(outline.clone(), holes));
    Some(Nested {
        polygons: if against_direction {
            polygons
                .map(|polygon| polygon.orient(Direction::Reversed))
                .collect()
        } else {
            polygons.collect()
        },
        against_direction,
    })
}

/// The smallest ring around each.
fn parents(rings: &[LineString<f64>], areas: &[f64]) -> Option<Vec<Option<usize>>> {
    let boxes: Vec<_> = (rings.iter())
        .enumerate()
        .filter_map(|(ring, outline)| {
            let rect = outline.bounding_rect()?;
            let corners = [[rect.min().x, rect.min().y], [rect.max().x, rect.max().y]];
            let [low, high] = corners;
            Some(GeomWithData::new(Rectangle::from_corners(low, high), ring))
        })
        .collect();
    let tree = RTree::bulk_load(boxes);
    let vertices: usize = rings.iter().map(|ring| ring.0.len()).sum();
    let mut budget = (vertices.saturating_mul(EDGES_PER_VERTEX)).max(EDGES_AT_LEAST);
    let outlines: Vec<Outline<'_>> = rings.iter().map(Outline::new).collect();
    let mut parents = vec![None; rings.len()];
    for (ring, outline) in rings.iter().enumerate() {
        let Some(start) = outline.0.first() else {
            continue;
        };
        let mut smallest = f64::INFINITY;
        for candidate in tree.locate_all_at_point(&[start.x, start.y]) {
            let around = candidate.data;
            budget = budget.checked_sub(1)?;
            let area = areas[around].abs();
            if area > areas[ring].abs()
                && area < smallest
                && outlines[around].contains(outline, &mut budget)?
            {
                smallest = area;
                parents[ring] = Some(around);
            }
        }
    }
    Some(parents)
}

/// A ring to look for others in.
struct Outline<'r> {
    ring: &'r LineString<f64>,
    edges: OnceCell<RTree<Edge>>,
}

type Edge = GeomWithData<Rectangle<[f64; 2]>, Line<f64>>;

impl<'r> Outline<'r> {
    const fn new(ring: &'r LineString<f64>) -> Self {
        Self {
            ring,
            edges: OnceCell::new(),
        }
    }

    /// Does it hold the smaller ring? The first place that is not on its boundary decides.
    fn contains(&self, smaller: &LineString<f64>, budget: &mut usize) -> Option<bool> {
        let corners = smaller.0.iter().copied();
        let between = smaller.lines().map(|line| Coord {
            x: f64::midpoint(line.start.x, line.end.x),
            y: f64::midpoint(line.start.y, line.end.y),
        });
        for at in corners.chain(between) {
            match self.position(at, budget)? {
                CoordPos::Inside => return Some(true),
                CoordPos::Outside => return Some(false),
                CoordPos::OnBoundary => {}
            }
        }
        Some(true)
    }

    fn position(&self, at: Coord<f64>, budget: &mut usize) -> Option<CoordPos> {
        if self.ring.0.len() <= LARGE {
            *budget = budget.checked_sub(self.ring.0.len())?;
            return Some(coord_pos_relative_to_ring(at, self.ring));
        }
        // How often does a ray to the east cross it?
        let ray = AABB::from_corners([at.x, at.y], [f64::MAX, at.y]);
        let mut inside = false;
        for edge in self.edges().locate_in_envelope_intersecting(&ray) {
            *budget = budget.checked_sub(1)?;
            let Line { start, end } = edge.data;
            let side = RobustKernel::orient2d(start, end, at);
            let spans = (start.x.min(end.x)..=start.x.max(end.x)).contains(&at.x);
            if side == Orientation::Collinear && spans {
                return Some(CoordPos::OnBoundary);
            }
            let upwards = start.y <= at.y && at.y < end.y;
            let downwards = end.y <= at.y && at.y < start.y;
            inside ^= upwards && side == Orientation::CounterClockwise
                || downwards && side == Orientation::Clockwise;
        }
        Some(if inside {
            CoordPos::Inside
        } else {
            CoordPos::Outside
        })
    }

    fn edges(&self) -> &RTree<Edge> {
        self.edges.get_or_init(|| {
            let edge = |line: Line<f64>| {
                let corners = [line.start, line.end].map(|at| [at.x, at.y]);
                GeomWithData::new(Rectangle::from_corners(corners[0], corners[1]), line)
            };
            RTree::bulk_load(self.ring.lines().map(edge).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, size: f64, clockwise: bool) -> LineString<f64> {
        let mut ring = LineString::from(vec![
            (x, y),
            (x, y + size),
            (x + size, y + size),
            (x + size, y),
            (x, y),
        ]);
        if !clockwise {
            ring.0.reverse();
        }
        ring
    }

    #[test]
    fn an_island_in_a_lake_on_an_island_is_told_by_containment_alone() {
        for flip in [false, true] {
            // In an order that no program writes.
            let rings = [
                square(4.0, 4.0, 1.0, !flip),
                square(2.0, 2.0, 5.0, flip),
                square(0.0, 0.0, 10.0, !flip),
                square(20.0, 0.0, 3.0, !flip),
            ];
            let nested = nest(&rings).unwrap();
            let holes: Vec<usize> = (nested.polygons.iter())
                .map(|polygon| polygon.interiors().len())
                .collect();
            assert_eq!(holes, [0, 1, 0]);
            assert_eq!(nested.against_direction, flip);
        }
    }

    #[test]
    fn a_hole_that_touches_its_outer_ring_is_a_hole() {
        let outer = square(0.0, 0.0, 10.0, true);
        let hole = LineString::from(vec![(0.0, 0.0), (10.0, 0.0), (5.0, 5.0), (0.0, 0.0)]);
        let nested = nest(&[outer, hole]).unwrap();
        assert_eq!(nested.polygons.len(), 1);
        assert!(!nested.against_direction);
    }

    #[test]
    fn an_indexed_ring_holds_what_it_holds_without_its_index() {
        // A saw of 400 teeth with corners of its own on every line.
        let mut saw = vec![(0.0, -10.0), (0.0, 0.0)];
        saw.extend((1..400).map(|at| (f64::from(at), f64::from(at % 2) * 5.0)));
        saw.extend([(400.0, 0.0), (400.0, -10.0), (0.0, -10.0)]);
        let saw = LineString::from(saw);
        let outline = Outline::new(&saw);
        for x in -4..1620 {
            for y in -44..24 {
                let at = Coord {
                    x: f64::from(x) / 4.0,
                    y: f64::from(y) / 4.0,
                };
                let expected = coord_pos_relative_to_ring(at, &saw);
                assert_eq!(
                    outline.position(at, &mut usize::MAX.clone()),
                    Some(expected),
                    "{at:?}"
                );
            }
        }
    }

    #[test]
    fn neighbours_in_either_direction_stay_parts() {
        let rings = [square(0.0, 0.0, 1.0, false), square(1.0, 0.0, 1.0, false)];
        let nested = nest(&rings).unwrap();
        assert_eq!(nested.polygons.len(), 2);
        assert!(!nested.against_direction);
    }
}
