//! The window, driven by accessible labels and seen by a software adapter.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]
#![expect(
    clippy::print_stdout,
    reason = "a picture test says plainly that it did not run for want of an adapter"
)]

mod desk;
mod dialogs;
mod import;
mod large_layers;
mod map_view;
mod panels;
mod pictures;
mod workspace;
