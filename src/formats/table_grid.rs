//! A sheet of cells, sparse: what CSV and workbooks have in common.
//!
//! Must not know what the cells mean.

use std::ops::Range;

use crate::model::Value;

/// All the bytes that merged regions may fill cells with: a hostile region spans a billion cells.
const MAX_FILLED: usize = 32 << 20;

/// Every cell that is not empty, by row and column, both 0-based.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// Of the sheet; `None` for CSV.
    pub(super) name: Option<String>,
    pub(super) rows: Vec<Row>,
    pub(super) merges: Vec<Merge>,
    /// Cells were typed by a program, so that a number is a number.
    pub(super) typed: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// As the program shows it, 1-based.
    pub(super) number: usize,
    /// Of the text; empty where there is none.
    pub(super) span: Range<usize>,
    /// By column, from left to right.
    pub(super) cells: Vec<(usize, Value)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Merge {
    /// First and last.
    pub(super) rows: (usize, usize),
    /// The first of those it spans.
    pub(super) column: usize,
}

impl Row {
    pub(super) fn get(&self, column: usize) -> &Value {
        let place = self.cells.binary_search_by_key(&column, |cell| cell.0).ok();
        let cell = place.and_then(|place| self.cells.get(place));
        cell.map_or(&Value::Null, |(_, value)| value)
    }

    /// Whatever stood there before.
    pub(super) fn put(&mut self, column: usize, value: Value) {
        match self.cells.last() {
            Some((last, _)) if *last >= column => {
                match self.cells.binary_search_by_key(&column, |cell| cell.0) {
                    Ok(place) => self.cells[place].1 = value,
                    Err(place) => self.cells.insert(place, (column, value)),
                }
            }
            _ => self.cells.push((column, value)),
        }
    }

    /// The cells as a line of CSV.
    pub(super) fn as_line(&self) -> String {
        let last = self.cells.last().map_or(0, |(last, _)| last + 1);
        let mut line = String::new();
        for column in 0..last.min(1000) {
            if column > 0 {
                line.push(',');
            }
            let text = self.get(column).display();
            if text.contains([',', '"', '\n', '\r']) {
                line.push('"');
                line.push_str(&text.replace('"', "\"\""));
                line.push('"');
            } else {
                line.push_str(&text);
            }
        }
        line
    }
}

impl Grid {
    /// Carry the first cell of each merged region into the rest of it, where `wanted` says so. Only into rows
    /// that have something of their own.
    pub(super) fn fill_merged(&mut self, wanted: impl Fn(usize, &Value) -> bool) {
        let mut filled = 0;
        for merge in &self.merges {
            let (top, bottom) = merge.rows;
            let first = (self.rows).partition_point(|row| row.number < top + 1);
            let above = self.rows.get(first).filter(|row| row.number == top + 1);
            let value = above.map_or(Value::Null, |row| row.get(merge.column).clone());
            if value == Value::Null {
                continue;
            }
            for row in self.rows.iter_mut().skip(first) {
                if row.number > bottom + 1 {
                    break;
                }
                // Downwards only: what spans columns is a title.
                if wanted(merge.column, &value) {
                    filled += size_of::<Value>() + value.as_text().map_or(0, str::len);
                    if filled > MAX_FILLED {
                        return;
                    }
                    if *row.get(merge.column) == Value::Null {
                        row.put(merge.column, value.clone());
                    }
                }
            }
        }
    }
}
