//! The window, driven by accessible labels and seen by a software adapter.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]

mod map_view;
