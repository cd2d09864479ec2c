//! A layer's features as a table of real columns: made, filled and read back.
//!
//! What comes in comes out again, down to names that SQL reserves and cells of the wrong type.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Transaction, params};

use super::error::Failure;
use super::names::{self, quoted};
use super::{as_i64, blob, layers, rtree};
use crate::crs::Extent;
use crate::jobs::Progress;
use crate::model::{Feature, Field, FieldType, Layer, LayerId, Value};

/// Make the table of a layer, fill and index it; the extent of its features.
pub(super) fn create(
    transaction: &Transaction<'_>,
    id: LayerId,
    table: &str,
    layer: &Layer,
    progress: &Progress,
) -> Result<Option<Extent>, Failure> {
    let columns = insert_fields(transaction, id, layer)?;
    create_table(transaction, table, layer, &columns)?;
    let filled = fill(transaction, table, layer, &columns, 0, progress)?;
    rtree::add_triggers(transaction, table)?;
    Ok(filled.extent)
}

/// A column of a layer's table.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) field_type: FieldType,
}

fn insert_fields(
    transaction: &Transaction<'_>,
    id: LayerId,
    layer: &Layer,
) -> Result<Vec<Column>, Failure> {
    let mut insert = transaction.prepare(
        "INSERT INTO rla_field (layer_id, position, name, column_name, type)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let names = names::columns(layer.fields.iter().map(|field| field.name.as_str()));
    let mut columns = Vec::new();
    for (index, (field, name)) in layer.fields.iter().zip(names).enumerate() {
        let field_type = fitting_type(layer, index, field.field_type);
        insert.execute(params![
            id.0,
            as_i64(index),
            field.name,
            name,
            type_code(field_type)
        ])?;
        columns.push(Column { name, field_type });
    }
    Ok(columns)
}

/// The type that holds every cell of a column without loss: the declared one if all cells are of it.
pub(super) fn fitting_type(layer: &Layer, index: usize, declared: FieldType) -> FieldType {
    const EXACT: u64 = 1 << 53; // past this, not every integer is a double
    let mut fitting = declared;
    for value in layer
        .features
        .iter()
        .filter_map(|row| row.values.get(index))
    {
        fitting = match (fitting, value) {
            (_, Value::Null)
            | (FieldType::Text, Value::Text(_))
            | (FieldType::Integer, Value::Integer(_))
            | (FieldType::Real, Value::Real(_))
            | (FieldType::Boolean, Value::Boolean(_)) => fitting,
            (FieldType::Real, Value::Integer(number)) if number.unsigned_abs() <= EXACT => fitting,
            _ => return FieldType::Text,
        };
    }
    fitting
}

pub(super) const fn type_code(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "TEXT",
        FieldType::Integer => "INTEGER",
        FieldType::Real => "REAL",
        FieldType::Boolean => "BOOLEAN",
    }
}

/// By SQLite's own rule of type names, for columns that another program has added.
fn type_of(declared: &str) -> FieldType {
    let declared = declared.to_uppercase();
    let says = |word: &str| declared.contains(word);
    if says("BOOL") {
        FieldType::Boolean
    } else if says("INT") {
        FieldType::Integer
    } else if says("REAL") || says("FLOA") || says("DOUB") {
        FieldType::Real
    } else {
        FieldType::Text
    }
}

fn create_table(
    transaction: &Transaction<'_>,
    table: &str,
    layer: &Layer,
    columns: &[Column],
) -> Result<(), Failure> {
    let geometry_type = geometry_type(layer);
    let mut sql = format!(
        "CREATE TABLE {} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {geometry_type}",
        quoted(table)
    );
    for column in columns {
        for part in [
            ", ",
            &quoted(&column.name),
            " ",
            type_code(column.field_type),
        ] {
            sql.push_str(part);
        }
    }
    sql.push(')');
    transaction.execute_batch(&sql)?;
    transaction.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)
         VALUES (?1, 'features', ?2, ?3, ?4)",
        params![
            table,
            free_identifier(transaction, &layer.name)?,
            layer.source,
            blob::SRS_ID
        ],
    )?;
    transaction.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, ?4, 0)",
        params![table, geometry_type, blob::SRS_ID, heights_code(layer)],
    )?;
    rtree::create(transaction, table)?;
    Ok(())
}

