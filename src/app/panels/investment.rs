//! A project's money by year: plan, funds arrived by source, completed. Cells are edited in 万元.
//!
//! A cell's text becomes one [`Edit`] when it is left; text that is no amount stays, red, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Align, Key, Label, RichText, Sense, Stroke, TextEdit, Ui, WidgetInfo};
use egui_material_icons::icons;

use crate::app::command::Command;
use crate::app::theme::{self, size};
use crate::app::widgets;
use crate::document::Document;
use crate::model::{Edit, FundSource, Money, ProjectSite, SiteId, YearInvestment};

/// One amount of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Amount {
    Planned,
    Arrived(FundSource),
    Completed,
}

impl Amount {
    fn label(self) -> String {
        match self {
            Self::Planned => "计划".to_owned(),
            Self::Arrived(source) => format!("{}到位", source.label()),
            Self::Completed => "完成".to_owned(),
        }
    }

    fn of(self, year: &YearInvestment) -> Option<Money> {
        match self {
            Self::Planned => year.planned,
            Self::Arrived(source) => year.arrived.get(&source).copied(),
            Self::Completed => year.completed,
        }
    }

    fn set(self, year: &mut YearInvestment, amount: Option<Money>) {
        match (self, amount) {
            (Self::Planned, amount) => year.planned = amount,
            (Self::Completed, amount) => year.completed = amount,
            (Self::Arrived(source), Some(amount)) => {
                year.arrived.insert(source, amount);
            }
            (Self::Arrived(source), None) => {
                year.arrived.remove(&source);
            }
        }
    }
}

/// A cell of the table.
type Cell = (SiteId, i32, Amount);

/// What is being typed, and what the user unfolded.
#[derive(Debug, Default)]
pub struct InvestmentTable {
    typed: BTreeMap<Cell, String>,
    /// Years the user added that hold nothing yet.
    added: BTreeSet<(SiteId, i32)>,
    unfolded: Option<(SiteId, i32)>,
}

impl InvestmentTable {
    pub fn ui(&mut self, ui: &mut Ui, site: &ProjectSite, commands: &mut Vec<Command>) {
        widgets::section_title(ui, "投资（万元）");
        let years = self.years(site);
        bars_ui(ui, site, &years);
        let mut problems = Vec::new();
        let columns = Columns::of(ui);
        ui.horizontal(|ui| {
            Columns::year(ui, |ui| ui.weak("年度"));
            for title in ["计划", "到位", "完成"] {
                columns.amount(ui, |ui| ui.weak(title));
            }
        });
        for year in &years {
            self.year_ui(ui, columns, site, *year, &mut problems, commands);
        }
        sums_ui(ui, columns, site, &years);
        for problem in problems {
            let color = theme::of(ui).danger;
            ui.add(Label::new(RichText::new(problem).small().color(color)).wrap());
        }
        self.add_year_ui(ui, site, &years);
    }

    /// The site for which something was typed and not saved.
    pub fn unsaved(&self) -> Option<SiteId> {
        self.typed.keys().next().map(|(site, ..)| *site)
    }

    pub fn discard(&mut self) {
        self.typed.clear();
    }

    /// Cells of sites that are no longer shown were left without being asked: what is an amount is
    /// saved now, the rest is kept for its site.
    pub fn commit_elsewhere(
        &mut self,
        document: &Document,
        shown: Option<SiteId>,
        commands: &mut Vec<Command>,
    ) {
        let left: Vec<Cell> = self
            .typed
            .keys()
            .filter(|(site, ..)| Some(*site) != shown)
            .copied()
            .collect();
        for cell in left {
            match document.site(cell.0) {
                Some(site) => self.leave(site, cell, commands),
                None => {
                    self.typed.remove(&cell);
                }
            }
        }
    }

    fn years(&self, site: &ProjectSite) -> Vec<i32> {
        let added = self
            .added
            .iter()
            .filter(|(id, _)| *id == site.id)
            .map(|(_, year)| *year);
        let years: BTreeSet<i32> = site
            .years
            .years()
            .chain(site.investments.keys().copied())
            .chain(added)
            .collect();
        match (years.first(), years.last()) {
            // Without gaps, so that a missing report is seen to be missing. A year far off (a slip of
            // another program) stands alone.
            (Some(first), Some(last)) if last - first <= 30 => (*first..=*last).collect(),
            _ => years.into_iter().collect(),
        }
    }

