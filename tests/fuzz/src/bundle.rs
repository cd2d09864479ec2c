//! Data sets of several files in one input, so that each file can be changed without a checksum in the way.
//!
//! An input is the files one after another, each but the first after a line with its name.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

/// The input's parts: the first, and those after the lines `@@name`, in the order of `names`. What has no
/// line is absent.
pub fn parts<'a>(bytes: &'a [u8], names: &[&str]) -> (&'a [u8], Vec<Option<&'a [u8]>>) {
    let mut marks: Vec<(usize, usize, usize)> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let mark = format!("\n@@{name}\n");
        let at = bytes
            .windows(mark.len())
            .position(|window| window == mark.as_bytes());
        marks.extend(at.map(|at| (at, at + mark.len(), place)));
    }
    marks.sort_unstable();
    let end_of = |next: usize| marks.get(next).map_or(bytes.len(), |(at, ..)| *at);
    let mut found = vec![None; names.len()];
    for (order, &(_, start, place)) in marks.iter().enumerate() {
        found[place] = bytes.get(start..end_of(order + 1));
    }
    (&bytes[..end_of(0)], found)
}

/// A Shapefile in an archive: `.shp`, then `@@dbf`, `@@shx`, `@@prj`, `@@cpg`.
pub fn shapefile(bytes: &[u8]) -> Vec<u8> {
    const PARTS: [&str; 4] = ["dbf", "shx", "prj", "cpg"];
    let (shp, found) = parts(bytes, &PARTS);
    let mut members = vec![("a.shp".to_owned(), shp)];
    for (name, part) in PARTS.iter().zip(found) {
        members.extend(part.map(|part| (format!("a.{name}"), part)));
    }
    zipped(&members)
}

/// A workbook: its sheet, then `@@strings`, `@@styles`, `@@second`, a second sheet.
pub fn workbook(bytes: &[u8]) -> Vec<u8> {
    let (sheet, found) = parts(bytes, &["strings", "styles", "second"]);
    let mut members = vec![
        ("[Content_Types].xml".to_owned(), CONTENT_TYPES.as_bytes()),
        ("_rels/.rels".to_owned(), ROOT.as_bytes()),
        ("xl/workbook.xml".to_owned(), WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels".to_owned(), RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml".to_owned(), sheet),
    ];
    let names = ["sharedStrings.xml", "styles.xml", "worksheets/sheet2.xml"];
    for (name, part) in names.iter().zip(found) {
        members.extend(part.map(|part| (format!("xl/{name}"), part)));
    }
    zipped(&members)
}

/// An archive of files, not compressed.
pub fn zipped(members: &[(String, &[u8])]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(name, stored).expect("a new member");
        archive.write_all(bytes).expect("memory takes all");
    }
    archive.finish().expect("memory takes all").into_inner()
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/><sheet name="B" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
