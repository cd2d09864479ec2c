//! What is read: a file's bytes and those of the files that belong to it, from disk, memory or an archive.
//!
//! Readers are pure over a [`Source`]; only this opens files. Must not know what is in them beyond which
//! archive member is the data set.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::archive::{Archive, Member};
use super::detect_format::{self, Format};
use super::limits::MAX_BYTES;
use super::{ReadError, ReadOptions, write};

/// Endings of the files that make up one Shapefile, but for the `.shp` itself.
const SHAPEFILE_PARTS: [&str; 7] = ["dbf", "prj", "cpg", "shx", "cst", "dbt", "fpt"];

/// Endings of data sets that are taken from an archive or a folder, the likeliest first.
const DATA_SETS: [&str; 13] = [
    "shp", "gpkg", "geojson", "geojsonl", "geojsons", "ndjson", "topojson", "json", "kml", "gpx",
    "dxf", "txt", "csv",
];

/// One file to read.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// As it is called in messages: its path, or its archive's.
    pub(super) name: String,
    /// Its own name within an archive or folder.
    pub(super) member: Option<String>,
    /// Where it lies, unless it came as bytes or out of an archive.
    pub(super) path: Option<PathBuf>,
    /// Of a database on disk only its start.
    pub(super) bytes: Cow<'a, [u8]>,
    /// Other data sets in the same archive, by name.
    pub(super) others: Vec<String>,
    /// By ending, in small letters.
    siblings: BTreeMap<String, Vec<u8>>,
}

impl<'a> Source<'a> {
    pub(super) fn from_bytes(name: &str, bytes: &'a [u8]) -> Self {
        Self {
            name: name.to_owned(),
            member: None,
            path: None,
            bytes: Cow::Borrowed(bytes),
            others: Vec::new(),
            siblings: BTreeMap::new(),
        }
    }

    /// The file with the same name but this ending (in small letters, without the dot).
    pub(super) fn sibling(&self, ending: &str) -> Option<&[u8]> {
        self.siblings.get(ending).map(Vec::as_slice)
    }

    /// Its own name: the archive member's where there is one.
    pub(super) fn own_name(&self) -> &str {
        self.member.as_deref().unwrap_or(&self.name)
    }

    /// In small letters, without the dot; empty where there is none.
    pub(super) fn ending(&self) -> String {
        ending_of(self.own_name())
    }

    /// The file's name, or its archive's, without folders.
    pub(super) fn file_name(&self) -> &str {
        self.name.rsplit(['/', '\\']).next().unwrap_or(&self.name)
    }

    /// The own name without folders and ending: what a layer without a name is called.
    pub(super) fn stem(&self) -> &str {
        split_name(self.own_name()).0
    }

    /// Out of an archive, the data set to read: the one asked for, else the largest of the likeliest kind.
    pub(super) fn unpacked(self, options: &ReadOptions) -> Result<Self, ReadError> {
        let damaged = |reason: String| ReadError::Damaged {
            file: self.name.clone(),
            format: "压缩包",
            reason,
        };
        let mut archive = Archive::open(&self.bytes).map_err(|err| damaged(err.to_string()))?;
        let mut sets = data_sets(archive.members(), options.layer.as_deref());
        if sets.is_empty() {
            return Err(damaged("其中没有可读取的数据文件".to_owned()));
        }
        let chosen = sets.remove(0);
        let stem = |member: &Member| stem_with_folder(&member.name).to_lowercase();
        let mut siblings = BTreeMap::new();
        if ending_of(&chosen.name) == "shp" {
            let parts: Vec<Member> = (archive.members().iter())
                .filter(|member| stem(member) == stem(&chosen))
                .filter(|member| SHAPEFILE_PARTS.contains(&ending_of(&member.name).as_str()))
                .cloned()
                .collect();
            for part in parts {
                let bytes = archive
                    .read(&part)
                    .map_err(|err| damaged(err.to_string()))?;
                siblings.insert(ending_of(&part.name), bytes);
            }
        }
        let bytes = archive
            .read(&chosen)
            .map_err(|err| damaged(err.to_string()))?;
        Ok(Source {
            name: self.name,
            member: Some(chosen.name),
            path: None,
            bytes: Cow::Owned(bytes),
            others: sets
                .iter()
                .map(|set| split_name(&set.name).0.to_owned())
                .collect(),
            siblings,
        })
    }
}

/// The data sets of an archive, the one to read first.
fn data_sets(members: &[Member], wanted: Option<&str>) -> Vec<Member> {
    let rank = |member: &Member| {
        let ending = ending_of(&member.name);
        DATA_SETS.iter().position(|known| *known == ending)
    };
    let mut sets: Vec<(usize, Member)> = (members.iter())
        .filter_map(|member| Some((rank(member)?, member.clone())))
        .collect();
    sets.sort_by_key(|(rank, member)| {
        let (stem, _) = split_name(&member.name);
        let asked_for = wanted.is_some_and(|wanted| wanted == stem || wanted == member.name);
        // By convention the main document of a .kmz.
        let main = stem.eq_ignore_ascii_case("doc");
        (!asked_for, *rank, !main, std::cmp::Reverse(member.size))
    });
    sets.into_iter().map(|(_, member)| member).collect()
}

