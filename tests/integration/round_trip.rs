//! What is exported and imported again is the same layer, for every format: random layers, and a table of
//! what each format may change.

use geo::orient::Direction;
use geo::{
    CoordsIter, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Orient, Point,
    Polygon,
};
use proptest::prelude::*;
use redline_atlas::crs::{Crs, geodesic_area_m2, geodesic_length_m};
use redline_atlas::exchange;
use redline_atlas::formats::{ReadOptions, TextEncoding, WriteOptions, read_file};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    Feature, Field, FieldRoles, FieldType, Layer, LayerKind, Placement, Value,
};
use redline_atlas::store;

use crate::import_cases::options;

/// What a format may do to a layer. Nothing else may change: neither the order of features, nor which have a
/// place, nor a coordinate by more than `apart_m`, nor an area by more than a millionth.
struct Keeps {
    ending: &'static str,
    /// EPSG codes to try.
    systems: &'static [u32],
    encodings: &'static [TextEncoding],
    shapes: Shapes,
    attributes: Attributes,
    apart_m: f64,
    /// The first place of a column that the file adds, `None`: none is added.
    added: &'static [&'static str],
}

/// Which shapes one file holds. In none but GeoJSON, CSV and XLSX is a multi of one part told from the part.
#[derive(Clone, Copy, PartialEq)]
enum Shapes {
    Mixed,
    OneKind,
}

#[derive(Clone, Copy, PartialEq)]
enum Attributes {
    /// To the bit, types too.
    Exact,
    /// Types too; blanks around a text are lost, and an empty text is none.
    Typed,
    /// As Typed; in a column with integers of more than 32 bits all are text.
    Schema,
    /// As Typed; a column of short numbers only, written as text, is read as numbers, booleans as 是 and 否. A feature with
    /// neither place nor attributes is an empty row, and no feature.
    Written,
    /// As Typed; whole reals are integers, and integers of more than 15 digits are text. An
    /// empty row is no feature.
    Spreadsheet,
    /// Nothing but 地块编号 and 地块名称, as text.
    Parcel,
}

const UTF8: &[TextEncoding] = &[TextEncoding::Utf8];
const BOTH: &[TextEncoding] = &[TextEncoding::Utf8, TextEncoding::Gb18030];

const GEOJSON: Keeps = Keeps {
    ending: "geojson",
    systems: &[4326, 4490, 4523, 4544, 4496],
    encodings: UTF8,
    shapes: Shapes::Mixed,
    attributes: Attributes::Exact,
    apart_m: 1e-4,
    added: &[],
};

const SHAPEFILE: Keeps = Keeps {
    ending: "shp",
    systems: &[4490, 4523, 4544],
    encodings: BOTH,
    shapes: Shapes::OneKind,
    attributes: Attributes::Typed,
    apart_m: 1e-4,
    added: &[],
};

const GEOPACKAGE: Keeps = Keeps {
    ending: "gpkg",
    systems: &[4490, 4523, 4544],
    encodings: UTF8,
    shapes: Shapes::Mixed,
    attributes: Attributes::Exact,
    apart_m: 1e-4,
    added: &[],
};

const KML: Keeps = Keeps {
    ending: "kml",
    systems: &[4490],
    encodings: UTF8,
    shapes: Shapes::Mixed,
    attributes: Attributes::Schema,
    apart_m: 1e-4,
    // What the placemarks are called.
    added: &["name"],
};

const BOUNDARY_TXT: Keeps = Keeps {
    ending: "txt",
    systems: &[4523, 4544, 4496],
    encodings: BOTH,
    shapes: Shapes::Mixed,
    attributes: Attributes::Parcel,
    apart_m: 1e-3,
    added: &[],
};

const CSV: Keeps = Keeps {
    ending: "csv",
    systems: &[4490, 4523, 4544],
    encodings: BOTH,
    shapes: Shapes::Mixed,
    attributes: Attributes::Written,
    apart_m: 1e-4,
    added: &[],
};

