//! Which format is it? By content first; the ending decides only where the content does not.
//!
//! Must not know how any format is read.

use std::borrow::Cow;

use super::source::Source;

/// How every SQLite file starts, and so every GeoPackage.
pub(super) const SQLITE: &[u8] = b"SQLite format 3\0";

/// So much of a text tells what it is.
const LOOK: usize = 4096;

/// A format with a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// GeoJSON, one document or one a line.
    GeoJson,
    TopoJson,
    Shapefile,
    /// `.zip` and `.kmz`: one of the others inside.
    Archive,
    Kml,
    Gpx,
    GeoPackage,
    /// 界址点.
    BoundaryTxt,
    Dxf,
    Csv,
    Xlsx,
}

impl Format {
    /// As users call it.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::TopoJson => "TopoJSON",
            Self::Shapefile => "Shapefile",
            Self::Archive => "压缩包",
            Self::Kml => "KML",
            Self::Gpx => "GPX",
            Self::GeoPackage => "GeoPackage",
            Self::BoundaryTxt => "界址点 TXT",
            Self::Dxf => "DXF",
            Self::Csv => "CSV 表格",
            Self::Xlsx => "XLSX 表格",
        }
    }
}

/// Formats that planners have and this version does not read, by the file's ending.
pub(super) fn unsupported_ending(ending: &str) -> Option<&'static str> {
    Some(match ending {
        "dbf" | "shx" | "prj" | "cpg" => "Shapefile 的附属文件（缺少同名的 .shp）",
        "gdb" | "mdb" => "ArcGIS 地理数据库",
        "dwg" => "CAD 图（DWG）",
        "mpk" | "lpk" | "mxd" | "aprx" | "lyr" | "lyrx" => "ArcGIS 工程或图层包",
        "qgz" | "qgs" => "QGIS 工程",
        "xls" => "旧版表格（XLS）",
        "et" => "WPS 表格",
        "rar" | "7z" => "压缩包",
        "doc" | "docx" | "wps" => "文字文档",
        "tif" | "tiff" | "png" | "jpg" | "jpeg" | "pdf" | "img" => "图像",
        _ => return None,
    })
}

/// `Err`: it is something that this version does not read.
pub(super) fn detect(source: &Source<'_>) -> Result<Format, &'static str> {
    let ending = source.ending();
    if let Some(known) = by_magic(&source.bytes, &ending) {
        return known;
    }
    let start = start_of_text(&source.bytes);
    let start = start.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // Before JSON, which may start with a bracket too.
    if is_boundary_txt(start) {
        return Ok(Format::BoundaryTxt);
    }
    if start.starts_with(['{', '[']) {
        let topology = start.contains("\"Topology\"") && start.contains("\"type\"");
        return Ok(if topology || ending == "topojson" {
            Format::TopoJson
        } else {
            Format::GeoJson
        });
    }
    if start.starts_with('<') {
        if start.contains("<gpx") {
            return Ok(Format::Gpx);
        }
        if start.contains("<kml") || start.contains("kml/2") || ending == "kml" {
            return Ok(Format::Kml);
        }
        if ending == "gpx" {
            return Ok(Format::Gpx);
        }
    }
    if is_dxf(start) {
        return Ok(Format::Dxf);
    }
    Ok(match ending.as_str() {
        "shp" => Format::Shapefile,
        "kml" => Format::Kml,
        "kmz" | "zip" => Format::Archive,
        "gpx" => Format::Gpx,
        "gpkg" => Format::GeoPackage,
        "dxf" => Format::Dxf,
        "xlsx" | "xlsm" => Format::Xlsx,
        "csv" | "tsv" => Format::Csv,
        "txt" if looks_like_a_table(start) => Format::Csv,
        "txt" => Format::BoundaryTxt,
        "topojson" => Format::TopoJson,
        // Its reader says best what it is not.
        _ => Format::GeoJson,
    })
}

/// First bytes that are unmistakable, whatever the file is called.
fn by_magic(bytes: &[u8], ending: &str) -> Option<Result<Format, &'static str>> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    Some(if starts(b"\x00\x00\x27\x0a") {
        Ok(Format::Shapefile)
    } else if starts(SQLITE) {
        Ok(Format::GeoPackage)
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        if is_workbook(bytes, ending) {
            Ok(Format::Xlsx)
        } else if contains(bytes, b"word/document.xml") {
            Err("文字文档")
        } else {
            Ok(Format::Archive)
        }
    } else if starts(b"AutoCAD Binary DXF") {
        Ok(Format::Dxf)
    } else if starts(b"AC10") {
        Err("CAD 图（DWG）")
    } else if starts(b"%PDF") {
        Err("PDF")
    } else if [&b"\x89PNG"[..], b"\xFF\xD8\xFF", b"II*\0", b"MM\0*"]
        .iter()
        .any(|magic| starts(magic))
    {
        Err("图像")
    } else if starts(b"\x1f\x8b") || starts(b"Rar!") || starts(b"7z\xBC\xAF\x27\x1C") {
        Err("压缩包")
    } else if starts(b"\xD0\xCF\x11\xE0") {
        Err("旧版 Office 文件（XLS 或 DOC）")
    } else if starts(b"\x00\x01\x00\x00Standard Jet DB") {
        Err("ArcGIS 地理数据库")
    } else {
        return None;
    })
}

/// An archive with a workbook in it, by the names in its directory.
fn is_workbook(bytes: &[u8], ending: &str) -> bool {
    matches!(ending, "xlsx" | "xlsm")
        || contains(bytes, b"xl/workbook.xml") && contains(bytes, b"[Content_Types].xml")
}

/// Names stand uncompressed in an archive's directory, at its end, and before each member.
fn contains(bytes: &[u8], name: &[u8]) -> bool {
    let near = |part: &[u8]| part.windows(name.len()).any(|window| window == name);
    let head = bytes.get(..LOOK.min(bytes.len())).unwrap_or_default();
    let tail = bytes
        .get(bytes.len().saturating_sub(16 * LOOK)..)
        .unwrap_or_default();
    near(head) || near(tail)
}

/// The start of a text in whichever encoding; good enough to see what it is.
fn start_of_text(bytes: &[u8]) -> Cow<'_, str> {
    let start = bytes.get(..LOOK.min(bytes.len())).unwrap_or_default();
    let choice = super::EncodingChoice::Auto;
    super::encoding::decode(start, &choice).map_or(Cow::Borrowed(""), |decoded| decoded.text)
}

fn is_boundary_txt(start: &str) -> bool {
    const SECTIONS: [&str; 4] = ["[属性描述]", "[地块坐标]", "【属性描述】", "【地块坐标】"];
    let mut lines = start.lines();
    lines.any(|line| {
        SECTIONS
            .iter()
            .any(|section| line.trim().starts_with(section))
    })
}

/// A group code of 0 or 999 on one line, `SECTION` or a comment on the next.
fn is_dxf(start: &str) -> bool {
    let mut lines = start.lines().map(str::trim);
    match (lines.next(), lines.next()) {
        (Some("0"), Some("SECTION")) => true,
        (Some("999"), Some(_)) => lines.any(|line| line == "SECTION"),
        _ => false,
    }
}

/// A header of words and a second line with as many cells.
fn looks_like_a_table(start: &str) -> bool {
    let mut lines = start.lines().filter(|line| !line.trim().is_empty());
    let cells = |line: &str| line.split([',', '\t', ';', '，']).count();
    match (lines.next(), lines.next()) {
        (Some(head), Some(row)) => {
            cells(head) > 1
                && cells(head) == cells(row)
                && !head.chars().any(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}
