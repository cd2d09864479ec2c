//! Features that could not be imported: listed, released into their layer, put back.
//!
//! A row never goes away: released, it names the feature it has become, and the history tells when.

use rusqlite::{Connection, Transaction, params};

use super::error::{Failure, StoreError};
use super::report::from_key;
use super::{
    Placed, QuarantineId, QuarantineRow, Released, as_usize, feature_append, feature_table,
};
use crate::jobs::Progress;
use crate::model::{Layer, LayerId, Quarantined};

pub(super) fn read(connection: &Connection, id: LayerId) -> Result<Vec<QuarantineRow>, Failure> {
    let mut statement = connection.prepare(
        "SELECT id, feature, code, reason, raw, source, format, encoding, epsg, accepted_fid
         FROM quarantine WHERE layer_id = ?1 ORDER BY id",
    )?;
    let rows = statement.query_map([id.0], |row| {
        Ok(QuarantineRow {
            id: QuarantineId(row.get(0)?),
            layer: id,
            what: Quarantined {
                feature: as_usize(row.get(1)?),
                code: from_key(2, row.get(2)?)?,
                reason: row.get(3)?,
                raw: row.get(4)?,
            },
            source: row.get(5)?,
            format: row.get(6)?,
            encoding: row.get(7)?,
            epsg: row.get(8)?,
            accepted_fid: row.get(9)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn release(
    transaction: &Transaction<'_>,
    id: LayerId,
    features: &Layer,
    released: &[Released],
    progress: &Progress,
) -> Result<Placed, Failure> {
    let table = table_of(transaction, id)?;
    let appended = feature_append::append(transaction, id, &table, features, progress)?;
    let mut mark = transaction.prepare(
        "UPDATE quarantine SET accepted_fid = ?2, mended = ?3
         WHERE id = ?1 AND layer_id = ?4 AND accepted_fid ISNULL",
    )?;
    for (fid, one) in appended.fids.iter().zip(released) {
        if mark.execute(params![one.row.0, fid, one.mended, id.0])? == 0 {
            return Err(StoreError::NotInQuarantine(one.row.0).into());
        }
    }
    Ok(Placed {
        added_fields: appended.added_fields,
        ..Placed::at(id)
    })
}

/// The layers that lost a feature.
pub(super) fn put_back(
    transaction: &Transaction<'_>,
    rows: &[QuarantineId],
) -> Result<Vec<LayerId>, Failure> {
    let mut changed = Vec::new();
    for row in rows {
        let (layer, fid): (i64, i64) = transaction
            .query_row(
                "SELECT layer_id, accepted_fid FROM quarantine
                 WHERE id = ?1 AND accepted_fid NOTNULL",
                [row.0],
                |found| Ok((found.get(0)?, found.get(1)?)),
            )
            .map_err(|err| match err {
                rusqlite::Error::QueryReturnedNoRows => StoreError::NotInQuarantine(row.0).into(),
                other => Failure::from(other),
            })?;
        let layer = LayerId(layer);
        feature_table::delete(transaction, &table_of(transaction, layer)?, fid)?;
        transaction.execute(
            "UPDATE quarantine SET accepted_fid = NULL, mended = NULL WHERE id = ?1",
            [row.0],
        )?;
        if !changed.contains(&layer) {
            changed.push(layer);
        }
    }
    Ok(changed)
}

fn table_of(transaction: &Transaction<'_>, id: LayerId) -> Result<String, Failure> {
    transaction
        .query_row(
            "SELECT table_name FROM rla_layer WHERE id = ?1",
            [id.0],
            |row| row.get(0),
        )
        .map_err(|err| match err {
            rusqlite::Error::QueryReturnedNoRows => StoreError::UnknownLayer(id).into(),
            other => other.into(),
        })
}
