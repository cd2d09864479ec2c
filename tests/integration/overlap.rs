//! The overlap engine against answers that were found another way: counted cells, formulas, hand drawings.
//!
//! Shapes are drawn in units of 2⁻¹³ degree (about 12 m), so that every coordinate is exact; areas are
//! compared in square units, and once and for all with the ellipsoid.

mod grids;
mod properties;

use geo::{Area as _, Coord, Geometry, LineString, MultiPolygon, Polygon};
use redline_atlas::analysis::overlap::{Overlaps, Piece, What, overlaps};
use redline_atlas::crs::geodesic_area_m2;
use redline_atlas::jobs::Progress;
use redline_atlas::model::Feature;

const UNIT_DEG: f64 = 1.0 / 8192.0;

type Outline<'a> = &'a [(f64, f64)];

fn at((x, y): (f64, f64)) -> Coord<f64> {
    Coord {
        x: 103.75 + x * UNIT_DEG,
        y: 29.5 + y * UNIT_DEG,
    }
}

fn ring(points: Outline<'_>) -> LineString<f64> {
    LineString(points.iter().copied().map(at).collect())
}

/// Outline first, then holes.
fn polygon(rings: &[Outline<'_>]) -> Geometry<f64> {
    let (outline, holes) = rings.split_first().unwrap();
    let holes = holes.iter().map(|hole| ring(hole)).collect();
    Polygon::new(ring(outline), holes).into()
}

fn parts(outlines: &[Outline<'_>]) -> Geometry<f64> {
    let parts = outlines
        .iter()
        .map(|outline| Polygon::new(ring(outline), Vec::new()));
    MultiPolygon(parts.collect()).into()
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Vec<(f64, f64)> {
    vec![(west, south), (east, south), (east, north), (west, north)]
}

fn boxed(west: f64, south: f64, east: f64, north: f64) -> Geometry<f64> {
    polygon(&[&rectangle(west, south, east, north)])
}

fn feature(geometry: Geometry<f64>) -> Feature {
    Feature {
        fid: 1,
        geometry: Some(geometry),
        heights: None,
        values: Vec::new(),
    }
}

fn cut(a: &Geometry<f64>, b: &Geometry<f64>) -> Overlaps {
    let list = |geometry: &Geometry<f64>| [feature(geometry.clone())];
    overlaps(&list(a), &list(b), &Progress::default()).unwrap()
}

fn square_units(geometry: &Geometry<f64>) -> f64 {
    geometry.unsigned_area() / UNIT_DEG / UNIT_DEG
}

/// Both ways round, and on the ellipsoid.
#[track_caller]
fn assert_common(a: &Geometry<f64>, b: &Geometry<f64>, wanted: f64, what: &str) {
    for (first, second) in [(a, b), (b, a)] {
        let overlaps = cut(first, second);
        let left_out = overlaps
            .remarks
            .iter()
            .filter(|remark| remark.what.is_left_out());
        assert_eq!(left_out.count(), 0, "{what}: {:?}", overlaps.remarks);
        let pieces = overlaps.pieces;
        assert_eq!(
            pieces.len(),
            usize::from(wanted > 0.0),
            "{what}: {pieces:?}"
        );
        let found: f64 = pieces
            .iter()
            .map(|piece| square_units(&piece.geometry))
            .sum();
        // The cutter's grid is a billionth of a window; outlines here are up to 200 000 units long.
        let allowed = 1e-6 + 1e-8 * wanted;
        assert!(
            (found - wanted).abs() < allowed,
            "{what}: {found}, not {wanted}"
        );
        for piece in pieces {
            let karney = geodesic_area_m2(&piece.geometry);
            assert!(
                (piece.area_m2 - karney).abs() < 1e-8 * karney + 1e-4,
                "{what}"
            );
        }
    }
}

#[test]
fn squares_at_every_offset_have_the_area_of_their_common_rectangle() {
    for dx in -5..=5_i32 {
        for dy in -5..=5_i32 {
            let (x, y) = (f64::from(dx), f64::from(dy));
            let wanted = f64::from((4 - dx.abs()).max(0) * (4 - dy.abs()).max(0));
            let (a, b) = (boxed(0.0, 0.0, 4.0, 4.0), boxed(x, y, x + 4.0, y + 4.0));
            assert_common(&a, &b, wanted, &format!("offset {dx} {dy}"));
        }
    }
}

#[test]
fn triangles_cut_by_a_strip_have_the_area_of_the_formula() {
    for legs in [1.0, 3.0, 10.0, 1000.0] {
        for tenths in 1..10 {
            let triangle = polygon(&[&[(0.0, 0.0), (legs, 0.0), (0.0, legs)]]);
            let width = legs * f64::from(tenths) / 10.0;
            let strip = boxed(-1.0, -1.0, width, legs + 5.0);
            let wanted = (legs * legs - (legs - width) * (legs - width)) / 2.0;
            assert_common(&triangle, &strip, wanted, &format!("{legs} {width}"));
        }
    }
}

/// A comb with its back along the x axis: teeth one wide, one apart.
fn comb(teeth: u32, back: f64, tip: f64) -> Vec<(f64, f64)> {
    let width = f64::from(2 * teeth - 1);
    let mut outline = vec![(0.0, 0.0), (width, 0.0)];
    for tooth in (0..teeth).rev() {
        let west = f64::from(2 * tooth);
        outline.extend([(west + 1.0, tip), (west, tip)]);
        if tooth > 0 {
            outline.extend([(west, back), (west - 1.0, back)]);
        }
    }
    outline
}

#[test]
fn a_comb_against_a_comb_has_a_square_for_every_crossing() {
    for teeth in [2, 3, 4, 7, 12, 30, 60] {
        let size = f64::from(2 * teeth);
        let upright = comb(teeth, 1.0, size);
        // Turned by a quarter and moved clear of the other's back.
        let lying: Vec<_> = upright
            .iter()
            .map(|(x, y)| (size - y - 0.5, x + 1.5))
            .collect();
        let (n, whole) = (teeth as usize, f64::from(teeth));
        let overlaps = cut(&polygon(&[&upright]), &polygon(&[&lying]));
        assert_eq!(overlaps.pieces.len(), 1);
        let Geometry::MultiPolygon(squares) = &overlaps.pieces[0].geometry else {
            panic!("{teeth}: {:?}", overlaps.pieces[0].geometry);
        };
        assert!(
            squares.0.len() >= n * (n - 1),
            "{teeth}: {}",
            squares.0.len()
        );
        // Counted in half cells by a walk over both drawings.
        let inside_upright = |x: f64, y: f64| {
            (0.0..2.0 * whole - 1.0).contains(&x)
                && (0.0..size).contains(&y)
                && (y < 1.0 || x.rem_euclid(2.0) < 1.0)
        };
        let mut halves = 0;
        for i in -4..4 * i32::try_from(teeth).unwrap() + 4 {
            for j in -4..4 * i32::try_from(teeth).unwrap() + 8 {
                let (x, y) = (f64::from(i) / 2.0 + 0.25, f64::from(j) / 2.0 + 0.25);
                halves +=
                    i32::from(inside_upright(x, y) && inside_upright(y - 1.5, size - x - 0.5));
            }
        }
        assert_common(
            &polygon(&[&upright]),
            &polygon(&[&lying]),
            f64::from(halves) / 4.0,
            &format!("{teeth} teeth"),
        );
    }
}

#[test]
fn a_ring_of_two_hundred_thousand_vertices_gives_small_squares_their_part() {
    let teeth = 50_000;
    let long = [feature(polygon(&[&comb(teeth, 10.0, 20.0)]))];
    let middle = f64::from(teeth);
    let (mut squares, mut wanted) = (Vec::new(), Vec::new());
    for (south, north, per_tooth, between) in [
        (2.0, 6.0, 4.0, 4.0),
        (12.0, 16.0, 4.0, 0.0),
        (8.0, 12.0, 4.0, 2.0),
        (21.0, 25.0, 0.0, 0.0),
        (18.0, 25.0, 2.0, 0.0),
        (-5.0, 0.0, 0.0, 0.0),
        (-5.0, 30.0, 20.0, 10.0),
    ] {
        for (west, width) in [
            (0.0, 1.0),
            (middle, 2.0),
            (middle + 100.0, 8.0),
            (8.0, 400.0),
        ] {
            squares.push(feature(boxed(west, south, west + width, north)));
            let (on_teeth, on_gaps) = ((width / 2.0_f64).ceil(), (width / 2.0_f64).floor());
            wanted.push(on_teeth * per_tooth + on_gaps * between);
        }
    }
    // Between two teeth, in the ring's box and out of the ring.
    squares.push(feature(boxed(middle + 1.25, 12.0, middle + 1.75, 14.0)));
    wanted.push(0.0);
    let progress = Progress::default();
    let one_way = overlaps(&squares, &long, &progress).unwrap();
    let other_way = overlaps(&long, &squares, &progress).unwrap();
    assert_eq!(
        (&one_way.remarks, &other_way.remarks),
        (&Vec::new(), &Vec::new())
    );
    for (place, wanted) in wanted.into_iter().enumerate() {
        let one = one_way.pieces.iter().find(|piece| piece.a == place);
        let other = other_way.pieces.iter().find(|piece| piece.b == place);
        for piece in [one, other] {
            let found = piece.map_or(0.0, |piece| square_units(&piece.geometry));
            assert!(
                (found - wanted).abs() < 1e-5,
                "square {place}: {found}, not {wanted}"
            );
        }
    }
}

#[test]
fn half_of_a_regular_polygon_is_half_of_its_area() {
    for corners in (4..40).step_by(2).chain([1000, 20_000]) {
        let corner = |k: u32| {
            let turn = (f64::from(k) + 0.5) / f64::from(corners) * std::f64::consts::TAU;
            (100.0 * turn.cos(), 100.0 * turn.sin())
        };
        let round = polygon(&[&(0..corners).map(corner).collect::<Vec<_>>()]);
        let east = boxed(0.0, -200.0, 300.0, 200.0);
        // Drawn with the last bit of a degree, which is 5e-11 units.
        assert_common(
            &round,
            &east,
            square_units(&round) / 2.0,
            &format!("{corners} corners"),
        );
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn drawings_have_the_area_that_one_sees() {
    let square: &[(f64, f64)] = &[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
    let frame = polygon(&[square, &[(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)]]);
    let whole = polygon(&[square]);
    let hole_filled = parts(&[
        square,
        &[(10.0, 0.0), (12.0, 0.0), (12.0, 2.0), (10.0, 2.0)],
    ]);
    let island: Geometry<f64> = MultiPolygon(vec![
        Polygon::new(
            ring(square),
            vec![ring(&[(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)])],
        ),
        Polygon::new(
            ring(&[(1.5, 1.5), (2.5, 1.5), (2.5, 2.5), (1.5, 2.5)]),
            Vec::new(),
        ),
    ])
    .into();
    let bow_tie = polygon(&[&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)]]);
    let tied_at_a_corner = polygon(&[&[
        (0.0, 0.0),
        (2.0, 2.0),
        (4.0, 4.0),
        (4.0, 0.0),
        (2.0, 2.0),
        (0.0, 4.0),
    ]]);
    let spike = polygon(&[&[
        (0.0, 0.0),
        (4.0, 0.0),
        (9.0, 0.0),
        (4.0, 0.0),
        (4.0, 4.0),
        (0.0, 4.0),
    ]]);
    let spike_inwards = polygon(&[&[
        (0.0, 0.0),
        (2.0, 0.0),
        (2.0, 3.0),
        (2.0, 0.0),
        (4.0, 0.0),
        (4.0, 4.0),
        (0.0, 4.0),
    ]]);
    let doubled = polygon(&[&[
        (0.0, 0.0),
        (0.0, 0.0),
        (4.0, 0.0),
        (4.0, 0.0),
        (4.0, 0.0),
        (4.0, 4.0),
        (0.0, 4.0),
        (0.0, 4.0),
    ]]);
    let clockwise = polygon(&[&[(0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (4.0, 0.0)]]);
    let hole_same_way = polygon(&[square, &[(1.0, 1.0), (1.0, 3.0), (3.0, 3.0), (3.0, 1.0)]]);
    let hole_on_the_edge = polygon(&[square, &[(0.0, 1.0), (2.0, 1.0), (2.0, 3.0), (0.0, 3.0)]]);
    let hole_at_a_corner = polygon(&[square, &[(0.0, 0.0), (2.0, 1.0), (1.0, 2.0)]]);
    let hole_outside = polygon(&[square, &[(6.0, 1.0), (8.0, 1.0), (8.0, 3.0), (6.0, 3.0)]]);
    let hole_across = polygon(&[square, &[(3.0, 1.0), (6.0, 1.0), (6.0, 3.0), (3.0, 3.0)]]);
    let hole_in_a_hole = polygon(&[
        square,
        &[(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)],
        &[(1.5, 1.5), (2.5, 1.5), (2.5, 2.5), (1.5, 2.5)],
    ]);
    let overlapping = parts(&[square, &[(2.0, 0.0), (6.0, 0.0), (6.0, 4.0), (2.0, 4.0)]]);
    let part_in_part = parts(&[square, &[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0)]]);
    let twice = parts(&[square, square]);
    let halves = parts(&[
        &[(0.0, 0.0), (2.0, 0.0), (2.0, 4.0), (0.0, 4.0)],
        &[(2.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 4.0)],
    ]);
    let flat = polygon(&[&[(0.0, 0.0), (2.0, 2.0), (4.0, 4.0)]]);
    let needle = polygon(&[&[(-1.0, 2.0), (5.0, 2.000_001), (-1.0, 2.000_002)]]);
    let flat_with_a_hole: Geometry<f64> = MultiPolygon(vec![
        Polygon::new(ring(&[(0.0, 0.0), (1.0, 1.0), (2.0, 0.0)]), Vec::new()),
        Polygon::new(
            ring(&[(0.0, 0.0), (5.0, 5.0), (2.0, 2.0)]),
            vec![ring(&[(2.0, 0.0), (0.0, 3.0), (0.0, 0.0)])],
        ),
    ])
    .into();
    let three = polygon(&[&[(0.0, 0.0), (4.0, 0.0)]]);
    let diamond = polygon(&[&[(2.0, 0.0), (4.0, 2.0), (2.0, 4.0), (0.0, 2.0)]]);
    let collection = Geometry::GeometryCollection(vec![whole.clone(), diamond.clone()].into());
    let far = boxed(50.0, 50.0, 60.0, 60.0);
    for (a, b, wanted, what) in [
        (&whole, &whole, 16.0, "identical"),
        (&whole, &clockwise, 16.0, "identical, the other way round"),
        (
            &whole,
            &polygon(&[&[(4.0, 4.0), (0.0, 4.0), (0.0, 0.0), (4.0, 0.0)]]),
            16.0,
            "identical from another corner",
        ),
        (
            &whole,
            &polygon(&[&[
                (0.0, 0.0),
                (1.0, 0.0),
                (2.0, 0.0),
                (4.0, 0.0),
                (4.0, 3.0),
                (4.0, 4.0),
                (0.0, 4.0),
            ]]),
            16.0,
            "identical with corners along the edges",
        ),
        (&whole, &far, 0.0, "apart"),
        (&whole, &boxed(4.0, 0.0, 8.0, 4.0), 0.0, "shared edge"),
        (
            &whole,
            &boxed(4.0, 1.0, 8.0, 3.0),
            0.0,
            "part of a shared edge",
        ),
        (&whole, &boxed(4.0, 4.0, 8.0, 8.0), 0.0, "shared corner"),
        (
            &whole,
            &polygon(&[&[(4.0, 2.0), (6.0, 1.0), (6.0, 3.0)]]),
            0.0,
            "corner on an edge",
        ),
        (
            &whole,
            &polygon(&[&[(8.0, 0.0), (8.0, 8.0), (0.0, 8.0)]]),
            0.0,
            "diagonal through a corner",
        ),
        (
            &diamond,
            &polygon(&[&[(4.0, 0.0), (4.0, 2.0), (2.0, 0.0)]]),
            0.0,
            "shared diagonal",
        ),
        (
            &whole,
            &boxed(3.999_99, 0.0, 8.0, 4.0),
            0.0,
            "sliver below a millimetre",
        ),
        (
            &whole,
            &boxed(3.999, 0.0, 8.0, 4.0),
            0.004,
            "sliver of a centimetre",
        ),
        (
            &whole,
            &boxed(3.875, 0.0, 8.0, 4.0),
            0.5,
            "sliver of a metre and a half",
        ),
        (&whole, &diamond, 8.0, "diamond within"),
        (&whole, &boxed(1.0, 1.0, 2.0, 2.0), 1.0, "within"),
        (
            &whole,
            &boxed(0.0, 1.0, 2.0, 2.0),
            2.0,
            "within, on the edge",
        ),
        (&whole, &boxed(-9.0, -9.0, 9.0, 9.0), 16.0, "around"),
        (
            &whole,
            &boxed(-9.0, 1.0, 9.0, 2.0),
            4.0,
            "through and through",
        ),
        (&frame, &frame, 12.0, "identical frames"),
        (&frame, &whole, 12.0, "a frame on its outline"),
        (
            &frame,
            &boxed(1.0, 1.0, 3.0, 3.0),
            0.0,
            "the hole filled exactly",
        ),
        (&frame, &boxed(1.25, 1.25, 2.5, 2.5), 0.0, "in the hole"),
        (&frame, &boxed(0.5, 0.5, 3.5, 3.5), 5.0, "over the hole"),
        (
            &frame,
            &boxed(2.0, 2.0, 8.0, 8.0),
            3.0,
            "a quarter of the frame",
        ),
        (&frame, &diamond, 4.0, "diamond on a frame"),
        (
            &frame,
            &boxed(1.0, 0.0, 3.0, 1.0),
            2.0,
            "a side of the frame",
        ),
        (&island, &boxed(0.5, 0.5, 3.5, 3.5), 6.0, "frame and island"),
        (&island, &boxed(1.0, 1.0, 3.0, 3.0), 1.0, "only the island"),
        (&island, &frame, 12.0, "only the frame"),
        (
            &island,
            &boxed(1.1, 1.1, 1.4, 1.4),
            0.0,
            "between island and frame",
        ),
        (&hole_filled, &boxed(2.0, 0.0, 11.0, 4.0), 10.0, "two parts"),
        (
            &hole_filled,
            &boxed(5.0, 0.0, 9.0, 4.0),
            0.0,
            "between two parts",
        ),
        (
            &hole_filled,
            &boxed(-1.0, -1.0, 20.0, 20.0),
            20.0,
            "two parts within",
        ),
        (&bow_tie, &whole, 8.0, "bow tie"),
        (
            &bow_tie,
            &boxed(-9.0, -9.0, 9.0, 9.0),
            8.0,
            "bow tie within",
        ),
        (
            &bow_tie,
            &boxed(-1.0, -1.0, 2.0, 9.0),
            4.0,
            "half a bow tie",
        ),
        (&bow_tie, &bow_tie, 8.0, "identical bow ties"),
        (&tied_at_a_corner, &whole, 8.0, "tied at a corner"),
        (
            &tied_at_a_corner,
            &boxed(-9.0, -9.0, 9.0, 9.0),
            8.0,
            "tied at a corner, within",
        ),
        (&spike, &whole, 16.0, "spike"),
        (&spike, &boxed(5.0, -1.0, 8.0, 1.0), 0.0, "only the spike"),
        (&spike, &boxed(2.0, -1.0, 8.0, 1.0), 2.0, "spike and body"),
        (
            &spike_inwards,
            &boxed(1.0, 1.0, 3.0, 3.0),
            4.0,
            "spike inwards",
        ),
        (
            &spike_inwards,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            16.0,
            "spike inwards, within",
        ),
        (
            &doubled,
            &boxed(2.0, 2.0, 9.0, 9.0),
            4.0,
            "doubled vertices",
        ),
        (&doubled, &whole, 16.0, "doubled vertices, identical"),
        (
            &hole_same_way,
            &boxed(0.5, 0.5, 3.5, 3.5),
            5.0,
            "hole wound like its outline",
        ),
        (&hole_on_the_edge, &whole, 12.0, "hole along the outline"),
        (
            &hole_on_the_edge,
            &boxed(0.0, 1.0, 2.0, 3.0),
            0.0,
            "in a hole along the outline",
        ),
        (
            &hole_at_a_corner,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            14.5,
            "hole touching a corner",
        ),
        (
            &hole_outside,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            16.0,
            "hole outside",
        ),
        (
            &hole_outside,
            &boxed(5.0, 0.0, 9.0, 9.0),
            0.0,
            "on the hole outside",
        ),
        (
            &hole_across,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            14.0,
            "hole across the outline",
        ),
        (
            &hole_across,
            &boxed(4.0, -1.0, 9.0, 9.0),
            0.0,
            "beyond the hole across",
        ),
        (
            &hole_in_a_hole,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            12.0,
            "hole in a hole",
        ),
        (
            &overlapping,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            24.0,
            "overlapping parts",
        ),
        (
            &overlapping,
            &boxed(1.0, 1.0, 5.0, 2.0),
            4.0,
            "across overlapping parts",
        ),
        (
            &part_in_part,
            &boxed(0.5, 0.5, 1.5, 1.5),
            1.0,
            "part in a part",
        ),
        (
            &twice,
            &boxed(1.0, 1.0, 5.0, 5.0),
            9.0,
            "the same part twice",
        ),
        (
            &twice,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            16.0,
            "the same part twice, within",
        ),
        (
            &halves,
            &boxed(1.0, 1.0, 3.0, 3.0),
            4.0,
            "parts back to back",
        ),
        (
            &halves,
            &boxed(-1.0, -1.0, 9.0, 9.0),
            16.0,
            "parts back to back, within",
        ),
        (&flat, &whole, 0.0, "folded flat"),
        (
            &flat_with_a_hole,
            &whole,
            1.0,
            "a part folded flat, with a hole",
        ),
        (&needle, &whole, 0.0, "needle below a millimetre"),
        (&three, &whole, 0.0, "two corners"),
        (
            &collection,
            &boxed(2.0, 0.0, 9.0, 9.0),
            8.0,
            "collection with overlapping parts",
        ),
        (
            &parts(&[square, &[(4.0, 4.0), (8.0, 4.0), (8.0, 8.0), (4.0, 8.0)]]),
            &boxed(3.0, 3.0, 5.0, 5.0),
            2.0,
            "corner to corner",
        ),
    ] {
        assert_common(a, b, wanted, what);
    }
}

#[test]
fn a_pair_that_overlaps_by_less_than_a_millimetre_is_counted_as_a_sliver() {
    let square = boxed(0.0, 0.0, 4.0, 4.0);
    // A unit is 12 m: a tenth of a centimetre, half a millimetre, nothing.
    for (west, pieces, slivers) in [(3.999_9, 1, 0), (3.999_96, 0, 1), (4.0, 0, 0)] {
        let found = cut(&square, &boxed(west, 0.0, 8.0, 4.0));
        assert_eq!(
            (found.pieces.len(), found.slivers),
            (pieces, slivers),
            "{west}"
        );
    }
}

fn drawn_line(points: Outline<'_>) -> Geometry<f64> {
    ring(points).into()
}

fn only(a: &Geometry<f64>, b: &Geometry<f64>) -> Option<Piece> {
    let mut pieces = cut(a, b).pieces;
    assert!(pieces.len() < 2);
    pieces.pop()
}

#[test]
fn lines_and_points_inside_an_area_are_overlaps_and_on_its_outline_are_not() {
    let square = boxed(0.0, 0.0, 4.0, 4.0);
    let frame = polygon(&[
        &rectangle(0.0, 0.0, 4.0, 4.0),
        &rectangle(1.0, 1.0, 3.0, 3.0),
    ]);
    for (line, area, wanted, share, what) in [
        (
            &[(-1.0, 2.0), (5.0, 2.0)][..],
            &square,
            4.0,
            4.0 / 6.0,
            "through",
        ),
        (
            &[(-1.0, 2.0), (5.0, 2.0)],
            &frame,
            2.0,
            2.0 / 6.0,
            "through a frame",
        ),
        (&[(1.0, 1.0), (1.0, 3.0)], &square, 2.0, 1.0, "within"),
        (
            &[(1.0, 2.0), (3.0, 2.0), (3.0, 9.0)],
            &square,
            4.0,
            4.0 / 9.0,
            "round a corner and out",
        ),
        (
            &[(2.0, 2.0), (2.0, 9.0), (3.0, 9.0), (3.0, 2.0)],
            &square,
            4.0,
            4.0 / 15.0,
            "out and in again",
        ),
        (
            &[(0.0, -1.0), (0.0, 5.0)],
            &square,
            0.0,
            0.0,
            "along an edge",
        ),
        (&[(1.0, 0.0), (3.0, 0.0)], &square, 0.0, 0.0, "on an edge"),
        (
            &[(0.0, 4.0), (1.0, 5.0)],
            &square,
            0.0,
            0.0,
            "from a corner",
        ),
        (&[(1.5, 1.5), (2.5, 2.5)], &frame, 0.0, 0.0, "in the hole"),
        (&[(5.0, 0.0), (9.0, 9.0)], &square, 0.0, 0.0, "apart"),
        (
            &[(2.0, 0.0), (2.0, 0.0), (2.0, 2.0), (2.0, 2.0)],
            &square,
            2.0,
            1.0,
            "doubled vertices",
        ),
    ] {
        for pair in [[&drawn_line(line), area], [area, &drawn_line(line)]] {
            let piece = only(pair[0], pair[1]);
            let length = piece.as_ref().map_or(0.0, |piece| {
                let drawn = |line: &LineString<f64>| {
                    line.lines()
                        .map(|line| line.dx().hypot(line.dy()) / UNIT_DEG)
                        .sum::<f64>()
                };
                match &piece.geometry {
                    Geometry::LineString(line) => drawn(line),
                    Geometry::MultiLineString(lines) => lines.iter().map(drawn).sum(),
                    other => panic!("{what}: {other:?}"),
                }
            });
            assert!((length - wanted).abs() < 1e-6, "{what}: {length}");
            let Some(piece) = piece else { continue };
            assert!((10.0..15.0).contains(&(piece.length_m / wanted)), "{what}");
            match (piece.share_of_a, std::ptr::eq(pair[1], area)) {
                // A unit is a tenth shorter east than north.
                (Some(found), true) => assert!((found - share).abs() < 0.05, "{what}: {found}"),
                (found, is_line_first) => {
                    assert_eq!((found, is_line_first), (None, false), "{what}");
                }
            }
        }
    }
    for (point, inside) in [
        ((2.0, 2.0), true),
        ((4.0, 2.0), false),
        ((4.0, 4.0), false),
        ((5.0, 2.0), false),
        ((0.5, 3.5), true),
    ] {
        let place = Geometry::Point(at(point).into());
        assert_eq!(
            only(&place, &square).map(|piece| (piece.points, piece.share_of_a)),
            inside.then_some((1, Some(1.0)))
        );
        assert_eq!(
            only(&square, &place).map(|piece| piece.points),
            inside.then_some(1)
        );
    }
    assert_eq!(
        only(
            &drawn_line(&[(0.0, 0.0), (2.0, 2.0)]),
            &drawn_line(&[(0.0, 2.0), (2.0, 0.0)])
        ),
        None
    );
}

#[test]
fn pieces_come_in_the_order_of_the_features_with_their_share() {
    let row: Vec<Feature> = (0..300)
        .map(|k| feature(boxed(f64::from(k), 0.0, f64::from(k) + 1.0, 2.0)))
        .collect();
    let few = [
        feature(boxed(10.0, 1.0, 20.0, 9.0)),
        feature(boxed(15.0, 0.0, 15.5, 9.0)),
    ];
    let numbers = |overlaps: &Overlaps| -> Vec<(usize, usize)> {
        overlaps
            .pieces
            .iter()
            .map(|piece| (piece.a, piece.b))
            .collect()
    };
    let one_way = overlaps(&row, &few, &Progress::default()).unwrap();
    let mut wanted: Vec<_> = (10..20).map(|k| (k, 0)).chain([(15, 1)]).collect();
    wanted.sort_unstable();
    assert_eq!(numbers(&one_way), wanted);
    for piece in &one_way.pieces {
        assert!((piece.share_of_a.unwrap() - 0.5).abs() < 1e-4, "{piece:?}");
    }
    let other_way = overlaps(&few, &row, &Progress::default()).unwrap();
    for pair in &mut wanted {
        *pair = (pair.1, pair.0);
    }
    wanted.sort_unstable();
    assert_eq!(numbers(&other_way), wanted);
    assert!((one_way.area_m2() - other_way.area_m2()).abs() < 1e-6);
}

#[test]
fn what_was_mended_or_left_out_is_told_with_its_place() {
    let square = boxed(0.0, 0.0, 4.0, 4.0);
    let bow_tie = polygon(&[&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)]]);
    let mut broken = square.clone();
    if let Geometry::Polygon(polygon) = &mut broken {
        polygon.exterior_mut(|ring| ring.0[1].x = f64::NAN);
    }
    let mut placeless = feature(square.clone());
    placeless.geometry = None;
    let list = [
        feature(square.clone()),
        feature(broken.clone()),
        placeless,
        feature(bow_tie.clone()),
    ];
    let found = overlaps(&list, &[feature(square)], &Progress::default()).unwrap();
    let places: Vec<usize> = found.pieces.iter().map(|piece| piece.a).collect();
    assert_eq!(places, [0, 3]);
    let told: Vec<_> = found
        .remarks
        .iter()
        .map(|remark| (remark.a, remark.b, remark.what))
        .collect();
    assert_eq!(
        told,
        [
            (Some(1), None, What::BadCoordinates),
            (Some(3), None, What::Mended)
        ]
    );
    let found = overlaps(
        &[feature(bow_tie)],
        &[feature(broken)],
        &Progress::default(),
    )
    .unwrap();
    let told: Vec<_> = found
        .remarks
        .iter()
        .map(|remark| (remark.a, remark.b, remark.what))
        .collect();
    assert_eq!(told, [(None, Some(0), What::BadCoordinates)]);
}

#[test]
fn a_cancelled_overlap_stops_and_a_finished_one_says_so() {
    let list = [feature(boxed(0.0, 0.0, 4.0, 4.0))];
    let progress = Progress::default();
    overlaps(&list, &list, &progress).unwrap();
    assert!((progress.fraction() - 1.0).abs() < 1e-6);
    assert!(overlaps(&[], &list, &progress).unwrap().pieces.is_empty());
    progress.cancel();
    overlaps(&list, &list, &progress).unwrap_err();
}
