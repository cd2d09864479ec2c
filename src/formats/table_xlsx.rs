//! A workbook's sheets to grids.
//!
//! Cells are read one by one: a sheet that claims a million rows and columns costs only the cells it has.
//! Must not know what the cells mean.

use std::io::Cursor;

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader as _, Xlsx};

use super::archive::Archive;
use super::limits::MAX_CELLS;
use super::raw::NotRead;
use super::table_grid::{Grid, Merge, Row};
use crate::jobs::Progress;
use crate::model::Value;

/// Numbers up to this are whole numbers exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn read(bytes: &[u8], progress: &Progress) -> Result<Vec<Grid>, NotRead> {
    // A workbook is an archive like any other, and is distrusted as such before it is opened.
    let broken = |err: super::archive::ArchiveError| NotRead::Broken(err.to_string());
    let mut archive = Archive::open(bytes).map_err(broken)?;
    for member in archive.members().to_vec() {
        let ending = member.name.rsplit('.').next().unwrap_or_default();
        let is_xml = ["xml", "rels"]
            .iter()
            .any(|xml| ending.eq_ignore_ascii_case(xml));
        if is_xml {
            progress.step(0, bytes.len())?;
            let xml = archive.read(&member).map_err(broken)?;
            if claims_too_much(&xml) {
                return Err(damaged());
            }
        }
    }
    // The crate computes with what a broken sheet says, unchecked. It keeps nothing beyond this call.
    let sheets = std::panic::AssertUnwindSafe(|| sheets(bytes, progress));
    std::panic::catch_unwind(sheets).unwrap_or_else(|_panic| Err(damaged()))
}

/// The crate reserves memory for as many texts as the table of texts says it has, and ends the program where
/// there is not so much.
fn claims_too_much(xml: &[u8]) -> bool {
    const CLAIM: &[u8] = b"uniqueCount";
    /// `<si/>`, save one.
    const SHORTEST_TEXT: usize = 4;
    let mut rest = xml;
    while let Some(at) = rest.windows(CLAIM.len()).position(|part| part == CLAIM) {
        rest = rest.get(at + CLAIM.len()..).unwrap_or_default();
        let digits = (rest.iter().skip_while(|byte| !byte.is_ascii_alphanumeric()))
            .take_while(|byte| byte.is_ascii_digit());
        let claimed = digits.fold(0_usize, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(usize::from(digit - b'0'))
        });
        if claimed > xml.len() / SHORTEST_TEXT {
            return true;
        }
    }
    false
}

fn damaged() -> NotRead {
    NotRead::Broken("工作簿已损坏，请在 Excel 或 WPS 中打开后另存".to_owned())
}

fn sheets(bytes: &[u8], progress: &Progress) -> Result<Vec<Grid>, NotRead> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|err| match err {
        calamine::XlsxError::Password => NotRead::Broken("工作簿有密码，请先去掉密码".to_owned()),
        _ => damaged(),
    })?;
    let mut grids = Vec::new();
    for name in book.sheet_names() {
        // A chart sheet has no cells.
        let Some(rows) = rows(&mut book, &name, progress)? else {
            continue;
        };
        let merges = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
        grids.push(Grid {
            name: Some(name),
            rows,
            merges: merges.iter().filter_map(merge).collect(),
            typed: true,
        });
    }
    if grids.is_empty() {
        return Err(damaged());
    }
    Ok(grids)
}

/// `None`: it cannot be read as a sheet of cells.
fn rows(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    progress: &Progress,
) -> Result<Option<Vec<Row>>, NotRead> {
    let Ok(mut reader) = book.worksheet_cells_reader(name) else {
        return Ok(None);
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut sorted = true;
    let mut count = 0_usize;
    // A sheet that breaks off keeps the rows before the break.
    while let Ok(Some(cell)) = reader.next_cell() {
        count += 1;
        if count.is_multiple_of(4096) {
            progress.step(0, 1)?;
        }
        if count > MAX_CELLS {
            return Err(NotRead::Broken(format!(
                "工作表“{name}”的单元格超过 {MAX_CELLS} 个"
            )));
        }
        let (row, column) = cell.get_position();
        let value = value(cell.get_value());
        if value == Value::Null {
            continue;
        }
        let (Ok(row), Ok(column)) = (usize::try_from(row), usize::try_from(column)) else {
            continue;
        };
        let number = row + 1;
        if rows.last().is_none_or(|last| last.number != number) {
            sorted &= rows.last().is_none_or(|last| last.number < number);
            rows.push(Row {
                number,
                ..Row::default()
            });
        }
        if let Some(last) = rows.last_mut() {
            last.put(column, value);
        }
    }
    if !sorted {
        rows.sort_by_key(|row| row.number);
    }
    Ok(Some(rows))
}

fn merge(region: &Dimensions) -> Option<Merge> {
    let at = |number: u32| usize::try_from(number).ok();
    Some(Merge {
        rows: (at(region.start.0)?, at(region.end.0)?),
        column: at(region.start.1)?,
    })
}

fn value(cell: &DataRef<'_>) -> Value {
    match cell {
        DataRef::Int(number) => Value::Integer(*number),
        DataRef::Float(number) => number_value(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text_value(text)
        }
        DataRef::SharedString(text) => text_value(text),
        DataRef::Bool(truth) => Value::Boolean(*truth),
        DataRef::DateTime(moment) => date_value(moment),
        // #N/A and the like say that there is nothing.
        DataRef::Error(_) | DataRef::Empty => Value::Null,
    }
}

fn text_value(text: &str) -> Value {
    let text = text.trim();
    if text.is_empty() {
        Value::Null
    } else {
        Value::Text(text.to_owned())
    }
}

/// Workbooks know no whole numbers.
fn number_value(number: f64) -> Value {
    if !number.is_finite() {
        return Value::Null;
    }
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and exact, as just checked"
        )]
        return Value::Integer(number as i64);
    }
    Value::Real(number)
}

/// As it is written in Chinese offices' data: `2026-11-23`, with the time where there is one.
fn date_value(moment: &ExcelDateTime) -> Value {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if !moment.is_datetime() {
        return number_value(moment.as_f64());
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    Value::Text(match (moment.as_f64() < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00:00") => date,
        (false, _) => format!("{date} {time}"),
    })
}
