//! The ledger: the projects of 附表一 as a table with filters, sorting and sums that follow them.

mod rows;

use std::path::PathBuf;

use egui::{Align, Key, Label, Layout, Modifiers, RichText, ScrollArea, Sense, Stroke, Ui};
use egui_extras::{Column as TableColumn, TableBuilder, TableRow};
use egui_material_icons::icons;

pub use rows::{Choices, Column, Filter, Sort, Totals, rows};

use crate::app::command::{Command, DialogKind, Selection};
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::document::Document;
use crate::model::{ProjectSite, SiteId, SiteStatus};
use crate::scene::style::MapStyle;

/// The ledger's own state between frames.
#[derive(Debug, Default)]
pub struct LedgerPanel {
    pub filter: Filter,
    /// The last click was in the table: arrow keys and copy belong to it.
    active: bool,
    shown: Shown,
    scroll_to: Option<SiteId>,
    last_selected: Option<SiteId>,
}

/// What is derived from document, filter and sort; made again when one of them changes.
#[derive(Debug, Default)]
struct Shown {
    key: Option<(PathBuf, u64, Filter, Sort)>,
    rows: Vec<SiteId>,
    totals: Totals,
    choices: Choices,
}

impl LedgerPanel {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        document: &Document,
        selection: Option<Selection>,
        sort: &mut Sort,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        self.refresh(document, *sort);
        self.filter_bar_ui(ui);
        egui::Panel::bottom("ledger_totals")
            .resizable(false)
            .show_separator_line(false)
            .frame(egui::Frame::new())
            .exact_size(size::ROW)
            .show(ui, |ui| self.totals_ui(ui, document.sites().len()));
        egui::CentralPanel::no_frame().show(ui, |ui| {
            self.table_ui(ui, document, selection, sort, style, commands);
        });
    }

    fn refresh(&mut self, document: &Document, sort: Sort) {
        let key = (
            document.path().to_owned(),
            document.revision(),
            self.filter.clone(),
            sort,
        );
        if self.shown.key.as_ref() == Some(&key) {
            return;
        }
        let sites = document.sites();
        let rows = rows(sites, &self.filter, sort);
        self.shown = Shown {
            totals: Totals::of(rows.iter().filter_map(|id| sites.get(id))),
            choices: Choices::of(sites),
            rows,
            key: Some(key),
        };
    }

    fn filter_bar_ui(&mut self, ui: &mut Ui) {
        let choices = &self.shown.choices;
        let filter = &mut self.filter;
        ui.horizontal(|ui| {
            ui.set_min_height(size::CONTROL + space::XS);
            ui.label(RichText::new("项目台账").heading());
            ui.add_space(space::XS);
            widgets::search_field(
                ui,
                &mut filter.text,
                "筛选项目",
                "名称、地点、单位或拼音",
                160.0,
            );
            choice_ui(
                ui,
                "所属工程",
                120.0,
                &mut filter.category,
                &choices.categories,
                Clone::clone,
            );
            choice_ui(
                ui,
                "状态",
                72.0,
                &mut filter.status,
                &SiteStatus::ALL,
                |status| status.label().to_owned(),
            );
            choice_ui(
                ui,
                "建设单位",
                120.0,
                &mut filter.unit,
                &choices.units,
                Clone::clone,
            );
            choice_ui(
                ui,
                "年份",
                64.0,
                &mut filter.year,
                &choices.years,
                |year| format!("{year}年"),
            );
            if !filter.is_empty() && ui.button("清除筛选").clicked() {
                *filter = Filter::default();
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.weak("金额单位：万元");
            });
        });
    }

    fn totals_ui(&self, ui: &mut Ui, all: usize) {
        let totals = &self.shown.totals;
        let rect = ui.max_rect();
        ui.painter().hline(
            rect.x_range(),
            rect.top(),
            Stroke::new(1.0, theme::of(ui).border),
        );
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            let count = if totals.count == all {
                format!("共 {all} 项")
            } else {
                format!("筛选出 {} 项（共 {all} 项）", totals.count)
            };
            ui.strong(count);
            for (label, amount) in [
                ("投资概算合计", totals.planned),
                ("累计到位", totals.arrived),
                ("累计完成", totals.completed),
            ] {
                let amount = widgets::grouped(&amount.to_string());
                ui.label(format!("{label} {amount} 万元"));
            }
            ui.label(format!("完成率 {}", totals.rate()));
        });
    }

    fn table_ui(
        &mut self,
        ui: &mut Ui,
        document: &Document,
        selection: Option<Selection>,
        sort: &mut Sort,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        let selected = match selection {
            Some(Selection::Site(id)) => Some(id),
            _ => None,
        };
        if selected != self.last_selected {
            self.last_selected = selected;
            self.scroll_to = selected;
        }
        if ui.input(|input| input.pointer.any_pressed()) {
            self.active = ui.rect_contains_pointer(ui.max_rect());
        }
        self.keys(ui, document, selected, commands);
        if self.shown.rows.is_empty() {
            ui.centered_and_justified(|ui| {
                ui.weak(if document.sites().is_empty() {
                    "此工作区没有项目"
                } else {
                    "没有符合条件的项目，请放宽筛选条件"
                });
            });
            return;
        }
        let scroll_to = self
            .scroll_to
            .take()
            .and_then(|id| self.shown.rows.iter().position(|row| *row == id));
        ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing = egui::vec2(space::S, 0.0);
            let mut table = TableBuilder::new(ui)
                .id_salt("ledger")
                .striped(true)
                .resizable(true)
                .auto_shrink(false)
                .sense(Sense::click())
                .cell_layout(Layout::left_to_right(Align::Center));
            for column in Column::ALL {
                table = table.column(table_column(column));
            }
            if let Some(row) = scroll_to {
                table = table.scroll_to_row(row, None);
            }
            table
                .header(size::ROW, |mut header| {
                    for column in Column::ALL {
                        header.col(|ui| header_ui(ui, column, sort));
                    }
                })
                .body(|body| {
                    body.rows(size::ROW, self.shown.rows.len(), |mut row| {
                        let site = self
                            .shown
                            .rows
                            .get(row.index())
                            .and_then(|id| document.site(*id));
                        if let Some(site) = site {
                            row_ui(&mut row, site, selected, style, commands);
                        }
                    });
                });
        });
    }

    /// Up and down walk through the rows; copy takes the selected one.
    fn keys(
        &self,
        ui: &Ui,
        document: &Document,
        selected: Option<SiteId>,
        commands: &mut Vec<Command>,
    ) {
        if !self.active || ui.ctx().memory(|memory| memory.focused().is_some()) {
            return;
        }
        let at = selected.and_then(|id| self.shown.rows.iter().position(|row| *row == id));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let next = if pressed(Key::ArrowDown) {
            Some(at.map_or(0, |at| at + 1))
        } else if pressed(Key::ArrowUp) {
            Some(at.map_or(0, |at| at.saturating_sub(1)))
        } else {
            None
        };
        if let Some(id) = next.and_then(|next| self.shown.rows.get(next)) {
            commands.push(Command::Select(Some(Selection::Site(*id))));
        }
        let copied = ui.input(|input| {
            input
                .events
                .iter()
                .any(|event| matches!(event, egui::Event::Copy))
        });
        if copied && let Some(site) = selected.and_then(|id| document.site(id)) {
            commands.push(copy_row(site));
        }
    }
}

