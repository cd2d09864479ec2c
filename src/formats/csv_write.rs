//! Tables as CSV that Excel opens right: UTF-8 with its mark, CRLF, and no cell that runs as a formula.
//! Must not know where the bytes go.

use std::borrow::Cow;
use std::io::{self, Write};

use super::wkt::to_wkt;
use crate::model::{Layer, ProjectSite, Value};

/// Without it Excel takes UTF-8 for the system's code page and shows 涔愬北 for 乐山.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

const SITE_HEADER: [&str; 14] = [
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

pub(super) fn write_sites(out: &mut dyn Write, sites: &[&ProjectSite]) -> io::Result<usize> {
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
    write_table(out, &SITE_HEADER, rows)
}

/// The layer's columns and, last, the geometry as WKT.
pub(super) fn write_layer(out: &mut dyn Write, layer: &Layer) -> io::Result<usize> {
    let names = layer.fields.iter().map(|field| field.name.as_str());
    let header: Vec<&str> = names.chain(["WKT"]).collect();
    let rows = layer.features.iter().map(|feature| {
        let mut row: Vec<String> = feature.values.iter().map(Value::display).collect();
        row.resize(layer.fields.len(), String::new());
        row.push(feature.geometry.as_ref().map(to_wkt).unwrap_or_default());
        row
    });
    write_table(out, &header, rows)
}

pub(super) fn write_table(
    out: &mut dyn Write,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> io::Result<usize> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(out);
    let safe = |cells: &mut dyn Iterator<Item = &str>, table: &mut csv::Writer<_>| {
        for cell in cells {
            table.write_field(&*harmless(cell))?;
        }
        table.write_record(None::<&[u8]>)
    };
    safe(&mut header.iter().copied(), &mut table)?;
    let mut written = 0;
    for row in rows {
        safe(&mut row.iter().map(String::as_str), &mut table)?;
        written += 1;
    }
    table.flush()?;
    Ok(written)
}

/// Excel runs a cell that starts with `=`, `+`, `-` or `@` as a formula, even from a CSV. An apostrophe in
/// front keeps it text; a number such as -3.5 stays the number it is.
fn harmless(cell: &str) -> Cow<'_, str> {
    let dangerous = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if dangerous && cell.parse::<f64>().is_err() {
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
        for plain in ["-3.5", "+2", "岷江=长江支流", ""] {
            assert_eq!(harmless(plain), plain);
        }
    }
}
