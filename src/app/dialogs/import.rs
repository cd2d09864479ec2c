//! An import: what the file is read as, what came of it, and then the decision.
//!
//! The file is read in a job as soon as the dialog opens and again with each other choice; nothing is
//! stored before the user says so.

use std::path::{Path, PathBuf};

use egui::{Align, Context, Label, Layout, RichText, ScrollArea, Ui};
use egui_material_icons::icons;

use super::{DialogContext, choice, footer, form_row, frame, text_field};
use crate::app::command::Command;
use crate::app::tasks::file_name;
use crate::app::theme::{self, size, space};
use crate::app::widgets;
use crate::crs::Crs;
use crate::formats::{CrsChoice, EncodingChoice, ReadOptions, ReadReport};
use crate::model::{Action, LayerKind};

/// What a file can become, most usual first.
const KINDS: [LayerKind; 8] = [
    LayerKind::RedLine,
    LayerKind::Section,
    LayerKind::Reservoir,
    LayerKind::Site,
    LayerKind::Reference,
    LayerKind::Boundary,
    LayerKind::River,
    LayerKind::Town,
];

/// The systems a bureau here delivers in; any other is found from the file itself.
const CRS_CODES: [u32; 10] = [4490, 4326, 4523, 4544, 4522, 4543, 4496, 4507, 4508, 3857];

const ENCODINGS: [&str; 5] = ["utf-8", "gb18030", "gbk", "big5", "utf-16le"];

/// Where the reading is.
#[derive(Debug)]
pub enum State {
    Reading,
    Ready(Box<ReadReport>),
    Failed(String),
}

/// The dialog's choices and what came of them.
#[derive(Debug)]
pub struct ImportDialog {
    pub path: PathBuf,
    /// Files that wait for their turn.
    pub waiting: Vec<PathBuf>,
    pub kind: LayerKind,
    /// Empty: the file's own name.
    pub name: String,
    pub crs: CrsChoice,
    pub encoding: EncodingChoice,
    pub state: State,
    /// The number of the reading whose outcome is awaited: an older one is ignored.
    pub request: u64,
    pub plan_area_km2: Option<f64>,
}

impl ImportDialog {
    pub fn new(path: PathBuf, waiting: Vec<PathBuf>) -> Self {
        Self {
            kind: guess_kind(&path),
            path,
            waiting,
            name: String::new(),
            crs: CrsChoice::Auto,
            encoding: EncodingChoice::Auto,
            state: State::Reading,
            request: 0,
            plan_area_km2: None,
        }
    }

    /// `options` with the dialog's choices.
    pub fn with_choices(&self, options: ReadOptions) -> ReadOptions {
        ReadOptions {
            kind: self.kind,
            crs: self.crs,
            encoding: self.encoding.clone(),
            ..options
        }
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        frame(
            ctx,
            "导入图层",
            620.0,
            context.commands,
            |ui, commands| {
                self.choices_ui(ui, commands);
                ui.add_space(space::S);
                match &self.state {
                    State::Reading => reading_ui(ui),
                    State::Failed(sentence) => {
                        let color = theme::of(ui).danger;
                        widgets::notice(ui, icons::ICON_ERROR, color, sentence);
                    }
                    State::Ready(report) => report_ui(ui, report, self.plan_area_km2),
                }
                footer(ui, |ui| {
                    let ready = matches!(&self.state, State::Ready(report) if !report.layer.features.is_empty());
                    if widgets::primary_button(ui, ready, "导入图层到工作区").clicked() {
                        commands.push(Command::CommitImport);
                    }
                    if widgets::button(ui, "取消").clicked() {
                        commands.push(Command::CloseDialog);
                    }
                    if !self.waiting.is_empty() {
                        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                            ui.weak(format!("之后还有 {} 个文件", self.waiting.len()));
                        });
                    }
                });
            },
        );
    }

    fn choices_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        form_row(ui, "文件", |ui| {
            ui.add(Label::new(RichText::new(file_name(&self.path)).strong()).truncate())
                .on_hover_text(self.path.display().to_string());
        });
        let mut changed = false;
        form_row(ui, "作为", |ui| {
            changed |= choice(ui, "导入为", 180.0, &mut self.kind, &KINDS, |kind| {
                kind.label().to_owned()
            });
            ui.add_space(space::M);
            ui.weak("名称");
            let hint = match &self.state {
                State::Ready(report) => report.layer.name.clone(),
                State::Reading | State::Failed(_) => file_name(&self.path),
            };
            text_field(ui, "图层名称", &mut self.name, &hint);
        });
        form_row(ui, "坐标系", |ui| {
            let mut choices = vec![CrsChoice::Auto];
            choices.extend(
                CRS_CODES
                    .into_iter()
                    .filter_map(Crs::from_epsg)
                    .map(CrsChoice::Fixed),
            );
            changed |= choice(
                ui,
                "文件坐标系",
                280.0,
                &mut self.crs,
                &choices,
                |crs| crs.label(),
            );
            ui.weak("编码");
            let mut choices = vec![EncodingChoice::Auto];
            choices.extend(ENCODINGS.map(|name| EncodingChoice::Named(name.to_owned())));
            changed |= choice(
                ui,
                "文件编码",
                96.0,
                &mut self.encoding,
                &choices,
                |encoding| match encoding {
                    EncodingChoice::Auto => "自动识别".to_owned(),
                    EncodingChoice::Named(name) => name.to_uppercase(),
                },
            );
        });
        if changed {
            commands.push(Command::ReadImport);
        }
    }
}

