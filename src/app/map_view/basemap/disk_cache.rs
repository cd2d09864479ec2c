//! Tiles kept on disk, so that a place seen once is there without a network.
//!
//! Only ever used from worker threads. A cache that cannot be written is no fault: the map works without.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::tile_set::TileKey;

/// After this long a tile is asked for again; the old one still serves while there is no network.
/// (OpenStreetMap's policy: at least seven days.)
const FRESH_FOR: Duration = Duration::from_hours(30 * 24);

/// Pruning goes down to this share of the limit, so that it is rare.
const KEPT_SHARE: f64 = 0.8;

/// A folder of tiles with a limit on its size.
#[derive(Debug)]
pub(super) struct DiskCache {
    root: PathBuf,
    limit_bytes: u64,
    /// Bytes in the folder; `None` until it has been counted.
    size_bytes: Mutex<Option<u64>>,
}

/// A tile found on disk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CachedTile {
    pub(super) bytes: Vec<u8>,
    pub(super) is_fresh: bool,
}

impl DiskCache {
    pub(super) const fn new(root: PathBuf, limit_bytes: u64) -> Self {
        Self {
            root,
            limit_bytes,
            size_bytes: Mutex::new(None),
        }
    }

    pub(super) fn get(&self, set: &str, tile: TileKey) -> Option<CachedTile> {
        let path = self.path(set, tile);
        let bytes = fs::read(&path).ok()?;
        let age = fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .ok()
            // A clock set back makes a tile look newer than now: fresh enough.
            .map(|modified| modified.elapsed().unwrap_or_default());
        Some(CachedTile {
            bytes,
            is_fresh: age.is_some_and(|age| age < FRESH_FOR),
        })
    }

    pub(super) fn put(&self, set: &str, tile: TileKey, bytes: &[u8]) {
        let path = self.path(set, tile);
        if let Err(err) = write_whole(&path, bytes) {
            log::debug!("tile not cached in {}: {err}", path.display());
            return;
        }
        self.grow(bytes.len() as u64);
    }

    /// Forget a tile that turned out to be no picture.
    pub(super) fn remove(&self, set: &str, tile: TileKey) {
        // Already gone is as good.
        fs::remove_file(self.path(set, tile)).ok();
    }

    fn path(&self, set: &str, tile: TileKey) -> PathBuf {
        self.root
            .join(set)
            .join(tile.zoom.to_string())
            .join(tile.x.to_string())
            .join(format!("{}.tile", tile.y))
    }

    fn grow(&self, bytes: u64) {
        let mut size_bytes = self
            .size_bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let size = match *size_bytes {
            Some(size) => size + bytes,
            None => list_files(&self.root).iter().map(|file| file.bytes).sum(),
        };
        *size_bytes = Some(if size > self.limit_bytes {
            self.prune()
        } else {
            size
        });
    }

    /// Delete the oldest until well below the limit; returns what is left.
    fn prune(&self) -> u64 {
        let mut files = list_files(&self.root);
        files.sort_by(|a, b| (a.modified, &a.path).cmp(&(b.modified, &b.path)));
        let mut size: u64 = files.iter().map(|file| file.bytes).sum();
        let target = self.limit_bytes as f64 * KEPT_SHARE;
        for file in files {
            if size as f64 <= target {
                break;
            }
            if fs::remove_file(&file.path).is_ok() {
                size = size.saturating_sub(file.bytes);
            }
        }
        size
    }
}

/// Beside its place first, then renamed: a crash never leaves half a tile.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

struct CachedFile {
    path: PathBuf,
    bytes: u64,
    modified: SystemTime,
}

fn list_files(root: &Path) -> Vec<CachedFile> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(CachedFile {
                    path: entry.path(),
                    bytes: metadata.len(),
                    modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                });
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(x: u32) -> TileKey {
        TileKey {
            zoom: 12,
            x,
            y: 1695,
        }
    }

    #[test]
    fn what_was_put_is_found_again_and_other_sets_are_apart() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::new(folder.path().to_owned(), 1_000);
        cache.put("osm", tile(1), b"picture");
        let found = cache.get("osm", tile(1)).unwrap();
        assert_eq!(found.bytes, b"picture");
        assert!(found.is_fresh);
        assert_eq!(cache.get("tianditu-vec", tile(1)), None);
        assert_eq!(cache.get("osm", tile(2)), None);
    }

    #[test]
    fn a_month_old_tile_is_still_there_but_no_longer_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::new(folder.path().to_owned(), 1_000);
        cache.put("osm", tile(1), b"picture");
        age_by(&cache.path("osm", tile(1)), FRESH_FOR);
        assert!(!cache.get("osm", tile(1)).unwrap().is_fresh);
    }

    #[test]
    fn a_full_cache_loses_its_oldest_tiles() {
        let folder = tempfile::tempdir().unwrap();
        let cache = DiskCache::new(folder.path().to_owned(), 1_000);
        for x in 0..10 {
            cache.put("osm", tile(x), &[7; 100]);
            age_by(
                &cache.path("osm", tile(x)),
                Duration::from_secs(1_000 - u64::from(x)),
            );
        }
        cache.put("osm", tile(10), &[7; 100]);
        assert_eq!(cache.get("osm", tile(0)), None);
        assert!(cache.get("osm", tile(10)).is_some());
        let left: u64 = list_files(folder.path())
            .iter()
            .map(|file| file.bytes)
            .sum();
        assert_eq!(left, 800);
    }

    fn age_by(path: &Path, age: Duration) {
        fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(SystemTime::now() - age)
            .unwrap();
    }
}
