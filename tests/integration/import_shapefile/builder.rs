//! Shapefiles byte by byte, right or wrong in one place each.

use std::collections::BTreeMap;
use std::path::Path;

use encoding_rs::GB18030;

/// CGCS2000, three-degree zone 35, as ArcGIS writes it.
pub(super) const ZONE_35: &str = r#"PROJCS["CGCS2000_3_Degree_GK_Zone_35",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",35500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;

/// A corner in the district.
pub(super) const EAST: f64 = 35_384_000.0;
pub(super) const NORTH: f64 = 3_286_000.0;

pub(super) type Ring = Vec<(f64, f64)>;

/// Clockwise, as outer rings are.
pub(super) fn square(x: f64, y: f64, size: f64) -> Ring {
    let (x, y) = (EAST + x, NORTH + y);
    vec![
        (x, y),
        (x, y + size),
        (x + size, y + size),
        (x + size, y),
        (x, y),
    ]
}

pub(super) fn reversed(mut ring: Ring) -> Ring {
    ring.reverse();
    ring
}

fn floats(numbers: impl IntoIterator<Item = f64>) -> Vec<u8> {
    numbers.into_iter().flat_map(f64::to_le_bytes).collect()
}

fn ints(numbers: impl IntoIterator<Item = i32>) -> Vec<u8> {
    numbers.into_iter().flat_map(i32::to_le_bytes).collect()
}

pub(super) fn point(x: f64, y: f64) -> Vec<u8> {
    [ints([1]), floats([x, y])].concat()
}

pub(super) fn null() -> Vec<u8> {
    ints([0])
}

/// 3: lines; 5: polygons.
pub(super) fn parts(kind: i32, rings: &[Ring]) -> Vec<u8> {
    let mut starts = Vec::new();
    let mut total = 0;
    for ring in rings {
        starts.push(total);
        total += i32::try_from(ring.len()).unwrap();
    }
    let count = i32::try_from(rings.len()).unwrap();
    let points = rings.iter().flatten().flat_map(|(x, y)| [*x, *y]);
    [
        ints([kind]),
        floats([0.0; 4]),
        ints([count, total]),
        ints(starts),
        floats(points),
    ]
    .concat()
}

pub(super) fn polygon(rings: &[Ring]) -> Vec<u8> {
    parts(5, rings)
}

pub(super) fn multi_point(kind: i32, points: &[(f64, f64)]) -> Vec<u8> {
    let count = i32::try_from(points.len()).unwrap();
    let numbers = points.iter().flat_map(|(x, y)| [*x, *y]);
    [
        ints([kind]),
        floats([0.0; 4]),
        ints([count]),
        floats(numbers),
    ]
    .concat()
}

/// A shape with one number more for each of its points; `kind` is the type with heights or measures.
pub(super) fn with_block(mut shape: Vec<u8>, kind: i32, values: &[f64]) -> Vec<u8> {
    shape.splice(..4, ints([kind]));
    if !matches!(kind, 11 | 21) {
        shape.extend(floats([0.0, 0.0]));
    }
    shape.extend(floats(values.iter().copied()));
    shape
}

fn words(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes / 2).unwrap().to_be_bytes()
}

fn header(len: usize, kind: [u8; 4]) -> Vec<u8> {
    let mut header = 9994_u32.to_be_bytes().to_vec();
    header.extend([0; 20]);
    header.extend(words(len));
    header.extend(1000_u32.to_le_bytes());
    header.extend(kind);
    header.extend([0; 64]);
    header
}

/// The `.shp` and its `.shx`.
pub(super) fn shp(shapes: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    let kind = |shape: &Vec<u8>| <[u8; 4]>::try_from(&shape[..4]).unwrap();
    let kind = (shapes.iter().map(kind).find(|kind| *kind != [0; 4])).unwrap_or([5, 0, 0, 0]);
    let (mut records, mut index) = (Vec::new(), Vec::new());
    for (number, shape) in (1_u32..).zip(shapes) {
        index.extend(words(100 + records.len()));
        index.extend(words(shape.len()));
        records.extend(number.to_be_bytes());
        records.extend(words(shape.len()));
        records.extend(shape);
    }
    let shp = [header(100 + records.len(), kind), records].concat();
    let shx = [header(100 + index.len(), kind), index].concat();
    (shp, shx)
}

