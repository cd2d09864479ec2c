//! A layer as a Shapefile that ArcGIS, QGIS and older desktop programs open with the right Chinese.
//!
//! A Shapefile holds one kind of geometry, so a mixed layer becomes several. Must not know who asked.

use std::path::{Path, PathBuf};

use super::dbf_write;
use super::parts::write_together;
use crate::crs::{Crs, ZoneWidth};
use crate::formats::figure::{Figure, Kinds, NotInCrs, Outline, Position, Projector};
use crate::formats::write::{Fault, WriteError};
use crate::formats::write_options::TextEncoding;
use crate::model::Layer;

/// Positions in the format are counted in 16-bit words, and many programs count them with a sign.
const MAX_BYTES: usize = i32::MAX as usize;

/// What comes with a `.shp`.
const PARTS: [&str; 4] = ["dbf", "shx", "prj", "cpg"];

/// Write a layer, all files of it or none. Returns the `.shp` files and what the format could not hold.
pub(in crate::formats) fn write(
    path: &Path,
    layer: &Layer,
    crs: Crs,
    text: TextEncoding,
    overwrite: bool,
) -> Result<(Vec<PathBuf>, Vec<String>), WriteError> {
    let fault = |fault: Fault| fault.into_error(path, crs);
    // Outer rings run clockwise in this format.
    let projector = Projector::exact(crs, Outline::Clockwise).map_err(|err| fault(err.into()))?;
    let groups = groups_of(layer, &projector).map_err(|err| fault(err.into()))?;
    let several = groups.len() > 1;
    let mut files = Vec::new();
    let mut notes = Vec::new();
    let mut parts = Vec::new();
    for group in &groups {
        let path = path_of(path, group.kind, several);
        let (shp, shx) = geometry_files(group);
        let rows = group.shapes.iter().map(|(feature, _)| *feature);
        let table = dbf_write::table(layer, rows, text);
        if table.bytes.is_empty() || shp.len() > MAX_BYTES {
            return Err(fault(Fault::TooLarge("2 GB，每行 65 535 字节")));
        }
        for note in table.notes.into_iter().chain(group.height_note()) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        // The .shp last: where it is, the rest is.
        parts.push((path.with_extension("dbf"), table.bytes));
        parts.push((path.with_extension("shx"), shx));
        parts.push((path.with_extension("prj"), esri_wkt(crs).into_bytes()));
        parts.push((
            path.with_extension("cpg"),
            table.code_page.as_bytes().to_vec(),
        ));
        parts.push((path.clone(), shp));
        files.push(path);
    }
    if several {
        let names: Vec<String> = (files.iter())
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        notes.insert(
            0,
            format!(
                "Shapefile 只能存一种图形，已分为 {} 个文件：{}",
                names.len(),
                names.join("、")
            ),
        );
    }
    write_together(path, &parts, overwrite)?;
    Ok((files, notes))
}

/// All files that a layer comes to.
pub(in crate::formats) fn files_of(path: &Path, layer: &Layer) -> Vec<PathBuf> {
    let mut all = Kinds::default();
    for kinds in layer
        .features
        .iter()
        .filter_map(|f| f.geometry.as_ref())
        .map(Kinds::of)
    {
        all.points += kinds.points;
        all.lines += kinds.lines;
        all.areas += kinds.areas;
    }
    let kinds: Vec<Kind> = [
        (all.points, Kind::Points),
        (all.lines, Kind::Lines),
        (all.areas, Kind::Areas),
    ]
    .into_iter()
    .filter_map(|(count, kind)| (count > 0).then_some(kind))
    .collect();
    let shapefiles = if kinds.len() > 1 {
        kinds
            .into_iter()
            .map(|kind| path_of(path, kind, true))
            .collect()
    } else {
        vec![path.to_path_buf()]
    };
    let with_parts = |shp: PathBuf| {
        let parts = PARTS.map(|part| shp.with_extension(part));
        std::iter::once(shp).chain(parts)
    };
    shapefiles.into_iter().flat_map(with_parts).collect()
}

fn path_of(path: &Path, kind: Kind, several: bool) -> PathBuf {
    if !several {
        return path.to_path_buf();
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}{}.shp", kind.suffix()))
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
    shapes: Vec<(usize, Option<Parts>)>,
}

/// Rings, lines, or one list of points.
type Parts = Vec<Vec<Position>>;

impl Group {
    fn heights(&self) -> impl Iterator<Item = bool> {
        let shapes = self.shapes.iter().filter_map(|(_, parts)| parts.as_ref());
        shapes.map(|parts| parts.iter().flatten().any(|at| at.z.is_some()))
    }

    fn height_note(&self) -> Option<String> {
        let flat = self.heights().filter(|has_heights| !has_heights).count();
        (flat > 0 && self.heights().any(|has_heights| has_heights))
            .then(|| format!("Shapefile 的高程要么全有要么全无，{flat} 个没有高程的要素写为 0"))
    }
}

/// A geometry taken apart by kind.
#[derive(Default)]
struct Pieces {
    points: Vec<Position>,
    lines: Parts,
    rings: Parts,
}

impl Pieces {
    fn add(&mut self, figure: Figure) {
        match figure {
            Figure::Point(at) => self.points.push(at),
            Figure::MultiPoint(points) => self.points.extend(points),
            Figure::Line(line) => self.lines.push(line),
            Figure::MultiLine(lines) => self.lines.extend(lines),
            Figure::Polygon(rings) => self.rings.extend(rings),
            Figure::MultiPolygon(polygons) => self.rings.extend(polygons.into_iter().flatten()),
            Figure::Collection(parts) => parts.into_iter().for_each(|part| self.add(part)),
        }
    }
}

