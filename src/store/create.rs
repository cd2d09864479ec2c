//! A new workspace: built beside its place under another name, and renamed when it is complete, so
//! that a crash never leaves half of one.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::error::{Failure, StoreError};
use super::{connection, migrate};

/// Make the file. `fill` runs in the one transaction that makes everything.
pub(super) fn create(
    path: &Path,
    fill: impl FnOnce(&Transaction<'_>) -> Result<(), Failure>,
) -> Result<(), StoreError> {
    refuse_existing(path)?;
    in_place_of(path, false, |unfinished| {
        build_in(&mut unfinished_database(unfinished)?, fill)
    })
}

/// A database that `build` makes under another name comes to be at `path`, whole or not at all.
pub(super) fn in_place_of<T>(
    path: &Path,
    overwrite: bool,
    build: impl FnOnce(&Path) -> Result<T, Failure>,
) -> Result<T, StoreError> {
    let unwritable = |source| StoreError::Unwritable {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Only the name is taken here: SQLite makes the file, with the rights of any other new file.
    let unfinished = tempfile::Builder::new()
        .prefix(".redline-atlas-")
        .suffix(".gpkg.tmp")
        .make_in(folder, |temporary| File::create_new(temporary))
        .map_err(unwritable)?
        .into_temp_path();
    let built = build(&unfinished).map_err(|failure| failure.at(path))?;
    // Both syncs matter: the first so that the bytes are on disk before the name points at them.
    File::options()
        .write(true)
        .open(&unfinished)
        .and_then(|file| file.sync_all())
        .map_err(unwritable)?;
    let renamed = if overwrite {
        unfinished.persist(path)
    } else {
        unfinished.persist_noclobber(path)
    };
    renamed.map_err(|err| {
        if err.error.kind() == io::ErrorKind::AlreadyExists {
            StoreError::Exists {
                path: path.to_owned(),
            }
        } else {
            unwritable(err.error)
        }
    })?;
    sync_folder(folder).map_err(unwritable)?;
    Ok(built)
}

fn refuse_existing(path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(StoreError::Directory {
            path: path.to_owned(),
        }),
        Ok(_) => Err(StoreError::Exists {
            path: path.to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

/// Nobody knows this file yet: if the power goes now, it is rubbish to be cleared away.
pub(super) fn unfinished_database(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok(connection)
}

/// Tables and contents, on any connection to an empty database.
pub(super) fn build_in(
    connection: &mut Connection,
    fill: impl FnOnce(&Transaction<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    connection.pragma_update(None, "application_id", connection::APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", connection::USER_VERSION)?;
    let transaction = connection.transaction()?;
    migrate::migrate(&transaction, 0)?;
    transaction.execute_batch(
        "INSERT INTO rla_session (id, who, origin) VALUES (1, 'redline-atlas', 'setup');
         INSERT INTO rla_meta (key, value)
         VALUES ('created', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'));",
    )?;
    transaction.execute(
        "INSERT INTO rla_meta (key, value) VALUES ('made_with', ?1)",
        [concat!("redline-atlas ", env!("CARGO_PKG_VERSION"))],
    )?;
    fill(&transaction)?;
    transaction.execute("DELETE FROM rla_session", [])?;
    transaction.commit()?;
    Ok(())
}

/// The new name itself has to reach the disk. Windows does so by itself and refuses to be asked.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
