//! `TopoJSON`: shapes built from shared arcs, whole numbers stretched and moved by a `transform`.
//!
//! Each object of the topology is a layer. One bad geometry spoils only itself. Must not know which
//! coordinate system is decided on, nor what a layer means.

use std::borrow::Cow;
use std::ops::Range;

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::ReadOptions;
use super::columns::column_name;
use super::crs_declared;
use super::encoding;
use super::geojson_feature::{Fault, read_attribute, shortened};
use super::heights::Heights;
use super::issue_log::IssueLog;
use super::json::{Cursor, Json, JsonError};
use super::limits::MAX_LEVELS;
use super::raw::{NotRead, RawFeature, RawFile, RawLayer, RawText, collected};
use super::source::Source;
use crate::jobs::{Cancelled, Progress};
use crate::model::{Action, IssueCode, Value};

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
    let text = &*decoded.text;
    let parts = Parts::find(text).map_err(|err| NotRead::Broken(err.to_owned()))?;
    let transform = Transform::of(parts.transform.as_ref());
    let mut topology = Topology {
        text,
        arcs: arcs(text, parts.arcs, transform),
        transform,
        positions_left: text.len().saturating_mul(MAX_POSITIONS_PER_BYTE),
        cut_short: parts.cut_short,
    };
    let declared = crs_declared::declared(parts.crs.as_ref());
    let mut layers = Vec::new();
    let mut cursor = Cursor::new(text, parts.objects);
    let mut next = cursor.open_object();
    while let (Ok(()), Ok(Some(name))) = (&next, cursor.member()) {
        let mut layer = RawLayer {
            name: Some(name.into_owned()),
            declared: declared.clone(),
            ..RawLayer::default()
        };
        cursor.peek();
        topology.object(cursor.at(), &mut layer, 0, progress)?;
        layers.push(layer);
        next = cursor.skip().map(|_text| ());
    }
    let cut_short = topology.cut_short;
    if cut_short {
        let message = "文件不完整，其后的内容已丢失";
        log.file(IssueCode::Truncated, Action::Kept, message);
    }
    Ok(RawFile::of_text(layers, decoded, cut_short))
}

/// Where the members of the document stand. Its arcs and objects are read one by one, so that only one
/// tree is ever in memory.
#[derive(Default)]
struct Parts<'a> {
    arcs: Option<usize>,
    objects: usize,
    transform: Option<Json<'a>>,
    crs: Option<Json<'a>>,
    cut_short: bool,
}

impl<'a> Parts<'a> {
    fn find(text: &'a str) -> Result<Self, &'static str> {
        let mut parts = Self::default();
        let start = text.find('{').ok_or("内容不是 JSON")?;
        let mut cursor = Cursor::new(text, start);
        let mut objects = None;
        if cursor.open_object().is_err() {
            return Err("内容不是 JSON");
        }
        loop {
            let name = match cursor.member() {
                Ok(Some(name)) => name,
                Ok(None) => break,
                Err(_) => {
                    parts.cut_short = true;
                    break;
                }
            };
            cursor.peek();
            match &*name {
                "arcs" => parts.arcs = Some(cursor.at()),
                "objects" => objects = Some(cursor.at()),
                _ => {}
            }
            let Ok(value) = cursor.skip() else {
                parts.cut_short = true;
                break;
            };
            match &*name {
                "transform" => parts.transform = Cursor::new(value, 0).value().ok(),
                "crs" => parts.crs = Cursor::new(value, 0).value().ok(),
                _ => {}
            }
        }
        parts.objects = objects.ok_or(if parts.cut_short {
            "内容在第一个要素之前就中断了"
        } else {
            "没有图形（objects）"
        })?;
        Ok(parts)
    }
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

/// Every arc in the file's coordinates, as many as there are; `None` for one that cannot be read.
fn arcs(
    text: &str,
    at: Option<usize>,
    transform: Option<Transform>,
) -> Vec<Option<Vec<Coord<f64>>>> {
    let mut arcs = Vec::new();
    let Some(at) = at else {
        return arcs;
    };
    let mut cursor = Cursor::new(text, at);
    let mut next = cursor.open_array();
    while let (Ok(()), Ok(true)) = (&next, cursor.item()) {
        let arc = cursor.skip();
        next = arc.map(|_text| ());
        if let Ok(arc) = arc {
            let json = Cursor::new(arc, 0).value();
            arcs.push(json.ok().and_then(|json| unfolded(&json, transform)));
        }
    }
    arcs
}

fn unfolded(json: &Json<'_>, transform: Option<Transform>) -> Option<Vec<Coord<f64>>> {
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
}

struct Topology<'t> {
    text: &'t str,
    arcs: Vec<Option<Vec<Coord<f64>>>>,
    transform: Option<Transform>,
    positions_left: usize,
    cut_short: bool,
}

fn fault(code: IssueCode, message: impl Into<String>) -> Fault {
    Fault {
        code,
        message: message.into(),
    }
}

impl Topology<'_> {
    /// The object at `start`. A geometry is a feature; of a collection without attributes each member is.
    fn object(
        &mut self,
        start: usize,
        layer: &mut RawLayer,
        depth: usize,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        // Reading is the first half of the work.
        progress.step(start, self.text.len() * 2)?;
        if start >= self.text.len() {
            // Cut off just before it: there is nothing of it to put aside.
            self.cut_short = true;
            return Ok(());
        }
        let mut cursor = Cursor::new(self.text, start);
        let (mut members, mut own_attributes) = (None, false);
        let mut next = cursor.open_object();
        loop {
            match next.and_then(|()| cursor.member()) {
                Ok(Some(name)) => {
                    cursor.peek();
                    match &*name {
                        "geometries" => members = Some(cursor.at()),
                        "properties" => own_attributes = true,
                        _ => {}
                    }
                    next = cursor.skip().map(|_text| ());
                }
                Ok(None) => break,
                Err(err) => {
                    next = Err(err);
                    break;
                }
            }
        }
        match (members, next) {
            (Some(members), _) if !own_attributes && depth < MAX_LEVELS => {
                return self.members(members, layer, depth, progress);
            }
            (_, Ok(())) => self.feature(start..cursor.at(), layer),
            (_, Err(JsonError::End)) => {
                self.cut_short = true;
                let rest = start..self.text.len();
                self.quarantine(IssueCode::Truncated, "要素不完整", rest, layer);
            }
            (_, Err(_)) => {
                let whole = Cursor::new(self.text, start).skip();
                let end = whole.map_or(self.text.len(), |text| start + text.len());
                self.quarantine(
                    IssueCode::NotAFeature,
                    "要素不是有效的 JSON",
                    start..end,
                    layer,
                );
            }
        }
        Ok(())
    }

