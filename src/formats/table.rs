//! Tables with a place in each row: CSV and workbooks.
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use geo::{Geometry, Point};

use super::angle::{self, Axis};
use super::axes::{self, Order};
use super::heights::Heights;
use super::issue_log::IssueLog;
use super::raw::{NotRead, RawFeature, RawFile, RawLayer, RawText};
use super::source::Source;
use super::table_columns::{self, Place};
use super::table_grid::{Grid, Row};
use super::{ReadOptions, encoding, prj, table_csv, table_xlsx, wkt_read};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Value};

/// How rows start that sum up or explain the rows above them.
const FOOTERS: [&str; 9] = [
    "合计", "总计", "小计", "备注", "注：", "注:", "说明", "填表", "制表",
];

/// After so many rows the memory of those that have become features is given back.
const GIVE_BACK: usize = 1 << 16;

/// A longer heading does not go before each row that is put aside.
const MAX_HEADING: usize = 16 << 10;

/// Digits of a number that is surely one and no code.
const MAX_DIGITS: usize = 15;

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let (grids, text, (encoding, encoding_reason)) = if source.bytes.starts_with(b"PK") {
        let grids = table_xlsx::read(&source.bytes, progress)?;
        (grids, Cow::Borrowed(""), Default::default())
    } else {
        let decoded = encoding::decode_reported(&source.bytes, &options.encoding, log)?;
        let known = (decoded.name().to_owned(), decoded.reason());
        let (grid, text) = table_csv::read(decoded.text, progress)?;
        (vec![grid], text, known)
    };
    let mut layers = Vec::new();
    let mut headings = Vec::new();
    for mut grid in grids {
        // Merged titles and groups carry their words to every row; merged sums must not be counted twice.
        grid.fill_merged(|_, value| matches!(value, Value::Text(_)));
        match table_columns::find(&grid.rows) {
            Some((heading, place)) => {
                let columns = place.columns();
                grid.fill_merged(|column, _| columns.contains(&column));
                layers.push(Table::new(grid, heading, place).layer(&text, progress)?);
            }
            None => headings.extend(grid.rows.first().map(Row::as_line)),
        }
    }
    if layers.is_empty() {
        let seen = headings.join("；");
        let seen = super::geojson_feature::shortened(&seen);
        return Err(NotRead::Broken(format!(
            "没有找到坐标列；需要“经度”和“纬度”、“X坐标”和“Y坐标”，或“WKT”列，第一行是“{seen}”"
        )));
    }
    Ok(RawFile {
        layers,
        text,
        encoding,
        encoding_reason,
        ..RawFile::default()
    })
}

struct Table {
    name: Option<String>,
    heading: Option<Row>,
    rows: Vec<Row>,
    place: Place,
    /// Names of the columns that have one.
    names: BTreeMap<usize, String>,
    typed: bool,
    layer: RawLayer,
    srids: Vec<u32>,
    /// Of the row being read.
    heights: Heights,
}

/// What a row's cells say of its place.
type Located = Result<Option<Geometry<f64>>, (IssueCode, String)>;

impl Table {
    fn new(grid: Grid, heading: Option<usize>, place: Place) -> Self {
        let mut rows = grid.rows;
        let below = heading.map_or(0, |at| at + 1);
        let heading = heading.and_then(|at| rows.get(at).cloned());
        rows.drain(..below.min(rows.len()));
        Self {
            name: grid.name,
            names: BTreeMap::new(),
            heading,
            rows,
            place,
            typed: grid.typed,
            layer: RawLayer::default(),
            srids: Vec::new(),
            heights: Heights::default(),
        }
    }

    fn layer(mut self, text: &str, progress: &Progress) -> Result<RawLayer, NotRead> {
        self.layer.heading = (self.heading.as_ref())
            .map(|heading| own_text(heading, text).into_owned())
            .filter(|heading| heading.len() <= MAX_HEADING);
        self.name_columns();
        let mut rows = std::mem::take(&mut self.rows);
        self.drop_footers(&mut rows);
        let numeric = self.numeric_columns(&rows);
        let order = self.order(&rows);
        let names = std::mem::take(&mut self.names);
        let total = rows.len();
        rows.reverse();
        while let Some(row) = rows.pop() {
            // Reading was the first half of the work.
            progress.step(total - rows.len(), total * 2)?;
            self.row(row, text, order, &names, &numeric);
            // A long table need not be in memory twice.
            if rows.len().is_multiple_of(GIVE_BACK) {
                rows.shrink_to_fit();
            }
        }
        self.layer.name = self.name.take();
        if let Some(&srid) = self.srids.first() {
            self.layer.declared = prj::of_epsg(srid);
        }
        Ok(self.layer)
    }

