//! What an import reported: problems and quarantined features, as rows and back.

use rusqlite::{Connection, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Failure;
use super::{NewLayer, as_i64, as_usize};
use crate::model::{Issue, LayerId, Quarantined};

/// The stable `snake_case` key of a code, as in `--json`.
fn key(code: impl Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(key)) => key,
        _ => String::new(),
    }
}

/// A key that a newer program wrote is a wrong type to SQLite's caller, not a panic.
fn from_key<T: DeserializeOwned>(column: usize, key: String) -> rusqlite::Result<T> {
    serde_json::from_value(serde_json::Value::String(key)).map_err(|err| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(err),
        )
    })
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    id: LayerId,
    new: NewLayer<'_>,
) -> Result<(), Failure> {
    let mut quarantine = transaction.prepare(
        "INSERT INTO quarantine (layer_id, feature, code, reason, raw) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for one in new.quarantined {
        quarantine.execute(params![
            id.0,
            as_i64(one.feature),
            key(one.code),
            one.reason,
            one.raw
        ])?;
    }
    let mut issue = transaction.prepare(
        "INSERT INTO import_issue (layer_id, feature, code, message, action)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for one in new.issues {
        issue.execute(params![
            id.0,
            one.feature.map(as_i64),
            key(one.code),
            one.message,
            key(one.action)
        ])?;
    }
    Ok(())
}

pub(super) fn quarantined(
    connection: &Connection,
    id: LayerId,
) -> Result<Vec<Quarantined>, Failure> {
    let mut statement = connection.prepare(
        "SELECT feature, code, reason, raw FROM quarantine WHERE layer_id = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([id.0], |row| {
        Ok(Quarantined {
            feature: as_usize(row.get(0)?),
            code: from_key(1, row.get(1)?)?,
            reason: row.get(2)?,
            raw: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn issues(connection: &Connection, id: LayerId) -> Result<Vec<Issue>, Failure> {
    let mut statement = connection.prepare(
        "SELECT feature, code, message, action FROM import_issue WHERE layer_id = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([id.0], |row| {
        Ok(Issue {
            at: None,
            feature: row.get::<_, Option<i64>>(0)?.map(as_usize),
            code: from_key(1, row.get(1)?)?,
            message: row.get(2)?,
            action: from_key(3, row.get(3)?)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
