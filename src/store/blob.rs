//! Geometries as GeoPackage keeps them: a `GP` header with an envelope, then ISO WKB.
//!
//! Reads what other programs write too: either byte order, any envelope, Z, and M (dropped). What it
//! cannot read is an error for that one feature, never a panic and never a huge allocation.
//! Deliberately absent: SQL.

use geo::{Coord, CoordsIter, Geometry, GeometryCollection, LineString, Point, Polygon};
use geo::{MultiLineString, MultiPoint, MultiPolygon};

use crate::crs::Extent;
use crate::model::ReadShape;

/// The spatial reference of everything we write.
pub(super) const SRS_ID: i32 = 4490;

/// Collections inside collections, at most; deeper ones are an attack, not a map.
const MAX_DEPTH: usize = 32;

const EMPTY_FLAG: u8 = 0b0001_0000;
const EXTENDED_FLAG: u8 = 0b0010_0000;

/// Why a stored geometry cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BlobError {
    #[error("不是 GeoPackage 几何")]
    NotAGeometry,
    #[error("几何数据不完整")]
    TooShort,
    #[error("不支持的几何类型 {0}")]
    UnknownType(u32),
    #[error("坐标不是有限的数")]
    NotFinite,
    #[error("几何集合嵌套过深")]
    TooDeep,
}

/// Geometry to blob, flat and in our own system. `Line`, `Rect` and `Triangle`, which WKB lacks, become
/// line and polygon.
pub(super) fn encode(geometry: &Geometry<f64>) -> Vec<u8> {
    encode_as(geometry, None, SRS_ID)
}

/// [`encode`] with heights, one for each coordinate (else they are left out), in any system.
pub(super) fn encode_as(geometry: &Geometry<f64>, heights: Option<&[f64]>, srs_id: i32) -> Vec<u8> {
    let heights = heights.filter(|heights| heights.len() == geometry.coords_count());
    let extent = Extent::of_geometry(geometry);
    // A point is its own envelope; an empty geometry has none.
    let envelope = extent.filter(|_| !matches!(geometry, Geometry::Point(_)));
    let mut flags = 0b1; // little-endian
    if extent.is_none() {
        flags |= EMPTY_FLAG;
    }
    if envelope.is_some() {
        flags |= 0b10;
    }
    let mut blob = vec![b'G', b'P', 0, flags];
    blob.extend(srs_id.to_le_bytes());
    if let Some(extent) = envelope {
        for bound in [extent.west, extent.east, extent.south, extent.north] {
            blob.extend(bound.to_le_bytes());
        }
    }
    let mut writer = Writer { blob, heights };
    writer.geometry(geometry);
    writer.blob
}

/// WKB behind a header; `heights` are those of the coordinates still to come.
struct Writer<'a> {
    blob: Vec<u8>,
    heights: Option<&'a [f64]>,
}

impl Writer<'_> {
    fn geometry(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => {
                self.start(1);
                self.coord(point.0);
            }
            Geometry::LineString(line) => self.line(line),
            Geometry::Line(line) => self.line(&LineString::from(line)),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::MultiPoint(points) => {
                self.start(4);
                self.count(points.0.len());
                for point in points {
                    self.start(1);
                    self.coord(point.0);
                }
            }
            Geometry::MultiLineString(lines) => {
                self.start(5);
                self.count(lines.0.len());
                for line in lines {
                    self.line(line);
                }
            }
            Geometry::MultiPolygon(polygons) => {
                self.start(6);
                self.count(polygons.0.len());
                for polygon in polygons {
                    self.polygon(polygon);
                }
            }
            Geometry::GeometryCollection(parts) => {
                self.start(7);
                self.count(parts.0.len());
                for part in parts {
                    self.geometry(part);
                }
            }
        }
    }

    fn line(&mut self, line: &LineString<f64>) {
        self.start(2);
        self.coords(line);
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        self.start(3);
        if polygon.exterior().0.is_empty() {
            return self.count(0);
        }
        self.count(polygon.interiors().len() + 1);
        self.coords(polygon.exterior());
        for hole in polygon.interiors() {
            self.coords(hole);
        }
    }

    fn start(&mut self, type_code: u32) {
        self.blob.push(1); // little-endian
        let type_code = type_code + if self.heights.is_some() { 1000 } else { 0 };
        self.blob.extend(type_code.to_le_bytes());
    }

    /// WKB counts in 32 bits: 64 GiB of one ring, which memory ends long before.
    fn count(&mut self, count: usize) {
        self.blob
            .extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn coords(&mut self, line: &LineString<f64>) {
        self.count(line.0.len());
        self.blob.reserve(line.0.len() * 16);
        for coord in &line.0 {
            self.coord(*coord);
        }
    }

    fn coord(&mut self, coord: Coord<f64>) {
        self.blob.extend(coord.x.to_le_bytes());
        self.blob.extend(coord.y.to_le_bytes());
        if let Some((height, rest)) = self.heights.and_then(<[f64]>::split_first) {
            self.blob.extend(height.to_le_bytes());
            self.heights = Some(rest);
        }
    }
}

