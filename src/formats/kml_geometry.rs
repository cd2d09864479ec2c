//! The geometries of KML, and its coordinates with their odd spaces.
//!
//! Must not know placemarks.

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use super::geojson_feature::shortened;
use super::heights::Heights;
use super::xml::{Part, Wound, Xml};
use crate::model::IssueCode;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: IssueCode,
    pub(super) message: String,
}

/// One simple geometry, with what was odd about it.
#[derive(Debug)]
pub(super) struct Shape {
    geometry: Geometry<f64>,
    pub(super) heights: Heights,
    pub(super) closed_rings: usize,
}

/// The element of this name, whose tag has just been read. `None`: it has no coordinates.
pub(super) fn read(xml: &mut Xml<'_>, kind: &str) -> Result<Result<Option<Shape>, Fault>, Wound> {
    let mut depth = 0_usize;
    let mut is_hole = false;
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    let mut positions = Vec::new();
    let mut heights = Heights::default();
    let mut fault = None;
    loop {
        match xml.next()? {
            Part::Open(element) => {
                depth += 1;
                match element.name.as_str() {
                    "innerBoundaryIs" => is_hole = true,
                    "outerBoundaryIs" => is_hole = false,
                    _ => {}
                }
            }
            Part::Close { .. } if depth == 0 => break,
            Part::Close { name, text, .. } => {
                depth -= 1;
                let read = match name.as_str() {
                    "coordinates" => coordinates(&text),
                    // Of a track: blanks between the numbers of one position.
                    "coord" => coordinates(&text.split_whitespace().collect::<Vec<_>>().join(",")),
                    _ => continue,
                };
                match read {
                    Err(found) => {
                        fault.get_or_insert(found);
                    }
                    Ok(read) => {
                        heights.extend(read.heights);
                        match (kind, is_hole) {
                            ("Polygon", true) => holes.push(read.positions),
                            ("Polygon", false) => outer.push(read.positions),
                            _ => positions.extend(read.positions),
                        }
                    }
                }
            }
            Part::End => return Err(Wound::Early),
        }
    }
    if let Some(fault) = fault {
        return Ok(Err(fault));
    }
    let mut closed_rings = 0;
    let geometry = match kind {
        "Point" => positions.first().map(|at| Ok(Point(*at).into())),
        "Polygon" => polygon(outer, holes, &mut closed_rings),
        "LinearRing" if !positions.is_empty() => Some(
            ring(positions, &mut closed_rings).map(|ring| Polygon::new(ring, Vec::new()).into()),
        ),
        _ if positions.is_empty() => None,
        _ if positions.len() < 2 => Some(Err(too_few("线", positions.len()))),
        _ => Some(Ok(LineString(positions).into())),
    };
    Ok(geometry.transpose().map(|geometry| {
        geometry.map(|geometry| Shape {
            geometry,
            heights: heights.or_flat(),
            closed_rings,
        })
    }))
}

fn polygon(
    outer: Vec<Vec<Coord<f64>>>,
    holes: Vec<Vec<Coord<f64>>>,
    closed_rings: &mut usize,
) -> Option<Result<Geometry<f64>, Fault>> {
    let filled = |rings: Vec<Vec<Coord<f64>>>| rings.into_iter().filter(|ring| !ring.is_empty());
    let mut rings = Vec::new();
    for positions in filled(outer).take(1).chain(filled(holes)) {
        match ring(positions, closed_rings) {
            Ok(ring) => rings.push(ring),
            Err(fault) => return Some(Err(fault)),
        }
    }
    if rings.is_empty() {
        return None;
    }
    let outer = rings.remove(0);
    Some(Ok(Polygon::new(outer, rings).into()))
}

fn ring(positions: Vec<Coord<f64>>, closed_rings: &mut usize) -> Result<LineString<f64>, Fault> {
    let closed = positions.first() == positions.last();
    if positions.len() < if closed { 4 } else { 3 } {
        return Err(too_few("环", positions.len()));
    }
    let mut ring = LineString(positions);
    if !closed {
        ring.close();
        *closed_rings += 1;
    }
    Ok(ring)
}

