//! `GeoPackage`: one of its feature tables, in the table's own reference system.
//!
//! Must not know SQL (whoever calls brings what does), which coordinate system is decided on, nor what a
//! layer means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use geo::{CoordsIter, Geometry, GeometryCollection, LineString};
use geo::{MultiLineString, MultiPolygon, Polygon};

use super::columns::{Columns, column_name};
use super::detect_format;
use super::encoding;
use super::heights::Heights;
use super::issue_log::IssueLog;
use super::raw::{Declared, NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use super::{EncodingChoice, ReadOptions, geojson_write, prj};
use crate::jobs::{Cancelled, Progress};
use crate::model::{
    Action, DatabaseAt, ForeignCell, ForeignEnd, ForeignError, ForeignGeometry, ForeignRow,
    ForeignSrs, ForeignTable, ForeignVisitor, IssueCode, ReadShape, Value,
};

/// Opens a database read-only, lets the visitor choose a table and gives it the rows.
pub type ReadGeoPackage =
    fn(DatabaseAt<'_>, &mut dyn ForeignVisitor, &Progress) -> Result<ForeignEnd, ForeignError>;

/// Bytes of an unreadable geometry that are put aside; more are no geometry of a map.
const MOST_RAW: usize = 16 << 20;

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let Some(read) = options.geopackage else {
        return Err(NotRead::Unsupported("GeoPackage"));
    };
    if !source.bytes.starts_with(detect_format::SQLITE) {
        let message = "文件头不是 SQLite 数据库，文件可能不完整，请重新获取";
        return Err(NotRead::Broken(message.to_owned()));
    }
    let at = match &source.path {
        Some(path) => DatabaseAt::File(path),
        None => DatabaseAt::Bytes(&source.bytes),
    };
    let mut reading = Reading {
        options,
        stem: source.stem().to_owned(),
        layer: RawLayer::default(),
        others: Vec::new(),
        claimed_rows: None,
        columns: Vec::new(),
        blobs: BTreeMap::new(),
        odd_texts: 0,
        odd_encoding: "",
    };
    let end = read(at, &mut reading, progress).map_err(|err| not_read(&err))?;
    Ok(reading.finish(&end, log))
}

fn not_read(err: &ForeignError) -> NotRead {
    match err {
        ForeignError::NotAGeoPackage(what) => NotRead::Unsupported(what),
        ForeignError::Cancelled => NotRead::Cancelled(Cancelled),
        ForeignError::Damaged(_) | ForeignError::Changing | ForeignError::Io(_) => {
            NotRead::Broken(err.to_string())
        }
    }
}

/// A table on its way to a layer.
struct Reading<'a> {
    options: &'a ReadOptions,
    /// The file's own name, by which its largest table is meant too.
    stem: String,
    layer: RawLayer,
    others: Vec<RawLayer>,
    claimed_rows: Option<usize>,
    /// What the columns are called here.
    columns: Vec<String>,
    /// For each column with pictures or documents: how many.
    blobs: BTreeMap<String, usize>,
    odd_texts: usize,
    odd_encoding: &'static str,
}

impl ForeignVisitor for Reading<'_> {
    fn choose(&mut self, tables: &[ForeignTable]) -> Option<usize> {
        let largest = || {
            let places = (0..tables.len()).rev();
            places.max_by_key(|&place| tables.get(place).and_then(|table| table.rows))
        };
        let chosen = match self.options.layer.as_deref() {
            None => largest(),
            Some(wanted) => (tables.iter())
                .position(|table| table.name == wanted)
                .or_else(|| tables.iter().position(|table| table.title == wanted))
                .or_else(|| (wanted == self.stem).then(largest).flatten()),
        };
        for (place, table) in tables.iter().enumerate() {
            let layer = RawLayer {
                name: Some(table.title.clone()),
                other_name: Some(table.name.clone()),
                placement: table.placement.clone(),
                declared: declared(&table.srs),
                ..RawLayer::default()
            };
            if chosen == Some(place) {
                self.layer = layer;
                self.columns = unique(&table.columns);
                self.claimed_rows = table.claimed_rows;
            } else {
                self.others.push(layer);
            }
        }
        chosen
    }

    fn row(&mut self, row: ForeignRow) {
        self.layer.read += 1;
        let number = self.layer.read;
        let mut values = Vec::with_capacity(self.columns.len());
        for (place, cell) in row.cells.into_iter().enumerate() {
            let value = self.value(place, cell);
            if let Some(name) = self.columns.get(place) {
                self.layer.columns.set(number, &mut values, name, value);
            }
        }
        let shape = match row.geometry {
            ForeignGeometry::None => None,
            ForeignGeometry::Read(shape) => Some(shape),
            ForeignGeometry::Unreadable {
                code,
                reason,
                bytes,
            } => {
                let raw = raw_text(&self.layer.columns, &values, &bytes);
                self.layer.log.quarantine(number, code, reason, &raw);
                return;
            }
        };
        let mut heights = Heights::default();
        if let Some(shape) = &shape {
            self.remark(number, shape);
            let metres = shape.heights.iter().flatten();
            for (at, height) in shape.geometry.coords_iter().zip(metres) {
                heights.note(at, *height);
            }
        }
        let geometry = shape.and_then(|shape| without_empty_parts(shape.geometry));
        let feature = RawFeature {
            number,
            geometry,
            heights: heights.or_flat(),
            row: values,
            text: RawText::Rebuilt,
        };
        match &feature.geometry {
            None => {
                let message = "没有图形，作为未定位的记录保留";
                (self.layer.log).kept(number, IssueCode::NoGeometry, message);
            }
            Some(geometry) => {
                if let Some(reason) = too_few_points(geometry) {
                    let raw = super::raw::rebuilt(&self.layer.columns, &feature);
                    (self.layer.log).quarantine(number, IssueCode::TooFewPoints, reason, &raw);
                    return;
                }
            }
        }
        self.layer.features.push(feature);
    }
}

