//! The schema, as an ordered list of steps. A released step is never edited; a change is a new one.
//!
//! Our version stands in our own table: the file's `user_version` belongs to the GeoPackage standard.

use rusqlite::{Connection, OptionalExtension as _, Transaction};

/// What this program writes, and the newest it understands.
pub(super) const VERSION: u32 = 2;

const STEPS: [&str; VERSION as usize] = [
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_keeping.sql"),
];

/// The schema version of a workspace; `None` where there is none to be found.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    let has_meta: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'rla_meta')",
        [],
        |row| row.get(0),
    )?;
    if !has_meta {
        return Ok(None);
    }
    connection
        .query_row(
            "SELECT CAST(value AS INTEGER) FROM rla_meta WHERE key = 'schema_version'",
            [],
            |row| row.get(0),
        )
        .optional()
}

/// Bring the schema from `from` to [`VERSION`]; the caller's transaction makes it all or nothing.
pub(super) fn migrate(transaction: &Transaction<'_>, from: u32) -> rusqlite::Result<()> {
    run(transaction, from, &STEPS)
}

fn run(transaction: &Transaction<'_>, from: u32, steps: &[&str]) -> rusqlite::Result<()> {
    let done = usize::try_from(from).unwrap_or(usize::MAX);
    for step in steps.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.execute(
        "INSERT OR REPLACE INTO rla_meta (key, value) VALUES ('schema_version', ?1)",
        [steps.len().max(done).to_string()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str =
        "CREATE TABLE rla_meta (key TEXT PRIMARY KEY, value TEXT); CREATE TABLE a (x);";

    #[test]
    fn only_the_missing_steps_run_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        let transaction = connection.transaction().unwrap();
        run(&transaction, 0, &[FIRST]).unwrap();
        run(
            &transaction,
            1,
            &[FIRST, "ALTER TABLE a ADD y", "INSERT INTO a VALUES (1, 2)"],
        )
        .unwrap();
        transaction.commit().unwrap();
        assert_eq!(version(&connection), Ok(Some(3)));
        let sum: i64 = connection
            .query_row("SELECT x + y FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sum, 3);
    }

    #[test]
    fn a_failing_step_leaves_the_old_schema() {
        let mut connection = Connection::open_in_memory().unwrap();
        let transaction = connection.transaction().unwrap();
        run(&transaction, 0, &[FIRST]).unwrap();
        transaction.commit().unwrap();

        let transaction = connection.transaction().unwrap();
        assert!(run(&transaction, 1, &[FIRST, "ALTER TABLE a ADD y", "NONSENSE"]).is_err());
        drop(transaction);
        assert_eq!(version(&connection), Ok(Some(1)));
        assert!(connection.prepare("SELECT y FROM a").is_err());
    }
}