fn table_column(column: Column) -> TableColumn {
    let width = match column {
        Column::Number => 42.0,
        Column::Name => 252.0,
        Column::Status => 76.0,
        Column::Category | Column::Units => 150.0,
        Column::Location => 130.0,
        Column::Years => 82.0,
        Column::Planned | Column::Arrived | Column::Completed => 78.0,
        Column::Rate | Column::Placement => 62.0,
    };
    TableColumn::initial(width).at_least(40.0).clip(true)
}

fn header_ui(ui: &mut Ui, column: Column, sort: &mut Sort) {
    let tokens = theme::of(ui);
    ui.painter().rect_filled(
        ui.max_rect().expand2(egui::vec2(space::XS, 0.0)),
        0.0,
        tokens.chrome,
    );
    let layout = if column.is_number() {
        Layout::right_to_left(Align::Center)
    } else {
        Layout::left_to_right(Align::Center)
    };
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let sorted = sort.column == column;
        let text = RichText::new(column.label()).color(if sorted {
            tokens.accent
        } else {
            tokens.text_weak
        });
        let response = ui.add(Label::new(text).truncate().sense(Sense::click()));
        let response = widgets::named(
            response,
            egui::Role::Button,
            &format!("按{}排序", column.label()),
        );
        if sorted {
            let arrow = if sort.descending {
                icons::ICON_ARROW_DOWNWARD
            } else {
                icons::ICON_ARROW_UPWARD
            };
            ui.label(arrow.rich_text().size(13.0).color(tokens.accent));
        }
        if response
            .on_hover_cursor(egui::CursorIcon::PointingHand)
            .clicked()
        {
            *sort = sort.clicked(column);
        }
    });
}

