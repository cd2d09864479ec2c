//! Curves of a DXF drawing as lines of short pieces, and the outlines of its hatches.
//!
//! Must not know the drawing around an entity.

use std::f64::consts::TAU;

use geo::{Coord, LineString};

use super::dxf_entity::{self, Entity, Figure, Group, Refused, SIDES};
use crate::model::IssueCode;

/// Pieces of a spline between two knots.
const PIECES_A_SPAN: usize = 16;

/// Points of one curve at most; drawings have some dozens.
const MAX_POINTS: usize = 20_000;

pub(super) fn ellipse(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let center = dxf_entity::place(entity, 10)?;
    let axis = dxf_entity::place(entity, 11)?;
    let ratio = entity.number(40)?.unwrap_or(1.0);
    let start = entity.number(41)?.unwrap_or(0.0);
    let end = entity.number(42)?.unwrap_or(TAU);
    if axis.x.hypot(axis.y) == 0.0 || ratio == 0.0 {
        return Err((IssueCode::ZeroArea, "椭圆的轴长为零".to_owned()));
    }
    let mut points = elliptic(center, axis, ratio, start, end);
    let by = (end - start).rem_euclid(TAU);
    let closed = by < 1e-9 || TAU - by < 1e-9;
    if closed {
        points.pop();
    }
    let figure = Figure {
        points,
        closed,
        had_curves: true,
        ..Figure::default()
    };
    Ok(figure.at_height(entity.number(30)?.unwrap_or_default()))
}

/// From one parameter to another, both ends included; all the way round where they are the same.
fn elliptic(
    center: Coord<f64>,
    axis: Coord<f64>,
    ratio: f64,
    start: f64,
    end: f64,
) -> Vec<Coord<f64>> {
    let by = match (end - start).rem_euclid(TAU) {
        none if none < 1e-9 => TAU,
        by => by,
    };
    let sides = (by / TAU * SIDES).ceil().clamp(1.0, SIDES);
    let mut points = Vec::new();
    let mut side = 0.0;
    while side <= sides {
        let (sin, cos) = (start + by * side / sides).sin_cos();
        points.push(Coord {
            x: center.x + axis.x * cos - axis.y * ratio * sin,
            y: center.y + axis.y * cos + axis.x * ratio * sin,
        });
        side += 1.0;
    }
    points
}

pub(super) fn spline(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let all = |code: i32| -> Result<Vec<f64>, Refused> {
        let values = entity.own().filter(|group| group.code == code);
        values
            .map(|group| dxf_entity::number(group.value))
            .collect()
    };
    let places = |x: i32| -> Result<Vec<Coord<f64>>, Refused> {
        let pairs = all(x)?.into_iter().zip(all(x + 10)?);
        Ok(pairs.map(|(x, y)| Coord { x, y }).collect())
    };
    let (controls, fits) = (places(10)?, places(11)?);
    let degree = entity.number(71)?.unwrap_or(3.0);
    let (knots, weights) = (all(40)?, all(41)?);
    let curve = Spline::new(degree, controls, knots, weights);
    let points = match curve {
        Some(curve) => curve.points(),
        // Without a frame, the points it goes through are all there is.
        None if fits.len() > 1 => fits,
        None => {
            let reason = "样条曲线缺少控制点或节点".to_owned();
            return Err((IssueCode::BadCoordinates, reason));
        }
    };
    let figure = Figure {
        closed: entity.flags() & 1 != 0,
        points,
        had_curves: true,
        ..Figure::default()
    };
    Ok(figure.at_height(entity.number(30)?.unwrap_or_default()))
}

/// A (rational) B-spline.
struct Spline {
    degree: usize,
    controls: Vec<Coord<f64>>,
    knots: Vec<f64>,
    weights: Vec<f64>,
}