fn too_few(what: &str, points: usize) -> Fault {
    let so = if what == "环" { "，构不成面" } else { "" };
    Fault {
        code: IssueCode::TooFewPoints,
        message: format!("{what}只有 {points} 个点{so}"),
    }
}

#[derive(Debug, Default)]
struct Positions {
    positions: Vec<Coord<f64>>,
    heights: Heights,
}

/// `lon,lat[,height]` between blanks. Blanks around the commas are wrong but usual.
fn coordinates(text: &str) -> Result<Positions, Fault> {
    let mut tight = String::with_capacity(text.len());
    for piece in text.split(['，', ',']) {
        if !tight.is_empty() {
            tight.push(',');
        }
        // Only the blanks at a comma; those between positions stay.
        tight.push_str(piece.trim());
    }
    let mut read = Positions::default();
    for position in tight.split_whitespace() {
        let mut numbers = Vec::new();
        for number in position.split(',').filter(|number| !number.is_empty()) {
            match number.parse::<f64>() {
                Ok(number) => numbers.push(number),
                Err(_) => return Err(bad(format!("坐标“{}”不是数字", shortened(position)))),
            }
        }
        match *numbers.as_slice() {
            [] => {}
            [x, y, ..] if numbers.len() <= 3 => {
                if !x.is_finite() || !y.is_finite() {
                    return Err(Fault {
                        code: IssueCode::OutOfRange,
                        message: "坐标不是有限的数".to_owned(),
                    });
                }
                let at = Coord { x, y };
                if let Some(height) = numbers.get(2) {
                    read.heights.note(at, *height);
                }
                read.positions.push(at);
            }
            _ => {
                let message = format!("坐标“{}”有 {} 个数", shortened(position), numbers.len());
                return Err(bad(message));
            }
        }
    }
    Ok(read)
}

fn bad(message: String) -> Fault {
    Fault {
        code: IssueCode::BadCoordinates,
        message,
    }
}

/// The shapes of one feature: several of one kind as one of many, different kinds as a collection.
pub(super) fn together(shapes: &[Shape]) -> Option<Geometry<f64>> {
    let mut geometries: Vec<Geometry<f64>> =
        shapes.iter().map(|shape| shape.geometry.clone()).collect();
    if geometries.len() < 2 {
        return geometries.pop();
    }
    let (mut points, mut lines, mut polygons) = (Vec::new(), Vec::new(), Vec::new());
    for geometry in &geometries {
        match geometry {
            Geometry::Point(point) => points.push(*point),
            Geometry::LineString(line) => lines.push(line.clone()),
            Geometry::Polygon(polygon) => polygons.push(polygon.clone()),
            _ => {}
        }
    }
    Some(if points.len() == geometries.len() {
        MultiPoint(points).into()
    } else if lines.len() == geometries.len() {
        MultiLineString(lines).into()
    } else if polygons.len() == geometries.len() {
        MultiPolygon(polygons).into()
    } else {
        Geometry::GeometryCollection(GeometryCollection(geometries))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_may_stand_anywhere_but_inside_a_number() {
        for text in [
            "103.76,29.56 103.77,29.57",
            "103.76,29.56,0\n\t103.77,29.57,0\n",
            "103.76, 29.56, 0 103.77 ,29.57 ,0",
            "103.76，29.56 103.77，29.57",
        ] {
            let read = coordinates(text).unwrap();
            assert_eq!(read.positions.len(), 2, "{text}");
            assert!(read.heights.is_flat());
        }
        assert!(!coordinates("103.76,29.56,365").unwrap().heights.is_flat());
        for text in ["103.76", "103.76,x", "1,2,3,4", "103.76 29.56", "NaN,1"] {
            assert!(coordinates(text).is_err(), "{text}");
        }
    }
}
