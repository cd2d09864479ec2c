//! A layer of twenty thousand parcels in the window.

use geo::{LineString, Polygon};
use redline_atlas::app::{Command, Selection, ThemeChoice};
use redline_atlas::crs::LonLat;
use redline_atlas::document::Document;
use redline_atlas::jobs::Progress;
use redline_atlas::model::{Feature, FieldRoles, Layer, LayerId, LayerKind, Placement};
use redline_atlas::scene::pyramid::LARGE_LAYER_VERTICES;
use redline_atlas::store::{Contents, Destination, NewLayer};

use crate::desk::{self, Desk};
use crate::pictures::{self, Picture};

const ACROSS: usize = 141;
const WEST: f64 = 103.60;
const SOUTH: f64 = 29.50;
const PARCEL: f64 = 0.0016;

/// Squares with a fine zigzag at one side, edge to edge, 17 vertices each.
fn parcels(kind: LayerKind, placement: Placement) -> Layer {
    let features = (0..ACROSS * ACROSS)
        .map(|number| {
            let (column, row) = (number % ACROSS, number / ACROSS);
            let (west, south) = (WEST + column as f64 * PARCEL, SOUTH + row as f64 * PARCEL);
            let mut ring: Vec<(f64, f64)> = (0..14)
                .map(|step| {
                    let bulge = if step % 2 == 1 { 0.02 } else { 0.0 };
                    (
                        west + PARCEL * f64::from(step) / 13.0,
                        south + PARCEL * bulge,
                    )
                })
                .collect();
            ring.push((west + PARCEL, south + PARCEL));
            ring.push((west, south + PARCEL));
            ring.push((west, south));
            Feature {
                fid: i64::try_from(number + 1).unwrap(),
                geometry: Some(Polygon::new(LineString::from(ring), vec![]).into()),
                heights: None,
                values: Vec::new(),
            }
        })
        .collect();
    Layer {
        name: "三调图斑".to_owned(),
        kind,
        placement,
        source: "test".to_owned(),
        fields: Vec::new(),
        roles: FieldRoles::default(),
        features,
    }
}

fn document_with(layer: &Layer) -> (Document, LayerId) {
    let mut document = Document::in_memory(Contents::Empty).unwrap();
    let importer = document.importer().unwrap();
    let new = NewLayer::plain(layer);
    let stored = importer.store(new, Destination::New, false, &Progress::default());
    let id = document.adopt(stored.unwrap()).unwrap().layer;
    (document, id)
}

fn open(layer: &Layer) -> Option<(Desk, LayerId)> {
    let (document, id) = document_with(layer);
    let mut desk = desk::open_on_card(document, ThemeChoice::Light)?;
    settle(&mut desk);
    Some((desk, id))
}

fn settle(desk: &mut Desk) {
    desk::settle(desk);
    while !desk.state().map().is_settled() {
        std::thread::yield_now();
        desk.step();
    }
    desk.run_steps(2);
}

fn zoom_to(desk: &mut Desk, west: f64, south: f64, width: f64) {
    let extent = redline_atlas::crs::Extent {
        west,
        south,
        east: west + width,
        north: south + width * 0.6,
    };
    desk.state_mut().push(Command::ZoomTo(extent));
    settle(desk);
}

fn picture(desk: &mut Desk, name: &str) -> Option<Picture> {
    pictures::picture(desk, name)
}

#[test]
fn twenty_thousand_parcels_appear_whole_and_near() {
    let layer = parcels(LayerKind::Reference, Placement::Surveyed);
    assert!(layer.features.len() * 17 > LARGE_LAYER_VERTICES);
    let Some((mut desk, _)) = open(&layer) else {
        return;
    };
    let whole = picture(&mut desk, "parcels-whole").unwrap();
    let outline =
        |[r, g, b]: [u8; 3]| r.abs_diff(104) < 24 && g.abs_diff(108) < 24 && b.abs_diff(116) < 24;
    assert!(whole.count(outline) > 2_000, "{}", whole.count(outline));
    zoom_to(&mut desk, WEST + 0.05, SOUTH + 0.05, 0.01);
    let near = picture(&mut desk, "parcels-near").unwrap();
    let lines = near.count(outline);
    assert!((2_000..60_000).contains(&lines), "{lines}");
    assert!(desk.state().map().tiles_made() > 4);
}

