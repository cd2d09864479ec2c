//! Lines, boxes and texts on a page in millimetres: the few strokes that page furniture is made of.
//!
//! Characters outside the bundled font are drawn as 〓 and remembered, so that no empty box is printed
//! without a word. Deliberately absent: what is drawn (`furniture`, `facts`, …) and the map itself.

use std::collections::BTreeSet;

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

use super::PaperRect;
use super::paper::PT_PER_MM;
use super::typeset::{Block, LEADING};
use crate::scene::{Rgba, text};

/// Shown for a character the font lacks (the mark that Chinese printers use for a missing sort).
pub(super) const GETA: char = '〓';

/// A line's look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pen {
    pub(super) color: Rgba,
    pub(super) width_mm: f64,
}

impl Pen {
    pub(super) const fn new(color: Rgba, width_mm: f64) -> Self {
        Self { color, width_mm }
    }
}

/// Where a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A text's look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size_pt: f64,
    pub(super) color: Rgba,
    /// The font has one weight; a heading gets a hair of outline instead.
    pub(super) bold: bool,
}

impl Type {
    pub(super) const fn new(size_pt: f64, color: Rgba) -> Self {
        Self {
            size_pt,
            color,
            bold: false,
        }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// Width of a line of text at 1 pt, points.
pub(super) fn measure(line: &str) -> f64 {
    f64::from(text::width_pt(line, 1.0))
}

/// Width of a line of text, mm.
pub(super) fn width_mm(line: &str, size_pt: f64) -> f64 {
    measure(line) * size_pt / PT_PER_MM
}

/// A page being drawn.
pub(super) struct Canvas<'a, 'page> {
    pub(super) surface: &'a mut Surface<'page>,
    font: Font,
    missing: BTreeSet<char>,
}

impl<'a, 'page> Canvas<'a, 'page> {
    pub(super) const fn new(surface: &'a mut Surface<'page>, font: Font) -> Self {
        Self {
            surface,
            font,
            missing: BTreeSet::new(),
        }
    }

    /// The characters that were replaced so far.
    pub(super) fn into_missing(self) -> BTreeSet<char> {
        self.missing
    }

    /// Replaces what the font lacks, and takes control characters out.
    pub(super) fn clean(&mut self, line: &str) -> String {
        line.chars()
            .filter(|c| !c.is_control())
            .map(|c| {
                if text::has_glyph(c) {
                    c
                } else {
                    self.missing.insert(c);
                    GETA
                }
            })
            .collect()
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), pen: Pen) {
        let mut path = PathBuilder::new();
        path.move_to(pt(from.0), pt(from.1));
        path.line_to(pt(to.0), pt(to.1));
        self.stroke(path.finish(), pen);
    }

    pub(super) fn frame(&mut self, rect: PaperRect, pen: Pen) {
        self.stroke(rect_path(rect), pen);
    }

    pub(super) fn fill_rect(&mut self, rect: PaperRect, color: Rgba) {
        self.fill(rect_path(rect), color);
    }

    pub(super) fn polygon(&mut self, points: &[(f64, f64)], color: Rgba) {
        self.fill(closed_path(points), color);
    }

    pub(super) fn outline(&mut self, points: &[(f64, f64)], pen: Pen) {
        self.stroke(closed_path(points), pen);
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, color: Rgba) {
        // Four Béziers; the constant makes them a circle within 0.03 %.
        const K: f64 = 0.552_284_75;
        let (r, k) = (radius, radius * K);
        let mut path = PathBuilder::new();
        path.move_to(pt(x + r), pt(y));
        for [a, b, c] in [
            [(r, k), (k, r), (0.0, r)],
            [(-k, r), (-r, k), (-r, 0.0)],
            [(-r, -k), (-k, -r), (0.0, -r)],
            [(k, -r), (r, -k), (r, 0.0)],
        ] {
            path.cubic_to(
                pt(x + a.0),
                pt(y + a.1),
                pt(x + b.0),
                pt(y + b.1),
                pt(x + c.0),
                pt(y + c.1),
            );
        }
        path.close();
        self.fill(path.finish(), color);
    }

    /// One line with its baseline at `at`.
    pub(super) fn text(&mut self, at: (f64, f64), line: &str, look: Type, align: Align) {
        let line = self.clean(line);
        self.draw(at, &line, look, align);
    }

    /// One line turned by `degrees` clockwise around the middle of its baseline.
    pub(super) fn turned_text(&mut self, at: (f64, f64), line: &str, look: Type, degrees: f64) {
        let line = self.clean(line);
        self.surface.push_transform(&Transform::from_rotate_at(
            narrow(degrees),
            pt(at.0),
            pt(at.1),
        ));
        self.draw(at, &line, look, Align::Center);
        self.surface.pop();
    }

    /// A broken text, its first line's top at `at`. Returns the y under its last line, mm.
    pub(super) fn block(
        &mut self,
        (x, top): (f64, f64),
        block: &Block,
        look: Type,
        align: Align,
    ) -> f64 {
        let line_mm = block.size_pt * LEADING / PT_PER_MM;
        let look = Type {
            size_pt: block.size_pt,
            ..look
        };
        for (index, line) in block.lines.iter().enumerate() {
            let baseline = top + line_mm * index as f64 + baseline_mm(block.size_pt);
            self.text((x, baseline), line, look, align);
        }
        top + line_mm * block.lines.len() as f64
    }

    fn draw(&mut self, (x, y): (f64, f64), line: &str, look: Type, align: Align) {
        if line.trim().is_empty() {
            return;
        }
        let width = width_mm(line, look.size_pt);
        let left = match align {
            Align::Left => x,
            Align::Center => x - width / 2.0,
            Align::Right => x - width,
        };
        let stroke = look
            .bold
            .then(|| stroke(look.color, look.size_pt * 0.028 / PT_PER_MM));
        self.surface.set_fill(Some(fill(look.color)));
        self.surface.set_stroke(stroke);
        self.surface.draw_text(
            Point::from_xy(pt(left), pt(y)),
            self.font.clone(),
            narrow(look.size_pt),
            line,
            false,
            TextDirection::Auto,
        );
        self.surface.set_stroke(None);
    }

    fn fill(&mut self, path: Option<Path>, color: Rgba) {
        let Some(path) = path else { return };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(fill(color)));
        self.surface.draw_path(&path);
    }

