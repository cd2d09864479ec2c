//! Import of CSV and workbooks: every fixture is named for its defect, or for the habit of some office.

use redline_atlas::formats::{ReadReport, WriteOptions, read_file, write_layer};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::{self, *};
use redline_atlas::model::{FieldType, Value};

use crate::import_cases::{self, Case, Refusal};
use crate::import_wounds;

const FOLDER: &str = "table";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("lon_lat.csv", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    // Encodings and delimiters.
    ("gbk.csv", [2, 2, 0, 0], 4490, "GB18030", &[Reencoded]),
    ("bom_crlf.csv", [2, 2, 0, 0], 4490, "UTF-8", &[ByteOrderMark]),
    ("utf16_tabs.csv", [2, 2, 0, 0], 4490, "UTF-16LE", &[Reencoded]),
    ("tabs.txt", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("semicolons.csv", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("wide_commas.csv", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("quoted_line_break.csv", [1, 1, 0, 0], 4490, "UTF-8", &[]),
    ("short_and_long_rows.csv", [3, 3, 0, 0], 4490, "UTF-8", &[NoGeometry]),
    // Headings.
    ("title_rows.csv", [2, 2, 0, 0], 4490, "UTF-8", &[TrailingData, TrailingData]),
    ("repeated_heading.csv", [2, 2, 0, 0], 4490, "UTF-8", &[TrailingData]),
    ("no_heading.csv", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("lat_first_letters.csv", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("swapped_headings.csv", [2, 2, 0, 0], 4490, "UTF-8", &[CrsGuessed, AxesSwapped]),
    ("duplicate_names.csv", [1, 1, 0, 0], 4490, "UTF-8", &[DuplicateKey]),
    // How coordinates are written.
    ("dms.csv", [6, 6, 0, 0], 4490, "UTF-8", &[]),
    ("dms_one_bad.csv", [6, 3, 0, 3], 4490, "UTF-8", &[BadCoordinates, BadCoordinates, NoGeometry, BadCoordinates, NoGeometry]),
    ("metres_4523.csv", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("metres_x_is_east.csv", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("metres_plain.csv", [2, 2, 0, 0], 4544, "UTF-8", &[CrsGuessed]),
    ("metres_heading_mixed_up.csv", [2, 2, 0, 0], 4544, "UTF-8", &[CrsGuessed]),
    ("thousands.csv", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("wkt_all_good.csv", [3, 3, 0, 0], 4490, "UTF-8", &[]),
    ("wkt.csv", [5, 3, 0, 2], 4490, "UTF-8", &[NoGeometry, IssueCode::Truncated, UnknownGeometryType]),
    ("ewkt_4523.csv", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("wkt_unclosed_with_heights.csv", [1, 1, 1, 0], 4490, "UTF-8", &[UnclosedRing]),
    ("pair_in_one_cell.csv", [3, 2, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("codes_and_numbers.csv", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("out_of_china.csv", [3, 2, 0, 1], 4490, "UTF-8", &[OutOfRange]),
    // Workbooks.
    ("points.xlsx", [2, 2, 0, 0], 4490, "", &[]),
    ("merged_titles.xlsx", [3, 3, 0, 0], 4490, "", &[]),
    ("dates_and_errors.xlsx", [2, 2, 0, 0], 4490, "", &[]),
    ("two_sheets.xlsx", [2, 2, 0, 0], 4523, "", &[OtherLayers, CrsGuessed]),
    ("bad_rows.xlsx", [4, 2, 0, 2], 4490, "", &[TrailingData, BadCoordinates, BadCoordinates, NoGeometry]),
    ("far_corner.xlsx", [2, 2, 0, 0], 4490, "", &[NoGeometry]),
];

const REFUSED: &[Refusal] = &[
    ("no_place.csv", "没有找到坐标列"),
    ("heading_only.csv", "中没有要素"),
    ("no_place.xlsx", "没有找到坐标列"),
    ("zip_bomb.xlsx", "解压后过大"),
    ("truncated.xlsx", "已损坏"),
    ("cell_number_overflows.xlsx", "工作簿已损坏"),
    ("claims_a_hundred_gigabytes_of_texts.xlsx", "工作簿已损坏"),
];

fn read(name: &str) -> ReadReport {
    import_cases::read(FOLDER, name).unwrap()
}

fn column(report: &ReadReport, name: &str) -> Vec<Value> {
    let at = report.layer.field_index(name).unwrap();
    let cells = report
        .layer
        .features
        .iter()
        .map(|feature| feature.values[at].clone());
    cells.collect()
}

fn texts(cells: &[&str]) -> Vec<Value> {
    cells
        .iter()
        .map(|cell| Value::Text((*cell).to_owned()))
        .collect()
}

#[test]
fn every_habit_and_defect_is_read_and_reported() {
    import_cases::check_cases(FOLDER, CASES);
    import_cases::check_refused(FOLDER, REFUSED);
    import_cases::check_complete(FOLDER, CASES, REFUSED);
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic_or_lie() {
    for name in ["dms.csv", "wkt.csv", "title_rows.csv"] {
        import_wounds::assert_survives(FOLDER, name, b",;\t\"\n()'. 09");
    }
    import_wounds::assert_survives(FOLDER, "merged_titles.xlsx", b"\x00\xff<>/");
}

#[test]
fn degrees_minutes_and_seconds_are_the_same_place_however_they_are_typed() {
    let layer = read("dms.csv").layer;
    for (step, feature) in layer.features.iter().enumerate() {
        let Some(geo::Geometry::Point(at)) = feature.geometry else {
            panic!("{feature:?}");
        };
        // Each row stands 0.01° further, both ways.
        assert!(
            (at.x() - (103.76 + 0.01 * step as f64)).abs() < 1e-9,
            "{at:?}"
        );
        assert!(
            (at.y() - (29.56 + 0.01 * step as f64)).abs() < 1e-9,
            "{at:?}"
        );
    }
}

#[test]
fn bad_rows_are_named_by_the_number_that_the_office_sees() {
    let report = read("dms_one_bad.csv");
    let reasons: Vec<&str> = report
        .quarantined
        .iter()
        .map(|bad| bad.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "第 3 行：坐标“103°75′12″”无法识别",
            "第 4 行：坐标“约103.78”无法识别",
            "第 6 行：只有一个坐标",
        ]
    );
    // With the heading, so that it can be read again by itself.
    assert_eq!(
        report.quarantined[0].raw,
        "名称,经度,纬度\n乙,103°75′12″,29°34′12″"
    );
    assert!(
        read("bad_rows.xlsx").quarantined[0]
            .reason
            .starts_with("第 3 行")
    );
}

#[test]
fn x_and_y_mean_what_their_size_says() {
    let reference = read("metres_4523.csv").layer.extent().unwrap();
    for name in [
        "metres_x_is_east.csv",
        "metres_plain.csv",
        "metres_heading_mixed_up.csv",
        "thousands.csv",
        "two_sheets.xlsx",
    ] {
        let extent = read(name).layer.extent().unwrap();
        assert!((extent.west - reference.west).abs() < 1e-9, "{name}");
        assert!((extent.north - reference.north).abs() < 1e-9, "{name}");
    }
}

#[test]
fn merged_words_are_carried_down_and_merged_sums_are_not() {
    let report = read("merged_titles.xlsx");
    assert_eq!(column(&report, "镇街"), texts(&["甲镇", "甲镇", "乙镇"]));
    assert_eq!(
        column(&report, "投资"),
        [Value::Integer(100), Value::Null, Value::Integer(50)]
    );
    assert_eq!(report.layer.name, "断面");
}

#[test]
fn codes_stay_text_and_numbers_become_numbers() {
    let report = read("codes_and_numbers.csv");
    assert_eq!(column(&report, "代码"), texts(&["007", "010"]));
    assert_eq!(
        column(&report, "编号"),
        [Value::Integer(511_102), Value::Integer(511_103)]
    );
    assert_eq!(
        column(&report, "长码"),
        texts(&["123456789012345678901", "123456789012345678902"])
    );
    assert_eq!(
        column(&report, "金额"),
        [Value::Real(1.5), Value::Real(2.0)]
    );
    assert_eq!(
        column(&report, "日期"),
        texts(&["2026-11-23", "2026-11-24"])
    );
}

#[test]
fn dates_truths_and_errors_of_a_workbook_are_what_excel_shows() {
    let report = read("dates_and_errors.xlsx");
    assert_eq!(
        column(&report, "日期"),
        texts(&["2026-11-23", "2026-11-24"])
    );
    assert_eq!(
        column(&report, "时刻"),
        [Value::Text("2026-11-23 12:00:00".to_owned()), Value::Null]
    );
    assert_eq!(
        column(&report, "在用"),
        [Value::Boolean(true), Value::Boolean(false)]
    );
    assert_eq!(column(&report, "代码"), texts(&["007", "8"]));
    assert_eq!(column(&report, "错误"), [Value::Null, Value::Real(1.5)]);
}

#[test]
fn a_layer_written_as_csv_is_read_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["wkt.csv", "codes_and_numbers.csv", "dms.csv"] {
        let layer = read(name).layer;
        let path = folder.path().join(name);
        write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
        let back = read_file(&path, &import_cases::options(), &Progress::default()).unwrap();
        assert_eq!(back.layer.fields, layer.fields, "{name}");
        for (before, after) in layer.features.iter().zip(&back.layer.features) {
            assert_eq!(after.values, before.values, "{name}");
            assert_eq!(after.geometry.is_some(), before.geometry.is_some());
        }
        assert!((back.layer.area_m2() - layer.area_m2()).abs() < 1.0);
    }
    assert_eq!(
        read("codes_and_numbers.csv").layer.fields[0].field_type,
        FieldType::Text
    );
}

#[test]
fn metres_from_a_corner_of_the_site_are_not_taken_for_degrees() {
    use redline_atlas::formats::{ReadError, ReadOptions, read_bytes};
    use redline_atlas::jobs::Progress;
    use redline_atlas::model::LayerKind;

    let table = "名称,X坐标,Y坐标\n甲,12.5,40.0\n乙,60.0,35.5\n丙,20.0,10.0\n";
    let options = ReadOptions::new(LayerKind::Reference);
    let refused = read_bytes("桩点.csv", table.as_bytes(), &options, &Progress::default());
    assert!(
        matches!(refused, Err(ReadError::CrsUndecided { .. })),
        "{refused:?}"
    );
}
