//! 界址点 text: the exchange format of land parcels. Practice, not a standard: every tool writes it its own
//! way, so lines are told apart by what they hold.
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

use std::ops::Range;

use geo::{Coord, Geometry};

use super::axes::{self, Order};
use super::boundary_header::Header;
use super::boundary_parcel::{Fault, Parcel, Point, Shape};
use super::geojson_feature::shortened;
use super::issue_log::IssueLog;
use super::raw::{NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use super::{ReadOptions, encoding};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Value};

/// What stands in a parcel's line before the `@`, as the tools name it.
const COLUMNS: [&str; 8] = [
    "界址点数",
    "地块面积",
    "地块编号",
    "地块名称",
    "图形属性",
    "图幅号",
    "地块用途",
    "地类编码",
];
const AREA: usize = 1;
const SHAPE: usize = 4;

/// Lines that are nothing known are quoted so many times.
const QUOTED_LINES: usize = 5;

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let decoded = encoding::decode_reported(&source.bytes, &options.encoding, log)?;
    let mut reader = Reader {
        text: &decoded.text,
        header: Header::default(),
        parcels: Vec::new(),
        odd_lines: Vec::new(),
    };
    reader.lines(progress)?;
    if reader.parcels.is_empty() {
        return Err(NotRead::Broken(
            "其中没有界址点（“J1,1,北坐标,东坐标”这样的行）".to_owned(),
        ));
    }
    let (layer, cut_short) = reader.finish(options, log);
    Ok(RawFile::of_text(vec![layer], decoded, cut_short))
}

struct Reader<'t> {
    text: &'t str,
    header: Header,
    parcels: Vec<Parcel>,
    /// Number and text of lines that are neither header, parcel nor point.
    odd_lines: Vec<(usize, &'t str)>,
}

impl<'t> Reader<'t> {
    fn lines(&mut self, progress: &Progress) -> Result<(), NotRead> {
        let mut start = 0;
        for (at, line) in self.text.split_inclusive('\n').enumerate() {
            if at.is_multiple_of(256) {
                progress.step(start, self.text.len() * 2)?;
            }
            let span = start..start + line.len();
            start = span.end;
            self.line(at + 1, line.trim(), span);
        }
        Ok(())
    }

    fn line(&mut self, number: usize, line: &'t str, span: Range<usize>) {
        let is_section = line.starts_with(['[', '【']);
        if line.is_empty() || is_section {
            return;
        }
        if line.contains(['=', '＝']) && !line.ends_with(['@', '＠']) {
            self.header.add(line);
            return;
        }
        let cells = cells(line);
        if is_parcel(line, &cells) {
            self.parcels.push(Parcel::new(&cells, span));
            return;
        }
        let with_rings = self.parcels.last().is_some_and(Parcel::has_ring_numbers);
        let point = match point(&cells, with_rings) {
            Cells::Point(point) => Ok(point),
            Cells::BadPoint(fault) => Err(Fault {
                message: format!("第 {number} 行“{}”{}", shortened(line), fault.message),
                ..fault
            }),
            Cells::Neither => {
                self.odd_lines.push((number, line));
                return;
            }
        };
        // Points without a parcel's line before them are a parcel too.
        if self.parcels.is_empty() {
            self.parcels.push(Parcel::new(&[], span.start..span.start));
        }
        if let Some(parcel) = self.parcels.last_mut() {
            parcel.span.end = span.end;
            parcel.add(point);
        }
    }

    fn finish(self, options: &ReadOptions, log: &mut IssueLog) -> (RawLayer, bool) {
        self.report_odd_lines(log);
        let orders: Vec<Option<Order>> = self.parcels.iter().map(Parcel::order).collect();
        let all = self.parcels.iter().flat_map(Parcel::pairs);
        let order = axes::majority(all).unwrap_or(Order::NorthEast);
        if order == Order::EastNorth {
            log.file(
                IssueCode::AxesSwapped,
                Action::Repaired,
                "文件先写东坐标、后写北坐标，与惯例相反；已按数值大小对应",
            );
        }
        let mut layer = RawLayer::default();
        let mut eastings = Vec::new();
        let scale = self.header.metres_per_unit();
        let cut_short = self.ends_inside_a_parcel();
        let last = self.parcels.len();
        for (at, (parcel, own)) in self.parcels.into_iter().zip(orders).enumerate() {
            layer.read += 1;
            let number = layer.read;
            let swapped = own.is_some_and(|own| own != order);
            let geometry = if cut_short && at + 1 == last {
                Err((IssueCode::Truncated, parcel.too_few_points()))
            } else {
                (parcel.geometry(own.unwrap_or(order), scale))
                    .map_err(|Fault { code, message }| (code, message))
            };
            let geometry = match geometry {
                Ok(geometry) => geometry,
                Err((code, reason)) => {
                    let raw = self.text.get(parcel.span).unwrap_or_default();
                    log.quarantine(number, code, reason, raw);
                    continue;
                }
            };
            if swapped {
                let message = "这一地块的坐标顺序与其他地块相反，已按数值大小对应";
                log.repaired(number, IssueCode::AxesSwapped, message);
            }
            if let Some(message) = parcel.count_differs() {
                log.kept(number, IssueCode::CountsDiffer, message);
            }
            if geometry.is_none() {
                let message = "没有界址点，作为未定位的记录保留";
                log.kept(number, IssueCode::NoGeometry, message);
            }
            let heights = parcel.heights(own.unwrap_or(order), scale);
            eastings.extend(first_easting(geometry.as_ref()));
            let mut row = Vec::new();
            for (name, value) in attributes(&parcel.cells) {
                layer.columns.set(number, &mut row, &name, value);
            }
            layer.features.push(RawFeature {
                number,
                geometry,
                heights,
                row,
                text: RawText::Span(parcel.span),
            });
        }
        if cut_short {
            log.file(
                IssueCode::Truncated,
                Action::Kept,
                format!("文件不完整，在第 {last} 个地块处中断，其后的内容已丢失"),
            );
        }
        eastings.sort_by(f64::total_cmp);
        let middle = eastings.get(eastings.len() / 2).copied();
        if let Some(zone) = self.header.contradicted_zone(middle) {
            log.file(
                IssueCode::CrsContradicted,
                Action::Kept,
                format!("文件头的带号为 {zone}，与东坐标的带号不符，按东坐标判断"),
            );
        }
        layer.declared = self.header.declared(middle, options.district);
        (layer, cut_short)
    }

