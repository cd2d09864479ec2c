//! Polygons in a tile to triangles, whatever the ring is like.
//!
//! Ears are cut from rings of some thousand vertices; larger ones are halved first, as cutting ears takes the
//! square of their number at worst. Where the triangles miss the area, the ring crosses itself, and the
//! inside by the even-odd rule is filled pixel row by pixel row. Never panics, knows no feature.

use geo::{Coord, LineString, Polygon, TriangulateEarcut};

use super::rings::{Pixel, Window};
use super::{TILE_PIXELS, UNITS_PER_PIXEL, unit};

/// Beyond this a ring is halved. A spiky ring of so many costs some ten milliseconds at worst.
const MOST_EARS: usize = 8_000;
/// Halves of halves of halves: an eighth of a tile's width is small enough.
const MOST_HALVINGS: u32 = 6;
/// Triangles may miss the area by so much of it, or by so many square pixels.
const TOLERANCE: f64 = 0.01;
const TOLERANCE_PIXELS: f64 = 1.5;
/// A ring that folds over itself more often than this is not filled.
const MOST_ROW_PIECES: usize = 100_000;

/// Corners in tile units, and triangles of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filled {
    pub(super) corners: Vec<[i16; 2]>,
    pub(super) triangles: Vec<u32>,
}

/// The inside of a polygon, given as its shell and its holes.
pub(super) fn fill(rings: &[Vec<Pixel>]) -> Filled {
    let mut filled = Filled::default();
    fill_window(rings, Window::TILE, MOST_HALVINGS, &mut filled);
    filled
}

fn fill_window(rings: &[Vec<Pixel>], window: Window, halvings: u32, filled: &mut Filled) {
    let mut cut: Vec<Vec<[i16; 2]>> = rings
        .iter()
        .map(|ring| in_units(&window.cut_ring(ring)))
        .collect();
    if cut.first().is_none_or(|shell| shell.len() < 3) {
        return;
    }
    let mut is_shell = true;
    cut.retain(|ring| std::mem::take(&mut is_shell) || ring.len() >= 3);
    let vertices: usize = cut.iter().map(Vec::len).sum();
    if vertices > MOST_EARS && halvings > 0 {
        for half in halves(window) {
            fill_window(rings, half, halvings - 1, filled);
        }
    } else if vertices > MOST_EARS || !cut_ears(&cut, filled) {
        fill_rows(&cut, filled);
    }
}

/// Cut along a whole pixel, so that no rounding opens a gap.
fn halves(window: Window) -> [Window; 2] {
    let (width, height) = (window.max[0] - window.min[0], window.max[1] - window.min[1]);
    let axis = usize::from(width < height);
    let (mut first, mut second) = (window, window);
    if let (Some(min), Some(max)) = (window.min.get(axis), window.max.get(axis)) {
        let middle = f64::midpoint(*min, *max).round();
        if let (Some(end), Some(start)) = (first.max.get_mut(axis), second.min.get_mut(axis)) {
            *end = middle;
            *start = middle;
        }
    }
    [first, second]
}

/// Rounded to tile units, without repeats.
fn in_units(ring: &[Pixel]) -> Vec<[i16; 2]> {
    let mut units: Vec<[i16; 2]> = ring.iter().map(|at| at.map(unit)).collect();
    units.dedup();
    while units.len() > 1 && units.first() == units.last() {
        units.pop();
    }
    units
}

fn twice_area(ring: &[[i16; 2]]) -> i64 {
    let mut last = ring.last().copied().unwrap_or_default();
    let mut sum = 0;
    for &at in ring {
        sum += i64::from(last[0]) * i64::from(at[1]) - i64::from(at[0]) * i64::from(last[1]);
        last = at;
    }
    sum
}

/// False where the triangles do not make up the polygon's area; nothing is added then.
fn cut_ears(rings: &[Vec<[i16; 2]>], filled: &mut Filled) -> bool {
    let line = |ring: &Vec<[i16; 2]>| -> LineString<f64> {
        let mut line: LineString<f64> = ring
            .iter()
            .map(|[x, y]| Coord {
                x: f64::from(*x),
                y: f64::from(*y),
            })
            .collect();
        line.close();
        line
    };
    let Some((shell, holes)) = rings.split_first() else {
        return true;
    };
    let area = |ring: &Vec<[i16; 2]>| twice_area(ring).abs();
    let wanted = area(shell) - holes.iter().map(area).sum::<i64>();
    let cut = Polygon::new(line(shell), holes.iter().map(line).collect()).earcut_triangles_raw();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole numbers that came from i16"
    )]
    let corners: Vec<[i16; 2]> = cut
        .vertices
        .iter()
        .map(|at| at.map(|value| value as i16))
        .collect();
    let mut found = 0;
    for triangle in cut.triangle_indices.chunks_exact(3) {
        let corner = |index: usize| {
            triangle
                .get(index)
                .and_then(|corner| corners.get(*corner))
                .copied()
        };
        if let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) {
            found += twice_area(&[a, b, c]).abs();
        }
    }
    let allowed = (wanted.abs() as f64 * TOLERANCE)
        .max(2.0 * TOLERANCE_PIXELS * UNITS_PER_PIXEL * UNITS_PER_PIXEL);
    if ((found - wanted) as f64).abs() > allowed {
        return false;
    }
    let first = filled.corners.len();
    filled.corners.extend(corners);
    let indices = cut.triangle_indices.iter();
    filled
        .triangles
        .extend(indices.filter_map(|index| u32::try_from(first + index).ok()));
    true
}

