//! The coordinates of one feature as a table, in its file's own system: edited, added, pasted.
//!
//! What is typed stays as typed until it is read. Deliberately absent: what the numbers mean.

use egui::{Event, RichText, ScrollArea, Ui};
use egui_material_icons::icons;
use geo::Coord;

use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::formats::{self, Aside};
use crate::store::QuarantineRow;

const ROW_HEIGHT: f32 = 32.0;
const NUMBER_WIDTH: f32 = 72.0;
const CELL_WIDTH: f32 = 170.0;

/// Parts (rings, lines or points), each a list of positions as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CoordinateTable {
    parts: Vec<Vec<[String; 2]>>,
    changed: bool,
    /// The cell that is typed in.
    focused: Option<(usize, usize)>,
}

/// What a row's buttons ask for.
enum Wish {
    AddAfter(usize, usize),
    Delete(usize, usize),
}

impl CoordinateTable {
    /// `None` where the feature's text has no coordinates that can be told.
    pub(super) fn of(row: &QuarantineRow) -> Option<Self> {
        let aside = Aside {
            raw: &row.what.raw,
            format: &row.format,
        };
        let parts = formats::editable_coordinates(&aside)?;
        Some(Self {
            parts: parts
                .into_iter()
                .map(|part| {
                    part.into_iter()
                        .map(|at| [at.x, at.y].map(as_typed))
                        .collect()
                })
                .collect(),
            changed: false,
            focused: None,
        })
    }

    pub(super) const fn is_changed(&self) -> bool {
        self.changed
    }

    /// `None` where a cell is no number.
    pub(super) fn parsed(&self) -> Option<Vec<Vec<Coord<f64>>>> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        self.parts
            .iter()
            .map(|part| {
                part.iter()
                    .map(|[x, y]| {
                        Some(Coord {
                            x: number(x)?,
                            y: number(y)?,
                        })
                    })
                    .collect()
            })
            .collect()
    }

    pub(super) fn ui(&mut self, ui: &mut Ui) {
        self.paste(ui);
        ui.label(
            RichText::new("文件自己的坐标，顺序照旧。点进一格按 Ctrl+V，可粘贴 Excel 中的多行。")
                .small()
                .weak(),
        );
        if self.parsed().is_none() {
            let color = theme::of(ui).danger;
            ui.label(RichText::new("有不是数字的格子").small().color(color));
        }
        let rows: Vec<(usize, usize)> = self
            .parts
            .iter()
            .enumerate()
            .flat_map(|(part, points)| (0..points.len()).map(move |point| (part, point)))
            .collect();
        let several = self.parts.len() > 1;
        ui.spacing_mut().item_spacing.y = 2.0;
        let (mut wish, mut focused) = (None, None);
        ScrollArea::vertical()
            .id_salt("coordinates")
            .auto_shrink(false)
            .show_rows(ui, ROW_HEIGHT, rows.len(), |ui, shown| {
                for &(part, point) in rows.get(shown).unwrap_or_default() {
                    ui.horizontal(|ui| {
                        ui.set_height(ROW_HEIGHT);
                        let number = if several {
                            format!("第 {} 圈 {}", part + 1, point + 1)
                        } else {
                            format!("{}", point + 1)
                        };
                        widgets::row_label(ui, &number, NUMBER_WIDTH, ROW_HEIGHT);
                        let Some(cells) = self.parts.get_mut(part).and_then(|p| p.get_mut(point))
                        else {
                            return;
                        };
                        for (cell, axis) in cells.iter_mut().zip(["x", "y"]) {
                            let name = format!("{number} {axis}");
                            let field =
                                widgets::search_field(ui, cell, &name, axis, CELL_WIDTH - space::L);
                            self.changed |= field.changed();
                            if field.has_focus() {
                                focused = Some((part, point));
                            }
                        }
                        let add = format!("在 {number} 后加一行");
                        if widgets::small_icon_button(ui, icons::ICON_ADD, &add).clicked() {
                            wish = Some(Wish::AddAfter(part, point));
                        }
                        let delete = format!("删除 {number}");
                        if widgets::small_icon_button(ui, icons::ICON_CLOSE, &delete).clicked() {
                            wish = Some(Wish::Delete(part, point));
                        }
                    });
                }
            });
        self.focused = focused;
        match wish {
            Some(Wish::AddAfter(part, point)) => {
                self.insert(part, point + 1, vec![Default::default()]);
            }
            Some(Wish::Delete(part, point)) => self.delete(part, point),
            None => {}
        }
    }

    fn insert(&mut self, part: usize, at: usize, rows: Vec<[String; 2]>) {
        if let Some(part) = self.parts.get_mut(part) {
            let at = at.min(part.len());
            part.splice(at..at, rows);
            self.changed = true;
        }
    }

    fn delete(&mut self, part: usize, point: usize) {
        if let Some(part) = self.parts.get_mut(part)
            && point < part.len()
        {
            part.remove(point);
            self.changed = true;
        }
    }

    /// Rows of a spreadsheet take the place of the row that is typed in and of those after it.
    fn paste(&mut self, ui: &Ui) {
        let Some((part, point)) = self.focused else {
            return;
        };
        let pasted = ui.input_mut(|input| {
            let place = input.events.iter().position(
                |event| matches!(event, Event::Paste(text) if text.contains(['\t', '\n'])),
            )?;
            match input.events.remove(place) {
                Event::Paste(text) => Some(text),
                _ => None,
            }
        });
        let rows = pasted.map(|text| rows_of(&text)).unwrap_or_default();
        if rows.is_empty() {
            return;
        }
        if let Some(points) = self.parts.get_mut(part) {
            let end = (point + rows.len()).min(points.len());
            points.splice(point.min(end)..end, rows);
            self.changed = true;
        }
    }
}

/// Empty where the file has no number: it is to be typed.
fn as_typed(number: f64) -> String {
    if number.is_finite() {
        number.to_string()
    } else {
        String::new()
    }
}

/// The last two numbers of each line: before them stands a point's number, if any.
fn rows_of(text: &str) -> Vec<[String; 2]> {
    text.lines()
        .filter_map(|line| {
            let mut numbers = line
                .split(['\t', ',', '，', ' '])
                .map(str::trim)
                .filter(|cell| cell.parse::<f64>().is_ok())
                .rev();
            let y = numbers.next()?;
            let x = numbers.next()?;
            Some([x.to_owned(), y.to_owned()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheet_rows_give_their_last_two_numbers() {
        let rows = rows_of("J1\t3271000.5\t35501000.25\r\n2\t3271001\t35501001\n\n合计\t2\n");
        let row = |x: &str, y: &str| [x.to_owned(), y.to_owned()];
        assert_eq!(
            rows,
            [row("3271000.5", "35501000.25"), row("3271001", "35501001")]
        );
    }

    #[test]
    fn a_cell_that_is_no_number_is_not_taken_for_one() {
        let mut table = CoordinateTable {
            parts: vec![vec![["1".to_owned(), "2".to_owned()]]],
            ..CoordinateTable::default()
        };
        assert_eq!(table.parsed(), Some(vec![vec![Coord { x: 1.0, y: 2.0 }]]));
        table.insert(0, 1, vec![["nan".to_owned(), "3".to_owned()]]);
        assert_eq!(table.parsed(), None);
        table.delete(0, 1);
        assert_eq!(table.parsed().unwrap()[0].len(), 1);
    }
}
