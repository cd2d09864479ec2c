//! The layer tree: what is shown, how strongly, where it is and how sure its places are.

use egui::{Align, CollapsingHeader, Label, Layout, RichText, ScrollArea, Sense, Slider, Ui};
use egui_material_icons::icons;

use crate::app::command::{Command, Selection};
use crate::app::settings::Settings;
use crate::app::swatch;
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::document::Document;
use crate::model::{LayerId, Placement};
use crate::scene::style::MapStyle;
use crate::store::StoredLayer;

/// The layer tree's own state between frames.
#[derive(Debug, Default)]
pub struct LayersPanel {
    /// The layer whose row is unfolded.
    unfolded: Option<LayerId>,
    /// The slider being dragged: stored once, when it is let go.
    dragged_opacity: Option<(LayerId, f32)>,
    renaming: Option<(LayerId, String)>,
    removing: Option<LayerId>,
}

impl LayersPanel {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        document: &Document,
        settings: &mut Settings,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        widgets::panel_title(ui, "图层", |ui| {
            if widgets::icon_button(ui, icons::ICON_ADD, "导入图层").clicked() {
                commands.push(Command::ChooseImport);
            }
            widgets::named(
                ui.checkbox(&mut settings.show_labels, "注记"),
                egui::Role::CheckBox,
                "显示注记",
            )
            .on_hover_text("在地图上显示名称");
        });
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            sites_row_ui(ui, document, &mut settings.show_sites, style, commands);
            // The top of the list is the top of the map.
            let (retired, current): (Vec<_>, Vec<_>) = document
                .layers()
                .iter()
                .rev()
                .partition(|stored| stored.retired);
            for stored in current {
                self.layer_ui(ui, stored, style, commands);
            }
            if !retired.is_empty() {
                ui.add_space(space::S);
                CollapsingHeader::new(RichText::new(format!("已停用（{}）", retired.len())).weak())
                    .id_salt("retired layers")
                    .show(ui, |ui| {
                        for stored in retired {
                            self.layer_ui(ui, stored, style, commands);
                        }
                    });
            }
        });
        self.removing_ui(ui, document, commands);
    }

    fn layer_ui(
        &mut self,
        ui: &mut Ui,
        stored: &StoredLayer,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        ui.push_id(stored.id.0, |ui| {
            let row = ui.horizontal(|ui| {
                ui.set_min_height(size::ROW);
                self.row_ui(ui, stored, style, commands);
            });
            let unfolded = self.unfolded == Some(stored.id);
            row.response
                .interact(Sense::click())
                .context_menu(|ui| self.menu_ui(ui, stored, commands));
            if unfolded {
                self.unfolded_ui(ui, stored, commands);
            }
        });
    }

    fn row_ui(
        &mut self,
        ui: &mut Ui,
        stored: &StoredLayer,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        ui.spacing_mut().item_spacing.x = space::XS;
        let name = stored.layer.name.as_str();
        let mut visible = stored.visible;
        let checkbox = ui.add_enabled(!stored.retired, egui::Checkbox::without_text(&mut visible));
        let checkbox = widgets::named_checkbox(checkbox, &format!("显示{name}"), visible);
        if checkbox.changed() {
            commands.push(Command::SetLayerView {
                layer: stored.id,
                visible,
                opacity: stored.opacity,
            });
        }
        swatch::sample_ui(ui, &swatch::layer_sample(stored, style));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            let located = stored
                .layer
                .features
                .iter()
                .any(|feature| feature.geometry.is_some());
            // Without a place there is nowhere to go; the room stays, so that the counts line up.
            ui.add_enabled_ui(located, |ui| {
                let name = format!("缩放到{name}");
                if widgets::small_icon_button(ui, icons::ICON_CENTER_FOCUS_STRONG, &name).clicked()
                {
                    commands.push(Command::ZoomToLayer(stored.id));
                }
            });
            ui.weak(stored.layer.features.len().to_string())
                .on_hover_text("要素数");
            if stored.layer.placement != Placement::Surveyed {
                let grade = stored.layer.placement;
                let color = theme::placement_color(grade, theme::of(ui));
                widgets::badge(ui, grade.label(), color).on_hover_text(format!(
                    "定位等级：{}\n{}",
                    grade.label(),
                    stored.layer.source
                ));
            }
            if stored.quarantined > 0 {
                let color = theme::of(ui).danger;
                let badge = format!("隔离 {}", stored.quarantined);
                let response = widgets::badge(ui, &badge, color)
                    .interact(Sense::click())
                    .on_hover_cursor(egui::CursorIcon::PointingHand);
                let name = format!("查看{name}的隔离区");
                let response = widgets::named(response, egui::Role::Button, &name).on_hover_text(
                    format!("{} 个要素未能导入，点击查看和修复", stored.quarantined),
                );
                if response.clicked() {
                    commands.push(Command::OpenQuarantine(stored.id));
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                self.name_ui(ui, stored, commands);
            });
        });
    }

    fn name_ui(&mut self, ui: &mut Ui, stored: &StoredLayer, commands: &mut Vec<Command>) {
        if let Some((layer, name)) = &mut self.renaming
            && *layer == stored.id
        {
            let response = widgets::search_field(ui, name, "图层名称", "图层名称", f32::INFINITY);
            if response.lost_focus() {
                let name = name.trim().to_owned();
                let escaped = ui.input(|input| input.key_pressed(egui::Key::Escape));
                if !escaped && !name.is_empty() && name != stored.layer.name {
                    commands.push(Command::RenameLayer {
                        layer: stored.id,
                        name,
                    });
                }
                self.renaming = None;
            } else {
                response.request_focus();
            }
            return;
        }
        let dimmed = stored.retired || !stored.visible;
        let text = RichText::new(&stored.layer.name);
        let text = if dimmed { text.weak() } else { text };
        let response = ui
            .add(Label::new(text).truncate().sense(Sense::click()))
            .on_hover_text(format!(
                "{}\n来源：{}",
                stored.layer.name, stored.layer.source
            ));
        if response.clicked() {
            self.unfolded = match self.unfolded {
                Some(unfolded) if unfolded == stored.id => None,
                _ => Some(stored.id),
            };
        }
        response.context_menu(|ui| self.menu_ui(ui, stored, commands));
    }

    /// Opacity and source of one layer.
    fn unfolded_ui(&mut self, ui: &mut Ui, stored: &StoredLayer, commands: &mut Vec<Command>) {
        ui.horizontal(|ui| {
            ui.add_space(26.0);
            ui.weak("不透明度");
            let mut percent = match self.dragged_opacity {
                Some((layer, opacity)) if layer == stored.id => opacity,
                _ => stored.opacity,
            } * 100.0;
            ui.spacing_mut().slider_width = 96.0;
            ui.spacing_mut().interact_size.y = 20.0;
            let slider = ui.add(
                Slider::new(&mut percent, 0.0..=100.0)
                    .fixed_decimals(0)
                    .suffix("%"),
            );
            let slider = widgets::named(
                slider,
                egui::Role::Slider,
                &format!("{}的不透明度", stored.layer.name),
            );
            if slider.changed() {
                self.dragged_opacity = Some((stored.id, percent / 100.0));
            }
            let settled = !slider.dragged() && !slider.has_focus();
            if settled
                && let Some((layer, opacity)) = self
                    .dragged_opacity
                    .take_if(|(layer, _)| *layer == stored.id)
            {
                commands.push(Command::SetLayerView {
                    layer,
                    visible: stored.visible,
                    opacity,
                });
            }
        });
        ui.horizontal_top(|ui| {
            ui.add_space(26.0);
            let crs = stored
                .source_crs
                .map_or_else(String::new, |code| format!("　原坐标系 EPSG:{code}"));
            let text = format!("来源：{}{crs}", stored.layer.source);
            ui.add(Label::new(RichText::new(text).small().weak()).wrap());
        });
        ui.add_space(space::XS);
    }

    fn menu_ui(&mut self, ui: &mut Ui, stored: &StoredLayer, commands: &mut Vec<Command>) {
        if ui.button("缩放到图层").clicked() {
            commands.push(Command::ZoomToLayer(stored.id));
        }
        if !stored.retired {
            let label = if stored.visible { "隐藏" } else { "显示" };
            if ui.button(label).clicked() {
                commands.push(Command::SetLayerView {
                    layer: stored.id,
                    visible: !stored.visible,
                    opacity: stored.opacity,
                });
            }
        }
        if ui.button("不透明度与来源").clicked() {
            self.unfolded = Some(stored.id);
        }
        if ui.button("重命名").clicked() {
            self.renaming = Some((stored.id, stored.layer.name.clone()));
        }
        if stored.quarantined > 0 && ui.button("查看隔离…").clicked() {
            commands.push(Command::OpenQuarantine(stored.id));
        }
        if ui.button("导出…").clicked() {
            commands.push(Command::ExportLayer(stored.id));
        }
        ui.separator();
        if ui.button("移除…").clicked() {
            self.removing = Some(stored.id);
        }
    }

    fn removing_ui(&mut self, ui: &Ui, document: &Document, commands: &mut Vec<Command>) {
        let Some(stored) = self.removing.and_then(|id| document.layer(id)) else {
            self.removing = None;
            return;
        };
        let modal = egui::Modal::new(egui::Id::unique("remove layer")).show(ui.ctx(), |ui| {
            ui.set_width(360.0);
            ui.heading("移除图层");
            ui.add_space(space::S);
            ui.label(format!(
                "从工作区中移除“{}”（{} 个要素）？",
                stored.layer.name,
                stored.layer.features.len()
            ));
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                if widgets::primary_button(ui, true, "移除").clicked() {
                    commands.push(Command::RemoveLayer(stored.id));
                    ui.close();
                }
                if widgets::button(ui, "取消").clicked() {
                    ui.close();
                }
            });
        });
        if modal.should_close() {
            self.removing = None;
        }
    }
}

