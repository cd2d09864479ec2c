//! Layers on their way out: what each format says, holds and refuses, and that GDAL reads it.

use std::path::Path;
use std::process::Command;

use geo::{Geometry, Point, wkt};
use redline_atlas::crs::Crs;
use redline_atlas::exchange;
use redline_atlas::formats::{
    TextEncoding, WriteError, WriteOptions, Written, files_of, read_file, write_layer,
};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    Feature, Field, FieldRoles, FieldType, Layer, LayerKind, Placement, Value,
};

use crate::import_cases::options;
use crate::judge;

/// A place and its heights.
type Row<'h> = (Option<Geometry<f64>>, Option<&'h [f64]>);

fn layer(rows: Vec<Row<'_>>) -> Layer {
    let field = |name: &str, field_type| Field {
        name: name.to_owned(),
        field_type,
    };
    Layer {
        name: "生态保护红线".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Surveyed,
        source: "红线.shp（EPSG:4523）".to_owned(),
        fields: vec![
            field("红线名称", FieldType::Text),
            field("代码", FieldType::Text),
            field("面积", FieldType::Real),
            field("数量", FieldType::Integer),
            field("现行", FieldType::Boolean),
        ],
        roles: FieldRoles::default(),
        features: (1..)
            .zip(rows)
            .map(|(fid, (geometry, heights))| Feature {
                fid,
                geometry,
                heights: heights.map(Into::into),
                values: vec![
                    Value::Text("岷江左岸，“一”段".to_owned()),
                    Value::Text("007".to_owned()),
                    Value::Real(12.5),
                    Value::Integer(fid),
                    Value::Boolean(fid == 1),
                ],
            })
            .collect(),
    }
}

fn parcel() -> Geometry<f64> {
    wkt!(POLYGON((103.76 29.56,103.77 29.56,103.77 29.57,103.76 29.57,103.76 29.56),
        (103.763 29.563,103.763 29.566,103.766 29.566,103.766 29.563,103.763 29.563)))
    .into()
}

fn way() -> Geometry<f64> {
    wkt!(LINESTRING(103.76 29.56,103.77 29.57)).into()
}

fn in_crs(epsg: u32) -> WriteOptions {
    WriteOptions {
        crs: Crs::from_epsg(epsg),
        ..WriteOptions::NEW_FILE
    }
}

fn write(folder: &Path, name: &str, layer: &Layer, options: WriteOptions) -> Written {
    exchange::write_layer(&folder.join(name), layer, &options).unwrap()
}

fn text_of(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn geojson_in_metres_names_its_system_and_claims_no_more_than_a_tenth_of_a_millimetre() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![(Some(Point::new(103.76, 29.56).into()), None)]);
    let written = write(folder.path(), "a.json", &layer, in_crs(4523));
    assert_eq!(written.crs, Crs::from_epsg(4523));
    let text = text_of(folder.path(), "a.json");
    assert!(
        text.contains(
            r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4523"}}"#
        )
    );
    assert!(
        text.contains(r#""coordinates":[35379827.8975,3271981.5394]"#),
        "{text}"
    );
    write(folder.path(), "b.json", &layer, WriteOptions::NEW_FILE);
    assert!(!text_of(folder.path(), "b.json").contains("crs"));
}

#[test]
fn heights_are_written_where_a_format_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![
        (Some(way()), Some(&[361.5, 402.25])),
        (Some(way()), None),
    ]);
    for (name, words) in [
        ("a.geojson", "[[103.76,29.56,361.5],[103.77,29.57,402.25]]"),
        ("a.kml", "103.76,29.56,361.5 103.77,29.57,402.25"),
        (
            "a.csv",
            "LINESTRING Z (103.76 29.56 361.5, 103.77 29.57 402.25)",
        ),
    ] {
        write(folder.path(), name, &layer, WriteOptions::NEW_FILE);
        let text = text_of(folder.path(), name);
        assert!(text.contains(words), "{name}: {text}");
        // A line without heights gets none.
        assert_eq!(text.matches("361.5").count(), 1);
        assert!(!text.contains(",0]") && !text.contains(",0 "), "{text}");
    }
    let written = write(folder.path(), "a.shp", &layer, WriteOptions::NEW_FILE);
    assert!(
        written
            .notes
            .iter()
            .any(|note| note.contains("1 个没有高程")),
        "{:?}",
        written.notes
    );
    let shp = std::fs::read(folder.path().join("a.shp")).unwrap();
    assert_eq!(shp[32], 13, "lines with heights");
    assert!(
        shp.windows(8)
            .any(|bytes| bytes == 402.25_f64.to_le_bytes())
    );
}