impl Reading<'_> {
    fn value(&mut self, place: usize, cell: ForeignCell) -> Value {
        match cell {
            ForeignCell::Value(value) => value,
            ForeignCell::OddText(bytes) => {
                self.odd_texts += 1;
                let decoded = encoding::decode(&bytes, &self.options.encoding)
                    .or_else(|_unknown| encoding::decode(&bytes, &EncodingChoice::Auto));
                match decoded {
                    Ok(decoded) => {
                        self.odd_encoding = decoded.name();
                        Value::Text(decoded.text.into_owned())
                    }
                    Err(_) => Value::Text(String::from_utf8_lossy(&bytes).into_owned()),
                }
            }
            ForeignCell::Blob(_size) => {
                if let Some(name) = self.columns.get(place) {
                    *self.blobs.entry(name.clone()).or_default() += 1;
                }
                Value::Null
            }
        }
    }

    fn remark(&mut self, number: usize, shape: &ReadShape) {
        if shape.closed_rings > 0 {
            let message = format!("{} 个环首尾不相接，已闭合", shape.closed_rings);
            (self.layer.log).repaired(number, IssueCode::UnclosedRing, message);
        }
        if shape.had_measures {
            self.layer.with_heights += 1;
        }
    }

    fn finish<'a>(self, end: &ForeignEnd, log: &mut IssueLog) -> RawFile<'a> {
        let read = self.layer.read;
        for (name, count) in &self.blobs {
            log.file(
                IssueCode::EntitySkipped,
                Action::Kept,
                format!("列“{name}”中的 {count} 个二进制内容（如照片、文档）未读取，已留空"),
            );
        }
        if self.odd_texts > 0 {
            log.file(
                IssueCode::Reencoded,
                Action::Kept,
                format!(
                    "{} 处文字不是 UTF-8，已按 {} 读取",
                    self.odd_texts, self.odd_encoding
                ),
            );
        }
        if !end.missing.is_empty() {
            log.file(
                IssueCode::MissingPart,
                Action::Kept,
                format!(
                    "目录中的图层（{}）在文件中不存在或无法打开",
                    end.missing.join("、")
                ),
            );
        }
        if end.endless {
            log.file(
                IssueCode::Truncated,
                Action::Kept,
                format!("图层是一个没有尽头的查询，读到第 {read} 个要素后已停止"),
            );
        }
        let lost = (self.claimed_rows).and_then(|claimed| claimed.checked_sub(read));
        if end.damaged {
            let lost = match (lost, end.unreadable_rows) {
                (Some(0), 0) => "要素数与文件所记一致".to_owned(),
                (Some(lost @ 1..), _) => format!("另有 {lost} 个要素已损坏，无法读出"),
                (_, 0) => "可能有要素丢失".to_owned(),
                (_, rows) => format!("至少另有 {rows} 个要素已损坏，无法读出"),
            };
            log.file(
                IssueCode::Truncated,
                Action::Kept,
                format!("文件不完整或已损坏，读出 {read} 个要素，{lost}"),
            );
        } else if let Some(claimed) = self.claimed_rows.filter(|claimed| *claimed != read)
            && !end.endless
        {
            log.file(
                IssueCode::CountsDiffer,
                Action::Kept,
                format!("文件记载有 {claimed} 个要素，实际读到 {read} 个"),
            );
        }
        let mut layers = vec![self.layer];
        layers.extend(self.others);
        RawFile {
            layers,
            cut_short: end.damaged,
            ..RawFile::default()
        }
    }
}

