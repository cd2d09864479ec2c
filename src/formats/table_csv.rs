//! Delimited text to a grid: the delimiter is found, every cell is text.
//!
//! Must not know what the cells mean.

use std::collections::BTreeMap;

use super::table_grid::{Grid, Row};
use crate::jobs::{Cancelled, Progress};
use crate::model::Value;

const DELIMITERS: [char; 5] = [',', '\t', ';', '|', '，'];

/// So many lines are looked at for the delimiter.
const LOOK: usize = 50;

pub(super) fn read(text: &str, progress: &Progress) -> Result<Grid, Cancelled> {
    let delimiter = delimiter(text);
    // The reader splits at single bytes, so wide commas are narrowed first, in quoted cells too.
    let narrowed;
    let (text, delimiter) = if let Ok(byte) = u8::try_from(delimiter) {
        (text, byte)
    } else {
        narrowed = text.replace(delimiter, ",");
        (narrowed.as_str(), b',')
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut grid = Grid::default();
    let mut record = csv::StringRecord::new();
    let mut line = 1;
    // The text is UTF-8 and rows may be of any length, so nothing but the end stops it.
    while matches!(reader.read_record(&mut record), Ok(true)) {
        let position = record.position();
        if grid.rows.len().is_multiple_of(256) {
            let at = position.map_or(0, csv::Position::byte);
            progress.step(
                usize::try_from(at).unwrap_or(usize::MAX).min(text.len()),
                text.len() * 2,
            )?;
        }
        line = position.map_or(line, |position| {
            usize::try_from(position.line()).unwrap_or(usize::MAX)
        });
        let cells: BTreeMap<usize, Value> = (record.iter().map(str::trim).enumerate())
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| (column, Value::Text(armless(cell).to_owned())))
            .collect();
        if !cells.is_empty() {
            grid.rows.push(Row {
                number: line,
                cells,
            });
        }
    }
    Ok(grid)
}

/// Without the apostrophe that keeps spreadsheets from running a cell as a formula.
fn armless(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest)
            if rest
                .trim_start_matches('\'')
                .starts_with(['=', '+', '-', '@', '\t', '\r']) =>
        {
            rest
        }
        _ => cell,
    }
}

/// The one that splits most lines into the same number of cells, two at least.
fn delimiter(text: &str) -> char {
    let lines: Vec<&str> = (text.lines())
        .filter(|line| !line.trim().is_empty())
        .take(LOOK)
        .collect();
    // Excel's own way of saying it.
    let declared = (lines.first())
        .and_then(|line| line.trim().strip_prefix("sep="))
        .and_then(|rest| rest.chars().next());
    if let Some(declared) = declared.filter(|c| DELIMITERS.contains(c)) {
        return declared;
    }
    let mut best = (0, 0, ',');
    for delimiter in DELIMITERS {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for line in &lines {
            let cells = outside_quotes(line, delimiter);
            if cells > 0 {
                *counts.entry(cells).or_default() += 1;
            }
        }
        for (cells, lines) in counts {
            if (lines, cells) > (best.0, best.1) {
                best = (lines, cells, delimiter);
            }
        }
    }
    best.2
}

fn outside_quotes(line: &str, delimiter: char) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for c in line.chars() {
        if c == '"' {
            quoted = !quoted;
        } else if c == delimiter && !quoted {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_splits_the_lines_alike() {
        for (text, expected) in [
            ("名称,经度,纬度\na,1,2\n", ','),
            ("名称\t经度\t纬度\na, b\t1\t2\n", '\t'),
            ("名称;X;Y\n甲,乙;1,5;2,5\n", ';'),
            ("名称，经度，纬度\n甲，1，2\n", '，'),
            ("name|wkt\na|POINT (1 2)\n", '|'),
            ("sep=;\na;b\n", ';'),
            ("id,wkt\n1,\"POLYGON ((0 0;1 1;2 2;3 3))\"\n", ','),
            ("one\ntwo\n", ','),
        ] {
            assert_eq!(delimiter(text), expected, "{text}");
        }
    }
}