fn groups_of(layer: &Layer, projector: &Projector) -> Result<Vec<Group>, NotInCrs> {
    let mut groups = [Kind::Points, Kind::Lines, Kind::Areas].map(|kind| Group {
        kind,
        shapes: Vec::new(),
    });
    let mut nowhere = Vec::new();
    for (place, feature) in layer.features.iter().enumerate() {
        let mut pieces = Pieces::default();
        if let Some(figure) = projector.figure(feature)? {
            pieces.add(figure);
        }
        let mut is_somewhere = false;
        for (group, mut parts) in
            (groups.iter_mut()).zip([vec![pieces.points], pieces.lines, pieces.rings])
        {
            parts.retain(|part| !part.is_empty());
            if !parts.is_empty() {
                is_somewhere = true;
                group.shapes.push((place, Some(parts)));
            }
        }
        if !is_somewhere {
            nowhere.push(place);
        }
    }
    // Rows without a place stand with the most of the others, in their order.
    if let Some(most) = groups.iter_mut().max_by_key(|group| group.shapes.len()) {
        most.shapes
            .extend(nowhere.into_iter().map(|place| (place, None)));
        most.shapes.sort_by_key(|(place, _)| *place);
        if most.shapes.is_empty() {
            return Ok(groups.into_iter().skip(2).collect());
        }
    }
    Ok((groups.into_iter())
        .filter(|group| !group.shapes.is_empty())
        .collect())
}

/// The `.shp` and its `.shx`.
fn geometry_files(group: &Group) -> (Vec<u8>, Vec<u8>) {
    let has_heights = group.heights().any(|has_heights| has_heights);
    let one_point = |parts: &Option<Parts>| {
        parts
            .as_ref()
            .is_none_or(|p| p.iter().flatten().count() == 1)
    };
    let single = group.shapes.iter().all(|(_, parts)| one_point(parts));
    let kind: i32 = match group.kind {
        Kind::Points if single => 1,
        Kind::Points => 8,
        Kind::Lines => 3,
        Kind::Areas => 5,
    };
    let shape_type = if has_heights { kind + 10 } else { kind };
    let (mut shp, mut shx) = (vec![0; 100], vec![0; 100]);
    let (mut around, mut heights) = (Box2::default(), Range::default());
    for (number, (_, parts)) in (1_i32..).zip(&group.shapes) {
        let mut content = Vec::new();
        match parts {
            None => content.extend(0_i32.to_le_bytes()),
            Some(parts) => {
                content.extend(shape_type.to_le_bytes());
                shape(&mut content, kind, parts, &mut around);
                if has_heights {
                    shape_heights(&mut content, kind, parts, &mut heights);
                }
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
        let header = file_header(bytes.len(), shape_type, around, heights);
        bytes.splice(..100, header);
    }
    (shp, shx)
}

/// A number too large is refused before anything is written.
fn in_words(bytes: usize) -> i32 {
    i32::try_from(bytes / 2).unwrap_or(i32::MAX)
}

fn file_header(len: usize, shape_type: i32, around: Box2, heights: Range) -> Vec<u8> {
    let mut header = Vec::with_capacity(100);
    header.extend(9994_i32.to_be_bytes());
    header.extend([0; 20]);
    header.extend(in_words(len).to_be_bytes());
    header.extend(1000_i32.to_le_bytes());
    header.extend(shape_type.to_le_bytes());
    header.extend(around.bytes());
    header.extend(heights.bytes());
    header.extend([0; 16]);
    header
}

fn shape(content: &mut Vec<u8>, kind: i32, parts: &Parts, around: &mut Box2) {
    let mut own = Box2::default();
    parts.iter().flatten().for_each(|at| own.add(*at));
    around.join(own);
    let points = || parts.iter().flatten().flat_map(|at| [at.x, at.y]);
    let total = in_words(2 * parts.iter().map(Vec::len).sum::<usize>());
    if kind != 1 {
        content.extend(own.bytes());
    }
    if matches!(kind, 3 | 5) {
        content.extend(in_words(2 * parts.len()).to_le_bytes());
        content.extend(total.to_le_bytes());
        let mut start = 0;
        for part in parts {
            content.extend(in_words(2 * start).to_le_bytes());
            start += part.len();
        }
    } else if kind == 8 {
        content.extend(total.to_le_bytes());
    }
    content.extend(points().flat_map(f64::to_le_bytes));
}

/// After the positions, their heights; measures, which most kinds may leave out, only where they must be.
fn shape_heights(content: &mut Vec<u8>, kind: i32, parts: &Parts, heights: &mut Range) {
    /// Anything below −10³⁸ is none.
    const NO_MEASURE: f64 = -1e39;
    let all = || parts.iter().flatten().map(|at| at.z.unwrap_or_default());
    let mut own = Range::default();
    all().for_each(|z| own.add(z));
    all().for_each(|z| heights.add(z));
    if kind != 1 {
        content.extend(own.bytes());
    }
    content.extend(all().flat_map(f64::to_le_bytes));
    if kind == 1 {
        content.extend(NO_MEASURE.to_le_bytes());
    }
}

#[derive(Clone, Copy, Default)]
struct Range(Option<(f64, f64)>);

impl Range {
    fn add(&mut self, number: f64) {
        let (low, high) = self.0.unwrap_or((number, number));
        self.0 = Some((low.min(number), high.max(number)));
    }

    fn bytes(self) -> Vec<u8> {
        let (low, high) = self.0.unwrap_or_default();
        [low, high].map(f64::to_le_bytes).concat()
    }
}

#[derive(Clone, Copy, Default)]
struct Box2(Option<[f64; 4]>);

impl Box2 {
    fn add(&mut self, at: Position) {
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
