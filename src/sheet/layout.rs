//! Where things stand on the page, in millimetres: the only place of the sheet's measures and type sizes.
//!
//! Landscape: the map left, facts, legend and locator in a column on the right. Portrait: the map on top,
//! facts below it on the left, legend and locator on the right. Knows no content.

use super::facts::Facts;
use super::paper::{Orientation, Paper, PaperRect};
use crate::scene::Rgba;

/// Text and lines of the furniture. Map colours are [`crate::scene::MapStyle`]'s.
pub(super) const INK: Rgba = Rgba::opaque(24, 26, 30);
pub(super) const SOFT_INK: Rgba = Rgba::opaque(92, 96, 104);
pub(super) const RULE: Rgba = Rgba::opaque(150, 154, 160);
pub(super) const LABEL_GROUND: Rgba = Rgba::opaque(242, 244, 246);
pub(super) const PLATE: Rgba = Rgba::opaque(255, 255, 255).with_alpha(232);
pub(super) const WARNING: Rgba = Rgba::opaque(176, 24, 32);
pub(super) const WATERMARK: Rgba = Rgba::opaque(120, 24, 32).with_alpha(26);

/// Line widths, mm.
pub(super) const OUTER_LINE: f64 = 0.7;
pub(super) const PANEL_LINE: f64 = 0.3;
pub(super) const THIN_LINE: f64 = 0.13;

/// The typographic scale, points at A4.
#[derive(Clone, Copy, Debug)]
pub(super) struct TypeScale {
    pub(super) title: f64,
    pub(super) subtitle: f64,
    pub(super) scale: f64,
    pub(super) heading: f64,
    pub(super) body: f64,
    pub(super) small: f64,
    pub(super) tick: f64,
    /// Nothing is set smaller.
    pub(super) least: f64,
}

/// The page's division.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) orientation: Orientation,
    pub(super) page: PaperRect,
    /// Sizes grow with the paper by this factor.
    pub(super) grow: f64,
    pub(super) type_scale: TypeScale,
    pub(super) title: PaperRect,
    pub(super) subtitle: PaperRect,
    /// 外图廓.
    pub(super) map_outer: PaperRect,
    /// 内图廓: the map itself.
    pub(super) map: PaperRect,
    /// CRS, scale bar, author: under the map.
    pub(super) strip: PaperRect,
    /// Facts, legend, locator.
    pub(super) panels: PaperRect,
    /// Placement, sources, remarks: at the page's foot.
    pub(super) notes: PaperRect,
}

/// The three panels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panels {
    pub(super) facts: PaperRect,
    pub(super) legend: PaperRect,
    pub(super) locator: PaperRect,
}

impl Layout {
    /// `notes_mm`: how high the notes are, from [`Self::notes_width`] and [`Self::type_scale`].
    pub(super) fn new(paper: Paper, orientation: Orientation, notes_mm: f64) -> Self {
        let grow = grow(paper);
        let page = PaperRect::page(paper, orientation);
        let body = page.inset(margin(grow));
        let title = PaperRect::new(body.x, body.y, body.width, 10.0 * grow);
        let subtitle = PaperRect::new(body.x, title.bottom(), body.width, 6.5 * grow);
        let notes = PaperRect::new(body.x, body.bottom() - notes_mm, body.width, notes_mm);
        let top = subtitle.bottom() + 1.5 * grow;
        let bottom = notes.y - 2.0 * grow;
        let gap = 3.5 * grow;
        let strip_mm = 14.0 * grow;
        let (map_outer, panels) = match orientation {
            Orientation::Landscape => {
                let column = 82.0 * grow;
                (
                    PaperRect::new(
                        body.x,
                        top,
                        body.width - column - gap,
                        bottom - strip_mm - top,
                    ),
                    PaperRect::new(body.right() - column, top, column, bottom - top),
                )
            }
            Orientation::Portrait => {
                let panels_mm = 86.0 * grow;
                (
                    PaperRect::new(
                        body.x,
                        top,
                        body.width,
                        bottom - panels_mm - strip_mm - gap - top,
                    ),
                    PaperRect::new(body.x, bottom - panels_mm, body.width, panels_mm),
                )
            }
        };
        Self {
            orientation,
            page,
            grow,
            type_scale: type_scale(grow),
            title,
            subtitle,
            map_outer,
            map: map_outer.inset(5.5 * grow),
            strip: PaperRect::new(
                map_outer.x,
                map_outer.bottom() + 1.5 * grow,
                map_outer.width,
                strip_mm - 1.5 * grow,
            ),
            panels,
            notes,
        }
    }

