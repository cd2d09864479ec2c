//! The map in a window of its own, on the plan's data.

use egui::{Key, Pos2, Rect, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use redline_atlas::app::map_view::{BasemapSettings, BasemapState, MapInput, MapStatus, MapView};
use redline_atlas::app::{Command, Selection, fonts, theme};
use redline_atlas::crs::{Extent, LonLat, world_from_lon_lat};
use redline_atlas::document::Document;
use redline_atlas::model::{LayerId, LayerKind, Placement, ProjectSite};
use redline_atlas::scene::{LayerView, MapStyle, SceneInput};
use redline_atlas::store::Contents;

use crate::desk;

struct Desk {
    document: Document,
    map: MapView,
    selection: Option<Selection>,
    show_labels: bool,
    dark: bool,
    commands: Vec<Command>,
    status: Option<MapStatus>,
}

fn desk_ui(ui: &mut egui::Ui, desk: &mut Desk) {
    let style = if desk.dark {
        MapStyle::dark()
    } else {
        MapStyle::light()
    };
    let input = MapInput {
        document: &desk.document,
        selection: desk.selection,
        style: &style,
        basemap: &BasemapSettings::default(),
        show_sites: true,
        show_labels: desk.show_labels,
    };
    desk.status = Some(desk.map.ui(ui, &input, &mut desk.commands));
}

fn open(size: Vec2, dark: bool) -> Harness<'static, Desk> {
    let theme = if dark {
        egui::Theme::Dark
    } else {
        egui::Theme::Light
    };
    let ctx = egui::Context::default();
    let desk = Desk {
        document: desk::plan_document(),
        map: MapView::new(&ctx),
        selection: None,
        show_labels: true,
        dark,
        commands: Vec::new(),
        status: None,
    };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_theme(theme)
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(60)
        .with_context_setup(|ctx| {
            fonts::install(ctx);
            theme::install(ctx);
        })
        .build_ui_state(desk_ui, desk);
    harness.run();
    harness
}

fn map_rect(harness: &Harness<'_, Desk>) -> Rect {
    harness.get_by_label("地图").rect()
}

/// Where a place is on the screen, by the public camera.
#[expect(clippy::cast_possible_truncation, reason = "screen coordinates")]
fn on_screen(harness: &Harness<'_, Desk>, at: LonLat) -> Pos2 {
    let camera = harness.state().map.camera().unwrap();
    let center = world_from_lon_lat(LonLat::new(camera.lon, camera.lat));
    let world = world_from_lon_lat(at);
    let points = 256.0 * camera.zoom.exp2();
    let offset = vec2(
        ((world.x - center.x) * points) as f32,
        ((world.y - center.y) * points) as f32,
    );
    map_rect(harness).center() + offset
}

/// Lets go first, so that two clicks are never a double click.
fn click(harness: &mut Harness<'_, Desk>, at: Pos2) {
    harness.hover_at(at);
    harness.run();
    harness.drag_at(at);
    harness.run();
    harness.drop_at(at);
    harness.run();
}

fn hide(harness: &mut Harness<'_, Desk>, kind: LayerKind) {
    let document = &mut harness.state_mut().document;
    let layers: Vec<LayerId> = document
        .layers()
        .iter()
        .filter(|stored| stored.layer.kind == kind)
        .map(|stored| stored.id)
        .collect();
    for layer in layers {
        document.set_layer_view(layer, false, 1.0).unwrap();
    }
    harness.run();
}

fn district(document: &Document) -> Extent {
    document
        .layers()
        .iter()
        .find(|stored| stored.layer.kind == LayerKind::Boundary)
        .and_then(|stored| stored.layer.extent())
        .unwrap()
}

/// A site that stands alone on the map, so that a click can only mean it.
fn lonely_site(document: &Document) -> ProjectSite {
    let placed: Vec<&ProjectSite> = document
        .sites()
        .values()
        .filter(|site| site.placement.at.is_some())
        .collect();
    let alone = placed.iter().find(|site| {
        placed.iter().all(|other| {
            let (a, b) = (site.placement.at.unwrap(), other.placement.at.unwrap());
            other.id == site.id || (a.lon - b.lon).hypot(a.lat - b.lat) > 0.01
        })
    });
    (*alone.unwrap()).clone()
}

