//! Places labels so that none covers another or an icon: per frame on screen, once on paper.
//!
//! Greedy by priority, then by drawing order: the same scene and view always give the same labels.
//! Knows device points only; colours and fonts are the painter's.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::style::PINNED;
use super::{DeviceRect, DrawOp, Owner, PlanePoint, Rgba, Scene, TextAnchor, text};
use crate::model::LayerId;

/// A line's name is repeated only so far apart.
const REPEAT_PT: f64 = 260.0;
/// Air around each label: its halo, and a little more.
const AIR_PT: f64 = 1.2;
/// Of an icon's box, what a label may not touch: the corners of a round icon are free.
const ICON_SHARE: f64 = 0.9;

/// How much farther from its anchor a label may stand where all places near it are taken.
const FARTHER_PT: [f64; 3] = [0.0, 7.0, 14.0];

/// A label with its final place, in device points.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedLabel<'a> {
    pub owner: Owner,
    pub text: &'a str,
    /// Left end of the baseline.
    pub x: f64,
    pub baseline_y: f64,
    /// The text's box, without halo.
    pub rect: DeviceRect,
    pub size_pt: f32,
    pub color: Rgba,
    /// Alpha 0: no halo.
    pub halo: Rgba,
}

/// A [`DrawOp::Text`] with its anchor on the device.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    owner: Owner,
    at: (f64, f64),
    text: &'a str,
    size_pt: f32,
    color: Rgba,
    halo: Rgba,
    anchor: TextAnchor,
    offset_pt: f64,
    priority: u8,
}

/// Chooses a place for each text of the scene, or drops it. `to_device` gives device points;
/// only labels wholly within `viewport` are placed. Most important labels first.
pub fn place(
    scene: &Scene,
    viewport: DeviceRect,
    to_device: impl Fn(PlanePoint) -> (f64, f64),
) -> Vec<PlacedLabel<'_>> {
    place_around(scene, viewport, &[], to_device)
}

/// As [`place`], but keeps out of `reserved`: what will be laid over the map, such as a north arrow.
pub fn place_around<'a>(
    scene: &'a Scene,
    viewport: DeviceRect,
    reserved: &[DeviceRect],
    to_device: impl Fn(PlanePoint) -> (f64, f64),
) -> Vec<PlacedLabel<'a>> {
    let mut occupied = Occupied::new(viewport);
    for rect in reserved {
        occupied.add(*rect, None);
    }
    let mut shifts = HashMap::new();
    let mut wanted = Vec::new();
    let near = viewport.grown(64.0);
    for op in &scene.ops {
        match op {
            DrawOp::Icon {
                owner,
                at,
                size_pt,
                shift_pt: [dx, dy],
                ..
            } => {
                let (x, y) = to_device(*at);
                let (x, y) = (x + f64::from(*dx), y + f64::from(*dy));
                if near.contains((x, y)) {
                    let half = f64::from(*size_pt) / 2.0 * ICON_SHARE;
                    occupied.add(
                        DeviceRect::from_size(x - half, y - half, 2.0 * half, 2.0 * half),
                        Some(*owner),
                    );
                }
                if *dx != 0.0 || *dy != 0.0 {
                    shifts.insert(*owner, (f64::from(*dx), f64::from(*dy)));
                }
            }
            DrawOp::Text {
                owner,
                at,
                text,
                size_pt,
                color,
                halo,
                anchor,
                offset_pt,
                priority,
            } => {
                let (x, y) = to_device(*at);
                let (dx, dy) = shifts.get(owner).copied().unwrap_or_default();
                let at = (x + dx, y + dy);
                if near.contains(at) {
                    wanted.push(Wanted {
                        owner: *owner,
                        at,
                        text,
                        size_pt: *size_pt,
                        color: *color,
                        halo: *halo,
                        anchor: *anchor,
                        offset_pt: f64::from(*offset_pt),
                        priority: *priority,
                    });
                }
            }
            DrawOp::Fill { .. }
            | DrawOp::Hatch { .. }
            | DrawOp::Mask { .. }
            | DrawOp::Stroke { .. } => {}
        }
    }
    // Stable: equal priorities keep the scene's order.
    wanted.sort_by_key(|label| Reverse(label.priority));

    let mut placed = Vec::new();
    let mut repeats: BTreeMap<(LayerId, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for label in wanted {
        let repeat_key = match (label.anchor, label.owner) {
            (TextAnchor::Center, Owner::Feature { layer, .. }) => Some((layer, label.text)),
            _ => None,
        };
        if let Some(key) = repeat_key
            && let Some(others) = repeats.get(&key)
            && others
                .iter()
                .any(|other| (other.0 - label.at.0).hypot(other.1 - label.at.1) < REPEAT_PT)
        {
            continue;
        }
        let Some(rect) = free_rect(&label, viewport, &occupied) else {
            continue;
        };
        occupied.add(rect.grown(AIR_PT), None);
        if let Some(key) = repeat_key {
            repeats.entry(key).or_default().push(label.at);
        }
        let size = f64::from(label.size_pt);
        placed.push(PlacedLabel {
            owner: label.owner,
            text: label.text,
            x: rect.min_x,
            baseline_y: rect.min_y + size * f64::from(text::ASCENT_EM),
            rect,
            size_pt: label.size_pt,
            color: label.color,
            halo: label.halo,
        });
    }
    placed
}

