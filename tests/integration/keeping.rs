//! Where an import goes, who may write meanwhile, and what is remembered for the next file.

use std::fs;
use std::path::Path;

use redline_atlas::crs::Crs;
use redline_atlas::document::{Document, DocumentError};
use redline_atlas::exchange::{self, Destination, Memory};
use redline_atlas::formats::{self, CrsChoice, ReadOptions, ReadReport};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    Edit, FieldRoles, FieldType, IssueCode, LayerKind, Placement, SiteId, Value,
};
use redline_atlas::store::{Contents, Store};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::judge;

fn new_document() -> (TempDir, Document) {
    let folder = tempfile::tempdir().unwrap();
    let document = Document::create(&folder.path().join("w.gpkg"), Contents::Plan).unwrap();
    (folder, document)
}

/// A GeoJSON of small squares, each with the properties given.
fn squares(properties: &[&str]) -> String {
    let features: Vec<String> = (properties.iter().enumerate())
        .map(|(at, properties)| {
            let west = 103.70 + at as f64 * 0.002;
            let east = west + 0.001;
            format!(
                r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Polygon","coordinates":[[[{west},29.5],[{east},29.5],[{east},29.501],[{west},29.501],[{west},29.5]]]}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

fn read(properties: &[&str]) -> ReadReport {
    let options = ReadOptions::new(LayerKind::Reference);
    let text = squares(properties);
    formats::read_bytes(
        "地块.geojson",
        text.as_bytes(),
        &options,
        &Progress::default(),
    )
    .unwrap()
}

fn import(document: &mut Document, properties: &[&str], to: Destination) -> exchange::Imported {
    exchange::import(document, &read(properties), to).unwrap()
}

fn move_a_site(document: &mut Document) {
    let site = SiteId(1);
    let old = document.site(site).unwrap().placement.clone();
    let mut new = old.clone();
    new.basis.push_str("，复核");
    document
        .commit(Edit::SetPlacement { site, old, new })
        .unwrap();
}

#[test]
fn appended_rows_find_their_columns_and_no_cell_changes_its_value() {
    let (_folder, mut document) = new_document();
    let big = 9_007_199_254_740_993_i64; // no double holds it
    let first = format!(r#"{{"名称":"甲","面积":1,"编号":{big},"在用":true,"只旧":"a"}}"#);
    let layer = import(&mut document, &[&first], Destination::New).layer;
    let second = r#"{"面积":2.5,"编号":0.1,"在用":"是否","名称":"乙","只新":7}"#;
    let imported = import(&mut document, &[second], Destination::Append(layer));

    assert_eq!(imported.layer, layer);
    assert_eq!(imported.added_fields, ["只新"]);
    let path = document.path().to_owned();
    let shown = document.layer(layer).unwrap().clone();
    drop(document);
    let document = Document::open(&path).unwrap();
    let stored = document.layer(layer).unwrap();
    assert_eq!(*stored, shown, "what is shown is what is stored");
    let cell = |row: usize, name: &str| {
        let feature = &stored.layer.features[row];
        stored.layer.value(feature, name).unwrap().clone()
    };
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!([cell(0, "名称"), cell(1, "名称")], [text("甲"), text("乙")]);
    assert_eq!(
        [cell(0, "面积"), cell(1, "面积")],
        [1.0, 2.5].map(Value::Real)
    );
    assert_eq!(
        [cell(0, "编号"), cell(1, "编号")],
        [text(&big.to_string()), text("0.1")]
    );
    assert_eq!(
        [cell(0, "在用"), cell(1, "在用")],
        [text("是"), text("是否")]
    );
    assert_eq!([cell(0, "只旧"), cell(1, "只旧")], [text("a"), Value::Null]);
    assert_eq!(
        [cell(0, "只新"), cell(1, "只新")],
        [Value::Null, Value::Integer(7)]
    );
    let area = stored.layer.field_index("面积").unwrap();
    assert_eq!(stored.layer.fields[area].field_type, FieldType::Real);
    assert!(document.verify().unwrap().passed());
}

#[test]
fn gdal_sees_all_features_of_a_layer_that_was_appended_to() {
    if !judge::is_here("ogrinfo") {
        return;
    }
    let (_folder, mut document) = new_document();
    let layer = import(
        &mut document,
        &[r#"{"n":1}"#, r#"{"n":2}"#],
        Destination::New,
    )
    .layer;
    import(
        &mut document,
        &[r#"{"n":"三","m":1.5}"#],
        Destination::Append(layer),
    );
    let path = document.path().to_owned();
    drop(document);
    let output = std::process::Command::new("ogrinfo")
        .args(["-so", "-al"])
        .arg(&path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let part = said
        .split("Layer name: ")
        .find(|part| part.starts_with("地块\n") || part.starts_with("reference_"));
    let part = part.unwrap_or_else(|| panic!("{said}"));
    assert!(part.contains("Feature Count: 3"), "{part}");
    assert!(part.contains("n: String"), "{part}");
    assert!(part.contains("m: Real"), "{part}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("ERROR"));
}

#[test]
fn a_replaced_layer_keeps_its_name_place_and_style_and_the_old_one_comes_back() {
    let (_folder, mut document) = new_document();
    let old = import(&mut document, &[r#"{"n":1}"#], Destination::New).layer;
    import(&mut document, &[r#"{"n":9}"#], Destination::New);
    document.rename_layer(old, "我的地块").unwrap();
    document.set_layer_view(old, false, 0.5).unwrap();
    let before = document.layer(old).unwrap().clone();
    let order: Vec<String> = names(&document);

    let imported = import(
        &mut document,
        &[r#"{"n":2}"#, r#"{"n":3}"#],
        Destination::Replace(old),
    );

    assert_eq!(imported.replaced, Some(old));
    assert!(document.layer(old).is_none());
    let new = document.layer(imported.layer).unwrap();
    assert_eq!(new.layer.name, "我的地块");
    assert_eq!(
        (new.visible, new.opacity, new.position),
        (false, 0.5, before.position)
    );
    assert_eq!(new.layer.features.len(), 2);
    assert_eq!(names(&document), order);
    let reopened = Document::open(document.path()).unwrap();
    assert_eq!(reopened.layers(), document.layers());
    drop(reopened);
    document.restore_layer(old).unwrap();
    assert_eq!(*document.layer(old).unwrap(), before);
    assert!(document.verify().unwrap().passed());
}

fn names(document: &Document) -> Vec<String> {
    (document.layers().iter())
        .map(|stored| stored.layer.name.clone())
        .collect()
}

#[test]
fn a_schematic_shape_cannot_be_slipped_into_a_surveyed_layer() {
    let (_folder, mut document) = new_document();
    let surveyed = import(&mut document, &[r#"{"n":1}"#], Destination::New).layer;
    let mut report = read(&[r#"{"n":2}"#]);
    report.layer.placement = Placement::Schematic;
    let before = document.layers().to_vec();
    let refused = exchange::import(&mut document, &report, Destination::Append(surveyed));
    let sentence = refused.unwrap_err().to_string();
    assert!(
        sentence.contains("示意") && sentence.contains("实测"),
        "{sentence}"
    );
    assert_eq!(document.layers(), before);
    assert!(!document.is_importing(), "a refused import is over");
}

#[test]
fn an_import_leaves_the_undo_stack_alone_and_is_not_taken_for_another_programs_change() {
    let (_folder, mut document) = new_document();
    move_a_site(&mut document);
    let importer = document.importer().unwrap();
    let report = read(&[r#"{"n":1}"#]);
    let stored = std::thread::scope(|scope| {
        let job = scope.spawn(|| {
            exchange::store(importer, &report, Destination::New, &Progress::default()).unwrap()
        });
        job.join().unwrap()
    });
    assert!(!document.refresh().unwrap());
    let imported = document.adopt(stored).unwrap();
    assert!(document.layer(imported.layer).is_some());
    assert!(
        !document.refresh().unwrap(),
        "our own import is nobody else's"
    );
    assert!(document.undo().unwrap().is_some());
}

#[test]
fn what_another_program_changed_during_an_import_is_not_missed() {
    let (_folder, mut document) = new_document();
    move_a_site(&mut document);
    let importer = document.importer().unwrap();
    let stored = exchange::store(
        importer,
        &read(&[r#"{"n":1}"#]),
        Destination::New,
        &Progress::default(),
    )
    .unwrap();
    let other = Connection::open(document.path()).unwrap();
    other
        .execute("UPDATE project_site SET location = '别处' WHERE id = 2", [])
        .unwrap();
    document.adopt(stored).unwrap();
    assert_eq!(document.site(SiteId(2)).unwrap().location, "别处");
    // The ledger is another one now, of which the undo stack knows nothing.
    assert!(document.undo().unwrap().is_none());
}

#[test]
fn nobody_else_writes_while_an_import_is_stored_and_everybody_may_again_afterwards() {
    for mut document in [
        new_document().1,
        Document::in_memory(Contents::Plan).unwrap(),
    ] {
        let importer = document.importer().unwrap();
        let id = document.layers()[0].id;
        let refused = document.rename_layer(id, "别名");
        assert!(matches!(refused, Err(DocumentError::Importing)));
        assert!(matches!(document.importer(), Err(DocumentError::Importing)));
        let stored = exchange::store(
            importer,
            &read(&[r#"{"n":1}"#]),
            Destination::New,
            &Progress::default(),
        );
        document.adopt(stored.unwrap()).unwrap();
        document.rename_layer(id, "别名").unwrap();
        assert!(document.verify().unwrap().passed());
    }
}

#[test]
fn a_cancelled_import_leaves_nothing_behind() {
    let (_folder, mut document) = new_document();
    let target = import(&mut document, &[r#"{"n":1}"#], Destination::New).layer;
    let before = Store::open(document.path()).unwrap().layers().unwrap();
    let progress = Progress::default();
    progress.cancel();
    for destination in [
        Destination::New,
        Destination::Append(target),
        Destination::Replace(target),
    ] {
        let importer = document.importer().unwrap();
        let report = read(&[r#"{"n":"文字","新":2}"#]);
        let outcome = exchange::store(importer, &report, destination, &progress);
        assert!(matches!(outcome, Err(DocumentError::Cancelled(_))));
    }
    assert_eq!(
        Store::open(document.path()).unwrap().layers().unwrap(),
        before
    );
    assert!(document.verify().unwrap().passed());
    document.rename_layer(target, "还能改").unwrap();
}

/// Metres that do not say their zone: nobody can tell for sure.
fn write_metres(path: &Path) {
    let text = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"MC":"甲","TBMJ":"1"},"geometry":{"type":"Point","coordinates":[375000,3264000]}}]}"#;
    fs::write(path, text).unwrap();
}

#[test]
fn a_chosen_system_is_recalled_for_the_next_file_of_that_name_and_said_so() {
    let (folder, mut document) = new_document();
    let options = ReadOptions::new(LayerKind::Reference);
    let this_year = folder.path().join("红线_2024.geojson");
    let next_year = folder.path().join("红线_2025-03.geojson");
    let other = folder.path().join("道路_2025.geojson");
    for path in [&this_year, &next_year, &other] {
        write_metres(path);
    }
    let mut by_hand = options.clone();
    by_hand.crs = CrsChoice::Fixed(Crs::parse("EPSG:4543").unwrap());
    let reading = |document: &Document, path: &Path, options: &ReadOptions| {
        let memory = exchange::memory(document).unwrap();
        exchange::read_file(path, options, &memory, &Progress::default()).unwrap()
    };
    let automatic = reading(&document, &next_year, &options).report.crs;
    assert_ne!(CrsChoice::Fixed(automatic), by_hand.crs);

    let report = reading(&document, &this_year, &by_hand).report;
    exchange::remember(
        &mut document,
        &this_year,
        &report,
        by_hand.crs,
        &FieldRoles::default(),
    )
    .unwrap();
    let again = reading(&document, &next_year, &options);
    assert!(again.recalled_crs);
    assert_eq!(CrsChoice::Fixed(again.report.crs), by_hand.crs);
    assert!(
        again.report.crs_reason.starts_with("按上次的选择"),
        "{}",
        again.report.crs_reason
    );
    assert!(!reading(&document, &other, &options).recalled_crs);
    let forgetful = exchange::read_file(
        &next_year,
        &options,
        &Memory::default(),
        &Progress::default(),
    );
    assert_eq!(forgetful.unwrap().report.crs, automatic);
    // Other columns: not the same kind of file.
    let text = fs::read_to_string(&next_year)
        .unwrap()
        .replace("TBMJ", "DLBM");
    fs::write(&next_year, text).unwrap();
    assert!(!reading(&document, &next_year, &options).recalled_crs);
}

#[test]
fn an_internet_map_and_an_order_of_axes_are_recalled_as_chosen() {
    for chosen in ["EPSG:4326+gcj02", "EPSG:4490+swapped"] {
        let (folder, mut document) = new_document();
        let first = folder.path().join("点位1.geojson");
        let second = folder.path().join("点位2.geojson");
        let at = if chosen.ends_with("swapped") {
            "[29.57,103.76]"
        } else {
            "[103.76,29.57]"
        };
        for path in [&first, &second] {
            let text = format!(
                r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"MC":"甲"}},"geometry":{{"type":"Point","coordinates":{at}}}}}]}}"#
            );
            fs::write(path, text).unwrap();
        }
        let options = ReadOptions::new(LayerKind::Reference);
        let mut by_hand = options.clone();
        by_hand.crs = CrsChoice::parse(chosen).unwrap();
        let report = formats::read_file(&first, &by_hand, &Progress::default()).unwrap();
        let roles = FieldRoles::default();
        exchange::remember(&mut document, &first, &report, by_hand.crs, &roles).unwrap();
        let memory = exchange::memory(&document).unwrap();
        let again = exchange::read_file(&second, &options, &memory, &Progress::default()).unwrap();
        assert!(again.recalled_crs, "{chosen}");
        assert_eq!(
            again.report.layer.features, report.layer.features,
            "{chosen}"
        );
        assert!(
            again.report.crs_reason.contains(chosen),
            "{}",
            again.report.crs_reason
        );
    }
}

#[test]
fn what_columns_mean_is_kept_with_the_layer_and_recalled_by_the_header() {
    let (folder, mut document) = new_document();
    let path = folder.path().join("甲.geojson");
    fs::write(&path, squares(&[r#"{"A":"一号地","B":1}"#])).unwrap();
    let roles = FieldRoles {
        name: Some("A".to_owned()),
        area: Some("B".to_owned()),
        ..FieldRoles::default()
    };
    let mut options = ReadOptions::new(LayerKind::RedLine);
    options.roles = roles.clone();
    let report = formats::read_file(&path, &options, &Progress::default()).unwrap();
    let imported = exchange::import(&mut document, &report, Destination::New).unwrap();
    exchange::remember(&mut document, &path, &report, CrsChoice::Auto, &roles).unwrap();
    let reopened = Document::open(document.path()).unwrap();
    let layer = &reopened.layer(imported.layer).unwrap().layer;
    assert_eq!(layer.roles, roles);
    assert_eq!(layer.feature_name(&layer.features[0]), Some("一号地"));
    drop(reopened);

    let other = folder.path().join("完全不同.geojson");
    fs::write(&other, squares(&[r#"{"B":2,"A":"二号地"}"#])).unwrap();
    let memory = exchange::memory(&document).unwrap();
    let options = ReadOptions::new(LayerKind::RedLine);
    let reading = exchange::read_file(&other, &options, &memory, &Progress::default()).unwrap();
    assert!(reading.recalled_roles);
    assert_eq!(reading.report.layer.roles, roles);
    // The square is about one hectare, not two.
    let codes: Vec<_> = reading
        .report
        .issues
        .iter()
        .map(|issue| issue.code)
        .collect();
    assert!(codes.contains(&IssueCode::AreaDiffers), "{codes:?}");
}

/// The schema as version 1 wrote it.
const FIRST_SCHEMA: &str = include_str!("../../src/store/migrations/0001_initial.sql");

#[test]
fn a_workspace_of_version_1_is_brought_up_without_losing_anything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("旧.gpkg");
    let old = Connection::open(&path).unwrap();
    old.pragma_update(None, "application_id", 0x4750_4B47)
        .unwrap();
    old.pragma_update(None, "user_version", 10_300).unwrap();
    old.execute_batch(FIRST_SCHEMA).unwrap();
    old.execute_batch(
        r#"INSERT INTO rla_meta VALUES ('schema_version', '1');
           CREATE TABLE redline_1 (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POLYGON, "名称" TEXT);
           INSERT INTO redline_1 (fid, "名称") VALUES (3, '甲');
           INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('redline_1', 'features', '老图层', 4490);
           INSERT INTO gpkg_geometry_columns VALUES ('redline_1', 'geom', 'POLYGON', 4490, 0, 0);
           INSERT INTO rla_layer (id, table_name, name, kind, placement, source, source_epsg, position, visible, opacity)
             VALUES (1, 'redline_1', '老图层', 'redline', 'surveyed', '旧文件.shp', 4523, 0, 1, 0.75);
           INSERT INTO rla_field (layer_id, position, name, column_name, type) VALUES (1, 0, '名称', '名称', 'TEXT');
           INSERT INTO quarantine (layer_id, feature, code, reason, raw) VALUES (1, 4, 'bad_coordinates', '坐标不是数', '{"type":"Feature"}');
           INSERT INTO import_issue (layer_id, feature, code, message, action) VALUES (1, 4, 'bad_coordinates', '坐标不是数', 'quarantined');"#,
    )
    .unwrap();
    let history: u32 = old
        .query_row("SELECT count(*) FROM history", [], |row| row.get(0))
        .unwrap();
    drop(old);

    let document = Document::open(&path).unwrap();
    assert!(document.verify().unwrap().passed());
    let [layer] = document.layers() else {
        panic!("{:?}", document.layers());
    };
    assert_eq!(
        layer.layer.features[0].values,
        [Value::Text("甲".to_owned())]
    );
    assert_eq!((layer.opacity, layer.quarantined), (0.75, 1));
    let [row] = &document.quarantine(layer.id).unwrap()[..] else {
        panic!("one row");
    };
    assert_eq!((row.epsg, row.source.as_str()), (Some(4523), "旧文件.shp"));
    assert_eq!(row.what.raw, r#"{"type":"Feature"}"#);
    assert_eq!(document.issues(layer.id).unwrap().len(), 1);
    assert_eq!(document.history(100).unwrap().len(), history as usize);
}
