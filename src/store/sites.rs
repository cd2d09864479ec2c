//! The ledger: sites with their units, status changes and money, read whole and edited piece by piece.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::error::{Failure, StoreError};
use super::{as_i64, blob, layers};
use crate::crs::{Extent, LonLat};
use crate::model::{
    Edit, FundSource, Money, Placement, ProjectSite, SiteId, SitePlacement, SiteStatus,
    StatusChange, YearInvestment, YearSpan,
};

pub(super) fn read_all(connection: &Connection) -> Result<BTreeMap<SiteId, ProjectSite>, Failure> {
    let mut sites = read_plain(connection)?;
    let mut units = connection.prepare(
        "SELECT link.site_id, unit.name
         FROM project_site_unit AS link JOIN project_unit AS unit ON unit.id = link.unit_id
         ORDER BY link.site_id, link.position, link.id",
    )?;
    let mut rows = units.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(site) = sites.get_mut(&SiteId(row.get(0)?)) {
            site.units.push(row.get(1)?);
        }
    }
    let ids: Vec<SiteId> = sites.keys().copied().collect();
    for id in ids {
        if let Some(site) = sites.get_mut(&id) {
            site.status_changes = status_changes(connection, id)?
                .into_iter()
                .map(|(_, change)| change)
                .collect();
            site.investments = investments(connection, id)?;
        }
    }
    Ok(sites)
}

fn read_plain(connection: &Connection) -> Result<BTreeMap<SiteId, ProjectSite>, Failure> {
    let mut statement = connection.prepare(
        "SELECT id, category, name, content, location, planned_fen, years_printed, start_year,
                end_year, plan_line, plan_note, geom, placement, precision_m, basis
         FROM project_site",
    )?;
    let rows = statement.query_map([], |row| {
        let id = SiteId(row.get(0)?);
        let geometry: Option<Vec<u8>> = row.get(11)?;
        let grade: String = row.get(12)?;
        Ok(ProjectSite {
            id,
            category: row.get(1)?,
            name: row.get(2)?,
            content: row.get(3)?,
            location: row.get(4)?,
            planned: Money::from_fen(row.get(5)?),
            years_printed: row.get(6)?,
            years: YearSpan {
                start: row.get(7)?,
                end: row.get(8)?,
            },
            units: Vec::new(),
            plan_line: row.get(9)?,
            plan_note: row.get(10)?,
            placement: SitePlacement {
                grade: Placement::from_code(&grade).unwrap_or(Placement::Unlocated),
                at: geometry.as_deref().and_then(|bytes| place(id, bytes)),
                precision_m: row.get(13)?,
                basis: row.get(14)?,
            },
            status_changes: Vec::new(),
            investments: BTreeMap::new(),
        })
    })?;
    rows.map(|site| {
        let site = site?;
        Ok((site.id, site))
    })
    .collect()
}

/// The point of a site; what another program has put there instead is no place, and said in the log.
fn place(id: SiteId, bytes: &[u8]) -> Option<LonLat> {
    match blob::decode(bytes) {
        Ok(Some(geo::Geometry::Point(point))) => Some(LonLat::new(point.x(), point.y())),
        Ok(None) => None,
        other => {
            log::warn!("project_site {}: not a point: {other:?}", id.0);
            None
        }
    }
}

/// Row id and change, oldest first.
fn status_changes(
    connection: &Connection,
    site: SiteId,
) -> rusqlite::Result<Vec<(i64, StatusChange)>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, date, status, note FROM site_status_change WHERE site_id = ?1 ORDER BY date, id",
    )?;
    let rows = statement.query_map([site.0], |row| {
        let date: String = row.get(1)?;
        let status: String = row.get(2)?;
        Ok((
            row.get(0)?,
            StatusChange {
                date: date.parse().map_err(|err: jiff::Error| {
                    rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(err))
                })?,
                status: SiteStatus::from_label(&status)
                    .ok_or_else(|| rusqlite::Error::InvalidColumnType(2, status, Type::Text))?,
                note: row.get(3)?,
            },
        ))
    })?;
    rows.collect()
}