    /// From the heading; a name that stands twice is told apart by a number.
    fn name_columns(&mut self) {
        let heading = self.heading.clone().unwrap_or_default();
        let mut seen: HashSet<String> = HashSet::new();
        let mut nexts: HashMap<String, usize> = HashMap::new();
        for (column, cell) in &heading.cells {
            let base: String = (cell.display().chars())
                .filter(|c| !c.is_control())
                .collect();
            let base = base.trim();
            if base.is_empty() || self.place == Place::Wkt(*column) {
                continue;
            }
            let mut name = base.to_owned();
            let next = nexts.entry(base.to_owned()).or_insert(2);
            while seen.contains(&name) {
                name = format!("{base}_{next}");
                *next += 1;
            }
            if name != base {
                self.layer.log.file(
                    IssueCode::DuplicateKey,
                    Action::Kept,
                    format!("列名“{base}”出现多次，后面的改称“{name}”"),
                );
            }
            seen.insert(name.clone());
            self.names.insert(*column, name);
        }
    }

    /// Sums, notes and repeated headings are no features.
    fn drop_footers(&mut self, rows: &mut Vec<Row>) {
        let [first, second] = self.place.columns();
        let heading = self.heading.take();
        rows.retain(|row| {
            let repeated = heading
                .as_ref()
                .is_some_and(|heading| heading.cells == row.cells);
            let has_place = [first, second]
                .iter()
                .any(|column| *row.get(*column) != Value::Null);
            let start = (row.cells.first()).map_or_else(String::new, |(_, cell)| cell.display());
            let footer = FOOTERS.iter().any(|word| start.starts_with(word));
            if repeated || !has_place && footer {
                let what = if repeated {
                    "重复的表头"
                } else {
                    "合计或说明"
                };
                self.layer.log.file(
                    IssueCode::TrailingData,
                    Action::Kept,
                    format!("第 {} 行是{what}，已忽略", row.number),
                );
                false
            } else {
                true
            }
        });
    }

    /// Columns whose every cell is surely a number, in text and where text and numbers mix.
    fn numeric_columns(&self, rows: &[Row]) -> BTreeSet<usize> {
        let mut numeric: BTreeMap<usize, (bool, bool)> = BTreeMap::new();
        for row in rows {
            for (column, cell) in &row.cells {
                let (all, any_typed) = numeric.entry(*column).or_insert((true, false));
                match cell {
                    Value::Text(text) => *all &= plain_number(text).is_some(),
                    Value::Integer(_) | Value::Real(_) => *any_typed = true,
                    Value::Boolean(_) | Value::Null => {}
                }
            }
        }
        // In a workbook, a column of text only is text on purpose.
        (numeric.into_iter())
            .filter(|(_, (all, any_typed))| *all && (*any_typed || !self.typed))
            .map(|(column, _)| column)
            .collect()
    }

    /// What X and Y mean here; the first of a pair is x where nothing tells.
    fn order(&self, rows: &[Row]) -> Order {
        let Place::Xy(x, y) = self.place else {
            return Order::EastNorth;
        };
        let pairs = rows
            .iter()
            .filter_map(|row| Some((number(row.get(x)).ok()??.0, number(row.get(y)).ok()??.0)));
        axes::majority(pairs).unwrap_or(Order::EastNorth)
    }

    fn row(
        &mut self,
        row: Row,
        text: &str,
        order: Order,
        names: &BTreeMap<usize, String>,
        numeric: &BTreeSet<usize>,
    ) {
        self.layer.read += 1;
        let number = self.layer.read;
        let geometry = match self.locate(&row, order, number) {
            Ok(geometry) => geometry,
            Err((code, reason)) => {
                let reason = format!("第 {} 行：{reason}", row.number);
                let line = self.as_table(&row, text);
                self.layer.log.quarantine(number, code, reason, &line);
                return;
            }
        };
        if geometry.is_none() {
            let message = format!("第 {} 行没有坐标，作为未定位的记录保留", row.number);
            self.layer.log.kept(number, IssueCode::NoGeometry, message);
        }
        let text = match own_text(&row, text) {
            Cow::Owned(line) => RawText::Text(line.into()),
            Cow::Borrowed(_) => RawText::Span(row.span.clone()),
        };
        let mut values = Vec::with_capacity(row.cells.len());
        // Every named column, so that a column empty in all rows stays.
        for name in names.values() {
            if !self.layer.columns.contains(name) {
                let columns = &mut self.layer.columns;
                columns.set(number, &mut values, name, Value::Null);
            }
        }
        for (column, cell) in row.cells {
            if self.place == Place::Wkt(column) {
                continue;
            }
            let name = match names.get(&column) {
                Some(name) => Cow::Borrowed(name.as_str()),
                None => Cow::Owned(format!("列{}", column + 1)),
            };
            let value = attribute(cell, numeric.contains(&column));
            self.layer.columns.set(number, &mut values, &name, value);
        }
        self.layer.features.push(RawFeature {
            number,
            geometry,
            heights: std::mem::take(&mut self.heights),
            row: values,
            text,
        });
    }

