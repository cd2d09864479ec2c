//! Paints a scene onto a PDF page: vector, searchable, cut to the map's window.
//!
//! Coordinates are page points, y down, computed in `f64` and only then narrowed: grid coordinates of
//! eight digits do not fit in the page's `f32`. Deliberately absent: page furniture (`sheet` draws it).

use krilla::surface::Surface;
use krilla::text::Font;

use super::{DeviceRect, LegendSample, Rgba, Scene, View};

/// What came onto the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Painted {
    /// Features and sites with at least one mark in the window.
    pub features: usize,
    pub labels: usize,
}

/// The bundled font for krilla; one copy for all documents of a run. `None` only if the font is broken.
pub fn font() -> Option<Font> {
    None
}

/// Draws the scene into `view.rect`, cut at its edge. `background` is laid under everything.
pub fn paint(
    scene: &Scene,
    surface: &mut Surface<'_>,
    view: &View,
    background: Option<Rgba>,
) -> Painted {
    let _ = (scene, surface, view, background);
    Painted::default()
}

/// Draws a legend's sample, centred in `rect`.
pub fn paint_sample(surface: &mut Surface<'_>, sample: &LegendSample, rect: DeviceRect) {
    let _ = (surface, sample, rect);
}

/// Draws one line of text, its baseline beginning at `(x, baseline_y)`; with a halo where it is visible.
pub fn draw_text(
    surface: &mut Surface<'_>,
    text: &str,
    (x, baseline_y): (f64, f64),
    size_pt: f32,
    color: Rgba,
    halo: Option<Rgba>,
) {
    let _ = (surface, text, x, baseline_y, size_pt, color, halo);
}
