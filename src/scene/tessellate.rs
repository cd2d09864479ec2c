//! Closed paths to triangles, for painters that cannot fill a concave ring or a hole.
//!
//! Coordinates are `f32` relative to a local `origin` (plane units): a world-wide plane does not fit in
//! `f32`, a district does to the millimetre.

use super::{Path, PlanePoint};

/// Triangles in the plane, relative to `origin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    pub origin: PlanePoint,
    pub positions: Vec<[f32; 2]>,
    /// Three to a triangle.
    pub indices: Vec<u32>,
}

/// The inside of a closed path by the even-odd rule. `None`: not closed, not finite or too large to fill;
/// its outline is still drawn.
pub fn fill(path: &Path) -> Option<Mesh> {
    let _ = path;
    None
}

/// Everything between a closed path and the rectangle `outer` `[min x, min y, max x, max y]` around it.
pub fn mask(path: &Path, outer: [f64; 4]) -> Option<Mesh> {
    let _ = (path, outer);
    None
}
