//! Legend entries for what a map really shows: nothing that is not there, nothing left out.

use super::style::{HatchStyle, LineStyle};
use super::{Rgba, SceneInput, Symbol};
use crate::crs::Extent;

/// One line of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    pub label: String,
    pub sample: LegendSample,
}

/// What is drawn before the label.
#[derive(Clone, Debug, PartialEq)]
pub enum LegendSample {
    Area {
        fill: Rgba,
        hatch: Option<HatchStyle>,
        outline: LineStyle,
    },
    Line(LineStyle),
    Icon {
        symbol: Symbol,
        size_pt: f32,
        color: Rgba,
        ring: Option<Rgba>,
        uncertain: bool,
    },
}

/// The entries for what `input` draws within `extent` (everywhere: `None`), in reading order.
pub fn legend(input: &SceneInput<'_>, extent: Option<Extent>) -> Vec<LegendEntry> {
    let _ = (input, extent);
    Vec::new()
}
