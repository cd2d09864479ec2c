//! Import of 界址点 text: every fixture is named for its defect, or for the habit of some tool.

use geo::{CoordsIter, Geometry};
use redline_atlas::formats::{ReadReport, WriteOptions, read_file, write_layer};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::{self, *};
use redline_atlas::model::{Feature, Placement, Value};

use crate::import_cases::{self, Case, Refusal};
use crate::import_wounds;

const FOLDER: &str = "txt";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("plain.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    // Encodings and line ends.
    ("gbk.txt", [2, 2, 0, 0], 4523, "GB18030", &[Reencoded]),
    ("bom.txt", [2, 2, 0, 0], 4523, "UTF-8", &[ByteOrderMark]),
    ("crlf.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("full_width_commas.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("blanks_and_spaces.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    // The header.
    ("version_101_no_zone_keys.txt", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("no_header.txt", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("header_keys_missing.txt", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("plain_easting_zone_declared.txt", [2, 2, 0, 0], 4544, "UTF-8", &[]),
    ("plain_easting_no_zone.txt", [2, 2, 0, 0], 4544, "UTF-8", &[CrsGuessed]),
    ("wrong_zone_declared.txt", [2, 2, 0, 0], 4523, "UTF-8", &[CrsContradicted, CrsGuessed]),
    ("xian_80.txt", [2, 2, 0, 0], 4523, "UTF-8", &[DatumApproximate]),
    ("beijing_54_no_zone.txt", [2, 2, 0, 0], 4523, "UTF-8", &[DatumApproximate]),
    ("degrees.txt", [1, 1, 0, 0], 4490, "UTF-8", &[]),
    // Axes.
    ("east_first.txt", [2, 2, 0, 0], 4523, "UTF-8", &[AxesSwapped]),
    ("one_parcel_east_first.txt", [3, 3, 1, 0], 4523, "UTF-8", &[AxesSwapped]),
    // Rings and counts.
    ("ring_2_is_a_hole.txt", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("ring_2_is_a_part.txt", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("hole_same_direction_and_island.txt", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("rings_all_numbered_1.txt", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("closing_point_not_repeated.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("count_excludes_closing_point.txt", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("count_is_wrong.txt", [2, 2, 0, 0], 4523, "UTF-8", &[CountsDiffer]),
    ("no_ring_column.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("points_and_lines.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    // Columns.
    ("columns_9.txt", [1, 1, 0, 0], 4523, "UTF-8", &[]),
    ("columns_12_and_13.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("columns_8_without_at.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("heights.txt", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    // One bad parcel among good ones.
    ("two_point_ring.txt", [3, 2, 0, 1], 4523, "UTF-8", &[TooFewPoints]),
    ("letter_in_a_coordinate.txt", [3, 2, 0, 1], 4523, "UTF-8", &[BadCoordinates]),
    ("nan.txt", [2, 1, 0, 1], 4523, "UTF-8", &[OutOfRange]),
    ("out_of_range.txt", [2, 1, 0, 1], 4523, "UTF-8", &[OutOfRange]),
    ("zero_area.txt", [2, 1, 0, 1], 4523, "UTF-8", &[ZeroArea]),
    ("bow_tie.txt", [1, 1, 0, 0], 4523, "UTF-8", &[SelfIntersection]),
    ("no_points_parcel.txt", [2, 2, 0, 0], 4523, "UTF-8", &[NoGeometry]),
    ("truncated.txt", [2, 1, 0, 1], 4523, "UTF-8", &[IssueCode::Truncated, IssueCode::Truncated]),
    ("truncated_in_a_number.txt", [2, 1, 0, 1], 4523, "UTF-8", &[IssueCode::Truncated, IssueCode::Truncated]),
    ("odd_lines.txt", [2, 2, 0, 0], 4523, "UTF-8", &[TrailingData, TrailingData]),
];

const REFUSED: &[Refusal] = &[
    ("local_system.txt", "某县独立坐标系"),
    ("only_a_header.txt", "没有界址点"),
    ("letter_prose.txt", "没有界址点"),
];

fn read(name: &str) -> ReadReport {
    import_cases::read(FOLDER, name).unwrap()
}

#[test]
fn every_habit_and_defect_is_read_and_reported() {
    import_cases::check_cases(FOLDER, CASES);
    import_cases::check_refused(FOLDER, REFUSED);
    import_cases::check_complete(FOLDER, CASES, REFUSED);
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic_or_lie() {
    for name in ["ring_2_is_a_hole.txt", "points_and_lines.txt", "gbk.txt"] {
        import_wounds::assert_survives(FOLDER, name, b",@J[]=.0987\n");
    }
}

#[test]
fn containment_tells_holes_from_parts_whatever_the_ring_numbers_say() {
    let rings = |name: &str| -> Vec<usize> {
        match read(name).layer.features.remove(0).geometry {
            Some(Geometry::Polygon(polygon)) => vec![1 + polygon.interiors().len()],
            Some(Geometry::MultiPolygon(parts)) => {
                let mut rings: Vec<usize> = parts.iter().map(|p| 1 + p.interiors().len()).collect();
                rings.sort_unstable();
                rings
            }
            other => panic!("{name}: {other:?}"),
        }
    };
    assert_eq!(rings("ring_2_is_a_hole.txt"), [2]);
    assert_eq!(rings("ring_2_is_a_part.txt"), [1, 1]);
    assert_eq!(rings("hole_same_direction_and_island.txt"), [1, 1, 2]);
    assert_eq!(rings("rings_all_numbered_1.txt"), [1, 2]);
    assert_eq!(rings("closing_point_not_repeated.txt"), [2]);
}

#[test]
fn the_area_in_the_file_is_that_of_the_figure_and_all_variants_lie_in_one_place() {
    let reference = read("plain.txt").layer.extent().unwrap();
    for (name, ..) in CASES.iter().filter(|case| case.4 != [SelfIntersection]) {
        let layer = read(name).layer;
        let column = layer.field_index("地块面积").unwrap();
        for feature in &layer.features {
            let (Some(Value::Real(hectares)), Some(geometry)) =
                (feature.values.get(column), &feature.geometry)
            else {
                continue;
            };
            let area = redline_atlas::crs::geodesic_area_m2(geometry) / 10_000.0;
            // The grid is 0.03 % larger than the ground here.
            let off = (area - hectares).abs() / hectares;
            assert!(*name == "degrees.txt" || off < 0.001, "{name}: {area} ha");
        }
        if layer.features.len() == 2
            && layer.area_m2() > 40_000.0
            && *name != "points_and_lines.txt"
        {
            let west = layer.extent().unwrap().west;
            assert!((west - reference.west).abs() < 1e-8, "{name}");
        }
    }
}

#[test]
fn columns_have_the_names_the_tools_use_and_codes_stay_text() {
    let layer = read("columns_12_and_13.txt").layer;
    let names: Vec<&str> = layer
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "地块面积",
            "地块编号",
            "地块名称",
            "图形属性",
            "图幅号",
            "地块用途",
            "地类编码",
            "附加列1",
            "附加列2",
            "附加列3",
            "附加列4",
            "附加列5",
        ]
    );
    let second = &layer.features[1];
    assert_eq!(layer.text(second, "地类编码"), Some("0301"));
    assert_eq!(layer.text(second, "附加列5"), Some("戊"));
    assert_eq!(layer.text(second, "地块名称"), Some("第二地块"));
    assert_eq!(
        read("gbk.txt").layer.features,
        read("plain.txt").layer.features
    );
}

#[test]
fn an_old_datum_is_approximate_and_says_by_how_much() {
    let report = read("xian_80.txt");
    assert_eq!(report.layer.placement, Placement::Approximate);
    assert_eq!(report.crs_precision_m, Some(130.0));
    assert!(report.crs_reason.contains("西安"), "{}", report.crs_reason);
}

#[test]
fn a_bad_point_names_its_line_and_the_parcel_is_kept_whole_in_quarantine() {
    let report = read("letter_in_a_coordinate.txt");
    let bad = &report.quarantined[0];
    assert!(
        bad.reason.starts_with("第 20 行“J1,1,32869O0.000"),
        "{}",
        bad.reason
    );
    assert_eq!(bad.raw.lines().count(), 6, "{}", bad.raw);
}

#[test]
fn a_layer_written_as_boundary_text_is_read_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "plain.txt",
        "hole_same_direction_and_island.txt",
        "points_and_lines.txt",
        "degrees.txt",
        "columns_8_without_at.txt",
    ] {
        let layer = read(name).layer;
        let path = folder.path().join(name);
        write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
        let back = read_file(&path, &import_cases::options(), &Progress::default()).unwrap();
        assert_eq!(back.crs.epsg(), 4523, "{name}");
        assert_eq!(back.encoding, "GB18030", "{name}");
        assert!(
            import_cases::codes(&back)
                .iter()
                .all(|code| *code == Reencoded),
            "{name}"
        );
        assert_eq!(back.layer.fields, layer.fields, "{name}");
        for (before, after) in layer.features.iter().zip(&back.layer.features) {
            assert_eq!(after.values, before.values, "{name}");
            let coords = |feature: &Feature| -> Vec<geo::Coord<f64>> {
                (feature.geometry.iter())
                    .flat_map(CoordsIter::coords_iter)
                    .collect()
            };
            let (before, after) = (coords(before), coords(after));
            assert_eq!(before.len(), after.len(), "{name}");
            for (before, after) in before.iter().zip(after) {
                // 1e-8° is a millimetre; the file has three decimals of a metre.
                assert!((before.x - after.x).abs() < 1e-8, "{name}");
                assert!((before.y - after.y).abs() < 1e-8, "{name}");
            }
        }
    }
}
