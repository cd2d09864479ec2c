//! The figures of an import: how many features were read, taken, repaired, set aside, and their area.
//!
//! Deliberately absent: choices; a figure only leads to its list.

use egui::{Color32, RichText, Sense, Ui, Vec2};

use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::formats::ReadReport;

/// Of the figures and the line below them.
pub(super) const HEIGHT: f32 = 76.0;
const TILE_HEIGHT: f32 = 48.0;

/// Which list the user wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clicked {
    Problems,
    Quarantine,
}

pub(super) fn ui(ui: &mut Ui, report: &ReadReport, plan_area_km2: Option<f64>) -> Option<Clicked> {
    let tokens = theme::of(ui);
    let tiles = [
        ("读到", report.read, tokens.text, None),
        ("可导入", report.layer.features.len(), tokens.success, None),
        (
            "已修复",
            report.repaired,
            tokens.warning,
            Some(Clicked::Problems),
        ),
        (
            "隔离",
            report.quarantined.len(),
            tokens.danger,
            Some(Clicked::Quarantine),
        ),
    ];
    let mut clicked = None;
    let gap = space::S;
    let width = (ui.available_width() - 3.0 * gap) / 4.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        for (label, count, color, leads_to) in tiles {
            let leads_to = leads_to.filter(|_| count > 0);
            let color = if count == 0 { tokens.text_weak } else { color };
            if tile_ui(ui, width, label, count, color, leads_to.is_some()) {
                clicked = leads_to;
            }
        }
    });
    let area_m2 = report.layer.area_m2();
    let text = if area_m2 > 0.0 {
        format!("总面积 {}", area_text(area_m2, plan_area_km2))
    } else {
        format!("定位等级：{}", report.layer.placement.label())
    };
    ui.add(egui::Label::new(RichText::new(text.clone()).small().weak()).truncate())
        .on_hover_text(text);
    clicked
}

fn tile_ui(
    ui: &mut Ui,
    width: f32,
    label: &str,
    count: usize,
    color: Color32,
    leads: bool,
) -> bool {
    let tokens = theme::of(ui);
    let sense = if leads {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, TILE_HEIGHT), sense);
    let fill = if leads && response.hovered() {
        tokens.hover
    } else {
        tokens.sunken
    };
    let painter = ui.painter();
    painter.rect_filled(rect, size::RADIUS, fill);
    let left = rect.left_center() + Vec2::new(space::M, 0.0);
    let font = egui::FontId::proportional;
    let number = painter.layout_no_wrap(
        widgets::grouped(&count.to_string()),
        font(theme::text::HERO - 2.0),
        color,
    );
    let number_width = number.size().x;
    painter.galley(left - Vec2::new(0.0, number.size().y / 2.0), number, color);
    painter.text(
        left + Vec2::new(number_width + 6.0, 3.0),
        egui::Align2::LEFT_CENTER,
        label,
        font(theme::text::CAPTION),
        tokens.text_weak,
    );
    let role = if leads {
        egui::Role::Button
    } else {
        egui::Role::Label
    };
    let response = widgets::named(response, role, &format!("{label} {count}"));
    leads && response.clicked()
}

/// The total in km² and, for a red line, how it compares with the plan's.
pub fn area_text(area_m2: f64, plan_area_km2: Option<f64>) -> String {
    let area_km2 = area_m2 / 1e6;
    let text = format!(
        "{area_km2:.4} km²（{} 公顷）",
        widgets::grouped(&format!("{:.2}", area_m2 / 1e4))
    );
    match plan_area_km2 {
        Some(plan) if (area_km2 - plan).abs() <= crate::analysis::PLAN_TOLERANCE_KM2 => {
            format!("{text}，与规划的 {plan:.4} km² 一致")
        }
        Some(plan) => format!(
            "{text}，规划为 {plan:.4} km²，相差 {:+.4} km²",
            area_km2 - plan
        ),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_red_lines_area_is_compared_with_the_plan() {
        assert!(area_text(665_700.0, Some(0.6657)).contains("一致"));
        assert!(area_text(700_000.0, Some(0.6657)).contains("相差 +0.0343"));
        assert!(!area_text(700_000.0, None).contains("规划"));
    }
}
