//! Writes `data/demo/redline_4523.geojson` again: `cargo run --example demo_redline`.
//!
//! The outlines are made up; see `red_line_shapes.rs` for how and `data/SOURCES.md` for why.

mod red_line_shapes;

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo/redline_4523.geojson");
    fs::write(&target, red_line_shapes::geojson()?)?;
    Ok(())
}
