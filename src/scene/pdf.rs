//! Paints a scene onto a PDF page: vector, searchable, cut to the map's window.
//!
//! Coordinates are page points, y down, computed in `f64` and only then narrowed: grid coordinates of
//! eight digits do not fit in the page's `f32`. Deliberately absent: page furniture (`sheet` draws it).

use std::collections::HashSet;
use std::sync::LazyLock;

use krilla::color::rgb;
use krilla::geom::{Path as PagePath, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

use super::clip::{self, Outline};
use super::hatch::hatch_lines;
use super::icons::{IconForm, drawn};
use super::style::LineStyle;
use super::{DeviceRect, DrawOp, LegendSample, Owner, Rgba, Scene, Symbol, View, labels, text};

/// Width of the halo's stroke: half of it shows around a character.
const HALO_PT: f32 = 2.2;
/// Room around the window in which outlines are kept whole, so that wide lines end outside it.
const MARGIN_PT: f64 = 24.0;

/// What came onto the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// Features and sites with at least one mark in the window.
    pub features: usize,
    pub labels: usize,
}

static FONT: LazyLock<Option<Font>> =
    LazyLock::new(|| Font::new(text::FONT_BYTES.to_vec().into(), 0));

/// The bundled font for krilla; one copy for all documents of a run. `None` only if the font is broken.
pub fn font() -> Option<Font> {
    FONT.clone()
}

/// Draws the scene into `view.rect`, cut at its edge. `background` is laid under everything.
pub fn paint(
    scene: &Scene,
    surface: &mut Surface<'_>,
    view: &View,
    background: Option<Rgba>,
) -> Painted {
    paint_around(scene, surface, view, background, &[])
}

/// As [`paint`], with no label in `reserved`: where the page's furniture will lie over the map.
pub fn paint_around(
    scene: &Scene,
    surface: &mut Surface<'_>,
    view: &View,
    background: Option<Rgba>,
    reserved: &[DeviceRect],
) -> Painted {
    let Some(window) = rectangle(view.rect) else {
        return Painted::default();
    };
    surface.push_clip_path(&window, &FillRule::NonZero);
    if let Some(color) = background {
        fill(surface, &window, color);
    }
    let mut seen = HashSet::new();
    for op in &scene.ops {
        if let Some(owner) = paint_op(op, surface, view) {
            seen.insert(owner);
        }
    }
    let labels = labels::place_around(scene, view.rect, reserved, |at| view.to_device(at));
    for label in &labels {
        draw_text(
            surface,
            label.text,
            (label.x, label.baseline_y),
            label.size_pt,
            label.color,
            Some(label.halo),
        );
    }
    surface.pop();
    Painted {
        features: seen.len(),
        labels: labels.len(),
    }
}

/// Draws one op but for texts, which are placed all together. The owner, where something came into the window.
fn paint_op(op: &DrawOp, surface: &mut Surface<'_>, view: &View) -> Option<Owner> {
    match op {
        DrawOp::Fill { owner, path, color } => {
            let outline = clip::outline(path, view, MARGIN_PT)?;
            fill(surface, &page_path(&outline)?, *color);
            Some(*owner)
        }
        DrawOp::Hatch {
            owner,
            path,
            color,
            spacing_pt,
            width_pt,
        } => {
            let outline = clip::outline(path, view, MARGIN_PT)?;
            hatch(surface, &outline, view.rect, *color, *spacing_pt, *width_pt);
            Some(*owner)
        }
        DrawOp::Mask { path, color } => {
            let mut around = clip::outline(path, view, MARGIN_PT).unwrap_or(Outline {
                parts: Vec::new(),
                closed: true,
            });
            around.parts.push(corners(view.rect.grown(1.0)));
            fill(surface, &page_path(&around)?, *color);
            None
        }
        DrawOp::Stroke {
            owner,
            path,
            color,
            width_pt,
            dash,
        } => {
            let outline = clip::outline(path, view, MARGIN_PT)?;
            let look = LineStyle {
                color: *color,
                width_pt: *width_pt,
                dash: *dash,
            };
            stroke(surface, &page_path(&outline)?, look);
            Some(*owner)
        }
        DrawOp::Icon {
            owner,
            at,
            symbol,
            size_pt,
            color,
            ring,
            uncertain,
            shift_pt: [dx, dy],
        } => {
            let (x, y) = view.to_device(*at);
            let center = (x + f64::from(*dx), y + f64::from(*dy));
            if !view.rect.grown(f64::from(*size_pt)).contains(center) {
                return None;
            }
            icon(
                surface, center, *symbol, *size_pt, *color, *ring, *uncertain,
            );
            Some(*owner)
        }
        DrawOp::Text { .. } => None,
    }
}