const XLSX: Keeps = Keeps {
    ending: "xlsx",
    systems: &[4490, 4523, 4544],
    encodings: UTF8,
    shapes: Shapes::OneKind,
    attributes: Attributes::Spreadsheet,
    apart_m: 1e-4,
    // A layer of points has its place in these.
    added: &["经度", "纬度", "东坐标（米）", "北坐标（米）"],
};

// Layers.

/// Corners of the cells that shapes lie in, each in its own; all in the district.
fn center(cell: usize) -> (f64, f64) {
    let (column, row) = (cell % 5, cell / 5);
    (103.62 + 0.05 * column as f64, 29.55 + 0.03 * row as f64)
}

/// A star around a cell's middle: valid, and wide enough for a hole.
fn ring(cell: usize, radii: &[f64], scale: f64) -> LineString<f64> {
    let (x, y) = center(cell);
    let turn = std::f64::consts::TAU / radii.len() as f64;
    let corner = |(at, radius): (usize, &f64)| {
        let angle = turn * at as f64;
        (
            x + scale * radius * angle.cos(),
            y + scale * radius * angle.sin(),
        )
    };
    let mut ring: LineString<f64> = radii.iter().enumerate().map(corner).collect();
    ring.close();
    ring
}

fn polygon(cell: usize) -> impl Strategy<Value = Polygon<f64>> {
    let radii = || prop::collection::vec(0.6..1.0_f64, 6..12);
    (
        radii(),
        prop::option::of(radii()),
        0.004..0.012_f64,
        any::<bool>(),
    )
        .prop_map(move |(outer, hole, scale, reversed)| {
            let mut outer = ring(cell, &outer, scale);
            if reversed {
                outer.0.reverse();
            }
            let hole = hole.map(|hole| {
                let mut hole = ring(cell, &hole, scale * 0.3);
                if !reversed {
                    hole.0.reverse();
                }
                hole
            });
            Polygon::new(outer, hole.into_iter().collect())
        })
}

fn line(cell: usize) -> impl Strategy<Value = LineString<f64>> {
    let radii = prop::collection::vec(0.001..0.012_f64, 3..9);
    radii.prop_map(move |radii| {
        // Open: a closed line is an area to some formats.
        let mut line = ring(cell, &radii, 1.0);
        line.0.pop();
        line
    })
}

fn point(cell: usize) -> impl Strategy<Value = Point<f64>> {
    let (x, y) = center(cell);
    (-0.01..0.01_f64, -0.01..0.01_f64).prop_map(move |(dx, dy)| Point::new(x + dx, y + dy))
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Points,
    Lines,
    Areas,
    Any,
}

fn geometry(kind: Kind) -> BoxedStrategy<Geometry<f64>> {
    match kind {
        Kind::Points => prop_oneof![
            3 => (0..30_usize).prop_flat_map(point).prop_map(Geometry::from),
            1 => (0..28_usize).prop_flat_map(|cell| (point(cell), point(cell + 1)))
                .prop_map(|(one, other)| MultiPoint(vec![one, other]).into()),
        ]
        .boxed(),
        Kind::Lines => prop_oneof![
            3 => (0..30_usize).prop_flat_map(line).prop_map(Geometry::from),
            1 => (0..28_usize).prop_flat_map(|cell| (line(cell), line(cell + 1)))
                .prop_map(|(one, other)| MultiLineString(vec![one, other]).into()),
        ]
        .boxed(),
        Kind::Areas => prop_oneof![
            3 => (0..30_usize).prop_flat_map(polygon).prop_map(Geometry::from),
            1 => (0..30_usize).prop_flat_map(polygon)
                .prop_map(|polygon| MultiPolygon(vec![polygon]).into()),
            1 => (0..28_usize).prop_flat_map(|cell| (polygon(cell), polygon(cell + 1)))
                .prop_map(|(one, other)| MultiPolygon(vec![one, other]).into()),
        ]
        .boxed(),
        Kind::Any => prop_oneof![
            geometry(Kind::Points),
            geometry(Kind::Lines),
            geometry(Kind::Areas)
        ]
        .boxed(),
    }
}

