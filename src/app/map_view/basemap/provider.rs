//! The tiles of one set for the map: memory, worker threads, when to try again.
//!
//! The window's thread only looks things up here; disk, network and decoding are the workers'.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use egui::{Context, Rect, Vec2, pos2};
use walkers::{Tile, TileId, TilePiece};

use super::fetch::{FetchError, Fetcher, Origin};
use super::tile_set::{TileKey, TileSet};

/// OpenStreetMap's policy allows two connections.
const WORKERS: usize = 2;

/// A full screen of tiles twice over; 256 KB each.
const TILES_IN_MEMORY: usize = 256;

/// What waits to be fetched: a screen of tiles. When the map moves on, the oldest wishes are dropped.
const MAX_WAITING: usize = 96;

/// How long to wait after a failure: doubled each time, from `first` up to `longest`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    pub(super) first: Duration,
    pub(super) longest: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(2),
            longest: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    fn delay(self, failures: u32) -> Duration {
        self.first
            .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)))
            .min(self.longest)
    }
}

/// The tiles of one set.
pub(super) struct Provider {
    ctx: Context,
    set: TileSet,
    retry: RetryPolicy,
    queue: Arc<Queue>,
    results: Receiver<Delivery>,
    memory: BTreeMap<TileKey, Held>,
    /// Asked for and not yet answered.
    pending: BTreeSet<TileKey>,
    /// Counts the look-ups, to know which tile was not wanted for longest.
    clock: u64,
    failures: u32,
    retry_at: Option<Instant>,
    /// Why the last request failed, until one succeeds.
    trouble: Option<FetchError>,
    threads: usize,
}

struct Held {
    /// `None`: the server has no such tile.
    tile: Option<Tile>,
    last_used: u64,
}

struct Delivery {
    key: TileKey,
    tile: Result<(Tile, Origin), FetchError>,
    /// A stale tile came from disk because of this.
    trouble: Option<FetchError>,
}

impl Provider {
    pub(super) fn new(ctx: &Context, fetcher: Fetcher, set: TileSet, retry: RetryPolicy) -> Self {
        let queue = Arc::new(Queue::default());
        let (sender, results) = sync_channel(MAX_WAITING);
        let fetcher = Arc::new(fetcher);
        let mut threads = 0;
        for number in 1..=WORKERS {
            let worker = Worker {
                ctx: ctx.clone(),
                queue: queue.clone(),
                fetcher: fetcher.clone(),
                sender: sender.clone(),
            };
            let spawned = std::thread::Builder::new()
                .name(format!("tiles {} {number}", set.name))
                .spawn(move || worker.run());
            match spawned {
                Ok(_) => threads += 1,
                Err(err) => log::warn!("no thread for tiles: {err}"),
            }
        }
        Self {
            ctx: ctx.clone(),
            set,
            retry,
            queue,
            results,
            memory: BTreeMap::new(),
            pending: BTreeSet::new(),
            clock: 0,
            failures: 0,
            retry_at: None,
            trouble: None,
            threads,
        }
    }

    pub(super) fn trouble(&self) -> Option<&FetchError> {
        self.trouble.as_ref()
    }

    pub(super) fn is_loading(&self) -> bool {
        !self.pending.is_empty()
    }

    pub(super) const fn set(&self) -> &TileSet {
        &self.set
    }

    /// Take in what the workers have brought. Called once a frame, before the map asks.
    pub(super) fn receive(&mut self) {
        while let Ok(delivery) = self.results.try_recv() {
            self.accept(delivery);
        }
        // A wish that was pushed out of the queue may be wished again.
        for dropped in self.queue.take_dropped() {
            self.pending.remove(&dropped);
        }
        self.forget_the_unused();
    }

    fn accept(&mut self, delivery: Delivery) {
        let Delivery { key, tile, trouble } = delivery;
        self.pending.remove(&key);
        let mut trouble = trouble;
        match tile {
            Ok((tile, origin)) => {
                self.hold(key, Some(tile));
                if origin == Origin::Network {
                    self.succeeded();
                }
            }
            Err(FetchError::NotFound) => {
                self.hold(key, None);
                self.succeeded();
            }
            Err(err) => trouble = Some(err),
        }
        if let Some(err) = trouble {
            self.failed(err);
        }
    }

    fn hold(&mut self, key: TileKey, tile: Option<Tile>) {
        let last_used = self.clock;
        self.memory.insert(key, Held { tile, last_used });
    }

    fn succeeded(&mut self) {
        self.failures = 0;
        self.retry_at = None;
        self.trouble = None;
    }

    fn failed(&mut self, err: FetchError) {
        let now = Instant::now();
        // A dozen requests that were under way when the network went are one failure, not twelve.
        if self.retry_at.is_none_or(|at| at <= now) {
            self.failures = self.failures.saturating_add(1);
            let delay = match err {
                // A quota or a wrong key does not heal in seconds.
                FetchError::QuotaExceeded | FetchError::Refused(_) => self.retry.longest,
                _ => self.retry.delay(self.failures),
            };
            self.retry_at = Some(now + delay);
            log::info!("base map {}: {err}; next try in {delay:?}", self.set.name);
        }
        self.trouble = Some(err);
        // What still waits would fail the same way, one time limit after the other.
        for key in self.queue.clear() {
            self.pending.remove(&key);
        }
    }

