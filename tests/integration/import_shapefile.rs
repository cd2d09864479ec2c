//! Import of Shapefiles as offices deliver them, and their export: every case is built for its defect.

mod builder;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use geo::{CoordsIter, Geometry};
use redline_atlas::crs::{Crs, LonLat, Transform};
use redline_atlas::formats::{
    EncodingChoice, ReadError, ReadOptions, ReadReport, TextEncoding, WriteError, WriteOptions,
    read_bytes, read_file, write_layer,
};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::*;
use redline_atlas::model::{Feature, FieldType, Layer, Value};

use crate::import_cases::{Case, assert_sound, check_cases, check_refused, codes, options, read};
use crate::judge;
use builder::*;

fn utf8(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn big5(text: &str) -> Vec<u8> {
    encoding_rs::BIG5.encode(text).0.into_owned()
}

/// Three squares, the second replaced.
fn with_second(shape: Vec<u8>) -> Files {
    let first = polygon(&[square(0.0, 0.0, 100.0)]);
    let third = polygon(&[square(400.0, 0.0, 100.0)]);
    good().shapes(&[first, shape, third])
}

fn second(rings: &[Ring]) -> Files {
    with_second(polygon(rings))
}

/// One text column beside the three squares.
fn names(name: &[u8], kind: u8, width: u8, decimals: u8, cells: [&[u8]; 3]) -> Files {
    let column = (name.to_vec(), kind, width, decimals);
    good().table(&[column], &cells.map(|cell| vec![cell.to_vec()]))
}

/// Remarks in a file of their own, as dBASE III writes them.
fn memo() -> Files {
    let mut texts = vec![0; 512];
    texts.extend(gbk("岷江左岸岸线整治\x1a\x1a"));
    names(b"BZ", b'M', 10, 0, [b"         1", b"", b"         7"]).with("dbt", texts)
}

/// Where the second of three squares begins: after the header and a record of 44 + 4 + 80 bytes.
const SECOND: usize = 100 + 8 + 128;

/// What `build` makes and what it must come to.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(Case, Files)> {
    let far = EAST + 1e5;
    let three = |shape: fn(f64) -> Vec<u8>| good().shapes(&[0.0, 200.0, 400.0].map(shape));
    let hole = || square(210.0, 10.0, 50.0);
    vec![
        // Encodings.
        (("gbk_with_cpg.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good()),
        (("gbk_in_the_header_only.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            good().without("cpg").edit("dbf", |dbf| dbf[29] = 0x4D)),
        (("gbk_undeclared.shp", [3, 3, 0, 0], 4523, "GB18030", &[Reencoded]), good().without("cpg")),
        (("gbk_as_arcgis_writes_it.shp", [3, 3, 0, 0], 4523, "GB18030", &[Reencoded]),
            good().without("cpg").edit("dbf", |dbf| dbf[29] = 0x57)),
        (("utf8_with_cpg.shp", [3, 3, 0, 0], 4523, "UTF-8", &[]), three_squares(utf8, "UTF-8")),
        (("utf8_undeclared.shp", [3, 3, 0, 0], 4523, "UTF-8", &[]), three_squares(utf8, "").without("cpg")),
        (("cpg_says_utf8_but_is_gbk.shp", [3, 3, 0, 0], 4523, "GB18030", &[EncodingContradicted]), good().with("cpg", "UTF-8")),
        (("cpg_says_gbk_but_is_utf8.shp", [3, 3, 0, 0], 4523, "UTF-8", &[EncodingContradicted]), three_squares(utf8, "936")),
        (("cpg_and_header_both_lie.shp", [3, 3, 0, 0], 4523, "GB18030", &[EncodingContradicted]),
            good().with("cpg", "ISO-8859-1").edit("dbf", |dbf| dbf[29] = 0x03)),
        (("header_right_where_cpg_lies.shp", [3, 3, 0, 0], 4523, "GB18030", &[EncodingContradicted]),
            good().with("cpg", "UTF-8").edit("dbf", |dbf| dbf[29] = 0x4D)),
        (("big5_with_cpg.shp", [3, 3, 0, 0], 4523, "Big5", &[]), three_squares(big5, "950")),
        (("cpg_of_nonsense.shp", [3, 3, 0, 0], 4523, "GB18030", &[Reencoded]), good().with("cpg", [0xFF, 0, 0x12])),
        (("names_in_gbk_values_in_utf8.shp", [3, 3, 0, 0], 4523, "UTF-8", &[]),
            names(&gbk("名称"), b'C', 20, 0, ["岷江".as_bytes(), "大渡河".as_bytes(), b""]).with("cpg", "UTF-8")),
        // Parts that are missing or belong to something else.
        (("alone.shp", [3, 3, 0, 0], 4523, "", &[MissingPart, CrsGuessed]),
            good().without("dbf").without("prj").without("cpg").without("shx")),
        (("without_prj.shp", [3, 3, 0, 0], 4523, "GB18030", &[CrsGuessed]), good().without("prj")),
        (("without_table.shp", [3, 3, 0, 0], 4523, "", &[MissingPart]), good().without("dbf")),
        (("table_of_junk.shp", [3, 3, 0, 0], 4523, "", &[MissingPart]), good().with("dbf", vec![7; 90])),
        (("index_of_another_file.shp", [3, 3, 0, 0], 4523, "GB18030", &[CountsDiffer]),
            good().edit("shx", |shx| shx[108..112].copy_from_slice(&[0, 0, 0, 60]))),
        (("index_too_short.shp", [3, 3, 0, 0], 4523, "GB18030", &[CountsDiffer]), good().edit("shx", |shx| shx.truncate(108))),
        (("index_of_nothing.shp", [3, 3, 0, 0], 4523, "GB18030", &[CountsDiffer]), good().with("shx", "")),
        // Kinds of geometry.
        (("points.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), three(|x| point(EAST + x, NORTH))),
        (("multipoints.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| multi_point(8, &[(EAST + x, NORTH), (EAST + x, NORTH + 5.0)]))),
        (("lines_of_two_parts.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| parts(3, &[square(x, 0.0, 50.0), square(x, 60.0, 50.0)]))),
        (("points_with_heights.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| with_block(point(EAST + x, NORTH), 11, &[361.5, 0.0]))),
        (("points_with_measures.shp", [3, 3, 0, 0], 4523, "GB18030", &[HeightsDropped]),
            three(|x| with_block(point(EAST + x, NORTH), 21, &[12.5]))),
        (("points_with_no_measures_in_them.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| with_block(point(EAST + x, NORTH), 21, &[-1.797e308]))),
        (("multipoints_with_heights.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| with_block(multi_point(8, &[(EAST + x, NORTH)]), 18, &[361.5]))),
        (("polygons_with_heights.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| with_block(polygon(&[square(x, 0.0, 100.0)]), 15, &[361.5; 5]))),
        (("polygons_with_heights_cut_off.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            three(|x| { let mut flat = polygon(&[square(x, 0.0, 100.0)]); flat[0] = 15; flat })),
        (("lines_with_measures.shp", [3, 3, 0, 0], 4523, "GB18030", &[HeightsDropped]),
            three(|x| with_block(parts(3, &[square(x, 0.0, 100.0)]), 23, &[7.0; 5]))),
        (("null_shape.shp", [3, 3, 0, 0], 4523, "GB18030", &[NoGeometry]), with_second(null())),
        (("multipatch.shp", [3, 2, 0, 1], 4523, "GB18030", &[UnknownGeometryType]),
            with_second({ let mut shape = polygon(&[square(0.0, 0.0, 1.0)]); shape[0] = 31; shape })),
        (("polygon_of_no_parts.shp", [3, 3, 0, 0], 4523, "GB18030", &[NoGeometry]), second(&[])),
        // Rings.
        (("hole.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), second(&[square(200.0, 0.0, 100.0), reversed(hole())])),
        (("hole_before_its_outer_ring.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            second(&[reversed(hole()), square(200.0, 0.0, 100.0)])),
        (("hole_that_runs_like_an_outer_ring.shp", [3, 3, 1, 0], 4523, "GB18030", &[WrongOrientation]),
            second(&[square(200.0, 0.0, 100.0), hole()])),
        (("all_rings_the_wrong_way_round.shp", [3, 3, 1, 0], 4523, "GB18030", &[WrongOrientation]),
            second(&[reversed(square(200.0, 0.0, 100.0)), hole()])),
        (("single_ring_the_wrong_way_round.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), second(&[reversed(hole())])),
        (("island_in_a_lake.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            second(&[square(200.0, 0.0, 100.0), reversed(hole()), square(220.0, 20.0, 10.0)])),
        (("unclosed_ring.shp", [3, 3, 1, 0], 4523, "GB18030", &[UnclosedRing]), second(&[hole()[..4].to_vec()])),
        (("two_point_ring.shp", [3, 2, 0, 1], 4523, "GB18030", &[TooFewPoints]), second(&[hole()[..2].to_vec()])),
        (("flat_ring.shp", [3, 2, 0, 1], 4523, "GB18030", &[ZeroArea]),
            second(&[[0, 1, 0, 0].map(|at| hole()[at]).to_vec()])),
        (("flat_ring_beside_a_good_one.shp", [3, 3, 1, 0], 4523, "GB18030", &[ZeroArea]),
            second(&[hole(), hole()[..2].to_vec()])),
        (("bow_tie.shp", [3, 3, 0, 0], 4523, "GB18030", &[SelfIntersection]),
            second(&[[0, 2, 1, 3, 0].map(|at| hole()[at]).to_vec()])),
        (("one_point_line.shp", [3, 2, 0, 1], 4523, "GB18030", &[TooFewPoints]), with_second(parts(3, &[hole()[..1].to_vec()]))),
        (("one_point_part.shp", [3, 3, 1, 0], 4523, "GB18030", &[TooFewPoints]),
            with_second(parts(3, &[hole()[..1].to_vec(), hole()]))),
        // Numbers.
        (("nan.shp", [3, 2, 0, 1], 4523, "GB18030", &[OutOfRange]), second(&[vec![(f64::NAN, NORTH); 4]])),
        (("infinity.shp", [3, 2, 0, 1], 4523, "GB18030", &[OutOfRange]), with_second(point(f64::INFINITY, NORTH))),
        (("no_data_mark.shp", [3, 2, 0, 1], 4523, "GB18030", &[OutOfRange]), with_second(point(-1.797e308, -1.797e308))),
        (("outside_the_system.shp", [3, 2, 0, 1], 4523, "GB18030", &[OutOfRange]), with_second(point(105.0, 29.5))),
        (("elsewhere.shp", [3, 3, 0, 0], 4523, "GB18030", &[OutsideDistrict]), with_second(point(far, NORTH))),
        // Records that lie.
        (("record_length_too_short.shp", [3, 3, 1, 0], 4523, "GB18030", &[CountsDiffer]),
            good().without("shx").edit("shp", |shp| shp[SECOND + 7] = 9)),
        (("record_length_too_long.shp", [3, 3, 1, 0], 4523, "GB18030", &[CountsDiffer]),
            good().without("shx").edit("shp", |shp| shp[SECOND + 4] = 0x7F)),
        (("record_length_zero.shp", [3, 3, 1, 0], 4523, "GB18030", &[CountsDiffer]),
            good().without("shx").edit("shp", |shp| shp[SECOND + 7] = 0)),
        (("record_numbers_all_zero.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good().edit("shp", |shp| {
            for at in [100, SECOND, 2 * SECOND - 100] { shp[at + 3] = 0; }
        })),
        (("huge_part_count.shp", [3, 2, 0, 1], 4523, "GB18030", &[BadCoordinates]),
            good().edit("shp", |shp| shp[SECOND + 8 + 36..][..4].copy_from_slice(&i32::MAX.to_le_bytes()))),
        (("huge_point_count.shp", [3, 2, 0, 1], 4523, "GB18030", &[BadCoordinates]),
            good().edit("shp", |shp| shp[SECOND + 8 + 40..][..4].copy_from_slice(&i32::MAX.to_le_bytes()))),
        (("negative_point_count.shp", [3, 2, 0, 1], 4523, "GB18030", &[BadCoordinates]),
            good().edit("shp", |shp| shp[SECOND + 8 + 40..][..4].copy_from_slice(&(-5_i32).to_le_bytes()))),
        (("parts_in_disorder.shp", [3, 2, 0, 1], 4523, "GB18030", &[BadCoordinates]),
            second(&[square(200.0, 0.0, 100.0), reversed(hole())]).edit("shp", |shp| shp[SECOND + 8 + 44] = 7)),
        (("unknown_type.shp", [3, 2, 0, 1], 4523, "GB18030", &[UnknownGeometryType]), good().edit("shp", |shp| shp[SECOND + 8] = 77)),
        (("file_length_of_zero.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good().edit("shp", |shp| shp[24..28].fill(0))),
        (("type_of_nonsense_in_the_header.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good().edit("shp", |shp| shp[32] = 99)),
        (("junk_at_the_end.shp", [3, 3, 0, 0], 4523, "GB18030", &[TrailingData]), good().edit("shp", |shp| shp.extend(b"junk and more"))),
        // Files cut short.
        (("truncated.shp", [3, 2, 0, 1], 4523, "GB18030", &[Truncated, Truncated]),
            good().edit("shp", |shp| shp.truncate(shp.len() - 9))),
        (("truncated_by_two_records.shp", [3, 1, 0, 2], 4523, "GB18030", &[Truncated, Truncated, Truncated]),
            good().edit("shp", |shp| shp.truncate(SECOND + 3))),
        (("truncated_between_records.shp", [2, 2, 0, 0], 4523, "", &[MissingPart, Truncated]),
            good().without("dbf").edit("shp", |shp| shp.truncate(2 * SECOND - 100))),
        (("end_never_written.shp", [3, 2, 0, 1], 4523, "GB18030", &[Truncated, Truncated]),
            good().edit("shp", |shp| shp[2 * SECOND - 100..].fill(0))),
        // The table.
        (("deleted_row.shp", [2, 2, 0, 0], 4523, "GB18030", &[RowDeleted]), good().edit("dbf", |dbf| delete_row(dbf, 1))),
        (("fewer_rows_than_shapes.shp", [3, 3, 0, 0], 4523, "GB18030", &[CountsDiffer]), good().edit("dbf", |dbf| {
            dbf[4] = 2;
            dbf.truncate(dbf.len() - 70);
        })),
        (("more_rows_than_shapes.shp", [3, 3, 0, 0], 4523, "GB18030", &[CountsDiffer, NoGeometry]),
            good().shapes(&[0.0, 200.0].map(|x| polygon(&[square(x, 0.0, 100.0)])))),
        (("table_cut_short.shp", [3, 3, 0, 0], 4523, "GB18030", &[CountsDiffer, Truncated]),
            good().edit("dbf", |dbf| dbf.truncate(dbf.len() - 20))),
        (("rows_never_counted.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good().edit("dbf", |dbf| dbf[4] = 0)),
        (("header_length_of_zero.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good().edit("dbf", |dbf| dbf[8..10].fill(0))),
        (("row_length_of_zero.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), good().edit("dbf", |dbf| dbf[10..12].fill(0))),
        (("name_cut_in_a_character.shp", [3, 3, 0, 0], 4523, "GB18030", &[FieldNameCut]),
            names(&gbk("a生态保护红线")[..10], b'C', 9, 0, [b"", b"", b""])),
        (("duplicate_names.shp", [3, 3, 0, 0], 4523, "GB18030", &[DuplicateKey, DuplicateKey]), good().table(
            &[column("MC", b'C', 9, 0), column("MC", b'C', 9, 0), column("MC", b'C', 9, 0)],
            &["1", "2", "3"].map(|n| ["a", "b", "c"].map(|c| format!("{c}{n}").into_bytes()).to_vec()))),
        (("name_of_nothing.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), names(b"", b'C', 9, 0, [b"x", b"y", b"z"])),
        (("text_cut_in_a_character.shp", [3, 3, 0, 0], 4523, "GB18030", &[BadText]),
            names(b"MC", b'C', 5, 0, [&gbk("岷江左岸")[..5], &gbk("大渡"), b""])),
        (("text_that_is_none.shp", [3, 3, 0, 0], 4523, "GB18030", &[BadText]),
            names(b"MC", b'C', 9, 0, [&gbk("岷江"), b"\xFF\xFFabc", &gbk("大渡河")])),
        (("comma_decimals.shp", [3, 3, 0, 0], 4523, "GB18030", &[]),
            names(b"TZ", b'N', 12, 2, [b"10000,25", b"1,234,567.5", b""])),
        (("number_too_wide.shp", [3, 3, 0, 0], 4523, "GB18030", &[BadValue]), names(b"TZ", b'N', 5, 2, [b"*****", b"12.5", b""])),
        (("number_that_is_none.shp", [3, 3, 0, 0], 4523, "GB18030", &[BadValue]), names(b"TZ", b'N', 5, 2, [b"abc", b"12.5", b""])),
        (("logical.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), names(b"YX", b'L', 1, 0, [b"T", b"n", b"?"])),
        (("dates.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), names(b"RQ", b'D', 8, 0, [b"20210506", b"00000000", b""])),
        (("memo_with_its_texts.shp", [3, 3, 0, 0], 4523, "GB18030", &[]), memo()),
        (("memo.shp", [3, 3, 0, 0], 4523, "GB18030", &[MissingPart]), names(b"BZ", b'M', 10, 0, [b"1", b"2", b"3"])),
    ]
}

#[test]
fn every_defect_is_met_reported_and_survived() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    for (case, files) in &cases {
        files.write(folder.path(), case.0.strip_suffix(".shp").unwrap());
    }
    let cases: Vec<Case> = cases.iter().map(|(case, _)| *case).collect();
    check_cases(folder.path().to_str().unwrap(), &cases);
}

#[test]
fn what_is_no_shapefile_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for (name, files) in [
        ("junk", good().with("shp", vec![1; 300])),
        ("half_a_header", good().edit("shp", |shp| shp.truncate(60))),
        ("no_shapes", good().shapes(&[]).without("dbf")),
        ("nothing", good().with("shp", "")),
        (
            "no_shapes_left",
            good().edit("shp", |shp| shp.truncate(100)).without("dbf"),
        ),
    ] {
        files.write(folder.path(), name);
    }
    good()
        .without("shp")
        .write(folder.path(), "shp_left_behind");
    check_refused(
        folder.path().to_str().unwrap(),
        &[
            ("junk.shp", "内容不是 Shapefile"),
            ("half_a_header.shp", "不完整的文件头"),
            ("no_shapes.shp", "没有要素"),
            ("nothing.shp", "是空的"),
            ("no_shapes_left.shp", "中断"),
            ("shp_left_behind.dbf", "缺少同名的 .shp"),
        ],
    );
}

/// Written to a folder, read back.
fn read_files(files: &Files) -> ReadReport {
    let folder = tempfile::tempdir().unwrap();
    files.write(folder.path(), "红线");
    read(folder.path().to_str().unwrap(), "红线.shp").unwrap()
}

fn texts(report: &ReadReport, column: &str) -> Vec<String> {
    let layer = &report.layer;
    let value = |feature: &Feature| layer.value(feature, column).unwrap().display();
    layer.features.iter().map(value).collect()
}

#[test]
fn names_and_values_are_the_right_chinese_whatever_is_declared() {
    let expected = ["岷江左岸", "青衣江右岸", "大渡河"];
    for files in [
        good(),
        good().without("cpg"),
        good().with("cpg", "UTF-8"),
        three_squares(utf8, "GBK"),
        three_squares(utf8, "UTF-8"),
    ] {
        let report = read_files(&files);
        assert_eq!(texts(&report, "HXMC"), expected);
        assert_eq!(report.layer.name, "红线");
    }
    let cells: [&[u8]; 3] = ["岷江".as_bytes(), b"", b""];
    let mixed = names(&gbk("名称"), b'C', 20, 0, cells).with("cpg", "UTF-8");
    assert_eq!(texts(&read_files(&mixed), "名称"), ["岷江", "", ""]);
    let cut = names(&gbk("a生态保护红线")[..10], b'C', 9, 0, [b"x", b"", b""]);
    assert_eq!(texts(&read_files(&cut), "a生态保护"), ["x", "", ""]);
    let cut = names(b"MC", b'C', 5, 0, [&gbk("岷江左")[..5], b"", b""]);
    assert_eq!(texts(&read_files(&cut), "MC"), ["岷江", "", ""]);
}

#[test]
fn the_user_may_say_which_encoding_it_is() {
    let folder = tempfile::tempdir().unwrap();
    three_squares(big5, "")
        .without("cpg")
        .write(folder.path(), "x");
    let named = |name: &str| {
        let options = ReadOptions {
            encoding: EncodingChoice::Named(name.to_owned()),
            ..options()
        };
        read_file(&folder.path().join("x.shp"), &options, &Progress::default())
    };
    assert_eq!(texts(&named("big5").unwrap(), "HXMC")[2], "大渡河");
    let err = named("gbk2").unwrap_err();
    assert!(matches!(err, ReadError::UnknownEncoding { .. }));
}

#[test]
fn values_keep_their_types() {
    let report = read_files(&good());
    let types: Vec<FieldType> = (report.layer.fields.iter())
        .map(|field| field.field_type)
        .collect();
    assert_eq!(
        types,
        [FieldType::Text, FieldType::Real, FieldType::Integer]
    );
    let values = |files: &Files, name: &str| {
        let layer = read_files(files).layer;
        let value = |feature: &Feature| layer.value(feature, name).unwrap().clone();
        layer.features.iter().map(value).collect::<Vec<_>>()
    };
    use Value::{Boolean, Null, Real, Text};
    assert_eq!(
        values(
            &names(b"TZ", b'N', 12, 2, [b"10000,25", b"1,234,567.5", b""]),
            "TZ"
        ),
        [Real(10000.25), Real(1_234_567.5), Null]
    );
    assert_eq!(
        values(&names(b"YX", b'L', 1, 0, [b"T", b"n", b"?"]), "YX"),
        [Boolean(true), Boolean(false), Null]
    );
    assert_eq!(
        values(
            &names(b"RQ", b'D', 8, 0, [b"20210506", b"00000000", b""]),
            "RQ"
        ),
        [Text("2021-05-06".to_owned()), Null, Null]
    );
}

#[test]
fn holes_and_islands_are_told_by_what_lies_within_what() {
    let area = |rings: &[Ring]| {
        let report = read_files(&second(rings));
        let geometry = report.layer.features[1].geometry.clone().unwrap();
        let polygons = match geometry {
            Geometry::Polygon(_) => 1,
            Geometry::MultiPolygon(polygons) => polygons.0.len(),
            other => panic!("{other:?}"),
        };
        // The plane's scale near 1.0002 there.
        (
            polygons,
            (report.layer.area_m2() / 100.0).round() * 100.0 - 20_000.0,
        )
    };
    let (outer, hole) = (square(200.0, 0.0, 100.0), square(210.0, 10.0, 50.0));
    let island = square(220.0, 20.0, 10.0);
    let holed = (1, 7500.0);
    assert_eq!(area(&[outer.clone(), reversed(hole.clone())]), holed);
    assert_eq!(area(&[reversed(hole.clone()), outer.clone()]), holed);
    assert_eq!(area(&[outer.clone(), hole.clone()]), holed);
    assert_eq!(area(&[outer.clone(), hole, island]), (2, 7600.0));
    assert_eq!(area(&[outer, square(400.0, 200.0, 100.0)]), (2, 20_000.0));
}

#[test]
fn parts_that_say_one_thing_again_and_again_are_not_believed() {
    // An index that lists the first record a thousand times.
    let repeated = good().edit("shx", |shx| {
        let first = shx[100..108].to_vec();
        shx.truncate(100);
        shx.extend(first.repeat(1000));
    });
    let report = read_files(&repeated);
    assert_eq!((report.read, codes(&report)), (3, vec![CountsDiffer]));

    // Columns without width, as many as a header holds.
    let mut columns = vec![column("HXMC", b'C', 10, 0)];
    columns.extend((0..2000).map(|number| column(&format!("c{number}"), b'C', 0, 0)));
    let rows = vec![vec![b"a".to_vec()]; 3];
    let report = read_files(&good().table(&columns, &rows));
    assert_eq!((report.read, report.layer.fields.len()), (3, 1));

    // A table that claims four thousand million rows.
    let claims = good().edit("dbf", |dbf| dbf[4..8].fill(0xFF));
    let report = read_files(&claims);
    assert_eq!((report.read, codes(&report)), (3, vec![Truncated]));

    // Two hundred rows that share one long text.
    let shapes: Vec<_> = (0..200)
        .map(|x| point(EAST + f64::from(x), NORTH))
        .collect();
    let rows = vec![vec![b"1".to_vec()]; 200];
    let text = [vec![0; 512], vec![b'x'; 40_000], vec![0x1A]].concat();
    let shared = good()
        .shapes(&shapes)
        .table(&[column("BZ", b'M', 10, 0)], &rows)
        .with("dbt", text);
    let report = read_files(&shared);
    assert_eq!((report.read, codes(&report)), (200, vec![MissingPart]));
}

#[test]
fn a_record_moved_to_the_end_is_found_by_the_index() {
    // The second record has been written anew after the third, and the index says so.
    let mut files = good();
    let shp = files.0.get_mut("shp").unwrap();
    let again = shp[SECOND..2 * SECOND - 100].to_vec();
    let moved = shp.len();
    shp.extend(again);
    let len = u32::try_from(shp.len() / 2).unwrap();
    shp[24..28].copy_from_slice(&len.to_be_bytes());
    let shx = files.0.get_mut("shx").unwrap();
    shx[108..112].copy_from_slice(&u32::try_from(moved / 2).unwrap().to_be_bytes());
    let report = read_files(&files);
    assert_eq!((report.read, codes(&report)), (3, vec![]));
    assert_eq!(report.layer.features, read_files(&good()).layer.features);
}

#[test]
fn what_a_cut_loses_is_counted_and_its_attributes_are_kept_aside() {
    let report = read_files(&good().edit("shp", |shp| shp.truncate(SECOND + 3)));
    let sentence = &report.issues[0].message;
    assert!(sentence.contains("第 1 个图形之后中断"), "{sentence}");
    assert!(sentence.contains("至少 2 个图形丢失"), "{sentence}");
    assert!(report.quarantined[1].raw.contains("大渡河"));
    let nan = read_files(&with_second(point(f64::NAN, NORTH)));
    let raw = &nan.quarantined[0].raw;
    assert!(
        raw.contains("青衣江右岸") && raw.contains("[null,3286000"),
        "{raw}"
    );
}

/// All parts in one archive.
fn zipped(stem: &str, files: &Files) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (ending, bytes) in &files.0 {
        zip.start_file(format!("{stem}.{ending}"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_zip_a_folder_and_any_part_of_it_mean_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("红线数据");
    std::fs::create_dir(&data).unwrap();
    // Windows does not tell capitals from small letters.
    for (ending, bytes) in &good().0 {
        std::fs::write(data.join(format!("红线.{}", ending.to_uppercase())), bytes).unwrap();
    }
    let zipped = zipped("数据/红线", &good().without("prj"));
    std::fs::write(folder.path().join("a.zip"), zipped).unwrap();
    let read = |path: PathBuf| read_file(&path, &options(), &Progress::default()).unwrap();
    for report in [
        read(data.clone()),
        read(data.join("红线.SHP")),
        read(data.join("红线.DBF")),
        read(folder.path().join("a.zip")),
    ] {
        assert_eq!(texts(&report, "HXMC")[0], "岷江左岸");
        assert_eq!((report.crs.epsg(), report.format), (4523, "Shapefile"));
        assert_eq!(report.layer.name, "红线");
    }
}

#[test]
fn no_cut_and_no_flipped_bit_makes_it_panic_or_lie() {
    let rings = [
        square(200.0, 0.0, 100.0),
        reversed(square(210.0, 10.0, 50.0)),
    ];
    let whole = second(&rings);
    let check = |ending: &'static str, bytes: &[u8]| {
        let archive = zipped("x", &whole.clone().with(ending, bytes));
        if let Ok(report) = read_bytes("x.zip", &archive, &options(), &Progress::default()) {
            assert_sound(&report, ending);
        }
    };
    // A linear congruential generator: the same wounds each time.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for (&ending, bytes) in &whole.0 {
        for end in 0..bytes.len() {
            check(ending, &bytes[..end]);
        }
        for _ in 0..800 {
            let mut wounded = bytes.clone();
            for _ in 0..=random(3) {
                let at = random(wounded.len());
                wounded[at] = match random(3) {
                    0 => [0, 1, 0x7F, 0x80, 0xFF, b'*', b' '][random(7)],
                    1 => wounded[at] ^ (1 << random(8)),
                    _ => u8::try_from(random(256)).unwrap(),
                };
            }
            check(ending, &wounded);
        }
    }
}

#[test]
fn rings_within_rings_without_end_are_refused_quickly() {
    let rings: Vec<Ring> = (0..30_000)
        .map(|at| {
            square(
                -f64::from(at) * 0.01,
                -f64::from(at) * 0.01,
                f64::from(at) * 0.02 + 1.0,
            )
        })
        .collect();
    let (shp, _) = shp(&[polygon(&rings)]);
    let report = read_bytes("x.shp", &shp, &options(), &Progress::default()).unwrap();
    assert_eq!(report.quarantined[0].code, BadCoordinates);
}

// Writing.

fn geojson_layer(name: &str) -> Layer {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import");
    let path = path.join(format!("{name}.geojson"));
    (read_file(&path, &options(), &Progress::default()).unwrap()).layer
}

fn coords(feature: &Feature) -> Vec<geo::Coord<f64>> {
    (feature.geometry.iter())
        .flat_map(CoordsIter::coords_iter)
        .collect()
}

#[test]
fn a_layer_written_is_read_back_the_same_in_every_system_and_encoding() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (epsg, text)) in [
        (4490, TextEncoding::Gb18030),
        (4490, TextEncoding::Utf8),
        (4523, TextEncoding::Gb18030),
        (4544, TextEncoding::Utf8),
        (4326, TextEncoding::Utf8),
        (3857, TextEncoding::Gb18030),
        (4496, TextEncoding::Gb18030),
    ]
    .into_iter()
    .enumerate()
    {
        let layer = read_files(&second(&[
            square(200.0, 0.0, 100.0),
            reversed(square(210.0, 10.0, 50.0)),
        ]))
        .layer;
        let path = folder.path().join(format!("{number}.shp"));
        let options = WriteOptions {
            crs: Crs::from_epsg(epsg),
            encoding: Some(text),
            overwrite: false,
        };
        let written = write_layer(&path, &layer, &options).unwrap();
        assert_eq!((written.features, written.notes), (3, vec![]));
        assert_eq!(written.files, std::slice::from_ref(&path));
        let back = read_file(&path, &self::options(), &Progress::default()).unwrap();
        assert_eq!((back.crs.epsg(), codes(&back)), (epsg, vec![]), "{epsg}");
        assert_eq!(back.layer.fields, layer.fields);
        for (before, after) in layer.features.iter().zip(&back.layer.features) {
            assert_eq!(after.values, before.values, "{epsg}");
            let (before, after) = (coords(before), coords(after));
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(after) {
                assert!((before.x - after.x).abs() < 1e-9, "{epsg}");
                assert!((before.y - after.y).abs() < 1e-9, "{epsg}");
            }
        }
    }
}

#[test]
fn a_mixed_layer_becomes_one_file_for_each_kind_of_geometry_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let layer = geojson_layer("all_seven_types");
    let path = folder.path().join("全部.shp");
    let written = write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
    let names: Vec<_> = (written.files.iter())
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["全部_点.shp", "全部_线.shp", "全部_面.shp"]);
    assert!(written.notes[0].contains("全部_点.shp、全部_线.shp、全部_面.shp"));
    assert!(!path.exists());
    let mut shapes = 0;
    for file in &written.files {
        let back = read_file(file, &options(), &Progress::default()).unwrap();
        assert_eq!(back.quarantined, []);
        shapes += back.read;
    }
    // The collection stands in several files.
    assert!(shapes >= layer.features.len(), "{shapes}");
    let again = write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap_err();
    assert!(matches!(again, WriteError::Exists { .. }));
    let replacing = WriteOptions {
        overwrite: true,
        ..WriteOptions::NEW_FILE
    };
    assert_eq!(write_layer(&path, &layer, &replacing).unwrap().features, 7);
    let mut left = std::fs::read_dir(folder.path()).unwrap();
    assert!(left.all(|entry| {
        !entry
            .unwrap()
            .file_name()
            .to_str()
            .unwrap()
            .starts_with('.')
    }));
}

#[test]
fn long_names_long_texts_and_every_kind_of_value_are_written_as_well_as_the_format_can() {
    let folder = tempfile::tempdir().unwrap();
    let mut layer = read_files(&good()).layer;
    layer.fields[0].name = "生态保护红线名称".to_owned();
    layer.fields[1].name = "生态保护红线面积".to_owned();
    layer.features[0].values[0] = Value::Text("江".repeat(200));
    layer.features[1].values[0] = Value::Text("𠀀江，“引号”".to_owned());
    layer.features[2].values[1] = Value::Real(-1.5e-300);
    layer.features[0].geometry = None;
    let path = folder.path().join("x.shp");
    let written = write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
    assert_eq!(written.notes.len(), 2, "{:?}", written.notes);
    assert!(written.notes[0].contains("“生态保护红线面积”→“生态保护_2”"));
    assert!(written.notes[1].contains("1 处文字"));
    assert_eq!(
        std::fs::read(path.with_extension("cpg")).unwrap(),
        b"GB18030"
    );
    let back = read_file(&path, &options(), &Progress::default()).unwrap();
    assert_eq!(codes(&back), [NoGeometry]);
    let texts = texts(&back, "生态保护红");
    assert_eq!(
        (texts[0].as_str(), texts[1].as_str()),
        ("江".repeat(127).as_str(), "𠀀江，“引号”")
    );
    let small = back.layer.value(&back.layer.features[2], "生态保护_2");
    assert_eq!(small, Some(&Value::Real(-1.5e-300)));
}

// Other programs.

/// What GDAL says; `None` where it is not installed and nobody insists.
fn gdal(program: &str, arguments: &[&str], folder: &Path) -> Option<String> {
    if !judge::is_here(program) {
        return None;
    }
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn what_gdal_writes_in_gbk_and_in_utf8_is_read_to_the_millimetre() {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/redline_4523.geojson");
    let source = source.to_str().unwrap();
    let expected = read_file(Path::new(source), &options(), &Progress::default()).unwrap();
    let metres = Transform::new(Crs::from_epsg(4523).unwrap()).unwrap();
    let in_metres = |layer: &Layer| -> Vec<(f64, f64)> {
        let mut all: Vec<_> = (layer.features.iter().flat_map(coords))
            .map(|at| metres.from_lon_lat(LonLat::new(at.x, at.y)).unwrap())
            // Rings may start elsewhere and run the other way round.
            .map(|(x, y)| ((x * 1e3).round() / 1e3, (y * 1e3).round() / 1e3))
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        all.dedup();
        all
    };
    for encoding in ["GBK", "UTF-8"] {
        let option = format!("ENCODING={encoding}");
        let target = format!("{encoding}.shp");
        let arguments = ["-f", "ESRI Shapefile", "-lco", &option, &target, source];
        if gdal("ogr2ogr", &arguments, folder.path()).is_none() {
            return;
        }
        let path = folder.path().join(&target);
        let with_prj = read_file(&path, &options(), &Progress::default()).unwrap();
        std::fs::remove_file(path.with_extension("prj")).unwrap();
        let without_prj = read_file(&path, &options(), &Progress::default()).unwrap();
        assert_eq!(
            codes(&without_prj),
            [CrsGuessed],
            "{:?}",
            without_prj.issues
        );
        for report in [with_prj, without_prj] {
            assert_eq!(report.crs.epsg(), 4523, "{encoding}");
            assert_eq!(report.quarantined, []);
            assert_eq!(
                in_metres(&report.layer),
                in_metres(&expected.layer),
                "{encoding}"
            );
            let names = |layer: &Layer| -> Vec<Option<String>> {
                let name = |feature| layer.feature_name(feature).map(str::to_owned);
                layer.features.iter().map(name).collect()
            };
            assert_eq!(names(&report.layer), names(&expected.layer), "{encoding}");
        }
    }
}

#[test]
fn gdal_reads_what_we_write_with_the_right_chinese_and_the_right_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut layer = read_files(&good()).layer;
    layer.fields[0].name = "红线名称".to_owned();
    for (name, epsg, text) in [
        ("国标", 4523, TextEncoding::Gb18030),
        ("统一码", 4544, TextEncoding::Utf8),
        ("度", 4490, TextEncoding::Gb18030),
    ] {
        let path = folder.path().join(format!("{name}.shp"));
        let options = WriteOptions {
            crs: Crs::from_epsg(epsg),
            encoding: Some(text),
            overwrite: false,
        };
        write_layer(&path, &layer, &options).unwrap();
        let shape = format!("{name}.shp");
        let arguments = [
            "-f",
            "GeoJSON",
            "-t_srs",
            "EPSG:4490",
            "/vsistdout/",
            &shape,
        ];
        let Some(text_of) = gdal("ogr2ogr", &arguments, folder.path()) else {
            return;
        };
        let back = read_bytes(
            "gdal",
            text_of.as_bytes(),
            &self::options(),
            &Progress::default(),
        );
        let back = back.unwrap();
        let column = if text == TextEncoding::Utf8 {
            "红线名"
        } else {
            "红线名称"
        };
        assert_eq!(
            texts(&back, column),
            ["岷江左岸", "青衣江右岸", "大渡河"],
            "{name}"
        );
        assert_eq!(texts(&back, "TZ"), ["10000", "10000", "10000"]);
        // GDAL writes GeoJSON to seven decimals, a centimetre.
        let apart = (back.layer.area_m2() - layer.area_m2()).abs();
        assert!(apart < 5.0, "{name}: {apart}");
        let (here, there) = (back.layer.extent().unwrap(), layer.extent().unwrap());
        assert!((here.west - there.west).abs() < 1e-7, "{name}");
        assert!((here.south - there.south).abs() < 1e-7, "{name}");
        let info = gdal("ogrinfo", &["-so", "-al", &shape], folder.path()).unwrap();
        assert!(
            info.contains("Geometry: Polygon") && info.contains("Feature Count: 3"),
            "{info}"
        );
        assert!(
            info.contains("China") || info.contains("CGCS2000"),
            "{info}"
        );
    }
}

#[test]
fn long_texts_of_a_table_are_read_from_the_file_beside_it() {
    let report = read_files(&memo());
    let remarks: Vec<_> = (report.layer.features.iter())
        .map(|feature| report.layer.text(feature, "BZ"))
        .collect();
    assert_eq!(remarks, [Some("岷江左岸岸线整治"), None, None]);
}

/// Sound ones of every kind of geometry, for another program to read; their stems.
pub(crate) fn write_good_ones(folder: &Path) -> [&'static str; 5] {
    let all = |shape: fn(f64) -> Vec<u8>| good().shapes(&[0.0, 200.0, 400.0].map(shape));
    good().write(folder, "squares");
    all(|x| point(EAST + x, NORTH)).write(folder, "points");
    all(|x| multi_point(8, &[(EAST + x, NORTH), (EAST + x, NORTH + 5.0)]))
        .write(folder, "multipoints");
    all(|x| parts(3, &[square(x, 0.0, 50.0), square(x, 60.0, 50.0)])).write(folder, "lines");
    all(|x| with_block(polygon(&[square(x, 0.0, 100.0)]), 15, &[361.5; 5]))
        .write(folder, "heights");
    ["squares", "points", "multipoints", "lines", "heights"]
}
