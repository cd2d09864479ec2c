//! Mends what can be mended with certainty: repeated points, spikes, holes wound the wrong way, parts
//! without area. What needs a decision (crossings, overlaps) is only told, by `validate`.
//!
//! Works in the coordinates the shapes were drawn in, so that the tolerance is a length on the drawing.

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon, Winding};

use super::validate::is_flat;
use crate::model::IssueCode;

/// What was mended in one geometry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs {
    pub repeated_points: usize,
    pub spikes: usize,
    pub turned_holes: usize,
    /// Parts and holes without area.
    pub flat_parts: usize,
}

impl Repairs {
    /// What was done, most telling first; for one sentence each.
    pub fn list(self) -> impl Iterator<Item = (IssueCode, String)> {
        [
            (self.flat_parts, IssueCode::ZeroArea, "个面积为零的部分"),
            (self.spikes, IssueCode::Spike, "处尖刺"),
            (
                self.repeated_points,
                IssueCode::DuplicateVertices,
                "个重复的点",
            ),
            (self.turned_holes, IssueCode::WrongOrientation, "个洞的方向"),
        ]
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, code, what)| {
            let done = if code == IssueCode::WrongOrientation {
                "已改正"
            } else {
                "已删除"
            };
            (code, format!("{done} {count} {what}"))
        })
    }
}

/// The geometry mended, or `None` where nothing was to be done. Points nearer than `same` are one point.
/// A geometry that is flat as a whole is left alone: nothing of it would remain.
pub fn repaired(geometry: &Geometry<f64>, same: f64) -> Option<(Geometry<f64>, Repairs)> {
    let mut repairs = Repairs::default();
    let mended = match geometry {
        Geometry::LineString(line) => Geometry::LineString(open_line(line, same, &mut repairs)?),
        Geometry::MultiLineString(lines) => {
            let mended: Vec<_> = (lines.iter())
                .map(|line| open_line(line, same, &mut repairs))
                .collect();
            if mended.iter().all(Option::is_none) {
                return None;
            }
            let both = lines.iter().zip(mended);
            let lines = both.map(|(line, mended)| mended.unwrap_or_else(|| line.clone()));
            Geometry::MultiLineString(lines.collect())
        }
        Geometry::Polygon(one) => Geometry::Polygon(polygon(one, same, &mut repairs)?),
        Geometry::MultiPolygon(parts) => {
            let mut kept = Vec::with_capacity(parts.0.len());
            for part in parts {
                if is_flat(part.exterior()) {
                    repairs.flat_parts += 1;
                } else {
                    kept.push(polygon(part, same, &mut repairs).unwrap_or_else(|| part.clone()));
                }
            }
            if repairs == Repairs::default() || kept.is_empty() {
                return None;
            }
            Geometry::MultiPolygon(MultiPolygon(kept))
        }
        _ => return None,
    };
    Some((mended, repairs))
}

fn polygon(polygon: &Polygon<f64>, same: f64, repairs: &mut Repairs) -> Option<Polygon<f64>> {
    let before = *repairs;
    let exterior = ring(polygon.exterior(), same, repairs);
    let outer = exterior.as_ref().unwrap_or(polygon.exterior());
    let clockwise = outer.is_cw();
    let mut holes = Vec::with_capacity(polygon.interiors().len());
    for hole in polygon.interiors() {
        if is_flat(hole) {
            repairs.flat_parts += 1;
            continue;
        }
        let mut hole = ring(hole, same, repairs).unwrap_or_else(|| hole.clone());
        if hole.is_cw() == clockwise {
            hole.0.reverse();
            repairs.turned_holes += 1;
        }
        holes.push(hole);
    }
    (*repairs != before).then(|| Polygon::new(outer.clone(), holes))
}

/// A line without repeated points. It may well run back along itself.
fn open_line(line: &LineString<f64>, same: f64, repairs: &mut Repairs) -> Option<LineString<f64>> {
    let mut points = line.0.clone();
    points.dedup_by(|next, kept| near(*next, *kept, same));
    let dropped = line.0.len() - points.len();
    if dropped == 0 || points.len() < 2 {
        return None;
    }
    repairs.repeated_points += dropped;
    Some(LineString(points))
}

/// A closed ring without repeated points and spikes; `None`: it has none, or nothing else.
fn ring(ring: &LineString<f64>, same: f64, repairs: &mut Repairs) -> Option<LineString<f64>> {
    let (_, open) = ring.0.split_last()?;
    if is_clean(open, same) {
        return None;
    }
    let (mut repeated, mut spikes) = (0, 0);
    let mut kept: Vec<Coord<f64>> = Vec::with_capacity(open.len());
    for &point in open {
        push(&mut kept, point, same, &mut repeated, &mut spikes);
    }
    // Where the ring closes, one may be left at either end.
    let mut start = 0;
    let mut after_spike = false;
    loop {
        let rest = kept.get(start..).unwrap_or_default();
        let (&[first, second, ..], &[.., before_last, last], 3..) = (rest, rest, rest.len()) else {
            return None;
        };
        if near(first, last, same) {
            repeated += usize::from(!after_spike);
            kept.pop();
        } else if is_spike(before_last, last, first, same) {
            spikes += usize::from(!after_spike);
            after_spike = true;
            kept.pop();
        } else if is_spike(last, first, second, same) {
            spikes += usize::from(!after_spike);
            after_spike = true;
            start += 1;
        } else {
            break;
        }
    }
    kept.drain(..start);
    kept.extend(kept.first().copied());
    let mended = LineString(kept);
    if mended.0.len() < 4 || is_flat(&mended) {
        return None;
    }
    repairs.repeated_points += repeated;
    repairs.spikes += spikes;
    Some(mended)
}

