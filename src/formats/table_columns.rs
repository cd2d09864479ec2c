//! Which columns of a table hold the place? By the words of its heading, else by the size of its numbers.
//!
//! Must not know where the table comes from.

use super::table_grid::Row;
use super::{angle, axes, wkt_read};

/// How the place of a row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Wkt(usize),
    /// The heading names the axes: east, north.
    Named(usize, usize),
    /// X and Y, which surveyors and GIS tools use for opposite axes.
    Xy(usize, usize),
    /// Both in one cell.
    Pair(usize),
}

impl Place {
    pub(super) fn columns(self) -> [usize; 2] {
        match self {
            Self::Wkt(column) | Self::Pair(column) => [column, column],
            Self::Named(x, y) | Self::Xy(x, y) => [x, y],
        }
    }
}

/// A heading stands among the first rows, below titles and notes.
const MAX_HEADING_ROW: usize = 30;

/// The heading's place among the rows (`None`: the table has none) and where places are written.
pub(super) fn find(rows: &[Row]) -> Option<(Option<usize>, Place)> {
    // Words that say it outright go before words that may mean anything.
    for strict in [true, false] {
        for (at, row) in rows.iter().enumerate().take(MAX_HEADING_ROW) {
            let below = rows.get(at + 1..).unwrap_or_default();
            if let Some(place) = place_in(row, below, strict) {
                return Some((Some(at), place));
            }
        }
    }
    by_numbers(rows).map(|place| (None, place))
}

fn place_in(heading: &Row, below: &[Row], strict: bool) -> Option<Place> {
    let words: Vec<(usize, String)> = (heading.cells.iter())
        .filter_map(|(column, cell)| Some((*column, plain(cell.as_text()?))))
        .collect();
    let find = |exact: &[&str], part: &[&str]| {
        let is_exact = |(_, word): &&(usize, String)| exact.contains(&word.as_str());
        let has_part = |(_, word): &&(usize, String)| {
            word.chars().count() <= 12 && part.iter().any(|part| word.contains(part))
        };
        (words.iter().find(is_exact))
            .or_else(|| words.iter().find(has_part))
            .map(|(column, _)| *column)
    };
    if !strict {
        let pair = find(
            &["坐标", "位置坐标", "coordinates", "latlng", "lnglat"],
            &["坐标", "经纬度"],
        )?;
        return mostly(below, pair, |text| angle::parse_pair(text).is_some())
            .then_some(Place::Pair(pair));
    }
    // A column may be called so and hold something else: 图形 “面”, say.
    const WKT: [&str; 7] = [
        "wkt", "geom", "geometry", "thegeom", "shape", "几何", "图形",
    ];
    let (exact, partly): (Vec<_>, Vec<_>) = (words.iter())
        .filter(|(_, word)| WKT.contains(&word.as_str()) || word.contains("wkt"))
        .partition(|(_, word)| WKT.contains(&word.as_str()));
    let wkt = (exact.into_iter().chain(partly))
        .find(|(column, _)| mostly(below, *column, wkt_read::looks_like_wkt));
    if let Some((wkt, _)) = wkt {
        return Some(Place::Wkt(*wkt));
    }
    let lon = find(
        &["经度", "东经", "lon", "lng", "long", "longitude"],
        &["经度", "东经", "longitude"],
    );
    let lat = find(
        &["纬度", "北纬", "lat", "latitude"],
        &["纬度", "北纬", "latitude"],
    );
    if let Some((lon, lat)) = lon.zip(lat).filter(|(lon, lat)| lon != lat) {
        return Some(Place::Named(lon, lat));
    }
    let east = find(
        &["横坐标", "东坐标", "east", "easting", "东"],
        &["横坐标", "东坐标", "easting"],
    );
    let north = find(
        &["纵坐标", "北坐标", "north", "northing", "北"],
        &["纵坐标", "北坐标", "northing"],
    );
    if let Some((east, north)) = east.zip(north).filter(|(east, north)| east != north) {
        // Offices mix these up as they do X and Y.
        return Some(Place::Xy(east, north));
    }
    let x = find(
        &["x", "pointx", "xcoord", "coordx", "x坐标", "坐标x"],
        &["x坐标", "坐标x"],
    );
    let y = find(
        &["y", "pointy", "ycoord", "coordy", "y坐标", "坐标y"],
        &["y坐标", "坐标y"],
    );
    x.zip(y)
        .filter(|(x, y)| x != y)
        .map(|(x, y)| Place::Xy(x, y))
}

/// In small letters, without blanks, units and brackets: `经度（°）`, `X (m)`, `POINT_X`.
fn plain(heading: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_usize;
    for c in heading.chars() {
        match c {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            c if depth == 0 && c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ => {}
        }
    }
    plain
}

fn mostly(rows: &[Row], column: usize, is: impl Fn(&str) -> bool) -> bool {
    let (mut yes, mut no) = (0_usize, 0_usize);
    for text in rows
        .iter()
        .take(200)
        .filter_map(|row| row.get(column).as_text())
    {
        if is(text) {
            yes += 1;
        } else {
            no += 1;
        }
    }
    yes > no
}

/// Without a heading: two neighbouring columns whose numbers can only be a place in China.
fn by_numbers(rows: &[Row]) -> Option<Place> {
    let looked: Vec<&Row> = rows.iter().take(50).collect();
    let widest = looked
        .iter()
        .filter_map(|row| row.cells.last().map(|(column, _)| column))
        .max()?;
    let number = |row: &Row, column| {
        let cell = row.get(column);
        cell.as_f64()
            .or_else(|| angle::parse(cell.as_text()?).map(|typed| typed.value))
    };
    (0..(*widest).min(100)).find_map(|column| {
        let places = looked.iter().filter(|row| {
            let pair = number(row, column).zip(number(row, column + 1));
            pair.is_some_and(|(first, second)| axes::order_of(first, second).is_some())
        });
        (places.count() * 2 > looked.len()).then_some(Place::Xy(column, column + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    fn row(cells: &[&str]) -> Row {
        Row {
            number: 1,
            span: 0..0,
            cells: (cells.iter().enumerate())
                .map(|(column, cell)| (column, Value::Text((*cell).to_owned())))
                .collect(),
        }
    }

    #[test]
    fn headings_are_known_by_their_words_whatever_stands_around_them() {
        for (heading, place) in [
            (&["名称", "经度", "纬度"][..], Place::Named(1, 2)),
            (&["北纬（N）", "东经（E）"], Place::Named(1, 0)),
            (&["lat", "lng"], Place::Named(1, 0)),
            (
                &["断面经度(°)", "断面纬度(°)", "x", "y"],
                Place::Named(0, 1),
            ),
            (&["X坐标", "Y坐标"], Place::Xy(0, 1)),
            (&["纵坐标(m)", "横坐标(m)"], Place::Xy(1, 0)),
            (&["OBJECTID", "POINT_X", "POINT_Y"], Place::Xy(1, 2)),
        ] {
            let rows = [row(&["一张标题"]), row(heading), row(&["1", "2"])];
            assert_eq!(find(&rows), Some((Some(1), place)), "{heading:?}");
        }
        let rows = [row(&["名称", "坐标"]), row(&["甲", "103.76,29.56"])];
        assert_eq!(find(&rows), Some((Some(0), Place::Pair(1))));
        let rows = [
            row(&["甲", "103.76", "29.56"]),
            row(&["乙", "103.77", "29.57"]),
        ];
        assert_eq!(find(&rows), Some((None, Place::Xy(1, 2))));
        let rows = [row(&["名称", "面积"]), row(&["甲", "12"])];
        assert_eq!(find(&rows), None);
    }
}
