//! Import of DXF as it is delivered: every fixture is named for its defect.

use std::f64::consts::PI;

use geo::Geometry;
use redline_atlas::crs::geodesic_area_m2;
use redline_atlas::formats::ReadReport;
use redline_atlas::model::IssueCode::{self, *};

use crate::import_cases::{self, Case, Refusal};
use crate::import_wounds;

const FOLDER: &str = "dxf";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("basic.dxf", [4, 4, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("gbk.dxf", [4, 4, 0, 0], 4523, "GB18030", &[Reencoded, CrsGuessed]),
    ("big5.dxf", [2, 2, 0, 0], 4523, "Big5", &[Reencoded, CrsGuessed]),
    ("crlf.dxf", [4, 4, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("comment_first.dxf", [4, 4, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("plain_easting.dxf", [1, 1, 0, 0], 4544, "UTF-8", &[CrsGuessed]),
    ("old_polyline.dxf", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("heights.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("closed_by_repeated_point.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("bulge.dxf", [3, 3, 0, 0], 4523, "UTF-8", &[CurveFlattened, CrsGuessed]),
    ("blocks_and_hatches.dxf", [3, 3, 0, 0], 4523, "UTF-8", &[EntitySkipped, CrsGuessed]),
    ("nested_blocks.dxf", [14, 14, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("block_in_itself.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[EntitySkipped, CrsGuessed]),
    ("missing_block.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[EntitySkipped, CrsGuessed]),
    ("spline_and_ellipse.dxf", [2, 2, 0, 0], 4523, "UTF-8", &[CurveFlattened, CrsGuessed]),
    ("spline_without_knots.dxf", [2, 1, 0, 1], 4523, "UTF-8", &[CrsGuessed, BadCoordinates]),
    ("hatch_only.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("circle.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[CurveFlattened, CrsGuessed]),
    ("formatted_text.dxf", [3, 3, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("extended_data.dxf", [1, 1, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("two_vertex_closed.dxf", [2, 1, 0, 1], 4523, "UTF-8", &[CrsGuessed, TooFewPoints]),
    ("bad_number.dxf", [2, 1, 0, 1], 4523, "UTF-8", &[CrsGuessed, BadCoordinates]),
    ("mesh.dxf", [2, 1, 0, 1], 4523, "UTF-8", &[CrsGuessed, UnknownGeometryType]),
    ("no_eof.dxf", [4, 4, 0, 0], 4523, "UTF-8", &[IssueCode::Truncated, CrsGuessed]),
    ("truncated.dxf", [2, 1, 0, 1], 4523, "UTF-8", &[IssueCode::Truncated, CrsGuessed, IssueCode::Truncated]),
];

const REFUSED: &[Refusal] = &[
    ("millions_off.dxf", "无法判断"),
    ("no_entities.dxf", "中没有要素"),
    ("binary.dxf", "二进制 DXF"),
];

fn read(name: &str) -> ReadReport {
    import_cases::read(FOLDER, name).unwrap()
}

#[test]
fn every_defect_is_met_reported_and_survived() {
    import_cases::check_cases(FOLDER, CASES);
    import_cases::check_refused(FOLDER, REFUSED);
    import_cases::check_complete(FOLDER, CASES, REFUSED);
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic_or_lie() {
    for name in ["old_polyline.dxf", "formatted_text.dxf", "bulge.dxf"] {
        import_wounds::assert_survives(FOLDER, name, b"\n0123478-.\\{};");
    }
}

#[test]
fn closed_lines_are_areas_open_ones_lines_and_texts_points() {
    let layer = read("gbk.dxf").layer;
    let kinds: Vec<(&str, &str)> = (layer.features.iter())
        .map(|feature| {
            let kind = match feature.geometry {
                Some(Geometry::Polygon(_)) => "面",
                Some(Geometry::LineString(_)) => "线",
                Some(Geometry::Point(_)) => "点",
                _ => "?",
            };
            (kind, layer.text(feature, "图层").unwrap())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("面", "红线"),
            ("线", "河流"),
            ("点", "注记"),
            ("点", "界桩")
        ]
    );
    assert_eq!(layer.text(&layer.features[2], "文字"), Some("岷江"));
    assert_eq!(layer.features, read("basic.dxf").layer.features);
    let big5 = read("big5.dxf").layer;
    assert_eq!(big5.text(&big5.features[1], "文字"), Some("岷江紅線範圍"));
}

#[test]
fn arcs_become_lines_that_keep_the_area() {
    let layer = read("bulge.dxf").layer;
    let circle = PI * 50.0 * 50.0;
    for feature in &layer.features[..2] {
        let area = geodesic_area_m2(feature.geometry.as_ref().unwrap());
        assert!(
            (area / circle - 1.0).abs() < 0.002,
            "{area} instead of {circle}"
        );
    }
    assert!(matches!(
        layer.features[2].geometry,
        Some(Geometry::LineString(_))
    ));
}

#[test]
fn texts_lose_their_formatting_and_other_programs_data_is_kept() {
    let layer = read("formatted_text.dxf").layer;
    let texts: Vec<_> = (layer.features.iter())
        .map(|feature| layer.text(feature, "文字").unwrap())
        .collect();
    assert_eq!(texts, ["岷江\n左岸", "乐山", "高程±0.5"]);
    let layer = read("extended_data.dxf").layer;
    assert_eq!(
        layer.text(&layer.features[0], "扩展数据"),
        Some("SOUTH: 300000,示例地块")
    );
}

/// Areas of a drawing's features, to the square metre.
fn areas_m2(name: &str) -> Vec<f64> {
    let layer = read(name).layer;
    let areas = layer
        .features
        .iter()
        .filter_map(|feature| feature.geometry.as_ref());
    areas.map(|area| geodesic_area_m2(area).round()).collect()
}

#[test]
fn blocks_are_drawn_where_they_are_inserted_scaled_and_turned_with_the_inserts_layer() {
    // 62 km from the meridian the grid stretches areas by 2 parts in ten thousand of what they are.
    let [one, once, doubled] = areas_m2("blocks_and_hatches.dxf")[..] else {
        panic!("three areas");
    };
    assert!((one - 10_000.0).abs() < 10.0, "{one}");
    assert!((one - once).abs() <= 1.0, "{once}");
    assert!((doubled / one - 4.0).abs() < 1e-3, "{doubled}");
    let layer = read("blocks_and_hatches.dxf").layer;
    assert_eq!(layer.text(&layer.features[1], "图层"), Some("地块"));
    assert_eq!(layer.text(&layer.features[1], "块"), Some("b1"));
    let nested = read("nested_blocks.dxf").layer;
    assert_eq!(nested.text(&nested.features[1], "图层"), Some("界桩"));
}

#[test]
fn curves_and_hatches_keep_their_area() {
    let ellipse = areas_m2("spline_and_ellipse.dxf")[0];
    assert!(
        (ellipse / (PI * 100.0 * 50.0) - 1.0).abs() < 0.002,
        "{ellipse}"
    );
    let [hatched] = areas_m2("hatch_only.dxf")[..] else {
        panic!("one area");
    };
    assert!((hatched - 7_500.0).abs() < 10.0, "{hatched}");
    let circle = &read("circle.dxf").layer.features[0];
    let heights = circle.heights.as_deref().unwrap();
    assert!(heights.len() > 90 && heights.iter().all(|height| (*height - 361.5).abs() < 1e-9));
}
