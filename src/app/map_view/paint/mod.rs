//! Paints a [`Scene`] with egui: triangles made once, per frame only an affine map and culling.
//!
//! Deliberately absent: what is drawn and in which colour (`scene::build`, `scene::style`).

mod stroke;

use std::sync::Arc;

use egui::epaint::{Mesh, TextShape, Vertex, WHITE_UV};
use egui::{Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Vec2};

use super::camera::pos2;
use crate::app::theme::color32;
use crate::model::LayerId;
use crate::scene::icons::{self, DrawnShape, IconForm};
use crate::scene::{
    DeviceRect, DrawOp, Ground, Owner, Part, Path, PlanePoint, Scene, Slot, View, hatch, labels,
    tessellate,
};

/// Logical screen points per point of the style: a style point is 1/72 inch, a screen point 1/96.
pub(in crate::app::map_view) const SCREEN_SCALE: f64 = 96.0 / 72.0;

/// The halo's width around a label, screen points.
const HALO_POINTS: f32 = 1.3;

/// The ground and what is selected on it, made ready for the screen.
pub(super) struct ScenePainter {
    ground: Ready,
    slots: Vec<(usize, Slot)>,
    selected: Ready,
    /// Only icons and texts: all that label placement looks at.
    label_scene: Scene,
    last_frame: Option<Frame>,
}

struct Ready {
    scene: Scene,
    /// What `scene.ops` of the same position needs besides itself.
    prepared: Vec<Prepared>,
}

enum Prepared {
    Nothing,
    Triangles(tessellate::Mesh),
    Mask {
        triangles: tessellate::Mesh,
        outer: [f64; 4],
    },
    Icon(Vec<DrawnShape>),
}

/// What was drawn last; drawn again while the map stands still (a moving pointer repaints, too).
struct Frame {
    view: View,
    steps: Vec<Step>,
    labels: Vec<Label>,
}

enum Step {
    Shapes(Vec<Shape>),
    Large(LayerId, Part),
}

/// A placed label, in screen points.
struct Label {
    text: String,
    rect: Rect,
    baseline: Pos2,
    size: f32,
    color: Color32,
    halo: Color32,
}

impl ScenePainter {
    pub(super) fn new(ground: Ground, selected: Scene) -> Self {
        let mut painter = Self {
            label_scene: Scene {
                ops: Vec::new(),
                ..ground.scene.clone()
            },
            ground: Ready::new(ground.scene),
            slots: ground.slots,
            selected: Ready::new(selected),
            last_frame: None,
        };
        painter.find_labels();
        painter
    }

    /// Nothing is selected and no layer is large.
    pub(super) fn alone(scene: Scene) -> Self {
        let nothing = Scene {
            ops: Vec::new(),
            ..scene.clone()
        };
        let ground = Ground {
            scene,
            slots: Vec::new(),
        };
        Self::new(ground, nothing)
    }

    pub(super) const fn ground(&self) -> &Scene {
        &self.ground.scene
    }

    /// Something else is selected; the ground stays.
    pub(super) fn select(&mut self, selected: Scene) {
        self.selected = Ready::new(selected);
        self.find_labels();
        self.last_frame = None;
    }

    /// What is selected has its label once, at its own rank.
    fn find_labels(&mut self) {
        let owner = |op: &DrawOp| match op {
            DrawOp::Text { owner, .. } => Some(*owner),
            _ => None,
        };
        let selected: Vec<Owner> = self.selected.scene.ops.iter().filter_map(owner).collect();
        let is_icon = |op: &&DrawOp| matches!(op, DrawOp::Icon { .. });
        let is_text = |op: &&DrawOp| matches!(op, DrawOp::Text { .. });
        let is_other = |op: &&DrawOp| owner(op).is_some_and(|owner| !selected.contains(&owner));
        let (ground, above) = (&self.ground.scene.ops, &self.selected.scene.ops);
        let icons = ground.iter().chain(above).filter(is_icon);
        let texts = ground
            .iter()
            .filter(is_other)
            .chain(above.iter().filter(is_text));
        self.label_scene.ops = icons.chain(texts).cloned().collect();
    }

