//! The attribute table beside a `.shp`: rows of text in fixed columns, in a code page that is often not
//! the one it claims.
//!
//! Must not know geometry.

use std::collections::HashSet;

use encoding_rs::Encoding;

use super::code_page;
use super::memo::Memo;
use crate::formats::EncodingChoice;
use crate::formats::raw::NotRead;
use crate::model::Value;

const HEADER: usize = 32;
const DESCRIPTOR: usize = 32;
const END_OF_FIELDS: u8 = 0x0D;
const NAME_LEN: usize = 11;
/// Bytes that programs fill a name with at most.
const NAME_USED: usize = 10;
/// As many as a header can have.
const MAX_FIELDS: usize = 2046;
const DELETED: u8 = b'*';

/// So much text shows which encoding it is in.
const SAMPLE: usize = 256 << 10;

/// A column.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    kind: u8,
    start: usize,
    width: usize,
    decimals: u8,
}

/// What is odd about a value that was read all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Oddity {
    /// A number too wide for its column: `*****`.
    Overflow,
    /// Not what its column's type asks for; kept as text.
    NotOfItsType,
    /// The encoding does not know some of its bytes.
    BadText,
    /// The column's width cut its last character in two.
    CutCharacter,
}

/// What is wrong with the table as a whole.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    /// Names that stood twice, and what they are called now.
    pub(super) renamed: Vec<(String, String)>,
    /// Names whose last character was cut in two.
    pub(super) cut_names: Vec<String>,
    /// Columns whose values stand in another file or in no form that is public.
    pub(super) unread: Vec<String>,
    /// Rows that the header promises and the file does not hold.
    pub(super) missing_rows: usize,
}

#[derive(Debug)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    row_len: usize,
    pub(super) rows: usize,
    memo: Option<Memo<'a>>,
    pub(super) fields: Vec<Field>,
    pub(super) oddities: Oddities,
    pub(super) encoding: code_page::Decided,
}

/// `Ok(None)`: not a table.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    memo: Option<Memo<'a>>,
    shapes: usize,
    code_page_file: Option<&[u8]>,
    choice: &EncodingChoice,
) -> Result<Option<Table<'a>>, NotRead> {
    let Some(layout) = Layout::read(bytes) else {
        return Ok(None);
    };
    let rows = bytes.get(layout.header_len..).unwrap_or_default();
    let present = rows.len() / layout.row_len;
    // A program that crashed has not counted the last rows.
    let uncounted = layout.declared_rows < shapes && present > layout.declared_rows;
    let row_count = if uncounted {
        let more = (rows.chunks_exact(layout.row_len))
            .skip(layout.declared_rows)
            .take_while(|row| matches!(row.first(), Some(&(b' ' | DELETED))));
        (layout.declared_rows + more.count()).min(shapes)
    } else {
        layout.declared_rows.min(present)
    };
    let rows = rows.get(..row_count * layout.row_len).unwrap_or_default();
    let language = bytes.get(29).copied().unwrap_or_default();
    let memo = memo.filter(|memo| memo.is_sound(layout.memo_cells(rows)));
    let sample = layout.sample(rows, memo);
    let encoding = code_page::decide(code_page_file, language, &sample, choice)?;
    let row_len = layout.row_len;
    let missing_rows = layout.declared_rows.saturating_sub(present);
    let (fields, mut oddities) = layout.named_fields(encoding.encoding, memo.is_some());
    oddities.missing_rows = missing_rows;
    Ok(Some(Table {
        bytes: rows,
        row_len,
        rows: row_count,
        memo,
        fields,
        oddities,
        encoding,
    }))
}

struct Layout<'a> {
    header_len: usize,
    row_len: usize,
    declared_rows: usize,
    /// Where in a row, and the name as it stands.
    fields: Vec<(Field, &'a [u8])>,
}

