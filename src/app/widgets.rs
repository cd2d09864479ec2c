//! Small pieces that several panels share, so that they look and read the same everywhere.
//!
//! Every widget here carries an accessible name. Deliberately absent: the document.

use egui::{
    Button, Color32, CornerRadius, FontId, Margin, Response, RichText, Role, Sense, Stroke, Ui,
    Vec2, WidgetInfo,
};
use egui_material_icons::MaterialIcon;

use super::theme::{self, size, space, text};

/// The accessible name of a widget that shows only a symbol.
pub fn named(response: Response, role: Role, name: &str) -> Response {
    response.widget_info(|| WidgetInfo::labeled(role, response.enabled(), name));
    response
}

/// The accessible name and state of a checkbox without a text of its own.
pub fn named_checkbox(response: Response, name: &str, on: bool) -> Response {
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, response.enabled(), on, name));
    response
}

/// A symbol and a word without a frame: the bars' buttons.
pub fn tool_button(ui: &mut Ui, icon: MaterialIcon, label: &str, tip: &str) -> Response {
    let response = ui.add(
        Button::new((icon.rich_text().size(text::ICON), label))
            .frame_when_inactive(false)
            .min_size(Vec2::new(0.0, size::CONTROL)),
    );
    named(response, Role::Button, label).on_hover_text(tip)
}

/// A symbol alone; `name` is what it does.
pub fn icon_button(ui: &mut Ui, icon: MaterialIcon, name: &str) -> Response {
    icon_toggle(ui, icon, name, false)
}

/// A symbol alone that can be on.
pub fn icon_toggle(ui: &mut Ui, icon: MaterialIcon, name: &str, on: bool) -> Response {
    let response = ui.add(
        Button::new(icon.rich_text().size(text::ICON))
            .frame_when_inactive(on)
            .selected(on)
            .min_size(Vec2::splat(size::CONTROL)),
    );
    named(response, Role::Button, name).on_hover_text(name)
}

/// A symbol alone, as high as a line of text.
pub fn small_icon_button(ui: &mut Ui, icon: MaterialIcon, name: &str) -> Response {
    let tokens = theme::of(ui);
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = Vec2::splat(2.0);
            ui.spacing_mut().interact_size = Vec2::splat(20.0);
            ui.add(
                Button::new(icon.rich_text().size(15.0).color(tokens.text_weak))
                    .frame_when_inactive(false),
            )
        })
        .inner;
    named(response, Role::Button, name).on_hover_text(name)
}

/// The one button of a dialog that does what the dialog is for.
pub fn primary_button(ui: &mut Ui, enabled: bool, label: &str) -> Response {
    let tokens = theme::of(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (state, fill) in [
            (&mut widgets.inactive, tokens.accent),
            (&mut widgets.hovered, tokens.accent_hover),
            (&mut widgets.active, tokens.accent_hover),
        ] {
            state.weak_bg_fill = fill;
            state.bg_fill = fill;
            state.bg_stroke = Stroke::new(1.0, fill);
            state.fg_stroke = Stroke::new(1.0, tokens.on_accent);
        }
        ui.add_enabled(
            enabled,
            Button::new(RichText::new(label).color(tokens.on_accent))
                .min_size(Vec2::new(76.0, size::CONTROL)),
        )
    })
    .inner
}

pub fn button(ui: &mut Ui, label: &str) -> Response {
    ui.add(Button::new(label).min_size(Vec2::new(76.0, size::CONTROL)))
}

/// A word on a tinted ground: a placement grade, a status.
pub fn badge(ui: &mut Ui, label: &str, color: Color32) -> Response {
    let galley = ui.painter().layout_no_wrap(
        label.to_owned(),
        FontId::proportional(text::CAPTION - 1.0),
        color,
    );
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(galley.size().x + 10.0, 18.0), Sense::hover());
    let painter = ui.painter();
    painter.rect(
        rect,
        CornerRadius::same(9),
        color.gamma_multiply(0.12),
        Stroke::new(1.0, color.gamma_multiply(0.45)),
        egui::StrokeKind::Inside,
    );
    painter.galley(rect.center() - galley.size() / 2.0, galley, color);
    named(response, Role::Label, label)
}

/// A coloured dot before a word: a status.
pub fn dot(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(12.0, 16.0), Sense::hover());
    let painter = ui.painter();
    painter.circle(
        rect.center(),
        5.0,
        color,
        Stroke::new(1.0, theme::of(ui).border_strong),
    );
}

/// The title of a panel, with room for its own buttons on the right.
pub fn panel_title(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(size::CONTROL);
        ui.label(RichText::new(title).size(text::TITLE).strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), right);
    });
}

/// The title of a part of a panel.
pub fn section_title(ui: &mut Ui, title: &str) {
    ui.add_space(space::M);
    ui.label(RichText::new(title).strong());
    let rect = ui.available_rect_before_wrap();
    ui.painter().hline(
        rect.x_range(),
        rect.top() - 2.0,
        Stroke::new(1.0, theme::of(ui).border),
    );
    ui.add_space(space::XS);
}

/// A weak word in a column of its own, on the left, so that what follows lines up.
pub fn row_label(ui: &mut Ui, label: &str, width: f32, height: f32) {
    ui.allocate_ui_with_layout(
        Vec2::new(width, height),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_width(width);
            ui.add(egui::Label::new(RichText::new(label).weak()).truncate());
        },
    );
}

