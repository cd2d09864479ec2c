//! Overlaps 占压: which feature of one layer covers which of another, cut out exactly, and how large it is.
//!
//! Lon/lat in, pieces out, in the order of the features; on all cores, with progress and cancel. Knows no
//! files and no workspace.
//!
//! 1. A tree of boxes over the layer with fewer features; each feature of the other asks it for partners.
//! 2. Each is made sound once (`shape`): the library that cuts takes valid outlines only.
//! 3. A pair's common box is the window. Outlines that do not meet there lie apart or one within the other,
//!    and nothing is cut (`pair`); else both are reduced to the window first (`window`, `edges`), so that
//!    a province's red line costs a parcel no more than the few edges nearby.
//! 4. The cut is watched (`cutter`): a panic or an unbelievable answer is tried once more on mended
//!    outlines, and then reported with both features' numbers.
//!
//! **Touching is no overlap.** A part whose mean width (twice its area by its outline) is below
//! [`THINNEST_M`] is left out and only counted, and so is a stretch of line shorter than that: a millimetre is the last digit of
//! eight decimals of a degree, in which neighbours' common borders are usually rounded, and a fiftieth of
//! the best survey's error. Points and lines on an outline touch it.
//!
//! Within each layer features may cover each other; then the sum of the pieces counts that ground twice.

mod cutter;
mod edges;
mod pair;
mod shape;
mod strokes;
mod window;

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};
use rayon::prelude::*;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::crs::geodesic_length_m;
use crate::jobs::{Cancelled, Progress};
use crate::model::Feature;
use edges::{Bounds, Side};
use pair::{Common, CutFailed, Sized};
use shape::{Shape, Unusable};

/// Narrower than this is touching, in metres.
pub const THINNEST_M: f64 = 0.001;

/// What a feature of one layer and a feature of the other have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Places in the two lists.
    pub a: usize,
    pub b: usize,
    pub geometry: Geometry<f64>,
    /// On the ellipsoid.
    pub area_m2: f64,
    /// Of lines inside areas, on the ellipsoid.
    pub length_m: f64,
    /// How many points lie inside.
    pub points: usize,
    /// How much of `a` it is, 0 to 1: of its area, of its length where it is lines, of its points else.
    /// `None` where an area of `a` holds lines or points of `b`.
    pub share_of_a: Option<f64>,
}

/// Something a user must know about a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Place in the first list, if one of its features is concerned.
    pub a: Option<usize>,
    /// Place in the second list.
    pub b: Option<usize>,
    pub what: What,
}

/// What happened to a feature or a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The outline crosses itself or its parts overlap: its sound reading was used.
    Mended,
    /// A coordinate is no place on earth: the feature was left out.
    BadCoordinates,
    /// The outline meets itself in too many places to mean an area: the feature was left out.
    Tangled,
    /// The cut of the two failed, even of mended outlines: the pair was left out.
    CutFailed,
}

impl What {
    /// Is the result short of something?
    pub const fn is_left_out(self) -> bool {
        !matches!(self, Self::Mended)
    }

    /// The stable key of `--json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mended => "mended",
            Self::BadCoordinates => "bad_coordinates",
            Self::Tangled => "tangled",
            Self::CutFailed => "cut_failed",
        }
    }

    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Mended => "边界自相交或各部分重叠，已按修复后的图形计算占压",
            Self::BadCoordinates => "坐标无效，未参与占压计算；请修改坐标后重新计算",
            Self::Tangled => "边界自相交过多，未参与占压计算；请在原软件中修复后重新计算",
            Self::CutFailed => "这一对图形无法裁切，未计入结果；请修复图形后重新计算，或人工量算",
        }
    }
}

/// All overlaps of two lists of features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlaps {
    /// By `a`, then by `b`.
    pub pieces: Vec<Piece>,
    pub remarks: Vec<Remark>,
    /// Pairs that lie upon each other only less than [`THINNEST_M`]: neighbours drawn a hair too wide.
    pub slivers: usize,
}

impl Overlaps {
    /// Sum of the pieces; ground that features of one list share counts more than once.
    pub fn area_m2(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.area_m2).sum()
    }
}

