//! Layers and sites as GeoJSON by the letter of RFC 7946: lon/lat, outer rings counter-clockwise, no
//! `crs` member. Must not know where the bytes go.

use std::io::{self, Write};

use geo::orient::Direction;
use geo::{Coord, Geometry, MapCoords, Orient, Point};
use geojson::{Feature, GeometryValue, JsonObject};
use serde_json::json;

use crate::model::{Layer, ProjectSite, Value};

/// 0.1 mm; more digits only claim what nobody measured.
pub(super) fn rounded(at: Coord<f64>) -> Coord<f64> {
    Coord {
        x: (at.x * 1e9).round() / 1e9,
        y: (at.y * 1e9).round() / 1e9,
    }
}

pub(super) fn write_layer(out: &mut dyn Write, layer: &Layer) -> io::Result<usize> {
    let mut head = JsonObject::new();
    head.insert("name".to_owned(), json!(layer.name));
    // So that a schematic layer read back still says that it is one.
    head.insert("placement".to_owned(), json!(layer.placement.code()));
    let features = layer.features.iter().map(|feature| {
        let names = layer.fields.iter().map(|field| field.name.clone());
        let properties = names.zip(feature.values.iter().map(attribute)).collect();
        rfc_feature(feature.geometry.as_ref(), properties)
    });
    write_collection(out, &head, features)
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
pub(super) fn write_sites(out: &mut dyn Write, sites: &[&ProjectSite]) -> io::Result<usize> {
    let mut head = JsonObject::new();
    head.insert("name".to_owned(), json!("重点工程项目"));
    let features = sites.iter().map(|site| {
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
        let point = at.map(|at| Geometry::from(Point::new(at.lon, at.lat)));
        rfc_feature(point.as_ref(), properties)
    });
    write_collection(out, &head, features)
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

fn rfc_feature(geometry: Option<&Geometry<f64>>, properties: JsonObject) -> Feature {
    Feature {
        geometry: geometry.map(|geometry| {
            let geometry = oriented(geometry).map_coords(rounded);
            geojson::Geometry::new(GeometryValue::from(&geometry))
        }),
        properties: Some(properties),
        ..Feature::default()
    }
}

/// RFC 7946 §3.1.6: the right-hand rule.
fn oriented(geometry: &Geometry<f64>) -> Geometry<f64> {
    match geometry {
        Geometry::Polygon(polygon) => polygon.orient(Direction::Default).into(),
        Geometry::MultiPolygon(polygons) => polygons.orient(Direction::Default).into(),
        Geometry::GeometryCollection(parts) => {
            Geometry::GeometryCollection(parts.iter().map(oriented).collect())
        }
        other => other.clone(),
    }
}

/// One feature a line: readable by people and by line tools, and never all in memory.
fn write_collection(
    out: &mut dyn Write,
    head: &JsonObject,
    features: impl Iterator<Item = Feature>,
) -> io::Result<usize> {
    write!(out, "{{\"type\":\"FeatureCollection\",")?;
    for (key, value) in head {
        write!(out, "{}:{value},", json!(key))?;
    }
    write!(out, "\n\"features\":[")?;
    let mut written = 0;
    for feature in features {
        out.write_all(if written == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &feature)?;
        written += 1;
    }
    out.write_all(b"\n]}\n")?;
    Ok(written)
}
