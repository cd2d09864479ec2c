//! `GeoPackage`s of other programs: every feature table comes in, what is wrong is said, and the file and
//! its folder stay as they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use geo::{Coord, CoordsIter};
use redline_atlas::crs::Crs;
use redline_atlas::formats::{
    CrsChoice, ReadError, ReadOptions, ReadReport, read_bytes, read_file,
};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    Feature, Field, FieldRoles, FieldType, IssueCode, Layer, LayerKind, Placement, Value,
};
use redline_atlas::store::{self, Contents, Destination, NewLayer, Store, StoreError};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::import_cases::{self, assert_sound, codes};
use crate::judge;

/// The tables that every `GeoPackage` has, and one for features in EPSG:4490.
const FRAME: &str = r#"
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
  organization_coordsys_id INTEGER, definition TEXT, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian', -1, 'NONE', -1, 'undefined', ''),
  ('CGCS2000', 4490, 'EPSG', 4490, '', ''),
  ('GK 35', 4523, 'epsg', 4523, '', ''),
  ('own', 100001, 'NONE', 100001, 'PROJCS["x",GEOGCS["GCS",DATUM["D_China_2000",SPHEROID["S",6378137,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",35500000],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",105],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]', '');
CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT UNIQUE,
  description TEXT, last_change TEXT, min_x, min_y, max_x, max_y, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,
  srs_id INTEGER, z, m);
"#;

struct Office {
    folder: TempDir,
}

impl Office {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An empty `GeoPackage`.
    fn package(&self, name: &str) -> Connection {
        let connection = Connection::open(self.path(name)).unwrap();
        connection.execute_batch(FRAME).unwrap();
        connection
    }

    /// Every file of the folder and its bytes.
    fn state(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        (fs::read_dir(self.folder.path()).unwrap())
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect()
    }

    /// Read, and nothing of the folder has changed.
    fn read(&self, name: &str, options: &ReadOptions) -> Result<ReadReport, ReadError> {
        let before = self.state();
        let report = read_file(&self.path(name), options, &Progress::default());
        assert!(self.state() == before, "{name}: the folder has changed");
        if let Ok(report) = &report {
            assert_sound(report, name);
        }
        report
    }
}

fn options() -> ReadOptions {
    ReadOptions {
        geopackage: Some(store::read_foreign),
        ..import_cases::options()
    }
}

fn asked_for(layer: &str) -> ReadOptions {
    ReadOptions {
        layer: Some(layer.to_owned()),
        ..options()
    }
}

/// A feature table, listed.
fn table(package: &Connection, name: &str, title: &str, srs: i64, columns: &str) {
    package
        .execute_batch(&format!(
            "CREATE TABLE \"{name}\" (fid INTEGER PRIMARY KEY, geom BLOB{columns})"
        ))
        .unwrap();
    list(package, name, title, srs);
}

fn list(package: &Connection, name: &str, title: &str, srs: i64) {
    package
        .execute(
            "INSERT INTO gpkg_contents VALUES (?1, 'features', ?2, '', '', 0, 0, 0, 0, ?3)",
            params![name, title, srs],
        )
        .unwrap();
    package
        .execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', 'GEOMETRY', ?2, 0, 0)",
            params![name, srs],
        )
        .unwrap();
}

fn insert(package: &Connection, table: &str, blob: &[u8]) {
    let sql = format!("INSERT INTO \"{table}\" (geom) VALUES (?1)");
    package.execute(&sql, [blob]).unwrap();
}

/// Little-endian, without an envelope.
fn header() -> Vec<u8> {
    vec![b'G', b'P', 0, 1, 0, 0, 0, 0]
}

fn point(x: f64, y: f64) -> Vec<u8> {
    shape(1, &[&[x, y]], false)
}

/// WKB of a point, or of a line (`counted`).
fn shape(code: u32, coords: &[&[f64]], counted: bool) -> Vec<u8> {
    let mut blob = header();
    blob.push(1);
    blob.extend(code.to_le_bytes());
    if counted {
        blob.extend(u32::try_from(coords.len()).unwrap().to_le_bytes());
    }
    for number in coords.iter().copied().flatten() {
        blob.extend(number.to_le_bytes());
    }
    blob
}

