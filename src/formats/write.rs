//! Files appear whole or not at all: written beside their target, synced, then renamed into place.
//!
//! Must not know what is inside a format.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::figure::{self, NotInCrs};
use super::write_options::{LayerFormat, TextEncoding, WriteOptions, zone_of};
use super::{boundary_txt_write, csv_write, geojson_write, kml_write, shapefile, xlsx_write};
use crate::crs::{Crs, ZoneWidth};
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
    #[error("不能按“{file}”的扩展名决定格式；可用：{endings}")]
    UnknownEnding { file: String, endings: &'static str },
    #[error("有坐标不在 {crs} 的有效范围内，“{file}”没有写入；请改用经纬度")]
    NotInCrs { file: String, crs: Crs },
    #[error("{format}不能用坐标系 {crs}，“{file}”没有写入；{instead}")]
    CrsNotHeld {
        file: String,
        format: &'static str,
        crs: Crs,
        instead: &'static str,
    },
    #[error("{format}的文字只能是 {only}，“{file}”没有写入；请不指定编码")]
    EncodingNotHeld {
        file: String,
        format: &'static str,
        only: &'static str,
    },
    #[error("“{file}”超出格式的容量（{limit}），没有写入；请改用 GeoJSON")]
    TooLarge { file: String, limit: &'static str },
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

/// Why the content cannot be written, as a format's writer says it.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    NotInCrs,
    TooLarge(&'static str),
}

impl From<io::Error> for Fault {
    fn from(err: io::Error) -> Self {
        Self::Io(err)
    }
}

impl From<NotInCrs> for Fault {
    fn from(NotInCrs: NotInCrs) -> Self {
        Self::NotInCrs
    }
}

impl Fault {
    pub(super) fn into_error(self, path: &Path, crs: Crs) -> WriteError {
        let file = path.display().to_string();
        match self {
            Self::Io(err) => WriteError::from_io(path, err),
            Self::NotInCrs => WriteError::NotInCrs { file, crs },
            Self::TooLarge(limit) => WriteError::TooLarge { file, limit },
        }
    }
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Or rows.
    pub features: usize,
    /// One, or several where the format holds a single kind of geometry.
    pub files: Vec<PathBuf>,
    /// Of the coordinates; `None` where there are none.
    pub crs: Option<Crs>,
    pub encoding: Option<TextEncoding>,
    /// What could not be written as it was: shortened names, cut texts, the split. For the user.
    pub notes: Vec<String>,
}

/// A format with its system and encoding, all allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub format: LayerFormat,
    pub crs: Crs,
    pub encoding: TextEncoding,
}

/// Decide what the options leave open, and refuse what the format of the file's ending cannot be.
pub fn settle(path: &Path, layer: &Layer, options: &WriteOptions) -> Result<Settled, WriteError> {
    let file = || path.display().to_string();
    let format = LayerFormat::of(path).ok_or_else(|| WriteError::UnknownEnding {
        file: file(),
        endings: ".geojson、.shp、.gpkg、.kml、.txt（界址点）、.csv、.xlsx",
    })?;
    let crs = options.crs.unwrap_or_else(|| format.usual_crs(layer));
    if !format.holds(crs) {
        return Err(WriteError::CrsNotHeld {
            file: file(),
            format: format.label(),
            crs,
            instead: match format {
                LayerFormat::BoundaryTxt => "请选 CGCS2000 高斯–克吕格坐标系（EPSG:4491–4554）",
                _ => "请用经纬度（EPSG:4490），或改用 GeoJSON、Shapefile",
            },
        });
    }
    let encoding = settle_encoding(path, format, options.encoding)?;
    Ok(Settled {
        format,
        crs,
        encoding,
    })
}

fn settle_encoding(
    path: &Path,
    format: LayerFormat,
    wanted: Option<TextEncoding>,
) -> Result<TextEncoding, WriteError> {
    let usual = match format.encodings() {
        [usual, ..] => *usual,
        [] => TextEncoding::Utf8,
    };
    let encoding = wanted.unwrap_or(usual);
    if format.encodings().contains(&encoding) {
        Ok(encoding)
    } else {
        Err(WriteError::EncodingNotHeld {
            file: path.display().to_string(),
            format: format.label(),
            only: usual.label(),
        })
    }
}

/// A layer, in the format of the file's ending. A GeoPackage is a database, and not written here.
pub fn write_layer(
    path: &Path,
    layer: &Layer,
    options: &WriteOptions,
) -> Result<Written, WriteError> {
    let Settled {
        format,
        crs,
        encoding,
    } = settle(path, layer, options)?;
    let mut notes = notes_on(layer, crs);
    let mut files = vec![path.to_path_buf()];
    let write = |out: &mut dyn Write| -> Result<(usize, Vec<String>), Fault> {
        match format {
            LayerFormat::GeoJson => whole(geojson_write::write_layer(out, layer, crs)?),
            LayerFormat::Kml => kml_write::write_layer(out, layer),
            LayerFormat::Csv => whole(csv_write::write_layer(out, layer, crs, encoding)?),
            LayerFormat::Xlsx => xlsx_write::write_layer(out, layer, crs),
            LayerFormat::BoundaryTxt => boundary_txt_write::write_layer(out, layer, crs, encoding),
            LayerFormat::Shapefile | LayerFormat::GeoPackage => {
                Err(Fault::Io(io::ErrorKind::Unsupported.into()))
            }
        }
    };
    let (features, more) = if format == LayerFormat::Shapefile {
        let (shapefiles, notes) = shapefile::write(path, layer, crs, encoding, options.overwrite)?;
        files = shapefiles;
        (layer.features.len(), notes)
    } else {
        atomically(path, options.overwrite, write).map_err(|err| err.named(path, crs))?
    };
    notes.extend(more);
    Ok(Written {
        features,
        files,
        crs: Some(crs),
        encoding: Some(encoding),
        notes,
    })
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "as the writers that have notes return them"
)]
fn whole(features: usize) -> Result<(usize, Vec<String>), Fault> {
    Ok((features, Vec::new()))
}

