//! The console contract, through the built program: keys, exit codes, sentences, files left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::judge;

const DEMO: &str = "data/demo/redline_4523.geojson";

/// A folder of its own with a workspace made by `init`.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: TempDir::new().unwrap(),
        };
        desk.ok(&["init"]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_redline"))
            .arg("--workspace")
            .arg(self.path("w.gpkg"))
            .arg("--json")
            .args(args)
            .output()
            .unwrap()
    }

    /// The JSON object of a command that must end with `code`.
    #[track_caller]
    fn json(&self, code: i32, args: &[&str]) -> Value {
        let output = self.run(args);
        let (stdout, stderr) = both(&output);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}\n{stdout}\n{stderr}"
        );
        serde_json::from_str(&stdout).unwrap_or_else(|err| panic!("{args:?}: {err}\n{stdout}"))
    }

    #[track_caller]
    fn ok(&self, args: &[&str]) -> Value {
        self.json(0, args)
    }

    /// The sentence of a command that must fail with `code`.
    #[track_caller]
    fn refused(&self, code: i32, args: &[&str]) -> String {
        let value = self.json(code, args);
        let sentence = value["error"].as_str().unwrap().to_owned();
        let (_, stderr) = both(&self.run(args));
        assert_eq!(stderr.trim(), format!("错误：{sentence}"));
        sentence
    }
}

fn both(output: &Output) -> (String, String) {
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

/// What a judge from outside says; `None` where it is not installed and nobody insists.
fn judge(program: &str, args: &[&str]) -> Option<String> {
    if !judge::is_here(program) {
        return None;
    }
    let output = Command::new(program).args(args).output().unwrap();
    let (stdout, stderr) = both(&output);
    assert!(output.status.success(), "{program} {args:?}: {stderr}");
    Some(stdout)
}

fn close(value: &Value, wanted: f64, tolerance: f64) -> bool {
    (value.as_f64().unwrap() - wanted).abs() <= tolerance
}

#[test]
fn a_new_workspace_holds_the_plan() {
    let desk = Desk::new();
    let info = desk.ok(&["info"]);
    assert_eq!(info["sites"], 41);
    assert_eq!(info["planned_investment_wan"], 233_966);
    assert_eq!(info["integrity"], "ok");
    let layers = info["layers"].as_array().unwrap();
    let redline = layers
        .iter()
        .find(|layer| layer["kind"] == "redline")
        .unwrap();
    assert_eq!(redline["placement"], "schematic");
    assert!(close(&redline["area_km2"], 0.6657, 0.000_05));
    let reservoirs = layers
        .iter()
        .find(|layer| layer["kind"] == "reservoir")
        .unwrap();
    assert_eq!(reservoirs["features"], 22);
}

#[test]
fn the_default_workspace_is_made_in_a_fresh_home() {
    let home = TempDir::new().unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_redline"))
            .env("HOME", home.path())
            .env("LOCALAPPDATA", home.path())
            .env_remove("XDG_DATA_HOME")
            .args(args)
            .output()
            .unwrap()
    };
    let init = run(&["--json", "init"]);
    assert_eq!(init.status.code(), Some(0), "{:?}", both(&init));
    // Made already: not made again, and not replaced.
    assert_eq!(run(&["init"]).status.code(), Some(1));
    let info: Value = serde_json::from_str(&both(&run(&["--json", "info"])).0).unwrap();
    assert_eq!(info["sites"], 41);
}

