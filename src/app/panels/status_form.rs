//! The status of a project: its dated history, and the form for the next step.

use egui::{Label, RichText, TextEdit, Ui, WidgetInfo};
use jiff::ZonedDateTime;
use jiff::civil::Date;

use crate::app::command::Command;
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::model::{Edit, ProjectSite, SiteId, SiteStatus, StatusChange};
use crate::scene::style::MapStyle;

/// A change being typed.
#[derive(Clone, Debug, PartialEq)]
struct Draft {
    site: SiteId,
    status: SiteStatus,
    date: String,
    note: String,
}

/// The form's state between frames; at most one change is being typed.
#[derive(Debug, Default)]
pub struct StatusForm {
    draft: Option<Draft>,
    /// As the form was opened: to know whether anything was typed.
    opened: Option<Draft>,
}

impl StatusForm {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        site: &ProjectSite,
        style: &MapStyle,
        commands: &mut Vec<Command>,
    ) {
        widgets::section_title(ui, "状态");
        history_ui(ui, site, style);
        if self
            .draft
            .as_ref()
            .is_some_and(|draft| draft.site == site.id)
        {
            self.form_ui(ui, site, commands);
        } else if ui
            .add_enabled(self.unsaved().is_none(), egui::Button::new("更改状态"))
            .on_disabled_hover_text("请先保存或放弃另一个项目正在填写的状态")
            .clicked()
        {
            let draft = Draft {
                site: site.id,
                status: site.status(),
                date: ZonedDateTime::now().date().to_string(),
                note: String::new(),
            };
            self.opened = Some(draft.clone());
            self.draft = Some(draft);
        }
    }

    /// The site for which something was typed and not saved.
    pub fn unsaved(&self) -> Option<SiteId> {
        let draft = self.draft.as_ref()?;
        (self.draft != self.opened).then_some(draft.site)
    }

    pub fn discard(&mut self) {
        self.draft = None;
        self.opened = None;
    }

    fn form_ui(&mut self, ui: &mut Ui, site: &ProjectSite, commands: &mut Vec<Command>) {
        let Some(draft) = &mut self.draft else {
            return;
        };
        let tokens = theme::of(ui);
        let date = parse_date(&draft.date);
        let mut saved = None;
        let mut cancelled = false;
        egui::Frame::new()
            .fill(tokens.surface)
            .stroke(egui::Stroke::new(1.0, tokens.border))
            .corner_radius(size::RADIUS)
            .inner_margin(space::M)
            .show(ui, |ui| {
                let label_width = 40.0;
                let field_width = ui.available_width() - label_width - space::S;
                let row = |ui: &mut Ui, label: &str, add: &mut dyn FnMut(&mut Ui)| {
                    ui.horizontal(|ui| {
                        widgets::row_label(ui, label, label_width, size::CONTROL);
                        add(ui);
                    });
                };
                row(ui, "状态", &mut |ui| {
                    let combo = egui::ComboBox::from_id_salt("new status")
                        .selected_text(draft.status.label())
                        .width(field_width)
                        .icon(widgets::chevron)
                        .show_ui(ui, |ui| {
                            for status in SiteStatus::ALL {
                                ui.selectable_value(&mut draft.status, status, status.label());
                            }
                        })
                        .response;
                    widgets::named(combo, egui::Role::ComboBox, "新状态");
                });
                row(ui, "日期", &mut |ui| {
                    let edit = TextEdit::singleline(&mut draft.date)
                        .hint_text("2026-03-01")
                        .desired_width(field_width - 64.0)
                        .text_color_opt(date.is_none().then_some(tokens.danger));
                    name_field(&ui.add(edit), "日期");
                    if ui.button("今天").clicked() {
                        draft.date = ZonedDateTime::now().date().to_string();
                    }
                });
                row(ui, "说明", &mut |ui| {
                    let edit = TextEdit::singleline(&mut draft.note)
                        .hint_text("依据、文号等（可不填）")
                        .desired_width(field_width);
                    name_field(&ui.add(edit), "说明");
                });
                if date.is_none() {
                    ui.add(
                        Label::new(
                            RichText::new(format!(
                                "“{}”不是日期，请按 2026-03-01 的形式填写",
                                draft.date.trim()
                            ))
                            .small()
                            .color(tokens.danger),
                        )
                        .wrap(),
                    );
                }
                ui.horizontal(|ui| {
                    if widgets::primary_button(ui, date.is_some(), "保存").clicked() {
                        saved = date;
                    }
                    cancelled = widgets::button(ui, "取消").clicked();
                });
            });
        if let Some(date) = saved {
            commands.push(Command::Edit(change(site, draft, date)));
        }
        if saved.is_some() || cancelled {
            self.discard();
        }
    }
}

fn change(site: &ProjectSite, draft: &Draft, date: Date) -> Edit {
    let mut new = site.status_changes.clone();
    new.push(StatusChange {
        date,
        status: draft.status,
        note: draft.note.trim().to_owned(),
    });
    // A step that is entered late still stands where it belongs.
    new.sort_by_key(|change| change.date);
    Edit::SetStatusChanges {
        site: site.id,
        old: site.status_changes.clone(),
        new,
    }
}

fn history_ui(ui: &mut Ui, site: &ProjectSite, style: &MapStyle) {
    if site.status_changes.is_empty() {
        ui.add(Label::new(RichText::new("尚无记录，按规划列为“谋划”").weak()).wrap());
        return;
    }
    for change in site.status_changes.iter().rev() {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            widgets::dot(ui, theme::color32(style.status_color(change.status)));
            ui.weak(change.date.to_string());
            ui.label(change.status.label());
            ui.add(Label::new(RichText::new(&change.note).weak()).wrap());
        });
    }
    ui.add_space(space::XS);
}

fn name_field(response: &egui::Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, name));
}

/// `2026-03-01`, `2026-3-1`, `2026/3/1`, `2026.3.1`, `2026年3月1日`, `20260301`.
pub fn parse_date(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut parts = text
        .split(['-', '/', '.', '年', '月', '日'])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;

    #[test]
    fn dates_are_read_as_offices_write_them() {
        let date = Date::new(2026, 3, 1).ok();
        for typed in [
            "2026-03-01",
            "2026-3-1",
            "2026/3/1",
            " 2026年3月1日",
            "20260301",
            "2026.3.1",
        ] {
            assert_eq!(parse_date(typed), date, "{typed}");
        }
        for wrong in [
            "",
            "2026-13-01",
            "2026-02-30",
            "26-3-1",
            "2026-3",
            "明天",
            "2026-3-1-5",
        ] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_step_entered_late_stands_at_its_date() {
        let mut site = testing::sites().remove(&SiteId(19)).unwrap();
        let draft = |status| Draft {
            site: site.id,
            status,
            date: String::new(),
            note: String::new(),
        };
        let (late, early) = (draft(SiteStatus::Completed), draft(SiteStatus::Preparing));
        for (draft, day) in [(late, 20), (early, 10)] {
            let date = Date::new(2026, 3, day).unwrap();
            if let Edit::SetStatusChanges { new, .. } = change(&site, &draft, date) {
                site.status_changes = new;
            }
        }
        assert_eq!(site.status(), SiteStatus::Completed);
        assert_eq!(site.status_changes.len(), 2);
    }
}
