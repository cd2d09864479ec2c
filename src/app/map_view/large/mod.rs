//! Large layers between frames: which tiles there are, which are wanted, which are shown.
//!
//! The window's thread only says what it looks at and draws what is there; indexing, cutting, triangulating
//! and sending to the card happen on the threads of [`pool`]. A coarse overview comes first and stays; a tile
//! gives way to its children when all that are in sight have come.

mod cover;
mod flat;
mod gpu;
mod palette;
mod pool;
mod work;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use egui::{Context, Painter, Shape};

use crate::crs::World;
use crate::model::{Layer, LayerId};
use crate::scene::pyramid::{Anchor, DEEPEST, Hit, Pyramid, Reach, TILE_PIXELS, TileKey};
use crate::scene::{MapStyle, Part, PlanePoint, View};

use cover::Sight;
use gpu::{Drawing, Gpu, GpuLook, Place};
use pool::Pool;
use work::{Dressed, Job, JobKey, Kind, Made, TileBody};

/// Tiles are let go, the longest unseen first, beyond so many bytes. A window full of the densest parcels
/// takes a tenth of it; the rest lets the map be dragged back and forth without work.
const TILE_BYTES: usize = 160 << 20;

/// A large layer as it is to be seen now.
#[derive(Clone, Copy)]
pub(super) struct LargeView<'a> {
    pub(super) id: LayerId,
    pub(super) layer: &'a Arc<Layer>,
    pub(super) drawn: bool,
    pub(super) opacity: f32,
}

pub(super) struct LargeLayers {
    gpu: Option<Arc<Gpu>>,
    pool: Pool<Job>,
    layers: BTreeMap<LayerId, LargeLayer>,
    frame: u64,
    last_version: u64,
    tiles_made: u64,
    is_settled: bool,
}

struct LargeLayer {
    now: Version,
    /// Shown until the new one has its overview.
    before: Option<Version>,
    drawn: bool,
    opacity: f32,
}

/// A layer in one state of its features.
struct Version {
    number: u64,
    source: Weak<Layer>,
    pyramid: Option<Arc<Pyramid>>,
    dress: Option<Dress>,
    tiles: BTreeMap<TileKey, Held>,
    shown: Vec<TileKey>,
    /// Its index or its looks could not be made: it is not asked for again.
    has_failed: bool,
}

/// What the features look like.
struct Dress {
    style: MapStyle,
    opacity: f32,
    dressed: Dressed,
    look: Option<Arc<GpuLook>>,
}

struct Held {
    body: TileBody,
    bytes: usize,
    used: u64,
}

impl LargeLayers {
    pub(super) fn new(ctx: &Context) -> Self {
        let ctx = ctx.clone();
        Self {
            gpu: None,
            pool: Pool::new(move || ctx.request_repaint()),
            layers: BTreeMap::new(),
            frame: 0,
            last_version: 0,
            tiles_made: 0,
            is_settled: true,
        }
    }

    /// Draw on the card from now on.
    pub(super) fn use_gpu(&mut self, state: &eframe::egui_wgpu::RenderState) {
        self.gpu = Some(Arc::new(Gpu::new(state)));
        self.layers.clear();
    }

    pub(super) fn forget(&mut self) {
        self.layers.clear();
    }

    /// Nothing that is in sight is still being made.
    pub(super) const fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// How many tiles have been triangulated so far.
    pub(super) const fn tiles_made(&self) -> u64 {
        self.tiles_made
    }

