//! Device space: points (1/72 inch on paper, logical pixels on screen), y down.
//!
//! The one affine map from a plane to a device, and rectangles there. Knows no painter.

use super::{Plane, PlanePoint};

/// A rectangle in device points, y down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeviceRect {
    pub min_x: f64,
    pub min_y: f64,
    pub max_x: f64,
    pub max_y: f64,
}

impl DeviceRect {
    pub const fn from_size(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self {
            min_x: left,
            min_y: top,
            max_x: left + width,
            max_y: top + height,
        }
    }

    pub const fn width(self) -> f64 {
        self.max_x - self.min_x
    }

    pub const fn height(self) -> f64 {
        self.max_y - self.min_y
    }

    pub const fn center(self) -> (f64, f64) {
        (
            f64::midpoint(self.min_x, self.max_x),
            f64::midpoint(self.min_y, self.max_y),
        )
    }

    #[must_use]
    pub const fn grown(self, by: f64) -> Self {
        Self {
            min_x: self.min_x - by,
            min_y: self.min_y - by,
            max_x: self.max_x + by,
            max_y: self.max_y + by,
        }
    }

    pub fn contains(self, (x, y): (f64, f64)) -> bool {
        (self.min_x..=self.max_x).contains(&x) && (self.min_y..=self.max_y).contains(&y)
    }

    pub fn contains_rect(self, other: Self) -> bool {
        self.min_x <= other.min_x
            && other.max_x <= self.max_x
            && self.min_y <= other.min_y
            && other.max_y <= self.max_y
    }

    /// Touching edges do not count.
    pub fn overlaps(self, other: Self) -> bool {
        self.min_x < other.max_x
            && other.min_x < self.max_x
            && self.min_y < other.max_y
            && other.min_y < self.max_y
    }
}

/// Where a plane stands on a device: north up, one scale, no rotation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The window on the device.
    pub rect: DeviceRect,
    /// The place in the middle of the window.
    pub center: PlanePoint,
    /// Device points per unit of the plane.
    pub points_per_unit: f64,
    /// The plane's y grows upwards (metres north), a device's downwards.
    pub y_up: bool,
}

impl View {
    pub const fn new(
        plane: &Plane,
        rect: DeviceRect,
        center: PlanePoint,
        points_per_unit: f64,
    ) -> Self {
        Self {
            rect,
            center,
            points_per_unit,
            y_up: matches!(plane, Plane::Grid(_)),
        }
    }

    /// A grid plane printed at 1:`scale`: a metre on the ground is `2834.6 / scale` points.
    pub fn at_scale(plane: &Plane, rect: DeviceRect, center: PlanePoint, scale: f64) -> Self {
        const POINTS_PER_METRE: f64 = 72.0 / 0.0254;
        Self::new(plane, rect, center, POINTS_PER_METRE / scale)
    }

    pub fn to_device(&self, at: PlanePoint) -> (f64, f64) {
        let (x, y) = self.rect.center();
        let dy = (at.y - self.center.y) * self.points_per_unit;
        (
            x + (at.x - self.center.x) * self.points_per_unit,
            if self.y_up { y - dy } else { y + dy },
        )
    }

    pub fn to_plane(&self, (x, y): (f64, f64)) -> PlanePoint {
        let (middle_x, middle_y) = self.rect.center();
        let dy = (y - middle_y) / self.points_per_unit;
        PlanePoint {
            x: self.center.x + (x - middle_x) / self.points_per_unit,
            y: if self.y_up {
                self.center.y - dy
            } else {
                self.center.y + dy
            },
        }
    }

    /// The device rectangle of plane bounds `[min x, min y, max x, max y]`.
    pub fn bounds_to_device(&self, bounds: [f64; 4]) -> DeviceRect {
        let [min_x, min_y, max_x, max_y] = bounds;
        let (ax, ay) = self.to_device(PlanePoint { x: min_x, y: min_y });
        let (bx, by) = self.to_device(PlanePoint { x: max_x, y: max_y });
        DeviceRect {
            min_x: ax.min(bx),
            min_y: ay.min(by),
            max_x: ax.max(bx),
            max_y: ay.max(by),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::LonLat;

    #[test]
    fn a_kilometre_at_one_to_ten_thousand_is_a_hundred_millimetres_and_north_is_up() {
        let plane = Plane::grid_at(LonLat::new(103.76, 29.56)).unwrap();
        let center = PlanePoint { x: 0.0, y: 0.0 };
        let view = View::at_scale(
            &plane,
            DeviceRect::from_size(10.0, 20.0, 400.0, 600.0),
            center,
            10_000.0,
        );
        let (x, y) = view.to_device(PlanePoint {
            x: 1000.0,
            y: 1000.0,
        });
        let (origin_x, origin_y) = view.to_device(center);
        let hundred_mm = 100.0 / 25.4 * 72.0;
        assert!((x - origin_x - hundred_mm).abs() < 1e-9);
        assert!((origin_y - y - hundred_mm).abs() < 1e-9);
        let back = view.to_plane((x, y));
        assert!((back.x - 1000.0).abs() < 1e-6 && (back.y - 1000.0).abs() < 1e-6);
    }
}