    fn members(
        &mut self,
        start: usize,
        layer: &mut RawLayer,
        depth: usize,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let mut cursor = Cursor::new(self.text, start);
        let mut next = cursor.open_array();
        while let (Ok(()), Ok(true)) = (&next, cursor.item()) {
            self.object(cursor.at(), layer, depth + 1, progress)?;
            next = cursor.skip().map(|_text| ());
        }
        self.cut_short |= next.is_err();
        Ok(())
    }

    fn quarantine(&self, code: IssueCode, reason: &str, span: Range<usize>, layer: &mut RawLayer) {
        layer.read += 1;
        let text = self.text.get(span).unwrap_or_default();
        layer.log.quarantine(layer.read, code, reason, text);
    }

    fn feature(&mut self, span: Range<usize>, layer: &mut RawLayer) {
        let text = self.text.get(span.clone()).unwrap_or_default();
        let read = match read_members(text) {
            Ok(read) => read,
            Err(err) => {
                let reason = format!("要素无法解析：{err}");
                self.quarantine(IssueCode::BadCoordinates, &reason, span, layer);
                return;
            }
        };
        let geometry = match self.geometry(&read.geometry, 0) {
            Ok(geometry) => geometry,
            Err(Fault { code, message }) => {
                self.quarantine(code, &message, span, layer);
                return;
            }
        };
        layer.read += 1;
        let number = layer.read;
        let mut row = Vec::new();
        for (name, value) in read.attributes {
            let name = column_name(&name);
            if !layer.columns.set(number, &mut row, &name, value) {
                let message = format!("属性“{}”出现两次，以最后一个为准", shortened(&name));
                layer.log.kept(number, IssueCode::DuplicateKey, message);
            }
        }
        for (code, message) in read.repairs {
            layer.log.repaired(number, code, message);
        }
        if geometry.is_none() {
            let message = "没有图形，作为未定位的记录保留";
            layer.log.kept(number, IssueCode::NoGeometry, message);
        }
        layer.features.push(RawFeature {
            number,
            geometry,
            heights: Heights::default(),
            row,
            // On its own the text only points at arcs.
            text: RawText::Rebuilt,
        });
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
            "GeometryCollection" if depth < MAX_LEVELS => {
                let members = object.get("geometries").unwrap_or(&Json::Null);
                let parts = each(members, |member| self.geometry(member, depth + 1))?;
                return Ok(collected(parts.into_iter().flatten().collect()));
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

/// A geometry object, its attributes apart.
struct ReadObject<'a> {
    geometry: Json<'a>,
    attributes: Vec<(Cow<'a, str>, Value)>,
    repairs: Vec<(IssueCode, String)>,
}

fn read_members(text: &str) -> Result<ReadObject<'_>, JsonError> {
    let (mut geometry, mut attributes, mut repairs) = (Vec::new(), Vec::new(), Vec::new());
    let mut id = None;
    let mut cursor = Cursor::new(text, 0);
    cursor.open_object()?;
    while let Some(name) = cursor.member()? {
        match &*name {
            "properties" if cursor.peek() == Some(b'{') => {
                cursor.open_object()?;
                while let Some(name) = cursor.member()? {
                    let value = read_attribute(&mut cursor, &name, &mut repairs)?;
                    attributes.push((name, value));
                }
            }
            "id" => id = Some(read_attribute(&mut cursor, &name, &mut repairs)?),
            _ => geometry.push((name, cursor.value()?)),
        }
    }
    if let Some(id) = id.filter(|_| attributes.iter().all(|(name, _)| name != "id")) {
        attributes.push((Cow::Borrowed("id"), id));
    }
    Ok(ReadObject {
        geometry: Json::Object(geometry),
        attributes,
        repairs,
    })
}