    /// `covered`: what is drawn over the map, where a label would be cut. `large` draws what the list only
    /// keeps a place for.
    pub(super) fn paint(
        &mut self,
        painter: &Painter,
        view: &View,
        covered: &[Rect],
        large: impl Fn(&Painter, LayerId, Part),
    ) {
        let frame = match self.last_frame.take() {
            Some(frame) if frame.view == *view => frame,
            _ => self.draw(view),
        };
        for step in &frame.steps {
            match step {
                Step::Shapes(shapes) => painter.extend(shapes.iter().cloned()),
                Step::Large(layer, part) => large(painter, *layer, *part),
            }
        }
        for label in &frame.labels {
            if !covered.iter().any(|rect| rect.intersects(label.rect)) {
                paint_label(painter, label);
            }
        }
        self.last_frame = Some(frame);
    }

    fn draw(&self, view: &View) -> Frame {
        let mut steps = Vec::new();
        let mut shapes = Vec::new();
        let mut drawn = 0;
        for &(before, slot) in &self.slots {
            self.ground.draw(drawn..before, view, &mut shapes, |_| true);
            drawn = before;
            let is_icon = |op: &DrawOp| matches!(op, DrawOp::Icon { .. });
            match slot {
                Slot::Large { layer, part } => {
                    steps.push(Step::Shapes(std::mem::take(&mut shapes)));
                    steps.push(Step::Large(layer, part));
                }
                Slot::SelectedAreas => self.selected.draw(.., view, &mut shapes, |op| !is_icon(op)),
                Slot::SelectedIcons => self.selected.draw(.., view, &mut shapes, is_icon),
            }
        }
        self.ground.draw(drawn.., view, &mut shapes, |_| true);
        steps.push(Step::Shapes(shapes));
        Frame {
            view: *view,
            steps,
            labels: place_labels(&self.label_scene, view),
        }
    }
}

impl Ready {
    fn new(scene: Scene) -> Self {
        Self {
            prepared: scene.ops.iter().map(prepare).collect(),
            scene,
        }
    }

    fn draw(
        &self,
        which: impl std::slice::SliceIndex<[DrawOp], Output = [DrawOp]>
        + std::slice::SliceIndex<[Prepared], Output = [Prepared]>
        + Clone,
        view: &View,
        shapes: &mut Vec<Shape>,
        wanted: impl Fn(&DrawOp) -> bool,
    ) {
        let ops = self.scene.ops.get(which.clone()).unwrap_or_default();
        let prepared = self.prepared.get(which).unwrap_or_default();
        for (op, prepared) in ops.iter().zip(prepared) {
            if wanted(op) {
                draw_op(shapes, op, prepared, view);
            }
        }
    }
}

fn prepare(op: &DrawOp) -> Prepared {
    match op {
        DrawOp::Fill { path, .. } => {
            tessellate::fill(path).map_or(Prepared::Nothing, Prepared::Triangles)
        }
        DrawOp::Mask { path, .. } => {
            // Triangles only to the edge of a box around the hole; from there on rectangles of the
            // screen do, however far the map is zoomed out.
            let [min_x, min_y, max_x, max_y] = path.bounds;
            let margin = ((max_x - min_x) + (max_y - min_y)) * 0.05;
            let outer = [
                min_x - margin,
                min_y - margin,
                max_x + margin,
                max_y + margin,
            ];
            tessellate::mask(path, outer).map_or(Prepared::Nothing, |triangles| Prepared::Mask {
                triangles,
                outer,
            })
        }
        DrawOp::Icon {
            symbol,
            color,
            ring,
            uncertain,
            ..
        } => Prepared::Icon(icons::drawn(*symbol, *color, *ring, *uncertain)),
        DrawOp::Hatch { .. } | DrawOp::Stroke { .. } | DrawOp::Text { .. } => Prepared::Nothing,
    }
}