#[test]
fn the_bureaus_file_is_imported_as_the_red_line_and_retires_the_schematic_one() {
    let desk = Desk::new();
    let import = desk.ok(&["import", DEMO, "--as", "redline"]);
    assert_eq!(import["crs"], "EPSG:4523");
    assert!(close(&import["area_km2"], 0.6657, 0.000_05), "{import}");
    assert_eq!(import["read"], import["accepted"]);
    assert_eq!(import["quarantined"], 0);

    let info = desk.ok(&["info"]);
    assert_eq!(info["sites"], 41);
    assert_eq!(info["planned_investment_wan"], 233_966);
    let redlines: Vec<&Value> = info["layers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|layer| layer["kind"] == "redline")
        .collect();
    assert_eq!(redlines.len(), 2);
    for layer in redlines {
        // The demonstration file calls itself 示意, so it claims no true place even when imported.
        assert_eq!(layer["placement"], "schematic", "{layer}");
        let built_in = layer["name"] == "生态保护红线（示意）";
        assert_eq!(layer["retired"], built_in, "{layer}");
    }
}

#[test]
fn the_same_red_line_in_other_systems_has_the_same_area_and_place() {
    let desk = Desk::new();
    let reference = first_vertex(&desk, DEMO, "甲");
    // Without its crs member: decided from the numbers.
    let mut bare: Value = serde_json::from_str(&fs::read_to_string(DEMO).unwrap()).unwrap();
    bare.as_object_mut().unwrap().remove("crs");
    fs::write(desk.path("bare.geojson"), bare.to_string()).unwrap();
    let import = desk.ok(&["import", &desk.text("bare.geojson"), "--dry-run"]);
    assert_eq!(import["crs"], "EPSG:4523");
    assert_same(
        &reference,
        &first_vertex(&desk, &desk.text("bare.geojson"), "乙"),
    );

    for epsg in ["4544", "4490", "3857"] {
        let file = desk.text(&format!("r{epsg}.geojson"));
        let target = format!("EPSG:{epsg}");
        // GDAL writes 7 decimals of a degree by default, a centimetre; 11 keep our comparison honest.
        let args = [
            "-f",
            "GeoJSON",
            "-t_srs",
            &target,
            "-lco",
            "RFC7946=NO",
            "-lco",
            "COORDINATE_PRECISION=11",
            &file,
            DEMO,
        ];
        if judge("ogr2ogr", &args).is_none() {
            return;
        }
        let import = desk.ok(&["import", &file, "--dry-run"]);
        assert_eq!(import["crs"], target.as_str());
        assert_same(&reference, &first_vertex(&desk, &file, epsg));
    }
}

/// Area in m², and the first vertex of the first feature as exported in lon/lat.
fn first_vertex(desk: &Desk, file: &str, name: &str) -> (f64, f64, f64) {
    let import = desk.ok(&["import", file, "--name", name]);
    let to = desk.text(&format!("{name}.out.geojson"));
    desk.ok(&["export", name, "--to", &to]);
    let exported: Value = serde_json::from_str(&fs::read_to_string(to).unwrap()).unwrap();
    let mut at = &exported["features"][0]["geometry"]["coordinates"];
    while at[0].is_array() {
        at = &at[0];
    }
    (
        import["area_km2"].as_f64().unwrap() * 1e6,
        at[0].as_f64().unwrap(),
        at[1].as_f64().unwrap(),
    )
}

/// The same area to 1 m², the same place to 1 cm (1e-7° is 1.1 cm north, 0.97 cm east here).
#[track_caller]
fn assert_same(one: &(f64, f64, f64), other: &(f64, f64, f64)) {
    assert!((one.0 - other.0).abs() <= 1.0, "{one:?} {other:?}");
    assert!((one.1 - other.1).abs() < 1e-7, "{one:?} {other:?}");
    assert!((one.2 - other.2).abs() < 0.9e-7, "{one:?} {other:?}");
}

#[test]
fn status_and_investment_are_kept_in_history_and_in_the_geopackage() {
    let desk = Desk::new();
    desk.ok(&[
        "site",
        "19",
        "set",
        "--status",
        "在建",
        "--note",
        "施工许可已办",
        "--date",
        "2024-03-01",
    ]);
    let site = desk.ok(&[
        "site",
        "19",
        "invest",
        "--year",
        "2024",
        "--completed",
        "1200.5",
    ]);
    assert_eq!(site["status"], "在建");
    assert_eq!(site["completed_wan"], 1200.5);
    assert_eq!(site["status_changes"][0]["note"], "施工许可已办");

    let history = desk.ok(&["history"]);
    let text = history.to_string();
    assert!(
        text.contains("在建") && text.contains("施工许可已办"),
        "{text}"
    );
    assert!(text.contains("1200500000"), "{text}");

    let found = desk.ok(&["sites", "--status", "在建"]);
    assert_eq!(found["sites"].as_array().unwrap().len(), 1);
    assert_eq!(found["sites"][0]["id"], 19);

    if let Some(listing) = judge("ogrinfo", &["-ro", "-so", &desk.text("w.gpkg")]) {
        for layer in ["project_site", "site_investment", "site_status_change"] {
            assert!(listing.contains(layer), "{listing}");
        }
    }
    if let Some(rows) = judge(
        "ogrinfo",
        &["-ro", "-al", &desk.text("w.gpkg"), "site_investment"],
    ) {
        assert!(rows.contains("1200500000"), "{rows}");
    }
    assert_eq!(desk.ok(&["verify"])["ok"], true);
}

#[test]
fn the_ledger_is_found_by_characters_pinyin_and_initials() {
    let desk = Desk::new();
    let all = desk.ok(&["sites"]);
    assert_eq!(all["total_wan"], 233_966);
    for key in [
        "id",
        "category",
        "name",
        "content",
        "location",
        "investment_wan",
        "start_year",
        "end_year",
        "units",
        "status",
        "placement",
        "lon",
        "lat",
        "completed_wan",
    ] {
        assert!(all["sites"][0].get(key).is_some(), "{key}");
    }
    let by_characters = desk.ok(&["sites", "--search", "砖瓦"]);
    assert_eq!(by_characters["sites"][0]["id"], 3);
    for query in ["zhuanwa", "zw"] {
        let found = desk.ok(&["sites", "--search", query]);
        let ids: Vec<i64> = found["sites"]
            .as_array()
            .unwrap()
            .iter()
            .map(|site| site["id"].as_i64().unwrap())
            .collect();
        assert!(ids.contains(&3), "{query}: {ids:?}");
    }
}

#[test]
fn a_sheet_is_true_to_scale_and_its_text_can_be_searched() {
    let desk = Desk::new();
    let pdf = desk.text("s.pdf");
    let sheet = desk.ok(&["sheet", "--site", "19", "--scale", "50000", "--out", &pdf]);
    assert_eq!(sheet["scale"], 50_000);
    assert_eq!(sheet["pages"], 1);
    assert_eq!(sheet["crs"], "EPSG:4544");
    if let Some(text) = judge("pdftotext", &["-layout", &pdf, "-"]) {
        for words in ["茅桥镇", "1:50", "示意图，未经审图"] {
            assert!(text.contains(words), "{words}\n{text}");
        }
    }
    // An existing file is replaced only when asked to.
    let before = fs::read(&pdf).unwrap();
    let sentence = desk.refused(1, &["sheet", "--site", "19", "--out", &pdf]);
    assert!(sentence.contains("s.pdf"), "{sentence}");
    assert_eq!(fs::read(&pdf).unwrap(), before);
    desk.ok(&["sheet", "--site", "19", "--out", &pdf, "--force"]);

    let png = desk.text("s.png");
    desk.ok(&["sheet", "--site", "19", "--dpi", "72", "--out", &png]);
    assert!(fs::read(png).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn a_map_is_rendered_without_a_window() {
    let desk = Desk::new();
    let png = desk.text("m.png");
    let render = desk.ok(&["render", "--size", "800x600", "--out", &png]);
    assert!(render["features_drawn"].as_u64().unwrap() > 20, "{render}");
    assert!(render["ms"].is_number());
    let bytes = fs::read(png).unwrap();
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (800, 600));
}

#[test]
fn what_is_exported_can_be_read_again() {
    let desk = Desk::new();
    let geojson = desk.text("sites.geojson");
    assert_eq!(
        desk.ok(&["export", "sites", "--to", &geojson])["features"],
        41
    );
    let csv = desk.text("sites.csv");
    assert_eq!(desk.ok(&["export", "sites", "--to", &csv])["features"], 41);
    let bytes = fs::read(&csv).unwrap();
    assert!(
        bytes.starts_with("\u{feff}".as_bytes()),
        "Excel needs the mark"
    );
    let redline = desk.text("redline.geojson");
    let exported = desk.ok(&["export", "redline", "--to", &redline]);
    let again = desk.json(0, &["import", &redline, "--dry-run"]);
    assert_eq!(exported["features"], again["read"]);
    assert!(close(&again["area_km2"], 0.6657, 0.000_05));
    let shape = desk.text("红线.shp");
    let exported = desk.ok(&["export", "redline", "--to", &shape]);
    assert_eq!(exported["files"], serde_json::json!([shape]));
    let again = desk.json(0, &["import", &shape, "--dry-run"]);
    assert_eq!(exported["features"], again["read"]);
    assert!(close(&again["area_km2"], 0.6657, 0.000_05));
    let reservoirs = desk.ok(&["export", "水库", "--to", &desk.text("水库.shp")]);
    let shortened = reservoirs["notes"][0].as_str().unwrap();
    assert!(
        shortened.contains("“precision_m”→“precision_”"),
        "{shortened}"
    );
    desk.refused(
        1,
        &["export", "没有这个图层", "--to", &desk.text("x.geojson")],
    );
    desk.refused(1, &["export", "sites", "--to", &desk.text("x.docx")]);
    assert!(!Path::new(&desk.text("x.docx")).exists());
}

#[test]
fn an_export_is_in_the_system_and_encoding_asked_for() {
    let desk = Desk::new();
    for (name, crs, encoding) in [
        ("a.geojson", "EPSG:4523", "UTF-8"),
        ("a.shp", "EPSG:4544", "UTF-8"),
        ("a.txt", "EPSG:4544", "GB18030"),
        ("a.csv", "EPSG:4490", "GB18030"),
        ("a.xlsx", "EPSG:4523", "UTF-8"),
        ("a.kml", "EPSG:4490", "UTF-8"),
    ] {
        let to = desk.text(name);
        let exported = desk.ok(&[
            "export",
            "redline",
            "--to",
            &to,
            "--crs",
            crs,
            "--encoding",
            encoding,
        ]);
        assert_eq!(exported["crs"], crs, "{name}");
        assert_eq!(exported["encoding"], encoding, "{name}");
        let again = desk.json(0, &["import", &to, "--dry-run"]);
        assert_eq!(exported["features"], again["read"], "{name}");
        assert!(close(&again["area_km2"], 0.6657, 0.000_05), "{name}");
        // Not over a file that is there, but where that is said.
        desk.refused(1, &["export", "redline", "--to", &to]);
        desk.ok(&["export", "redline", "--to", &to, "--force"]);
    }
    for (code, arguments) in [
        (1, ["redline", "b.kml", "--crs", "4523"]),
        (1, ["redline", "b.txt", "--crs", "4490"]),
        (1, ["redline", "b.geojson", "--encoding", "gb18030"]),
        (1, ["sites", "b.xlsx", "--crs", "4523"]),
        (1, ["history", "b.csv", "--crs", "4523"]),
        (2, ["redline", "b.csv", "--crs", "9999"]),
        (2, ["redline", "b.csv", "--encoding", "big5"]),
    ] {
        let [what, name, option, value] = arguments;
        let to = desk.text(name);
        desk.refused(code, &["export", what, "--to", &to, option, value]);
        assert!(!Path::new(&to).exists(), "{arguments:?}");
    }
    let history = desk.text("历史.csv");
    let exported = desk.ok(&["export", "history", "--to", &history, "--encoding", "gbk"]);
    assert_eq!(exported["encoding"], "GB18030");
    assert!(exported["crs"].is_null());
    let ledger = desk.text("台账.xlsx");
    assert_eq!(
        desk.ok(&["export", "sites", "--to", &ledger])["features"],
        41
    );
}

#[test]
fn wrong_input_gets_one_sentence_and_leaves_the_workspace_as_it_was() {
    let desk = Desk::new();
    fs::write(desk.path("empty.geojson"), "").unwrap();
    fs::write(
        desk.path("none.geojson"),
        r#"{"type":"FeatureCollection","features":[]}"#,
    )
    .unwrap();
    fs::write(desk.path("list.geojson"), "[1,2,3]").unwrap();
    fs::write(
        desk.path("greek.geojson"),
        r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:2100"}},"features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}]}"#,
    )
    .unwrap();
    let content = |desk: &Desk| {
        (
            desk.ok(&["info"]),
            desk.ok(&["history"]),
            desk.ok(&["sites"]),
        )
    };
    let before = content(&desk);
    for file in [
        "missing.geojson",
        "empty.geojson",
        "list.geojson",
        "greek.geojson",
        ".",
    ] {
        let sentence = desk.refused(1, &["import", &desk.text(file)]);
        assert!(!sentence.contains('\n'), "{sentence}");
    }
    desk.refused(1, &["sheet", "--site", "42", "--out", &desk.text("x.pdf")]);
    desk.refused(
        1,
        &["sheet", "--site", "1", "--out", "/nowhere/at/all/x.pdf"],
    );
    desk.refused(1, &["site", "99", "show"]);
    desk.refused(2, &["site", "19", "set", "--status", "快好了"]);
    desk.refused(
        2,
        &[
            "site",
            "19",
            "invest",
            "--year",
            "2024",
            "--completed",
            "很多",
        ],
    );
    desk.refused(2, &["import", DEMO, "--crs", "EPSG:2100"]);
    desk.refused(
        2,
        &["render", "--size", "800", "--out", &desk.text("x.png")],
    );
    desk.refused(2, &["frobnicate"]);
    desk.refused(1, &["init"]);
    assert_eq!(content(&desk), before);
    assert_eq!(desk.ok(&["verify"])["ok"], true);
}

