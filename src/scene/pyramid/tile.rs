//! One tile of a layer, ready for a graphics card: corners in small integers, triangles, lines, dots.
//!
//! Nothing in it has a colour. Each corner names its feature; how that looks is looked up while drawing, so
//! that other colours need no other tile.

use geo::{Coord, Geometry, Polygon};

use super::fill;
use super::rings::{Frame, Pixel, Window};
use super::{Pyramid, TILE_PIXELS, TileKey, unit};
use crate::crs::World;

/// In [`LinePoint::feature`]: only says where the line comes from or goes to; no edge begins or ends here.
pub const GHOST: u32 = 1 << 31;
/// In [`LinePoint::feature`]: a line of its own, not the outline of an area.
pub const FREE_LINE: u32 = 1 << 30;
/// In [`Dot::feature`]: an area or line smaller than a pixel, not a point.
pub const SPECK: u32 = 1 << 31;
/// The feature's position in the layer, in any of them.
pub const FEATURE: u32 = FREE_LINE - 1;

/// Smaller than this in both directions, a feature is one speck.
const SPECK_PIXELS: f64 = 1.0;
/// Of features edge to edge that are smaller than this in both directions, the outline has faded away.
const OUTLINE_PIXELS: f64 = 2.0;
/// Of the points in a square of this size one is drawn: more would hide each other.
const DOT_PIXELS: f64 = 2.0;

/// A corner of triangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corner {
    pub at: [i16; 2],
    pub feature: u32,
}

/// A vertex of lines that follow each other without a mark between them: ghosts keep them apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinePoint {
    pub at: [i16; 2],
    pub feature: u32,
    /// Pixels of the tile since the line began, for dashes.
    pub along: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dot {
    pub at: [i16; 2],
    pub feature: u32,
}

/// What a layer shows inside a tile. Places are in units of the tile: [`super::TILE_UNITS`] across.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub key: TileKey,
    pub corners: Vec<Corner>,
    /// Three to a triangle.
    pub triangles: Vec<u32>,
    /// An edge runs from each point to the next where neither is a ghost.
    pub lines: Vec<LinePoint>,
    pub dots: Vec<Dot>,
}

impl Tile {
    pub fn bytes(&self) -> usize {
        size_of_val(self.corners.as_slice())
            + size_of_val(self.triangles.as_slice())
            + size_of_val(self.lines.as_slice())
            + size_of_val(self.dots.as_slice())
    }
}

pub(super) fn build(pyramid: &Pyramid, key: TileKey) -> Tile {
    let mut builder = Builder {
        frame: Frame::new(key),
        tile: Tile {
            key,
            corners: Vec::new(),
            triangles: Vec::new(),
            lines: Vec::new(),
            dots: Vec::new(),
        },
        specks: Taken::new(SPECK_PIXELS),
        dots: Taken::new(DOT_PIXELS),
        is_crowded: pyramid.crowding() >= 1.0,
        has_outline: true,
    };
    for (index, bounds) in pyramid.touching(key) {
        let Some(geometry) = pyramid.geometry(index) else {
            continue;
        };
        builder.feature(index, geometry, bounds);
    }
    builder.tile
}

struct Builder {
    frame: Frame,
    tile: Tile,
    specks: Taken,
    dots: Taken,
    /// Small features show no outline here.
    is_crowded: bool,
    /// The present feature does.
    has_outline: bool,
}

impl Builder {
    fn feature(&mut self, index: u32, geometry: &Geometry<f64>, bounds: [f64; 4]) {
        let [min_x, min_y, max_x, max_y] = bounds;
        let low = self.frame.pixel_of(World { x: min_x, y: min_y });
        let high = self.frame.pixel_of(World { x: max_x, y: max_y });
        let is_within = |pixels: f64| high[0] - low[0] < pixels && high[1] - low[1] < pixels;
        self.has_outline = !self.is_crowded || !is_within(OUTLINE_PIXELS);
        let is_point = matches!(geometry, Geometry::Point(_) | Geometry::MultiPoint(_));
        if !is_point && is_within(SPECK_PIXELS) {
            let middle = [
                f64::midpoint(low[0], high[0]),
                f64::midpoint(low[1], high[1]),
            ];
            self.speck(index, middle);
        } else {
            self.geometry(index, geometry);
        }
    }

    fn geometry(&mut self, index: u32, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.point(index, point.0),
            Geometry::MultiPoint(points) => {
                for point in points {
                    self.point(index, point.0);
                }
            }
            Geometry::Line(line) => self.line(index, &[line.start, line.end]),
            Geometry::LineString(line) => self.line(index, &line.0),
            Geometry::MultiLineString(lines) => {
                for line in lines {
                    self.line(index, &line.0);
                }
            }
            Geometry::Polygon(polygon) => self.polygon(index, polygon),
            Geometry::MultiPolygon(polygons) => {
                for polygon in polygons {
                    self.polygon(index, polygon);
                }
            }
            Geometry::Rect(rect) => self.polygon(index, &rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(index, &triangle.to_polygon()),
            Geometry::GeometryCollection(members) => {
                for member in members {
                    self.geometry(index, member);
                }
            }
        }
    }

