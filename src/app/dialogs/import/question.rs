//! The one question that a file may leave open: which coordinate system it is in.
//!
//! Each answer says what speaks for it, and the map shows where it would put the file. Deliberately
//! absent: how candidates are found.

use egui::{Label, RichText, ScrollArea, Sense, Stroke, Ui};

use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::crs::{Extent, LonLat};
use crate::formats::{CrsCandidate, CrsChoice};

/// Which answer is looked at.
#[derive(Debug, Default)]
pub(super) struct Question {
    chosen: usize,
}

/// What the user did.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// Wants to see this one on the map.
    Look(Vec<LonLat>),
    /// Decided.
    Read(CrsChoice),
}

impl Question {
    /// Where the answer that is looked at would put the file.
    pub(super) fn points<'a>(&self, candidates: &'a [CrsCandidate]) -> &'a [LonLat] {
        candidates
            .get(self.chosen)
            .map_or(&[], |candidate| &candidate.points)
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, candidates: &[CrsCandidate]) -> Option<Answer> {
        let mut answer = None;
        let height = (ui.available_height() - size::CONTROL - space::M).max(80.0);
        ScrollArea::vertical()
            .id_salt("crs candidates")
            .max_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (place, candidate) in candidates.iter().enumerate() {
                    if card_ui(ui, candidate, self.chosen == place) {
                        self.chosen = place;
                        answer = Some(Answer::Look(candidate.points.clone()));
                    }
                }
            });
        ui.add_space(space::XS);
        if let Some(candidate) = candidates.get(self.chosen)
            && widgets::primary_button(ui, true, "按此坐标系读取").clicked()
        {
            answer = Some(Answer::Read(candidate.choice()));
        }
        answer
    }
}

fn card_ui(ui: &mut Ui, candidate: &CrsCandidate, chosen: bool) -> bool {
    let tokens = theme::of(ui);
    let (fill, line) = if chosen {
        (tokens.accent_soft, tokens.accent)
    } else {
        (tokens.surface, tokens.border)
    };
    let label = candidate.label();
    let card = egui::Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, line))
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(10, 7))
        .show(ui, |ui| {
            ui.set_width(ui.available_width() - space::XS);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add(Label::new(RichText::new(brief(&label)).strong()).wrap());
            ui.horizontal_wrapped(|ui| {
                // The evidence says so where it does not.
                if candidate.in_district {
                    widgets::badge(ui, "落在市中区", tokens.success);
                }
                let evidence = RichText::new(&candidate.evidence).small().weak();
                ui.add(Label::new(evidence).wrap());
            });
        })
        .response
        .interact(Sense::click())
        .on_hover_cursor(egui::CursorIcon::PointingHand);
    card.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::Role::RadioButton,
            true,
            chosen,
            format!("坐标系可能是：{label}"),
        )
    });
    card.clicked()
}

/// A system's name without what all of them here have in common.
pub(super) fn brief(label: &str) -> String {
    label.replace("高斯–克吕格 ", "")
}

/// Around some places.
pub(super) fn extent_of(points: &[LonLat]) -> Option<Extent> {
    points
        .iter()
        .map(|at| Extent::of_point(*at))
        .reduce(Extent::union)
}