#[test]
fn a_damaged_a_foreign_and_a_newer_workspace_are_refused_untouched() {
    let desk = Desk::new();
    let sound = fs::read(desk.path("w.gpkg")).unwrap();
    let half = &sound[..sound.len() / 2];
    for bytes in [b"not a database at all".as_slice(), half] {
        fs::write(desk.path("w.gpkg"), bytes).unwrap();
        let sentence = desk.refused(1, &["info"]);
        assert!(sentence.contains("w.gpkg"), "{sentence}");
        assert_eq!(fs::read(desk.path("w.gpkg")).unwrap(), bytes);
    }
    fs::remove_file(desk.path("w.gpkg")).unwrap();
    desk.refused(1, &["info"]);
    assert!(
        !desk.path("w.gpkg").exists(),
        "a missing workspace is not made by looking"
    );
}

#[test]
fn every_kind_of_problem_is_listed_with_its_remedy() {
    let listed = Desk::new().ok(&["issues"]);
    let issues = listed["issues"].as_array().unwrap();
    let codes: Vec<&str> = issues.iter().map(|i| i["code"].as_str().unwrap()).collect();
    for code in ["crs_guessed", "spike", "hole_outside", "datum_approximate"] {
        assert!(codes.contains(&code), "{codes:?}");
    }
    for issue in issues {
        for key in ["sentence", "remedy"] {
            assert!(!issue[key].as_str().unwrap().is_empty(), "{issue}");
        }
    }
}

