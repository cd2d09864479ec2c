//! What could not be imported can be read again, mended, taken out and put back; nothing is lost on the way.

use std::fs;
use std::process::{Command, Output};

use geo::{Coord, CoordsIter};
use redline_atlas::crs::Crs;
use redline_atlas::document::Document;
use redline_atlas::exchange::{self, Again, Destination};
use redline_atlas::formats::{self, CrsChoice, Mend, ReadOptions};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{IssueCode, LayerId, LayerKind, Value};
use redline_atlas::store::Contents;
use serde_json::Value as Json;

fn imported(name: &str, text: &str) -> (Document, LayerId) {
    let mut document = Document::in_memory(Contents::Empty).unwrap();
    let options = ReadOptions::new(LayerKind::Reference);
    let report =
        formats::read_bytes(name, text.as_bytes(), &options, &Progress::default()).unwrap();
    let done = exchange::import(&mut document, &report, Destination::New).unwrap();
    (document, done.layer)
}

fn collection(features: &[&str]) -> String {
    let features = features.join(",");
    format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)
}

const GOOD: &str = r#"{"type":"Feature","properties":{"n":"好"},"geometry":{"type":"Point","coordinates":[103.7,29.5]}}"#;

fn crs(text: &str) -> Again {
    Again {
        crs: CrsChoice::Fixed(Crs::parse(text).unwrap()),
        mends: Vec::new(),
    }
}

fn mend(mends: &[Mend]) -> Again {
    Again {
        crs: CrsChoice::Auto,
        mends: mends.to_vec(),
    }
}

#[test]
fn metres_among_degrees_are_read_in_the_system_given_and_can_be_put_back() {
    let metres = r#"{"type":"Feature","properties":{"n":"米","新":1},"geometry":{"type":"Point","coordinates":[35375000,3264000]}}"#;
    let (mut document, layer) = imported("a.geojson", &collection(&[GOOD, GOOD, metres]));
    let rows = document.quarantine(layer).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].what.feature, rows[0].what.code),
        (3, IssueCode::OutOfRange)
    );
    let before = document.layer(layer).unwrap().clone();
    assert_eq!(before.quarantined, 1);

    let retried = exchange::retry_now(&mut document, layer, None, &crs("EPSG:4523")).unwrap();
    assert_eq!((retried.accepted.len(), retried.still.len()), (1, 0));
    let after = document.layer(layer).unwrap();
    assert_eq!(after.quarantined, 0);
    let feature = &after.layer.features[2];
    let at = feature
        .geometry
        .as_ref()
        .unwrap()
        .coords_iter()
        .next()
        .unwrap();
    let expected = redline_atlas::crs::Transform::new(Crs::parse("EPSG:4523").unwrap()).unwrap();
    let expected = expected.to_lon_lat(35_375_000.0, 3_264_000.0).unwrap();
    assert!((at.x - expected.lon).abs() < 1e-9 && (at.y - expected.lat).abs() < 1e-9);
    assert_eq!(after.layer.text(feature, "n"), Some("米"));
    let left = document.quarantine(layer).unwrap();
    assert!(left.iter().all(|row| !row.is_waiting()));
    let history = document.history(10).unwrap();
    assert!(history.iter().any(|change| change.table == "quarantine"));

    document.put_back(&retried.accepted).unwrap();
    let back = document.layer(layer).unwrap();
    assert_eq!(back.layer.features, before.layer.features);
    assert_eq!(document.quarantine(layer).unwrap(), rows);
    assert!(document.verify().unwrap().passed());
}

#[test]
fn what_is_still_wrong_stays_and_says_why() {
    let bad = r#"{"type":"Feature","properties":{"n":"坏"},"geometry":{"type":"Polygon","coordinates":[[[103.7,29.5],[103.8,29.5]]]}}"#;
    let (mut document, layer) = imported("a.geojson", &collection(&[GOOD, bad]));
    let before = document.layers().to_vec();
    for again in [
        Again::default(),
        mend(&[Mend::CloseRings]),
        mend(&[Mend::DropBrokenParts]),
        mend(&[Mend::SetText("不是要素".to_owned())]),
        mend(&[Mend::SetText(collection(&[GOOD, GOOD]))]),
        mend(&[Mend::SetCoordinates(vec![Vec::new(), Vec::new()])]),
        crs("EPSG:4523"),
    ] {
        let retried = exchange::retry_now(&mut document, layer, None, &again).unwrap();
        assert!(retried.accepted.is_empty(), "{again:?}");
        assert_eq!(retried.still.len(), 1);
        assert!(!retried.still[0].reason.is_empty());
    }
    assert_eq!(document.layers(), before);
    assert!(!document.is_importing());
}

