//! Layers and sites to one draw list: decides what is drawn, in which order and in which style.

use std::collections::BTreeMap;

use super::{MapStyle, Owner, Plane, Scene};
use crate::model::{Layer, LayerId, ProjectSite, SiteId};

/// A layer as it is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct LayerView<'a> {
    pub id: LayerId,
    pub layer: &'a Layer,
    pub visible: bool,
    /// 0 (unseen) to 1, on top of the style's own alpha.
    pub opacity: f32,
    /// Replaced by an official layer: kept, not drawn.
    pub retired: bool,
}

/// All that a scene is built from.
#[derive(Clone, Copy, Debug)]
pub struct SceneInput<'a> {
    /// In draw order, bottom first.
    pub layers: &'a [LayerView<'a>],
    pub sites: &'a BTreeMap<SiteId, ProjectSite>,
    pub show_sites: bool,
    pub show_labels: bool,
    /// What is selected: drawn with a glow, on top of its kind.
    pub highlight: Option<Owner>,
    pub style: &'a MapStyle,
}

/// The draw list of `input` in `plane`. The same input gives the same list.
pub fn build(plane: Plane, input: &SceneInput<'_>) -> Scene {
    let _ = input;
    Scene {
        plane,
        ops: Vec::new(),
        schematic: false,
    }
}
