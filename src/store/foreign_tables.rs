//! Which feature tables a `GeoPackage` has, and what it says about each, however incomplete its lists are.
//!
//! Must not know how rows are read.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row};

use super::as_usize;
use super::foreign_watch::Watch;
use super::names::quoted;
use crate::model::{ForeignError, ForeignSrs, ForeignTable};

/// Names of the key column that mean nothing to anybody but the program that wrote them.
const MERE_KEYS: [&str; 3] = ["fid", "ogc_fid", "objectid"];

/// What geometry columns are called and declared as, where the file does not list them.
const GEOMETRY_NAMES: [&str; 5] = ["geom", "geometry", "the_geom", "shape", "wkb_geometry"];
const GEOMETRY_TYPES: [&str; 9] = [
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
    "geomcollection",
];

/// A feature table, and how to ask for its rows.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) table: ForeignTable,
    /// The row number, ready for SQL; `None` for a view or a table without.
    pub(super) key: Option<String>,
    pub(super) geometry: Option<String>,
    /// In the order of `table.columns`.
    pub(super) columns: Vec<Column>,
}

pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_boolean: bool,
}

#[derive(Default)]
pub(super) struct List {
    pub(super) tables: Vec<Listed>,
    /// Listed by the file, and not in it.
    pub(super) missing: Vec<String>,
}

/// A row of `gpkg_contents`, or of `gpkg_geometry_columns` where only that has the table.
struct Entry {
    name: String,
    title: String,
    description: String,
    data_type: String,
    srs_id: Option<i64>,
}

/// A row of `gpkg_geometry_columns`.
struct GeometryEntry {
    table: String,
    column: String,
    srs_id: Option<i64>,
}

pub(super) fn list(connection: &Connection, watch: &Watch) -> Result<List, ForeignError> {
    let gone_wrong = |err: &rusqlite::Error| {
        if watch.is_cancelled() {
            return ForeignError::Cancelled;
        }
        ForeignError::Damaged(format!("读不出图层目录（{err}）"))
    };
    let has = |table: &str| kind_of(connection, table).map(|kind| kind.is_some());
    let here = || -> rusqlite::Result<(bool, bool)> {
        Ok((has("gpkg_contents")?, has("gpkg_geometry_columns")?))
    };
    let (has_contents, has_geometries) = here().map_err(|err| gone_wrong(&err))?;
    if !has_contents && !has_geometries {
        return Err(ForeignError::NotAGeoPackage(
            what_else(connection).map_err(|err| gone_wrong(&err))?,
        ));
    }
    // One of the two may be damaged: the other will do.
    let contents = contents(connection);
    let geometries = geometries(connection);
    if let (Err(err), Err(_)) = (&contents, &geometries) {
        return Err(gone_wrong(err));
    }
    let geometries = geometries.unwrap_or_default();
    let mut entries = contents.unwrap_or_default();
    let only_tiles = entries.iter().any(|entry| entry.data_type == "tiles");
    let with_geometry =
        |name: &str| (geometries.iter()).find(|geometry| geometry.table.eq_ignore_ascii_case(name));
    entries.retain(|entry| entry.data_type == "features" || with_geometry(&entry.name).is_some());
    for geometry in &geometries {
        if !(entries.iter()).any(|entry| entry.name.eq_ignore_ascii_case(&geometry.table)) {
            entries.push(Entry {
                name: geometry.table.clone(),
                title: geometry.table.clone(),
                description: String::new(),
                data_type: "features".to_owned(),
                srs_id: None,
            });
        }
    }
    let mut list = List::default();
    let several = entries.len() > 1;
    for entry in entries {
        let geometry = with_geometry(&entry.name);
        match describe(connection, &entry, geometry) {
            Ok(Some(mut listed)) => {
                watch.beat();
                count(connection, &mut listed, several);
                if watch.is_cancelled() {
                    return Err(ForeignError::Cancelled);
                }
                list.tables.push(listed);
            }
            Ok(None) => list.missing.push(entry.name),
            Err(err) => {
                log::warn!("{}: {err}", entry.name);
                list.missing.push(entry.name);
            }
        }
    }
    if list.tables.is_empty() {
        return Err(match (list.missing.as_slice(), only_tiles) {
            ([], true) => ForeignError::NotAGeoPackage("只有影像瓦片、没有要素表的 GeoPackage"),
            ([], false) => ForeignError::NotAGeoPackage("没有要素表的 GeoPackage"),
            (missing, _) => ForeignError::Damaged(format!(
                "目录中的要素表（{}）不存在或已损坏",
                missing.join("、")
            )),
        });
    }
    Ok(list)
}