fn row_ui(
    row: &mut TableRow<'_, '_>,
    site: &ProjectSite,
    selected: Option<SiteId>,
    style: &MapStyle,
    commands: &mut Vec<Command>,
) {
    row.set_selected(selected == Some(site.id));
    for column in Column::ALL {
        row.col(|ui| cell_ui(ui, column, site, style));
    }
    let response = row.response();
    let select = Command::Select(Some(Selection::Site(site.id)));
    if response.double_clicked() {
        commands.extend([select, Command::ZoomToSelection]);
    } else if response.clicked() || response.secondary_clicked() {
        commands.push(select);
    }
    response.context_menu(|ui| {
        if ui.button("在地图上定位").clicked() {
            commands.push(Command::ZoomToSelection);
        }
        if ui.button("打印位置图…").clicked() {
            commands.push(Command::OpenDialog(DialogKind::Print));
        }
        if ui.button("复制本行").clicked() {
            commands.push(copy_row(site));
        }
    });
}

fn cell_ui(ui: &mut Ui, column: Column, site: &ProjectSite, style: &MapStyle) {
    let tokens = theme::of(ui);
    match column {
        Column::Status => {
            ui.spacing_mut().item_spacing.x = space::XS;
            widgets::dot(ui, theme::color32(style.status_color(site.status())));
            ui.add(Label::new(site.status().label()).truncate());
        }
        Column::Placement => {
            let grade = site.placement.grade;
            let color = theme::placement_color(grade, tokens);
            widgets::badge(ui, grade.label(), color).on_hover_text(&site.placement.basis);
        }
        Column::Planned | Column::Arrived | Column::Completed | Column::Rate | Column::Number => {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = match column {
                    Column::Arrived if site.arrived().is_zero() => "—".to_owned(),
                    Column::Completed | Column::Rate if site.completed().is_zero() => {
                        "—".to_owned()
                    }
                    Column::Rate | Column::Number => column.cell(site),
                    _ => widgets::grouped(&column.cell(site)),
                };
                let weak = text == "—" || column == Column::Number;
                let text = RichText::new(text);
                ui.add(Label::new(if weak { text.weak() } else { text }).truncate());
            });
        }
        _ => {
            ui.add(Label::new(column.cell(site)).truncate());
        }
    }
}

/// Tab-separated, as spreadsheets paste it.
fn copy_row(site: &ProjectSite) -> Command {
    let cells = Column::ALL.map(|column| column.cell(site));
    Command::CopyText {
        text: cells.join("\t"),
        what: format!("第 {} 项", site.id.0),
    }
}

fn choice_ui<T: Clone + PartialEq>(
    ui: &mut Ui,
    name: &str,
    width: f32,
    chosen: &mut Option<T>,
    choices: &[T],
    label: impl Fn(&T) -> String,
) {
    let text = chosen.as_ref().map_or_else(|| name.to_owned(), &label);
    let color = if chosen.is_some() {
        theme::of(ui).accent
    } else {
        theme::of(ui).text_weak
    };
    let response = egui::ComboBox::from_id_salt(("ledger filter", name))
        .selected_text(RichText::new(text).color(color))
        .width(width)
        .icon(widgets::chevron)
        .truncate()
        .show_ui(ui, |ui| {
            ui.set_min_width(width.max(120.0));
            ui.selectable_value(chosen, None, format!("全部{name}"));
            for choice in choices {
                ui.selectable_value(chosen, Some(choice.clone()), label(choice));
            }
        })
        .response;
    widgets::named(response, egui::Role::ComboBox, &format!("按{name}筛选"));
}
