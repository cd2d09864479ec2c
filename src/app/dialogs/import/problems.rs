//! What is wrong with a file, problem by problem, and what will not come in.
//!
//! A chosen problem says what to do about it and where it is. Deliberately absent: the map.

use std::collections::BTreeMap;

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui};

use crate::app::dialogs::choice;
use crate::app::map_view::Focus;
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::formats::ReadReport;
use crate::model::{Action, Feature, Issue, IssueCode, Layer};

const ROW_HEIGHT: f32 = 24.0;
/// Of the words about the chosen row.
const DETAIL_HEIGHT: f32 = 66.0;
/// Below so many, a filter is no help.
const FILTER_FROM: usize = 9;
/// Of a quarantined feature's text, shown at once.
const RAW_CHARS: usize = 400;

/// What is chosen in the lists.
#[derive(Debug, Default)]
pub(super) struct Problems {
    only: Option<IssueCode>,
    /// Positions of the issues of that kind, and of which kind.
    shown: Option<(Option<IssueCode>, Vec<usize>)>,
    issue: Option<usize>,
    quarantined: Option<usize>,
}

impl Problems {
    /// The list; where a row was clicked, where its trouble is.
    pub(super) fn issues_ui(&mut self, ui: &mut Ui, report: &ReadReport) -> Option<Focus> {
        let issues = &report.issues;
        if issues.is_empty() {
            ui.add_space(space::S);
            ui.weak("没有发现问题。");
            return None;
        }
        if issues.len() >= FILTER_FROM {
            self.filter_ui(ui, issues);
        }
        let shown = self.shown(issues);
        let count = shown.len();
        let height = (ui.available_height() - DETAIL_HEIGHT).max(ROW_HEIGHT * 2.0);
        let mut clicked = None;
        ScrollArea::vertical()
            .id_salt("issues")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink(false)
            .show_rows(ui, ROW_HEIGHT, count, |ui, rows| {
                for &place in shown.get(rows).unwrap_or_default() {
                    let Some(issue) = issues.get(place) else {
                        continue;
                    };
                    let chosen = self.issue == Some(place);
                    if issue_row_ui(ui, issue, chosen) {
                        clicked = Some(place);
                    }
                }
            });
        self.shown = Some((self.only, shown));
        self.issue = clicked.or(self.issue);
        if let Some(issue) = self.issue.and_then(|place| issues.get(place)) {
            let focus = focus_of(&report.layer, issue);
            let nowhere = focus.at.is_none() && focus.geometry.is_none();
            let remedy = if nowhere {
                format!("{}（没有可以在图上定位的坐标）", issue.code.remedy())
            } else {
                issue.code.remedy().to_owned()
            };
            detail_ui(ui, &issue.message, &remedy);
        } else {
            ui.add_space(space::XS);
            ui.label(RichText::new("点一行，在右图中查看位置。").small().weak());
        }
        let issue = issues.get(clicked?)?;
        // Nothing to point at: nothing else is pointed at any longer.
        Some(focus_of(&report.layer, issue))
    }

    fn filter_ui(&mut self, ui: &mut Ui, issues: &[Issue]) {
        let mut kinds: BTreeMap<IssueCode, usize> = BTreeMap::new();
        for issue in issues {
            *kinds.entry(issue.code).or_default() += 1;
        }
        if kinds.len() < 2 {
            return;
        }
        let mut choices = vec![None];
        choices.extend(kinds.keys().copied().map(Some));
        let changed = choice(
            ui,
            "问题种类",
            ui.available_width() - space::XL,
            &mut self.only,
            &choices,
            |code| match code {
                None => format!("全部问题（{}）", issues.len()),
                Some(code) => format!(
                    "{}（{}）",
                    code.sentence(),
                    kinds.get(code).copied().unwrap_or_default()
                ),
            },
        );
        if changed {
            self.issue = None;
        }
    }

    /// Made again only where another kind is asked for: there may be very many.
    fn shown(&mut self, issues: &[Issue]) -> Vec<usize> {
        match self.shown.take() {
            Some((only, shown)) if only == self.only => shown,
            _ => (issues.iter().enumerate())
                .filter(|(_, issue)| self.only.is_none_or(|only| issue.code == only))
                .map(|(place, _)| place)
                .collect(),
        }
    }

