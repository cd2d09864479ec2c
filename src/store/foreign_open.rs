//! Opens a database that is not ours to change: nothing is written to the file or beside it.
//!
//! A file that nobody is writing is read as it lies. With a log beside it (another program is at work, or has
//! crashed) both are copied away first, because SQLite would otherwise write into the folder. Must not know
//! what is in the database.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, MAIN_DB, OpenFlags};

use super::connection::{beside, has_content, uri_path};
use super::foreign::is_damage;
use super::foreign_watch::Watch;
use crate::model::{DatabaseAt, ForeignError};

/// What SQLite leaves beside a database that is being written.
const LOGS: [&str; 2] = ["-wal", "-journal"];

/// How often a file that changes while it is copied is tried again.
const TRIES: usize = 3;

/// Copied between two looks at whether the user has cancelled.
const CHUNK: u64 = 8 << 20;

pub(super) struct Opened {
    pub(super) connection: Connection,
    /// Its schema is readable only when SQLite is told to close an eye.
    pub(super) damaged: bool,
    /// The file's size.
    pub(super) bytes: u64,
    /// The file read in place, and how it was.
    watched: Option<(PathBuf, State)>,
    _copy: Option<tempfile::TempDir>,
}

impl Opened {
    /// Has nobody written to the file while it was read?
    pub(super) fn unchanged(&self) -> Result<(), ForeignError> {
        match &self.watched {
            Some((path, before)) if State::of(path)? != *before => Err(ForeignError::Changing),
            _ => Ok(()),
        }
    }
}

/// Sizes and times of a database and its logs.
#[derive(PartialEq, Eq)]
struct State(Vec<Option<(u64, Option<SystemTime>)>>);

impl State {
    fn of(path: &Path) -> io::Result<Self> {
        let look = |path: &Path| match fs::metadata(path) {
            Ok(metadata) => Ok(Some((metadata.len(), metadata.modified().ok()))),
            Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(err) => Err(err),
        };
        let mut state = vec![look(path)?];
        for log in LOGS {
            // An empty log is no log, and comes and goes.
            state.push(look(&beside(path, log))?.filter(|(size, _)| *size > 0));
        }
        Ok(Self(state))
    }

    fn bytes(&self) -> u64 {
        self.0.iter().flatten().map(|(size, _)| size).sum()
    }
}

pub(super) fn open(at: DatabaseAt<'_>, watch: &Watch) -> Result<Opened, ForeignError> {
    let mut opened = match at {
        DatabaseAt::Bytes(bytes) => in_memory(bytes)?,
        DatabaseAt::File(path) if LOGS.iter().any(|log| has_content(&beside(path, log))) => {
            copied(path, watch)?
        }
        DatabaseAt::File(path) => in_place(path)?,
    };
    let connection = &opened.connection;
    let careful = || -> rusqlite::Result<()> {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.pragma_update(None, "query_only", true)
    };
    careful().map_err(broken)?;
    let readable = |connection: &Connection| {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
            row.get::<_, i64>(0)
        })
    };
    match readable(connection) {
        Ok(_) => Ok(opened),
        Err(err) if is_damage(&err) => {
            // A file cut short is refused whole, unless SQLite may use what is left of it.
            (connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true))
                .map_err(broken)?;
            readable(connection).map_err(broken)?;
            opened.damaged = true;
            Ok(opened)
        }
        Err(err) => Err(broken(err)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(err: rusqlite::Error) -> ForeignError {
    if is_damage(&err) {
        return ForeignError::Damaged("文件不完整或已损坏，请重新获取".to_owned());
    }
    ForeignError::Damaged(format!("数据库打不开（{err}）"))
}

/// As it lies there, without locks: `immutable` also keeps SQLite from making files beside it.
fn in_place(path: &Path) -> Result<Opened, ForeignError> {
    let before = State::of(path)?;
    Ok(Opened {
        connection: immutable(path).map_err(broken)?,
        damaged: false,
        bytes: before.bytes(),
        watched: Some((path.to_owned(), before)),
        _copy: None,
    })
}

/// A connection that can neither write nor lock, and sees no log.
pub(super) fn immutable(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let uri = format!("file:{}?immutable=1", uri_path(path));
    Connection::open_with_flags(uri, flags)
}

fn in_memory(bytes: &[u8]) -> Result<Opened, ForeignError> {
    // A database in memory cannot have a log, whatever its header says.
    let mut head = bytes.get(..20).unwrap_or(bytes).to_vec();
    for version in head.iter_mut().skip(18) {
        *version = 1;
    }
    let rest = bytes.get(head.len()..).unwrap_or_default();
    let mut connection = Connection::open_in_memory().map_err(broken)?;
    connection
        .deserialize_read_exact(MAIN_DB, head.as_slice().chain(rest), bytes.len(), true)
        .map_err(broken)?;
    Ok(Opened {
        connection,
        damaged: false,
        bytes: bytes.len() as u64,
        watched: None,
        _copy: None,
    })
}

/// A copy of the file with its logs, which SQLite may work in.
fn copied(path: &Path, watch: &Watch) -> Result<Opened, ForeignError> {
    for _ in 0..TRIES {
        let before = State::of(path)?;
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.gpkg");
        copy_file(path, &copy, watch)?;
        for log in LOGS {
            if has_content(&beside(path, log)) {
                copy_file(&beside(path, log), &beside(&copy, log), watch)?;
            }
        }
        if State::of(path)? != before {
            continue;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        return Ok(Opened {
            connection: Connection::open_with_flags(&copy, flags).map_err(broken)?,
            damaged: false,
            bytes: before.bytes(),
            watched: None,
            _copy: Some(folder),
        });
    }
    Err(ForeignError::Changing)
}

/// The bytes alone: a copy of a read-only file has to be writable.
fn copy_file(from: &Path, to: &Path, watch: &Watch) -> Result<(), ForeignError> {
    let mut from = File::open(from)?;
    let mut to = File::create_new(to)?;
    while io::copy(&mut from.by_ref().take(CHUNK), &mut to)? > 0 {
        if watch.is_cancelled() {
            return Err(ForeignError::Cancelled);
        }
    }
    Ok(())
}