    fn year_ui(
        &mut self,
        ui: &mut Ui,
        columns: Columns,
        site: &ProjectSite,
        year: i32,
        problems: &mut Vec<String>,
        commands: &mut Vec<Command>,
    ) {
        let unfolded = self.unfolded == Some((site.id, year));
        let arrived = site
            .investments
            .get(&year)
            .map(YearInvestment::arrived_total)
            .unwrap_or_default();
        ui.horizontal(|ui| {
            Columns::year(ui, |ui| ui.label(year.to_string()));
            let planned = (site.id, year, Amount::Planned);
            self.cell_ui(ui, columns, site, planned, problems, commands);
            if arrived_button_ui(ui, columns, year, arrived, unfolded).clicked() {
                self.unfolded = (!unfolded).then_some((site.id, year));
            }
            let completed = (site.id, year, Amount::Completed);
            self.cell_ui(ui, columns, site, completed, problems, commands);
        });
        if unfolded {
            for source in FundSource::ALL {
                ui.horizontal(|ui| {
                    Columns::year(ui, |ui| ui.label(""));
                    columns.amount(ui, |ui| ui.weak(source.label()));
                    let cell = (site.id, year, Amount::Arrived(source));
                    self.cell_ui(ui, columns, site, cell, problems, commands);
                });
            }
        }
    }

    fn cell_ui(
        &mut self,
        ui: &mut Ui,
        columns: Columns,
        site: &ProjectSite,
        cell: Cell,
        problems: &mut Vec<String>,
        commands: &mut Vec<Command>,
    ) {
        let (_, year, amount) = cell;
        let tokens = theme::of(ui);
        let saved = saved_amount(site, cell).map(|money| money.to_string());
        let saved = saved.unwrap_or_default();
        let typed = self.typed.get(&cell);
        let mut text = typed.unwrap_or(&saved).clone();
        let problem = typed.and_then(|typed| read_amount(typed).err());
        let response = ui.add_sized(
            egui::vec2(columns.amount_width, size::CONTROL - 2.0),
            TextEdit::singleline(&mut text)
                .id_salt(("amount", cell.0.0, year, amount.label()))
                .margin(egui::Margin::symmetric(6, 4))
                .align(egui::Align2::RIGHT_CENTER)
                .hint_text("—")
                .text_color_opt(problem.is_some().then_some(tokens.danger)),
        );
        let name = format!("{year}年{}", amount.label());
        response.widget_info(|| {
            let mut info = WidgetInfo::text_edit(true, &text, &text, "—");
            info.label = Some(name.clone());
            info
        });
        if problem.is_some() {
            ui.painter().rect_stroke(
                response.rect,
                size::RADIUS,
                Stroke::new(1.0, tokens.danger),
                egui::StrokeKind::Inside,
            );
        }
        if response.changed() {
            self.typed.insert(cell, text);
        }
        if response.lost_focus() {
            if ui.input(|input| input.key_pressed(Key::Escape)) {
                self.typed.remove(&cell);
            } else {
                self.leave(site, cell, commands);
            }
        }
        if let Some(problem) = problem {
            problems.push(format!("{name}：{problem}"));
        }
    }

    /// A cell is left: an amount becomes an edit, anything else stays to be corrected.
    fn leave(&mut self, site: &ProjectSite, cell: Cell, commands: &mut Vec<Command>) {
        let Some(Ok(amount)) = self.typed.get(&cell).map(|text| read_amount(text)) else {
            return;
        };
        self.typed.remove(&cell);
        if amount == saved_amount(site, cell) {
            return;
        }
        let (_, year, field) = cell;
        let old = site.investments.get(&year).cloned().unwrap_or_default();
        let mut new = old.clone();
        field.set(&mut new, amount);
        commands.push(Command::Edit(Edit::SetInvestment {
            site: site.id,
            year,
            old,
            new,
        }));
    }

    fn add_year_ui(&mut self, ui: &mut Ui, site: &ProjectSite, years: &[i32]) {
        let (first, last) = match (years.first(), years.last()) {
            (Some(first), Some(last)) => (first - 1, last + 1),
            _ => return,
        };
        ui.horizontal(|ui| {
            for year in [first, last] {
                if ui.small_button(format!("增加 {year} 年")).clicked() {
                    self.added.insert((site.id, year));
                }
            }
        });
    }
}

fn saved_amount(site: &ProjectSite, (_, year, amount): Cell) -> Option<Money> {
    amount.of(site.investments.get(&year)?)
}

/// An empty cell means "not reported", which is not 0.
fn read_amount(text: &str) -> Result<Option<Money>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match Money::parse_wan(text) {
        Ok(money) if money < Money::ZERO => Err("金额不能是负数".to_owned()),
        Ok(money) => Ok(Some(money)),
        Err(err) => Err(err.to_string()),
    }
}

/// The table's columns: the years, and three equal ones of money.
#[derive(Clone, Copy)]
struct Columns {
    amount_width: f32,
}

impl Columns {
    const YEAR_WIDTH: f32 = 44.0;

    fn of(ui: &Ui) -> Self {
        let gaps = 3.0 * ui.spacing().item_spacing.x;
        Self {
            amount_width: (ui.available_width() - Self::YEAR_WIDTH - gaps) / 3.0,
        }
    }

