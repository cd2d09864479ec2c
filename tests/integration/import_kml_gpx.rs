//! Import of KML, KMZ and GPX as they are delivered: every fixture is named for its defect.

use geo::Geometry;
use redline_atlas::formats::{ReadReport, read_bytes};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::{self, *};

use crate::import_cases::{self, Case, Refusal};
use crate::import_wounds;

#[rustfmt::skip]
const KML: &[Case] = &[
    ("placemarks.kml", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("gbk.kml", [2, 2, 0, 0], 4326, "GB18030", &[Reencoded]),
    ("bom.kml", [2, 2, 0, 0], 4326, "UTF-8", &[ByteOrderMark]),
    ("folders.kml", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("prefixed_names.kml", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("entities.kml", [1, 1, 0, 0], 4326, "UTF-8", &[]),
    ("odd_spaces.kml", [1, 1, 0, 0], 4326, "UTF-8", &[]),
    ("multigeometry.kml", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("track.kml", [1, 1, 0, 0], 4326, "UTF-8", &[]),
    ("heights.kml", [1, 1, 0, 0], 4326, "UTF-8", &[]),
    ("arcgis_tables.kml", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("different_tables.kml", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("links_and_overlays.kml", [1, 1, 0, 0], 4326, "UTF-8", &[LinkIgnored, EntitySkipped]),
    ("unclosed_ring.kml", [1, 1, 1, 0], 4326, "UTF-8", &[UnclosedRing]),
    ("no_geometry.kml", [2, 2, 0, 0], 4326, "UTF-8", &[NoGeometry, NoGeometry]),
    ("duplicate_data.kml", [1, 1, 0, 0], 4326, "UTF-8", &[DuplicateKey]),
    ("bad_coordinates.kml", [3, 1, 0, 2], 4326, "UTF-8", &[BadCoordinates, BadCoordinates]),
    ("two_point_ring.kml", [2, 1, 0, 1], 4326, "UTF-8", &[TooFewPoints]),
    ("model.kml", [2, 1, 0, 1], 4326, "UTF-8", &[UnknownGeometryType]),
    ("out_of_range.kml", [3, 2, 0, 1], 4326, "UTF-8", &[OutOfRange]),
    ("swapped.kml", [2, 2, 0, 0], 4326, "UTF-8", &[AxesSwapped]),
    ("metres.kml", [2, 2, 0, 0], 4523, "UTF-8", &[CrsContradicted]),
    ("mismatched_tag.kml", [3, 2, 0, 1], 4326, "UTF-8", &[NotAFeature]),
    ("truncated.kml", [2, 1, 0, 1], 4326, "UTF-8", &[IssueCode::Truncated, IssueCode::Truncated]),
    ("truncated_after_a_placemark.kml", [2, 2, 0, 0], 4326, "UTF-8", &[IssueCode::Truncated]),
    // Archives.
    ("doc.kmz", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("two_kml.kmz", [2, 2, 0, 0], 4326, "UTF-8", &[OtherLayers]),
    ("path_out.kmz", [1, 1, 0, 0], 4326, "UTF-8", &[]),
];

const KML_REFUSED: &[Refusal] = &[
    ("no_placemarks.kml", "中没有要素"),
    ("not_xml.kml", "中没有要素"),
    ("bomb.kmz", "解压后过大"),
    ("no_kml.kmz", "没有可读取的数据文件"),
];

#[rustfmt::skip]
const GPX: &[Case] = &[
    ("all_three.gpx", [3, 3, 0, 0], 4326, "UTF-8", &[]),
    ("waypoints.gpx", [2, 2, 0, 0], 4326, "UTF-8", &[]),
    ("one_point_segment.gpx", [1, 1, 0, 0], 4326, "UTF-8", &[]),
    ("missing_lon.gpx", [2, 1, 0, 1], 4326, "UTF-8", &[BadCoordinates]),
    ("empty_track.gpx", [2, 2, 0, 0], 4326, "UTF-8", &[NoGeometry]),
    ("truncated.gpx", [2, 1, 0, 1], 4326, "UTF-8", &[IssueCode::Truncated, IssueCode::Truncated]),
    ("mismatched_tag.gpx", [2, 1, 0, 1], 4326, "UTF-8", &[IssueCode::Truncated, NotAFeature]),
];

const GPX_REFUSED: &[Refusal] = &[("no_features.gpx", "中没有要素")];

fn kml(name: &str) -> ReadReport {
    import_cases::read("kml", name).unwrap()
}

#[test]
fn every_defect_of_kml_is_met_reported_and_survived() {
    import_cases::check_cases("kml", KML);
    import_cases::check_refused("kml", KML_REFUSED);
    import_cases::check_complete("kml", KML, KML_REFUSED);
}

#[test]
fn every_defect_of_gpx_is_met_reported_and_survived() {
    import_cases::check_cases("gpx", GPX);
    import_cases::check_refused("gpx", GPX_REFUSED);
    import_cases::check_complete("gpx", GPX, GPX_REFUSED);
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic_or_lie() {
    for name in ["entities.kml", "links_and_overlays.kml", "doc.kmz"] {
        import_wounds::assert_survives("kml", name, b"<>/&;\"=, ");
    }
    import_wounds::assert_survives("gpx", "all_three.gpx", b"<>/&;\"=, ");
}

#[test]
fn attributes_of_every_kind_become_columns_and_folders_one() {
    let layer = kml("placemarks.kml").layer;
    let first = &layer.features[0];
    for (column, text) in [
        ("name", "甲"),
        ("description", "<b>说明</b>"),
        ("HXMC", "岷江左岸"),
        ("MJ", "12.5"),
    ] {
        assert_eq!(layer.text(first, column), Some(text));
    }
    assert_eq!(layer.name, "示例图层");
    let layer = kml("folders.kml").layer;
    let folders: Vec<_> = (layer.features.iter())
        .map(|feature| layer.text(feature, "文件夹").unwrap())
        .collect();
    assert_eq!(folders, ["红线/岷江", "断面"]);
}

#[test]
fn geometries_keep_their_holes_and_parts() {
    let geometry = |name: &str, at: usize| kml(name).layer.features[at].geometry.clone().unwrap();
    assert!(
        matches!(geometry("placemarks.kml", 0), Geometry::Polygon(p) if p.interiors().len() == 1)
    );
    assert!(
        matches!(geometry("multigeometry.kml", 0), Geometry::MultiPolygon(p) if p.0.len() == 2)
    );
    assert!(matches!(
        geometry("multigeometry.kml", 1),
        Geometry::GeometryCollection(_)
    ));
    assert!(matches!(geometry("track.kml", 0), Geometry::LineString(_)));
    let track = import_cases::read("gpx", "all_three.gpx").unwrap().layer;
    assert!(matches!(
        track.features[2].geometry,
        Some(Geometry::MultiLineString(_))
    ));
    assert_eq!(track.text(&track.features[1], "name"), Some("路线"));
}

#[test]
fn entities_of_the_document_are_never_expanded() {
    let layer = kml("entities.kml").layer;
    assert_eq!(
        layer.text(&layer.features[0], "name"),
        Some("甲&乙丙 &b; R&D")
    );
}

#[test]
fn elements_nested_without_end_are_refused_quickly() {
    for text in [
        format!("<kml>{}", "<Folder>".repeat(100_000)),
        format!("<kml>{}", "<Placemark>".repeat(20_000)),
        format!("<kml><Placemark>{}", "<MultiGeometry>".repeat(100_000)),
        format!("<gpx>{}", "<wpt>".repeat(20_000)),
    ] {
        if let Ok(report) = read_bytes(
            "x.kml",
            text.as_bytes(),
            &import_cases::options(),
            &Progress::default(),
        ) {
            assert_eq!(report.layer.features, []);
        }
    }
}

#[test]
fn tables_in_descriptions_become_columns_where_all_have_the_same_rows() {
    let layer = kml("arcgis_tables.kml").layer;
    let names: Vec<_> = layer
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["name", "HXMC", "MJ"]);
    assert_eq!(layer.text(&layer.features[1], "MJ"), Some("3.25"));
    let layer = kml("different_tables.kml").layer;
    assert!(
        layer
            .text(&layer.features[0], "description")
            .unwrap()
            .contains("12.5")
    );
}
