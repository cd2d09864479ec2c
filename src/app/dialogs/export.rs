//! What is exported, in which format, and in which system and encoding where the format leaves a choice.
//!
//! Deliberately absent: writing, and where to.

use std::collections::BTreeMap;

use egui::{Context, Label, RichText, Ui};
use geo::Geometry;
use serde::{Deserialize, Serialize};

use super::{DialogContext, choice, footer, form_row, frame};
use crate::app::command::Command;
use crate::app::theme::{size, space};
use crate::app::widgets;
use crate::crs::Crs;
use crate::document::Document;
use crate::exchange::Export;
use crate::formats::{LayerFormat, TextEncoding, WriteOptions, zone_of};
use crate::model::Layer;

/// Wide enough for a system's name.
const CHOICE_WIDTH: f32 = 380.0;
/// Of a format's name, before its explanation.
const FORMAT_WIDTH: f32 = 124.0;

/// Coordinates as the user thinks of them; the zone comes from the layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    #[default]
    LonLat,
    ZonePrefixed,
    Zone,
}

/// What was chosen last time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportChoices {
    pub format: Option<LayerFormat>,
    pub system: System,
    /// By the format's ending: what suits a Shapefile need not suit a CSV.
    pub encodings: BTreeMap<String, TextEncoding>,
}

/// The dialog's choices.
#[derive(Debug)]
pub struct ExportDialog {
    pub what: Export,
    choices: ExportChoices,
    /// Of the layer that is chosen; looked up once, it may be large.
    facts: Option<Facts>,
}

#[derive(Clone, Copy, Debug)]
struct Facts {
    of: Export,
    has_areas: bool,
    zone_prefixed: Crs,
    zone: Crs,
}

impl ExportDialog {
    pub fn new(what: Export, last: &ExportChoices) -> Self {
        Self {
            what,
            choices: last.clone(),
            facts: None,
        }
    }

    /// What it is called: the proposed file name.
    pub fn name(&self, document: &Document) -> String {
        export_name(document, self.what)
    }

    pub fn format(&self) -> LayerFormat {
        let on_offer = formats_for(self.what);
        (self.choices.format)
            .filter(|format| on_offer.contains(format) && self.refusal(*format).is_none())
            .or_else(|| on_offer.first().copied())
            .unwrap_or(LayerFormat::Csv)
    }

    /// Replaces nothing: that is asked about when the place is known.
    pub fn options(&self) -> WriteOptions {
        let format = self.format();
        WriteOptions {
            crs: self.system().and_then(|system| self.crs(system)),
            encoding: self.encoding(format),
            overwrite: false,
        }
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        let Some(document) = context.document else {
            context.commands.push(Command::CloseDialog);
            return;
        };
        self.look_up(document);
        let settings = &mut context.settings.export;
        frame(
            ctx,
            "导出",
            size::DIALOG,
            context.commands,
            |ui, commands| {
                let mut choices = vec![Export::Sites, Export::History];
                let layers = document.layers().iter().rev();
                choices.extend(layers.map(|stored| Export::Layer(stored.id)));
                form_row(ui, "内容", |ui| {
                    choice(
                        ui,
                        "导出内容",
                        CHOICE_WIDTH,
                        &mut self.what,
                        &choices,
                        |what| export_name(document, *what),
                    );
                });
                self.look_up(document);
                ui.add_space(space::S);
                self.formats_ui(ui);
                ui.add_space(space::S);
                self.system_ui(ui);
                self.encoding_ui(ui);
                footer(ui, |ui| {
                    if widgets::primary_button(ui, true, "选择位置…").clicked() {
                        self.choices.clone_into(settings);
                        commands.push(Command::ChooseExport);
                    }
                    if widgets::button(ui, "取消").clicked() {
                        commands.push(Command::CloseDialog);
                    }
                });
            },
        );
    }

    fn look_up(&mut self, document: &Document) {
        if self.facts.is_some_and(|facts| facts.of == self.what) {
            return;
        }
        self.facts = match self.what {
            Export::Layer(id) => document.layer(id).map(|stored| Facts {
                of: self.what,
                has_areas: has_areas(&stored.layer),
                zone_prefixed: zone_of(&stored.layer, true),
                zone: zone_of(&stored.layer, false),
            }),
            Export::Sites | Export::History => None,
        };
    }

    fn formats_ui(&mut self, ui: &mut Ui) {
        let chosen = self.format();
        for (number, format) in formats_for(self.what).iter().enumerate() {
            let title = if number == 0 { "格式" } else { "" };
            form_row(ui, title, |ui| {
                let refusal = self.refusal(*format);
                ui.add_enabled_ui(refusal.is_none(), |ui| {
                    let start = ui.cursor().left();
                    if ui.radio(chosen == *format, format.label()).clicked() {
                        self.choices.format = Some(*format);
                    }
                    ui.add_space((start + FORMAT_WIDTH - ui.cursor().left()).max(0.0));
                    let explanation = refusal.unwrap_or_else(|| explanation(*format));
                    ui.add(Label::new(RichText::new(explanation).small().weak()).truncate());
                });
            });
        }
    }

    fn system_ui(&mut self, ui: &mut Ui) {
        let systems = self.systems();
        let Some(mut system) = self.system().filter(|_| systems.len() > 1) else {
            return;
        };
        form_row(ui, "坐标系", |ui| {
            let label = |system: &System| self.system_label(*system);
            if choice(ui, "坐标系", CHOICE_WIDTH, &mut system, &systems, label) {
                self.choices.system = system;
            }
        });
    }

