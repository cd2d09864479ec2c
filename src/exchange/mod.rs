//! Files in and out of a workspace: one way for console and window.
//!
//! Deliberately absent: file formats (`formats` reads and writes), dialogs, words on the screen.

mod export;
mod import;

pub use export::{Export, ExportError, write_layer};
pub use import::{Imported, import, read_options};
