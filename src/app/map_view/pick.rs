//! What is under the pointer: an R-tree over the scene's ops, then exact tests.
//!
//! What is picked is what is drawn: hidden layers are in neither. Large layers answer for themselves and are
//! ranked by their places in the list. Works on the Mercator square.

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use super::paint::SCREEN_SCALE;
use crate::app::Selection;
use crate::model::LayerId;
use crate::scene::pyramid::{Hit, HitClass, Reach};
use crate::scene::{DrawOp, Ground, Owner, Part, Path, PlanePoint, Slot, View};

use std::sync::Arc;

/// An icon is hit this near to its centre, or anywhere on it if it is larger. Screen points.
const ICON_REACH: f64 = 8.0;
const LINE_REACH: f64 = 5.0;

/// Finds the ops under a position.
pub(super) struct PickIndex {
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
    targets: Vec<Target>,
    large: Vec<(usize, LayerId, Part)>,
    /// The largest distance at which anything is hit, screen points.
    reach: f64,
}

struct Target {
    what: Selection,
    /// Position in the draw list.
    order: usize,
    form: Form,
}

enum Form {
    Icon {
        at: PlanePoint,
        /// Screen points.
        shift: [f64; 2],
        radius: f64,
    },
    Line(Arc<Path>),
    Area(Arc<Path>),
}

/// How good a hit is: icons by distance, then lines, then areas; of equals the topmost.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Rank {
    class: u8,
    distance: f64,
    /// Negated draw order: in the list, then in a layer of its own.
    below: [isize; 2],
}

impl PickIndex {
    pub(super) fn new(ground: &Ground) -> Self {
        let mut targets = Vec::new();
        let mut boxes = Vec::new();
        let mut reach = ICON_REACH;
        for (order, op) in ground.scene.ops.iter().enumerate() {
            let Some((owner, form, bounds)) = target_of(op) else {
                continue;
            };
            let Some(what) = selection_of(owner) else {
                continue;
            };
            if let Form::Icon { radius, shift, .. } = form {
                reach = reach.max(radius + shift[0].hypot(shift[1]));
            }
            let [min_x, min_y, max_x, max_y] = bounds;
            boxes.push(GeomWithData::new(
                Rectangle::from_corners([min_x, min_y], [max_x, max_y]),
                targets.len(),
            ));
            targets.push(Target { what, order, form });
        }
        Self {
            tree: RTree::bulk_load(boxes),
            targets,
            large: (ground.slots.iter())
                .filter_map(|(order, slot)| match slot {
                    Slot::Large { layer, part } => Some((*order, *layer, *part)),
                    Slot::SelectedAreas | Slot::SelectedIcons => None,
                })
                .collect(),
            reach,
        }
    }

    /// Everything under a position of the plane, topmost first, each once. `large` finds in a large layer.
    pub(super) fn at(
        &self,
        at: PlanePoint,
        view: &View,
        large: impl Fn(LayerId, Reach) -> Vec<Hit>,
    ) -> Vec<Selection> {
        let reach = self.reach / view.points_per_unit;
        let window = AABB::from_corners([at.x - reach, at.y - reach], [at.x + reach, at.y + reach]);
        let mut hits: Vec<(Rank, Selection)> = self
            .tree
            .locate_in_envelope_intersecting(&window)
            .filter_map(|found| {
                let target = self.targets.get(found.data)?;
                let (class, distance) = target.form.hit(at, view.points_per_unit)?;
                let rank = Rank {
                    class,
                    distance,
                    below: [below(target.order), 0],
                };
                Some((rank, target.what))
            })
            .collect();
        for (order, layer, part) in &self.large {
            // Each of its three places in the list asks anew: a layer answers in microseconds.
            hits.extend(large_hits(*order, *layer, *part, view, &large));
        }
        hits.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let mut found = Vec::new();
        for (_, what) in hits {
            if !found.contains(&what) {
                found.push(what);
            }
        }
        found
    }
}

fn below(order: usize) -> isize {
    -isize::try_from(order).unwrap_or(isize::MAX)
}

