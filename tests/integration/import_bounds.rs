//! Small files that ask for much: each is bounded, and says so in one sentence.

use std::fmt::Write as _;
use std::io::Write as _;

use redline_atlas::formats::{ReadError, ReadReport, read_bytes, read_file};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{IssueCode, Value};
use zip::write::SimpleFileOptions;

use crate::import_cases::{assert_sound, codes, options};

fn read(file: &str, bytes: &[u8]) -> Result<ReadReport, ReadError> {
    let read = read_bytes(file, bytes, &options(), &Progress::default());
    if let Ok(report) = &read {
        assert_sound(report, file);
    }
    read
}

/// Accepted; put aside, with these words as the reason.
fn assert_quarantined(file: &str, text: &str, accepted: usize, words: &str) {
    let report = read(file, text.as_bytes()).unwrap();
    assert_eq!(report.layer.features.len(), accepted, "{file}");
    let [put_aside] = report.quarantined.as_slice() else {
        panic!("{file}: {:?}", report.issues);
    };
    assert!(put_aside.reason.contains(words), "{}", put_aside.reason);
}

fn refused(file: &str, bytes: &[u8]) -> String {
    let sentence = read(file, bytes).unwrap_err().to_string();
    assert!(
        sentence.contains(file) && !sentence.contains('\n'),
        "{sentence}"
    );
    assert!(sentence.chars().count() < 300, "{sentence}");
    sentence
}

fn zipped(members: &[(String, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().large_file(true);
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// How much text the attributes hold.
fn attribute_bytes(report: &ReadReport) -> usize {
    let values = report
        .layer
        .features
        .iter()
        .flat_map(|feature| &feature.values);
    values
        .map(|value| size_of_val(value) + value.as_text().map_or(0, str::len))
        .sum()
}

fn geojson(geometry: &str) -> String {
    format!(
        r#"{{"type":"FeatureCollection","features":[
{{"type":"Feature","properties":{{}},"geometry":{{"type":"Point","coordinates":[103.76,29.56]}}}},
{{"type":"Feature","properties":{{}},"geometry":{geometry}}}]}}"#
    )
}

fn collections(levels: usize) -> String {
    let open = r#"{"type":"GeometryCollection","geometries":["#.repeat(levels);
    format!(
        r#"{open}{{"type":"Point","coordinates":[103.77,29.57]}}{}"#,
        "]}".repeat(levels)
    )
}

#[test]
fn collections_in_collections_open_up_to_256_levels_of_nesting() {
    let shallow = read("a.geojson", geojson(&collections(120)).as_bytes()).unwrap();
    assert_eq!(shallow.layer.features.len(), 2);
    let wkt = |levels: usize| {
        let open = "GEOMETRYCOLLECTION(".repeat(levels);
        let geometry = format!("{open}POINT(103.77 29.57){}", ")".repeat(levels));
        format!("name,wkt\na,POINT(103.76 29.56)\nb,\"{geometry}\"\n")
    };
    assert_eq!(
        read("a.csv", wkt(250).as_bytes())
            .unwrap()
            .layer
            .features
            .len(),
        2
    );
    assert_quarantined(
        "a.geojson",
        &geojson(&collections(300)),
        1,
        "嵌套超过 256 层",
    );
    assert_quarantined("a.csv", &wkt(300), 1, "嵌套超过 256 层");
    let deep_coordinates = geojson(&format!(
        r#"{{"type":"Polygon","coordinates":{}1{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    ));
    assert_quarantined("a.geojson", &deep_coordinates, 1, "嵌套超过 256 层");
    let topology = format!(
        r#"{{"type":"Topology","arcs":[],"objects":{{"a":{{"type":"GeometryCollection","geometries":[
{{"type":"Point","coordinates":[103.76,29.56]}},{{"type":"GeometryCollection","properties":{{}},"geometries":[{}]}}]}}}}}}"#,
        collections(300)
    );
    assert_quarantined("a.topojson", &topology, 1, "嵌套超过 256 层");
}

#[test]
fn elements_open_up_to_256_levels_of_nesting() {
    let kml = |levels: usize| {
        let point = "<Point><coordinates>103.76,29.56</coordinates></Point>";
        format!(
            "<kml><Document><Placemark>{point}</Placemark><Placemark>{}{point}{}</Placemark></Document></kml>",
            "<MultiGeometry>".repeat(levels),
            "</MultiGeometry>".repeat(levels)
        )
    };
    assert_eq!(
        read("a.kml", kml(200).as_bytes())
            .unwrap()
            .layer
            .features
            .len(),
        2
    );
    assert_quarantined("a.kml", &kml(300), 1, "嵌套超过 256 层");
    let gpx = format!(
        r#"<gpx><wpt lat="29.56" lon="103.76"/><wpt lat="29.56" lon="103.76">{}"#,
        "<a>".repeat(300)
    );
    assert_quarantined("a.gpx", &gpx, 1, "嵌套超过 256 层");
}

