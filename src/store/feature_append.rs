//! Features put behind those that a layer's table has: columns matched by name, added and widened.
//!
//! Every cell keeps its value, the old ones too. Must not know where the features come from.

use rusqlite::{Transaction, params};

use super::error::Failure;
use super::feature_table::{self, Column, fitting_type, type_code};
use super::names::{self, quoted};
use super::{layers, rtree};
use crate::crs::Extent;
use crate::jobs::Progress;
use crate::model::{Field, FieldType, Layer, LayerId};

/// What came of it.
pub(super) struct Appended {
    /// How far the keys are past the numbers in the file.
    pub(super) offset: i64,
    /// Keys of the new features, in their order.
    pub(super) fids: Vec<i64>,
    pub(super) added_fields: Vec<String>,
}

pub(super) fn append(
    transaction: &Transaction<'_>,
    id: LayerId,
    table: &str,
    layer: &Layer,
    progress: &Progress,
) -> Result<Appended, Failure> {
    let (columns, added_fields) = match_columns(transaction, id, table, layer)?;
    let offset = last_key(transaction, table)?;
    // One entry a row by our own hand is cheaper than a trigger a row.
    rtree::drop_triggers(transaction, table)?;
    let filled = feature_table::fill(transaction, table, layer, &columns, offset, progress)?;
    rtree::add_triggers(transaction, table)?;
    widen_geometry_type(transaction, table, layer)?;
    let extent = union(known_extent(transaction, table)?, filled.extent);
    layers::set_extent(transaction, table, extent)?;
    Ok(Appended {
        offset,
        fids: filled.fids,
        added_fields,
    })
}

/// The table's column for each of the layer's, and the names of those it did not have.
fn match_columns(
    transaction: &Transaction<'_>,
    id: LayerId,
    table: &str,
    layer: &Layer,
) -> Result<(Vec<Column>, Vec<String>), Failure> {
    let mut present = feature_table::read_columns(transaction, id, table)?;
    let mut columns = Vec::with_capacity(layer.fields.len());
    let mut added = Vec::new();
    for (index, field) in layer.fields.iter().enumerate() {
        // Of two columns of one name each takes its own.
        let same = (present.iter()).position(|(_, there)| there.name == field.name);
        let column = if let Some((name, there)) = same.map(|at| present.remove(at)) {
            widened(transaction, id, table, layer, index, &name, &there)?
        } else {
            added.push(field.name.clone());
            add_column(transaction, id, table, layer, index, field)?
        };
        columns.push(column);
    }
    Ok((columns, added))
}

fn add_column(
    transaction: &Transaction<'_>,
    id: LayerId,
    table: &str,
    layer: &Layer,
    index: usize,
    field: &Field,
) -> Result<Column, Failure> {
    let name = free_column(transaction, table, &field.name)?;
    let field_type = fitting_type(layer, index, field.field_type);
    add(transaction, table, &name, field_type)?;
    transaction.execute(
        "INSERT INTO rla_field (layer_id, position, name, column_name, type)
         VALUES (?1, (SELECT COALESCE(max(position) + 1, 0) FROM rla_field WHERE layer_id = ?1),
                 ?2, ?3, ?4)",
        params![id.0, field.name, name, type_code(field_type)],
    )?;
    Ok(Column { name, field_type })
}

/// The present column, made to hold the new cells too.
fn widened(
    transaction: &Transaction<'_>,
    id: LayerId,
    table: &str,
    layer: &Layer,
    index: usize,
    name: &str,
    there: &Field,
) -> Result<Column, Failure> {
    let both_real = there.field_type == FieldType::Integer
        && fitting_type(layer, index, FieldType::Integer) != FieldType::Integer
        && fitting_type(layer, index, FieldType::Real) == FieldType::Real
        && fits_a_double(transaction, table, name)?;
    let field_type = if both_real {
        FieldType::Real
    } else {
        fitting_type(layer, index, there.field_type)
    };
    if field_type != there.field_type {
        let wider = free_column(transaction, table, name)?;
        add(transaction, table, &wider, field_type)?;
        let (table, name, wider) = (quoted(table), quoted(name), quoted(&wider));
        let cell = if field_type == FieldType::Text {
            let truth = there.field_type == FieldType::Boolean;
            format!("rla_text({name}, {truth})")
        } else {
            name.clone()
        };
        transaction.execute_batch(&format!(
            "UPDATE {table} SET {wider} = {cell};
             ALTER TABLE {table} DROP COLUMN {name};
             ALTER TABLE {table} RENAME COLUMN {wider} TO {name};"
        ))?;
        transaction.execute(
            "UPDATE rla_field SET type = ?3 WHERE layer_id = ?1 AND name = ?2",
            params![id.0, there.name, type_code(field_type)],
        )?;
    }
    Ok(Column {
        name: name.to_owned(),
        field_type,
    })
}

fn add(
    transaction: &Transaction<'_>,
    table: &str,
    name: &str,
    field_type: FieldType,
) -> rusqlite::Result<()> {
    transaction.execute_batch(&format!(
        "ALTER TABLE {} ADD COLUMN {} {}",
        quoted(table),
        quoted(name),
        type_code(field_type)
    ))
}

/// Past 2^53 not every integer is a double.
fn fits_a_double(transaction: &Transaction<'_>, table: &str, name: &str) -> rusqlite::Result<bool> {
    transaction.query_row(
        &format!(
            "SELECT NOT EXISTS (SELECT 1 FROM {table} WHERE {name} NOTNULL AND
               (typeof({name}) <> 'integer' OR {name} NOT BETWEEN -9007199254740992 AND 9007199254740992))",
            table = quoted(table),
            name = quoted(name),
        ),
        [],
        |row| row.get(0),
    )
}

fn free_column(
    transaction: &Transaction<'_>,
    table: &str,
    wanted: &str,
) -> rusqlite::Result<String> {
    let mut statement = transaction.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let taken: Vec<String> = statement
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let all = taken.iter().map(String::as_str).chain([wanted]);
    // The last of them is the wanted one, with a number behind it where it clashes.
    Ok(names::columns(all).pop().unwrap_or_default())
}

/// Keys of deleted features are not given again.
fn last_key(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<i64> {
    transaction.query_row(
        &format!(
            "SELECT max(COALESCE((SELECT max(fid) FROM {}), 0),
                        COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0))",
            quoted(table)
        ),
        [table],
        |row| row.get(0),
    )
}

fn widen_geometry_type(
    transaction: &Transaction<'_>,
    table: &str,
    layer: &Layer,
) -> rusqlite::Result<()> {
    if layer
        .features
        .iter()
        .any(|feature| feature.geometry.is_some())
    {
        transaction.execute(
            "UPDATE gpkg_geometry_columns SET geometry_type_name = 'GEOMETRY'
             WHERE table_name = ?1 AND geometry_type_name <> ?2",
            params![table, feature_table::geometry_type(layer)],
        )?;
    }
    transaction.execute(
        "UPDATE gpkg_geometry_columns SET z = max(z, ?2) WHERE table_name = ?1",
        params![table, feature_table::heights_code(layer)],
    )?;
    Ok(())
}

fn known_extent(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<Option<Extent>> {
    transaction.query_row(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?1",
        [table],
        |row| {
            let sides: [Option<f64>; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            Ok(match sides {
                [Some(west), Some(south), Some(east), Some(north)] => Some(Extent {
                    west,
                    south,
                    east,
                    north,
                }),
                _ => None,
            })
        },
    )
}

fn union(one: Option<Extent>, other: Option<Extent>) -> Option<Extent> {
    [one, other].into_iter().flatten().reduce(Extent::union)
}