fn large_hits(
    order: usize,
    layer: LayerId,
    part: Part,
    view: &View,
    large: &impl Fn(LayerId, Reach) -> Vec<Hit>,
) -> Vec<(Rank, Selection)> {
    let reach = Reach {
        point: ICON_REACH / view.points_per_unit,
        line: LINE_REACH / view.points_per_unit,
    };
    let wanted = match part {
        Part::Fills => HitClass::Area,
        Part::Lines => HitClass::Line,
        Part::Dots => HitClass::Point,
    };
    large(layer, reach)
        .into_iter()
        .filter(|hit| hit.class == wanted)
        .map(|hit| {
            let rank = Rank {
                class: match hit.class {
                    HitClass::Point => 0,
                    HitClass::Line => 1,
                    HitClass::Area => 2,
                },
                distance: hit.distance * view.points_per_unit,
                below: [below(order), below(hit.index)],
            };
            (
                rank,
                Selection::Feature {
                    layer,
                    fid: hit.fid,
                },
            )
        })
        .collect()
}

fn target_of(op: &DrawOp) -> Option<(Owner, Form, [f64; 4])> {
    match op {
        DrawOp::Fill { owner, path, .. } => Some((*owner, Form::Area(path.clone()), path.bounds)),
        DrawOp::Stroke { owner, path, .. } => Some((*owner, Form::Line(path.clone()), path.bounds)),
        DrawOp::Icon {
            owner,
            at,
            size_pt,
            shift_pt,
            ..
        } => {
            let radius = (f64::from(*size_pt) / 2.0 * SCREEN_SCALE).max(ICON_REACH);
            Some((
                *owner,
                Form::Icon {
                    at: *at,
                    shift: shift_pt.map(|points| f64::from(points) * SCREEN_SCALE),
                    radius,
                },
                [at.x, at.y, at.x, at.y],
            ))
        }
        DrawOp::Hatch { .. } | DrawOp::Mask { .. } | DrawOp::Text { .. } => None,
    }
}

const fn selection_of(owner: Owner) -> Option<Selection> {
    match owner {
        Owner::Feature { layer, fid } => Some(Selection::Feature { layer, fid }),
        Owner::Site(id) => Some(Selection::Site(id)),
        Owner::DistrictSites { .. } => Some(Selection::DistrictSites),
        Owner::Decoration => None,
    }
}

impl Form {
    /// Class and distance in screen points; `None`: missed. Between lines and between areas only
    /// the draw order counts.
    fn hit(&self, at: PlanePoint, points_per_unit: f64) -> Option<(u8, f64)> {
        match self {
            Self::Icon {
                at: center,
                shift: [right, down],
                radius,
            } => {
                let x = (at.x - center.x) * points_per_unit - right;
                let y = (at.y - center.y) * points_per_unit - down;
                let distance = x.hypot(y);
                (distance <= *radius).then_some((0, distance))
            }
            Self::Line(path) => is_near(path, at, LINE_REACH / points_per_unit).then_some((1, 0.0)),
            Self::Area(path) => contains(path, at).then_some((2, 0.0)),
        }
    }
}

/// The sides of all parts, closing ones included.
fn sides(path: &Path) -> impl Iterator<Item = (PlanePoint, PlanePoint)> + '_ {
    path.parts.iter().flat_map(|part| {
        let closing = part
            .last()
            .zip(part.first())
            .filter(|_| path.closed)
            .map(|(last, first)| (*last, *first));
        part.iter()
            .zip(part.iter().skip(1))
            .map(|(from, to)| (*from, *to))
            .chain(closing)
    })
}