/// Open a file, or the data set in a folder, with what belongs to it.
pub(super) fn open(path: &Path) -> Result<Source<'static>, ReadError> {
    let failed = |path: &Path, err| io_error(path, err);
    let metadata = std::fs::metadata(path).map_err(|err| failed(path, err))?;
    let path = if metadata.is_dir() {
        data_set_in(path)?
    } else {
        path.to_path_buf()
    };
    let name = path.display().to_string();
    let path = match ending_of(&name).as_str() {
        // Whichever part of a Shapefile was chosen, the whole is meant.
        "dbf" | "shx" | "prj" | "cpg" => sibling_path(&path, "shp").unwrap_or(path),
        _ => path,
    };
    let name = path.display().to_string();
    if let Some(what) = detect_format::unsupported_ending(&ending_of(&name)) {
        return Err(ReadError::Unsupported { file: name, what });
    }
    let mut source = Source {
        bytes: Cow::Owned(read_bytes(&path)?),
        path: Some(path.clone()),
        name,
        member: None,
        others: Vec::new(),
        siblings: BTreeMap::new(),
    };
    if detect_format::detect(&source) == Ok(Format::Shapefile) {
        for ending in SHAPEFILE_PARTS {
            if let Some(part) = sibling_path(&path, ending) {
                source
                    .siblings
                    .insert(ending.to_owned(), read_bytes(&part)?);
            }
        }
    }
    Ok(source)
}

/// All of a file; of a database only its start, as databases are opened by their path.
fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    use std::io::Read as _;
    let failed = |err| io_error(path, err);
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let start = file.by_ref().take(4096).read_to_end(&mut bytes);
    start.map_err(failed)?;
    if !bytes.starts_with(detect_format::SQLITE) {
        let length = file.metadata().map_err(failed)?.len();
        if length > MAX_BYTES {
            let file = path.display().to_string();
            return Err(ReadError::TooLarge { file });
        }
        // What is no plain file has no length, and perhaps no end.
        let rest = file.take(MAX_BYTES).read_to_end(&mut bytes);
        rest.map_err(failed)?;
    }
    Ok(bytes)
}

fn io_error(path: &Path, source: std::io::Error) -> ReadError {
    let file = path.display().to_string();
    match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            ReadError::NotFound { file }
        }
        std::io::ErrorKind::PermissionDenied => ReadError::NoPermission { file },
        std::io::ErrorKind::IsADirectory => ReadError::IsFolder { file },
        _ if write::is_open_elsewhere(&source) => ReadError::NoPermission { file },
        _ => ReadError::Io { file, source },
    }
}

/// The one data set of a folder.
fn data_set_in(folder: &Path) -> Result<PathBuf, ReadError> {
    let file = folder.display().to_string();
    if let Some(what) = detect_format::unsupported_ending(&ending_of(&file)) {
        return Err(ReadError::Unsupported { file, what });
    }
    let entries = std::fs::read_dir(folder).map_err(|err| io_error(folder, err))?;
    let mut sets: Vec<(usize, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let ending = ending_of(&entry.file_name().to_string_lossy());
            let rank = DATA_SETS.iter().position(|known| *known == ending)?;
            Some((rank, entry.path()))
        })
        .collect();
    sets.sort();
    match sets.as_slice() {
        [(_, only)] => Ok(only.clone()),
        // A Shapefile beside a read-me or a table of the same data.
        [(0, only), (rank, _), ..] if *rank > 0 => Ok(only.clone()),
        [] => Err(ReadError::IsFolder { file }),
        several => {
            let names = several.iter().filter_map(|(_, path)| path.file_name());
            let names: Vec<_> = names.take(5).map(|name| name.to_string_lossy()).collect();
            Err(ReadError::SeveralFiles {
                file,
                count: several.len(),
                names: names.join("、"),
            })
        }
    }
}

/// The file beside this one with the same name but another ending, however that is capitalised.
fn sibling_path(path: &Path, ending: &str) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_string_lossy().to_lowercase();
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    entries.filter_map(Result::ok).find_map(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let same = stem_with_folder(&name).to_lowercase() == stem && ending_of(&name) == ending;
        same.then(|| entry.path())
    })
}

/// A name without its folders, and its ending in any case. Archives use both kinds of slash.
fn split_name(name: &str) -> (&str, &str) {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match last.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (last, ""),
    }
}

fn stem_with_folder(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn ending_of(name: &str) -> String {
    split_name(name).1.to_ascii_lowercase()
}
