//! Notices in the corner: what was done, what went wrong, with its details and a next step.
//!
//! Deliberately absent: what a notice is about; it only carries commands.

use std::path::PathBuf;

use egui::{Align2, Area, Frame, Id, Margin, Order, RichText, Stroke, Vec2};
use egui_material_icons::icons;

use super::command::Command;
use super::theme::{self, size, space, text};
use super::widgets;

/// How serious a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Done,
    Info,
    Warning,
    Error,
}

impl Level {
    /// Seconds until it goes by itself; what went wrong stays longer.
    const fn seconds(self) -> f32 {
        match self {
            Self::Done | Self::Info => 6.0,
            Self::Warning => 12.0,
            Self::Error => 30.0,
        }
    }
}

/// One notice.
#[derive(Clone, Debug)]
pub struct Notice {
    pub level: Level,
    /// One plain sentence.
    pub message: String,
    /// More lines, shown on demand.
    pub details: String,
    /// A button with its command.
    pub action: Option<(&'static str, Command)>,
    id: u64,
    seconds_left: f32,
    expanded: bool,
}

/// The notices on the screen, oldest first.
#[derive(Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    next_id: u64,
}

impl Notices {
    pub fn push(&mut self, level: Level, message: impl Into<String>) -> &mut Self {
        self.push_full(level, message.into(), String::new(), None);
        self
    }

    /// An error with its chain of causes as details.
    pub fn error(&mut self, err: &anyhow::Error) {
        log::error!("{err:#}");
        let mut chain = err.chain().map(ToString::to_string);
        let first = chain.next().unwrap_or_default();
        let causes: Vec<String> = chain.collect();
        // A job's own title is only the context; the sentence for the user is what it wraps.
        let (message, details) = match causes.split_first() {
            Some((sentence, rest)) => (format!("{first}：{sentence}"), rest.join("\n")),
            None => (first, String::new()),
        };
        self.push_full(Level::Error, message, details, None);
    }

    /// A file was written: with the way to it.
    pub fn saved(&mut self, message: String, path: PathBuf) {
        let action = Some(("打开文件夹", Command::OpenFolder(path)));
        self.push_full(Level::Done, message, String::new(), action);
    }

    pub fn push_full(
        &mut self,
        level: Level,
        message: String,
        details: String,
        action: Option<(&'static str, Command)>,
    ) {
        const MOST_SHOWN: usize = 5;
        self.next_id += 1;
        // The same sentence again (a key held down) renews the notice instead of piling up.
        self.shown
            .retain(|notice| notice.message != message || notice.details != details);
        self.shown.push(Notice {
            level,
            message,
            details,
            action,
            id: self.next_id,
            seconds_left: level.seconds(),
            expanded: false,
        });
        if self.shown.len() > MOST_SHOWN {
            self.shown.remove(0);
        }
    }

    /// The sentences on the screen, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &str> {
        self.shown.iter().map(|notice| notice.message.as_str())
    }

    pub fn ui(&mut self, ctx: &egui::Context, commands: &mut Vec<Command>) {
        if self.shown.is_empty() {
            return;
        }
        let mut hovered = false;
        let mut closed = None;
        Area::new(Id::unique("notices"))
            .order(Order::Foreground)
            .anchor(
                Align2::RIGHT_BOTTOM,
                Vec2::new(-space::L, -(size::STATUS_LINE + space::M)),
            )
            .show(ctx, |ui| {
                ui.set_width(380.0);
                ui.spacing_mut().item_spacing.y = space::S;
                for notice in &mut self.shown {
                    let response = notice_ui(ui, notice, commands, &mut closed);
                    hovered |= response.contains_pointer();
                }
            });
        let dt = ctx.input(|input| input.stable_dt).min(0.5);
        for notice in &mut self.shown {
            if !hovered && !notice.expanded {
                notice.seconds_left -= dt;
            }
        }
        self.shown
            .retain(|notice| notice.seconds_left > 0.0 && Some(notice.id) != closed);
        ctx.request_repaint_after(std::time::Duration::from_millis(500));
    }
}

fn notice_ui(
    ui: &mut egui::Ui,
    notice: &mut Notice,
    commands: &mut Vec<Command>,
    closed: &mut Option<u64>,
) -> egui::Response {
    let tokens = theme::of(ui);
    let (icon, color) = match notice.level {
        Level::Done => (icons::ICON_CHECK_CIRCLE, tokens.success),
        Level::Info => (icons::ICON_INFO, tokens.accent),
        Level::Warning => (icons::ICON_WARNING, tokens.warning),
        Level::Error => (icons::ICON_ERROR, tokens.danger),
    };
    Frame::new()
        .fill(tokens.surface)
        .stroke(Stroke::new(1.0, color.gamma_multiply(0.6)))
        .corner_radius(size::RADIUS_LARGE)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.push_id(notice.id, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal_top(|ui| {
                    ui.label(icon.rich_text().size(text::ICON).color(color));
                    ui.vertical(|ui| {
                        ui.set_width(ui.available_width() - 28.0);
                        ui.add(egui::Label::new(&notice.message).wrap().selectable(true));
                        if notice.expanded {
                            ui.add(
                                egui::Label::new(RichText::new(&notice.details).small().weak())
                                    .wrap()
                                    .selectable(true),
                            );
                        }
                        if notice.action.is_some() || !notice.details.is_empty() {
                            next_steps_ui(ui, notice, commands, closed);
                        }
                    });
                    if widgets::small_icon_button(ui, icons::ICON_CLOSE, "关闭通知").clicked() {
                        *closed = Some(notice.id);
                    }
                });
            });
        })
        .response
}

fn next_steps_ui(
    ui: &mut egui::Ui,
    notice: &mut Notice,
    commands: &mut Vec<Command>,
    closed: &mut Option<u64>,
) {
    ui.horizontal(|ui| {
        if let Some((label, command)) = &notice.action
            && ui.link(*label).clicked()
        {
            commands.push(command.clone());
            *closed = Some(notice.id);
        }
        if !notice.details.is_empty() {
            let label = if notice.expanded {
                "收起"
            } else {
                "详细信息"
            };
            if ui.link(label).clicked() {
                notice.expanded = !notice.expanded;
            }
        }
    });
}
