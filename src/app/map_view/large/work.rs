//! What the threads make of a large layer: its index, its looks, its tiles. Knows no frame.

use std::sync::Arc;

use super::gpu::{Gpu, GpuClasses, GpuTile};
use super::pool::Work;
use crate::model::Layer;
use crate::scene::MapStyle;
use crate::scene::pyramid::classes::{Classes, classes};
use crate::scene::pyramid::{Pyramid, Tile, TileKey};

/// Something to be made for one version of a layer.
pub(super) enum Job {
    Index {
        version: u64,
        layer: Arc<Layer>,
    },
    Dress {
        version: u64,
        layer: Arc<Layer>,
        style: Box<MapStyle>,
        gpu: Option<Arc<Gpu>>,
    },
    Tile {
        version: u64,
        pyramid: Arc<Pyramid>,
        key: TileKey,
        gpu: Option<Arc<Gpu>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JobKey {
    pub(super) version: u64,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Index,
    Dress,
    Tile(TileKey),
}

pub(super) enum Made {
    Index(Arc<Pyramid>),
    Dress(Box<MapStyle>, Dressed),
    /// With its bytes.
    Tile(TileBody, usize),
}

/// The looks of a layer, on the card where there is one.
pub(super) struct Dressed {
    pub(super) classes: Classes,
    pub(super) on_card: Option<GpuClasses>,
}

pub(super) enum TileBody {
    Gpu(Arc<GpuTile>),
    Flat(Tile),
    Nothing,
}

impl Work for Job {
    type Key = JobKey;
    type Product = Made;

    fn key(&self) -> JobKey {
        let (version, kind) = match self {
            Self::Index { version, .. } => (version, Kind::Index),
            Self::Dress { version, .. } => (version, Kind::Dress),
            Self::Tile { version, key, .. } => (version, Kind::Tile(*key)),
        };
        JobKey {
            version: *version,
            kind,
        }
    }

    fn make(self) -> Made {
        match self {
            Self::Index { layer, .. } => Made::Index(Arc::new(Pyramid::new(layer))),
            Self::Dress {
                layer, style, gpu, ..
            } => {
                let mut classes = classes(&layer, &style);
                let on_card = gpu.map(|gpu| gpu.classes(&classes));
                if on_card.is_some() {
                    classes.of_feature = Vec::new();
                    classes.sizes = Vec::new();
                }
                Made::Dress(style, Dressed { classes, on_card })
            }
            Self::Tile {
                pyramid, key, gpu, ..
            } => {
                let tile = pyramid.tile(key);
                let bytes = tile.bytes();
                match gpu {
                    Some(gpu) => Made::Tile(TileBody::Gpu(Arc::new(gpu.upload(tile))), bytes),
                    None => Made::Tile(TileBody::Flat(tile), bytes),
                }
            }
        }
    }
}
