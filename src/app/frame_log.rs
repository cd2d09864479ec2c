//! What each frame cost, for whoever wants to measure the window: one line a frame, in milliseconds.
//!
//! Processor time of the window's own thread where the system tells it (Linux), so that other programs on a
//! busy machine do not count. Knows nothing of what is drawn.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Columns: what the frame took by the clock as eframe says, what our own code took of the processor, and
/// what the whole frame took of it, drawing included.
const HEADER: &str = "clock_ms,app_cpu_ms,frame_cpu_ms";

pub(super) struct FrameLog {
    file: BufWriter<File>,
    /// Milliseconds when this frame began and when the one before did.
    began: Option<f64>,
    before: Option<f64>,
}

impl FrameLog {
    pub(super) fn create(path: &Path) -> std::io::Result<Self> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "{HEADER}")?;
        Ok(Self {
            file,
            began: None,
            before: None,
        })
    }

    pub(super) fn begin(&mut self) {
        self.before = self.began;
        self.began = thread_ms();
    }

    pub(super) fn end(&mut self, frame: &eframe::Frame) {
        let clock = frame
            .info()
            .cpu_usage
            .map(|seconds| f64::from(seconds) * 1000.0);
        let since = |from: Option<f64>, to: Option<f64>| Some(to? - from?);
        let app = since(self.began, thread_ms());
        let whole = since(self.before, self.began);
        let text = |value: Option<f64>| value.map_or(String::new(), |ms| format!("{ms:.3}"));
        let line = writeln!(self.file, "{},{},{}", text(clock), text(app), text(whole));
        // Flushed at once: a script ends the window without asking.
        if let Err(err) = line.and_then(|()| self.file.flush()) {
            log::warn!("frame log: {err}");
        }
    }
}

/// Processor time of this thread so far.
fn thread_ms() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e6)
}
