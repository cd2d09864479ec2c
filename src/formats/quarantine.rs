//! A feature that was put aside, read again: its text as a file of its own, mended on the way.
//!
//! Must not know where quarantined features are kept.

use geo::Coord;
use serde_json::{Value, json};

use super::json::{Cursor, Json};
use super::quarantine_text;
use super::{ReadError, ReadOptions, read_bytes};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Layer, Quarantined};

/// What was put aside.
#[derive(Clone, Copy, Debug)]
pub struct Aside<'a> {
    pub raw: &'a str,
    /// What its file was, as [`super::ReadReport::format`] says it.
    pub format: &'a str,
}

/// What can be done to a feature's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Mend {
    /// Let each ring end where it starts.
    CloseRings,
    /// Drop the second of two equal points in a row.
    DropDuplicateVertices,
    /// Drop rings and lines with too few points to be any; never the last one.
    DropBrokenParts,
    /// This text instead, as GeoJSON or in the file's own format.
    SetText(String),
    /// These parts (rings, lines or points, in the order of [`editable_coordinates`]) instead, in the
    /// file's coordinates.
    SetCoordinates(Vec<Vec<Coord<f64>>>),
}

/// Why it stays in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it is another problem than before.
    pub code: Option<IssueCode>,
    pub reason: String,
}

fn refused(reason: impl Into<String>) -> Refused {
    Refused {
        code: None,
        reason: reason.into(),
    }
}

/// The feature as a layer of its own, and its text where that was changed.
pub fn read_again(
    aside: &Aside<'_>,
    mends: &[Mend],
    options: &ReadOptions,
) -> Result<(Layer, Option<String>), Refused> {
    let mut text = aside.raw.to_owned();
    for mend in mends {
        text = mended(&text, mend)?;
    }
    let (name, whole) = quarantine_text::as_file(&text, aside.format).ok_or_else(|| {
        refused(format!(
            "{}的要素离开原文件就无法单独重读，请把它改写为 GeoJSON 要素",
            aside.format
        ))
    })?;
    // What was wrong must not be asked of the whole layer again.
    let mut options = options.clone();
    options.plan_area_km2 = None;
    options.layer = None;
    let report = read_bytes(name, whole.as_bytes(), &options, &Progress::default())
        .map_err(|err: ReadError| refused(without_file(&err.to_string(), name)))?;
    let edited = mends.iter().any(|mend| matches!(mend, Mend::SetText(_)));
    match report.layer.features.as_slice() {
        [] => {
            let bad = (report.issues.into_iter()).find(|one| one.action == Action::Quarantined);
            Err(bad.map_or_else(
                || refused("文字中没有可读取的要素"),
                |issue| Refused {
                    code: Some(issue.code),
                    reason: issue.message,
                },
            ))
        }
        [_] if !report.quarantined.is_empty() => Err(refused("文字中有多个要素，其中有的仍有问题")),
        // It is here for its geometry: without one it is not mended, unless the user says so.
        [one] if one.geometry.is_none() && !edited => Err(refused(
            "原文中没有可用的图形；请编辑坐标，或把图形写成 null 作为未定位的记录",
        )),
        [_] => {
            let changed = text != aside.raw;
            Ok((report.layer, changed.then_some(text)))
        }
        several => Err(refused(format!(
            "文字中有 {} 个要素，应当只有一个",
            several.len()
        ))),
    }
}

/// The text is nobody's file: its made-up name would only puzzle.
fn without_file(message: &str, name: &str) -> String {
    message.replace(&format!("“{name}”"), "这个要素")
}

