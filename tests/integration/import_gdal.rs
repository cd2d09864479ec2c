//! GDAL reads the same files: every feature is there and every coordinate agrees to a millimetre, as a
//! cross-check of our readers, and of the way from the grids to degrees.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use geo::{Coord, CoordsIter};
use redline_atlas::formats::{ReadReport, read_bytes, read_file};
use redline_atlas::jobs::Progress;
use redline_atlas::model::Layer;

use crate::import_cases::{self, fixture};
use crate::{import_shapefile, judge};

/// A millimetre, in degrees.
const MILLIMETRE: f64 = 1e-8;

/// The grid of most fixtures that do not declare it.
const ZONE_35: [&str; 4] = ["-s_srs", "EPSG:4523", "-t_srs", "EPSG:4490"];

const DEGREES: [&str; 2] = ["-a_srs", "EPSG:4490"];

fn coordinates(layers: &[Layer]) -> Vec<Coord<f64>> {
    let mut all: Vec<Coord<f64>> = (layers.iter())
        .flat_map(|layer| &layer.features)
        .filter_map(|feature| feature.geometry.as_ref())
        .flat_map(CoordsIter::coords_iter)
        .collect();
    all.sort_by(|a, b| (a.x.total_cmp(&b.x)).then(a.y.total_cmp(&b.y)));
    all
}

/// As GDAL reads it, in degrees: its driver for text sequences always writes these.
fn judged(path: &Path, arguments: &[&str]) -> Layer {
    let output = Command::new("ogr2ogr")
        .args(["-f", "GeoJSONSeq", "/vsistdout/"])
        .arg(path)
        .args(arguments)
        .args(["-lco", "COORDINATE_PRECISION=12"])
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", path.display());
    let options = import_cases::options();
    let progress = Progress::default();
    let report = read_bytes("judge.geojsonl", &output.stdout, &options, &progress).unwrap();
    report.layer
}

/// `theirs`: the same file's layers, which may be several where ours is one.
fn assert_same(name: &str, ours: ReadReport, theirs: &[Layer]) {
    let features: usize = theirs.iter().map(|layer| layer.features.len()).sum();
    assert_eq!(ours.layer.features.len(), features, "{name}");
    let (ours, theirs) = (coordinates(&[ours.layer]), coordinates(theirs));
    assert_eq!(ours.len(), theirs.len(), "{name}");
    assert!(!ours.is_empty(), "{name}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let off = (ours.x - theirs.x).abs().max((ours.y - theirs.y).abs());
        assert!(off < MILLIMETRE, "{name}: {ours:?}, GDAL {theirs:?}");
    }
}