/// Blob to geometry; `None` for an empty point, which is how others write "no place".
pub(super) fn decode(blob: &[u8]) -> Result<Option<Geometry<f64>>, BlobError> {
    Ok(decode_shape(blob)?.map(|shape| shape.geometry))
}

/// [`decode`], with the heights and with what was mended.
pub(super) fn decode_shape(blob: &[u8]) -> Result<Option<ReadShape>, BlobError> {
    let (_, mut wkb) = read_header(blob)?;
    let Some(geometry) = wkb.geometry(0)? else {
        return Ok(None);
    };
    let Reader {
        coords,
        mut heights,
        had_measures,
        closed_rings,
        ..
    } = wkb;
    // Parts without heights beside parts with them say nothing about the whole.
    let had_heights = !heights.is_empty();
    heights.resize(coords, f64::NAN);
    let complete = had_heights && heights.iter().all(|height| height.is_finite());
    Ok(Some(ReadShape {
        geometry,
        heights: complete.then(|| heights.into_boxed_slice()),
        had_measures: had_measures || (had_heights && !complete),
        closed_rings,
    }))
}

/// The extent of a blob: its envelope, or that of its coordinates. `None` where it is empty.
pub(super) fn extent(blob: &[u8]) -> Result<Option<Extent>, BlobError> {
    let (envelope, mut wkb) = read_header(blob)?;
    if envelope.is_some() {
        return Ok(envelope);
    }
    Ok(wkb.geometry(0)?.as_ref().and_then(Extent::of_geometry))
}

/// The header's envelope, and the WKB behind it.
fn read_header(blob: &[u8]) -> Result<(Option<Extent>, Reader<'_>), BlobError> {
    let [b'G', b'P', _version, flags, rest @ ..] = blob else {
        return Err(BlobError::NotAGeometry);
    };
    if flags & EXTENDED_FLAG != 0 {
        return Err(BlobError::NotAGeometry);
    }
    let mut reader = Reader {
        rest,
        little_endian: flags & 1 == 1,
        coords: 0,
        heights: Vec::new(),
        had_measures: false,
        closed_rings: 0,
    };
    reader.u32()?; // srs_id: the table's own is the one that counts
    let bounds = match (flags >> 1) & 0b111 {
        0 => 0,
        1 => 4,
        2 | 3 => 6,
        4 => 8,
        _ => return Err(BlobError::NotAGeometry),
    };
    let mut envelope = [f64::NAN; 8];
    for bound in envelope.iter_mut().take(bounds) {
        *bound = reader.f64()?;
    }
    let [west, east, south, north, ..] = envelope;
    let extent = Extent {
        west,
        south,
        east,
        north,
    };
    let usable = flags & EMPTY_FLAG == 0
        && [west, east, south, north]
            .iter()
            .all(|bound| bound.is_finite());
    Ok((usable.then_some(extent), reader))
}

/// What is left of a blob, in the byte order of the part being read.
struct Reader<'a> {
    rest: &'a [u8],
    little_endian: bool,
    /// Coordinates read so far.
    coords: usize,
    /// Their heights; shorter where the last ones are flat.
    heights: Vec<f64>,
    had_measures: bool,
    closed_rings: usize,
}

/// What a coordinate has beside x and y.
#[derive(Clone, Copy)]
struct Dimensions {
    z: bool,
    m: bool,
}

