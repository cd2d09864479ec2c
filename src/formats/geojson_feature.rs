//! One GeoJSON feature, from its text to attributes and a geometry in the file's own coordinates.
//!
//! A fault concerns this feature alone. What can be repaired with certainty (an unclosed ring, a number
//! in quotes) is repaired and noted. Must not know the file around it, nor any CRS.

use std::borrow::Cow;

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::heights::Heights;
use super::json::{Cursor, Json, JsonError};
use super::limits::MAX_LEVELS;
use super::raw::collected;
use crate::model::{IssueCode, Value};

/// Why a feature cannot be imported.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: IssueCode,
    pub(super) message: String,
}

fn fault(code: IssueCode, message: impl Into<String>) -> Fault {
    Fault {
        code,
        message: message.into(),
    }
}

impl From<JsonError> for Fault {
    fn from(err: JsonError) -> Self {
        let code = match err {
            JsonError::End => IssueCode::Truncated,
            JsonError::Syntax(_) => IssueCode::NotAFeature,
            JsonError::TooDeep => IssueCode::BadCoordinates,
        };
        fault(code, format!("要素无法解析：{err}"))
    }
}

/// A feature as it stands in the file, with what was odd about it.
#[derive(Debug, Default)]
pub(super) struct ReadFeature<'a> {
    /// In the file's own coordinates, all finite.
    pub(super) geometry: Option<Geometry<f64>>,
    pub(super) properties: Vec<(Cow<'a, str>, Value)>,
    /// `id` and other members outside `properties`.
    pub(super) extra: Vec<(Cow<'a, str>, Value)>,
    pub(super) repairs: Vec<(IssueCode, String)>,
    pub(super) remarks: Vec<(IssueCode, String)>,
    pub(super) heights: Heights,
    /// More than three numbers stood in a position.
    pub(super) had_measures: bool,
}

/// Read the feature, or bare geometry, whose text is `text`.
pub(super) fn read(text: &str) -> Result<ReadFeature<'_>, Fault> {
    let mut feature = ReadFeature::default();
    let mut cursor = Cursor::new(text, 0);
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    let (mut feature_type, mut geometry) = (None, None);
    // A bare geometry's members, to be read as one.
    let mut own_geometry = Vec::new();
    cursor.open_object()?;
    while let Some(name) = cursor.member()? {
        match &*name {
            "type" => feature_type = Some(cursor.value()?),
            "geometry" => geometry = Some(cursor.value()?),
            "coordinates" | "geometries" => own_geometry.push((name.clone(), cursor.value()?)),
            "properties" => read_properties(&mut cursor, &mut feature)?,
            "bbox" | "crs" => {
                cursor.skip()?;
            }
            _ => {
                let value = read_attribute(&mut cursor, &name, &mut feature.repairs)?;
                feature.extra.push((name.clone(), value));
            }
        }
        // Foreign members are checked for repetition where they become columns.
        if matches!(
            &*name,
            "type" | "geometry" | "coordinates" | "geometries" | "properties"
        ) {
            if seen.contains(&name) {
                cursor.notes.duplicate_key = Some(name.to_string());
            }
            seen.push(name);
        }
    }
    if let Some(name) = cursor.notes.duplicate_key.take() {
        feature.remarks.push((
            IssueCode::DuplicateKey,
            format!("“{name}”出现两次，以最后一个为准"),
        ));
    }
    if cursor.notes.mended_text {
        feature.repairs.push((
            IssueCode::BadText,
            "文字含不完整的转义字符，已替换".to_owned(),
        ));
    }

    let geometry = match feature_type.as_ref().and_then(Json::as_text) {
        Some("Feature") => geometry.unwrap_or(Json::Null),
        Some(type_name) if !own_geometry.is_empty() => {
            let type_name = Cow::Owned(type_name.to_owned());
            own_geometry.push((Cow::Borrowed("type"), Json::Text(type_name)));
            Json::Object(own_geometry)
        }
        // Only a feature has a geometry, so a missing or misspelt type is no riddle.
        _ if geometry.is_some() => {
            feature.repairs.push((
                IssueCode::NotAFeature,
                "缺少 \"type\": \"Feature\"，按要素读取".to_owned(),
            ));
            geometry.unwrap_or(Json::Null)
        }
        Some(type_name) => {
            return Err(fault(
                IssueCode::NotAFeature,
                format!("类型“{}”不是要素", shortened(type_name)),
            ));
        }
        None => return Err(fault(IssueCode::NotAFeature, "缺少 type，不是要素")),
    };
    let mut reader = GeometryReader::default();
    feature.geometry = reader.geometry(&geometry, 0)?;
    feature.heights = reader.heights.or_flat();
    feature.had_measures = reader.measures;
    if feature.geometry.is_none() {
        feature.remarks.push((
            IssueCode::NoGeometry,
            "没有图形，作为未定位的记录保留".to_owned(),
        ));
    }
    if reader.closed_rings > 0 {
        feature.repairs.push((
            IssueCode::UnclosedRing,
            format!("{} 个环首尾不相接，已闭合", reader.closed_rings),
        ));
    }
    if reader.quoted_numbers > 0 {
        feature.repairs.push((
            IssueCode::BadCoordinates,
            "坐标数字写成了文字，已按数字读取".to_owned(),
        ));
    }
    Ok(feature)
}

