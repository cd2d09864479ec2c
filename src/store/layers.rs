//! Layers as feature tables: made, filled, read back and described.
//!
//! Each layer is a real table with real columns, so that QGIS shows it like any other; what only we
//! know of it (kind, placement, draw order) is a row of `rla_layer`.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::error::{Failure, StoreError};
use super::names::{self, quoted};
use super::{NewLayer, StoredLayer, as_i64, as_usize, blob, rtree};
use crate::crs::Extent;
use crate::model::{Feature, Field, FieldType, Layer, LayerId, LayerKind, Placement, Value};

/// On top of the map. The table's name needs the id, so the row is made first, under a name of no
/// meaning.
pub(super) fn insert(transaction: &Transaction<'_>, new: NewLayer<'_>) -> Result<LayerId, Failure> {
    insert_as(transaction, new, None)
}

fn insert_as(
    transaction: &Transaction<'_>,
    new: NewLayer<'_>,
    id: Option<LayerId>,
) -> Result<LayerId, Failure> {
    let layer = new.layer;
    transaction.execute(
        "INSERT INTO rla_layer
           (id, table_name, name, kind, placement, source, source_epsg, position, visible, opacity)
         VALUES (?6, lower(hex(randomblob(16))), ?1, ?2, ?3, ?4, ?5,
                 (SELECT COALESCE(max(position) + 1, 0) FROM rla_layer), 1, 1.0)",
        params![
            layer.name,
            layer.kind.code(),
            layer.placement.code(),
            layer.source,
            new.source_crs,
            id.map(|id| id.0),
        ],
    )?;
    let id = LayerId(transaction.last_insert_rowid());
    let table = format!("{}_{}", layer.kind.code(), id.0);
    transaction.execute(
        "UPDATE rla_layer SET table_name = ?2 WHERE id = ?1",
        params![id.0, table],
    )?;
    let columns = insert_fields(transaction, id, layer)?;
    create_table(transaction, &table, layer, &columns)?;
    let extent = insert_features(transaction, &table, layer, &columns)?;
    rtree::add_triggers(transaction, &table)?;
    set_extent(transaction, &table, extent)?;
    insert_report(transaction, id, new)?;
    Ok(id)
}

/// As [`insert`], with the id and the view it already has.
pub(super) fn insert_stored(
    transaction: &Transaction<'_>,
    stored: &StoredLayer,
) -> Result<(), Failure> {
    insert_as(
        transaction,
        NewLayer {
            layer: &stored.layer,
            source_crs: stored.source_crs,
            quarantined: &[],
            issues: &[],
        },
        Some(stored.id),
    )?;
    transaction.execute(
        "UPDATE rla_layer SET visible = ?2, opacity = ?3, retired = ?4, position = ?5
         WHERE id = ?1",
        params![
            stored.id.0,
            stored.visible,
            stored.opacity,
            stored.retired,
            stored.position
        ],
    )?;
    Ok(())
}

/// A column of a layer's table.
struct Column {
    name: String,
    field_type: FieldType,
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
fn fitting_type(layer: &Layer, index: usize, declared: FieldType) -> FieldType {
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

const fn type_code(field_type: FieldType) -> &'static str {
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
        sql += &format!(
            ", {} {}",
            quoted(&column.name),
            type_code(column.field_type)
        );
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
        "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, 0, 0)",
        params![table, geometry_type, blob::SRS_ID],
    )?;
    rtree::create(transaction, table)?;
    Ok(())
}

/// The one type all features have, or the type that allows any.
fn geometry_type(layer: &Layer) -> &'static str {
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