    /// Take in what was made and ask for what is missing. Once a frame.
    pub(super) fn update(
        &mut self,
        views: &[LargeView<'_>],
        style: &MapStyle,
        view: &View,
        pixels_per_point: f32,
    ) {
        self.frame += 1;
        self.take_in();
        self.layers
            .retain(|id, _| views.iter().any(|view| view.id == *id));
        for large in views {
            self.follow(large);
        }
        let jobs = self.missing(style, view, pixels_per_point);
        self.is_settled = jobs.is_empty();
        self.pool.want(jobs);
        self.let_go();
    }

    fn follow(&mut self, large: &LargeView<'_>) {
        let number = self.last_version + 1;
        let fresh = || Version::new(number, large.layer);
        let layer = self.layers.entry(large.id).or_insert_with(|| LargeLayer {
            now: fresh(),
            before: None,
            drawn: false,
            opacity: 1.0,
        });
        if !std::ptr::eq(layer.now.source.as_ptr(), Arc::as_ptr(large.layer)) {
            let old = std::mem::replace(&mut layer.now, fresh());
            if old.has_overview() {
                layer.before = Some(old);
            }
        }
        if layer.now.number == number {
            self.last_version = number;
        }
        layer.drawn = large.drawn;
        layer.opacity = large.opacity;
    }

    fn take_in(&mut self) {
        let made: Vec<_> = self.pool.made().collect();
        for (key, made) in made {
            self.tiles_made += u64::from(matches!(key.kind, Kind::Tile(_)));
            let version = (self.layers.values_mut())
                .map(|layer| &mut layer.now)
                .find(|version| version.number == key.version);
            if let Some(version) = version {
                version.take(key, made, self.frame);
            }
        }
    }

    /// What is wanted and not there, the most wanted first.
    fn missing(&mut self, style: &MapStyle, view: &View, pixels_per_point: f32) -> Vec<Job> {
        let (mut first, mut overviews, mut others) = (Vec::new(), Vec::new(), Vec::new());
        let shown = |layer: &&mut LargeLayer| layer.drawn && !layer.now.has_failed;
        for layer in self.layers.values_mut().filter(shown) {
            let version = &mut layer.now;
            version.dress_up(self.gpu.as_deref(), layer.opacity);
            first.extend(version.undressed(style, self.gpu.as_ref()));
            let Some(pyramid) = version.pyramid.clone() else {
                first.extend(version.unindexed());
                continue;
            };
            let Some(bounds) = pyramid.bounds() else {
                continue;
            };
            let sight = sight(view, pixels_per_point, pyramid.overview_level());
            let roots = pyramid.overview();
            let job = |key: TileKey| Job::Tile {
                version: version.number,
                pyramid: Arc::clone(&pyramid),
                key,
                gpu: self.gpu.clone(),
            };
            let is_missing = |key: &TileKey| !version.tiles.contains_key(key);
            overviews.extend(roots.iter().copied().filter(is_missing).map(job));
            if self.gpu.is_some() {
                let wanted = cover::wanted(sight, bounds).into_iter();
                others.extend(
                    wanted
                        .filter(is_missing)
                        .filter(|key| !roots.contains(key))
                        .map(job),
                );
            }
            version.choose(sight, &roots, self.frame);
            if version.has_overview() {
                layer.before = None;
            }
            if let Some(before) = &mut layer.before
                && let Some(pyramid) = before.pyramid.clone()
            {
                before.choose(sight, &pyramid.overview(), self.frame);
            }
        }
        first.extend(overviews);
        first.extend(others);
        first
    }

    fn let_go(&mut self) {
        let held = |layer: &LargeLayer| {
            layer
                .now
                .tiles
                .values()
                .map(|held| held.bytes)
                .sum::<usize>()
        };
        let mut bytes: usize = self.layers.values().map(held).sum();
        if bytes <= TILE_BYTES {
            return;
        }
        let frame = self.frame;
        let mut unseen: Vec<(u64, LayerId, TileKey)> = Vec::new();
        for (id, layer) in &self.layers {
            let coarsest = layer
                .now
                .pyramid
                .as_ref()
                .map(|pyramid| pyramid.overview_level());
            let tiles = layer.now.tiles.iter();
            let idle = tiles.filter(|(key, held)| held.used < frame && Some(key.z) != coarsest);
            unseen.extend(idle.map(|(key, held)| (held.used, *id, *key)));
        }
        unseen.sort_unstable();
        for (_, id, key) in unseen {
            if bytes <= TILE_BYTES {
                return;
            }
            let layer = self.layers.get_mut(&id);
            let freed = layer.and_then(|layer| layer.now.tiles.remove(&key));
            bytes -= freed.map_or(0, |held| held.bytes);
        }
    }

    /// Where the names of a layer may stand; `None`: not known yet.
    pub(super) fn anchors(&self, id: LayerId) -> Option<&[Anchor]> {
        let pyramid = self.layers.get(&id)?.now.pyramid.as_ref()?;
        Some(pyramid.anchors())
    }

    pub(super) fn hits(&self, id: LayerId, at: PlanePoint, reach: Reach) -> Vec<Hit> {
        let layer = self.layers.get(&id).filter(|layer| layer.drawn);
        let pyramid = layer.and_then(|layer| layer.now.pyramid.as_ref());
        pyramid.map_or_else(Vec::new, |pyramid| {
            pyramid.hits(World { x: at.x, y: at.y }, reach)
        })
    }

    pub(super) fn paint(&self, painter: &Painter, id: LayerId, part: Part, view: &View) {
        let Some(layer) = self.layers.get(&id).filter(|layer| layer.drawn) else {
            return;
        };
        let version = layer.before.as_ref().unwrap_or(&layer.now);
        let Some(dress) = &version.dress else {
            return;
        };
        if let (Some(gpu), Some(look)) = (&self.gpu, &dress.look) {
            paint_on_card(painter, gpu, look, part, version, view);
        } else {
            paint_flat(painter, dress, part, version, view);
        }
    }
}

fn paint_on_card(
    painter: &Painter,
    gpu: &Arc<Gpu>,
    look: &Arc<GpuLook>,
    part: Part,
    version: &Version,
    view: &View,
) {
    let pixels_per_point = f64::from(painter.ctx().pixels_per_point());
    let pattern = Pattern {
        hatch_spacing: version.hatch_spacing() * pixels_per_point,
        crowding: version.crowding(),
    };
    let tiles: Vec<_> = version
        .shown_bodies()
        .filter_map(|(key, body)| match body {
            TileBody::Gpu(tile) if !tile.is_empty(part) => Some((
                Arc::clone(tile),
                place(key, view, pixels_per_point, pattern),
            )),
            _ => None,
        })
        .collect();
    if !tiles.is_empty() {
        let drawing = Drawing {
            gpu: Arc::clone(gpu),
            look: Arc::clone(look),
            part,
            tiles,
            places: Mutex::new(None),
        };
        painter.add(gpu::shape(painter.ctx().viewport_rect(), drawing));
    }
}

fn paint_flat(painter: &Painter, dress: &Dress, part: Part, version: &Version, view: &View) {
    let looks = flat::Looks {
        classes: &dress.dressed.classes,
        opacity: dress.opacity,
    };
    for (key, body) in version.shown_bodies() {
        if let TileBody::Flat(tile) = body {
            let place = place(key, view, 1.0, Pattern::default());
            painter.add(Shape::mesh(flat::mesh(tile, place, part, &looks)));
        }
    }
}

impl Version {
    fn new(number: u64, layer: &Arc<Layer>) -> Self {
        Self {
            number,
            source: Arc::downgrade(layer),
            pyramid: None,
            dress: None,
            tiles: BTreeMap::new(),
            shown: Vec::new(),
            has_failed: false,
        }
    }

