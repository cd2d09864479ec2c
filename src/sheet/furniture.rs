//! What surrounds the map: title, scale bar, north arrow, CRS, author, notes, watermark.
//! Deliberately absent: the frame with its ticks (`grid`), the panels (`facts`, `side`).

use jiff::civil::Date;

use super::canvas::{Align, Canvas, Pen, Type, baseline_mm, line_mm, measure, width_mm};
use super::layout::{
    INK, Layout, OUTER_LINE, PANEL_LINE, PLATE, SOFT_INK, THIN_LINE, WARNING, WATERMARK,
};
use super::paper::{PT_PER_MM, PaperRect};
use super::scale::{MapPlace, scale_text};
use super::typeset::{Block, fit, sizes};
use crate::crs::Crs;
use crate::scene::Rgba;

/// Stands on every sheet: no sheet of ours has been through map review.
pub(super) const UNREVIEWED: &str = "示意图，未经审图";
/// Over the map where anything on it is schematic.
pub(super) const SCHEMATIC_MARK: &str = "示意";
const PRODUCT: &str = "生态红线一张图";

pub(super) fn title(canvas: &mut Canvas<'_, '_>, layout: &Layout, title: &str, subtitle: &str) {
    let types = layout.type_scale;
    let block = fit(
        title,
        (
            layout.title.width * PT_PER_MM,
            layout.title.height * PT_PER_MM,
        ),
        &sizes(types.title, types.body),
        &measure,
    );
    let (center, _) = layout.title.center();
    let top = layout.title.y
        + (layout.title.height - block.lines.len() as f64 * line_mm(block.size_pt)) / 2.0;
    canvas.block(
        (center, top),
        &block,
        Type::new(block.size_pt, INK).bold(),
        Align::Center,
    );

    let stamp_mm = stamp(canvas, layout);
    let width = layout.subtitle.width - 2.0 * (stamp_mm + 3.0);
    let block = fit(
        subtitle,
        (width * PT_PER_MM, line_mm(types.subtitle) * PT_PER_MM),
        &sizes(types.subtitle, types.least),
        &measure,
    );
    let top = layout.subtitle.y + (layout.subtitle.height - line_mm(block.size_pt)) / 2.0;
    canvas.block(
        (center, top),
        &block,
        Type::new(block.size_pt, SOFT_INK),
        Align::Center,
    );
}

/// The boxed words at the top right, where official sheets carry their classification. Returns its width.
fn stamp(canvas: &mut Canvas<'_, '_>, layout: &Layout) -> f64 {
    let size_pt = layout.type_scale.heading;
    let pad = 1.6 * layout.grow;
    let width = width_mm(UNREVIEWED, size_pt) + 2.0 * pad;
    let row = layout.subtitle;
    let rect = PaperRect::new(row.right() - width, row.y + 0.4, width, row.height - 0.8);
    canvas.frame(rect, Pen::new(WARNING, PANEL_LINE));
    canvas.text(
        (
            rect.center().0,
            rect.y + (rect.height - line_mm(size_pt)) / 2.0 + baseline_mm(size_pt),
        ),
        UNREVIEWED,
        Type::new(size_pt, WARNING),
        Align::Center,
    );
    width
}

/// A scale bar: whole length and number of parts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bar {
    length_m: f64,
    parts: u32,
}

/// Longest bar on paper, mm: 1 km at 1:10 000.
const LONGEST_BAR: f64 = 100.0;

impl Bar {
    fn at(scale: u32) -> Self {
        let longest_m = LONGEST_BAR / 1000.0 * f64::from(scale);
        let mut bar = Self {
            length_m: 10.0,
            parts: 4,
        };
        let mut power = 10.0;
        while power <= longest_m {
            for (round, parts) in [(1.0, 4), (2.0, 4), (5.0, 5)] {
                // A hair of grace, for 0.1 × 10 000 need not be 1000 exactly.
                if round * power <= longest_m * 1.000_001 {
                    bar = Self {
                        length_m: round * power,
                        parts,
                    };
                }
            }
            power *= 10.0;
        }
        bar
    }

    fn labels(self) -> Vec<String> {
        let (unit_m, unit) = if self.length_m < 1_000.0 {
            (1.0, "m")
        } else {
            (1_000.0, "km")
        };
        (0..=self.parts)
            .map(|part| {
                let value = self.length_m / unit_m * f64::from(part) / f64::from(self.parts);
                if part == self.parts {
                    format!("{value} {unit}")
                } else {
                    value.to_string()
                }
            })
            .collect()
    }
}