fn investments(
    connection: &Connection,
    site: SiteId,
) -> rusqlite::Result<BTreeMap<i32, YearInvestment>> {
    let mut years: BTreeMap<i32, YearInvestment> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT year, planned_fen, completed_fen FROM site_investment WHERE site_id = ?1",
    )?;
    let mut rows = statement.query([site.0])?;
    while let Some(row) = rows.next()? {
        let year = years.entry(row.get(0)?).or_default();
        year.planned = row.get::<_, Option<i64>>(1)?.map(Money::from_fen);
        year.completed = row.get::<_, Option<i64>>(2)?.map(Money::from_fen);
    }
    let mut statement =
        connection.prepare_cached("SELECT year, source, fen FROM site_fund WHERE site_id = ?1")?;
    let mut rows = statement.query([site.0])?;
    while let Some(row) = rows.next()? {
        let code: String = row.get(1)?;
        let source = FundSource::ALL
            .into_iter()
            .find(|source| source.code() == code)
            .ok_or(rusqlite::Error::InvalidColumnType(1, code, Type::Text))?;
        let year = years.entry(row.get(0)?).or_default();
        year.arrived.insert(source, Money::from_fen(row.get(2)?));
    }
    years.retain(|_, year| !year.is_empty());
    Ok(years)
}

pub(super) fn insert(transaction: &Transaction<'_>, site: &ProjectSite) -> Result<(), Failure> {
    transaction.execute(
        "INSERT INTO project_site (id, category, name, content, location, planned_fen,
           years_printed, start_year, end_year, plan_line, plan_note,
           geom, placement, precision_m, basis)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            site.id.0,
            site.category,
            site.name,
            site.content,
            site.location,
            site.planned.fen(),
            site.years_printed,
            site.years.start,
            site.years.end,
            site.plan_line,
            site.plan_note,
            point_blob(&site.placement),
            site.placement.grade.code(),
            site.placement.precision_m,
            site.placement.basis,
        ],
    )?;
    for (position, unit) in site.units.iter().enumerate() {
        transaction.execute(
            "INSERT OR IGNORE INTO project_unit (name) VALUES (?1)",
            [unit],
        )?;
        transaction.execute(
            "INSERT OR IGNORE INTO project_site_unit (site_id, unit_id, position)
             VALUES (?1, (SELECT id FROM project_unit WHERE name = ?2), ?3)",
            params![site.id.0, unit, as_i64(position)],
        )?;
    }
    put_status_changes(transaction, site.id, &[], &site.status_changes)?;
    for (year, money) in &site.investments {
        put_investment(transaction, site.id, *year, money)?;
    }
    Ok(())
}

fn point_blob(placement: &SitePlacement) -> Option<Vec<u8>> {
    placement
        .at
        .map(|at| blob::encode(&geo::Point::new(at.lon, at.lat).into()))
}

/// Make an edit, unless what it wants to replace is no longer what is there.
pub(super) fn apply(transaction: &Transaction<'_>, edit: &Edit) -> Result<(), Failure> {
    let site = edit.site();
    let name: String = transaction
        .query_row(
            "SELECT name FROM project_site WHERE id = ?1",
            [site.0],
            |row| row.get(0),
        )
        .optional()?
        .ok_or(StoreError::UnknownSite(site))?;
    let unchanged = |same: bool, what: &str| {
        if same {
            return Ok(());
        }
        Err(StoreError::ChangedElsewhere {
            what: format!("项目“{name}”的{what}"),
        })
    };
    match edit {
        Edit::SetStatusChanges { old, new, .. } => {
            let present = status_changes(transaction, site)?;
            unchanged(present.iter().map(|(_, change)| change).eq(old), "状态")?;
            put_status_changes(transaction, site, &present, new)?;
            layers::touch(transaction, "site_status_change")?;
        }
        Edit::SetInvestment { year, old, new, .. } => {
            let present = investments(transaction, site)?
                .remove(year)
                .unwrap_or_default();
            unchanged(present == *old, &format!(" {year} 年投资"))?;
            put_investment(transaction, site, *year, new)?;
            layers::touch(transaction, "site_investment")?;
            layers::touch(transaction, "site_fund")?;
        }
        Edit::SetPlacement { old, new, .. } => {
            let present = read_plain(transaction)?.remove(&site);
            unchanged(
                present.is_some_and(|present| present.placement == *old),
                "位置",
            )?;
            put_placement(transaction, site, new)?;
        }
    }
    Ok(())
}

