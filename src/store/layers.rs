//! The list of layers: what only we know of them (kind, placement, draw order), as `rla_layer`.
//!
//! The features themselves are [`super::feature_table`]'s business.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::error::{Failure, StoreError};
use super::{NewLayer, StoredLayer, as_usize, feature_table, report};
use crate::crs::Extent;
use crate::jobs::Progress;
use crate::model::{FieldRoles, Layer, LayerId, LayerKind, Placement};

/// On top of the map. The table's name needs the id, so the row is made first, under a name of no
/// meaning.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    new: NewLayer<'_>,
    progress: &Progress,
) -> Result<LayerId, Failure> {
    let layer = new.layer;
    transaction.execute(
        "INSERT INTO rla_layer
           (table_name, name, kind, placement, source, source_epsg, roles, position, visible, opacity)
         VALUES (lower(hex(randomblob(16))), ?1, ?2, ?3, ?4, ?5, ?6,
                 (SELECT COALESCE(max(position) + 1, 0) FROM rla_layer), 1, 1.0)",
        params![
            layer.name,
            layer.kind.code(),
            layer.placement.code(),
            layer.source,
            new.source_crs,
            roles_text(&layer.roles),
        ],
    )?;
    let id = LayerId(transaction.last_insert_rowid());
    let table = format!("{}_{}", layer.kind.code(), id.0);
    transaction.execute(
        "UPDATE rla_layer SET table_name = ?2 WHERE id = ?1",
        params![id.0, table],
    )?;
    let extent = feature_table::create(transaction, id, &table, layer, progress)?;
    set_extent(transaction, &table, extent)?;
    report::insert(transaction, id, new, 0)?;
    Ok(id)
}

/// Roles that nothing was said about yet.
pub(super) fn fill_roles(
    transaction: &Transaction<'_>,
    id: LayerId,
    more: &FieldRoles,
) -> Result<(), Failure> {
    let text: String =
        transaction.query_row("SELECT roles FROM rla_layer WHERE id = ?1", [id.0], |row| {
            row.get(0)
        })?;
    let known = roles(&text);
    let more = more.clone();
    let filled = FieldRoles {
        name: known.name.or(more.name),
        code: known.code.or(more.code),
        class: known.class.or(more.class),
        area: known.area.or(more.area),
    };
    let changed = transaction.execute(
        "UPDATE rla_layer SET roles = ?2 WHERE id = ?1",
        params![id.0, roles_text(&filled)],
    )?;
    found(id, changed)
}

fn roles_text(roles: &FieldRoles) -> String {
    serde_json::to_string(roles).unwrap_or_else(|_| "{}".to_owned())
}

/// What a newer program wrote and this one does not know is as good as nothing said.
fn roles(text: &str) -> FieldRoles {
    serde_json::from_str(text).unwrap_or_default()
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

/// The table's content has changed now, the standard's own word for it.
pub(super) fn touch(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
         WHERE table_name = ?1",
        [table],
    )?;
    Ok(())
}

/// An official layer replaces the schematic ones of its kind. Which these were.
pub(super) fn retire_schematic(
    transaction: &Transaction<'_>,
    kind: LayerKind,
    except: LayerId,
) -> rusqlite::Result<Vec<LayerId>> {
    let mut statement = transaction.prepare(
        "UPDATE rla_layer SET retired = 1, visible = 0
         WHERE kind = ?1 AND placement = ?2 AND id <> ?3 AND retired = 0
         RETURNING id",
    )?;
    statement
        .query_map(
            params![kind.code(), Placement::Schematic.code(), except.0],
            |row| row.get(0).map(LayerId),
        )?
        .collect()
}

/// A row of `rla_layer`, its features not yet read.
struct Listed {
    stored: StoredLayer,
    table: String,
}

const LISTED: &str = "SELECT id, table_name, name, kind, placement, source, source_epsg, position,
       visible, opacity, retired,
       (SELECT count(*) FROM quarantine WHERE layer_id = rla_layer.id AND accepted_fid ISNULL),
       roles
     FROM rla_layer";

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let kind: String = row.get(3)?;
    let placement: String = row.get(4)?;
    Ok(Listed {
        table: row.get(1)?,
        stored: StoredLayer {
            id: LayerId(row.get(0)?),
            layer: Arc::new(Layer {
                roles: roles(&row.get::<_, String>(12)?),
                name: row.get(2)?,
                kind: LayerKind::from_code(&kind).unwrap_or(LayerKind::Reference),
                placement: Placement::from_code(&placement).unwrap_or(Placement::Unlocated),
                source: row.get(5)?,
                fields: Vec::new(),
                features: Vec::new(),
            }),
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
    stored.unreadable = feature_table::read(
        connection,
        stored.id,
        &table,
        Arc::make_mut(&mut stored.layer),
    )?;
    Ok(stored)
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
    let identifier = feature_table::free_identifier(transaction, name)?;
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
