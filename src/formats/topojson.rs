//! TopoJSON: shapes built from shared arcs, whole numbers stretched and moved by a `transform`.
//!
//! Each object of the topology is a layer. One bad geometry spoils only itself. Must not know which
//! coordinate system is decided on, nor what a layer means.

use std::borrow::Cow;

use geo::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use super::ReadOptions;
use super::columns::column_name;
use super::crs_detect;
use super::encoding;
use super::geojson_feature::{Fault, shortened};
use super::issue_log::IssueLog;
use super::json::{Cursor, Json};
use super::raw::{NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use crate::jobs::{Cancelled, Progress};
use crate::model::{IssueCode, Value};

/// Collections within collections, this deep.
const MAX_COLLECTIONS: usize = 16;

/// Rings may share arcs, so that a small file could unfold into an enormous one: no more positions than
/// this for each byte read.
const MAX_POSITIONS_PER_BYTE: usize = 4;

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let decoded = encoding::decode_reported(&source.bytes, &options.encoding, log)?;
    let json = Cursor::new(decoded.text.trim_start(), 0)
        .value()
        .map_err(|err| NotRead::Broken(format!("内容无法解析：{err}；文件可能不完整")))?;
    let Some(Json::Object(objects)) = json.get("objects") else {
        return Err(NotRead::Broken("没有图形（objects）".to_owned()));
    };
    let mut topology = Topology {
        arcs: arcs(&json),
        transform: Transform::of(json.get("transform")),
        positions_left: decoded.text.len().saturating_mul(MAX_POSITIONS_PER_BYTE),
    };
    let declared = crs_detect::declared(json.get("crs"));
    let mut layers = Vec::new();
    for (name, object) in objects {
        let mut layer = RawLayer {
            name: Some(name.to_string()),
            declared: declared.clone(),
            ..RawLayer::default()
        };
        topology.read_object(object, &mut layer, 0, progress)?;
        layers.push(layer);
    }
    Ok(RawFile {
        layers,
        encoding: decoded.name().to_owned(),
        ..RawFile::default()
    })
}

/// `scale` and `translate`: from whole numbers to coordinates.
#[derive(Clone, Copy)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

impl Transform {
    fn of(json: Option<&Json<'_>>) -> Option<Self> {
        let pair = |name: &str| match json?.get(name)? {
            Json::Array(numbers) => match numbers.as_slice() {
                [x, y, ..] => Some([number(x)?, number(y)?]),
                _ => None,
            },
            _ => None,
        };
        Some(Self {
            scale: pair("scale")?,
            translate: pair("translate")?,
        })
    }

    fn apply(self, at: Coord<f64>) -> Coord<f64> {
        let [scale_x, scale_y] = self.scale;
        let [x, y] = self.translate;
        Coord {
            x: at.x * scale_x + x,
            y: at.y * scale_y + y,
        }
    }
}

fn number(json: &Json<'_>) -> Option<f64> {
    match json {
        Json::Integer(number) => Some(*number as f64),
        Json::Real(number) => Some(*number),
        _ => None,
    }
}

fn coord(json: &Json<'_>) -> Option<Coord<f64>> {
    match json {
        Json::Array(numbers) => match numbers.as_slice() {
            [x, y, ..] => Some(Coord {
                x: number(x)?,
                y: number(y)?,
            }),
            _ => None,
        },
        _ => None,
    }
}

/// Every arc in the file's coordinates; `None` for one that cannot be read.
fn arcs(json: &Json<'_>) -> Vec<Option<Vec<Coord<f64>>>> {
    let Some(Json::Array(arcs)) = json.get("arcs") else {
        return Vec::new();
    };
    let transform = Transform::of(json.get("transform"));
    let arc = |json: &Json<'_>| {
        let Json::Array(positions) = json else {
            return None;
        };
        let mut at = Coord { x: 0.0, y: 0.0 };
        let mut unfolded = Vec::with_capacity(positions.len());
        for position in positions {
            let step = coord(position)?;
            // With a transform each position counts from the one before it.
            let place = match transform {
                Some(transform) => {
                    at = at + step;
                    transform.apply(at)
                }
                None => step,
            };
            if !(place.x.is_finite() && place.y.is_finite()) {
                return None;
            }
            unfolded.push(place);
        }
        Some(unfolded)
    };
    arcs.iter().map(arc).collect()
}