#[test]
fn mends_and_edited_coordinates_bring_a_polygon_back_with_its_attributes() {
    let bad_hole = r#"{"type":"Feature","properties":{"n":"坏洞"},"geometry":{"type":"Polygon","coordinates":[[[103.7,29.5],[103.8,29.5],[103.8,29.6],[103.7,29.5]],[[103.75,29.51],[103.76,29.51]]]}}"#;
    let nan = r#"{"type":"Feature","properties":{"n":"空点"},"geometry":{"type":"Polygon","coordinates":[[[103.7,29.5],[103.8,NaN],[103.8,29.6],[103.7,29.5]]]}}"#;
    let (mut document, layer) = imported("a.geojson", &collection(&[GOOD, bad_hole, nan]));
    let rows = document.quarantine(layer).unwrap();
    assert_eq!(rows.len(), 2);

    let dropped = mend(&[Mend::DropBrokenParts]);
    let retried = exchange::retry_now(&mut document, layer, Some(&[rows[0].id]), &dropped);
    assert_eq!(retried.unwrap().accepted, [rows[0].id]);

    let mut parts = formats::editable_coordinates(&exchange::aside(&rows[1])).unwrap();
    assert_eq!(parts.len(), 1);
    assert!(parts[0][1].y.is_nan(), "the spot to be mended is seen");
    parts[0][1] = Coord { x: 103.8, y: 29.5 };
    let edited = mend(&[Mend::SetCoordinates(parts)]);
    let retried = exchange::retry_now(&mut document, layer, Some(&[rows[1].id]), &edited).unwrap();
    assert_eq!(retried.accepted, [rows[1].id]);

    let stored = &document.layer(layer).unwrap().layer;
    let names: Vec<_> = (stored.features.iter())
        .map(|feature| stored.text(feature, "n").unwrap())
        .collect();
    assert_eq!(names, ["好", "坏洞", "空点"]);
    let area_m2 = |row: usize| {
        redline_atlas::crs::geodesic_area_m2(stored.features[row].geometry.as_ref().unwrap())
    };
    assert!((area_m2(1) - area_m2(2)).abs() < 1.0, "the same triangle");
    // A second attempt finds nothing to do.
    let retried = exchange::retry_now(&mut document, layer, None, &Again::default()).unwrap();
    assert!(retried.accepted.is_empty() && retried.still.is_empty());
}

/// A file with one good feature and one bad, what of it is wrong, and the text that mends it.
struct Case {
    file: &'static str,
    text: &'static str,
    code: IssueCode,
    wrong: &'static str,
    right: &'static str,
}

const CASES: [Case; 5] = [
    Case {
        file: "a.kml",
        text: "<kml><Document><Placemark><name>好</name><Point><coordinates>103.7,29.5</coordinates></Point></Placemark><Placemark><name>坏</name><Point><coordinates>103.7,东</coordinates></Point></Placemark></Document></kml>",
        code: IssueCode::BadCoordinates,
        wrong: "东",
        right: "29.6",
    },
    Case {
        file: "a.gpx",
        text: "<gpx><wpt lon=\"103.7\" lat=\"29.5\"><name>好</name></wpt><wpt lon=\"103.7\" lat=\"北\"><name>坏</name></wpt></gpx>",
        code: IssueCode::BadCoordinates,
        wrong: "北",
        right: "29.6",
    },
    Case {
        file: "a.csv",
        text: "名称,经度,纬度\n好,103.7,29.5\n坏,103.7,北\n又好,103.7,29.7\n",
        code: IssueCode::BadCoordinates,
        wrong: "北",
        right: "29.6",
    },
    Case {
        file: "a.txt",
        text: "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=35\n[地块坐标]\n4,1,坏,坏地,面,,,,@\nJ1,1,3264000,35376000\nJ2,1,北,35376100\nJ3,1,3264100,35376100\nJ1,1,3264000,35376000\n4,1,好,好地,面,,,,@\nJ1,1,3264000,35375000\nJ2,1,3264000,35375100\nJ3,1,3264100,35375100\nJ1,1,3264000,35375000\n",
        code: IssueCode::BadCoordinates,
        wrong: "北",
        right: "3264000",
    },
    Case {
        file: "a.dxf",
        text: "0\nSECTION\n2\nENTITIES\n0\nPOINT\n8\n好\n10\n35375000\n20\n3264000\n0\nLINE\n8\n坏\n10\n35375000\n20\n3264000\n11\n东\n21\n3264000\n0\nENDSEC\n0\nEOF\n",
        code: IssueCode::BadCoordinates,
        wrong: "东",
        right: "35375100",
    },
];