/// A square of a hundredth of a degree; the ring is left open where `open`.
fn square(west: f64, south: f64, open: bool) -> Vec<u8> {
    let (east, north) = (west + 0.01, south + 0.01);
    let mut ring = vec![(west, south), (east, south), (east, north), (west, north)];
    if !open {
        ring.push((west, south));
    }
    let mut blob = header();
    blob.extend([1, 3, 0, 0, 0, 1, 0, 0, 0]);
    blob.extend(u32::try_from(ring.len()).unwrap().to_le_bytes());
    for (x, y) in ring {
        blob.extend(x.to_le_bytes());
        blob.extend(y.to_le_bytes());
    }
    blob
}

#[test]
fn the_largest_table_is_read_and_any_other_on_request_by_table_name_or_title() {
    let office = Office::new();
    let package = office.package("data.gpkg");
    table(&package, "wells", "水井", 4490, ", name TEXT");
    table(&package, "data", "地块", 4490, "");
    for _ in 0..3 {
        insert(&package, "wells", &point(103.7, 29.5));
    }
    insert(&package, "data", &square(103.7, 29.5, false));
    drop(package);

    let largest = office.read("data.gpkg", &options()).unwrap();
    assert_eq!((largest.layer.name.as_str(), largest.read), ("水井", 3));
    assert_eq!(largest.other_layers, ["地块"]);
    assert_eq!(largest.crs.epsg(), 4490);
    for (asked, name) in [("data", "地块"), ("地块", "地块"), ("wells", "水井")] {
        let report = office.read("data.gpkg", &asked_for(asked)).unwrap();
        assert_eq!(report.layer.name, name, "{asked}");
    }
    let missing = office.read("data.gpkg", &asked_for("没有")).unwrap_err();
    assert!(missing.to_string().contains("水井"), "{missing}");
}

#[test]
fn the_system_comes_from_code_definition_or_else_the_numbers() {
    for (srs, epsg, guessed) in [
        (4523, 4523, false),
        (100_001, 4523, false),
        (-1, 4523, true),
        (0, 4523, true),
        // Not defined in the file: the key is the code.
        (4544, 4544, false),
    ] {
        let office = Office::new();
        let package = office.package("a.gpkg");
        table(&package, "a", "a", srs, "");
        let x = if epsg == 4544 {
            379_827.9
        } else {
            35_379_827.9
        };
        insert(&package, "a", &point(x, 3_271_981.5));
        drop(package);
        let report = office.read("a.gpkg", &options()).unwrap();
        assert_eq!(report.crs.epsg(), epsg, "{srs}");
        let found = codes(&report);
        assert_eq!(found.contains(&IssueCode::CrsGuessed), guessed, "{srs}");
        let at = report.layer.features[0].geometry.as_ref().unwrap();
        let at = at.coords_iter().next().unwrap();
        assert!((at.x - 103.76).abs() < 1e-6 && (at.y - 29.56).abs() < 1e-6);
    }
    let office = Office::new();
    let package = office.package("a.gpkg");
    table(&package, "a", "a", 2359, "");
    insert(&package, "a", &point(35_379_827.9, 3_271_981.5));
    drop(package);
    let old = office.read("a.gpkg", &options()).unwrap();
    assert!(old.crs_precision_m.is_some(), "Xi'an 1980 is approximate");
    assert_eq!(old.layer.placement, Placement::Approximate);
}

