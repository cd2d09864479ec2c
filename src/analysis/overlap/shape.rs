//! What takes part in an overlap: a feature's areas, lines and points, made sound.
//!
//! An area here is a set of rings under the even-odd rule. That is what valid polygons mean; of the others
//! the sound reading is made first: lobes of a ring that crosses itself are all area, holes are taken off,
//! parts that overlap are one. Must not know pairs of features.

use std::borrow::Cow;

use geo::bool_ops::BooleanOps;
use geo::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon};

use super::cutter::{Rings, careful};
use super::edges::{Bounds, Edge, Ring, Side};
use crate::crs::authalic_area_m2;

/// Pairs of edges looked at to see whether an outline meets itself; beyond this it is no outline.
const MAX_LOOKS: usize = 1_000_000_000;

/// Places where an outline may meet itself before nobody can tell what it means.
const MAX_MEETINGS: usize = 1_000_000;

/// Areas, lines and points of one feature.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    /// A polygon or a multipolygon.
    pub(super) area: Option<Cow<'a, Geometry<f64>>>,
    pub(super) lines: Vec<Cow<'a, LineString<f64>>>,
    pub(super) points: Vec<Point<f64>>,
    pub(super) bounds: Option<Bounds>,
}

/// Why a shape cannot take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    BadCoordinates,
    Tangled,
}

impl<'a> Shape<'a> {
    pub(super) fn of(geometry: &'a Geometry<f64>) -> Result<Self, Unusable> {
        let mut shape = Self::default();
        let mut gathered = Vec::new();
        shape.take(geometry, &mut gathered);
        if !gathered.is_empty() {
            shape.area = Some(Cow::Owned(MultiPolygon(gathered).into()));
        }
        let mut extent = Extent::default();
        shape.points.iter().for_each(|point| extent.add(&[point.0]));
        shape.lines.iter().for_each(|line| extent.add(&line.0));
        for polygon in shape.area.as_deref().map_or(&[][..], polygons) {
            extent.add(&polygon.exterior().0);
            (polygon.interiors().iter()).for_each(|hole| extent.add(&hole.0));
        }
        shape.bounds = extent.bounds()?;
        Ok(shape)
    }

    /// `polygons` gathers what cannot be borrowed whole.
    fn take(&mut self, geometry: &'a Geometry<f64>, polygons: &mut Vec<Polygon<f64>>) {
        match geometry {
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) => {
                self.area = Some(Cow::Borrowed(geometry));
            }
            Geometry::Rect(rect) => polygons.push(rect.to_polygon()),
            Geometry::Triangle(triangle) => polygons.push(triangle.to_polygon()),
            Geometry::Point(point) => self.points.push(*point),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().copied()),
            Geometry::Line(line) => self.lines.push(Cow::Owned((*line).into())),
            Geometry::LineString(line) => self.lines.push(Cow::Borrowed(line)),
            Geometry::MultiLineString(lines) => {
                self.lines.extend(lines.iter().map(Cow::Borrowed));
            }
            Geometry::GeometryCollection(parts) => {
                for part in parts {
                    match part {
                        Geometry::Polygon(polygon) => polygons.push(polygon.clone()),
                        Geometry::MultiPolygon(parts) => polygons.extend(parts.iter().cloned()),
                        other => self.take(other, polygons),
                    }
                }
            }
        }
    }

    /// Makes the area sound. Did that change what it covers?
    pub(super) fn make_sound(&mut self) -> Result<bool, Unusable> {
        let Some(area) = &self.area else {
            return Ok(false);
        };
        if is_sound(&Area::of(area))? {
            return Ok(false);
        }
        let drawn_m2 = authalic_area_m2(area);
        let sound = careful(|| resolved(area)).ok_or(Unusable::Tangled)?;
        let differs = careful(|| rings_of(area).xor(&sound));
        let sound = Geometry::MultiPolygon(sound);
        let counted_m2 = authalic_area_m2(&sound) - drawn_m2;
        let differs_m2 = differs.map_or(f64::INFINITY, |differs| authalic_area_m2(&differs.into()));
        // Rings that only touch mean the same as before, but for the cutter's rounding.
        let changed = differs_m2.max(counted_m2.abs()) > 1e-6 * drawn_m2 + 1e-3;
        if changed {
            self.area = Some(Cow::Owned(sound));
        }
        Ok(changed)
    }
}