#[test]
fn gdal_finds_the_same_features_and_coordinates_to_a_millimetre() {
    if !judge::is_here("ogr2ogr") {
        return;
    }
    let named = [
        "-oo",
        "X_POSSIBLE_NAMES=经度,lng",
        "-oo",
        "Y_POSSIBLE_NAMES=纬度,lat",
        "-a_srs",
        "EPSG:4490",
    ];
    let cases: [(&str, &str, &[&str]); 26] = [
        ("", "declared_4523.geojson", &[]),
        ("", "declared_4490.geojson", &[]),
        ("", "declared_32648.geojson", &[]),
        ("", "declared_crs84.geojson", &[]),
        ("", "degrees.geojson", &[]),
        ("", "all_seven_types.geojson", &[]),
        ("", "heights.geojson", &[]),
        ("", "ndjson.geojson", &[]),
        ("", "text_sequence.geojson", &[]),
        ("topojson", "shared_edge.topojson", &ZONE_35),
        ("topojson", "quantised.topojson", &ZONE_35),
        ("kml", "placemarks.kml", &[]),
        ("kml", "multigeometry.kml", &[]),
        ("kml", "doc.kmz", &[]),
        ("kml", "heights.kml", &[]),
        ("dxf", "basic.dxf", &ZONE_35),
        ("dxf", "gbk.dxf", &ZONE_35),
        ("dxf", "old_polyline.dxf", &ZONE_35),
        ("dxf", "formatted_text.dxf", &ZONE_35),
        ("dxf", "heights.dxf", &ZONE_35),
        ("gpx", "waypoints.gpx", &["waypoints"]),
        ("table", "lon_lat.csv", &named),
        ("table", "lat_first_letters.csv", &named),
        ("table", "codes_and_numbers.csv", &named),
        ("table", "wkt_all_good.csv", &DEGREES),
        (
            "table",
            "metres_4523.csv",
            &[
                "-oo",
                "X_POSSIBLE_NAMES=Y",
                "-oo",
                "Y_POSSIBLE_NAMES=X",
                "-s_srs",
                "EPSG:4523",
                "-t_srs",
                "EPSG:4490",
            ],
        ),
    ];
    for (folder, name, arguments) in cases {
        let ours = import_cases::read(folder, name).unwrap();
        let theirs = judged(&fixture(folder, name), arguments);
        assert_same(name, ours, &[theirs]);
    }
    // What is one layer to us is three to GDAL.
    let path = fixture("gpx", "all_three.gpx");
    let theirs = ["waypoints", "routes", "tracks"].map(|layer| judged(&path, &[layer]));
    assert_same(
        "all_three.gpx",
        import_cases::read("gpx", "all_three.gpx").unwrap(),
        &theirs,
    );
}

#[test]
fn gdal_finds_the_same_in_a_shapefile_of_the_office() {
    if !judge::is_here("ogr2ogr") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for stem in import_shapefile::write_good_ones(folder.path()) {
        let path = folder.path().join(format!("{stem}.shp"));
        let ours = read_file(&path, &import_cases::options(), &Progress::default()).unwrap();
        assert_same(stem, ours, &[judged(&path, &[])]);
    }
}

#[test]
fn gdal_finds_the_same_places_in_a_workbook() {
    if !judge::is_here("ogr2ogr") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let book = fixture("table", "points.xlsx");
    let table = format!(
        r#"<OGRVRTDataSource><OGRVRTLayer name="断面"><SrcDataSource>{}</SrcDataSource><SrcLayer>断面</SrcLayer><GeometryType>wkbPoint</GeometryType><GeometryField encoding="PointFromColumns" x="经度" y="纬度"/></OGRVRTLayer></OGRVRTDataSource>"#,
        book.display()
    );
    let path = folder.path().join("points.vrt");
    std::fs::write(&path, table).unwrap();
    let ours = read_file(&book, &import_cases::options(), &Progress::default()).unwrap();
    assert_same("points.xlsx", ours, &[judged(&path, &DEGREES)]);
}

/// GDAL has no driver for 界址点 text; its way from the grid to degrees is checked with the same points.
#[test]
fn gdal_puts_the_points_of_a_boundary_text_where_we_put_them() {
    if !judge::is_here("ogr2ogr") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["plain.txt", "ring_2_is_a_hole.txt"] {
        let text = std::fs::read_to_string(fixture("txt", name)).unwrap();
        let mut table = "n,WKT\n".to_owned();
        for line in text.lines().filter(|line| line.starts_with('J')) {
            let cells: Vec<&str> = line.split(',').collect();
            let [number, north, east] = [cells[0], cells[2], cells[3]];
            writeln!(table, "{number},\"POINT ({east} {north})\"").unwrap();
        }
        let path = folder.path().join("points.csv");
        std::fs::write(&path, table).unwrap();
        let theirs = coordinates(&[judged(&path, &ZONE_35)]);
        let ours = coordinates(&[import_cases::read("txt", name).unwrap().layer]);
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let off = (ours.x - theirs.x).abs().max((ours.y - theirs.y).abs());
            assert!(off < MILLIMETRE, "{name}: {ours:?}, GDAL {theirs:?}");
        }
    }
}