/// Draws a legend's sample, centred in `rect`.
pub fn paint_sample(surface: &mut Surface<'_>, sample: &LegendSample, rect: DeviceRect) {
    match sample {
        LegendSample::Area {
            fill: color,
            hatch: lines,
            outline,
        } => {
            let swatch = rect.grown(-f64::from(outline.width_pt) / 2.0);
            let Some(path) = rectangle(swatch) else {
                return;
            };
            fill(surface, &path, *color);
            if let Some(lines) = lines {
                let area = Outline {
                    parts: vec![corners(swatch)],
                    closed: true,
                };
                hatch(
                    surface,
                    &area,
                    swatch,
                    lines.color,
                    lines.spacing_pt,
                    lines.width_pt,
                );
            }
            stroke(surface, &path, *outline);
        }
        LegendSample::Line(look) => {
            let middle = rect.center().1;
            let line = Outline {
                parts: vec![vec![(rect.min_x, middle), (rect.max_x, middle)]],
                closed: false,
            };
            if let Some(path) = page_path(&line) {
                stroke(surface, &path, *look);
            }
        }
        LegendSample::Icon {
            symbol,
            size_pt,
            color,
            ring,
            uncertain,
        } => icon(
            surface,
            rect.center(),
            *symbol,
            *size_pt,
            *color,
            *ring,
            *uncertain,
        ),
    }
}

/// Draws one line of text, its baseline beginning at `(x, baseline_y)`; with a halo where it is visible.
///
/// The halo is drawn as outlines, not as text, so that searching and copying find each label once.
pub fn draw_text(
    surface: &mut Surface<'_>,
    text: &str,
    (x, baseline_y): (f64, f64),
    size_pt: f32,
    color: Rgba,
    halo: Option<Rgba>,
) {
    let Some(font) = font() else {
        return;
    };
    let start = point((x, baseline_y));
    if let Some(halo) = halo.filter(|halo| halo.a > 0) {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke {
            paint: paint_of(halo),
            width: HALO_PT,
            line_join: LineJoin::Round,
            opacity: opacity_of(halo),
            ..Stroke::default()
        }));
        surface.draw_text(
            start,
            font.clone(),
            size_pt,
            text,
            true,
            TextDirection::Auto,
        );
    }
    surface.set_stroke(None);
    surface.set_fill(Some(Fill {
        paint: paint_of(color),
        opacity: opacity_of(color),
        rule: FillRule::NonZero,
    }));
    surface.draw_text(start, font, size_pt, text, false, TextDirection::Auto);
    surface.set_fill(None);
}

/// Draws a symbol around a place on the page.
pub fn icon(
    surface: &mut Surface<'_>,
    center: (f64, f64),
    symbol: Symbol,
    size_pt: f32,
    color: Rgba,
    ring: Option<Rgba>,
    uncertain: bool,
) {
    let radius = f64::from(size_pt) / 2.0;
    let on_page = |points: &[[f32; 2]]| {
        points
            .iter()
            .map(|[x, y]| {
                (
                    center.0 + radius * f64::from(*x),
                    center.1 + radius * f64::from(*y),
                )
            })
            .collect::<Vec<_>>()
    };
    for shape in drawn(symbol, color, ring, uncertain) {
        let (points, closed, width) = match &shape.form {
            IconForm::Polygon(points) => (points, true, None),
            IconForm::Line {
                points,
                closed,
                width,
            } => (points, *closed, Some(width * size_pt / 2.0)),
        };
        let outline = Outline {
            parts: vec![on_page(points)],
            closed,
        };
        let Some(path) = page_path(&outline) else {
            continue;
        };
        match width {
            None => fill(surface, &path, shape.color),
            Some(width_pt) => stroke(
                surface,
                &path,
                LineStyle {
                    color: shape.color,
                    width_pt,
                    dash: super::Dash::Solid,
                },
            ),
        }
    }
}