#[test]
fn odd_geometries_are_kept_mended_or_put_aside_with_their_bytes() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    table(&package, "a", "a", 4490, ", name TEXT");
    let mut big_endian = vec![b'G', b'P', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    big_endian.extend(103.7_f64.to_be_bytes());
    big_endian.extend(29.5_f64.to_be_bytes());
    let mut enveloped = vec![b'G', b'P', 0, 0b1001, 0, 0, 0, 0];
    enveloped.extend([0_u8; 64]);
    enveloped.extend(&point(103.7, 29.5)[8..]);
    let mut srid = header();
    srid.extend([1, 1, 0, 0, 0x20, 0x8a, 0x11, 0, 0]);
    srid.extend(&point(103.7, 29.5)[13..]);
    let mut empty = header();
    empty.extend([1, 3, 0, 0, 0, 0, 0, 0, 0]);
    let mut curve = header();
    curve.extend([1, 8, 0, 0, 0, 0, 0, 0, 0]);
    let mut huge = header();
    huge.extend([1, 2, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]);
    let cases: Vec<(Vec<u8>, Option<IssueCode>, bool)> = vec![
        (point(103.7, 29.5), None, true),
        (big_endian, None, true),
        (enveloped, None, true),
        (srid, None, true),
        (shape(1001, &[&[103.7, 29.5, 360.0]], false), None, true),
        (
            shape(3001, &[&[103.7, 29.5, 360.0, 1.0]], false),
            None,
            true,
        ),
        (
            shape(0x8000_0001, &[&[103.7, 29.5, 360.0]], false),
            None,
            true,
        ),
        (
            square(103.7, 29.5, true),
            Some(IssueCode::UnclosedRing),
            true,
        ),
        (empty, Some(IssueCode::NoGeometry), true),
        (
            shape(1, &[&[f64::NAN, f64::NAN]], false),
            Some(IssueCode::NoGeometry),
            true,
        ),
        (curve, Some(IssueCode::UnknownGeometryType), false),
        (
            shape(2, &[&[103.7, 29.5]], true),
            Some(IssueCode::TooFewPoints),
            false,
        ),
        (
            shape(1, &[&[f64::INFINITY, 29.5]], false),
            Some(IssueCode::OutOfRange),
            false,
        ),
        (huge, Some(IssueCode::Truncated), false),
        (
            b"not a geometry".to_vec(),
            Some(IssueCode::BadCoordinates),
            false,
        ),
    ];
    for (blob, ..) in &cases {
        insert(&package, "a", blob);
    }
    package
        .execute_batch("UPDATE a SET name = 'n' || fid; INSERT INTO a (name) VALUES ('null')")
        .unwrap();
    drop(package);

    let report = office.read("a.gpkg", &options()).unwrap();
    assert_eq!(report.read, cases.len() + 1);
    for (number, (_, code, kept)) in (1..).zip(&cases) {
        let of_feature: Vec<_> = (report.issues.iter())
            .filter(|issue| issue.feature == Some(number))
            .map(|issue| issue.code)
            .collect();
        assert_eq!(of_feature.first(), code.as_ref(), "feature {number}");
        let aside = report
            .quarantined
            .iter()
            .find(|aside| aside.feature == number);
        assert_eq!(aside.is_none(), *kept, "feature {number}");
        if let Some(aside) = aside {
            assert!(aside.raw.contains(&format!("n{number}")), "{}", aside.raw);
        }
    }
    let garbage = (report.quarantined.last()).unwrap();
    assert!(garbage.raw.contains("6e6f7420612067656f6d65747279"));
    let last = report.layer.features.last().unwrap();
    assert_eq!(
        (last.geometry.as_ref(), &last.values),
        (None, &vec![Value::Text("null".into())])
    );
}

#[test]
fn cells_of_every_type_arrive_and_pictures_are_counted() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    let columns = ", \"编号\" MEDIUMINT, area DOUBLE, ok BOOLEAN, day DATE, photo BLOB, note TEXT, empty TEXT";
    table(&package, "a", "a", 4490, columns);
    package
        .execute(
            "INSERT INTO a VALUES (7, ?1, 12, 3, 1, '2024-05-01', x'ffd8', CAST(x'bac6b5d8' AS TEXT), NULL)",
            [point(103.7, 29.5)],
        )
        .unwrap();
    drop(package);
    let report = office.read("a.gpkg", &options()).unwrap();
    let names: Vec<&str> = (report.layer.fields.iter())
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["编号", "area", "ok", "day", "photo", "note", "empty"]
    );
    let values = &report.layer.features[0].values;
    assert_eq!(
        values[..5],
        [
            Value::Integer(12),
            Value::Real(3.0),
            Value::Boolean(true),
            Value::Text("2024-05-01".into()),
            Value::Null
        ]
    );
    assert!(
        values[5]
            .as_text()
            .is_some_and(|text| !text.contains('\u{fffd}')),
        "{values:?}"
    );
    let found = codes(&report);
    assert!(found.contains(&IssueCode::EntitySkipped), "{found:?}");
    assert!(found.contains(&IssueCode::Reencoded), "{found:?}");
}

