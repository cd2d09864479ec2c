//! Attributes that KML exports of GIS programs hide in a table of the description, as a web page: ArcGIS and
//! 奥维 write two columns, names on the left and values on the right.
//!
//! Must not know placemarks.

/// Rows of one table at most.
const MAX_ROWS: usize = 1000;

/// The rows of the innermost table that has two cells in each; `None` where the text is something else.
pub(super) fn rows(description: &str) -> Option<Vec<(String, String)>> {
    let lower = description.to_ascii_lowercase();
    if !lower.contains("<table") || !lower.contains("<td") {
        return None;
    }
    let mut rows = Vec::new();
    for row in pieces(description, &lower, "<tr", "</tr").take(MAX_ROWS) {
        // A table within a cell starts its own rows: what stands before it is its heading.
        let inner = row.to_ascii_lowercase().rfind("<tr").unwrap_or_default();
        let row = row.get(inner..).unwrap_or_default();
        let lower = row.to_ascii_lowercase();
        let cells: Vec<String> = pieces(row, &lower, "<td", "</td").map(plain).collect();
        match cells.as_slice() {
            [name, value] if !name.is_empty() => rows.push((name.clone(), value.clone())),
            // Titles and spacers have one cell, or none.
            [] | [_] => {}
            _ => return None,
        }
    }
    (!rows.is_empty()).then_some(rows)
}

/// What stands between each opening tag and its end. `lower` is `text` in small letters, byte for byte.
fn pieces<'t>(
    text: &'t str,
    lower: &str,
    open: &'static str,
    close: &'static str,
) -> impl Iterator<Item = &'t str> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(start) = lower.get(at..).and_then(|rest| rest.find(open)) {
        let Some(inside) = lower.get(at + start..).and_then(|tag| tag.find('>')) else {
            break;
        };
        let from = at + start + inside + 1;
        let rest = lower.get(from..).unwrap_or_default();
        let Some(end) = rest.find(close) else {
            break;
        };
        pieces.extend(text.get(from..from + end));
        at = from + end;
    }
    pieces.into_iter()
}

/// Without tags, entities resolved, blanks as one.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&nbsp;", " ");
    let text = quick_xml::escape::unescape(&text).map_or_else(|_err| text.clone(), Into::into);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_columns_are_read_whatever_is_around_them() {
        let arcgis = "<html><body><table border=\"1\"><tr><td>红线</td></tr><tr><td><table><TR><TD>HXMC</TD><TD>岷江 &amp; 河岸</TD></TR><tr bgcolor=\"#D4E4F3\">\n<td>MJ</td>\n<td>12.5</td></tr></table></td></tr></table></body></html>";
        let pairs = rows(arcgis).unwrap();
        assert_eq!(pairs[0], ("HXMC".to_owned(), "岷江 & 河岸".to_owned()));
        assert_eq!(pairs[1], ("MJ".to_owned(), "12.5".to_owned()));
        for none in [
            "岷江",
            "<table><tr><td>a</td><td>b</td><td>c</td></tr></table>",
            "<table><tr><td",
            "",
        ] {
            assert_eq!(rows(none), None, "{none}");
        }
    }
}
