//! The line at the bottom: where the pointer is, the map's scale, the workspace, what is under way.

use egui::{Align, Label, Layout, ProgressBar, RichText, Ui};
use egui_material_icons::icons;

use crate::app::command::Command;
use crate::app::map_view::{BasemapState, MapStatus};
use crate::app::tasks::{Outcome, file_name};
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::crs::{Crs, LonLat, Transform};
use crate::document::Document;
use crate::jobs::Job;

pub fn ui(
    ui: &mut Ui,
    document: Option<&Document>,
    map: Option<MapStatus>,
    jobs: &[Job<Outcome>],
    commands: &mut Vec<Command>,
) {
    ui.style_mut().override_text_style = Some(egui::TextStyle::Small);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        if let Some(status) = map {
            cursor_ui(ui, status.cursor);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            if let Some(document) = document {
                ui.add(Label::new(file_name(document.path())).truncate())
                    .on_hover_text(document.path().display().to_string());
                ui.weak("工作区");
                ui.separator();
            }
            if let Some(status) = map {
                basemap_ui(ui, status.basemap);
                ui.separator();
                ui.label(format!("1:{}", scale_text(status.scale_denominator)))
                    .on_hover_text("屏幕上的近似比例尺");
                ui.weak("比例尺");
                ui.separator();
            }
            jobs_ui(ui, jobs, commands);
        });
    });
}

fn cursor_ui(ui: &mut Ui, cursor: Option<LonLat>) {
    let Some(at) = cursor else {
        ui.weak("把指针移到地图上查看坐标");
        return;
    };
    ui.label(format!("{:.6}°E  {:.6}°N", at.lon, at.lat));
    ui.weak(at.to_dms());
    if let Some(metres) = grid_text(at) {
        ui.label(metres);
    }
}

/// Easting and northing in the three-degree zone of the place.
fn grid_text(at: LonLat) -> Option<String> {
    let crs = Crs::three_degree_zone_at(at.lon);
    let (x, y) = Transform::new(crs).ok()?.from_lon_lat(at).ok()?;
    let zone = crs
        .central_meridian_deg()
        .map(|meridian| format!("第{:.0}带", meridian / 3.0))?;
    Some(format!("X {y:.1}  Y {x:.1} m（CGCS2000 3°带 {zone}）"))
}

fn basemap_ui(ui: &mut Ui, state: BasemapState) {
    let text = RichText::new(format!("底图：{}", state.label()));
    let text = if state.is_trouble() {
        text.color(theme::of(ui).warning)
    } else {
        text.weak()
    };
    ui.label(text).on_hover_text(state.explanation());
}

fn jobs_ui(ui: &mut Ui, jobs: &[Job<Outcome>], commands: &mut Vec<Command>) {
    for (index, job) in jobs.iter().enumerate() {
        if widgets::small_icon_button(ui, icons::ICON_CLOSE, &format!("取消{}", job.title))
            .clicked()
        {
            commands.push(Command::CancelJob(index));
        }
        ui.add(
            ProgressBar::new(job.progress.fraction())
                .desired_width(110.0)
                .desired_height(8.0)
                .animate(true),
        );
        ui.label(&job.title);
    }
}

/// Three digits that matter: the screen's scale is no better known.
fn scale_text(denominator: f64) -> String {
    if !denominator.is_finite() || denominator < 1.0 {
        return "—".to_owned();
    }
    let step = 10_f64.powf(denominator.log10().floor() - 2.0).max(1.0);
    widgets::grouped(&format!("{:.0}", (denominator / step).round() * step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_also_given_in_metres_with_its_zone() {
        let text = grid_text(LonLat::new(103.76, 29.56)).unwrap();
        // PROJ 9.1.1, EPSG:4544: 379827.8975 E, 3271981.5394 N.
        assert_eq!(text, "X 3271981.5  Y 379827.9 m（CGCS2000 3°带 第35带）");
    }

    #[test]
    fn a_scale_has_three_digits() {
        assert_eq!(scale_text(123_456.7), "123,000");
        assert_eq!(scale_text(f64::NAN), "—");
    }
}