/// `table` or `view`; SQLite does not tell capital letters from small ones.
fn kind_of(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let kind = connection.query_row(
        "SELECT type FROM sqlite_schema
         WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE",
        [name],
        |row| row.get(0),
    );
    kind.optional()
}

/// What a database without the tables of a `GeoPackage` is.
fn what_else(connection: &Connection) -> rusqlite::Result<&'static str> {
    let has = |table: &str| kind_of(connection, table).map(|kind| kind.is_some());
    Ok(if has("geometry_columns")? {
        "SpatiaLite 数据库，不是 GeoPackage"
    } else if has("tiles")? && has("metadata")? {
        "影像瓦片库（MBTiles），不是 GeoPackage"
    } else {
        "SQLite 数据库，不是 GeoPackage"
    })
}

fn contents(connection: &Connection) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare(
        "SELECT table_name, identifier, description, data_type, srs_id FROM gpkg_contents",
    )?;
    let rows = statement.query_map([], |row| {
        let name = text(row, 0)?;
        let title = Some(text(row, 1)?).filter(|title| !title.trim().is_empty());
        Ok(Entry {
            title: title.unwrap_or_else(|| name.clone()),
            name,
            description: text(row, 2)?,
            data_type: text(row, 3)?.to_ascii_lowercase(),
            srs_id: integer(row, 4)?,
        })
    })?;
    rows.collect()
}

fn geometries(connection: &Connection) -> rusqlite::Result<Vec<GeometryEntry>> {
    let mut statement =
        connection.prepare("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns")?;
    let rows = statement.query_map([], |row| {
        Ok(GeometryEntry {
            table: text(row, 0)?,
            column: text(row, 1)?,
            srs_id: integer(row, 2)?,
        })
    })?;
    rows.collect()
}

