//! Figures as well-known text, for a column of a table. Must not know files.

use std::fmt::Write as _;

use super::figure::{Figure, Position};
use crate::crs::Crs;

/// `POLYGON ((103.7 29.5, …))`, `POINT Z (…)` with heights. Other systems than lon/lat are named in front, as
/// `SRID=4523;…`, which QGIS and GDAL read.
pub(super) fn to_wkt(figure: &Figure, crs: Crs) -> String {
    let mut wkt = String::new();
    if !crs.is_geographic() {
        // Writing to a string cannot fail.
        write!(wkt, "SRID={};", crs.epsg()).ok();
    }
    write_figure(&mut wkt, figure);
    wkt
}

fn write_figure(wkt: &mut String, figure: &Figure) {
    let tag = match figure {
        Figure::Point(_) => "POINT",
        Figure::MultiPoint(_) => "MULTIPOINT",
        Figure::Line(_) => "LINESTRING",
        Figure::MultiLine(_) => "MULTILINESTRING",
        Figure::Polygon(_) => "POLYGON",
        Figure::MultiPolygon(_) => "MULTIPOLYGON",
        Figure::Collection(_) => "GEOMETRYCOLLECTION",
    };
    wkt.push_str(tag);
    wkt.push_str(if has_heights(figure) { " Z " } else { " " });
    match figure {
        Figure::Point(at) => list(wkt, &[*at], position),
        Figure::MultiPoint(points) => list(wkt, points, |wkt, at| list(wkt, &[*at], position)),
        Figure::Line(line) => list(wkt, line, position),
        Figure::MultiLine(lines) | Figure::Polygon(lines) => rings(wkt, lines),
        Figure::MultiPolygon(polygons) => list(wkt, polygons, |wkt, polygon| rings(wkt, polygon)),
        Figure::Collection(parts) => list(wkt, parts, write_figure),
    }
}

fn has_heights(figure: &Figure) -> bool {
    let line = |line: &Vec<Position>| line.iter().any(|at| at.z.is_some());
    match figure {
        Figure::Point(at) => at.z.is_some(),
        Figure::MultiPoint(points) | Figure::Line(points) => line(points),
        Figure::MultiLine(lines) | Figure::Polygon(lines) => lines.iter().any(line),
        Figure::MultiPolygon(polygons) => polygons.iter().flatten().any(line),
        Figure::Collection(parts) => parts.iter().any(has_heights),
    }
}

fn rings(wkt: &mut String, rings: &[Vec<Position>]) {
    list(wkt, rings, |wkt, ring| list(wkt, ring, position));
}

fn position(wkt: &mut String, at: &Position) {
    write!(wkt, "{} {}", at.x, at.y).ok();
    if let Some(z) = at.z {
        write!(wkt, " {z}").ok();
    }
}

fn list<T>(wkt: &mut String, items: &[T], mut write_one: impl FnMut(&mut String, &T)) {
    wkt.push('(');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            wkt.push_str(", ");
        }
        write_one(wkt, item);
    }
    wkt.push(')');
}

#[cfg(test)]
mod tests {
    use geo::{Geometry, wkt};

    use super::*;
    use crate::formats::figure::{Outline, Projector};
    use crate::model::Feature;

    fn text(geometry: impl Into<Geometry<f64>>, heights: Option<Box<[f64]>>, crs: Crs) -> String {
        let projector = Projector::rounded(crs, Outline::CounterClockwise).unwrap();
        let feature = Feature {
            fid: 1,
            geometry: Some(geometry.into()),
            heights,
            values: Vec::new(),
        };
        to_wkt(&projector.figure(&feature).unwrap().unwrap(), crs)
    }

    #[test]
    fn every_type_is_written_as_the_standard_has_it() {
        let polygon =
            wkt!(POLYGON((0.0 0.0,1.0 0.0,1.0 1.0,0.0 0.0),(0.5 0.1,0.6 0.2,0.6 0.1,0.5 0.1)));
        assert_eq!(
            text(polygon, None, Crs::Cgcs2000),
            "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.5 0.1, 0.6 0.2, 0.6 0.1, 0.5 0.1))"
        );
        let collection = wkt!(GEOMETRYCOLLECTION(POINT(103.7 29.5),MULTIPOINT(1.0 2.0,3.0 4.0)));
        assert_eq!(
            text(Geometry::GeometryCollection(collection), None, Crs::Wgs84),
            "GEOMETRYCOLLECTION (POINT (103.7 29.5), MULTIPOINT ((1 2), (3 4)))"
        );
    }

    #[test]
    fn heights_and_other_systems_are_said() {
        let point = || wkt!(POINT(105.0 0.0));
        assert_eq!(
            text(point(), Some([361.5].into()), Crs::Cgcs2000),
            "POINT Z (105 0 361.5)"
        );
        let zone = Crs::from_epsg(4523).unwrap();
        assert_eq!(text(point(), None, zone), "SRID=4523;POINT (35500000 0)");
    }
}
