//! Closed paths to triangles, for painters that cannot fill a concave ring or a hole.
//!
//! Coordinates are `f32` relative to a local `origin` (plane units): a world-wide plane does not fit in
//! `f32`, a district does to the millimetre. Make a mesh once and keep it: this is not for every frame.

use geo::{Area, Coord, LineString, Polygon, TriangulateEarcut};

use super::{Path, PlanePoint};

/// Ear cutting is quadratic at worst; beyond this a fill is not worth the wait.
const MOST_VERTICES: usize = 40_000;
/// Finding out which ring is a hole of which is quadratic in rings.
const MOST_RINGS: usize = 2_000;
/// Triangles that miss the area by more than this come from rings that cross themselves.
const AREA_TOLERANCE: f64 = 0.01;

/// Triangles in the plane, relative to `origin`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mesh {
    pub origin: PlanePoint,
    pub positions: Vec<[f32; 2]>,
    /// Three to a triangle.
    pub indices: Vec<u32>,
}

/// The inside of a closed path by the even-odd rule. `None`: not closed, not finite, crossing itself or too
/// large to fill; its outline is still drawn.
pub fn fill(path: &Path) -> Option<Mesh> {
    mesh(path, None)
}

/// Everything between a closed path and the rectangle `outer` `[min x, min y, max x, max y]` around it.
/// Where `outer` does not hold the path, it is grown to do so.
pub fn mask(path: &Path, outer: [f64; 4]) -> Option<Mesh> {
    mesh(path, Some(outer))
}

fn mesh(path: &Path, outer: Option<[f64; 4]>) -> Option<Mesh> {
    let vertices: usize = path.parts.iter().map(Vec::len).sum();
    let finite = path.bounds.iter().all(|bound| bound.is_finite());
    if !path.closed || !finite || vertices > MOST_VERTICES || path.parts.len() > MOST_RINGS {
        return None;
    }
    let [min_x, min_y, max_x, max_y] = path.bounds;
    let origin = PlanePoint {
        x: f64::midpoint(min_x, max_x),
        y: f64::midpoint(min_y, max_y),
    };
    let mut rings: Vec<LineString<f64>> = path
        .parts
        .iter()
        .map(|part| local_ring(part, origin))
        .collect();
    if let Some([left, bottom, right, top]) = outer {
        // A hair beyond the path, so that no two rings touch.
        let air = (max_x - min_x).max(max_y - min_y) * 1e-3;
        let (left, right) = (left.min(min_x - air), right.max(max_x + air));
        let (bottom, top) = (bottom.min(min_y - air), top.max(max_y + air));
        let corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
            .map(|(x, y)| PlanePoint { x, y });
        rings.push(local_ring(&corners, origin));
    }
    let mut mesh = Mesh {
        origin,
        positions: Vec::with_capacity(vertices),
        indices: Vec::new(),
    };
    for polygon in polygons(rings) {
        append(&mut mesh, &polygon)?;
    }
    Some(mesh)
}

fn local_ring(part: &[PlanePoint], origin: PlanePoint) -> LineString<f64> {
    let mut ring: LineString<f64> = part
        .iter()
        .map(|at| Coord {
            x: at.x - origin.x,
            y: at.y - origin.y,
        })
        .collect();
    ring.close();
    ring
}

/// Even-odd rings as polygons: a ring inside an even number of others is a shell, else a hole of the
/// smallest shell around it.
fn polygons(rings: Vec<LineString<f64>>) -> Vec<Polygon<f64>> {
    let sizes: Vec<f64> = rings.iter().map(|ring| ring_area(ring).abs()).collect();
    let around: Vec<Vec<usize>> = rings
        .iter()
        .enumerate()
        .map(|(index, ring)| {
            let Some(probe) = ring.0.first() else {
                return Vec::new();
            };
            rings
                .iter()
                .enumerate()
                .filter(|(other, outer)| *other != index && holds(outer, *probe))
                .map(|(other, _)| other)
                .collect()
        })
        .collect();
    let is_shell = |index: &usize| around.get(*index).is_some_and(|outer| outer.len() % 2 == 0);
    let size = |index: usize| sizes.get(index).copied().unwrap_or_default();
    let mut holes: Vec<Vec<LineString<f64>>> = vec![Vec::new(); rings.len()];
    for (index, outers) in around.iter().enumerate() {
        if is_shell(&index) {
            continue;
        }
        let shell = outers
            .iter()
            .copied()
            .filter(is_shell)
            .min_by(|a, b| size(*a).total_cmp(&size(*b)));
        if let (Some(shell), Some(ring)) = (shell, rings.get(index))
            && let Some(list) = holes.get_mut(shell)
        {
            list.push(ring.clone());
        }
    }
    rings
        .into_iter()
        .zip(holes)
        .enumerate()
        .filter(|(index, _)| is_shell(index))
        .map(|(_, (shell, holes))| Polygon::new(shell, holes))
        .collect()
}

