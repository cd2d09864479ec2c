//! Layers as 界址点 text, as land offices' tools read it: CGCS2000 three-degree zone with its number in the
//! easting, north before east, rings closed by their first point, GB18030.
//!
//! A feature without a place cannot stand in such a file and is not written. Must not know where the bytes go.

use std::fmt::Write as _;
use std::io::{self, Write};

use geo::{Coord, Geometry, LineString, Polygon};

use crate::crs::{Crs, LonLat, Transform, ZoneWidth, geodesic_area_m2};
use crate::model::{Feature, Layer, Value};

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

pub(super) fn write_layer(out: &mut dyn Write, layer: &Layer) -> io::Result<usize> {
    let lon = layer.extent().map_or(105.0, |extent| extent.center().lon);
    let (zone, crs) = zone_at(lon);
    let transform = Transform::new(crs).map_err(io::Error::other)?;
    write_text(out, &header(zone))?;
    let mut written = 0;
    for feature in &layer.features {
        let Some((shape, rings)) = feature.geometry.as_ref().and_then(figure) else {
            continue;
        };
        let mut points = Points::default();
        for ring in rings {
            points
                .ring(&transform, &ring, shape == "面")
                .map_err(io::Error::other)?;
        }
        let mut text = parcel_line(layer, feature, shape, points.count);
        text.push_str(&points.lines);
        write_text(out, &text)?;
        written += 1;
    }
    Ok(written)
}

/// The three-degree zone of a longitude, its number in the easting.
fn zone_at(lon: f64) -> (u8, Crs) {
    let plain = Crs::three_degree_zone_at(lon);
    let Crs::GaussKruger { zone, .. } = plain else {
        return (0, plain);
    };
    let crs = Crs::gauss_kruger(ZoneWidth::Three, zone, true);
    (zone, crs.unwrap_or(plain))
}

fn header(zone: u8) -> String {
    format!(
        "[属性描述]\r\n格式版本号=1.01版本\r\n数据产生单位=\r\n数据产生日期=\r\n坐标系=2000国家大地坐标系\r\n\
         几度分带=3\r\n投影类型=高斯克吕格\r\n计量单位=米\r\n带号={zone}\r\n精度=0.001\r\n\
         转换参数=,,,,,,\r\n[地块坐标]\r\n"
    )
}

fn parcel_line(layer: &Layer, feature: &Feature, shape: &str, points: usize) -> String {
    let area_m2 = feature.geometry.as_ref().map_or(0.0, geodesic_area_m2);
    let area = match layer.value(feature, "地块面积").and_then(Value::as_f64) {
        // As it was delivered, digit by digit.
        Some(hectares) => hectares.to_string(),
        None if shape == "面" => format!("{:.4}", area_m2 / M2_PER_HECTARE),
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

/// 图形属性 and the rings, lines or points. A collection is what its areas are.
fn figure(geometry: &Geometry<f64>) -> Option<(&'static str, Vec<LineString<f64>>)> {
    let rings = |polygon: &Polygon<f64>| -> Vec<LineString<f64>> {
        let outer = std::iter::once(polygon.exterior());
        outer.chain(polygon.interiors()).cloned().collect()
    };
    let point = |at: Coord<f64>| LineString(vec![at]);
    let (shape, parts) = match geometry {
        Geometry::Polygon(polygon) => ("面", rings(polygon)),
        Geometry::MultiPolygon(polygons) => ("面", polygons.iter().flat_map(rings).collect()),
        Geometry::Rect(rect) => ("面", rings(&rect.to_polygon())),
        Geometry::Triangle(triangle) => ("面", rings(&triangle.to_polygon())),
        Geometry::Line(line) => ("线", vec![LineString(vec![line.start, line.end])]),
        Geometry::LineString(line) => ("线", vec![line.clone()]),
        Geometry::MultiLineString(lines) => ("线", lines.0.clone()),
        Geometry::Point(at) => ("点", vec![point(at.0)]),
        Geometry::MultiPoint(points) => ("点", points.iter().map(|at| point(at.0)).collect()),
        Geometry::GeometryCollection(parts) => {
            let figures: Vec<_> = parts.iter().filter_map(figure).collect();
            let shape = (["面", "线", "点"].into_iter())
                .find(|shape| figures.iter().any(|figure| figure.0 == *shape))?;
            let kept = figures.into_iter().filter(|figure| figure.0 == shape);
            (shape, kept.flat_map(|figure| figure.1).collect())
        }
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
    fn ring(
        &mut self,
        transform: &Transform,
        ring: &LineString<f64>,
        closed: bool,
    ) -> Result<(), crate::crs::TransformError> {
        self.rings += 1;
        let first = self.marks + 1;
        let last = ring.0.len();
        for (at, place) in ring.0.iter().enumerate() {
            let (east, north) = transform.from_lon_lat(LonLat::new(place.x, place.y))?;
            // The closing point is the first one, under its own mark.
            let mark = if closed && at + 1 == last && last > 1 {
                first
            } else {
                self.marks += 1;
                self.marks
            };
            self.count += 1;
            // Writing to a string cannot fail.
            write!(
                self.lines,
                "J{mark},{},{north:.3},{east:.3}\r\n",
                self.rings
            )
            .ok();
        }
        Ok(())
    }
}

fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let (bytes, _, _) = encoding_rs::GB18030.encode(text);
    out.write_all(&bytes)
}
