//! The window on a real workspace file: what is done there is still there afterwards.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use crate::desk::{self, Desk, LAPTOP};

use redline_atlas::app::{App, Command, Selection, ThemeChoice};
use redline_atlas::document::Document;
use redline_atlas::model::{LayerKind, Money, SiteId};
use redline_atlas::store::Contents;

fn open_file(path: &std::path::Path) -> Desk {
    let path = path.to_owned();
    let mut desk = Harness::builder()
        .with_size(LAPTOP)
        .with_theme(egui::Theme::Light)
        .build_eframe(|cc| App::new(cc, Some(path)));
    desk::settle(&mut desk);
    desk
}

#[test]
fn an_amount_typed_in_the_window_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.gpkg");
    let document = Document::create(&path, Contents::Plan).unwrap();
    let mut desk = desk::open_document(document, ThemeChoice::Light);
    desk::ask(
        &mut desk,
        Command::Select(Some(Selection::Site(SiteId(19)))),
    );
    let cell = desk.get_by_role_and_label(Role::TextInput, "2022年完成");
    cell.focus();
    cell.type_text("1200.5");
    desk::settle(&mut desk);
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    drop(desk);

    let again = Document::open(&path).unwrap();
    let site = again.site(SiteId(19)).unwrap();
    assert_eq!(site.completed(), Money::parse_wan("1200.5").unwrap());
    assert!(!again.history(10).unwrap().is_empty());
}

#[test]
fn an_imported_red_line_retires_the_schematic_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.gpkg");
    let document = Document::create(&path, Contents::Plan).unwrap();
    let mut desk = desk::open_document(document, ThemeChoice::Light);
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/data/demo/redline_4523.geojson"
    );
    desk::ask(&mut desk, Command::BeginImport(vec![file.into()]));
    let name = desk.get_by_role_and_label(Role::TextInput, "图层名称");
    name.focus();
    name.type_text("市局红线");
    desk::settle(&mut desk);
    desk.get_by_role_and_label(Role::Button, "导入图层到工作区")
        .click();
    desk::settle(&mut desk);
    let notice = desk.state().notices().last().unwrap().to_owned();
    assert!(notice.contains("已导入“市局红线”"), "{notice}");
    assert!(notice.contains("与规划的 0.6657 km² 一致"), "{notice}");
    assert!(notice.contains("“生态保护红线（示意）”已停用"), "{notice}");
    let document = desk.state().document().unwrap();
    let red_lines: Vec<(&str, bool)> = document
        .layers()
        .iter()
        .filter(|stored| stored.layer.kind == LayerKind::RedLine)
        .map(|stored| (stored.layer.name.as_str(), stored.retired))
        .collect();
    assert!(red_lines.contains(&("市局红线", false)), "{red_lines:?}");
    assert!(
        red_lines.contains(&("生态保护红线（示意）", true)),
        "{red_lines:?}"
    );
    desk.get_by_label_contains("已停用（1）");
}

#[test]
fn a_file_that_is_no_workspace_is_left_alone_and_a_way_on_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("坏.gpkg");
    std::fs::write(&path, "不是数据库").unwrap();
    let mut desk = open_file(&path);
    desk.get_by_label("这个文件没有被改动。可以打开另一个工作区，或者新建一个。");
    desk.get_by_role_and_label(Role::Button, "新建工作区…");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "不是数据库");

    let fresh = folder.path().join("新.gpkg");
    desk::ask(
        &mut desk,
        Command::CreateWorkspace {
            path: fresh.clone(),
            with_plan: true,
        },
    );
    assert_eq!(desk.state().document().unwrap().path(), fresh);
    desk.get_by_label("共 41 项");
}

#[test]
fn a_workspace_that_cannot_be_made_leaves_the_open_one_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.gpkg");
    let document = Document::create(&path, Contents::Empty).unwrap();
    let mut desk = desk::open_document(document, ThemeChoice::Light);
    desk.get_by_label("此工作区没有项目");
    desk::ask(
        &mut desk,
        Command::CreateWorkspace {
            path: path.clone(),
            with_plan: true,
        },
    );
    assert_eq!(desk.state().document().unwrap().path(), path);
    assert_eq!(desk.state().notices().count(), 1);
}