    fn polygon(&mut self, index: u32, polygon: &Polygon<f64>) {
        let shell = self.frame.pixels(&polygon.exterior().0, true);
        match shell.as_slice() {
            [] => return,
            [at] => return self.speck(index, *at),
            [_, _] => return self.outline(index, &shell, false),
            _ => {}
        }
        let mut rings = vec![shell];
        for hole in polygon.interiors() {
            let hole = self.frame.pixels(&hole.0, true);
            if hole.len() >= 3 {
                rings.push(hole);
            }
        }
        if self.has_outline {
            for ring in &rings {
                self.outline(index, ring, true);
            }
        }
        let filled = fill::fill(&rings);
        let Ok(first) = u32::try_from(self.tile.corners.len()) else {
            return;
        };
        let corner = |at| Corner { at, feature: index };
        self.tile
            .corners
            .extend(filled.corners.into_iter().map(corner));
        let triangles = filled.triangles.iter();
        self.tile
            .triangles
            .extend(triangles.map(|corner| first + corner));
    }

    fn line(&mut self, index: u32, coords: &[Coord<f64>]) {
        let line = self.frame.pixels(coords, false);
        self.outline(index | FREE_LINE, &line, false);
    }

    fn point(&mut self, index: u32, at: Coord<f64>) {
        let at = self.frame.pixel(at);
        if self.dots.take(at) {
            self.tile.dots.push(Dot {
                at: at.map(unit),
                feature: index,
            });
        }
    }

    fn speck(&mut self, index: u32, at: Pixel) {
        if self.specks.take(at) {
            self.tile.dots.push(Dot {
                at: at.map(unit),
                feature: index | SPECK,
            });
        }
    }

    /// The edges inside the tile. They are cut where their middle line leaves it, so that the next tile goes
    /// on there and nothing is drawn twice.
    fn outline(&mut self, feature: u32, points: &[Pixel], closed: bool) {
        let is_inside = points.iter().all(|at| Window::TILE.holds(*at));
        if is_inside && closed {
            self.whole_ring(feature, points);
            return;
        }
        let mut run = Run::new(feature);
        let mut along = 0.0;
        let closing = points.first().filter(|_| closed);
        let next = points.iter().skip(1).chain(closing);
        for (from, to) in points.iter().zip(next) {
            let length = (to[0] - from[0]).hypot(to[1] - from[1]);
            match Window::TILE.cut_edge(*from, *to) {
                Some((enter, leave)) => {
                    let at = |share: f64| {
                        [
                            from[0] + (to[0] - from[0]) * share,
                            from[1] + (to[1] - from[1]) * share,
                        ]
                    };
                    if enter > 0.0 {
                        run.end(&mut self.tile.lines);
                    }
                    run.edge(
                        at(enter),
                        along + enter * length,
                        at(leave),
                        along + leave * length,
                    );
                    if leave < 1.0 {
                        run.end(&mut self.tile.lines);
                    }
                }
                None => run.end(&mut self.tile.lines),
            }
            along += length;
        }
        run.end(&mut self.tile.lines);
    }

    /// Its ends meet: the ghosts are the neighbours around the corner.
    fn whole_ring(&mut self, feature: u32, points: &[Pixel]) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return;
        };
        let ghost = |at: Pixel| LinePoint {
            at: at.map(unit),
            feature: feature | GHOST,
            along: 0.0,
        };
        let lines = &mut self.tile.lines;
        lines.push(ghost(*last));
        let mut along = 0.0;
        let mut before = *first;
        for &at in points.iter().chain([first]) {
            along += (at[0] - before[0]).hypot(at[1] - before[1]);
            lines.push(line_point(feature, at, along));
            before = at;
        }
        lines.push(ghost(points.get(1).copied().unwrap_or(*first)));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels, for dashes")]
fn line_point(feature: u32, at: Pixel, along: f64) -> LinePoint {
    LinePoint {
        at: at.map(unit),
        feature,
        along: along as f32,
    }
}

/// Edges that follow each other.
struct Run {
    feature: u32,
    points: Vec<LinePoint>,
}

impl Run {
    const fn new(feature: u32) -> Self {
        Self {
            feature,
            points: Vec::new(),
        }
    }

    fn edge(&mut self, from: Pixel, along_from: f64, to: Pixel, along_to: f64) {
        if self.points.is_empty() {
            self.points.push(line_point(self.feature, from, along_from));
        }
        let to = line_point(self.feature, to, along_to);
        if self.points.last().is_none_or(|last| last.at != to.at) {
            self.points.push(to);
        }
    }

    /// Ghosts on the ends themselves: the line is cut square there.
    fn end(&mut self, lines: &mut Vec<LinePoint>) {
        if let ([first, .., last], feature) = (self.points.as_slice(), self.feature | GHOST) {
            lines.push(LinePoint { feature, ..*first });
            lines.extend(&self.points);
            lines.push(LinePoint { feature, ..*last });
        }
        self.points.clear();
    }
}

/// Which cells of the tile have their dot already. Places outside the tile are another tile's.
struct Taken {
    cell: f64,
    across: usize,
    is_full: Vec<bool>,
}

impl Taken {
    fn new(cell: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some hundred cells across"
        )]
        let across = (TILE_PIXELS / cell).ceil() as usize;
        Self {
            cell,
            across,
            is_full: Vec::new(),
        }
    }

    fn take(&mut self, [x, y]: Pixel) -> bool {
        let inside = 0.0..TILE_PIXELS;
        if !inside.contains(&x) || !inside.contains(&y) {
            return false;
        }
        self.is_full.resize(self.across * self.across, false);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "inside the tile"
        )]
        let cell = (y / self.cell) as usize * self.across + (x / self.cell) as usize;
        self.is_full
            .get_mut(cell)
            .is_some_and(|is_full| !std::mem::replace(is_full, true))
    }
}
