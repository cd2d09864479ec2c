//! The window, driven by accessible labels and seen by a software adapter.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]

mod desk;
mod dialogs;
mod map_view;
mod panels;
mod pictures;
mod workspace;
