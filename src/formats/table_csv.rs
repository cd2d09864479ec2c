//! Delimited text to a grid: the delimiter is found, every cell is text.
//!
//! Must not know what the cells mean.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::table_grid::{Grid, Row};
use crate::jobs::{Cancelled, Progress};
use crate::model::Value;

const DELIMITERS: [char; 5] = [',', '\t', ';', '|', '，'];

/// So many lines are looked at for the delimiter.
const LOOK: usize = 50;

/// The grid, and the text that its rows' spans are of.
pub(super) fn read<'a>(
    text: Cow<'a, str>,
    progress: &Progress,
) -> Result<(Grid, Cow<'a, str>), Cancelled> {
    let delimiter = delimiter(&text);
    // The reader splits at single bytes, so wide commas are narrowed first, in quoted cells too.
    let (text, delimiter) = if let Ok(byte) = u8::try_from(delimiter) {
        (text, byte)
    } else {
        (Cow::Owned(text.replace(delimiter, ",")), b',')
    };
    let place = |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
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
            let at = position.map_or(0, place);
            progress.step(at.min(text.len()), text.len() * 2)?;
        }
        line = position.map_or(line, |position| {
            usize::try_from(position.line()).unwrap_or(usize::MAX)
        });
        let filled = record.iter().map(str::trim).enumerate();
        let filled = filled.filter(|(_, cell)| !cell.is_empty());
        let mut cells = Vec::with_capacity(filled.clone().count());
        cells.extend(filled.map(|(column, cell)| (column, Value::Text(armless(cell).to_owned()))));
        if !cells.is_empty() {
            let start = position.map_or(0, place);
            grid.rows.push(Row {
                number: line,
                span: trimmed(&text, start..place(reader.position())),
                cells,
            });
        }
    }
    Ok((grid, text))
}

/// Without the line ends around it.
fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let Some(line) = text.get(span.clone()) else {
        return 0..0;
    };
    let start = span.start + (line.len() - line.trim_start().len());
    start..start + line.trim().len()
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
    let lines: Vec<&str> = (records(text)).unwrap_or_else(|| text.lines().take(LOOK).collect());
    let lines: Vec<&str> = (lines.into_iter())
        .filter(|line| !line.trim().is_empty())
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

/// The first rows, a line break between quotes being none. `None`: a quote is not closed, and may be no
/// quote but an inch.
fn records(text: &str) -> Option<Vec<&str>> {
    let mut records = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                records.extend(text.get(start..at));
                start = at + 1;
                if records.len() == LOOK {
                    return Some(records);
                }
            }
            _ => {}
        }
    }
    records.extend(text.get(start..));
    (!quoted).then_some(records)
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
            ("a,b,c\n\"1\n2;3\",\"1\n2;3\",x\n", ','),
            ("a;b\n12\";3\n4;5\n", ';'),
        ] {
            assert_eq!(delimiter(text), expected, "{text}");
        }
    }
}
