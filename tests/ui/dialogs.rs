//! Dialogs, by what a screen reader would read.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::PathBuf;

use crate::desk::{self, Desk};

use redline_atlas::app::{Command, DialogKind, Selection, SheetFormat, ThemeChoice};
use redline_atlas::formats::WriteOptions;
use redline_atlas::model::SiteId;

fn demo_red_line() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/demo/redline_4523.geojson")
}

fn is_open(desk: &Desk) -> bool {
    desk.query_by_label("关闭对话框").is_some()
}

fn escape(desk: &mut Desk) {
    desk.key_press(Key::Escape);
    desk::settle(desk);
}

#[test]
fn a_dropped_red_line_is_read_and_compared_with_the_plan() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(&mut desk, Command::BeginImport(vec![demo_red_line()]));
    assert!(is_open(&desk));
    let kind = desk.get_by_role_and_label(Role::ComboBox, "导入为");
    assert_eq!(kind.value().as_deref(), Some("生态保护红线"));
    desk.get_by_label_contains("与规划的 0.6657 km² 一致");
    assert!(desk.query_all_by_label_contains("EPSG:4523").count() > 0);
    escape(&mut desk);
    assert!(!is_open(&desk));
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let mut desk = desk::open(ThemeChoice::Light);
    let missing = PathBuf::from("没有这个文件.geojson");
    desk::ask(&mut desk, Command::BeginImport(vec![missing]));
    desk.get_by_label_contains("找不到文件");
}

#[test]
fn a_sheet_is_previewed_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(
        &mut desk,
        Command::Select(Some(Selection::Site(SiteId(19)))),
    );
    desk::ask(&mut desk, Command::OpenDialog(DialogKind::Print));
    desk.get_by_role_and_label(Role::Image, "位置图预览");
    desk.get_by_label("1:100,000");
    let path = folder.path().join("19.pdf");
    let format = SheetFormat::Pdf;
    desk::ask(
        &mut desk,
        Command::WriteSheet {
            format,
            path: path.clone(),
        },
    );
    assert!(std::fs::read(&path).unwrap().starts_with(b"%PDF"));
    desk.get_by_label("位置图已保存：19.pdf");
}

#[test]
fn a_sheet_that_cannot_be_saved_says_so() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(&mut desk, Command::OpenDialog(DialogKind::Print));
    let path = PathBuf::from("/没有的文件夹/图.pdf");
    let format = SheetFormat::Pdf;
    desk::ask(&mut desk, Command::WriteSheet { format, path });
    desk.get_by_label_contains("所在的文件夹不存在");
}

#[test]
fn the_ledger_is_exported_as_the_ending_says() {
    use redline_atlas::exchange::Export;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(&mut desk, Command::OpenDialog(DialogKind::Export));
    desk.get_by_role_and_label(Role::ComboBox, "导出内容");
    escape(&mut desk);
    let path = folder.path().join("台账.csv");
    let what = Export::Sites;
    desk::ask(
        &mut desk,
        Command::WriteExport {
            what,
            path: path.clone(),
            options: WriteOptions::NEW_FILE,
        },
    );
    assert!(
        std::fs::read_to_string(path)
            .unwrap()
            .contains("生活垃圾应急填埋场")
    );
    desk.get_by_label("已导出 41 条到 台账.csv");
}

#[test]
fn the_export_dialog_offers_what_the_layer_and_the_format_allow() {
    let mut desk = desk::open(ThemeChoice::Light);
    let layer = |desk: &Desk, name: &str| {
        let document = desk.state().document().unwrap();
        let mut layers = document.layers().iter();
        layers.find(|stored| stored.layer.name == name).unwrap().id
    };
    let sections = layer(&desk, "水质断面");
    desk::ask(&mut desk, Command::ExportLayer(sections));
    desk.get_by_label_contains("这个图层没有面");
    let txt = desk.get_by_role_and_label(Role::RadioButton, "界址点 TXT");
    assert!(txt.accesskit_node().is_disabled());
    // GeoJSON is only ever UTF-8.
    assert!(desk.query_by_label("文字编码").is_none());
    desk.get_by_role_and_label(Role::RadioButton, "Shapefile")
        .click();
    desk::settle(&mut desk);
    let encoding = desk.get_by_role_and_label(Role::ComboBox, "文字编码");
    assert!(encoding.value().unwrap().starts_with("GB18030"));
    let system = desk.get_by_role_and_label(Role::ComboBox, "坐标系");
    assert_eq!(
        system.value().as_deref(),
        Some("CGCS2000 经纬度（EPSG:4490）")
    );
    desk.get_by_role_and_label(Role::RadioButton, "KML").click();
    desk::settle(&mut desk);
    assert!(desk.query_by_label("坐标系").is_none());
    escape(&mut desk);

    let border = layer(&desk, "市中区边界");
    desk::ask(&mut desk, Command::ExportLayer(border));
    desk.get_by_role_and_label(Role::RadioButton, "界址点 TXT")
        .click();
    desk::settle(&mut desk);
    let system = desk.get_by_role_and_label(Role::ComboBox, "坐标系");
    assert!(system.value().unwrap().contains("EPSG:4523"));
}

