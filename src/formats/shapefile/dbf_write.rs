//! The attribute table of a Shapefile that is written: every column with the narrowest type that loses
//! nothing, where the format has one.
//!
//! Must not know geometry, nor where the bytes go.

use std::borrow::Cow;
use std::collections::HashSet;

use encoding_rs::{GB18030, GBK};

use crate::formats::TextEncoding;
use crate::model::{Feature, Layer, Value};

/// Bytes of a column's name.
const NAME: usize = 10;
/// Bytes of a text.
const TEXT: usize = 254;
/// Characters of a number.
const NUMBER: usize = 24;
/// As other programs write whole and broken numbers.
const USUAL_INTEGER: usize = 9;
const USUAL_REAL: usize = 19;

pub(super) struct Table {
    /// Empty: no table can be so wide.
    pub(super) bytes: Vec<u8>,
    /// For the `.cpg`.
    pub(super) code_page: &'static str,
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Real,
    Logical,
}

struct Column {
    /// In the layer.
    place: usize,
    name: Vec<u8>,
    kind: Kind,
    width: usize,
    decimals: usize,
}

pub(super) fn table(
    layer: &Layer,
    rows: impl Iterator<Item = usize> + Clone,
    text: TextEncoding,
) -> Table {
    let encoder = Encoder(text);
    let mut notes = Vec::new();
    let features: Vec<&Feature> = rows.filter_map(|row| layer.features.get(row)).collect();
    let columns = columns(layer, &features, encoder, &mut notes);
    let code_page = encoder.code_page(layer, &features);
    // A table without columns is none for most programs: number the rows.
    let numbered = columns.is_empty();
    let row_len: usize = 1 + columns.iter().map(|column| column.width).sum::<usize>();
    let row_len = if numbered { 1 + USUAL_INTEGER } else { row_len };
    let header_len = 32 + 32 * columns.len().max(1) + 1;
    let (Ok(header_len), Ok(short_row_len), Ok(count)) = (
        u16::try_from(header_len),
        u16::try_from(row_len),
        u32::try_from(features.len()),
    ) else {
        return Table {
            bytes: Vec::new(),
            code_page,
            notes,
        };
    };

    let mut bytes = vec![0x03];
    bytes.extend(today());
    bytes.extend(count.to_le_bytes());
    bytes.extend(header_len.to_le_bytes());
    bytes.extend(short_row_len.to_le_bytes());
    bytes.extend([0; 17]);
    bytes.push(match text {
        TextEncoding::Gb18030 => 0x4D,
        TextEncoding::Utf8 => 0,
    });
    bytes.extend([0; 2]);
    for column in &columns {
        descriptor(
            &mut bytes,
            &column.name,
            column.kind,
            column.width,
            column.decimals,
        );
    }
    if numbered {
        descriptor(&mut bytes, b"FID", Kind::Integer, USUAL_INTEGER, 0);
    }
    bytes.push(0x0D);

    let mut cut = 0_usize;
    for (number, feature) in features.iter().enumerate() {
        bytes.push(b' ');
        for column in &columns {
            let value = feature.values.get(column.place).unwrap_or(&Value::Null);
            cut += usize::from(column.push(&mut bytes, value, encoder));
        }
        if numbered {
            bytes.extend(format!("{number:>USUAL_INTEGER$}").bytes());
        }
    }
    bytes.push(0x1A);
    if cut > 0 {
        notes.push(format!(
            "{cut} 处文字超过 Shapefile 的 {TEXT} 字节上限，已截断"
        ));
    }
    Table {
        bytes,
        code_page,
        notes,
    }
}