#[test]
fn views_unlisted_columns_and_missing_tables_do_not_stop_the_rest() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    table(&package, "a", "a", 4490, ", n INTEGER");
    for n in 0..4 {
        insert(&package, "a", &point(103.7 + f64::from(n) / 100.0, 29.5));
    }
    package
        .execute_batch("CREATE VIEW half AS SELECT fid, geom, n FROM a WHERE fid > 2")
        .unwrap();
    list(&package, "half", "一半", 4490);
    list(&package, "gone", "gone", 4490);
    package
        .execute_batch("DELETE FROM gpkg_geometry_columns; DROP TABLE gpkg_spatial_ref_sys;")
        .unwrap();
    drop(package);
    let report = office.read("a.gpkg", &options()).unwrap();
    assert_eq!(
        report
            .layer
            .features
            .iter()
            .filter(|f| f.geometry.is_some())
            .count(),
        4
    );
    assert!(codes(&report).contains(&IssueCode::MissingPart));
    let half = office.read("a.gpkg", &asked_for("一半")).unwrap();
    assert_eq!(half.read, 2);
}

#[test]
fn what_is_no_geopackage_is_refused_by_its_name() {
    let office = Office::new();
    let plain = |name: &str, sql: &str| {
        Connection::open(office.path(name))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    };
    plain("plain.gpkg", "CREATE TABLE a (b)");
    plain(
        "lite.gpkg",
        "CREATE TABLE geometry_columns (a); CREATE TABLE spatial_ref_sys (b)",
    );
    drop(office.package("bare.gpkg"));
    fs::write(office.path("text.gpkg"), "nothing of the kind").unwrap();
    fs::write(office.path("head.gpkg"), b"SQLite format 3\0").unwrap();
    for (name, words) in [
        ("plain.gpkg", "SQLite 数据库，不是 GeoPackage"),
        ("lite.gpkg", "SpatiaLite"),
        ("bare.gpkg", "没有要素表"),
        ("text.gpkg", "文件头不是"),
        ("head.gpkg", "GeoPackage"),
    ] {
        let refused = office.read(name, &options()).unwrap_err().to_string();
        assert!(
            refused.contains(words) && refused.contains(name),
            "{refused}"
        );
    }
}

#[test]
fn rows_in_the_log_of_another_program_are_read_and_the_log_stays() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    table(&package, "a", "a", 4490, "");
    insert(&package, "a", &point(103.7, 29.5));
    package.pragma_update(None, "journal_mode", "WAL").unwrap();
    insert(&package, "a", &point(103.8, 29.5));
    assert!(office.path("a.gpkg-wal").exists());
    assert_eq!(office.read("a.gpkg", &options()).unwrap().read, 2);
    insert(&package, "a", &point(103.9, 29.5));
    drop(package);
    // In WAL mode with no log beside it, on disk and in memory.
    assert_eq!(office.read("a.gpkg", &options()).unwrap().read, 3);
    let bytes = fs::read(office.path("a.gpkg")).unwrap();
    let report = read_bytes("a.gpkg", &bytes, &options(), &Progress::default()).unwrap();
    assert_eq!(report.read, 3);
}

#[test]
fn of_a_file_cut_or_damaged_all_readable_rows_come_and_the_rest_are_counted() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    table(&package, "a", "a", 4490, ", name TEXT");
    package
        .execute_batch("CREATE TABLE gpkg_ogr_contents (table_name TEXT, feature_count INTEGER); INSERT INTO gpkg_ogr_contents VALUES ('a', 400)")
        .unwrap();
    let filler = "x".repeat(500);
    for n in 0..400 {
        let blob = point(103.6 + f64::from(n) / 10_000.0, 29.5);
        package
            .execute(
                "INSERT INTO a (geom, name) VALUES (?1, ?2)",
                params![blob, filler],
            )
            .unwrap();
    }
    drop(package);
    let whole = fs::read(office.path("a.gpkg")).unwrap();
    fs::write(office.path("cut.gpkg"), &whole[..whole.len() * 6 / 10]).unwrap();
    let mut holed = whole.clone();
    let middle = whole.len() / 2 / 4096 * 4096;
    holed[middle..middle + 4096].fill(0xee);
    fs::write(office.path("holed.gpkg"), &holed).unwrap();

    for (name, least) in [("cut.gpkg", 150), ("holed.gpkg", 380)] {
        let report = office.read(name, &options()).unwrap();
        assert!(
            (least..400).contains(&report.read),
            "{name}: {}",
            report.read
        );
        let lost = (report.issues.iter())
            .find(|issue| issue.code == IssueCode::Truncated)
            .unwrap();
        let missing = (400 - report.read).to_string();
        assert!(lost.message.contains(&missing), "{name}: {}", lost.message);
    }
    // Behind the hole as well as before it.
    let holed = office.read("holed.gpkg", &options()).unwrap();
    let easternmost = (holed.layer.features.iter())
        .filter_map(|feature| feature.geometry.as_ref()?.coords_iter().next())
        .fold(0.0, |east: f64, at| east.max(at.x));
    assert!((easternmost - 103.6399).abs() < 1e-9, "{easternmost}");
}