    fn has_overview(&self) -> bool {
        self.dress.is_some()
            && self.pyramid.as_ref().is_some_and(|pyramid| {
                let mut roots = pyramid.overview().into_iter();
                roots.all(|key| self.tiles.contains_key(&key))
            })
    }

    fn take(&mut self, key: JobKey, made: Option<Made>, frame: u64) {
        match (key.kind, made) {
            (Kind::Index, Some(Made::Index(pyramid))) => self.pyramid = Some(pyramid),
            (Kind::Dress, Some(Made::Dress(style, dressed))) => {
                self.dress = Some(Dress {
                    style: *style,
                    opacity: -1.0, // Not that of any layer: the look is made in this frame.
                    dressed,
                    look: None,
                });
            }
            (Kind::Tile(key), made) => {
                let (body, bytes) = if let Some(Made::Tile(body, bytes)) = made {
                    (body, bytes)
                } else {
                    log::error!("tile {key:?} could not be made");
                    (TileBody::Nothing, 0)
                };
                let held = Held {
                    body,
                    bytes,
                    used: frame,
                };
                self.tiles.insert(key, held);
            }
            (kind, _) => {
                log::error!("{kind:?} of a large layer could not be made");
                self.has_failed = true;
            }
        }
    }

    fn unindexed(&self) -> Option<Job> {
        Some(Job::Index {
            version: self.number,
            layer: self.source.upgrade()?,
        })
    }

