//! Two threads that make tiles, always the most wanted one next.
//!
//! What is wanted is said anew in each frame and replaces what was wanted before: a request that nobody
//! repeats is dropped. Knows no card and no map.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// One thread makes the tile that is looked at while the other indexes a layer; more would take the cores
/// from the window and from reading files.
const THREADS: usize = 2;

/// Nobody takes what was made while the window is minimised: then the threads wait.
const MOST_MADE: usize = 64;

/// Something to be made.
pub(super) trait Work: Send + 'static {
    type Key: Copy + PartialEq + Send + 'static;
    type Product: Send + 'static;

    fn key(&self) -> Self::Key;
    fn make(self) -> Self::Product;
}

/// What came of it; `None`: making it failed, and would again.
pub(super) type Made<W> = (<W as Work>::Key, Option<<W as Work>::Product>);

pub(super) struct Pool<W: Work> {
    shared: Arc<Shared<W>>,
    made: Receiver<Made<W>>,
    sender: SyncSender<Made<W>>,
    wake: Arc<dyn Fn() + Send + Sync>,
    threads: usize,
}

struct Shared<W: Work> {
    queue: Mutex<Queue<W>>,
    changed: Condvar,
}

struct Queue<W: Work> {
    /// The most wanted last.
    wanted: Vec<W>,
    running: Vec<W::Key>,
    closed: bool,
}

impl<W: Work> Pool<W> {
    /// `wake` is called whenever something has been made.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, made) = sync_channel(MOST_MADE);
        Self {
            shared: Arc::new(Shared {
                queue: Mutex::new(Queue {
                    wanted: Vec::new(),
                    running: Vec::new(),
                    closed: false,
                }),
                changed: Condvar::new(),
            }),
            made,
            sender,
            wake: Arc::new(wake),
            threads: 0,
        }
    }

    /// From now on this is wanted, the most wanted first, and nothing else.
    pub(super) fn want(&mut self, mut wanted: Vec<W>) {
        if !wanted.is_empty() {
            self.start_threads();
        }
        let mut queue = self.shared.lock();
        wanted.retain(|work| !queue.running.contains(&work.key()));
        wanted.reverse();
        queue.wanted = wanted;
        drop(queue);
        self.shared.changed.notify_all();
    }

    /// What was made since the last call.
    pub(super) fn made(&self) -> impl Iterator<Item = Made<W>> + '_ {
        self.made.try_iter()
    }

    /// Only a window that shows a large layer has the threads.
    fn start_threads(&mut self) {
        while self.threads < THREADS {
            self.threads += 1;
            let (shared, sender) = (Arc::clone(&self.shared), self.sender.clone());
            let wake = Arc::clone(&self.wake);
            let started = std::thread::Builder::new()
                .name(format!("tiles {}", self.threads))
                .spawn(move || shared.run(&sender, wake.as_ref()));
            if let Err(err) = started {
                log::error!("no thread for tiles: {err}");
            }
        }
    }
}

impl<W: Work> Drop for Pool<W> {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl<W: Work> Shared<W> {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue<W>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, sender: &SyncSender<Made<W>>, wake: &(dyn Fn() + Send + Sync)) {
        while let Some(work) = self.next() {
            let key = work.key();
            let product = catch_unwind(AssertUnwindSafe(|| work.make())).ok();
            // Sent before it stops running, so that nobody finds it neither running nor made.
            let sent = sender.send((key, product));
            self.lock().running.retain(|running| *running != key);
            if sent.is_err() {
                return; // The window is gone.
            }
            wake();
        }
    }

    fn next(&self) -> Option<W> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(work) = queue.wanted.pop() {
                queue.running.push(work.key());
                return Some(work);
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number(u32);

    impl Work for Number {
        type Key = u32;
        type Product = u32;

        fn key(&self) -> u32 {
            self.0
        }

        fn make(self) -> u32 {
            assert_ne!(self.0, 13, "on purpose");
            self.0 * 2
        }
    }

    fn wait(pool: &Pool<Number>, count: usize) -> Vec<(u32, Option<u32>)> {
        let mut made = Vec::new();
        while made.len() < count {
            made.extend(pool.made());
            std::thread::yield_now();
        }
        made.sort_unstable();
        made
    }

    #[test]
    fn everything_wanted_is_made_and_what_panics_is_said() {
        let mut pool = Pool::new(|| ());
        pool.want([1, 13, 2].map(Number).into());
        assert_eq!(wait(&pool, 3), [(1, Some(2)), (2, Some(4)), (13, None)],);
        // The threads live on.
        pool.want(vec![Number(5)]);
        assert_eq!(wait(&pool, 1), [(5, Some(10))]);
    }
}