fn hatch(
    surface: &mut Surface<'_>,
    area: &Outline,
    within: DeviceRect,
    color: Rgba,
    spacing_pt: f32,
    width_pt: f32,
) {
    let lines = Outline {
        parts: hatch_lines(&area.parts, within, f64::from(spacing_pt))
            .into_iter()
            .map(Vec::from)
            .collect(),
        closed: false,
    };
    if let Some(path) = page_path(&lines) {
        let look = LineStyle {
            color,
            width_pt,
            dash: super::Dash::Solid,
        };
        stroke(surface, &path, look);
    }
}

fn fill(surface: &mut Surface<'_>, path: &PagePath, color: Rgba) {
    if color.a == 0 {
        return;
    }
    surface.set_stroke(None);
    surface.set_fill(Some(Fill {
        paint: paint_of(color),
        opacity: opacity_of(color),
        rule: FillRule::EvenOdd,
    }));
    surface.draw_path(path);
    surface.set_fill(None);
}

fn stroke(surface: &mut Surface<'_>, path: &PagePath, look: LineStyle) {
    if look.color.a == 0 || look.width_pt <= 0.0 {
        return;
    }
    let dash = look.dash.pattern(look.width_pt);
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke {
        paint: paint_of(look.color),
        width: look.width_pt,
        // A round cap would close the gaps of a dashed line.
        line_cap: if dash.is_some() {
            LineCap::Butt
        } else {
            LineCap::Round
        },
        line_join: LineJoin::Round,
        opacity: opacity_of(look.color),
        dash: dash.map(|pattern| StrokeDash {
            array: pattern.to_vec(),
            offset: 0.0,
        }),
        ..Stroke::default()
    }));
    surface.draw_path(path);
    surface.set_stroke(None);
}

fn paint_of(color: Rgba) -> krilla::paint::Paint {
    rgb::Color::new(color.r, color.g, color.b).into()
}

fn opacity_of(color: Rgba) -> NormalizedF32 {
    NormalizedF32::new(f32::from(color.a) / 255.0).unwrap_or(NormalizedF32::ONE)
}

fn corners(rect: DeviceRect) -> Vec<(f64, f64)> {
    vec![
        (rect.min_x, rect.min_y),
        (rect.max_x, rect.min_y),
        (rect.max_x, rect.max_y),
        (rect.min_x, rect.max_y),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "page points: f32 is what a page has"
)]
fn point((x, y): (f64, f64)) -> Point {
    Point::from_xy(x as f32, y as f32)
}

fn rectangle(rect: DeviceRect) -> Option<PagePath> {
    let (min, max) = (
        point((rect.min_x, rect.min_y)),
        point((rect.max_x, rect.max_y)),
    );
    let mut builder = PathBuilder::new();
    builder.push_rect(Rect::from_ltrb(min.x, min.y, max.x, max.y)?);
    builder.finish()
}

fn page_path(outline: &Outline) -> Option<PagePath> {
    let mut builder = PathBuilder::new();
    for part in &outline.parts {
        let mut points = part.iter().map(|at| point(*at));
        let Some(first) = points.next() else {
            continue;
        };
        builder.move_to(first.x, first.y);
        for at in points {
            builder.line_to(at.x, at.y);
        }
        if outline.closed {
            builder.close();
        }
    }
    builder.finish()
}
