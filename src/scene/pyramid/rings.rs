//! Rings and lines on their way into a tile: what is far away is left out, then projected, thinned and cut.
//!
//! Each step gives the same vertices whichever way a border is walked and whichever tile it is seen from, or
//! moves them by less than a pixel: neighbours keep their common border. Knows no feature and no style.

use geo::Coord;

use super::{TILE_PIXELS, TileKey};
use crate::crs::{LonLat, World, lon_lat_from_world, world_from_lon_lat};
use crate::scene::{DeviceRect, edge_inside};

/// A place in a tile, pixels from its north-west corner, y down.
pub(super) type Pixel = [f64; 2];

/// Of the vertices in one cell of this size only their middle is kept.
const CELL_PIXELS: f64 = 0.5;

/// What lies further out than this has no influence on the picture.
const MARGIN_PIXELS: f64 = 8.0;

/// From lon/lat to a tile's pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    corner: World,
    pixels_per_unit: f64,
    /// The tile and its margin, in degrees.
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Frame {
    pub(super) fn new(key: TileKey) -> Self {
        let (corner, far) = (key.corner(), key.far_corner());
        let margin = key.size() / TILE_PIXELS * MARGIN_PIXELS;
        let north_west = lon_lat_from_world(World {
            x: corner.x - margin,
            y: corner.y - margin,
        });
        let south_east = lon_lat_from_world(World {
            x: far.x + margin,
            y: far.y + margin,
        });
        Self {
            corner,
            pixels_per_unit: TILE_PIXELS / key.size(),
            west: north_west.lon,
            south: south_east.lat,
            east: south_east.lon,
            north: north_west.lat,
        }
    }

    pub(super) fn pixel(&self, at: Coord<f64>) -> Pixel {
        let world = world_from_lon_lat(LonLat::new(at.x, at.y));
        self.pixel_of(world)
    }

    pub(super) fn pixel_of(&self, world: World) -> Pixel {
        [
            (world.x - self.corner.x) * self.pixels_per_unit,
            (world.y - self.corner.y) * self.pixels_per_unit,
        ]
    }

    /// On which sides of the tile a place lies outside; 0: inside.
    fn sides(&self, at: Coord<f64>) -> u8 {
        u8::from(at.x < self.west)
            | u8::from(at.x > self.east) << 1
            | u8::from(at.y < self.south) << 2
            | u8::from(at.y > self.north) << 3
    }

    /// The vertices that matter to this tile, thinned. A ring comes without its repeated closing point and
    /// goes without one. Nothing where a coordinate is not a number.
    pub(super) fn pixels(&self, coords: &[Coord<f64>], closed: bool) -> Vec<Pixel> {
        let coords = if closed { opened(coords) } else { coords };
        let mut near: Vec<Pixel> = Vec::new();
        let mut before: Option<u8> = None;
        for (index, &at) in coords.iter().enumerate() {
            if !(at.x.is_finite() && at.y.is_finite()) {
                return Vec::new();
            }
            let here = self.sides(at);
            let after = match coords.get(index + 1) {
                Some(&next) => self.sides(next),
                None if closed => coords.first().map_or(0, |&first| self.sides(first)),
                None => 0,
            };
            // Both its edges are outside on one side: a straight way past it is outside, too.
            if before.is_some_and(|before| before & here & after != 0) {
                continue;
            }
            before = Some(here);
            near.push(self.pixel(at));
        }
        thinned(&near, closed)
    }
}

fn opened(coords: &[Coord<f64>]) -> &[Coord<f64>] {
    match coords {
        [first, rest @ ..] if rest.last() == Some(first) => rest,
        all => all,
    }
}

fn cell([x, y]: Pixel) -> (i64, i64) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "far outside the tile it saturates, and no two neighbours need telling apart there"
    )]
    let of = |pixels: f64| (pixels / CELL_PIXELS).floor() as i64;
    (of(x), of(y))
}

