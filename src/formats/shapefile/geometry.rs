//! One shape, from the bytes of its record to a geometry in the file's coordinates.
//!
//! Measures are left out. Must not know the records around it, nor any CRS.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point};

use super::rings;
use crate::formats::heights::Heights;
use crate::model::IssueCode;

/// Nothing on Earth is that far, in any unit; programs write −1.8e308 for "no data".
const FAR: f64 = 1e12;

/// Programs write less than this where there is no height or measure.
const NO_DATA: f64 = -1e38;

/// Bounding box, then the counts.
const COUNTS_AT: usize = 36;

/// A shape that can be imported.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) geometry: Option<Geometry<f64>>,
    pub(super) heights: Heights,
    pub(super) had_measures: bool,
    pub(super) repairs: Vec<(IssueCode, String)>,
}

/// Why a shape cannot be imported.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: IssueCode,
    pub(super) message: String,
    /// What could be read of it, to be put aside.
    pub(super) outline: Option<Geometry<f64>>,
}

fn fault(code: IssueCode, message: impl Into<String>) -> Fault {
    Fault {
        code,
        message: message.into(),
        outline: None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Null,
    Point,
    Line,
    Polygon,
    MultiPoint,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    None,
    Heights,
    Measures,
}

fn kind_of(content: &[u8]) -> Option<(Family, Extra)> {
    use Family::{Line, MultiPoint, Null, Point, Polygon};
    Some(match number(content, 0)? {
        0 => (Null, Extra::None),
        1 => (Point, Extra::None),
        3 => (Line, Extra::None),
        5 => (Polygon, Extra::None),
        8 => (MultiPoint, Extra::None),
        11 => (Point, Extra::Heights),
        13 => (Line, Extra::Heights),
        15 => (Polygon, Extra::Heights),
        18 => (MultiPoint, Extra::Heights),
        21 => (Point, Extra::Measures),
        23 => (Line, Extra::Measures),
        25 => (Polygon, Extra::Measures),
        28 => (MultiPoint, Extra::Measures),
        _ => return None,
    })
}

/// How long this shape's record can be: with its plane coordinates alone, with one more number a point,
/// with two. All `None` where it does not say.
pub(super) fn possible_lengths(content: &[u8]) -> [Option<usize>; 3] {
    lengths(content).unwrap_or_default()
}

fn lengths(content: &[u8]) -> Option<[Option<usize>; 3]> {
    let (family, extra) = kind_of(content)?;
    let (plane, block) = match family {
        Family::Null => return Some([Some(4), None, None]),
        Family::Point => (20, 8),
        Family::MultiPoint => {
            let points = count(content, COUNTS_AT)?;
            (points.checked_mul(16)?.checked_add(40)?, block(points)?)
        }
        Family::Line | Family::Polygon => {
            let parts = count(content, COUNTS_AT)?.checked_mul(4)?;
            let points = count(content, COUNTS_AT + 4)?;
            let plane = points
                .checked_mul(16)?
                .checked_add(parts)?
                .checked_add(44)?;
            (plane, block(points)?)
        }
    };
    let once = plane.checked_add(block);
    let twice = once.and_then(|once| once.checked_add(block));
    Some(match extra {
        Extra::None => [Some(plane), None, None],
        Extra::Heights => [once, twice, Some(plane)],
        Extra::Measures => [Some(plane), once, None],
    })
}

/// The range and the values of the heights, or of the measures.
fn block(points: usize) -> Option<usize> {
    points.checked_mul(8)?.checked_add(16)
}

pub(super) fn parse(content: &[u8]) -> Result<Shape, Fault> {
    let Some((family, extra)) = kind_of(content) else {
        return Err(match number(content, 0) {
            Some(31) => fault(
                IssueCode::UnknownGeometryType,
                "三维面片（MultiPatch）没有平面图形，未导入",
            ),
            Some(kind) => fault(
                IssueCode::UnknownGeometryType,
                format!("Shapefile 没有编号为 {kind} 的图形类型"),
            ),
            None => too_short(),
        });
    };
    let mut shape = match family {
        Family::Null => Shape::default(),
        Family::Point => {
            let at = points(content, 4, 1)?;
            let at = Point(at.first().copied().unwrap_or_default());
            checked(Some(Geometry::Point(at)))?
        }
        Family::MultiPoint => {
            let total = count(content, COUNTS_AT).ok_or_else(too_short)?;
            let all = points(content, COUNTS_AT + 4, total)?;
            let all = MultiPoint::new(all.into_iter().map(Point).collect());
            checked((!all.0.is_empty()).then_some(Geometry::MultiPoint(all)))?
        }
        Family::Line => lines(parts(content)?)?,
        Family::Polygon => polygons(parts(content)?)?,
    };
    if extra == Extra::Heights {
        shape.heights = heights(content, family).unwrap_or_default().or_flat();
    }
    shape.had_measures = extra != Extra::None && has_measures(content, extra);
    Ok(shape)
}

fn too_short() -> Fault {
    fault(
        IssueCode::BadCoordinates,
        "记录的长度与其中的点数、部件数不符",
    )
}

fn number(content: &[u8], at: usize) -> Option<i32> {
    let bytes = content.get(at..at.checked_add(4)?)?;
    Some(i32::from_le_bytes(bytes.try_into().ok()?))
}

fn count(content: &[u8], at: usize) -> Option<usize> {
    usize::try_from(number(content, at)?).ok()
}

/// Nothing is reserved before it is known to be there.
fn points(content: &[u8], at: usize, total: usize) -> Result<Vec<Coord<f64>>, Fault> {
    let end = total.checked_mul(16).and_then(|len| len.checked_add(at));
    let bytes = end
        .and_then(|end| content.get(at..end))
        .ok_or_else(too_short)?;
    let pairs = bytes.chunks_exact(16).map(|pair| pair.split_at(8));
    Ok(pairs
        .map(|(x, y)| Coord {
            x: real(x),
            y: real(y),
        })
        .collect())
}

fn parts(content: &[u8]) -> Result<Vec<Vec<Coord<f64>>>, Fault> {
    let part_count = count(content, COUNTS_AT).ok_or_else(too_short)?;
    let total = count(content, COUNTS_AT + 4).ok_or_else(too_short)?;
    let starts_at = COUNTS_AT + 8;
    let starts_end = part_count
        .checked_mul(4)
        .and_then(|len| len.checked_add(starts_at))
        .ok_or_else(too_short)?;
    let starts = content.get(starts_at..starts_end).ok_or_else(too_short)?;
    let all = points(content, starts_end, total)?;
    let mut starts: Vec<usize> = starts
        .chunks_exact(4)
        .map(|start| count(start, 0).unwrap_or(usize::MAX))
        .collect();
    let in_order = starts
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a <= b));
    let within = starts.last().is_none_or(|last| *last <= total);
    if !in_order || !within || starts.first().is_some_and(|first| *first != 0) {
        return Err(Fault {
            outline: Some(Geometry::LineString(LineString(all))),
            ..fault(
                IssueCode::BadCoordinates,
                "部件的起点编号混乱，无法区分各个部件",
            )
        });
    }
    if starts.is_empty() && total > 0 {
        // Points without a part: there is one, and the file forgot to say so.
        starts.push(0);
    }
    starts.push(total);
    let ranges = starts.windows(2).filter_map(|pair| match pair {
        [from, to] if from < to => all.get(*from..*to).map(<[_]>::to_vec),
        _ => None,
    });
    Ok(ranges.collect())
}

