//! Attributes of any shape to typed columns: a column's type is one that holds every value in it.
//!
//! Must not know where the values come from.

use std::collections::HashMap;

use crate::model::{Field, FieldType, Value};

/// More columns than this are folded into one text column: SQLite takes no more than 2000.
const MAX_COLUMNS: usize = 1000;

/// Holds what no column was left for, as `name: value` lines.
pub(super) const OVERFLOW: &str = "其余属性";

/// Where that column stands in files with more columns than this: near the front, so that a row which has
/// something in it need not be long.
const OVERFLOW_PLACE: usize = 32;

/// Features that all name their attributes differently would make a small file an enormous table, empty
/// almost everywhere. So many cells may be empty, and so many for each that is filled.
const EMPTY_FREE: usize = 1 << 20;
const EMPTY_PER_FILLED: usize = 8;

/// Integers beyond this are not exact as reals.
const EXACT_IN_REAL: u64 = 1 << 53;

/// The columns met so far, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// For each column, the last feature that filled it: finds a name that stands twice.
    filled_by: Vec<usize>,
    /// How often each column was filled.
    fills: Vec<usize>,
    /// Cells filled, and cells left empty before them in their rows.
    filled: usize,
    empty: usize,
}

impl Columns {
    /// Put a value into a feature's row. `false`: this feature had such a value already; the last counts.
    pub(super) fn set(
        &mut self,
        feature: usize,
        row: &mut Vec<Value>,
        name: &str,
        value: Value,
    ) -> bool {
        let place = self.place(name).filter(|place| {
            let skipped = place.saturating_sub(row.len());
            skipped <= OVERFLOW_PLACE || self.empty + skipped <= self.may_be_empty()
        });
        let Some(place) = place else {
            if let Some(place) = self.place(OVERFLOW) {
                add_line(self.cell(row, place), name, &value);
            }
            return true;
        };
        *self.cell(row, place) = value;
        let first = self.filled_by.get(place) != Some(&feature);
        if let Some(filled_by) = self.filled_by.get_mut(place) {
            *filled_by = feature;
        }
        first
    }