/// `gpkg_contents.identifier` is unique; two layers of one name are not forbidden.
fn free_identifier(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<String> {
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

fn insert_features(
    transaction: &Transaction<'_>,
    table: &str,
    layer: &Layer,
    columns: &[Column],
) -> Result<Option<Extent>, Failure> {
    let mut insert = transaction.prepare(&format!(
        "INSERT INTO {} (fid, geom{}) VALUES (?1, ?2{})",
        quoted(table),
        columns
            .iter()
            .map(|column| format!(", {}", quoted(&column.name)))
            .collect::<String>(),
        (3..columns.len() + 3)
            .map(|number| format!(", ?{number}"))
            .collect::<String>(),
    ))?;
    let mut index = transaction.prepare(&rtree::insert_sql(table))?;
    let keep_fids = are_keys(&layer.features);
    let mut whole: Option<Extent> = None;
    for (feature, number) in layer.features.iter().zip(1..) {
        let fid = if keep_fids { feature.fid } else { number };
        insert.raw_bind_parameter(1, fid)?;
        insert.raw_bind_parameter(2, feature.geometry.as_ref().map(blob::encode))?;
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
    Ok(whole)
}

/// Numbers in the file are kept as keys where they can be, so that a feature is found in its file.
fn are_keys(features: &[Feature]) -> bool {
    features.first().is_none_or(|first| first.fid > 0)
        && features.windows(2).all(|pair| match pair {
            [a, b] => a.fid < b.fid,
            _ => true,
        })
}

/// A cell on its way into a column of a type.
struct Cell<'a>(&'a Value, FieldType);

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

pub(super) fn set_extent(
    transaction: &Transaction<'_>,
    table: &str,
    extent: Option<Extent>,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE gpkg_contents
         SET min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5,
             last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE table_name = ?1",
        params![
            table,
            extent.map(|extent| extent.west),
            extent.map(|extent| extent.south),
            extent.map(|extent| extent.east),
            extent.map(|extent| extent.north),
        ],
    )?;
    Ok(())
}

fn insert_report(
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
            super::report::key(one.code),
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
            super::report::key(one.code),
            one.message,
            super::report::key(one.action)
        ])?;
    }
    Ok(())
}

/// An official layer replaces the schematic ones of its kind.
pub(super) fn retire_schematic(
    transaction: &Transaction<'_>,
    kind: LayerKind,
    except: LayerId,
) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE rla_layer SET retired = 1, visible = 0
         WHERE kind = ?1 AND placement = ?2 AND id <> ?3 AND retired = 0",
        params![kind.code(), Placement::Schematic.code(), except.0],
    )?;
    Ok(())
}

/// A row of `rla_layer`, its features not yet read.
struct Listed {
    stored: StoredLayer,
    table: String,
}

const LISTED: &str = "SELECT id, table_name, name, kind, placement, source, source_epsg, position,
       visible, opacity, retired,
       (SELECT count(*) FROM quarantine WHERE layer_id = rla_layer.id)
     FROM rla_layer";

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let kind: String = row.get(3)?;
    let placement: String = row.get(4)?;
    Ok(Listed {
        table: row.get(1)?,
        stored: StoredLayer {
            id: LayerId(row.get(0)?),
            layer: Layer {
                name: row.get(2)?,
                kind: LayerKind::from_code(&kind).unwrap_or(LayerKind::Reference),
                placement: Placement::from_code(&placement).unwrap_or(Placement::Unlocated),
                source: row.get(5)?,
                fields: Vec::new(),
                features: Vec::new(),
            },
            visible: row.get(8)?,
            opacity: row.get(9)?,
            retired: row.get(10)?,
            quarantined: as_usize(row.get(11)?),
            source_crs: row.get(6)?,
            position: row.get(7)?,
            unreadable: Vec::new(),
        },
    })
}

/// All layers that are not removed, bottom first. One whose table another program has dropped is
/// left out, and `verify` says so.
pub(super) fn read_all(connection: &Connection) -> Result<Vec<StoredLayer>, Failure> {
    let mut statement =
        connection.prepare(&format!("{LISTED} WHERE removed = 0 ORDER BY position, id"))?;
    let rows = statement.query_map([], listed)?;
    let mut layers = Vec::new();
    for row in rows {
        let row = row?;
        if connection.table_exists(None, row.table.as_str())? {
            layers.push(read_features(connection, row)?);
        } else {
            log::warn!("layer {} has lost its table {}", row.stored.id.0, row.table);
        }
    }
    Ok(layers)
}

pub(super) fn read(connection: &Connection, id: LayerId) -> Result<StoredLayer, Failure> {
    let row = connection
        .query_row(&format!("{LISTED} WHERE id = ?1"), [id.0], listed)
        .optional()?
        .ok_or(StoreError::UnknownLayer(id))?;
    read_features(connection, row)
}

