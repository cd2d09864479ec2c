//! Heights of a feature on their way from the file to the layer.
//!
//! Shapes are nested, closed and mended after they were read, so heights are kept by the coordinates they
//! stand at and matched again at the end. Must not know any format.

use std::collections::HashMap;

use geo::{Coord, CoordsIter, Geometry};

/// Metres at coordinates in the file's own system, in the order they were read; empty: flat.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Heights(Vec<(Coord<f64>, f64)>);

impl Heights {
    /// A height that is no number is none.
    pub(super) fn note(&mut self, at: Coord<f64>, height: f64) {
        if height.is_finite() {
            self.0.push((at, height));
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Every program writes a height; where all are 0 there are none.
    pub(super) fn or_flat(self) -> Self {
        if self.is_flat() {
            Self::default()
        } else {
            self
        }
    }

    /// Elsewhere, and higher by so much.
    pub(super) fn moved(self, to: impl Fn(Coord<f64>) -> Coord<f64>, lift_m: f64) -> Self {
        let moved = self.0.into_iter();
        Self(
            moved
                .map(|(at, height)| (to(at), height + lift_m))
                .collect(),
        )
    }

    /// The height that all have.
    pub(super) fn only_one(&self) -> Option<f64> {
        let (_, first) = self.0.first()?;
        self.0
            .iter()
            .all(|(_, height)| same(*height, *first))
            .then_some(*first)
    }

    pub(super) fn is_flat(&self) -> bool {
        self.0.iter().all(|(_, height)| *height == 0.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One height for each coordinate of a geometry; `None` where one of them has none, or several.
    pub(super) fn of(&self, geometry: &Geometry<f64>) -> Option<Box<[f64]>> {
        let in_order = self.0.len() == geometry.coords_count()
            && geometry
                .coords_iter()
                .zip(&self.0)
                .all(|(at, (noted, _))| at == *noted);
        if in_order {
            return Some(self.0.iter().map(|(_, height)| *height).collect());
        }
        let mut by_place: HashMap<[u64; 2], Option<f64>> = HashMap::new();
        for (at, height) in &self.0 {
            let agrees = |known: &mut Option<f64>| {
                *known = known.filter(|known| same(*known, *height));
            };
            by_place
                .entry(key(*at))
                .and_modify(agrees)
                .or_insert(Some(*height));
        }
        geometry
            .coords_iter()
            .map(|at| by_place.get(&key(at)).copied().flatten())
            .collect()
    }
}

/// To the bit: heights are copied, never computed.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits()
}

fn key(at: Coord<f64>) -> [u64; 2] {
    // Both zeros are one place.
    [at.x + 0.0, at.y + 0.0].map(f64::to_bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    fn heights(of: &[(f64, f64, f64)]) -> Heights {
        let mut heights = Heights::default();
        for &(x, y, height) in of {
            heights.note(Coord { x, y }, height);
        }
        heights
    }

    #[test]
    fn heights_follow_their_points_when_a_ring_is_closed_turned_or_mended() {
        let drawn = heights(&[
            (0.0, 0.0, 1.0),
            (4.0, 0.0, 2.0),
            (5.0, 9.0, 3.0),
            (0.0, 4.0, 4.0),
        ]);
        let turned = wkt!(POLYGON((0.0 0.0,0.0 4.0,4.0 0.0,0.0 0.0))).into();
        assert_eq!(drawn.of(&turned).unwrap().as_ref(), [1.0, 4.0, 2.0, 1.0]);
        let elsewhere = wkt!(LINESTRING(0.0 0.0,7.0 7.0)).into();
        assert_eq!(drawn.of(&elsewhere), None);
    }

    #[test]
    fn a_line_may_pass_one_place_at_two_heights_unless_its_points_were_changed() {
        let spiral = heights(&[(0.0, 0.0, 1.0), (1.0, 1.0, 2.0), (0.0, 0.0, 3.0)]);
        let line = wkt!(LINESTRING(0.0 0.0,1.0 1.0,0.0 0.0)).into();
        assert_eq!(spiral.of(&line).unwrap().as_ref(), [1.0, 2.0, 3.0]);
        let mended = wkt!(LINESTRING(0.0 0.0,1.0 1.0)).into();
        assert_eq!(spiral.of(&mended), None);
        assert!(heights(&[(0.0, 0.0, 0.0)]).or_flat().is_empty());
    }
}
