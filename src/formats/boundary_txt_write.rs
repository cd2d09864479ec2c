//! Layers as 界址点 text, as land offices' tools read it: a CGCS2000 Gauss–Krüger zone, north before east,
//! rings closed by their first point and counted by 圈号.
//!
//! A feature without a place cannot stand in such a file and is not written. Must not know where the bytes go.

use std::fmt::Write as _;
use std::io::Write;

use super::figure::{Figure, Outline, Position, Projector};
use super::text_out::TextOut;
use super::write::Fault;
use super::write_options::TextEncoding;
use crate::crs::{Crs, ZoneWidth, geodesic_area_m2};
use crate::model::{Feature, Layer, Value};

/// 图形属性 of what is a parcel.
const AREA: &str = "面";

/// Hectares.
const AREA_COLUMN: &str = "地块面积";

const M2_PER_HECTARE: f64 = 10_000.0;

/// Cells of a parcel's line after the area, by the names that its reader gives them.
const CELLS: [&str; 6] = [
    "地块编号",
    "地块名称",
    "图形属性",
    "图幅号",
    "地块用途",
    "地类编码",
];

pub(super) fn write_layer(
    out: &mut dyn Write,
    layer: &Layer,
    crs: Crs,
    encoding: TextEncoding,
) -> Result<(usize, Vec<String>), Fault> {
    let projector = Projector::rounded(crs, Outline::CounterClockwise)?;
    let mut out = TextOut::new(out, encoding);
    out.write_all(header(crs).as_bytes())?;
    let mut written = 0;
    let mut left = Left::default();
    for feature in &layer.features {
        let Some((shape, parts)) = projector.figure(feature)?.and_then(taken_apart) else {
            left.nowhere += 1;
            continue;
        };
        left.see(&shape, feature);
        let mut points = Points::default();
        for part in &parts {
            points.part(part, shape.label == AREA);
        }
        let mut text = parcel_line(layer, feature, shape.label, points.count);
        text.push_str(&points.lines);
        out.write_all(text.as_bytes())?;
        written += 1;
    }
    Ok((written, left.notes(layer)))
}

fn header(crs: Crs) -> String {
    let (width, zone) = match crs {
        Crs::GaussKruger { width, zone, .. } => (width, zone),
        _ => (ZoneWidth::Three, 0),
    };
    let degrees = match width {
        ZoneWidth::Three => 3,
        ZoneWidth::Six => 6,
    };
    format!(
        "[属性描述]\r\n格式版本号=1.01版本\r\n数据产生单位=\r\n数据产生日期=\r\n坐标系=2000国家大地坐标系\r\n\
         几度分带={degrees}\r\n投影类型=高斯克吕格\r\n计量单位=米\r\n带号={zone}\r\n精度=0.001\r\n\
         转换参数=,,,,,,\r\n[地块坐标]\r\n"
    )
}

/// What the format cannot hold.
#[derive(Default)]
struct Left {
    nowhere: usize,
    no_areas: usize,
    /// Collections of which only the areas, or only the lines, are written.
    split: usize,
    heights: usize,
}

impl Left {
    fn see(&mut self, shape: &Shape, feature: &Feature) {
        self.no_areas += usize::from(shape.label != AREA);
        self.split += usize::from(shape.is_rest_lost);
        self.heights += usize::from(feature.heights.is_some());
    }

    fn notes(self, layer: &Layer) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |count: usize, what: &str| {
            if count > 0 {
                notes.push(format!("{count} 个要素{what}"));
            }
        };
        note(self.nowhere, "没有图形，界址点文件放不下，没有写出");
        note(
            self.no_areas,
            "是点或线，已按“图形属性”写出，只认地块（面）的软件可能读不出",
        );
        note(self.split, "含多种图形，只写出了其中的面（没有面时为线）");
        note(self.heights, "的高程没有写出");
        let lost: Vec<&str> = (layer.fields.iter())
            .map(|field| field.name.as_str())
            .filter(|name| !CELLS.contains(name) && *name != AREA_COLUMN)
            .collect();
        if !lost.is_empty() {
            notes.push(format!(
                "界址点文件只有固定的几项属性，没有写出的字段：{}",
                lost.join("、")
            ));
        }
        notes
    }
}