#[test]
fn the_map_opens_on_the_whole_district_and_without_a_network() {
    let harness = open(vec2(900.0, 700.0), false);
    let extent = district(&harness.state().document);
    let corners = Rect::from_two_pos(
        on_screen(&harness, LonLat::new(extent.west, extent.north)),
        on_screen(&harness, LonLat::new(extent.east, extent.south)),
    );
    let map = map_rect(&harness);
    assert!(map.contains_rect(corners), "{corners:?} in {map:?}");
    assert!(corners.height() > map.height() * 0.8 || corners.width() > map.width() * 0.8);
    let status = harness.state().status.unwrap();
    assert_eq!(status.basemap, BasemapState::Off);
    assert_eq!(status.cursor, None);
    harness.get_by_label("无底图（离线）");
}

#[test]
fn a_click_on_a_site_selects_it() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let site = lonely_site(&harness.state().document);
    let place = site.placement.at.unwrap();
    harness.state_mut().map.zoom_to(Extent::of_point(place));
    harness.run();
    let at = on_screen(&harness, place);
    click(&mut harness, at);
    let selected = Command::Select(Some(Selection::Site(site.id)));
    assert_eq!(harness.state().commands.first(), Some(&selected));
}

#[test]
fn a_click_on_the_cluster_selects_the_projects_of_the_whole_district() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let document = &harness.state().document;
    let views: Vec<LayerView<'_>> = document
        .layers()
        .iter()
        .map(|stored| LayerView {
            id: stored.id,
            layer: &stored.layer,
            visible: true,
            opacity: 1.0,
            retired: false,
        })
        .collect();
    let style = MapStyle::light();
    let scene = SceneInput {
        layers: &views,
        sites: document.sites(),
        show_sites: true,
        show_labels: true,
        highlight: None,
        style: &style,
    };
    let (place, count) = scene.cluster().unwrap();
    assert!(count > 20, "{count}");
    let at = on_screen(&harness, place);
    click(&mut harness, at);
    let selected = Command::Select(Some(Selection::DistrictSites));
    assert_eq!(harness.state().commands.first(), Some(&selected));
}

#[test]
fn where_several_things_lie_the_first_is_selected_and_all_are_listed() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let places: Vec<LonLat> = harness
        .state()
        .document
        .sites()
        .values()
        .filter_map(|site| site.placement.at)
        .collect();
    for place in places {
        harness.state_mut().map.zoom_to(Extent::of_point(place));
        harness.run();
        let at = on_screen(&harness, place);
        click(&mut harness, at);
    }
    let mut selected = None;
    let mut lists = 0;
    for command in &harness.state().commands {
        match command {
            Command::Select(what) => selected = *what,
            Command::Identify { hits, .. } => {
                lists += 1;
                assert!(hits.len() > 1);
                assert_eq!(hits.first().copied(), selected);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(lists > 0, "projects of one town stand at the town");
}

#[test]
fn a_click_beside_everything_selects_nothing() {
    let mut harness = open(vec2(900.0, 700.0), false);
    hide(&mut harness, LayerKind::River);
    let extent = district(&harness.state().document);
    let outside = LonLat::new(extent.west - 0.004, extent.north + 0.004);
    let at = on_screen(&harness, outside);
    click(&mut harness, at);
    assert_eq!(harness.state().commands, [Command::Select(None)]);
}

#[test]
fn the_pointer_tells_its_place_and_the_scale_is_of_the_ground() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let place = LonLat::new(103.76, 29.56);
    let at = on_screen(&harness, place);
    harness.hover_at(at);
    harness.run();
    let status = harness.state().status.unwrap();
    let cursor = status.cursor.unwrap();
    assert!((cursor.lon - place.lon).abs() < 1e-4, "{cursor:?}");
    assert!((cursor.lat - place.lat).abs() < 1e-4, "{cursor:?}");
    let camera = harness.state().map.camera().unwrap();
    let metres_per_point =
        40_075_016.686 * camera.lat.to_radians().cos() / (256.0 * camera.zoom.exp2());
    let expected = metres_per_point * 96.0 / 0.0254;
    assert!((status.scale_denominator / expected - 1.0).abs() < 1e-6);
}

#[test]
fn buttons_and_keys_zoom_by_whole_levels_and_home_shows_the_district_again() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let home = harness.state().map.camera().unwrap();
    harness.get_by_label("放大").click();
    harness.run();
    let zoomed = harness.state().map.camera().unwrap();
    assert!((zoomed.zoom - (home.zoom + 1.0).round()).abs() < 1e-9);

    let middle = map_rect(&harness).center();
    click(&mut harness, middle);
    harness.key_press(Key::Minus);
    harness.run();
    let out = harness.state().map.camera().unwrap();
    assert!((out.zoom - (zoomed.zoom - 1.0)).abs() < 1e-9);

    harness.key_press(Key::ArrowRight);
    harness.run();
    let moved = harness.state().map.camera().unwrap();
    assert!(moved.lon > out.lon);
    assert!((moved.lat - out.lat).abs() < 1e-9);

    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(harness.state().map.camera().unwrap(), home);
    harness.get_by_label("全图").click();
    harness.run();
    assert_eq!(harness.state().map.camera().unwrap(), home);
}