fn columns(
    layer: &Layer,
    features: &[&Feature],
    encoder: Encoder,
    notes: &mut Vec<String>,
) -> Vec<Column> {
    let mut taken = HashSet::new();
    let mut renamed = Vec::new();
    let columns = (layer.fields.iter().enumerate())
        .map(|(place, field)| {
            let short = encoder.short_name(&field.name, &mut taken);
            if short != field.name {
                renamed.push(format!("“{}”→“{short}”", field.name));
            }
            let values = features
                .iter()
                .filter_map(|feature| feature.values.get(place));
            Column::fitting(place, encoder.bytes(&short).into_owned(), values, encoder)
        })
        .collect();
    if !renamed.is_empty() {
        notes.push(format!(
            "Shapefile 的字段名最多 {NAME} 个字节，已缩短：{}",
            renamed.join("、")
        ));
    }
    columns
}

impl Column {
    fn fitting<'v>(
        place: usize,
        name: Vec<u8>,
        values: impl Iterator<Item = &'v Value> + Clone,
        encoder: Encoder,
    ) -> Self {
        let kind = kind_of(values.clone());
        let (mut width, mut decimals) = (0, 0);
        for value in values {
            match (kind, value) {
                (_, Value::Null) => {}
                (Kind::Real, value) => {
                    let number = real(value.as_f64());
                    let fraction = number.split_once('.').map_or(0, |(_, digits)| digits.len());
                    decimals = decimals.max(fraction);
                    width = width.max(number.len());
                }
                (_, value) => width = width.max(encoder.bytes(&value.display()).len()),
            }
        }
        let (width, decimals) = match kind {
            Kind::Text => (width.clamp(1, TEXT), 0),
            Kind::Integer => (width.max(USUAL_INTEGER), 0),
            // Without decimals it would be read back as whole numbers.
            Kind::Real => (width.clamp(USUAL_REAL, NUMBER), decimals.clamp(1, 15)),
            Kind::Logical => (1, 0),
        };
        Self {
            place,
            name,
            kind,
            width,
            decimals,
        }
    }

    /// `true`: the value did not fit whole.
    fn push(&self, bytes: &mut Vec<u8>, value: &Value, encoder: Encoder) -> bool {
        let width = self.width;
        let end = bytes.len() + width;
        let mut cut = false;
        match (self.kind, value) {
            (Kind::Logical, Value::Boolean(truth)) => bytes.push(if *truth { b'T' } else { b'F' }),
            (Kind::Logical, _) => bytes.push(b'?'),
            (_, Value::Null) => {}
            (Kind::Text, value) => {
                let text = value.display().replace('\0', " ");
                let kept = encoder.cut(&text, width);
                cut = kept.len() < text.len();
                bytes.extend(encoder.bytes(kept).iter());
            }
            (Kind::Integer, value) => bytes.extend(format!("{:>width$}", value.display()).bytes()),
            (Kind::Real, value) => {
                bytes.extend(format!("{:>width$}", real(value.as_f64())).bytes());
            }
        }
        bytes.resize(end, b' ');
        cut
    }
}

/// A column of the layer may hold what its type does not say; text holds all.
fn kind_of<'v>(values: impl Iterator<Item = &'v Value>) -> Kind {
    let mut found: Option<Kind> = None;
    for value in values {
        let kind = match value {
            Value::Null => continue,
            Value::Text(_) => Kind::Text,
            Value::Integer(_) => Kind::Integer,
            Value::Real(_) => Kind::Real,
            Value::Boolean(_) => Kind::Logical,
        };
        found = Some(match (found, kind) {
            (None, kind) => kind,
            (Some(one), other) if one == other => one,
            (Some(Kind::Integer | Kind::Real), Kind::Integer | Kind::Real) => Kind::Real,
            _ => return Kind::Text,
        });
    }
    found.unwrap_or(Kind::Text)
}

/// The shortest spelling that reads back as the same number; empty where it is none.
fn real(number: Option<f64>) -> String {
    let Some(number) = number.filter(|number| number.is_finite()) else {
        return String::new();
    };
    let plain = number.to_string();
    if plain.len() <= NUMBER {
        plain
    } else {
        format!("{number:e}")
    }
}

