//! Tables as CSV that Excel opens right: UTF-8 with its mark or GB18030, CRLF, and no cell that runs as a
//! formula.
//!
//! Must not know where the bytes go.

use std::borrow::Cow;
use std::io::{self, Write};

use super::figure::{Outline, Projector};
use super::text_out::TextOut;
use super::wkt::to_wkt;
use super::write::Fault;
use super::write_options::TextEncoding;
use crate::crs::Crs;
use crate::model::{Layer, ProjectSite, Value};

/// Without it Excel takes UTF-8 for the system's code page and shows 涔愬北 for 乐山.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The ledger's headings, in a workbook too.
pub(super) const SITE_HEADER: [&str; 14] = [
    "序号",
    "所属工程",
    "项目名称",
    "建设内容",
    "建设地点",
    "投资概算（万元）",
    "建设年限",
    "建设单位",
    "状态",
    "定位等级",
    "经度",
    "纬度",
    "累计到位（万元）",
    "累计完成（万元）",
];

pub(super) fn write_sites(
    out: &mut dyn Write,
    sites: &[&ProjectSite],
    encoding: TextEncoding,
) -> io::Result<usize> {
    let rows = sites.iter().map(|site| {
        let degrees =
            |degrees: Option<f64>| degrees.map_or_else(String::new, |d| format!("{d:.6}"));
        let at = site.placement.at;
        vec![
            site.id.0.to_string(),
            site.category.clone(),
            site.name.clone(),
            site.content.clone(),
            site.location.clone(),
            site.planned.to_string(),
            site.years_printed.clone(),
            site.units.join("、"),
            site.status().label().to_owned(),
            site.placement.grade.label().to_owned(),
            degrees(at.map(|at| at.lon)),
            degrees(at.map(|at| at.lat)),
            site.arrived().to_string(),
            site.completed().to_string(),
        ]
    });
    write_table(out, &SITE_HEADER, rows, encoding)
}

/// The layer's columns and, last, the geometry as WKT.
pub(super) fn write_layer(
    out: &mut dyn Write,
    layer: &Layer,
    crs: Crs,
    encoding: TextEncoding,
) -> Result<usize, Fault> {
    let projector = Projector::rounded(crs, Outline::CounterClockwise)?;
    let names = layer.fields.iter().map(|field| field.name.as_str());
    let mut table = Table::begin(out, encoding)?;
    table.row(names.chain(["WKT"]))?;
    for feature in &layer.features {
        let mut row: Vec<String> = feature.values.iter().map(Value::display).collect();
        row.resize(layer.fields.len(), String::new());
        let figure = projector.figure(feature)?;
        row.push(
            figure
                .map(|figure| to_wkt(&figure, crs))
                .unwrap_or_default(),
        );
        table.row(row.iter().map(String::as_str))?;
    }
    Ok(table.end()?)
}

pub(super) fn write_table(
    out: &mut dyn Write,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    encoding: TextEncoding,
) -> io::Result<usize> {
    let mut table = Table::begin(out, encoding)?;
    table.row(header.iter().copied())?;
    for row in rows {
        table.row(row.iter().map(String::as_str))?;
    }
    table.end()
}

struct Table<'a> {
    csv: csv::Writer<TextOut<'a>>,
    /// The heading too.
    rows: usize,
}

impl<'a> Table<'a> {
    fn begin(out: &'a mut dyn Write, encoding: TextEncoding) -> io::Result<Self> {
        if encoding == TextEncoding::Utf8 {
            out.write_all(BYTE_ORDER_MARK)?;
        }
        let csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(TextOut::new(out, encoding));
        Ok(Self { csv, rows: 0 })
    }

    fn row<'c>(&mut self, cells: impl Iterator<Item = &'c str>) -> io::Result<()> {
        for cell in cells {
            self.csv.write_field(&*harmless(cell))?;
        }
        self.rows += 1;
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    fn end(mut self) -> io::Result<usize> {
        self.csv.flush()?;
        Ok(self.rows.saturating_sub(1))
    }
}

/// Excel runs a cell that starts with `=`, `+`, `-` or `@` as a formula, even from a CSV. An apostrophe in
/// front keeps it text; a number such as -3.5 stays the number it is. Where there is such an apostrophe
/// already it gets another one: whoever reads the table takes off one.
fn harmless(cell: &str) -> Cow<'_, str> {
    const STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
    let is_number = cell.parse::<f64>().is_ok_and(f64::is_finite);
    if cell.trim_start_matches('\'').starts_with(STARTS) && !is_number {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_left_alone() {
        assert_eq!(
            harmless("=HYPERLINK(\"http://x\")"),
            "'=HYPERLINK(\"http://x\")"
        );
        assert_eq!(harmless("@岷江"), "'@岷江");
        assert_eq!(harmless("-"), "'-");
        assert_eq!(harmless("-inf"), "'-inf");
        assert_eq!(harmless("'=A1"), "''=A1");
        for plain in ["-3.5", "+2", "岷江=长江支流", "'78", ""] {
            assert_eq!(harmless(plain), plain);
        }
    }
}
