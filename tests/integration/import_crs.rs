//! Which coordinate system a file is in: what is certain is applied, what is open is asked with candidates.

use std::process::Command;

use redline_atlas::crs::{Crs, LonLat, to_gcj02};
use redline_atlas::formats::{
    CrsCandidate, CrsChoice, CrsConfidence, EncodingChoice, ReadOptions, ReadReport, read_bytes,
    read_file,
};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{Action, IssueCode};

use crate::import_cases::{self, codes, fixture, options};

fn read(name: &str) -> ReadReport {
    import_cases::read("", name).unwrap()
}

fn epsg(candidates: &[CrsCandidate]) -> Vec<u32> {
    candidates
        .iter()
        .map(|candidate| candidate.crs.epsg())
        .collect()
}

#[test]
fn a_declaration_that_fits_the_district_is_certain_and_stands_alone() {
    let report = read("declared_4523.geojson");
    assert_eq!(report.crs_confidence, CrsConfidence::Certain);
    let [only] = report.crs_candidates.as_slice() else {
        panic!("{:?}", report.crs_candidates);
    };
    assert_eq!(only.evidence, "文件声明 EPSG:4523，落在本区内");
    assert!(only.in_district);
    assert!(!only.points.is_empty() && only.points.len() <= 256);
}

#[test]
fn what_is_read_from_numbers_names_the_other_readings() {
    let report = read("undeclared_4544.geojson");
    assert_eq!(report.crs_confidence, CrsConfidence::Likely);
    // A receiver's UTM grid has numbers of the same size.
    assert_eq!(epsg(&report.crs_candidates), [4544, 32648, 4543, 4545]);
    let inside: Vec<bool> = report
        .crs_candidates
        .iter()
        .map(|other| other.in_district)
        .collect();
    assert_eq!(inside, [true, true, false, false]);
}

#[test]
fn a_declared_zone_beside_the_district_brings_the_zone_that_would_fit() {
    let report = read("declared_4543_one_zone_west.geojson");
    assert_eq!(report.crs_confidence, CrsConfidence::Likely);
    assert_eq!(epsg(&report.crs_candidates)[..2], [4543, 4544]);
    assert!(report.crs_candidates[1].in_district);
}

#[test]
fn a_plain_easting_that_fits_nowhere_near_is_asked_and_the_answer_is_taken() {
    let name = "plain_easting_far_from_the_district.geojson";
    let refused = import_cases::read("", name).unwrap_err();
    let candidates = refused.crs_candidates();
    assert!(
        candidates.len() > 1 && candidates.len() <= 6,
        "{candidates:?}"
    );
    assert!(
        candidates
            .iter()
            .all(|candidate| candidate.confidence == CrsConfidence::Possible)
    );
    assert!(refused.to_string().contains("--crs EPSG:4544"), "{refused}");
    let answered = ReadOptions {
        crs: candidates[0].choice(),
        ..options()
    };
    let report = read_file(&fixture("", name), &answered, &Progress::default()).unwrap();
    assert_eq!(report.crs, candidates[0].crs);
}

