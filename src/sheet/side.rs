//! The legend of what is really shown, and the locator: the sheet's window in the district.
//! Deliberately absent: what the symbols mean (`scene::legend` knows).

use super::canvas::{Align, Canvas, Pen, Type, baseline_mm, line_mm, measure};
use super::layout::{INK, Layout, PANEL_LINE, WARNING};
use super::paper::{PT_PER_MM, PaperRect};
use super::scale::MapPlace;
use super::typeset::{fit, sizes};
use crate::crs::{Extent, LonLat};
use crate::scene::{self, LegendEntry, LegendSample, PlanePoint, SceneInput, View, pdf};

const LEGEND_COLUMNS: usize = 2;

/// The legend's rows for a panel no higher than `limit_mm`.
#[derive(Clone, Copy, Debug)]
pub(super) struct LegendSize {
    pub(super) height_mm: f64,
    row_mm: f64,
    rows: usize,
}

fn heading_mm(layout: &Layout) -> f64 {
    line_mm(layout.type_scale.heading) + 1.6 * layout.grow
}

pub(super) fn legend_size(layout: &Layout, entries: usize) -> LegendSize {
    let row_mm = 6.0 * layout.grow;
    let around = heading_mm(layout) + 1.4 * layout.grow;
    let wanted = entries.div_ceil(LEGEND_COLUMNS).max(1);
    let mut rows = 1;
    while rows < wanted && around + (rows + 1) as f64 * row_mm <= layout.legend_limit() {
        rows += 1;
    }
    LegendSize {
        height_mm: around + rows as f64 * row_mm,
        row_mm,
        rows,
    }
}

fn heading(canvas: &mut Canvas<'_, '_>, layout: &Layout, rect: PaperRect, words: &str) {
    let size_pt = layout.type_scale.heading;
    canvas.text(
        (
            rect.center().0,
            rect.y + 0.8 * layout.grow + baseline_mm(size_pt),
        ),
        words,
        Type::new(size_pt, INK).bold(),
        Align::Center,
    );
}

/// Entries beyond the panel's room are counted in the last cell, never silently left out.
pub(super) fn legend(
    canvas: &mut Canvas<'_, '_>,
    layout: &Layout,
    rect: PaperRect,
    (entries, size): (&[LegendEntry], LegendSize),
) {
    heading(canvas, layout, rect, "图 例");
    let types = layout.type_scale;
    let pad = 2.0 * layout.grow;
    let sample_mm = 9.0 * layout.grow;
    let cell_mm = (rect.width - 2.0 * pad) / LEGEND_COLUMNS as f64;
    let cells = size.rows * LEGEND_COLUMNS;
    let shown = if entries.len() > cells {
        cells.saturating_sub(1)
    } else {
        entries.len()
    };
    let left_out = entries.len() - shown;
    let more = (left_out > 0).then(|| format!("等，另有 {left_out} 项"));
    let rows = size.rows.max(1);
    for index in 0..shown + usize::from(more.is_some()) {
        let x = rect.x + pad + cell_mm * (index / rows) as f64;
        let y = rect.y + heading_mm(layout) + size.row_mm * (index % rows) as f64;
        let label = match entries.get(index) {
            Some(entry) if index < shown => {
                let sample = PaperRect::new(x, y, sample_mm, size.row_mm).inset(0.5 * layout.grow);
                let device = sample.to_device();
                let shown = within(&entry.sample, device.height());
                pdf::paint_sample(canvas.surface, &shown, device);
                entry.label.clone()
            }
            _ => more.clone().unwrap_or_default(),
        };
        let text_x = x + sample_mm + 1.2 * layout.grow;
        let block = fit(
            &label,
            (
                (cell_mm - sample_mm - 1.6 * layout.grow) * PT_PER_MM,
                size.row_mm * PT_PER_MM,
            ),
            &sizes(types.body - 0.75, types.least * 0.9),
            &measure,
        );
        let block_mm = block.lines.len() as f64 * line_mm(block.size_pt);
        canvas.block(
            (text_x, y + (size.row_mm - block_mm) / 2.0),
            &block,
            Type::new(block.size_pt, INK),
            Align::Left,
        );
    }
    canvas.frame(rect, Pen::new(INK, PANEL_LINE));
}

/// A symbol no higher than its row.
fn within(sample: &LegendSample, height_pt: f64) -> LegendSample {
    let mut sample = sample.clone();
    if let LegendSample::Icon { size_pt, .. } = &mut sample {
        #[expect(clippy::cast_possible_truncation, reason = "a row's height in points")]
        let height_pt = height_pt as f32;
        *size_pt = size_pt.min(height_pt);
    }
    sample
}

/// The district in small, with the map's window and, where the project has one, its place.
pub(super) fn locator(
    canvas: &mut Canvas<'_, '_>,
    layout: &Layout,
    rect: PaperRect,
    place: &MapPlace,
    (input, district, at): (&SceneInput<'_>, Option<Extent>, Option<LonLat>),
) {
    heading(canvas, layout, rect, "位置示意");
    canvas.frame(rect, Pen::new(INK, PANEL_LINE));
    let grow = layout.grow;
    let window = PaperRect::new(
        rect.x + 1.5 * grow,
        rect.y + heading_mm(layout),
        rect.width - 3.0 * grow,
        rect.height - heading_mm(layout) - 1.5 * grow,
    );
    let [west, south, east, north] = place.bounds();
    let mut bounds = [west, south, east, north];
    let corners = district.into_iter().flat_map(|district| {
        [
            LonLat::new(district.west, district.south),
            LonLat::new(district.west, district.north),
            LonLat::new(district.east, district.south),
            LonLat::new(district.east, district.north),
        ]
    });
    for corner in corners.filter_map(|corner| place.plane.from_lon_lat(corner)) {
        bounds = [
            bounds[0].min(corner.x),
            bounds[1].min(corner.y),
            bounds[2].max(corner.x),
            bounds[3].max(corner.y),
        ];
    }
    let [min_x, min_y, max_x, max_y] = bounds;
    let device = window.to_device();
    let view = View::new(
        &place.plane,
        device,
        PlanePoint {
            x: f64::midpoint(min_x, max_x),
            y: f64::midpoint(min_y, max_y),
        },
        (device.width() / (max_x - min_x)).min(device.height() / (max_y - min_y)) * 0.94,
    );
    let scene = scene::build(place.plane.clone(), input);
    pdf::paint(&scene, canvas.surface, &view, None);

    let to_paper = |x, y| {
        let (x, y) = view.to_device(PlanePoint { x, y });
        (x / PT_PER_MM, y / PT_PER_MM)
    };
    let window_on_map = [
        to_paper(west, north),
        to_paper(east, north),
        to_paper(east, south),
        to_paper(west, south),
    ];
    canvas.polygon(&window_on_map, WARNING.with_alpha(22));
    canvas.outline(&window_on_map, Pen::new(WARNING, 0.35 * grow));
    if let Some(at) = at.and_then(|at| place.plane.from_lon_lat(at)) {
        canvas.circle(to_paper(at.x, at.y), 0.9 * grow, WARNING);
    }
}
