//! The GeoJSON document around the features: collections, single features, bare geometries, one or many
//! documents, whole or cut short.
//!
//! Each feature's text is found by its brackets and read by itself, so one bad feature spoils nothing
//! and only one feature's tree is ever in memory. Must not know coordinate systems or what layers mean.

use std::ops::Range;

use super::ReadOptions;
use super::columns::column_name;
use super::crs_declared;
use super::encoding;
use super::geojson_feature::{self, Fault, ReadFeature, shortened};
use super::issue_log::IssueLog;
use super::json::{Cursor, Json, JsonError, Unbalanced, balanced_end};
use super::raw::{NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use crate::jobs::{Cancelled, Progress};
use crate::model::{Action, IssueCode, Value};

/// How a piece of text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Just past its last bracket.
    At(usize),
    /// It makes no sense any more.
    Broken,
    /// The file ends first.
    TooEarly,
}

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let decoded = encoding::decode_reported(&source.bytes, &options.encoding, log)?;
    let mut reader = Reader {
        text: &decoded.text,
        log,
        progress,
        layer: RawLayer::default(),
        crs: None,
        cut_short: false,
        reached: 0,
        extra: Vec::new(),
    };
    reader.documents()?;
    reader.add_extra_columns();
    let (mut layer, cut_short) = (reader.layer, reader.cut_short);
    layer.declared = crs_declared::declared(reader.crs.as_ref());
    Ok(RawFile::of_text(vec![layer], decoded, cut_short))
}

struct Reader<'a, 'l> {
    text: &'a str,
    log: &'l mut IssueLog,
    progress: &'l Progress,
    layer: RawLayer,
    crs: Option<Json<'a>>,
    /// The file ends before its brackets close.
    cut_short: bool,
    /// Everything before this is read or set aside.
    reached: usize,
    /// Members outside `properties`, by position in `layer.features`: they become columns only if no
    /// property has their name, which is known at the end.
    extra: Vec<(usize, String, Value)>,
}

