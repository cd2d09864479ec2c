//! DXF: lines, outlines, points and texts of a drawing, with their layers. A drawing claims no coordinate
//! system.
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

use std::collections::BTreeMap;

use geo::{Coord, Geometry, LineString, Point, Polygon};

use super::dxf_blocks::{self, Block, Blocks, Placing, Unfolding};
use super::dxf_curves;
use super::dxf_entity::{self, Entity, Figure, Group, Refused};
use super::dxf_text;
use super::heights::Heights;
use super::issue_log::IssueLog;
use super::raw::{NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use super::{EncodingChoice, ReadOptions, encoding, rings};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Value};

/// Entities and where they stand in the text.
struct Drawing<'t> {
    groups: Vec<Group<'t>>,
    /// The last line is a group's code without its value, or the end mark is missing.
    cut_short: bool,
}

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    if source.bytes.starts_with(b"AutoCAD Binary DXF") {
        return Err(NotRead::Unsupported("二进制 DXF（请另存为文本 DXF）"));
    }
    let choice = encoding_of(&source.bytes, &options.encoding);
    let decoded = encoding::decode_reported(&source.bytes, &choice, log)?;
    let drawing = groups(&decoded.text, progress)?;
    let mut reader = Reader {
        unfolding: Unfolding::of(decoded.text.len()),
        ..Reader::default()
    };
    let (entities, blocks) = entities(&drawing.groups);
    for (at, entity) in entities.iter().enumerate() {
        progress.step(entity.span.start, decoded.text.len() * 2)?;
        let is_cut = drawing.cut_short && at + 1 == entities.len();
        let is_cut = is_cut && entity.lacks_points();
        match entity.kind {
            "INSERT" if !blocks.is_empty() => reader.insert(entity, &blocks, is_cut, log),
            "HATCH" => reader.hatches.push(at),
            _ => reader.entity(entity, None, is_cut, log),
        }
    }
    reader.hatches(&entities, log);
    let cut_short = drawing.cut_short;
    let layer = reader.finish(cut_short, log);
    Ok(RawFile::of_text(vec![layer], decoded, cut_short))
}

/// The bytes decide unless they are Chinese in one of two ways; then the drawing's code page does.
fn encoding_of(bytes: &[u8], choice: &EncodingChoice) -> EncodingChoice {
    let auto = *choice == EncodingChoice::Auto;
    if !auto || std::str::from_utf8(bytes).is_ok() {
        return choice.clone();
    }
    let page = (bytes
        .windows(12)
        .position(|window| window == b"$DWGCODEPAGE"))
    .and_then(|at| bytes.get(at + 12..(at + 60).min(bytes.len())))
    .map(|rest| String::from_utf8_lossy(rest).to_uppercase());
    let named = |name: &str| EncodingChoice::Named(name.to_owned());
    match page {
        Some(page) if page.contains("950") => named("big5"),
        Some(page) if page.contains("936") || page.contains("GB") => named("gb18030"),
        _ => choice.clone(),
    }
}

/// Pairs of lines: a code and its value.
fn groups<'t>(text: &'t str, progress: &Progress) -> Result<Drawing<'t>, NotRead> {
    let mut groups = Vec::new();
    let mut lines = text.split_inclusive('\n');
    let mut at = 0;
    let mut cut_short = true;
    while let Some(code_line) = lines.next() {
        let start = at;
        at += code_line.len();
        let code = code_line.trim();
        if code.is_empty() && lines.clone().all(|line| line.trim().is_empty()) {
            break;
        }
        let Ok(code) = code.parse::<i32>() else {
            if groups.is_empty() {
                return Err(NotRead::Broken("内容不是 DXF 的组码".to_owned()));
            }
            break;
        };
        let Some(value) = lines.next() else {
            break;
        };
        at += value.len();
        // A line that does not end may be half a number.
        if !value.ends_with('\n') && code != 0 {
            break;
        }
        let value = value.trim_end_matches(['\r', '\n']);
        groups.push(Group {
            code,
            value,
            span: start..at,
        });
        if groups.len().is_multiple_of(4096) {
            progress.step(at, text.len() * 4)?;
        }
        if code == 0 && value.trim() == "EOF" {
            cut_short = false;
            break;
        }
    }
    Ok(Drawing { groups, cut_short })
}

