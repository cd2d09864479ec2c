//! What is exported; the file's ending says in which format.

use egui::{Context, RichText};

use super::{DialogContext, choice, footer, form_row, frame};
use crate::app::command::Command;
use crate::app::widgets;
use crate::document::Document;
use crate::exchange::Export;

/// The formats on offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    GeoJson,
    Csv,
    Shapefile,
    BoundaryTxt,
}

impl Format {
    /// What can hold it: a layer's figures go into more formats than rows do.
    const fn of(what: Export) -> &'static [Self] {
        match what {
            Export::History => &[Self::Csv],
            Export::Sites => &[Self::Csv, Self::GeoJson],
            Export::Layer(_) => &[Self::GeoJson, Self::Shapefile, Self::BoundaryTxt, Self::Csv],
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Csv => "csv",
            Self::Shapefile => "shp",
            Self::BoundaryTxt => "txt",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON（.geojson，带图形）",
            Self::Csv => "CSV 表格（.csv，Excel 可打开）",
            Self::Shapefile => "Shapefile（.shp，GB18030）",
            Self::BoundaryTxt => "界址点坐标（.txt）",
        }
    }
}

/// What the format does with coordinates and with rows that have none.
impl Format {
    const fn remark(self) -> &'static str {
        match self {
            Self::GeoJson | Self::Csv | Self::Shapefile => {
                "坐标为 CGCS2000 经纬度；没有位置的行也会导出"
            }
            Self::BoundaryTxt => "坐标为 CGCS2000 高斯–克吕格米，含带号；没有图形的行不导出",
        }
    }
}

/// The dialog's choices.
#[derive(Debug)]
pub struct ExportDialog {
    pub what: Export,
    pub format: Format,
}

impl Default for ExportDialog {
    fn default() -> Self {
        Self {
            what: Export::Sites,
            format: Format::Csv,
        }
    }
}

impl ExportDialog {
    pub const fn layer(id: crate::model::LayerId) -> Self {
        Self {
            what: Export::Layer(id),
            format: Format::GeoJson,
        }
    }

    /// What it is called: the proposed file name.
    pub fn name(&self, document: &Document) -> String {
        export_name(document, self.what)
    }

    pub fn ui(&mut self, ctx: &Context, context: &mut DialogContext<'_>) {
        let Some(document) = context.document else {
            context.commands.push(Command::CloseDialog);
            return;
        };
        frame(ctx, "导出", 460.0, context.commands, |ui, commands| {
            let mut choices = vec![Export::Sites, Export::History];
            choices.extend(
                document
                    .layers()
                    .iter()
                    .rev()
                    .map(|stored| Export::Layer(stored.id)),
            );
            form_row(ui, "内容", |ui| {
                choice(ui, "导出内容", 300.0, &mut self.what, &choices, |what| {
                    export_name(document, *what)
                });
            });
            let formats = Format::of(self.what);
            if let Some(first) = formats.first()
                && !formats.contains(&self.format)
            {
                self.format = *first;
            }
            form_row(ui, "格式", |ui| {
                choice(
                    ui,
                    "导出格式",
                    300.0,
                    &mut self.format,
                    formats,
                    |format| format.label().to_owned(),
                );
            });
            form_row(ui, "", |ui| {
                ui.label(RichText::new(self.format.remark()).small().weak());
            });
            footer(ui, |ui| {
                if widgets::primary_button(ui, true, "选择位置…").clicked() {
                    commands.push(Command::ChooseExport);
                }
                if widgets::button(ui, "取消").clicked() {
                    commands.push(Command::CloseDialog);
                }
            });
        });
    }
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