#[test]
fn wounds_anywhere_never_panic() {
    let office = Office::new();
    let package = Connection::open(office.path("a.gpkg")).unwrap();
    package.pragma_update(None, "page_size", 512).unwrap();
    package.execute_batch(FRAME).unwrap();
    table(&package, "a", "a", 4490, ", name TEXT");
    for _ in 0..6 {
        insert(&package, "a", &square(103.7, 29.5, false));
    }
    drop(package);
    let whole = fs::read(office.path("a.gpkg")).unwrap();
    let check = |bytes: &[u8]| {
        if let Ok(report) = read_bytes("a.gpkg", bytes, &options(), &Progress::default()) {
            assert_sound(&report, "a.gpkg");
        }
    };
    for end in (0..whole.len()).step_by(7) {
        check(&whole[..end]);
    }
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..1500 {
        let mut wounded = whole.clone();
        for _ in 0..=random(3) {
            let at = random(wounded.len());
            wounded[at] = [
                0,
                1,
                5,
                13,
                0x7f,
                0x80,
                0xff,
                wounded[at] ^ (1 << random(8)),
            ][random(8)];
        }
        check(&wounded);
    }
}

#[test]
fn a_view_without_end_is_stopped_and_cancelling_stops_any() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    package
        .execute_batch(
            "CREATE VIEW a AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n)
             SELECT fid, NULL AS geom FROM n;
             CREATE TABLE gpkg_ogr_contents (table_name TEXT, feature_count INTEGER);
             INSERT INTO gpkg_ogr_contents VALUES ('a', 1);",
        )
        .unwrap();
    list(&package, "a", "a", 4490);
    drop(package);
    let report = office.read("a.gpkg", &options()).unwrap();
    let stopped = report
        .issues
        .iter()
        .any(|issue| issue.message.contains("没有尽头"));
    assert!(stopped, "{} rows", report.read);

    let progress = Progress::default();
    progress.cancel();
    let cancelled = read_file(&office.path("a.gpkg"), &options(), &progress);
    assert!(matches!(cancelled, Err(ReadError::Cancelled(_))));
}

#[test]
fn a_workspace_is_told_from_other_geopackages_and_its_layers_keep_their_standing() {
    let office = Office::new();
    let ours = office.path("ours.gpkg");
    drop(Store::create(&ours, Contents::Plan).unwrap());
    let package = office.package("other.gpkg");
    table(&package, "a", "a", 4490, "");
    insert(&package, "a", &point(103.7, 29.5));
    drop(package);
    assert!(store::is_workspace(&ours));
    for other in ["other.gpkg", "missing.gpkg"] {
        assert!(!store::is_workspace(&office.path(other)), "{other}");
    }
    let ledger = office
        .read("ours.gpkg", &asked_for("project_site"))
        .unwrap();
    assert_eq!(ledger.read, 41);
    assert!(
        ledger.layer.field_index("id").is_some(),
        "a project's number is no mere key"
    );
    let schematic: Vec<String> = (Store::open(&ours).unwrap().layers().unwrap().into_iter())
        .filter(|stored| stored.layer.placement == Placement::Schematic)
        .map(|stored| stored.layer.name.clone())
        .collect();
    assert!(!schematic.is_empty());
    for name in schematic {
        let report = office.read("ours.gpkg", &asked_for(&name)).unwrap();
        assert_eq!(report.layer.placement, Placement::Schematic, "{name}");
    }
}