/// What stands in the section of entities, and what in that of blocks: each from its 0 group to the next. The
/// vertices of a polyline belong to it.
fn entities<'g, 't>(groups: &'g [Group<'t>]) -> (Vec<Entity<'g, 't>>, Blocks<'g, 't>) {
    let mut entities: Vec<Entity<'g, 't>> = Vec::new();
    // Of the entities, where those of the drawing itself begin or end: blocks may come first or last.
    let mut own: Vec<bool> = Vec::new();
    let mut in_blocks = false;
    let mut inside = false;
    let mut section_opens = false;
    for (at, group) in groups.iter().enumerate() {
        let value = group.value.trim();
        if section_opens && group.code == 2 {
            in_blocks = value == "BLOCKS";
            inside = in_blocks || value == "ENTITIES";
            section_opens = false;
        }
        if group.code != 0 {
            continue;
        }
        match value {
            "SECTION" => section_opens = true,
            "ENDSEC" | "EOF" => inside = false,
            "VERTEX" | "SEQEND" | "ATTRIB" if inside && !entities.is_empty() => {}
            kind if inside => {
                own.push(!in_blocks);
                entities.push(Entity {
                    kind,
                    groups: groups.get(at + 1..).unwrap_or_default(),
                    span: group.span.clone(),
                });
            }
            _ => {}
        }
    }
    // Each ends where the next begins; the last at the end of its section.
    let starts: Vec<usize> = entities.iter().map(|entity| entity.span.start).collect();
    for (entity, next) in entities
        .iter_mut()
        .zip(starts.iter().skip(1).map(Some).chain([None]))
    {
        let ends = |group: &Group<'_>| match next {
            Some(next) => group.span.start >= *next,
            None => group.code == 0 && matches!(group.value.trim(), "ENDSEC" | "EOF"),
        };
        let count = match next {
            // Sorted by place, so that a long drawing is cut up quickly.
            Some(next) => (entity.groups).partition_point(|group| group.span.start < *next),
            None => (entity.groups.iter().position(ends)).unwrap_or(entity.groups.len()),
        };
        entity.groups = entity.groups.get(..count).unwrap_or_default();
        entity.span.end = entity
            .groups
            .last()
            .map_or(entity.span.end, |last| last.span.end);
    }
    let (drawn, defined): (Vec<_>, Vec<_>) =
        entities.into_iter().zip(own).partition(|(_, own)| *own);
    let drawn = drawn.into_iter().map(|(entity, _)| entity).collect();
    (drawn, blocks(defined.into_iter().map(|(entity, _)| entity)))
}

/// From each BLOCK to its ENDBLK.
fn blocks<'g, 't>(defined: impl Iterator<Item = Entity<'g, 't>>) -> Blocks<'g, 't> {
    let mut blocks = Blocks::new();
    let mut open: Option<(String, Block<'g, 't>)> = None;
    for entity in defined {
        match entity.kind {
            "BLOCK" => {
                let name = dxf_blocks::key(entity.text(2).unwrap_or_default());
                let base = dxf_entity::place(&entity, 10).unwrap_or_default();
                let entities = Vec::new();
                blocks.extend(open.replace((name, Block { base, entities })));
            }
            "ENDBLK" => blocks.extend(open.take()),
            _ => {
                if let Some((_, block)) = &mut open {
                    block.entities.push(entity);
                }
            }
        }
    }
    blocks.extend(open);
    blocks
}