fn polygons(geometry: &Geometry<f64>) -> &[Polygon<f64>] {
    match geometry {
        Geometry::Polygon(polygon) => std::slice::from_ref(polygon),
        Geometry::MultiPolygon(polygons) => &polygons.0,
        _ => &[],
    }
}

/// Bounds, and whether every coordinate is a place on earth, in one walk.
struct Extent {
    bounds: Bounds,
    /// Not finite as soon as one coordinate is not; bounds alone do not see what is not a number.
    sum: f64,
}

impl Default for Extent {
    fn default() -> Self {
        Self {
            bounds: Bounds::EMPTY,
            sum: 0.0,
        }
    }
}

impl Extent {
    fn add(&mut self, points: &[Coord<f64>]) {
        self.bounds = self.bounds.union(Bounds::of(points));
        self.sum += points.iter().map(|point| point.x + point.y).sum::<f64>();
    }

    /// `None`: there are no points.
    fn bounds(&self) -> Result<Option<Bounds>, Unusable> {
        let Bounds { min, max } = self.bounds;
        if min.x > max.x && self.sum == 0.0 {
            return Ok(None);
        }
        let on_earth = min.x >= -360.0 && max.x <= 360.0 && min.y >= -90.0 && max.y <= 90.0;
        if on_earth && self.sum.is_finite() {
            Ok(Some(self.bounds))
        } else {
            Err(Unusable::BadCoordinates)
        }
    }
}

/// All rings, as drawn.
fn rings_of(geometry: &Geometry<f64>) -> Rings {
    let rings = |polygon: &Polygon<f64>| {
        let outline = polygon.exterior().clone();
        std::iter::once(outline).chain(polygon.interiors().to_vec())
    };
    Rings(polygons(geometry).iter().flat_map(rings).collect())
}

/// The sound reading of a polygon or multipolygon.
pub(super) fn resolved(geometry: &Geometry<f64>) -> MultiPolygon<f64> {
    let lobes = |ring: &LineString<f64>| {
        let nothing = Rings(Vec::new());
        Rings(vec![ring.clone()]).union(&nothing)
    };
    let parts: Vec<MultiPolygon<f64>> = polygons(geometry)
        .iter()
        .map(|polygon| {
            let holes: Vec<_> = polygon.interiors().iter().map(lobes).collect();
            let outer = lobes(polygon.exterior());
            if holes.is_empty() {
                return outer;
            }
            outer.difference(&united(holes))
        })
        .collect();
    united(parts)
}

/// Two by two, so that many parts take little longer than few. By the even-odd rule of sound outlines:
/// rules that count turns go wrong where outlines touch themselves.
fn united(mut parts: Vec<MultiPolygon<f64>>) -> MultiPolygon<f64> {
    while parts.len() > 1 {
        let pair = |pair: &[MultiPolygon<f64>]| match pair {
            [one, other] => one.union(other),
            rest => rest.first().cloned().unwrap_or(MultiPolygon(Vec::new())),
        };
        parts = parts.chunks(2).map(pair).collect();
    }
    parts.pop().unwrap_or(MultiPolygon(Vec::new()))
}

