//! Rings with a tree of boxes over their edges, so that a question about a small window or a point does not
//! walk the whole ring.
//!
//! The tree is made in one pass: edges that follow each other lie near each other, so boxes over runs of
//! edges, and boxes over runs of boxes, are nearly as good as a sorted tree, and edges come out in order.
//! Must not know features, areas in m², or cutting.

use geo::kernels::{Kernel as _, Orientation, RobustKernel};
use geo::{Coord, LineString};

/// Edges under one box of the lowest level.
const RUN: usize = 12;
/// Boxes under one box of the next level.
const FAN: usize = 6;

/// A rectangle in degrees; its border belongs to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) min: Coord<f64>,
    pub(super) max: Coord<f64>,
}

impl Bounds {
    /// Holds nothing; whatever is united with it is the result.
    pub(super) const EMPTY: Self = Self {
        min: Coord {
            x: f64::INFINITY,
            y: f64::INFINITY,
        },
        max: Coord {
            x: f64::NEG_INFINITY,
            y: f64::NEG_INFINITY,
        },
    };

    pub(super) fn of(points: &[Coord<f64>]) -> Self {
        points.iter().fold(Self::EMPTY, |bounds, point| Self {
            min: least(bounds.min, *point),
            max: most(bounds.max, *point),
        })
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self {
            min: least(self.min, other.min),
            max: most(self.max, other.max),
        }
    }

    /// What both hold; inside out where they do not touch.
    pub(super) fn common(self, other: Self) -> Self {
        Self {
            min: most(self.min, other.min),
            max: least(self.max, other.max),
        }
    }

    pub(super) fn touches(&self, other: &Self) -> bool {
        self.min.x <= other.max.x
            && other.min.x <= self.max.x
            && self.min.y <= other.max.y
            && other.min.y <= self.max.y
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        self.min.x <= other.min.x
            && other.max.x <= self.max.x
            && self.min.y <= other.min.y
            && other.max.y <= self.max.y
    }

    pub(super) fn has(&self, at: Coord<f64>) -> bool {
        self.contains(&Self { min: at, max: at })
    }

    pub(super) fn grown(self, by: f64) -> Self {
        let by = Coord { x: by, y: by };
        Self {
            min: self.min - by,
            max: self.max + by,
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.max.x - self.min.x
    }

    pub(super) fn height(&self) -> f64 {
        self.max.y - self.min.y
    }
}

fn least(a: Coord<f64>, b: Coord<f64>) -> Coord<f64> {
    Coord {
        x: a.x.min(b.x),
        y: a.y.min(b.y),
    }
}

fn most(a: Coord<f64>, b: Coord<f64>) -> Coord<f64> {
    Coord {
        x: a.x.max(b.x),
        y: a.y.max(b.y),
    }
}

/// Where a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Outside,
    Edge,
}

/// An edge of a ring, from vertex `at` to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) at: usize,
    pub(super) from: Coord<f64>,
    pub(super) to: Coord<f64>,
}

impl Edge {
    pub(super) fn bounds(&self) -> Bounds {
        Bounds {
            min: least(self.from, self.to),
            max: most(self.from, self.to),
        }
    }

    /// Do two edges have a point in common?
    pub(super) fn meets(&self, other: &Self) -> bool {
        let apart = |line: &Self, edge: &Self| {
            let start = turn(line.from, line.to, edge.from);
            start != Orientation::Collinear && start == turn(line.from, line.to, edge.to)
        };
        self.bounds().touches(&other.bounds()) && !apart(self, other) && !apart(other, self)
    }
}

/// Exact: the sign of the area of three points.
pub(super) fn turn(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>) -> Orientation {
    RobustKernel::orient2d(a, b, c)
}

/// A closed ring, or an open line, of an area that lives elsewhere.
#[derive(Debug)]
pub(super) struct Ring<'a> {
    pub(super) points: &'a [Coord<f64>],
    pub(super) bounds: Bounds,
    /// Boxes over runs of edges, then over runs of boxes, up to one that is short.
    levels: Vec<Vec<Bounds>>,
}

impl<'a> Ring<'a> {
    pub(super) fn new(line: &'a LineString<f64>) -> Self {
        let points = line.0.as_slice();
        let mut levels = Vec::new();
        if points.len() > 2 * RUN {
            // A run of n edges has n + 1 points, and the next one begins with its last.
            let runs = (0..points.len() - 1).step_by(RUN);
            let mut level: Vec<Bounds> = runs.map(|run| Bounds::of(slice(points, run))).collect();
            while level.len() > FAN {
                let next = level.chunks(FAN).map(united).collect();
                levels.push(std::mem::replace(&mut level, next));
            }
            levels.push(level);
        }
        let bounds = levels
            .last()
            .map_or_else(|| Bounds::of(points), |top| united(top));
        Self {
            points,
            bounds,
            levels,
        }
    }

    /// The edges whose box touches a window, in the ring's order.
    pub(super) fn edges_near(&self, window: &Bounds, mut found: impl FnMut(Edge)) {
        if !self.bounds.touches(window) {
            return;
        }
        self.visit(&|bounds| bounds.touches(window), &mut |edge| {
            if edge.bounds().touches(window) {
                found(edge);
            }
        });
    }

    /// How often a ray from a point to the east crosses the ring: odd inside. `None`: it lies on an edge.
    pub(super) fn crossings_east_of(&self, at: Coord<f64>) -> Option<usize> {
        let near =
            |bounds: &Bounds| bounds.min.y <= at.y && at.y <= bounds.max.y && at.x <= bounds.max.x;
        if !near(&self.bounds) {
            return Some(0);
        }
        let (mut crossings, mut on_edge) = (0, false);
        self.visit(&near, &mut |edge| {
            if near(&edge.bounds()) {
                match crosses_east_of(&edge, at) {
                    Some(crosses) => crossings += usize::from(crosses),
                    None => on_edge = true,
                }
            }
        });
        (!on_edge).then_some(crossings)
    }

