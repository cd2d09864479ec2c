//! Layers and the ledger as workbooks: a table that can be sorted and filtered, and a sheet that says where
//! it comes from.
//!
//! Numbers are numbers and long codes text, so that no spreadsheet rounds them. Must not know where the bytes go.

use std::io::{self, Write};

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::csv_write::SITE_HEADER;
use super::figure::{Figure, Kinds, Outline, Position, Projector};
use super::wkt::to_wkt;
use super::write::Fault;
use crate::crs::Crs;
use crate::model::{Layer, ProjectSite, Value};

/// UTF-16 units of a cell.
const MAX_TEXT: usize = 32_767;
/// With the heading.
const MAX_ROWS: usize = 1_048_576;
/// Spreadsheets keep 15 digits of a number.
const MAX_INTEGER: u64 = 999_999_999_999_999;
/// Of a sheet's name.
const MAX_NAME: usize = 31;

const NOTES: &str = "说明";
const DATA: &str = "数据";

/// Columns whose names are taken for a place when the table is read again.
const PLACE_WORDS: [&str; 9] = [
    "经度",
    "纬度",
    "东经",
    "北纬",
    "坐标",
    "longitude",
    "latitude",
    "easting",
    "northing",
];
const PLACE_NAMES: [&str; 10] = [
    "lon", "lng", "long", "lat", "x", "y", "east", "north", "pointx", "pointy",
];

/// A column that shows this much is wide enough.
const WIDEST: usize = 48;
const NARROWEST: usize = 8;
/// Rows that decide how wide a column is.
const MEASURED: usize = 500;

pub(super) fn write_layer(
    out: &mut dyn Write,
    layer: &Layer,
    crs: Crs,
) -> Result<(usize, Vec<String>), Fault> {
    if layer.features.len() >= MAX_ROWS {
        return Err(Fault::TooLarge("工作表最多 1 048 576 行"));
    }
    let projector = Projector::rounded(crs, Outline::CounterClockwise)?;
    let place = Place::of(layer, crs);
    let mut book = Workbook::new();
    let mut table = Table::begin(&sheet_name(&layer.name));
    let names = layer.fields.iter().map(|field| field.name.as_str());
    table.heading(names.chain(place.headings()))?;
    for feature in &layer.features {
        table.next_row();
        for (column, _) in layer.fields.iter().enumerate() {
            table.value(column, feature.values.get(column).unwrap_or(&Value::Null))?;
        }
        if let Some(figure) = projector.figure(feature)? {
            table.place(layer.fields.len(), place, &figure, crs)?;
        }
    }
    let notes = table.notes();
    book.push_worksheet(table.end()?);
    let placement = layer.placement.label();
    let source = layer.source.as_str();
    let system = format!("{}（{crs}）", crs.label());
    let count = layer.features.len().to_string();
    book.push_worksheet(about(&[
        ("图层", &layer.name),
        ("类别", layer.kind.label()),
        ("要素数", &count),
        ("坐标系", &system),
        ("位置", place.sentence()),
        ("定位等级", placement),
        (
            "来源",
            if source.is_empty() {
                "未注明"
            } else {
                source
            },
        ),
        ("导出时间", &now()),
        ("软件", "生态红线一张图"),
    ])?);
    save(&mut book, out)?;
    Ok((layer.features.len(), notes))
}

/// The ledger, under the headings of its CSV.
pub(super) fn write_sites(out: &mut dyn Write, sites: &[&ProjectSite]) -> Result<usize, Fault> {
    let mut book = Workbook::new();
    let mut table = Table::begin("项目台账");
    table.heading(SITE_HEADER.into_iter())?;
    for site in sites {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |number: Option<f64>| number.map_or(Value::Null, Value::Real);
        let at = site.placement.at;
        let row = [
            Value::Integer(site.id.0),
            text(&site.category),
            text(&site.name),
            text(&site.content),
            text(&site.location),
            Value::Real(site.planned.as_wan_f64()),
            text(&site.years_printed),
            text(&site.units.join("、")),
            text(site.status().label()),
            text(site.placement.grade.label()),
            number(at.map(|at| at.lon)),
            number(at.map(|at| at.lat)),
            Value::Real(site.arrived().as_wan_f64()),
            Value::Real(site.completed().as_wan_f64()),
        ];
        table.next_row();
        for (column, value) in row.iter().enumerate() {
            table.value(column, value)?;
        }
    }
    book.push_worksheet(table.end()?);
    let count = sites.len().to_string();
    let system = format!("{}（{}）", Crs::Cgcs2000.label(), Crs::Cgcs2000);
    book.push_worksheet(about(&[
        ("内容", "重点工程项目台账"),
        ("项目数", &count),
        ("金额单位", "万元"),
        ("坐标系", &system),
        (
            "位置",
            "没有经纬度的项目尚未定位；“概略”的位置只供示意，不作依据",
        ),
        ("导出时间", &now()),
        ("软件", "生态红线一张图"),
    ])?);
    save(&mut book, out)?;
    Ok(sites.len())
}

