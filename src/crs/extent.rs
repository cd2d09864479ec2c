//! A longitude/latitude rectangle: the extent of a layer, a view, a sheet.

use geo::BoundingRect;
use geo::Geometry;
use serde::{Deserialize, Serialize};

use super::LonLat;

/// A rectangle in CGCS2000 degrees. Never empty and never crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extent {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Extent {
    /// The extent of one position.
    pub const fn of_point(at: LonLat) -> Self {
        Self {
            west: at.lon,
            south: at.lat,
            east: at.lon,
            north: at.lat,
        }
    }

    /// The extent of a geometry in lon/lat; `None` where it has no coordinates.
    pub fn of_geometry(geometry: &Geometry<f64>) -> Option<Self> {
        let rect = geometry.bounding_rect()?;
        Some(Self {
            west: rect.min().x,
            south: rect.min().y,
            east: rect.max().x,
            north: rect.max().y,
        })
    }

    /// The smallest extent that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// Grown by `share` of its size on each side.
    #[must_use]
    pub fn grown(self, share: f64) -> Self {
        let (dx, dy) = (
            (self.east - self.west) * share,
            (self.north - self.south) * share,
        );
        Self {
            west: self.west - dx,
            south: self.south - dy,
            east: self.east + dx,
            north: self.north + dy,
        }
    }

    pub fn center(self) -> LonLat {
        LonLat::new(
            f64::midpoint(self.west, self.east),
            f64::midpoint(self.south, self.north),
        )
    }

    pub fn contains(self, at: LonLat) -> bool {
        (self.west..=self.east).contains(&at.lon) && (self.south..=self.north).contains(&at.lat)
    }

    pub fn intersects(self, other: Self) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }
}