/// Add a point to an outline whose points so far are clean, dropping what it makes superfluous.
fn push(
    kept: &mut Vec<Coord<f64>>,
    point: Coord<f64>,
    same: f64,
    repeated: &mut usize,
    spikes: &mut usize,
) {
    // Where a spike returns its foot stands twice: one fault, not two.
    let mut after_spike = false;
    loop {
        match kept.as_slice() {
            [.., last] if near(*last, point, same) => {
                *repeated += usize::from(!after_spike);
                return;
            }
            [.., before, tip] if is_spike(*before, *tip, point, same) => {
                *spikes += usize::from(!after_spike);
                after_spike = true;
                kept.pop();
            }
            _ => {
                kept.push(point);
                return;
            }
        }
    }
}

/// Is there nothing to do? Asked of every ring, so without a copy.
fn is_clean(open: &[Coord<f64>], same: f64) -> bool {
    let mut round = open.iter().chain(open.iter().take(2)).copied();
    let (Some(mut before), Some(mut tip)) = (round.next(), round.next()) else {
        return true;
    };
    for next in round {
        if near(before, tip, same) || is_spike(before, tip, next, same) {
            return false;
        }
        (before, tip) = (tip, next);
    }
    !near(before, tip, same)
}

fn near(a: Coord<f64>, b: Coord<f64>, same: f64) -> bool {
    (a.x - b.x).abs() <= same && (a.y - b.y).abs() <= same
}

/// Does the outline run out to `tip` and back along the same line?
fn is_spike(before: Coord<f64>, tip: Coord<f64>, next: Coord<f64>, same: f64) -> bool {
    let (a, b) = (before - tip, next - tip);
    let longer = a.x.hypot(a.y).max(b.x.hypot(b.y));
    let apart = (a.x * b.y - a.y * b.x).abs();
    // Of the shorter leg's end from the longer leg.
    a.x * b.x + a.y * b.y > 0.0 && apart <= same * longer
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    const SAME: f64 = 1e-4;

    fn mend(polygon: Polygon<f64>) -> Option<(Geometry<f64>, Repairs)> {
        repaired(&polygon.into(), SAME)
    }

    #[test]
    fn sound_shapes_are_left_alone() {
        for sound in [
            wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(1.0 1.0,1.0 2.0,2.0 2.0,1.0 1.0))),
            // Corners on a straight edge are a surveyor's, not a spike.
            wkt!(POLYGON((0.0 0.0,2.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0))),
            // Clockwise outside is nobody's harm.
            wkt!(POLYGON((0.0 0.0,0.0 4.0,4.0 4.0,0.0 0.0))),
            // A needle one millimetre wide may be meant.
            wkt!(POLYGON((0.0 0.0,10.0 0.0005,0.0 0.001,0.0 0.0))),
            wkt!(POLYGON((0.0 0.0,2.0 2.0,2.0 0.0,0.0 2.0,0.0 0.0))),
        ] {
            assert_eq!(mend(sound.clone()), None, "{sound:?}");
        }
    }

    #[test]
    fn repeated_points_and_spikes_are_dropped_wherever_the_ring_begins() {
        let square = [
            (0.0, 0.0),
            (4.0, 0.0),
            (4.0, 0.0),
            (4.0, 2.0),
            (9.0, 2.0),
            (4.0, 2.0),
            (4.0, 4.0),
            (0.0, 4.0),
        ];
        for start in 0..square.len() {
            let mut round: Vec<(f64, f64)> = square.to_vec();
            round.rotate_left(start);
            round.push(round[0]);
            let (mended, repairs) = mend(Polygon::new(round.into(), Vec::new())).unwrap();
            assert_eq!(repairs.spikes, 1, "{start}");
            assert_eq!(repairs.repeated_points, 1, "{start}");
            use geo::Area;
            assert!((mended.unsigned_area() - 16.0).abs() < 1e-12, "{start}");
        }
    }

    #[test]
    fn a_spike_with_corners_along_it_goes_whole() {
        let spiked =
            wkt!(POLYGON((0.0 0.0,4.0 0.0,5.0 0.0,6.0 0.0,5.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0)));
        let (mended, _) = mend(spiked).unwrap();
        assert_eq!(
            mended,
            wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 0.0))).into()
        );
    }

    #[test]
    fn holes_are_turned_and_parts_without_area_go_but_never_all_of_them() {
        let same_way = wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 4.0,0.0 4.0,0.0 0.0),(1.0 1.0,2.0 1.0,2.0 2.0,1.0 1.0),(3.0 3.0,3.5 3.5,3.0 3.0)));
        let (_, repairs) = mend(same_way).unwrap();
        assert_eq!((repairs.turned_holes, repairs.flat_parts), (1, 1));
        let codes: Vec<_> = repairs.list().map(|(code, _)| code).collect();
        assert_eq!(codes, [IssueCode::ZeroArea, IssueCode::WrongOrientation]);

        let flat = wkt!(MULTIPOLYGON(((0.0 0.0,1.0 0.0,2.0 0.0,0.0 0.0))));
        assert_eq!(repaired(&flat.into(), SAME), None);
        let one_flat = wkt!(MULTIPOLYGON(((0.0 0.0,1.0 0.0,2.0 0.0,0.0 0.0)),((0.0 0.0,1.0 0.0,0.0 1.0,0.0 0.0))));
        let (_, repairs) = repaired(&one_flat.into(), SAME).unwrap();
        assert_eq!(repairs.flat_parts, 1);
    }
}