    fn stroke(&mut self, path: Option<Path>, pen: Pen) {
        let Some(path) = path else { return };
        self.surface.set_fill(None);
        self.surface
            .set_stroke(Some(stroke(pen.color, pen.width_mm)));
        self.surface.draw_path(&path);
        self.surface.set_stroke(None);
    }
}

/// From the top of a line to its baseline, mm: the middle of the characters in the middle of the line.
pub(super) fn baseline_mm(size_pt: f64) -> f64 {
    size_pt * ((LEADING - 1.0) / 2.0 + f64::from(text::ASCENT_EM)) / PT_PER_MM
}

/// Height of one line, mm.
pub(super) fn line_mm(size_pt: f64) -> f64 {
    size_pt * LEADING / PT_PER_MM
}

fn fill(color: Rgba) -> Fill {
    Fill {
        paint: rgb::Color::new(color.r, color.g, color.b).into(),
        opacity: opacity(color),
        rule: FillRule::EvenOdd,
    }
}

fn stroke(color: Rgba, width_mm: f64) -> Stroke {
    Stroke {
        paint: rgb::Color::new(color.r, color.g, color.b).into(),
        width: pt(width_mm),
        opacity: opacity(color),
        line_join: LineJoin::Miter,
        dash: None::<StrokeDash>,
        ..Stroke::default()
    }
}

fn opacity(color: Rgba) -> NormalizedF32 {
    NormalizedF32::new(f32::from(color.a) / 255.0).unwrap_or(NormalizedF32::ONE)
}

pub(super) fn rect_path(rect: PaperRect) -> Option<Path> {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_ltrb(
        pt(rect.x),
        pt(rect.y),
        pt(rect.right()),
        pt(rect.bottom()),
    )?);
    path.finish()
}

fn closed_path(points: &[(f64, f64)]) -> Option<Path> {
    let (&(x, y), rest) = points.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(pt(x), pt(y));
    for &(x, y) in rest {
        path.line_to(pt(x), pt(y));
    }
    path.close();
    path.finish()
}

/// Millimetres to points as krilla takes them.
fn pt(mm: f64) -> f32 {
    narrow(mm * PT_PER_MM)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "places on a page: f32 keeps them within a thousandth of a point"
)]
const fn narrow(value: f64) -> f32 {
    value as f32
}
