//! A location sheet before it is saved: its choices on the left, the very page on the right.

use egui::{ColorImage, Context, Label, RichText, TextureHandle, TextureOptions, Ui};
use egui_material_icons::icons;
use jiff::ZonedDateTime;

use super::{DialogContext, choice, footer, frame};
use crate::app::command::{Command, SheetFormat};
use crate::app::tasks::SheetPreview;
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::crs::Extent;
use crate::document::Document;
use crate::model::SiteId;
use crate::sheet::{Orientation, Paper, ScaleChoice, SheetRequest, SheetSubject};

const SCALES: [u32; 9] = [
    2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 150_000, 200_000, 250_000,
];

/// Where the sheet is in its making.
pub enum State {
    Making,
    Ready {
        preview: Box<SheetPreview>,
        texture: Option<TextureHandle>,
    },
    Failed(String),
}

/// The dialog's choices and the sheet made from them.
pub struct PrintDialog {
    /// The selected site, if one is selected.
    site: Option<SiteId>,
    /// What the map shows.
    view: Option<Extent>,
    of_site: bool,
    paper: Paper,
    orientation: Orientation,
    scale: ScaleChoice,
    title: String,
    pub state: State,
    /// The number of the job whose sheet is awaited: an older one is ignored.
    pub request: u64,
}

impl PrintDialog {
    pub const fn new(site: Option<SiteId>, view: Option<Extent>) -> Self {
        Self {
            site,
            view,
            of_site: site.is_some(),
            paper: Paper::A4,
            orientation: Orientation::Landscape,
            scale: ScaleChoice::Fit,
            title: String::new(),
            state: State::Making,
            request: 0,
        }
    }

    /// What the choices ask for; `None` before the map was shown.
    pub fn sheet_request(&self, author: &str) -> Option<SheetRequest> {
        let subject = match (self.of_site, self.site, self.view) {
            (true, Some(site), _) => SheetSubject::Site(site),
            (_, _, Some(view)) => SheetSubject::Extent(view),
            _ => return None,
        };
        let title = self.title.trim();
        Some(SheetRequest {
            subject,
            paper: self.paper,
            orientation: self.orientation,
            scale: self.scale,
            title: (!title.is_empty()).then(|| title.to_owned()),
            author: author.trim().to_owned(),
            date: ZonedDateTime::now().date(),
        })
    }

    /// The proposed file name, without its ending.
    pub fn file_stem(&self, document: &Document) -> String {
        match self.site.filter(|_| self.of_site) {
            Some(id) => document.site(id).map_or_else(
                || format!("位置图{}", id.0),
                |site| format!("{:02} {} 位置图", id.0, file_safe(&site.name)),
            ),
            None => "位置图".to_owned(),
        }
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        let document = context.document;
        let screen = ctx.content_rect().size();
        let width = (screen.x - 160.0).clamp(640.0, 1040.0);
        let height = (screen.y - 240.0).clamp(320.0, 640.0);
        frame(
            ctx,
            "打印位置图",
            width,
            context.commands,
            |ui, commands| {
                ui.horizontal_top(|ui| {
                    ui.vertical(|ui| {
                        ui.set_width(232.0);
                        self.choices_ui(ui, document, commands);
                    });
                    ui.add_space(space::M);
                    let size = egui::vec2(ui.available_width(), height);
                    self.preview_ui(ui, size);
                });
                footer(ui, |ui| {
                    let ready = matches!(self.state, State::Ready { .. });
                    if widgets::primary_button(ui, ready, "保存 PDF…").clicked() {
                        commands.push(Command::SaveSheet(SheetFormat::Pdf));
                    }
                    ui.add_enabled_ui(ready, |ui| {
                        if widgets::button(ui, "保存 PNG…").clicked() {
                            commands.push(Command::SaveSheet(SheetFormat::Png));
                        }
                    });
                    if widgets::button(ui, "取消").clicked() {
                        commands.push(Command::CloseDialog);
                    }
                });
            },
        );
    }

