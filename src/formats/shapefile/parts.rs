//! Several files that make up one: all are written beside their targets, then renamed into place; where one
//! cannot be, those before it are taken back.
//!
//! Must not know what is in them.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use crate::formats::write::{WriteError, temporary_in};

/// Indices that other programs keep beside a Shapefile: wrong as soon as it is replaced.
const STALE: [&str; 3] = ["sbn", "sbx", "qix"];

/// `path`: what the user asked for, for messages. A `.shp` is to come after its other parts.
pub(super) fn write_together(
    path: &Path,
    parts: &[(PathBuf, Vec<u8>)],
    overwrite: bool,
) -> Result<(), WriteError> {
    for (target, _) in parts {
        if target.is_dir() {
            let file = target.display().to_string();
            return Err(WriteError::IsFolder { file });
        }
        if !overwrite && target.exists() {
            let file = target.display().to_string();
            return Err(WriteError::Exists { file });
        }
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let written = || -> io::Result<Vec<(NamedTempFile, &PathBuf)>> {
        let mut temporaries = Vec::new();
        for (target, bytes) in parts {
            let mut temporary = temporary_in(folder)?;
            temporary.write_all(bytes)?;
            temporary.as_file().sync_all()?;
            temporaries.push((temporary, target));
        }
        Ok(temporaries)
    };
    let temporaries = written().map_err(|err| WriteError::from_io(path, err))?;
    let mut replaced = Replaced::default();
    for (temporary, target) in temporaries {
        if let Err(err) = replaced.put(folder, temporary, target) {
            replaced.take_back();
            return Err(WriteError::from_io(target, err));
        }
    }
    for (target, _) in parts
        .iter()
        .filter(|(target, _)| target.extension().is_some_and(|e| e == "shp"))
    {
        for stale in STALE {
            // Most often there is none.
            std::fs::remove_file(target.with_extension(stale)).ok();
        }
    }
    Ok(())
}

/// What is in place already, and what stood there before.
#[derive(Default)]
struct Replaced(Vec<(PathBuf, Option<TempPath>)>);

impl Replaced {
    fn put(&mut self, folder: &Path, new: NamedTempFile, target: &Path) -> io::Result<()> {
        let old = if target.exists() {
            // A name of its own for the old file; it goes when all are in place.
            let aside = temporary_in(folder)?.into_temp_path();
            std::fs::rename(target, &aside)?;
            Some(aside)
        } else {
            None
        };
        self.0.push((target.to_path_buf(), old));
        new.persist_noclobber(target).map_err(|err| err.error)?;
        Ok(())
    }

    fn take_back(self) {
        for (target, old) in self.0.into_iter().rev() {
            // Nothing better can be done than to go on with the others.
            match old {
                Some(old) => old.persist(&target).map_err(|err| err.error).ok(),
                None => std::fs::remove_file(&target).ok(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_cannot_be_replaced_the_old_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.dbf"), "old").unwrap();
        let mut replaced = Replaced::default();
        let new = || {
            let mut new = temporary_in(folder.path()).unwrap();
            new.write_all(b"new").unwrap();
            new
        };
        replaced.put(folder.path(), new(), &at("a.dbf")).unwrap();
        replaced.put(folder.path(), new(), &at("a.shx")).unwrap();
        assert_eq!(std::fs::read(at("a.dbf")).unwrap(), b"new");
        assert!(replaced.put(folder.path(), new(), &at("no/a.shp")).is_err());
        replaced.take_back();
        assert_eq!(std::fs::read(at("a.dbf")).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_part_is_overwritten_unasked_and_old_indices_go() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.dbf"), "old").unwrap();
        std::fs::write(at("a.sbn"), "old").unwrap();
        let parts = [
            (at("a.dbf"), b"new".to_vec()),
            (at("a.shp"), b"new".to_vec()),
        ];
        let refused = write_together(&at("a.shp"), &parts, false);
        assert!(matches!(refused, Err(WriteError::Exists { .. })));
        write_together(&at("a.shp"), &parts, true).unwrap();
        assert_eq!(std::fs::read(at("a.dbf")).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
