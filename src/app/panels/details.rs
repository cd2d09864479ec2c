//! The details of what is selected; with nothing selected, the district at a glance.

use egui::{Align, Label, Layout, RichText, ScrollArea, Sense, Ui};
use egui_material_icons::icons;

use super::feature_details;
use super::ledger::Totals;
use super::site_details::SiteDetails;
use crate::app::command::{Command, Selection};
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::document::Document;
use crate::model::{Placement, ProjectSite, SiteStatus};
use crate::scene::style::MapStyle;

/// The panel's own state between frames.
#[derive(Debug, Default)]
pub struct DetailsPanel {
    pub site: SiteDetails,
    /// What lay under the last click, where it was more than one thing.
    pub hits: Vec<Selection>,
}

impl DetailsPanel {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        document: &Document,
        selection: Option<Selection>,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        let title = match selection {
            None => "概览",
            Some(Selection::Site(_)) => "项目",
            Some(Selection::Feature { .. }) => "要素",
            Some(Selection::DistrictSites) => "未落点项目",
        };
        widgets::panel_title(ui, title, |ui| {
            if selection.is_some() {
                if widgets::icon_button(ui, icons::ICON_CLOSE, "取消选择").clicked() {
                    commands.push(Command::Select(None));
                }
                if selection != Some(Selection::DistrictSites)
                    && widgets::icon_button(ui, icons::ICON_CENTER_FOCUS_STRONG, "缩放到所选")
                        .clicked()
                {
                    commands.push(Command::ZoomToSelection);
                }
            }
        });
        self.site
            .unsaved_elsewhere_ui(ui, document, selection, commands);
        if self.hits.len() > 1 {
            hits_ui(ui, document, &self.hits, selection, commands);
        }
        ScrollArea::vertical()
            .id_salt(("details", selection))
            .auto_shrink(false)
            .show(ui, |ui| {
                // Room for the scroll bar, so that it covers nothing.
                ui.set_width(ui.available_width() - space::S);
                match selection {
                    None => overview_ui(ui, document, style),
                    Some(Selection::Site(id)) => match document.site(id) {
                        Some(site) => self.site.ui(ui, site, style, commands),
                        None => gone_ui(ui),
                    },
                    Some(Selection::Feature { layer, fid }) => {
                        let feature = document.layer(layer).and_then(|stored| {
                            let feature = stored.layer.features.iter().find(|f| f.fid == fid)?;
                            Some((stored, feature))
                        });
                        match feature {
                            Some((stored, feature)) => feature_details::ui(ui, stored, feature),
                            None => gone_ui(ui),
                        }
                    }
                    Some(Selection::DistrictSites) => {
                        district_sites_ui(ui, document, style, commands);
                    }
                }
                ui.add_space(space::L);
            });
    }
}

fn gone_ui(ui: &mut Ui) {
    ui.weak("所选内容已不在工作区中");
}

/// What a selection is called in a list.
pub fn selection_name(document: &Document, selection: Selection) -> String {
    match selection {
        Selection::Site(id) => document.site(id).map_or_else(
            || format!("项目 {}", id.0),
            |site| format!("{} {}", id.0, site.name),
        ),
        Selection::Feature { layer, fid } => document.layer(layer).map_or_else(
            || format!("要素 {fid}"),
            |stored| {
                let name = stored
                    .layer
                    .features
                    .iter()
                    .find(|feature| feature.fid == fid)
                    .and_then(|feature| stored.layer.feature_name(feature));
                match name {
                    Some(name) => format!("{name}（{}）", stored.layer.name),
                    None => format!("{} 第 {fid} 号", stored.layer.name),
                }
            },
        ),
        Selection::DistrictSites => "未落点项目".to_owned(),
    }
}