#[derive(Default)]
struct Reader {
    layer: RawLayer,
    /// Kinds of entity that are no feature, and how often each was met.
    skipped: BTreeMap<String, usize>,
    /// Entities with arcs, which become short lines.
    curves: usize,
    /// Areas met so far.
    areas: usize,
    /// Places of the hatches among the entities.
    hatches: Vec<usize>,
    unfolding: Unfolding,
}

impl Reader {
    /// All that an insert draws.
    fn insert(
        &mut self,
        insert: &Entity<'_, '_>,
        blocks: &Blocks<'_, '_>,
        is_cut: bool,
        log: &mut IssueLog,
    ) {
        match self.unfolding.unfold(insert, blocks) {
            Ok(copies) => {
                for copy in copies {
                    let put = Put {
                        insert,
                        placing: copy.placing,
                    };
                    self.entity(copy.entity, Some(&put), is_cut, log);
                }
            }
            Err(refused) => self.keep(insert, None, Err(refused), log),
        }
    }

    /// The outlines of hatches, where the drawing has no other areas: else they repeat what is drawn as lines.
    fn hatches(&mut self, entities: &[Entity<'_, '_>], log: &mut IssueLog) {
        let hatches = std::mem::take(&mut self.hatches);
        let repeated = self.areas > 0;
        for hatch in hatches.into_iter().filter_map(|at| entities.get(at)) {
            if repeated {
                self.skip("HATCH");
                continue;
            }
            let area = dxf_curves::hatch(hatch).and_then(|outlines| {
                let missing = || (IssueCode::BadCoordinates, "填充没有边界".to_owned());
                rings::assemble(outlines).ok_or_else(missing)
            });
            let drawn = area.map(|area| (area, Heights::default()));
            self.keep(hatch, None, drawn, log);
        }
    }

    fn entity(
        &mut self,
        entity: &Entity<'_, '_>,
        put: Option<&Put<'_, '_, '_>>,
        is_cut: bool,
        log: &mut IssueLog,
    ) {
        let figure = match entity.kind {
            "LWPOLYLINE" => dxf_entity::light_polyline(entity),
            "POLYLINE" => dxf_entity::polyline(entity),
            "LINE" => dxf_entity::line(entity),
            "CIRCLE" => dxf_entity::circle(entity),
            "ARC" => dxf_entity::arc(entity),
            "ELLIPSE" => dxf_curves::ellipse(entity),
            "SPLINE" => dxf_curves::spline(entity),
            "POINT" | "TEXT" | "MTEXT" => dxf_entity::point(entity),
            other => return self.skip(other),
        };
        let figure = match figure {
            _ if is_cut => Err((IssueCode::Truncated, "图元不完整".to_owned())),
            figure => figure,
        };
        let drawn = figure.and_then(|figure| {
            let figure = match put {
                Some(put) => figure.placed(&put.placing),
                None => figure,
            };
            self.curves += usize::from(figure.had_curves);
            let Figure {
                points,
                closed,
                heights,
                ..
            } = figure;
            Ok((geometry(points, closed)?, heights))
        });
        self.keep(entity, put, drawn, log);
    }