/// Every coordinate has to be a number that can lie on Earth.
fn checked(geometry: Option<Geometry<f64>>) -> Result<Shape, Fault> {
    use geo::CoordsIter;
    let sound = geometry
        .iter()
        .flat_map(CoordsIter::coords_iter)
        .all(is_sound);
    if sound {
        Ok(Shape {
            geometry,
            ..Shape::default()
        })
    } else {
        Err(Fault {
            outline: geometry,
            ..fault(
                IssueCode::OutOfRange,
                "坐标不是有限的数（NaN、无穷大或空值标记）",
            )
        })
    }
}

fn is_sound(at: Coord<f64>) -> bool {
    at.x.abs() < FAR && at.y.abs() < FAR
}

fn outline_of(parts: Vec<Vec<Coord<f64>>>) -> MultiLineString<f64> {
    MultiLineString::new(parts.into_iter().map(LineString).collect())
}

fn lines(parts: Vec<Vec<Coord<f64>>>) -> Result<Shape, Fault> {
    let mut lines = outline_of(parts);
    if lines.0.is_empty() {
        return Ok(Shape::default());
    }
    let before = lines.0.len();
    if lines.0.iter().all(|line| line.0.len() < 2) {
        return Err(Fault {
            outline: Some(lines.into()),
            ..fault(IssueCode::TooFewPoints, "线只有 1 个点")
        });
    }
    let mut shape = checked(Some(lines.clone().into()))?;
    lines.0.retain(|line| line.0.len() >= 2);
    let dropped = before - lines.0.len();
    if dropped > 0 {
        shape.repairs.push((
            IssueCode::TooFewPoints,
            format!("{dropped} 个部件只有 1 个点，已去掉"),
        ));
    }
    shape.geometry = Some(match lines.0.as_mut_slice() {
        [only] => Geometry::LineString(std::mem::replace(only, LineString(Vec::new()))),
        _ => Geometry::MultiLineString(lines),
    });
    Ok(shape)
}