#[test]
fn the_wheel_and_the_double_click_zoom_where_the_pointer_is() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let place = LonLat::new(103.70, 29.62);
    let pointer = on_screen(&harness, place);
    harness.hover_at(pointer);
    harness.run();
    let before = harness.state().map.camera().unwrap();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, 2.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    harness.run();
    let wheeled = harness.state().map.camera().unwrap();
    let levels = wheeled.zoom - before.zoom;
    assert!((0.5..2.0).contains(&levels), "{levels}");
    assert!((on_screen(&harness, place) - pointer).length() < 1.0);

    for _ in 0..2 {
        harness.drag_at(pointer);
        harness.event(egui::Event::PointerButton {
            pos: pointer,
            button: egui::PointerButton::Primary,
            pressed: false,
            modifiers: egui::Modifiers::NONE,
        });
    }
    harness.run();
    let doubled = harness.state().map.camera().unwrap();
    assert!((doubled.zoom - (wheeled.zoom + 1.0).round()).abs() < 1e-9);
    assert!((on_screen(&harness, place) - pointer).length() < 1.0);
}

#[test]
fn only_with_a_selection_can_it_be_asked_for() {
    let mut harness = open(vec2(900.0, 700.0), false);
    harness.get_by_label("定位到所选").click();
    harness.run();
    assert_eq!(harness.state().commands, []);
    let site = lonely_site(&harness.state().document);
    harness.state_mut().selection = Some(Selection::Site(site.id));
    harness.run();
    harness.get_by_label("定位到所选").click();
    harness.run();
    assert_eq!(harness.state().commands, [Command::ZoomToSelection]);
}

#[test]
fn an_empty_workspace_has_a_map_too() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let empty = Document::in_memory(Contents::Empty).unwrap();
    harness.state_mut().document = empty;
    harness.state_mut().map.forget_document();
    harness.run();
    let middle = map_rect(&harness).center();
    click(&mut harness, middle);
    harness.get_by_label("全图").click();
    harness.run();
    assert_eq!(harness.state().commands, [Command::Select(None)]);
}

#[test]
fn dragging_moves_the_ground_with_the_pointer_and_stops_with_it() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let grabbed = map_rect(&harness).center();
    let before = harness.state().map.camera().unwrap();
    harness.hover_at(grabbed);
    harness.run();
    harness.drag_at(grabbed);
    harness.run();
    harness.hover_at(grabbed + vec2(60.0, 30.0));
    harness.run();
    harness.hover_at(grabbed + vec2(120.0, 40.0));
    harness.run();
    let held = harness.state().map.camera().unwrap();
    harness.drop_at(grabbed + vec2(120.0, 40.0));
    harness.run();
    assert_eq!(harness.state().map.camera().unwrap(), held, "no gliding");
    let was = on_screen(&harness, LonLat::new(before.lon, before.lat));
    assert!(
        (was - (grabbed + vec2(120.0, 40.0))).length() < 1.0,
        "{was:?}"
    );
    assert_eq!(harness.state().commands, [], "a drag is not a click");
}

