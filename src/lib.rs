//! Redline Atlas: the library behind the window and the console. See the code map below (being written).
pub mod crs;
pub mod jobs;
pub mod model;
pub mod scene;
pub mod sheet;
