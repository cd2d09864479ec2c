//! The base map under our own layers: 天地图, OpenStreetMap, or none.
//!
//! **Invariant:** with [`BasemapSource::None`], the default, nothing here touches network or disk.

mod disk_cache;
mod fetch;
mod provider;
#[cfg(test)]
mod tests;
mod tile_set;

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::Context;
use serde::{Deserialize, Serialize};

use disk_cache::DiskCache;
use fetch::{FetchError, Fetcher};
use provider::{Provider, RetryPolicy};
use tile_set::{TiandituLayer, TileSet};

const CACHE_LIMIT_BYTES: u64 = 200 * 1024 * 1024;

/// A key is used when nobody has typed in it for so long: half a key would only be refused.
const KEY_RESTS_FOR: Duration = Duration::from_secs(1);

/// What to tell the user about the key, beside its field.
pub const TIANDITU_KEY_HINT: &str = "在天地图官网（console.tianditu.gov.cn）注册并申请密钥，应用类型选“服务器端”或“Android”；“浏览器端”密钥在桌面程序中会被拒绝";

/// Which base map is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasemapSource {
    #[default]
    None,
    OpenStreetMap,
    TiandituVector,
    TiandituImagery,
}

impl BasemapSource {
    pub const ALL: [Self; 4] = [
        Self::None,
        Self::TiandituVector,
        Self::TiandituImagery,
        Self::OpenStreetMap,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "无底图（离线）",
            Self::TiandituVector => "天地图矢量",
            Self::TiandituImagery => "天地图影像",
            Self::OpenStreetMap => "OpenStreetMap",
        }
    }

    /// Does it work only with a key of the user's own?
    pub const fn needs_key(self) -> bool {
        matches!(self, Self::TiandituVector | Self::TiandituImagery)
    }
}

/// What the user chose; remembered between sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BasemapSettings {
    pub source: BasemapSource,
    pub tianditu_key: String,
    /// Place names on 天地图.
    pub labels: bool,
}

impl Default for BasemapSettings {
    fn default() -> Self {
        Self {
            source: BasemapSource::None,
            tianditu_key: String::new(),
            labels: true,
        }
    }
}

/// How the base map is doing, for the status line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BasemapState {
    #[default]
    Off,
    Loading,
    Ready,
    NoNetwork,
    KeyMissing,
    /// 401, 403, 418 from 天地图.
    KeyRejected,
    /// The same from a server without keys: it has locked this address or program out.
    Refused,
    QuotaExceeded,
    ServerTrouble,
    NotAPicture,
}

impl BasemapState {
    /// A word or two.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Off => "无底图",
            Self::Loading => "正在加载",
            Self::Ready => "正常",
            Self::NoNetwork => "无网络",
            Self::KeyMissing => "未填密钥",
            Self::KeyRejected => "密钥无效",
            Self::Refused => "被拒绝",
            Self::QuotaExceeded => "配额用尽",
            Self::ServerTrouble => "服务器故障",
            Self::NotAPicture => "返回的不是图片",
        }
    }

    /// What it means and what to do.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Off => "未使用底图，全部功能可离线使用",
            Self::Loading => "正在加载底图",
            Self::Ready => "底图正常",
            Self::NoNetwork => "连不上底图服务器。已看过的地方仍可显示，网络恢复后自动继续加载",
            Self::KeyMissing => "尚未填写天地图密钥。请在设置中填写，或改用其他底图",
            Self::KeyRejected => {
                "天地图拒绝了密钥。请检查密钥是否完整，应用类型应为“服务器端”或“Android”"
            }
            Self::Refused => "底图服务器拒绝访问，可能限制了本机网络。请稍后再试或改用其他底图",
            Self::QuotaExceeded => "今日的底图配额已用尽。请明日再试，或更换密钥、改用其他底图",
            Self::ServerTrouble => "底图服务器暂时出错，程序会自动重试",
            Self::NotAPicture => "底图服务器返回的不是图片，所在网络可能需要先登录",
        }
    }

    /// Should the status line warn?
    pub const fn is_trouble(self) -> bool {
        !matches!(self, Self::Off | Self::Loading | Self::Ready)
    }
}

/// The base map in use.
pub(super) struct Basemap {
    ctx: Context,
    settings: BasemapSettings,
    /// A key that is being typed, and when it was last changed.
    typed_key: Option<(String, Instant)>,
    /// Pictures, then the labels upon them.
    providers: Vec<Provider>,
    cache: Option<Arc<DiskCache>>,
}