/// What people write, and what programs trip over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("岷江左岸".to_owned()),
        Just("他说“好”，\"ok\"".to_owned()),
        Just("第一行\n第二行，a;b\tc".to_owned()),
        Just("007".to_owned()),
        Just("511102199001011234".to_owned()),
        Just("=SUM(A1:A9)".to_owned()),
        Just("'=甲".to_owned()),
        Just("-3.5".to_owned()),
        Just(" 前后有空格 ".to_owned()),
        Just("<a href='x'>&amp;</a>".to_owned()),
        Just("𠀀㐀é".to_owned()),
        Just(String::new()),
        "[a-z0-9,;'\"|]{1,12}",
        "[\u{4e00}-\u{9fa5}]{1,9}",
    ]
}

fn value(field_type: FieldType) -> BoxedStrategy<Value> {
    match field_type {
        FieldType::Text => text().prop_map(Value::Text).boxed(),
        FieldType::Integer => prop_oneof![
            (-1000..1000_i64).prop_map(Value::Integer),
            any::<i64>().prop_map(Value::Integer)
        ]
        .boxed(),
        FieldType::Real => prop_oneof![
            (-1e6..1e6_f64).prop_map(Value::Real),
            (0..1000_u16).prop_map(|whole| Value::Real(f64::from(whole) + 0.25)),
            Just(Value::Real(7.0)),
        ]
        .boxed(),
        FieldType::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
    }
}

/// The first feature has everything, so that a column has the type of its values.
fn layer(kind: Kind) -> impl Strategy<Value = Layer> {
    let types = prop::sample::subsequence(
        vec![
            ("名称", FieldType::Text),
            ("代码", FieldType::Text),
            ("数量", FieldType::Integer),
            ("占地", FieldType::Real),
            ("flag", FieldType::Boolean),
            ("备注", FieldType::Text),
        ],
        1..=6,
    );
    types.prop_flat_map(move |types| {
        let whole: Vec<_> = types.iter().map(|(_, kind)| value(*kind)).collect();
        let gaps: Vec<_> = (types.iter())
            .map(|(_, kind)| prop_oneof![7 => value(*kind), 3 => Just(Value::Null)])
            .collect();
        let first = (geometry(kind).prop_map(Some), whole);
        let other = (prop::option::weighted(0.8, geometry(kind)), gaps);
        let fields = types.clone();
        (first, prop::collection::vec(other, 0..6)).prop_map(move |(first, others)| {
            let rows = std::iter::once(first).chain(others);
            new_layer(&fields, rows.collect())
        })
    })
}

fn new_layer(
    fields: &[(&str, FieldType)],
    rows: Vec<(Option<Geometry<f64>>, Vec<Value>)>,
) -> Layer {
    Layer {
        name: "往返".to_owned(),
        kind: LayerKind::Reference,
        placement: Placement::Surveyed,
        source: "测试".to_owned(),
        fields: (fields.iter())
            .map(|(name, field_type)| Field {
                name: (*name).to_owned(),
                field_type: *field_type,
            })
            .collect(),
        roles: FieldRoles::default(),
        features: (1..)
            .zip(rows)
            .map(|(fid, (geometry, values))| Feature {
                fid,
                geometry,
                heights: None,
                values,
            })
            .collect(),
    }
}

