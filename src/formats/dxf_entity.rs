//! One entity of a DXF drawing: its groups to points, arcs to short lines.
//!
//! Must not know the drawing around it.

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::ops::Range;

use geo::Coord;

use super::dxf_blocks::Placing;
use super::heights::Heights;
use crate::model::IssueCode;

/// A circle is drawn with so many sides; an arc with its share of them. Off by 0.05 % of the radius.
pub(super) const SIDES: f64 = 96.0;

/// A code and its value.
#[derive(Debug)]
pub(super) struct Group<'t> {
    pub(super) code: i32,
    pub(super) value: &'t str,
    /// Of the file's text.
    pub(super) span: Range<usize>,
}

#[derive(Debug)]
pub(super) struct Entity<'g, 't> {
    pub(super) kind: &'t str,
    /// Without its own 0 group; with those of its vertices.
    pub(super) groups: &'g [Group<'t>],
    pub(super) span: Range<usize>,
}

impl<'t> Entity<'_, 't> {
    /// The first value with this code.
    pub(super) fn text(&self, code: i32) -> Option<&'t str> {
        let group = self.own().find(|group| group.code == code)?;
        Some(group.value)
    }

    /// Its own groups, without those of vertices and of other programs.
    pub(super) fn own(&self) -> impl Iterator<Item = &Group<'t>> {
        (self.groups.iter()).take_while(|group| group.code != 0 && group.code < 1000)
    }

    pub(super) fn number(&self, code: i32) -> Result<Option<f64>, Refused> {
        self.text(code).map(number).transpose()
    }

    /// At the end of a file cut short: does it miss some of what it announces, or its coordinates?
    pub(super) fn lacks_points(&self) -> bool {
        let count = |code: i32| self.own().filter(|group| group.code == code).count();
        match self.kind {
            "POLYLINE" => {
                !(self.groups.iter()).any(|group| group.code == 0 && group.value.trim() == "SEQEND")
            }
            "LWPOLYLINE" => {
                let announced = self.text(90).and_then(|count| count.trim().parse().ok());
                count(20) < announced.unwrap_or(usize::MAX)
            }
            "LINE" => count(21) == 0,
            "CIRCLE" => count(40) == 0,
            "ARC" => count(51) == 0,
            "INSERT" | "HATCH" => false,
            _ => count(20) == 0,
        }
    }

    pub(super) fn flags(&self) -> i64 {
        self.text(70)
            .and_then(|flags| flags.trim().parse().ok())
            .unwrap_or_default()
    }
}

/// Why an entity cannot be imported.
pub(super) type Refused = (IssueCode, String);

/// Points in drawing order.
#[derive(Clone, Debug, Default)]
pub(super) struct Figure {
    pub(super) points: Vec<Coord<f64>>,
    pub(super) closed: bool,
    pub(super) heights: Heights,
    pub(super) had_curves: bool,
}

impl Figure {
    /// Where an insert puts it.
    pub(super) fn placed(mut self, placing: &Placing) -> Self {
        for at in &mut self.points {
            *at = placing.apply(*at);
        }
        self.heights = self.heights.moved(|at| placing.apply(at), placing.lift_m);
        self
    }

    /// All of it in one level; 0 is none.
    pub(super) fn at_height(mut self, height: f64) -> Self {
        self.heights = Heights::default();
        for at in &self.points {
            self.heights.note(*at, height);
        }
        self.heights = self.heights.or_flat();
        self
    }
}

/// A corner and how much the way to the next one bulges: the tangent of a quarter of the arc's angle.
#[derive(Clone, Copy, Debug, Default)]
struct Corner {
    at: Coord<f64>,
    bulge: f64,
}

pub(super) fn light_polyline(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let height = entity.number(38)?.unwrap_or_default();
    Ok(corners(entity.own(), entity.flags() & 1 != 0)?.at_height(height))
}