fn read_properties<'a>(
    cursor: &mut Cursor<'a>,
    feature: &mut ReadFeature<'a>,
) -> Result<(), JsonError> {
    if cursor.peek() != Some(b'{') {
        let other = cursor.skip()?;
        if other != "null" {
            feature.repairs.push((
                IssueCode::NotAFeature,
                "properties 不是对象，已作为文字保留".to_owned(),
            ));
            let text = Value::Text(other.to_owned());
            feature.properties.push((Cow::Borrowed("properties"), text));
        }
        return Ok(());
    }
    cursor.open_object()?;
    while let Some(name) = cursor.member()? {
        let value = read_attribute(cursor, &name, &mut feature.repairs)?;
        feature.properties.push((name, value));
    }
    Ok(())
}

/// The value of an attribute; what had to be changed is added to `repairs`.
pub(super) fn read_attribute(
    cursor: &mut Cursor<'_>,
    name: &str,
    repairs: &mut Vec<(IssueCode, String)>,
) -> Result<Value, JsonError> {
    // A nested value is kept as the text it is, however deep and odd.
    if matches!(cursor.peek(), Some(b'{' | b'[')) {
        return Ok(Value::Text(cursor.skip()?.to_owned()));
    }
    Ok(match cursor.value()? {
        Json::Bool(truth) => Value::Boolean(truth),
        Json::Integer(number) => Value::Integer(number),
        Json::Real(number) if number.is_finite() => Value::Real(number),
        Json::Real(_) => {
            repairs.push((
                IssueCode::OutOfRange,
                format!("属性“{}”不是有限的数，已留空", shortened(name)),
            ));
            Value::Null
        }
        Json::LongInteger(digits) => Value::Text(digits.to_owned()),
        Json::Text(text) => Value::Text(text.into_owned()),
        Json::Null | Json::Array(_) | Json::Object(_) => Value::Null,
    })
}

/// For messages: a text of a broken file may be of any length.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

#[derive(Default)]
struct GeometryReader {
    closed_rings: usize,
    quoted_numbers: usize,
    heights: Heights,
    measures: bool,
}

impl GeometryReader {
    /// `None` for null and for geometries without a single coordinate.
    fn geometry(&mut self, json: &Json<'_>, depth: usize) -> Result<Option<Geometry<f64>>, Fault> {
        if *json == Json::Null {
            return Ok(None);
        }
        let type_name = json
            .get("type")
            .and_then(Json::as_text)
            .ok_or_else(|| fault(IssueCode::UnknownGeometryType, "图形没有类型（type）"))?;
        if type_name == "GeometryCollection" {
            return self.collection(json, depth);
        }
        let missing = || fault(IssueCode::BadCoordinates, "图形没有坐标（coordinates）");
        let of = || json.get("coordinates").ok_or_else(missing);
        let geometry: Geometry<f64> = match type_name {
            "Point" => match of()? {
                Json::Array(numbers) if numbers.is_empty() => return Ok(None),
                position => Point(self.position(position)?).into(),
            },
            "MultiPoint" => {
                let points = self.positions(of()?)?.into_iter().map(Point);
                points.collect::<MultiPoint>().into()
            }
            "LineString" => match of()? {
                Json::Array(positions) if positions.is_empty() => return Ok(None),
                line => self.line(line)?.into(),
            },
            "MultiLineString" => {
                let lines = each(of()?, |line| self.line(line))?;
                MultiLineString(lines).into()
            }
            "Polygon" => match of()? {
                Json::Array(rings) if rings.is_empty() => return Ok(None),
                rings => self.polygon(rings)?.into(),
            },
            "MultiPolygon" => {
                let polygons = each(of()?, |rings| self.polygon(rings))?;
                MultiPolygon(polygons).into()
            }
            other => {
                return Err(fault(
                    IssueCode::UnknownGeometryType,
                    format!("没有名为“{}”的图形类型", shortened(other)),
                ));
            }
        };
        let empty = match &geometry {
            Geometry::MultiPoint(points) => points.0.is_empty(),
            Geometry::MultiLineString(lines) => lines.0.is_empty(),
            Geometry::MultiPolygon(polygons) => polygons.0.is_empty(),
            _ => false,
        };
        Ok((!empty).then_some(geometry))
    }

