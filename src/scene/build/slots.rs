//! The passes of a draw list, and the places between their ops where something else belongs.
//!
//! Knows the order of passes, and of no op what it is.

use crate::model::LayerId;
use crate::scene::DrawOp;

/// What belongs at a place of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A part of a large layer.
    Large { layer: LayerId, part: Part },
    /// Areas and lines that are selected.
    SelectedAreas,
    /// Icons that are selected.
    SelectedIcons,
}

/// What is drawn of a large layer at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Fills,
    Lines,
    Dots,
}

/// Ops by the pass they belong to.
#[derive(Default)]
pub(super) struct Passes {
    pub(super) areas: Pass,
    pub(super) ground_lines: Pass,
    pub(super) mask: Option<DrawOp>,
    pub(super) borders: Pass,
    pub(super) selected_areas: Vec<DrawOp>,
    pub(super) icons: Pass,
    pub(super) selected_icons: Vec<DrawOp>,
    pub(super) texts: Vec<DrawOp>,
}

#[derive(Default)]
pub(super) struct Pass {
    ops: Vec<DrawOp>,
    slots: Vec<(usize, Slot)>,
}

impl Pass {
    pub(super) fn push(&mut self, op: DrawOp) {
        self.ops.push(op);
    }

    pub(super) fn keep_place(&mut self, layer: LayerId, part: Part) {
        self.slots
            .push((self.ops.len(), Slot::Large { layer, part }));
    }
}

impl Passes {
    pub(super) fn in_order(self) -> Vec<DrawOp> {
        let mut ops = self.areas.ops;
        ops.extend(self.ground_lines.ops);
        ops.extend(self.mask);
        ops.extend(self.borders.ops);
        ops.extend(self.selected_areas);
        ops.extend(self.icons.ops);
        ops.extend(self.selected_icons);
        ops.extend(self.texts);
        ops
    }

    /// Before which op of [`Self::in_order`].
    pub(super) fn slots(&self) -> Vec<(usize, Slot)> {
        let mut slots = Slots::default();
        slots.pass(&self.areas);
        slots.pass(&self.ground_lines);
        slots.at += usize::from(self.mask.is_some());
        slots.pass(&self.borders);
        slots.at += self.selected_areas.len();
        slots.found.push((slots.at, Slot::SelectedAreas));
        slots.pass(&self.icons);
        slots.at += self.selected_icons.len();
        slots.found.push((slots.at, Slot::SelectedIcons));
        slots.found
    }
}

#[derive(Default)]
struct Slots {
    found: Vec<(usize, Slot)>,
    /// How many ops come before.
    at: usize,
}

impl Slots {
    fn pass(&mut self, pass: &Pass) {
        let start = self.at;
        self.found
            .extend(pass.slots.iter().map(|(at, slot)| (start + at, *slot)));
        self.at += pass.ops.len();
    }
}
