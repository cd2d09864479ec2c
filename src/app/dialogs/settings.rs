//! Settings: base map, looks, the name on sheets. Everything takes effect at once.

use egui::{Context, Label, RichText, Slider, TextEdit, Ui, WidgetInfo};

use super::{DialogContext, footer, form_row, frame, text_field};
use crate::app::command::Command;
use crate::app::map_view::{BasemapSource, TIANDITU_KEY_HINT};
use crate::app::settings::ThemeChoice;
use crate::app::theme::{size, space};
use crate::app::widgets;

pub fn ui(ctx: &Context, context: &mut DialogContext<'_>) {
    let settings = &mut *context.settings;
    frame(
        ctx,
        "设置",
        size::DIALOG,
        context.commands,
        |ui, commands| {
            ui.strong("底图");
            form_row(ui, "来源", |ui| {
                super::choice(
                    ui,
                    "底图来源",
                    200.0,
                    &mut settings.basemap.source,
                    &BasemapSource::ALL,
                    |source| source.label().to_owned(),
                );
                ui.checkbox(&mut settings.basemap.labels, "天地图注记");
            });
            form_row(ui, "天地图密钥", |ui| {
                let key = &mut settings.basemap.tianditu_key;
                let response = ui.add(
                    TextEdit::singleline(key)
                        .desired_width(320.0)
                        .hint_text("32 位字母和数字"),
                );
                response
                    .widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, "天地图密钥"));
            });
            form_row(ui, "", |ui| {
                ui.add(Label::new(RichText::new(TIANDITU_KEY_HINT).small().weak()).wrap());
            });
            ui.add_space(space::M);
            ui.strong("外观");
            form_row(ui, "主题", |ui| {
                for choice in ThemeChoice::ALL {
                    ui.radio_value(&mut settings.theme, choice, choice.label());
                }
            });
            form_row(ui, "界面大小", |ui| {
                scale_ui(ui, &mut settings.ui_scale);
            });
            ui.add_space(space::M);
            ui.strong("出图");
            form_row(ui, "制图人", |ui| {
                text_field(
                    ui,
                    "制图人",
                    &mut settings.user_name,
                    "印在位置图上，可不填",
                );
            });
            footer(ui, |ui| {
                if widgets::primary_button(ui, true, "完成").clicked() {
                    commands.push(Command::CloseDialog);
                }
            });
        },
    );
}

/// While the slider is dragged its own number is kept: rescaling under the pointer would make it run away.
fn scale_ui(ui: &mut Ui, ui_scale: &mut f32) {
    ui.spacing_mut().slider_width = 220.0;
    ui.spacing_mut().interact_size.y = 22.0;
    let dragged = ui.scope_id().with("dragged scale");
    let mut percent = ui
        .data(|data| data.get_temp(dragged))
        .unwrap_or(*ui_scale * 100.0);
    let slider = ui.add(
        Slider::new(&mut percent, 75.0..=200.0)
            .step_by(5.0)
            .suffix("%")
            .update_while_editing(false),
    );
    let slider = widgets::named(slider, egui::Role::Slider, "界面大小");
    if slider.dragged() {
        ui.data_mut(|data| data.insert_temp(dragged, percent));
    } else {
        ui.data_mut(|data| data.remove::<f32>(dragged));
        *ui_scale = percent / 100.0;
    }
}