/// Through corners that follow each other as x, y and bulge.
pub(super) fn corners<'g, 't: 'g>(
    groups: impl Iterator<Item = &'g Group<'t>>,
    closed: bool,
) -> Result<Figure, Refused> {
    let mut corners: Vec<Corner> = Vec::new();
    for group in groups {
        match group.code {
            10 => {
                let at = Coord {
                    x: number(group.value)?,
                    y: f64::NAN,
                };
                corners.push(Corner { at, bulge: 0.0 });
            }
            20 | 42 => {
                let value = number(group.value)?;
                if let Some(last) = corners.last_mut() {
                    if group.code == 20 {
                        last.at.y = value;
                    } else {
                        last.bulge = value;
                    }
                }
            }
            _ => {}
        }
    }
    let figure = Figure {
        closed,
        ..Figure::default()
    };
    through(&corners, figure)
}

pub(super) fn polyline(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let flags = entity.flags();
    if flags & (16 | 64) != 0 {
        let reason = "三维网格不是线".to_owned();
        return Err((IssueCode::UnknownGeometryType, reason));
    }
    let mut corners = Vec::new();
    let mut heights = Heights::default();
    let vertices = (entity.groups).split(|group| group.code == 0);
    // The first piece is the polyline's own.
    for vertex in vertices.skip(1) {
        let value = |code: i32| -> Result<Option<f64>, Refused> {
            let group = vertex.iter().find(|group| group.code == code);
            group.map(|group| number(group.value)).transpose()
        };
        let flags = value(70)?.unwrap_or_default();
        let Some((x, y)) = value(10)?.zip(value(20)?) else {
            continue;
        };
        // The frame of a smoothed line is not on it.
        if (flags - 16.0).abs() < 0.5 {
            continue;
        }
        let at = Coord { x, y };
        heights.note(at, value(30)?.unwrap_or_default());
        let bulge = value(42)?.unwrap_or_default();
        corners.push(Corner { at, bulge });
    }
    let figure = Figure {
        closed: flags & 1 != 0,
        heights: heights.or_flat(),
        ..Figure::default()
    };
    let figure = through(&corners, figure)?;
    Ok(match figure.heights.only_one() {
        // The points of arcs lie as high as their ends.
        Some(height) if figure.had_curves => figure.at_height(height),
        _ => figure,
    })
}

pub(super) fn line(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let start = place(entity, 10)?;
    let end = place(entity, 11)?;
    let heights = [entity.number(30)?, entity.number(31)?];
    let mut figure = Figure {
        points: vec![start, end],
        ..Figure::default()
    };
    for (at, height) in [start, end].into_iter().zip(heights) {
        figure.heights.note(at, height.unwrap_or_default());
    }
    figure.heights = figure.heights.or_flat();
    Ok(figure)
}

pub(super) fn point(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let figure = Figure {
        points: vec![place(entity, 10)?],
        ..Figure::default()
    };
    Ok(figure.at_height(entity.number(30)?.unwrap_or_default()))
}

pub(super) fn circle(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let mut figure = swept(entity, 0.0, TAU)?;
    figure.points.pop();
    figure.closed = true;
    Ok(figure)
}

pub(super) fn arc(entity: &Entity<'_, '_>) -> Result<Figure, Refused> {
    let angle = |code| Ok::<f64, Refused>(entity.number(code)?.unwrap_or_default().to_radians());
    let (start, end) = (angle(50)?, angle(51)?);
    swept(entity, start, (end - start).rem_euclid(TAU))
}

/// Counter-clockwise around the centre.
fn swept(entity: &Entity<'_, '_>, start: f64, by: f64) -> Result<Figure, Refused> {
    let center = place(entity, 10)?;
    let radius = entity.number(40)?.unwrap_or_default();
    if radius <= 0.0 {
        return Err((IssueCode::ZeroArea, "圆弧的半径为零".to_owned()));
    }
    let mut points = vec![on_circle(center, radius, start)];
    sweep(&mut points, center, radius, start, by);
    points.push(on_circle(center, radius, start + by));
    let figure = Figure {
        points,
        had_curves: true,
        ..Figure::default()
    };
    Ok(figure.at_height(entity.number(30)?.unwrap_or_default()))
}