impl<'a> Reader<'a, '_> {
    fn slice(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    fn documents(&mut self) -> Result<(), NotRead> {
        let whole = self.text;
        let mut documents = 0_usize;
        let mut at = 0;
        // Once a document's brackets do not match up, one ends where the next line starts another. Looking
        // for its far end again and again would take for ever.
        let mut distrust = false;
        loop {
            self.text = whole;
            // Between documents: line ends, and the record separator of RFC 8142.
            let rest = self.slice(at..self.text.len());
            let next = rest.trim_start_matches(|c: char| {
                c.is_whitespace() || matches!(c, ',' | '\u{1e}' | '\0' | '\u{feff}')
            });
            at += rest.len() - next.len();
            if next.is_empty() {
                break;
            }
            if !next.starts_with(['{', '[']) {
                if documents == 0 {
                    return Err(NotRead::Broken(describe_start(next)));
                }
                self.log.file(
                    IssueCode::TrailingData,
                    Action::Kept,
                    format!("文件末尾有多余内容“{}”，已忽略", shortened(next.trim_end())),
                );
                break;
            }
            documents += 1;
            if distrust {
                let end = next_document_line(whole, at + 1).unwrap_or(whole.len());
                self.text = whole.get(..end).unwrap_or(whole);
            }
            let ended = if let Some(array) = next.strip_prefix('[') {
                if documents == 1 && !array.trim_start().starts_with(['{', ']']) {
                    return Err(NotRead::Broken("JSON 中没有 GeoJSON 的要素".to_owned()));
                }
                self.features(at + 1)?
            } else {
                self.document(at)?
            };
            match ended {
                Ended::At(end) => at = end,
                Ended::TooEarly | Ended::Broken => {
                    // One bad line of many: go on with the next that starts a document.
                    let from = self.reached.max(at + 1);
                    distrust = true;
                    let Some(line) = next_document_line(whole, from) else {
                        self.ends_too_early(ended);
                        break;
                    };
                    at = line;
                }
            }
        }
        if documents > 1 {
            self.log.file(
                IssueCode::TrailingData,
                Action::Kept,
                format!("文件由 {documents} 个 JSON 文档组成，已合并读取"),
            );
        }
        Ok(())
    }

    fn ends_too_early(&mut self, ended: Ended) {
        self.cut_short = true;
        let message = match ended {
            Ended::Broken => format!(
                "文件在第 {} 个要素之后损坏，其后的内容无法读取",
                self.layer.read
            ),
            _ => format!(
                "文件不完整，在读到第 {} 个要素处中断，其后的内容已丢失",
                self.layer.read
            ),
        };
        self.log.file(IssueCode::Truncated, Action::Kept, message);
    }

    /// An object at `start`: a collection, a feature or a geometry.
    fn document(&mut self, start: usize) -> Result<Ended, NotRead> {
        let mut cursor = Cursor::new(self.text, start);
        let mut collections = 0_usize;
        let mut type_name = None;
        let mut esri = false;
        let mut has_place = false;
        let (mut layer_name, mut placement) = (None, None);
        cursor.jump(start + 1);
        let ended = loop {
            let name = match cursor.member() {
                Ok(Some(name)) => name,
                Ok(None) => break Ended::At(cursor.at()),
                Err(err) => break ended_by(err),
            };
            if name == "features" && cursor.peek() == Some(b'[') {
                collections += 1;
                match self.features(cursor.at() + 1)? {
                    Ended::At(end) => cursor.jump(end),
                    other => break other,
                }
                continue;
            }
            let value = match cursor.skip() {
                Ok(value) => value,
                Err(err) => break ended_by(err),
            };
            let value = || Cursor::new(value, 0).value().ok();
            let text = || Some(value()?.as_text()?.to_owned());
            match &*name {
                "type" => type_name = text(),
                "crs" => self.crs = value(),
                "name" => layer_name = text(),
                "placement" => placement = text(),
                "geometryType" | "spatialReference" => esri = true,
                "geometry" | "coordinates" | "geometries" => has_place = true,
                _ => {}
            }
        };
        if esri && self.layer.features.is_empty() {
            return Err(NotRead::Broken(
                "这是 ArcGIS 的 JSON，不是 GeoJSON；请在 ArcGIS 中用“要素转 JSON”并勾选 GeoJSON 重新导出"
                    .to_owned(),
            ));
        }
        if collections > 1 {
            self.log.file(
                IssueCode::DuplicateKey,
                Action::Kept,
                "“features”出现多次，已合并读取",
            );
        }
        if collections > 0 || type_name.as_deref() == Some("FeatureCollection") {
            // Of a lone feature these are attributes.
            self.layer.name = layer_name.or(self.layer.name.take());
            self.layer.placement = placement.or(self.layer.placement.take());
            return Ok(ended);
        }
        self.lone_object(start, ended, type_name.as_deref(), has_place)?;
        Ok(ended)
    }

    /// A document that is no collection: one feature, one geometry, or something else altogether.
    fn lone_object(
        &mut self,
        start: usize,
        ended: Ended,
        type_name: Option<&str>,
        has_place: bool,
    ) -> Result<(), NotRead> {
        let first_document = self.layer.read == 0;
        if first_document && !has_place && type_name != Some("Feature") {
            return Err(NotRead::Broken(match type_name {
                Some("Topology") => "这是 TopoJSON，不是 GeoJSON；请先转换为 GeoJSON".to_owned(),
                Some(other) => format!("类型“{}”不是 GeoJSON 的类型", shortened(other)),
                None if ended == Ended::TooEarly => "内容在文件开头就中断了".to_owned(),
                None => "JSON 中没有 GeoJSON 的要素".to_owned(),
            }));
        }
        let end = match ended {
            Ended::At(end) => end,
            _ => next_document_line(self.text, start + 1).unwrap_or(self.text.len()),
        };
        match ended {
            Ended::At(_) => self.feature(start..end)?,
            Ended::Broken => {
                self.quarantine(IssueCode::NotAFeature, "要素不是有效的 JSON", start..end);
            }
            Ended::TooEarly => self.quarantine(IssueCode::Truncated, "要素不完整", start..end),
        }
        Ok(())
    }

    /// The members of an array of features, from just past its opening bracket.
    fn features(&mut self, mut at: usize) -> Result<Ended, NotRead> {
        let bytes = self.text.as_bytes();
        // Once a feature's brackets do not match up, a feature ends where the next one starts. Looking
        // for the far end of the array again and again would take for ever.
        let mut distrust = false;
        loop {
            match bytes.get(at) {
                None => return Ok(Ended::TooEarly),
                Some(b']') => return Ok(Ended::At(at + 1)),
                Some(b'}') => return Ok(Ended::Broken),
                Some(b'{') => {
                    let starts = |brace: usize| distrust && starts_feature(bytes, brace);
                    match balanced_end(bytes, at, starts) {
                        Ok(end) => {
                            self.feature(at..end)?;
                            at = end;
                        }
                        Err(unbalanced) => {
                            distrust = true;
                            let Some(next) = self.resume(at, unbalanced) else {
                                return Ok(Ended::TooEarly);
                            };
                            at = next;
                        }
                    }
                }
                Some(b' ' | b'\t' | b'\r' | b'\n' | b',') => at += 1,
                Some(_) => {
                    let mut cursor = Cursor::new(self.text, at);
                    match cursor.skip() {
                        Ok("null") => at = cursor.at(),
                        Ok(_) => {
                            let span = at..cursor.at();
                            self.quarantine(IssueCode::NotAFeature, "不是要素", span);
                            at = cursor.at();
                        }
                        Err(_) => match self.resume(at, Unbalanced::At(at)) {
                            Some(next) => at = next,
                            None => return Ok(Ended::TooEarly),
                        },
                    }
                }
            }
        }
    }

    /// Put the unbalanced feature at `start` aside and find the next; `None`: there is none.
    fn resume(&mut self, start: usize, unbalanced: Unbalanced) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let next = (start + 1..bytes.len()).find(|&at| starts_feature(bytes, at));
        match (next, unbalanced) {
            (Some(next), _) => {
                let reason = "要素的括号或引号不配对";
                self.quarantine(IssueCode::NotAFeature, reason, start..next);
            }
            (None, Unbalanced::End) => {
                self.quarantine(IssueCode::Truncated, "要素不完整", start..bytes.len());
            }
            (None, Unbalanced::At(_)) => {
                let reason = "要素的括号不配对";
                self.quarantine(IssueCode::NotAFeature, reason, start..bytes.len());
            }
        }
        next
    }

    fn quarantine(&mut self, code: IssueCode, reason: &str, span: Range<usize>) {
        self.layer.read += 1;
        self.reached = span.end;
        let raw = self.slice(span);
        self.log.quarantine(self.layer.read, code, reason, raw);
    }

    fn feature(&mut self, span: Range<usize>) -> Result<(), Cancelled> {
        // Reading is the first half of the work.
        self.progress.step(span.start, self.text.len() * 2)?;
        let raw = self.slice(span.clone());
        match geojson_feature::read(raw) {
            Ok(feature) => self.keep(feature, span),
            Err(Fault { code, message }) => self.quarantine(code, &message, span),
        }
        Ok(())
    }

    fn keep(&mut self, feature: ReadFeature<'a>, span: Range<usize>) {
        self.layer.read += 1;
        self.reached = span.end;
        let number = self.layer.read;
        for (code, message) in feature.repairs {
            self.log.repaired(number, code, message);
        }
        for (code, message) in feature.remarks {
            self.log.kept(number, code, message);
        }
        self.layer.with_heights += usize::from(feature.had_measures);
        let mut row = Vec::new();
        for (name, value) in feature.properties {
            let name = column_name(&name);
            if !self.layer.columns.set(number, &mut row, &name, value) {
                self.log.kept(
                    number,
                    IssueCode::DuplicateKey,
                    format!("属性“{}”出现两次，以最后一个为准", shortened(&name)),
                );
            }
        }
        let place = self.layer.features.len();
        let extra =
            (feature.extra.into_iter()).map(|(name, value)| (place, column_name(&name), value));
        self.extra.extend(extra);
        self.layer.features.push(RawFeature {
            number,
            text: RawText::Span(span),
            geometry: feature.geometry,
            heights: feature.heights,
            row,
        });
    }

    fn add_extra_columns(&mut self) {
        let columns = &mut self.layer.columns;
        let extra: Vec<_> = std::mem::take(&mut self.extra)
            .into_iter()
            .filter(|(_, name, _)| !columns.contains(name))
            .collect();
        for (place, name, value) in extra {
            if let Some(feature) = self.layer.features.get_mut(place) {
                columns.set(feature.number, &mut feature.row, &name, value);
            }
        }
    }
}