#[test]
fn the_bad_feature_of_every_text_format_is_read_again_by_its_own_reader() {
    for case in CASES {
        let (mut document, layer) = imported(case.file, case.text);
        let before = document.layer(layer).unwrap().layer.clone();
        let rows = document.quarantine(layer).unwrap();
        assert_eq!(rows.len(), 1, "{}", case.file);
        assert_eq!(rows[0].what.code, case.code, "{}", case.file);

        let again = exchange::retry_now(&mut document, layer, None, &Again::default()).unwrap();
        assert_eq!(again.still.len(), 1, "{}", case.file);
        assert_eq!(
            again.still[0].code, case.code,
            "{}: {}",
            case.file, again.still[0].reason
        );

        let text = rows[0].what.raw.replace(case.wrong, case.right);
        assert_ne!(text, rows[0].what.raw, "{}", case.file);
        let edited = mend(&[Mend::SetText(text)]);
        let retried = exchange::retry_now(&mut document, layer, None, &edited).unwrap();
        assert_eq!(
            retried.accepted.len(),
            1,
            "{}: {:?}",
            case.file,
            retried.still
        );
        let after = &document.layer(layer).unwrap().layer;
        let new = after.features.last().unwrap();
        assert!(new.geometry.is_some(), "{}", case.file);
        assert_eq!(after.features.len(), before.features.len() + 1);
        let says_bad = |value: &Value| value.as_text().is_some_and(|text| text.contains('坏'));
        assert!(new.values.iter().any(says_bad), "{}: {new:?}", case.file);
        assert_eq!(
            after.fields, before.fields,
            "{}: no column of its own",
            case.file
        );
    }
}

#[test]
fn coordinates_of_a_placemark_are_edited_without_touching_the_rest_of_its_text() {
    let text = "<kml><Placemark><name>甲</name><Polygon><outerBoundaryIs><LinearRing><coordinates>103.7,29.5 103.8,东 103.8,29.6 103.7,29.5</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark><Placemark><name>乙</name><Point><coordinates>103.7,29.5</coordinates></Point></Placemark></kml>";
    let (mut document, layer) = imported("a.kml", text);
    let rows = document.quarantine(layer).unwrap();
    let mut parts = formats::editable_coordinates(&exchange::aside(&rows[0])).unwrap();
    assert_eq!((parts.len(), parts[0].len()), (1, 4));
    assert!(parts[0][1].y.is_nan());
    parts[0][1].y = 29.5;
    let edited = mend(&[Mend::SetCoordinates(parts)]);
    let retried = exchange::retry_now(&mut document, layer, None, &edited).unwrap();
    assert_eq!(retried.accepted.len(), 1, "{:?}", retried.still);
    let stored = &document.layer(layer).unwrap().layer;
    let new = stored.features.last().unwrap();
    assert_eq!(stored.feature_name(new), Some("甲"));
}

