//! The panels, by what a screen reader would read.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::desk::{self, Desk};

use redline_atlas::app::{Command, Selection, ThemeChoice};
use redline_atlas::model::{FundSource, Money, SiteId, SiteStatus};

fn open_on(site: i64) -> Desk {
    let mut desk = desk::open(ThemeChoice::Light);
    desk::ask(
        &mut desk,
        Command::Select(Some(Selection::Site(SiteId(site)))),
    );
    desk
}

fn click(desk: &mut Desk, role: Role, label: &str) {
    desk.get_by_role_and_label(role, label).click();
    desk::settle(desk);
}

fn type_into(desk: &mut Desk, field: &str, text: &str) {
    desk.get_by_role_and_label(Role::TextInput, field).focus();
    desk.run_steps(2);
    desk.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    desk.get_by_role_and_label(Role::TextInput, field)
        .type_text(text);
    desk::settle(desk);
}

fn completed(desk: &Desk, site: i64, year: i32) -> Option<Money> {
    let site = desk.state().document().unwrap().site(SiteId(site)).unwrap();
    site.investments.get(&year)?.completed
}

#[test]
fn the_ledger_opens_on_the_whole_plan() {
    let desk = desk::open(ThemeChoice::Light);
    desk.get_by_label("共 41 项");
    desk.get_by_label("投资概算合计 233,966 万元");
}

#[test]
fn the_ledgers_sums_follow_a_search_by_initials() {
    let mut desk = desk::open(ThemeChoice::Light);
    type_into(&mut desk, "筛选项目", "shljyjtmc");
    desk.get_by_label("筛选出 1 项（共 41 项）");
    desk.get_by_label("投资概算合计 5,000 万元");
    click(&mut desk, Role::Button, "清除筛选");
    desk.get_by_label("共 41 项");
}

#[test]
fn a_filter_by_status_follows_what_is_recorded() {
    let mut desk = desk::open(ThemeChoice::Light);
    click(&mut desk, Role::ComboBox, "按状态筛选");
    click(&mut desk, Role::Button, "在建");
    desk.get_by_label("没有符合条件的项目，请放宽筛选条件");
}

#[test]
fn a_click_on_a_header_sorts_and_a_second_one_turns_round() {
    let mut desk = desk::open(ThemeChoice::Light);
    click(&mut desk, Role::Button, "按投资概算排序");
    click(&mut desk, Role::Button, "按投资概算排序");
    // The dearest project of the plan now stands first.
    let first = desk
        .query_all_by_role(Role::Label)
        .filter(|node| {
            let rect = node.rect();
            rect.top() > 520.0 && rect.left() < 60.0
        })
        .min_by(|a, b| a.rect().top().total_cmp(&b.rect().top()))
        .and_then(|node| node.accesskit_node().value());
    let sites = desk.state().document().unwrap().sites();
    let dearest = sites.values().max_by_key(|site| site.planned).unwrap();
    assert_eq!(first, Some(dearest.id.0.to_string()));
}

#[test]
fn arrow_keys_walk_through_the_ledger() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk.get_by_label("产业园区环保基础设施提升工程").click();
    desk::settle(&mut desk);
    assert_eq!(desk.state().selection(), Some(Selection::Site(SiteId(2))));
    desk.key_press(Key::ArrowDown);
    desk::settle(&mut desk);
    assert_eq!(desk.state().selection(), Some(Selection::Site(SiteId(3))));
    desk.key_press(Key::Escape);
    desk::settle(&mut desk);
    assert_eq!(desk.state().selection(), None);
}

#[test]
fn a_status_is_changed_through_the_form_and_undone() {
    let mut desk = open_on(19);
    click(&mut desk, Role::Button, "更改状态");
    click(&mut desk, Role::ComboBox, "新状态");
    click(&mut desk, Role::Button, "在建");
    type_into(&mut desk, "日期", "2026年3月1日");
    type_into(&mut desk, "说明", "施工许可");
    click(&mut desk, Role::Button, "保存");
    let site = |desk: &Desk| {
        desk.state()
            .document()
            .unwrap()
            .site(SiteId(19))
            .unwrap()
            .clone()
    };
    let changed = site(&desk);
    assert_eq!(changed.status(), SiteStatus::UnderConstruction);
    assert_eq!(changed.status_changes[0].date.to_string(), "2026-03-01");
    assert_eq!(changed.status_changes[0].note, "施工许可");
    desk.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    desk::settle(&mut desk);
    assert_eq!(site(&desk).status(), SiteStatus::Conceived);
}

#[test]
fn a_date_that_is_none_is_said_and_cannot_be_saved() {
    let mut desk = open_on(19);
    click(&mut desk, Role::Button, "更改状态");
    type_into(&mut desk, "日期", "2026-02-30");
    desk.get_by_label("“2026-02-30”不是日期，请按 2026-03-01 的形式填写");
    click(&mut desk, Role::Button, "保存");
    let site = desk.state().document().unwrap().site(SiteId(19)).unwrap();
    assert!(site.status_changes.is_empty());
}

