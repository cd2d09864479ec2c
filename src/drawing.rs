//! What of a workspace is drawn: its layers as the scene wants them.
//!
//! Deliberately absent: how anything is drawn, and where.

use crate::scene::LayerView;
use crate::store::StoredLayer;

/// The layers of a workspace as a scene's input, in draw order.
pub fn layer_views(layers: &[StoredLayer]) -> Vec<LayerView<'_>> {
    layers
        .iter()
        .map(|stored| LayerView {
            id: stored.id,
            layer: &stored.layer,
            visible: stored.visible,
            opacity: stored.opacity,
            retired: stored.retired,
        })
        .collect()
}
