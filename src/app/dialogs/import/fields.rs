//! The columns of a file: what stands in them and what they mean.
//!
//! Deliberately absent: how a mapping is remembered.

use egui::{Label, RichText, ScrollArea, Ui};

use crate::app::dialogs::choice;
use crate::app::theme::space;
use crate::model::{FieldRoles, FieldType, Layer};

/// Values shown for each column.
const SAMPLES: usize = 3;
/// Rows looked at for them.
const ROWS: usize = 500;

const ROW_HEIGHT: f32 = 30.0;
const NAME_WIDTH: f32 = 118.0;
const SAMPLE_WIDTH: f32 = 172.0;
const ROLE_WIDTH: f32 = 84.0;

/// A column with some of what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSample {
    pub name: String,
    pub field_type: FieldType,
    /// Different values, as in the file.
    pub values: Vec<String>,
}

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldRole {
    None,
    Name,
    Code,
    Class,
    Area,
}

impl FieldRole {
    const ALL: [Self; 5] = [Self::None, Self::Name, Self::Code, Self::Class, Self::Area];

    const fn label(self) -> &'static str {
        match self {
            Self::None => "不指定",
            Self::Name => "名称",
            Self::Code => "编号",
            Self::Class => "类型",
            Self::Area => "面积",
        }
    }

    fn of(roles: &FieldRoles, field: &str) -> Self {
        let is = |role: &Option<String>| role.as_deref() == Some(field);
        if is(&roles.name) {
            Self::Name
        } else if is(&roles.code) {
            Self::Code
        } else if is(&roles.class) {
            Self::Class
        } else if is(&roles.area) {
            Self::Area
        } else {
            Self::None
        }
    }

    /// A column has one meaning, and a meaning one column.
    fn give(self, roles: &mut FieldRoles, field: &str) {
        let all = [
            (Self::Name, &mut roles.name),
            (Self::Code, &mut roles.code),
            (Self::Class, &mut roles.class),
            (Self::Area, &mut roles.area),
        ];
        for (role, column) in all {
            if role == self {
                *column = Some(field.to_owned());
            } else if column.as_deref() == Some(field) {
                *column = None;
            }
        }
    }
}

/// Slow for a large layer: for jobs.
pub fn samples(layer: &Layer) -> Vec<FieldSample> {
    layer
        .fields
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let mut values: Vec<String> = Vec::new();
            for feature in layer.features.iter().take(ROWS) {
                let Some(value) = feature.values.get(place) else {
                    continue;
                };
                let text = value.display();
                if !text.trim().is_empty() && !values.contains(&text) {
                    values.push(text);
                }
                if values.len() == SAMPLES {
                    break;
                }
            }
            FieldSample {
                name: field.name.clone(),
                field_type: field.field_type,
                values,
            }
        })
        .collect()
}

/// What columns mean by their usual names, where the file has them.
pub fn usual_roles(layer: &Layer) -> FieldRoles {
    let first = |usual: &[&str]| {
        usual.iter().find_map(|usual| {
            (layer.fields.iter())
                .find(|field| field.name.eq_ignore_ascii_case(usual))
                .map(|field| field.name.clone())
        })
    };
    FieldRoles {
        name: first(&["name", "名称", "HXMC", "XMMC", "GZMC", "DKMC", "MC"]),
        code: first(&["code", "编号", "代码", "HXDM", "XMBH", "DKBH", "BSM", "DM"]),
        class: first(&["class", "类型", "类别", "HXLX", "GNLX", "DLMC", "LX"]),
        area: first(&["MJ", "QYMJ", "TBMJ", "HXMJ", "SHAPE_AREA", "面积"]),
    }
}

/// The table; `true` where a meaning was changed.
pub fn ui(ui: &mut Ui, fields: &[FieldSample], roles: &mut FieldRoles) -> bool {
    if fields.is_empty() {
        ui.add_space(space::S);
        ui.weak("文件没有属性字段。");
        return false;
    }
    let mut changed = false;
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.horizontal(|ui| {
        for (title, width) in [
            ("字段", NAME_WIDTH),
            ("样例值", SAMPLE_WIDTH),
            ("用作", ROLE_WIDTH),
        ] {
            cell_ui(ui, width, 18.0, |ui| {
                ui.label(RichText::new(title).small().weak());
            });
        }
    });
    ScrollArea::vertical()
        .id_salt("fields")
        .auto_shrink(false)
        .show_rows(ui, ROW_HEIGHT, fields.len(), |ui, shown| {
            for field in fields.get(shown).unwrap_or_default() {
                ui.horizontal(|ui| {
                    ui.set_height(ROW_HEIGHT);
                    changed |= row_ui(ui, field, roles);
                });
            }
        });
    changed
}

fn row_ui(ui: &mut Ui, field: &FieldSample, roles: &mut FieldRoles) -> bool {
    cell_ui(ui, NAME_WIDTH, ROW_HEIGHT, |ui| {
        ui.add(Label::new(&field.name).truncate())
            .on_hover_text(format!(
                "{}（{}）",
                field.name,
                type_label(field.field_type)
            ));
    });
    cell_ui(ui, SAMPLE_WIDTH, ROW_HEIGHT, |ui| {
        if field.values.is_empty() {
            ui.label(RichText::new("（空）").weak());
        } else {
            let text = field.values.join("、");
            ui.add(Label::new(RichText::new(&text).weak()).truncate())
                .on_hover_text(text);
        }
    });
    let before = FieldRole::of(roles, &field.name);
    let mut role = before;
    let name = format!("{}用作", field.name);
    choice(ui, &name, ROLE_WIDTH, &mut role, &FieldRole::ALL, |role| {
        role.label().to_owned()
    });
    if role != before {
        role.give(roles, &field.name);
    }
    role != before
}

fn cell_ui(ui: &mut Ui, width: f32, height: f32, content: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(
        egui::vec2(width, height),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_width(width);
            content(ui);
        },
    );
}

const fn type_label(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "文本",
        FieldType::Integer => "整数",
        FieldType::Real => "小数",
        FieldType::Boolean => "是否",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_meaning_and_a_meaning_one_column() {
        let mut roles = FieldRoles::default();
        FieldRole::Name.give(&mut roles, "MC");
        FieldRole::Code.give(&mut roles, "MC");
        assert_eq!(roles.name, None);
        assert_eq!(roles.code.as_deref(), Some("MC"));
        FieldRole::Code.give(&mut roles, "BH");
        assert_eq!(FieldRole::of(&roles, "MC"), FieldRole::None);
        FieldRole::None.give(&mut roles, "BH");
        assert_eq!(roles, FieldRoles::default());
    }
}