/// The points between the ends of an arc.
fn sweep(points: &mut Vec<Coord<f64>>, center: Coord<f64>, radius: f64, start: f64, by: f64) {
    let sides = (by.abs() / TAU * SIDES).ceil().clamp(1.0, SIDES);
    let mut side = 1.0;
    while side < sides {
        points.push(on_circle(center, radius, start + by * side / sides));
        side += 1.0;
    }
}

fn on_circle(center: Coord<f64>, radius: f64, angle: f64) -> Coord<f64> {
    Coord {
        x: center.x + radius * angle.cos(),
        y: center.y + radius * angle.sin(),
    }
}

/// A figure through the corners, arcs and all.
fn through(corners: &[Corner], mut figure: Figure) -> Result<Figure, Refused> {
    if corners.iter().any(|corner| !corner.at.y.is_finite()) {
        let reason = "顶点只有一个坐标".to_owned();
        return Err((IssueCode::BadCoordinates, reason));
    }
    let closed = figure.closed;
    let after = |at: usize| match corners.get(at + 1) {
        None if closed => corners.first(),
        next => next,
    };
    for (at, corner) in corners.iter().enumerate() {
        figure.points.push(corner.at);
        if let Some(next) = after(at).filter(|next| corner.bulge != 0.0 && next.at != corner.at) {
            figure.had_curves = true;
            bulge(&mut figure.points, *corner, next.at);
        }
    }
    Ok(figure)
}

/// The points of an arc between two corners.
fn bulge(points: &mut Vec<Coord<f64>>, from: Corner, to: Coord<f64>) {
    let Corner { at: from, bulge } = from;
    let (east, north) = (to.x - from.x, to.y - from.y);
    // The centre lies beside the middle of the chord, to the left of it where the bulge is below 1.
    let aside = (1.0 - bulge * bulge) / (4.0 * bulge);
    let center = Coord {
        x: f64::midpoint(from.x, to.x) - north * aside,
        y: f64::midpoint(from.y, to.y) + east * aside,
    };
    let radius = (from.x - center.x).hypot(from.y - center.y);
    let start = (from.y - center.y).atan2(from.x - center.x);
    if radius.is_finite() {
        sweep(points, center, radius, start, 4.0 * bulge.atan());
    }
}

pub(super) fn place(entity: &Entity<'_, '_>, code: i32) -> Result<Coord<f64>, Refused> {
    match (entity.number(code)?, entity.number(code + 10)?) {
        (Some(x), Some(y)) => Ok(Coord { x, y }),
        _ => Err((IssueCode::BadCoordinates, "图元缺少坐标".to_owned())),
    }
}

pub(super) fn number(text: &str) -> Result<f64, Refused> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err((IssueCode::OutOfRange, "坐标不是有限的数".to_owned())),
        Err(_) => {
            let text = super::geojson_feature::shortened(text);
            let reason = format!("“{text}”不是数字");
            Err((IssueCode::BadCoordinates, reason))
        }
    }
}

/// The entity as it stands in the file.
pub(super) fn as_text(entity: &Entity<'_, '_>) -> String {
    let mut text = format!("0\n{}\n", entity.kind);
    for group in entity.groups {
        // Writing to a string cannot fail.
        writeln!(text, "{}\n{}", group.code, group.value).ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bulge_of_one_is_half_a_circle_to_the_right_of_the_way() {
        let from = Corner {
            at: Coord { x: 0.0, y: 0.0 },
            bulge: 1.0,
        };
        let mut points = Vec::new();
        bulge(&mut points, from, Coord { x: 2.0, y: 0.0 });
        let lowest = points.iter().map(|at| at.y).fold(0.0, f64::min);
        assert!((lowest + 1.0).abs() < 1e-9, "{lowest}");
        for at in points {
            assert!(((at.x - 1.0).hypot(at.y) - 1.0).abs() < 1e-9);
        }
    }
}