const fn ended_by(err: JsonError) -> Ended {
    match err {
        JsonError::End => Ended::TooEarly,
        JsonError::Syntax(_) | JsonError::TooDeep => Ended::Broken,
    }
}

/// `{"type":"Feature"`, as every program writes the start of a feature, white space allowed.
fn starts_feature(bytes: &[u8], brace: usize) -> bool {
    let mut rest = bytes.get(brace..).unwrap_or_default();
    ["{", "\"type\"", ":", "\"Feature\""].iter().all(|token| {
        rest = rest.trim_ascii_start();
        match rest.strip_prefix(token.as_bytes()) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        }
    })
}

/// The first line at or after `from` that begins an object as a line of its own. An indented brace is
/// more likely inside a pretty-printed document, and so is a brace alone.
fn next_document_line(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let is_line_start = at
            .checked_sub(1)
            .is_none_or(|before| bytes.get(before) == Some(&b'\n'));
        if is_line_start && starts_document(bytes.get(at..)?) {
            return Some(at);
        }
        at += bytes.get(at..)?.iter().position(|byte| *byte == b'\n')? + 1;
    }
}

/// `{"type"`, perhaps after the record separator of RFC 8142.
fn starts_document(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\x1e").unwrap_or(bytes);
    (bytes.strip_prefix(b"{")).is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"type\""))
}

/// What a file that is not JSON looks like.
fn describe_start(text: &str) -> String {
    let start = text.trim_start();
    if start.starts_with("<?xml") || start.starts_with("<kml") {
        "内容是 XML".to_owned()
    } else if start.starts_with('<') {
        "内容是网页".to_owned()
    } else if start.starts_with("PK") {
        "内容是压缩包".to_owned()
    } else {
        "内容不是 JSON".to_owned()
    }
}
