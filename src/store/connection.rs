//! Getting at the file: looking before touching, opening, and leaving one complete file behind.
//!
//! While open, a workspace on a local disk is in WAL mode with `synchronous=FULL`: a commit that
//! returned has survived a power cut. On closing it goes back to a plain single file, so that a copy
//! of it is complete and a program without write access can read it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf, Prefix};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::{Failure, StoreError};
use super::{blob, create, migrate};
use crate::crs::Extent;
use crate::model::Value;

/// `GPKG`, as the standard asks.
pub(super) const APPLICATION_ID: u32 = 0x4750_4B47;
/// GeoPackage 1.3.0.
pub(super) const USER_VERSION: u32 = 10_300;

/// How long to wait for another program that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Open a workspace that is sound, ours and not newer than this program. A refused file is not
/// touched: everything is checked on a connection that cannot write.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    look(path)?;
    let failed = |source| StoreError::from_sql(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    prepare(&connection, path).map_err(failed)?;
    if has_unfinished_business(path) {
        // Left over by a crash, or another program is at work: what SQLite has just made of it.
        check_soundness(&connection, path)?;
    }
    upgrade(&mut connection, path)?;
    Ok(connection)
}

/// Where another thread finds a workspace that is open already.
#[derive(Clone, Debug)]
pub enum Door {
    File(PathBuf),
    /// SQLite's name for a database that all connections of this program share.
    Memory(String),
}

impl Door {
    pub(super) fn memory() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        Self::Memory(format!("file:/redline-atlas-{number}?vfs=memdb"))
    }

    pub(super) fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Memory(_) => PathBuf::from(":memory:"),
        }
    }
}

/// A further connection to a workspace that is open, and so has been checked.
pub(super) fn enter(door: &Door) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match door {
        Door::File(path) => {
            let connection = Connection::open_with_flags(path, flags)?;
            prepare(&connection, path)?;
            if on_network_share(path) {
                keep_readers_going(&connection)?;
            }
            Ok(connection)
        }
        Door::Memory(uri) => {
            let flags = flags | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_CREATE;
            let connection = Connection::open_with_flags(uri, flags)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            keep_readers_going(&connection)?;
            register_functions(&connection)?;
            Ok(connection)
        }
    }
}

/// Without WAL, a transaction that outgrows the cache locks readers out until its end. Then rather memory.
fn keep_readers_going(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "cache_spill", false)
}

/// A workspace without a file.
pub(super) fn in_memory(
    door: &Door,
    fill: impl FnOnce(&Transaction<'_>) -> Result<(), Failure>,
) -> Result<Connection, Failure> {
    let mut connection = enter(door)?;
    create::build_in(&mut connection, fill)?;
    Ok(connection)
}

/// Settings and SQL functions that every connection of ours has.
fn prepare(connection: &Connection, path: &Path) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let journal = if on_network_share(path) {
        "DELETE" // WAL needs memory shared between the programs, which a share has not
    } else {
        "WAL"
    };
    connection.pragma_update_and_check(None, "journal_mode", journal, |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    register_functions(connection)
}

fn on_network_share(path: &Path) -> bool {
    matches!(
        path.components().next(),
        Some(Component::Prefix(prefix))
            if matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..))
    )
}

fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if known_version(connection, path)? == migrate::VERSION {
        return Ok(());
    }
    let mut run = || {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = known_version(&transaction, path)?;
        migrate::migrate(&transaction, version)?;
        transaction.commit()?;
        Ok(())
    };
    run().map_err(|failure: Failure| failure.at(path))
}

/// Checkpoint and leave WAL mode. If another program has the file open it stays in WAL mode, and
/// that program does the same when it closes.
pub(super) fn close(connection: &Connection, path: &Path) {
    let alone = connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| {
            connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))
        })
        .is_ok();
    if !alone {
        log::info!(
            "{} stays in WAL mode: somebody else has it open",
            path.display()
        );
    }
}

/// Everything that can be known without touching the file.
fn look(path: &Path) -> Result<(), StoreError> {
    let path_buf = || path.to_owned();
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => StoreError::Missing { path: path_buf() },
        _ => StoreError::Unreadable {
            path: path_buf(),
            source,
        },
    };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(StoreError::Directory { path: path_buf() });
    }
    if metadata.len() == 0 {
        return Err(StoreError::Empty { path: path_buf() });
    }
    let mut header = Vec::new();
    File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut header))
        .map_err(unreadable)?;
    if header.get(..16) != Some(b"SQLite format 3\0".as_slice()) {
        return Err(StoreError::NotADatabase { path: path_buf() });
    }
    if header.get(68..72) != Some(APPLICATION_ID.to_be_bytes().as_slice()) {
        return Err(StoreError::Foreign { path: path_buf() });
    }
    peek(path)?;
    if metadata.permissions().readonly() {
        return Err(StoreError::ReadOnly { path: path_buf() });
    }
    Ok(())
}