fn draw_op(shapes: &mut Vec<Shape>, op: &DrawOp, prepared: &Prepared, view: &View) {
    match (op, prepared) {
        (DrawOp::Fill { path, color, .. }, Prepared::Triangles(triangles))
            if is_visible(view, path.bounds, 0.0) =>
        {
            let mut mesh = Mesh::default();
            add_triangles(&mut mesh, triangles, view, color32(*color));
            shapes.push(Shape::Mesh(Arc::new(mesh)));
        }
        (DrawOp::Mask { color, .. }, Prepared::Mask { triangles, outer }) => {
            let mut mesh = Mesh::default();
            add_triangles(&mut mesh, triangles, view, color32(*color));
            add_surroundings(&mut mesh, view, *outer, color32(*color));
            shapes.push(Shape::Mesh(Arc::new(mesh)));
        }
        (
            DrawOp::Hatch {
                path,
                color,
                spacing_pt,
                width_pt,
                ..
            },
            _,
        ) if is_visible(view, path.bounds, 0.0) => {
            let stroke = Stroke::new(to_screen(*width_pt), color32(*color));
            let spacing = f64::from(*spacing_pt) * SCREEN_SCALE;
            push_hatching(shapes, path, view, stroke, spacing);
        }
        (
            DrawOp::Stroke {
                path,
                color,
                width_pt,
                dash,
                ..
            },
            _,
        ) if is_visible(view, path.bounds, f64::from(to_screen(*width_pt))) => {
            let stroke = Stroke::new(to_screen(*width_pt), color32(*color));
            stroke::push_outline(shapes, path, view, stroke, *dash, SCREEN_SCALE);
        }
        (
            DrawOp::Icon {
                at,
                size_pt,
                shift_pt: [right, down],
                ..
            },
            Prepared::Icon(drawn),
        ) => {
            let size = to_screen(*size_pt);
            let shift = Vec2::new(to_screen(*right), to_screen(*down));
            let bounds = [at.x, at.y, at.x, at.y];
            if is_visible(view, bounds, f64::from(size + shift.length())) {
                let center = pos2(view.to_device(*at)) + shift;
                shapes.extend(
                    drawn
                        .iter()
                        .map(|shape| place_icon(shape, center, size / 2.0)),
                );
            }
        }
        // Out of sight; or a text (placed together with all others); or a fill that could not be cut
        // into triangles, which has its outline still.
        _ => {}
    }
}