/// A drawing whose blocks each insert the one before `times` times, and a line drawn by itself.
fn blocks(levels: usize, times: usize) -> String {
    let line = "0\nLINE\n8\n0\n10\n35376000\n20\n3270000\n11\n35376100\n21\n3270100\n";
    let mut text = format!("0\nSECTION\n2\nBLOCKS\n0\nBLOCK\n2\nB0\n{line}0\nENDBLK\n");
    for level in 1..=levels {
        let insert = format!("0\nINSERT\n2\nB{}\n10\n0\n20\n0\n", level - 1);
        write!(
            text,
            "0\nBLOCK\n2\nB{level}\n{}0\nENDBLK\n",
            insert.repeat(times)
        )
        .unwrap();
    }
    let insert = format!("0\nINSERT\n2\nB{levels}\n10\n0\n20\n0\n");
    text + &format!("0\nENDSEC\n0\nSECTION\n2\nENTITIES\n{line}{insert}0\nENDSEC\n0\nEOF\n")
}

#[test]
fn blocks_that_multiply_stop_and_say_so() {
    let deep = read("a.dxf", blocks(200, 1).as_bytes()).unwrap();
    assert_eq!(deep.layer.features.len(), 2);
    let table = "0\nINSERT\n2\nB0\n10\n0\n20\n0\n70\n30000\n71\n30000\n44\n1\n45\n1\n";
    let table = blocks(0, 0).replace("0\nINSERT\n2\nB0\n10\n0\n20\n0\n", table);
    for text in [blocks(300, 1), blocks(40, 2), table] {
        let report = read("a.dxf", text.as_bytes()).unwrap();
        assert!((1..20_000).contains(&report.layer.features.len()));
        let told = |words| {
            report
                .issues
                .iter()
                .any(|issue| issue.message.contains(words))
        };
        assert!(told("重复过多"), "{:?}", report.issues);
    }
}

#[test]
fn an_archive_that_claims_more_than_four_gigabytes_is_not_unpacked() {
    let member = geojson("null");
    let mut archive = zipped(&[("a.geojson".to_owned(), member.as_bytes())]);
    let size = u64::try_from(member.len()).unwrap().to_le_bytes();
    let claims: Vec<usize> = (0..archive.len() - 8)
        .filter(|at| archive[*at..].starts_with(&size))
        .collect();
    assert!(!claims.is_empty(), "the sizes stand in 64 bits");
    for at in claims {
        archive[at..at + 8].copy_from_slice(&(5_u64 << 30).to_le_bytes());
    }
    assert!(refused("a.zip", &archive).contains("解压后超过 4 GB"));
}

#[test]
#[cfg(unix)]
fn a_file_of_more_than_four_gigabytes_is_not_read() {
    // Only its length: it takes no room on the disk.
    let file = tempfile::Builder::new()
        .suffix(".geojson")
        .tempfile()
        .unwrap();
    file.as_file().set_len((4 << 30) + 1).unwrap();
    let err = read_file(file.path(), &options(), &Progress::default()).unwrap_err();
    assert!(err.to_string().contains("超过 4 GB"), "{err}");
}

#[test]
fn an_archive_of_too_many_files_is_refused() {
    let names = (0..10_001).map(|number| (format!("{number}.txt"), &b""[..]));
    let archive = zipped(&names.collect::<Vec<_>>());
    assert!(refused("a.zip", &archive).contains("超过 10000 个"));
}