/// Version and soundness on a connection that can neither write nor lock.
fn peek(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::from_sql(path, source);
    let mut flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if has_content(&beside(path, "-wal")) {
        // The newest pages are in the log, which `immutable` would not read.
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        return known_version(&connection, path).map(|_| ());
    }
    flags |= OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("file:{}?immutable=1", uri_path(path));
    let connection = Connection::open_with_flags(uri, flags).map_err(failed)?;
    known_version(&connection, path)?;
    if has_unfinished_business(path) {
        return Ok(()); // half a transaction is no damage: SQLite rolls it back on opening
    }
    check_soundness(&connection, path)
}

fn known_version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    let found = migrate::version(connection)
        .map_err(|source| StoreError::from_sql(path, source))?
        .ok_or_else(|| StoreError::Foreign {
            path: path.to_owned(),
        })?;
    if found > migrate::VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: migrate::VERSION,
        });
    }
    Ok(found)
}

fn check_soundness(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let first: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|source| StoreError::from_sql(path, source))?;
    if first == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged {
        path: path.to_owned(),
        detail: first.lines().last().unwrap_or_default().to_owned(),
    })
}

pub(super) fn has_unfinished_business(path: &Path) -> bool {
    has_content(&beside(path, "-wal")) || has_content(&beside(path, "-journal"))
}

pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(super) fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.len() > 0)
}

/// A path as SQLite's URIs want it: absolute, slashes, everything unusual as `%XX`.
pub(super) fn uri_path(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut text = String::new();
    let slashed = if cfg!(windows) {
        let text = absolute.to_string_lossy().replace('\\', "/");
        // `//?/C:/…` is how Windows writes a long path; SQLite adds that itself.
        let text = text.strip_prefix("//?/").unwrap_or(&text).to_owned();
        if text.starts_with('/') {
            format!("//{text}")
        } else {
            format!("///{text}")
        }
        .into_bytes()
    } else {
        absolute.into_os_string().into_encoded_bytes()
    };
    for byte in slashed {
        match byte {
            b'/' | b':' | b'.' | b'-' | b'_' => text.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            _ => {
                text.push('%');
                for half in [byte >> 4, byte & 0xf] {
                    text.extend(char::from_digit(u32::from(half), 16));
                }
            }
        }
    }
    text
}

/// The functions that the standard's R-tree triggers call; every GeoPackage program brings its own.
fn register_functions(connection: &Connection) -> rusqlite::Result<()> {
    type Bound = fn(Extent) -> f64;
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    let bounds: [(&str, Bound); 4] = [
        ("ST_MinX", |extent| extent.west),
        ("ST_MaxX", |extent| extent.east),
        ("ST_MinY", |extent| extent.south),
        ("ST_MaxY", |extent| extent.north),
    ];
    for (name, bound) in bounds {
        connection.create_scalar_function(name, 1, flags, move |context| {
            Ok(stored_extent(context.get_raw(0)).map(bound))
        })?;
    }
    // A cell as the user reads it: SQLite's own text of a number is not always the same number.
    connection.create_scalar_function("rla_text", 2, flags, |context| {
        let truth: bool = context.get(1)?;
        Ok(match context.get_raw(0) {
            ValueRef::Null => None,
            ValueRef::Integer(number) if truth => Some(Value::Boolean(number != 0).display()),
            ValueRef::Integer(number) => Some(Value::Integer(number).display()),
            ValueRef::Real(number) => Some(Value::Real(number).display()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                Some(String::from_utf8_lossy(bytes).into_owned())
            }
        })
    })?;
    connection.create_scalar_function("ST_IsEmpty", 1, flags, |context| {
        Ok(match context.get_raw(0) {
            ValueRef::Null => None,
            value => Some(stored_extent(value).is_none()),
        })
    })
}

/// A geometry that nobody can read has no extent, and so is not in the R-tree.
fn stored_extent(value: ValueRef<'_>) -> Option<Extent> {
    match value {
        ValueRef::Blob(bytes) => blob::extent(bytes).ok().flatten(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_any_character_become_uris() {
        if cfg!(unix) {
            assert_eq!(
                uri_path(Path::new("/资料/红 线?#%.gpkg")),
                "/%e8%b5%84%e6%96%99/%e7%ba%a2%20%e7%ba%bf%3f%23%25.gpkg"
            );
        }
    }
}