fn push_hatching(shapes: &mut Vec<Shape>, path: &Path, view: &View, stroke: Stroke, spacing: f64) {
    let rings: Vec<Vec<(f64, f64)>> = path
        .parts
        .iter()
        .map(|part| part.iter().map(|&at| view.to_device(at)).collect())
        .collect();
    for [from, to] in hatch::hatch_lines(&rings, view.rect, spacing) {
        shapes.push(Shape::line_segment([pos2(from), pos2(to)], stroke));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a width of a few points")]
fn to_screen(points: f32) -> f32 {
    (f64::from(points) * SCREEN_SCALE) as f32
}

fn is_visible(view: &View, bounds: [f64; 4], margin: f64) -> bool {
    let bounds = view.bounds_to_device(bounds).grown(margin + 1.0);
    bounds.overlaps(view.rect)
}

fn add_triangles(mesh: &mut Mesh, triangles: &tessellate::Mesh, view: &View, color: Color32) {
    let (left, top) = view.to_device(triangles.origin);
    let scale = view.points_per_unit;
    let first = u32::try_from(mesh.vertices.len()).unwrap_or(u32::MAX);
    mesh.vertices
        .extend(triangles.positions.iter().map(|&[x, y]| Vertex {
            pos: pos2((left + f64::from(x) * scale, top + f64::from(y) * scale)),
            uv: WHITE_UV,
            color,
        }));
    mesh.indices
        .extend(triangles.indices.iter().map(|index| first + index));
}

/// The rest of the window around a box: up to four rectangles.
fn add_surroundings(mesh: &mut Mesh, view: &View, outer: [f64; 4], color: Color32) {
    let DeviceRect {
        min_x,
        min_y,
        max_x,
        max_y,
    } = view.rect;
    let hole = view.bounds_to_device(outer);
    let (top, bottom) = (
        hole.min_y.clamp(min_y, max_y),
        hole.max_y.clamp(min_y, max_y),
    );
    let (left, right) = (
        hole.min_x.clamp(min_x, max_x),
        hole.max_x.clamp(min_x, max_x),
    );
    for (from, to) in [
        ((min_x, min_y), (max_x, top)),
        ((min_x, bottom), (max_x, max_y)),
        ((min_x, top), (left, bottom)),
        ((right, top), (max_x, bottom)),
    ] {
        let rect = Rect::from_min_max(pos2(from), pos2(to));
        if rect.is_positive() {
            mesh.add_colored_rect(rect, color);
        }
    }
}

fn place_icon(shape: &DrawnShape, center: Pos2, radius: f32) -> Shape {
    let color = color32(shape.color);
    let place = |points: &[[f32; 2]]| -> Vec<Pos2> {
        points
            .iter()
            .map(|&[x, y]| center + Vec2::new(x, y) * radius)
            .collect()
    };
    match &shape.form {
        IconForm::Polygon(points) => Shape::convex_polygon(place(points), color, Stroke::NONE),
        IconForm::Line {
            points,
            closed,
            width,
        } => {
            let stroke = Stroke::new(width * radius, color);
            if *closed {
                Shape::closed_line(place(points), stroke)
            } else {
                Shape::line(place(points), stroke)
            }
        }
    }
}

/// Placement works in style points, as on paper; the screen is that, magnified.
fn place_labels(scene: &Scene, view: &View) -> Vec<Label> {
    let shrink = |value: f64| value / SCREEN_SCALE;
    let magnified = |(x, y): (f64, f64)| pos2((x * SCREEN_SCALE, y * SCREEN_SCALE));
    let viewport = DeviceRect {
        min_x: shrink(view.rect.min_x),
        min_y: shrink(view.rect.min_y),
        max_x: shrink(view.rect.max_x),
        max_y: shrink(view.rect.max_y),
    };
    let to_device = |at: PlanePoint| {
        let (x, y) = view.to_device(at);
        (shrink(x), shrink(y))
    };
    labels::place(scene, viewport, to_device)
        .into_iter()
        .map(|placed| Label {
            text: placed.text.to_owned(),
            rect: Rect::from_min_max(
                magnified((placed.rect.min_x, placed.rect.min_y)),
                magnified((placed.rect.max_x, placed.rect.max_y)),
            ),
            baseline: magnified((placed.x, placed.baseline_y)),
            size: to_screen(placed.size_pt),
            color: color32(placed.color),
            halo: color32(placed.halo),
        })
        .collect()
}

/// Laid out each frame: egui keeps the layout, and only it knows when its glyphs have moved.
fn paint_label(painter: &Painter, label: &Label) {
    let font = FontId::proportional(label.size);
    let galley = painter.layout_no_wrap(label.text.clone(), font, label.color);
    let ascent = galley
        .rows
        .first()
        .and_then(|row| Some(row.pos.y + row.row.glyphs.first()?.pos.y))
        .unwrap_or_default();
    let at = label.baseline - Vec2::new(0.0, ascent);
    if label.halo.a() > 0 {
        let diagonal = HALO_POINTS * std::f32::consts::FRAC_1_SQRT_2;
        for (x, y) in [
            (HALO_POINTS, 0.0),
            (-HALO_POINTS, 0.0),
            (0.0, HALO_POINTS),
            (0.0, -HALO_POINTS),
            (diagonal, diagonal),
            (-diagonal, diagonal),
            (diagonal, -diagonal),
            (-diagonal, -diagonal),
        ] {
            let halo = TextShape::new(at + Vec2::new(x, y), galley.clone(), label.halo)
                .with_override_text_color(label.halo);
            painter.add(halo);
        }
    }
    painter.galley(at, galley, label.color);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::map_view::camera::device_rect;
    use crate::scene::Plane;

    #[test]
    fn the_mask_covers_the_window_and_nothing_twice() {
        let rect = Rect::from_min_size(Pos2::ZERO, Vec2::new(200.0, 100.0));
        let center = PlanePoint { x: 0.5, y: 0.5 };
        let view = View::new(&Plane::World, device_rect(rect), center, 1000.0);
        let mut mesh = Mesh::default();
        add_surroundings(&mut mesh, &view, [0.49, 0.48, 0.53, 0.52], Color32::RED);
        let area: f32 = mesh
            .indices
            .chunks_exact(3)
            .map(|corners| {
                let [a, b, c] = [0, 1, 2].map(|corner| mesh.vertices[corners[corner] as usize].pos);
                ((b - a).x * (c - a).y - (b - a).y * (c - a).x).abs() / 2.0
            })
            .sum();
        // The window without the hole of 40 × 40.
        assert!((area - (200.0 * 100.0 - 40.0 * 40.0)).abs() < 0.5, "{area}");
    }
}