/// Cut one list of features, in lon/lat, by another. Features without a place take no part.
pub fn overlaps(a: &[Feature], b: &[Feature], progress: &Progress) -> Result<Overlaps, Cancelled> {
    // The work is shared out by the longer list; which one that is must not show in the result.
    let swapped = a.len() < b.len();
    let (many, few) = if swapped { (b, a) } else { (a, b) };
    let order = Order { swapped };
    let few: Vec<Ready<'_>> = few.par_iter().map(Ready::of).collect();
    let mut remarks: Vec<Remark> = (few.iter().enumerate())
        .filter_map(|(place, ready)| Some(order.remark(None, Some(place), ready.remark?)))
        .collect();
    let partners = Partners::of(&few);
    let done = AtomicUsize::new(0);
    let found = (many.par_iter().enumerate())
        .map(|(place, feature)| {
            progress.step(done.fetch_add(1, Ordering::Relaxed), many.len())?;
            Ok(partners.meet(place, feature, order))
        })
        .collect::<Result<Vec<Found>, Cancelled>>()?;
    progress.step(many.len(), many.len())?;
    let (mut pieces, mut slivers) = (Vec::new(), 0);
    for found in found {
        slivers += found.slivers;
        pieces.extend(found.pieces);
        remarks.extend(found.remarks);
    }
    pieces.sort_by_key(|piece: &Piece| (piece.a, piece.b));
    remarks.sort_by_key(|remark| (remark.a, remark.b));
    Ok(Overlaps {
        pieces,
        remarks,
        slivers,
    })
}

/// Which of the two lists is the caller's first.
#[derive(Clone, Copy)]
struct Order {
    swapped: bool,
}

impl Order {
    const fn pair<T: Copy>(self, many: T, few: T) -> (T, T) {
        if self.swapped {
            (few, many)
        } else {
            (many, few)
        }
    }

    const fn remark(self, many: Option<usize>, few: Option<usize>, what: What) -> Remark {
        let (a, b) = self.pair(many, few);
        Remark { a, b, what }
    }
}

/// A feature made sound, or why it cannot take part.
struct Ready<'a> {
    shape: Shape<'a>,
    remark: Option<What>,
}

impl<'a> Ready<'a> {
    fn of(feature: &'a Feature) -> Self {
        let mut ready = Self::unchecked(feature);
        ready.make_sound();
        ready
    }

    fn unchecked(feature: &'a Feature) -> Self {
        let shape = feature.geometry.as_ref().map(Shape::of).transpose();
        Self {
            remark: shape.as_ref().err().map(|unusable| (*unusable).into()),
            shape: shape.ok().flatten().unwrap_or_default(),
        }
    }

    fn make_sound(&mut self) {
        match self.shape.make_sound() {
            Ok(false) => {}
            Ok(true) => self.remark = Some(What::Mended),
            Err(unusable) => {
                self.shape = Shape::default();
                self.remark = Some(unusable.into());
            }
        }
    }
}

/// A shape ready to be met by others.
struct Member<'a> {
    shape: &'a Shape<'a>,
    area: Option<Sized<'a>>,
}

impl<'a> Member<'a> {
    fn of(shape: &'a Shape<'a>) -> Self {
        Self {
            shape,
            area: shape.area.as_deref().map(Sized::of),
        }
    }

    /// Of what a share is told: area, else length, else points.
    fn share(&self, piece: &Piece) -> Option<f64> {
        let (part, whole) = if let Some(area) = &self.area {
            (piece.area_m2, area.m2)
        } else if self.shape.lines.is_empty() {
            (piece.points as f64, self.shape.points.len() as f64)
        } else {
            let lines = self.shape.lines.iter().map(|line| line.as_ref().clone());
            let lines = MultiLineString(lines.collect());
            (piece.length_m, geodesic_length_m(&lines.into()))
        };
        // The cutter's grid may give a hair more than all.
        (part > 0.0 && whole > 0.0).then(|| (part / whole).min(1.0))
    }
}

/// What one feature has in common with the other list.
#[derive(Default)]
struct Found {
    pieces: Vec<Piece>,
    remarks: Vec<Remark>,
    slivers: usize,
}

