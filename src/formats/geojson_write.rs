//! Layers and sites as GeoJSON by the letter of RFC 7946 (lon/lat, outer rings counter-clockwise, no `crs`
//! member), or in another system with the `crs` member of 2008, which desktop programs read.
//!
//! Must not know where the bytes go.

use std::io::{self, Write};

use geo::{Geometry, Point};
use geojson::{Feature, GeometryValue, JsonObject};
use serde_json::json;

use super::figure::{Figure, Outline, Position, Projector};
use super::write::Fault;
use crate::crs::Crs;
use crate::model::{self, Layer, ProjectSite, Value};

pub(super) fn write_layer(out: &mut dyn Write, layer: &Layer, crs: Crs) -> Result<usize, Fault> {
    let projector = Projector::rounded(crs, Outline::CounterClockwise)?;
    let mut head = JsonObject::new();
    head.insert("name".to_owned(), json!(layer.name));
    // So that a schematic layer read back still says that it is one.
    head.insert("placement".to_owned(), json!(layer.placement.code()));
    if crs != Crs::Wgs84 {
        let name = format!("urn:ogc:def:crs:EPSG::{}", crs.epsg());
        let crs = json!({ "type": "name", "properties": { "name": name } });
        head.insert("crs".to_owned(), crs);
    }
    let mut collection = Collection::begin(out, &head)?;
    for feature in &layer.features {
        let names = layer.fields.iter().map(|field| field.name.clone());
        let properties = names.zip(feature.values.iter().map(attribute)).collect();
        collection.add(projector.figure(feature)?.as_ref(), &properties)?;
    }
    Ok(collection.end()?)
}

/// A feature on one line, its coordinates as they are.
pub(super) fn feature_text<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a Value)>,
    geometry: Option<&Geometry<f64>>,
) -> String {
    let properties = attributes.map(|(name, value)| (name.to_owned(), attribute(value)));
    Feature {
        geometry: geometry.map(|geometry| geojson::Geometry::new(GeometryValue::from(geometry))),
        properties: Some(properties.collect()),
        ..Feature::default()
    }
    .to_string()
}

/// The keys are those of the console's `--json`; a site without a position has a null geometry.
pub(super) fn write_sites(out: &mut dyn Write, sites: &[&ProjectSite]) -> Result<usize, Fault> {
    let projector = Projector::rounded(Crs::Wgs84, Outline::CounterClockwise)?;
    let mut head = JsonObject::new();
    head.insert("name".to_owned(), json!("重点工程项目"));
    let mut collection = Collection::begin(out, &head)?;
    for site in sites {
        let at = site.placement.at;
        let mut properties = JsonObject::new();
        for (key, value) in [
            ("id", json!(site.id.0)),
            ("category", json!(site.category)),
            ("name", json!(site.name)),
            ("content", json!(site.content)),
            ("location", json!(site.location)),
            ("investment_wan", json!(site.planned)),
            ("start_year", json!(site.years.start)),
            ("end_year", json!(site.years.end)),
            ("units", json!(site.units)),
            ("status", json!(site.status().label())),
            ("placement", json!(site.placement.grade.code())),
            ("precision_m", json!(site.placement.precision_m)),
            ("basis", json!(site.placement.basis)),
            ("lon", json!(at.map(|at| at.lon))),
            ("lat", json!(at.map(|at| at.lat))),
            ("arrived_wan", json!(site.arrived())),
            ("completed_wan", json!(site.completed())),
        ] {
            properties.insert(key.to_owned(), value);
        }
        let point = model::Feature {
            fid: site.id.0,
            geometry: at.map(|at| Point::new(at.lon, at.lat).into()),
            heights: None,
            values: Vec::new(),
        };
        collection.add(projector.figure(&point)?.as_ref(), &properties)?;
    }
    Ok(collection.end()?)
}

fn attribute(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Real(number) => json!(number),
        Value::Boolean(truth) => json!(truth),
    }
}

/// One feature a line: readable by people and by line tools, and never all in memory.
struct Collection<'a> {
    out: &'a mut dyn Write,
    written: usize,
}

impl<'a> Collection<'a> {
    fn begin(out: &'a mut dyn Write, head: &JsonObject) -> io::Result<Self> {
        write!(out, "{{\"type\":\"FeatureCollection\",")?;
        for (key, value) in head {
            write!(out, "{}:{value},", json!(key))?;
        }
        write!(out, "\n\"features\":[")?;
        Ok(Self { out, written: 0 })
    }

    fn add(&mut self, figure: Option<&Figure>, properties: &JsonObject) -> io::Result<()> {
        let separator: &[u8] = if self.written == 0 { b"\n" } else { b",\n" };
        self.out.write_all(separator)?;
        self.written += 1;
        write!(self.out, "{{\"type\":\"Feature\",\"geometry\":")?;
        match figure {
            Some(figure) => geometry(self.out, figure)?,
            None => write!(self.out, "null")?,
        }
        write!(self.out, ",\"properties\":")?;
        serde_json::to_writer(&mut *self.out, properties)?;
        write!(self.out, "}}")
    }

    fn end(self) -> io::Result<usize> {
        self.out.write_all(b"\n]}\n")?;
        Ok(self.written)
    }
}

fn geometry(out: &mut dyn Write, figure: &Figure) -> io::Result<()> {
    let line = |out: &mut dyn Write, line: &Vec<Position>| list(out, line, position);
    let polygon = |out: &mut dyn Write, rings: &Vec<Vec<Position>>| list(out, rings, line);
    let tag = match figure {
        Figure::Point(_) => "Point",
        Figure::MultiPoint(_) => "MultiPoint",
        Figure::Line(_) => "LineString",
        Figure::MultiLine(_) => "MultiLineString",
        Figure::Polygon(_) => "Polygon",
        Figure::MultiPolygon(_) => "MultiPolygon",
        Figure::Collection(parts) => {
            write!(out, "{{\"type\":\"GeometryCollection\",\"geometries\":")?;
            list(out, parts, geometry)?;
            return write!(out, "}}");
        }
    };
    write!(out, "{{\"type\":\"{tag}\",\"coordinates\":")?;
    match figure {
        Figure::Point(at) => position(out, at)?,
        Figure::MultiPoint(points) | Figure::Line(points) => line(out, points)?,
        Figure::MultiLine(lines) | Figure::Polygon(lines) => polygon(out, lines)?,
        Figure::MultiPolygon(polygons) => list(out, polygons, polygon)?,
        Figure::Collection(_) => {}
    }
    write!(out, "}}")
}

fn position(out: &mut dyn Write, at: &Position) -> io::Result<()> {
    // The shortest digits that read back as the same number, and never an exponent.
    match at.z {
        Some(z) => write!(out, "[{},{},{z}]", at.x, at.y),
        None => write!(out, "[{},{}]", at.x, at.y),
    }
}

fn list<T>(
    out: &mut dyn Write,
    items: &[T],
    one: impl Fn(&mut dyn Write, &T) -> io::Result<()>,
) -> io::Result<()> {
    write!(out, "[")?;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            write!(out, ",")?;
        }
        one(out, item)?;
    }
    write!(out, "]")
}
