//! Ellipsoidal area fast enough for hundreds of thousands of parcels: the authalic (equal-area) map.
//!
//! Must not know layers or files. [`super::geodesic_area_m2`] is the slow, certified way; both mean the
//! same thing: the area between geodesics from vertex to vertex.
//!
//! On the map (λ, Q) with `dQ = M·N·cosφ dφ` areas are true (Snyder 1987, *Map Projections – A Working
//! Manual*, USGS Professional Paper 1395, eq. 3-12), so a ring's area is the shoelace formula. Its straight
//! edges are not geodesics, though: along a geodesic `d²Q/dλ² = −sinφ·((N·cosφ)² + 3·(M·dφ/dλ)²)`, so an edge
//! bulges towards the pole and shuts in `sinφ·Δλ·((N·cosφ·Δλ)² + 3·(M·Δφ)²) ⁄ 12` more than its chord. Without
//! that term a triangle is off by 1e-6 of its area from edges of about 70 m on (at 30°N), by 1e-5 at 700 m;
//! with it the next term is (edge ⁄ earth's radius)² of the term itself, and 1e-9 holds to edges of 20 km.
//! Longer edges go to Karney.

use geo::{Coord, Geometry, LineString, Polygon};

use super::geodesic_area_m2;

/// GRS80, CGCS2000's ellipsoid (GB 22021-2008): metres.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_222_101;
const E2: f64 = FLATTENING * (2.0 - FLATTENING);

/// Longer edges than this, in degrees either way, are left to Karney: about 20 km.
const LONGEST_EDGE_DEG: f64 = 0.2;

/// Near a pole a degree of longitude is nothing and meridians meet: Karney's work too.
const HIGHEST_LAT_DEG: f64 = 80.0;

