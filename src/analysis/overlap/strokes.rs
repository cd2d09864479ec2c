//! Lines and points in an area: a road through a red line, a project's place in it.
//!
//! What runs along the outline or lies on it touches, and is not inside. Must not know features.

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{Closest, ClosestPoint as _, Coord, Line, LineString, Point};

use super::edges::{Bounds, Edge, Side};
use super::shape::Area;
use super::{THINNEST_M, metres_per_degree};

/// The stretches of lines inside an area.
pub(super) fn lines_within<'a>(
    lines: impl Iterator<Item = &'a LineString<f64>>,
    area: &Area<'_>,
) -> Vec<LineString<f64>> {
    let mut within = Vec::new();
    for line in lines {
        let mut stretch: Vec<Coord<f64>> = Vec::new();
        for edge in line.lines() {
            pieces(&edge, area, |from, to, inside| {
                if !inside || stretch.last().is_some_and(|last| *last != from) {
                    within.push(std::mem::take(&mut stretch));
                }
                if inside {
                    if stretch.is_empty() {
                        stretch.push(from);
                    }
                    stretch.push(to);
                }
            });
        }
        within.push(stretch);
    }
    within.retain(|stretch| stretch.len() > 1);
    within.into_iter().map(LineString).filter(is_long).collect()
}

/// The points inside an area.
pub(super) fn points_within(points: &[Point<f64>], area: &Area<'_>) -> Vec<Point<f64>> {
    let inside = |point: &&Point<f64>| area.side(point.0) == Side::Inside;
    points.iter().filter(inside).copied().collect()
}

/// One straight line in pieces, each wholly inside or not.
fn pieces(line: &Line<f64>, area: &Area<'_>, mut found: impl FnMut(Coord<f64>, Coord<f64>, bool)) {
    let way = line.delta();
    let squared = way.x * way.x + way.y * way.y;
    if squared == 0.0 {
        return;
    }
    let bounds = Edge {
        at: 0,
        from: line.start,
        to: line.end,
    }
    .bounds();
    let near = area.edges_near(&bounds);
    let share = |at: Coord<f64>| {
        let from = at - line.start;
        ((from.x * way.x + from.y * way.y) / squared).clamp(0.0, 1.0)
    };
    let mut cuts = vec![0.0, 1.0];
    for edge in &near {
        match line_intersection(*line, Line::new(edge.from, edge.to)) {
            Some(LineIntersection::SinglePoint { intersection, .. }) => {
                cuts.push(share(intersection));
            }
            Some(LineIntersection::Collinear { intersection }) => {
                cuts.extend([share(intersection.start), share(intersection.end)]);
            }
            None => {}
        }
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let at = |share: f64| {
        if share >= 1.0 {
            line.end
        } else {
            line.start + way * share
        }
    };
    for pair in cuts.windows(2) {
        let &[from, to] = pair else {
            continue;
        };
        let quarters = [0.25, 0.5, 0.75].map(|share| at(from + (to - from) * share));
        let [_, middle, _] = quarters;
        let inside = area.side(middle) == Side::Inside
            && !quarters.iter().all(|at| runs_along(*at, &near, &bounds));
        found(at(from), at(to), inside);
    }
}

/// Is a point as near to an edge as makes no difference?
fn runs_along(at: Coord<f64>, edges: &[Edge], bounds: &Bounds) -> bool {
    let scale = metres_per_degree(bounds.min.y);
    edges.iter().any(|edge| {
        let line = Line::new(edge.from, edge.to);
        match line.closest_point(&Point(at)) {
            Closest::Intersection(_) => true,
            Closest::SinglePoint(near) => {
                let way = near.0 - at;
                (way.x * scale.x).hypot(way.y * scale.y) < THINNEST_M
            }
            Closest::Indeterminate => false,
        }
    })
}

fn is_long(line: &LineString<f64>) -> bool {
    let scale = metres_per_degree(line.0.first().map_or(0.0, |at| at.y));
    let length = |line: Line<f64>| (line.dx() * scale.x).hypot(line.dy() * scale.y);
    line.lines().map(length).sum::<f64>() > THINNEST_M
}