    fn collection(
        &mut self,
        json: &Json<'_>,
        depth: usize,
    ) -> Result<Option<Geometry<f64>>, Fault> {
        if depth == MAX_LEVELS {
            return Err(fault(
                IssueCode::BadCoordinates,
                format!("图形集合嵌套超过 {MAX_LEVELS} 层"),
            ));
        }
        let Some(Json::Array(members)) = json.get("geometries") else {
            return Err(fault(
                IssueCode::BadCoordinates,
                "图形集合没有成员（geometries）",
            ));
        };
        let mut parts = Vec::new();
        for member in members {
            parts.extend(self.geometry(member, depth + 1)?);
        }
        Ok(collected(parts))
    }

    fn polygon(&mut self, json: &Json<'_>) -> Result<Polygon<f64>, Fault> {
        let mut rings = each(json, |ring| self.ring(ring))?.into_iter();
        let outer = rings
            .next()
            .ok_or_else(|| fault(IssueCode::TooFewPoints, "面没有外环"))?;
        Ok(Polygon::new(outer, rings.collect()))
    }

    fn ring(&mut self, json: &Json<'_>) -> Result<LineString<f64>, Fault> {
        let mut positions = self.positions(json)?;
        let is_closed = positions.first() == positions.last();
        if positions.len() < if is_closed { 4 } else { 3 } {
            return Err(fault(
                IssueCode::TooFewPoints,
                format!("环只有 {} 个点，构不成面", positions.len()),
            ));
        }
        if !is_closed {
            positions.extend(positions.first().copied());
            self.closed_rings += 1;
        }
        Ok(LineString(positions))
    }

    fn line(&mut self, json: &Json<'_>) -> Result<LineString<f64>, Fault> {
        let positions = self.positions(json)?;
        if positions.len() < 2 {
            return Err(fault(
                IssueCode::TooFewPoints,
                format!("线只有 {} 个点", positions.len()),
            ));
        }
        Ok(LineString(positions))
    }

    fn positions(&mut self, json: &Json<'_>) -> Result<Vec<Coord<f64>>, Fault> {
        each(json, |position| self.position(position))
    }

    fn position(&mut self, json: &Json<'_>) -> Result<Coord<f64>, Fault> {
        let Json::Array(numbers) = json else {
            return Err(bad_nesting());
        };
        let [x, y, rest @ ..] = numbers.as_slice() else {
            return Err(fault(IssueCode::BadCoordinates, "坐标点少于两个数"));
        };
        self.measures |= rest.len() > 1;
        let at = Coord {
            x: self.number(x)?,
            y: self.number(y)?,
        };
        match rest.first() {
            Some(Json::Integer(height)) => self.heights.note(at, *height as f64),
            Some(Json::Real(height)) => self.heights.note(at, *height),
            _ => {}
        }
        Ok(at)
    }

    fn number(&mut self, json: &Json<'_>) -> Result<f64, Fault> {
        let number = match json {
            Json::Integer(number) => *number as f64,
            Json::Real(number) => *number,
            Json::LongInteger(digits) => digits.parse().unwrap_or(f64::INFINITY),
            Json::Text(text) => {
                self.quoted_numbers += 1;
                text.trim()
                    .parse()
                    .map_err(|_err: std::num::ParseFloatError| {
                        let text = shortened(text);
                        fault(IssueCode::BadCoordinates, format!("坐标“{text}”不是数"))
                    })?
            }
            Json::Array(_) => return Err(bad_nesting()),
            Json::Null | Json::Bool(_) | Json::Object(_) => {
                return Err(fault(IssueCode::BadCoordinates, "坐标不是数"));
            }
        };
        if number.is_finite() {
            Ok(number)
        } else {
            Err(fault(
                IssueCode::OutOfRange,
                "坐标不是有限的数（NaN 或无穷大）",
            ))
        }
    }
}

fn bad_nesting() -> Fault {
    fault(IssueCode::BadCoordinates, "坐标的方括号层数与图形类型不符")
}

fn each<T>(
    json: &Json<'_>,
    read_one: impl FnMut(&Json<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    match json {
        Json::Array(items) => items.iter().map(read_one).collect(),
        _ => Err(bad_nesting()),
    }
}