#[test]
fn a_status_being_typed_is_still_there_after_a_look_elsewhere() {
    let mut desk = open_on(19);
    click(&mut desk, Role::Button, "更改状态");
    type_into(&mut desk, "说明", "待核");
    desk::ask(&mut desk, Command::Select(Some(Selection::Site(SiteId(2)))));
    desk.get_by_label("第 19 项有已填写、尚未保存的内容");
    click(&mut desk, Role::Button, "返回填写");
    assert_eq!(desk.state().selection(), Some(Selection::Site(SiteId(19))));
    let note = desk.get_by_role_and_label(Role::TextInput, "说明").value();
    assert_eq!(note.as_deref(), Some("待核"));
}

#[test]
fn an_amount_is_saved_when_its_cell_is_left() {
    let mut desk = open_on(19);
    type_into(&mut desk, "2022年完成", "1,200.5");
    assert_eq!(completed(&desk, 19, 2022), None);
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    assert_eq!(completed(&desk, 19, 2022), Money::parse_wan("1200.5").ok());
    desk.get_by_label("累计完成 1,200.5 万元");
}

#[test]
fn a_word_in_an_amount_stays_red_and_is_not_saved() {
    let mut desk = open_on(19);
    type_into(&mut desk, "2022年完成", "约三百");
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    desk.get_by_label_contains("“约三百”不是金额");
    assert_eq!(completed(&desk, 19, 2022), None);
    type_into(&mut desk, "2022年完成", "300");
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    assert_eq!(completed(&desk, 19, 2022), Some(Money::from_whole_wan(300)));
    assert!(desk.query_by_label_contains("不是金额").is_none());
}

#[test]
fn an_amount_left_by_selecting_another_project_is_saved() {
    let mut desk = open_on(19);
    type_into(&mut desk, "2022年完成", "88");
    desk::ask(&mut desk, Command::Select(Some(Selection::Site(SiteId(2)))));
    assert_eq!(completed(&desk, 19, 2022), Some(Money::from_whole_wan(88)));
}

#[test]
fn funds_are_entered_by_source() {
    let mut desk = open_on(19);
    click(&mut desk, Role::Button, "2021年到位资金");
    type_into(&mut desk, "2021年省到位", "150");
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    let site = desk.state().document().unwrap().site(SiteId(19)).unwrap();
    let arrived = &site.investments[&2021].arrived;
    assert_eq!(
        arrived.get(&FundSource::Province),
        Some(&Money::from_whole_wan(150))
    );
    assert_eq!(arrived.len(), 1);
}

#[test]
fn a_layer_is_hidden_by_its_checkbox() {
    let mut desk = desk::open(ThemeChoice::Light);
    let visible = |desk: &Desk| {
        let layers = desk.state().document().unwrap().layers();
        layers
            .iter()
            .find(|l| l.layer.name == "河流")
            .unwrap()
            .visible
    };
    assert!(visible(&desk));
    click(&mut desk, Role::CheckBox, "显示河流");
    assert!(!visible(&desk));
    click(&mut desk, Role::CheckBox, "显示河流");
    assert!(visible(&desk));
}

#[test]
fn the_search_box_finds_a_project_by_initials_and_goes_there() {
    let mut desk = desk::open(ThemeChoice::Light);
    desk.key_press_modifiers(egui::Modifiers::COMMAND, Key::F);
    desk::settle(&mut desk);
    let search = desk.get_by_role_and_label(Role::TextInput, "搜索");
    assert!(search.is_focused());
    search.type_text("shljyjtmc");
    desk::settle(&mut desk);
    desk.get_by_role_and_label(Role::Button, "项目 19 生活垃圾应急填埋场");
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    assert_eq!(desk.state().selection(), Some(Selection::Site(SiteId(19))));
}

#[test]
fn several_things_under_a_click_are_listed() {
    let mut desk = desk::open(ThemeChoice::Light);
    let hits = vec![Selection::Site(SiteId(19)), Selection::Site(SiteId(18))];
    let at = redline_atlas::crs::LonLat::new(103.9, 29.5);
    desk::ask(&mut desk, Command::Identify { at, hits });
    desk.get_by_label("此处有 2 个对象");
    click(&mut desk, Role::Button, "18 乐山市生活垃圾环保发电项目二期");
    assert_eq!(desk.state().selection(), Some(Selection::Site(SiteId(18))));
}

#[test]
fn years_between_two_reports_are_shown_too() {
    let mut desk = open_on(19);
    click(&mut desk, Role::Button, "增加 2023 年");
    click(&mut desk, Role::Button, "增加 2024 年");
    type_into(&mut desk, "2024年完成", "7");
    desk.key_press(Key::Enter);
    desk::settle(&mut desk);
    assert_eq!(completed(&desk, 19, 2024), Some(Money::from_whole_wan(7)));
    desk.get_by_role_and_label(Role::TextInput, "2023年完成");
}

#[test]
fn the_theme_button_turns_the_window_dark() {
    let mut desk = desk::open(ThemeChoice::Light);
    click(&mut desk, Role::Button, "切换到深色");
    assert_eq!(desk.state().settings().theme, ThemeChoice::Dark);
}
