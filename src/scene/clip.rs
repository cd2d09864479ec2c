//! A path on the device, with only what the window needs: culled, cut to the window, thinned.
//!
//! Keeps a printed sheet small however large its layers are. Knows no painter.

use super::{DeviceRect, Path, View};

/// Vertices nearer than this to the last one kept are dropped: 0.05 mm, half a printer's dot at 300 dpi.
const THINNING_PT: f64 = 0.05 / 25.4 * 72.0;

/// Rings or lines in device points.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outline {
    pub(super) parts: Vec<Vec<(f64, f64)>>,
    pub(super) closed: bool,
}

/// `None` where nothing of the path comes within `margin` points of the window. Cut edges of rings run
/// along the margin, out of sight.
pub(super) fn outline(path: &Path, view: &View, margin: f64) -> Option<Outline> {
    let window = view.rect.grown(margin);
    if !touches(view.bounds_to_device(path.bounds), window) {
        return None;
    }
    let inside = window.contains_rect(view.bounds_to_device(path.bounds));
    let mut parts = Vec::with_capacity(path.parts.len());
    for part in &path.parts {
        let points = thinned(part.iter().map(|at| view.to_device(*at)), path.closed);
        match (inside, path.closed) {
            (true, _) => parts.push(points),
            (false, true) => parts.push(cut_ring(points, window)),
            (false, false) => parts.extend(cut_line(&points, window)),
        }
    }
    parts.retain(|part| part.len() >= if path.closed { 3 } else { 2 });
    (!parts.is_empty()).then_some(Outline {
        parts,
        closed: path.closed,
    })
}

/// The part of a segment inside a rectangle, as shares of its length (Liang–Barsky).
pub fn edge_inside(from: (f64, f64), to: (f64, f64), rect: DeviceRect) -> Option<(f64, f64)> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (run, room) in [
        (-dx, from.0 - rect.min_x),
        (dx, rect.max_x - from.0),
        (-dy, from.1 - rect.min_y),
        (dy, rect.max_y - from.1),
    ] {
        if run < 0.0 {
            enter = enter.max(room / run);
        } else if run > 0.0 {
            leave = leave.min(room / run);
        } else if room < 0.0 {
            return None;
        }
    }
    (enter < leave).then_some((enter, leave))
}

/// As [`DeviceRect::overlaps`], but a line's flat bounds count too.
fn touches(a: DeviceRect, b: DeviceRect) -> bool {
    a.min_x <= b.max_x && b.min_x <= a.max_x && a.min_y <= b.max_y && b.min_y <= a.max_y
}

fn thinned(points: impl Iterator<Item = (f64, f64)>, closed: bool) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut skipped = None;
    for point in points {
        match kept.last() {
            Some(last) if (last.0 - point.0).hypot(last.1 - point.1) < THINNING_PT => {
                skipped = Some(point);
            }
            _ => {
                kept.push(point);
                skipped = None;
            }
        }
    }
    // A line keeps its true end.
    if !closed && let Some(end) = skipped {
        kept.push(end);
    }
    kept
}

/// The ring cut by each side of the window in turn (Sutherland and Hodgman).
fn cut_ring(mut ring: Vec<(f64, f64)>, window: DeviceRect) -> Vec<(f64, f64)> {
    type Depth = fn((f64, f64), DeviceRect) -> f64;
    let sides: [Depth; 4] = [
        |point, window| point.0 - window.min_x,
        |point, window| window.max_x - point.0,
        |point, window| point.1 - window.min_y,
        |point, window| window.max_y - point.1,
    ];
    for depth in sides {
        let Some(mut from) = ring.last().copied() else {
            return ring;
        };
        let mut kept = Vec::with_capacity(ring.len() + 4);
        for &to in &ring {
            let (before, after) = (depth(from, window), depth(to, window));
            if (before < 0.0) != (after < 0.0) {
                let share = before / (before - after);
                kept.push((
                    from.0 + (to.0 - from.0) * share,
                    from.1 + (to.1 - from.1) * share,
                ));
            }
            if after >= 0.0 {
                kept.push(to);
            }
            from = to;
        }
        ring = kept;
    }
    ring
}

/// The runs of a line whose edges come near the window.
fn cut_line(line: &[(f64, f64)], window: DeviceRect) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut running = false;
    for edge in line.windows(2) {
        let [from, to] = edge else {
            continue;
        };
        let bounds = DeviceRect {
            min_x: from.0.min(to.0),
            min_y: from.1.min(to.1),
            max_x: from.0.max(to.0),
            max_y: from.1.max(to.1),
        };
        if !touches(bounds, window) {
            running = false;
            continue;
        }
        match runs.last_mut() {
            Some(run) if running => run.push(*to),
            _ => runs.push(vec![*from, *to]),
        }
        running = true;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Plane, PlanePoint, paths};

    const WINDOW: DeviceRect = DeviceRect::from_size(0.0, 0.0, 100.0, 100.0);

    fn view() -> View {
        View::new(&Plane::World, WINDOW, PlanePoint { x: 50.0, y: 50.0 }, 1.0)
    }

    fn path(points: &[(f64, f64)], closed: bool) -> Path {
        let part = points.iter().map(|(x, y)| PlanePoint { x: *x, y: *y });
        paths::path(vec![part.collect()], closed).unwrap()
    }

    #[test]
    fn a_ring_larger_than_the_window_becomes_the_window() {
        let huge = path(&[(-1e6, -1e6), (1e6, -1e6), (1e6, 1e6), (-1e6, 1e6)], true);
        let cut = outline(&huge, &view(), 10.0).unwrap();
        assert_eq!(cut.parts.len(), 1);
        let box_ = WINDOW.grown(10.0 + 1e-6);
        assert!(cut.parts[0].iter().all(|point| box_.contains(*point)));
        assert_eq!(cut.parts[0].len(), 4);
    }

    #[test]
    fn what_is_far_away_is_not_drawn_and_a_line_keeps_only_its_near_runs() {
        let far = path(&[(500.0, 500.0), (600.0, 500.0), (600.0, 600.0)], true);
        assert_eq!(outline(&far, &view(), 10.0), None);
        let zigzag = path(
            &[
                (50.0, 50.0),
                (50.0, 400.0),
                (900.0, 400.0),
                (900.0, 50.0),
                (60.0, 50.0),
            ],
            false,
        );
        let cut = outline(&zigzag, &view(), 10.0).unwrap();
        assert_eq!(cut.parts.len(), 2);
    }

    #[test]
    fn vertices_closer_than_a_twentieth_of_a_millimetre_are_thinned_but_a_line_keeps_its_end() {
        let dense: Vec<(f64, f64)> = (0..=1000)
            .map(|i| (10.0 + f64::from(i) * 0.01, 50.0))
            .collect();
        let cut = outline(&path(&dense, false), &view(), 10.0).unwrap();
        assert!(cut.parts[0].len() < 80, "{}", cut.parts[0].len());
        assert_eq!(cut.parts[0].last(), dense.last());
    }
}
