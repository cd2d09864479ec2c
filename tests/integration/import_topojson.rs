//! Import of `TopoJSON`: every fixture is named for its defect.

use redline_atlas::formats::{ReadOptions, read_bytes, read_file};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::{self, *};

use crate::import_cases::{self, Case, Refusal, assert_sound, fixture, options};

const FOLDER: &str = "topojson";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("shared_edge.topojson", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("quantised.topojson", [2, 2, 0, 0], 4523, "UTF-8", &[]),
    ("quantised_undeclared.json", [2, 2, 0, 0], 4523, "UTF-8", &[CrsGuessed]),
    ("all_types.topojson", [7, 7, 0, 0], 4523, "UTF-8", &[]),
    ("two_layers.topojson", [2, 2, 0, 0], 4523, "UTF-8", &[OtherLayers]),
    ("no_geometry.topojson", [3, 3, 0, 0], 4523, "UTF-8", &[NoGeometry]),
    ("gb18030.topojson", [2, 2, 0, 0], 4523, "GB18030", &[Reencoded]),
    ("bom.topojson", [2, 2, 0, 0], 4523, "UTF-8", &[ByteOrderMark]),
    ("missing_arc.topojson", [3, 2, 0, 1], 4523, "UTF-8", &[BadCoordinates]),
    ("broken_arc.topojson", [2, 1, 0, 1], 4523, "UTF-8", &[BadCoordinates]),
    ("fractional_arc_number.topojson", [3, 2, 0, 1], 4523, "UTF-8", &[BadCoordinates]),
    ("unknown_type.topojson", [3, 2, 0, 1], 4523, "UTF-8", &[UnknownGeometryType]),
    ("arcs_that_unfold_without_end.topojson", [3, 2, 0, 1], 4523, "UTF-8", &[BadCoordinates]),
    ("truncated_in_the_arcs.topojson", [2, 1, 0, 1], 4523, "UTF-8", &[IssueCode::Truncated, BadCoordinates]),
    // Nothing is left to draw, but what was said of the shapes is kept.
    ("truncated_in_the_objects.topojson", [2, 0, 0, 2], 4523, "UTF-8", &[IssueCode::Truncated, BadCoordinates, IssueCode::Truncated]),
];

const REFUSED: &[Refusal] = &[
    ("no_objects.topojson", "没有图形"),
    ("cut_at_the_start.topojson", "中断"),
    ("cut_after_a_layers_name.topojson", "中断"),
];

#[test]
fn every_defect_is_met_reported_and_survived() {
    import_cases::check_cases(FOLDER, CASES);
}

#[test]
fn every_fixture_has_its_case() {
    import_cases::check_complete(FOLDER, CASES, REFUSED);
}

#[test]
fn what_cannot_be_read_at_all_is_refused_in_one_sentence_that_names_the_file() {
    import_cases::check_refused(FOLDER, REFUSED);
}

#[test]
fn shared_arcs_become_whole_shapes_in_either_direction() {
    for name in ["shared_edge.topojson", "quantised.topojson"] {
        let layer = import_cases::read(FOLDER, name).unwrap().layer;
        assert_eq!(layer.name, "红线");
        let area = layer.area_m2();
        // Two squares of 200 m; the projection stretches here by 3 in 10 000.
        assert!((area - 80_000.0).abs() < 30.0, "{name}: {area}");
        assert_eq!(layer.text(&layer.features[0], "id"), Some("甲"));
        assert_eq!(layer.feature_name(&layer.features[1]), Some("青衣江右岸"));
    }
}

#[test]
fn the_layer_asked_for_is_read_and_the_others_are_named() {
    let path = fixture(FOLDER, "two_layers.topojson");
    let of = |layer: &str| {
        let options = ReadOptions {
            layer: Some(layer.to_owned()),
            ..options()
        };
        read_file(&path, &options, &Progress::default())
    };
    let sections = of("断面").unwrap();
    assert_eq!(sections.layer.name, "断面");
    assert_eq!(sections.layer.features.len(), 1);
    assert_eq!(sections.other_layers, ["红线"]);
    let sentence = of("水库").unwrap_err().to_string();
    for words in ["水库", "断面", "红线"] {
        assert!(sentence.contains(words), "{sentence}");
    }
}

#[test]
fn a_quarantined_shape_keeps_its_own_text() {
    let report = import_cases::read(FOLDER, "missing_arc.topojson").unwrap();
    let kept = &report.quarantined[0];
    assert_eq!(kept.feature, 2);
    assert!(
        kept.raw.contains("\"缺\"") && kept.raw.contains("[[7]]"),
        "{}",
        kept.raw
    );
}

#[test]
fn no_cut_and_no_flipped_bit_makes_it_panic_or_lie() {
    for name in ["all_types.topojson", "quantised.topojson"] {
        let whole = std::fs::read(fixture(FOLDER, name)).unwrap();
        let check = |bytes: &[u8]| {
            if let Ok(report) = read_bytes(name, bytes, &options(), &Progress::default()) {
                assert_sound(&report, name);
            }
        };
        for end in 0..whole.len() {
            check(&whole[..end]);
        }
        for at in 0..whole.len() {
            for byte in *b"{}[]\",-9e" {
                let mut wounded = whole.clone();
                wounded[at] = byte;
                check(&wounded);
            }
        }
    }
}
