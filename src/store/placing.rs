//! Where an import goes: a new layer, behind the features of a layer, or in the place of a layer.
//!
//! Nothing is lost on the way: appending widens columns so that every cell keeps its value, replacing
//! keeps the old layer among the removed ones.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::error::{Failure, StoreError};
use super::{Destination, NewLayer, Placed, feature_append, layers, report};
use crate::jobs::Progress;
use crate::model::{LayerId, Placement};

/// Store what was read where it belongs. All in the caller's transaction.
pub(super) fn place(
    transaction: &Transaction<'_>,
    new: NewLayer<'_>,
    destination: Destination,
    retire_schematic: bool,
    progress: &Progress,
) -> Result<Placed, Failure> {
    let mut placed = match destination {
        Destination::New => Placed::at(layers::insert(transaction, new, progress)?),
        Destination::Append(id) => append(transaction, id, new, progress)?,
        Destination::Replace(id) => replace(transaction, id, new, progress)?,
    };
    if retire_schematic {
        placed.retired = layers::retire_schematic(transaction, new.layer.kind, placed.layer)?;
    }
    Ok(placed)
}

/// What of a layer matters to what is put beside or in place of it.
struct Present {
    table: String,
    name: String,
    placement: String,
    position: i64,
    visible: bool,
    opacity: f64,
}

fn present(transaction: &Transaction<'_>, id: LayerId) -> Result<Present, Failure> {
    transaction
        .query_row(
            "SELECT table_name, name, placement, position, visible, opacity
             FROM rla_layer WHERE id = ?1 AND removed = 0",
            [id.0],
            |row| {
                Ok(Present {
                    table: row.get(0)?,
                    name: row.get(1)?,
                    placement: row.get(2)?,
                    position: row.get(3)?,
                    visible: row.get(4)?,
                    opacity: row.get(5)?,
                })
            },
        )
        .optional()?
        .ok_or_else(|| StoreError::UnknownLayer(id).into())
}

fn append(
    transaction: &Transaction<'_>,
    id: LayerId,
    new: NewLayer<'_>,
    progress: &Progress,
) -> Result<Placed, Failure> {
    let there = present(transaction, id)?;
    let here = new.layer.placement;
    if !new.layer.features.is_empty() && there.placement != here.code() {
        let label = Placement::from_code(&there.placement).map_or("未定位", Placement::label);
        return Err(StoreError::PlacementsDiffer {
            layer: there.name,
            there: label,
            here: here.label(),
        }
        .into());
    }
    let appended = feature_append::append(transaction, id, &there.table, new.layer, progress)?;
    report::insert(transaction, id, new, appended.offset)?;
    transaction.execute(
        "UPDATE rla_layer SET source = source || '；' || ?2 WHERE id = ?1",
        params![id.0, new.layer.source],
    )?;
    // One file's columns mean nothing in another, but for those that nobody has named yet.
    layers::fill_roles(transaction, id, &new.layer.roles)?;
    Ok(Placed {
        added_fields: appended.added_fields,
        ..Placed::at(id)
    })
}

fn replace(
    transaction: &Transaction<'_>,
    old: LayerId,
    new: NewLayer<'_>,
    progress: &Progress,
) -> Result<Placed, Failure> {
    let there = present(transaction, old)?;
    layers::set_removed(transaction, old, true)?;
    let id = layers::insert(transaction, new, progress)?;
    layers::rename(transaction, id, &there.name)?;
    transaction.execute(
        "UPDATE rla_layer SET position = ?2, visible = ?3, opacity = ?4 WHERE id = ?1",
        params![id.0, there.position, there.visible, there.opacity],
    )?;
    Ok(Placed {
        replaced: Some(old),
        ..Placed::at(id)
    })
}