/// Parcels: the two columns that the format has, in words that it can bear.
fn parcels() -> impl Strategy<Value = Layer> {
    let row = (
        prop::option::weighted(0.8, geometry(Kind::Any)),
        "[A-Z][0-9]{1,6}",
        "[\u{4e00}-\u{9fa5}]{1,9}",
    );
    let first = (
        geometry(Kind::Areas).prop_map(Some),
        "[A-Z][0-9]{3}",
        "[\u{4e00}-\u{9fa5}]{2}",
    );
    (first, prop::collection::vec(row, 0..6)).prop_map(|(first, others)| {
        let rows = std::iter::once(first).chain(others);
        let values = |code, name| vec![Value::Text(code), Value::Text(name)];
        new_layer(
            &[("地块编号", FieldType::Text), ("地块名称", FieldType::Text)],
            rows.map(|(geometry, code, name)| (geometry, values(code, name)))
                .collect(),
        )
    })
}

fn layers_for(keeps: &Keeps) -> BoxedStrategy<Layer> {
    match (keeps.attributes, keeps.shapes) {
        (Attributes::Parcel, _) => parcels().boxed(),
        (_, Shapes::Mixed) => layer(Kind::Any).boxed(),
        (_, Shapes::OneKind) => {
            let kinds = prop::sample::select(vec![Kind::Points, Kind::Lines, Kind::Areas]);
            kinds.prop_flat_map(layer).boxed()
        }
    }
}

// There and back.

/// One part is no multi, and outlines run one way.
fn plain(geometry: &Geometry<f64>) -> Geometry<f64> {
    match geometry {
        Geometry::MultiPoint(points) if points.0.len() == 1 => points.0[0].into(),
        Geometry::MultiLineString(lines) if lines.0.len() == 1 => lines.0[0].clone().into(),
        Geometry::MultiPolygon(polygons) if polygons.0.len() == 1 => {
            plain(&polygons.0[0].clone().into())
        }
        Geometry::Polygon(polygon) => polygon.orient(Direction::Default).into(),
        Geometry::MultiPolygon(polygons) => polygons.orient(Direction::Default).into(),
        other => other.clone(),
    }
}

fn same_geometry(
    keeps: &Keeps,
    before: Option<&Geometry<f64>>,
    after: Option<&Geometry<f64>>,
) -> Result<(), TestCaseError> {
    let (Some(before), Some(after)) = (before, after) else {
        prop_assert_eq!(before.is_some(), after.is_some());
        return Ok(());
    };
    let (before, after) = (plain(before), plain(after));
    prop_assert_eq!(
        std::mem::discriminant(&before),
        std::mem::discriminant(&after)
    );
    prop_assert_eq!(before.coords_count(), after.coords_count());
    for (one, other) in before.coords_iter().zip(after.coords_iter()) {
        // Metres in a degree here.
        let (east, north) = ((one.x - other.x) * 96_900.0, (one.y - other.y) * 110_900.0);
        prop_assert!(
            east.hypot(north) <= keeps.apart_m,
            "{one:?} and {other:?} are {} m apart",
            east.hypot(north)
        );
    }
    let (area, back) = (geodesic_area_m2(&before), geodesic_area_m2(&after));
    let along: LineString<f64> = before.coords_iter().collect();
    let along = geodesic_length_m(&along.into()) * keeps.apart_m;
    prop_assert!(
        (area - back).abs() <= (area * 1e-6).max(along),
        "{area} became {back}"
    );
    Ok(())
}

fn is_blank(value: &Value) -> bool {
    value.display().trim().is_empty()
}

/// As the format may hand it back.
fn same_value(attributes: Attributes, before: &Value, after: &Value) -> bool {
    let trimmed = match before {
        Value::Text(text) if text.trim().is_empty() => Value::Null,
        Value::Text(text) => Value::Text(text.trim().to_owned()),
        other => other.clone(),
    };
    match attributes {
        Attributes::Exact => before == after,
        Attributes::Typed | Attributes::Parcel => &trimmed == after,
        Attributes::Schema => match (&trimmed, after) {
            (Value::Integer(_), Value::Text(text)) => &trimmed.display() == text,
            _ => &trimmed == after,
        },
        Attributes::Written => trimmed.display() == after.display(),
        Attributes::Spreadsheet => match (&trimmed, after) {
            (Value::Integer(_) | Value::Real(_), Value::Text(text)) => &trimmed.display() == text,
            (Value::Integer(_) | Value::Real(_), _) => trimmed.as_f64() == after.as_f64(),
            _ => &trimmed == after,
        },
    }
}

