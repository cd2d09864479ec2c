//! Geometry as well-known text, for the last column of a CSV. Must not know files.

use std::fmt::Write as _;

use geo::{Coord, Geometry, LineString, Polygon};

/// `POLYGON ((103.7 29.5, …))`, 9 decimals at most.
pub(super) fn to_wkt(geometry: &Geometry<f64>) -> String {
    let mut wkt = String::new();
    write_geometry(&mut wkt, geometry);
    wkt
}

fn write_geometry(wkt: &mut String, geometry: &Geometry<f64>) {
    match geometry {
        Geometry::Point(point) => tagged(wkt, "POINT", [point.0], |wkt, at| position(wkt, *at)),
        Geometry::MultiPoint(points) => tagged(wkt, "MULTIPOINT", &points.0, |wkt, point| {
            list(wkt, [point.0], |wkt, at| position(wkt, *at));
        }),
        Geometry::Line(line) => {
            let ends = [line.start, line.end];
            tagged(wkt, "LINESTRING", ends, |wkt, at| position(wkt, *at));
        }
        Geometry::LineString(line) => {
            tagged(wkt, "LINESTRING", &line.0, |wkt, at| position(wkt, **at));
        }
        Geometry::MultiLineString(lines) => {
            tagged(wkt, "MULTILINESTRING", &lines.0, |wkt, line| {
                ring(wkt, line);
            });
        }
        Geometry::Polygon(polygon) => {
            tagged(wkt, "POLYGON", rings(polygon), |wkt, outline| {
                ring(wkt, outline);
            });
        }
        Geometry::MultiPolygon(polygons) => {
            tagged(wkt, "MULTIPOLYGON", &polygons.0, |wkt, polygon| {
                list(wkt, rings(polygon), |wkt, outline| ring(wkt, outline));
            });
        }
        Geometry::Rect(rect) => write_geometry(wkt, &rect.to_polygon().into()),
        Geometry::Triangle(triangle) => write_geometry(wkt, &triangle.to_polygon().into()),
        Geometry::GeometryCollection(parts) => {
            tagged(wkt, "GEOMETRYCOLLECTION", &parts.0, |wkt, part| {
                write_geometry(wkt, part);
            });
        }
    }
}

fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}

fn ring(wkt: &mut String, outline: &LineString<f64>) {
    list(wkt, &outline.0, |wkt, at| position(wkt, **at));
}

fn position(wkt: &mut String, at: Coord<f64>) {
    let at = super::geojson_write::rounded(at);
    // Writing to a string cannot fail.
    write!(wkt, "{} {}", at.x, at.y).ok();
}

fn tagged<T>(
    wkt: &mut String,
    tag: &str,
    items: impl IntoIterator<Item = T>,
    write_one: impl FnMut(&mut String, &T),
) {
    wkt.push_str(tag);
    wkt.push(' ');
    list(wkt, items, write_one);
}

fn list<T>(
    wkt: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write_one: impl FnMut(&mut String, &T),
) {
    wkt.push('(');
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            wkt.push_str(", ");
        }
        write_one(wkt, &item);
    }
    wkt.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn every_type_is_written_as_the_standard_has_it() {
        let polygon =
            wkt!(POLYGON((0.0 0.0,1.0 0.0,1.0 1.0,0.0 0.0),(0.5 0.1,0.6 0.1,0.6 0.2,0.5 0.1)));
        assert_eq!(
            to_wkt(&polygon.into()),
            "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.5 0.1, 0.6 0.1, 0.6 0.2, 0.5 0.1))"
        );
        let collection = wkt!(GEOMETRYCOLLECTION(POINT(103.7 29.5),MULTIPOINT(1.0 2.0,3.0 4.0)));
        assert_eq!(
            to_wkt(&Geometry::GeometryCollection(collection)),
            "GEOMETRYCOLLECTION (POINT (103.7 29.5), MULTIPOINT ((1 2), (3 4)))"
        );
    }
}
