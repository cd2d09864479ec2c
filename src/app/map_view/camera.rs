//! Where the map looks: centre and zoom, and all arithmetic between them and the screen.
//!
//! `f64` throughout; only [`pos2`] goes to `f32`, relative to the screen. Knows no widget.

use egui::{Pos2, Rect, Vec2};
use serde::{Deserialize, Serialize};

use crate::crs::{
    Extent, LonLat, World, lon_lat_from_world, world_from_lon_lat, world_units_per_metre,
};
use crate::scene::{DeviceRect, Plane, PlanePoint, View};

/// A whole prefecture, and a house.
pub(super) const ZOOM_RANGE: std::ops::RangeInclusive<f64> = 8.0..=19.0;

/// A single place is shown in its neighbourhood, a small area not at house scale.
const CLOSEST_FIT_OF_A_PLACE: f64 = 15.0;
const CLOSEST_FIT: f64 = 17.5;

/// Free space around a fitted extent, as a share of the window.
const FIT_MARGIN: f64 = 0.06;

/// Points across the world at zoom 0: one tile.
const TILE_POINTS: f64 = 256.0;

/// Where the map looks; remembered between sessions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    pub lon: f64,
    pub lat: f64,
    /// Level of the tile pyramid; fractions are allowed.
    pub zoom: f64,
}

impl Camera {
    /// Shows the whole of `extent` in a window of `size` points. `None` for an extent of nonsense.
    pub(super) fn fitting(extent: Extent, size: Vec2) -> Option<Self> {
        let Extent {
            west,
            south,
            east,
            north,
        } = extent;
        let top_left = world_from_lon_lat(LonLat::new(west, north));
        let bottom_right = world_from_lon_lat(LonLat::new(east, south));
        let free = 1.0 - 2.0 * FIT_MARGIN;
        let levels = |points: f32, world: f64| {
            (f64::from(points.max(1.0)) * free / world.max(1e-12) / TILE_POINTS).log2()
        };
        let closest = if west < east || south < north {
            CLOSEST_FIT
        } else {
            CLOSEST_FIT_OF_A_PLACE
        };
        let zoom = levels(size.x, bottom_right.x - top_left.x)
            .min(levels(size.y, bottom_right.y - top_left.y))
            .min(closest);
        let center = lon_lat_from_world(World {
            x: f64::midpoint(top_left.x, bottom_right.x),
            y: f64::midpoint(top_left.y, bottom_right.y),
        });
        let camera = Self {
            lon: center.lon,
            lat: center.lat,
            zoom: zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end()),
        };
        camera.is_sane().then_some(camera)
    }

    /// False for what a damaged settings file may hold.
    pub(super) fn is_sane(self) -> bool {
        self.lon.abs() <= 180.0 && self.lat.abs() <= 85.0 && ZOOM_RANGE.contains(&self.zoom)
    }

    pub(super) fn center(self) -> LonLat {
        LonLat::new(self.lon, self.lat)
    }

    fn points_per_world(self) -> f64 {
        TILE_POINTS * self.zoom.exp2()
    }

    /// The map from the Mercator square to `rect` on the screen.
    pub(super) fn view(self, rect: Rect) -> View {
        let World { x, y } = world_from_lon_lat(self.center());
        View::new(
            &Plane::World,
            device_rect(rect),
            PlanePoint { x, y },
            self.points_per_world(),
        )
    }

    /// The map dragged by `delta` points.
    #[must_use]
    pub(super) fn dragged(self, delta: Vec2) -> Self {
        let World { x, y } = world_from_lon_lat(self.center());
        let per_point = self.points_per_world().recip();
        self.centered_at(lon_lat_from_world(World {
            x: x - f64::from(delta.x) * per_point,
            y: y - f64::from(delta.y) * per_point,
        }))
    }

    #[must_use]
    pub(super) fn centered_at(self, at: LonLat) -> Self {
        Self {
            lon: at.lon,
            lat: at.lat,
            ..self
        }
    }

    /// At another zoom, with the place `offset` points from the centre staying where it is.
    #[must_use]
    pub(super) fn zoomed(self, zoom: f64, offset: Vec2) -> Self {
        let zoom = zoom.clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        Self {
            zoom,
            ..self.dragged(-offset)
        }
        .dragged(offset)
    }

    /// The next whole level, where tiles are sharp.
    #[must_use]
    pub(super) fn stepped(self, levels: f64, offset: Vec2) -> Self {
        self.zoomed((self.zoom + levels).round(), offset)
    }

    /// With its centre inside `reach`: nobody gets lost.
    #[must_use]
    pub(super) fn within(self, reach: Extent) -> Self {
        let Extent {
            west,
            south,
            east,
            north,
        } = reach;
        Self {
            lon: self.lon.max(west).min(east),
            lat: self.lat.max(south).min(north),
            zoom: self.zoom,
        }
    }

    /// Metres on the ground that one logical point shows, at the centre.
    pub(super) fn metres_per_point(self) -> f64 {
        1.0 / (self.points_per_world() * world_units_per_metre(self.lat))
    }

    /// The N of 1:N at the centre. A logical point is taken as 1/96 inch, as in CSS and on Windows:
    /// what a ruler says on a real screen depends on the screen.
    pub(super) fn scale_denominator(self) -> f64 {
        const METRES_PER_POINT_OF_SCREEN: f64 = 0.0254 / 96.0;
        self.metres_per_point() / METRES_PER_POINT_OF_SCREEN
    }
}

