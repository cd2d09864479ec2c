//! Work that must not block the map, with progress and a way to stop it.
//!
//! Deliberately absent: what the work is, egui, any thread pool. A panicking job is an error message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

/// What a running job reports, and how it learns that nobody wants it any more.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    permille: AtomicU32,
    cancelled: AtomicBool,
}

/// Somebody pressed "Cancel".
#[derive(Debug, thiserror::Error)]
#[error("已取消")]
pub struct Cancelled;

impl Progress {
    /// Report `done` of `total`; `Err` means stop now. Meant to be called with `?` in the loop.
    pub fn step(&self, done: usize, total: usize) -> Result<(), Cancelled> {
        let permille = done.saturating_mul(1000) / total.max(1);
        self.0
            .permille
            .store(u32::try_from(permille).unwrap_or(1000), Ordering::Relaxed);
        if self.0.cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        Ok(())
    }

    /// Ask the job to stop at its next [`Self::step`].
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f32 {
        self.0.permille.load(Ordering::Relaxed) as f32 / 1000.0
    }
}

/// The jobs under way; `T` is the app's own enum of outcomes, so that nothing is downcast.
#[derive(Debug)]
pub struct Jobs<T> {
    running: Vec<Job<T>>,
}

/// One job, as the status bar shows it.
#[derive(Debug)]
pub struct Job<T> {
    /// What is being done, for the user.
    pub title: String,
    /// How far it is.
    pub progress: Progress,
    outcome: Receiver<anyhow::Result<T>>,
}

impl<T> Default for Jobs<T> {
    fn default() -> Self {
        Self {
            running: Vec::new(),
        }
    }
}

impl<T: Send + 'static> Jobs<T> {
    /// Run `work` on a thread of its own; `wake` is called once when it is over.
    pub fn spawn(
        &mut self,
        title: impl Into<String>,
        wake: impl FnOnce() + Send + 'static,
        work: impl FnOnce(&Progress) -> anyhow::Result<T> + Send + 'static,
    ) -> std::io::Result<()> {
        let title = title.into();
        let progress = Progress::default();
        let (tx, outcome) = sync_channel(1);
        std::thread::Builder::new().name(title.clone()).spawn({
            let progress = progress.clone();
            move || {
                // The receiver is gone only when the app is closing: nobody is left to tell.
                tx.send(work(&progress)).ok();
                wake();
            }
        })?;
        self.running.push(Job {
            title,
            progress,
            outcome,
        });
        Ok(())
    }

    /// The jobs that ended since the last call. Call it once a frame.
    pub fn finished(&mut self) -> Vec<anyhow::Result<T>> {
        let mut finished = Vec::new();
        self.running.retain(|job| match job.outcome.try_recv() {
            Ok(outcome) => {
                finished.push(outcome.map_err(|err| err.context(job.title.clone())));
                false
            }
            Err(TryRecvError::Empty) => true,
            // The thread died without an answer: a bug, but not one to take the map down with.
            Err(TryRecvError::Disconnected) => {
                finished.push(Err(anyhow::format_err!(
                    "{}：程序内部出错，任务已停止，工作区未改动",
                    job.title
                )));
                false
            }
        });
        finished
    }

    /// What is still under way.
    pub fn running(&self) -> &[Job<T>] {
        &self.running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T: Send + 'static>(jobs: &mut Jobs<T>) -> Vec<anyhow::Result<T>> {
        loop {
            let finished = jobs.finished();
            if !finished.is_empty() {
                return finished;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_cancelled_job_says_so_and_is_gone() {
        let mut jobs = Jobs::default();
        jobs.spawn(
            "Count forever",
            || (),
            |progress| {
                loop {
                    progress.step(1, 2)?;
                }
                #[expect(unreachable_code, reason = "gives the closure its type")]
                Ok(())
            },
        )
        .unwrap();
        jobs.running()[0].progress.cancel();

        let finished = wait(&mut jobs);
        assert!(finished[0].as_ref().unwrap_err().is::<Cancelled>());
        assert!(jobs.running().is_empty());
    }

    #[test]
    fn a_panicking_job_is_an_error_not_a_crash() {
        let mut jobs: Jobs<()> = Jobs::default();
        jobs.spawn("Fall over", || (), |_| panic!("on purpose"))
            .unwrap();
        assert_eq!(
            wait(&mut jobs)[0].as_ref().unwrap_err().to_string(),
            "Fall over：程序内部出错，任务已停止，工作区未改动"
        );
    }
}