    fn visit(&self, near: &impl Fn(&Bounds) -> bool, found: &mut impl FnMut(Edge)) {
        match self.levels.len().checked_sub(1) {
            Some(top) => self.visit_level(top, 0, near, found),
            None => edges(self.points, 0).for_each(found),
        }
    }

    /// The boxes of one level from `first` on that lie under one box of the next level.
    fn visit_level(
        &self,
        level: usize,
        first: usize,
        near: &impl Fn(&Bounds) -> bool,
        found: &mut impl FnMut(Edge),
    ) {
        let boxes = self.levels.get(level).map_or(&[][..], Vec::as_slice);
        for (place, bounds) in boxes.iter().enumerate().skip(first).take(FAN) {
            if !near(bounds) {
                continue;
            }
            match level.checked_sub(1) {
                Some(below) => self.visit_level(below, place * FAN, near, found),
                None => {
                    edges(slice(self.points, place * RUN), place * RUN).for_each(&mut *found);
                }
            }
        }
    }
}

fn united(boxes: &[Bounds]) -> Bounds {
    boxes.iter().fold(Bounds::EMPTY, |all, one| all.union(*one))
}

/// The points of the run of edges that starts at a vertex.
fn slice(points: &[Coord<f64>], start: usize) -> &[Coord<f64>] {
    let end = (start + RUN + 1).min(points.len());
    points.get(start..end).unwrap_or_default()
}

fn edges(points: &[Coord<f64>], first: usize) -> impl Iterator<Item = Edge> {
    let pairs = points.iter().zip(points.iter().skip(1));
    pairs
        .zip(first..)
        .map(|((&from, &to), at)| Edge { at, from, to })
}

/// Does an edge cross the ray from a point to the east? An edge owns its lower end, not its upper one, so
/// that a corner counts once. `None`: the point is on the edge.
pub(super) fn crosses_east_of(edge: &Edge, at: Coord<f64>) -> Option<bool> {
    let Edge { from, to, .. } = *edge;
    if at == from || at == to {
        return None;
    }
    if (from.y <= at.y) == (to.y <= at.y) {
        let along = edge.bounds().has(at) && turn(from, to, at) == Orientation::Collinear;
        return (!along).then_some(false);
    }
    let upwards = from.y < to.y;
    match turn(from, to, at) {
        Orientation::Collinear => None,
        // The point is on the left of an edge that runs up, or on the right of one that runs down.
        Orientation::CounterClockwise => Some(upwards),
        Orientation::Clockwise => Some(!upwards),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star(corners: u32) -> LineString<f64> {
        let mut points: Vec<Coord<f64>> = (0..corners)
            .map(|k| {
                let turn = f64::from(k) / f64::from(corners) * std::f64::consts::TAU;
                let reach = if k % 2 == 0 { 1.0 } else { 0.6 };
                Coord {
                    x: reach * turn.cos(),
                    y: reach * turn.sin(),
                }
            })
            .collect();
        points.push(points[0]);
        LineString(points)
    }

    #[test]
    fn the_tree_finds_the_same_edges_as_walking_the_ring() {
        for corners in [4, 24, 25, 26, 100, 1000, 5000] {
            let star = star(corners);
            let ring = Ring::new(&star);
            assert_eq!(ring.bounds, Bounds::of(&star.0));
            for (x, y, size) in [
                (0.9, 0.0, 0.2),
                (-0.5, -0.5, 0.01),
                (0.0, 0.0, 3.0),
                (5.0, 5.0, 1.0),
            ] {
                let window = Bounds {
                    min: Coord { x, y },
                    max: Coord { x, y },
                }
                .grown(size);
                let mut found = Vec::new();
                ring.edges_near(&window, |edge| found.push(edge));
                let walked: Vec<Edge> = edges(&star.0, 0)
                    .filter(|edge| edge.bounds().touches(&window))
                    .collect();
                assert_eq!(found, walked, "{corners} {x} {y} {size}");
            }
        }
    }

    #[test]
    fn points_are_in_out_or_on_the_edge_even_beside_a_corner() {
        let star = star(2000);
        let ring = Ring::new(&star);
        let parity = |x, y| {
            ring.crossings_east_of(Coord { x, y })
                .map(|count| count % 2)
        };
        assert_eq!(parity(0.0, 0.0), Some(1));
        assert_eq!(parity(-0.599, 0.0), Some(1));
        assert_eq!(parity(-1.1, 0.0), Some(0));
        assert_eq!(parity(0.0, 1.1), Some(0));
        for corner in &star.0 {
            assert_eq!(ring.crossings_east_of(*corner), None);
        }
        let square: LineString<f64> =
            vec![(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0), (0.0, 0.0)].into();
        let ring = Ring::new(&square);
        let at = |x, y| {
            ring.crossings_east_of(Coord { x, y })
                .map(|count| count % 2)
        };
        assert_eq!(
            [at(1.0, 0.0), at(1.0, 2.0), at(0.0, 1.0), at(2.0, 1.0)],
            [None; 4]
        );
        assert_eq!(
            [at(3.0, 0.0), at(-1.0, 0.0), at(-1.0, 2.0), at(1.0, 1.0)],
            [Some(0), Some(0), Some(0), Some(1)]
        );
    }
}