#[test]
fn choices_are_written_and_read_back_the_same() {
    for text in [
        "auto",
        "EPSG:4544",
        "EPSG:4544+swapped",
        "EPSG:4326+gcj02",
        "EPSG:4490+swapped+bd09",
    ] {
        assert_eq!(CrsChoice::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(
        CrsChoice::parse("BD-09").unwrap().to_string(),
        "EPSG:4326+bd09"
    );
    for text in ["", "EPSG:2100", "EPSG:4544+x", "swapped"] {
        assert_eq!(CrsChoice::parse(text), None, "{text}");
    }
}

#[test]
fn an_internet_maps_offset_is_offered_by_name_and_taken_back_when_chosen() {
    let report = read("named_gcj02.geojson");
    let offered = &report.crs_candidates[1];
    assert_eq!(offered.choice().to_string(), "EPSG:4490+gcj02");
    let there = LonLat::new(103.76, 29.56);
    let drawn = to_gcj02(there);
    let text = format!(
        "{{\"type\":\"Point\",\"coordinates\":[{},{}]}}",
        drawn.lon, drawn.lat
    );
    let chosen = ReadOptions {
        crs: offered.choice(),
        ..options()
    };
    let report = read_bytes("a.json", text.as_bytes(), &chosen, &Progress::default()).unwrap();
    let place = report.crs_candidates[0].points[0];
    assert!((place.lon - there.lon).abs() < 1e-7 && (place.lat - there.lat).abs() < 1e-7);
    assert_eq!(codes(&report), [IssueCode::DatumApproximate]);
}

#[test]
fn old_datums_named_by_the_file_alone_are_never_taken_for_cgcs2000() {
    let report = read("named_xian80_but_undeclared.geojson");
    assert_eq!(report.crs_precision_m, Some(130.0));
    assert!(
        report.crs_reason.contains("文件名表明是 西安 1980"),
        "{}",
        report.crs_reason
    );
}

#[test]
fn problems_know_their_place_on_the_map() {
    let crossing = read("bow_tie.geojson");
    let at = crossing.issues[0].at.unwrap();
    assert!(crossing.issues[0].message.contains(&at.to_dms()));
    for name in [
        "spike.geojson",
        "zero_area.geojson",
        "two_point_ring.geojson",
        "area_in_mu.geojson",
    ] {
        for issue in read(name)
            .issues
            .iter()
            .filter(|issue| issue.feature.is_some())
        {
            let at = issue.at.unwrap_or_else(|| panic!("{name}: {issue:?}"));
            assert!(options().district.unwrap().contains(at), "{name}: {at:?}");
        }
    }
    // Of a feature that could not be read at all, nothing is made up.
    let lost = read("one_number_point.geojson");
    let aside = lost
        .issues
        .iter()
        .find(|issue| issue.action == Action::Quarantined)
        .unwrap();
    assert_eq!(aside.at, None);
}

#[test]
fn heights_follow_their_points_through_repairs() {
    let heights = |name: &str, feature: usize| {
        let report = read(name);
        report.layer.features[feature]
            .heights
            .as_deref()
            .map(<[f64]>::to_vec)
    };
    assert_eq!(heights("heights.geojson", 1), Some(vec![361.5]));
    assert_eq!(heights("heights.geojson", 0), None);
    assert_eq!(
        heights("heights_of_a_mended_ring.geojson", 0),
        Some(vec![360.0, 361.0, 362.0, 363.0, 360.0])
    );
    assert_eq!(heights("measures.geojson", 0), Some(vec![361.5]));
    assert_eq!(heights("heights_at_some_points.geojson", 0), None);
    for (folder, name) in [
        ("txt", "heights.txt"),
        ("kml", "heights.kml"),
        ("kml", "track.kml"),
        ("dxf", "heights.dxf"),
        ("gpx", "all_three.gpx"),
        ("table", "wkt_unclosed_with_heights.csv"),
    ] {
        let layer = import_cases::read(folder, name).unwrap().layer;
        assert!(
            layer
                .features
                .iter()
                .any(|feature| feature.heights.is_some()),
            "{name}"
        );
    }
}

#[test]
fn the_encoding_can_be_overruled_in_every_format_of_text() {
    for (folder, name) in [
        ("", "gb18030.geojson"),
        ("topojson", "gb18030.topojson"),
        ("kml", "gbk.kml"),
        ("txt", "gbk.txt"),
        ("dxf", "gbk.dxf"),
        ("table", "gbk.csv"),
    ] {
        let with = |encoding: &str| {
            let named = ReadOptions {
                encoding: EncodingChoice::Named(encoding.to_owned()),
                ..options()
            };
            read_file(&fixture(folder, name), &named, &Progress::default())
        };
        let right = with("gbk").unwrap();
        assert_eq!(right.encoding_reason, "由用户指定", "{name}");
        assert_eq!(
            right.layer.features,
            import_cases::read(folder, name).unwrap().layer.features,
            "{name}"
        );
        // A wrong choice is obeyed, or what remains is nothing that could be read.
        if let Ok(wrong) = with("big5") {
            assert_eq!(wrong.encoding, "Big5", "{name}");
        }
        assert!(with("gbk2").is_err(), "{name}");
    }
    for (name, reason) in [
        ("bom.geojson", "BOM"),
        ("utf16le_without_mark.geojson", "零字节"),
        ("gb18030.geojson", "字频"),
        ("degrees.geojson", "UTF-8 的规则"),
    ] {
        let found = read(name).encoding_reason;
        assert!(found.contains(reason), "{name}: {found}");
    }
}

#[test]
fn the_console_lists_the_candidates_and_takes_one() {
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_redline"))
            .arg("--json")
            .arg("--workspace")
            .arg(folder.path().join("w.gpkg"))
            .args(more)
            .output()
            .unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), json)
    };
    run(&["init"]);
    let file = fixture("", "plain_easting_far_from_the_district.geojson");
    let file = file.to_str().unwrap();
    let (code, json) = run(&["import", file, "--dry-run"]);
    assert_eq!(code, Some(1));
    assert!(json["error"].as_str().unwrap().contains("--crs"));
    let first = json["crs_candidates"][0]["crs"].as_str().unwrap();
    assert!(Crs::parse(first).is_some());
    let (_, json) = run(&["import", file, "--dry-run", "--crs", first]);
    assert_eq!(json["crs"], first);
    assert_eq!(json["crs_confidence"], "certain");
}
