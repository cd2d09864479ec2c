//! The ops of the ledger's sites: one icon each at its place, one cluster for those known to the district only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Builder, is_district_site};
use crate::crs::LonLat;
use crate::model::{Placement, ProjectSite, SiteId};
use crate::scene::paths;
use crate::scene::style::{self, category_index};
use crate::scene::{DrawOp, Owner, PlanePoint, Symbol, TextAnchor};

/// A project's name on the map is cut to so many characters; details show it whole.
const SITE_LABEL_CHARS: usize = 14;

impl Builder<'_> {
    pub(super) fn sites(&mut self, sites: &BTreeMap<SiteId, ProjectSite>) {
        let shifts = shifts(sites, self.style.site_size_pt);
        for site in sites.values() {
            if is_district_site(site) {
                continue;
            }
            let Some(place) = site.placement.at else {
                continue;
            };
            let Some(at) = self.plane.from_lon_lat(place) else {
                continue;
            };
            let owner = Owner::Site(site.id);
            if self.is_left_out(owner) {
                continue;
            }
            let selected = self.highlight == Some(owner);
            self.schematic |= site.placement.grade == Placement::Schematic;
            if selected && let Some(radius_m) = site.placement.precision_m {
                self.precision_circle(owner, place, radius_m);
            }
            self.icon(
                DrawOp::Icon {
                    owner,
                    at,
                    symbol: Symbol::Site {
                        category: category_index(&site.category),
                    },
                    size_pt: self.style.site_size_pt,
                    color: self.style.category_color(category_index(&site.category)),
                    ring: Some(self.style.status_color(site.status())),
                    uncertain: site.placement.grade != Placement::Surveyed,
                    shift_pt: shifts.get(&site.id).copied().unwrap_or_default(),
                },
                selected,
            );
            if self.labels {
                let look = self.style.label_site;
                self.passes.texts.push(DrawOp::Text {
                    owner,
                    at,
                    text: shortened(&site.name),
                    size_pt: look.size_pt,
                    color: look.color,
                    halo: self.style.halo,
                    anchor: TextAnchor::Right,
                    offset_pt: self.style.site_size_pt / 2.0 + 2.0,
                    priority: if selected {
                        style::SELECTED
                    } else {
                        look.priority
                    },
                });
            }
        }
    }

    fn precision_circle(&mut self, owner: Owner, center: LonLat, radius_m: f64) {
        let Some(path) = paths::circle(self.plane, center, radius_m).map(Arc::new) else {
            return;
        };
        let look = self.style.precision;
        self.passes.selected_areas.push(DrawOp::Fill {
            owner,
            path: Arc::clone(&path),
            color: look.fill,
        });
        self.passes.selected_areas.push(DrawOp::Stroke {
            owner,
            path,
            color: look.outline.color,
            width_pt: look.outline.width_pt,
            dash: look.outline.dash,
        });
    }

    pub(super) fn cluster(&mut self, at: PlanePoint, count: usize, selected: bool) {
        let owner = Owner::DistrictSites { count };
        let look = self.style.cluster;
        self.icon(
            DrawOp::Icon {
                owner,
                at,
                symbol: Symbol::Cluster,
                size_pt: look.size_pt,
                color: look.color,
                ring: Some(self.style.cluster_ring),
                uncertain: true,
                shift_pt: [0.0; 2],
            },
            selected,
        );
        let count_look = self.style.cluster_count;
        self.passes.texts.push(DrawOp::Text {
            owner,
            at,
            text: count.to_string(),
            size_pt: count_look.size_pt,
            color: count_look.color,
            halo: self.style.halo.with_alpha(0),
            anchor: TextAnchor::Center,
            offset_pt: 0.0,
            priority: style::PINNED,
        });
        if self.labels {
            let label = self.style.label_cluster;
            self.passes.texts.push(DrawOp::Text {
                owner,
                at,
                text: format!("全区项目 {count} 项"),
                size_pt: label.size_pt,
                color: label.color,
                halo: self.style.halo,
                anchor: TextAnchor::Right,
                offset_pt: look.size_pt / 2.0 + 3.0,
                priority: label.priority,
            });
        }
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= SITE_LABEL_CHARS {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(SITE_LABEL_CHARS - 1).collect();
    short.push('…');
    short
}

/// Sites of one and the same place stand in a small circle around it.
fn shifts(sites: &BTreeMap<SiteId, ProjectSite>, size_pt: f32) -> BTreeMap<SiteId, [f32; 2]> {
    let mut groups: BTreeMap<(i64, i64), Vec<SiteId>> = BTreeMap::new();
    for site in sites.values().filter(|site| !is_district_site(site)) {
        if let Some(at) = site.placement.at {
            // Within a metre is one place.
            #[expect(
                clippy::cast_possible_truncation,
                reason = "degrees, in hundred thousandths"
            )]
            let cell = |degrees: f64| (degrees * 1e5).round() as i64;
            groups
                .entry((cell(at.lon), cell(at.lat)))
                .or_default()
                .push(site.id);
        }
    }
    let mut shifts = BTreeMap::new();
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let step = std::f32::consts::TAU / group.len() as f32;
        let radius = size_pt * 0.52 / (step / 2.0).sin();
        for (index, id) in group.into_iter().enumerate() {
            let angle = step * index as f32;
            // The first one left, so that two stand side by side.
            shifts.insert(id, [-radius * angle.cos(), -radius * angle.sin()]);
        }
    }
    shifts
}