    /// The row under its heading: a table that can be read again.
    fn as_table(&self, row: &Row, text: &str) -> String {
        match &self.layer.heading {
            Some(heading) => format!("{heading}\n{}", own_text(row, text)),
            None => own_text(row, text).into_owned(),
        }
    }

    fn locate(&mut self, row: &Row, order: Order, feature: usize) -> Located {
        let point = |x: f64, y: f64| Some(Geometry::from(Point::new(x, y)));
        match self.place {
            Place::Wkt(column) => {
                let Value::Text(text) = row.get(column) else {
                    return Ok(None);
                };
                let read = wkt_read::read(text).map_err(|fault| (fault.code, fault.message))?;
                self.srids.extend(read.srid);
                self.layer.with_heights += usize::from(read.had_measures);
                self.heights = read.heights;
                if read.closed_rings > 0 {
                    self.layer.log.repaired(
                        feature,
                        IssueCode::UnclosedRing,
                        format!("{} 个环首尾不相接，已闭合", read.closed_rings),
                    );
                }
                Ok(read.geometry)
            }
            Place::Pair(column) => match row.get(column) {
                Value::Null => Ok(None),
                cell => {
                    let text = cell.display();
                    let pair = angle::parse_pair(&text).ok_or_else(|| unreadable(&text))?;
                    Ok(point(pair.0, pair.1))
                }
            },
            Place::Named(x, y) | Place::Xy(x, y) => {
                let (first, second) = (number(row.get(x))?, number(row.get(y))?);
                let ((first, first_axis), (second, second_axis)) = match (first, second) {
                    (Some(first), Some(second)) => (first, second),
                    (None, None) => return Ok(None),
                    _ => {
                        let reason = "只有一个坐标".to_owned();
                        return Err((IssueCode::BadCoordinates, reason));
                    }
                };
                let by_letters = first_axis == Some(Axis::Lat) || second_axis == Some(Axis::Lon);
                if by_letters || order == Order::NorthEast {
                    Ok(point(second, first))
                } else {
                    Ok(point(first, second))
                }
            }
        }
    }
}

/// A row as it stands in the text, or of a workbook as a line of CSV.
fn own_text<'t>(row: &Row, text: &'t str) -> Cow<'t, str> {
    match text.get(row.span.clone()).unwrap_or_default() {
        "" => Cow::Owned(row.as_line()),
        own => Cow::Borrowed(own),
    }
}

/// A number and the axis that its letters claim.
type Number = (f64, Option<Axis>);

/// A cell's number, `None` for an empty one.
fn number(cell: &Value) -> Result<Option<Number>, (IssueCode, String)> {
    match cell {
        Value::Null => Ok(None),
        Value::Text(text) => match angle::parse(text) {
            Some(typed) => Ok(Some((typed.value, typed.axis))),
            // What people put into a cell that they have nothing for.
            None if matches!(text.as_str(), "-" | "—" | "——" | "/" | "无" | "暂无") => {
                Ok(None)
            }
            None => Err(unreadable(text)),
        },
        other => match other.as_f64() {
            Some(number) if number.is_finite() => Ok(Some((number, None))),
            _ => Err(unreadable(&other.display())),
        },
    }
}

fn unreadable(text: &str) -> (IssueCode, String) {
    let text = super::geojson_feature::shortened(text);
    (IssueCode::BadCoordinates, format!("坐标“{text}”无法识别"))
}

fn attribute(cell: Value, numeric: bool) -> Value {
    match cell {
        Value::Text(text) if numeric => plain_number(&text).unwrap_or(Value::Text(text)),
        other => other,
    }
}

/// A number that loses nothing by being one: no leading zeros, no exponent, not longer than a number is.
fn plain_number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if !all_digits(whole) || !all_digits(fraction) || leading_zero || digits.len() > MAX_DIGITS + 1
    {
        return None;
    }
    if digits.contains('.') {
        text.parse().ok().map(Value::Real)
    } else {
        text.parse().ok().map(Value::Integer)
    }
}
