//! A layer as a Shapefile that ArcGIS, QGIS and older desktop programs open with the right Chinese.
//!
//! A Shapefile holds one kind of geometry, so a mixed layer becomes several. Must not know who asked.

use std::path::Path;

use geo::orient::Direction;
use geo::{Coord, Geometry, LineString, Orient, Polygon};

use super::dbf_write;
use super::parts::write_together;
use crate::crs::{Crs, LonLat, Transform, ZoneWidth};
use crate::formats::write::{WriteError, Written};
use crate::model::Layer;

/// Positions in the format are counted in 16-bit words, and many programs count them with a sign.
const MAX_BYTES: usize = i32::MAX as usize;

/// The encoding of names and values. Names have 10 bytes: five Chinese characters in GB 18030, three in UTF-8.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShapefileText {
    /// What Chinese desktop programs expect.
    #[default]
    Gb18030,
    Utf8,
}

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapefileOptions {
    pub crs: Crs,
    pub text: ShapefileText,
}

impl Default for ShapefileOptions {
    fn default() -> Self {
        Self {
            crs: Crs::Cgcs2000,
            text: ShapefileText::default(),
        }
    }
}

/// Write a layer, all files of it or none.
pub fn write_shapefile(
    path: &Path,
    layer: &Layer,
    options: &ShapefileOptions,
    overwrite: bool,
) -> Result<Written, WriteError> {
    let file = || path.display().to_string();
    let transform = Transform::new(options.crs).ok();
    let project = |at: Coord<f64>| -> Result<Coord<f64>, WriteError> {
        (transform.as_ref())
            .and_then(|to| to.from_lon_lat(LonLat::new(at.x, at.y)).ok())
            .map(|(x, y)| Coord { x, y })
            .ok_or_else(|| WriteError::NotInCrs {
                file: file(),
                crs: options.crs,
            })
    };
    let groups = groups_of(layer);
    let several = groups.len() > 1;
    let mut written = Written {
        features: layer.features.len(),
        ..Written::default()
    };
    let mut parts = Vec::new();
    for group in &groups {
        let path = if several {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            path.with_file_name(format!("{stem}{}.shp", group.kind.suffix()))
        } else {
            path.to_path_buf()
        };
        let (shp, shx) = geometry_files(group, project)?;
        let rows = group.shapes.iter().map(|(feature, _)| *feature);
        let table = dbf_write::table(layer, rows, options.text);
        if table.bytes.is_empty() || shp.len() > MAX_BYTES {
            return Err(WriteError::TooLarge { file: file() });
        }
        for note in table.notes {
            if !written.notes.contains(&note) {
                written.notes.push(note);
            }
        }
        // The .shp last: where it is, the rest is.
        parts.push((path.with_extension("dbf"), table.bytes));
        parts.push((path.with_extension("shx"), shx));
        parts.push((
            path.with_extension("prj"),
            esri_wkt(options.crs).into_bytes(),
        ));
        parts.push((
            path.with_extension("cpg"),
            table.code_page.as_bytes().to_vec(),
        ));
        parts.push((path.clone(), shp));
        written.files.push(path);
    }
    if several {
        let names: Vec<String> = (written.files.iter())
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        written.notes.insert(
            0,
            format!(
                "Shapefile 只能存一种图形，已分为 {} 个文件：{}",
                names.len(),
                names.join("、")
            ),
        );
    }
    write_together(path, &parts, overwrite)?;
    Ok(written)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Points,
    Lines,
    Areas,
}

impl Kind {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Points => "_点",
            Self::Lines => "_线",
            Self::Areas => "_面",
        }
    }
}

/// What goes into one file: the place of a feature in its layer, and the part of it that fits.
struct Group {
    kind: Kind,
    shapes: Vec<(usize, Option<Pieces>)>,
}

/// A geometry taken apart by kind.
#[derive(Clone, Default)]
struct Pieces {
    points: Vec<Coord<f64>>,
    lines: Vec<LineString<f64>>,
    areas: Vec<Polygon<f64>>,
}