impl<'a> Layout<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let short = |at: usize| {
            let word = bytes.get(at..at + 2)?;
            Some(usize::from(u16::from_le_bytes(word.try_into().ok()?)))
        };
        let declared_rows = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
        let declared_rows = usize::try_from(declared_rows).ok()?;
        let (header_len, row_len) = (short(8)?, short(10)?);
        let mut fields = Vec::new();
        let mut start = 1; // after the mark of deletion
        let mut at = HEADER;
        while let Some(descriptor) = bytes.get(at..at + DESCRIPTOR) {
            let past_header = header_len >= HEADER + DESCRIPTOR && at + DESCRIPTOR > header_len;
            let is_end = descriptor.first() == Some(&END_OF_FIELDS);
            if is_end || past_header || fields.len() == MAX_FIELDS {
                break;
            }
            let raw_name = descriptor.get(..NAME_LEN)?;
            let field = Field {
                name: String::new(),
                kind: descriptor.get(11)?.to_ascii_uppercase(),
                start,
                width: usize::from(*descriptor.get(16)?),
                decimals: *descriptor.get(17)?,
            };
            start += field.width;
            fields.push((field, raw_name));
            at += DESCRIPTOR;
        }
        // The text of a very wide column counts its width in both bytes.
        let wide = |field: &Field| match field.kind {
            b'C' => usize::from(field.decimals) << 8,
            _ => 0,
        };
        let wider: usize = fields.iter().map(|(field, _)| wide(field)).sum();
        if wider > 0 && start + wider == row_len {
            start = 1;
            for (field, _) in &mut fields {
                field.width += wide(field);
                field.start = start;
                start += field.width;
            }
        }
        let ends_fields = bytes.get(at) == Some(&END_OF_FIELDS);
        let header_len = match header_len {
            said if said > at && said <= bytes.len() => said,
            _ => at + usize::from(ends_fields),
        };
        let row_len = if row_len < start { start } else { row_len };
        // Something else that happens to be called a table has no column of any known type.
        let is_table = fields.iter().any(|(field, _)| field.has_known_type());
        (is_table && start > 1).then_some(Self {
            header_len,
            row_len,
            declared_rows,
            fields,
        })
    }

    fn memo_cells<'r>(&self, rows: &'r [u8]) -> impl Iterator<Item = &'r [u8]> {
        let fields = || self.fields.iter().filter(|(field, _)| field.is_memo());
        let rows = rows.chunks_exact(self.row_len);
        rows.flat_map(move |row| fields().map(|(field, _)| field.cell(row)))
    }

    /// Text that is not plain ASCII, one piece a line.
    fn sample(&self, rows: &[u8], memo: Option<Memo<'_>>) -> Vec<u8> {
        let mut sample = Vec::new();
        // What fills its column may end within a character.
        let mut cut = Vec::new();
        let mut long = Vec::new();
        for row in rows.chunks_exact(self.row_len) {
            for (field, _) in self.fields.iter().filter(|(field, _)| field.is_text()) {
                let text = until_nul(field.cell(row)).trim_ascii();
                let whole = text.len() < field.width;
                add_to_sample(if whole { &mut sample } else { &mut cut }, text);
            }
            for (field, _) in self.fields.iter().filter(|(field, _)| field.is_memo()) {
                let text = memo.and_then(|memo| memo.text(field.cell(row)));
                add_to_sample(&mut long, text.unwrap_or_default());
            }
            if sample.len() + long.len() > SAMPLE {
                break;
            }
        }
        let mut names = Vec::new();
        for (_, name) in &self.fields {
            add_to_sample(&mut names, until_nul(name));
        }
        // Names may be in another encoding than the values.
        [sample, long, cut, names]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    fn named_fields(self, encoding: &'static Encoding, has_memo: bool) -> (Vec<Field>, Oddities) {
        let mut oddities = Oddities::default();
        let mut taken = HashSet::new();
        let mut fields = Vec::new();
        for (number, (mut field, raw)) in self.fields.into_iter().enumerate() {
            let raw = until_nul(raw).trim_ascii();
            let encoding = code_page::of_name(raw, encoding);
            let (mut name, fault) = decoded(raw, encoding, raw.len() >= NAME_USED);
            name = name
                .chars()
                .map(|c| if c.is_control() { '_' } else { c })
                .collect();
            if name.is_empty() {
                name = format!("字段{}", number + 1);
            }
            if fault == Some(Oddity::CutCharacter) {
                oddities.cut_names.push(name.clone());
            }
            let mut unique = name.clone();
            let mut nth = 2;
            while !taken.insert(unique.clone()) {
                unique = format!("{name}_{nth}");
                nth += 1;
            }
            if unique != name {
                oddities.renamed.push((name, unique.clone()));
            }
            field.name = unique;
            if field.is_unread(has_memo) {
                oddities.unread.push(field.name.clone());
            }
            fields.push(field);
        }
        (fields, oddities)
    }
}

