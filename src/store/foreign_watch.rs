//! Watches over a query on a file that nobody vouches for: stops it when the user cancels, or when no row
//! has come for too long.
//!
//! Must not know what is queried.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::jobs::Progress;

/// How long a query may take to its next row. A sound one of the largest file takes a fraction.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often is looked.
const TICK: Duration = Duration::from_millis(20);

/// One reading, seen from both threads.
pub(super) struct Watch {
    progress: Progress,
    patience: Duration,
    /// Signs of life.
    beats: AtomicUsize,
    rows: AtomicUsize,
    expected: AtomicUsize,
    cancelled: AtomicBool,
}

impl Watch {
    pub(super) fn new(progress: &Progress) -> Self {
        Self {
            progress: progress.clone(),
            patience: PATIENCE,
            beats: AtomicUsize::new(0),
            rows: AtomicUsize::new(0),
            expected: AtomicUsize::new(0),
            cancelled: AtomicBool::new(false),
        }
    }

    #[cfg(test)]
    pub(super) fn impatient(progress: &Progress) -> Self {
        Self {
            patience: Duration::from_millis(200),
            ..Self::new(progress)
        }
    }

    /// How many rows will come, where that is known.
    pub(super) fn expect(&self, rows: Option<usize>) {
        self.expected
            .store(rows.unwrap_or_default(), Ordering::Relaxed);
    }

    /// Something is going on.
    pub(super) fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// A row has been read. `false`: stop now.
    pub(super) fn row(&self) -> bool {
        self.beat();
        self.rows.fetch_add(1, Ordering::Relaxed);
        !self.is_cancelled()
    }

    pub(super) fn is_cancelled(&self) -> bool {
        let rows = self.rows.load(Ordering::Relaxed);
        let expected = self.expected.load(Ordering::Relaxed).max(rows);
        // Reading is the first half of the work.
        if self
            .progress
            .step(rows, expected.saturating_mul(2))
            .is_err()
        {
            self.cancelled.store(true, Ordering::Relaxed);
        }
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Do `work`, all of whose queries on `connection` are watched.
    pub(super) fn over<T>(&self, connection: &Connection, work: impl FnOnce() -> T) -> T {
        let interrupt = connection.get_interrupt_handle();
        let (over, ended) = sync_channel::<()>(1);
        thread::scope(|scope| {
            let watcher = thread::Builder::new().spawn_scoped(scope, move || {
                let mut beats = self.beats.load(Ordering::Relaxed);
                let mut since = Instant::now();
                while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    let now = self.beats.load(Ordering::Relaxed);
                    if now != beats {
                        beats = now;
                        since = Instant::now();
                    }
                    if self.is_cancelled() || since.elapsed() > self.patience {
                        interrupt.interrupt();
                    }
                }
            });
            if let Err(err) = watcher {
                log::warn!("nobody watches over the query: {err}");
            }
            let done = work();
            drop(over);
            done
        })
    }
}