#[test]
fn what_a_format_cannot_be_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![(Some(parcel()), None)]);
    let refused = |name: &str, options: &WriteOptions| {
        let path = folder.path().join(name);
        let err = write_layer(&path, &layer, options).unwrap_err();
        assert!(!path.exists());
        err
    };
    let encoding = |encoding| WriteOptions {
        encoding: Some(encoding),
        ..WriteOptions::NEW_FILE
    };
    let err = refused("a.kml", &in_crs(4523));
    assert!(matches!(err, WriteError::CrsNotHeld { .. }));
    assert!(
        err.to_string().contains("KML不能用坐标系 EPSG:4523"),
        "{err}"
    );
    let err = refused("a.txt", &in_crs(4490));
    assert!(err.to_string().contains("高斯–克吕格"), "{err}");
    let err = refused("a.geojson", &encoding(TextEncoding::Gb18030));
    assert!(
        err.to_string().contains("GeoJSON的文字只能是 UTF-8"),
        "{err}"
    );
    let err = refused("a.docx", &WriteOptions::NEW_FILE);
    assert!(err.to_string().contains(".xlsx"), "{err}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_zone_far_from_the_layer_is_warned_about() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![(Some(parcel()), None)]);
    let written = write(folder.path(), "a.shp", &layer, in_crs(4528));
    assert!(
        written.notes[0].contains("应选 EPSG:4544"),
        "{:?}",
        written.notes
    );
    let near = write(folder.path(), "b.shp", &layer, in_crs(4523));
    assert_eq!(near.notes, [""; 0]);
}

#[test]
fn boundary_text_says_what_it_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![
        (Some(parcel()), None),
        (Some(way()), None),
        (None, None),
    ]);
    let written = write(folder.path(), "a.txt", &layer, in_crs(4544));
    assert_eq!(written.features, 2);
    assert_eq!(written.encoding, Some(TextEncoding::Gb18030));
    let notes = written.notes.join("\n");
    assert!(notes.contains("1 个要素没有图形"), "{notes}");
    assert!(notes.contains("1 个要素是点或线"), "{notes}");
    assert!(
        notes.contains("没有写出的字段：红线名称、代码、面积、数量、现行"),
        "{notes}"
    );
    let bytes = std::fs::read(folder.path().join("a.txt")).unwrap();
    let (text, _, broken) = encoding_rs::GB18030.decode(&bytes);
    assert!(!broken && text.contains("带号=35\r\n"), "{text}");
    // North before east, no zone number in front, and the hole is ring 2.
    assert!(text.contains("J1,1,3271981.539,379827.898\r\n"), "{text}");
    assert!(text.contains("J5,2,"), "{text}");
}

