//! Files appear whole or not at all: written beside their target, synced, then renamed into place.
//!
//! Must not know what is inside a format.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::shapefile::{ShapefileOptions, write_shapefile};
use super::{boundary_txt_write, csv_write, geojson_write};
use crate::crs::Crs;
use crate::model::{Layer, ProjectSite, Quarantined};

/// Why nothing was written. The target is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("“{file}”已存在，未覆盖；请换一个文件名，或确认覆盖")]
    Exists { file: String },
    #[error("“{file}”所在的文件夹不存在，请先建立或另选位置")]
    NoFolder { file: String },
    #[error("“{file}”是文件夹，不能作为文件写入")]
    IsFolder { file: String },
    #[error("没有写入“{file}”的权限，或文件正被其他程序打开；请关闭该程序或另选位置")]
    NoPermission { file: String },
    #[error("磁盘空间不足，“{file}”没有写入；请清理空间后重试")]
    DiskFull { file: String },
    #[error(
        "不能按“{file}”的扩展名决定格式；图层请用 .geojson、.shp、.csv 或 .txt（界址点），台账请用 .geojson 或 .csv"
    )]
    UnknownEnding { file: String },
    #[error("有坐标不在 {crs} 的有效范围内，“{file}”没有写入；请改用经纬度")]
    NotInCrs { file: String, crs: Crs },
    #[error("“{file}”超出 Shapefile 的容量（2 GB，每行 65 535 字节），没有写入；请改用 GeoJSON")]
    TooLarge { file: String },
    #[error("写入“{file}”失败，原有文件未改动")]
    Io {
        file: String,
        #[source]
        source: io::Error,
    },
}

impl WriteError {
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let file = path.display().to_string();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists { file },
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NoFolder { file },
            io::ErrorKind::IsADirectory => Self::IsFolder { file },
            io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::ResourceBusy => Self::NoPermission { file },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { file },
            _ if is_open_elsewhere(&source) => Self::NoPermission { file },
            _ => Self::Io { file, source },
        }
    }
}

/// Windows says "sharing violation" when Excel has the file open.
pub(super) fn is_open_elsewhere(err: &io::Error) -> bool {
    cfg!(windows) && err.raw_os_error() == Some(32)
}

/// What a file's ending asks for.
#[derive(Clone, Copy)]
enum Format {
    GeoJson,
    Csv,
    Shapefile,
    BoundaryTxt,
}

fn format_of(path: &Path) -> Result<Format, WriteError> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match ending.to_ascii_lowercase().as_str() {
        "geojson" | "json" => Ok(Format::GeoJson),
        "csv" => Ok(Format::Csv),
        "shp" => Ok(Format::Shapefile),
        "txt" => Ok(Format::BoundaryTxt),
        _ => Err(WriteError::UnknownEnding {
            file: path.display().to_string(),
        }),
    }
}

/// A layer on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub features: usize,
    /// One, or several where the format holds a single kind of geometry.
    pub files: Vec<PathBuf>,
    /// What could not be written as it was: shortened names, cut texts, the split. For the user.
    pub notes: Vec<String>,
}

/// A layer, in the format of the file's ending. Returns how many features were written.
pub fn write_layer(path: &Path, layer: &Layer, overwrite: bool) -> Result<usize, WriteError> {
    write_layer_noted(path, layer, overwrite).map(|written| written.features)
}

/// [`write_layer`], and what the format could not hold.
pub fn write_layer_noted(
    path: &Path,
    layer: &Layer,
    overwrite: bool,
) -> Result<Written, WriteError> {
    let features = match format_of(path)? {
        Format::GeoJson => atomically(path, overwrite, |out| {
            geojson_write::write_layer(out, layer)
        }),
        Format::Csv => atomically(path, overwrite, |out| csv_write::write_layer(out, layer)),
        Format::BoundaryTxt => atomically(path, overwrite, |out| {
            boundary_txt_write::write_layer(out, layer)
        }),
        Format::Shapefile => {
            return write_shapefile(path, layer, &ShapefileOptions::default(), overwrite);
        }
    };
    Ok(Written {
        features: features?,
        files: vec![path.to_path_buf()],
        notes: Vec::new(),
    })
}