fn parcel_line(layer: &Layer, feature: &Feature, shape: &str, points: usize) -> String {
    let area_m2 = feature.geometry.as_ref().map_or(0.0, geodesic_area_m2);
    let area = match layer.value(feature, AREA_COLUMN).and_then(Value::as_f64) {
        // As it was delivered, digit by digit.
        Some(hectares) => hectares.to_string(),
        None if shape == AREA => format!("{:.4}", area_m2 / M2_PER_HECTARE),
        None => String::new(),
    };
    let mut line = format!("{points},{area}");
    for name in CELLS {
        let own = layer
            .value(feature, name)
            .map(Value::display)
            .unwrap_or_default();
        let cell = match name {
            "地块编号" if own.is_empty() => feature.fid.to_string(),
            "地块名称" if own.is_empty() => {
                layer.feature_name(feature).unwrap_or_default().to_owned()
            }
            "图形属性" => shape.to_owned(),
            _ => own,
        };
        line.push(',');
        line.extend(cell.chars().map(harmless));
    }
    line.push_str(",@\r\n");
    line
}

/// What would end a cell or a line becomes its wide twin.
fn harmless(c: char) -> char {
    match c {
        ',' => '，',
        '@' => '＠',
        '=' => '＝',
        c if c.is_control() => ' ',
        c => c,
    }
}

/// 图形属性 of a figure.
struct Shape {
    label: &'static str,
    is_rest_lost: bool,
}

/// The rings, lines or points. A collection is what its areas are.
fn taken_apart(figure: Figure) -> Option<(Shape, Vec<Vec<Position>>)> {
    let mut is_rest_lost = false;
    let (label, parts) = match figure {
        Figure::Polygon(rings) => (AREA, rings),
        Figure::MultiPolygon(polygons) => (AREA, polygons.concat()),
        Figure::Line(line) => ("线", vec![line]),
        Figure::MultiLine(lines) => ("线", lines),
        Figure::Point(at) => ("点", vec![vec![at]]),
        Figure::MultiPoint(points) => ("点", points.into_iter().map(|at| vec![at]).collect()),
        Figure::Collection(parts) => {
            let apart: Vec<_> = parts.into_iter().filter_map(taken_apart).collect();
            let label = ([AREA, "线", "点"].into_iter())
                .find(|label| apart.iter().any(|(shape, _)| shape.label == *label))?;
            let mut kept = Vec::new();
            for (shape, parts) in apart {
                is_rest_lost |= shape.is_rest_lost || shape.label != label;
                if shape.label == label {
                    kept.extend(parts);
                }
            }
            (label, kept)
        }
    };
    let shape = Shape {
        label,
        is_rest_lost,
    };
    (!parts.is_empty()).then_some((shape, parts))
}

/// The lines of a parcel's points, numbered J1, J2, … through all its rings.
#[derive(Default)]
struct Points {
    lines: String,
    count: usize,
    marks: usize,
    rings: usize,
}

impl Points {
    fn part(&mut self, part: &[Position], is_ring: bool) {
        self.rings += 1;
        let first = self.marks + 1;
        let last = part.len();
        for (at, Position { x, y, .. }) in part.iter().enumerate() {
            // The closing point is the first one, under its own mark.
            let mark = if is_ring && at + 1 == last && last > 1 {
                first
            } else {
                self.marks += 1;
                self.marks
            };
            self.count += 1;
            // Writing to a string cannot fail.
            write!(self.lines, "J{mark},{},{y:.3},{x:.3}\r\n", self.rings).ok();
        }
    }
}