#[test]
fn lines_without_end_are_refused_in_a_short_sentence() {
    let letters = "x".repeat(4 << 20);
    let points = "J1,1,3270000,35376000,".repeat(100_000);
    for (file, text) in [
        ("a.csv", format!("{letters},{letters}\n1,2\n")),
        ("a.txt", format!("[地块坐标]\n{letters}\n")),
        ("a.dxf", format!("0\nSECTION\n2\n{letters}\n0\nEOF\n")),
        ("a.geojson", letters.clone()),
        ("a.kml", format!("<kml>{letters}</kml>")),
        ("a.json", format!(r#"{{"type":"{letters}"}}"#)),
    ] {
        refused(file, text.as_bytes());
    }
    let report = read(
        "a.txt",
        format!("[地块坐标]\n{points}\n{letters}\n").as_bytes(),
    );
    for issue in report.map_or(Vec::new(), |report| report.issues) {
        assert!(issue.message.chars().count() < 300);
    }
}

/// A workbook with this sheet and these shared strings.
fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let link = |id: u8, kind: &str, target: &str| {
        format!(r#"<Relationship Id="r{id}" Type="{LINKS}/{kind}" Target="{target}"/>"#)
    };
    let links =
        |inside: String| format!(r#"<Relationships xmlns="{PACKAGE}">{inside}</Relationships>"#);
    let sheet_link = link(1, "worksheet", "worksheets/sheet1.xml");
    let parts = [
        ("[Content_Types].xml", String::new()),
        (
            "_rels/.rels",
            links(link(1, "officeDocument", "xl/workbook.xml")),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            links(sheet_link + &link(2, "sharedStrings", "sharedStrings.xml")),
        ),
        (
            "xl/sharedStrings.xml",
            format!(r#"<sst xmlns="{MAIN}" {strings}</sst>"#),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(r#"<worksheet xmlns="{MAIN}">{sheet}</worksheet>"#),
        ),
    ];
    let members = parts
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes()));
    zipped(&members.collect::<Vec<_>>())
}

#[test]
fn a_sheet_costs_what_it_holds_not_what_it_claims() {
    let text =
        |at: &str, text: &str| format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#);
    let heading = format!(
        r#"<row r="1">{}{}{}</row>"#,
        text("A1", "经度"),
        text("B1", "纬度"),
        text("C1", "组")
    );
    let point = r#"<c r="A2"><v>103.76</v></c><c r="B2"><v>29.56</v></c>"#;
    let claims = format!(
        r#"<dimension ref="A1:XFD1048576"/><sheetData>{heading}<row r="2">{point}<c r="XFD2"><v>1</v></c></row>{}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>"#,
        "<row/>".repeat(1000)
    );
    let strings = r#"count="4294967295" uniqueCount="4294967295"><si><t>x</t></si>"#;
    assert!(refused("a.xlsx", &workbook(&claims, strings)).contains("工作簿已损坏"));
    let strings = r#"count="4294967295" uniqueCount="1"><si><t>x</t></si>"#;
    let report = read("a.xlsx", &workbook(&claims, strings)).unwrap();
    assert!(report.layer.features.len() <= 2);
    assert!(report.layer.fields.len() <= 4);

    // A long text in a region merged over all rows.
    let long = "组".repeat(10_000);
    let mut rows = format!(r#"{heading}<row r="2">{point}{}</row>"#, text("C2", &long));
    for row in 3..20_000 {
        write!(
            rows,
            r#"<row r="{row}"><c r="A{row}"><v>103.7</v></c><c r="B{row}"><v>29.5</v></c></row>"#
        )
        .unwrap();
    }
    let merged = format!(
        r#"<sheetData>{rows}</sheetData><mergeCells count="1"><mergeCell ref="C2:C1048576"/></mergeCells>"#
    );
    let report = read("a.xlsx", &workbook(&merged, ">")).unwrap();
    assert_eq!(report.layer.features.len(), 19_998);
    assert!(attribute_bytes(&report) < 64 << 20);
}

#[test]
fn attributes_that_repeat_what_stands_once_are_bounded() {
    // Every placemark carries the names of the folders around it.
    let name = format!("<name>{}</name>", "夹".repeat(50_000));
    let folders = format!("<Folder>{name}").repeat(20);
    let placemark = "<Placemark><Point><coordinates>103.76,29.56</coordinates></Point></Placemark>";
    let kml = format!(
        "<kml>{folders}{}{}</kml>",
        placemark.repeat(20_000),
        "</Folder>".repeat(20)
    );
    let report = read("a.kml", kml.as_bytes()).unwrap();
    assert_eq!(report.layer.features.len(), 20_000);
    assert!(attribute_bytes(&report) < 20 * kml.len());

    // Every feature has attributes of its own names.
    let mut lines = String::new();
    for number in 0..20_000 {
        writeln!(
            lines,
            r#"{{"type":"Feature","geometry":null,"properties":{{"a":1,"c{}":{number}}}}}"#,
            number % 2000
        )
        .unwrap();
    }
    let report = read("a.geojsonl", lines.as_bytes()).unwrap();
    assert_eq!(report.layer.features.len(), 20_000);
    assert!(attribute_bytes(&report) < 20 * lines.len() + (32 << 20));
    let last = report.layer.features.last().unwrap();
    let kept = last.values.iter().any(|value| match value {
        Value::Integer(number) => *number == 19_999,
        value => value.display().contains("19999"),
    });
    assert!(kept, "{last:?}");

    // A heading of many columns of one name.
    let wide = format!("lon,lat,{}\n103.76,29.56\n", "a,".repeat(30_000));
    let report = read("a.csv", wide.as_bytes()).unwrap();
    assert_eq!(report.layer.features.len(), 1);
    assert!(codes(&report).contains(&IssueCode::DuplicateKey));
}
