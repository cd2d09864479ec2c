//! The map's frame: neat lines, kilometre ticks and crosses of the grid, degrees at the corners.
//! Deliberately absent: the map inside, the scale bar.

use super::canvas::{Align, Canvas, Pen, Type, width_mm};
use super::layout::{INK, Layout, OUTER_LINE, SOFT_INK, THIN_LINE};
use super::paper::PT_PER_MM;
use super::scale::MapPlace;
use crate::crs::{LonLat, grouped};
use crate::scene::{PlanePoint, Rgba};

/// Grid spacings in metres.
const STEPS_M: [f64; 13] = [
    10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0,
    100_000.0,
];
/// Grid lines stand at least this far apart, mm at A4.
const LEAST_SPACING: f64 = 28.0;
const CROSS: Rgba = Rgba::opaque(70, 76, 90).with_alpha(150);

/// The multiples of the grid's spacing within `[low, high]`, metres.
fn grid_lines(low: f64, high: f64, step: f64) -> Vec<f64> {
    let mut lines = Vec::new();
    let mut at = (low / step).ceil() * step;
    while at <= high {
        lines.push(at);
        at += step;
    }
    lines
}

fn spacing(scale: u32, grow: f64) -> f64 {
    STEPS_M
        .into_iter()
        .find(|step| step * 1000.0 / f64::from(scale) >= LEAST_SPACING * grow)
        .unwrap_or(100_000.0)
}

pub(super) fn draw(canvas: &mut Canvas<'_, '_>, layout: &Layout, place: &MapPlace) {
    let map = layout.map;
    let grow = layout.grow;
    let step = spacing(place.scale, grow);
    let [west, south, east, north] = place.bounds();
    let eastings = grid_lines(west, east, step);
    let northings = grid_lines(south, north, step);
    crosses(canvas, place, (&eastings, &northings), grow);

    let look = Type::new(layout.type_scale.tick, INK);
    let band = layout.map.y - layout.map_outer.y;
    let rise = look.size_pt * 0.36 / PT_PER_MM;
    let corner = width_mm("103°00′00″", look.size_pt) + 2.5 * grow;
    let thin = Pen::new(INK, THIN_LINE);
    let tick = 2.0 * grow;
    for &easting in &eastings {
        let (x, _) = place.to_paper(PlanePoint {
            x: easting,
            y: south,
        });
        canvas.line((x, map.y), (x, map.y + tick), thin);
        canvas.line((x, map.bottom()), (x, map.bottom() - tick), thin);
        let label = grouped(easting);
        let half = width_mm(&label, look.size_pt) / 2.0;
        if x - half > map.x + corner && x + half < map.right() - corner {
            for y in [map.y - band / 2.0, map.bottom() + band / 2.0] {
                canvas.text((x, y + rise), &label, look, Align::Center);
            }
        }
    }
    for &northing in &northings {
        let (_, y) = place.to_paper(PlanePoint {
            x: west,
            y: northing,
        });
        canvas.line((map.x, y), (map.x + tick, y), thin);
        canvas.line((map.right(), y), (map.right() - tick, y), thin);
        let label = grouped(northing);
        let half = width_mm(&label, look.size_pt) / 2.0;
        if y - half > map.y + corner && y + half < map.bottom() - corner {
            for x in [map.x - band / 2.0, map.right() + band / 2.0] {
                canvas.turned_text((x + rise, y), &label, look, -90.0);
            }
        }
    }
    corners(canvas, layout, place, rise);
    canvas.frame(map, thin);
    canvas.frame(layout.map_outer, Pen::new(INK, OUTER_LINE));
}

fn crosses(
    canvas: &mut Canvas<'_, '_>,
    place: &MapPlace,
    (eastings, northings): (&[f64], &[f64]),
    grow: f64,
) {
    let arm = 1.4 * grow;
    let pen = Pen::new(CROSS, THIN_LINE);
    for &x in eastings {
        for &y in northings {
            let (x, y) = place.to_paper(PlanePoint { x, y });
            canvas.line((x - arm, y), (x + arm, y), pen);
            canvas.line((x, y - arm), (x, y + arm), pen);
        }
    }
}

/// Degrees, minutes and seconds of the four corners, and the short lines that bind them to the corner.
fn corners(canvas: &mut Canvas<'_, '_>, layout: &Layout, place: &MapPlace, rise: f64) {
    let map = layout.map;
    let band = map.y - layout.map_outer.y;
    let look = Type::new(layout.type_scale.tick, SOFT_INK);
    let thin = Pen::new(INK, THIN_LINE);
    let gap = 0.8 * layout.grow;
    let places = [
        (map.x, map.y, -1.0, -1.0),
        (map.right(), map.y, 1.0, -1.0),
        (map.x, map.bottom(), -1.0, 1.0),
        (map.right(), map.bottom(), 1.0, 1.0),
    ];
    for ((x, y, side, end), at) in places.into_iter().zip(place.corners()) {
        canvas.line((x, y), (x + side * band, y), thin);
        canvas.line((x, y), (x, y + end * band), thin);
        let Some(LonLat { lon, lat }) = at else {
            continue;
        };
        let align = if side < 0.0 {
            Align::Left
        } else {
            Align::Right
        };
        let lon = degrees(lon);
        canvas.text(
            (x - side * gap, y + end * band / 2.0 + rise),
            &lon,
            look,
            align,
        );
        let lat = degrees(lat);
        let half = width_mm(&lat, look.size_pt) / 2.0;
        canvas.turned_text(
            (x + side * band / 2.0 + rise, y - end * (gap + half)),
            &lat,
            look,
            -90.0,
        );
    }
}

/// `103°45′36″`; paper cannot show less than a second.
fn degrees(value: f64) -> String {
    let seconds = (value.abs() * 3600.0).round();
    let degrees = (seconds / 3600.0).floor();
    let minutes = ((seconds - degrees * 3600.0) / 60.0).floor();
    let rest = seconds - degrees * 3600.0 - minutes * 60.0;
    format!("{degrees}°{minutes:02}′{rest:02}″")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_lines_are_the_round_multiples_inside_the_map() {
        assert_eq!(
            grid_lines(374_200.0, 379_900.0, 2_000.0),
            [376_000.0, 378_000.0]
        );
        assert!((spacing(50_000, 1.0) - 2_000.0).abs() < 1e-9);
        assert!((spacing(500, 1.0) - 20.0).abs() < 1e-9);
        assert!((spacing(2_000_000, 1.0) - 100_000.0).abs() < 1e-9);
    }

    #[test]
    fn seconds_carry_over_into_minutes() {
        assert_eq!(degrees(103.999_99), "104°00′00″");
        assert_eq!(degrees(29.56), "29°33′36″");
    }
}