#[test]
fn the_map_cannot_be_lost_nor_zoomed_beyond_its_limits() {
    let mut harness = open(vec2(900.0, 700.0), false);
    for _ in 0..20 {
        harness.get_by_label("缩小").click();
        harness.run();
    }
    assert!((harness.state().map.camera().unwrap().zoom - 8.0).abs() < 1e-9);
    let middle = map_rect(&harness).center();
    click(&mut harness, middle);
    for _ in 0..100 {
        harness.key_press(Key::ArrowLeft);
        harness.step();
    }
    let extent = district(&harness.state().document);
    let camera = harness.state().map.camera().unwrap();
    assert!(camera.lon > extent.west - 1.0, "{camera:?}");
}

#[test]
fn the_right_button_copies_the_place_in_the_surveyors_metres() {
    let mut harness = open(vec2(900.0, 700.0), false);
    harness.get_by_label("地图").click_secondary();
    harness.run();
    harness.get_by_label("复制坐标（CGCS2000 米）").click();
    harness.run();
    let copied = harness
        .state()
        .commands
        .iter()
        .find_map(|command| match command {
            Command::CopyText { text, .. } => Some(text.clone()),
            _ => None,
        });
    let text = copied.unwrap();
    assert!(
        text.contains("EPSG:4544") && text.starts_with("X（北）32"),
        "{text}"
    );
}

#[test]
fn hovering_a_site_names_it_with_its_grade_of_placement() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let site = lonely_site(&harness.state().document);
    let place = site.placement.at.unwrap();
    harness.state_mut().map.zoom_to(Extent::of_point(place));
    harness.run();
    let at = on_screen(&harness, place);
    harness.hover_at(at);
    // The tooltip waits for the pointer to rest.
    harness.run_steps(30);
    harness.get_by_label(&site.name);
    let grade = site.placement.grade;
    assert_ne!(grade, Placement::District);
    harness.get_by_label_contains(grade.label());
}

#[test]
fn the_picture_shows_the_plan_and_hides_what_is_switched_off() {
    let mut harness = open(vec2(900.0, 700.0), false);
    let Some(with_labels) = picture(&mut harness, "district") else {
        return;
    };
    harness.state_mut().show_labels = false;
    harness.run();
    let without_labels = picture(&mut harness, "district-without-labels").unwrap();
    // Not `assert_ne`: nobody wants to read two million bytes.
    assert!(with_labels != without_labels);

    let water = MapStyle::light().river_main.color;
    let pixels = |picture: &[u8]| {
        picture
            .chunks_exact(4)
            .filter(|pixel| pixel[..3] == [water.r, water.g, water.b])
            .count()
    };
    assert!(pixels(&without_labels) > 500, "{}", pixels(&without_labels));
    hide(&mut harness, LayerKind::River);
    let dry = picture(&mut harness, "district-without-rivers").unwrap();
    assert!(pixels(&dry) < 50, "{}", pixels(&dry));
}

#[test]
fn the_dark_map_and_a_selected_site_are_drawn() {
    let mut harness = open(vec2(900.0, 700.0), true);
    let Some(plain) = picture(&mut harness, "dark") else {
        return;
    };
    let site = lonely_site(&harness.state().document);
    harness.state_mut().selection = Some(Selection::Site(site.id));
    harness.run();
    assert!(picture(&mut harness, "dark-selected").unwrap() != plain);
}

/// The map as pixels, RGBA. `None` without a graphics adapter, said plainly; with `CI=true` that is a
/// failure. With `REDLINE_PICTURES=FOLDER` the picture is kept there, to be looked at.
fn picture(harness: &mut Harness<'_, Desk>, name: &str) -> Option<Vec<u8>> {
    match harness.render() {
        Ok(picture) => {
            if let Some(folder) = std::env::var_os("REDLINE_PICTURES") {
                let path = std::path::Path::new(&folder).join(format!("map-{name}.png"));
                picture.save(path).unwrap();
            }
            Some(picture.into_raw())
        }
        Err(err) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{err}");
            no_picture(&err);
            None
        }
    }
}

#[expect(clippy::print_stdout, reason = "a test that did not run says so")]
fn no_picture(why: &str) {
    println!("no picture, this part did not run: {why}");
}