/// Under the map: CRS left, scale in the middle, author and date right.
pub(super) fn strip(
    canvas: &mut Canvas<'_, '_>,
    layout: &Layout,
    place: &MapPlace,
    (author, date): (&str, Date),
) {
    let strip = layout.strip;
    let types = layout.type_scale;
    let (center, _) = strip.center();

    canvas.text(
        (center, strip.y + baseline_mm(types.scale)),
        &format!("比例尺 {}", scale_text(place.scale)),
        Type::new(types.scale, INK).bold(),
        Align::Center,
    );
    let bar_top = strip.y + line_mm(types.scale) + line_mm(types.tick);
    scale_bar(canvas, layout, place.scale, (center, bar_top));

    let side_mm = (strip.width - LONGEST_BAR) / 2.0 - 6.0;
    let block = fit(
        &crs_text(place),
        (side_mm * PT_PER_MM, strip.height * PT_PER_MM),
        &sizes(types.small, types.least),
        &measure,
    );
    canvas.block(
        (strip.x, strip.y + 0.4),
        &block,
        Type::new(block.size_pt, SOFT_INK),
        Align::Left,
    );

    let author = match author.trim() {
        "" => String::new(),
        name => format!("制图：{name}\n"),
    };
    let credits = format!("{author}日期：{}\n{PRODUCT}", date_text(date));
    let block = fit(
        &credits,
        (side_mm * PT_PER_MM, strip.height * PT_PER_MM),
        &sizes(types.small, types.least),
        &measure,
    );
    canvas.block(
        (strip.right(), strip.y + 0.4),
        &block,
        Type::new(block.size_pt, SOFT_INK),
        Align::Right,
    );
}

fn scale_bar(canvas: &mut Canvas<'_, '_>, layout: &Layout, scale: u32, (center, top): (f64, f64)) {
    let bar = Bar::at(scale);
    let length = bar.length_m * 1000.0 / f64::from(scale);
    let height = 1.3 * layout.grow;
    let left = center - length / 2.0;
    let part_mm = length / f64::from(bar.parts);
    let look = Type::new(layout.type_scale.tick, INK);
    for (index, label) in bar.labels().iter().enumerate() {
        let x = left + part_mm * index as f64;
        canvas.text((x, top - 0.7), label, look, Align::Center);
        if index % 2 == 0 && index < bar.labels().len() - 1 {
            canvas.fill_rect(PaperRect::new(x, top, part_mm, height), INK);
        }
    }
    // Drawn inside the bar's length, so that its outer edges are the measure.
    let line = THIN_LINE;
    canvas.frame(
        PaperRect::new(left, top, length, height).inset(line / 2.0),
        Pen::new(INK, line),
    );
}

/// The sheet's projection in the words of official sheets.
fn crs_text(place: &MapPlace) -> String {
    let zone = match place.crs {
        Crs::GaussKruger { zone, .. } => format!("3°带第{zone}带"),
        _ => String::new(),
    };
    let meridian = place.crs.central_meridian_deg().unwrap_or_default();
    // From true north to grid north, clockwise.
    let convergence = -place.true_north_deg();
    let sign = if convergence < 0.0 { "−" } else { "" };
    format!(
        "2000国家大地坐标系（CGCS2000）\n高斯-克吕格投影 {zone}\n中央经线{meridian}°E {}\n子午线收敛角 {sign}{:.2}°",
        place.crs,
        convergence.abs(),
    )
}