/// Is the even-odd rule the area that was meant, and is the area that of the outline less the holes?
/// Where a ring meets itself or another one the answer is no: a look at the sound reading will tell.
fn is_sound(area: &Area<'_>) -> Result<bool, Unusable> {
    let (mut looks, mut meetings) = (0, 0);
    for (place, ring) in area.rings().enumerate() {
        let last = ring.points.len().saturating_sub(2);
        let mut tangled = false;
        ring.edges_near(&ring.bounds, |edge| {
            if tangled || edge.from == edge.to {
                return;
            }
            let window = edge.bounds();
            for (other_place, other_ring) in area.rings().enumerate().skip(place) {
                other_ring.edges_near(&window, |other| {
                    looks += 1;
                    let same = other_place == place;
                    if same && other.at <= edge.at || other.from == other.to {
                        return;
                    }
                    let neighbours =
                        same && (other.at - edge.at == 1 || (edge.at == 0 && other.at == last));
                    if !neighbours && edge.meets(&other) {
                        meetings += 1;
                    }
                });
            }
            tangled = looks > MAX_LOOKS || meetings > MAX_MEETINGS;
        });
        if tangled {
            return Err(Unusable::Tangled);
        }
    }
    Ok(meetings == 0 && is_nested_soundly(area))
}

/// Rings meet nowhere, so one point of each tells: outlines lie outside the others or in their holes, holes
/// lie in their outline and in no other hole.
fn is_nested_soundly(area: &Area<'_>) -> bool {
    if area.rings().count() == 1 {
        return true;
    }
    area.polygons.iter().all(|rings| {
        let outline = rings.first();
        rings.iter().enumerate().all(|(place, ring)| {
            let Some(&at) = ring.points.first() else {
                return true;
            };
            let inside = |ring: &Ring<'_>| ring.crossings_east_of(at).map(|count| count % 2 == 1);
            let around = (area.rings())
                .filter(|other| !std::ptr::eq(*other, ring) && inside(other) == Some(true))
                .count();
            match place {
                0 => around % 2 == 0,
                _ => around % 2 == 1 && outline.and_then(inside) == Some(true),
            }
        })
    })
}

/// An area ready for questions: its rings with their trees, polygon by polygon, outline first.
#[derive(Debug)]
pub(super) struct Area<'a> {
    pub(super) whole: &'a Geometry<f64>,
    polygons: Vec<Vec<Ring<'a>>>,
    pub(super) bounds: Bounds,
}

impl<'a> Area<'a> {
    /// Rings that enclose nothing are left out.
    pub(super) fn of(whole: &'a Geometry<f64>) -> Self {
        let rings = |polygon: &'a Polygon<f64>| -> Vec<Ring<'a>> {
            std::iter::once(polygon.exterior())
                .chain(polygon.interiors())
                .filter(|ring| ring.0.len() > 3)
                .map(Ring::new)
                .collect()
        };
        let polygons: Vec<_> = polygons(whole)
            .iter()
            .filter(|polygon| polygon.exterior().0.len() > 3)
            .map(rings)
            .collect();
        let bounds =
            (polygons.iter().flatten()).fold(Bounds::EMPTY, |all, ring| all.union(ring.bounds));
        Self {
            whole,
            polygons,
            bounds,
        }
    }

    pub(super) fn rings(&self) -> impl Iterator<Item = &Ring<'a>> {
        self.polygons.iter().flatten()
    }

    pub(super) fn side(&self, at: Coord<f64>) -> Side {
        if !self.bounds.has(at) {
            return Side::Outside;
        }
        let crossings: Option<usize> = self.rings().map(|ring| ring.crossings_east_of(at)).sum();
        match crossings {
            None => Side::Edge,
            Some(count) if count % 2 == 1 => Side::Inside,
            Some(_) => Side::Outside,
        }
    }

    pub(super) fn has_edge_near(&self, window: &Bounds) -> bool {
        let mut found = false;
        for ring in self.rings() {
            ring.edges_near(window, |_| found = true);
        }
        found
    }

    /// The edges whose box touches a window.
    pub(super) fn edges_near(&self, window: &Bounds) -> Vec<Edge> {
        let mut found = Vec::new();
        for ring in self.rings() {
            ring.edges_near(window, |edge| found.push(edge));
        }
        found
    }
}
