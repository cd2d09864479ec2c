//! The import window and the quarantine, by what a screen reader would read.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::desk::{self, Desk};

use redline_atlas::app::{Command, ThemeChoice};
use redline_atlas::crs::Crs;
use redline_atlas::document::Document;
use redline_atlas::formats::{ReadOptions, TextEncoding, WriteOptions, read_bytes, write_layer};
use redline_atlas::jobs::Progress;
use redline_atlas::model::LayerKind;
use redline_atlas::store::{Contents, StoredLayer};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/import")
        .join(name)
}

/// A window on a workspace in a file: what is stored beside the window needs one.
fn desk_in(folder: &Path) -> Desk {
    let document = Document::create(&folder.join("w.gpkg"), Contents::Plan).unwrap();
    desk::open_document(document, ThemeChoice::Light)
}

fn import(desk: &mut Desk, path: PathBuf) {
    desk::ask(desk, Command::BeginImport(vec![path]));
}

fn press(desk: &mut Desk, button: &str) {
    desk.get_by_role_and_label(Role::Button, button).click();
    desk::settle(desk);
}

fn pick(desk: &mut Desk, combo: &str, choice: &str) {
    desk.get_by_role_and_label(Role::ComboBox, combo).click();
    desk::settle(desk);
    desk.get_by_role_and_label(Role::Button, choice).click();
    desk::settle(desk);
}

fn value(desk: &Desk, combo: &str) -> String {
    let combo = desk.get_by_role_and_label(Role::ComboBox, combo);
    combo.value().unwrap_or_default()
}

/// Where the small map looks.
fn seen(desk: &Desk) -> String {
    let map = desk.get_by_role_and_label(Role::Canvas, "导入预览图");
    map.value().unwrap_or_default()
}

fn layer<'a>(desk: &'a Desk, name: &str) -> Option<&'a StoredLayer> {
    let document = desk.state().document().unwrap();
    document.layers().iter().find(|one| one.layer.name == name)
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A square of about 100 m in the district.
fn square(properties: &str, east: f64) -> String {
    let (west, south) = (103.75 + east, 29.55);
    let (right, top) = (west + 0.001, south + 0.001);
    format!(
        r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Polygon","coordinates":[[[{west},{south}],[{right},{south}],[{right},{top}],[{west},{top}],[{west},{south}]]]}}}}"#
    )
}

fn collection(features: &[String]) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    )
}

/// A line of one point cannot be drawn.
const BROKEN: &str = r#"{"type":"Feature","properties":{"DKMC":"断线"},"geometry":{"type":"LineString","coordinates":[[103.75,29.55]]}}"#;