pub(super) fn device_rect(rect: Rect) -> DeviceRect {
    DeviceRect {
        min_x: f64::from(rect.min.x),
        min_y: f64::from(rect.min.y),
        max_x: f64::from(rect.max.x),
        max_y: f64::from(rect.max.y),
    }
}

/// A device position as egui's.
#[expect(
    clippy::cast_possible_truncation,
    reason = "screen coordinates: f32 holds them to a thousandth of a point"
)]
pub(super) const fn pos2((x, y): (f64, f64)) -> Pos2 {
    Pos2::new(x as f32, y as f32)
}

/// The place under a screen position.
pub(super) fn lon_lat_at(view: &View, at: Pos2) -> LonLat {
    let PlanePoint { x, y } = view.to_plane((f64::from(at.x), f64::from(at.y)));
    lon_lat_from_world(World { x, y })
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    const LESHAN: Camera = Camera {
        lon: 103.763_86,
        lat: 29.562_27,
        zoom: 13.0,
    };

    fn screen() -> Rect {
        Rect::from_min_size(egui::pos2(100.0, 50.0), vec2(800.0, 600.0))
    }

    #[test]
    fn zooming_keeps_the_place_under_the_pointer() {
        let pointer = egui::pos2(612.0, 77.0);
        let offset = pointer - screen().center();
        let before = lon_lat_at(&LESHAN.view(screen()), pointer);
        for zoom in [8.0, 12.3, 19.0, 30.0] {
            let camera = LESHAN.zoomed(zoom, offset);
            let after = lon_lat_at(&camera.view(screen()), pointer);
            assert!((after.lon - before.lon).abs() < 1e-9, "{zoom}");
            assert!((after.lat - before.lat).abs() < 1e-9, "{zoom}");
            assert!(ZOOM_RANGE.contains(&camera.zoom));
        }
    }

    #[test]
    fn a_fitted_extent_is_wholly_visible_and_fills_most_of_the_window() {
        let extent = Extent {
            west: 103.5,
            south: 29.3,
            east: 104.0,
            north: 29.8,
        };
        let view = Camera::fitting(extent, screen().size())
            .unwrap()
            .view(screen());
        let corner = |lon, lat| {
            let World { x, y } = world_from_lon_lat(LonLat::new(lon, lat));
            pos2(view.to_device(PlanePoint { x, y }))
        };
        let shown = Rect::from_two_pos(corner(103.5, 29.8), corner(104.0, 29.3));
        assert!(screen().contains_rect(shown), "{shown:?}");
        assert!(shown.height() > 500.0, "{shown:?}");
    }

    #[test]
    fn a_single_place_is_shown_with_its_neighbourhood() {
        let camera = Camera::fitting(Extent::of_point(LESHAN.center()), screen().size()).unwrap();
        assert!((camera.zoom - CLOSEST_FIT_OF_A_PLACE).abs() < 1e-9);
        let nonsense = Extent::of_point(LonLat::new(f64::NAN, 29.0));
        assert_eq!(Camera::fitting(nonsense, screen().size()), None);
    }

    #[test]
    fn the_scale_is_of_the_ground_at_this_latitude_not_of_the_equator() {
        // 156 543.034 m a pixel at zoom 0 on the equator, halved 13 times, times cos(29.56°).
        let metres = 156_543.034 / 8192.0 * 29.562_27_f64.to_radians().cos();
        assert!((LESHAN.metres_per_point() - metres).abs() < 1e-5);
        assert!((LESHAN.scale_denominator() - metres * 96.0 / 0.0254).abs() < 0.1);
    }
}