fn hits_ui(
    ui: &mut Ui,
    document: &Document,
    hits: &[Selection],
    selection: Option<Selection>,
    commands: &mut Vec<Command>,
) {
    let tokens = theme::of(ui);
    egui::Frame::new()
        .fill(tokens.surface)
        .stroke(egui::Stroke::new(1.0, tokens.border))
        .corner_radius(size::RADIUS)
        .inner_margin(space::S)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(
                RichText::new(format!("此处有 {} 个对象", hits.len()))
                    .small()
                    .weak(),
            );
            ui.spacing_mut().item_spacing.y = 2.0;
            ScrollArea::vertical()
                .id_salt("identified")
                .max_height(108.0)
                .show(ui, |ui| {
                    ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
                        for hit in hits {
                            let name = selection_name(document, *hit);
                            let response = ui.add(
                                egui::Button::selectable(selection == Some(*hit), name.as_str())
                                    .truncate(),
                            );
                            if response.clicked() {
                                commands.push(Command::Select(Some(*hit)));
                            }
                        }
                    });
                });
        });
}

fn overview_ui(ui: &mut Ui, document: &Document, style: &MapStyle) {
    let sites: Vec<&ProjectSite> = document.sites().values().collect();
    ui.weak("在地图、台账或搜索中选择一项，这里显示它的详细信息。");
    widgets::section_title(ui, "重点项目");
    let totals = Totals::of(sites.iter().copied());
    let wan = |money: crate::model::Money| format!("{} 万元", widgets::grouped(&money.to_string()));
    widgets::facts(
        ui,
        "overview",
        [
            ("项目数", format!("{} 项", totals.count)),
            ("投资概算", wan(totals.planned)),
            ("累计到位", wan(totals.arrived)),
            (
                "累计完成",
                format!("{}（{}）", wan(totals.completed), totals.rate()),
            ),
        ],
    );
    if sites.is_empty() {
        return;
    }
    widgets::section_title(ui, "按状态");
    for status in SiteStatus::ALL {
        let count = sites.iter().filter(|site| site.status() == status).count();
        if count > 0 {
            let color = theme::color32(style.status_color(status));
            share_row_ui(ui, status.label(), count, sites.len(), color);
        }
    }
    widgets::section_title(ui, "按定位等级");
    for grade in Placement::ALL {
        let count = sites
            .iter()
            .filter(|site| site.placement.grade == grade)
            .count();
        if count > 0 {
            let color = theme::placement_color(grade, theme::of(ui));
            share_row_ui(ui, grade.label(), count, sites.len(), color);
        }
    }
    widgets::section_title(ui, "工作区");
    let path = document.path();
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    widgets::facts(
        ui,
        "workspace",
        [
            ("文件", name),
            ("图层", format!("{} 个", document.layers().len())),
        ],
    );
}

/// A word, a bar and a count.
fn share_row_ui(ui: &mut Ui, label: &str, count: usize, all: usize, color: egui::Color32) {
    ui.horizontal(|ui| {
        ui.set_min_height(20.0);
        widgets::row_label(ui, label, 56.0, 18.0);
        let width = ui.available_width() - 44.0;
        let (bar, _) = ui.allocate_exact_size(egui::vec2(width, 8.0), Sense::hover());
        let painter = ui.painter();
        painter.rect_filled(bar, 4.0, theme::of(ui).hover);
        let mut filled = bar;
        filled.set_width((bar.width() * count as f32 / all.max(1) as f32).max(6.0));
        painter.rect_filled(filled, 4.0, color);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(count.to_string());
        });
    });
}

fn district_sites_ui(
    ui: &mut Ui,
    document: &Document,
    style: &MapStyle,
    commands: &mut Vec<Command>,
) {
    let sites: Vec<&ProjectSite> = document
        .sites()
        .values()
        .filter(|site| site.placement.at.is_none())
        .collect();
    ui.add(
        Label::new(
            RichText::new(format!(
                "规划只写明在本区、没有具体地点的项目共 {} 项。选择一项查看详情。",
                sites.len()
            ))
            .weak(),
        )
        .wrap(),
    );
    ui.add_space(space::S);
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
        for site in sites {
            let response = ui
                .horizontal(|ui| {
                    widgets::dot(ui, theme::color32(style.status_color(site.status())));
                    ui.add(
                        egui::Button::new(format!("{} {}", site.id.0, site.name))
                            .frame_when_inactive(false)
                            .truncate(),
                    )
                })
                .inner;
            if response.clicked() {
                commands.push(Command::Select(Some(Selection::Site(site.id))));
            }
        }
    });
}
