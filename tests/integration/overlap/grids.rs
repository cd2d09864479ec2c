//! Shapes made of grid cells: what two have in common is counted, cell by cell.

use geo::{Geometry, MultiPolygon, Polygon, unary_union};

use super::{assert_common, rectangle, ring};

const SIZE: usize = 7;

/// Which cells are covered. Made the same on every machine.
fn drawing(seed: u64, density: u64) -> [[bool; SIZE]; SIZE] {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut cells = [[false; SIZE]; SIZE];
    for cell in cells.iter_mut().flatten() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *cell = (state >> 32) & 7 < density;
    }
    cells
}

/// Each run of cells of a row is a part; parts share edges. Cells are two units wide.
fn runs(cells: &[[bool; SIZE]; SIZE], shift: f64) -> MultiPolygon<f64> {
    let mut parts = Vec::new();
    for (row, cells) in cells.iter().enumerate() {
        let mut start = None;
        for column in 0..=SIZE {
            let covered = cells.get(column).copied().unwrap_or_default();
            match (covered, start) {
                (true, None) => start = Some(column),
                (false, Some(from)) => {
                    let [west, east, south] =
                        [from, column, row].map(|cell| cell as f64 * 2.0 + shift);
                    parts.push(Polygon::new(
                        ring(&rectangle(west, south, east, south + 2.0)),
                        Vec::new(),
                    ));
                    start = None;
                }
                _ => {}
            }
        }
    }
    MultiPolygon(parts)
}

/// In quarter cells, where the second drawing is shifted by half a cell each way.
fn counted(a: &[[bool; SIZE]; SIZE], b: &[[bool; SIZE]; SIZE], shift: usize) -> u32 {
    let covered = |cells: &[[bool; SIZE]; SIZE], x: Option<usize>, y: Option<usize>| {
        let (Some(x), Some(y)) = (x, y) else {
            return false;
        };
        cells
            .get(y / 2)
            .and_then(|row| row.get(x / 2))
            .copied()
            .unwrap_or_default()
    };
    let mut common = 0;
    for y in 0..2 * SIZE {
        for x in 0..2 * SIZE {
            let both = covered(a, Some(x), Some(y))
                && covered(b, x.checked_sub(shift), y.checked_sub(shift));
            common += u32::from(both);
        }
    }
    common
}

#[test]
fn drawings_on_a_grid_have_as_many_cells_in_common_as_one_counts() {
    for seed in 1..=40 {
        for shift in [0, 1] {
            let (first, second) = (
                drawing(seed, 2 + seed % 5),
                drawing(seed + 1000, 3 + seed % 4),
            );
            let wanted = f64::from(counted(&first, &second, shift));
            let a = runs(&first, 0.0);
            let b = runs(&second, shift as f64);
            // As parts that share edges, and as outlines with holes that touch in corners.
            let whole = |parts: &MultiPolygon<f64>| Geometry::from(unary_union(&parts.0));
            let what = format!("seed {seed}, shift {shift}");
            assert_common(&whole(&a), &whole(&b), wanted, &what);
            assert_common(&Geometry::from(a.clone()), &whole(&b), wanted, &what);
        }
    }
}

/// Frames within frames, each one wide, one apart.
fn target(frames: usize, west: f64, south: f64) -> Geometry<f64> {
    let square = |inset: usize| {
        let inset = inset as f64;
        let size = frames as f64 * 4.0;
        ring(&rectangle(
            west + inset,
            south + inset,
            west + size - inset,
            south + size - inset,
        ))
    };
    let parts =
        (0..frames).map(|frame| Polygon::new(square(2 * frame), vec![square(2 * frame + 1)]));
    MultiPolygon(parts.collect()).into()
}

#[test]
fn nested_frames_have_as_many_cells_in_common_as_one_counts() {
    for frames in 1..=8_usize {
        for (dx, dy) in [(0, 0), (1, 1), (2, 0), (3, 5), (1, 6)] {
            let size = frames * 4;
            let covered = |x: usize, y: usize| {
                let inset = x.min(y).min(size - 1 - x).min(size - 1 - y);
                inset.is_multiple_of(2)
            };
            let mut wanted = 0;
            for y in dy..size {
                for x in dx..size {
                    wanted += u32::from(covered(x, y) && covered(x - dx, y - dy));
                }
            }
            let (a, b) = (
                target(frames, 0.0, 0.0),
                target(frames, dx as f64, dy as f64),
            );
            assert_common(
                &a,
                &b,
                f64::from(wanted),
                &format!("{frames} frames, {dx} {dy}"),
            );
        }
    }
}
