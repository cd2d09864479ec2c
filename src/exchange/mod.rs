//! Files in and out of a workspace: one way for console and window.
//!
//! Deliberately absent: file formats (`formats` reads and writes), dialogs, words on the screen.

mod again;
mod export;
mod import;
mod quarantine;
mod remember;

pub use crate::document::Imported;
pub use crate::store::Destination;
pub use again::{Again, Retried, Still, aside, retry, retry_now};
pub use export::{Export, ExportError, write_layer};
pub use import::{import, read_options, store};
pub use quarantine::{QuarantineWritten, write_quarantine};
pub use remember::{Memory, Reading, memory, read_file, remember};