    fn forget_the_unused(&mut self) {
        while self.memory.len() > TILES_IN_MEMORY {
            let Some(oldest) = self
                .memory
                .iter()
                .min_by_key(|(_, held)| held.last_used)
                .map(|(key, _)| *key)
            else {
                return;
            };
            self.memory.remove(&oldest);
        }
    }

    fn want(&mut self, key: TileKey) {
        if self.threads == 0 || self.pending.contains(&key) {
            return;
        }
        if let Some(at) = self.retry_at {
            let now = Instant::now();
            if now < at {
                self.ctx.request_repaint_after(at - now);
                return;
            }
        }
        self.pending.insert(key);
        self.queue.push(key);
    }
}

impl walkers::Tiles for Provider {
    fn at(&mut self, tile_id: TileId) -> Option<TilePiece> {
        self.clock += 1;
        let wanted = TileKey {
            zoom: tile_id.zoom,
            x: tile_id.x,
            y: tile_id.y,
        };
        let over_zoom = wanted.zoom.saturating_sub(self.set.max_zoom);
        let target = wanted.ancestor(over_zoom);
        if !self.memory.contains_key(&target) {
            self.want(target);
        }
        // The tile itself, or the nearest one above that is there: a blurred map beats a hole.
        (over_zoom..=wanted.zoom).find_map(|levels| {
            let held = self.memory.get_mut(&wanted.ancestor(levels))?;
            held.last_used = self.clock;
            let tile = held.tile.clone()?;
            Some(TilePiece::new(tile, part_of_ancestor(wanted, levels)))
        })
    }

    fn attribution(&self) -> walkers::sources::Attribution {
        walkers::sources::Attribution {
            text: self.set.attribution,
            url: self.set.attribution_url,
            logo_light: None,
            logo_dark: None,
        }
    }

    fn tile_size(&self) -> u32 {
        256
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // Not joined: a worker may be waiting for the network, the window must not.
        self.queue.close();
    }
}

/// Where a tile lies in the picture of its ancestor `levels` above.
fn part_of_ancestor(tile: TileKey, levels: u8) -> Rect {
    let count = f64::from(levels).exp2();
    let within = |number: u32| {
        let first = (number >> levels) << levels;
        f64::from(number - first) / count
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "texture coordinates between 0 and 1"
    )]
    let (u, v, size) = (
        within(tile.x) as f32,
        within(tile.y) as f32,
        (1.0 / count) as f32,
    );
    Rect::from_min_size(pos2(u, v), Vec2::splat(size))
}

/// What waits to be fetched, newest first: the user looks at what was asked for last.
#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<TileKey>,
    /// Pushed out by newer wishes and not yet told.
    dropped: Vec<TileKey>,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, key: TileKey) {
        let mut state = self.lock();
        state.waiting.push_back(key);
        if state.waiting.len() > MAX_WAITING
            && let Some(oldest) = state.waiting.pop_front()
        {
            state.dropped.push(oldest);
        }
        self.changed.notify_one();
    }

    fn clear(&self) -> VecDeque<TileKey> {
        std::mem::take(&mut self.lock().waiting)
    }

    fn take_dropped(&self) -> Vec<TileKey> {
        std::mem::take(&mut self.lock().dropped)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for work; `None` when there will be no more.
    fn next(&self) -> Option<TileKey> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(key) = state.waiting.pop_back() {
                return Some(key);
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

struct Worker {
    ctx: Context,
    queue: Arc<Queue>,
    fetcher: Arc<Fetcher>,
    sender: SyncSender<Delivery>,
}

impl Worker {
    fn run(self) {
        while let Some(key) = self.queue.next() {
            let delivery = self.deliver(key);
            if self.sender.send(delivery).is_err() {
                // The provider is gone: nobody wants tiles any more.
                return;
            }
            self.ctx.request_repaint();
        }
    }

    fn deliver(&self, key: TileKey) -> Delivery {
        let fetched = match self.fetcher.fetch(key) {
            Ok(fetched) => fetched,
            Err(err) => {
                return Delivery {
                    key,
                    tile: Err(err),
                    trouble: None,
                };
            }
        };
        let tile = self.decode(&fetched.bytes, key);
        if tile.is_none() {
            self.fetcher.forget(key);
        }
        Delivery {
            key,
            tile: tile
                .map(|tile| (tile, fetched.origin))
                .ok_or(FetchError::NotAPicture),
            trouble: fetched.trouble,
        }
    }

    /// Decoders meet bytes from the network: whatever these do to them, the worker lives on.
    fn decode(&self, bytes: &[u8], key: TileKey) -> Option<Tile> {
        catch_unwind(AssertUnwindSafe(|| {
            Tile::new(bytes, &walkers::Style, key.zoom, 256, &self.ctx).ok()
        }))
        .ok()
        .flatten()
    }
}