    pub(super) fn quarantine_ui(&mut self, ui: &mut Ui, report: &ReadReport) {
        let quarantined = &report.quarantined;
        if quarantined.is_empty() {
            ui.add_space(space::S);
            ui.weak("没有要隔离的要素。");
            return;
        }
        let height = (ui.available_height() - DETAIL_HEIGHT * 1.8).max(ROW_HEIGHT * 2.0);
        ScrollArea::vertical()
            .id_salt("quarantined")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink(false)
            .show_rows(ui, ROW_HEIGHT, quarantined.len(), |ui, rows| {
                for place in rows {
                    let Some(one) = quarantined.get(place) else {
                        continue;
                    };
                    let chosen = self.quarantined == Some(place);
                    let name = format!("隔离的第 {} 个：{}", one.feature, one.reason);
                    if widgets::list_row(ui, ROW_HEIGHT, chosen, &name, |ui| {
                        ui.add_sized(
                            [58.0, ROW_HEIGHT],
                            Label::new(RichText::new(format!("第 {} 个", one.feature)).weak()),
                        );
                        ui.add(Label::new(&one.reason).truncate());
                    })
                    .clicked()
                    {
                        self.quarantined = Some(place);
                    }
                }
            });
        let Some(one) = self.quarantined.and_then(|place| quarantined.get(place)) else {
            ui.add_space(space::XS);
            let text = "这些要素连同原文存入隔离区，导入后可以修改、重试或导出。";
            ui.add(Label::new(RichText::new(text).small().weak()).wrap());
            return;
        };
        detail_ui(ui, &one.reason, one.code.remedy());
        let raw: String = one.raw.chars().take(RAW_CHARS).collect();
        ScrollArea::vertical()
            .id_salt("raw")
            .auto_shrink(false)
            .show(ui, |ui| {
                let text = RichText::new(raw).small().weak();
                ui.add(Label::new(text).wrap().selectable(true));
            });
    }
}

fn issue_row_ui(ui: &mut Ui, issue: &Issue, chosen: bool) -> bool {
    let tokens = theme::of(ui);
    let color = match issue.action {
        Action::Kept => tokens.text_weak,
        Action::Repaired => tokens.warning,
        Action::Quarantined => tokens.danger,
    };
    let place = issue
        .feature
        .map_or_else(|| "文件".to_owned(), |number| format!("第 {number} 个"));
    let name = format!("问题：{place}，{}", issue.message);
    widgets::list_row(ui, ROW_HEIGHT, chosen, &name, |ui| {
        ui.allocate_ui_with_layout(
            egui::vec2(52.0, ROW_HEIGHT),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(52.0);
                widgets::badge(ui, issue.action.label(), color);
            },
        );
        ui.allocate_ui_with_layout(
            egui::vec2(58.0, ROW_HEIGHT),
            Layout::left_to_right(Align::Center),
            |ui| {
                ui.set_width(58.0);
                ui.add(Label::new(RichText::new(place.as_str()).weak()).truncate());
            },
        );
        ui.add(Label::new(&issue.message).truncate());
    })
    .clicked()
}

/// All of the sentence, and what to do.
fn detail_ui(ui: &mut Ui, sentence: &str, remedy: &str) {
    let tokens = theme::of(ui);
    egui::Frame::new()
        .fill(tokens.sunken)
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 2.0;
            ScrollArea::vertical()
                .id_salt("detail")
                .max_height(DETAIL_HEIGHT - 24.0)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    ui.add(
                        Label::new(RichText::new(sentence).small())
                            .wrap()
                            .selectable(true),
                    );
                    let remedy = RichText::new(format!("处理：{remedy}")).small().weak();
                    ui.add(Label::new(remedy).wrap());
                });
        });
}

/// Empty for a problem of the file as a whole, and of a feature that has no place.
fn focus_of(layer: &Layer, issue: &Issue) -> Focus {
    let feature = issue
        .feature
        .and_then(|number| i64::try_from(number).ok())
        .and_then(|number| feature_at(layer, number));
    Focus {
        at: issue.at,
        geometry: feature.and_then(|feature| feature.geometry.clone()),
    }
}

/// Before it is stored a feature's `fid` is its number in the file, and they ascend.
fn feature_at(layer: &Layer, number: i64) -> Option<&Feature> {
    let place = (layer.features).binary_search_by_key(&number, |feature| feature.fid);
    layer.features.get(place.ok()?)
}
