//! One project: what the plan says, where it is and why, its status and its money.

use egui::{Label, RichText, Ui};
use egui_material_icons::icons;

use super::investment::InvestmentTable;
use super::status_form::StatusForm;
use crate::app::command::{Command, DialogKind, Selection};
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::document::Document;
use crate::model::{ProjectSite, SiteId};
use crate::plan;
use crate::scene::style::MapStyle;

/// What is being typed about sites. Kept by site, so that looking elsewhere loses nothing.
#[derive(Debug, Default)]
pub struct SiteDetails {
    pub status: StatusForm,
    pub investment: InvestmentTable,
}

impl SiteDetails {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        site: &ProjectSite,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        ui.add(
            Label::new(RichText::new(&site.name).heading())
                .wrap()
                .selectable(true),
        );
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.weak(format!("第 {} 项", site.id.0));
            widgets::dot(ui, theme::color32(style.status_color(site.status())));
            ui.label(site.status().label());
            let grade = site.placement.grade;
            let color = theme::placement_color(grade, theme::of(ui));
            widgets::badge(ui, grade.label(), color);
            if let Some(precision) = site.placement.precision_m {
                ui.weak(format!("±{}", distance(precision)));
            }
        });
        ui.horizontal(|ui| {
            if ui.button("打印位置图…").clicked() {
                commands.push(Command::OpenDialog(DialogKind::Print));
            }
        });
        self.status.ui(ui, site, style, commands);
        self.investment.ui(ui, site, commands);
        placement_ui(ui, site);
        plan_ui(ui, site);
    }

    /// Is there text that has not become part of the workspace?
    pub fn has_unsaved(&self) -> bool {
        self.status.unsaved().is_some() || self.investment.unsaved().is_some()
    }

    /// Forget what was typed and not saved.
    pub fn discard(&mut self) {
        self.status.discard();
        self.investment.discard();
    }

    /// Text typed for another site than the one shown: said, with the way back.
    pub fn unsaved_elsewhere_ui(
        &mut self,
        ui: &mut Ui,
        document: &Document,
        selection: Option<Selection>,
        commands: &mut Vec<Command>,
    ) {
        let shown = match selection {
            Some(Selection::Site(id)) => Some(id),
            _ => None,
        };
        self.investment.commit_elsewhere(document, shown, commands);
        let elsewhere = |id: Option<SiteId>| id.filter(|id| Some(*id) != shown);
        let Some(id) =
            elsewhere(self.status.unsaved()).or_else(|| elsewhere(self.investment.unsaved()))
        else {
            return;
        };
        let color = theme::of(ui).warning;
        widgets::notice(
            ui,
            icons::ICON_EDIT,
            color,
            &format!("第 {} 项有已填写、尚未保存的内容", id.0),
        );
        ui.horizontal(|ui| {
            if ui.button("返回填写").clicked() {
                commands.push(Command::Select(Some(Selection::Site(id))));
            }
            if ui.button("放弃").clicked() {
                self.discard();
            }
        });
        ui.add_space(space::XS);
    }
}

fn placement_ui(ui: &mut Ui, site: &ProjectSite) {
    widgets::section_title(ui, "定位");
    let placement = &site.placement;
    let mut rows = vec![("等级", placement.grade.label().to_owned())];
    if let Some(precision) = placement.precision_m {
        rows.push(("精度", format!("±{}", distance(precision))));
    }
    rows.push(("依据", placement.basis.clone()));
    if let Some(at) = placement.at {
        rows.push(("经纬度", format!("{:.5}°，{:.5}°", at.lon, at.lat)));
        rows.push(("度分秒", at.to_dms()));
    }
    widgets::facts(ui, "placement", rows);
}

fn plan_ui(ui: &mut Ui, site: &ProjectSite) {
    widgets::section_title(ui, "规划内容（附表一）");
    let money = widgets::grouped(&site.planned.to_string());
    widgets::facts(
        ui,
        "plan",
        [
            ("所属工程", site.category.clone()),
            ("建设内容", site.content.clone()),
            ("建设地点", site.location.clone()),
            ("建设单位", site.units.join("、")),
            ("建设年限", site.years_printed.clone()),
            ("投资概算", format!("{money} 万元")),
        ],
    );
    if !site.plan_note.is_empty() {
        ui.add_space(space::XS);
        let color = theme::of(ui).warning;
        widgets::notice(ui, icons::ICON_INFO, color, &site.plan_note);
    }
    if let Some(line) = site.plan_line {
        ui.add_space(space::XS);
        let mut text = format!("规划文本第 {line} 行");
        if let Some(words) = plan::text_line(line) {
            text.push('：');
            text.push_str(words);
        }
        ui.add(
            Label::new(RichText::new(text).small().weak())
                .wrap()
                .selectable(true),
        );
    }
}

/// Metres below a kilometre, kilometres above.
fn distance(metres: f64) -> String {
    if metres < 1000.0 {
        format!("{metres:.0} 米")
    } else {
        format!("{:.1} 千米", metres / 1000.0)
    }
}