fn mended(text: &str, mend: &Mend) -> Result<String, Refused> {
    match mend {
        Mend::SetText(new) => Ok(new.clone()),
        Mend::SetCoordinates(parts) => with_coordinates(text, parts),
        Mend::CloseRings | Mend::DropDuplicateVertices | Mend::DropBrokenParts => {
            let mut feature = parsed(text).ok_or_else(|| {
                refused("这一处理只用于以 GeoJSON 保存的要素；请改为编辑坐标或原文")
            })?;
            let (geometry, kind) =
                geometry_of(&mut feature).ok_or_else(|| refused("原文中没有图形，无法处理"))?;
            match mend {
                Mend::CloseRings if kind.ends_with("Polygon") => {
                    for_each_part(geometry, &mut close);
                }
                Mend::DropDuplicateVertices => for_each_part(geometry, &mut |part| {
                    part.dedup();
                }),
                Mend::DropBrokenParts => drop_broken(geometry, least_points(&kind)),
                _ => {}
            }
            Ok(feature.to_string())
        }
    }
}

/// The rings, lines or points of a text whose geometry can be told, in the file's coordinates. A number
/// that is none is NaN here.
pub fn editable_coordinates(aside: &Aside<'_>) -> Option<Vec<Vec<Coord<f64>>>> {
    if let Some(mut feature) = parsed(aside.raw) {
        let (geometry, _) = geometry_of(&mut feature)?;
        let mut parts = Vec::new();
        for_each_part(geometry, &mut |part| {
            parts.push(part.iter().map(position).collect());
        });
        return (!parts.is_empty()).then_some(parts);
    }
    quarantine_text::coordinates(aside.raw)
}

