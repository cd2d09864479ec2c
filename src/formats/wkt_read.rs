//! Geometry from well-known text, with and without `SRID=…;`, Z and M. Must not know files.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use super::heights::Heights;
use super::limits::MAX_LEVELS;
use super::raw::collected;
use crate::model::IssueCode;

#[derive(Debug, Default)]
pub(super) struct ReadWkt {
    /// `None` for EMPTY.
    pub(super) geometry: Option<Geometry<f64>>,
    pub(super) srid: Option<u32>,
    pub(super) heights: Heights,
    pub(super) had_measures: bool,
    pub(super) closed_rings: usize,
}

/// Why a text is no geometry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: IssueCode,
    pub(super) message: String,
}

fn fault<T>(code: IssueCode, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        code,
        message: message.into(),
    })
}

/// Does it start as well-known text does?
pub(super) fn looks_like_wkt(text: &str) -> bool {
    let text = without_srid(text.trim()).1.to_ascii_uppercase();
    [
        "POINT",
        "LINESTRING",
        "POLYGON",
        "MULTI",
        "GEOMETRYCOLLECTION",
    ]
    .iter()
    .any(|tag| text.starts_with(tag))
        // The name of a type alone is a column of types.
        && (text.contains('(') || text.ends_with("EMPTY"))
}

pub(super) fn read(text: &str) -> Result<ReadWkt, Fault> {
    let (srid, body) = without_srid(text.trim());
    let mut reader = Reader {
        rest: body,
        measured: false,
        read: ReadWkt {
            srid,
            ..ReadWkt::default()
        },
    };
    let geometry = reader.geometry(0)?;
    reader.read.heights = std::mem::take(&mut reader.read.heights).or_flat();
    if !reader.rest.trim().is_empty() {
        return fault(IssueCode::BadCoordinates, "WKT 之后有多余的内容");
    }
    reader.read.geometry = geometry;
    Ok(reader.read)
}

fn without_srid(text: &str) -> (Option<u32>, &str) {
    let parts = text.split_once(';').and_then(|(head, body)| {
        let (key, code) = head.split_once('=')?;
        let is_srid = key.trim().eq_ignore_ascii_case("SRID");
        is_srid.then_some((code.trim().parse().ok(), body.trim_start()))
    });
    parts.unwrap_or((None, text))
}

struct Reader<'t> {
    rest: &'t str,
    /// The third number is a measure.
    measured: bool,
    read: ReadWkt,
}

impl<'t> Reader<'t> {
    fn geometry(&mut self, depth: usize) -> Result<Option<Geometry<f64>>, Fault> {
        let tag = self.word().to_ascii_uppercase();
        // `POINTZ` as well as `POINT Z`.
        let kind = tag.trim_end_matches('M').trim_end_matches('Z');
        let kind = if kind.is_empty() { tag.as_str() } else { kind };
        let mut word = self.word();
        self.measured = tag.ends_with('M') && !tag.ends_with("ZM");
        if matches!(word.to_ascii_uppercase().as_str(), "Z" | "M" | "ZM") {
            self.measured = word.eq_ignore_ascii_case("M");
            word = self.word();
        }
        if word.eq_ignore_ascii_case("EMPTY") {
            return Ok(None);
        }
        if !word.is_empty() {
            return fault(IssueCode::BadCoordinates, "WKT 的图形类型之后不是括号");
        }
        Ok(Some(match kind {
            "POINT" => {
                let points = self.positions()?;
                match *points.as_slice() {
                    [at] => Point(at).into(),
                    _ => return fault(IssueCode::BadCoordinates, "WKT 的点不是一个坐标"),
                }
            }
            "LINESTRING" => self.line()?.into(),
            "POLYGON" => self.polygon()?.into(),
            "MULTIPOINT" => {
                // With brackets around each point, or without.
                let nested = self
                    .rest
                    .trim_start()
                    .strip_prefix('(')
                    .is_some_and(|inner| inner.trim_start().starts_with('('));
                let points = if nested {
                    self.list(Self::positions)?.concat()
                } else {
                    self.positions()?
                };
                points.into_iter().map(Point).collect::<MultiPoint>().into()
            }
            "MULTILINESTRING" => MultiLineString(self.list(Self::line)?).into(),
            "MULTIPOLYGON" => MultiPolygon(self.list(Self::polygon)?).into(),
            "GEOMETRYCOLLECTION" if depth < MAX_LEVELS => {
                let parts = self.list(|reader| reader.geometry(depth + 1))?;
                return Ok(collected(parts.into_iter().flatten().collect()));
            }
            "GEOMETRYCOLLECTION" => {
                return fault(
                    IssueCode::BadCoordinates,
                    format!("图形集合嵌套超过 {MAX_LEVELS} 层"),
                );
            }
            _ => {
                let tag: String = tag.chars().take(40).collect();
                return fault(
                    IssueCode::UnknownGeometryType,
                    format!("没有名为“{tag}”的 WKT 图形类型"),
                );
            }
        }))
    }

    /// The letters that come next; empty at a bracket or number.
    fn word(&mut self) -> &'t str {
        self.rest = self.rest.trim_start();
        let end = (self.rest.find(|c: char| !c.is_ascii_alphabetic())).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn takes(&mut self, bracket: char) -> bool {
        let rest = self.rest.trim_start();
        let taken = rest.strip_prefix(bracket);
        self.rest = taken.unwrap_or(rest);
        taken.is_some()
    }

