//! What two areas have in common: nothing, one of them, or a cut.
//!
//! Must not know features or lists of them.

use geo::{Area as _, BoundingRect as _, Coord, Geometry, MultiPolygon, Polygon};

use super::cutter::{self, Rings, careful};
use super::edges::{Bounds, Edge, Ring, Side};
use super::shape::{Area, resolved};
use super::window::in_window;
use super::{THINNEST_M, metres_per_degree};
use crate::crs::{authalic_area_m2, polygon_area_m2};

/// Pairs of edges compared to spare a cut; more, and the cut is cheaper.
const MAX_COMPARED: usize = 1 << 14;

/// Slivers narrower than this are the cutter's grid, not the drawing.
const ROUNDING_M: f64 = THINNEST_M / 50.0;

/// What a cutter makes of two sets of rings.
pub(super) type Cutter = fn(&Rings, &Rings) -> MultiPolygon<f64>;

/// The common area of two.
#[derive(Debug, PartialEq)]
pub(super) enum Common {
    Area {
        geometry: Geometry<f64>,
        m2: f64,
    },
    /// They lie upon each other, but less than [`THINNEST_M`].
    Sliver,
}

/// An area with its size, to check results against.
#[derive(Debug)]
pub(super) struct Sized<'a> {
    pub(super) area: Area<'a>,
    pub(super) m2: f64,
}

impl<'a> Sized<'a> {
    pub(super) fn of(geometry: &'a Geometry<f64>) -> Self {
        Self {
            area: Area::of(geometry),
            m2: authalic_area_m2(geometry),
        }
    }
}

/// No cutter gave a believable answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CutFailed;

enum Meeting {
    Apart,
    FirstWithin,
    SecondWithin,
    Crossing,
}

/// What both cover; `None`: they lie apart, or only touch.
pub(super) fn common(a: &Sized<'_>, b: &Sized<'_>) -> Result<Option<Common>, CutFailed> {
    common_by(a, b, cutter::intersection)
}

fn common_by(a: &Sized<'_>, b: &Sized<'_>, cutter: Cutter) -> Result<Option<Common>, CutFailed> {
    let window = a.area.bounds.common(b.area.bounds);
    // Also false where they lie apart.
    if !(window.width() > 0.0 && window.height() > 0.0) {
        return Ok(None);
    }
    let whole = |one: &Sized<'_>| {
        Ok(Some(Common::Area {
            geometry: one.area.whole.clone(),
            m2: one.m2,
        }))
    };
    match meeting(&a.area, &b.area, &window) {
        Meeting::Apart => Ok(None),
        Meeting::FirstWithin => whole(a),
        Meeting::SecondWithin => whole(b),
        Meeting::Crossing => cut(a, b, window, cutter),
    }
}

/// How the outlines lie; `Crossing` also where it takes a cut to know.
fn meeting(a: &Area<'_>, b: &Area<'_>, window: &Bounds) -> Meeting {
    if a.whole == b.whole {
        return Meeting::FirstWithin;
    }
    let (near_a, near_b) = (a.edges_near(window), b.edges_near(window));
    if near_a.len().saturating_mul(near_b.len()) > MAX_COMPARED || meet(&near_a, &near_b) {
        return Meeting::Crossing;
    }
    // Outlines that do not meet are each wholly in or wholly out: one point of a ring tells.
    let first = inside(a, b);
    let second = inside(b, a);
    match (first, second) {
        ((0, _), (0, _)) => Meeting::Apart,
        ((_, 0), (0, _)) => Meeting::FirstWithin,
        ((0, _), (_, 0)) => Meeting::SecondWithin,
        _ => Meeting::Crossing,
    }
}

fn meet(a: &[Edge], b: &[Edge]) -> bool {
    a.iter().any(|edge| b.iter().any(|other| edge.meets(other)))
}

/// How many rings of one lie in the area of the other, and how many do not.
fn inside(rings: &Area<'_>, area: &Area<'_>) -> (usize, usize) {
    let start = |ring: &Ring<'_>| ring.points.first().copied();
    let mut sides = (0, 0);
    for at in rings.rings().filter_map(start) {
        match area.side(at) {
            Side::Outside => sides.1 += 1,
            Side::Inside | Side::Edge => sides.0 += 1,
        }
    }
    sides
}

fn cut(
    a: &Sized<'_>,
    b: &Sized<'_>,
    window: Bounds,
    cutter: Cutter,
) -> Result<Option<Common>, CutFailed> {
    let near = |area: &Area<'_>| Rings(in_window(area, window));
    let first = careful(|| cutter(&near(&a.area), &near(&b.area)))
        .map(without_slivers)
        .filter(|kept| is_believable(kept, a, b, window));
    // Once more, from what the library itself makes of each outline.
    let mended = |area: &Area<'_>| Rings(rings_of(resolved(area.whole)));
    let kept = first
        .or_else(|| {
            careful(|| cutter(&mended(&a.area), &mended(&b.area)))
                .map(without_slivers)
                .filter(|kept| is_believable(kept, a, b, window))
        })
        .ok_or(CutFailed)?;
    let Kept {
        mut parts,
        m2,
        slivers,
    } = kept;
    let geometry = match parts.0.len() {
        0 | 1 => match parts.0.pop() {
            Some(one) => one.into(),
            None => return Ok(slivers.then_some(Common::Sliver)),
        },
        _ => parts.into(),
    };
    Ok(Some(Common::Area { geometry, m2 }))
}