fn descriptor(bytes: &mut Vec<u8>, name: &[u8], kind: Kind, width: usize, decimals: usize) {
    let mut descriptor = [0; 32];
    for (to, from) in descriptor.iter_mut().zip(name.iter().take(NAME)) {
        *to = *from;
    }
    descriptor[11] = match kind {
        Kind::Text => b'C',
        Kind::Integer | Kind::Real => b'N',
        Kind::Logical => b'L',
    };
    descriptor[16] = u8::try_from(width).unwrap_or(u8::MAX);
    descriptor[17] = u8::try_from(decimals).unwrap_or_default();
    bytes.extend(descriptor);
}

/// Year since 1900, month, day.
fn today() -> [u8; 3] {
    let today = jiff::ZonedDateTime::now().date();
    let byte = |number: i16| u8::try_from(number).unwrap_or_default();
    [
        byte(today.year() - 1900),
        byte(today.month().into()),
        byte(today.day().into()),
    ]
}

#[derive(Clone, Copy)]
struct Encoder(TextEncoding);

impl Encoder {
    fn bytes(self, text: &str) -> Cow<'_, [u8]> {
        match self.0 {
            TextEncoding::Utf8 => Cow::Borrowed(text.as_bytes()),
            TextEncoding::Gb18030 => GB18030.encode(text).0,
        }
    }

    /// As much of the text as fits, no character cut in two.
    fn cut(self, text: &str, width: usize) -> &str {
        if self.bytes(text).len() <= width {
            return text;
        }
        let mut len = 0;
        let end = text.char_indices().find(|(_, c)| {
            len += self.bytes(c.encode_utf8(&mut [0; 4])).len();
            len > width
        });
        end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
    }

    /// Ten bytes at most, and no other column's name: programs do not tell capitals from small letters.
    fn short_name(self, name: &str, taken: &mut HashSet<String>) -> String {
        let name: String = (name.trim().chars())
            .map(|c| if c.is_control() { '_' } else { c })
            .collect();
        let name = if name.is_empty() { "FIELD" } else { &name };
        let mut short = self.cut(name, NAME).to_owned();
        for number in 2.. {
            if taken.insert(short.to_uppercase()) {
                break;
            }
            let suffix = format!("_{number}");
            short = format!(
                "{}{suffix}",
                self.cut(name, NAME.saturating_sub(suffix.len()))
            );
        }
        short
    }

    /// Rare characters are beyond GBK, which more programs know by name.
    fn code_page(self, layer: &Layer, features: &[&Feature]) -> &'static str {
        let is_gbk = |text: &str| text.is_ascii() || !GBK.encode(text).2;
        let names = layer.fields.iter().map(|field| field.name.as_str());
        let values = features.iter().flat_map(|feature| &feature.values);
        let mut texts = names.chain(values.filter_map(Value::as_text));
        match self.0 {
            TextEncoding::Utf8 => "UTF-8",
            TextEncoding::Gb18030 if texts.all(is_gbk) => "GBK",
            TextEncoding::Gb18030 => "GB18030",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_between_characters_and_stay_different() {
        let mut taken = HashSet::new();
        let mut short = |text, name| Encoder(text).short_name(name, &mut taken);
        use TextEncoding::{Gb18030, Utf8};
        assert_eq!(short(Gb18030, "生态保护红线类型"), "生态保护红");
        assert_eq!(short(Gb18030, "生态保护红线面积"), "生态保护_2");
        assert_eq!(short(Utf8, "水质目标"), "水质目");
        assert_eq!(short(Gb18030, "name"), "name");
        assert_eq!(short(Gb18030, "NAME"), "NAME_2");
        assert_eq!(short(Gb18030, ""), "FIELD");
    }

    #[test]
    fn numbers_fit_and_read_back_the_same() {
        for number in [
            0.1,
            -665_700.123_456_789,
            1e300,
            f64::MIN_POSITIVE,
            -1.234e-200,
        ] {
            let text = real(Some(number));
            assert!(text.len() <= NUMBER, "{text}");
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
        }
        assert_eq!(real(Some(f64::NAN)), "");
    }
}
