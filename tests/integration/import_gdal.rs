//! GDAL reads the same files: every coordinate agrees to a millimetre, as a cross-check of our readers of
//! KML, GPX, DXF and CSV.

use std::process::Command;

use geo::{Coord, CoordsIter};
use redline_atlas::formats::read_bytes;
use redline_atlas::jobs::Progress;
use redline_atlas::model::Layer;

use crate::import_cases::{self, fixture};
use crate::judge;

/// A millimetre, in degrees.
const MILLIMETRE: f64 = 1e-8;

const TO_DEGREES: [&str; 4] = ["-s_srs", "EPSG:4523", "-t_srs", "EPSG:4490"];

fn coordinates(layer: &Layer) -> Vec<Coord<f64>> {
    let mut all: Vec<Coord<f64>> = (layer.features.iter())
        .filter_map(|feature| feature.geometry.as_ref())
        .flat_map(CoordsIter::coords_iter)
        .collect();
    all.sort_by(|a, b| (a.x.total_cmp(&b.x)).then(a.y.total_cmp(&b.y)));
    all
}

/// As GDAL reads it.
fn judged(folder: &str, name: &str, arguments: &[&str]) -> Layer {
    let output = Command::new("ogr2ogr")
        .args(["-f", "GeoJSONSeq", "/vsistdout/"])
        .arg(fixture(folder, name))
        .args(arguments)
        .args(["-lco", "COORDINATE_PRECISION=12"])
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {complaint}");
    let options = import_cases::options();
    let progress = Progress::default();
    let report = read_bytes("judge.geojsonl", &output.stdout, &options, &progress).unwrap();
    report.layer
}

#[test]
fn gdal_finds_the_same_coordinates_to_a_millimetre() {
    if !judge::is_here("ogr2ogr") {
        return;
    }
    let named = [
        "-oo",
        "X_POSSIBLE_NAMES=经度,lng",
        "-oo",
        "Y_POSSIBLE_NAMES=纬度,lat",
    ];
    let cases: [(&str, &str, &[&str]); 12] = [
        ("kml", "placemarks.kml", &[]),
        ("kml", "multigeometry.kml", &[]),
        ("kml", "doc.kmz", &[]),
        ("kml", "heights.kml", &[]),
        ("dxf", "basic.dxf", &TO_DEGREES),
        ("dxf", "gbk.dxf", &TO_DEGREES),
        ("dxf", "old_polyline.dxf", &TO_DEGREES),
        ("dxf", "formatted_text.dxf", &TO_DEGREES),
        ("gpx", "waypoints.gpx", &["waypoints"]),
        ("table", "lon_lat.csv", &named),
        ("table", "lat_first_letters.csv", &named),
        ("table", "codes_and_numbers.csv", &named),
    ];
    for (folder, name, arguments) in cases {
        let ours = coordinates(&import_cases::read(folder, name).unwrap().layer);
        let theirs = coordinates(&judged(folder, name, arguments));
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let off = (ours.x - theirs.x).abs().max((ours.y - theirs.y).abs());
            assert!(off < MILLIMETRE, "{name}: {ours:?}, GDAL {theirs:?}");
        }
    }
}