/// All files that a layer written to `path` comes to.
pub fn files_of(path: &Path, layer: &Layer) -> Vec<PathBuf> {
    match LayerFormat::of(path) {
        Some(LayerFormat::Shapefile) => shapefile::files_of(path, layer),
        _ => vec![path.to_path_buf()],
    }
}

/// What any format suffers from.
pub fn notes_on(layer: &Layer, crs: Crs) -> Vec<String> {
    let mut notes = Vec::new();
    if let (Crs::GaussKruger { width, .. }, Some(meridian), Some(extent)) =
        (crs, crs.central_meridian_deg(), layer.extent())
    {
        // A district may lie across the edge of its zone.
        let half_deg = match width {
            ZoneWidth::Three => 1.5,
            ZoneWidth::Six => 3.0,
        } + 0.5;
        let apart = (extent.center().lon - meridian).abs();
        if apart > half_deg {
            notes.push(format!(
                "图层离 {crs} 的中央经线 {apart:.1}°，不在这一带内，长度和面积变形很大；应选 {}",
                zone_of(layer, false)
            ));
        }
    }
    let partly = (layer.features.iter())
        .filter(|feature| feature.heights.is_some() && figure::heights_of(feature).is_none())
        .count();
    if partly > 0 {
        notes.push(format!("{partly} 个要素只有部分节点有高程，高程没有写出"));
    }
    notes
}

/// The ledger, in the format of the file's ending: a table for Excel with Chinese headings, or features, of
/// which the located ones are points and the others have a null geometry.
pub fn write_sites(
    path: &Path,
    sites: &[&ProjectSite],
    options: &WriteOptions,
) -> Result<Written, WriteError> {
    let file = || path.display().to_string();
    let format = LayerFormat::of(path)
        .filter(|format| {
            // The others hold figures; a ledger is rows.
            use LayerFormat::{Csv, GeoJson, Xlsx};
            matches!(format, GeoJson | Csv | Xlsx)
        })
        .ok_or_else(|| WriteError::UnknownEnding {
            file: file(),
            endings: "台账请用 .xlsx、.csv 或 .geojson",
        })?;
    let crs = options.crs.unwrap_or(Crs::Cgcs2000);
    if !crs.is_geographic() {
        return Err(WriteError::CrsNotHeld {
            file: file(),
            format: "项目台账",
            crs,
            instead: "台账的位置只写经纬度",
        });
    }
    let encoding = settle_encoding(path, format, options.encoding)?;
    let features = atomically(path, options.overwrite, |out| match format {
        LayerFormat::GeoJson => geojson_write::write_sites(out, sites),
        LayerFormat::Xlsx => xlsx_write::write_sites(out, sites),
        _ => Ok(csv_write::write_sites(out, sites, encoding)?),
    });
    Ok(Written {
        features: features.map_err(|err| err.named(path, crs))?,
        files: vec![path.to_path_buf()],
        crs: Some(crs),
        encoding: Some(encoding),
        notes: Vec::new(),
    })
}

