//! One parcel of 界址点 text: its points by 圈号, and the figure they make.
//!
//! 圈号 means a hole to some tools and a further part to others, so containment decides. Must not know lines
//! of text.

use std::ops::Range;

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint};

use super::axes::{self, Order};
use super::heights::Heights;
use super::{boundary_txt, rings};
use crate::model::IssueCode;

/// Why a parcel cannot be imported.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) code: IssueCode,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn bad_coordinates(message: &str) -> Self {
        Self {
            code: IssueCode::BadCoordinates,
            message: message.to_owned(),
        }
    }
}

/// One line of coordinates, in the order of the file.
pub(super) struct Point<'a> {
    /// 圈号; empty where the file has none.
    pub(super) ring: &'a str,
    pub(super) at: (f64, f64),
    pub(super) height: Option<f64>,
}

/// 图形属性.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Points,
    Lines,
    Area,
}

#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) cells: Vec<String>,
    /// Of the file's text.
    pub(super) span: Range<usize>,
    heights: Vec<((f64, f64), f64)>,
    shape: Shape,
    /// 界址点数 as announced.
    announced: Option<usize>,
    /// Points as they stand in the file, one group a ring.
    groups: Vec<Vec<(f64, f64)>>,
    /// 圈号 of the last point.
    ring: String,
    points: usize,
    fault: Option<Fault>,
}

impl Parcel {
    pub(super) fn new(cells: &[&str], span: Range<usize>) -> Self {
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        Self {
            span,
            heights: Vec::new(),
            shape: boundary_txt::shape(&cells),
            announced: cells.first().and_then(|count| count.parse().ok()),
            groups: Vec::new(),
            ring: String::new(),
            points: 0,
            fault: None,
            cells,
        }
    }

    /// A point, or why a line is none: the first fault makes the whole parcel one.
    pub(super) fn add(&mut self, point: Result<Point<'_>, Fault>) {
        let point = match point {
            Ok(point) => point,
            Err(fault) => {
                self.fault.get_or_insert(fault);
                return;
            }
        };
        self.points += 1;
        (self.heights).extend(point.height.map(|height| (point.at, height)));
        // A ring that has come back to its start is over, whether or not the 圈号 says so.
        let goes_on = !self.groups.is_empty()
            && point.ring == self.ring
            && !(self.shape == Shape::Area && self.is_closed());
        match self.groups.last_mut() {
            Some(group) if goes_on => group.push(point.at),
            _ => {
                self.groups.push(vec![point.at]);
                point.ring.clone_into(&mut self.ring);
            }
        }
    }

    /// Does the last ring end where it starts?
    pub(super) fn is_closed(&self) -> bool {
        (self.groups.last()).is_some_and(|group| group.len() > 3 && group.first() == group.last())
    }

    pub(super) const fn is_faulty(&self) -> bool {
        self.fault.is_some()
    }

    pub(super) fn has_ring_numbers(&self) -> bool {
        !self.ring.is_empty()
    }

    pub(super) fn pairs(&self) -> impl Iterator<Item = (f64, f64)> {
        self.groups.iter().flatten().copied()
    }

    pub(super) fn order(&self) -> Option<Order> {
        axes::majority(self.pairs())
    }

    /// Are there fewer points than announced?
    pub(super) fn lacks_points(&self) -> bool {
        self.announced
            .is_some_and(|announced| self.points < announced)
    }

    pub(super) fn too_few_points(&self) -> String {
        format!(
            "地块不完整：应有 {} 个界址点，只有 {} 个",
            self.announced.unwrap_or_default(),
            self.points
        )
    }

    /// The announced count may or may not include the repeated closing points.
    pub(super) fn count_differs(&self) -> Option<String> {
        let announced = self.announced.filter(|count| *count > 0)?;
        let rings = self.groups.len();
        let closing = (self.groups.iter())
            .filter(|group| group.len() > 1 && group.first() == group.last())
            .count();
        let agrees =
            announced <= self.points + (rings - closing) && announced + closing >= self.points;
        (!agrees && self.points > 0).then(|| {
            format!(
                "界址点数写为 {announced}，实有 {} 个；按实有的点读取",
                self.points
            )
        })
    }

    /// Those of the figure's points.
    pub(super) fn heights(&self, order: Order, scale: f64) -> Heights {
        let mut heights = Heights::default();
        for &(pair, height) in &self.heights {
            heights.note(place(pair, order, scale), height);
        }
        heights.or_flat()
    }

    /// The figure, east before north, in metres or degrees. `None` without points.
    pub(super) fn geometry(
        &self,
        order: Order,
        scale: f64,
    ) -> Result<Option<Geometry<f64>>, Fault> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let place = |&pair: &(f64, f64)| place(pair, order, scale);
        let groups = self.groups.iter().map(|group| group.iter().map(place));
        Ok(match self.shape {
            Shape::Points => {
                let points: MultiPoint<f64> = groups.flatten().map(geo::Point).collect();
                match points.0.as_slice() {
                    [] => None,
                    [only] => Some((*only).into()),
                    _ => Some(points.into()),
                }
            }
            Shape::Lines => {
                let mut lines: Vec<LineString<f64>> = groups.map(Iterator::collect).collect();
                if let Some(short) = lines.iter().find(|line| line.0.len() < 2) {
                    return Err(too_few("线", short.0.len()));
                }
                match lines.len() {
                    0 => None,
                    1 => lines.pop().map(Geometry::from),
                    _ => Some(MultiLineString(lines).into()),
                }
            }
            Shape::Area => {
                let mut outlines = Vec::new();
                for group in groups {
                    let mut ring: LineString<f64> = group.collect();
                    // Both ways of ending a ring are usual.
                    ring.close();
                    if ring.0.len() < 4 {
                        return Err(too_few("环", ring.0.len().saturating_sub(1).max(1)));
                    }
                    outlines.push(ring);
                }
                rings::assemble(outlines)
            }
        })
    }
}

fn place((first, second): (f64, f64), order: Order, scale: f64) -> Coord<f64> {
    let (x, y) = match order {
        Order::NorthEast => (second, first),
        Order::EastNorth => (first, second),
    };
    Coord {
        x: x * scale,
        y: y * scale,
    }
}

fn too_few(what: &str, points: usize) -> Fault {
    let what_for = if what == "环" { "，构不成面" } else { "" };
    Fault {
        code: IssueCode::TooFewPoints,
        message: format!("{what}只有 {points} 个点{what_for}"),
    }
}