fn add_to_sample(sample: &mut Vec<u8>, text: &[u8]) {
    if !text.is_ascii() {
        sample.extend(text);
        sample.push(b'\n');
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

impl Table<'_> {
    fn row(&self, row: usize) -> Option<&[u8]> {
        let start = row.checked_mul(self.row_len)?;
        self.bytes.get(start..start.checked_add(self.row_len)?)
    }

    /// `None`: there is no such row.
    pub(super) fn is_deleted(&self, row: usize) -> Option<bool> {
        Some(self.row(row)?.first() == Some(&DELETED))
    }

    /// The values of a row, column by column; none where there is no such row.
    pub(super) fn values(
        &self,
        row: usize,
    ) -> impl Iterator<Item = (&Field, Value, Option<Oddity>)> {
        let bytes = self.row(row).unwrap_or_default();
        let fields: &[Field] = if bytes.is_empty() { &[] } else { &self.fields };
        (fields.iter())
            // Of no width it holds nothing, and there may be two thousand of them.
            .filter(|field| field.width > 0 && !field.is_unread(self.memo.is_some()))
            .map(move |field| {
                let encoding = self.encoding.encoding;
                let (value, oddity) = match self.memo.filter(|_| field.is_memo()) {
                    Some(memo) => long_text(memo.text(field.cell(bytes)), encoding),
                    None => field.value(field.cell(bytes), encoding),
                };
                (field, value, oddity)
            })
    }
}

impl Field {
    /// A row that is too short has less of it, or nothing.
    fn cell<'r>(&self, row: &'r [u8]) -> &'r [u8] {
        let end = (self.start + self.width).min(row.len());
        row.get(self.start.min(end)..end).unwrap_or_default()
    }

    const fn has_known_type(&self) -> bool {
        matches!(self.kind, b'C' | b'V' | b'W') || !self.is_text()
    }

    /// Of an unknown type, text is the best guess.
    const fn is_text(&self) -> bool {
        !matches!(
            self.kind,
            b'N' | b'F'
                | b'L'
                | b'D'
                | b'M'
                | b'B'
                | b'G'
                | b'P'
                | b'I'
                | b'O'
                | b'Y'
                | b'T'
                | b'@'
                | b'+'
        )
    }

    /// Its text stands in a file of its own.
    const fn is_memo(&self) -> bool {
        matches!(self.kind, b'M')
    }

    const fn is_unread(&self, has_memo: bool) -> bool {
        match self.kind {
            b'M' => !has_memo,
            b'G' | b'P' | b'T' | b'@' => true,
            // Eight bytes are a number, ten are the place of a text in another file.
            b'B' | b'O' | b'Y' => self.width != 8,
            b'I' | b'+' => self.width != 4,
            _ => false,
        }
    }

    fn value(&self, cell: &[u8], encoding: &'static Encoding) -> (Value, Option<Oddity>) {
        match self.kind {
            b'N' | b'F' => self.number(cell),
            b'L' => match cell.trim_ascii() {
                [b'T' | b't' | b'Y' | b'y'] => (Value::Boolean(true), None),
                [b'F' | b'f' | b'N' | b'n'] => (Value::Boolean(false), None),
                [] | [b'?' | 0] => (Value::Null, None),
                other => (lossy(other), Some(Oddity::NotOfItsType)),
            },
            b'D' => date(cell),
            b'I' | b'+' => {
                let number = cell.try_into().map(i32::from_le_bytes);
                (
                    number.map_or(Value::Null, |n| Value::Integer(n.into())),
                    None,
                )
            }
            b'B' | b'O' => real(cell.try_into().map_or(f64::NAN, f64::from_le_bytes)),
            b'Y' => {
                let number = cell.try_into().map_or(0, i64::from_le_bytes);
                (Value::Real(number as f64 / 10_000.0), None)
            }
            _ => {
                let fills = cell.len() == self.width && !cell.ends_with(b" ");
                let (text, oddity) = decoded(until_nul(cell).trim_ascii(), encoding, fills);
                if text.is_empty() {
                    (Value::Null, oddity)
                } else {
                    (Value::Text(text), oddity)
                }
            }
        }
    }

    fn number(&self, cell: &[u8]) -> (Value, Option<Oddity>) {
        let cell = until_nul(cell).trim_ascii();
        if cell.is_empty() {
            return (Value::Null, None);
        }
        if cell.iter().all(|byte| *byte == b'*') {
            return (Value::Null, Some(Oddity::Overflow));
        }
        let Ok(text) = std::str::from_utf8(cell) else {
            return (lossy(cell), Some(Oddity::NotOfItsType));
        };
        if self.decimals == 0
            && let Ok(number) = text.parse()
        {
            return (Value::Integer(number), None);
        }
        let digits = text.trim_start_matches(['+', '-']);
        if self.decimals == 0 && digits.len() > 18 && digits.bytes().all(|b| b.is_ascii_digit()) {
            // More digits than any number type keeps.
            return (Value::Text(text.to_owned()), None);
        }
        // A comma before the decimals, as some regional settings have it; one before thousands goes.
        let commas = text.matches(',').count();
        let plain = match (commas, text.contains('.')) {
            (0, _) => text.to_owned(),
            (1, false) => text.replace(',', "."),
            _ => text.replace(',', ""),
        };
        match plain.parse::<f64>() {
            Ok(number) => real(number),
            Err(_) => (lossy(cell), Some(Oddity::NotOfItsType)),
        }
    }
}