    /// In the order of a row's cells.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    const fn may_be_empty(&self) -> usize {
        EMPTY_FREE.saturating_add(self.filled.saturating_mul(EMPTY_PER_FILLED))
    }

    /// A feature's cell; the row grows as columns are met.
    fn cell<'r>(&mut self, row: &'r mut Vec<Value>, place: usize) -> &'r mut Value {
        self.filled += 1;
        if let Some(fills) = self.fills.get_mut(place) {
            *fills += 1;
        }
        if row.len() <= place {
            self.empty += place - row.len();
            row.resize(place + 1, Value::Null);
        }
        &mut row[place]
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = self.places.get(name) {
            return Some(*place);
        }
        if self.names.len() >= MAX_COLUMNS && name != OVERFLOW {
            return None;
        }
        if self.names.len() == OVERFLOW_PLACE && !self.places.contains_key(OVERFLOW) {
            self.add(OVERFLOW);
        }
        if name != OVERFLOW || !self.places.contains_key(OVERFLOW) {
            self.add(name);
        }
        self.places.get(name).copied()
    }

    fn add(&mut self, name: &str) {
        self.places.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.filled_by.push(0);
        self.fills.push(0);
    }

    /// Which columns stay: all but the overflow column where nothing overflows, and where they would be
    /// empty almost everywhere those that are filled most.
    fn kept(&self, rows: usize) -> Vec<bool> {
        let mut kept: Vec<bool> = (self.names.iter().zip(&self.fills))
            .map(|(name, fills)| name != OVERFLOW || *fills > 0)
            .collect();
        let most = self.may_be_empty() / rows.max(1);
        if kept.len() > most.max(OVERFLOW_PLACE + 1) {
            let mut by_use: Vec<usize> = (0..kept.len()).collect();
            by_use.sort_by_key(|&place| {
                let overflow = self.names.get(place).is_some_and(|name| name == OVERFLOW);
                (!overflow, std::cmp::Reverse(self.fills.get(place).copied()))
            });
            for place in by_use.into_iter().skip(most.max(OVERFLOW_PLACE + 1)) {
                if let Some(kept) = kept.get_mut(place) {
                    *kept = false;
                }
            }
            if let Some(kept) = (self.places.get(OVERFLOW)).and_then(|place| kept.get_mut(*place)) {
                *kept = true;
            }
        }
        kept
    }

    /// Without the columns that do not stay; what stood in them goes into the overflow column.
    fn fold(&mut self, rows: &mut [&mut Vec<Value>]) {
        let kept = self.kept(rows.len());
        if kept.iter().all(|kept| *kept) {
            return;
        }
        let stays = |place: &usize| kept.get(*place).copied().unwrap_or_default();
        let overflow = (self.places.get(OVERFLOW)).map(|place| (0..*place).filter(stays).count());
        for row in rows {
            let mut folded = Vec::new();
            let mut spilt = Value::Null;
            for (place, value) in std::mem::take(*row).into_iter().enumerate() {
                if stays(&place) {
                    folded.push(value);
                } else if value != Value::Null {
                    let name = self.names.get(place).map_or("", String::as_str);
                    add_line(&mut spilt, name, &value);
                }
            }
            if let (Value::Text(spilt), Some(place)) = (spilt, overflow) {
                if folded.len() <= place {
                    folded.resize(place + 1, Value::Null);
                }
                match &mut folded[place] {
                    Value::Text(text) => text.push_str(&spilt),
                    cell => *cell = Value::Text(spilt),
                }
            }
            **row = folded;
        }
        let mut place = 0;
        self.names.retain(|_| {
            place += 1;
            stays(&(place - 1))
        });
    }

    /// Decide each column's type and make every row fit.
    pub(super) fn finish<'r>(
        mut self,
        rows: impl Iterator<Item = &'r mut Vec<Value>>,
    ) -> Vec<Field> {
        let mut rows: Vec<_> = rows.collect();
        self.fold(&mut rows);
        let mut kinds = vec![Kinds::default(); self.names.len()];
        for row in &rows {
            for (kinds, value) in kinds.iter_mut().zip(row.iter()) {
                kinds.add(value);
            }
        }
        let fields: Vec<Field> = self
            .names
            .into_iter()
            .zip(&kinds)
            .map(|(name, kinds)| Field {
                name,
                field_type: kinds.field_type(),
            })
            .collect();
        for row in &mut rows {
            if row.len() < fields.len() {
                row.reserve_exact(fields.len() - row.len());
            }
            row.resize(fields.len(), Value::Null);
            for (value, field) in row.iter_mut().zip(&fields) {
                convert(value, field.field_type);
            }
        }
        fields
    }
}

/// Into the overflow column's cell.
fn add_line(cell: &mut Value, name: &str, value: &Value) {
    let line = format!("{name}: {}\n", value.display());
    match cell {
        Value::Text(text) => text.push_str(&line),
        cell => *cell = Value::Text(line),
    }
}

/// Which kinds of value a column holds.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of kinds")]
struct Kinds {
    text: bool,
    integer: bool,
    long_integer: bool,
    real: bool,
    boolean: bool,
}

impl Kinds {
    const fn add(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Text(_) => self.text = true,
            Value::Integer(number) => {
                self.integer = true;
                self.long_integer |= number.unsigned_abs() > EXACT_IN_REAL;
            }
            Value::Real(_) => self.real = true,
            Value::Boolean(_) => self.boolean = true,
        }
    }

    const fn field_type(self) -> FieldType {
        let number = self.integer || self.real;
        match self {
            Self { text: true, .. } => FieldType::Text,
            Self { boolean: true, .. } if number => FieldType::Text,
            Self { boolean: true, .. } => FieldType::Boolean,
            Self {
                real: true,
                long_integer: true,
                ..
            } => FieldType::Text,
            Self { real: true, .. } => FieldType::Real,
            Self { integer: true, .. } => FieldType::Integer,
            // Nothing but nulls: text takes whatever is typed in later.
            _ => FieldType::Text,
        }
    }
}

