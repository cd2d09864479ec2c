//! A new workspace, and what to do about text that is not saved.

use egui::{Context, Label, RichText};

use super::{DialogContext, footer, frame};
use crate::app::command::Command;
use crate::app::theme::{size, space};
use crate::app::widgets;

/// What a new workspace starts with.
#[derive(Debug)]
pub struct NewWorkspaceDialog {
    with_plan: bool,
}

impl Default for NewWorkspaceDialog {
    fn default() -> Self {
        Self { with_plan: true }
    }
}

impl NewWorkspaceDialog {
    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        frame(
            ctx,
            "新建工作区",
            440.0,
            context.commands,
            |ui, commands| {
                ui.add(
                    Label::new(
                        "工作区是一个 GeoPackage 文件（.gpkg），图层、台账和修改历史都在其中。",
                    )
                    .wrap(),
                );
                ui.add_space(space::S);
                for (with_plan, label, explanation) in [
                    (
                        true,
                        "含规划内置数据",
                        "附表一 41 个项目、河流、镇街、断面、水库等",
                    ),
                    (false, "空白工作区", "只有表结构，数据自行导入"),
                ] {
                    ui.radio_value(&mut self.with_plan, with_plan, label);
                    ui.horizontal(|ui| {
                        ui.add_space(space::XL);
                        ui.label(RichText::new(explanation).small().weak());
                    });
                }
                footer(ui, |ui| {
                    if widgets::primary_button(ui, true, "选择位置…").clicked() {
                        commands.push(Command::ChooseNewWorkspace {
                            with_plan: self.with_plan,
                        });
                    }
                    if widgets::button(ui, "取消").clicked() {
                        commands.push(Command::CloseDialog);
                    }
                });
            },
        );
    }
}

/// Asked before the window or the workspace is closed over text that is not saved.
pub fn unsaved_ui(ctx: &Context, then: &Command, context: &mut DialogContext<'_>) {
    frame(
        ctx,
        "有未保存的内容",
        size::DIALOG * 0.75,
        context.commands,
        |ui, commands| {
            ui.add(
                Label::new("项目详情中有已填写、尚未保存的状态或金额。放弃这些内容并继续？").wrap(),
            );
            footer(ui, |ui| {
                if widgets::primary_button(ui, true, "返回填写").clicked() {
                    commands.push(Command::CloseDialog);
                }
                if widgets::button(ui, "放弃并继续").clicked() {
                    commands.push(Command::DiscardUnsaved);
                    commands.push(Command::CloseDialog);
                    commands.push(then.clone());
                }
            });
        },
    );
}