#[test]
fn a_workbook_is_filtered_typed_and_says_where_it_comes_from() {
    use calamine::{Data, Reader, Xlsx, open_workbook};
    let folder = tempfile::tempdir().unwrap();
    let mut layer = layer(vec![
        (Some(Point::new(103.76, 29.56).into()), None),
        (None, None),
    ]);
    layer.features[1].values[3] = Value::Integer(511_102_199_001_011_234);
    write(folder.path(), "a.xlsx", &layer, WriteOptions::NEW_FILE);
    let mut book: Xlsx<_> = open_workbook(folder.path().join("a.xlsx")).unwrap();
    assert_eq!(book.sheet_names(), ["生态保护红线", "说明"]);
    let table = book.worksheet_range("生态保护红线").unwrap();
    let text = |text: &str| Data::String(text.to_owned());
    let row = |number: usize| table.rows().nth(number).unwrap().to_vec();
    assert_eq!(
        row(0),
        ["红线名称", "代码", "面积", "数量", "现行", "经度", "纬度"].map(text)
    );
    let name = text("岷江左岸，“一”段");
    assert_eq!(
        row(1),
        [
            name,
            text("007"),
            Data::Float(12.5),
            Data::Float(1.0),
            Data::Bool(true),
            Data::Float(103.76),
            Data::Float(29.56)
        ]
    );
    assert_eq!(row(2)[3], text("511102199001011234"));
    let about = book.worksheet_range("说明").unwrap();
    let told: Vec<String> = about.rows().map(|row| row[1].to_string()).collect();
    assert!(
        told.contains(&"红线.shp（EPSG:4523）".to_owned()),
        "{told:?}"
    );
    assert!(
        told.contains(&"CGCS2000 经纬度（EPSG:4490）".to_owned()),
        "{told:?}"
    );
    let bytes = std::fs::read(folder.path().join("a.xlsx")).unwrap();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut sheet = zip.by_name("xl/worksheets/sheet1.xml").unwrap();
    let sheet = std::io::read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains(r#"<autoFilter ref="A1:G3"/>"#), "{sheet}");
    assert!(sheet.contains(r#"state="frozen""#), "{sheet}");
}

#[test]
fn a_shape_too_long_for_a_cell_is_left_out_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let long: geo::LineString<f64> = (0..3000)
        .map(|at| {
            (
                103.7 + f64::from(at) * 1e-5,
                29.5 + f64::from(at % 7) * 1e-6,
            )
        })
        .collect();
    let layer = layer(vec![(Some(long.into()), None), (Some(way()), None)]);
    let written = write(folder.path(), "a.xlsx", &layer, WriteOptions::NEW_FILE);
    assert!(
        written.notes[0].starts_with("1 个要素的图形超过"),
        "{:?}",
        written.notes
    );
    let back = read_file(
        &folder.path().join("a.xlsx"),
        &options(),
        &Progress::default(),
    )
    .unwrap();
    let placed: Vec<bool> = (back.layer.features.iter())
        .map(|feature| feature.geometry.is_some())
        .collect();
    assert_eq!(placed, [false, true]);
}

#[test]
fn columns_called_like_coordinates_do_not_move_a_point() {
    let folder = tempfile::tempdir().unwrap();
    let mut layer = layer(vec![(Some(Point::new(103.76, 29.56).into()), None)]);
    for (field, name) in layer.fields.iter_mut().zip(["图形", "经度", "纬度"]) {
        field.name = name.to_owned();
    }
    layer.features[0].values[0] = Value::Text("Point".to_owned());
    for name in ["a.xlsx", "a.csv"] {
        write(folder.path(), name, &layer, WriteOptions::NEW_FILE);
        let back = read_file(&folder.path().join(name), &options(), &Progress::default());
        let geometry = back.unwrap().layer.features[0].geometry.clone();
        assert_eq!(geometry, Some(Point::new(103.76, 29.56).into()), "{name}");
    }
}

#[test]
fn the_files_of_an_export_are_known_before_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![
        (Some(parcel()), None),
        (Some(way()), None),
        (None, None),
    ]);
    for name in ["a.shp", "b.kml"] {
        let path = folder.path().join(name);
        let mut foretold = files_of(&path, &layer);
        write_layer(&path, &layer, &WriteOptions::NEW_FILE).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut there: Vec<_> = (std::fs::read_dir(folder.path()).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.file_name()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .starts_with(&stem)
            })
            .collect();
        foretold.sort();
        there.sort();
        assert_eq!(foretold, there);
    }
}

/// What GDAL says of a file; `None` where it is not installed and nobody insists.
fn ogrinfo(folder: &Path, name: &str) -> Option<String> {
    if !judge::is_here("ogrinfo") {
        return None;
    }
    let output = Command::new("ogrinfo")
        .args(["-al", "-ro", name])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && errors.is_empty(),
        "{name}: {errors}"
    );
    Some(text)
}

#[test]
fn gdal_reads_every_format_with_its_types_system_and_chinese() {
    let folder = tempfile::tempdir().unwrap();
    let layer = layer(vec![(Some(parcel()), Some(&[361.5; 10])), (None, None)]);
    for (name, options, words) in [
        (
            "米.geojson",
            in_crs(4523),
            &[
                "CGCS2000 / 3-degree Gauss-Kruger zone 35",
                "3D Polygon",
                "面积 (Real) = 12.5",
                "现行 (Integer(Boolean)) = 1",
                "35379827.8975 3271981.5394 361.5",
            ][..],
        ),
        (
            "图.kml",
            WriteOptions::NEW_FILE,
            &[
                "Layer name: 生态保护红线",
                "红线名称: String",
                "代码 (String) = 007",
                "面积 (Real) = 12.5",
                "数量 (Integer) = 2",
                "POLYGON Z ((103.76 29.56 361.5",
            ],
        ),
        (
            "表.xlsx",
            in_crs(4544),
            &[
                "Layer name: 生态保护红线",
                "代码 (String) = 007",
                "面积 (Real) = 12.5",
                "数量 (Integer) = 2",
                "SRID=4544;POLYGON Z ((379827.8975 3271981.5394 361.5",
            ],
        ),
        (
            "国标.shp",
            in_crs(4523),
            &[
                "CGCS2000 / 3-degree Gauss-Kruger zone 35",
                "3D Polygon",
                "红线名称 (String) = 岷江左岸，“一”段",
                "代码 (String) = 007",
                "35379827.897",
            ],
        ),
        (
            "表.csv",
            in_crs(4544),
            &["代码 (String) = 007", "SRID=4544;POLYGON Z"],
        ),
    ] {
        write(folder.path(), name, &layer, options);
        let Some(text) = ogrinfo(folder.path(), name) else {
            return;
        };
        assert!(text.contains("Feature Count: 2"), "{name}: {text}");
        for words in words {
            assert!(text.contains(words), "{name} lacks {words}: {text}");
        }
    }
}
