//! The history that the triggers write, read back; and who is writing it.

use rusqlite::{Connection, Row, Transaction, params};
use serde_json::Value;

use super::error::Failure;
use super::{Change, as_i64, blob};

/// What the history says about changes made here.
const ORIGIN: &str = "redline-atlas";

/// Name the writer for the rest of the transaction. Ended by [`end`], or by a rollback.
pub(super) fn begin(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR REPLACE INTO rla_session (id, who, origin) VALUES (1, ?1, ?2)",
        params![user().unwrap_or_else(|| "未知".to_owned()), ORIGIN],
    )?;
    Ok(())
}

/// From here on, whoever writes is somebody else.
pub(super) fn end(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM rla_session", [])?;
    Ok(())
}

/// The name the operating system knows the user by; `None` where it tells none.
pub fn user() -> Option<String> {
    ["USERNAME", "USER"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.trim().is_empty())
}

pub(super) fn read(connection: &Connection, limit: usize) -> Result<Vec<Change>, Failure> {
    let mut statement = connection.prepare(
        "SELECT id, at, who, origin, table_name, row_id, before, after
         FROM history ORDER BY id DESC LIMIT ?1",
    )?;
    let rows = statement.query_map([as_i64(limit)], |row| {
        Ok(Change {
            id: row.get(0)?,
            at: row.get(1)?,
            who: row.get(2)?,
            origin: row.get(3)?,
            table: row.get(4)?,
            row: row.get(5)?,
            before: values(row, 6)?,
            after: values(row, 7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn values(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Value>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.map(|text| match serde_json::from_str(&text) {
        Ok(value) => legible(value),
        Err(_) => Value::String(text),
    }))
}

/// The triggers can only write a geometry as hexadecimal: here it becomes `lon` and `lat`.
fn legible(mut values: Value) -> Value {
    let Some(object) = values.as_object_mut() else {
        return values;
    };
    let Some(geometry) = object.shift_remove("geom") else {
        return values;
    };
    let point = geometry
        .as_str()
        .and_then(from_hex)
        .and_then(|bytes| blob::extent(&bytes).ok().flatten())
        .map(crate::crs::Extent::center);
    object.insert("lon".to_owned(), point.map(|at| at.lon).into());
    object.insert("lat".to_owned(), point.map(|at| at.lat).into());
    values
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
