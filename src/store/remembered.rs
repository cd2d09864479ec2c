//! What the user decided for a file, kept for the next one like it.

use rusqlite::{Connection, Transaction, params};

use super::{Decision, Subject};

const fn code(subject: Subject) -> &'static str {
    match subject {
        Subject::Crs => "crs",
        Subject::Roles => "roles",
    }
}

pub(super) fn read(connection: &Connection) -> rusqlite::Result<Vec<Decision>> {
    let mut statement = connection.prepare(
        "SELECT subject = 'crs', pattern, format, fields, value
         FROM import_decision ORDER BY decided_at DESC, id DESC",
    )?;
    statement
        .query_map([], |row| {
            Ok(Decision {
                subject: if row.get(0)? {
                    Subject::Crs
                } else {
                    Subject::Roles
                },
                pattern: row.get(1)?,
                format: row.get(2)?,
                fields: row.get(3)?,
                value: row.get(4)?,
            })
        })?
        .collect()
}

pub(super) fn write(transaction: &Transaction<'_>, decision: &Decision) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO import_decision (subject, pattern, format, fields, value)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (subject, pattern, format, fields) DO UPDATE SET
           value = excluded.value, decided_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        params![
            code(decision.subject),
            decision.pattern,
            decision.format,
            decision.fields,
            decision.value,
        ],
    )?;
    Ok(())
}
