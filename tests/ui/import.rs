//! The import window and the quarantine, by what a screen reader would read.

use std::path::{Path, PathBuf};

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

use crate::desk::{self, Desk};

use redline_atlas::app::{Command, ThemeChoice};
use redline_atlas::document::Document;
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
    desk.get_by_label_contains("将新建图层“生态保护红线”，导入 1 个要素，1 个存入隔离区，“生态保护红线（示意）”停用");
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
    desk.get_by_role_and_label(Role::RadioButton, "追加到").click();
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
    let first = value(&desk, "文件中的图层");
    desk.get_by_role_and_label(Role::ComboBox, "文件中的图层").click();
    desk::settle(&mut desk);
    let names = ["断面", "水库", "Sheet1", "Sheet2", "说明"];
    let other = names
        .into_iter()
        .find(|name| *name != first && desk.query_by_role_and_label(Role::Button, name).is_some());
    let other = other.expect("no other layer is offered");
    press(&mut desk, other);
    assert_eq!(value(&desk, "文件中的图层"), other);
    press(&mut desk, "导入图层到工作区");
    assert!(layer(&desk, other).is_some());
}

#[test]
fn a_clicked_problem_is_shown_on_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk_in(folder.path());
    import(&mut desk, fixture("unclosed_ring.geojson"));
    let map = |desk: &Desk| {
        let map = desk.get_by_role_and_label(Role::Canvas, "导入预览图");
        map.value().unwrap_or_default()
    };
    desk.get_by_label_contains("问题 ").click();
    desk::settle(&mut desk);
    let before = map(&desk);
    let row = desk.get_by_role_and_label(Role::ListBoxOption, "");
    row.click();
    desk::settle(&mut desk);
    assert_ne!(map(&desk), before);
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

    // As it is, it stays, and says why.
    press(&mut desk, "重新读入");
    assert_eq!(layer(&desk, "道路").unwrap().quarantined, 1);

    desk.get_by_label("坐标 0").click();
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
