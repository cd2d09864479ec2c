//! Search over everything that has a name: projects, towns, rivers, sections, reservoirs, landmarks, layers.

use std::path::PathBuf;

use egui::{Key, Label, Modifiers, Popup, PopupCloseBehavior, RichText, ScrollArea, Sense, Ui};
use egui_material_icons::icons;

use crate::app::command::{Command, Selection};
use crate::app::theme::{self, size};
use crate::app::widgets;
use crate::crs::Extent;
use crate::document::Document;
use crate::model::LayerId;
use crate::search::{Query, Rank};

const MOST_SHOWN: usize = 40;

/// The search box's own state between frames.
#[derive(Debug, Default)]
pub struct SearchBox {
    pub text: String,
    focus_wanted: bool,
    open: bool,
    highlighted: usize,
    found: Vec<Found>,
    key: Option<(PathBuf, u64, String)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Target {
    Thing(Selection),
    Layer(LayerId),
}

#[derive(Clone, Debug, PartialEq)]
struct Found {
    rank: Rank,
    name: String,
    /// What it is: `项目`, `河流`.
    kind: String,
    target: Target,
    has_place: bool,
}

impl SearchBox {
    pub fn focus(&mut self) {
        self.focus_wanted = true;
    }

    pub fn ui(
        &mut self,
        ui: &mut Ui,
        document: &Document,
        width: f32,
        commands: &mut Vec<Command>,
    ) {
        self.refresh(document);
        // Arrow keys walk through the results while the field keeps the focus.
        let (down, up, enter) = if self.open {
            ui.input_mut(|input| {
                (
                    input.consume_key(Modifiers::NONE, Key::ArrowDown),
                    input.consume_key(Modifiers::NONE, Key::ArrowUp),
                    input.key_pressed(Key::Enter),
                )
            })
        } else {
            (false, false, false)
        };
        let response = widgets::search_field(
            ui,
            &mut self.text,
            "搜索",
            "搜索项目、镇街、河流、断面…（Ctrl+F）",
            width,
        );
        if std::mem::take(&mut self.focus_wanted) {
            response.request_focus();
        }
        if response.changed() || response.gained_focus() {
            self.highlighted = 0;
            self.open = !self.text.trim().is_empty();
        }
        if down {
            self.highlighted = (self.highlighted + 1).min(self.found.len().saturating_sub(1));
        }
        if up {
            self.highlighted = self.highlighted.saturating_sub(1);
        }
        if enter && let Some(found) = self.found.get(self.highlighted) {
            go(found, commands);
            self.open = false;
            return;
        }
        self.results_ui(&response, commands);
    }

    fn results_ui(&mut self, response: &egui::Response, commands: &mut Vec<Command>) {
        let Self {
            open,
            found,
            highlighted,
            text,
            ..
        } = self;
        let mut chosen = false;
        let width = response.rect.width().max(380.0);
        Popup::from_response(response)
            .open_bool(open)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .width(width)
            .accessible_name("搜索结果")
            .show(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = 2.0;
                if found.is_empty() {
                    ui.weak(format!("没有找到“{}”", text.trim()));
                    return;
                }
                let height = (size::ROW + 2.0) * found.len().min(14) as f32;
                ScrollArea::vertical()
                    .max_height(height)
                    .min_scrolled_height(height)
                    .show(ui, |ui| {
                        for (index, found) in found.iter().enumerate() {
                            let response = result_ui(ui, found, index == *highlighted);
                            if response.clicked() {
                                go(found, commands);
                                chosen = true;
                            }
                        }
                    });
            });
        if chosen {
            *open = false;
        }
    }

    fn refresh(&mut self, document: &Document) {
        let key = (
            document.path().to_owned(),
            document.revision(),
            self.text.clone(),
        );
        if self.key.as_ref() != Some(&key) {
            self.found = find(document, &Query::new(&self.text));
            self.key = Some(key);
        }
    }
}

fn find(document: &Document, query: &Query) -> Vec<Found> {
    if query.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<Found> = Vec::new();
    for site in document.sites().values() {
        let rank = query.rank(&site.name).or_else(|| {
            // Found by something else than its name: after all that is found by name.
            query
                .matches_site(site)
                .then_some(Rank { by_sound: 2, at: 0 })
        });
        if let Some(rank) = rank {
            found.push(Found {
                rank,
                name: format!("{} {}", site.id.0, site.name),
                kind: "项目".to_owned(),
                target: Target::Thing(Selection::Site(site.id)),
                has_place: site.placement.at.is_some(),
            });
        }
    }
    for stored in document.layers().iter().filter(|stored| !stored.retired) {
        if let Some(rank) = query.rank(&stored.layer.name) {
            found.push(Found {
                rank,
                name: stored.layer.name.clone(),
                kind: "图层".to_owned(),
                target: Target::Layer(stored.id),
                has_place: true,
            });
        }
        for feature in &stored.layer.features {
            let Some(name) = stored.layer.feature_name(feature) else {
                continue;
            };
            if let Some(rank) = query.rank(name) {
                found.push(Found {
                    rank,
                    name: name.to_owned(),
                    kind: stored.layer.kind.label().to_owned(),
                    target: Target::Thing(Selection::Feature {
                        layer: stored.id,
                        fid: feature.fid,
                    }),
                    has_place: feature
                        .geometry
                        .as_ref()
                        .and_then(Extent::of_geometry)
                        .is_some(),
                });
            }
        }
    }
    found.sort_by_key(|found| found.rank);
    found.truncate(MOST_SHOWN);
    found
}

fn go(found: &Found, commands: &mut Vec<Command>) {
    match found.target {
        Target::Thing(selection) => {
            commands.push(Command::Select(Some(selection)));
            commands.push(Command::ZoomToSelection);
        }
        Target::Layer(layer) => commands.push(Command::ZoomToLayer(layer)),
    }
}

fn result_ui(ui: &mut Ui, found: &Found, highlighted: bool) -> egui::Response {
    let tokens = theme::of(ui);
    let (rect, response) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), size::ROW), Sense::click());
    let fill = if highlighted {
        tokens.accent_soft
    } else if response.hovered() {
        tokens.hover
    } else {
        egui::Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, size::RADIUS, fill);
    let mut row = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(egui::vec2(8.0, 0.0)))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    row.label(RichText::new(&found.kind).small().weak());
    if !found.has_place {
        row.label(RichText::new("无位置").small().color(tokens.warning));
    }
    row.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.label(
            if found.has_place {
                icons::ICON_LOCATION_ON
            } else {
                icons::ICON_LIST
            }
            .rich_text()
            .size(15.0)
            .color(tokens.text_weak),
        );
        ui.add(Label::new(&found.name).truncate());
    });
    let name = format!("{} {}", found.kind, found.name);
    widgets::named(response, egui::Role::Button, &name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;

    fn names(typed: &str) -> Vec<String> {
        find(&testing::document(), &Query::new(typed))
            .into_iter()
            .map(|found| format!("{} {}", found.kind, found.name))
            .collect()
    }

    #[test]
    fn a_river_and_a_town_are_found_by_pinyin_and_by_initials() {
        let has = |typed: &str, start: &str| {
            let found = names(typed);
            assert!(
                found.iter().any(|name| name.starts_with(start)),
                "{typed}: {found:?}"
            );
        };
        has("minjiang", "河流 岷江");
        has("mqz", "镇街 茅桥镇");
        has("茅桥", "项目 19");
    }

    #[test]
    fn nothing_typed_finds_nothing() {
        assert!(names(" ").is_empty());
        assert!(names("龘龘").is_empty());
    }
}
