//! Redline Atlas: the library behind the window and the console. See the code map below (being written).
#[cfg(feature = "gui")]
pub mod app;
pub mod crs;
pub mod jobs;
pub mod model;
pub mod scene;