/// Even-odd, in rectangles one pixel high.
fn fill_rows(rings: &[Vec<[i16; 2]>], filled: &mut Filled) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "512 rows"
    )]
    let mut rows: Vec<Vec<f64>> = vec![Vec::new(); TILE_PIXELS as usize];
    let mut pieces = 0;
    for ring in rings {
        let Some(mut from) = ring.last().copied() else {
            continue;
        };
        for &to in ring {
            pieces += cross_rows(from, to, &mut rows);
            from = to;
        }
        if pieces > MOST_ROW_PIECES {
            return;
        }
    }
    for (row, mut crossings) in rows.into_iter().enumerate() {
        crossings.sort_by(f64::total_cmp);
        let (top, bottom) = (unit(row as f64), unit(row as f64 + 1.0));
        for span in crossings.chunks_exact(2) {
            let [left, right] =
                [span.first(), span.last()].map(|x| unit(x.copied().unwrap_or(0.0)));
            let Ok(first) = u32::try_from(filled.corners.len()) else {
                return;
            };
            if left < right {
                filled
                    .corners
                    .extend([[left, top], [right, top], [right, bottom], [left, bottom]]);
                filled
                    .triangles
                    .extend([0, 1, 2, 0, 2, 3].map(|corner| first + corner));
            }
        }
    }
}

/// Where an edge crosses the middles of the rows; how many it crosses.
fn cross_rows(from: [i16; 2], to: [i16; 2], rows: &mut [Vec<f64>]) -> usize {
    let [from, to] = [from, to].map(|at| at.map(|units| f64::from(units) / UNITS_PER_PIXEL));
    let (top, bottom) = (from[1].min(to[1]), from[1].max(to[1]));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "inside the tile's 512 rows after max"
    )]
    let (first, end) = (
        (top - 0.5).ceil().max(0.0) as usize,
        (bottom - 0.5).ceil().max(0.0) as usize,
    );
    let mut crossed = 0;
    for (row, crossings) in rows.iter_mut().enumerate().take(end).skip(first) {
        let y = row as f64 + 0.5;
        crossings.push(from[0] + (to[0] - from[0]) * (y - from[1]) / (to[1] - from[1]));
        crossed += 1;
    }
    crossed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(filled: &Filled) -> f64 {
        filled
            .triangles
            .chunks_exact(3)
            .map(|corners| {
                let ring: Vec<[i16; 2]> = corners
                    .iter()
                    .map(|corner| filled.corners[*corner as usize])
                    .collect();
                twice_area(&ring).abs() as f64 / 2.0
            })
            .sum::<f64>()
            / (UNITS_PER_PIXEL * UNITS_PER_PIXEL)
    }

    #[test]
    fn a_hole_is_not_filled_even_where_the_tile_cuts_it() {
        let shell = vec![
            [-100.0, -100.0],
            [600.0, -100.0],
            [600.0, 600.0],
            [-100.0, 600.0],
        ];
        let hole = vec![
            [-50.0, 100.0],
            [200.0, 100.0],
            [200.0, 200.0],
            [-50.0, 200.0],
        ];
        let area = pixels(&fill(&[shell, hole]));
        assert!(
            (area - (512.0 * 512.0 - 200.0 * 100.0)).abs() < 1.0,
            "{area}"
        );
    }

    #[test]
    fn a_ring_that_crosses_itself_is_filled_by_the_even_odd_rule() {
        // Two triangles of a bow tie, 100 × 50 / 2 each.
        let bow = vec![
            [100.0, 100.0],
            [200.0, 200.0],
            [200.0, 100.0],
            [100.0, 200.0],
        ];
        let area = pixels(&fill(&[bow]));
        assert!((area - 5000.0).abs() < 60.0, "{area}");
    }

    #[test]
    fn a_ring_of_a_hundred_thousand_vertices_is_filled_in_halves() {
        let star: Vec<Pixel> = (0..100_000)
            .map(|step| {
                let angle = f64::from(step) / 100_000.0 * std::f64::consts::TAU;
                let radius = 200.0 + 20.0 * (angle * 900.0).sin();
                [256.0 + radius * angle.cos(), 256.0 + radius * angle.sin()]
            })
            .collect();
        let wanted = std::f64::consts::PI * (200.0 * 200.0 + 20.0 * 20.0 / 2.0);
        let area = pixels(&fill(&[star]));
        assert!((area / wanted - 1.0).abs() < 0.01, "{area} {wanted}");
    }

    #[test]
    fn nothing_and_nonsense_fill_nothing() {
        assert_eq!(fill(&[]), Filled::default());
        assert_eq!(fill(&[vec![]]), Filled::default());
        let line = vec![[10.0, 10.0], [90.0, 90.0], [10.0, 10.0], [90.0, 90.0]];
        assert!(pixels(&fill(&[line])) < 1.0);
    }
}