/// Sites, in the format of the file's ending. Returns how many were written.
pub fn write_sites(
    path: &Path,
    sites: &[&ProjectSite],
    overwrite: bool,
) -> Result<usize, WriteError> {
    match format_of(path)? {
        Format::GeoJson => sites_geojson(path, sites, overwrite),
        Format::Csv => sites_csv(path, sites, overwrite),
        // Both hold geometry; a ledger is rows.
        Format::Shapefile | Format::BoundaryTxt => Err(WriteError::UnknownEnding {
            file: path.display().to_string(),
        }),
    }
}

/// The ledger as a table for Excel, with Chinese headings.
pub fn sites_csv(
    path: &Path,
    sites: &[&ProjectSite],
    overwrite: bool,
) -> Result<usize, WriteError> {
    atomically(path, overwrite, |out| csv_write::write_sites(out, sites))
}

/// The ledger as features: located sites are points, the others have a null geometry.
pub fn sites_geojson(
    path: &Path,
    sites: &[&ProjectSite],
    overwrite: bool,
) -> Result<usize, WriteError> {
    atomically(path, overwrite, |out| {
        geojson_write::write_sites(out, sites)
    })
}

/// Any table, the history for one. Returns how many rows were written.
pub fn write_table_csv(
    path: &Path,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    overwrite: bool,
) -> Result<usize, WriteError> {
    let rows = rows.into_iter();
    atomically(path, overwrite, |out| {
        csv_write::write_table(out, header, rows)
    })
}

/// The quarantine as a table: what each feature was, and why it is not on the map.
pub fn write_quarantined(
    path: &Path,
    quarantined: &[Quarantined],
    overwrite: bool,
) -> Result<usize, WriteError> {
    let rows = quarantined.iter().map(|feature| {
        vec![
            feature.feature.to_string(),
            feature.reason.clone(),
            feature.raw.clone(),
        ]
    });
    write_table_csv(path, &["要素序号", "原因", "原文"], rows, overwrite)
}

/// Finished bytes: a sheet, a picture.
pub fn write_bytes(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), WriteError> {
    atomically(path, overwrite, |out| out.write_all(bytes))
}

/// Write to a file beside the target, then rename it: a power cut leaves the old file or the new one.
fn atomically<T>(
    path: &Path,
    overwrite: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<T>,
) -> Result<T, WriteError> {
    let file = || path.display().to_string();
    if path.is_dir() {
        return Err(WriteError::IsFolder { file: file() });
    }
    if !overwrite && path.exists() {
        return Err(WriteError::Exists { file: file() });
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let written = || -> io::Result<T> {
        let mut temporary = temporary_in(folder)?;
        let mut out = BufWriter::new(temporary.as_file_mut());
        let result = write(&mut out)?;
        out.flush()?;
        drop(out);
        temporary.as_file().sync_all()?;
        let renamed = if overwrite {
            temporary.persist(path)
        } else {
            // Somebody may have made the file in the meantime.
            temporary.persist_noclobber(path)
        };
        renamed.map_err(|err| err.error)?;
        Ok(result)
    };
    written().map_err(|err| WriteError::from_io(path, err))
}

/// A file beside the target, to be renamed.
pub(super) fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".redline-").suffix(".tmp");
    // Temporary files are private; an exported one belongs to the office.
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::Permissions::from_mode(0o666)
    };
    #[cfg(unix)]
    builder.permissions(permissions);
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_leaves_no_file_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("红线.csv");
        let result = atomically(&target, false, |out| {
            out.write_all(b"half a file")?;
            Err::<(), _>(io::ErrorKind::StorageFull.into())
        });
        assert!(matches!(result, Err(WriteError::DiskFull { .. })));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_failed_overwrite_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("old.csv");
        std::fs::write(&target, "old").unwrap();
        let result = atomically(&target, true, |_| {
            Err::<(), _>(io::ErrorKind::StorageFull.into())
        });
        assert!(result.is_err());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        assert!(matches!(
            write_table_csv(&target, &["a"], [], false),
            Err(WriteError::Exists { .. })
        ));
        assert_eq!(write_table_csv(&target, &["a"], [], true).unwrap(), 0);
    }
}
