//! Tables and layers on their way out, as other programs will see them.

use std::collections::BTreeMap;

use redline_atlas::crs::LonLat;
use redline_atlas::formats::{
    ReadOptions, WriteError, WriteOptions, read_file, write_layer, write_quarantined, write_sites,
    write_table_csv,
};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    LayerKind, Money, Placement, ProjectSite, Quarantined, SiteId, SitePlacement, YearInvestment,
    YearSpan,
};

fn site(id: i64, at: Option<LonLat>) -> ProjectSite {
    ProjectSite {
        id: SiteId(id),
        category: "水生态".to_owned(),
        name: "泥溪河\"综合\"治理，一期".to_owned(),
        content: "=SUM(A1:A9)".to_owned(),
        location: "茅桥镇".to_owned(),
        planned: Money::parse_wan("1200.5").unwrap(),
        years_printed: "2021-2025".to_owned(),
        years: YearSpan::parse("2021-2025").unwrap(),
        units: vec!["区水务局".to_owned(), "茅桥镇".to_owned()],
        plan_line: None,
        plan_note: String::new(),
        placement: SitePlacement {
            grade: if at.is_some() {
                Placement::Approximate
            } else {
                Placement::Unlocated
            },
            at,
            precision_m: at.map(|_| 500.0),
            basis: String::new(),
        },
        status_changes: Vec::new(),
        investments: BTreeMap::from([(
            2024,
            YearInvestment {
                completed: Some(Money::parse_wan("0.1").unwrap()),
                ..YearInvestment::default()
            },
        )]),
    }
}

#[test]
fn the_ledger_as_csv_opens_in_excel_with_chinese_headings_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("台账.csv");
    let (near, nowhere) = (site(1, Some(LonLat::new(103.76, 29.56))), site(2, None));
    assert_eq!(
        write_sites(&path, &[&near, &nowhere], &WriteOptions::NEW_FILE)
            .unwrap()
            .features,
        2
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert!(text.starts_with('\u{feff}'));
    assert_eq!(
        rows,
        [
            "序号,所属工程,项目名称,建设内容,建设地点,投资概算（万元）,建设年限,建设单位,状态,定位等级,经度,纬度,累计到位（万元）,累计完成（万元）",
            "1,水生态,\"泥溪河\"\"综合\"\"治理，一期\",'=SUM(A1:A9),茅桥镇,1200.5,2021-2025,区水务局、茅桥镇,谋划,概略,103.760000,29.560000,0,0.1",
            "2,水生态,\"泥溪河\"\"综合\"\"治理，一期\",'=SUM(A1:A9),茅桥镇,1200.5,2021-2025,区水务局、茅桥镇,谋划,未定位,,,0,0.1",
            "",
        ]
    );
}

#[test]
fn the_ledger_as_a_workbook_has_the_same_headings_and_money_to_add_up() {
    use calamine::{Data, Reader, Xlsx, open_workbook};
    let folder = tempfile::tempdir().unwrap();
    let (near, nowhere) = (site(1, Some(LonLat::new(103.76, 29.56))), site(2, None));
    let path = folder.path().join("台账.xlsx");
    let table = folder.path().join("台账.csv");
    for path in [&path, &table] {
        write_sites(path, &[&near, &nowhere], &WriteOptions::NEW_FILE).unwrap();
    }
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    let ledger = book.worksheet_range("项目台账").unwrap();
    let rows: Vec<Vec<Data>> = ledger.rows().map(<[Data]>::to_vec).collect();
    let headings: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    let csv = std::fs::read_to_string(&table).unwrap();
    assert_eq!(
        csv.trim_start_matches('\u{feff}').lines().next(),
        Some(headings.join(",").as_str())
    );
    assert_eq!(rows[1][3], Data::String("=SUM(A1:A9)".to_owned()));
    assert_eq!(rows[1][5], Data::Float(1200.5));
    assert_eq!(
        (&rows[1][10], &rows[2][10]),
        (&Data::Float(103.76), &Data::Empty)
    );
    assert_eq!(rows[2][13], Data::Float(0.1));
    assert!(book.sheet_names().contains(&"说明".to_owned()));
}

#[test]
fn the_ledger_as_geojson_keeps_the_sites_without_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("项目.geojson");
    let (near, nowhere) = (site(1, Some(LonLat::new(103.76, 29.56))), site(2, None));
    write_sites(&path, &[&near, &nowhere], &WriteOptions::NEW_FILE).unwrap();
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let first = &written["features"][0];
    assert_eq!(first["geometry"]["coordinates"][0], 103.76);
    assert_eq!(first["properties"]["investment_wan"], 1200.5);
    assert_eq!(first["properties"]["status"], "谋划");
    assert_eq!(first["properties"]["placement"], "approximate");
    assert_eq!(first["properties"]["units"][1], "茅桥镇");
    assert!(written["features"][1]["geometry"].is_null());
    assert!(written["features"][1]["properties"]["lon"].is_null());

    let options = ReadOptions::new(LayerKind::Site);
    let back = read_file(&path, &options, &Progress::default()).unwrap();
    assert_eq!(back.layer.features.len(), 2);
}

#[test]
fn a_layer_as_csv_has_its_columns_and_its_shape() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("in.geojson");
    std::fs::write(
        &source,
        r#"{"type":"Feature","properties":{"MC":"界桩","CS":-3.5},"geometry":{"type":"Point","coordinates":[103.76,29.56]}}"#,
    )
    .unwrap();
    let options = ReadOptions::new(LayerKind::Reference);
    let layer = (read_file(&source, &options, &Progress::default()).unwrap()).layer;
    let path = folder.path().join("out.csv");
    write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "\u{feff}MC,CS,WKT\r\n界桩,-3.5,POINT (103.76 29.56)\r\n"
    );
}

#[test]
fn the_quarantine_can_be_taken_out_as_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("隔离区.csv");
    let feature = Quarantined {
        feature: 2,
        code: redline_atlas::model::IssueCode::OutOfRange,
        reason: "坐标不是有限的数".to_owned(),
        raw: "{\"a\":NaN}".to_owned(),
    };
    write_quarantined(&path, &[feature], false).unwrap();
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "\u{feff}要素序号,原因,原文\r\n2,坐标不是有限的数,\"{\"\"a\"\":NaN}\"\r\n"
    );
}

#[test]
fn no_file_is_overwritten_unasked_and_what_cannot_be_written_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let table = |name: &str, overwrite| {
        let row = vec!["1".to_owned()];
        let options = WriteOptions {
            overwrite,
            ..WriteOptions::NEW_FILE
        };
        write_table_csv(&folder.path().join(name), &["a"], [row], &options)
            .map(|written| written.features)
    };
    assert_eq!(table("t.csv", false).unwrap(), 1);
    let err = table("t.csv", false).unwrap_err();
    assert!(matches!(err, WriteError::Exists { .. }));
    assert!(err.to_string().contains("t.csv"));
    assert_eq!(table("t.csv", true).unwrap(), 1);
    assert!(matches!(
        table("no/t.csv", false),
        Err(WriteError::NoFolder { .. })
    ));
    assert!(matches!(
        table("t.csv/t.csv", false),
        Err(WriteError::NoFolder { .. })
    ));
    assert!(matches!(table(".", true), Err(WriteError::IsFolder { .. })));
    let sites = write_sites(&folder.path().join("t.docx"), &[], &WriteOptions::NEW_FILE);
    assert!(matches!(sites, Err(WriteError::UnknownEnding { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