impl Pieces {
    fn add(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.points.push(point.0),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().map(|p| p.0)),
            Geometry::Line(line) => self.lines.push(LineString::from(*line)),
            Geometry::LineString(line) => self.lines.push(line.clone()),
            Geometry::MultiLineString(lines) => self.lines.extend(lines.iter().cloned()),
            Geometry::Polygon(polygon) => self.areas.push(polygon.clone()),
            Geometry::MultiPolygon(polygons) => self.areas.extend(polygons.iter().cloned()),
            Geometry::Rect(rect) => self.areas.push(rect.to_polygon()),
            Geometry::Triangle(triangle) => self.areas.push(triangle.to_polygon()),
            Geometry::GeometryCollection(parts) => parts.iter().for_each(|part| self.add(part)),
        }
    }
}

fn groups_of(layer: &Layer) -> Vec<Group> {
    let mut groups = [Kind::Points, Kind::Lines, Kind::Areas].map(|kind| Group {
        kind,
        shapes: Vec::new(),
    });
    let mut nowhere = Vec::new();
    for (place, feature) in layer.features.iter().enumerate() {
        let mut pieces = Pieces::default();
        if let Some(geometry) = &feature.geometry {
            pieces.add(geometry);
        }
        let [points, lines, areas] = &mut groups;
        let put = |group: &mut Group, pieces: Pieces| group.shapes.push((place, Some(pieces)));
        let Pieces {
            points: at,
            lines: along,
            areas: over,
        } = pieces;
        if at.is_empty() && along.is_empty() && over.is_empty() {
            nowhere.push(place);
        }
        if !at.is_empty() {
            put(
                points,
                Pieces {
                    points: at,
                    ..Pieces::default()
                },
            );
        }
        if !along.is_empty() {
            put(
                lines,
                Pieces {
                    lines: along,
                    ..Pieces::default()
                },
            );
        }
        if !over.is_empty() {
            put(
                areas,
                Pieces {
                    areas: over,
                    ..Pieces::default()
                },
            );
        }
    }
    // Rows without a place stand with the most of the others, in their order.
    if let Some(most) = groups.iter_mut().max_by_key(|group| group.shapes.len()) {
        most.shapes
            .extend(nowhere.into_iter().map(|place| (place, None)));
        most.shapes.sort_by_key(|(place, _)| *place);
        if most.shapes.is_empty() {
            return groups.into_iter().skip(2).collect();
        }
    }
    (groups.into_iter())
        .filter(|group| !group.shapes.is_empty())
        .collect()
}

/// The `.shp` and its `.shx`.
fn geometry_files(
    group: &Group,
    project: impl Fn(Coord<f64>) -> Result<Coord<f64>, WriteError>,
) -> Result<(Vec<u8>, Vec<u8>), WriteError> {
    let one_point = |pieces: &Option<Pieces>| pieces.as_ref().is_none_or(|p| p.points.len() == 1);
    let single = group.shapes.iter().all(|(_, pieces)| one_point(pieces));
    let shape_type: i32 = match group.kind {
        Kind::Points if single => 1,
        Kind::Points => 8,
        Kind::Lines => 3,
        Kind::Areas => 5,
    };
    let (mut shp, mut shx) = (vec![0; 100], vec![0; 100]);
    let mut around = Box2::default();
    for (number, (_, pieces)) in (1_i32..).zip(&group.shapes) {
        let mut content = Vec::new();
        match pieces {
            None => content.extend(0_i32.to_le_bytes()),
            Some(pieces) => {
                let parts = parts_of(pieces, &project)?;
                content.extend(shape_type.to_le_bytes());
                shape(&mut content, shape_type, &parts, &mut around);
            }
        }
        let header = [in_words(shp.len()), in_words(content.len())].map(i32::to_be_bytes);
        shx.extend(header.concat());
        shp.extend(
            [number, in_words(content.len())]
                .map(i32::to_be_bytes)
                .concat(),
        );
        shp.extend(content);
    }
    for bytes in [&mut shp, &mut shx] {
        let header = file_header(bytes.len(), shape_type, around);
        bytes.splice(..100, header);
    }
    Ok((shp, shx))
}

/// A number too large is refused before anything is written.
fn in_words(bytes: usize) -> i32 {
    i32::try_from(bytes / 2).unwrap_or(i32::MAX)
}

