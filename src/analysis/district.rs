//! Is a feature in the district? By the boundary itself, not by the rectangle around it.
//!
//! Over an R-tree of the boundary's edges, so that a hundred thousand parcels are asked in a moment. Must not
//! know which features are asked about.

use geo::{Coord, CoordsIter, Geometry, Intersects, Line, LinesIter, Point};
use rstar::{AABB, RTree};

use crate::crs::{Extent, LonLat};

pub(super) struct District {
    edges: RTree<Line<f64>>,
    extent: Extent,
}

impl District {
    /// `None` for a boundary that encloses nothing.
    pub(super) fn new(boundary: &Geometry<f64>) -> Option<Self> {
        let edges: Vec<Line<f64>> = match boundary {
            Geometry::Polygon(polygon) => polygon.lines_iter().collect(),
            Geometry::MultiPolygon(polygons) => polygons.lines_iter().collect(),
            _ => return None,
        };
        Some(Self {
            edges: RTree::bulk_load(edges),
            extent: Extent::of_geometry(boundary)?,
        })
    }

    /// Does any part of it lie in the district?
    pub(super) fn touches(&self, geometry: &Geometry<f64>) -> bool {
        let Some(extent) = Extent::of_geometry(geometry) else {
            return false;
        };
        if !extent.intersects(self.extent) {
            return false;
        }
        let near = AABB::from_corners(
            Point::new(extent.west, extent.south),
            Point::new(extent.east, extent.north),
        );
        let Some(edge) = self.edges.locate_in_envelope_intersecting(&near).next() else {
            // All of it lies on one side.
            return geometry
                .coords_iter()
                .next()
                .is_some_and(|at| self.contains(at));
        };
        geometry.coords_iter().any(|at| self.contains(at))
            || lines(geometry).iter().any(|line| self.crosses(line))
            || geometry.intersects(&edge.start)
    }

    /// By how often a ray to the east crosses the boundary.
    fn contains(&self, at: Coord<f64>) -> bool {
        if !self.extent.contains(LonLat::new(at.x, at.y)) {
            return false;
        }
        let ray = AABB::from_corners(Point(at), Point::new(self.extent.east, at.y));
        let crosses = |edge: &&Line<f64>| {
            let (a, b) = (edge.start, edge.end);
            (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x
        };
        let crossings = self.edges.locate_in_envelope_intersecting(&ray);
        crossings.filter(crosses).count() % 2 == 1
    }

    fn crosses(&self, line: &Line<f64>) -> bool {
        let around = AABB::from_corners(Point(line.start), Point(line.end));
        let mut near = self.edges.locate_in_envelope_intersecting(&around);
        near.any(|edge| edge.intersects(line))
    }
}

/// The edges of lines and outlines.
pub(super) fn lines(geometry: &Geometry<f64>) -> Vec<Line<f64>> {
    match geometry {
        Geometry::LineString(line) => line.lines().collect(),
        Geometry::MultiLineString(lines) => lines.lines_iter().collect(),
        Geometry::Polygon(polygon) => polygon.lines_iter().collect(),
        Geometry::MultiPolygon(polygons) => polygons.lines_iter().collect(),
        Geometry::GeometryCollection(parts) => parts.iter().flat_map(lines).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::wkt;

    #[test]
    fn the_boundary_counts_not_the_rectangle_around_it() {
        // An L: the north-east corner of its rectangle is not in it.
        let district = District::new(
            &wkt!(POLYGON((0.0 0.0,4.0 0.0,4.0 1.0,1.0 1.0,1.0 4.0,0.0 4.0,0.0 0.0))).into(),
        )
        .unwrap();
        for (inside, touches) in [
            (Geometry::from(wkt!(POINT(0.5 3.0))), true),
            (wkt!(POINT(3.0 3.0)).into(), false),
            (
                wkt!(POLYGON((2.0 2.0,3.0 2.0,3.0 3.0,2.0 2.0))).into(),
                false,
            ),
            // Across an arm without a corner in it.
            (wkt!(LINESTRING(-1.0 2.0,2.0 2.0)).into(), true),
            // Around all of it.
            (
                wkt!(POLYGON((-9.0 -9.0,9.0 -9.0,9.0 9.0,-9.0 9.0,-9.0 -9.0))).into(),
                true,
            ),
            // Around the empty corner, edge to edge.
            (
                wkt!(POLYGON((1.5 1.5,5.0 1.5,5.0 5.0,1.5 5.0,1.5 1.5))).into(),
                false,
            ),
            (wkt!(POINT(9.0 9.0)).into(), false),
        ] {
            assert_eq!(district.touches(&inside), touches, "{inside:?}");
        }
    }
}
