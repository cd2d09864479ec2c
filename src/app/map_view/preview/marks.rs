//! What stands on top of the small map: the feature and the spot pointed out, and the scale.
//!
//! Knows no gesture and no layer.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2};
use geo::{CoordsIter, Geometry, LineString};

use super::{Focus, Look, place, world_bounds};
use crate::app::map_view::camera::pos2;
use crate::app::theme;
use crate::crs::{Extent, LonLat, World, lon_lat_from_world, world_units_per_metre};
use crate::scene::View;

pub(super) const MOST_SEGMENTS: usize = 60_000;

pub(super) fn paint_outline(
    painter: &Painter,
    view: &View,
    geometry: &Geometry<f64>,
    stroke: Stroke,
    left: &mut usize,
) {
    if let Geometry::Point(_) | Geometry::MultiPoint(_) = geometry {
        for at in geometry.coords_iter().take(*left) {
            *left -= 1;
            let at = place(view, LonLat::new(at.x, at.y));
            painter.circle_filled(at, 2.0 + stroke.width, stroke.color);
        }
        return;
    }
    for_each_line(geometry, &mut |line| {
        let ends = line.0.iter().zip(line.0.iter().skip(1));
        for (from, to) in ends.take(*left) {
            *left -= 1;
            let ends = [from, to].map(|at| place(view, LonLat::new(at.x, at.y)));
            painter.line_segment(ends, stroke);
        }
    });
}

fn for_each_line(geometry: &Geometry<f64>, draw: &mut impl FnMut(&LineString<f64>)) {
    match geometry {
        Geometry::LineString(line) => draw(line),
        Geometry::MultiLineString(lines) => lines.iter().for_each(draw),
        Geometry::Polygon(shape) => {
            draw(shape.exterior());
            shape.interiors().iter().for_each(draw);
        }
        Geometry::MultiPolygon(shapes) => {
            for shape in shapes {
                draw(shape.exterior());
                shape.interiors().iter().for_each(&mut *draw);
            }
        }
        Geometry::GeometryCollection(members) => {
            for member in members {
                for_each_line(member, draw);
            }
        }
        // Points have no lines; the rest no reader makes.
        Geometry::Point(_)
        | Geometry::MultiPoint(_)
        | Geometry::Line(_)
        | Geometry::Rect(_)
        | Geometry::Triangle(_) => {}
    }
}

/// The feature in another colour, and a ring where the trouble is.
pub(super) fn paint_focus(
    painter: &Painter,
    view: &View,
    focus: &Focus,
    color: Color32,
    halo: Color32,
) {
    const RING: f32 = 15.0;
    let mut middle = focus.at.map(|at| place(view, at));
    if let Some(geometry) = &focus.geometry {
        let mut left = MOST_SEGMENTS;
        paint_outline(painter, view, geometry, Stroke::new(2.4, color), &mut left);
        let bounds = Extent::of_geometry(geometry).map(|extent| {
            let rect = view.bounds_to_device(world_bounds(extent));
            Rect::from_min_max(
                pos2((rect.min_x, rect.min_y)),
                pos2((rect.max_x, rect.max_y)),
            )
        });
        // Too small to be seen by its outline.
        middle = middle.or(bounds
            .filter(|rect| rect.width().max(rect.height()) < RING)
            .map(|rect| rect.center()));
    }
    if let Some(middle) = middle {
        painter.circle_stroke(middle, RING, Stroke::new(5.0, halo.gamma_multiply(0.85)));
        painter.circle_stroke(middle, RING, Stroke::new(2.4, color));
    }
}

/// A length on the ground, at the centre's latitude.
pub(super) fn paint_scale(
    painter: &Painter,
    rect: Rect,
    look: Look,
    color: Color32,
    ground: Color32,
) {
    let at = lon_lat_from_world(World {
        x: look.center.x,
        y: look.center.y,
    });
    let points_per_metre = look.points_per_unit * world_units_per_metre(at.lat);
    let most_m = 96.0 / points_per_metre;
    let power = 10_f64.powf(most_m.log10().floor());
    let metres = [5.0, 2.0, 1.0]
        .into_iter()
        .map(|step| step * power)
        .find(|metres| *metres <= most_m)
        .unwrap_or(power);
    if !metres.is_finite() || metres <= 0.0 {
        return;
    }
    let text = if metres >= 1000.0 {
        format!("{} km", metres / 1000.0)
    } else {
        format!("{metres} m")
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most 96 points")]
    let length = (metres * points_per_metre) as f32;
    let left = rect.left_bottom() + Vec2::new(12.0, -12.0);
    let right = left + Vec2::new(length, 0.0);
    let tick = Vec2::new(0.0, -5.0);
    let galley = painter.layout_no_wrap(
        text,
        egui::FontId::proportional(theme::text::CAPTION - 1.0),
        color,
    );
    let back = Rect::from_min_max(
        left + Vec2::new(-6.0, -galley.size().y - 8.0),
        right + Vec2::new(6.0, 6.0),
    );
    painter.rect_filled(back, theme::size::RADIUS, ground.gamma_multiply(0.8));
    let stroke = Stroke::new(1.5, color);
    painter.add(Shape::line(
        vec![left + tick, left, right, right + tick],
        stroke,
    ));
    let at = Pos2::new(
        f32::midpoint(left.x, right.x) - galley.size().x / 2.0,
        left.y - galley.size().y - 3.0,
    );
    painter.galley(at, galley, color);
}
