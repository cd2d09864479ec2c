//! What the map says about a thing or a place: the tooltip, and the menu of the right button.

use egui::{RichText, Ui};

use crate::app::{Command, Selection, theme};
use crate::crs::{Crs, LonLat, Transform};
use crate::document::Document;
use crate::model::{Feature, Layer, Placement};

/// A thing under the pointer, in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Description {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) placement: Placement,
    /// Half-width of the uncertainty, metres.
    pub(super) precision_m: Option<f64>,
}

/// `None`: it has gone since the scene was made.
pub(super) fn describe(document: &Document, what: Selection) -> Option<Description> {
    match what {
        Selection::Site(id) => {
            let site = document.site(id)?;
            Some(Description {
                name: site.name.clone(),
                kind: format!("{} · {}", site.category, site.status().label()),
                placement: site.placement.grade,
                precision_m: site.placement.precision_m,
            })
        }
        Selection::Feature { layer, fid } => {
            let layer = &document.layer(layer)?.layer;
            let feature = find_feature(layer, fid)?;
            Some(Description {
                name: layer
                    .feature_name(feature)
                    .map_or_else(|| format!("{} {fid} 号要素", layer.name), str::to_owned),
                kind: layer.name.clone(),
                placement: layer.feature_placement(feature),
                precision_m: layer
                    .value(feature, "precision_m")
                    .and_then(crate::model::Value::as_f64),
            })
        }
        Selection::DistrictSites => {
            let count = document
                .sites()
                .values()
                .filter(|site| site.placement.grade == Placement::District)
                .count();
            Some(Description {
                name: format!("全区项目 {count} 项"),
                kind: "规划只写明在本区，未写具体地点".to_owned(),
                placement: Placement::District,
                precision_m: None,
            })
        }
    }
}

/// Stored layers are in the order of their keys; other orders are found, too, but slower.
fn find_feature(layer: &Layer, fid: i64) -> Option<&Feature> {
    layer
        .features
        .binary_search_by_key(&fid, |feature| feature.fid)
        .ok()
        .and_then(|index| layer.features.get(index))
        .or_else(|| layer.features.iter().find(|feature| feature.fid == fid))
}

/// `others`: how many more things are under the pointer.
pub(super) fn tooltip_ui(ui: &mut Ui, description: &Description, others: usize) {
    let tokens = theme::of(ui);
    ui.set_max_width(ui.spacing().tooltip_width);
    ui.label(RichText::new(&description.name).color(tokens.text).strong());
    ui.label(
        RichText::new(&description.kind)
            .color(tokens.text_weak)
            .small(),
    );
    let grade = description.placement.label();
    let badge = match description.precision_m {
        Some(precision_m) => format!("{grade} ±{precision_m:.0} 米"),
        None => grade.to_owned(),
    };
    let color = theme::placement_color(description.placement, tokens);
    ui.label(RichText::new(badge).color(color).small());
    if others > 0 {
        let more = format!("此处还有 {others} 项，单击全部列出");
        ui.label(RichText::new(more).color(tokens.text_weak).small());
    }
}

/// What the menu of the right button asks the map itself to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MenuChoice {
    ZoomHere,
    IdentifyHere,
}

pub(super) fn menu_ui(ui: &mut Ui, at: LonLat, commands: &mut Vec<Command>) -> Option<MenuChoice> {
    let mut choice = None;
    if ui.button("在此放大").clicked() {
        choice = Some(MenuChoice::ZoomHere);
    }
    if ui.button("识别此处").clicked() {
        choice = Some(MenuChoice::IdentifyHere);
    }
    ui.separator();
    let degrees = format!("{:.6}, {:.6}", at.lon, at.lat);
    let mut copies = vec![
        ("复制坐标（度）", degrees),
        ("复制坐标（度分秒）", at.to_dms()),
    ];
    if let Some(metres) = grid_coordinates(at) {
        copies.push(("复制坐标（CGCS2000 米）", metres));
    }
    for (label, text) in copies {
        if ui.button(label).on_hover_text(&text).clicked() {
            commands.push(Command::CopyText {
                text,
                what: "坐标".to_owned(),
            });
        }
    }
    choice
}

/// In the three-degree zone of the place, in the surveyor's order: X is north, Y is east.
pub(super) fn grid_coordinates(at: LonLat) -> Option<String> {
    let crs = Crs::three_degree_zone_at(at.lon);
    let (east, north) = Transform::new(crs).ok()?.from_lon_lat(at).ok()?;
    let meridian = crs.central_meridian_deg()?;
    Some(format!(
        "X（北）{north:.2}, Y（东）{east:.2}（{crs}，中央经线 {meridian}°E）"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metres_are_those_of_the_places_own_zone_without_its_number() {
        // PROJ 9.1.1, EPSG:4490 → EPSG:4544.
        let text = grid_coordinates(LonLat::new(103.76, 29.56)).unwrap();
        assert_eq!(
            text,
            "X（北）3271981.54, Y（东）379827.90（EPSG:4544，中央经线 105°E）"
        );
    }
}