#[test]
fn the_window_shows_columns_with_their_values_and_what_they_mean() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "地块.geojson",
        &collection(&[square(r#"{"DKMC":"甲地","BH":"A-1"}"#, 0.0)]),
    );
    let mut desk = desk_in(folder.path());
    import(&mut desk, file);
    desk.get_by_label("甲地");
    assert_eq!(value(&desk, "DKMC用作"), "名称");
    assert_eq!(value(&desk, "BH用作"), "不指定");
    pick(&mut desk, "BH用作", "编号");
    press(&mut desk, "导入图层到工作区");
    let stored = layer(&desk, "地块").unwrap();
    assert_eq!(stored.layer.roles.code.as_deref(), Some("BH"));

    // The next file with these columns is understood at once.
    let file = write(
        folder.path(),
        "另一批.geojson",
        &collection(&[square(r#"{"DKMC":"乙地","BH":"A-2"}"#, 0.01)]),
    );
    import(&mut desk, file);
    assert_eq!(value(&desk, "BH用作"), "编号");
    desk.get_by_label_contains("已按上次");
}

#[test]
fn a_dry_run_says_what_would_happen_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "生态保护红线.geojson",
        &collection(&[square(r#"{"HXMC":"甲"}"#, 0.0), BROKEN.to_owned()]),
    );
    let mut desk = desk_in(folder.path());
    let before = desk.state().document().unwrap().layers().to_vec();
    import(&mut desk, file);
    press(&mut desk, "试导入");
    desk.get_by_label_contains(
        "将新建图层“生态保护红线”，导入 1 个要素，1 个存入隔离区，“生态保护红线（示意）”停用",
    );
    assert_eq!(desk.state().document().unwrap().layers(), before);
}

#[test]
fn a_file_is_appended_to_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    let first = collection(&[square(r#"{"DKMC":"甲地"}"#, 0.0)]);
    let second = collection(&[square(r#"{"DKMC":"乙地","备注":"新"}"#, 0.01)]);
    let first = write(folder.path(), "一期.geojson", &first);
    let second = write(folder.path(), "二期.geojson", &second);
    let mut desk = desk_in(folder.path());
    import(&mut desk, first);
    press(&mut desk, "导入图层到工作区");
    import(&mut desk, second);
    desk.get_by_role_and_label(Role::RadioButton, "追加到")
        .click();
    desk::settle(&mut desk);
    assert_eq!(value(&desk, "目标图层"), "一期");
    press(&mut desk, "试导入");
    desk.get_by_label_contains("将向图层“一期”追加 1 个要素，增加字段 备注");
    press(&mut desk, "导入图层到工作区");
    let stored = layer(&desk, "一期").unwrap();
    assert_eq!(stored.layer.features.len(), 2);
    assert!(stored.layer.field_index("备注").is_some());
    assert!(layer(&desk, "二期").is_none());
}

#[test]
fn another_layer_of_a_file_can_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_in(folder.path());
    import(&mut desk, fixture("table/two_sheets.xlsx"));
    assert_eq!(value(&desk, "文件中的图层"), "大表");
    pick(&mut desk, "文件中的图层", "小表");
    assert_eq!(value(&desk, "文件中的图层"), "小表");
    press(&mut desk, "导入图层到工作区");
    assert!(layer(&desk, "小表").is_some());
    assert!(layer(&desk, "大表").is_none());
}

#[test]
fn a_clicked_problem_is_shown_on_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_in(folder.path());
    import(&mut desk, fixture("unclosed_ring.geojson"));
    desk.get_by_label_contains("问题 ").click();
    desk::settle(&mut desk);
    let before = seen(&desk);
    let row = desk.get_all_by_role(Role::ListBoxOption).next();
    row.unwrap().click();
    desk::settle(&mut desk);
    assert_ne!(seen(&desk), before);
}

/// A layer as an office sends it: everything in one archive, in GBK, without a word on the system.
fn gbk_archive(folder: &Path) -> PathBuf {
    let text = collection(&[square(r#"{"名称":"甲地","编号":"A-1"}"#, 0.0)]);
    let options = ReadOptions::new(LayerKind::Reference);
    let report = read_bytes(
        "地块.geojson",
        text.as_bytes(),
        &options,
        &Progress::default(),
    );
    let options = WriteOptions {
        crs: Crs::from_epsg(4523),
        encoding: Some(TextEncoding::Gb18030),
        overwrite: false,
    };
    let shape = folder.join("地块.shp");
    write_layer(&shape, &report.unwrap().layer, &options).unwrap();
    let path = folder.join("地块.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for ending in ["shp", "shx", "dbf"] {
        let name = format!("地块.{ending}");
        zip.start_file(&name, zip::write::SimpleFileOptions::default())
            .unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

#[test]
fn a_zipped_shapefile_in_gbk_without_prj_says_what_it_is_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_in(folder.path());
    import(&mut desk, gbk_archive(folder.path()));
    desk.get_by_label_contains("Shapefile ·");
    assert!(value(&desk, "文件坐标系").contains("EPSG:4523"));
    assert!(value(&desk, "文件编码").starts_with("自动：GB18030"));
    desk.get_by_label("甲地");
    pick(&mut desk, "文件编码", "BIG5");
    assert!(desk.query_by_label("甲地").is_none());
}

#[test]
fn an_undecided_coordinate_system_is_one_question_with_places_to_look_at() {
    let folder = tempfile::tempdir().unwrap();
    // Far from the district in any zone.
    let text = "名称,横坐标(m),纵坐标(m)\n甲,560000.5,3271000.5\n乙,560100.5,3271100.5\n";
    let file = write(folder.path(), "监测点.csv", text);
    let mut desk = desk_in(folder.path());
    import(&mut desk, file);
    desk.get_by_label("这个文件是哪一种坐标系？");
    let answers: Vec<String> = desk
        .get_all_by_role(Role::RadioButton)
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.starts_with("坐标系可能是"))
        .collect();
    assert!(answers.len() > 1, "{answers:?}");
    let before = seen(&desk);
    desk.get_by_label(&answers[1]).click();
    desk::settle(&mut desk);
    assert_ne!(seen(&desk), before);
    press(&mut desk, "按此坐标系读取");
    press(&mut desk, "导入图层到工作区");
    assert_eq!(layer(&desk, "监测点").unwrap().layer.features.len(), 2);
}

#[test]
fn a_quarantined_feature_is_mended_and_goes_into_its_layer() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(
        folder.path(),
        "道路.geojson",
        &collection(&[square(r#"{"DKMC":"甲地"}"#, 0.0), BROKEN.to_owned()]),
    );
    let mut desk = desk_in(folder.path());
    import(&mut desk, file);
    press(&mut desk, "导入图层到工作区");
    assert_eq!(layer(&desk, "道路").unwrap().quarantined, 1);
    press(&mut desk, "查看道路的隔离区");
    desk.get_by_label_contains("1 个要素没有导入");

    for (name, mark) in [("隔离.csv", "断线"), ("隔离.geojson", "103.75")] {
        let path = folder.path().join(name);
        let layer = layer(&desk, "道路").unwrap().id;
        let wanted = Command::WriteQuarantine {
            layer,
            path: path.clone(),
        };
        desk::ask(&mut desk, wanted);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(mark), "{name}: {text}");
    }

    // As it is, it stays, and says why.
    press(&mut desk, "重新读入");
    assert_eq!(layer(&desk, "道路").unwrap().quarantined, 1);

    desk.get_by_role_and_label(Role::Tab, "坐标").click();
    desk::settle(&mut desk);
    press(&mut desk, "在 1 后加一行");
    for (name, text) in [("2 x", "103.751"), ("2 y", "29.552")] {
        let cell = desk.get_by_role_and_label(Role::TextInput, name);
        cell.focus();
        cell.type_text(text);
        desk::settle(&mut desk);
    }
    press(&mut desk, "重新读入");
    let stored = layer(&desk, "道路").unwrap();
    assert_eq!((stored.layer.features.len(), stored.quarantined), (2, 0));
    desk.get_by_label_contains("隔离区已空");

    press(&mut desk, "撤回第 2 个");
    let stored = layer(&desk, "道路").unwrap();
    assert_eq!((stored.layer.features.len(), stored.quarantined), (1, 1));
}

#[test]
fn storing_that_is_called_off_leaves_the_choices_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<String> = (0..20_000)
        .map(|number| square(r#"{"DKMC":"地"}"#, f64::from(number) * 1e-6))
        .collect();
    let file = write(folder.path(), "很多.geojson", &collection(&many));
    let mut desk = desk_in(folder.path());
    import(&mut desk, file);
    desk.get_by_role_and_label(Role::Button, "导入图层到工作区")
        .click();
    desk.step();
    desk.state_mut().push(Command::CloseDialog);
    desk::settle(&mut desk);
    assert!(layer(&desk, "很多").is_none());
    desk.get_by_label_contains("工作区未改动");
    press(&mut desk, "导入图层到工作区");
    assert_eq!(layer(&desk, "很多").unwrap().layer.features.len(), 20_000);
}