struct Topology {
    arcs: Vec<Option<Vec<Coord<f64>>>>,
    transform: Option<Transform>,
    positions_left: usize,
}

fn fault(code: IssueCode, message: impl Into<String>) -> Fault {
    Fault {
        code,
        message: message.into(),
    }
}

impl Topology {
    /// A geometry is a feature; the members of a collection without attributes are one each.
    fn read_object(
        &mut self,
        object: &Json<'_>,
        layer: &mut RawLayer,
        depth: usize,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let is_collection = type_of(object) == Some("GeometryCollection");
        if let (true, None, Some(Json::Array(members))) = (
            is_collection && depth < MAX_COLLECTIONS,
            object.get("properties"),
            object.get("geometries"),
        ) {
            for (done, member) in members.iter().enumerate() {
                // Reading is the first half of the work.
                progress.step(done, members.len() * 2)?;
                self.read_object(member, layer, depth + 1, progress)?;
            }
            return Ok(());
        }
        self.feature(object, layer);
        Ok(())
    }

    fn feature(&mut self, object: &Json<'_>, layer: &mut RawLayer) {
        layer.read += 1;
        let number = layer.read;
        let mut row = Vec::new();
        if let Some(Json::Object(properties)) = object.get("properties") {
            for (name, value) in properties {
                let name = column_name(name);
                layer.columns.set(number, &mut row, &name, attribute(value));
            }
        }
        if let Some(id) = object.get("id").filter(|_| !layer.columns.contains("id")) {
            layer.columns.set(number, &mut row, "id", attribute(id));
        }
        match self.geometry(object, 0) {
            Ok(geometry) => {
                if geometry.is_none() {
                    let message = "没有图形，作为未定位的记录保留";
                    layer.log.kept(number, IssueCode::NoGeometry, message);
                }
                layer.features.push(RawFeature {
                    number,
                    geometry,
                    row,
                    text: RawText::Rebuilt,
                });
            }
            Err(Fault { code, message }) => {
                let text = json_text(object);
                layer.log.quarantine(number, code, message, &text);
            }
        }
    }

    fn geometry(
        &mut self,
        object: &Json<'_>,
        depth: usize,
    ) -> Result<Option<Geometry<f64>>, Fault> {
        let Some(type_name) = type_of(object) else {
            return match object.get("type") {
                Some(Json::Null) => Ok(None),
                _ if *object == Json::Null => Ok(None),
                _ => Err(fault(
                    IssueCode::UnknownGeometryType,
                    "图形没有类型（type）",
                )),
            };
        };
        let coordinates = || object.get("coordinates").unwrap_or(&Json::Null);
        let arcs = || object.get("arcs").unwrap_or(&Json::Null);
        Ok(Some(match type_name {
            "Point" => Point(self.position(coordinates())?).into(),
            "MultiPoint" => {
                let points = each(coordinates(), |at| self.position(at))?;
                points.into_iter().map(Point).collect::<MultiPoint>().into()
            }
            "LineString" => self.line(arcs())?.into(),
            "MultiLineString" => MultiLineString(each(arcs(), |line| self.line(line))?).into(),
            "Polygon" => self.polygon(arcs())?.into(),
            "MultiPolygon" => MultiPolygon(each(arcs(), |rings| self.polygon(rings))?).into(),
            "GeometryCollection" if depth < MAX_COLLECTIONS => {
                let members = object.get("geometries").unwrap_or(&Json::Null);
                let parts = each(members, |member| self.geometry(member, depth + 1))?;
                let parts: Vec<_> = parts.into_iter().flatten().collect();
                if parts.is_empty() {
                    return Ok(None);
                }
                Geometry::GeometryCollection(GeometryCollection(parts))
            }
            other => {
                let message = format!("没有名为“{}”的图形类型", shortened(other));
                return Err(fault(IssueCode::UnknownGeometryType, message));
            }
        }))
    }

