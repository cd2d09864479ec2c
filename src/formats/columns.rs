//! Attributes of any shape to typed columns: a column's type is one that holds every value in it.
//!
//! Must not know where the values come from.

use std::collections::HashMap;

use crate::model::{Field, FieldType, Value};

/// More columns than this are folded into one text column: SQLite takes no more than 2000.
const MAX_COLUMNS: usize = 1000;

/// Holds what no column was left for, as `name: value` lines.
const OVERFLOW: &str = "其余属性";

/// Integers beyond this are not exact as reals.
const EXACT_IN_REAL: u64 = 1 << 53;

/// The columns met so far, in the order in which they were met.
#[derive(Debug, Default)]
pub(super) struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// For each column, the last feature that filled it: finds a name that stands twice.
    filled_by: Vec<usize>,
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
        let Some(place) = self.place(name) else {
            let Some(place) = self.place(OVERFLOW) else {
                return true;
            };
            let line = format!("{name}: {}\n", value.display());
            let cell = Self::cell(row, place);
            if let Value::Text(text) = cell {
                text.push_str(&line);
            } else {
                *cell = Value::Text(line);
            }
            return true;
        };
        *Self::cell(row, place) = value;
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

    /// A feature's cell; the row grows as columns are met.
    fn cell(row: &mut Vec<Value>, place: usize) -> &mut Value {
        if row.len() <= place {
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
        self.places.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
        self.filled_by.push(0);
        Some(self.names.len() - 1)
    }

    /// Decide each column's type and make every row fit.
    pub(super) fn finish<'r>(self, rows: impl Iterator<Item = &'r mut Vec<Value>>) -> Vec<Field> {
        let mut rows: Vec<_> = rows.collect();
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
            row.resize(fields.len(), Value::Null);
            for (value, field) in row.iter_mut().zip(&fields) {
                convert(value, field.field_type);
            }
        }
        fields
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
        assert_eq!(fields.len(), MAX_COLUMNS + 1);
        assert!(row[MAX_COLUMNS].display().contains("c9999: 9999"));
    }
}
