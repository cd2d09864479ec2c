//! An import: what the file is read as, what came of it, and then the decision.
//!
//! The file is read in a job as soon as the dialog opens and again with each other choice; nothing is
//! stored before the user says so. Deliberately absent: reading, storing, and the map's drawing.

mod choices;
mod counts;
pub mod fields;
mod problems;
mod question;
mod trial;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Align, Context, Layout, RichText, Ui, Vec2};
use egui_material_icons::icons;

use super::{DialogContext, footer, frame};
use crate::app::command::Command;
use crate::app::map_view::{PreviewMap, PreviewPicture};
use crate::app::tasks::{Import, NotRead, ReadDone, file_name};

use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::crs::LonLat;
use crate::document::{Document, DocumentError};
use crate::exchange::{Destination, Reading};
use crate::formats::{
    self, CrsCandidate, CrsChoice, CrsConfidence, EncodingChoice, ReadOptions, ReadReport,
};
use crate::jobs::Progress;
use crate::model::{FieldRoles, LayerKind};

pub use counts::area_text;

use fields::FieldSample;

/// The choices' column.
const LEFT_WIDTH: f32 = 416.0;

/// Where the reading is.
#[derive(Debug)]
pub enum State {
    Reading,
    Ready(Arc<ReadReport>),
    /// Being stored: the job reads it, too.
    Storing(Arc<ReadReport>),
    Failed(String),
    /// Nothing can be read before the user says which coordinate system it is in.
    Undecided(Vec<CrsCandidate>),
}

/// What is shown below the choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Fields,
    Problems,
    Quarantine,
    Crs,
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
    pub destination: Destination,
    pub crs: CrsChoice,
    pub encoding: EncodingChoice,
    /// Which of the file's layers; `None`: the one with most features.
    pub layer: Option<String>,
    /// All that the file holds, once it was read.
    layers: Vec<String>,
    roles: FieldRoles,
    /// The user has chosen a system or a meaning of columns: nothing is recalled over that.
    crs_by_hand: bool,
    roles_by_hand: bool,
    recalled_roles: bool,
    pub state: State,
    /// The number of the reading whose outcome is awaited: an older one is ignored.
    pub request: u64,
    /// How far reading or storing is.
    pub progress: Option<Progress>,
    pub plan_area_km2: Option<f64>,
    bytes: Option<u64>,
    fields: Vec<FieldSample>,
    preview: Option<PreviewMap>,
    tab: Tab,
    problems: problems::Problems,
    question: question::Question,
    /// The dry run's sentence.
    trial: Option<String>,
    /// Why nothing was stored.
    trouble: Option<String>,
}

impl ImportDialog {
    pub fn new(path: PathBuf, waiting: Vec<PathBuf>) -> Self {
        Self {
            kind: guess_kind(&path),
            path,
            waiting,
            name: String::new(),
            destination: Destination::New,
            crs: CrsChoice::Auto,
            encoding: EncodingChoice::Auto,
            layer: None,
            layers: Vec::new(),
            roles: FieldRoles::default(),
            crs_by_hand: false,
            roles_by_hand: false,
            recalled_roles: false,
            state: State::Reading,
            request: 0,
            progress: None,
            plan_area_km2: None,
            bytes: None,
            fields: Vec::new(),
            preview: None,
            tab: Tab::default(),
            problems: problems::Problems::default(),
            question: question::Question::default(),
            trial: None,
            trouble: None,
        }
    }

    /// `options` with the dialog's choices.
    pub fn with_choices(&self, options: ReadOptions) -> ReadOptions {
        ReadOptions {
            kind: self.kind,
            crs: self.crs,
            encoding: self.encoding.clone(),
            layer: self.layer.clone(),
            roles: self.roles.clone(),
            ..options
        }
    }

    /// A reading begins.
    pub fn reading(&mut self, request: u64) {
        self.cancel();
        self.request = request;
        self.state = State::Reading;
        self.trial = None;
        self.trouble = None;
    }