/// `None`: there is no such table.
fn describe(
    connection: &Connection,
    entry: &Entry,
    geometry: Option<&GeometryEntry>,
) -> rusqlite::Result<Option<Listed>> {
    let Some(kind) = kind_of(connection, &entry.name)? else {
        return Ok(None);
    };
    struct Present {
        name: String,
        declared: String,
        is_key: bool,
    }
    let mut statement = connection
        .prepare("SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1")?;
    let present = statement
        .query_map([&entry.name], |row| {
            Ok(Present {
                name: text(row, 0)?,
                declared: text(row, 1)?.to_ascii_lowercase(),
                is_key: integer(row, 2)?.is_some_and(|place| place > 0),
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let named = |name: &str| (present.iter()).find(|column| column.name.eq_ignore_ascii_case(name));
    let geometry_column = geometry
        .and_then(|geometry| named(&geometry.column))
        .or_else(|| {
            (present.iter()).find(|column| GEOMETRY_TYPES.contains(&column.declared.as_str()))
        })
        .or_else(|| GEOMETRY_NAMES.iter().find_map(|name| named(name)))
        .map(|column| column.name.clone());
    let mut keys = present.iter().filter(|column| column.is_key);
    let row_number = match (keys.next(), keys.next()) {
        (Some(key), None) if key.declared == "integer" => Some(&key.name),
        _ => None,
    };
    let key = match (kind.as_str(), row_number) {
        ("table", Some(name)) => Some(quoted(name)),
        ("table", None) => (["_rowid_", "rowid", "oid"].into_iter())
            .find(|key| named(key).is_none())
            .filter(|key| has_key(connection, &entry.name, key))
            .map(str::to_owned),
        _ => None,
    };
    let is_mere_key = |name: &str| {
        row_number.is_some_and(|key| key == name)
            && MERE_KEYS.contains(&name.to_ascii_lowercase().as_str())
    };
    let columns: Vec<Column> = (present.iter())
        .filter(|column| Some(&column.name) != geometry_column.as_ref())
        .filter(|column| !is_mere_key(&column.name))
        .map(|column| Column {
            name: column.name.clone(),
            is_boolean: column.declared.starts_with("bool"),
        })
        .collect();
    let srs_id = geometry
        .and_then(|geometry| geometry.srs_id)
        .or(entry.srs_id);
    let own = of_workspace(connection, &entry.name);
    Ok(Some(Listed {
        table: ForeignTable {
            title: (own.as_ref()).map_or_else(|| entry.title.clone(), |(name, _)| name.clone()),
            placement: (own.map(|(_, placement)| placement))
                .or_else(|| placement_in(&entry.description)),
            name: entry.name.clone(),
            srs: srs(connection, srs_id.unwrap_or_default()),
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            rows: None,
            claimed_rows: claimed(connection, &entry.name),
        },
        key,
        geometry: geometry_column,
        columns,
    }))
}

/// Tables made `WITHOUT ROWID` have none.
fn has_key(connection: &Connection, table: &str, key: &str) -> bool {
    let sql = format!("SELECT {key} FROM {} LIMIT 0", quoted(table));
    connection.prepare(&sql).is_ok()
}

/// What a workspace knows of its layer: name and placement.
fn of_workspace(connection: &Connection, table: &str) -> Option<(String, String)> {
    let known = connection.query_row(
        "SELECT name, placement FROM rla_layer WHERE table_name = ?1",
        [table],
        |row| Ok((text(row, 0)?, text(row, 1)?)),
    );
    known.ok()
}

/// How an exported layer says what its places are worth.
pub(super) const PLACEMENT: &str = "placement=";

fn placement_in(description: &str) -> Option<String> {
    let (_, code) = description.rsplit_once(PLACEMENT)?;
    let code = code.split(|c: char| !c.is_ascii_alphabetic()).next()?;
    Some(code.to_owned())
}

fn srs(connection: &Connection, id: i64) -> ForeignSrs {
    let known = connection.query_row(
        "SELECT organization, organization_coordsys_id, srs_name, definition
         FROM gpkg_spatial_ref_sys WHERE srs_id = ?1",
        [id],
        |row| {
            Ok(ForeignSrs {
                id,
                organization: text(row, 0)?,
                code: integer(row, 1)?.unwrap_or_default(),
                name: text(row, 2)?,
                definition: text(row, 3)?,
            })
        },
    );
    known.unwrap_or_else(|_undefined| ForeignSrs {
        id,
        ..ForeignSrs::default()
    })
}

/// GDAL keeps a count of its own.
fn claimed(connection: &Connection, table: &str) -> Option<usize> {
    let count = connection.query_row(
        "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?1 COLLATE NOCASE",
        [table],
        |row| integer(row, 0),
    );
    count.ok().flatten().map(as_usize)
}

/// Counted only where it decides between tables, or costs little.
fn count(connection: &Connection, listed: &mut Listed, several: bool) {
    let sql = match (&listed.key, listed.table.claimed_rows) {
        (_, Some(claimed)) => {
            listed.table.rows = Some(claimed);
            return;
        }
        (Some(key), None) if !several => format!("SELECT max({key})"),
        _ => "SELECT count(*)".to_owned(),
    };
    let sql = format!("{sql} FROM {}", quoted(&listed.table.name));
    let rows = connection.query_row(&sql, [], |row| integer(row, 0));
    if let Err(err) = &rows
        && err.sqlite_error_code() != Some(ErrorCode::DatabaseCorrupt)
    {
        log::warn!("{}: {err}", listed.table.name);
    }
    listed.table.rows = rows.ok().flatten().map(as_usize);
}

/// Whatever the cell holds, as text; empty for null.
fn text(row: &Row<'_>, place: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(place)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
    })
}

fn integer(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(place)? {
        ValueRef::Integer(number) => Some(number),
        ValueRef::Text(bytes) => {
            (str::from_utf8(bytes).ok()).and_then(|text| text.trim().parse().ok())
        }
        _ => None,
    })
}
