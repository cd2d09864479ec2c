//! GPX: waypoints, routes and tracks of a hand-held receiver, in one layer with a column that tells them
//! apart.
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

use geo::{Coord, Geometry, LineString, MultiLineString, Point};

use super::heights::Heights;
use super::issue_log::IssueLog;
use super::raw::{Declared, NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use super::xml::{Element, MAX_WOUNDS, Part, Wound, Xml};
use super::{ReadOptions, encoding};
use crate::crs::Crs;
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Value};

/// What becomes a column, of the elements of a waypoint, route or track.
const COLUMNS: [&str; 7] = ["name", "desc", "cmt", "type", "sym", "time", "ele"];

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let decoded = encoding::decode_reported(&source.bytes, &options.encoding, log)?;
    let length = decoded.text.len();
    let mut xml = Xml::new(&decoded.text);
    let mut layer = RawLayer {
        declared: Declared::Known(Crs::Wgs84),
        ..RawLayer::default()
    };
    let mut cut_short = false;
    let mut wounds = 0_usize;
    loop {
        progress.step(xml.at(), length * 2)?;
        let mut at = xml.at();
        let wound = match xml.next() {
            Ok(Part::Open(element)) => match kind_of(&element.name) {
                None => None,
                Some(kind) => {
                    at = element.start;
                    feature(&mut xml, &element, kind, &mut layer, log).err()
                }
            },
            Ok(Part::Close { .. }) => None,
            Ok(Part::End) => break,
            Err(wound) => Some(wound),
        };
        let Some(wound) = wound else {
            continue;
        };
        wounds += 1;
        let next = (xml.find_open(&["wpt", "rte", "trk"], at + 1)).filter(|_| wounds < MAX_WOUNDS);
        cut_short |= wound == Wound::Early && next.is_none();
        let message = if cut_short {
            format!(
                "文件不完整，在读到第 {} 个要素处中断，其后的内容已丢失",
                layer.read
            )
        } else {
            "文件中有标签不配对，已跳过损坏处继续读取".to_owned()
        };
        if cut_short || wounds == 1 {
            log.file(IssueCode::Truncated, Action::Kept, message);
        }
        match next {
            Some(next) => xml.jump(next),
            None => break,
        }
    }
    Ok(RawFile::of_text(vec![layer], decoded, cut_short))
}

fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "wpt" => "航点",
        "rte" => "航线",
        "trk" => "航迹",
        _ => return None,
    })
}

/// A waypoint, route or track whose tag has just been read.
fn feature(
    xml: &mut Xml<'_>,
    element: &Element<'_>,
    kind: &'static str,
    layer: &mut RawLayer,
    log: &mut IssueLog,
) -> Result<(), Wound> {
    layer.read += 1;
    let number = layer.read;
    let start = element.start;
    let mut lines: Vec<Vec<Coord<f64>>> = Vec::new();
    let mut bad = None;
    let mut take = |element: &Element<'_>, lines: &mut Vec<Vec<Coord<f64>>>| match position(element)
    {
        Some(at) => {
            if lines.is_empty() {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(at);
            }
        }
        None => bad = Some(()),
    };
    if kind == "航点" {
        take(element, &mut lines);
    }
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut depth = 0_usize;
    let mut heights = Heights::default();
    // Of the point that is open.
    let mut at = position(element);
    let end = loop {
        match xml.next() {
            Ok(Part::Open(element)) => {
                match element.name.as_str() {
                    "trkseg" => lines.push(Vec::new()),
                    "trkpt" | "rtept" => {
                        at = position(&element);
                        take(&element, &mut lines);
                    }
                    _ => {}
                }
                depth += 1;
            }
            Ok(Part::Close { end, .. }) if depth == 0 => break end,
            Ok(Part::Close { name, text, .. }) => {
                depth -= 1;
                if name == "ele"
                    && let (Some(at), Ok(height)) = (at, text.trim().parse())
                {
                    heights.note(at, height);
                }
                if depth == 0 && COLUMNS.contains(&name.as_str()) && !text.trim().is_empty() {
                    texts.push((name, text.trim().to_owned()));
                }
            }
            wounded @ (Ok(Part::End) | Err(_)) => {
                let wound = wounded.err().unwrap_or(Wound::Early);
                let (code, reason) = wound.of_feature();
                log.quarantine(number, code, reason, xml.slice(start..xml.at()));
                return Err(wound);
            }
        }
    };
    if bad.is_some() {
        let reason = "有的点没有经度（lon）或纬度（lat）";
        log.quarantine(
            number,
            IssueCode::BadCoordinates,
            reason,
            xml.slice(start..end),
        );
        return Ok(());
    }
    let geometry = geometry(kind, lines);
    if geometry.is_none() {
        let message = "没有图形，作为未定位的记录保留";
        log.kept(number, IssueCode::NoGeometry, message);
    }
    let mut row = Vec::new();
    layer
        .columns
        .set(number, &mut row, "类型", Value::Text(kind.to_owned()));
    for (name, text) in texts {
        let value = match text.parse::<f64>() {
            Ok(height) if name == "ele" && height.is_finite() => Value::Real(height),
            _ => Value::Text(text),
        };
        layer.columns.set(number, &mut row, &name, value);
    }
    layer.features.push(RawFeature {
        number,
        geometry,
        heights: heights.or_flat(),
        row,
        text: RawText::Span(start..end),
    });
    Ok(())
}

fn position(element: &Element<'_>) -> Option<Coord<f64>> {
    let number = |name| element.attribute(name)?.trim().parse::<f64>().ok();
    let (x, y) = (number("lon")?, number("lat")?);
    (x.is_finite() && y.is_finite()).then_some(Coord { x, y })
}

/// A receiver switched on and off again leaves segments of one point: no line, but a place.
fn geometry(kind: &str, lines: Vec<Vec<Coord<f64>>>) -> Option<Geometry<f64>> {
    let first = lines.iter().flatten().next().copied();
    if kind == "航点" {
        return first.map(|at| Point(at).into());
    }
    let mut lines: Vec<LineString<f64>> = (lines.into_iter())
        .filter(|line| line.len() > 1)
        .map(LineString)
        .collect();
    match lines.len() {
        0 => first.map(|at| Point(at).into()),
        1 => lines.pop().map(Geometry::from),
        _ => Some(MultiLineString(lines).into()),
    }
}