    /// Divides the panels' area. `facts_mm` is the height the facts need at a panel's width,
    /// `legend_mm` the legend's. A table that does not need its room leaves it to the locator.
    pub(super) fn panels(&self, facts: &Facts, legend_mm: f64) -> Panels {
        let facts_mm = facts.natural_mm(self.facts_width(), self.type_scale, self.grow);
        let most_locator_mm = match facts {
            Facts::Site(_) => LOCATOR_MM.1,
            Facts::List(_) => LOCATOR_MM.1 * 1.6,
        };
        let gap = 2.5 * self.grow;
        let area = self.panels;
        match self.orientation {
            Orientation::Landscape => {
                let locator_mm = (area.height - facts_mm - legend_mm - 2.0 * gap)
                    .clamp(LOCATOR_MM.0 * self.grow, most_locator_mm * self.grow);
                let facts = PaperRect {
                    height: area.height - legend_mm - locator_mm - 2.0 * gap,
                    ..area
                };
                let legend = PaperRect::new(area.x, facts.bottom() + gap, area.width, legend_mm);
                Panels {
                    facts,
                    legend,
                    locator: PaperRect::new(area.x, legend.bottom() + gap, area.width, locator_mm),
                }
            }
            Orientation::Portrait => {
                let right = self.legend_width();
                let x = area.right() - right;
                Panels {
                    facts: PaperRect {
                        width: self.facts_width(),
                        ..area
                    },
                    legend: PaperRect::new(x, area.y, right, legend_mm),
                    locator: PaperRect::new(
                        x,
                        area.y + legend_mm + gap,
                        right,
                        area.height - legend_mm - gap,
                    ),
                }
            }
        }
    }

    pub(super) fn facts_width(&self) -> f64 {
        match self.orientation {
            Orientation::Landscape => self.panels.width,
            Orientation::Portrait => self.panels.width - self.legend_width() - 2.5 * self.grow,
        }
    }

    pub(super) fn legend_width(&self) -> f64 {
        match self.orientation {
            Orientation::Landscape => self.panels.width,
            Orientation::Portrait => 72.0 * self.grow,
        }
    }

    /// The most the legend may take, so that a locator and facts still fit.
    pub(super) fn legend_limit(&self) -> f64 {
        match self.orientation {
            Orientation::Landscape => 46.0 * self.grow,
            Orientation::Portrait => self.panels.height - (LOCATOR_MM.0 + 2.5) * self.grow,
        }
    }
}

/// Least and greatest height of the locator at A4.
const LOCATOR_MM: (f64, f64) = (34.0, 52.0);

pub(super) fn notes_width(paper: Paper, orientation: Orientation) -> f64 {
    PaperRect::page(paper, orientation)
        .inset(margin(grow(paper)))
        .width
}

pub(super) const fn grow(paper: Paper) -> f64 {
    match paper {
        Paper::A4 => 1.0,
        Paper::A3 => 1.25,
    }
}

const fn margin(grow: f64) -> f64 {
    10.0 * grow
}

pub(super) const fn type_scale(grow: f64) -> TypeScale {
    TypeScale {
        title: 17.0 * grow,
        subtitle: 9.0 * grow,
        scale: 10.5 * grow,
        heading: 8.5 * grow,
        body: 7.75 * grow,
        small: 6.5 * grow,
        tick: 5.5 * grow,
        least: 5.25 * grow,
    }
}