    fn list<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        if !self.takes('(') {
            return fault(IssueCode::BadCoordinates, "WKT 的括号不配对");
        }
        let mut items = vec![one(self)?];
        while self.takes(',') {
            items.push(one(self)?);
        }
        if self.takes(')') {
            Ok(items)
        } else if self.rest.is_empty() {
            fault(IssueCode::Truncated, "WKT 不完整")
        } else {
            fault(IssueCode::BadCoordinates, "WKT 的括号不配对")
        }
    }

    fn positions(&mut self) -> Result<Vec<Coord<f64>>, Fault> {
        self.list(Self::position)
    }

    fn position(&mut self) -> Result<Coord<f64>, Fault> {
        let end = self.rest.find([',', '(', ')']).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        let mut numbers = Vec::new();
        for word in text.split_whitespace() {
            match word.parse::<f64>() {
                Ok(number) => numbers.push(number),
                Err(_) => return fault(IssueCode::BadCoordinates, "WKT 的坐标不是数字"),
            }
        }
        match *numbers.as_slice() {
            [x, y, ..] if numbers.len() <= 4 => {
                if !x.is_finite() || !y.is_finite() {
                    return fault(IssueCode::OutOfRange, "坐标不是有限的数");
                }
                let at = Coord { x, y };
                self.read.had_measures |= numbers.len() > 3 || (self.measured && numbers.len() > 2);
                if let Some(height) = numbers.get(2).filter(|_| !self.measured) {
                    self.read.heights.note(at, *height);
                }
                Ok(at)
            }
            _ if self.rest.is_empty() => fault(IssueCode::Truncated, "WKT 不完整"),
            _ => fault(
                IssueCode::BadCoordinates,
                format!("WKT 的坐标有 {} 个数", numbers.len()),
            ),
        }
    }

    fn line(&mut self) -> Result<LineString<f64>, Fault> {
        let points = self.positions()?;
        if points.len() < 2 {
            return fault(
                IssueCode::TooFewPoints,
                format!("线只有 {} 个点", points.len()),
            );
        }
        Ok(LineString(points))
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, Fault> {
        let mut rings = self.list(Self::ring)?.into_iter();
        let outer = rings.next().unwrap_or_else(|| LineString(Vec::new()));
        Ok(Polygon::new(outer, rings.collect()))
    }

    fn ring(&mut self) -> Result<LineString<f64>, Fault> {
        let points = self.positions()?;
        let closed = points.first() == points.last();
        if points.len() < if closed { 4 } else { 3 } {
            return fault(
                IssueCode::TooFewPoints,
                format!("环只有 {} 个点，构不成面", points.len()),
            );
        }
        let mut ring = LineString(points);
        if !closed {
            ring.close();
            self.read.closed_rings += 1;
        }
        Ok(ring)
    }
}

#[cfg(test)]
mod tests {
    use super::super::figure::{Outline, Projector};
    use super::super::wkt::to_wkt;
    use super::*;
    use crate::crs::Crs;
    use crate::model::Feature;

    #[test]
    fn every_type_is_read_back_from_what_is_written() {
        let lon_lat = Projector::exact(Crs::Cgcs2000, Outline::CounterClockwise)
            .ok()
            .unwrap();
        for text in [
            "POINT (103.7 29.5)",
            "LINESTRING (0 0, 1 1)",
            "POLYGON ((0 0, 1 0, 1 1, 0 0), (0.5 0.1, 0.6 0.2, 0.6 0.1, 0.5 0.1))",
            "MULTIPOINT ((1 2), (3 4))",
            "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
            "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))",
        ] {
            let feature = Feature {
                fid: 1,
                geometry: read(text).unwrap().geometry,
                heights: None,
                values: Vec::new(),
            };
            let figure = lon_lat.figure(&feature).unwrap().unwrap();
            assert_eq!(to_wkt(&figure, Crs::Cgcs2000), text);
        }
    }

    #[test]
    fn other_spellings_are_read_and_nonsense_is_not() {
        let ewkt = read("SRID=4523;point z(35384840 3286940 365)").unwrap();
        assert_eq!((ewkt.srid, ewkt.heights.is_flat()), (Some(4523), false));
        let measured = read("LINESTRING M (0 0 1, 1 1 2)").unwrap();
        assert!(measured.had_measures && measured.heights.is_empty());
        assert!(read("MULTIPOINT(1 2,3 4)").unwrap().geometry.is_some());
        assert!(read("POLYGON EMPTY").unwrap().geometry.is_none());
        assert_eq!(read("POLYGON((0 0,1 0,1 1))").unwrap().closed_rings, 1);
        for (text, code) in [
            ("CIRCLE (1 2)", IssueCode::UnknownGeometryType),
            ("POINT 1 2", IssueCode::BadCoordinates),
            ("POINT (1 x)", IssueCode::BadCoordinates),
            ("POINT (nan 1)", IssueCode::OutOfRange),
            ("POLYGON ((0 0, 1 0, 1", IssueCode::Truncated),
            ("POLYGON ((0 0, 1 0, 1 1", IssueCode::Truncated),
            ("LINESTRING (0 0)", IssueCode::TooFewPoints),
            ("POINT (1 2) x", IssueCode::BadCoordinates),
        ] {
            assert_eq!(read(text).unwrap_err().code, code, "{text}");
        }
        let deep = "GEOMETRYCOLLECTION(".repeat(50_000);
        assert!(read(&deep).is_err());
    }
}