fn long_text(text: Option<&[u8]>, encoding: &'static Encoding) -> (Value, Option<Oddity>) {
    match text.map(|text| decoded(text, encoding, false)) {
        Some((text, oddity)) if !text.is_empty() => (Value::Text(text), oddity),
        _ => (Value::Null, None),
    }
}

fn real(number: f64) -> (Value, Option<Oddity>) {
    if number.is_finite() {
        (Value::Real(number), None)
    } else {
        (Value::Null, Some(Oddity::Overflow))
    }
}

fn lossy(cell: &[u8]) -> Value {
    Value::Text(String::from_utf8_lossy(cell).into_owned())
}

fn date(cell: &[u8]) -> (Value, Option<Oddity>) {
    let digits = until_nul(cell).trim_ascii();
    if digits.is_empty() || digits.iter().all(|byte| *byte == b'0') {
        return (Value::Null, None);
    }
    match std::str::from_utf8(digits) {
        Ok(text) if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let (year, day) = text.split_at(4);
            let (month, day) = day.split_at(2);
            (Value::Text(format!("{year}-{month}-{day}")), None)
        }
        _ => (lossy(digits), Some(Oddity::NotOfItsType)),
    }
}

/// Text that may end in half a character where it fills its column.
fn decoded(bytes: &[u8], encoding: &'static Encoding, fills: bool) -> (String, Option<Oddity>) {
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    if !had_errors {
        return (text.into_owned(), None);
    }
    if fills {
        // Up to three bytes of a character of four.
        for cut in 1..=bytes.len().min(3) {
            let shorter = bytes.get(..bytes.len() - cut).unwrap_or_default();
            if let Some(text) =
                encoding.decode_without_bom_handling_and_without_replacement(shorter)
            {
                return (text.into_owned(), Some(Oddity::CutCharacter));
            }
        }
    }
    (text.into_owned(), Some(Oddity::BadText))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: u8, decimals: u8) -> Field {
        Field {
            name: "x".to_owned(),
            kind,
            start: 0,
            width: 8,
            decimals,
        }
    }

    #[test]
    fn numbers_are_read_in_every_spelling_and_nothing_is_made_up() {
        for (cell, decimals, value, oddity) in [
            ("      12", 0, Value::Integer(12), None),
            ("   12,50", 2, Value::Real(12.5), None),
            ("1,234.50", 2, Value::Real(1234.5), None),
            ("1.25e+03", 5, Value::Real(1250.0), None),
            ("********", 2, Value::Null, Some(Oddity::Overflow)),
            ("        ", 2, Value::Null, None),
            (
                "   1#IND",
                2,
                Value::Text("1#IND".to_owned()),
                Some(Oddity::NotOfItsType),
            ),
            ("     nan", 2, Value::Null, Some(Oddity::Overflow)),
        ] {
            let found = field(b'N', decimals).value(cell.as_bytes(), encoding_rs::UTF_8);
            assert_eq!(found, (value, oddity), "{cell}");
        }
    }

    #[test]
    fn dates_are_written_out_and_empty_ones_are_empty() {
        let date = |cell: &str| field(b'D', 0).value(cell.as_bytes(), encoding_rs::UTF_8).0;
        assert_eq!(date("20210506"), Value::Text("2021-05-06".to_owned()));
        assert_eq!(date("00000000"), Value::Null);
        assert_eq!(date("2021/5/6"), Value::Text("2021/5/6".to_owned()));
    }
}
