//! Legend samples in the window: the same shapes and colours as on map and paper.

use egui::{Painter, Pos2, Rect, Sense, Shape, Stroke, Ui, Vec2};

use super::theme;
use crate::model::{LayerKind, Placement};
use crate::scene::icons::{IconForm, drawn};
use crate::scene::legend::LegendSample;
use crate::scene::style::{LineStyle, MapStyle};
use crate::scene::{Dash, Symbol};
use crate::store::StoredLayer;

/// Room for one sample, in points.
const SAMPLE: Vec2 = Vec2::new(22.0, 16.0);

/// How a layer is drawn, as one sample.
pub fn layer_sample(stored: &StoredLayer, style: &MapStyle) -> LegendSample {
    let icon = |symbol, icon: crate::scene::style::IconStyle| LegendSample::Icon {
        symbol,
        size_pt: icon.size_pt,
        color: icon.color,
        ring: None,
        uncertain: false,
    };
    let schematic = stored.layer.placement == Placement::Schematic;
    match stored.layer.kind {
        LayerKind::RedLine if schematic => LegendSample::Area {
            fill: style.red_line.fill,
            hatch: Some(style.red_line_hatch),
            outline: style.red_line_schematic,
        },
        LayerKind::RedLine => LegendSample::Area {
            fill: style.red_line.fill,
            hatch: None,
            outline: style.red_line.outline,
        },
        LayerKind::Boundary => LegendSample::Line(style.boundary),
        LayerKind::River => LegendSample::Line(style.river_main),
        LayerKind::Town => icon(Symbol::Town, style.town),
        LayerKind::Landmark => icon(Symbol::Landmark, style.landmark),
        LayerKind::Section => icon(Symbol::Section, style.section),
        LayerKind::Reservoir => icon(Symbol::Reservoir, style.reservoir),
        LayerKind::Site | LayerKind::Reference => LegendSample::Area {
            fill: style.reference.fill,
            hatch: None,
            outline: style.reference.outline,
        },
    }
}

/// Draw a sample in a row.
pub fn sample_ui(ui: &mut Ui, sample: &LegendSample) {
    let (rect, _) = ui.allocate_exact_size(SAMPLE, Sense::hover());
    if ui.is_rect_visible(rect) {
        paint(ui.painter(), rect, sample);
    }
}

fn paint(painter: &Painter, rect: Rect, sample: &LegendSample) {
    match sample {
        LegendSample::Area {
            fill,
            hatch,
            outline,
        } => {
            let area = rect.shrink2(Vec2::new(1.5, 2.5));
            painter.rect_filled(area, 0.0, theme::color32(*fill));
            if let Some(hatch) = hatch {
                let stroke = Stroke::new(hatch.width_pt.max(0.7), theme::color32(hatch.color));
                let inside = painter.with_clip_rect(area);
                let mut x = area.left() - area.height();
                while x < area.right() {
                    inside.line_segment(
                        [
                            Pos2::new(x, area.bottom()),
                            Pos2::new(x + area.height(), area.top()),
                        ],
                        stroke,
                    );
                    x += hatch.spacing_pt;
                }
            }
            let corners = [
                area.left_top(),
                area.right_top(),
                area.right_bottom(),
                area.left_bottom(),
                area.left_top(),
            ];
            paint_line(painter, &corners, *outline);
        }
        LegendSample::Line(line) => {
            let y = rect.center().y;
            let ends = [Pos2::new(rect.left(), y), Pos2::new(rect.right(), y)];
            paint_line(painter, &ends, *line);
        }
        LegendSample::Icon {
            symbol,
            size_pt,
            color,
            ring,
            uncertain,
        } => {
            let radius = (size_pt / 2.0).clamp(4.5, rect.height() / 2.0);
            let place = |[x, y]: [f32; 2]| rect.center() + Vec2::new(x, y) * radius;
            for shape in drawn(*symbol, *color, *ring, *uncertain) {
                let color = theme::color32(shape.color);
                painter.add(match shape.form {
                    IconForm::Polygon(points) => Shape::convex_polygon(
                        points.into_iter().map(place).collect(),
                        color,
                        Stroke::NONE,
                    ),
                    IconForm::Line {
                        points,
                        closed,
                        width,
                    } => {
                        let points = points.into_iter().map(place).collect();
                        let stroke = Stroke::new(width * radius, color);
                        if closed {
                            Shape::closed_line(points, stroke)
                        } else {
                            Shape::line(points, stroke)
                        }
                    }
                });
            }
        }
    }
}

fn paint_line(painter: &Painter, points: &[Pos2], line: LineStyle) {
    let stroke = Stroke::new(line.width_pt, theme::color32(line.color));
    match line.dash {
        Dash::Solid => {
            painter.add(Shape::line(points.to_vec(), stroke));
        }
        Dash::Dashed { on, off } => {
            painter.extend(Shape::dashed_line(points, stroke, on, off));
        }
        Dash::DashDot { on, off } => {
            painter.extend(Shape::dashed_line_with_offset(
                points,
                stroke,
                &[on, 1.5],
                &[off, off],
                0.0,
            ));
        }
    }
}