/// Rows in front that stay as they are keep their id and get no history; the others are corrected
/// in place. Ids grow with the list, so that changes of one day keep their order.
fn put_status_changes(
    transaction: &Transaction<'_>,
    site: SiteId,
    present: &[(i64, StatusChange)],
    new: &[StatusChange],
) -> Result<(), Failure> {
    for ((id, old), new) in present.iter().zip(new) {
        if old != new {
            transaction.execute(
                "UPDATE site_status_change SET date = ?2, status = ?3, note = ?4 WHERE id = ?1",
                params![id, iso(new.date), new.status.label(), new.note],
            )?;
        }
    }
    for (id, _) in present.iter().skip(new.len()) {
        transaction.execute("DELETE FROM site_status_change WHERE id = ?1", [id])?;
    }
    for change in new.iter().skip(present.len()) {
        transaction.execute(
            "INSERT INTO site_status_change (site_id, date, status, note) VALUES (?1, ?2, ?3, ?4)",
            params![site.0, iso(change.date), change.status.label(), change.note],
        )?;
    }
    Ok(())
}

fn iso(date: Date) -> String {
    date.to_string()
}

fn put_investment(
    transaction: &Transaction<'_>,
    site: SiteId,
    year: i32,
    money: &YearInvestment,
) -> Result<(), Failure> {
    let planned = money.planned.map(Money::fen);
    let completed = money.completed.map(Money::fen);
    if planned.is_none() && completed.is_none() {
        transaction.execute(
            "DELETE FROM site_investment WHERE site_id = ?1 AND year = ?2",
            params![site.0, year],
        )?;
    } else {
        transaction.execute(
            "INSERT INTO site_investment (site_id, year, planned_fen, completed_fen)
             VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (site_id, year) DO UPDATE
             SET planned_fen = excluded.planned_fen, completed_fen = excluded.completed_fen",
            params![site.0, year, planned, completed],
        )?;
    }
    for source in FundSource::ALL {
        match money.arrived.get(&source) {
            Some(amount) => transaction.execute(
                "INSERT INTO site_fund (site_id, year, source, fen) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (site_id, year, source) DO UPDATE SET fen = excluded.fen",
                params![site.0, year, source.code(), amount.fen()],
            )?,
            None => transaction.execute(
                "DELETE FROM site_fund WHERE site_id = ?1 AND year = ?2 AND source = ?3",
                params![site.0, year, source.code()],
            )?,
        };
    }
    Ok(())
}

fn put_placement(
    transaction: &Transaction<'_>,
    site: SiteId,
    placement: &SitePlacement,
) -> Result<(), Failure> {
    let on_earth = placement
        .at
        .is_none_or(|at| at.lon.abs() <= 180.0 && at.lat.abs() <= 90.0);
    if !on_earth || placement.precision_m.is_some_and(|m| !m.is_finite()) {
        return Err(StoreError::BadPlace(site).into());
    }
    transaction.execute(
        "UPDATE project_site SET geom = ?2, placement = ?3, precision_m = ?4, basis = ?5
         WHERE id = ?1",
        params![
            site.0,
            point_blob(placement),
            placement.grade.code(),
            placement.precision_m,
            placement.basis,
        ],
    )?;
    refresh_extent(transaction)
}

/// The extent that other programs zoom to.
pub(super) fn refresh_extent(transaction: &Transaction<'_>) -> Result<(), Failure> {
    let extent = read_plain(transaction)?
        .into_values()
        .filter_map(|site| site.placement.at)
        .map(Extent::of_point)
        .reduce(Extent::union);
    for table in ["project_site", "project_overview"] {
        layers::set_extent(transaction, table, extent)?;
    }
    Ok(())
}
