//! Areas and lengths on the ellipsoid: the only ones ever shown to a user.
//!
//! Karney's geodesics (`GeographicLib`) on WGS84, whose ellipsoid differs from CGCS2000's GRS80 by
//! 0.1 mm in the semi-minor axis: less than 1e-10 of any area.

use geo::{GeodesicArea, Geometry, Length as _, algorithm::line_measures::Geodesic};

/// Area in m² of a lon/lat geometry on the ellipsoid; holes are subtracted, ring direction does not
/// matter, points and lines count 0.
pub fn geodesic_area_m2(geometry: &Geometry<f64>) -> f64 {
    match geometry {
        Geometry::Polygon(polygon) => ring_areas(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().map(ring_areas).sum(),
        Geometry::Rect(rect) => ring_areas(&rect.to_polygon()),
        Geometry::Triangle(triangle) => ring_areas(&triangle.to_polygon()),
        Geometry::GeometryCollection(parts) => parts.iter().map(geodesic_area_m2).sum(),
        Geometry::Point(_)
        | Geometry::MultiPoint(_)
        | Geometry::Line(_)
        | Geometry::LineString(_)
        | Geometry::MultiLineString(_) => 0.0,
    }
}

/// Ring by ring, so that a hole wound the wrong way round is still subtracted.
fn ring_areas(polygon: &geo::Polygon<f64>) -> f64 {
    let area = |ring: &geo::LineString<f64>| {
        geo::Polygon::new(ring.clone(), Vec::new())
            .geodesic_area_signed()
            .abs()
    };
    area(polygon.exterior()) - polygon.interiors().iter().map(area).sum::<f64>()
}

/// Length in metres of the lines of a lon/lat geometry on the ellipsoid; areas count their outline 0.
pub fn geodesic_length_m(geometry: &Geometry<f64>) -> f64 {
    match geometry {
        Geometry::Line(line) => Geodesic.length(line),
        Geometry::LineString(line) => Geodesic.length(line),
        Geometry::MultiLineString(lines) => Geodesic.length(lines),
        Geometry::GeometryCollection(parts) => parts.iter().map(geodesic_length_m).sum(),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn a_hole_is_subtracted_whichever_way_it_is_wound() {
        let one_way: Geometry<f64> = wkt!(POLYGON((103.0 29.0,103.1 29.0,103.1 29.1,103.0 29.1,103.0 29.0),(103.02 29.02,103.04 29.02,103.04 29.04,103.02 29.04,103.02 29.02))).into();
        let other: Geometry<f64> = wkt!(POLYGON((103.0 29.0,103.1 29.0,103.1 29.1,103.0 29.1,103.0 29.0),(103.02 29.02,103.02 29.04,103.04 29.04,103.04 29.02,103.02 29.02))).into();
        let whole: Geometry<f64> =
            wkt!(POLYGON((103.0 29.0,103.1 29.0,103.1 29.1,103.0 29.1,103.0 29.0))).into();
        assert!(geodesic_area_m2(&one_way) < geodesic_area_m2(&whole));
        assert!((geodesic_area_m2(&one_way) - geodesic_area_m2(&other)).abs() < 1e-6);
    }

    #[test]
    fn one_degree_of_meridian_at_thirty_north_has_its_published_length() {
        // 110 852.4 m from 29.5°N to 30.5°N (meridian arc, GRS80).
        let line: Geometry<f64> = wkt!(LINESTRING(104.0 29.5,104.0 30.5)).into();
        assert!((geodesic_length_m(&line) - 110_852.4).abs() < 1.0);
    }
}