/// The shorter list, to be asked.
struct Partners<'a> {
    members: Vec<Member<'a>>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl<'a> Partners<'a> {
    fn of(few: &'a [Ready<'_>]) -> Self {
        let boxes = few.iter().enumerate().filter_map(|(place, ready)| {
            let rectangle = Rectangle::from_aabb(envelope(ready.shape.bounds?));
            Some(GeomWithData::new(rectangle, place))
        });
        Self {
            tree: RTree::bulk_load(boxes.collect()),
            members: (few.par_iter())
                .map(|ready| Member::of(&ready.shape))
                .collect(),
        }
    }

    /// Cheap, and right for outlines that are not sound, too: does the shape's box lie outside the other's
    /// area? Half of the partners by their boxes are gone with it.
    fn may_meet(&self, shape: &Shape<'_>, partner: usize) -> bool {
        let only_area =
            |member: &&Member<'_>| member.shape.lines.is_empty() && member.shape.points.is_empty();
        let other = self.members.get(partner).filter(only_area);
        let other = other.and_then(|member| member.area.as_ref());
        let (Some(bounds), Some(Sized { area, .. })) = (shape.bounds, other) else {
            return true;
        };
        area.has_edge_near(&bounds) || area.side(bounds.min) != Side::Outside
    }

    fn meet(&self, place: usize, feature: &Feature, order: Order) -> Found {
        let mut found = Found::default();
        let mut ready = Ready::unchecked(feature);
        let mut near: Vec<usize> = match ready.shape.bounds {
            Some(bounds) => (self.tree)
                .locate_in_envelope_intersecting(&envelope(bounds))
                .map(|boxed| boxed.data)
                .collect(),
            None => Vec::new(),
        };
        near.retain(|partner| self.may_meet(&ready.shape, *partner));
        if !near.is_empty() {
            ready.make_sound();
        }
        if let Some(what) = ready.remark {
            found.remarks.push(order.remark(Some(place), None, what));
        }
        if near.is_empty() {
            return found;
        }
        near.sort_unstable();
        let one = Member::of(&ready.shape);
        for partner in near {
            let Some(other) = self.members.get(partner) else {
                continue;
            };
            let (a, b) = order.pair(place, partner);
            let (first, second) = order.pair(&one, other);
            match piece(a, b, first, second) {
                Ok(Meeting::Nothing) => {}
                Ok(Meeting::Sliver) => found.slivers += 1,
                Ok(Meeting::Piece(piece)) => found.pieces.push(piece),
                Err(CutFailed) => {
                    let failed = order.remark(Some(place), Some(partner), What::CutFailed);
                    found.remarks.push(failed);
                }
            }
        }
        found
    }
}

fn envelope(bounds: Bounds) -> AABB<[f64; 2]> {
    AABB::from_corners([bounds.min.x, bounds.min.y], [bounds.max.x, bounds.max.y])
}

/// How two shapes meet.
enum Meeting {
    Nothing,
    /// Upon each other, but narrower than [`THINNEST_M`].
    Sliver,
    Piece(Piece),
}

/// Everything that two shapes have in common.
fn piece(
    a: usize,
    b: usize,
    first: &Member<'_>,
    second: &Member<'_>,
) -> Result<Meeting, CutFailed> {
    let (mut geometries, mut area_m2) = (Vec::new(), 0.0);
    let mut sliver = false;
    if let (Some(area), Some(other)) = (&first.area, &second.area) {
        match pair::common(area, other)? {
            Some(Common::Area { geometry, m2 }) => {
                area_m2 = m2;
                geometries.push(geometry);
            }
            Some(Common::Sliver) => sliver = true,
            None => {}
        }
    }
    let (mut lines, mut points) = (Vec::new(), Vec::new());
    for (one, other) in [(first, second), (second, first)] {
        let Some(Sized { area, .. }) = &other.area else {
            continue;
        };
        let drawn = one.shape.lines.iter().map(Cow::as_ref);
        lines.extend(strokes::lines_within(drawn, area));
        points.extend(strokes::points_within(&one.shape.points, area));
    }
    let count = points.len();
    geometries.extend(lines_geometry(lines));
    let length_m = geometries.last().map_or(0.0, geodesic_length_m);
    geometries.extend(points_geometry(points));
    let geometry = match (geometries.len(), geometries.pop()) {
        (_, None) if sliver => return Ok(Meeting::Sliver),
        (_, None) => return Ok(Meeting::Nothing),
        (1, Some(one)) => one,
        (_, Some(last)) => {
            geometries.push(last);
            Geometry::GeometryCollection(geometries.into())
        }
    };
    let mut piece = Piece {
        a,
        b,
        geometry,
        area_m2,
        length_m,
        points: count,
        share_of_a: None,
    };
    piece.share_of_a = first.share(&piece);
    Ok(Meeting::Piece(piece))
}

fn lines_geometry(mut lines: Vec<LineString<f64>>) -> Option<Geometry<f64>> {
    match lines.len() {
        0 | 1 => lines.pop().map(Geometry::LineString),
        _ => Some(MultiLineString(lines).into()),
    }
}

fn points_geometry(mut points: Vec<Point<f64>>) -> Option<Geometry<f64>> {
    match points.len() {
        0 | 1 => points.pop().map(Geometry::Point),
        _ => Some(MultiPoint(points).into()),
    }
}

/// Metres a degree is worth at a latitude, east and north; good to a percent.
fn metres_per_degree(lat: f64) -> Coord<f64> {
    const EQUATOR_M: f64 = 111_320.0;
    Coord {
        x: EQUATOR_M * lat.to_radians().cos(),
        y: EQUATOR_M,
    }
}

impl From<Unusable> for What {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::BadCoordinates => Self::BadCoordinates,
            Unusable::Tangled => Self::Tangled,
        }
    }
}
