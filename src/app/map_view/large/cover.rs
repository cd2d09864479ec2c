//! Which tiles of a pyramid are shown now: the right ones where they are there, coarser ones until then.
//!
//! The tiles chosen never overlap, so that nothing half transparent is drawn twice. Knows no card.

use crate::scene::pyramid::TileKey;

/// How many levels finer tiles may stand in for a missing one, after zooming out.
const FINER: u8 = 2;

/// What to look at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sight {
    /// The level whose tiles are as detailed as the screen.
    pub(super) level: u8,
    /// The window in the Mercator square, `[min x, min y, max x, max y]`.
    pub(super) bounds: [f64; 4],
}

/// The tiles to draw. `roots` are the layer's coarsest; `is_ready` says what is there.
pub(super) fn cover(
    sight: Sight,
    roots: &[TileKey],
    is_ready: &dyn Fn(TileKey) -> bool,
) -> Vec<TileKey> {
    let mut shown = Vec::new();
    for &root in roots {
        if root.z >= sight.level {
            // Zoomed out as far as this, the overview is detailed enough.
            if root.touches(sight.bounds) && is_ready(root) {
                shown.push(root);
            }
        } else {
            cover_tile(root, sight, is_ready, &mut shown);
        }
    }
    shown
}

/// True where every visible bit of the tile is covered.
fn cover_tile(
    key: TileKey,
    sight: Sight,
    is_ready: &dyn Fn(TileKey) -> bool,
    shown: &mut Vec<TileKey>,
) -> bool {
    if !key.touches(sight.bounds) {
        return true;
    }
    // The right one, or a finer one that stands in for it.
    if key.z >= sight.level && is_ready(key) {
        shown.push(key);
        return true;
    }
    let before = shown.len();
    if key.z < sight.level.saturating_add(FINER) {
        let mut is_covered = true;
        for child in key.children() {
            is_covered &= cover_tile(child, sight, is_ready, shown);
        }
        if is_covered {
            return true;
        }
    }
    if key.z < sight.level && is_ready(key) {
        // Coarser, but whole: instead of what there is of its children.
        shown.truncate(before);
        shown.push(key);
        return true;
    }
    false
}

/// The tiles that should be shown, the nearest to the middle of the window first.
pub(super) fn wanted(sight: Sight, bounds: [f64; 4]) -> Vec<TileKey> {
    let [min_x, min_y, max_x, max_y] = sight.bounds;
    let seen = [
        min_x.max(bounds[0]),
        min_y.max(bounds[1]),
        max_x.min(bounds[2]),
        max_y.min(bounds[3]),
    ];
    if seen[0] > seen[2] || seen[1] > seen[3] {
        return Vec::new();
    }
    let middle = (f64::midpoint(min_x, max_x), f64::midpoint(min_y, max_y));
    let far = |key: &TileKey| {
        let (near, far) = (key.corner(), key.far_corner());
        (f64::midpoint(near.x, far.x) - middle.0).hypot(f64::midpoint(near.y, far.y) - middle.1)
    };
    let mut keys: Vec<TileKey> = TileKey::covering(sight.level, seen).collect();
    keys.sort_by(|a, b| far(a).total_cmp(&far(b)));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: TileKey = TileKey { z: 4, x: 10, y: 6 };

    fn sight(level: u8) -> Sight {
        let (near, far) = (ROOT.corner(), ROOT.far_corner());
        let air = ROOT.size() * 0.01;
        Sight {
            level,
            bounds: [near.x + air, near.y + air, far.x - air, far.y - air],
        }
    }

    fn shown(level: u8, ready: &[TileKey]) -> Vec<TileKey> {
        cover(sight(level), &[ROOT], &|key| ready.contains(&key))
    }

    #[test]
    fn a_parent_stays_until_all_its_children_are_there() {
        let children = ROOT.children();
        assert_eq!(shown(5, &[]), []);
        assert_eq!(shown(5, &[ROOT]), [ROOT]);
        let mut ready = vec![ROOT];
        ready.extend(&children[..3]);
        assert_eq!(shown(5, &ready), [ROOT], "three of four are not enough");
        ready.push(children[3]);
        assert_eq!(shown(5, &ready), children);
    }

    #[test]
    fn where_one_quarter_is_finer_already_the_others_do_not_wait_for_it() {
        let mut ready = vec![ROOT];
        ready.extend(ROOT.children());
        ready.extend(ROOT.children()[0].children());
        let shown = shown(6, &ready);
        assert_eq!(shown.len(), 4 + 3);
        assert!(ROOT.children()[1..].iter().all(|key| shown.contains(key)));
    }

    #[test]
    fn after_zooming_out_finer_tiles_stand_in() {
        let mut ready = vec![ROOT];
        for child in ROOT.children() {
            ready.extend(child.children());
        }
        assert_eq!(shown(5, &ready).len(), 16);
        assert_eq!(shown(4, &ready), [ROOT]);
    }

    #[test]
    fn before_the_overview_is_there_whatever_is_there_is_shown() {
        let only = ROOT.children()[2];
        assert_eq!(shown(5, &[only]), [only]);
    }

    #[test]
    fn the_middle_of_the_window_comes_first() {
        let sight = sight(7);
        let keys = wanted(sight, sight.bounds);
        assert_eq!(keys.len(), 64);
        let middle = |key: &TileKey| {
            key.x
                .abs_diff(ROOT.x * 8 + 4)
                .max(key.y.abs_diff(ROOT.y * 8 + 4))
        };
        assert!(middle(&keys[0]) <= 1 && middle(&keys[63]) >= 3);
        assert_eq!(wanted(sight, [0.0, 0.0, 0.1, 0.1]), []);
    }
}