impl Spline {
    /// `None` where the numbers of points, knots and weights do not go together.
    fn new(
        degree: f64,
        controls: Vec<Coord<f64>>,
        knots: Vec<f64>,
        mut weights: Vec<f64>,
    ) -> Option<Self> {
        let degree = (1..=10).find(|whole| (f64::from(*whole) - degree).abs() < 0.5)?;
        let degree = usize::try_from(degree).ok()?;
        let ordered = knots
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a <= b));
        if controls.len() <= degree || knots.len() != controls.len() + degree + 1 || !ordered {
            return None;
        }
        if weights.len() != controls.len() || weights.iter().any(|weight| *weight <= 0.0) {
            weights = vec![1.0; controls.len()];
        }
        Some(Self {
            degree,
            controls,
            knots,
            weights,
        })
    }

    fn points(&self) -> Vec<Coord<f64>> {
        let mut points = Vec::new();
        // Fewer pieces rather than less of the curve.
        let pieces = (MAX_POINTS / self.controls.len()).clamp(1, PIECES_A_SPAN);
        for span in self.degree..self.controls.len() {
            let (Some(&from), Some(&to)) = (self.knots.get(span), self.knots.get(span + 1)) else {
                break;
            };
            if to <= from || points.len() > MAX_POINTS {
                continue;
            }
            let first = usize::from(!points.is_empty());
            for piece in first..=pieces {
                let at = from + (to - from) * piece as f64 / pieces as f64;
                points.extend(self.at(span, at));
            }
        }
        points
    }

    /// De Boor's algorithm, in homogeneous coordinates.
    fn at(&self, span: usize, at: f64) -> Option<Coord<f64>> {
        let first = span.checked_sub(self.degree)?;
        let frame = self
            .controls
            .get(first..=span)?
            .iter()
            .zip(self.weights.get(first..=span)?);
        let mut frame: Vec<[f64; 3]> = frame
            .map(|(at, weight)| [at.x * weight, at.y * weight, *weight])
            .collect();
        for level in 1..=self.degree {
            for place in (level..=self.degree).rev() {
                let low = *self.knots.get(first + place)?;
                let high = *self.knots.get(first + place + self.degree + 1 - level)?;
                let share = if high > low {
                    (at - low) / (high - low)
                } else {
                    0.0
                };
                let (before, here) = (*frame.get(place - 1)?, frame.get_mut(place)?);
                for (here, before) in here.iter_mut().zip(before) {
                    *here = before + (*here - before) * share;
                }
            }
        }
        let [x, y, weight] = *frame.get(self.degree)?;
        Some(Coord {
            x: x / weight,
            y: y / weight,
        })
    }
}

/// The closed outlines of a hatch. An outline with a spline in it is refused: what it bounds is not certain.
pub(super) fn hatch(entity: &Entity<'_, '_>) -> Result<Vec<LineString<f64>>, Refused> {
    let groups: Vec<&Group<'_>> = entity.own().collect();
    let starts: Vec<usize> = (groups.iter().enumerate())
        .filter(|(_, group)| group.code == 92)
        .map(|(at, _)| at)
        .collect();
    let mut rings = Vec::new();
    for (nth, start) in starts.iter().enumerate() {
        let rest = groups.get(*start..).unwrap_or_default();
        let next = starts.get(nth + 1).map_or(rest.len(), |next| next - start);
        // The outline ends where the objects it came from, or the pattern, begin.
        let body = rest.get(1..next).unwrap_or_default();
        let end = body
            .iter()
            .position(|group| matches!(group.code, 97 | 75 | 76))
            .unwrap_or(body.len());
        let body = body.get(..end).unwrap_or_default();
        let flags = rest
            .first()
            .map_or(Ok(0.0), |group| dxf_entity::number(group.value))?;
        let is_polyline = (flags / 2.0).floor().rem_euclid(2.0) >= 1.0;
        let points = if is_polyline {
            outline(body)?
        } else {
            edges(body)?
        };
        let mut ring = LineString(points);
        ring.close();
        if ring.0.len() >= 4 {
            rings.push(ring);
        }
    }
    Ok(rings)
}