/// The ledger's own sites: not a layer that can be removed, always on top.
fn sites_row_ui(
    ui: &mut Ui,
    document: &Document,
    shown: &mut bool,
    style: &MapStyle,
    commands: &mut Vec<Command>,
) {
    let sites = document.sites();
    if sites.is_empty() {
        return;
    }
    let located = sites
        .values()
        .filter(|site| site.placement.at.is_some())
        .count();
    ui.horizontal(|ui| {
        ui.set_min_height(size::ROW);
        ui.spacing_mut().item_spacing.x = space::XS;
        let checkbox = ui.add(egui::Checkbox::without_text(shown));
        widgets::named_checkbox(checkbox, "显示建设项目", *shown);
        let sample = crate::scene::legend::LegendSample::Icon {
            symbol: crate::scene::Symbol::Site { category: 2 },
            size_pt: style.site_size_pt,
            color: style.category_color(2),
            ring: None,
            uncertain: false,
        };
        swatch::sample_ui(ui, &sample);
        ui.add(Label::new("建设项目（附表一）").truncate())
            .on_hover_text(format!(
                "{located} 项有位置，其余 {} 项只知在本区",
                sites.len() - located
            ));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            if widgets::small_icon_button(ui, icons::ICON_LIST, "查看未落点项目").clicked() {
                commands.push(Command::Select(Some(Selection::DistrictSites)));
            }
            ui.weak(sites.len().to_string());
        });
    });
}
