//! Layers and sites to one draw list: decides what is drawn, in which order and in which style.
//!
//! Order, bottom first: areas, ground lines (rivers, reference), the mask outside the district, red-line
//! outlines and borders, icons, labels; within each, the layers' own order. What is selected comes last of
//! its kind. Deliberately absent: painters, label collision (`labels`), the window's extent.

mod features;
mod sites;

use std::collections::BTreeMap;

use geo::Geometry;

use super::style::MapStyle;
use super::{DrawOp, Owner, Plane, Rgba, Scene, cluster};
use crate::crs::LonLat;
use crate::model::{Layer, LayerId, LayerKind, Placement, ProjectSite, SiteId};

pub(super) use features::present_class;

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
    let mut builder = Builder {
        plane: &plane,
        style: input.style,
        highlight: input.highlight,
        labels: input.show_labels,
        passes: Passes::default(),
        schematic: false,
    };
    for view in input.layers.iter().filter(|view| view.is_drawn()) {
        builder.layer(view);
    }
    if input.show_sites {
        builder.sites(input.sites);
        if let Some((at, count)) = input.cluster() {
            let selected = match input.highlight {
                Some(Owner::DistrictSites { .. }) => true,
                Some(Owner::Site(id)) => input.sites.get(&id).is_some_and(is_district_site),
                _ => false,
            };
            builder.cluster(at, count, selected);
        }
    }
    let schematic = builder.schematic;
    let ops = builder.passes.in_order();
    Scene {
        plane,
        ops,
        schematic,
    }
}

/// Ops by the pass they belong to.
#[derive(Default)]
struct Passes {
    areas: Vec<DrawOp>,
    ground_lines: Vec<DrawOp>,
    mask: Option<DrawOp>,
    borders: Vec<DrawOp>,
    selected_areas: Vec<DrawOp>,
    icons: Vec<DrawOp>,
    selected_icons: Vec<DrawOp>,
    texts: Vec<DrawOp>,
}

impl Passes {
    fn in_order(self) -> Vec<DrawOp> {
        let mut ops = self.areas;
        ops.extend(self.ground_lines);
        ops.extend(self.mask);
        ops.extend(self.borders);
        ops.extend(self.selected_areas);
        ops.extend(self.icons);
        ops.extend(self.selected_icons);
        ops.extend(self.texts);
        ops
    }
}

struct Builder<'a> {
    plane: &'a Plane,
    style: &'a MapStyle,
    highlight: Option<Owner>,
    labels: bool,
    passes: Passes,
    schematic: bool,
}

fn faded(color: Rgba, opacity: f32) -> Rgba {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0..=255 after the clamp"
    )]
    let alpha = (f32::from(color.a) * opacity.clamp(0.0, 1.0)).round() as u8;
    color.with_alpha(alpha)
}
