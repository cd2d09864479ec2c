//! Layers and sites to one draw list: decides what is drawn, in which order and in which style.
//!
//! Order, bottom first: areas, ground lines (rivers, reference), the mask outside the district, red-line
//! outlines and borders, icons, labels; within each, the layers' own order. What is selected comes last of
//! its kind. [`build`] gives the whole list; the window takes it in two, [`build_ground`] for what changes with
//! the document and [`build_selection`] for what changes with a click, and draws large layers itself, by tiles.
//! Deliberately absent: painters, label collision (`labels`), the window's extent.

mod features;
mod sites;
mod slots;

use std::collections::BTreeMap;

use geo::Geometry;

use super::pyramid::Anchor;
use super::style::MapStyle;
use super::{Owner, Plane, PlanePoint, Rgba, Scene, cluster};
use crate::crs::LonLat;
use crate::model::{Layer, LayerId, LayerKind, Placement, ProjectSite, SiteId};

pub use slots::{Part, Slot};

pub(super) use features::anchors;
use slots::Passes;

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

impl LayerView<'_> {
    /// It takes part in the picture at all.
    pub fn is_drawn(&self) -> bool {
        self.visible && !self.retired && self.opacity > 0.0
    }
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

impl SceneInput<'_> {
    fn cluster_is_selected(&self) -> bool {
        match self.highlight {
            Some(Owner::DistrictSites { .. }) => true,
            Some(Owner::Site(id)) => self.sites.get(&id).is_some_and(is_district_site),
            _ => false,
        }
    }

    /// The place of the cluster of `district` sites and how many they are; `None` where there is none.
    pub fn cluster(&self) -> Option<(LonLat, usize)> {
        if !self.show_sites {
            return None;
        }
        let count = self
            .sites
            .values()
            .filter(|site| is_district_site(site))
            .count();
        if count == 0 {
            return None;
        }
        let taken: Vec<LonLat> = self
            .sites
            .values()
            .filter_map(|site| site.placement.at)
            .chain(
                self.layers
                    .iter()
                    .filter(|view| view.is_drawn())
                    .flat_map(|view| {
                        view.layer.features.iter().filter_map(|feature| {
                            match feature.geometry.as_ref()? {
                                Geometry::Point(point) => Some(LonLat::new(point.x(), point.y())),
                                _ => None,
                            }
                        })
                    }),
            )
            .collect();
        // A hidden border still says where the district is.
        let at = self
            .layers
            .iter()
            .filter(|view| view.layer.kind == LayerKind::Boundary && !view.retired)
            .find_map(|view| cluster::place(view.layer, &taken))
            .or_else(|| {
                let extents = self.layers.iter().filter_map(|view| view.layer.extent());
                extents
                    .reduce(crate::crs::Extent::union)
                    .map(crate::crs::Extent::center)
            })?;
        Some((at, count))
    }
}

/// It stands in the cluster and not at a place of its own.
pub(super) fn is_district_site(site: &ProjectSite) -> bool {
    site.placement.grade == Placement::District
}

/// The draw list of `input` in `plane`. The same input gives the same list.
pub fn build(plane: Plane, input: &SceneInput<'_>) -> Scene {
    let drawn = Builder::new(&plane, input).all(input).finish();
    drawn.in_plane(plane)
}

/// A layer that is drawn otherwise: the list only keeps its places, and its names.
#[derive(Clone, Copy, Debug)]
pub struct LargeLayer<'a> {
    pub id: LayerId,
    /// Where its names may stand.
    pub anchors: &'a [Anchor],
}

/// A draw list with places for what is drawn otherwise.
#[derive(Clone, Debug)]
pub struct Ground {
    pub scene: Scene,
    /// In order: before which op, and what.
    pub slots: Vec<(usize, Slot)>,
}

/// The list as if nothing were selected.
pub fn build_ground(plane: Plane, input: &SceneInput<'_>, large: &[LargeLayer<'_>]) -> Ground {
    let input = SceneInput {
        highlight: None,
        ..*input
    };
    let mut builder = Builder::new(&plane, &input);
    builder.large = large;
    let drawn = builder.all(&input).finish();
    Ground {
        slots: drawn.passes.slots(),
        scene: drawn.in_plane(plane),
    }
}

/// What is selected, and nothing else. `cluster`: where the ground has the cluster of `district` sites.
pub fn build_selection(
    plane: Plane,
    input: &SceneInput<'_>,
    cluster: Option<(PlanePoint, usize)>,
) -> Scene {
    let mut builder = Builder::new(&plane, input);
    builder.only_selected = true;
    match input.highlight {
        Some(Owner::Feature { layer, .. }) => {
            for view in input
                .layers
                .iter()
                .filter(|view| view.id == layer && view.is_drawn())
            {
                builder.layer(view);
            }
        }
        Some(Owner::Site(_)) if input.show_sites => builder.sites(input.sites),
        _ => {}
    }
    if let Some((at, count)) = cluster.filter(|_| input.cluster_is_selected()) {
        builder.cluster(at, count, true);
    }
    let drawn = builder.finish();
    drawn.in_plane(plane)
}

struct Builder<'a> {
    plane: &'a Plane,
    style: &'a MapStyle,
    highlight: Option<Owner>,
    labels: bool,
    large: &'a [LargeLayer<'a>],
    only_selected: bool,
    passes: Passes,
    schematic: bool,
}

impl<'a> Builder<'a> {
    fn new(plane: &'a Plane, input: &SceneInput<'a>) -> Self {
        Self {
            plane,
            style: input.style,
            highlight: input.highlight,
            labels: input.show_labels,
            large: &[],
            only_selected: false,
            passes: Passes::default(),
            schematic: false,
        }
    }

    fn all(mut self, input: &SceneInput<'_>) -> Self {
        for view in input.layers.iter().filter(|view| view.is_drawn()) {
            match self.large.iter().find(|large| large.id == view.id) {
                Some(large) => self.large_layer(view, large.anchors),
                None => self.layer(view),
            }
        }
        if input.show_sites {
            self.sites(input.sites);
            if let Some((place, count)) = input.cluster()
                && let Some(at) = self.plane.from_lon_lat(place)
            {
                self.cluster(at, count, input.cluster_is_selected());
            }
        }
        self
    }

    /// This op is left out: it is not what is selected, and nothing else is asked for.
    fn is_left_out(&self, owner: Owner) -> bool {
        self.only_selected && self.highlight != Some(owner)
    }

    fn finish(self) -> Drawn {
        Drawn {
            passes: self.passes,
            schematic: self.schematic,
        }
    }
}

/// What a builder made, without what it was made from.
struct Drawn {
    passes: Passes,
    schematic: bool,
}

impl Drawn {
    fn in_plane(self, plane: Plane) -> Scene {
        Scene {
            plane,
            ops: self.passes.in_order(),
            schematic: self.schematic,
        }
    }
}

/// A colour of a layer that is shown so opaque.
pub fn faded(color: Rgba, opacity: f32) -> Rgba {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0..=255 after the clamp"
    )]
    let alpha = (f32::from(color.a) * opacity.clamp(0.0, 1.0)).round() as u8;
    color.with_alpha(alpha)
}