fn read_features(connection: &Connection, listed: Listed) -> Result<StoredLayer, Failure> {
    let Listed { mut stored, table } = listed;
    let columns = read_columns(connection, stored.id, &table)?;
    let mut statement = connection.prepare(&format!(
        "SELECT fid, geom{} FROM {} ORDER BY fid",
        columns
            .iter()
            .map(|(column, _)| format!(", {}", quoted(column)))
            .collect::<String>(),
        quoted(&table),
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let fid = row.get(0)?;
        let geometry = match row.get_ref(1)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => blob::decode(bytes),
            _ => Err(blob::BlobError::NotAGeometry),
        };
        if let Err(err) = geometry {
            log::warn!("{table} fid {fid}: {err}");
            stored.unreadable.push(fid);
        }
        let mut values = Vec::with_capacity(columns.len());
        for (index, (_, field)) in columns.iter().enumerate() {
            values.push(value(row.get_ref(index + 2)?, field.field_type));
        }
        stored.layer.features.push(Feature {
            fid,
            geometry: geometry.unwrap_or_default(),
            values,
        });
    }
    stored.layer.fields = columns.into_iter().map(|(_, field)| field).collect();
    Ok(stored)
}

/// Column name and field, in the file's order; columns that another program has added come last.
fn read_columns(
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

pub(super) fn set_view(
    transaction: &Transaction<'_>,
    id: LayerId,
    visible: bool,
    opacity: f32,
) -> Result<(), Failure> {
    let opacity = if opacity.is_finite() {
        opacity.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let changed = transaction.execute(
        "UPDATE rla_layer SET visible = ?2, opacity = ?3 WHERE id = ?1",
        params![id.0, visible, opacity],
    )?;
    found(id, changed)
}

pub(super) fn rename(
    transaction: &Transaction<'_>,
    id: LayerId,
    name: &str,
) -> Result<(), Failure> {
    let changed = transaction.execute(
        "UPDATE rla_layer SET name = ?2 WHERE id = ?1",
        params![id.0, name],
    )?;
    found(id, changed)?;
    set_identifier(transaction, id, name)
}

/// Nothing is deleted: the features stay in their table, for `removed = false` or for QGIS.
pub(super) fn set_removed(
    transaction: &Transaction<'_>,
    id: LayerId,
    removed: bool,
) -> Result<(), Failure> {
    let changed = transaction.execute(
        "UPDATE rla_layer SET removed = ?2 WHERE id = ?1",
        params![id.0, removed],
    )?;
    found(id, changed)?;
    let name: String =
        transaction.query_row("SELECT name FROM rla_layer WHERE id = ?1", [id.0], |row| {
            row.get(0)
        })?;
    let suffix = if removed { "（已移除）" } else { "" };
    set_identifier(transaction, id, &format!("{name}{suffix}"))
}

fn set_identifier(transaction: &Transaction<'_>, id: LayerId, name: &str) -> Result<(), Failure> {
    let table: String = transaction.query_row(
        "SELECT table_name FROM rla_layer WHERE id = ?1",
        [id.0],
        |row| row.get(0),
    )?;
    // Its own present identifier must not stand in the way of its new one.
    transaction.execute(
        "UPDATE gpkg_contents SET identifier = NULL WHERE table_name = ?1",
        [&table],
    )?;
    let identifier = free_identifier(transaction, name)?;
    transaction.execute(
        "UPDATE gpkg_contents SET identifier = ?2 WHERE table_name = ?1",
        params![table, identifier],
    )?;
    Ok(())
}

pub(super) fn removed(connection: &Connection) -> rusqlite::Result<Vec<(LayerId, String)>> {
    let mut statement =
        connection.prepare("SELECT id, name FROM rla_layer WHERE removed = 1 ORDER BY id")?;
    statement
        .query_map([], |row| Ok((LayerId(row.get(0)?), row.get(1)?)))?
        .collect()
}

/// The draw order of the listed layers, bottom first.
pub(super) fn set_order(transaction: &Transaction<'_>, order: &[LayerId]) -> Result<(), Failure> {
    for (id, position) in order.iter().zip(0_i64..) {
        let changed = transaction.execute(
            "UPDATE rla_layer SET position = ?2 WHERE id = ?1",
            params![id.0, position],
        )?;
        found(*id, changed)?;
    }
    Ok(())
}

fn found(id: LayerId, changed: usize) -> Result<(), Failure> {
    if changed == 0 {
        return Err(StoreError::UnknownLayer(id).into());
    }
    Ok(())
}
