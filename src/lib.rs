//! Redline Atlas: the library behind the window and the console. See the code map below (being written).
#[cfg(feature = "gui")]
pub mod app;
pub mod crs;
pub mod document;
pub mod jobs;
pub mod model;
pub mod plan;
pub mod scene;
pub mod store;