/// Name, type, width, decimals.
pub(super) type Column = (Vec<u8>, u8, u8, u8);

pub(super) fn column(name: &str, kind: u8, width: u8, decimals: u8) -> Column {
    (name.as_bytes().to_vec(), kind, width, decimals)
}

pub(super) fn gbk(text: &str) -> Vec<u8> {
    GB18030.encode(text).0.into_owned()
}

/// Cells are filled with blanks, numbers from the left; a row that starts with an asterisk is deleted.
pub(super) fn dbf(language: u8, columns: &[Column], rows: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let row_len: usize = 1 + columns
        .iter()
        .map(|column| usize::from(column.2))
        .sum::<usize>();
    let header_len = 33 + 32 * columns.len();
    let mut bytes = vec![0x03, 121, 5, 6];
    bytes.extend(u32::try_from(rows.len()).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(header_len).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(row_len).unwrap().to_le_bytes());
    bytes.extend([0; 17]);
    bytes.extend([language, 0, 0]);
    for (name, kind, width, decimals) in columns {
        let mut descriptor = [0; 32];
        descriptor[..name.len()].copy_from_slice(name);
        descriptor[11] = *kind;
        descriptor[16] = *width;
        descriptor[17] = *decimals;
        bytes.extend(descriptor);
    }
    bytes.push(0x0D);
    for row in rows {
        bytes.push(b' ');
        for ((_, kind, width, _), cell) in columns.iter().zip(row) {
            let mut cell = cell.clone();
            let missing = usize::from(*width) - cell.len();
            let at = if *kind == b'N' { 0 } else { cell.len() };
            cell.splice(at..at, vec![b' '; missing]);
            bytes.extend(cell);
        }
    }
    bytes.push(0x1A);
    bytes
}

/// Mark a row as deleted.
pub(super) fn delete_row(dbf: &mut [u8], row: usize) {
    let header_len = usize::from(u16::from_le_bytes([dbf[8], dbf[9]]));
    let row_len = usize::from(u16::from_le_bytes([dbf[10], dbf[11]]));
    dbf[header_len + row * row_len] = b'*';
}

/// The files of one Shapefile, by ending.
#[derive(Clone)]
pub(super) struct Files(pub(super) BTreeMap<&'static str, Vec<u8>>);

impl Files {
    pub(super) fn with(mut self, ending: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(ending, bytes.into());
        self
    }

    pub(super) fn without(mut self, ending: &str) -> Self {
        self.0.remove(ending);
        self
    }

    pub(super) fn shapes(self, shapes: &[Vec<u8>]) -> Self {
        let (shp, shx) = shp(shapes);
        self.with("shp", shp).with("shx", shx)
    }

    pub(super) fn edit(mut self, ending: &str, edit: impl FnOnce(&mut Vec<u8>)) -> Self {
        edit(self.0.get_mut(ending).unwrap());
        self
    }

    pub(super) fn table(self, columns: &[Column], rows: &[Vec<Vec<u8>>]) -> Self {
        self.with("dbf", dbf(0, columns, rows))
    }

    pub(super) fn write(&self, folder: &Path, stem: &str) {
        for (ending, bytes) in &self.0 {
            std::fs::write(folder.join(format!("{stem}.{ending}")), bytes).unwrap();
        }
    }
}

/// Three squares of 10 000 m² with names in `encode`'s encoding and nothing wrong.
pub(super) fn three_squares(encode: fn(&str) -> Vec<u8>, code_page: &str) -> Files {
    let columns = [
        column("HXMC", b'C', 40, 0),
        column("TZ", b'N', 19, 2),
        column("XH", b'N', 9, 0),
    ];
    let rows: Vec<_> = (["岷江左岸", "青衣江右岸", "大渡河"].iter().enumerate())
        .map(|(at, name)| {
            let number = (at + 1).to_string().into_bytes();
            vec![encode(name), b"10000.00".to_vec(), number]
        })
        .collect();
    let shapes = [0.0, 200.0, 400.0].map(|x| polygon(&[square(x, 0.0, 100.0)]));
    Files(BTreeMap::new())
        .shapes(&shapes)
        .table(&columns, &rows)
        .with("prj", ZONE_35)
        .with("cpg", code_page)
}

/// The same with GBK, as most offices have it.
pub(super) fn good() -> Files {
    three_squares(gbk, "GBK")
}
