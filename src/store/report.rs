//! What an import reported: problems and quarantined features, as rows and back.

use rusqlite::{Connection, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Failure;
use super::{NewLayer, as_i64, as_usize};
use crate::crs::LonLat;
use crate::model::{Issue, LayerId};

/// The stable `snake_case` key of a code, as in `--json`.
pub(super) fn key(code: impl Serialize) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(key)) => key,
        _ => String::new(),
    }
}

/// A key that a newer program wrote is a wrong type to SQLite's caller, not a panic.
pub(super) fn from_key<T: DeserializeOwned>(column: usize, key: String) -> rusqlite::Result<T> {
    serde_json::from_value(serde_json::Value::String(key)).map_err(|err| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(err),
        )
    })
}

/// `offset`: how far the layer's own numbering is past the file's.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    id: LayerId,
    new: NewLayer<'_>,
    offset: i64,
) -> Result<(), Failure> {
    let mut quarantine = transaction.prepare(
        "INSERT INTO quarantine
           (layer_id, feature, code, reason, raw, source, format, encoding, epsg)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for one in new.quarantined {
        quarantine.execute(params![
            id.0,
            as_i64(one.feature),
            key(one.code),
            one.reason,
            one.raw,
            new.layer.source,
            new.format,
            new.encoding,
            new.source_crs,
        ])?;
    }
    let mut issue = transaction.prepare(
        "INSERT INTO import_issue (layer_id, feature, code, message, action, lon, lat)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for one in new.issues {
        issue.execute(params![
            id.0,
            one.feature.map(|number| as_i64(number) + offset),
            key(one.code),
            one.message,
            key(one.action),
            one.at.map(|at| at.lon),
            one.at.map(|at| at.lat),
        ])?;
    }
    Ok(())
}

pub(super) fn issues(connection: &Connection, id: LayerId) -> Result<Vec<Issue>, Failure> {
    let mut statement = connection.prepare(
        "SELECT feature, code, message, action, lon, lat FROM import_issue WHERE layer_id = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([id.0], |row| {
        Ok(Issue {
            at: place(row)?,
            feature: row.get::<_, Option<i64>>(0)?.map(as_usize),
            code: from_key(1, row.get(1)?)?,
            message: row.get(2)?,
            action: from_key(3, row.get(3)?)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn place(row: &Row<'_>) -> rusqlite::Result<Option<LonLat>> {
    let (lon, lat): (Option<f64>, Option<f64>) = (row.get(4)?, row.get(5)?);
    Ok(lon.zip(lat).map(|(lon, lat)| LonLat { lon, lat }))
}
