//! The GeoPackage R-tree extension: `rtree_<table>_geom` and the triggers that keep it true.
//!
//! The triggers are the standard's own text (annex F.3), so that other programs recognise them.

use rusqlite::{Connection, Transaction};

use super::names::quoted;

/// The index table itself, still without triggers: a new layer is indexed while it is filled.
pub(super) fn create(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    transaction.execute_batch(&format!(
        "CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy)",
        quoted(&index_name(table)),
    ))?;
    transaction.execute(
        "INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope)
         VALUES (?1, 'geom', 'gpkg_rtree_index',
                 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        [table],
    )?;
    Ok(())
}

pub(super) fn insert_sql(table: &str) -> String {
    format!(
        "INSERT INTO {} VALUES (?1, ?2, ?3, ?4, ?5)",
        quoted(&index_name(table))
    )
}

/// While a table is filled; [`add_triggers`] puts them back.
pub(super) fn drop_triggers(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    for suffix in [
        "insert", "update1", "update2", "update3", "update4", "delete",
    ] {
        transaction.execute_batch(&format!(
            "DROP TRIGGER IF EXISTS {}",
            quoted(&format!("{}_{suffix}", index_name(table))),
        ))?;
    }
    Ok(())
}

pub(super) fn add_triggers(transaction: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    const FULL: &str = "NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)";
    const EMPTY: &str = "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))";
    let index = quoted(&index_name(table));
    let put = format!(
        "INSERT OR REPLACE INTO {index} VALUES (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), \
         ST_MinY(NEW.geom), ST_MaxY(NEW.geom));"
    );
    let take_out = format!("DELETE FROM {index} WHERE id = OLD.fid;");
    let take_both = format!("DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid);");
    let triggers = [
        ("insert", "INSERT", format!("({FULL})"), put.clone()),
        (
            "update1",
            "UPDATE OF geom",
            format!("OLD.fid = NEW.fid AND ({FULL})"),
            put.clone(),
        ),
        (
            "update2",
            "UPDATE OF geom",
            format!("OLD.fid = NEW.fid AND {EMPTY}"),
            take_out.clone(),
        ),
        (
            "update3",
            "UPDATE",
            format!("OLD.fid != NEW.fid AND ({FULL})"),
            format!("{take_out} {put}"),
        ),
        (
            "update4",
            "UPDATE",
            format!("OLD.fid != NEW.fid AND {EMPTY}"),
            take_both,
        ),
        ("delete", "DELETE", "OLD.geom NOT NULL".to_owned(), take_out),
    ];
    for (suffix, event, condition, action) in triggers {
        transaction.execute_batch(&format!(
            "CREATE TRIGGER {} AFTER {event} ON {} WHEN {condition} BEGIN {action} END",
            quoted(&format!("{}_{suffix}", index_name(table))),
            quoted(table),
        ))?;
    }
    Ok(())
}

fn index_name(table: &str) -> String {
    format!("rtree_{table}_geom")
}

/// How many features stand in the index wrongly or not at all. The index rounds outwards to single
/// precision, so a box is right when it holds the feature's and is hardly larger.
pub(super) fn mistakes(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    /// Degrees; single precision near 180° is 1.5e-5.
    const ROUNDING: f64 = 4e-5;
    connection.query_row(
        &format!(
            "SELECT
               (SELECT count(*) FROM {table} AS feature
                LEFT JOIN {index} AS box ON box.id = feature.fid
                WHERE feature.geom NOTNULL AND NOT ST_IsEmpty(feature.geom)
                  AND (box.id IS NULL
                    OR NOT (ST_MinX(geom) - box.minx BETWEEN 0 AND ?1)
                    OR NOT (box.maxx - ST_MaxX(geom) BETWEEN 0 AND ?1)
                    OR NOT (ST_MinY(geom) - box.miny BETWEEN 0 AND ?1)
                    OR NOT (box.maxy - ST_MaxY(geom) BETWEEN 0 AND ?1)))
             + (SELECT count(*) FROM {index} AS box
                LEFT JOIN {table} AS feature ON feature.fid = box.id
                WHERE feature.fid IS NULL OR feature.geom ISNULL OR ST_IsEmpty(feature.geom))",
            table = quoted(table),
            index = quoted(&index_name(table)),
        ),
        [ROUNDING],
        |row| row.get(0),
    )
}
