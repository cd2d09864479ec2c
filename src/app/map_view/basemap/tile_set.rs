//! Tile pyramids: what a tile's address is, and who must be named for it.
//!
//! Only sources whose datum is CGCS2000 or WGS84: nothing here needs the GCJ-02 shift.

use std::fmt;

/// A tile of the Web-Mercator pyramid. Ordered, so that caches need no hash order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TileKey {
    pub(super) zoom: u8,
    pub(super) x: u32,
    pub(super) y: u32,
}

impl TileKey {
    /// The tile `levels` above that holds this one.
    pub(super) const fn ancestor(self, levels: u8) -> Self {
        Self {
            zoom: self.zoom - levels,
            x: self.x >> levels,
            y: self.y >> levels,
        }
    }
}

/// One pyramid of pictures.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TileSet {
    /// Folder in the cache and name of the worker threads. Never holds the key.
    pub(super) name: &'static str,
    /// `{z}`, `{x}`, `{y}`, and `{s}` for one of eight hosts.
    template: String,
    /// Deeper levels are cut out of this one.
    pub(super) max_zoom: u8,
    pub(super) attribution: &'static str,
    pub(super) attribution_url: &'static str,
}

/// Without the address: it holds the user's key.
impl fmt::Debug for TileSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TileSet")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl TileSet {
    pub(super) fn open_street_map() -> Self {
        Self {
            name: "osm",
            template: "https://tile.openstreetmap.org/{z}/{x}/{y}.png".to_owned(),
            max_zoom: 19,
            attribution: "© OpenStreetMap contributors",
            attribution_url: "https://www.openstreetmap.org/copyright",
        }
    }

    /// One of 天地图's Web-Mercator layers (`vec` `cva` `img` `cia`). Blanks around a pasted key are
    /// answered with 418, so they are cut off.
    pub(super) fn tianditu(layer: TiandituLayer, key: &str) -> Self {
        let code = layer.code();
        let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            name: layer.cache_name(),
            template: format!(
                "https://t{{s}}.tianditu.gov.cn/{code}_w/wmts?SERVICE=WMTS&REQUEST=GetTile\
                 &VERSION=1.0.0&LAYER={code}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles\
                 &TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
            ),
            max_zoom: 18,
            attribution: "© 国家地理信息公共服务平台 天地图",
            attribution_url: "https://www.tianditu.gov.cn",
        }
    }

    /// A server of a test's own.
    #[cfg(test)]
    pub(super) fn local(address: std::net::SocketAddr) -> Self {
        Self {
            name: "local",
            template: format!("http://{address}/{{z}}/{{x}}/{{y}}.png"),
            max_zoom: 18,
            attribution: "",
            attribution_url: "",
        }
    }

    pub(super) fn url(&self, tile: TileKey) -> String {
        // The same tile always comes from the same host, so that HTTP caches on the way work.
        let host = (tile.x ^ tile.y) % 8;
        self.template
            .replace("{s}", &host.to_string())
            .replace("{z}", &tile.zoom.to_string())
            .replace("{x}", &tile.x.to_string())
            .replace("{y}", &tile.y.to_string())
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.template.starts_with("https:")
    }
}

/// The layers of 天地图 in use: pictures, and the labels that lie on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TiandituLayer {
    Vector,
    VectorLabels,
    Imagery,
    ImageryLabels,
}

impl TiandituLayer {
    const fn code(self) -> &'static str {
        match self {
            Self::Vector => "vec",
            Self::VectorLabels => "cva",
            Self::Imagery => "img",
            Self::ImageryLabels => "cia",
        }
    }

    const fn cache_name(self) -> &'static str {
        match self {
            Self::Vector => "tianditu-vec",
            Self::VectorLabels => "tianditu-cva",
            Self::Imagery => "tianditu-img",
            Self::ImageryLabels => "tianditu-cia",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_key_loses_its_blanks_and_is_never_printed() {
        let set = TileSet::tianditu(TiandituLayer::Vector, " 0123456789abcdef \n");
        let url = set.url(TileKey {
            zoom: 12,
            x: 3228,
            y: 1695,
        });
        assert!(url.ends_with("&tk=0123456789abcdef"), "{url}");
        assert!(
            url.starts_with("https://t3.tianditu.gov.cn/vec_w/wmts?"),
            "{url}"
        );
        assert!(
            url.contains("&TILEMATRIX=12&TILEROW=1695&TILECOL=3228&"),
            "{url}"
        );
        assert!(!format!("{set:?}").contains("0123456789abcdef"));
    }
}