    fn keep(
        &mut self,
        entity: &Entity<'_, '_>,
        put: Option<&Put<'_, '_, '_>>,
        drawn: Result<(Geometry<f64>, Heights), Refused>,
        log: &mut IssueLog,
    ) {
        self.layer.read += 1;
        let number = self.layer.read;
        let (geometry, heights) = match drawn {
            Ok(drawn) => drawn,
            Err((code, reason)) => {
                let text = dxf_entity::as_text(entity);
                log.quarantine(number, code, reason, &text);
                return;
            }
        };
        self.areas += usize::from(matches!(
            geometry,
            Geometry::Polygon(_) | Geometry::MultiPolygon(_)
        ));
        // What a block holds has no text of its own: it stands in many places.
        let raw = put.map_or(RawText::Span(entity.span.clone()), |_| RawText::Rebuilt);
        let mut row = Vec::new();
        let mut set = |name: &str, value: Option<String>| {
            let value = value.filter(|text| !text.is_empty());
            let value = value.map_or(Value::Null, Value::Text);
            self.layer.columns.set(number, &mut row, name, value);
        };
        // On layer 0 a block's entities are on the layer it is inserted on.
        let own_layer = entity.text(8).map(str::trim);
        let layer = match put {
            Some(put) if own_layer.is_none_or(|name| name == "0") => put.insert.text(8),
            _ => own_layer,
        };
        set("图层", layer.map(|name| dxf_text::unescaped(name.trim())));
        if let Some(put) = put {
            let block = put
                .insert
                .text(2)
                .map(|name| dxf_text::unescaped(name.trim()));
            set("块", block);
        }
        set("类型", Some(entity.kind.to_owned()));
        if matches!(entity.kind, "TEXT" | "MTEXT") {
            set("文字", Some(dxf_text::content(entity)));
        }
        let extra = dxf_text::extended_data(entity);
        if !extra.is_empty() {
            set("扩展数据", Some(extra));
        }
        self.layer.features.push(RawFeature {
            number,
            geometry: Some(geometry),
            heights,
            row,
            text: raw,
        });
    }

    fn skip(&mut self, kind: &str) {
        // A name of a broken file may be of any length, and there may be any number of them.
        let kind: String = kind.chars().take(40).collect();
        if self.skipped.len() < 50 || self.skipped.contains_key(&kind) {
            *self.skipped.entry(kind).or_default() += 1;
        }
    }

    fn finish(mut self, cut_short: bool, log: &mut IssueLog) -> RawLayer {
        for _ in 0..self.unfolding.missing {
            self.skip("INSERT");
        }
        if self.unfolding.too_many {
            let message = "块参照嵌套过深、包含自身或重复过多，超出的部分未读取";
            log.file(IssueCode::EntitySkipped, Action::Kept, message);
        }
        if !self.skipped.is_empty() {
            let kinds: Vec<String> = (self.skipped.iter())
                .map(|(kind, count)| match kind.as_str() {
                    "INSERT" => format!("找不到块定义的块参照 {count} 个"),
                    "HATCH" => format!("填充 {count} 个（边界已按线读取）"),
                    "DIMENSION" => format!("标注 {count} 个"),
                    other => format!("{other} {count} 个"),
                })
                .collect();
            let message = format!("未读取的图元：{}", kinds.join("、"));
            log.file(IssueCode::EntitySkipped, Action::Kept, message);
        }
        if self.curves > 0 {
            let message = format!("{} 个图元带圆弧或曲线，已化为折线", self.curves);
            log.file(IssueCode::CurveFlattened, Action::Kept, message);
        }
        if cut_short {
            log.file(
                IssueCode::Truncated,
                Action::Kept,
                format!(
                    "文件没有结束标记（EOF），在读到第 {} 个图元处中断，其后的内容已丢失",
                    self.layer.read
                ),
            );
        }
        self.layer
    }
}

/// Where an entity of a block is put.
struct Put<'e, 'g, 't> {
    insert: &'e Entity<'g, 't>,
    placing: Placing,
}

/// A closed outline is an area, whether it says so or just comes back to its start.
fn geometry(
    mut points: Vec<Coord<f64>>,
    closed: bool,
) -> Result<Geometry<f64>, (IssueCode, String)> {
    let comes_back = points.len() > 3 && points.first() == points.last();
    match points.as_slice() {
        [] => Err((IssueCode::BadCoordinates, "图元没有坐标".to_owned())),
        [only] if !closed => Ok(Point(*only).into()),
        _ if closed || comes_back => {
            if !comes_back {
                points.extend(points.first().copied());
            }
            if points.len() < 4 {
                let message = format!("环只有 {} 个点，构不成面", points.len() - 1);
                return Err((IssueCode::TooFewPoints, message));
            }
            Ok(Polygon::new(LineString(points), Vec::new()).into())
        }
        _ => Ok(LineString(points).into()),
    }
}
