//! Where a river runs inside the district, and where it comes in and goes out.
//!
//! The crossings are geometry, not monitoring: no station stands there because of them.

use geo::{
    Contains, Coord, Distance, InterpolatePoint, Length, Line, LineString, Point, Polygon,
    algorithm::line_measures::Geodesic,
    line_intersection::{LineIntersection, line_intersection},
};

use super::Geography;
use crate::crs::LonLat;

/// The three rivers that have lines.
const BIG_RIVERS: [&str; 3] = ["岷江", "大渡河", "青衣江"];

/// 入境 or 出境, in the direction of flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FlowRole {
    Entry,
    Exit,
}

impl FlowRole {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Entry => "入境",
            Self::Exit => "出境",
        }
    }
}

/// A river's crossing of the boundary, good to the precision of its line.
#[derive(Clone, Debug, PartialEq)]
pub struct BorderSection {
    /// `岷江入境断面（概略）`.
    pub name: String,
    pub river: String,
    pub role: FlowRole,
    pub at: LonLat,
    pub precision_m: f64,
    /// One Chinese sentence: how the point came about.
    pub basis: String,
}

/// First entry and last exit of each big river. A river that ends in the district has no exit.
pub fn border_sections(geography: &Geography) -> Vec<BorderSection> {
    BIG_RIVERS
        .into_iter()
        .flat_map(|river| sections_of(geography, river))
        .collect()
}

fn sections_of(geography: &Geography, river: &str) -> Vec<BorderSection> {
    let Some(course) = geography.course(river) else {
        return Vec::new();
    };
    let (source, precision_m) = line_quality(geography, river);
    let section = |role: FlowRole, at: Coord<f64>| BorderSection {
        name: format!("{river}{}断面（概略）", role.label()),
        river: river.to_owned(),
        role,
        at: LonLat::new(at.x, at.y),
        precision_m,
        basis: format!(
            "由{river}河线与区界相交算出的{}点，±{precision_m:.0} 米，不是监测断面；来源：{source}，{}",
            role.label(),
            geography.boundary.source,
        ),
    };
    let stretches = stretches(&course, &geography.boundary.outline);
    let crossings = |from_inside: bool| {
        stretches.windows(2).filter_map(move |pair| match pair {
            [before, after] if before.inside == from_inside && after.inside != from_inside => {
                after.line.coords().next().copied()
            }
            _ => None,
        })
    };
    let entry = crossings(false)
        .next()
        .map(|at| section(FlowRole::Entry, at));
    let exit = crossings(true)
        .next_back()
        .map(|at| section(FlowRole::Exit, at));
    entry.into_iter().chain(exit).collect()
}

/// Source and worst precision of a river's lines.
pub(super) fn line_quality(geography: &Geography, river: &str) -> (String, f64) {
    geography
        .lines_of(river)
        .fold((String::new(), 0.0), |(_, worst), line| {
            (
                line.source.clone(),
                line.precision_m.unwrap_or_default().max(worst),
            )
        })
}

/// The part of a river that lies in the district.
pub(super) struct Reach {
    pub(super) length_m: f64,
    /// Half-way along, measured on the water.
    pub(super) middle: LonLat,
}

/// `None` where the course stays outside.
pub(super) fn reach_inside(course: &LineString<f64>, district: &Polygon<f64>) -> Option<Reach> {
    let inside: Vec<LineString<f64>> = stretches(course, district)
        .into_iter()
        .filter_map(|stretch| stretch.inside.then_some(stretch.line))
        .collect();
    let length_m: f64 = inside.iter().map(|line| Geodesic.length(line)).sum();
    let mut to_go = length_m / 2.0;
    for segment in inside.iter().flat_map(LineString::lines) {
        let (start, end) = (Point(segment.start), Point(segment.end));
        let step = Geodesic.distance(start, end);
        if step > 0.0 && to_go <= step {
            let middle = Geodesic.point_at_distance_between(start, end, to_go);
            return Some(Reach {
                length_m,
                middle: LonLat::new(middle.x(), middle.y()),
            });
        }
        to_go -= step;
    }
    None
}

/// An unbroken run of a course on one side of the boundary.
struct Stretch {
    inside: bool,
    line: LineString<f64>,
}

/// Cuts a course at the boundary, in the direction of flow.
fn stretches(course: &LineString<f64>, district: &Polygon<f64>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for piece in course
        .lines()
        .flat_map(|segment| cut(segment, district.exterior()))
    {
        let middle = Point((piece.start + piece.end) / 2.0);
        let inside = district.contains(&middle);
        match stretches.last_mut() {
            Some(last) if last.inside == inside => last.line.0.push(piece.end),
            _ => stretches.push(Stretch {
                inside,
                line: LineString::new(vec![piece.start, piece.end]),
            }),
        }
    }
    stretches
}

/// A segment's pieces between its crossings of a ring.
fn cut(segment: Line<f64>, ring: &LineString<f64>) -> Vec<Line<f64>> {
    let from_start = |at: &Coord<f64>| {
        let offset = *at - segment.start;
        offset.x.hypot(offset.y)
    };
    let mut cuts: Vec<Coord<f64>> = ring
        .lines()
        .filter_map(|edge| match line_intersection(segment, edge) {
            Some(LineIntersection::SinglePoint { intersection, .. }) => Some(intersection),
            // Running along the boundary is no crossing.
            Some(LineIntersection::Collinear { .. }) | None => None,
        })
        .collect();
    cuts.sort_by(|a, b| from_start(a).total_cmp(&from_start(b)));
    cuts.push(segment.end);
    let mut start = segment.start;
    let mut pieces = Vec::with_capacity(cuts.len());
    for end in cuts {
        if end != start {
            pieces.push(Line::new(start, end));
            start = end;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    fn square() -> Polygon<f64> {
        wkt!(POLYGON((0.0 0.0,10.0 0.0,10.0 10.0,0.0 10.0,0.0 0.0)))
    }

    #[test]
    fn a_course_is_cut_where_it_crosses_and_only_there() {
        // In at the west, out at the north, in again, and it ends inside.
        let course = wkt!(LINESTRING(-2.0 5.0,3.0 5.0,3.0 12.0,6.0 12.0,6.0 4.0));
        let sides: Vec<_> = stretches(&course, &square())
            .into_iter()
            .map(|stretch| (stretch.inside, stretch.line))
            .collect();
        assert_eq!(
            sides,
            [
                (false, wkt!(LINESTRING(-2.0 5.0,0.0 5.0))),
                (true, wkt!(LINESTRING(0.0 5.0,3.0 5.0,3.0 10.0))),
                (false, wkt!(LINESTRING(3.0 10.0,3.0 12.0,6.0 12.0,6.0 10.0))),
                (true, wkt!(LINESTRING(6.0 10.0,6.0 4.0))),
            ]
        );
    }

    #[test]
    fn the_middle_is_measured_on_the_water_inside_only() {
        let course = wkt!(LINESTRING(-50.0 5.0,4.0 5.0,4.0 5.5,0.5 5.5,-30.0 5.5));
        let reach = reach_inside(&course, &square()).unwrap();
        // 4 + 0.5 + 4 degrees inside: half-way lies on the short step at the far end.
        assert!((reach.middle.lon - 4.0).abs() < 0.01, "{:?}", reach.middle);
        assert!((5.0..5.5).contains(&reach.middle.lat), "{:?}", reach.middle);
        assert!(reach_inside(&wkt!(LINESTRING(-5.0 20.0,5.0 20.0)), &square()).is_none());
    }
}