fn reading_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.set_min_height(96.0);
        ui.spinner();
        ui.label("正在读取文件…");
    });
}

fn report_ui(ui: &mut Ui, report: &ReadReport, plan_area_km2: Option<f64>) {
    let tokens = theme::of(ui);
    ui.columns(4, |columns| {
        let counts = [
            ("读到", report.read, tokens.text),
            ("可导入", report.layer.features.len(), tokens.success),
            ("已修复", report.repaired, tokens.warning),
            ("隔离", report.quarantined.len(), tokens.danger),
        ];
        for (ui, (label, count, color)) in columns.iter_mut().zip(counts) {
            let color = if count == 0 { tokens.text_weak } else { color };
            count_ui(ui, label, count, color);
        }
    });
    ui.add_space(space::S);
    let area_m2 = report.layer.area_m2();
    let mut rows = vec![
        (
            "坐标系",
            format!("{}（{}）", report.crs.label(), report.crs),
        ),
        ("判断依据", report.crs_reason.clone()),
        ("格式", report.format.to_owned()),
        ("编码", report.encoding.clone()),
        ("其他图层", report.other_layers.join("、")),
        ("定位等级", report.layer.placement.label().to_owned()),
    ];
    if area_m2 > 0.0 {
        rows.push(("总面积", area_text(area_m2, plan_area_km2)));
    }
    widgets::facts(ui, "import report", rows);
    if report.layer.kind == LayerKind::RedLine {
        ui.add_space(space::XS);
        widgets::notice(
            ui,
            icons::ICON_INFO,
            tokens.accent,
            "导入后，工作区中的示意红线将停用：仍在图层列表中，不再显示。",
        );
    }
    issues_ui(ui, report);
}

/// The total in km² and, for a red line, how it compares with the plan's.
pub fn area_text(area_m2: f64, plan_area_km2: Option<f64>) -> String {
    let area_km2 = area_m2 / 1e6;
    let text = format!(
        "{area_km2:.4} km²（{} 公顷）",
        widgets::grouped(&format!("{:.2}", area_m2 / 1e4))
    );
    match plan_area_km2 {
        Some(plan) if (area_km2 - plan).abs() <= crate::analysis::PLAN_TOLERANCE_KM2 => {
            format!("{text}，与规划的 {plan:.4} km² 一致")
        }
        Some(plan) => format!(
            "{text}，规划为 {plan:.4} km²，相差 {:+.4} km²",
            area_km2 - plan
        ),
        None => text,
    }
}

fn count_ui(ui: &mut Ui, label: &str, count: usize, color: egui::Color32) {
    let tokens = theme::of(ui);
    egui::Frame::new()
        .fill(tokens.sunken)
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(
                    RichText::new(count.to_string())
                        .size(theme::text::HERO)
                        .color(color),
                );
                ui.label(RichText::new(label).small().weak());
            });
        });
}

fn issues_ui(ui: &mut Ui, report: &ReadReport) {
    if report.issues.is_empty() {
        return;
    }
    widgets::section_title(ui, &format!("问题（{}）", report.issues.len()));
    let row_height = 22.0;
    ScrollArea::vertical()
        .id_salt("issues")
        .max_height(150.0)
        .auto_shrink([false, true])
        .show_rows(ui, row_height, report.issues.len(), |ui, shown| {
            for issue in report.issues.get(shown).unwrap_or_default() {
                ui.horizontal(|ui| {
                    ui.set_min_height(row_height);
                    let tokens = theme::of(ui);
                    let color = match issue.action {
                        Action::Kept => tokens.text_weak,
                        Action::Repaired => tokens.warning,
                        Action::Quarantined => tokens.danger,
                    };
                    widgets::badge(ui, issue.action.label(), color);
                    let place = issue
                        .feature
                        .map_or_else(|| "文件".to_owned(), |number| format!("第 {number} 个"));
                    ui.weak(place);
                    ui.add(Label::new(&issue.message).truncate());
                });
            }
        });
}

/// A file's name usually says what it is.
fn guess_kind(path: &Path) -> LayerKind {
    let name = file_name(path).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if says(&["红线", "redline", "hx", "stbhhx"]) {
        LayerKind::RedLine
    } else if says(&["断面", "section"]) {
        LayerKind::Section
    } else if says(&["水库", "reservoir"]) {
        LayerKind::Reservoir
    } else if says(&["项目", "site", "project"]) {
        LayerKind::Site
    } else {
        LayerKind::Reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_for_what_its_name_says() {
        for (name, kind) in [
            ("生态保护红线_4523.geojson", LayerKind::RedLine),
            ("redline_4523.geojson", LayerKind::RedLine),
            ("国控断面.json", LayerKind::Section),
            ("水库.geojson", LayerKind::Reservoir),
            ("道路.geojson", LayerKind::Reference),
        ] {
            assert_eq!(guess_kind(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn a_red_lines_area_is_compared_with_the_plan() {
        assert!(area_text(665_700.0, Some(0.6657)).contains("一致"));
        assert!(area_text(700_000.0, Some(0.6657)).contains("相差 +0.0343"));
        assert!(!area_text(700_000.0, None).contains("规划"));
    }
}