/// A layer of all types of value, with heights, a hole and a row without a place.
fn sample() -> Layer {
    let polygon = geo::wkt!(POLYGON((103.76 29.56,103.77 29.56,103.77 29.57,103.76 29.57,103.76 29.56),(103.762 29.562,103.762 29.564,103.764 29.564,103.762 29.562)));
    let second = geo::wkt!(POLYGON((103.80 29.56,103.81 29.56,103.81 29.57,103.80 29.56)));
    let heights: Vec<f64> = (0..9).map(|n| 360.0 + f64::from(n)).collect();
    let feature = |fid, geometry, heights, values| Feature {
        fid,
        geometry,
        heights,
        values,
    };
    let text = |text: &str| Value::Text(text.to_owned());
    Layer {
        name: "红线 \"甲\"".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Schematic,
        source: "测试".to_owned(),
        fields: [
            ("名称", FieldType::Text),
            ("数量", FieldType::Integer),
            ("面积", FieldType::Real),
            ("核实", FieldType::Boolean),
        ]
        .map(|(name, field_type)| Field {
            name: name.to_owned(),
            field_type,
        })
        .to_vec(),
        roles: FieldRoles::default(),
        features: vec![
            feature(
                1,
                Some(polygon.into()),
                Some(heights.into_boxed_slice()),
                vec![
                    text("一"),
                    Value::Integer(1),
                    Value::Real(1.5),
                    Value::Boolean(true),
                ],
            ),
            feature(
                5,
                Some(second.into()),
                None,
                vec![
                    text("二"),
                    Value::Integer(2),
                    Value::Real(2.0),
                    Value::Boolean(false),
                ],
            ),
            feature(
                9,
                None,
                None,
                vec![text("三"), Value::Null, Value::Null, Value::Null],
            ),
        ],
    }
}

fn coordinates(layer: &Layer) -> Vec<Coord<f64>> {
    (layer.features.iter())
        .filter_map(|feature| feature.geometry.as_ref())
        .flat_map(CoordsIter::coords_iter)
        .collect()
}

#[test]
fn what_is_written_comes_back_the_same_in_degrees_and_in_metres() {
    for epsg in [4490, 4523, 4544, 4495, 3857, 32648] {
        let office = Office::new();
        let path = office.path("out.gpkg");
        let layer = sample();
        let crs = Crs::from_epsg(epsg).unwrap();
        let written =
            store::write_geopackage(&path, &layer, crs, false, &Progress::default()).unwrap();
        assert_eq!(written.features, 3);
        let report = office.read("out.gpkg", &options()).unwrap();
        assert_eq!(report.crs.epsg(), epsg);
        assert_eq!(report.layer.name, layer.name);
        assert_eq!(report.layer.fields, layer.fields);
        assert_eq!(report.layer.placement, Placement::Schematic);
        assert_eq!(report.layer.features[0].heights, layer.features[0].heights);
        let values = |layer: &Layer| -> Vec<_> {
            layer
                .features
                .iter()
                .map(|feature| feature.values.clone())
                .collect()
        };
        assert_eq!(values(&report.layer), values(&layer));
        for (ours, theirs) in coordinates(&layer)
            .into_iter()
            .zip(coordinates(&report.layer))
        {
            assert!(
                (ours.x - theirs.x).abs() < 1e-9 && (ours.y - theirs.y).abs() < 1e-9,
                "{epsg}"
            );
        }
        assert!((report.layer.area_m2() - layer.area_m2()).abs() < 0.01);
        // The definition says the same as the code.
        let package = Connection::open(&path).unwrap();
        package
            .execute(
                "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE' WHERE srs_id = ?1",
                [epsg],
            )
            .unwrap();
        drop(package);
        assert_eq!(
            office.read("out.gpkg", &options()).unwrap().crs.epsg(),
            epsg
        );
    }
}

#[test]
fn nothing_is_written_over_unasked_and_never_a_workspace() {
    let office = Office::new();
    let path = office.path("out.gpkg");
    let write = |path: &Path, overwrite| {
        let (layer, progress) = (sample(), Progress::default());
        store::write_geopackage(path, &layer, Crs::Cgcs2000, overwrite, &progress)
    };
    write(&path, false).unwrap();
    assert!(matches!(
        write(&path, false),
        Err(StoreError::Exists { .. })
    ));
    write(&path, true).unwrap();
    let ours = office.path("ours.gpkg");
    drop(Store::create(&ours, Contents::Empty).unwrap());
    let before = office.state();
    assert!(matches!(
        write(&ours, true),
        Err(StoreError::IsWorkspace { .. })
    ));
    let cancelled = Progress::default();
    cancelled.cancel();
    let third = office.path("third.gpkg");
    store::write_geopackage(&third, &sample(), Crs::Cgcs2000, false, &cancelled).unwrap_err();
    assert!(
        office.state() == before,
        "nothing is left of what was not written"
    );
}