/// Those whose geometry can be told as one GeoJSON in their file's coordinates, and how many these are.
/// Rows of another system than the first one's are left out: a file has one.
pub fn quarantined_geojson(rows: &[(Aside<'_>, Option<u32>, &Quarantined)]) -> (String, usize) {
    let epsg = rows.first().and_then(|(_, epsg, _)| *epsg);
    let mut features = Vec::new();
    for (aside, own, what) in rows {
        let Some(parts) = editable_coordinates(aside).filter(|_| *own == epsg) else {
            continue;
        };
        let sound = |part: &Vec<Coord<f64>>| {
            !part.is_empty() && part.iter().all(|at| at.x.is_finite() && at.y.is_finite())
        };
        if !parts.iter().all(sound) {
            continue;
        }
        let mut feature = parsed(aside.raw).unwrap_or_else(|| {
            let lines: Vec<Vec<[f64; 2]>> = (parts.iter())
                .map(|part| part.iter().map(|at| [at.x, at.y]).collect())
                .collect();
            let geometry = json!({ "type": "MultiLineString", "coordinates": lines });
            json!({ "type": "Feature", "properties": {}, "geometry": geometry })
        });
        if feature.get("geometry").is_none() {
            feature = json!({ "type": "Feature", "properties": {}, "geometry": feature });
        }
        let mut properties = match feature.get_mut("properties").map(Value::take) {
            Some(Value::Object(properties)) => properties,
            _ => serde_json::Map::new(),
        };
        properties.insert("隔离序号".to_owned(), what.feature.into());
        properties.insert("隔离原因".to_owned(), what.reason.clone().into());
        if let Some(feature) = feature.as_object_mut() {
            feature.insert("properties".to_owned(), properties.into());
        }
        features.push(feature);
    }
    let written = features.len();
    let crs = epsg.map(|code| {
        let name = format!("urn:ogc:def:crs:EPSG::{code}");
        json!({ "type": "name", "properties": { "name": name } })
    });
    let whole = json!({ "type": "FeatureCollection", "crs": crs, "features": features });
    (whole.to_string(), written)
}

fn with_coordinates(text: &str, parts: &[Vec<Coord<f64>>]) -> Result<String, Refused> {
    let unlike = || refused("坐标的组数与原图形不同，请改为编辑原文");
    let Some(mut feature) = parsed(text) else {
        return quarantine_text::with_coordinates(text, parts).ok_or_else(unlike);
    };
    let (geometry, _) = geometry_of(&mut feature).ok_or_else(unlike)?;
    let mut new = parts.iter();
    let mut fits = true;
    for_each_part(geometry, &mut |part| match new.next() {
        Some(points) => *part = points.iter().map(|at| json!([at.x, at.y])).collect(),
        None => fits = false,
    });
    if !fits || new.next().is_some() {
        return Err(unlike());
    }
    Ok(feature.to_string())
}

/// A GeoJSON object as offices write it: with NaN, repeated names and the like.
fn parsed(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with('{') {
        return None;
    }
    Cursor::new(text, 0).value().ok().map(value)
}

fn value(json: Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => truth.into(),
        Json::Integer(number) => number.into(),
        Json::Real(number) => number.into(), // null where it is none
        Json::LongInteger(digits) => digits.into(),
        Json::Text(text) => text.into_owned().into(),
        Json::Array(items) => items.into_iter().map(value).collect(),
        Json::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name.into_owned(), value(member)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// The coordinates of a feature or bare geometry, and its type. Of a collection there are several: none.
fn geometry_of(feature: &mut Value) -> Option<(&mut Value, String)> {
    let geometry = if feature.get("geometry").is_some() {
        feature.get_mut("geometry")?
    } else {
        feature
    };
    let kind = geometry.get("type")?.as_str()?.to_owned();
    let coordinates = geometry.get_mut("coordinates")?;
    // A point is a part of one position, so that it can be edited like the rest.
    if kind == "Point"
        && !matches!(coordinates, Value::Array(items) if items.iter().any(Value::is_array))
    {
        *coordinates = json!([coordinates.take()]);
        *geometry.get_mut("type")? = "MultiPoint".into();
    }
    Some((geometry.get_mut("coordinates")?, kind))
}

/// Calls `work` with each list of positions.
fn for_each_part(coordinates: &mut Value, work: &mut impl FnMut(&mut Vec<Value>)) {
    let Value::Array(items) = coordinates else {
        return;
    };
    let is_part = items.iter().any(|item| match item {
        Value::Array(inner) => inner.iter().all(|number| !number.is_array()),
        _ => false,
    });
    if is_part {
        work(items);
    } else {
        for item in items {
            for_each_part(item, work);
        }
    }
}

fn position(value: &Value) -> Coord<f64> {
    let number = |at: usize| match value.get(at) {
        Some(Value::String(text)) => text.trim().parse().unwrap_or(f64::NAN),
        Some(number) => number.as_f64().unwrap_or(f64::NAN),
        None => f64::NAN,
    };
    Coord {
        x: number(0),
        y: number(1),
    }
}

fn close(ring: &mut Vec<Value>) {
    if ring.len() > 2 && ring.first() != ring.last() {
        ring.extend(ring.first().cloned());
    }
}

fn least_points(kind: &str) -> usize {
    if kind.ends_with("Polygon") {
        3
    } else if kind.ends_with("LineString") {
        2
    } else {
        1
    }
}

/// Without the parts that have fewer different, numeric points than `least`. An outer ring takes its
/// holes along.
fn drop_broken(coordinates: &mut Value, least: usize) {
    let Value::Array(items) = coordinates else {
        return;
    };
    let is_sound = |part: &mut Value| {
        let mut sound = false;
        for_each_part(part, &mut |points| {
            let mut different: Vec<&Value> = Vec::new();
            for point in points.iter() {
                if !different.contains(&point) {
                    different.push(point);
                }
            }
            let finite = points
                .iter()
                .map(position)
                .all(|at| at.x.is_finite() && at.y.is_finite());
            sound |= finite && different.len() >= least;
        });
        sound
    };
    // Of a multipolygon each item is a list of rings, of a polygon a ring, of a ring a position.
    let holds_rings = |item: &Value| {
        let position = item.get(0).and_then(|ring| ring.get(0));
        position.is_some_and(Value::is_array)
    };
    if least == 3 && items.iter().any(holds_rings) {
        for polygon in items.iter_mut() {
            drop_broken(polygon, least);
        }
        // A polygon lives by its outer ring.
        items.retain_mut(|polygon| polygon.get_mut(0).is_some_and(is_sound));
        return;
    }
    let outer_is_sound = items.first_mut().is_some_and(is_sound);
    if least == 3 && !outer_is_sound {
        return; // without its outline nothing would be left but holes
    }
    items.retain_mut(is_sound);
}