fn convert(value: &mut Value, to: FieldType) {
    *value = match (&*value, to) {
        (Value::Integer(number), FieldType::Real) => Value::Real(*number as f64),
        (Value::Integer(number), FieldType::Text) => Value::Text(number.to_string()),
        (Value::Real(number), FieldType::Text) => Value::Text(number.to_string()),
        (Value::Boolean(truth), FieldType::Text) => Value::Text(truth.to_string()),
        _ => return,
    };
}

/// Column names reach SQL and other programs: none is empty, none holds a control character.
pub(super) fn column_name(name: &str) -> String {
    let name: String = (name.trim().chars())
        .map(|c| if c.is_control() { '_' } else { c })
        .collect();
    if name.is_empty() {
        "未命名".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_takes_the_type_that_holds_all_its_values() {
        let mut columns = Columns::default();
        let mut rows = [Vec::new(), Vec::new()];
        for (name, first, second) in [
            ("whole", Value::Integer(1), Value::Null),
            ("number", Value::Integer(1), Value::Real(2.5)),
            (
                "code",
                Value::Integer(511_102),
                Value::Text("511102a".to_owned()),
            ),
            ("long", Value::Integer(1 << 60), Value::Real(0.5)),
            ("flag", Value::Boolean(true), Value::Null),
            ("empty", Value::Null, Value::Null),
        ] {
            assert!(columns.set(1, &mut rows[0], name, first));
            assert!(columns.set(2, &mut rows[1], name, second));
        }
        assert!(!columns.set(2, &mut rows[1], "whole", Value::Integer(7)));

        let types: Vec<FieldType> = columns
            .finish(rows.iter_mut())
            .into_iter()
            .map(|field| field.field_type)
            .collect();
        use FieldType::{Boolean, Integer, Real, Text};
        assert_eq!(types, [Integer, Real, Text, Text, Boolean, Text]);
        assert_eq!(rows[0][1], Value::Real(1.0));
        assert_eq!(rows[0][2], Value::Text("511102".to_owned()));
        assert_eq!(rows[1][0], Value::Integer(7));
    }

    #[test]
    fn ten_thousand_column_names_end_in_one_column_and_lose_nothing() {
        let mut columns = Columns::default();
        let mut row = Vec::new();
        for number in 0..10_000 {
            columns.set(1, &mut row, &format!("c{number}"), Value::Integer(number));
        }
        let fields = columns.finish([&mut row].into_iter());
        assert_eq!(fields.len(), MAX_COLUMNS);
        assert!(row[OVERFLOW_PLACE].display().contains("c9999: 9999"));
    }

    #[test]
    fn attributes_with_ever_other_names_make_no_enormous_table_and_lose_nothing() {
        let mut columns = Columns::default();
        let mut rows = vec![Vec::new(); 20_000];
        for (number, row) in rows.iter_mut().enumerate() {
            for name in ["always".to_owned(), format!("c{}", number % 5000)] {
                let value = Value::Integer(i64::try_from(number).unwrap());
                assert!(columns.set(number + 1, row, &name, value));
            }
        }
        let fields = columns.finish(rows.iter_mut());
        let cells = fields.len() * rows.len();
        assert!(cells < 2 * EMPTY_FREE, "{cells} cells");
        for (number, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), fields.len());
            assert_eq!(row[0], Value::Integer(i64::try_from(number).unwrap()));
            let name = format!("c{}", number % 5000);
            let own = fields.iter().position(|field| field.name == name);
            // A row that came when too much was empty already has it among the others, column or not.
            let kept = own.is_some_and(|place| row[place].display() == number.to_string())
                || row[OVERFLOW_PLACE].display() == format!("{name}: {number}\n");
            assert!(kept, "{number}: {row:?}");
        }
    }
}