#[test]
fn heights_stay_with_the_coordinates_in_a_workspace() {
    let office = Office::new();
    let mut store = Store::create(&office.path("w.gpkg"), Contents::Empty).unwrap();
    let layer = sample();
    let (new, progress) = (NewLayer::plain(&layer), Progress::default());
    let (placed, ..) = store
        .insert_layer(new, Destination::New, false, &progress)
        .unwrap();
    let id = placed.layer;
    let stored = store.layer(id).unwrap().layer;
    assert_eq!(stored.features[0].heights, layer.features[0].heights);
    assert_eq!(stored.features[1].heights, None);
    assert!(store.verify().unwrap().passed());
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {complaint}"
    );
    output
}

#[test]
fn gdal_reads_what_is_written_and_we_read_what_gdal_writes_to_a_millimetre() {
    if !judge::is_here("ogr2ogr") {
        return;
    }
    let office = Office::new();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let ours = text(&office.path("ours.gpkg"));
    let layer = Layer {
        name: "红线".to_owned(),
        ..sample()
    };
    let crs = Crs::from_epsg(4523).unwrap();
    store::write_geopackage(Path::new(&ours), &layer, crs, false, &Progress::default()).unwrap();
    let info = run("ogrinfo", &["-ro", "-al", "-so", &ours]);
    let info = String::from_utf8_lossy(&info.stdout).into_owned();
    for words in [
        "Feature Count: 3",
        "3D Polygon",
        "zone 35",
        "ID[\"EPSG\",4523]",
        "核实: Integer(Boolean)",
    ] {
        assert!(info.contains(words), "{words}: {info}");
    }
    let complaint = run("ogrinfo", &["-ro", "-al", &ours]).stderr;
    assert!(
        complaint.is_empty(),
        "{}",
        String::from_utf8_lossy(&complaint)
    );

    // Through GDAL into each system and back.
    for epsg in [4490, 4523, 4544, 4326, 3857] {
        let name = format!("gdal{epsg}.gpkg");
        let srs = format!("EPSG:{epsg}");
        let there = text(&office.path(&name));
        run(
            "ogr2ogr",
            &[
                "-f",
                "GPKG",
                "-t_srs",
                &srs,
                "-lco",
                "FID=OBJECTID",
                "-lco",
                "GEOMETRY_NAME=SHAPE",
                &there,
                &ours,
            ],
        );
        let report = office.read(&name, &options()).unwrap();
        assert_eq!((report.crs.epsg(), report.read), (epsg, 3));
        assert_eq!(report.layer.fields, layer.fields);
        let (mine, theirs) = (coordinates(&layer), coordinates(&report.layer));
        assert_eq!(mine.len(), theirs.len());
        for (mine, theirs) in mine.iter().zip(&theirs) {
            assert!(
                (mine.x - theirs.x).abs() < 1e-8 && (mine.y - theirs.y).abs() < 1e-8,
                "{epsg}"
            );
        }
    }
}

#[test]
fn the_console_imports_a_geopackage_and_the_workspace_verifies() {
    let office = Office::new();
    let package = office.package("a.gpkg");
    table(&package, "a", "地块", 4490, "");
    insert(&package, "a", &square(103.7, 29.5, false));
    let good = office.path("a.gpkg");
    drop(package);
    let package = office.package("b.gpkg");
    table(&package, "b", "坏的", 4490, "");
    insert(&package, "b", &square(103.7, 29.5, false));
    insert(&package, "b", b"rubbish");
    let bad = office.path("b.gpkg");
    drop(package);
    let workspace = office.path("w.gpkg");
    let redline = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_redline"))
            .arg("--workspace")
            .arg(&workspace)
            .arg("--json")
            .args(arguments)
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), json)
    };
    redline(&["init"]);
    let (code, imported) = redline(&["import", good.to_str().unwrap()]);
    assert_eq!((code, &imported["layer"]), (Some(0), &"地块".into()));
    let (code, imported) = redline(&["import", bad.to_str().unwrap()]);
    assert_eq!((code, &imported["quarantined"]), (Some(3), &1.into()));
    let (code, _) = redline(&["verify"]);
    assert_eq!(code, Some(0));
    let fixed = ReadOptions {
        crs: CrsChoice::Fixed(Crs::Cgcs2000),
        ..asked_for("地块")
    };
    assert_eq!(office.read("w.gpkg", &fixed).unwrap().read, 1);
}