fn there_and_back(keeps: &Keeps, layer: &Layer, choice: usize) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("往返").with_extension(keeps.ending);
    let epsg = keeps.systems[choice % keeps.systems.len()];
    let write = WriteOptions {
        crs: Crs::from_epsg(epsg),
        encoding: Some(keeps.encodings[choice % keeps.encodings.len()]),
        overwrite: false,
    };
    let written = exchange::write_layer(&path, layer, &write).unwrap();
    prop_assert_eq!(written.crs.map(Crs::epsg), Some(epsg));
    let options = ReadOptions {
        geopackage: Some(store::read_foreign),
        ..options()
    };
    let report = read_file(&path, &options, &Progress::default()).unwrap();
    prop_assert_eq!(&report.quarantined, &[]);
    prop_assert_eq!(report.repaired, 0, "{:?}", report.issues);
    let expected: Vec<&Feature> = (layer.features.iter())
        .filter(|feature| {
            let is_somewhere = feature.geometry.is_some();
            match keeps.attributes {
                // A parcel is its figure.
                Attributes::Parcel => is_somewhere,
                Attributes::Written | Attributes::Spreadsheet => {
                    is_somewhere || !feature.values.iter().all(is_blank)
                }
                _ => true,
            }
        })
        .collect();
    if keeps.attributes == Attributes::Parcel {
        prop_assert_eq!(written.features, expected.len());
    } else {
        prop_assert_eq!(written.features, layer.features.len());
    }
    let back = report.layer;
    prop_assert_eq!(back.features.len(), expected.len());
    for (before, after) in expected.iter().zip(&back.features) {
        same_geometry(keeps, before.geometry.as_ref(), after.geometry.as_ref())?;
        for (field, value) in layer.fields.iter().zip(&before.values) {
            let found = back.value(after, &field.name).unwrap_or(&Value::Null);
            prop_assert!(
                same_value(keeps.attributes, value, found),
                "{}: {value:?} became {found:?}",
                field.name
            );
        }
    }
    if keeps.attributes == Attributes::Exact {
        prop_assert_eq!(&back.fields, &layer.fields);
    }
    if keeps.attributes != Attributes::Parcel {
        let names = |fields: &[Field]| -> Vec<String> {
            let names = fields.iter().map(|field| field.name.clone());
            names
                .filter(|name| !keeps.added.contains(&name.as_str()))
                .collect()
        };
        prop_assert_eq!(names(&back.fields), names(&layer.fields));
    }
    Ok(())
}

fn check(keeps: &'static Keeps) {
    let config = ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let outcome = runner.run(&(layers_for(keeps), 0..30_usize), |(layer, choice)| {
        there_and_back(keeps, &layer, choice)
    });
    if let Err(err) = outcome {
        panic!("{}: {err}", keeps.ending);
    }
}

#[test]
fn geojson_brings_a_layer_back_to_the_bit() {
    check(&GEOJSON);
}

#[test]
fn a_shapefile_brings_a_layer_of_one_kind_back() {
    check(&SHAPEFILE);
}

#[test]
fn a_geopackage_brings_a_layer_back_to_the_bit() {
    check(&GEOPACKAGE);
}

#[test]
fn kml_brings_a_layer_back() {
    check(&KML);
}

#[test]
fn boundary_text_brings_parcels_back() {
    check(&BOUNDARY_TXT);
}

#[test]
fn a_csv_brings_a_layer_back_as_it_is_written() {
    check(&CSV);
}

#[test]
fn a_workbook_brings_a_layer_back() {
    check(&XLSX);
}