fn rings_of(polygons: MultiPolygon<f64>) -> Vec<geo::LineString<f64>> {
    let rings = polygons.0.into_iter().map(Polygon::into_inner);
    rings
        .flat_map(|(exterior, holes)| std::iter::once(exterior).chain(holes))
        .collect()
}

/// What is left of a cut.
struct Kept {
    parts: MultiPolygon<f64>,
    m2: f64,
    /// Something narrower than a touch was left out, and it was more than rounding.
    slivers: bool,
}

/// The parts that are wider than a touch, and their area.
fn without_slivers(parts: MultiPolygon<f64>) -> Kept {
    let mut kept = Kept {
        parts,
        m2: 0.0,
        slivers: false,
    };
    kept.parts.0.retain(|part| {
        let m2 = polygon_area_m2(part);
        // Twice the area by the outline's length is the mean width of anything long.
        let width_m = 2.0 * m2 / outline_m(part);
        // What is not a number is kept, and then not believed.
        let keep = width_m.is_nan() || width_m > THINNEST_M;
        if keep {
            kept.m2 += m2;
        } else {
            kept.slivers |= width_m > ROUNDING_M;
        }
        keep
    });
    kept
}

/// Length of all rings, near enough to tell a sliver.
fn outline_m(polygon: &Polygon<f64>) -> f64 {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let start = polygon.exterior().0.first().map_or(0.0, |at| at.y);
    let scale = metres_per_degree(start);
    rings
        .flat_map(geo::LineString::lines)
        .map(|line| {
            let way = line.delta();
            (way.x * scale.x).hypot(way.y * scale.y)
        })
        .sum()
}

/// A common area is no larger than either, lies where both are, and what is in it is in both.
fn is_believable(
    Kept { parts, m2, .. }: &Kept,
    a: &Sized<'_>,
    b: &Sized<'_>,
    window: Bounds,
) -> bool {
    let Some(rect) = parts.bounding_rect() else {
        return true;
    };
    let most_m2 = a.m2.min(b.m2);
    // The cutter works on a grid of a billionth of the window's size.
    let slack = window.width().max(window.height()) * 1e-6;
    let placed = window.grown(slack).contains(&Bounds {
        min: rect.min(),
        max: rect.max(),
    });
    let largest = (parts.iter()).max_by(|p, q| p.unsigned_area().total_cmp(&q.unsigned_area()));
    let within = |at: Coord<f64>| [a, b].iter().all(|one| one.area.side(at) != Side::Outside);
    let holds = largest
        .and_then(geo::InteriorPoint::interior_point)
        .is_none_or(|at| within(at.0));
    // A comparison with what is not a number is false.
    placed && holds && *m2 <= most_m2 * (1.0 + 1e-6) + 1e-3
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Rect, wkt};

    /// Two squares of 100 m or so that share a quarter; the first with a corner doubled.
    fn squares() -> [Geometry<f64>; 2] {
        [
            wkt!(POLYGON((103.0 29.0,103.001 29.0,103.001 29.0,103.001 29.001,103.0 29.001,103.0 29.0))).into(),
            wkt!(POLYGON((103.0005 29.0005,103.0015 29.0005,103.0015 29.0015,103.0005 29.0015,103.0005 29.0005))).into(),
        ]
    }

    fn common_of(cutter: Cutter) -> Result<Option<Common>, CutFailed> {
        let [a, b] = squares();
        common_by(&Sized::of(&a), &Sized::of(&b), cutter)
    }

    #[test]
    fn a_cutter_that_falls_over_is_tried_again_on_mended_outlines() {
        let fussy: Cutter = |a, b| {
            let doubled =
                a.0.iter()
                    .flat_map(|ring| ring.0.windows(2))
                    .any(|p| p[0] == p[1]);
            assert!(!doubled, "a doubled corner, on purpose");
            cutter::intersection(a, b)
        };
        let Ok(Some(Common::Area { m2, .. })) = common_of(fussy) else {
            panic!("the second try finds the quarter");
        };
        let [a, _] = squares();
        assert!((m2 / authalic_area_m2(&a) - 0.25).abs() < 1e-4);
    }

    #[test]
    fn a_cutter_that_gives_up_or_gives_nonsense_is_not_believed() {
        assert_eq!(common_of(|_, _| panic!("on purpose")), Err(CutFailed));
        // Too large, and elsewhere.
        for (west, south, size) in [(103.0, 29.0, 0.0015), (104.0, 29.0, 0.0005)] {
            let [a, b] = squares();
            let (a, b) = (Sized::of(&a), Sized::of(&b));
            let window = a.area.bounds.common(b.area.bounds);
            let wrong = Rect::new((west, south), (west + size, south + size)).to_polygon();
            let kept = without_slivers(MultiPolygon(vec![wrong]));
            assert!(!is_believable(&kept, &a, &b, window), "{west} {south}");
        }
    }
}