fn ring_area(ring: &LineString<f64>) -> f64 {
    ring.lines()
        .map(|edge| edge.start.x * edge.end.y - edge.end.x * edge.start.y)
        .sum::<f64>()
        / 2.0
}

/// The point is inside the ring (crossings of a ray to the right).
fn holds(ring: &LineString<f64>, at: Coord<f64>) -> bool {
    ring.lines()
        .filter(|edge| {
            (edge.start.y > at.y) != (edge.end.y > at.y)
                && at.x
                    < edge.start.x
                        + (at.y - edge.start.y) / (edge.end.y - edge.start.y)
                            * (edge.end.x - edge.start.x)
        })
        .count()
        % 2
        == 1
}

fn append(mesh: &mut Mesh, polygon: &Polygon<f64>) -> Option<()> {
    let raw = polygon.earcut_triangles_raw();
    let corner = |index: &usize| raw.vertices.get(*index).copied();
    let mut area = 0.0;
    for triangle in raw.triangle_indices.chunks_exact(3) {
        let [a, b, c] = triangle else {
            continue;
        };
        let ([ax, ay], [bx, by], [cx, cy]) = (corner(a)?, corner(b)?, corner(c)?);
        area += ((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)).abs() / 2.0;
    }
    let expected = polygon.unsigned_area();
    if (area - expected).abs() > expected * AREA_TOLERANCE {
        return None;
    }
    let base = u32::try_from(mesh.positions.len()).ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "local coordinates: f32 is the device's precision"
    )]
    mesh.positions
        .extend(raw.vertices.iter().map(|[x, y]| [*x as f32, *y as f32]));
    for index in raw.triangle_indices {
        mesh.indices.push(base + u32::try_from(index).ok()?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::paths;

    fn square(min: f64, max: f64) -> Vec<PlanePoint> {
        [(min, min), (max, min), (max, max), (min, max)]
            .map(|(x, y)| PlanePoint { x, y })
            .to_vec()
    }

    fn area(mesh: &Mesh) -> f64 {
        mesh.indices
            .chunks(3)
            .map(|triangle| {
                let [a, b, c] = [0, 1, 2].map(|k| mesh.positions[triangle[k] as usize]);
                f64::from((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])).abs() / 2.0
            })
            .sum()
    }

    #[test]
    fn holes_islands_and_parts_fill_by_the_even_odd_rule() {
        let path = paths::path(
            vec![
                square(0.0, 10.0),
                square(2.0, 8.0),
                square(4.0, 6.0),
                square(20.0, 21.0),
            ],
            true,
        )
        .unwrap();
        let mesh = fill(&path).unwrap();
        assert!((area(&mesh) - (100.0 - 36.0 + 4.0 + 1.0)).abs() < 1e-3);
    }

    #[test]
    fn the_mask_is_all_but_the_district() {
        let path = paths::path(vec![square(0.0, 10.0), square(4.0, 6.0)], true).unwrap();
        let mesh = mask(&path, [-10.0, -10.0, 20.0, 20.0]).unwrap();
        assert!((area(&mesh) - (900.0 - 100.0 + 4.0)).abs() < 1e-2);
    }

    #[test]
    fn eight_digit_coordinates_keep_their_millimetres() {
        let corner = 35_384_840.982;
        let path = paths::path(vec![square(corner, corner + 3.25)], true).unwrap();
        let mesh = fill(&path).unwrap();
        assert!((area(&mesh) - 3.25 * 3.25).abs() < 1e-3);
    }

    #[test]
    fn a_bow_tie_and_an_open_path_are_not_filled() {
        let bow =
            [(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)].map(|(x, y)| PlanePoint { x, y });
        let path = paths::path(vec![bow.to_vec()], true).unwrap();
        assert_eq!(fill(&path), None);
        let open = paths::path(vec![square(0.0, 1.0)], false).unwrap();
        assert_eq!(fill(&open), None);
    }
}