fn free_rect(label: &Wanted<'_>, viewport: DeviceRect, occupied: &Occupied) -> Option<DeviceRect> {
    let width = f64::from(text::width_pt(label.text, label.size_pt));
    let height = f64::from(label.size_pt * (text::ASCENT_EM + text::DESCENT_EM));
    let pinned = label.priority == PINNED;
    // Farther out, a label still reaches round an icon that covers its own place.
    let gaps = FARTHER_PT.map(|farther| label.offset_pt + farther);
    gaps.into_iter()
        .flat_map(|gap| candidates(label, gap, width, height))
        .flatten()
        .map(|(left, top)| DeviceRect::from_size(left, top, width, height))
        .find(|rect| {
            pinned
                || (viewport.contains_rect(rect.grown(AIR_PT))
                    && occupied.is_free(rect.grown(AIR_PT), label.owner))
        })
}

/// Left top corners to try, best first. A pinned label has one.
fn candidates(label: &Wanted<'_>, gap: f64, width: f64, height: f64) -> [Option<(f64, f64)>; 8] {
    let (x, y) = label.at;
    let middle = y - height / 2.0;
    let right = (x + gap, middle);
    let left = (x - gap - width, middle);
    let above = (x - width / 2.0, y - gap - height);
    let below = (x - width / 2.0, y + gap);
    // Diagonals start where a round icon has already turned away.
    let slant = gap * 0.72;
    let right_above = (x + slant, y - slant - height);
    let right_below = (x + slant, y + slant);
    let left_above = (x - slant - width, y - slant - height);
    let left_below = (x - slant - width, y + slant);
    match label.anchor {
        TextAnchor::Center => {
            let center = (x - width / 2.0, middle);
            [Some(center), None, None, None, None, None, None, None]
        }
        TextAnchor::Right if label.priority == PINNED => {
            [Some(right), None, None, None, None, None, None, None]
        }
        TextAnchor::Above if label.priority == PINNED => {
            [Some(above), None, None, None, None, None, None, None]
        }
        TextAnchor::Right => [
            right,
            left,
            above,
            below,
            right_above,
            right_below,
            left_above,
            left_below,
        ]
        .map(Some),
        TextAnchor::Above => [
            above,
            below,
            right,
            left,
            right_above,
            right_below,
            left_above,
            left_below,
        ]
        .map(Some),
    }
}

/// Taken rectangles in a coarse grid, so that a test looks at neighbours only.
struct Occupied {
    viewport: DeviceRect,
    columns: usize,
    rows: usize,
    cells: Vec<Vec<(DeviceRect, Option<Owner>)>>,
}

impl Occupied {
    const CELL_PT: f64 = 72.0;
    const MOST_CELLS_ACROSS: usize = 256;

    fn new(viewport: DeviceRect) -> Self {
        let across = |length: f64| Self::index(length / Self::CELL_PT, Self::MOST_CELLS_ACROSS) + 1;
        let (columns, rows) = (across(viewport.width()), across(viewport.height()));
        Self {
            viewport,
            columns,
            rows,
            cells: vec![Vec::new(); columns * rows],
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the grid; NaN becomes 0"
    )]
    fn index(cell: f64, most: usize) -> usize {
        (cell.max(0.0) as usize).min(most)
    }

    /// The cells a rectangle touches; what lies outside the grid counts to its edge.
    fn cells_of(&self, rect: DeviceRect) -> impl Iterator<Item = usize> + use<> {
        let column =
            |x: f64| Self::index((x - self.viewport.min_x) / Self::CELL_PT, self.columns - 1);
        let row = |y: f64| Self::index((y - self.viewport.min_y) / Self::CELL_PT, self.rows - 1);
        let (from, to) = (column(rect.min_x), column(rect.max_x));
        let columns = self.columns;
        (row(rect.min_y)..=row(rect.max_y))
            .flat_map(move |row| (from..=to).map(move |column| row * columns + column))
    }