#[test]
fn files_that_an_export_would_replace_are_named_first() {
    use redline_atlas::exchange::Export;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = desk::open(ThemeChoice::Light);
    let path = folder.path().join("台账.csv");
    std::fs::write(&path, "old").unwrap();
    let write = |overwrite| Command::WriteExport {
        what: Export::Sites,
        path: path.clone(),
        options: WriteOptions {
            overwrite,
            ..WriteOptions::NEW_FILE
        },
    };
    desk::ask(&mut desk, write(false));
    desk.get_by_label_contains("已存在，未覆盖");
    let ask = || Command::AskReplace {
        files: vec![path.clone()],
        then: Box::new(write(true)),
    };
    desk::ask(&mut desk, ask());
    desk.get_by_label("台账.csv");
    desk.get_by_role_and_label(Role::Button, "不替换").click();
    desk::settle(&mut desk);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
    desk::ask(&mut desk, ask());
    desk.get_by_role_and_label(Role::Button, "替换").click();
    desk::settle(&mut desk);
    assert!(!is_open(&desk));
    assert!(std::fs::metadata(&path).unwrap().len() > 1000);
}

#[test]
fn every_dialog_without_content_of_its_own_opens_and_closes() {
    let mut desk = desk::open(ThemeChoice::Light);
    for (kind, content) in [
        (DialogKind::NewWorkspace, "含规划内置数据"),
        (DialogKind::Settings, "界面大小"),
        (DialogKind::Shortcuts, "显示全区"),
        (
            DialogKind::About,
            "CGCS2000（EPSG:4490）；面积、长度按椭球面计算",
        ),
        (DialogKind::Changelog, "0.1.0（未发布）"),
    ] {
        desk::ask(&mut desk, Command::OpenDialog(kind));
        assert!(is_open(&desk), "{content}");
        assert!(desk.query_all_by_label(content).count() > 0, "{content}");
        escape(&mut desk);
        assert!(!is_open(&desk), "{content}");
    }
}

#[test]
fn text_that_is_not_saved_is_asked_about_before_another_workspace_opens() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(
        &mut desk,
        Command::Select(Some(Selection::Site(SiteId(19)))),
    );
    desk.get_by_role_and_label(Role::Button, "更改状态").click();
    desk::settle(&mut desk);
    let note = desk.get_by_role_and_label(Role::TextInput, "说明");
    note.focus();
    note.type_text("待核");
    desk::settle(&mut desk);
    desk::ask(
        &mut desk,
        Command::OpenWorkspace(PathBuf::from("另一个.gpkg")),
    );
    desk.get_by_label_contains("放弃这些内容并继续");
    desk.get_by_role_and_label(Role::Button, "返回填写").click();
    desk::settle(&mut desk);
    let note = desk.get_by_role_and_label(Role::TextInput, "说明").value();
    assert_eq!(note.as_deref(), Some("待核"));
    assert_eq!(desk.state().notices().count(), 0);
}

#[test]
fn a_removed_layer_can_be_brought_back_from_the_notice() {
    use redline_atlas::document::Document;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.gpkg");
    let document = Document::create(&path, redline_atlas::store::Contents::Plan).unwrap();
    let rivers = |document: &Document| {
        let mut layers = document.layers().iter();
        layers
            .find(|stored| stored.layer.name == "河流")
            .map(|stored| stored.id)
    };
    let layer = rivers(&document).unwrap();
    let mut desk = desk::open_document(document, ThemeChoice::Light);
    desk::ask(&mut desk, Command::RemoveLayer(layer));
    assert_eq!(rivers(desk.state().document().unwrap()), None);
    desk.get_by_label("恢复").click();
    desk::settle(&mut desk);
    assert_eq!(rivers(desk.state().document().unwrap()), Some(layer));
}
