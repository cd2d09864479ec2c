//! Is the workspace as it should be? Looks at everything, changes nothing.

use rusqlite::Connection;

use super::error::Failure;
use super::{Check, Verification, blob, rtree};
use crate::model::Money;
use crate::plan::Plan;

pub(super) fn verify(connection: &Connection) -> Result<Verification, Failure> {
    Ok(Verification {
        checks: vec![
            integrity(connection)?,
            references(connection)?,
            layer_tables(connection)?,
            spatial_index(connection)?,
            geometries(connection)?,
            import_records(connection)?,
            plan_total(connection)?,
        ],
    })
}

fn check(name: &'static str, problems: &[String], fine: impl Into<String>) -> Check {
    Check {
        name,
        passed: problems.is_empty(),
        detail: if problems.is_empty() {
            fine.into()
        } else {
            problems.join("；")
        },
    }
}

fn integrity(connection: &Connection) -> Result<Check, Failure> {
    let problems: Vec<String> = column(connection, "PRAGMA integrity_check(20)")?
        .into_iter()
        .filter(|line| line != "ok")
        .collect();
    Ok(check("文件完整性", &problems, "数据库文件完好"))
}

fn references(connection: &Connection) -> Result<Check, Failure> {
    let problems: Vec<String> = column(
        connection,
        "SELECT \"table\" || ' 第 ' || rowid || ' 行' FROM pragma_foreign_key_check LIMIT 20",
    )?
    .into_iter()
    .map(|row| format!("{row}引用了不存在的记录"))
    .collect();
    Ok(check("引用关系", &problems, "各表之间的引用都有对应记录"))
}

fn layer_tables(connection: &Connection) -> Result<Check, Failure> {
    let problems: Vec<String> = column(
        connection,
        "SELECT name FROM rla_layer
         WHERE table_name NOT IN (SELECT name FROM sqlite_master WHERE type = 'table')",
    )?
    .into_iter()
    .map(|name| format!("图层“{name}”的数据表已被其他程序删除"))
    .collect();
    Ok(check("图层数据表", &problems, "每个图层都有数据表"))
}

fn spatial_index(connection: &Connection) -> Result<Check, Failure> {
    let indexed = column(
        connection,
        "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'
           AND table_name IN (SELECT table_name FROM rla_layer)
           AND table_name IN (SELECT name FROM sqlite_master WHERE type = 'table')",
    )?;
    let mut problems = Vec::new();
    for table in &indexed {
        let mistakes = rtree::mistakes(connection, table)?;
        if mistakes > 0 {
            problems.push(format!("表 {table} 有 {mistakes} 个要素与空间索引不一致"));
        }
    }
    Ok(check(
        "空间索引",
        &problems,
        format!("{} 个图层的空间索引与要素一致", indexed.len()),
    ))
}

fn geometries(connection: &Connection) -> Result<Check, Failure> {
    let tables = column(
        connection,
        "SELECT table_name FROM gpkg_geometry_columns
         WHERE column_name = 'geom'
           AND table_name IN (SELECT name FROM sqlite_master WHERE type = 'table')",
    )?;
    let mut problems = Vec::new();
    for table in tables {
        let mut statement = connection.prepare(&format!(
            "SELECT geom FROM {} WHERE geom NOTNULL",
            super::names::quoted(&table)
        ))?;
        let mut unreadable = 0_usize;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let readable = row
                .get_ref(0)?
                .as_blob()
                .is_ok_and(|bytes| blob::decode(bytes).is_ok());
            unreadable += usize::from(!readable);
        }
        if unreadable > 0 {
            problems.push(format!("表 {table} 有 {unreadable} 个要素的几何无法读取"));
        }
    }
    Ok(check("几何", &problems, "所有几何都能读取"))
}

/// What imports have left behind: the meaning of columns, released features, remembered choices.
fn import_records(connection: &Connection) -> Result<Check, Failure> {
    let mut problems: Vec<String> = column(
        connection,
        "SELECT name FROM rla_layer WHERE NOT json_valid(roles)",
    )?
    .into_iter()
    .map(|name| format!("图层“{name}”的列含义无法读取"))
    .collect();
    let twice = column(
        connection,
        "SELECT 'x' FROM quarantine WHERE accepted_fid NOTNULL
         GROUP BY layer_id, accepted_fid HAVING count(*) > 1",
    )?;
    if !twice.is_empty() {
        problems.push(format!("隔离区有 {} 个要素被重复放行", twice.len()));
    }
    let empty = column(
        connection,
        "SELECT 'x' FROM import_decision WHERE value = '' OR (subject = 'roles' AND NOT json_valid(value))",
    )?;
    if !empty.is_empty() {
        problems.push(format!("有 {} 条导入时的选择无法读取", empty.len()));
    }
    Ok(check("导入记录", &problems, "隔离区和导入时的选择完好"))
}

/// The sum of 附表一, against the plan's own. A workspace without the plan's sites has none to check.
fn plan_total(connection: &Connection) -> Result<Check, Failure> {
    const NAME: &str = "附表一投资合计";
    let (sites, fen): (i64, i64) = connection.query_row(
        "SELECT count(*), COALESCE(sum(planned_fen), 0) FROM project_site WHERE plan_line NOTNULL",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if sites == 0 {
        return Ok(check(NAME, &[], "工作区不含规划附表一的项目"));
    }
    let stored = Money::from_fen(fen);
    let printed = Plan::load()?.planned_total();
    let problems: Vec<String> = (stored != printed)
        .then(|| format!("工作区合计 {stored} 万元，规划印作 {printed} 万元"))
        .into_iter()
        .collect();
    Ok(check(
        NAME,
        &problems,
        format!("{sites} 个项目合计 {stored} 万元，与规划一致"),
    ))
}

fn column(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    statement.query_map([], |row| row.get(0))?.collect()
}