    /// What a reading brought.
    pub fn take_in(&mut self, done: ReadDone) {
        let ReadDone {
            result,
            picture,
            fields,
            bytes,
        } = done;
        self.progress = None;
        self.bytes = bytes;
        self.fields = fields;
        self.problems = problems::Problems::default();
        self.question = question::Question::default();
        self.show_picture(picture);
        self.state = match result {
            Ok(Reading {
                mut report,
                recalled_roles,
                recalled_crs: _,
            }) => {
                if self.layers.is_empty() && !report.other_layers.is_empty() {
                    self.layers.push(report.layer.name.clone());
                    self.layers.extend(report.other_layers.iter().cloned());
                    self.layer = Some(report.layer.name.clone());
                }
                self.recalled_roles |= recalled_roles;
                if recalled_roles {
                    self.roles = report.layer.roles.clone();
                } else if self.roles == FieldRoles::default() {
                    self.roles = fields::usual_roles(&report.layer);
                }
                report.layer.roles = self.roles.clone();
                self.tab = match self.tab {
                    Tab::Quarantine if report.quarantined.is_empty() => Tab::Fields,
                    Tab::Problems if report.issues.is_empty() => Tab::Fields,
                    Tab::Crs if !is_worth_asking(&report) => Tab::Fields,
                    tab => tab,
                };
                State::Ready(Arc::new(report))
            }
            Err(NotRead {
                candidates,
                sentence,
            }) => match candidates.as_slice() {
                [] => State::Failed(sentence),
                [first, ..] => {
                    self.look_at(&first.points.clone());
                    State::Undecided(candidates)
                }
            },
        };
    }

    /// Show where the file may lie, and the district.
    fn look_at(&mut self, points: &[LonLat]) {
        if let (Some(preview), Some(extent)) = (&mut self.preview, question::extent_of(points)) {
            let district = preview.district().unwrap_or(extent);
            preview.look_at(extent.union(district));
        }
    }

    /// The user knows better than what was decided for a file before.
    pub const fn is_by_hand(&self) -> bool {
        self.crs_by_hand
    }

    pub const fn is_storing(&self) -> bool {
        matches!(self.state, State::Storing(_))
    }

    /// What is to be stored, from now on; `None` where nothing was read.
    pub fn to_store(&mut self, workspace: &Path) -> Option<Import> {
        let State::Ready(report) = &mut self.state else {
            return None;
        };
        let name = self.name.trim();
        if let (false, Some(report)) = (name.is_empty(), Arc::get_mut(report)) {
            name.clone_into(&mut report.layer.name);
        }
        let report = Arc::clone(report);
        self.state = State::Storing(Arc::clone(&report));
        self.trial = None;
        Some(Import {
            workspace: workspace.to_owned(),
            path: self.path.clone(),
            report,
            destination: self.destination,
            crs: plainly(self.crs),
            roles: if self.roles_by_hand {
                self.roles.clone()
            } else {
                FieldRoles::default()
            },
            plan_area_km2: self.plan_area_km2,
        })
    }

    /// Called off or failed: the choices stay, and what was read.
    pub fn not_stored(&mut self, err: &DocumentError) {
        self.progress = None;
        self.trouble = Some(err.to_string());
        if let State::Storing(report) = &self.state {
            self.state = State::Ready(Arc::clone(report));
        }
    }

    /// It is in the workspace: nothing is left to call off.
    pub fn done(&mut self) {
        self.progress = None;
        self.state = State::Reading;
    }

    fn show_picture(&mut self, picture: PreviewPicture) {
        match &mut self.preview {
            Some(preview) => preview.show(picture),
            None => self.preview = Some(PreviewMap::new(picture)),
        }
    }