    fn add(&mut self, rect: DeviceRect, owner: Option<Owner>) {
        for cell in self.cells_of(rect) {
            if let Some(rects) = self.cells.get_mut(cell) {
                rects.push((rect, owner));
            }
        }
    }

    /// A label may lie against its own icon.
    fn is_free(&self, rect: DeviceRect, owner: Owner) -> bool {
        self.cells_of(rect)
            .filter_map(|cell| self.cells.get(cell))
            .flatten()
            .all(|(taken, taken_by)| *taken_by == Some(owner) || !taken.overlaps(rect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Plane, Symbol};

    const VIEW: DeviceRect = DeviceRect::from_size(0.0, 0.0, 400.0, 300.0);

    fn feature(fid: i64) -> Owner {
        Owner::Feature {
            layer: LayerId(1),
            fid,
        }
    }

    fn label(fid: i64, x: f64, y: f64, anchor: TextAnchor, priority: u8) -> DrawOp {
        DrawOp::Text {
            owner: feature(fid),
            at: PlanePoint { x, y },
            text: "茅桥镇".to_owned(),
            size_pt: 9.0,
            color: Rgba::opaque(0, 0, 0),
            halo: Rgba::opaque(255, 255, 255),
            anchor,
            offset_pt: 5.0,
            priority,
        }
    }

    fn icon(fid: i64, x: f64, y: f64) -> DrawOp {
        DrawOp::Icon {
            owner: feature(fid),
            at: PlanePoint { x, y },
            symbol: Symbol::Dot,
            size_pt: 8.0,
            color: Rgba::opaque(0, 0, 0),
            ring: None,
            uncertain: false,
            shift_pt: [0.0; 2],
        }
    }

    fn scene(ops: Vec<DrawOp>) -> Scene {
        Scene {
            plane: Plane::World,
            ops,
            schematic: false,
        }
    }

    fn placed(scene: &Scene) -> Vec<PlacedLabel<'_>> {
        place(scene, VIEW, |at| (at.x, at.y))
    }

    #[test]
    fn crowded_labels_never_overlap_each_other_or_foreign_icons() {
        // A fixed crowd: a lattice that is denser than labels are wide.
        let mut ops = Vec::new();
        for fid in 0..200_u8 {
            let priority = fid % 7;
            let fid = i64::from(fid);
            let (x, y) = ((fid * 37 % 400) as f64, (fid * 53 % 300) as f64);
            ops.push(icon(fid, x, y));
            ops.push(label(fid, x, y, TextAnchor::Right, priority));
        }
        let scene = scene(ops);
        let labels = placed(&scene);
        assert!((20..200).contains(&labels.len()), "{}", labels.len());
        for (i, a) in labels.iter().enumerate() {
            assert!(VIEW.contains_rect(a.rect));
            for b in &labels[i + 1..] {
                assert!(!a.rect.overlaps(b.rect), "{a:?} {b:?}");
            }
            for op in &scene.ops {
                if let DrawOp::Icon { owner, at, .. } = op
                    && *owner != a.owner
                {
                    let box_ = DeviceRect::from_size(at.x - 3.6, at.y - 3.6, 7.2, 7.2);
                    assert!(!a.rect.overlaps(box_), "{a:?} {at:?}");
                }
            }
        }
        assert_eq!(labels, placed(&scene));
    }

    #[test]
    fn the_more_important_label_takes_the_better_place() {
        let scene = scene(vec![
            label(1, 100.0, 100.0, TextAnchor::Center, 10),
            label(2, 104.0, 101.0, TextAnchor::Center, 20),
        ]);
        let owners: Vec<Owner> = placed(&scene).iter().map(|label| label.owner).collect();
        assert_eq!(owners, [feature(2)]);
    }

    #[test]
    fn a_pinned_label_stands_on_its_icon_and_others_move_away() {
        let scene = scene(vec![
            icon(1, 100.0, 100.0),
            label(1, 100.0, 100.0, TextAnchor::Center, PINNED),
            label(2, 96.0, 106.0, TextAnchor::Right, 50),
        ]);
        let labels = placed(&scene);
        assert_eq!(labels.len(), 2);
        assert!((labels[0].rect.center().0 - 100.0).abs() < 1e-9);
        assert!(!labels[0].rect.overlaps(labels[1].rect));
    }

    #[test]
    fn a_rivers_name_is_repeated_only_far_apart() {
        let ops = [0.0, 50.0, 100.0, 320.0]
            .map(|x| label(7, x + 30.0, 40.0, TextAnchor::Center, 160))
            .to_vec();
        let scene = scene(ops);
        let at: Vec<f64> = placed(&scene).iter().map(|l| l.rect.center().0).collect();
        assert_eq!(at, [30.0, 350.0]);
    }
}