    fn choices_ui(
        &mut self,
        ui: &mut Ui,
        document: Option<&Document>,
        commands: &mut Vec<Command>,
    ) {
        let mut changed = false;
        ui.weak("对象");
        if let Some(site) = self.site.and_then(|id| document?.site(id)) {
            changed |= ui
                .radio_value(&mut self.of_site, true, "所选项目")
                .on_hover_text(&site.name)
                .changed();
            ui.add(Label::new(RichText::new(&site.name).small().weak()).truncate());
        }
        ui.add_enabled_ui(self.view.is_some(), |ui| {
            changed |= ui
                .radio_value(&mut self.of_site, false, "当前地图范围")
                .changed();
        });
        ui.add_space(space::S);
        ui.weak("纸张");
        ui.horizontal(|ui| {
            for paper in Paper::ALL {
                changed |= ui
                    .radio_value(&mut self.paper, paper, paper.label())
                    .changed();
            }
            ui.add_space(space::S);
            for orientation in Orientation::ALL {
                changed |= ui
                    .radio_value(&mut self.orientation, orientation, orientation.label())
                    .changed();
            }
        });
        ui.add_space(space::S);
        ui.weak("比例尺");
        let mut scales = vec![ScaleChoice::Fit];
        scales.extend(SCALES.map(ScaleChoice::Fixed));
        changed |= choice(
            ui,
            "比例尺",
            200.0,
            &mut self.scale,
            &scales,
            |scale| match scale {
                ScaleChoice::Fit => "自动（按内容）".to_owned(),
                ScaleChoice::Fixed(n) => format!("1:{}", widgets::grouped(&n.to_string())),
            },
        );
        ui.add_space(space::S);
        ui.weak("标题");
        let title = widgets::search_field(ui, &mut self.title, "图幅标题", "按对象自动命名", 200.0);
        changed |= title.lost_focus();
        self.facts_ui(ui);
        if changed {
            commands.push(Command::RefreshSheet);
        }
    }

    fn facts_ui(&self, ui: &mut Ui) {
        let State::Ready { preview, .. } = &self.state else {
            return;
        };
        let sheet = &preview.sheet;
        widgets::section_title(ui, "图幅");
        widgets::facts(
            ui,
            "sheet",
            [
                (
                    "比例尺",
                    format!("1:{}", widgets::grouped(&sheet.scale.to_string())),
                ),
                ("坐标系", sheet.crs.label()),
            ],
        );
        let color = theme::of(ui).warning;
        if sheet.schematic {
            widgets::notice(
                ui,
                icons::ICON_WARNING,
                color,
                "含示意内容，图上已加“示意”水印",
            );
        }
        for warning in &sheet.warnings {
            widgets::notice(ui, icons::ICON_WARNING, color, warning);
        }
    }

    fn preview_ui(&mut self, ui: &mut Ui, available: egui::Vec2) {
        let tokens = theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(available, egui::Sense::hover());
        ui.painter().rect_filled(rect, size::RADIUS, tokens.hover);
        match &mut self.state {
            State::Making => {
                ui.put(
                    egui::Rect::from_center_size(rect.center(), egui::vec2(32.0, 32.0)),
                    egui::Spinner::new().size(28.0),
                );
            }
            State::Failed(sentence) => {
                let color = tokens.danger;
                let mut inner =
                    ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(space::XL)));
                widgets::notice(&mut inner, icons::ICON_ERROR, color, sentence);
            }
            State::Ready { preview, texture } => {
                let texture = texture.get_or_insert_with(|| texture_of(ui.ctx(), preview));
                let picture = texture.size_vec2();
                let room = rect.shrink(space::M).size();
                let scale = (room.x / picture.x).min(room.y / picture.y);
                let page = egui::Rect::from_center_size(rect.center(), picture * scale);
                ui.painter()
                    .rect_filled(page.translate(egui::vec2(2.0, 3.0)), 0.0, tokens.shadow);
                egui::Image::new(&*texture).paint_at(ui, page);
                widgets::named(response, egui::Role::Image, "位置图预览");
            }
        }
    }
}

fn texture_of(ctx: &Context, preview: &SheetPreview) -> TextureHandle {
    let pixels = &preview.pixels;
    let image = ColorImage::from_rgba_unmultiplied([pixels.width, pixels.height], &pixels.rgba);
    ctx.load_texture("sheet preview", image, TextureOptions::LINEAR)
}

/// Without what Windows forbids in file names.
fn file_safe(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .take(60)
        .collect::<String>()
        .trim()
        .to_owned()
}