fn polygons(parts: Vec<Vec<Coord<f64>>>) -> Result<Shape, Fault> {
    if parts.is_empty() {
        return Ok(Shape::default());
    }
    let mut outline = outline_of(parts);
    checked(Some(outline.clone().into()))?;
    let mut shape = Shape::default();
    let mut closed = 0;
    for ring in &mut outline.0 {
        if ring.0.len() >= 3 && ring.0.first() != ring.0.last() {
            ring.close();
            closed += 1;
        }
    }
    let several = outline.0.len() > 1;
    let has_area = |ring: &LineString<f64>| ring.0.len() >= 4 && rings::signed_area(ring) != 0.0;
    if several && outline.0.iter().any(has_area) {
        let before = outline.0.len();
        outline.0.retain(has_area);
        let dropped = before - outline.0.len();
        if dropped > 0 {
            shape.repairs.push((
                IssueCode::ZeroArea,
                format!("{dropped} 个环没有面积，已去掉"),
            ));
        }
    } else if let Some(ring) = outline.0.iter().find(|ring| ring.0.len() < 4) {
        let message = format!("环只有 {} 个点，构不成面", ring.0.len());
        return Err(Fault {
            outline: Some(outline.into()),
            ..fault(IssueCode::TooFewPoints, message)
        });
    }
    if closed > 0 {
        shape.repairs.push((
            IssueCode::UnclosedRing,
            format!("{closed} 个环首尾不相接，已闭合"),
        ));
    }
    let Some(nested) = rings::nest(&outline.0) else {
        return Err(Fault {
            outline: Some(outline.into()),
            ..fault(
                IssueCode::BadCoordinates,
                "环太多且层层相套，无法区分外环与内环",
            )
        });
    };
    if nested.against_direction {
        shape.repairs.push((
            IssueCode::WrongOrientation,
            "内环、外环的方向有误，已按包含关系区分并改正".to_owned(),
        ));
    }
    let mut polygons = nested.polygons;
    shape.geometry = Some(if polygons.len() == 1 {
        polygons.swap_remove(0).into()
    } else {
        MultiPolygon::new(polygons).into()
    });
    Ok(shape)
}

/// `None` where the record ends before them.
fn heights(content: &[u8], family: Family) -> Option<Heights> {
    let (plane_at, total, heights_at) = match family {
        Family::Null => return None,
        Family::Point => (4, 1, 20),
        _ => {
            let [_, _, plane] = possible_lengths(content);
            let (counts, starts) = match family {
                Family::MultiPoint => (COUNTS_AT, 0),
                _ => (COUNTS_AT + 4, count(content, COUNTS_AT)?.checked_mul(4)?),
            };
            let plane_at = (counts + 4).checked_add(starts)?;
            (plane_at, count(content, counts)?, plane?.checked_add(16)?)
        }
    };
    let end = total.checked_mul(8)?.checked_add(heights_at)?;
    let values = content.get(heights_at..end)?.chunks_exact(8).map(real);
    let mut heights = Heights::default();
    for (at, height) in points(content, plane_at, total)
        .ok()?
        .into_iter()
        .zip(values)
    {
        heights.note(at, if height < NO_DATA { f64::NAN } else { height });
    }
    Some(heights)
}

fn real(bytes: &[u8]) -> f64 {
    bytes.try_into().map_or(f64::NAN, f64::from_le_bytes)
}

/// Programs write less than −1e38 for a measure that is none, and zeros.
fn has_measures(content: &[u8], extra: Extra) -> bool {
    let measures = match (kind_of(content), extra) {
        (Some((Family::Point, _)), Extra::Heights) => content.get(28..36),
        (Some((Family::Point, _)), _) => content.get(20..28),
        // Of what stands before the measures: the plane coordinates, and the heights if there are any.
        _ => possible_lengths(content)
            .first()
            .copied()
            .flatten()
            .and_then(|before| content.get(before.checked_add(16)?..)),
    };
    measures.is_some_and(|measures| {
        (measures.chunks_exact(8).map(real)).any(|value| value > NO_DATA && value != 0.0)
    })
}