/// Area in m² of a lon/lat geometry on the ellipsoid: the same as [`geodesic_area_m2`] to 1e-9, twenty times
/// as fast. Holes are subtracted, ring direction does not matter, points and lines count 0.
pub fn authalic_area_m2(geometry: &Geometry<f64>) -> f64 {
    match geometry {
        Geometry::Polygon(polygon) => polygon_area_m2(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(polygon_area_m2).sum(),
        Geometry::Rect(rect) => polygon_area_m2(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon_area_m2(&triangle.to_polygon()),
        Geometry::GeometryCollection(parts) => parts.iter().map(authalic_area_m2).sum(),
        Geometry::Point(_)
        | Geometry::MultiPoint(_)
        | Geometry::Line(_)
        | Geometry::LineString(_)
        | Geometry::MultiLineString(_) => 0.0,
    }
}

/// [`authalic_area_m2`] of one polygon.
pub fn polygon_area_m2(polygon: &Polygon<f64>) -> f64 {
    let holes: f64 = polygon.interiors().iter().map(ring_area_m2).sum();
    let rest = ring_area_m2(polygon.exterior()) - holes;
    // Holes without an outline around them take nothing off. What is not a number stays so.
    if rest < 0.0 { 0.0 } else { rest }
}

fn ring_area_m2(ring: &LineString<f64>) -> f64 {
    signed_area_m2(&ring.0)
        .unwrap_or_else(|| {
            geodesic_area_m2(&Geometry::Polygon(Polygon::new(ring.clone(), Vec::new())))
        })
        .abs()
}

/// A vertex on the equal-area map.
#[derive(Clone, Copy)]
struct Authalic {
    lon_rad: f64,
    lat_rad: f64,
    sin_lat: f64,
    /// Area in m² of a lune one radian wide from the equator to here.
    q_m2: f64,
}

impl Authalic {
    fn of(at: Coord<f64>) -> Self {
        let eccentricity = E2.sqrt();
        let lat_rad = at.y.to_radians();
        let sin_lat = lat_rad.sin();
        let q = sin_lat / (1.0 - E2 * sin_lat * sin_lat)
            + (eccentricity * sin_lat).atanh() / eccentricity;
        Self {
            lon_rad: at.x.to_radians(),
            lat_rad,
            sin_lat,
            q_m2: q * (SEMI_MAJOR_M * SEMI_MAJOR_M * (1.0 - E2) / 2.0),
        }
    }
}

/// `None`: an edge is too long for it. Signed: anticlockwise is positive.
fn signed_area_m2(ring: &[Coord<f64>]) -> Option<f64> {
    let Some((&first, rest)) = ring.split_first() else {
        return Some(0.0);
    };
    let start = Authalic::of(first);
    let (mut from_deg, mut from) = (first, start);
    let mut area_m2 = 0.0;
    for &to_deg in rest {
        let span = to_deg - from_deg;
        if span.x.abs() > LONGEST_EDGE_DEG
            || span.y.abs() > LONGEST_EDGE_DEG
            || to_deg.y.abs() > HIGHEST_LAT_DEG
        {
            return None;
        }
        let to = Authalic::of(to_deg);
        let width = to.lon_rad - from.lon_rad;
        // From the first vertex, not from the equator: small parcels would drown in rounding.
        let height_m2 = f64::midpoint(from.q_m2 - start.q_m2, to.q_m2 - start.q_m2);
        area_m2 -= width * (height_m2 + bulge_m2(from, to, width));
        (from_deg, from) = (to_deg, to);
    }
    Some(area_m2)
}

/// How much higher than its chord a geodesic runs on average.
fn bulge_m2(from: Authalic, to: Authalic, width: f64) -> f64 {
    let sin_lat = f64::midpoint(from.sin_lat, to.sin_lat);
    let sin2 = sin_lat * sin_lat;
    let w2 = 1.0 - E2 * sin2;
    // N²·cos²φ and M², the squared radii of the parallel and of the meridian.
    let parallel = SEMI_MAJOR_M * SEMI_MAJOR_M / w2 * (1.0 - sin2);
    let meridian = SEMI_MAJOR_M * SEMI_MAJOR_M * (1.0 - E2) * (1.0 - E2) / (w2 * w2 * w2);
    let rise = to.lat_rad - from.lat_rad;
    sin_lat * (parallel * width * width + 3.0 * meridian * rise * rise) / 12.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn polygon(points: &[(f64, f64)]) -> Geometry<f64> {
        Polygon::new(points.to_vec().into(), Vec::new()).into()
    }

    /// An uneven triangle of about `edge_m`, turned by `turn`.
    fn triangle(lon: f64, lat: f64, edge_m: f64, turn: f64) -> Geometry<f64> {
        let corner = |k: f64| {
            let at = turn + k * std::f64::consts::TAU / 3.0;
            let reach_deg = edge_m / 1.9 / 111_000.0;
            (
                lon + reach_deg * at.cos() / lat.to_radians().cos(),
                lat + reach_deg * at.sin(),
            )
        };
        polygon(&[corner(0.0), corner(1.0), corner(1.9)])
    }

    fn difference(geometry: &Geometry<f64>) -> f64 {
        let karney = geodesic_area_m2(geometry);
        (authalic_area_m2(geometry) - karney).abs() / karney
    }

    proptest! {
        #[test]
        fn it_agrees_with_karney_from_a_garden_to_a_district(
            lon in 73.0..135.0, lat in 3.0..54.0, edge_m in 30.0..15_000.0, turn in 0.0..6.3,
        ) {
            let triangle = triangle(lon, lat, edge_m, turn);
            // Karney's sums, which start at the equator, are rounded to about a square centimetre.
            let karney = geodesic_area_m2(&triangle);
            let off_m2 = (authalic_area_m2(&triangle) - karney).abs();
            prop_assert!(off_m2 < 2e-9 * karney + 1e-4, "{off_m2} of {karney}");
        }
    }

    #[test]
    fn without_the_bulge_it_would_be_off_by_a_millionth_at_seventy_metres() {
        let chords_only = |geometry: &Geometry<f64>| {
            let Geometry::Polygon(polygon) = geometry else {
                unreachable!("a triangle is a polygon");
            };
            let points: Vec<Authalic> = (polygon.exterior().0.iter())
                .map(|at| Authalic::of(*at))
                .collect();
            let start = points[0].q_m2;
            let trapezoid = |pair: &[Authalic]| {
                let height = f64::midpoint(pair[0].q_m2 - start, pair[1].q_m2 - start);
                (pair[1].lon_rad - pair[0].lon_rad) * height
            };
            points.windows(2).map(trapezoid).sum::<f64>().abs()
        };
        let worst = |edge_m: f64| {
            (0..60)
                .map(|turn| triangle(103.76, 29.56, edge_m, f64::from(turn) / 9.0))
                .map(|triangle| (chords_only(&triangle) / geodesic_area_m2(&triangle) - 1.0).abs())
                .fold(0.0, f64::max)
        };
        let (near, far) = (worst(70.0), worst(700.0));
        assert!((0.3e-6..3e-6).contains(&near), "{near}");
        assert!((0.3e-5..3e-5).contains(&far), "{far}");
    }

    #[test]
    fn holes_are_subtracted_and_long_edges_are_karneys() {
        let square = |west: f64, south: f64, size: f64| -> LineString<f64> {
            vec![
                (west, south),
                (west + size, south),
                (west + size, south + size),
                (west, south + size),
                (west, south),
            ]
            .into()
        };
        let pierced = Polygon::new(square(103.0, 29.0, 0.1), vec![square(103.02, 29.02, 0.01)]);
        assert!(difference(&pierced.into()) < 1e-9);
        let province = Geometry::from(Polygon::new(square(100.0, 27.0, 6.0), Vec::new()));
        assert!(difference(&province) < 1e-12);
        let none = Geometry::from(Polygon::new(LineString(Vec::new()), Vec::new()));
        assert!(authalic_area_m2(&none).abs() < f64::EPSILON);
    }
}