/// Any table, the history for one.
pub fn write_table_csv(
    path: &Path,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
    options: &WriteOptions,
) -> Result<Written, WriteError> {
    let rows = rows.into_iter();
    let encoding = settle_encoding(path, LayerFormat::Csv, options.encoding)?;
    let features = atomically(path, options.overwrite, |out| {
        Ok(csv_write::write_table(out, header, rows, encoding)?)
    });
    Ok(Written {
        features: features.map_err(|err| err.named(path, Crs::Cgcs2000))?,
        files: vec![path.to_path_buf()],
        crs: None,
        encoding: Some(encoding),
        notes: Vec::new(),
    })
}

/// The quarantine as a table: what each feature was, and why it is not on the map.
pub fn write_quarantined<'q>(
    path: &Path,
    quarantined: impl IntoIterator<Item = &'q Quarantined>,
    overwrite: bool,
) -> Result<usize, WriteError> {
    let rows = quarantined.into_iter().map(|feature| {
        vec![
            feature.feature.to_string(),
            feature.reason.clone(),
            feature.raw.clone(),
        ]
    });
    let options = WriteOptions {
        overwrite,
        ..WriteOptions::NEW_FILE
    };
    let header = ["要素序号", "原因", "原文"];
    write_table_csv(path, &header, rows, &options).map(|written| written.features)
}

/// Finished bytes: a sheet, a picture.
pub fn write_bytes(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), WriteError> {
    atomically(path, overwrite, |out| Ok(out.write_all(bytes)?))
        .map_err(|err| err.named(path, Crs::Cgcs2000))
}

/// Why a file did not come about.
enum Unwritten {
    Target(WriteError),
    Content(Fault),
}

impl Unwritten {
    fn named(self, path: &Path, crs: Crs) -> WriteError {
        match self {
            Self::Target(err) => err,
            Self::Content(fault) => fault.into_error(path, crs),
        }
    }
}

/// Write to a file beside the target, then rename it: a power cut leaves the old file or the new one.
fn atomically<T>(
    path: &Path,
    overwrite: bool,
    write: impl FnOnce(&mut dyn Write) -> Result<T, Fault>,
) -> Result<T, Unwritten> {
    let file = || path.display().to_string();
    if path.is_dir() {
        return Err(Unwritten::Target(WriteError::IsFolder { file: file() }));
    }
    if !overwrite && path.exists() {
        return Err(Unwritten::Target(WriteError::Exists { file: file() }));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let written = || -> Result<T, Fault> {
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
    written().map_err(Unwritten::Content)
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
            Err::<(), _>(Fault::Io(io::ErrorKind::StorageFull.into()))
        });
        let err = result.map_err(|err| err.named(&target, Crs::Cgcs2000));
        assert!(matches!(err, Err(WriteError::DiskFull { .. })));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_failed_overwrite_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("old.csv");
        std::fs::write(&target, "old").unwrap();
        let result = atomically(&target, true, |_| {
            Err::<(), _>(Fault::Io(io::ErrorKind::StorageFull.into()))
        });
        assert!(result.is_err());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        let mut options = WriteOptions::NEW_FILE;
        let refused = write_table_csv(&target, &["a"], [], &options);
        assert!(matches!(refused, Err(WriteError::Exists { .. })));
        options.overwrite = true;
        let written = write_table_csv(&target, &["a"], [], &options).unwrap();
        assert_eq!(written.features, 0);
    }
}