/// The console at work in a folder of its own.
fn redline(folder: &std::path::Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_redline"))
        .args(["--workspace", "w.gpkg", "--json"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn json(output: &Output, code: i32) -> Json {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_console_lists_retries_fixes_exports_and_says_by_its_exit_code_what_stays() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| redline(folder.path(), args);
    let metres = r#"{"type":"Feature","properties":{"n":"米"},"geometry":{"type":"Point","coordinates":[35375000,3264000]}}"#;
    let short = r#"{"type":"Feature","properties":{"n":"短"},"geometry":{"type":"LineString","coordinates":[[103.7,29.5]]}}"#;
    fs::write(
        folder.path().join("地块.geojson"),
        collection(&[GOOD, GOOD, metres, short]),
    )
    .unwrap();
    json(&run(&["init", "--empty"]), 0);
    json(&run(&["import", "地块.geojson"]), 3);

    let listed = json(&run(&["quarantine", "list"]), 0);
    let rows = listed["quarantine"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["feature"], 3);
    assert_eq!(rows[1]["raw"], short);

    let exported = json(&run(&["quarantine", "export", "地块", "隔离.csv"]), 0);
    assert_eq!(exported["features"], 2);
    let exported = json(&run(&["quarantine", "export", "地块", "隔离.geojson"]), 0);
    assert_eq!(exported["features"], 2);
    let text = fs::read_to_string(folder.path().join("隔离.geojson")).unwrap();
    let whole: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(whole["features"][1]["properties"]["n"], "短");

    let retried = json(
        &run(&["quarantine", "retry", "地块", "--crs", "EPSG:4523"]),
        3,
    );
    assert_eq!(retried["accepted"], 1);
    assert_eq!(retried["still"][0]["feature"], 4);
    let usage = run(&["quarantine", "fix", "地块", "--feature", "4"]);
    assert_eq!(usage.status.code(), Some(2));
    fs::write(
        folder.path().join("改.json"),
        short.replace("[103.7,29.5]", "[103.7,29.5],[103.8,29.5]"),
    )
    .unwrap();
    let fix = [
        "quarantine",
        "fix",
        "地块",
        "--feature",
        "4",
        "--text",
        "改.json",
    ];
    let fixed = json(&run(&fix), 0);
    assert_eq!(
        (&fixed["accepted"], &fixed["features"]),
        (&1.into(), &4.into())
    );
    assert_eq!(
        json(&run(&["quarantine", "list"]), 0)["quarantine"],
        Json::Array(Vec::new())
    );
    json(
        &run(&["quarantine", "put-back", "地块", "--feature", "4"]),
        0,
    );
    let listed = json(&run(&["quarantine", "list", "地块"]), 0);
    assert_eq!(listed["quarantine"][0]["raw"], short);
    assert_eq!(json(&run(&["verify"]), 0)["ok"], true);
}

#[test]
fn the_console_appends_replaces_and_writes_nothing_on_a_dry_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| redline(folder.path(), args);
    fs::write(folder.path().join("地块.geojson"), collection(&[GOOD])).unwrap();
    json(&run(&["init", "--empty"]), 0);
    let before = [&["info"], &["history"]].map(|args| json(&run(args), 0));
    let dry = json(
        &run(&[
            "import",
            "地块.geojson",
            "--dry-run",
            "--crs",
            "EPSG:4490",
            "--name-field",
            "n",
        ]),
        0,
    );
    assert_eq!(
        (&dry["dry_run"], &dry["accepted"]),
        (&true.into(), &1.into())
    );
    assert_eq!(
        [&["info"], &["history"]].map(|args| json(&run(args), 0)),
        before
    );

    json(&run(&["import", "地块.geojson", "--name-field", "n"]), 0);
    let append = [
        "import",
        "地块.geojson",
        "--mode",
        "append",
        "--into",
        "地块",
    ];
    assert_eq!(json(&run(&append), 0)["mode"], "append");
    let info = json(&run(&["info"]), 0);
    assert_eq!(info["layers"][0]["features"], 2);
    let replace = [
        "import",
        "地块.geojson",
        "--mode",
        "replace",
        "--into",
        "地块",
    ];
    assert!(json(&run(&replace), 0)["replaced"].is_i64());
    let info = json(&run(&["info"]), 0);
    assert_eq!(info["layers"].as_array().unwrap().len(), 1);
    assert_eq!(info["layers"][0]["features"], 1);

    for (args, code) in [
        (&["import", "地块.geojson", "--mode", "append"][..], 2),
        (&["import", "地块.geojson", "--into", "地块"], 2),
        (
            &[
                "import",
                "地块.geojson",
                "--mode",
                "append",
                "--into",
                "没有",
            ],
            1,
        ),
        (&["import", "地块.geojson", "--name-field", "没有"], 1),
    ] {
        assert_eq!(run(args).status.code(), Some(code), "{args:?}");
    }
    assert_eq!(json(&run(&["info"]), 0), info);
}
