//! The part of an area that lies in a window, from the edges near the window alone.
//!
//! Must not know features or m². What is inside the window is exact; outside it the rings run anywhere.
//!
//! Edges are cut at a collar around the window. Where a ring leaves the collar and comes back, it is led
//! along the collar, which may run on the wrong side of the window: by the even-odd rule that turns inside
//! and outside round for the whole window at once, so one look at one point tells, and one more ring
//! around the window sets it right. Two points are looked at, and where they do not agree the window is
//! given up: slow, but never wrong.

use geo::{Coord, LineString};

use super::edges::{Bounds, Edge, Side, crosses_east_of};
use super::shape::Area;

/// How far the collar stands off, as a share of the window's size.
const COLLAR: f64 = 1.0 / 16.0;

/// Where to look, as shares of the window's size: nothing that shapes are drawn along.
const LOOKS: [(f64, f64); 8] = [
    (0.413_7, 0.561_1),
    (0.713_9, 0.287_3),
    (0.191_3, 0.811_7),
    (0.877_1, 0.911_3),
    (0.107_9, 0.132_1),
    (0.551_7, 0.047_3),
    (0.036_7, 0.457_9),
    (0.962_3, 0.682_7),
];

/// Rings whose even-odd area is the same as the area's within the window.
pub(super) fn in_window(area: &Area<'_>, window: Bounds) -> Vec<LineString<f64>> {
    cut(area, window).unwrap_or_else(|| {
        area.rings()
            .map(|ring| LineString(ring.points.to_vec()))
            .collect()
    })
}

fn cut(area: &Area<'_>, window: Bounds) -> Option<Vec<LineString<f64>>> {
    let collar = Collar(window.grown(window.width().max(window.height()) * COLLAR));
    if collar.0.contains(&area.bounds) {
        return None;
    }
    let mut rings = Vec::new();
    for ring in area.rings() {
        if collar.0.contains(&ring.bounds) {
            rings.push(LineString(ring.points.to_vec()));
            continue;
        }
        let mut path = Path::new(&collar);
        ring.edges_near(&collar.0, |edge| path.add(edge));
        rings.extend(path.closed());
    }
    let mut looks = LOOKS.iter().filter_map(|(x, y)| {
        let at = Coord {
            x: window.min.x + window.width() * x,
            y: window.min.y + window.height() * y,
        };
        let is_inside = match area.side(at) {
            Side::Inside => true,
            Side::Outside => false,
            Side::Edge => return None,
        };
        Some(is_inside != is_in_rings(&rings, at)?)
    });
    let turned = looks.next()?;
    if looks.next()? != turned {
        return None;
    }
    if turned {
        rings.push(collar.ring());
    }
    Some(rings)
}

/// By the even-odd rule; `None`: on an edge.
fn is_in_rings(rings: &[LineString<f64>], at: Coord<f64>) -> Option<bool> {
    let mut inside = false;
    for line in rings.iter().flat_map(LineString::lines) {
        let edge = Edge {
            at: 0,
            from: line.start,
            to: line.end,
        };
        inside ^= crosses_east_of(&edge, at)?;
    }
    Some(inside)
}

/// The rectangle around the window that rings are led along.
struct Collar(Bounds);

impl Collar {
    fn corners(&self) -> [Coord<f64>; 4] {
        let Bounds { min, max } = self.0;
        let at = |x, y| Coord { x, y };
        [min, at(max.x, min.y), max, at(min.x, max.y)]
    }

    fn ring(&self) -> LineString<f64> {
        let [first, second, third, fourth] = self.corners();
        LineString(vec![first, second, third, fourth, first])
    }

    /// How far round the border a point of it is, anticlockwise from the lower left corner: 0 to 4.
    fn round(&self, at: Coord<f64>) -> f64 {
        let Bounds { min, max } = self.0;
        let along = |from: f64, to: f64, at: f64| ((at - from) / (to - from)).clamp(0.0, 1.0);
        if at.y <= min.y {
            along(min.x, max.x, at.x)
        } else if at.x >= max.x {
            1.0 + along(min.y, max.y, at.y)
        } else if at.y >= max.y {
            2.0 + along(max.x, min.x, at.x)
        } else {
            3.0 + along(max.y, min.y, at.y)
        }
    }

    /// The corners between two points of the border, anticlockwise.
    fn corners_between(
        &self,
        from: Coord<f64>,
        to: Coord<f64>,
    ) -> impl Iterator<Item = Coord<f64>> {
        let start = self.round(from);
        let mut end = self.round(to);
        if end < start {
            end += 4.0;
        }
        let corners = self.corners();
        let twice = corners.into_iter().chain(corners);
        (0_u8..)
            .zip(twice)
            .filter(move |(place, _)| (start..=end).contains(&f64::from(*place)))
            .map(|(_, corner)| corner)
    }

    /// The part of an edge within; its ends lie exactly on the border where it was cut.
    fn part(&self, edge: &Edge) -> Option<(Coord<f64>, Coord<f64>)> {
        let Bounds { min, max } = self.0;
        let way = edge.to - edge.from;
        let sides = [
            (-way.x, edge.from.x - min.x),
            (way.x, max.x - edge.from.x),
            (-way.y, edge.from.y - min.y),
            (way.y, max.y - edge.from.y),
        ];
        let (mut enter, mut leave) = ((0.0, None), (1.0, None));
        for (side, (out, room)) in sides.into_iter().enumerate() {
            if out == 0.0 {
                if room < 0.0 {
                    return None;
                }
                continue;
            }
            let share = room / out;
            if out < 0.0 && share > enter.0 {
                enter = (share, Some(side));
            } else if out > 0.0 && share < leave.0 {
                leave = (share, Some(side));
            }
        }
        if enter.0 > leave.0 {
            return None;
        }
        let at = |(share, side): (f64, Option<usize>), end: Coord<f64>| {
            let Some(side) = side else {
                return end;
            };
            let mut at = edge.from + way * share;
            match side {
                0 => at.x = min.x,
                1 => at.x = max.x,
                2 => at.y = min.y,
                _ => at.y = max.y,
            }
            at
        };
        Some((at(enter, edge.from), at(leave, edge.to)))
    }
}

/// A ring being led along the collar.
struct Path<'a> {
    collar: &'a Collar,
    points: Vec<Coord<f64>>,
}

impl<'a> Path<'a> {
    const fn new(collar: &'a Collar) -> Self {
        Self {
            collar,
            points: Vec::new(),
        }
    }

    fn add(&mut self, edge: Edge) {
        let Some((from, to)) = self.collar.part(&edge) else {
            return;
        };
        self.lead_to(from);
        self.points.push(to);
    }

    /// On to where the next piece begins: at once, or along the collar.
    fn lead_to(&mut self, next: Coord<f64>) {
        match self.points.last() {
            Some(&last) if last == next => {}
            Some(&last) => {
                self.points.extend(self.collar.corners_between(last, next));
                self.points.push(next);
            }
            None => self.points.push(next),
        }
    }

    fn closed(mut self) -> Option<LineString<f64>> {
        let first = *self.points.first()?;
        self.lead_to(first);
        (self.points.len() > 3).then_some(LineString(self.points))
    }
}
