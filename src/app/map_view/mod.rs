//! The map.
mod basemap;
pub use basemap::{BasemapSettings, BasemapSource, BasemapState, TIANDITU_KEY_HINT};
