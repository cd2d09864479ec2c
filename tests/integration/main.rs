//! Everything but the window, through public doors: one binary, linked once.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail loudly")]

mod tidy;