fn file_header(len: usize, shape_type: i32, around: Box2) -> Vec<u8> {
    let mut header = Vec::with_capacity(100);
    header.extend(9994_i32.to_be_bytes());
    header.extend([0; 20]);
    header.extend(in_words(len).to_be_bytes());
    header.extend(1000_i32.to_le_bytes());
    header.extend(shape_type.to_le_bytes());
    header.extend(around.bytes());
    header.extend([0; 32]);
    header
}

/// The parts in the target system; rings closed, outer ones clockwise as the format has it.
fn parts_of(
    pieces: &Pieces,
    project: impl Fn(Coord<f64>) -> Result<Coord<f64>, WriteError>,
) -> Result<Vec<Vec<Coord<f64>>>, WriteError> {
    let all = |coords: &[Coord<f64>]| -> Result<Vec<_>, _> {
        coords.iter().map(|at| project(*at)).collect()
    };
    let mut parts = Vec::new();
    if !pieces.points.is_empty() {
        parts.push(all(&pieces.points)?);
    }
    for line in &pieces.lines {
        parts.push(all(&line.0)?);
    }
    for polygon in &pieces.areas {
        let polygon = polygon.orient(Direction::Reversed);
        parts.push(all(&polygon.exterior().0)?);
        for hole in polygon.interiors() {
            parts.push(all(&hole.0)?);
        }
    }
    parts.retain(|part| !part.is_empty());
    Ok(parts)
}

fn shape(content: &mut Vec<u8>, shape_type: i32, parts: &[Vec<Coord<f64>>], around: &mut Box2) {
    let mut own = Box2::default();
    parts.iter().flatten().for_each(|at| own.add(*at));
    around.join(own);
    let points = || parts.iter().flatten().flat_map(|at| [at.x, at.y]);
    let total = in_words(2 * parts.iter().map(Vec::len).sum::<usize>());
    if shape_type != 1 {
        content.extend(own.bytes());
    }
    if matches!(shape_type, 3 | 5) {
        content.extend(in_words(2 * parts.len()).to_le_bytes());
        content.extend(total.to_le_bytes());
        let mut start = 0;
        for part in parts {
            content.extend(in_words(2 * start).to_le_bytes());
            start += part.len();
        }
    } else if shape_type == 8 {
        content.extend(total.to_le_bytes());
    }
    content.extend(points().flat_map(f64::to_le_bytes));
}

#[derive(Clone, Copy, Default)]
struct Box2(Option<[f64; 4]>);

impl Box2 {
    fn add(&mut self, at: Coord<f64>) {
        self.join(Self(Some([at.x, at.y, at.x, at.y])));
    }

    fn join(&mut self, other: Self) {
        self.0 = match (self.0, other.0) {
            (Some([west, south, east, north]), Some([w, s, e, n])) => {
                Some([west.min(w), south.min(s), east.max(e), north.max(n)])
            }
            (one, other) => one.or(other),
        };
    }

    fn bytes(self) -> Vec<u8> {
        self.0.unwrap_or_default().map(f64::to_le_bytes).concat()
    }
}

/// A system's definition in ESRI's spelling, which every program reads.
fn esri_wkt(crs: Crs) -> String {
    const CGCS2000: &str = r#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    const WGS84: &str = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    match crs {
        Crs::Cgcs2000 => CGCS2000.to_owned(),
        Crs::Wgs84 => WGS84.to_owned(),
        Crs::WebMercator => format!(
            r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",{WGS84},PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]"#
        ),
        Crs::Utm { zone } => format!(
            r#"PROJCS["WGS_1984_UTM_Zone_{zone}N",{WGS84},PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{:.1}],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#,
            crs.central_meridian_deg().unwrap_or_default()
        ),
        Crs::GaussKruger {
            width,
            zone,
            prefixed,
        } => {
            let meridian = crs.central_meridian_deg().unwrap_or_default();
            let false_easting = crs.false_easting_m().unwrap_or_default();
            let degrees = match width {
                ZoneWidth::Three => "3_Degree_",
                ZoneWidth::Six => "",
            };
            let place = if prefixed {
                format!("Zone_{zone}")
            } else {
                format!("CM_{meridian:.0}E")
            };
            format!(
                r#"PROJCS["CGCS2000_{degrees}GK_{place}",{CGCS2000},PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{false_easting:.1}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian:.1}],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
            )
        }
    }
}