    /// The last parcel lacks points that it announced: more than the closing ones that some tools count
    /// and do not write, or these where the tool does write them.
    fn ends_inside_a_parcel(&self) -> bool {
        let Some((last, others)) = self.parcels.split_last() else {
            return false;
        };
        let cut_line = !self.text.ends_with('\n');
        last.lacks_points()
            && !last.is_closed()
            && (last.count_differs().is_some()
                || cut_line && (last.is_faulty() || others.iter().any(Parcel::is_closed)))
    }

    fn report_odd_lines(&self, log: &mut IssueLog) {
        for (number, line) in self.odd_lines.iter().take(QUOTED_LINES) {
            log.file(
                IssueCode::TrailingData,
                Action::Kept,
                format!(
                    "第 {number} 行“{}”不是地块，也不是界址点，已忽略",
                    shortened(line)
                ),
            );
        }
        if self.odd_lines.len() > QUOTED_LINES {
            let more = self.odd_lines.len() - QUOTED_LINES;
            log.file(
                IssueCode::TrailingData,
                Action::Kept,
                format!("另有 {more} 行无法识别，已忽略"),
            );
        }
    }
}

/// By commas of either width or tabs; by blanks where there are none of these.
fn cells(line: &str) -> Vec<&str> {
    let line = line.trim_end_matches(['@', '＠']);
    let separators = [',', '，', '\t'];
    if line.contains(separators) {
        line.split(separators).map(str::trim).collect()
    } else {
        line.split_whitespace().collect()
    }
}

/// Marked by `@`; without it, by being longer than any point's line and starting with a count.
fn is_parcel(line: &str, cells: &[&str]) -> bool {
    line.ends_with(['@', '＠'])
        || cells.len() >= 7
            && cells
                .first()
                .is_some_and(|count| count.parse::<u32>().is_ok())
}

enum Cells<'a> {
    Point(Point<'a>),
    BadPoint(Fault),
    Neither,
}

/// 点号, 圈号, X, Y and perhaps a height; or without 圈号, unless the points before it have one.
fn point<'a>(cells: &[&'a str], with_rings: bool) -> Cells<'a> {
    let (ring, first, second, height) = match *cells {
        [mark, _, _] if with_rings && is_point_mark(mark) => {
            return Cells::BadPoint(Fault::bad_coordinates("只有一个坐标"));
        }
        [_, first, second] => ("", first, second, None),
        [_, ring, first, second] => (ring, first, second, None),
        [_, ring, first, second, height, ..] => (ring, first, second, Some(height)),
        // A comma or two, then nothing: the rest of the line is lost.
        [mark, _] if is_point_mark(mark) => {
            return Cells::BadPoint(Fault::bad_coordinates("没有坐标"));
        }
        _ => return Cells::Neither,
    };
    let number = |text: &str| text.parse::<f64>().ok();
    match (number(first), number(second)) {
        (Some(first), Some(second)) if first.is_finite() && second.is_finite() => {
            Cells::Point(Point {
                ring,
                at: (first, second),
                height: height.and_then(number),
            })
        }
        (Some(_), Some(_)) => Cells::BadPoint(Fault {
            code: IssueCode::OutOfRange,
            message: "的坐标不是有限的数".to_owned(),
        }),
        (None, None) if !cells.first().is_some_and(|mark| is_point_mark(mark)) => Cells::Neither,
        _ => Cells::BadPoint(Fault::bad_coordinates("的坐标不是数字")),
    }
}

/// `J12`, `12`, `界址点12`.
fn is_point_mark(mark: &str) -> bool {
    mark.ends_with(|c: char| c.is_ascii_digit()) && mark.chars().count() <= 12
}

/// A parcel's cells by name; the number of points is told by the points themselves.
fn attributes(cells: &[String]) -> impl Iterator<Item = (String, Value)> {
    let filled = cells.iter().rposition(|cell| !cell.is_empty());
    let cells = cells
        .iter()
        .take(filled.map_or(0, |last| last + 1).max(COLUMNS.len()));
    cells.enumerate().skip(AREA).map(|(at, cell)| {
        let name = COLUMNS.get(at).map_or_else(
            || format!("附加列{}", at + 1 - COLUMNS.len()),
            |name| (*name).to_owned(),
        );
        let value = match cell.parse::<f64>() {
            _ if cell.is_empty() => Value::Null,
            Ok(area) if at == AREA && area.is_finite() => Value::Real(area),
            _ => Value::Text(cell.clone()),
        };
        (name, value)
    })
}

fn first_easting(geometry: Option<&Geometry<f64>>) -> Option<f64> {
    use geo::CoordsIter as _;
    geometry?.coords_iter().next().map(|Coord { x, .. }| x)
}

/// Which kind of figure a parcel's line announces.
pub(super) fn shape(cells: &[String]) -> Shape {
    match cells.get(SHAPE).map(String::as_str) {
        Some(text) if text.starts_with('点') => Shape::Points,
        Some(text) if text.starts_with('线') => Shape::Lines,
        _ => Shape::Area,
    }
}
