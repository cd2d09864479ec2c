//! A path's outline as screen polylines: simplified, cut at the window's edge, dashed.
//!
//! Everything that leaves here lies in or near the window, so that neither `f32` nor the dash count
//! suffers from a river that goes on for a hundred screens.

use egui::{Pos2, Shape, Stroke};

use crate::app::map_view::camera::pos2;
use crate::scene::{Dash, DeviceRect, Path, View, edge_inside};

/// Vertices closer than this to the last one kept are skipped: nobody sees them.
const FINEST_POINTS: f64 = 0.75;

/// Pushes the outline of `path`. `scale`: screen points per point of the style.
pub(super) fn push_outline(
    shapes: &mut Vec<Shape>,
    path: &Path,
    view: &View,
    stroke: Stroke,
    dash: Dash,
    scale: f64,
) {
    let window = view.rect.grown(f64::from(stroke.width) + 2.0);
    let pattern = Pattern::new(dash, scale);
    for part in &path.parts {
        let mut pen = Pen {
            shapes,
            window,
            stroke,
            pattern: &pattern,
            line: Vec::new(),
            length: 0.0,
        };
        let closing = part.first().filter(|_| path.closed);
        let mut last_kept = None;
        let mut last_seen = None;
        for &vertex in part.iter().chain(closing) {
            let to = view.to_device(vertex);
            last_seen = Some(to);
            match last_kept {
                None => last_kept = Some(to),
                Some(from) if distance(from, to) >= FINEST_POINTS => {
                    pen.segment(from, to);
                    last_kept = Some(to);
                }
                Some(_) => {}
            }
        }
        // The end counts, however near.
        if let (Some(from), Some(to)) = (last_kept, last_seen)
            && from != to
        {
            pen.segment(from, to);
        }
        pen.lift();
    }
}

type Point = (f64, f64);

fn distance(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Strokes and gaps, in screen points.
struct Pattern {
    /// Stroke, gap, stroke, gap…; empty: solid.
    lengths: Vec<f64>,
    period: f64,
}

impl Pattern {
    fn new(dash: Dash, scale: f64) -> Self {
        let lengths: Vec<f64> = match dash {
            Dash::Solid => Vec::new(),
            Dash::Dashed { on, off } => vec![on, off],
            Dash::DashDot { on, off } => vec![on, off, off * 0.5, off],
        }
        .into_iter()
        // Something of each, or the pen would not move on.
        .map(|length| (f64::from(length) * scale).max(0.5))
        .collect();
        let period = lengths.iter().sum();
        Self { lengths, period }
    }

    /// The stretches of `from..to` (along the line) that are drawn.
    fn drawn(&self, from: f64, to: f64, mut draw: impl FnMut(f64, f64)) {
        if self.lengths.is_empty() {
            draw(from, to);
            return;
        }
        let mut start = (from / self.period).floor() * self.period;
        while start < to {
            for pair in self.lengths.chunks(2) {
                let on = pair.first().copied().unwrap_or_default();
                let (a, b) = (start.max(from), (start + on).min(to));
                if a < b {
                    draw(a, b);
                }
                start += pair.iter().sum::<f64>();
            }
        }
    }
}

/// Draws segment after segment, joining what touches.
struct Pen<'a> {
    shapes: &'a mut Vec<Shape>,
    window: DeviceRect,
    stroke: Stroke,
    pattern: &'a Pattern,
    line: Vec<Pos2>,
    /// From the path's beginning, so that dashes do not crawl while the map is dragged.
    length: f64,
}

impl Pen<'_> {
    fn segment(&mut self, from: Point, to: Point) {
        let whole = distance(from, to);
        let start = self.length;
        self.length += whole;
        let Some((enter, leave)) = edge_inside(from, to, self.window) else {
            self.lift();
            return;
        };
        let pattern = self.pattern;
        pattern.drawn(start + enter * whole, start + leave * whole, |a, b| {
            let at = |along: f64| {
                let share = (along - start) / whole;
                pos2((
                    from.0 + (to.0 - from.0) * share,
                    from.1 + (to.1 - from.1) * share,
                ))
            };
            let (a, b) = (at(a), at(b));
            match self.line.last() {
                Some(last) if (*last - a).length_sq() < 0.01 => self.line.push(b),
                _ => {
                    self.lift();
                    self.line.extend([a, b]);
                }
            }
        });
    }

    fn lift(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        let is_ring = line.len() > 3
            && line
                .first()
                .zip(line.last())
                .is_some_and(|(first, last)| (*first - *last).length_sq() < 0.01);
        if is_ring {
            line.pop();
            self.shapes.push(Shape::closed_line(line, self.stroke));
        } else if line.len() > 1 {
            self.shapes.push(Shape::line(line, self.stroke));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Plane, PlanePoint};

    const WINDOW: DeviceRect = DeviceRect::from_size(0.0, 0.0, 100.0, 100.0);

    /// One unit of the plane is one point, the window's corner is the origin.
    fn view() -> View {
        View::new(&Plane::World, WINDOW, PlanePoint { x: 50.0, y: 50.0 }, 1.0)
    }

    fn outline(points: &[Point], closed: bool, dash: Dash) -> Vec<Vec<Pos2>> {
        let part = points.iter().map(|&(x, y)| PlanePoint { x, y }).collect();
        let path = Path {
            parts: vec![part],
            closed,
            bounds: [0.0; 4],
        };
        let mut shapes = Vec::new();
        let stroke = Stroke::new(1.0, egui::Color32::RED);
        push_outline(&mut shapes, &path, &view(), stroke, dash, 1.0);
        shapes
            .into_iter()
            .map(|shape| match shape {
                Shape::Path(path) => path.points,
                other => panic!("not a line: {other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_line_that_leaves_the_window_and_comes_back_is_cut_in_two() {
        let lines = outline(
            &[(10.0, 50.0), (1e7, 50.0), (1e7, 60.0), (10.0, 60.0)],
            false,
            Dash::Solid,
        );
        assert_eq!(lines.len(), 2);
        for point in lines.iter().flatten() {
            assert!(point.x <= 104.0, "{point:?}");
        }
    }

    #[test]
    fn a_ring_inside_the_window_stays_one_closed_line() {
        let lines = outline(
            &[(10.0, 10.0), (90.0, 10.0), (90.0, 90.0), (10.0, 90.0)],
            true,
            Dash::Solid,
        );
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].len(), 4);
    }

    #[test]
    fn vertices_too_near_to_see_are_dropped_but_never_the_end() {
        let fine: Vec<Point> = (0..=1000).map(|i| (f64::from(i) * 0.01, 5.0)).collect();
        let lines = outline(&fine, false, Dash::Solid);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].len() < 20, "{}", lines[0].len());
        assert_eq!(lines[0].last(), Some(&Pos2::new(10.0, 5.0)));
    }

    #[test]
    fn dashes_have_their_lengths_and_stay_put_when_only_part_is_in_the_window() {
        let dash = Dash::Dashed { on: 6.0, off: 4.0 };
        let from_edge = outline(&[(-95.0, 50.0), (45.0, 50.0)], false, dash);
        // Dashes begin every ten points from −95: the window's edge (−3) cuts one of them.
        let starts: Vec<f32> = from_edge.iter().map(|line| line[0].x).collect();
        assert_eq!(starts, [-3.0, 5.0, 15.0, 25.0, 35.0]);
        assert!((from_edge[1][1].x - 11.0).abs() < 1e-4);
    }
}
