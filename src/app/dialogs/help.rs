//! Shortcuts, about, and the change log.

use egui::{Context, Grid, Label, RichText, ScrollArea, Ui};

use super::{DialogContext, footer, frame};
use crate::app::command::Command;
use crate::app::theme::{self, size, space, text};
use crate::app::widgets;

const CHANGELOG: &str = include_str!("../../../assets/CHANGELOG.md");

const SHORTCUTS: [(&str, &str); 16] = [
    ("Ctrl+O", "打开工作区"),
    ("Ctrl+N", "新建工作区"),
    ("Ctrl+I", "导入图层"),
    ("Ctrl+P", "打印位置图"),
    ("Ctrl+F", "搜索（汉字、全拼、首字母均可）"),
    ("Ctrl+Z", "撤销"),
    ("Ctrl+Y / Ctrl+Shift+Z", "重做"),
    ("Home", "显示全区"),
    ("F5", "重新读取其他程序（如 QGIS）的修改"),
    ("Esc", "关闭对话框；取消选择"),
    ("↑ ↓", "在台账中移动"),
    ("Ctrl+C", "复制台账中选中的行"),
    ("双击台账行", "在地图上定位"),
    ("滚轮", "缩放地图"),
    ("拖动", "平移地图"),
    ("F1", "快捷键"),
];

pub fn shortcuts_ui(ctx: &Context, context: &mut DialogContext<'_>) {
    frame(ctx, "快捷键", 420.0, context.commands, |ui, commands| {
        Grid::new("shortcuts")
            .num_columns(2)
            .spacing([space::XL, 6.0])
            .show(ui, |ui| {
                for (keys, what) in SHORTCUTS {
                    ui.label(RichText::new(keys).strong());
                    ui.label(what);
                    ui.end_row();
                }
            });
        close_footer(ui, commands);
    });
}

pub fn about_ui(ctx: &Context, context: &mut DialogContext<'_>) {
    frame(ctx, "关于", 440.0, context.commands, |ui, commands| {
        ui.label(RichText::new("生态红线一张图").size(text::HERO).strong());
        ui.weak(concat!("Redline Atlas ", env!("CARGO_PKG_VERSION")));
        ui.add_space(space::S);
        ui.add(
            Label::new(
                "乐山市市中区生态环境规划的地图工作台：生态保护红线、水质断面、水库与附表一的 41 个重点项目。离线可用，数据保存在本机的一个 GeoPackage 文件中。",
            )
            .wrap(),
        );
        ui.add_space(space::S);
        widgets::facts(
            ui,
            "about",
            [
                (
                    "坐标系",
                    "CGCS2000（EPSG:4490）；面积、长度按椭球面计算".to_owned(),
                ),
                ("字体", "Noto Sans SC（SIL OFL 1.1）".to_owned()),
                ("许可", "MIT".to_owned()),
            ],
        );
        ui.add_space(space::S);
        ui.add(
            Label::new(
                RichText::new("地图为示意图，未经审图；概略与示意的位置不得作为管理依据。")
                    .small()
                    .color(theme::of(ui).warning),
            )
            .wrap(),
        );
        close_footer(ui, commands);
    });
}

pub fn changelog_ui(ctx: &Context, context: &mut DialogContext<'_>) {
    frame(
        ctx,
        "更新日志",
        size::DIALOG,
        context.commands,
        |ui, commands| {
            ScrollArea::vertical()
                .max_height(420.0)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    for line in CHANGELOG.lines() {
                        changelog_line_ui(ui, line);
                    }
                });
            close_footer(ui, commands);
        },
    );
}

fn changelog_line_ui(ui: &mut Ui, line: &str) {
    let plain = |text: &str| text.replace("**", "").replace('`', "");
    if let Some(heading) = line.strip_prefix("## ") {
        ui.add_space(space::S);
        ui.label(RichText::new(plain(heading)).heading());
    } else if let Some(item) = line.strip_prefix("- ") {
        ui.horizontal_top(|ui| {
            ui.weak("·");
            ui.add(Label::new(plain(item)).wrap());
        });
    } else if !line.starts_with('#') && !line.is_empty() {
        ui.add(Label::new(plain(line)).wrap());
    }
}

fn close_footer(ui: &mut Ui, commands: &mut Vec<Command>) {
    footer(ui, |ui| {
        if widgets::primary_button(ui, true, "关闭").clicked() {
            commands.push(Command::CloseDialog);
        }
    });
}