/// One vertex for each visit to a cell: the middle of those in it. A line keeps its ends.
fn thinned(points: &[Pixel], closed: bool) -> Vec<Pixel> {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    // A visit must not be cut in two by where the ring happens to begin.
    let start = if closed {
        let around = points.iter().skip(1).chain(std::iter::once(&first));
        points
            .iter()
            .zip(around)
            .position(|(from, to)| cell(*from) != cell(*to))
            .map_or(0, |index| index + 1)
    } else {
        0
    };
    let (head, tail) = points.split_at(start.min(points.len()));
    let mut kept: Vec<Pixel> = Vec::with_capacity(points.len());
    let mut visit: Option<((i64, i64), Pixel, f64)> = None;
    for &point in tail.iter().chain(head) {
        let here = cell(point);
        visit = match visit {
            Some((at, sum, count)) if at == here => {
                Some((at, [sum[0] + point[0], sum[1] + point[1]], count + 1.0))
            }
            Some((_, sum, count)) => {
                kept.push([sum[0] / count, sum[1] / count]);
                Some((here, point, 1.0))
            }
            None => Some((here, point, 1.0)),
        };
    }
    if let Some((_, sum, count)) = visit {
        kept.push([sum[0] / count, sum[1] / count]);
    }
    if !closed {
        if let Some(start) = kept.first_mut() {
            *start = first;
        }
        match kept.as_mut_slice() {
            [_] if points.len() > 1 => kept.push(last),
            [.., end] => *end = last,
            [] => {}
        }
    }
    kept
}

/// A rectangle of a tile, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) min: Pixel,
    pub(super) max: Pixel,
}

impl Window {
    pub(super) const TILE: Self = Self {
        min: [0.0, 0.0],
        max: [TILE_PIXELS, TILE_PIXELS],
    };

    pub(super) fn holds(self, [x, y]: Pixel) -> bool {
        (self.min[0]..=self.max[0]).contains(&x) && (self.min[1]..=self.max[1]).contains(&y)
    }

    /// The ring cut by each side in turn (Sutherland and Hodgman).
    pub(super) fn cut_ring(self, ring: &[Pixel]) -> Vec<Pixel> {
        if ring.iter().all(|at| self.holds(*at)) {
            return ring.to_vec();
        }
        let mut ring = ring.to_vec();
        for (axis, bound, sign) in [
            (0, self.min[0], 1.0),
            (0, self.max[0], -1.0),
            (1, self.min[1], 1.0),
            (1, self.max[1], -1.0),
        ] {
            ring = cut_side(&ring, axis, bound, sign);
        }
        ring
    }

    /// The part of an edge inside, as shares of its length.
    pub(super) fn cut_edge(self, from: Pixel, to: Pixel) -> Option<(f64, f64)> {
        let rect = DeviceRect {
            min_x: self.min[0],
            min_y: self.min[1],
            max_x: self.max[0],
            max_y: self.max[1],
        };
        edge_inside(from.into(), to.into(), rect)
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "an axis is 0 or 1, and a pixel has both"
)]
fn cut_side(ring: &[Pixel], axis: usize, bound: f64, sign: f64) -> Vec<Pixel> {
    let depth = |at: &Pixel| (at[axis] - bound) * sign;
    let Some(mut from) = ring.last().copied() else {
        return Vec::new();
    };
    let mut kept = Vec::with_capacity(ring.len() + 4);
    for &to in ring {
        let (before, after) = (depth(&from), depth(&to));
        if (before < 0.0) != (after < 0.0) {
            let share = before / (before - after);
            let mut crossing = [
                from[0] + (to[0] - from[0]) * share,
                from[1] + (to[1] - from[1]) * share,
            ];
            crossing[axis] = bound; // Exactly, so that the next tile begins where this one ends.
            kept.push(crossing);
        }
        if after >= 0.0 {
            kept.push(to);
        }
        from = to;
    }
    kept
}