impl Dimensions {
    fn bytes(self) -> usize {
        (2 + usize::from(self.z) + usize::from(self.m)) * 8
    }
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], BlobError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(BlobError::TooShort)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u32(&mut self) -> Result<u32, BlobError> {
        let bytes = self.take()?;
        Ok(if self.little_endian {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn f64(&mut self) -> Result<f64, BlobError> {
        let bytes = self.take()?;
        Ok(if self.little_endian {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    /// A count of things of at least `size` bytes each, checked against what is left.
    fn count(&mut self, size: usize) -> Result<usize, BlobError> {
        let count = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if count > self.rest.len() / size {
            return Err(BlobError::TooShort);
        }
        Ok(count)
    }

    /// Byte order and type: one of the seven, and what a coordinate has.
    fn start(&mut self) -> Result<(u32, Dimensions), BlobError> {
        let [order] = self.take()?;
        self.little_endian = match order {
            0 => false,
            1 => true,
            _ => return Err(BlobError::NotAGeometry),
        };
        let code = self.u32()?;
        // ISO: thousands say Z, M, ZM. Some writers use the high bits of EWKB instead.
        let high = |bit: u32| code & bit != 0;
        if high(0x2000_0000) {
            self.u32()?; // a reference system of its own: the table's is the one that counts
        }
        let plain = code & 0x0fff_ffff;
        let thousands = plain / 1000;
        if thousands > 3 {
            return Err(BlobError::UnknownType(code));
        }
        let dimensions = Dimensions {
            z: high(0x8000_0000) || matches!(thousands, 1 | 3),
            m: high(0x4000_0000) || matches!(thousands, 2 | 3),
        };
        match plain % 1000 {
            base @ 1..=7 => Ok((base, dimensions)),
            other => Err(BlobError::UnknownType(other)),
        }
    }

    fn geometry(&mut self, depth: usize) -> Result<Option<Geometry<f64>>, BlobError> {
        if depth > MAX_DEPTH {
            return Err(BlobError::TooDeep);
        }
        let (base, dimensions) = self.start()?;
        Ok(Some(match base {
            1 => return Ok(self.point(dimensions)?.map(Geometry::Point)),
            2 => Geometry::LineString(self.line(dimensions)?),
            3 => Geometry::Polygon(self.polygon(dimensions)?),
            4 => Geometry::MultiPoint(MultiPoint(
                self.parts(|part| match part.start()? {
                    (1, dimensions) => part.point(dimensions),
                    (other, _) => Err(BlobError::UnknownType(other)),
                })?
                .into_iter()
                .flatten()
                .collect(),
            )),
            5 => Geometry::MultiLineString(MultiLineString(self.parts(
                |part| match part.start()? {
                    (2, dimensions) => part.line(dimensions),
                    (other, _) => Err(BlobError::UnknownType(other)),
                },
            )?)),
            6 => Geometry::MultiPolygon(MultiPolygon(self.parts(|part| match part.start()? {
                (3, dimensions) => part.polygon(dimensions),
                (other, _) => Err(BlobError::UnknownType(other)),
            })?)),
            _ => Geometry::GeometryCollection(GeometryCollection(
                self.parts(|part| part.geometry(depth + 1))?
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }))
    }

    fn parts<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, BlobError>,
    ) -> Result<Vec<T>, BlobError> {
        let count = self.count(9)?; // byte order, type, and at least a count
        (0..count).map(|_| read(self)).collect()
    }

    /// `None`: all NaN, which is how WKB writes an empty point.
    fn point(&mut self, dimensions: Dimensions) -> Result<Option<Point<f64>>, BlobError> {
        let (coords, heights) = (self.coords, self.heights.len());
        let coord = self.raw_coord(dimensions)?;
        if coord.x.is_nan() && coord.y.is_nan() {
            self.coords = coords;
            self.heights.truncate(heights);
            return Ok(None);
        }
        finite(coord).map(|coord| Some(Point(coord)))
    }

    fn line(&mut self, dimensions: Dimensions) -> Result<LineString<f64>, BlobError> {
        let count = self.count(dimensions.bytes())?;
        (0..count)
            .map(|_| finite(self.raw_coord(dimensions)?))
            .collect::<Result<Vec<_>, _>>()
            .map(LineString)
    }

    fn polygon(&mut self, dimensions: Dimensions) -> Result<Polygon<f64>, BlobError> {
        let count = self.count(4)?;
        let mut rings = (0..count)
            .map(|_| self.ring(dimensions))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        let exterior = rings.next().unwrap_or(LineString(Vec::new()));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn ring(&mut self, dimensions: Dimensions) -> Result<LineString<f64>, BlobError> {
        let first = self.coords;
        let mut ring = self.line(dimensions)?;
        if !ring.is_closed() {
            ring.close();
            self.closed_rings += 1;
            self.coords += 1;
            if dimensions.z {
                let height = self.heights.get(first).copied();
                self.heights.extend(height);
            }
        }
        Ok(ring)
    }

    fn raw_coord(&mut self, dimensions: Dimensions) -> Result<Coord<f64>, BlobError> {
        let coord = Coord {
            x: self.f64()?,
            y: self.f64()?,
        };
        if dimensions.z {
            self.heights.resize(self.coords, f64::NAN);
            let height = self.f64()?;
            self.heights.push(height);
        }
        if dimensions.m {
            self.f64()?;
            self.had_measures = true;
        }
        self.coords += 1;
        Ok(coord)
    }
}

fn finite(coord: Coord<f64>) -> Result<Coord<f64>, BlobError> {
    if coord.x.is_finite() && coord.y.is_finite() {
        Ok(coord)
    } else {
        Err(BlobError::NotFinite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    fn samples() -> Vec<Geometry<f64>> {
        let point = wkt!(POINT(103.76 29.56));
        let line = wkt!(LINESTRING(103.0 29.0,103.5 29.5,104.0 29.1));
        let polygon = wkt!(POLYGON((103.0 29.0,104.0 29.0,104.0 30.0,103.0 29.0),(103.5 29.2,103.6 29.2,103.6 29.3,103.5 29.2)));
        vec![
            point.into(),
            line.clone().into(),
            polygon.clone().into(),
            MultiPoint(vec![point, Point::new(1.0, -2.5)]).into(),
            MultiLineString(vec![line.clone(), line]).into(),
            MultiPolygon(vec![polygon.clone(), polygon.clone()]).into(),
            Geometry::GeometryCollection(GeometryCollection(vec![
                point.into(),
                polygon.into(),
                Geometry::GeometryCollection(GeometryCollection(vec![point.into()])),
            ])),
            LineString::<f64>(Vec::new()).into(),
            Polygon::<f64>::new(LineString(Vec::new()), Vec::new()).into(),
            MultiPoint::<f64>(Vec::new()).into(),
            MultiLineString::<f64>(Vec::new()).into(),
            MultiPolygon::<f64>(Vec::new()).into(),
            Geometry::GeometryCollection(GeometryCollection(Vec::new())),
        ]
    }

    #[test]
    fn all_seven_types_full_and_empty_go_there_and_back() {
        for geometry in samples() {
            let blob = encode(&geometry);
            assert_eq!(decode(&blob), Ok(Some(geometry.clone())));
            assert_eq!(extent(&blob), Ok(Extent::of_geometry(&geometry)));
        }
    }

    #[test]
    fn a_blob_cut_anywhere_is_an_error_and_a_changed_byte_never_a_panic() {
        for geometry in samples() {
            let blob = encode(&geometry);
            for end in 0..blob.len() {
                assert!(decode(&blob[..end]).is_err(), "{geometry:?} cut at {end}");
            }
            for index in 0..blob.len() {
                for value in [0, 1, 2, 0x7f, 0xff] {
                    let mut changed = blob.clone();
                    changed[index] = value;
                    // Any answer will do, as long as it is one.
                    let _answer = (decode(&changed), extent(&changed));
                }
            }
        }
    }

    #[test]
    fn big_endian_heights_and_empty_points_of_other_programs_are_read() {
        let mut blob = vec![b'G', b'P', 0, 0b0, 0, 0, 0x11, 0x8a];
        blob.extend([0, 0, 0, 3, 233]); // big-endian Point Z (1001)
        for number in [103.5_f64, 29.5, 365.0] {
            blob.extend(number.to_be_bytes());
        }
        assert_eq!(decode(&blob), Ok(Some(Point::new(103.5, 29.5).into())));

        let mut empty = vec![b'G', b'P', 0, 0b1_0001, 0x8a, 0x11, 0, 0, 1, 1, 0, 0, 0];
        empty.extend(f64::NAN.to_le_bytes());
        empty.extend(f64::NAN.to_le_bytes());
        assert_eq!(decode(&empty), Ok(None));
        assert_eq!(extent(&empty), Ok(None));
    }

    #[test]
    fn curves_infinity_and_bottomless_collections_are_refused() {
        let header = [b'G', b'P', 0, 1, 0x8a, 0x11, 0, 0];
        let mut curve = header.to_vec();
        curve.extend([1, 8, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(decode(&curve), Err(BlobError::UnknownType(8)));

        let infinite: Geometry<f64> = Point::new(f64::INFINITY, 1.0).into();
        assert_eq!(decode(&encode(&infinite)), Err(BlobError::NotFinite));

        let mut deep = header.to_vec();
        for _ in 0..100_000 {
            deep.extend([1, 7, 0, 0, 0, 1, 0, 0, 0]);
        }
        assert_eq!(decode(&deep), Err(BlobError::TooDeep));
    }
}