/// The one type all features have, or the type that allows any.
pub(super) fn geometry_type(layer: &Layer) -> &'static str {
    use geo::Geometry;
    let mut types = layer
        .features
        .iter()
        .filter_map(|feature| feature.geometry.as_ref())
        .map(|geometry| match geometry {
            Geometry::Point(_) => "POINT",
            Geometry::Line(_) | Geometry::LineString(_) => "LINESTRING",
            Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "POLYGON",
            Geometry::MultiPoint(_) => "MULTIPOINT",
            Geometry::MultiLineString(_) => "MULTILINESTRING",
            Geometry::MultiPolygon(_) => "MULTIPOLYGON",
            Geometry::GeometryCollection(_) => "GEOMETRYCOLLECTION",
        });
    let first = types.next().unwrap_or("GEOMETRY");
    if types.all(|other| other == first) {
        first
    } else {
        "GEOMETRY"
    }
}

/// What the standard calls the `z` of a table: heights are prohibited, or optional.
pub(super) fn heights_code(layer: &Layer) -> i64 {
    let some = |feature: &Feature| feature.heights.is_some();
    if layer.features.iter().any(some) {
        2
    } else {
        0
    }
}

/// `gpkg_contents.identifier` is unique; two layers of one name are not forbidden.
pub(super) fn free_identifier(
    transaction: &Transaction<'_>,
    name: &str,
) -> rusqlite::Result<String> {
    let mut taken = transaction.prepare("SELECT 1 FROM gpkg_contents WHERE identifier = ?1")?;
    let mut outcome = Ok(());
    let identifier = names::unique(name, " ", |candidate| match taken.exists([candidate]) {
        Ok(exists) => !exists,
        Err(err) => {
            outcome = Err(err);
            true
        }
    });
    outcome.map(|()| identifier)
}

/// Features that have just been put into a table.
pub(super) struct Filled {
    pub(super) extent: Option<Extent>,
    /// Their keys, in their order.
    pub(super) fids: Vec<i64>,
}

/// Put a layer's features into a table and its index, whose triggers are not there at the moment.
/// `columns` are the table's for the layer's fields; keys start past `offset`.
pub(super) fn fill(
    transaction: &Transaction<'_>,
    table: &str,
    layer: &Layer,
    columns: &[Column],
    offset: i64,
    progress: &Progress,
) -> Result<Filled, Failure> {
    let mut insert = transaction.prepare(&format!(
        "INSERT INTO {} (fid, geom{}) VALUES (?, ?{})",
        quoted(table),
        names::further(columns.iter().map(|column| column.name.as_str())),
        ", ?".repeat(columns.len()),
    ))?;
    let mut index = transaction.prepare(&rtree::insert_sql(table))?;
    let keep_fids = are_keys(&layer.features);
    let mut whole: Option<Extent> = None;
    let mut fids = Vec::with_capacity(layer.features.len());
    for (place, feature) in layer.features.iter().enumerate() {
        progress.step(place, layer.features.len())?;
        let number = if keep_fids {
            feature.fid
        } else {
            as_i64(place + 1)
        };
        let fid = offset.saturating_add(number);
        fids.push(fid);
        insert.raw_bind_parameter(1, fid)?;
        insert.raw_bind_parameter(2, stored_geometry(feature))?;
        for (position, column) in columns.iter().enumerate() {
            let value = feature.values.get(position).unwrap_or(&Value::Null);
            insert.raw_bind_parameter(position + 3, Cell(value, column.field_type))?;
        }
        insert.raw_execute()?;
        if let Some(extent) = feature.geometry.as_ref().and_then(Extent::of_geometry) {
            index.execute(params![
                fid,
                extent.west,
                extent.east,
                extent.south,
                extent.north
            ])?;
            whole = Some(whole.map_or(extent, |so_far| so_far.union(extent)));
        }
    }
    Ok(Filled {
        extent: whole,
        fids,
    })
}

pub(super) fn delete(transaction: &Transaction<'_>, table: &str, fid: i64) -> rusqlite::Result<()> {
    transaction.execute(
        &format!("DELETE FROM {} WHERE fid = ?1", quoted(table)),
        [fid],
    )?;
    layers::touch(transaction, table)
}