#[test]
fn one_layer_of_several_is_imported_by_its_name() {
    let desk = Desk::new();
    let file = "tests/fixtures/import/topojson/two_layers.topojson";
    let report = desk.ok(&["import", file, "--layer", "断面"]);
    assert_eq!(report["layer"], "断面");
    assert_eq!(report["format"], "TopoJSON");
    assert_eq!(report["other_layers"][0], "红线");
    let refused = desk.json(1, &["import", file, "--layer", "水库"]);
    assert!(
        refused["error"].as_str().unwrap().contains("断面、红线"),
        "{refused}"
    );
}

#[test]
fn overlap_cuts_files_and_layers_and_writes_the_pieces_with_both_attributes() {
    let desk = Desk::new();
    let square = |west: f64, name: &str| {
        serde_json::json!({
            "type": "FeatureCollection",
            "features": [{
                "type": "Feature",
                "properties": { "mc": name },
                "geometry": { "type": "Polygon", "coordinates": [[
                    [west, 29.5], [west + 0.02, 29.5], [west + 0.02, 29.52], [west, 29.52], [west, 29.5]
                ]] },
            }],
        })
        .to_string()
    };
    fs::write(desk.path("甲.geojson"), square(103.7, "东")).unwrap();
    fs::write(desk.path("乙.geojson"), square(103.71, "西")).unwrap();
    fs::write(desk.path("丙.geojson"), square(103.72, "邻")).unwrap();
    let (a, b, c, out) = (
        desk.text("甲.geojson"),
        desk.text("乙.geojson"),
        desk.text("丙.geojson"),
        desk.text("占压.geojson"),
    );

    let found = desk.ok(&["overlap", &a, &b, "--out", &out]);
    assert_eq!(found["pairs"], 1);
    // 0.01° by 0.02° at 29.51°N: 969.2 m by 2 217.2 m.
    assert!(close(&found["area_m2"], 2_149_000.0, 2_000.0), "{found}");
    let written: Value =
        serde_json::from_str(&fs::read_to_string(desk.path("占压.geojson")).unwrap()).unwrap();
    let properties = &written["features"][0]["properties"];
    assert_eq!(
        (&properties["a_mc"], &properties["b_mc"]),
        (&"东".into(), &"西".into())
    );
    assert_eq!(properties["overlap_m2"], found["area_m2"]);
    assert!(close(&properties["share_pct"], 50.0, 0.001), "{properties}");

    // Neighbours touch; a file is not replaced unasked; an unknown name is said.
    assert_eq!(desk.ok(&["overlap", &a, &c])["pairs"], 0);
    let sentence = desk.refused(1, &["overlap", &a, &b, "--out", &out]);
    assert!(sentence.contains("已存在"), "{sentence}");
    let sentence = desk.refused(1, &["overlap", &a, "没有的图层"]);
    assert!(sentence.contains("没有的图层"), "{sentence}");

    // A layer by its kind; the built-in red line is a demonstration, and says so.
    let own = desk.ok(&["overlap", "redline", "redline"]);
    assert_eq!(own["a"]["placement"], "schematic");
    assert!(own["pairs"].as_u64().unwrap() >= own["a"]["features"].as_u64().unwrap());
    let sites = desk.ok(&["overlap", "sites", "boundary"]);
    assert_eq!(sites["a"]["features"], 41);
    assert_eq!(sites["points"], sites["pairs"]);
}
