//! Counts what is allocated, and refuses what no input of its size justifies.
//!
//! A refused allocation ends the process, which the fuzzer reports with the input. Must not know what is read.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A reader may hold so many times its input…
const PER_BYTE: usize = 20;

/// …beside what does not grow with it. The corpus needs 0.6 MB more than twenty times its inputs; ten thousand
/// copies of a block in a drawing, which are allowed to any, come to 5 MB.
pub(crate) const BASE: usize = 8 << 20;

/// The same for archives: 16 MiB may be unpacked from the smallest, into a buffer that grows by doubling.
pub(crate) const UNPACKED: usize = 64 << 20;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

// SAFETY: every call is passed on to the system's allocator; a null pointer is how an allocator refuses.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        if live > LIMIT.load(Relaxed) {
            LIVE.fetch_sub(layout.size(), Relaxed);
            return std::ptr::null_mut();
        }
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller's promises are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let live = LIVE.fetch_add(size, Relaxed) + size - layout.size();
        if size > layout.size() && live > LIMIT.load(Relaxed) {
            LIVE.fetch_sub(size, Relaxed);
            return std::ptr::null_mut();
        }
        LIVE.fetch_sub(layout.size(), Relaxed);
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// No limit any more: a panic has to be told about.
pub(crate) fn unlimited() {
    LIMIT.store(usize::MAX, Relaxed);
}

/// Do it with at most the memory that an input of `bytes` bytes may take beside `base`.
pub(crate) fn within<T>(base: usize, bytes: usize, work: impl FnOnce() -> T) -> T {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    LIMIT.store(before + base + PER_BYTE * bytes, Relaxed);
    let done = work();
    LIMIT.store(usize::MAX, Relaxed);
    report(PEAK.load(Relaxed).saturating_sub(before), bytes);
    done
}

/// With `FUZZ_PEAK` set: each new record of memory beyond [`PER_BYTE`] times the input, to choose [`BASE`] by.
fn report(peak: usize, bytes: usize) {
    static RECORD: AtomicUsize = AtomicUsize::new(0);
    let beyond = peak.saturating_sub(PER_BYTE * bytes);
    if beyond > RECORD.fetch_max(beyond, Relaxed) && std::env::var_os("FUZZ_PEAK").is_some() {
        eprintln!("{peak} bytes of memory for {bytes} bytes of input");
    }
}
