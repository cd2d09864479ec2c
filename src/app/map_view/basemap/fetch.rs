//! Gets the bytes of one tile: from disk, else from the server. Blocks; worker threads only.
//!
//! Deliberately absent: decoding, egui, when to try again.

use std::sync::Arc;
use std::time::Duration;

use super::disk_cache::DiskCache;
use super::tile_set::{TileKey, TileSet};

/// Says who asks, as OpenStreetMap's tile policy wants. Not a browser's: 天地图 binds the type of a key
/// to it (a server or an Android key works with this one).
const USER_AGENT: &str = concat!(
    "RedlineAtlas/",
    env!("CARGO_PKG_VERSION"),
    " (desktop map for district planners)"
);

/// No tile is larger by far; a login page of a captive network may be.
const MAX_TILE_BYTES: u64 = 4 * 1024 * 1024;

/// Why there is no tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FetchError {
    /// No connection, no name, no answer in time.
    #[error("no connection: {0}")]
    NoNetwork(String),
    /// 401, 403, 418: the key is wrong, of another type, or the client is locked out.
    #[error("refused with status {0}")]
    Refused(u16),
    /// 429.
    #[error("too many requests")]
    QuotaExceeded,
    /// The server has no such tile: not a fault.
    #[error("no such tile")]
    NotFound,
    #[error("status {0}")]
    Status(u16),
    /// An answer that is no picture: a captive network's login page, an error text.
    #[error("the answer is not a picture")]
    NotAPicture,
}

/// Where the bytes came from; only the network proves that there is a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Disk,
    Network,
}

/// The bytes of a tile, PNG or JPEG.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) bytes: Vec<u8>,
    pub(super) origin: Origin,
    /// A stale tile was served because of this.
    pub(super) trouble: Option<FetchError>,
}

/// Fetches the tiles of one set.
#[derive(Debug)]
pub(super) struct Fetcher {
    set: TileSet,
    agent: ureq::Agent,
    cache: Option<Arc<DiskCache>>,
}

impl Fetcher {
    pub(super) fn new(set: TileSet, cache: Option<Arc<DiskCache>>) -> Self {
        let agent = ureq::Agent::config_builder()
            .user_agent(USER_AGENT)
            .timeout_connect(Some(Duration::from_secs(8)))
            .timeout_global(Some(Duration::from_secs(25)))
            .http_status_as_error(false)
            // The key is in the address: never in the clear, whatever a redirect says.
            .https_only(set.is_encrypted())
            .max_redirects(3)
            .build()
            .new_agent();
        Self { set, agent, cache }
    }

    pub(super) fn fetch(&self, tile: TileKey) -> Result<Fetched, FetchError> {
        let cached = self
            .cache
            .as_ref()
            .and_then(|cache| cache.get(self.set.name, tile));
        let stale = match cached {
            Some(cached) if cached.is_fresh => {
                return Ok(Fetched {
                    bytes: cached.bytes,
                    origin: Origin::Disk,
                    trouble: None,
                });
            }
            stale => stale,
        };
        match (self.download(tile), stale) {
            (Ok(bytes), _) => {
                if let Some(cache) = &self.cache {
                    cache.put(self.set.name, tile, &bytes);
                }
                Ok(Fetched {
                    bytes,
                    origin: Origin::Network,
                    trouble: None,
                })
            }
            (Err(err), Some(stale)) => Ok(Fetched {
                bytes: stale.bytes,
                origin: Origin::Disk,
                trouble: Some(err),
            }),
            (Err(err), None) => Err(err),
        }
    }

    /// Forget a cached tile that could not be decoded.
    pub(super) fn forget(&self, tile: TileKey) {
        if let Some(cache) = &self.cache {
            cache.remove(self.set.name, tile);
        }
    }

    fn download(&self, tile: TileKey) -> Result<Vec<u8>, FetchError> {
        // The error's text may hold the address, and so the key: only its kind is kept.
        let no_network = |err: ureq::Error| FetchError::NoNetwork(kind_of(&err).to_owned());
        let mut response = self
            .agent
            .get(self.set.url(tile))
            .call()
            .map_err(no_network)?;
        match response.status().as_u16() {
            200 => {}
            401 | 403 | 418 => return Err(FetchError::Refused(response.status().as_u16())),
            404 | 204 => return Err(FetchError::NotFound),
            429 => return Err(FetchError::QuotaExceeded),
            status => return Err(FetchError::Status(status)),
        }
        let bytes = response
            .body_mut()
            .with_config()
            .limit(MAX_TILE_BYTES)
            .read_to_vec()
            .map_err(|err| match err {
                ureq::Error::BodyExceedsLimit(_) => FetchError::NotAPicture,
                err => no_network(err),
            })?;
        if is_picture(&bytes) {
            Ok(bytes)
        } else {
            Err(FetchError::NotAPicture)
        }
    }
}

fn kind_of(err: &ureq::Error) -> &'static str {
    match err {
        ureq::Error::Timeout(_) => "timed out",
        ureq::Error::HostNotFound => "host not found",
        ureq::Error::ConnectionFailed => "connection failed",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "TLS failed",
        ureq::Error::Io(_) => "input or output failed",
        _ => "request failed",
    }
}

/// PNG or JPEG, by their first bytes: what the decoder knows.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(&[0xFF, 0xD8, 0xFF])
}