/// How places are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Degrees { heights: bool },
    Metres { heights: bool },
    Wkt,
}

impl Place {
    fn of(layer: &Layer, crs: Crs) -> Self {
        let is_point = Kinds {
            points: 1,
            ..Kinds::default()
        };
        let mut placed = layer
            .features
            .iter()
            .filter(|feature| feature.geometry.is_some());
        let all_points = (placed.clone())
            .all(|feature| feature.geometry.as_ref().map(Kinds::of) == Some(is_point));
        // A column that is already called so would be taken for the place.
        let is_taken = layer.fields.iter().any(|field| {
            let name = field.name.to_lowercase();
            let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            PLACE_WORDS.iter().any(|word| name.contains(word))
                || PLACE_NAMES.contains(&plain.as_str())
        });
        if !all_points || is_taken {
            return Self::Wkt;
        }
        let heights = placed.any(|feature| feature.heights.is_some());
        if crs.is_geographic() {
            Self::Degrees { heights }
        } else {
            Self::Metres { heights }
        }
    }

    fn headings<'h>(self) -> impl Iterator<Item = &'h str> {
        let (headings, heights): (&[&str], bool) = match self {
            Self::Degrees { heights } => (&["经度", "纬度"], heights),
            Self::Metres { heights } => (&["东坐标（米）", "北坐标（米）"], heights),
            Self::Wkt => (&["WKT"], false),
        };
        headings
            .iter()
            .copied()
            .chain(heights.then_some("高程（米）"))
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Degrees { .. } => "“经度”“纬度”两列，单位为度",
            Self::Metres { .. } => "“东坐标”“北坐标”两列，单位为米",
            Self::Wkt => "“WKT”一列，图形的文字写法，可再导入本软件或 QGIS",
        }
    }
}

/// A sheet with a bold, frozen, filtered heading, as wide as its content.
struct Table {
    sheet: Worksheet,
    wrapped: Format,
    row: u32,
    widths: Vec<usize>,
    cut_texts: usize,
    long_shapes: usize,
}

impl Table {
    fn begin(name: &str) -> Self {
        let mut sheet = Worksheet::new();
        // A name that is still not allowed is not worth the export.
        if sheet.set_name(name).is_err() {
            log::warn!("sheet name “{name}” refused");
        }
        Self {
            sheet,
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            row: 0,
            widths: Vec::new(),
            cut_texts: 0,
            long_shapes: 0,
        }
    }

    fn heading<'h>(&mut self, names: impl Iterator<Item = &'h str>) -> Result<(), Fault> {
        let bold = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_border_bottom(FormatBorder::Thin);
        for (at, name) in names.enumerate() {
            self.measure(at, name);
            let name = fitting(name).unwrap_or(name);
            self.sheet
                .write_string_with_format(0, column(at), name, &bold)
                .map_err(failed)?;
        }
        Ok(())
    }

    const fn next_row(&mut self) {
        self.row += 1;
    }

    fn value(&mut self, at: usize, value: &Value) -> Result<(), Fault> {
        match value {
            Value::Text(text) => {
                let kept = fitting(text).unwrap_or(text);
                self.cut_texts += usize::from(kept.len() < text.len());
                self.text(at, kept)?;
            }
            Value::Integer(number) if number.unsigned_abs() > MAX_INTEGER => {
                self.text(at, &number.to_string())?;
            }
            Value::Integer(number) => self.number(at, *number as f64)?,
            Value::Real(number) if number.is_finite() => self.number(at, *number)?,
            Value::Null | Value::Real(_) => {}
            Value::Boolean(truth) => {
                self.sheet
                    .write_boolean(self.row, column(at), *truth)
                    .map_err(failed)?;
            }
        }
        Ok(())
    }

    fn place(&mut self, at: usize, place: Place, figure: &Figure, crs: Crs) -> Result<(), Fault> {
        if let (Place::Degrees { .. } | Place::Metres { .. }, Figure::Point(position)) =
            (place, figure)
        {
            let Position { x, y, z } = *position;
            self.number(at, x)?;
            self.number(at + 1, y)?;
            return z.map_or(Ok(()), |z| self.number(at + 2, z));
        }
        let wkt = to_wkt(figure, crs);
        if fitting(&wkt).is_some() {
            // Half a shape would be another shape.
            self.long_shapes += 1;
            return Ok(());
        }
        self.text(at, &wkt)
    }

    fn text(&mut self, at: usize, text: &str) -> Result<(), Fault> {
        self.measure(at, text);
        let (row, column) = (self.row, column(at));
        let written = if text.contains('\n') {
            (self.sheet).write_string_with_format(row, column, text, &self.wrapped)
        } else {
            self.sheet.write_string(row, column, text)
        };
        written.map_err(failed)?;
        Ok(())
    }

    fn number(&mut self, at: usize, number: f64) -> Result<(), Fault> {
        self.measure(at, &number.to_string());
        self.sheet
            .write_number(self.row, column(at), number)
            .map_err(failed)?;
        Ok(())
    }

    fn measure(&mut self, at: usize, text: &str) {
        if self.row as usize > MEASURED {
            return;
        }
        if self.widths.len() <= at {
            self.widths.resize(at + 1, NARROWEST);
        }
        let width = |line: &str| -> usize {
            let chars = line.chars().take(WIDEST);
            chars.map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
        };
        let longest = text.lines().map(width).max().unwrap_or_default();
        if let Some(widest) = self.widths.get_mut(at) {
            *widest = longest.clamp(*widest, WIDEST.max(*widest));
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.long_shapes > 0 {
            notes.push(format!(
                "{} 个要素的图形超过单元格上限（{MAX_TEXT} 个字符），单元格留空；要保留图形请用 GeoPackage、Shapefile 或 GeoJSON",
                self.long_shapes
            ));
        }
        if self.cut_texts > 0 {
            notes.push(format!(
                "{} 处文字超过单元格上限（{MAX_TEXT} 个字符），已截断",
                self.cut_texts
            ));
        }
        notes
    }

    fn end(mut self) -> Result<Worksheet, Fault> {
        for (at, width) in self.widths.iter().enumerate() {
            // Room for the filter's arrow.
            let width = u32::try_from(width + 3).unwrap_or(u32::MAX);
            self.sheet
                .set_column_width(column(at), width)
                .map_err(failed)?;
        }
        let last = column(self.widths.len().saturating_sub(1));
        self.sheet.set_freeze_panes(1, 0).map_err(failed)?;
        self.sheet
            .autofilter(0, 0, self.row, last)
            .map_err(failed)?;
        Ok(self.sheet)
    }
}

