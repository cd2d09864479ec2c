//! One feature: its attributes as in the file, its size on the ellipsoid, its layer and placement.

use egui::{Grid, Label, RichText, Ui};

use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::crs::{Extent, geodesic_area_m2, geodesic_length_m};
use crate::model::{Feature, Placement, Value};
use crate::store::StoredLayer;

/// One 亩 is 2000/3 m².
const MU_M2: f64 = 2000.0 / 3.0;

pub fn ui(ui: &mut Ui, stored: &StoredLayer, feature: &Feature) {
    let layer = &stored.layer;
    let name = layer
        .feature_name(feature)
        .map_or_else(|| format!("第 {} 号要素", feature.fid), str::to_owned);
    ui.add(
        Label::new(RichText::new(name).heading())
            .wrap()
            .selectable(true),
    );
    ui.horizontal_wrapped(|ui| {
        ui.weak(layer.kind.label());
        let grade = layer.feature_placement(feature);
        let color = theme::placement_color(grade, theme::of(ui));
        widgets::badge(ui, grade.label(), color);
        if let Some(precision) = layer.value(feature, "precision_m").and_then(Value::as_f64) {
            ui.weak(format!("±{precision:.0} 米"));
        }
    });
    widgets::section_title(ui, "图层");
    widgets::facts(
        ui,
        "layer",
        [
            ("图层", layer.name.clone()),
            ("编号", feature.fid.to_string()),
            ("来源", layer.source.clone()),
        ],
    );
    measures_ui(ui, feature);
    attributes_ui(ui, stored, feature);
}

fn measures_ui(ui: &mut Ui, feature: &Feature) {
    let Some(geometry) = &feature.geometry else {
        widgets::section_title(ui, "位置");
        ui.weak("没有位置，只在列表中");
        return;
    };
    let area_m2 = geodesic_area_m2(geometry);
    let length_m = geodesic_length_m(geometry);
    let mut rows = Vec::new();
    if area_m2 > 0.0 {
        rows.push(("平方米", widgets::grouped(&format!("{area_m2:.2}"))));
        rows.push(("亩", widgets::grouped(&format!("{:.3}", area_m2 / MU_M2))));
        rows.push(("公顷", widgets::grouped(&format!("{:.4}", area_m2 / 1e4))));
        rows.push(("平方千米", format!("{:.6}", area_m2 / 1e6)));
        widgets::section_title(ui, "面积（椭球面）");
    } else if length_m > 0.0 {
        rows.push(("米", widgets::grouped(&format!("{length_m:.1}"))));
        rows.push(("千米", format!("{:.3}", length_m / 1e3)));
        widgets::section_title(ui, "长度（椭球面）");
    } else if let Some(extent) = Extent::of_geometry(geometry) {
        let at = extent.center();
        rows.push(("经纬度", format!("{:.6}°，{:.6}°", at.lon, at.lat)));
        rows.push(("度分秒", at.to_dms()));
        widgets::section_title(ui, "位置（CGCS2000）");
    }
    widgets::facts(ui, "measures", rows);
}

fn attributes_ui(ui: &mut Ui, stored: &StoredLayer, feature: &Feature) {
    let layer = &stored.layer;
    if layer.fields.is_empty() {
        return;
    }
    widgets::section_title(ui, "属性");
    let value_width = ui.available_width() - 108.0;
    Grid::new(("attributes", stored.id.0, feature.fid))
        .num_columns(2)
        .striped(true)
        .min_col_width(92.0)
        .max_col_width(value_width.max(120.0))
        .spacing([space::S, space::XS])
        .show(ui, |ui| {
            for (field, value) in layer.fields.iter().zip(&feature.values) {
                ui.add(Label::new(RichText::new(column_label(&field.name)).weak()).truncate());
                ui.add(
                    Label::new(shown(&field.name, value))
                        .wrap()
                        .selectable(true),
                );
                ui.end_row();
            }
        });
}

/// The built-in layers' columns in the reader's language; any other column as the file names it.
fn column_label(name: &str) -> &str {
    match name {
        "name" => "名称",
        "placement" => "定位等级",
        "precision_m" => "精度（±米）",
        "basis" => "定位依据",
        "source" => "来源",
        "river" => "所在河流",
        "role" => "断面类型",
        "class_now" => "现状水质",
        "class_target" => "目标水质",
        "level" => "级别",
        "town" => "所在镇街",
        "remark" => "备注",
        "group" => "分组",
        "kind" => "类型",
        "code" => "代码",
        other => other,
    }
}

fn shown(column: &str, value: &Value) -> String {
    let text = value.display();
    if text.is_empty() {
        return "—".to_owned();
    }
    if column == "placement"
        && let Some(grade) = Placement::from_code(&text)
    {
        return grade.label().to_owned();
    }
    text
}