    fn encoding_ui(&mut self, ui: &mut Ui) {
        let format = self.format();
        let encodings = format.encodings();
        let Some(mut encoding) = self.encoding(format).filter(|_| encodings.len() > 1) else {
            return;
        };
        form_row(ui, "文字编码", |ui| {
            let label = |encoding: &TextEncoding| encoding_label(format, *encoding).to_owned();
            if choice(
                ui,
                "文字编码",
                CHOICE_WIDTH,
                &mut encoding,
                encodings,
                label,
            ) {
                let ending = format.extension().to_owned();
                self.choices.encodings.insert(ending, encoding);
            }
        });
    }

    /// Why a layer cannot be written so.
    fn refusal(&self, format: LayerFormat) -> Option<&'static str> {
        let no_areas = self.facts.is_some_and(|facts| !facts.has_areas);
        (format == LayerFormat::BoundaryTxt && no_areas)
            .then_some("这个图层没有面；界址点文件记录的是地块")
    }

    /// The systems that the format leaves open; the ledger and the history have none to choose.
    fn systems(&self) -> Vec<System> {
        let format = self.format();
        if self.facts.is_none() {
            return Vec::new();
        }
        [System::LonLat, System::ZonePrefixed, System::Zone]
            .into_iter()
            .filter(|system| format.holds(self.crs(*system).unwrap_or(Crs::Cgcs2000)))
            .collect()
    }

    fn system(&self) -> Option<System> {
        let systems = self.systems();
        (systems.iter().copied())
            .find(|system| *system == self.choices.system)
            .or_else(|| systems.first().copied())
    }

    /// `None`: as the format usually has it.
    fn crs(&self, system: System) -> Option<Crs> {
        let facts = self.facts?;
        match system {
            System::LonLat => None,
            System::ZonePrefixed => Some(facts.zone_prefixed),
            System::Zone => Some(facts.zone),
        }
    }

    fn system_label(&self, system: System) -> String {
        match self.crs(system) {
            Some(crs) => format!("{}（{crs}）", crs.label()),
            None if self.format() == LayerFormat::GeoJson => "经纬度（GeoJSON 标准）".to_owned(),
            None => format!("{}（{}）", Crs::Cgcs2000.label(), Crs::Cgcs2000),
        }
    }

    fn encoding(&self, format: LayerFormat) -> Option<TextEncoding> {
        let encodings = format.encodings();
        (self.choices.encodings.get(format.extension()).copied())
            .filter(|encoding| encodings.contains(encoding))
            .or_else(|| encodings.first().copied())
    }
}

/// A layer's figures go into more formats than rows do.
const fn formats_for(what: Export) -> &'static [LayerFormat] {
    use LayerFormat::{Csv, GeoJson, Xlsx};
    match what {
        Export::History => &[Csv],
        Export::Sites => &[Xlsx, Csv, GeoJson],
        Export::Layer(_) => &LayerFormat::ALL,
    }
}

const fn explanation(format: LayerFormat) -> &'static str {
    match format {
        LayerFormat::GeoJson => "网页地图和 GIS 软件通用，图形和属性都完整",
        LayerFormat::Shapefile => "GIS 软件通用；字段名最多 10 字节，文字最多 254 字节",
        LayerFormat::GeoPackage => "一个文件，QGIS、ArcGIS 直接打开，字段名不缩短",
        LayerFormat::Kml => "奥维地图、谷歌地球等看图软件，只有经纬度",
        LayerFormat::BoundaryTxt => "报批用的地块界址点坐标，只有几项固定属性",
        LayerFormat::Csv => "文字表格，Excel、WPS 可打开；图形写成 WKT",
        LayerFormat::Xlsx => "Excel 工作簿，可筛选；点写成坐标列，其他写成 WKT",
    }
}

const fn encoding_label(format: LayerFormat, encoding: TextEncoding) -> &'static str {
    match (format, encoding) {
        (LayerFormat::Csv, TextEncoding::Utf8) => "UTF-8（带标记，新旧 Excel 都认得）",
        (_, TextEncoding::Utf8) => "UTF-8（新软件、网页）",
        (_, TextEncoding::Gb18030) => "GB18030（国标，兼容 GBK，老软件）",
    }
}

fn has_areas(layer: &Layer) -> bool {
    fn is_area(geometry: &Geometry<f64>) -> bool {
        match geometry {
            Geometry::Polygon(_)
            | Geometry::MultiPolygon(_)
            | Geometry::Rect(_)
            | Geometry::Triangle(_) => true,
            Geometry::GeometryCollection(parts) => parts.iter().any(is_area),
            _ => false,
        }
    }
    (layer.features.iter()).any(|feature| feature.geometry.as_ref().is_some_and(is_area))
}

/// Asked where files would be replaced that the system's dialog has not asked about.
pub fn replace_ui(
    ctx: &Context,
    files: &[String],
    then: &Command,
    context: &mut DialogContext<'_>,
) {
    frame(
        ctx,
        "替换已有文件",
        size::DIALOG,
        context.commands,
        |ui, commands| {
            ui.add(Label::new("所选位置已有下列文件，导出会替换它们：").wrap());
            ui.add_space(space::S);
            for file in files {
                ui.add(Label::new(file.as_str()).wrap());
            }
            footer(ui, |ui| {
                if widgets::primary_button(ui, true, "不替换").clicked() {
                    commands.push(Command::CloseDialog);
                }
                if widgets::button(ui, "替换").clicked() {
                    commands.push(Command::CloseDialog);
                    commands.push(then.clone());
                }
            });
        },
    );
}

fn export_name(document: &Document, what: Export) -> String {
    match what {
        Export::Sites => "项目台账".to_owned(),
        Export::History => "修改历史".to_owned(),
        Export::Layer(id) => document
            .layer(id)
            .map_or_else(|| "图层".to_owned(), |stored| stored.layer.name.clone()),
    }
}
