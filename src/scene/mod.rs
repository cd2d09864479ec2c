//! One draw list for the screen, PDF and PNG: what is seen is what is printed.
//!
//! A [`Scene`] holds [`DrawOp`]s whose places are in a **plane** (`f64`; see [`Plane`]) and whose sizes
//! (line widths, text, icons) are in **points** (1/72 inch on paper, a logical pixel on screen). A painter
//! has one affine map from the plane to its device and draws the ops in order; it never reprojects.
//! The same layers, sites and style always give the same ops in the same order.
//! Deliberately absent: egui and PDF types, page furniture, the workspace.

pub mod build;
mod clip;
mod cluster;
pub mod device;
pub mod hatch;
pub mod icons;
pub mod labels;
pub mod legend;
mod looks;
mod paths;
pub mod pdf;
pub mod pyramid;
pub mod style;
pub mod tessellate;
pub mod text;

use std::sync::Arc;

use crate::crs::{
    Crs, LonLat, Transform, TransformError, World, lon_lat_from_world, world_from_lon_lat,
};
use crate::model::{LayerId, SiteId};

pub use build::{
    Ground, LargeLayer, LayerView, Part, SceneInput, Slot, build, build_ground, build_selection,
    faded,
};
pub use clip::edge_inside;
pub use device::{DeviceRect, View};
pub use legend::{LegendEntry, LegendSample, legend};
pub use style::MapStyle;

/// The plane a scene is drawn in.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "one or two planes live at a time; a box would only cost a hop per point"
)]
pub enum Plane {
    /// The unit Web-Mercator square, y down: the screen's.
    World,
    /// A planar CRS in metres, y up: the paper's (the Gauss–Krüger zone of the map's centre).
    Grid(Transform),
}

impl Plane {
    /// The paper's plane at a place: its three-degree Gauss–Krüger zone.
    pub fn grid_at(center: LonLat) -> Result<Self, TransformError> {
        Transform::new(Crs::three_degree_zone_at(center.lon)).map(Self::Grid)
    }

    /// `None` where the place is outside the projection.
    pub fn from_lon_lat(&self, at: LonLat) -> Option<PlanePoint> {
        match self {
            Self::World => {
                let World { x, y } = world_from_lon_lat(at);
                Some(PlanePoint { x, y })
            }
            Self::Grid(transform) => {
                let (x, y) = transform.from_lon_lat(at).ok()?;
                Some(PlanePoint { x, y })
            }
        }
    }

    pub fn to_lon_lat(&self, at: PlanePoint) -> Option<LonLat> {
        match self {
            Self::World => Some(lon_lat_from_world(World { x: at.x, y: at.y })),
            Self::Grid(transform) => transform.to_lon_lat(at.x, at.y).ok(),
        }
    }
}

/// A place in a [`Plane`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanePoint {
    pub x: f64,
    pub y: f64,
}

/// A colour, sRGB with straight alpha.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgba {
    pub r: u8,
    pub g: u8,
    pub b: u8,
    pub a: u8,
}

impl Rgba {
    pub const fn opaque(r: u8, g: u8, b: u8) -> Self {
        Self { r, g, b, a: 255 }
    }

    #[must_use]
    pub const fn with_alpha(self, a: u8) -> Self {
        Self { a, ..self }
    }
}

/// Lines and rings in the plane. A closed path's rings are filled by the even-odd rule, so that holes
/// need no direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Each part without its repeated closing point.
    pub parts: Vec<Vec<PlanePoint>>,
    pub closed: bool,
    /// `[min x, min y, max x, max y]`, for culling.
    pub bounds: [f64; 4],
}

/// A line's pattern, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dash {
    Solid,
    /// Length of stroke and of gap.
    Dashed {
        on: f32,
        off: f32,
    },
    /// 长划点: long stroke, gap, dot, gap; administrative borders.
    DashDot {
        on: f32,
        off: f32,
    },
}

impl Dash {
    /// Stroke, gap, stroke, gap in points, for a line of `width_pt`; `None` for a solid line.
    pub const fn pattern(self, width_pt: f32) -> Option<[f32; 4]> {
        match self {
            Self::Solid => None,
            Self::Dashed { on, off } => Some([on, off, on, off]),
            // The dot is as long as the line is wide.
            Self::DashDot { on, off } => Some([on, off, width_pt, off]),
        }
    }
}

/// What an op belongs to, for picking and for opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    Feature {
        layer: LayerId,
        fid: i64,
    },
    Site(SiteId),
    /// The one cluster of `district` sites; `count` of them.
    DistrictSites {
        count: usize,
    },
    Decoration,
}

/// Point symbols, drawn from a small vector alphabet so that screen and paper agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// A project: category glyph inside, status ring outside. Index into the style's categories.
    Site {
        category: usize,
    },
    /// The cluster of sites that are only known to be in the district.
    Cluster,
    Town,
    Landmark,
    Section,
    Reservoir,
    Dot,
    /// A ring and a body without glyph: status in legends.
    Badge,
    /// The soft disc under whatever is selected.
    Glow,
}

/// Which side of its anchor a text stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextAnchor {
    Center,
    /// Text begins right of the anchor, after `offset` points.
    Right,
    Above,
}

/// One thing to draw. Closed, so that every painter is a match the compiler checks.
#[derive(Clone, Debug, PartialEq)]
pub enum DrawOp {
    Fill {
        owner: Owner,
        path: Arc<Path>,
        color: Rgba,
    },
    /// Parallel lines inside a closed path: the mark of what is only schematic.
    Hatch {
        owner: Owner,
        path: Arc<Path>,
        color: Rgba,
        spacing_pt: f32,
        width_pt: f32,
    },
    /// Everything outside a closed path (the mask around the district).
    Mask { path: Arc<Path>, color: Rgba },
    Stroke {
        owner: Owner,
        path: Arc<Path>,
        color: Rgba,
        width_pt: f32,
        dash: Dash,
    },
    Icon {
        owner: Owner,
        at: PlanePoint,
        symbol: Symbol,
        size_pt: f32,
        /// Body colour.
        color: Rgba,
        /// Ring colour (status of a site, class of a section); `None`: no ring.
        ring: Option<Rgba>,
        /// Dashed ring: the place is not surveyed.
        uncertain: bool,
        /// Moved by so many points right and down, so that icons of one and the same place stand side by side.
        shift_pt: [f32; 2],
    },
    /// A label. Painters place them by `priority` (higher first) and drop what collides.
    Text {
        owner: Owner,
        at: PlanePoint,
        text: String,
        size_pt: f32,
        color: Rgba,
        halo: Rgba,
        anchor: TextAnchor,
        offset_pt: f32,
        priority: u8,
    },
}

/// What is drawn, in order, bottom first.
#[derive(Clone, Debug)]
pub struct Scene {
    pub plane: Plane,
    pub ops: Vec<DrawOp>,
    /// Something drawn claims no place ([`crate::model::Placement::Schematic`]): paper must say so.
    pub schematic: bool,
}