    /// Nobody waits for the job under way any more.
    pub fn cancel(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.cancel();
        }
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        let document = context.document;
        let screen = ctx.content_rect().size();
        let width = (screen.x - 120.0).clamp(640.0, 1160.0);
        let height = (screen.y - 208.0).clamp(360.0, 620.0);
        frame(
            ctx,
            "导入图层",
            width,
            context.commands,
            |ui, commands| {
                let storing = matches!(self.state, State::Storing(_));
                let has_words = self.trial.is_some() || self.trouble.is_some();
                let trial_height = if has_words { 52.0 } else { 0.0 };
                let height = height - trial_height;
                ui.horizontal_top(|ui| {
                    ui.vertical(|ui| {
                        ui.set_width(LEFT_WIDTH);
                        ui.set_height(height);
                        ui.add_enabled_ui(!storing, |ui| {
                            self.choices_ui(ui, document, commands);
                        });
                        ui.add_space(space::S);
                        self.results_ui(ui, commands);
                    });
                    ui.add_space(space::M);
                    ui.vertical(|ui| {
                        ui.set_height(height);
                        self.right_ui(ui, height);
                    });
                });
                if let Some(sentence) = &self.trouble {
                    ui.add_space(space::XS);
                    let color = theme::of(ui).danger;
                    widgets::notice(ui, icons::ICON_ERROR, color, sentence);
                } else if let Some(sentence) = &self.trial {
                    ui.add_space(space::XS);
                    let color = theme::of(ui).accent;
                    widgets::notice(ui, icons::ICON_INFO, color, sentence);
                }
                self.footer_ui(ui, document, commands);
            },
        );
    }

    /// Below the choices: what came of them.
    fn results_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        match &self.state {
            State::Reading => waiting_ui(ui, "正在读取文件…", self.progress.as_ref()),
            State::Storing(_) => {
                waiting_ui(ui, "正在写入工作区…", self.progress.as_ref());
            }
            State::Failed(sentence) => {
                let color = theme::of(ui).danger;
                widgets::notice(ui, icons::ICON_ERROR, color, sentence);
            }
            State::Ready(_) => self.tabs_ui(ui, commands),
            State::Undecided(candidates) => {
                ui.label(RichText::new("这个文件是哪一种坐标系？").strong());
                let hint = "文件没有说清。点一种，在右图中看它会落在哪里。";
                ui.label(RichText::new(hint).small().weak());
                ui.add_space(space::XS);
                let answer = self.question.ui(ui, candidates);
                self.answered(answer, commands);
            }
        }
    }

    fn tabs_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let State::Ready(report) = &mut self.state else {
            return;
        };
        let mut tabs = vec![
            (Tab::Fields, "字段", Some(report.layer.fields.len())),
            (Tab::Problems, "问题", Some(report.issues.len())),
            (Tab::Quarantine, "隔离", Some(report.quarantined.len())),
        ];
        if is_worth_asking(report) {
            tabs.push((Tab::Crs, "坐标系", Some(report.crs_candidates.len())));
        }
        widgets::tabs(ui, &mut self.tab, &tabs);
        match self.tab {
            Tab::Fields => {
                if self.recalled_roles && !self.roles_by_hand {
                    ui.label(
                        RichText::new("已按上次导入同类文件时的用途填好")
                            .small()
                            .weak(),
                    );
                }
                if fields::ui(ui, &self.fields, &mut self.roles) {
                    self.roles_by_hand = true;
                    self.trial = None;
                    // The job that wrote it is over: nobody else holds the report.
                    if let Some(report) = Arc::get_mut(report) {
                        formats::apply_roles(report, self.roles.clone());
                        self.problems = problems::Problems::default();
                    }
                }
            }
            Tab::Problems => {
                if let (Some(focus), Some(preview)) =
                    (self.problems.issues_ui(ui, report), &mut self.preview)
                {
                    preview.point_out(focus);
                }
            }
            Tab::Quarantine => self.problems.quarantine_ui(ui, report),
            Tab::Crs => {
                ui.add_space(space::XS);
                let answer = self.question.ui(ui, &report.crs_candidates);
                self.answered(answer, commands);
            }
        }
    }

    fn answered(&mut self, answer: Option<question::Answer>, commands: &mut Vec<Command>) {
        match answer {
            Some(question::Answer::Look(points)) => self.look_at(&points),
            Some(question::Answer::Read(choice)) => {
                self.crs = choice;
                self.crs_by_hand = true;
                self.tab = Tab::Fields;
                commands.push(Command::ReadImport);
            }
            None => {}
        }
    }

    fn right_ui(&mut self, ui: &mut Ui, height: f32) {
        let report = match &self.state {
            State::Ready(report) | State::Storing(report) => Some(&**report),
            State::Reading | State::Failed(_) | State::Undecided(_) => None,
        };
        let points = match &self.state {
            State::Undecided(candidates) => self.question.points(candidates),
            State::Ready(report) if self.tab == Tab::Crs => {
                self.question.points(&report.crs_candidates)
            }
            _ => &[],
        };
        let counts_height = if report.is_some() {
            counts::HEIGHT + space::S
        } else {
            0.0
        };
        let size = Vec2::new(ui.available_width(), (height - counts_height).max(120.0));
        if let Some(preview) = &mut self.preview {
            preview.ui(ui, size, "导入预览图", report.map(|r| &r.layer), points);
        } else {
            let (rect, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let fill = theme::of(ui).sunken;
            ui.painter().rect_filled(rect, theme::size::RADIUS, fill);
        }
        if let Some(report) = report {
            ui.add_space(space::S);
            if let Some(tab) = counts::ui(ui, report, self.plan_area_km2) {
                self.tab = match tab {
                    counts::Clicked::Problems => Tab::Problems,
                    counts::Clicked::Quarantine => Tab::Quarantine,
                };
            }
        }
    }

    fn footer_ui(&mut self, ui: &mut Ui, document: Option<&Document>, commands: &mut Vec<Command>) {
        footer(ui, |ui| {
            let ready = matches!(&self.state, State::Ready(report)
                if !report.layer.features.is_empty() || !report.quarantined.is_empty());
            if widgets::primary_button(ui, ready, "导入图层到工作区").clicked() {
                commands.push(Command::CommitImport);
            }
            ui.add_enabled_ui(ready, |ui| {
                let button =
                    widgets::button(ui, "试导入").on_hover_text("只说明会发生什么，不写入工作区");
                if button.clicked()
                    && let State::Ready(report) = &self.state
                {
                    self.trial = Some(trial::sentence(self, report, document));
                    self.trouble = None;
                }
            });
            if widgets::button(ui, "取消").clicked() {
                commands.push(Command::CloseDialog);
            }
            if !self.waiting.is_empty() {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.weak(format!("之后还有 {} 个文件", self.waiting.len()));
                });
            }
        });
    }
}

/// It was decided, but it could be otherwise.
fn is_worth_asking(report: &ReadReport) -> bool {
    report.crs_confidence < CrsConfidence::Certain && report.crs_candidates.len() > 1
}

/// Something is under way, and how far it is.
fn waiting_ui(ui: &mut Ui, what: &str, progress: Option<&Progress>) {
    ui.add_space(space::L);
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label(what);
    });
    if let Some(progress) = progress {
        let fraction = progress.fraction();
        let bar = egui::ProgressBar::new(fraction)
            .desired_height(6.0)
            .corner_radius(3);
        let response = ui.add(bar);
        widgets::named(response, egui::Role::ProgressIndicator, what);
        ui.label(
            RichText::new(format!("{:.0}%", fraction * 100.0))
                .small()
                .weak(),
        );
        ui.ctx()
            .request_repaint_after(std::time::Duration::from_millis(100));
    }
}

/// A candidate without anything special is a system like any other.
const fn plainly(choice: CrsChoice) -> CrsChoice {
    match choice {
        CrsChoice::Exactly {
            crs,
            swapped: false,
            offset: None,
        } => CrsChoice::Fixed(crs),
        other => other,
    }
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
}
