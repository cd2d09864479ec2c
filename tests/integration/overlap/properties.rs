//! What must hold for any two shapes: the parts make the whole, order does not matter, nothing panics.

use geo::{Area as _, BooleanOps as _, Geometry, MultiPolygon, Polygon};
use proptest::prelude::*;

use super::{boxed, cut, ring, square_units};
use redline_atlas::crs::geodesic_area_m2;

/// A star-shaped outline around a place: any number of corners, never crossing itself.
fn star(corners: usize, reach: std::ops::Range<f64>) -> impl Strategy<Value = Polygon<f64>> {
    let reaches = proptest::collection::vec(reach, 3..corners);
    (reaches, -20.0..20.0_f64, -20.0..20.0_f64, 0.0..6.2_f64).prop_map(|(reaches, x, y, turn)| {
        let count = reaches.len() as f64;
        let corner = |(k, reach): (usize, f64)| {
            let at = turn + k as f64 / count * std::f64::consts::TAU;
            (x + reach * at.cos(), y + reach * at.sin())
        };
        let points: Vec<_> = reaches.into_iter().enumerate().map(corner).collect();
        Polygon::new(ring(&points), Vec::new())
    })
}

/// Any corners at all: bow ties, spikes, folds; on few places, so that corners and edges often coincide.
fn scribble() -> impl Strategy<Value = Geometry<f64>> {
    let corners = || proptest::collection::vec((0..6_i8, 0..6_i8), 0..9);
    let outline = |points: Vec<(i8, i8)>| {
        let points: Vec<_> = points
            .into_iter()
            .map(|(x, y)| (f64::from(x), f64::from(y)))
            .collect();
        ring(&points)
    };
    let polygon =
        (corners(), proptest::collection::vec(corners(), 0..2)).prop_map(move |(outer, holes)| {
            Polygon::new(outline(outer), holes.into_iter().map(outline).collect())
        });
    proptest::collection::vec(polygon, 1..3).prop_map(|parts| MultiPolygon(parts).into())
}

/// The area by counting: the middle of a hundredth of a cell each is on earth inside or not.
fn covers(polygon: &MultiPolygon<f64>, x: f64, y: f64) -> bool {
    // Lobes by the even-odd rule, holes taken off, parts united.
    let inside = |outline: &geo::LineString<f64>| {
        let mut odd = false;
        let at = super::at((x, y));
        for edge in outline.lines() {
            if (edge.start.y <= at.y) != (edge.end.y <= at.y) {
                let share = (at.y - edge.start.y) / edge.dy();
                odd ^= edge.start.x + share * edge.dx() > at.x;
            }
        }
        odd
    };
    polygon
        .iter()
        .any(|part| inside(part.exterior()) && !part.interiors().iter().any(inside))
}

/// `None`: left out, and said so.
fn told_total(a: &Geometry<f64>, b: &Geometry<f64>) -> Option<f64> {
    let overlaps = cut(a, b);
    let left_out = (overlaps.remarks.iter()).any(|remark| remark.what.is_left_out());
    let areas = overlaps
        .pieces
        .iter()
        .map(|piece| square_units(&piece.geometry));
    (!left_out).then(|| areas.sum())
}

fn total(a: &Geometry<f64>, b: &Geometry<f64>) -> f64 {
    told_total(a, b).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_common_part_and_the_rest_make_the_whole(
        a in star(40, 5.0..30.0), b in star(400, 2.0..40.0),
    ) {
        let rest = a.difference(&b).unsigned_area() / super::UNIT_DEG / super::UNIT_DEG;
        let (a, b) = (Geometry::from(a), Geometry::from(b));
        let whole = square_units(&a);
        let common = total(&a, &b);
        // A sliver below a millimetre may be left out at each crossing.
        prop_assert!((common + rest - whole).abs() < 1e-3, "{common} + {rest}, not {whole}");
        prop_assert!((total(&b, &a) - common).abs() < 1e-9);
        let piece_m2: f64 = cut(&a, &b).pieces.iter().map(|piece| piece.area_m2).sum();
        prop_assert!(piece_m2 <= geodesic_area_m2(&a).min(geodesic_area_m2(&b)) * (1.0 + 1e-6) + 1e-3);
    }

    #[test]
    fn a_small_window_on_a_long_ring_shows_what_the_whole_ring_would(
        ring in star(3000, 60.0..80.0), west in -90.0..90.0, south in -90.0..90.0, size in 0.1..20.0,
    ) {
        let square = boxed(west, south, west + size, south + size);
        let Geometry::Polygon(square) = square else {
            unreachable!("boxed draws a polygon");
        };
        let wanted = ring.intersection(&square).unsigned_area() / super::UNIT_DEG / super::UNIT_DEG;
        let found = total(&ring.into(), &square.into());
        prop_assert!((found - wanted).abs() < 2e-4, "{found}, not {wanted}");
    }

    #[test]
    fn scribbles_never_panic_and_cover_what_their_sound_reading_covers(a in scribble(), b in scribble()) {
        // The cutter gives up on a few of the wildest; never on one side only in silence.
        let (Some(common), Some(other_way)) = (told_total(&a, &b), told_total(&b, &a)) else {
            return Ok(());
        };
        prop_assert!((other_way - common).abs() < 1e-6, "{common}, the other way {other_way}");
        let (Geometry::MultiPolygon(first), Geometry::MultiPolygon(second)) = (&a, &b) else {
            unreachable!("scribbles are multipolygons");
        };
        let steps = 60;
        let mut counted = 0;
        for i in 0..5 * steps {
            for j in 0..5 * steps {
                let at = |k: i32| (f64::from(k) + 0.37) / f64::from(steps);
                counted += i32::from(covers(first, at(i), at(j)) && covers(second, at(i), at(j)));
            }
        }
        let counted = f64::from(counted) / f64::from(steps * steps);
        prop_assert!((common - counted).abs() < 0.5, "{common}, counted {counted}");
    }
}