fn is_near(path: &Path, at: PlanePoint, reach: f64) -> bool {
    sides(path).any(|(from, to)| {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length_sq = dx * dx + dy * dy;
        let along = if length_sq > 0.0 {
            (((at.x - from.x) * dx + (at.y - from.y) * dy) / length_sq).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (from.x + dx * along - at.x).hypot(from.y + dy * along - at.y) <= reach
    })
}

/// Even-odd, as paths are filled: a hole is outside.
fn contains(path: &Path, at: PlanePoint) -> bool {
    sides(path)
        .filter(|(from, to)| {
            (from.y > at.y) != (to.y > at.y)
                && at.x < from.x + (at.y - from.y) / (to.y - from.y) * (to.x - from.x)
        })
        .count()
        % 2
        == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteId;
    use crate::scene::{Dash, DeviceRect, Plane, Rgba, Scene, Symbol};

    const RED: Rgba = Rgba::opaque(200, 0, 0);

    const fn feature(fid: i64) -> Owner {
        Owner::Feature {
            layer: LayerId(7),
            fid,
        }
    }

    const fn picked(fid: i64) -> Selection {
        Selection::Feature {
            layer: LayerId(7),
            fid,
        }
    }

    fn path(parts: &[&[(f64, f64)]], closed: bool) -> Arc<Path> {
        let parts: Vec<Vec<PlanePoint>> = parts
            .iter()
            .map(|part| part.iter().map(|&(x, y)| PlanePoint { x, y }).collect())
            .collect();
        let all = || parts.iter().flatten();
        let bounds = [
            all().map(|p| p.x).fold(f64::INFINITY, f64::min),
            all().map(|p| p.y).fold(f64::INFINITY, f64::min),
            all().map(|p| p.x).fold(f64::NEG_INFINITY, f64::max),
            all().map(|p| p.y).fold(f64::NEG_INFINITY, f64::max),
        ];
        Arc::new(Path {
            parts,
            closed,
            bounds,
        })
    }

    /// A square with a hole (1), a line across it (2), and a site upon the line. A unit is a point.
    fn index() -> (PickIndex, View) {
        let square: &[(f64, f64)] = &[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)];
        let hole: &[(f64, f64)] = &[(60.0, 60.0), (90.0, 60.0), (90.0, 90.0), (60.0, 90.0)];
        let scene = Scene {
            plane: Plane::World,
            ops: vec![
                DrawOp::Fill {
                    owner: feature(1),
                    path: path(&[square, hole], true),
                    color: RED,
                },
                DrawOp::Stroke {
                    owner: feature(2),
                    path: path(&[&[(-50.0, 30.0), (150.0, 30.0)]], false),
                    color: RED,
                    width_pt: 1.0,
                    dash: Dash::Solid,
                },
                DrawOp::Icon {
                    owner: Owner::Site(SiteId(19)),
                    at: PlanePoint { x: 30.0, y: 30.0 },
                    symbol: Symbol::Dot,
                    size_pt: 6.0,
                    color: RED,
                    ring: None,
                    uncertain: false,
                    shift_pt: [0.0; 2],
                },
            ],
            schematic: false,
        };
        let view = View::new(
            &Plane::World,
            DeviceRect::from_size(0.0, 0.0, 100.0, 100.0),
            PlanePoint { x: 50.0, y: 50.0 },
            1.0,
        );
        let ground = Ground {
            scene,
            slots: Vec::new(),
        };
        (PickIndex::new(&ground), view)
    }

    #[track_caller]
    fn check(x: f64, y: f64, expected: &[Selection]) {
        let (index, view) = index();
        assert_eq!(
            index.at(PlanePoint { x, y }, &view, |_, _| Vec::new()),
            expected
        );
    }

    #[test]
    fn an_icon_comes_before_the_line_under_it_and_the_area_under_both() {
        let site = Selection::Site(SiteId(19));
        check(32.0, 31.0, &[site, picked(2), picked(1)]);
    }

    #[test]
    fn an_icon_is_hit_within_eight_points_and_a_line_within_five() {
        check(30.0, 37.5, &[Selection::Site(SiteId(19)), picked(1)]);
        check(30.0, 38.5, &[picked(1)]);
        check(80.0, 34.5, &[picked(2), picked(1)]);
        check(80.0, 35.5, &[picked(1)]);
    }

    #[test]
    fn a_hole_and_the_outside_are_not_the_area() {
        check(75.0, 75.0, &[]);
        check(55.0, 75.0, &[picked(1)]);
        check(-20.0, 75.0, &[]);
    }

    #[test]
    fn zoomed_out_the_reach_covers_more_ground() {
        let (index, mut view) = index();
        view.points_per_unit = 0.1;
        let hits = index.at(PlanePoint { x: 140.0, y: -10.0 }, &view, |_, _| Vec::new());
        assert_eq!(hits, [picked(2)]);
    }
}
