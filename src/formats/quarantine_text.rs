//! Features of text formats on their own: as a small file that their reader understands, and their
//! coordinates taken out of the text and put back.
//!
//! Must not know what is wrong with them.

use std::borrow::Cow;
use std::ops::Range;

use geo::Coord;

/// A file that holds nothing but this feature: its name and text. `None`: the text means nothing alone.
pub(super) fn as_file<'t>(text: &'t str, format: &str) -> Option<(&'static str, Cow<'t, str>)> {
    let start = text.trim_start();
    if start.starts_with('{') {
        // An edited text may well be a whole document. TopoJSON's geometries point at arcs that stay
        // behind in their file.
        let arcs = format == "TopoJSON" && start.contains("\"arcs\"");
        return (!arcs).then_some(("要素.geojson", Cow::Borrowed(text)));
    }
    if start.starts_with('<') {
        return Some(if format == "GPX" {
            ("要素.gpx", wrapped("<gpx>", text, "</gpx>"))
        } else {
            ("要素.kml", wrapped("<kml>", text, "</kml>"))
        });
    }
    Some(match format {
        "界址点 TXT" => (
            "要素.txt",
            wrapped(
                "[属性描述]\n坐标系=2000国家大地坐标系\n[地块坐标]\n",
                text,
                "\n",
            ),
        ),
        "DXF" => (
            "要素.dxf",
            wrapped("0\nSECTION\n2\nENTITIES\n", text, "\n0\nENDSEC\n0\nEOF\n"),
        ),
        "CSV 表格" | "XLSX 表格" => ("要素.csv", Cow::Borrowed(text)),
        _ => ("要素.geojson", Cow::Borrowed(text)),
    })
}

fn wrapped<'t>(before: &str, text: &'t str, after: &str) -> Cow<'t, str> {
    // A text that was edited may be a whole file already.
    if text.trim_start().starts_with(before.trim_end()) || text.trim_start().starts_with("<?xml") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{before}{text}{after}"))
}

/// The contents of KML's `<coordinates>`, one part each; of boundary points, the rings by their numbers.
pub(super) fn coordinates(text: &str) -> Option<Vec<Vec<Coord<f64>>>> {
    let spans = spans(text);
    let parts = spans.into_iter().map(|span| {
        (text.get(span).unwrap_or_default().split_whitespace())
            .map(|tuple| {
                let mut numbers = tuple
                    .split(',')
                    .map(|part| part.parse().unwrap_or(f64::NAN));
                Coord {
                    x: numbers.next().unwrap_or(f64::NAN),
                    y: numbers.next().unwrap_or(f64::NAN),
                }
            })
            .collect()
    });
    let parts: Vec<_> = parts.collect();
    (!parts.is_empty()).then_some(parts)
}

pub(super) fn with_coordinates(text: &str, parts: &[Vec<Coord<f64>>]) -> Option<String> {
    let spans = spans(text);
    if spans.is_empty() || spans.len() != parts.len() {
        return None;
    }
    let mut new = String::with_capacity(text.len());
    let mut done = 0;
    for (span, part) in spans.into_iter().zip(parts) {
        new.push_str(text.get(done..span.start)?);
        let tuples: Vec<String> = (part.iter())
            .map(|at| format!("{},{}", at.x, at.y))
            .collect();
        new.push_str(&tuples.join(" "));
        done = span.end;
    }
    new.push_str(text.get(done..)?);
    Some(new)
}

/// Where the contents of each `<coordinates>` stand.
fn spans(text: &str) -> Vec<Range<usize>> {
    const OPEN: &str = "coordinates>";
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(OPEN)) {
        let start = from + start + OPEN.len();
        let Some(length) = text.get(start..).and_then(|rest| rest.find('<')) else {
            break;
        };
        spans.push(start..start + length);
        // Past the closing tag, which ends in the same letters.
        let close = text.get(start + length..).and_then(|rest| rest.find('>'));
        from = close.map_or(text.len(), |at| start + length + at + 1);
    }
    spans
}