/// With its heights, where it has them.
fn stored_geometry(feature: &Feature) -> Option<Vec<u8>> {
    let geometry = feature.geometry.as_ref()?;
    let heights = feature.heights.as_deref();
    Some(blob::encode_as(geometry, heights, blob::SRS_ID))
}

/// Numbers in the file are kept as keys where they can be, so that a feature is found in its file.
pub(super) fn are_keys(features: &[Feature]) -> bool {
    features.first().is_none_or(|first| first.fid > 0)
        && features.windows(2).all(|pair| match pair {
            [a, b] => a.fid < b.fid,
            _ => true,
        })
}

/// A cell on its way into a column of a type.
pub(super) struct Cell<'a>(pub(super) &'a Value, pub(super) FieldType);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match (self.0, self.1) {
            (Value::Null, _) => ToSqlOutput::Borrowed(ValueRef::Null),
            (Value::Text(text), _) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            (other, FieldType::Text) => ToSqlOutput::from(other.display()),
            (Value::Integer(number), _) => ToSqlOutput::from(*number),
            (Value::Real(number), _) => ToSqlOutput::from(*number),
            (Value::Boolean(truth), _) => ToSqlOutput::from(*truth),
        })
    }
}

/// Fields and features, into a layer that has neither yet; the `fid`s whose geometry nobody can read.
pub(super) fn read(
    connection: &Connection,
    id: LayerId,
    table: &str,
    layer: &mut Layer,
) -> Result<Vec<i64>, Failure> {
    let columns = read_columns(connection, id, table)?;
    let mut unreadable = Vec::new();
    let mut statement = connection.prepare(&format!(
        "SELECT fid, geom{} FROM {} ORDER BY fid",
        names::further(columns.iter().map(|(column, _)| column.as_str())),
        quoted(table),
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let fid = row.get(0)?;
        let geometry = match row.get_ref(1)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => blob::decode_shape(bytes),
            _ => Err(blob::BlobError::NotAGeometry),
        };
        if let Err(err) = geometry {
            log::warn!("{table} fid {fid}: {err}");
            unreadable.push(fid);
        }
        let mut values = Vec::with_capacity(columns.len());
        for (index, (_, field)) in columns.iter().enumerate() {
            values.push(value(row.get_ref(index + 2)?, field.field_type));
        }
        let shape = geometry.unwrap_or_default();
        let (geometry, heights) =
            shape.map_or((None, None), |shape| (Some(shape.geometry), shape.heights));
        layer.features.push(Feature {
            fid,
            geometry,
            heights,
            values,
        });
    }
    layer.fields = columns.into_iter().map(|(_, field)| field).collect();
    Ok(unreadable)
}

/// Column name and field, in the file's order; columns that another program has added come last.
pub(super) fn read_columns(
    connection: &Connection,
    id: LayerId,
    table: &str,
) -> Result<Vec<(String, Field)>, Failure> {
    let mut statement = connection.prepare(
        "SELECT present.name, COALESCE(field.name, present.name), present.type
         FROM pragma_table_info(?2) AS present
         LEFT JOIN rla_field AS field
           ON field.layer_id = ?1 AND field.column_name = present.name
         WHERE present.name NOT IN ('fid', 'geom')
         ORDER BY field.position IS NULL, field.position, present.cid",
    )?;
    let rows = statement.query_map(params![id.0, table], |row| {
        let declared: String = row.get(2)?;
        let field = Field {
            name: row.get(1)?,
            field_type: type_of(&declared),
        };
        Ok((row.get(0)?, field))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What the cell says, whatever another program has put there.
fn value(cell: ValueRef<'_>, field_type: FieldType) -> Value {
    match (cell, field_type) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(number), FieldType::Boolean) => Value::Boolean(number != 0),
        (ValueRef::Integer(number), FieldType::Real) => Value::Real(number as f64),
        (ValueRef::Integer(number), _) => Value::Integer(number),
        (ValueRef::Real(number), _) => Value::Real(number),
        (ValueRef::Text(bytes), _) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        (ValueRef::Blob(bytes), _) => Value::Text(format!("（{} 字节）", bytes.len())),
    }
}