#[test]
fn another_theme_or_opacity_needs_no_new_triangles() {
    let layer = parcels(LayerKind::Reference, Placement::Surveyed);
    let Some((mut desk, id)) = open(&layer) else {
        return;
    };
    zoom_to(&mut desk, WEST + 0.05, SOUTH + 0.05, 0.02);
    let made = desk.state().map().tiles_made();
    assert!(made > 0);
    let light = picture(&mut desk, "parcels-light").unwrap();
    desk.state_mut().push(Command::SetLayerView {
        layer: id,
        visible: true,
        opacity: 0.3,
    });
    settle(&mut desk);
    let faint = picture(&mut desk, "parcels-faint").unwrap();
    desk.state_mut().settings_mut().theme = ThemeChoice::Dark;
    settle(&mut desk);
    let dark = picture(&mut desk, "parcels-dark").unwrap();
    assert_eq!(desk.state().map().tiles_made(), made);
    assert!(faint.brightness() > light.brightness() + 1.0);
    assert!(dark.brightness() < 90.0);
}

#[test]
fn a_schematic_red_line_is_hatched_and_a_hidden_layer_is_gone() {
    let layer = parcels(LayerKind::RedLine, Placement::Schematic);
    let Some((mut desk, id)) = open(&layer) else {
        return;
    };
    zoom_to(&mut desk, WEST + 0.05, SOUTH + 0.05, 0.004);
    let hatched = picture(&mut desk, "parcels-hatched").unwrap();
    let red = |[r, g, b]: [u8; 3]| r > 190 && g < 185 && b < 185;
    assert!(hatched.count(red) > 20_000, "{}", hatched.count(red));
    desk.state_mut().push(Command::SetLayerView {
        layer: id,
        visible: false,
        opacity: 1.0,
    });
    settle(&mut desk);
    let hidden = picture(&mut desk, "parcels-hidden").unwrap();
    assert!(hidden.count(red) < 500, "{}", hidden.count(red));
}

#[test]
fn a_click_selects_the_parcel_under_it_and_makes_nothing_anew() {
    let layer = parcels(LayerKind::Reference, Placement::Surveyed);
    let Some((mut desk, id)) = open(&layer) else {
        return;
    };
    // Column 30, row 40, in the middle of the window.
    let at = LonLat::new(WEST + 30.5 * PARCEL, SOUTH + 40.5 * PARCEL);
    zoom_to(&mut desk, at.lon - 0.003, at.lat - 0.0018, 0.006);
    let made = desk.state().map().tiles_made();
    let plain = picture(&mut desk, "parcel-plain").unwrap();
    let middle = {
        use egui_kittest::kittest::Queryable as _;
        desk.get_by_label("地图").rect().center()
    };
    desk.hover_at(middle);
    desk.run_steps(2);
    desk.drag_at(middle);
    desk.run_steps(2);
    desk.drop_at(middle);
    settle(&mut desk);
    let fid = i64::try_from(40 * ACROSS + 30 + 1).unwrap();
    assert_eq!(
        desk.state().selection(),
        Some(Selection::Feature { layer: id, fid })
    );
    assert_eq!(desk.state().map().tiles_made(), made);
    let glow = |[r, g, b]: [u8; 3]| r > 220 && g > 170 && b < 150;
    let selected = picture(&mut desk, "parcel-selected").unwrap();
    assert!(selected.count(glow) > plain.count(glow) + 300);
}

#[test]
fn without_a_card_the_layer_is_shown_coarsely() {
    let layer = parcels(LayerKind::Reference, Placement::Surveyed);
    let (document, _) = document_with(&layer);
    let mut desk = desk::open_document(document, ThemeChoice::Light);
    settle(&mut desk);
    let overview = desk.state().map().tiles_made();
    assert!((1..=4).contains(&overview), "{overview}");
    zoom_to(&mut desk, WEST + 0.05, SOUTH + 0.05, 0.01);
    assert_eq!(desk.state().map().tiles_made(), overview);
    if let Some(flat) = picture(&mut desk, "parcels-flat") {
        let ink = |[r, g, b]: [u8; 3]| r < 130 && g < 130 && b < 140;
        assert!(flat.count(ink) > 2_000);
    }
}