fn date_text(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// Where the north arrow stands: in the map's top right corner.
pub(super) fn north_plate(layout: &Layout) -> PaperRect {
    let grow = layout.grow;
    PaperRect::new(
        layout.map.right() - 13.0 * grow,
        layout.map.y + 3.0 * grow,
        10.0 * grow,
        17.0 * grow,
    )
}

/// Points to true north, a sliver off the grid.
pub(super) fn north_arrow(canvas: &mut Canvas<'_, '_>, layout: &Layout, place: &MapPlace) {
    let grow = layout.grow;
    let plate = north_plate(layout);
    canvas.fill_rect(plate, PLATE);
    let (x, _) = plate.center();
    let size_pt = layout.type_scale.heading;
    canvas.text(
        (x, plate.y + 0.3 * grow + baseline_mm(size_pt)),
        "北",
        Type::new(size_pt, INK).bold(),
        Align::Center,
    );
    let middle = plate.y + 10.8 * grow;
    let (sin, cos) = place.true_north_deg().to_radians().sin_cos();
    let turned = |(dx, dy): (f64, f64)| {
        (
            x + (dx * cos - dy * sin) * grow,
            middle + (dx * sin + dy * cos) * grow,
        )
    };
    let [tip, left, notch, right] = [(0.0, -5.6), (-2.6, 5.2), (0.0, 3.4), (2.6, 5.2)].map(turned);
    canvas.polygon(&[tip, left, notch], INK);
    canvas.polygon(&[tip, notch, right], Rgba::opaque(255, 255, 255));
    canvas.outline(&[tip, left, notch, right], Pen::new(INK, 0.2 * grow));
}

/// A boxed sentence on the map, at its bottom left corner.
pub(super) struct MapNote {
    pub(super) rect: PaperRect,
    block: Block,
    pad: f64,
}

impl MapNote {
    pub(super) fn new(layout: &Layout, note: &str) -> Self {
        let grow = layout.grow;
        let pad = 2.2 * grow;
        let block = fit(
            note,
            (
                (layout.map.width * 0.5 - 2.0 * pad) * PT_PER_MM,
                layout.map.height * 0.4 * PT_PER_MM,
            ),
            &sizes(layout.type_scale.heading, layout.type_scale.least),
            &measure,
        );
        let text_mm = block
            .lines
            .iter()
            .map(|line| width_mm(line, block.size_pt))
            .fold(0.0, f64::max);
        let height = block.height_pt() / PT_PER_MM + 2.0 * pad;
        let rect = PaperRect::new(
            layout.map.x + 4.0 * grow,
            layout.map.bottom() - 4.0 * grow - height,
            text_mm + 2.0 * pad,
            height,
        );
        Self { rect, block, pad }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas<'_, '_>) {
        canvas.fill_rect(self.rect, PLATE);
        canvas.frame(self.rect, Pen::new(WARNING, OUTER_LINE / 2.0));
        canvas.block(
            (self.rect.x + self.pad, self.rect.y + self.pad),
            &self.block,
            Type::new(self.block.size_pt, INK),
            Align::Left,
        );
    }
}

/// Diagonal and translucent, from corner to corner.
pub(super) fn watermark(canvas: &mut Canvas<'_, '_>, layout: &Layout) {
    let map = layout.map;
    let size_pt = map.width.min(map.height) * 0.19 * PT_PER_MM;
    let degrees = -(map.height / map.width).atan().to_degrees();
    let look = Type::new(size_pt, WATERMARK);
    for share in [0.2, 0.5, 0.8] {
        let (x, y) = (map.x + map.width * share, map.bottom() - map.height * share);
        // The baseline runs below the diagonal by the half height of a character.
        let (sin, cos) = degrees.to_radians().sin_cos();
        let drop = size_pt * 0.38 / PT_PER_MM;
        canvas.turned_text(
            (x - sin * drop, y + cos * drop),
            SCHEMATIC_MARK,
            look,
            degrees,
        );
    }
}

/// The notes at the page's foot, each broken to the page's width.
pub(super) fn measured_notes(notes: &[String], width: f64, size_pt: f64) -> Vec<Block> {
    const MOST_LINES: f64 = 3.0;
    notes
        .iter()
        .map(|note| {
            let least = size_pt * 0.8;
            fit(
                note,
                (width * PT_PER_MM, MOST_LINES * line_mm(size_pt) * PT_PER_MM),
                &sizes(size_pt, least),
                &measure,
            )
        })
        .collect()
}

pub(super) fn notes_mm(notes: &[Block]) -> f64 {
    notes
        .iter()
        .map(|note| note.lines.len() as f64 * line_mm(note.size_pt))
        .sum()
}

pub(super) fn notes(canvas: &mut Canvas<'_, '_>, rect: PaperRect, notes: &[Block]) {
    let mut top = rect.y;
    for note in notes {
        top = canvas.block(
            (rect.x, top),
            note,
            Type::new(note.size_pt, SOFT_INK),
            Align::Left,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_the_longest_round_length_of_a_hundred_millimetres() {
        for (scale, length_m) in [
            (500, 50.0),
            (10_000, 1_000.0),
            (15_000, 1_000.0),
            (50_000, 5_000.0),
            (80_000, 5_000.0),
            (2_000_000, 200_000.0),
        ] {
            assert!((Bar::at(scale).length_m - length_m).abs() < 1e-9, "{scale}");
        }
        assert_eq!(
            Bar::at(10_000).labels(),
            ["0", "0.25", "0.5", "0.75", "1 km"]
        );
        assert_eq!(Bar::at(500).labels(), ["0", "10", "20", "30", "40", "50 m"]);
    }
}