/// The sheet that says what the other one is.
fn about(rows: &[(&str, &str)]) -> Result<Worksheet, Fault> {
    let mut table = Worksheet::new();
    table.set_name(NOTES).map_err(failed)?;
    let bold = Format::new().set_bold().set_align(FormatAlign::Top);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    table.set_column_width(0, 12).map_err(failed)?;
    table.set_column_width(1, 72).map_err(failed)?;
    for (row, (what, text)) in (0..).zip(rows) {
        let text = fitting(text).unwrap_or(text);
        table
            .write_string_with_format(row, 0, *what, &bold)
            .and_then(|sheet| sheet.write_string_with_format(row, 1, text, &wrapped))
            .map_err(failed)?;
    }
    Ok(table)
}

fn save(book: &mut Workbook, out: &mut dyn Write) -> Result<(), Fault> {
    let bytes = book.save_to_buffer().map_err(failed)?;
    Ok(out.write_all(&bytes)?)
}

fn failed(err: XlsxError) -> Fault {
    match err {
        XlsxError::IoError(err) => Fault::Io(err),
        other => Fault::Io(io::Error::other(other)),
    }
}

fn column(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// What of a text goes into a cell; `None`: all of it.
fn fitting(text: &str) -> Option<&str> {
    let mut units = 0;
    let (end, _) = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_TEXT
    })?;
    text.get(..end)
}

fn sheet_name(name: &str) -> String {
    let mut units = 0;
    let name: String = (name.chars())
        .map(|c| {
            if c.is_control() || "[]:*?/\\".contains(c) {
                '_'
            } else {
                c
            }
        })
        .take_while(|c| {
            units += c.len_utf16();
            units <= MAX_NAME
        })
        .collect();
    let name = name.trim().trim_matches('\'').trim();
    if name.is_empty() || name == NOTES {
        DATA.to_owned()
    } else {
        name.to_owned()
    }
}

fn now() -> String {
    jiff::ZonedDateTime::now()
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_takes_what_fits_and_no_half_character() {
        assert_eq!(fitting("乐山"), None);
        assert_eq!(fitting(&"山".repeat(MAX_TEXT)), None);
        let long = "\u{20000}".repeat(MAX_TEXT);
        assert_eq!(
            fitting(&long).map(|kept| kept.chars().count()),
            Some(MAX_TEXT / 2)
        );
    }

    #[test]
    fn any_layer_name_makes_a_sheet_name() {
        for (name, expected) in [
            ("生态保护红线（示意）", "生态保护红线（示意）"),
            ("a/b:c", "a_b_c"),
            ("", "数据"),
            ("说明", "数据"),
            ("'引'", "引"),
        ] {
            assert_eq!(sheet_name(name), expected);
        }
        assert_eq!(sheet_name(&"长".repeat(40)).chars().count(), 31);
    }
}
