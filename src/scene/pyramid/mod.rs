//! A large layer as a pyramid of tiles: each small enough to be made while nobody waits, and detailed enough
//! for its zoom and no more.
//!
//! A [`Pyramid`] is the layer with an index of where its features are. [`Pyramid::tile`] makes one tile: the
//! features in its box, thinned to half a pixel, cut at its edges, in triangles and lines. Pure, and the same
//! layer always gives the same tile. Looks are [`classes`]' business, tiles carry none.
//! Deliberately absent: threads, what is kept, graphics cards; names, of which only the places are found here.

pub mod classes;
mod fill;
mod hit;
mod key;
mod rings;
mod tile;

use std::sync::Arc;

use geo::{CoordsIter, Geometry};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::crs::{Extent, LonLat, world_from_lon_lat};
use crate::model::{Layer, LayerKind};
use crate::scene::build;

pub use hit::{Hit, HitClass, Reach};
pub use key::{DEEPEST, TileKey};
pub use tile::{Corner, Dot, FEATURE, FREE_LINE, GHOST, LinePoint, SPECK, Tile};

/// A layer of more vertices than this is drawn by tiles. The draw list projects and strokes every vertex in
/// the window anew in each frame of a pan: so many take about two milliseconds, half of what a frame may.
pub const LARGE_LAYER_VERTICES: usize = 20_000;

/// Physical pixels across a tile where it is shown at its own size.
pub const TILE_PIXELS: f64 = 512.0;
/// Corners are rounded to this part of a pixel.
pub const UNITS_PER_PIXEL: f64 = 32.0;
/// Units across a tile.
pub const TILE_UNITS: i16 = 16_384;

/// Pixels to units. Whatever reaches a tile's buffers has been cut to the tile, and fits.
#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn unit(pixels: f64) -> i16 {
    (pixels * UNITS_PER_PIXEL).round() as i16
}

/// Is the layer drawn by tiles? Borders never are: the mask around the district is made of them.
pub fn is_large(layer: &Layer) -> bool {
    layer.kind != LayerKind::Boundary && {
        let mut vertices = 0;
        layer
            .features
            .iter()
            .filter_map(|feature| feature.geometry.as_ref())
            .any(|geometry| {
                vertices += geometry.coords_count();
                vertices > LARGE_LAYER_VERTICES
            })
    }
}

type Boxed = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// A layer that finds its features by place.
#[derive(Debug)]
pub struct Pyramid {
    layer: Arc<Layer>,
    /// Boxes in the Mercator square, with the feature's position in the layer.
    tree: RTree<Boxed>,
    /// `[min x, min y, max x, max y]` in the Mercator square.
    bounds: Option<[f64; 4]>,
    anchors: Vec<Anchor>,
    crowding: f64,
}

/// Where the name of a feature may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// Position in the layer.
    pub index: usize,
    pub at: LonLat,
}

impl Pyramid {
    pub fn new(layer: Arc<Layer>) -> Self {
        let boxes: Vec<Boxed> = (0..FEATURE)
            .zip(&layer.features)
            .filter_map(|(index, feature)| {
                let [min_x, min_y, max_x, max_y] = world_bounds(feature.geometry.as_ref()?)?;
                let corners = Rectangle::from_corners([min_x, min_y], [max_x, max_y]);
                Some(GeomWithData::new(corners, index))
            })
            .collect();
        let bounds = boxes.iter().map(bounds_of).reduce(|a, b| {
            [
                a[0].min(b[0]),
                a[1].min(b[1]),
                a[2].max(b[2]),
                a[3].max(b[3]),
            ]
        });
        Self {
            crowding: crowding(&boxes, bounds),
            tree: RTree::bulk_load(boxes),
            bounds,
            anchors: build::anchors(&layer),
            layer,
        }
    }

    pub const fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// `None` where nothing has a place.
    pub const fn bounds(&self) -> Option<[f64; 4]> {
        self.bounds
    }

    /// From 0, features that stand apart, to 1, features edge to edge over the whole layer. Outlines of the
    /// latter must fade where features are small, or they would be all that is seen; of the former they are
    /// what is seen of a small feature, and must not.
    pub const fn crowding(&self) -> f64 {
        self.crowding
    }

    /// Empty for a layer of too many features to read their names.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The few tiles that show the whole layer, coarsely.
    pub fn overview(&self) -> Vec<TileKey> {
        let Some(bounds) = self.bounds else {
            return Vec::new();
        };
        TileKey::covering(self.overview_level(), bounds).collect()
    }

    /// Where the layer is about as large as a tile.
    pub fn overview_level(&self) -> u8 {
        let [min_x, min_y, max_x, max_y] = self.bounds.unwrap_or([0.0, 0.0, 1.0, 1.0]);
        let width = (max_x - min_x).max(max_y - min_y).max(1e-9);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the deepest level after the clamp"
        )]
        let level = width.log2().abs().floor().clamp(0.0, f64::from(DEEPEST)) as u8;
        level
    }

    pub fn tile(&self, key: TileKey) -> Tile {
        tile::build(self, key)
    }

    /// Features whose box touches the tile, in the layer's order: what comes later lies on top.
    fn touching(&self, key: TileKey) -> Vec<(u32, [f64; 4])> {
        let (near, far) = (key.corner(), key.far_corner());
        let window = AABB::from_corners([near.x, near.y], [far.x, far.y]);
        let mut found: Vec<(u32, [f64; 4])> = self
            .tree
            .locate_in_envelope_intersecting(&window)
            .map(|boxed| (boxed.data, bounds_of(boxed)))
            .collect();
        found.sort_unstable_by_key(|(index, _)| *index);
        found
    }

    fn geometry(&self, index: u32) -> Option<&Geometry<f64>> {
        let index = usize::try_from(index).ok()?;
        self.layer.features.get(index)?.geometry.as_ref()
    }
}

/// By how much of the layer's box the features' boxes cover.
fn crowding(boxes: &[Boxed], bounds: Option<[f64; 4]>) -> f64 {
    let area = |[min_x, min_y, max_x, max_y]: [f64; 4]| (max_x - min_x) * (max_y - min_y);
    let whole = bounds.map_or(0.0, area);
    let covered: f64 = boxes.iter().map(|boxed| area(bounds_of(boxed))).sum();
    if whole > 0.0 {
        ((covered / whole - 0.25) * 2.0).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

fn bounds_of(boxed: &Boxed) -> [f64; 4] {
    let ([min_x, min_y], [max_x, max_y]) = (boxed.geom().lower(), boxed.geom().upper());
    [min_x, min_y, max_x, max_y]
}

/// `None` for what has no place on the earth.
fn world_bounds(geometry: &Geometry<f64>) -> Option<[f64; 4]> {
    let extent = Extent::of_geometry(geometry)?;
    let north_west = world_from_lon_lat(LonLat::new(extent.west, extent.north));
    let south_east = world_from_lon_lat(LonLat::new(extent.east, extent.south));
    let bounds = [north_west.x, north_west.y, south_east.x, south_east.y];
    bounds
        .iter()
        .all(|value| value.is_finite())
        .then_some(bounds)
}
