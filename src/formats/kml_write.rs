//! Layers as KML, for map viewers: lon/lat, a placemark a feature, its attributes typed by a schema.
//!
//! Areas are outlines without a fill, so that the imagery below stays in sight. Must not know where the bytes go.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::escape::escape;

use super::figure::{Figure, Outline, Position, Projector};
use super::write::Fault;
use crate::crs::Crs;
use crate::model::{Feature, FieldType, Layer, Value};

/// The column that a placemark's own name is read into.
const NAME: &str = "name";

pub(super) fn write_layer(
    out: &mut dyn Write,
    layer: &Layer,
) -> Result<(usize, Vec<String>), Fault> {
    let projector = Projector::rounded(Crs::Wgs84, Outline::CounterClockwise)?;
    let columns = columns(layer);
    let mut cleaned = Cleaned::default();
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n<name>{}</name>",
        cleaned.text(&layer.name)
    )?;
    writeln!(out, "<Schema name=\"attributes\" id=\"attributes\">")?;
    for (_, name, kind) in &columns {
        let name = cleaned.text(name);
        writeln!(out, "<SimpleField name=\"{name}\" type=\"{kind}\"/>")?;
    }
    writeln!(
        out,
        "</Schema>\n<Style id=\"outline\"><LineStyle><width>2</width></LineStyle>\
         <PolyStyle><fill>0</fill></PolyStyle></Style>"
    )?;
    for feature in &layer.features {
        writeln!(out, "<Placemark>")?;
        if let Some(name) = name_of(layer, feature) {
            writeln!(out, "<name>{}</name>", cleaned.text(&name))?;
        }
        writeln!(out, "<styleUrl>#outline</styleUrl>")?;
        attributes(out, feature, &columns, &mut cleaned)?;
        if let Some(figure) = projector.figure(feature)? {
            geometry(out, &figure)?;
        }
        writeln!(out, "</Placemark>")?;
    }
    writeln!(out, "</Document>\n</kml>")?;
    let notes = (cleaned.count > 0).then(|| {
        let count = cleaned.count;
        format!("{count} 处文字含 KML 不允许的控制字符，已换成空格")
    });
    Ok((layer.features.len(), notes.into_iter().collect()))
}

/// Where, called what, and of which type; the name stands in an element of its own.
fn columns(layer: &Layer) -> Vec<(usize, &str, &'static str)> {
    (layer.fields.iter().enumerate())
        .filter(|(_, field)| field.name != NAME)
        .map(|(place, field)| {
            (
                place,
                field.name.as_str(),
                kind_of(layer, place, field.field_type),
            )
        })
        .collect()
}

fn kind_of(layer: &Layer, place: usize, field_type: FieldType) -> &'static str {
    let mut values = (layer.features.iter()).filter_map(|feature| feature.values.get(place));
    match field_type {
        FieldType::Text => "string",
        FieldType::Real => "double",
        FieldType::Boolean => "bool",
        // The format's whole numbers have 32 bits; longer ones are numbers of files and persons.
        FieldType::Integer => {
            let is_short = |value: &Value| match value {
                Value::Integer(number) => i32::try_from(*number).is_ok(),
                _ => true,
            };
            if values.all(is_short) {
                "int"
            } else {
                "string"
            }
        }
    }
}

fn name_of<'a>(layer: &'a Layer, feature: &'a Feature) -> Option<Cow<'a, str>> {
    match layer.value(feature, NAME) {
        Some(Value::Null) => None,
        Some(value) => Some(Cow::Owned(value.display())),
        None => layer.feature_name(feature).map(Cow::Borrowed),
    }
}

fn attributes(
    out: &mut dyn Write,
    feature: &Feature,
    columns: &[(usize, &str, &str)],
    cleaned: &mut Cleaned,
) -> io::Result<()> {
    writeln!(out, "<ExtendedData><SchemaData schemaUrl=\"#attributes\">")?;
    for (place, name, _) in columns {
        let text = match feature.values.get(*place) {
            None | Some(Value::Null) => continue,
            // GDAL does not know the words.
            Some(Value::Boolean(truth)) => u8::from(*truth).to_string(),
            Some(value) => value.display(),
        };
        let name = cleaned.text(name).into_owned();
        let text = cleaned.text(&text);
        writeln!(out, "<SimpleData name=\"{name}\">{text}</SimpleData>")?;
    }
    writeln!(out, "</SchemaData></ExtendedData>")
}

/// Text that XML can bear.
#[derive(Default)]
struct Cleaned {
    /// Texts of which something had to be left out.
    count: usize,
}

impl Cleaned {
    fn text<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let is_barred = |c: char| {
            c.is_ascii_control() && !matches!(c, '\n' | '\t' | '\r' | '\u{7f}')
                || matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        if !text.contains(is_barred) {
            return escape(text);
        }
        self.count += 1;
        Cow::Owned(escape(text.replace(is_barred, " ")).into_owned())
    }
}

fn geometry(out: &mut dyn Write, figure: &Figure) -> io::Result<()> {
    match figure {
        Figure::Point(at) => point(out, at),
        Figure::Line(line) => line_string(out, line),
        Figure::Polygon(rings) => polygon(out, rings),
        Figure::MultiPoint(points) => several(out, points, point),
        Figure::MultiLine(lines) => several(out, lines, |out, line| line_string(out, line)),
        Figure::MultiPolygon(parts) => several(out, parts, |out, rings| polygon(out, rings)),
        Figure::Collection(parts) => several(out, parts, geometry),
    }
}

fn several<T>(
    out: &mut dyn Write,
    parts: &[T],
    one: impl Fn(&mut dyn Write, &T) -> io::Result<()>,
) -> io::Result<()> {
    writeln!(out, "<MultiGeometry>")?;
    for part in parts {
        one(out, part)?;
    }
    writeln!(out, "</MultiGeometry>")
}

fn point(out: &mut dyn Write, at: &Position) -> io::Result<()> {
    write!(out, "<Point>")?;
    coordinates(out, &[*at])?;
    writeln!(out, "</Point>")
}

fn line_string(out: &mut dyn Write, line: &[Position]) -> io::Result<()> {
    // Along the ground, not through the hills.
    write!(out, "<LineString><tessellate>1</tessellate>")?;
    coordinates(out, line)?;
    writeln!(out, "</LineString>")
}

fn polygon(out: &mut dyn Write, rings: &[Vec<Position>]) -> io::Result<()> {
    write!(out, "<Polygon>")?;
    for (number, ring) in rings.iter().enumerate() {
        let side = if number == 0 { "outer" } else { "inner" };
        write!(out, "<{side}BoundaryIs><LinearRing>")?;
        coordinates(out, ring)?;
        write!(out, "</LinearRing></{side}BoundaryIs>")?;
    }
    writeln!(out, "</Polygon>")
}

fn coordinates(out: &mut dyn Write, positions: &[Position]) -> io::Result<()> {
    write!(out, "<coordinates>")?;
    for (number, at) in positions.iter().enumerate() {
        if number > 0 {
            write!(out, " ")?;
        }
        write!(out, "{},{}", at.x, at.y)?;
        if let Some(z) = at.z {
            write!(out, ",{z}")?;
        }
    }
    write!(out, "</coordinates>")
}
