//! The window: panels read the document, commands change it.
//!
//! Deliberately absent: SQL, file formats, map symbology.

pub mod command;
pub mod fonts;
pub mod map_view;
pub mod theme;

pub use command::{Command, Selection};