    fn position(&self, json: &Json<'_>) -> Result<Coord<f64>, Fault> {
        let at = coord(json)
            .map(|at| self.transform.map_or(at, |transform| transform.apply(at)))
            .ok_or_else(|| fault(IssueCode::BadCoordinates, "坐标写法有误"))?;
        if at.x.is_finite() && at.y.is_finite() {
            Ok(at)
        } else {
            let message = "坐标不是有限的数（NaN 或无穷大）";
            Err(fault(IssueCode::OutOfRange, message))
        }
    }

    /// Arcs end to end; each begins where the one before it ends.
    fn line(&mut self, json: &Json<'_>) -> Result<LineString<f64>, Fault> {
        let mut line: Vec<Coord<f64>> = Vec::new();
        let indices = each(json, |index| match index {
            Json::Integer(index) => Ok(*index),
            _ => Err(fault(IssueCode::BadCoordinates, "弧段编号不是整数")),
        })?;
        for index in indices {
            // Negative: the arc backwards, counted from −1.
            let (place, backwards) = if index < 0 {
                (!index, true)
            } else {
                (index, false)
            };
            let arc = usize::try_from(place)
                .ok()
                .and_then(|place| self.arcs.get(place)?.as_deref())
                .ok_or_else(|| {
                    let message = format!("第 {index} 号弧段缺失或已损坏");
                    fault(IssueCode::BadCoordinates, message)
                })?;
            self.positions_left = (self.positions_left.checked_sub(arc.len()))
                .ok_or_else(|| fault(IssueCode::BadCoordinates, "图形展开后过大，疑似恶意文件"))?;
            let skip = usize::from(!line.is_empty());
            if backwards {
                line.extend(arc.iter().rev().skip(skip));
            } else {
                line.extend(arc.iter().skip(skip));
            }
        }
        if line.len() < 2 {
            let message = format!("线只有 {} 个点", line.len());
            return Err(fault(IssueCode::TooFewPoints, message));
        }
        Ok(LineString(line))
    }

    fn polygon(&mut self, json: &Json<'_>) -> Result<Polygon<f64>, Fault> {
        let rings = each(json, |ring| {
            let mut ring = self.line(ring)?;
            ring.close();
            if ring.0.len() < 4 {
                let message = format!("环只有 {} 个点，构不成面", ring.0.len());
                return Err(fault(IssueCode::TooFewPoints, message));
            }
            Ok(ring)
        })?;
        let mut rings = rings.into_iter();
        let outer = (rings.next()).ok_or_else(|| fault(IssueCode::TooFewPoints, "面没有外环"))?;
        Ok(Polygon::new(outer, rings.collect()))
    }
}

fn type_of<'j>(object: &'j Json<'_>) -> Option<&'j str> {
    object.get("type").and_then(Json::as_text)
}

fn each<T>(
    json: &Json<'_>,
    read_one: impl FnMut(&Json<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    match json {
        Json::Array(items) => items.iter().map(read_one).collect(),
        _ => Err(fault(
            IssueCode::BadCoordinates,
            "坐标的方括号层数与图形类型不符",
        )),
    }
}

fn attribute(json: &Json<'_>) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(truth) => Value::Boolean(*truth),
        Json::Integer(number) => Value::Integer(*number),
        Json::Real(number) if number.is_finite() => Value::Real(*number),
        Json::Real(_) => Value::Null,
        Json::LongInteger(digits) => Value::Text((*digits).to_owned()),
        Json::Text(text) => Value::Text(text.to_string()),
        Json::Array(_) | Json::Object(_) => Value::Text(json_text(json)),
    }
}

/// Written out again, for what is put aside.
fn json_text(json: &Json<'_>) -> String {
    fn value(json: &Json<'_>) -> serde_json::Value {
        match json {
            Json::Null => serde_json::Value::Null,
            Json::Bool(truth) => (*truth).into(),
            Json::Integer(number) => (*number).into(),
            Json::Real(number) => (*number).into(),
            Json::LongInteger(digits) => (*digits).into(),
            Json::Text(text) => Cow::as_ref(text).into(),
            Json::Array(items) => items.iter().map(value).collect(),
            Json::Object(members) => members
                .iter()
                .map(|(name, member)| (name.to_string(), value(member)))
                .collect(),
        }
    }
    value(json).to_string()
}