impl Basemap {
    pub(super) fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            settings: BasemapSettings::default(),
            typed_key: None,
            providers: Vec::new(),
            cache: None,
        }
    }

    /// Follow the settings, and take in what has been loaded. Called once a frame.
    pub(super) fn update(&mut self, settings: &BasemapSettings) {
        if self.settings != *settings && !self.key_is_being_typed(settings) {
            self.typed_key = None;
            self.settings = settings.clone();
            // Of two equal sets the loaded one stays: switching labels does not reload the pictures.
            let wanted = tile_sets(settings);
            let mut kept = std::mem::take(&mut self.providers);
            self.providers = wanted
                .into_iter()
                .map(
                    |set| match kept.iter().position(|kept| *kept.set() == set) {
                        Some(index) => kept.swap_remove(index),
                        None => self.start(set),
                    },
                )
                .collect();
        }
        for provider in &mut self.providers {
            provider.receive();
        }
    }

    fn key_is_being_typed(&mut self, settings: &BasemapSettings) -> bool {
        let BasemapSettings {
            source,
            tianditu_key: key,
            labels: _,
        } = settings;
        let only_the_key_differs =
            *source == self.settings.source && *key != self.settings.tianditu_key;
        if !source.needs_key() || key.is_empty() || !only_the_key_differs {
            return false;
        }
        let now = Instant::now();
        let changed_at = match &self.typed_key {
            Some((typed, at)) if typed == key => *at,
            _ => {
                self.typed_key = Some((key.clone(), now));
                now
            }
        };
        let rests = changed_at + KEY_RESTS_FOR;
        if now < rests {
            self.ctx.request_repaint_after(rests - now);
        }
        now < rests
    }

    /// Bottom first.
    pub(super) fn layers(&mut self) -> impl Iterator<Item = &mut dyn walkers::Tiles> {
        self.providers
            .iter_mut()
            .map(|provider| provider as &mut dyn walkers::Tiles)
    }

    /// A server of a test's own, in place of what the settings say.
    #[cfg(test)]
    pub(super) fn with_local(ctx: &Context, address: std::net::SocketAddr) -> Self {
        let set = TileSet::local(address);
        let fetcher = Fetcher::new(set.clone(), None);
        let mut basemap = Self::new(ctx);
        basemap.settings.source = BasemapSource::OpenStreetMap;
        basemap
            .providers
            .push(Provider::new(ctx, fetcher, set, RetryPolicy::default()));
        basemap
    }

    /// Text and address that must stand on the map.
    pub(super) fn attribution(&self) -> Option<(&'static str, &'static str)> {
        let set = self.providers.first()?.set();
        Some((set.attribution, set.attribution_url))
    }

    pub(super) fn state(&self) -> BasemapState {
        if self.settings.source == BasemapSource::None {
            return BasemapState::Off;
        }
        if self.providers.is_empty() {
            return BasemapState::KeyMissing;
        }
        if let Some(trouble) = self.providers.iter().find_map(Provider::trouble) {
            return match trouble {
                FetchError::NoNetwork(_) => BasemapState::NoNetwork,
                FetchError::Refused(_) if self.settings.source.needs_key() => {
                    BasemapState::KeyRejected
                }
                FetchError::Refused(_) => BasemapState::Refused,
                FetchError::QuotaExceeded => BasemapState::QuotaExceeded,
                FetchError::NotFound | FetchError::Status(_) => BasemapState::ServerTrouble,
                FetchError::NotAPicture => BasemapState::NotAPicture,
            };
        }
        if self.providers.iter().any(Provider::is_loading) {
            BasemapState::Loading
        } else {
            BasemapState::Ready
        }
    }

    fn start(&mut self, set: TileSet) -> Provider {
        // The folder is named here, but only workers touch it.
        if self.cache.is_none() {
            self.cache = open_cache();
        }
        let fetcher = Fetcher::new(set.clone(), self.cache.clone());
        Provider::new(&self.ctx, fetcher, set, RetryPolicy::default())
    }
}

/// The user's cache folder; without one the base map works uncached.
fn open_cache() -> Option<Arc<DiskCache>> {
    let dirs = directories::ProjectDirs::from("", "", "redline-atlas")?;
    Some(Arc::new(DiskCache::new(
        dirs.cache_dir().join("tiles"),
        CACHE_LIMIT_BYTES,
    )))
}

/// The pyramids of a choice, bottom first; none without a base map or without its key.
fn tile_sets(settings: &BasemapSettings) -> Vec<TileSet> {
    let key = settings.tianditu_key.trim();
    let tianditu = |pictures, labels| {
        let mut sets = Vec::new();
        if !key.is_empty() {
            sets.push(TileSet::tianditu(pictures, key));
            if settings.labels {
                sets.push(TileSet::tianditu(labels, key));
            }
        }
        sets
    };
    match settings.source {
        BasemapSource::None => Vec::new(),
        BasemapSource::OpenStreetMap => vec![TileSet::open_street_map()],
        BasemapSource::TiandituVector => {
            tianditu(TiandituLayer::Vector, TiandituLayer::VectorLabels)
        }
        BasemapSource::TiandituImagery => {
            tianditu(TiandituLayer::Imagery, TiandituLayer::ImageryLabels)
        }
    }
}