/// Rows of what and which, aligned.
pub fn facts<'a>(ui: &mut Ui, salt: &str, rows: impl IntoIterator<Item = (&'a str, String)>) {
    let key_width = size::LABEL_WIDTH;
    ui.push_id(salt, |ui| {
        for (key, value) in rows {
            if value.is_empty() {
                continue;
            }
            ui.horizontal_top(|ui| {
                ui.allocate_ui_with_layout(
                    Vec2::new(key_width, 18.0),
                    egui::Layout::left_to_right(egui::Align::Min),
                    |ui| {
                        ui.set_min_width(key_width);
                        ui.add(egui::Label::new(RichText::new(key).weak()).truncate());
                    },
                );
                ui.add(egui::Label::new(value).wrap().selectable(true));
            });
        }
    });
}

/// One sentence in a tinted box.
pub fn notice(ui: &mut Ui, icon: MaterialIcon, color: Color32, sentence: &str) {
    egui::Frame::new()
        .fill(color.gamma_multiply(0.10))
        .stroke(Stroke::new(1.0, color.gamma_multiply(0.35)))
        .corner_radius(CornerRadius::same(size::RADIUS))
        .inner_margin(Margin::symmetric(10, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.label(icon.rich_text().size(16.0).color(color));
                ui.add(egui::Label::new(sentence).wrap().selectable(true));
            });
        });
}

/// Names with their counts, one of them open; what it holds stands below.
pub fn tabs<T: Copy + PartialEq>(ui: &mut Ui, open: &mut T, tabs: &[(T, &str, Option<usize>)]) {
    let tokens = theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        for (tab, name, count) in tabs {
            let is_open = *open == *tab;
            let color = if is_open {
                tokens.accent
            } else {
                tokens.text_weak
            };
            let name = match count {
                Some(count) => format!("{name} {}", grouped(&count.to_string())),
                None => (*name).to_owned(),
            };
            let font = FontId::proportional(text::BODY);
            let galley = ui.painter().layout_no_wrap(name.clone(), font, color);
            let room = Vec2::new(galley.size().x, size::CONTROL);
            let (rect, response) = ui.allocate_exact_size(room, Sense::click());
            ui.painter()
                .galley(rect.center() - galley.size() / 2.0, galley, color);
            if is_open || response.hovered() || response.has_focus() {
                let line = if is_open {
                    tokens.accent
                } else {
                    tokens.border_strong
                };
                ui.painter()
                    .hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, line));
            }
            let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
            response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_open, &name));
            if response.clicked() {
                *open = *tab;
            }
        }
    });
    let rect = ui.available_rect_before_wrap();
    ui.painter().hline(
        rect.x_range(),
        rect.top() - ui.spacing().item_spacing.y - 0.5,
        Stroke::new(1.0, tokens.border),
    );
}

/// A few choices side by side, one of them in force.
pub fn segments<T: Copy + PartialEq>(ui: &mut Ui, chosen: &mut T, choices: &[(T, &str)]) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (choice, label) in choices {
            let on = *chosen == *choice;
            let response = ui.add(
                Button::new(*label)
                    .selected(on)
                    .min_size(Vec2::new(84.0, size::CONTROL)),
            );
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, *label));
            if response.clicked() {
                *chosen = *choice;
            }
        }
    });
}

/// A row of a list that can be chosen, with a name for all of it.
pub fn list_row(
    ui: &mut Ui,
    height: f32,
    chosen: bool,
    name: &str,
    content: impl FnOnce(&mut Ui),
) -> Response {
    let tokens = theme::of(ui);
    let room = Vec2::new(ui.available_width(), height);
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    let fill = if chosen {
        Some(tokens.accent_soft)
    } else if response.hovered() || response.has_focus() {
        Some(tokens.hover)
    } else {
        None
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, size::RADIUS, fill);
    }
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(Vec2::new(space::XS, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    content(&mut inner);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, chosen, name));
    response.on_hover_text(name)
}

/// The mark of a drop-down list.
pub fn chevron(ui: &Ui, rect: egui::Rect, visuals: &egui::style::WidgetVisuals, _open: bool) {
    let middle = rect.center();
    let points = [(-3.5, -1.5), (0.0, 2.0), (3.5, -1.5)].map(|(x, y)| middle + Vec2::new(x, y));
    let stroke = Stroke::new(1.4, visuals.text_color());
    ui.painter().add(egui::Shape::line(points.to_vec(), stroke));
}

/// A search or filter field with its name and a way to empty it; `true` where it changed.
pub fn search_field(
    ui: &mut Ui,
    text: &mut String,
    name: &str,
    hint: &str,
    width: f32,
) -> Response {
    let response = ui.add(
        egui::TextEdit::singleline(text)
            .hint_text(hint.to_owned())
            .desired_width(width)
            .margin(Margin::symmetric(8, 5)),
    );
    response.widget_info(|| {
        let mut info = WidgetInfo::text_edit(true, &*text, &*text, hint);
        info.label = Some(name.to_owned());
        info
    });
    response
}

/// A number for people: thousands apart.
pub fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let count = digits.chars().count();
    let mut out = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (count - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart_and_nothing_else_changes() {
        for (plain, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("233966", "233,966"),
            ("-1234567.005", "-1,234,567.005"),
        ] {
            assert_eq!(grouped(plain), shown);
        }
    }
}