fn outline(body: &[&Group<'_>]) -> Result<Vec<Coord<f64>>, Refused> {
    let figure = dxf_entity::corners(body.iter().copied(), true)?;
    Ok(figure.points)
}

fn edges(body: &[&Group<'_>]) -> Result<Vec<Coord<f64>>, Refused> {
    let mut points: Vec<Coord<f64>> = Vec::new();
    let starts: Vec<usize> = (body.iter().enumerate())
        .filter(|(_, group)| group.code == 72)
        .map(|(at, _)| at)
        .collect();
    for (nth, start) in starts.iter().enumerate() {
        let end = starts.get(nth + 1).copied().unwrap_or(body.len());
        let edge = body.get(*start..end).unwrap_or_default();
        let value = |code: i32| -> Result<f64, Refused> {
            let group = edge.iter().find(|group| group.code == code);
            group.map_or(Ok(0.0), |group| dxf_entity::number(group.value))
        };
        let at = |code: i32| -> Result<Coord<f64>, Refused> {
            Ok(Coord {
                x: value(code)?,
                y: value(code + 10)?,
            })
        };
        let kind = edge.first().map_or("", |group| group.value.trim());
        let mut piece = match kind {
            "1" => vec![at(10)?, at(11)?],
            "2" | "3" => {
                let (start, end) = (value(50)?.to_radians(), value(51)?.to_radians());
                let (axis, ratio) = match kind {
                    "2" => (
                        Coord {
                            x: value(40)?,
                            y: 0.0,
                        },
                        1.0,
                    ),
                    _ => (at(11)?, value(40)?),
                };
                // Clockwise ones are given mirrored.
                if value(73)? == 0.0 {
                    let mut piece = elliptic(at(10)?, axis, ratio, -end, -start);
                    piece.reverse();
                    piece
                } else {
                    elliptic(at(10)?, axis, ratio, start, end)
                }
            }
            _ => {
                let reason = "填充的边界含样条曲线，无法确定范围".to_owned();
                return Err((IssueCode::UnknownGeometryType, reason));
            }
        };
        // Edges follow each other, but may be drawn backwards.
        if let (Some(last), Some(first), Some(end)) = (points.last(), piece.first(), piece.last()) {
            let far = |a: &Coord<f64>| (a.x - last.x).hypot(a.y - last.y);
            if far(end) < far(first) {
                piece.reverse();
            }
        }
        points.extend(piece);
    }
    points.dedup();
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spline_of_the_first_degree_is_its_frame_and_a_rational_quarter_lies_on_its_circle() {
        let frame = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0)].map(|(x, y)| Coord { x, y });
        let knots = vec![0.0, 0.0, 1.0, 2.0, 2.0];
        let line = Spline::new(1.0, frame.to_vec(), knots, Vec::new())
            .unwrap()
            .points();
        assert!(frame.iter().all(|corner| line.contains(corner)), "{line:?}");

        let half = std::f64::consts::FRAC_1_SQRT_2;
        let frame = [(1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y)| Coord { x, y });
        let knots = vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let quarter = Spline::new(2.0, frame.to_vec(), knots, vec![1.0, half, 1.0]).unwrap();
        let points = quarter.points();
        assert_eq!(points.len(), PIECES_A_SPAN + 1);
        for at in points {
            assert!((at.x.hypot(at.y) - 1.0).abs() < 1e-12, "{at:?}");
        }
    }

    #[test]
    fn frames_that_do_not_fit_their_knots_are_no_spline() {
        let frame = vec![Coord { x: 0.0, y: 0.0 }; 3];
        for (degree, knots) in [(3.0, 7), (2.0, 5), (f64::NAN, 6), (1e9, 6)] {
            let knots = (0..knots).map(f64::from).collect();
            assert!(Spline::new(degree, frame.clone(), knots, Vec::new()).is_none());
        }
    }
}
