//! How fast the engine is, on shapes made here: regular ones, as surveys of fields are, and irregular ones, as
//! coasts and forests are. By hand: `cargo bench --no-default-features`.

use divan::{Bencher, counter::ItemsCount};
use geo::{Coord, LineString, Polygon};
use redline_atlas::analysis::overlap::overlaps;
use redline_atlas::crs::{authalic_area_m2, geodesic_area_m2};
use redline_atlas::jobs::Progress;
use redline_atlas::model::Feature;

fn main() {
    divan::main();
}

/// The same numbers on every machine, 0 to 1.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A closed outline around a place, `roughness` 0 for a smooth one.
fn blob(dice: &mut Dice, x: f64, y: f64, reach: f64, corners: usize, roughness: f64) -> Feature {
    // A random walk that goes as far whatever the number of its steps: as a coast does.
    let step = roughness * (55.0 / corners as f64).sqrt();
    let back = 1.0 - 5.0 / corners.max(10) as f64;
    let mut drift = 0.0;
    let mut points: Vec<Coord<f64>> = (0..corners)
        .map(|k| {
            drift = drift * back + (dice.roll() - 0.5) * step;
            let turn = k as f64 / corners as f64 * std::f64::consts::TAU;
            let reach = reach * (1.0 + drift).max(0.2);
            Coord {
                x: x + reach * turn.cos(),
                y: y + reach * turn.sin(),
            }
        })
        .collect();
    points.extend(points.first().copied());
    Feature {
        fid: 1,
        geometry: Some(Polygon::new(LineString(points), Vec::new()).into()),
        heights: None,
        values: Vec::new(),
    }
}

/// Parcels in rows, 55 corners each.
fn parcels(rows: u32) -> Vec<Feature> {
    let dice = &mut Dice(7);
    let size = 0.5 / f64::from(rows);
    (0..rows * rows)
        .map(|k| {
            let (x, y) = (f64::from(k % rows), f64::from(k / rows));
            blob(
                dice,
                103.5 + x * size,
                29.3 + y * size,
                size * 0.55,
                55,
                0.05,
            )
        })
        .collect()
}

/// Clusters of anything from 4 to 20 000 corners, many on top of each other.
fn irregular(count: usize) -> Vec<Feature> {
    let dice = &mut Dice(11);
    let mut place = (103.7, 29.5);
    (0..count)
        .map(|k| {
            if k % 50 == 0 {
                place = (103.5 + dice.roll() * 0.5, 29.3 + dice.roll() * 0.5);
            }
            let corners = match dice.roll() {
                0.0..0.5 => 4,
                0.5..0.8 => 20,
                0.8..0.95 => 200,
                0.95..0.995 => 2_000,
                _ => 20_000,
            };
            let reach = 0.0002 + dice.roll().powi(4) * 0.02;
            let (x, y) = (place.0 + dice.roll() * 0.02, place.1 + dice.roll() * 0.02);
            blob(dice, x, y, reach, corners, 0.6)
        })
        .collect()
}

fn red_lines(count: usize, corners: usize) -> Vec<Feature> {
    let dice = &mut Dice(5);
    (0..count)
        .map(|_| {
            let (x, y) = (103.5 + dice.roll() * 0.5, 29.3 + dice.roll() * 0.5);
            blob(dice, x, y, 0.02, corners, 0.15)
        })
        .collect()
}

fn cut(bencher: Bencher<'_, '_>, a: &[Feature], b: &[Feature]) {
    bencher
        .counter(ItemsCount::new(a.len()))
        .bench(|| overlaps(a, b, &Progress::default()));
}

#[divan::bench(args = [100, 316], sample_count = 5)]
fn overlap_regular_parcels_with_50_red_lines(bencher: Bencher<'_, '_>, rows: u32) {
    cut(bencher, &parcels(rows), &red_lines(50, 2000));
}

#[divan::bench(args = [2_000, 20_000], sample_count = 5)]
fn overlap_irregular_shapes_with_50_red_lines(bencher: Bencher<'_, '_>, count: usize) {
    cut(bencher, &irregular(count), &red_lines(50, 2000));
}

#[divan::bench(sample_count = 5)]
fn overlap_parcels_with_one_ring_of_200_000(bencher: Bencher<'_, '_>) {
    let dice = &mut Dice(3);
    let ring = [blob(dice, 103.75, 29.55, 0.15, 200_000, 0.02)];
    cut(bencher, &parcels(100), &ring);
}

/// Spikes beside spikes, whose boxes all overlap: the worst an outline can do to the tree of edges.
#[divan::bench(args = [200, 2_000, 20_000], sample_count = 3)]
fn overlap_parcels_with_a_spiky_star(bencher: Bencher<'_, '_>, corners: usize) {
    let dice = &mut Dice(3);
    let star = [blob(
        dice,
        103.75,
        29.55,
        0.15,
        corners,
        (corners as f64 / 55.0).sqrt(),
    )];
    cut(bencher, &parcels(60), &star);
}

#[divan::bench(sample_count = 5)]
fn overlap_parcels_with_their_neighbours(bencher: Bencher<'_, '_>) {
    let parcels = parcels(60);
    cut(bencher, &parcels, &parcels);
}

#[divan::bench(sample_count = 10)]
fn area_authalic(bencher: Bencher<'_, '_>) {
    let parcels = parcels(60);
    bencher.bench(|| total(&parcels, authalic_area_m2));
}

#[divan::bench(sample_count = 10)]
fn area_karney(bencher: Bencher<'_, '_>) {
    let parcels = parcels(60);
    bencher.bench(|| total(&parcels, geodesic_area_m2));
}

fn total(features: &[Feature], area_m2: fn(&geo::Geometry<f64>) -> f64) -> f64 {
    let geometries = features
        .iter()
        .filter_map(|feature| feature.geometry.as_ref());
    geometries.map(area_m2).sum()
}