/// By its code where that is known, else by its definition.
fn declared(srs: &ForeignSrs) -> Declared {
    if matches!(srs.id, -1 | 0) {
        return Declared::Nothing;
    }
    let by_code = |code: i64| u32::try_from(code).map(prj::of_epsg);
    if srs.organization.is_empty() {
        // The file does not define it: the key is the code, by custom.
        return by_code(srs.id).unwrap_or_default();
    }
    let coded = srs.organization.eq_ignore_ascii_case("EPSG");
    if coded && let Ok(known @ (Declared::Known(_) | Declared::Approximate(_))) = by_code(srs.code)
    {
        return known;
    }
    let definition = srs.definition.trim();
    if definition.is_empty() || definition.eq_ignore_ascii_case("undefined") {
        return match by_code(srs.code) {
            Ok(declared) if coded => declared,
            _ if srs.name.trim().is_empty() => Declared::Nothing,
            _ => prj::of_name(&srs.name),
        };
    }
    prj::of_wkt(definition)
}

/// Names that stay apart once they are fit for columns.
fn unique(names: &[String]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let free = |name: &String| {
        let wanted = column_name(name);
        let mut unique = wanted.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = format!("{wanted}_{number}");
            number += 1;
        }
        unique
    };
    names.iter().map(free).collect()
}

/// A feature whose geometry nobody can read: its attributes, and the bytes as they are in the file.
fn raw_text(columns: &Columns, values: &[Value], bytes: &[u8]) -> String {
    let mut hex = String::new();
    for byte in bytes.iter().take(MOST_RAW) {
        write!(hex, "{byte:02x}").ok();
    }
    if bytes.len() > MOST_RAW {
        write!(hex, "…（共 {} 字节）", bytes.len()).ok();
    }
    let hex = Value::Text(hex);
    let attributes = columns.names().iter().map(String::as_str).zip(values);
    geojson_write::feature_text(attributes.chain([("geometry_hex", &hex)]), None)
}

/// `None`: nothing of it is left.
fn without_empty_parts(geometry: Geometry<f64>) -> Option<Geometry<f64>> {
    let full = |line: &LineString<f64>| !line.0.is_empty();
    let has_outline = |polygon: &Polygon<f64>| full(polygon.exterior());
    let geometry = match geometry {
        Geometry::MultiLineString(lines) => {
            MultiLineString(lines.0.into_iter().filter(full).collect()).into()
        }
        Geometry::Polygon(polygon) if has_outline(&polygon) => whole_rings(polygon).into(),
        Geometry::MultiPolygon(polygons) => {
            let polygons = polygons.0.into_iter().filter(has_outline);
            MultiPolygon(polygons.map(whole_rings).collect()).into()
        }
        Geometry::GeometryCollection(parts) => {
            let parts = parts.0.into_iter().filter_map(without_empty_parts);
            Geometry::GeometryCollection(GeometryCollection(parts.collect()))
        }
        Geometry::Polygon(_) => return None,
        other => other,
    };
    (geometry.coords_count() > 0).then_some(geometry)
}

/// Without holes that have no points at all.
fn whole_rings(polygon: Polygon<f64>) -> Polygon<f64> {
    let (exterior, holes) = polygon.into_inner();
    let holes = holes.into_iter().filter(|hole| !hole.0.is_empty());
    Polygon::new(exterior, holes.collect())
}

/// Why it is no line or polygon.
fn too_few_points(geometry: &Geometry<f64>) -> Option<String> {
    let line = |line: &LineString<f64>| (line.0.len() < 2).then(|| "线只有 1 个点".to_owned());
    let ring = |ring: &LineString<f64>| {
        // The first point stands again at the end.
        let points = ring.0.len().saturating_sub(1);
        (points < 3).then(|| format!("环只有 {points} 个点，构不成面"))
    };
    let polygon = |polygon: &Polygon<f64>| {
        ring(polygon.exterior()).or_else(|| polygon.interiors().iter().find_map(ring))
    };
    match geometry {
        Geometry::LineString(only) => line(only),
        Geometry::MultiLineString(lines) => lines.0.iter().find_map(line),
        Geometry::Polygon(only) => polygon(only),
        Geometry::MultiPolygon(polygons) => polygons.0.iter().find_map(polygon),
        Geometry::GeometryCollection(parts) => parts.0.iter().find_map(too_few_points),
        _ => None,
    }
}