    /// Also where it was dressed for another theme; that one is worn meanwhile.
    fn undressed(&self, style: &MapStyle, gpu: Option<&Arc<Gpu>>) -> Option<Job> {
        if self
            .dress
            .as_ref()
            .is_some_and(|dress| dress.style == *style)
        {
            return None;
        }
        Some(Job::Dress {
            version: self.number,
            layer: self.source.upgrade()?,
            style: Box::new(*style),
            gpu: gpu.cloned(),
        })
    }

    /// Another opacity is another palette, and nothing else.
    fn dress_up(&mut self, gpu: Option<&Gpu>, opacity: f32) {
        let Some(dress) = &mut self.dress else {
            return;
        };
        if dress.opacity.to_bits() == opacity.to_bits() {
            return;
        }
        dress.opacity = opacity;
        if let (Some(gpu), Some(on_card)) = (gpu, &dress.dressed.on_card) {
            let look = gpu.look(on_card, &dress.dressed.classes, opacity);
            dress.look = Some(Arc::new(look));
        }
    }

    fn choose(&mut self, sight: Sight, roots: &[TileKey], frame: u64) {
        self.shown = cover::cover(sight, roots, &|key| self.tiles.contains_key(&key));
        for key in &self.shown {
            if let Some(held) = self.tiles.get_mut(key) {
                held.used = frame;
            }
        }
    }

    /// Logical points; one spacing for all that is hatched.
    fn hatch_spacing(&self) -> f64 {
        let looks = self
            .dress
            .iter()
            .flat_map(|dress| &dress.dressed.classes.looks);
        let mut hatches = looks.filter_map(|look| look.hatch);
        let spacing_pt = hatches
            .next()
            .map_or(1.0, |hatch| f64::from(hatch.spacing_pt));
        spacing_pt * super::paint::SCREEN_SCALE
    }

    fn crowding(&self) -> f64 {
        let pyramid = self.pyramid.as_ref();
        pyramid.map_or(0.0, |pyramid| pyramid.crowding())
    }

    fn shown_bodies(&self) -> impl Iterator<Item = (TileKey, &TileBody)> {
        self.shown
            .iter()
            .filter_map(|key| Some((*key, &self.tiles.get(key)?.body)))
    }
}

/// The level whose pixels are as large as the screen's, and the window.
fn sight(view: &View, pixels_per_point: f32, coarsest: u8) -> Sight {
    let pixels_per_world = view.points_per_unit * f64::from(pixels_per_point);
    let level = (pixels_per_world / TILE_PIXELS).log2().round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a level after the clamp"
    )]
    let level = level.clamp(f64::from(coarsest), f64::from(DEEPEST)) as u8;
    let corner = |x, y| view.to_plane((x, y));
    let low = corner(view.rect.min_x, view.rect.min_y);
    let high = corner(view.rect.max_x, view.rect.max_y);
    Sight {
        level,
        bounds: [low.x, low.y, high.x, high.y],
    }
}

/// What all tiles of a layer share.
#[derive(Clone, Copy, Default)]
struct Pattern {
    /// Physical pixels.
    hatch_spacing: f64,
    crowding: f64,
}

/// Where a tile stands on the screen, in physical pixels.
fn place(key: TileKey, view: &View, pixels_per_point: f64, pattern: Pattern) -> Place {
    let at = |world: World| {
        let (x, y) = view.to_device(PlanePoint {
            x: world.x,
            y: world.y,
        });
        (x * pixels_per_point, y * pixels_per_point)
    };
    let (near, far) = (key.corner(), key.far_corner());
    let ((west, north), (east, south)) = (at(near), at(far));
    let pixels_per_world = view.points_per_unit * pixels_per_point;
    let turned = (near.x + near.y) * pixels_per_world * std::f64::consts::FRAC_1_SQRT_2;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "some thousand pixels, to a thousandth"
    )]
    let [
        west,
        north,
        east,
        south,
        per_tile_pixel,
        hatch_start,
        per_world,
        crowding,
    ] = [
        west,
        north,
        east,
        south,
        key.size() * pixels_per_world / TILE_PIXELS,
        turned.rem_euclid(pattern.hatch_spacing.max(1.0)),
        pixels_per_world,
        pattern.crowding,
    ]
    .map(|value| value as f32);
    Place {
        corners: [west, north, east, south],
        per_tile_pixel,
        hatch_start,
        per_world,
        crowding,
    }
}
