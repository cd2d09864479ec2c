//! The square tiles that the Mercator square is cut into, level by level. Knows no layer.

use crate::crs::World;

/// The deepest level: a tile of it is five metres wide at this latitude.
pub const DEEPEST: u8 = 22;

/// One tile: `1 / 2^z` of the Mercator square wide, `x` from the west, `y` from the north.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileKey {
    pub z: u8,
    pub x: u32,
    pub y: u32,
}

impl TileKey {
    /// Its width in the Mercator square.
    pub fn size(self) -> f64 {
        f64::from(self.z).exp2().recip()
    }

    /// Its north-west corner.
    pub fn corner(self) -> World {
        World {
            x: f64::from(self.x) * self.size(),
            y: f64::from(self.y) * self.size(),
        }
    }

    /// The corner it shares with the tile beyond its south-east one, by that tile's own arithmetic: the
    /// two agree to the last bit, and so no hair of background shows between them.
    pub fn far_corner(self) -> World {
        World {
            x: f64::from(self.x + 1) * self.size(),
            y: f64::from(self.y + 1) * self.size(),
        }
    }

    /// `None` for the whole square.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        Some(Self {
            z: self.z.checked_sub(1)?,
            x: self.x / 2,
            y: self.y / 2,
        })
    }

    pub fn children(self) -> [Self; 4] {
        let (z, x, y) = (self.z + 1, self.x * 2, self.y * 2);
        [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| Self { z, x, y })
    }

    /// The tile of a level that holds a place.
    pub fn holding(z: u8, at: World) -> Self {
        let count = f64::from(z.min(DEEPEST)).exp2();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 2^22 after the clamp"
        )]
        let cell = |share: f64| (share * count).floor().clamp(0.0, count - 1.0) as u32;
        Self {
            z: z.min(DEEPEST),
            x: cell(at.x),
            y: cell(at.y),
        }
    }

    /// All tiles of a level that a box `[min x, min y, max x, max y]` of the square touches, row by row.
    pub fn covering(z: u8, bounds: [f64; 4]) -> impl Iterator<Item = Self> {
        let [min_x, min_y, max_x, max_y] = bounds;
        let first = Self::holding(z, World { x: min_x, y: min_y });
        let last = Self::holding(z, World { x: max_x, y: max_y });
        (first.y..=last.y)
            .flat_map(move |y| (first.x..=last.x).map(move |x| Self { z: first.z, x, y }))
    }

    pub fn touches(self, [min_x, min_y, max_x, max_y]: [f64; 4]) -> bool {
        let (near, far) = (self.corner(), self.far_corner());
        near.x <= max_x && min_x <= far.x && near.y <= max_y && min_y <= far.y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_is_its_childrens_parent_and_neighbours_share_their_corners_to_the_bit() {
        let at = World {
            x: 0.788_233,
            y: 0.413_771,
        };
        for z in 0..=DEEPEST {
            let key = TileKey::holding(z, at);
            assert!(key.touches([at.x, at.y, at.x, at.y]));
            let next = TileKey {
                x: key.x + 1,
                y: key.y + 1,
                ..key
            };
            assert_eq!(key.far_corner(), next.corner());
            if z < DEEPEST {
                assert!(
                    key.children()
                        .iter()
                        .all(|child| child.parent() == Some(key))
                );
            }
        }
    }

    #[test]
    fn a_box_is_covered_whole() {
        let keys: Vec<TileKey> = TileKey::covering(3, [0.1, 0.3, 0.3, 0.4]).collect();
        assert_eq!(keys.len(), 3 * 2);
        assert!(keys.iter().all(|key| key.touches([0.1, 0.3, 0.3, 0.4])));
    }
}
