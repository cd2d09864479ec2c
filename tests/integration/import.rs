//! Import of GeoJSON as it is delivered: every fixture is named for its defect.

use std::path::{Path, PathBuf};

use crate::import_cases::{self, Case, Refusal, assert_sound, codes, options};
use geo::CoordsIter;
use redline_atlas::crs::{Crs, Transform};
use redline_atlas::formats::{
    CrsChoice, EncodingChoice, ReadError, ReadOptions, ReadReport, WriteOptions, read_bytes,
    read_file, write_layer,
};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::{self, *};
use redline_atlas::model::{FieldType, LayerKind, Placement, Value};

fn fixture(name: &str) -> PathBuf {
    import_cases::fixture("", &format!("{name}.geojson"))
}

fn read(name: &str) -> Result<ReadReport, ReadError> {
    read_file(&fixture(name), &options(), &Progress::default())
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Coordinate systems, declared and not.
    ("declared_4523.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("declared_4523_old_style.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("declared_crs84.geojson", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("undeclared_4523.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("undeclared_4544.geojson", [2, 2, 0, 0], 4544, "UTF-8", &[CrsGuessed]),
    ("undeclared_4496.geojson", [2, 2, 0, 0], 4496, "UTF-8", &[CrsGuessed]),
    ("undeclared_3857.geojson", [2, 2, 0, 0], 3857, "UTF-8", &[CrsGuessed]),
    ("declared_4490.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("declared_32648.geojson", [2, 2, 0, 0], 32648, "UTF-8", &[]),
    ("named_xian80_but_undeclared.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed, DatumApproximate]),
    ("named_gcj02.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[OffsetSuspected]),
    ("degrees.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("swapped_degrees.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[CrsGuessed, AxesSwapped]),
    ("swapped_metres.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[AxesSwapped]),
    ("declared_4490_but_metres.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[CrsContradicted]),
    ("declared_4523_but_plain_easting.geojson", [2, 2, 0, 0], 4544, "UTF-8", &[CrsContradicted]),
    ("declared_4522_but_zone_35.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[CrsContradicted]),
    ("declared_4543_one_zone_west.geojson", [2, 2, 0, 0], 4543, "UTF-8", &[WrongZoneSuspected, OutsideDistrict]),
    ("xian80_by_name.geojson", [2, 2, 0, 0], 4523, "UTF-8", &[DatumApproximate]),
    ("beijing54_by_code.geojson", [2, 2, 0, 0], 4544, "UTF-8", &[DatumApproximate]),
    // Encodings.
    ("big5.geojson", [2, 2, 0, 0], 4523, "Big5", &[Reencoded]),
    ("ndjson_gb18030.geojson", [2, 2, 0, 0], 4523, "GB18030", &[Reencoded, TrailingData, CrsGuessed]),
    ("ndjson_utf16le.geojson", [2, 2, 0, 0], 4523, "UTF-16LE", &[Reencoded, TrailingData, CrsGuessed]),
    ("text_sequence_gb18030.geojson", [2, 2, 0, 0], 4523, "GB18030", &[Reencoded, TrailingData, CrsGuessed]),
    ("bom.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[ByteOrderMark]),
    ("utf16le.geojson", [2, 2, 0, 0], 4490, "UTF-16LE", &[Reencoded]),
    ("utf16le_without_mark.geojson", [2, 2, 0, 0], 4490, "UTF-16LE", &[Reencoded]),
    ("utf16be_without_mark.geojson", [2, 2, 0, 0], 4490, "UTF-16BE", &[Reencoded]),
    ("utf16be.geojson", [2, 2, 0, 0], 4490, "UTF-16BE", &[Reencoded]),
    ("gb18030.geojson", [2, 2, 0, 0], 4490, "GB18030", &[Reencoded]),
    ("gbk_one_name.geojson", [1, 1, 0, 0], 4490, "GB18030", &[Reencoded]),
    // Files cut short.
    ("truncated.geojson", [2, 1, 0, 1], 4490, "UTF-8", &[IssueCode::Truncated, IssueCode::Truncated]),
    ("truncated_inside_a_character.geojson", [2, 1, 0, 1], 4490, "UTF-8", &[BadText, IssueCode::Truncated, IssueCode::Truncated]),
    ("truncated_after_a_feature.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[IssueCode::Truncated]),
    // One bad feature between two good ones.
    ("nan.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[OutOfRange]),
    ("infinity.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[OutOfRange]),
    ("1e400.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[OutOfRange]),
    ("swapped_feature.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[OutOfRange]),
    ("linestring_1d.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("one_number_point.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("null_coordinate.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("wrong_nesting.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("too_deep.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("two_point_ring.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[TooFewPoints]),
    ("one_point_line.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[TooFewPoints]),
    ("zero_area.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[ZeroArea]),
    ("unknown_geometry_type.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[UnknownGeometryType]),
    ("unbalanced_feature.geojson", [4, 3, 0, 1], 4490, "UTF-8", &[NotAFeature]),
    ("missing_quote.geojson", [4, 3, 0, 1], 4490, "UTF-8", &[NotAFeature]),
    ("geometrycollection_20_levels.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("collections_256_deep.geojson", [2, 1, 0, 1], 4490, "UTF-8", &[BadCoordinates]),
    ("features_that_are_not.geojson", [7, 3, 1, 4], 4490, "UTF-8", &[NotAFeature; 5]),
    // Shapes that are mended, and shapes that are only told.
    ("duplicate_vertices.geojson", [3, 3, 1, 0], 4523, "UTF-8", &[DuplicateVertices]),
    ("line_with_repeated_points.geojson", [3, 3, 1, 0], 4523, "UTF-8", &[DuplicateVertices]),
    ("spike_and_repeated_points.geojson", [1, 1, 1, 0], 4523, "UTF-8", &[Spike, DuplicateVertices]),
    ("spike.geojson", [3, 3, 1, 0], 4523, "UTF-8", &[Spike]),
    ("hole_wound_like_its_outline.geojson", [3, 3, 1, 0], 4523, "UTF-8", &[WrongOrientation]),
    ("clockwise_outline.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[]),
    ("flat_part.geojson", [3, 3, 1, 0], 4523, "UTF-8", &[ZeroArea]),
    ("flat_hole.geojson", [3, 3, 1, 0], 4523, "UTF-8", &[ZeroArea]),
    ("hole_outside.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[HoleOutside]),
    ("hole_across_the_outline.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[SelfIntersection]),
    ("overlapping_parts.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[OverlappingParts]),
    ("part_inside_part.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[OverlappingParts]),
    ("island_in_a_hole.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[]),
    // Odd but usable.
    ("unclosed_ring.geojson", [3, 3, 1, 0], 4490, "UTF-8", &[UnclosedRing, AreaDiffers]),
    ("quoted_numbers.geojson", [3, 3, 1, 0], 4490, "UTF-8", &[BadCoordinates]),
    ("bow_tie.geojson", [3, 3, 0, 0], 4490, "UTF-8", &[SelfIntersection]),
    ("heights.geojson", [3, 3, 0, 0], 4490, "UTF-8", &[]),
    ("measures.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[HeightsDropped]),
    ("heights_at_some_points.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[HeightsDropped]),
    ("heights_of_a_mended_ring.geojson", [1, 1, 1, 0], 4490, "UTF-8", &[DuplicateVertices]),
    ("area_in_mu.geojson", [3, 3, 0, 0], 4523, "UTF-8", &[AreaDiffers]),
    ("no_geometry_member.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[NoGeometry]),
    ("attribute_256_deep.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("duplicate_coordinates.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[DuplicateKey]),
    ("null_geometry.geojson", [3, 3, 0, 0], 4490, "UTF-8", &[NoGeometry]),
    ("empty_coordinates.geojson", [3, 3, 0, 0], 4490, "UTF-8", &[NoGeometry]),
    ("duplicate_keys.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[DuplicateKey, DuplicateKey]),
    ("lone_surrogate.geojson", [2, 2, 1, 0], 4490, "UTF-8", &[BadText]),
    ("nan_attribute.geojson", [2, 2, 1, 0], 4490, "UTF-8", &[OutOfRange]),
    ("no_properties.geojson", [2, 2, 1, 0], 4490, "UTF-8", &[NotAFeature]),
    ("big_integer.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("mixed_columns.geojson", [3, 3, 0, 0], 4490, "UTF-8", &[]),
    ("trailing_commas.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    // Shapes of document.
    ("all_seven_types.geojson", [7, 7, 0, 0], 4490, "UTF-8", &[AreaDiffers]),
    ("nested_geometrycollection.geojson", [1, 1, 0, 0], 4490, "UTF-8", &[]),
    ("bare_geometry.geojson", [1, 1, 0, 0], 4490, "UTF-8", &[]),
    ("bare_collection.geojson", [1, 1, 0, 0], 4490, "UTF-8", &[]),
    ("single_feature.geojson", [1, 1, 0, 0], 4490, "UTF-8", &[]),
    ("array_of_features.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[]),
    ("trailing_brace.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[TrailingData]),
    ("trailing_junk.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[TrailingData]),
    ("ndjson.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[TrailingData]),
    ("text_sequence.geojson", [2, 2, 0, 0], 4490, "UTF-8", &[TrailingData]),
    ("two_documents.geojson", [3, 3, 0, 0], 4490, "UTF-8", &[TrailingData]),
    ("ndjson_with_a_broken_line.geojson", [3, 2, 0, 1], 4490, "UTF-8", &[TrailingData, IssueCode::Truncated]),
];

#[test]
fn every_defect_is_met_reported_and_survived() {
    import_cases::check_cases("", CASES);
}

#[test]
fn every_fixture_has_its_case() {
    import_cases::check_complete("", CASES, REFUSED);
}

const REFUSED: &[Refusal] = &[
    ("empty.geojson", "是空的"),
    ("white_space.geojson", "是空的"),
    ("zero_features.geojson", "中没有要素"),
    ("not_json.geojson", "内容不是 JSON"),
    ("web_page.geojson", "内容是网页"),
    ("other_json.geojson", "JSON 中没有 GeoJSON 的要素"),
    ("topojson.geojson", "中没有要素"),
    ("esri.geojson", "ArcGIS 的 JSON"),
    ("zip.geojson", "是压缩包"),
    ("cut_at_the_start.geojson", "中断"),
    ("unknown_crs_2100.geojson", "EPSG:2100"),
    ("huge_numbers.geojson", "无法判断"),
    ("plain_easting_far_from_the_district.geojson", "有几种可能"),
];

#[test]
fn what_cannot_be_read_at_all_is_refused_in_one_sentence_that_names_the_file() {
    import_cases::check_refused("", REFUSED);
    let unknown = read("unknown_crs_2100").unwrap_err().to_string();
    for supported in ["EPSG:4490", "EPSG:4326", "EPSG:3857", "EPSG:4491–4554"] {
        assert!(unknown.contains(supported), "{unknown}");
    }
}

#[test]
fn missing_files_folders_and_other_formats_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| {
        read_file(&folder.path().join(name), &options(), &Progress::default()).unwrap_err()
    };
    assert!(matches!(of("没有.geojson"), ReadError::NotFound { .. }));
    assert!(matches!(of("."), ReadError::IsFolder { .. }));
    for name in ["红线.dwg", "红线.GDB", "台账.xls"] {
        std::fs::write(folder.path().join(name), "x").unwrap();
        assert!(matches!(of(name), ReadError::Unsupported { .. }), "{name}");
    }
}

#[test]
fn the_same_shapes_in_every_system_land_in_the_same_place() {
    let reference = read("declared_4523").unwrap().layer;
    for name in [
        "undeclared_4523",
        "undeclared_4544",
        "undeclared_4496",
        "undeclared_3857",
        "degrees",
        "swapped_degrees",
        "swapped_metres",
        "declared_4490_but_metres",
        "declared_4523_but_plain_easting",
    ] {
        let layer = read(name).unwrap().layer;
        assert!(
            (layer.area_m2() - reference.area_m2()).abs() < 1.0,
            "{name}: {}",
            layer.area_m2()
        );
        let corner = |layer: &redline_atlas::model::Layer| layer.extent().unwrap().center();
        let (here, there) = (corner(&layer), corner(&reference));
        // 1e-7° is a centimetre.
        assert!((here.lon - there.lon).abs() < 1e-7, "{name}");
        assert!((here.lat - there.lat).abs() < 1e-7, "{name}");
    }
}

#[test]
fn the_reason_for_the_system_is_one_sentence_with_its_evidence() {
    assert_eq!(
        read("declared_4523").unwrap().crs_reason,
        "文件声明 EPSG:4523"
    );
    let guessed = read("undeclared_4523").unwrap().crs_reason;
    assert_eq!(
        guessed,
        "文件未声明坐标系；文件名含“4523”，东坐标 35 386 000 带 35 带号，判定为 EPSG:4523"
    );
    let contradicted = read("declared_4490_but_metres").unwrap().crs_reason;
    assert!(contradicted.starts_with("文件声明 EPSG:4490，与数值不符"));
}

#[test]
fn the_user_may_overrule_the_system_and_the_encoding() {
    let fixed = ReadOptions {
        crs: CrsChoice::Fixed(Crs::from_epsg(4543).unwrap()),
        ..options()
    };
    let path = fixture("undeclared_4544");
    let report = read_file(&path, &fixed, &Progress::default()).unwrap();
    assert_eq!(report.crs.epsg(), 4543);
    assert_eq!(report.crs_reason, "由用户指定为 EPSG:4543");
    // One zone further west the same numbers lie outside the district.
    assert_eq!(codes(&report), [WrongZoneSuspected, OutsideDistrict]);

    let named = |name: &str| ReadOptions {
        encoding: EncodingChoice::Named(name.to_owned()),
        ..options()
    };
    let path = fixture("gbk_one_name");
    let report = read_file(&path, &named("gbk"), &Progress::default()).unwrap();
    assert_eq!(
        report.layer.text(&report.layer.features[0], "HXMC"),
        Some("水口")
    );
    let err = read_file(&path, &named("gbk2"), &Progress::default()).unwrap_err();
    assert!(matches!(err, ReadError::UnknownEncoding { .. }));
}

#[test]
fn chinese_attributes_survive_every_encoding() {
    for (name, left_bank) in [
        ("bom", "岷江左岸"),
        ("utf16le", "岷江左岸"),
        ("utf16be", "岷江左岸"),
        ("gb18030", "岷江左岸𠀀"),
    ] {
        let layer = read(name).unwrap().layer;
        let names: Vec<_> = (layer.features.iter())
            .map(|feature| layer.feature_name(feature).unwrap())
            .collect();
        assert_eq!(names, [left_bank, "青衣江右岸"], "{name}");
    }
}

#[test]
fn a_quarantined_feature_keeps_its_own_text_and_the_good_ones_their_numbers() {
    let report = read("nan").unwrap();
    assert_eq!(report.quarantined[0].feature, 2);
    assert_eq!(
        report.quarantined[0].raw,
        r#"{"type":"Feature","properties":{"HXMC":"岷江左岸","MJ":40000},"geometry":{"type":"Point","coordinates":[NaN,29.56]}}"#
    );
    let fids: Vec<i64> = (report.layer.features.iter())
        .map(|feature| feature.fid)
        .collect();
    assert_eq!(fids, [1, 3]);
    let truncated = read("truncated").unwrap();
    assert!(truncated.quarantined[0].raw.contains("青衣江右岸"));
}

#[test]
fn columns_are_typed_by_all_their_values_and_nothing_is_lost() {
    let layer = read("mixed_columns").unwrap().layer;
    let columns: Vec<(&str, FieldType)> = (layer.fields.iter())
        .map(|field| (field.name.as_str(), field.field_type))
        .collect();
    assert_eq!(
        columns,
        [
            ("int", FieldType::Integer),
            ("num", FieldType::Real),
            ("mixed", FieldType::Text),
            ("flag", FieldType::Boolean),
            ("nested", FieldType::Text),
            ("code", FieldType::Text),
            ("id", FieldType::Text),
        ]
    );
    let first = &layer.features[0];
    let text = |column| layer.text(first, column);
    assert_eq!(text("mixed"), Some("1"));
    assert_eq!(text("nested"), Some(r#"{"a":[1,2]}"#));
    assert_eq!(text("code"), Some("007"));
    assert_eq!(text("id"), Some("甲1"));
    assert!(layer.features[2].values.iter().all(|v| *v == Value::Null));

    let layer = read("big_integer").unwrap().layer;
    let first = &layer.features[0];
    assert_eq!(layer.text(first, "BSM"), Some("123456789012345678901"));
    let exact = Value::Integer(9_007_199_254_740_993);
    assert_eq!(layer.value(first, "XH"), Some(&exact));

    let layer = read("duplicate_keys").unwrap().layer;
    assert_eq!(layer.text(&layer.features[0], "HXMC"), Some("新名"));
    let point = layer.features[1].geometry.as_ref().unwrap();
    assert_eq!(*point, geo::Point::new(103.76, 29.56).into());
}

#[test]
fn a_repair_says_what_became_of_the_area() {
    let spike = &read("spike").unwrap().issues[0];
    assert_eq!(spike.feature, Some(2));
    assert!(
        spike.message.starts_with("已删除 1 处尖刺，面积 "),
        "{}",
        spike.message
    );
    assert!(spike.message.ends_with("平方米不变"), "{}", spike.message);
}

#[test]
fn an_older_datum_is_opened_as_approximate_and_says_by_how_much() {
    let report = read("xian80_by_name").unwrap();
    assert_eq!(report.crs_precision_m, Some(130.0));
    assert_eq!(report.layer.placement, Placement::Approximate);
    for words in ["西安 1980", "近似", "±130 米"] {
        assert!(report.crs_reason.contains(words), "{}", report.crs_reason);
    }
    let report = read("declared_4523").unwrap();
    assert_eq!(report.crs_precision_m, None);
    assert_eq!(report.layer.placement, Placement::Surveyed);
}

#[test]
fn a_feature_without_geometry_stays_in_the_list_as_unlocated() {
    let layer = read("null_geometry").unwrap().layer;
    let row = &layer.features[1];
    assert_eq!(layer.text(row, "HXMC"), Some("岷江左岸"));
    assert_eq!(layer.feature_placement(row), Placement::Unlocated);
}

#[test]
fn a_red_line_is_compared_with_the_plan_and_with_its_own_area_column() {
    let redline = |plan_km2| ReadOptions {
        kind: LayerKind::RedLine,
        plan_area_km2: Some(plan_km2),
        ..options()
    };
    let path = fixture("declared_4523");
    let report = read_file(&path, &redline(0.05), &Progress::default()).unwrap();
    assert_eq!(codes(&report), [], "200² + 100² m, and MJ says so");
    let report = read_file(&path, &redline(0.6657), &Progress::default()).unwrap();
    assert_eq!(codes(&report), [PlanTotalDiffers]);

    let wrong = std::fs::read_to_string(&path).unwrap();
    let wrong = wrong.replace("\"MJ\":10000", "\"MJ\":10200");
    let report = read_bytes("x", wrong.as_bytes(), &redline(0.05), &Progress::default()).unwrap();
    assert_eq!(codes(&report), [AreaDiffers]);
    assert_eq!(report.issues[0].feature, Some(2));
}

#[test]
fn the_demonstration_red_line_has_the_plans_area_and_says_that_it_is_schematic() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/redline_4523.geojson");
    let text = std::fs::read_to_string(path).unwrap();
    let redline = ReadOptions {
        kind: LayerKind::RedLine,
        plan_area_km2: Some(0.6657),
        ..options()
    };
    let read = |text: &str| {
        read_bytes(
            "redline_4523.geojson",
            text.as_bytes(),
            &redline,
            &Progress::default(),
        )
        .unwrap()
    };
    let declared = read(&text);
    assert_eq!(declared.crs.to_string(), "EPSG:4523");
    assert_eq!(format!("{:.4}", declared.layer.area_m2() / 1e6), "0.6657");
    assert_eq!(declared.issues, []);
    assert_eq!(declared.layer.placement, Placement::Schematic);

    let without_crs: String = (text.lines())
        .filter(|line| !line.starts_with("\"crs\""))
        .collect();
    let guessed = read(&without_crs);
    assert_eq!(codes(&guessed), [CrsGuessed]);
    assert_eq!(guessed.layer.features, declared.layer.features);
}

#[test]
fn a_cancelled_import_stops() {
    let progress = Progress::default();
    progress.cancel();
    let err = read_file(&fixture("degrees"), &options(), &progress).unwrap_err();
    assert!(matches!(err, ReadError::Cancelled(_)));
}

#[test]
fn no_cut_and_no_flipped_bit_makes_it_panic_or_lie() {
    for name in [
        "all_seven_types",
        "declared_4523",
        "mixed_columns",
        "utf16le",
        "gb18030",
        "ndjson_with_a_broken_line",
    ] {
        let whole = std::fs::read(fixture(name)).unwrap();
        let check = |bytes: &[u8]| {
            if let Ok(report) = read_bytes(name, bytes, &options(), &Progress::default()) {
                assert_sound(&report, name);
            }
        };
        for end in 0..whole.len() {
            check(&whole[..end]);
        }
        // A linear congruential generator: the same wounds each time.
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..1500 {
            let mut wounded = whole.clone();
            for _ in 0..=random(3) {
                let at = random(wounded.len());
                wounded[at] = match random(3) {
                    0 => b"{}[]\",:\\e-"[random(10)],
                    1 => wounded[at] ^ (1 << random(8)),
                    _ => b"0123456789"[random(10)],
                };
            }
            check(&wounded);
        }
    }
}

#[test]
fn brackets_without_end_are_refused_quickly() {
    for text in [
        "[".repeat(200_000),
        "{\"type\":\"FeatureCollection\",\"features\":[".to_owned() + &"[".repeat(200_000),
        "{\"type\":\"Feature\",\"properties\":{\"a\":".to_owned() + &"{\"a\":".repeat(100_000),
        "{\"type\":\"FeatureCollection\",\"features\":[".to_owned()
            + &"{\"type\":\"Feature\",\"geometry\":{".repeat(20_000),
        "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\"\n".repeat(20_000),
    ] {
        if let Ok(report) = read_bytes("x", text.as_bytes(), &options(), &Progress::default()) {
            assert_eq!(report.layer.features, []);
        }
    }
}

#[test]
fn a_layer_written_as_geojson_is_read_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "all_seven_types",
        "mixed_columns",
        "null_geometry",
        "declared_4523",
    ] {
        let mut layer = read(name).unwrap().layer;
        layer.placement = Placement::Approximate;
        let first = folder.path().join(format!("{name}.geojson"));
        assert_eq!(
            write_layer(&first, &layer, &WriteOptions::NEW_FILE)
                .unwrap()
                .features,
            layer.features.len()
        );
        let back = read_file(&first, &options(), &Progress::default()).unwrap();
        let issues = codes(&back);
        let known = |code: &IssueCode| matches!(code, NoGeometry | AreaDiffers);
        assert!(issues.iter().all(known), "{issues:?}");
        assert_eq!(back.layer.name, layer.name);
        assert_eq!(back.layer.placement, layer.placement);
        assert_eq!(back.layer.fields, layer.fields);
        for (before, after) in layer.features.iter().zip(&back.layer.features) {
            assert_eq!(after.values, before.values, "{name}");
            let coords = |feature: &redline_atlas::model::Feature| -> Vec<geo::Coord<f64>> {
                (feature.geometry.iter())
                    .flat_map(CoordsIter::coords_iter)
                    .collect()
            };
            let (before, after) = (coords(before), coords(after));
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(after) {
                assert!((before.x - after.x).abs() < 1e-9, "{name}");
                assert!((before.y - after.y).abs() < 1e-9, "{name}");
            }
        }
        // Written once, nothing is left to round.
        let second = folder.path().join(format!("{name}-2.geojson"));
        write_layer(&second, &back.layer, &WriteOptions::NEW_FILE).unwrap();
        assert_eq!(
            std::fs::read(&first).unwrap(),
            std::fs::read(&second).unwrap()
        );
    }
}

#[test]
fn the_written_geojson_is_what_the_standard_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.geojson");
    let mut layer = read("declared_4523").unwrap().layer;
    if let Some(geo::Geometry::Polygon(polygon)) = &mut layer.features[0].geometry {
        polygon.exterior_mut(|ring| ring.0.reverse());
    }
    write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let collection: geojson::FeatureCollection = text.parse().unwrap();
    assert!(!text.contains("\"crs\""));
    let polygon: geo::Polygon<f64> = (collection.features[0].geometry.clone().unwrap())
        .try_into()
        .unwrap();
    use geo::Winding;
    assert!(polygon.exterior().is_ccw(), "outer rings counter-clockwise");
    let metres = Transform::new(Crs::from_epsg(4523).unwrap()).unwrap();
    let corner = metres.from_lon_lat(redline_atlas::crs::LonLat::new(
        103.810_134_041,
        29.695_373_451,
    ));
    let (east, north) = corner.unwrap();
    assert!((east - 35_384_841.0).abs() < 1e-3 && (north - 3_286_938.0).abs() < 1e-3);
    assert!(text.contains("[103.810134041,29.695373451]"), "{text}");
}