    fn year(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> egui::Response) {
        Self::column(
            ui,
            Self::YEAR_WIDTH,
            egui::Layout::left_to_right(Align::Center),
            content,
        );
    }

    /// Money stands on the right, under its title.
    fn amount(self, ui: &mut Ui, content: impl FnOnce(&mut Ui) -> egui::Response) {
        let layout = egui::Layout::right_to_left(Align::Center);
        Self::column(ui, self.amount_width, layout, |ui| {
            ui.add_space(6.0);
            content(ui)
        });
    }

    fn column(
        ui: &mut Ui,
        width: f32,
        layout: egui::Layout,
        content: impl FnOnce(&mut Ui) -> egui::Response,
    ) {
        ui.allocate_ui_with_layout(egui::vec2(width, 20.0), layout, |ui| {
            ui.set_width(width);
            content(ui);
        });
    }
}

/// The year's funds, which open into their sources.
fn arrived_button_ui(
    ui: &mut Ui,
    columns: Columns,
    year: i32,
    arrived: Money,
    unfolded: bool,
) -> egui::Response {
    let icon = if unfolded {
        icons::ICON_EXPAND_MORE
    } else {
        icons::ICON_CHEVRON_RIGHT
    };
    let text = if arrived.is_zero() {
        "—".to_owned()
    } else {
        widgets::grouped(&arrived.to_string())
    };
    let response = ui.add_sized(
        egui::vec2(columns.amount_width, size::CONTROL - 2.0),
        egui::Button::new(icon.rich_text().size(14.0))
            .right_text(text)
            .frame_when_inactive(unfolded),
    );
    widgets::named(response, egui::Role::Button, &format!("{year}年到位资金"))
        .on_hover_text("按资金来源填写")
}

fn sums_ui(ui: &mut Ui, columns: Columns, site: &ProjectSite, years: &[i32]) {
    let planned: Money = years
        .iter()
        .filter_map(|year| site.investments.get(year)?.planned)
        .sum();
    ui.horizontal(|ui| {
        Columns::year(ui, |ui| ui.strong("合计"));
        for amount in [planned, site.arrived(), site.completed()] {
            columns.amount(ui, |ui| ui.strong(widgets::grouped(&amount.to_string())));
        }
    });
}

/// Planned beside completed, year by year, on one scale.
fn bars_ui(ui: &mut Ui, site: &ProjectSite, years: &[i32]) {
    const HEIGHT: f32 = 56.0;
    let most = site
        .investments
        .values()
        .flat_map(|year| [year.planned, year.completed])
        .flatten()
        .max()
        .unwrap_or_default();
    if most.is_zero() || years.is_empty() {
        return;
    }
    let tokens = theme::of(ui);
    let width = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(egui::vec2(width, HEIGHT + 18.0), Sense::hover());
    let base = rect.top() + HEIGHT;
    let step = width / years.len() as f32;
    let bar_width = (step * 0.28).min(18.0);
    let painter = ui.painter();
    painter.hline(rect.x_range(), base, Stroke::new(1.0, tokens.border_strong));
    for (index, year) in years.iter().enumerate() {
        let middle = rect.left() + step * (index as f32 + 0.5);
        let money = site.investments.get(year);
        for (amount, left, color) in [
            (
                money.and_then(|m| m.planned),
                middle - bar_width - 1.0,
                tokens.planned,
            ),
            (money.and_then(|m| m.completed), middle + 1.0, tokens.accent),
        ] {
            #[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
            let share = amount.unwrap_or_default().share_of(most) as f32;
            let bar = egui::Rect::from_min_max(
                egui::pos2(left, base - (HEIGHT - 4.0) * share),
                egui::pos2(left + bar_width, base),
            );
            painter.rect_filled(bar, 1.0, color);
        }
        painter.text(
            egui::pos2(middle, base + 3.0),
            egui::Align2::CENTER_TOP,
            year.to_string(),
            egui::FontId::proportional(theme::text::CAPTION - 1.0),
            tokens.text_weak,
        );
    }
    widgets::named(response, egui::Role::Image, "分年度计划与完成投资")
        .on_hover_text("灰色：年度计划；绿色：完成投资");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cell_is_not_reported_and_zero_is_zero() {
        assert_eq!(read_amount(" "), Ok(None));
        assert_eq!(read_amount("0"), Ok(Some(Money::ZERO)));
        assert_eq!(
            read_amount("1,200.5"),
            Ok(Some(Money::parse_wan("1200.5").unwrap()))
        );
    }

    #[test]
    fn what_is_no_amount_is_said_in_a_sentence() {
        assert!(read_amount("约三百").unwrap_err().contains("不是金额"));
        assert!(read_amount("-3").is_err());
    }
}
