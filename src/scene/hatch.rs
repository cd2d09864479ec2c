//! Parallel 45° lines inside rings, for every painter: schematic areas look the same on screen and paper.

use super::DeviceRect;

/// However large an area is, no more lines than this: beyond it the spacing grows.
const MOST_LINES: f64 = 1_500.0;

/// Line segments at 45° inside `rings` (even-odd, device points) and inside `within`, `spacing` points apart.
///
/// The lines are counted from the first ring's first point, so that they move with the map and do not
/// swim while it is panned.
pub fn hatch_lines(
    rings: &[Vec<(f64, f64)>],
    within: DeviceRect,
    spacing: f64,
) -> Vec<[(f64, f64); 2]> {
    let Some(&anchor) = rings.iter().find_map(|ring| ring.first()) else {
        return Vec::new();
    };
    let finite = rings
        .iter()
        .flatten()
        .all(|(x, y)| x.is_finite() && y.is_finite());
    if !finite || spacing <= 0.0 {
        return Vec::new();
    }
    // In turned axes a hatch line is `v` = constant and is scanned along `u`.
    let base = turned(anchor).1;
    let (area_low, area_high) = range(rings.iter().flatten().map(|point| turned(*point).1));
    let corners = [
        (within.min_x, within.min_y),
        (within.max_x, within.min_y),
        (within.min_x, within.max_y),
        (within.max_x, within.max_y),
    ];
    let (view_low, view_high) = range(corners.into_iter().map(|corner| turned(corner).1));
    let (low, high) = (area_low.max(view_low), area_high.min(view_high));
    if low >= high {
        return Vec::new();
    }
    let spacing = spacing.max((high - low) / MOST_LINES);
    let first = ((low - base) / spacing).ceil();
    let mut lines = Vec::new();
    let mut crossings = Vec::new();
    let mut number = 0.0;
    loop {
        let v = base + (first + number) * spacing;
        if v >= high {
            return lines;
        }
        number += 1.0;
        crossings.clear();
        for ring in rings {
            crossings_of(ring, v, &mut crossings);
        }
        crossings.sort_by(f64::total_cmp);
        for pair in crossings.chunks_exact(2) {
            if let [from, to] = pair
                && let Some(segment) = clipped([straight((*from, v)), straight((*to, v))], within)
            {
                lines.push(segment);
            }
        }
    }
}

/// Where the ring's edges cross the line `v`; each vertex belongs to one of its two edges, so that the
/// number of crossings is always even.
fn crossings_of(ring: &[(f64, f64)], v: f64, crossings: &mut Vec<f64>) {
    let Some(last) = ring.last() else {
        return;
    };
    let mut from = turned(*last);
    for point in ring {
        let to = turned(*point);
        if (from.1 <= v) != (to.1 <= v) {
            let share = (v - from.1) / (to.1 - from.1);
            crossings.push(from.0 + share * (to.0 - from.0));
        }
        from = to;
    }
}

fn turned((x, y): (f64, f64)) -> (f64, f64) {
    const HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    // Lines rise to the right: u along (1, −1), v along (1, 1), y down.
    ((x - y) * HALF, (x + y) * HALF)
}

fn straight((u, v): (f64, f64)) -> (f64, f64) {
    const HALF: f64 = std::f64::consts::FRAC_1_SQRT_2;
    ((u + v) * HALF, (v - u) * HALF)
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The part of a segment inside a rectangle (Liang and Barsky).
fn clipped([from, to]: [(f64, f64); 2], within: DeviceRect) -> Option<[(f64, f64); 2]> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in [
        (-dx, from.0 - within.min_x),
        (dx, within.max_x - from.0),
        (-dy, from.1 - within.min_y),
        (dy, within.max_y - from.1),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            enter = enter.max(room / step);
        } else {
            leave = leave.min(room / step);
        }
    }
    (enter < leave).then(|| {
        let at = |share: f64| (from.0 + dx * share, from.1 + dy * share);
        [at(enter), at(leave)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(min: f64, max: f64) -> Vec<(f64, f64)> {
        vec![(min, min), (max, min), (max, max), (min, max)]
    }

    const WIDE: DeviceRect = DeviceRect::from_size(-1e4, -1e4, 2e4, 2e4);

    #[test]
    fn lines_stay_in_the_polygon_and_out_of_its_hole() {
        let rings = [square(0.0, 100.0), square(30.0, 70.0)];
        let lines = hatch_lines(&rings, WIDE, 5.0);
        assert!(lines.len() > 30);
        for [(ax, ay), (bx, by)] in lines {
            for share in [0.01, 0.5, 0.99] {
                let (x, y) = (ax + (bx - ax) * share, ay + (by - ay) * share);
                assert!((0.0..=100.0).contains(&x) && (0.0..=100.0).contains(&y));
                let in_hole = x > 30.0 && x < 70.0 && y > 30.0 && y < 70.0;
                assert!(!in_hole, "{x} {y}");
            }
        }
    }

    #[test]
    fn hatched_length_times_spacing_is_the_area() {
        let rings = [square(0.0, 100.0), square(30.0, 70.0)];
        let length: f64 = hatch_lines(&rings, WIDE, 0.5)
            .iter()
            .map(|[a, b]| (a.0 - b.0).hypot(a.1 - b.1))
            .sum();
        assert!((length * 0.5 - 8_400.0).abs() < 40.0, "{length}");
    }

    #[test]
    fn an_area_far_larger_than_the_window_gives_few_lines_all_within_it() {
        let window = DeviceRect::from_size(0.0, 0.0, 800.0, 600.0);
        let lines = hatch_lines(&[square(-1e7, 1e7)], window, 4.0);
        assert!((100..=1_600).contains(&lines.len()), "{}", lines.len());
        let roomy = window.grown(1e-6);
        assert!(lines.iter().flatten().all(|point| roomy.contains(*point)));
        let all = hatch_lines(&[square(-1e7, 1e7)], WIDE.grown(1e7), 4.0);
        assert!(all.len() <= 1_501, "{}", all.len());
    }

    #[test]
    fn lines_move_with_the_map() {
        let moved: Vec<_> = square(0.0, 50.0)
            .iter()
            .map(|(x, y)| (x + 1.3, y - 0.4))
            .collect();
        let a = hatch_lines(&[square(0.0, 50.0)], WIDE, 4.0);
        let b = hatch_lines(&[moved], WIDE, 4.0);
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().flatten().zip(b.iter().flatten()) {
            assert!((b.0 - a.0 - 1.3).abs() < 1e-9 && (b.1 - a.1 + 0.4).abs() < 1e-9);
        }
    }

    #[test]
    fn nothing_and_nonsense_give_no_lines() {
        assert!(hatch_lines(&[], WIDE, 4.0).is_empty());
        assert!(hatch_lines(&[vec![]], WIDE, 4.0).is_empty());
        assert!(
            hatch_lines(&[vec![(f64::NAN, 0.0), (1.0, 0.0), (1.0, 1.0)]], WIDE, 4.0).is_empty()
        );
        assert!(hatch_lines(&[square(0.0, 9.0)], WIDE, 0.0).is_empty());
    }
}
