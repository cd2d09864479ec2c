//! A small map without a base map: what a file holds, over the district, before anything is stored.
//!
//! The picture is made in the job that reads the file; a frame only paints it. Few features are drawn by
//! the map's own scene; of many, the covered ground from afar and outlines from near.
//! Deliberately absent: what the features will become, and the dialog around the map.

mod crowd;
mod marks;

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::accesskit::Role;
use egui::{Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2};
use egui_material_icons::icons;
use geo::{CoordsIter, Geometry, Simplify};

use crowd::Crowd;
use marks::{paint_focus, paint_scale};

use super::camera::{device_rect, pos2};
use super::paint::ScenePainter;
use crate::app::{theme, widgets};
use crate::crs::{Extent, LonLat, World, lon_lat_from_world, world_from_lon_lat};
use crate::model::{Layer, LayerId, LayerKind, Placement};
use crate::scene::{self, LayerView, MapStyle, Plane, PlanePoint, Rgba, Scene, SceneInput, View};

/// Above this a layer is a crowd: shapes of its own for each would stall a frame.
const MOST_SHAPES: usize = 3_000;
const MOST_VERTICES: usize = 300_000;
/// Names of more features than this are only noise.
const MOST_NAMED: usize = 120;
/// The picture can be magnified about so many times before simplified edges show.
const DETAIL: f64 = 20_000.0;

const POINTS_PER_WORLD_AT_ZOOM_0: f64 = 256.0;
const ZOOM_RANGE: (f64, f64) = (3.0, 20.0);
/// A single place is shown with its neighbourhood.
const CLOSEST_FIT_OF_A_PLACE: f64 = 15.0;
const CLOSEST_FIT: f64 = 18.0;
const FIT_SHARE: f64 = 0.86;
const POINTS_PER_LEVEL: f64 = 80.0;

/// A layer over the district, ready to paint.
pub struct PreviewPicture {
    painter: ScenePainter,
    content: Option<Extent>,
    district: Option<Extent>,
    crowd: Option<Crowd>,
}

/// The small map between frames.
#[derive(Debug)]
pub struct PreviewMap {
    picture: PreviewPicture,
    look: Option<Look>,
    wanted: Option<Extent>,
    focus: Option<Focus>,
}

/// Centre and magnification, in the Mercator square.
#[derive(Clone, Copy, Debug)]
struct Look {
    center: PlanePoint,
    points_per_unit: f64,
}

/// What is pointed out.
#[derive(Clone, Debug, Default)]
pub struct Focus {
    pub at: Option<LonLat>,
    pub geometry: Option<Geometry<f64>>,
}

impl std::fmt::Debug for PreviewPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreviewPicture")
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

impl PreviewPicture {
    /// `ground`: what of the workspace helps to see where one is. Slow for a large layer: for jobs.
    pub fn new(
        ground: &[Arc<Layer>],
        layer: Option<&Layer>,
        style: &MapStyle,
        accent: Rgba,
    ) -> Self {
        let style = style.with_reference_color(accent);
        let mut scene = scene_of(ground, &style, true);
        let crowd = layer.filter(|layer| is_crowd(layer)).map(Crowd::of);
        if let Some(layer) = layer.filter(|_| crowd.is_none()) {
            let named = layer.features.len() <= MOST_NAMED;
            let shown = [Arc::new(simplified(layer))];
            scene.ops.extend(scene_of(&shown, &style, named).ops);
        }
        let district = ground
            .iter()
            .find(|layer| layer.kind == LayerKind::Boundary);
        Self {
            painter: ScenePainter::alone(scene),
            content: layer.and_then(Layer::extent),
            district: district.and_then(|layer| layer.extent()),
            crowd,
        }
    }
}

fn scene_of(layers: &[Arc<Layer>], style: &MapStyle, show_labels: bool) -> Scene {
    let views: Vec<LayerView<'_>> = layers
        .iter()
        .map(|layer| LayerView {
            id: LayerId(0),
            layer,
            visible: true,
            opacity: 1.0,
            retired: false,
        })
        .collect();
    let input = SceneInput {
        layers: &views,
        sites: &BTreeMap::new(),
        show_sites: false,
        show_labels,
        highlight: None,
        style,
    };
    scene::build(Plane::World, &input)
}

fn is_crowd(layer: &Layer) -> bool {
    let geometries = || layer.features.iter().filter_map(|f| f.geometry.as_ref());
    layer.features.len() > MOST_SHAPES
        || geometries().map(CoordsIter::coords_count).sum::<usize>() > MOST_VERTICES
}

/// The layer as a neutral one, without vertices that nobody would see.
fn simplified(layer: &Layer) -> Layer {
    let mut shown = layer.clone();
    shown.kind = LayerKind::Reference;
    shown.placement = Placement::Surveyed;
    let span = (layer.extent()).map_or(0.0, |at| (at.east - at.west).max(at.north - at.south));
    let tolerance = span / DETAIL;
    for geometry in shown
        .features
        .iter_mut()
        .filter_map(|f| f.geometry.as_mut())
    {
        match geometry {
            Geometry::Polygon(shape) => *shape = shape.simplify(tolerance),
            Geometry::MultiPolygon(shapes) => *shapes = shapes.simplify(tolerance),
            Geometry::LineString(line) => *line = line.simplify(tolerance),
            Geometry::MultiLineString(lines) => *lines = lines.simplify(tolerance),
            _ => {}
        }
    }
    shown
}

impl PreviewMap {
    pub const fn new(picture: PreviewPicture) -> Self {
        Self {
            picture,
            look: None,
            wanted: None,
            focus: None,
        }
    }

    /// The same place in a new picture: another choice must not throw the user about, unless what the
    /// file holds is now somewhere else.
    pub fn show(&mut self, picture: PreviewPicture) {
        if self.picture.content != picture.content {
            self.look = None;
            self.wanted = None;
        }
        self.focus = None;
        self.picture = picture;
    }

    /// Point something out and go there.
    pub fn point_out(&mut self, focus: Focus) {
        let shape = focus.geometry.as_ref().and_then(Extent::of_geometry);
        let around = |at: LonLat| {
            let span = shape.map_or(0.0, |at| (at.east - at.west).max(at.north - at.south));
            // Alone, a place says little: about a kilometre around it does.
            let least = if shape.is_some() { 0.0006 } else { 0.008 };
            let reach = (span * 0.12).clamp(least, 0.02);
            Extent {
                west: at.lon - reach,
                south: at.lat - reach,
                east: at.lon + reach,
                north: at.lat + reach,
            }
        };
        self.wanted = focus.at.map(around).or(shape.map(|at| at.grown(0.25)));
        let is_somewhere = focus.at.is_some() || focus.geometry.is_some();
        self.focus = is_somewhere.then_some(focus);
    }

    /// The file and, where that is near, the district.
    pub fn show_all(&mut self) {
        self.wanted = self.home();
    }

    pub fn look_at(&mut self, extent: Extent) {
        self.wanted = Some(extent);
    }

    pub const fn district(&self) -> Option<Extent> {
        self.picture.district
    }

    /// Where the middle of the map is.
    pub fn center(&self) -> Option<LonLat> {
        self.look.map(|look| {
            let PlanePoint { x, y } = look.center;
            lon_lat_from_world(World { x, y })
        })
    }

    fn home(&self) -> Option<Extent> {
        match (self.picture.content, self.picture.district) {
            // A layer that fills a corner of the district is seen in the district.
            (Some(content), Some(district)) => Some(content.union(district)),
            (content, district) => content.or(district),
        }
    }

    /// `layer`: what the picture was made of, for near views of a crowd; `points`: a guess at where
    /// things may be.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        size: Vec2,
        name: &str,
        layer: Option<&Layer>,
        points: &[LonLat],
    ) -> Response {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let mut look = self.settled(size);
        self.gestures(ui, rect, &response, &mut look);
        self.look = Some(look);
        let view = View::new(
            &Plane::World,
            device_rect(rect),
            look.center,
            look.points_per_unit,
        );
        let tokens = theme::of(ui);
        let style = if ui.visuals().dark_mode {
            MapStyle::dark()
        } else {
            MapStyle::light()
        };
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, theme::size::RADIUS, theme::color32(style.background));
        self.picture
            .painter
            .paint(&painter, &view, &[controls(rect)], |_, _, _| ());
        if let Some(crowd) = &self.picture.crowd {
            crowd.paint(&painter, &view, layer, tokens.accent);
        }
        for &at in points {
            let at = place(&view, at);
            painter.circle(at, 4.0, tokens.accent, Stroke::new(1.5, tokens.surface));
        }
        if let Some(focus) = &self.focus {
            paint_focus(&painter, &view, focus, tokens.danger, tokens.surface);
        }
        paint_scale(&painter, rect, look, tokens.text, tokens.surface);
        ui.painter().rect_stroke(
            rect,
            theme::size::RADIUS,
            Stroke::new(1.0, tokens.border_strong),
            StrokeKind::Inside,
        );
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(Role::Canvas, true, name);
            info.current_text_value = Some(self.words());
            info
        });
        self.controls_ui(ui, rect);
        response
    }

    /// Where it looks, for those who cannot see it.
    fn words(&self) -> String {
        let at = self.center().map_or_else(String::new, |at| {
            format!("中心 {:.4}°E {:.4}°N", at.lon, at.lat)
        });
        match self.focus {
            Some(_) => format!("{at}，已标出所选问题"),
            None => at,
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, rect: Rect) {
        let tokens = theme::of(ui);
        let at = controls(rect);
        ui.painter().rect(
            at,
            theme::size::RADIUS,
            tokens.surface,
            Stroke::new(1.0, tokens.border),
            StrokeKind::Inside,
        );
        let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(at.shrink(2.0)));
        inner.spacing_mut().item_spacing.x = 0.0;
        inner.spacing_mut().button_padding = Vec2::splat(4.0);
        inner.spacing_mut().interact_size = Vec2::splat(theme::size::CONTROL);
        inner.horizontal(|ui| {
            if widgets::icon_button(ui, icons::ICON_ZOOM_OUT_MAP, "显示文件全部").clicked() {
                self.wanted = self.picture.content.or(self.picture.district);
                self.focus = None;
            }
            ui.add_enabled_ui(self.picture.district.is_some(), |ui| {
                if widgets::icon_button(ui, icons::ICON_HOME, "显示市中区").clicked() {
                    self.wanted = self.picture.district;
                }
            });
        });
    }

    fn settled(&mut self, size: Vec2) -> Look {
        let fitted = |extent: Option<Extent>| Look::fitting(extent?, size);
        (fitted(self.wanted.take()))
            .or(self.look)
            .or_else(|| fitted(self.home()))
            .unwrap_or(Look {
                center: PlanePoint { x: 0.79, y: 0.42 },
                points_per_unit: POINTS_PER_WORLD_AT_ZOOM_0 * 32.0,
            })
    }

    fn gestures(&mut self, ui: &Ui, rect: Rect, response: &Response, look: &mut Look) {
        if response.dragged() {
            let delta = response.drag_delta();
            look.center.x -= f64::from(delta.x) / look.points_per_unit;
            look.center.y -= f64::from(delta.y) / look.points_per_unit;
        }
        if response.double_clicked() {
            self.show_all();
            ui.ctx().request_repaint();
        }
        if !response.contains_pointer() {
            return;
        }
        let (scrolled, pinched, pointer) = ui.input(|input| {
            (
                input.smooth_scroll_delta.y,
                input.zoom_delta(),
                input.pointer.hover_pos(),
            )
        });
        let levels = f64::from(scrolled) / POINTS_PER_LEVEL + f64::from(pinched).log2();
        if levels.abs() > 1e-6 && levels.is_finite() {
            look.zoom(levels, pointer.map_or(Vec2::ZERO, |at| at - rect.center()));
            ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
        }
    }
}

impl Look {
    fn fitting(extent: Extent, size: Vec2) -> Option<Self> {
        let [west, north, east, south] = world_bounds(extent);
        let room =
            |points: f32, world: f64| f64::from(points.max(1.0)) * FIT_SHARE / world.max(1e-12);
        let closest = if extent.west < extent.east || extent.south < extent.north {
            CLOSEST_FIT
        } else {
            CLOSEST_FIT_OF_A_PLACE
        };
        let look = Self {
            center: PlanePoint {
                x: f64::midpoint(west, east),
                y: f64::midpoint(north, south),
            },
            points_per_unit: room(size.x, east - west)
                .min(room(size.y, south - north))
                .min(POINTS_PER_WORLD_AT_ZOOM_0 * closest.exp2())
                .max(POINTS_PER_WORLD_AT_ZOOM_0 * ZOOM_RANGE.0.exp2()),
        };
        (look.center.x.is_finite() && look.center.y.is_finite()).then_some(look)
    }

    /// With the place `offset` points from the centre staying where it is.
    fn zoom(&mut self, levels: f64, offset: Vec2) {
        let (least, most) = ZOOM_RANGE;
        let before = self.points_per_unit;
        self.points_per_unit = (before * levels.exp2()).clamp(
            POINTS_PER_WORLD_AT_ZOOM_0 * least.exp2(),
            POINTS_PER_WORLD_AT_ZOOM_0 * most.exp2(),
        );
        let shift = before.recip() - self.points_per_unit.recip();
        self.center.x += f64::from(offset.x) * shift;
        self.center.y += f64::from(offset.y) * shift;
    }
}

/// Where the buttons are.
fn controls(rect: Rect) -> Rect {
    let size = Vec2::new(2.0 * theme::size::CONTROL + 4.0, theme::size::CONTROL + 4.0);
    let corner = rect.right_top() + Vec2::new(-8.0 - size.x, 8.0);
    Rect::from_min_size(corner, size)
}

fn place(view: &View, at: LonLat) -> Pos2 {
    let World { x, y } = world_from_lon_lat(at);
    pos2(view.to_device(PlanePoint { x, y }))
}

/// Left, top, right, bottom: the square's y grows southwards.
fn world_bounds(extent: Extent) -> [f64; 4] {
    let from = world_from_lon_lat(LonLat::new(extent.west, extent.north));
    let to = world_from_lon_lat(LonLat::new(extent.east, extent.south));
    [from.x, from.y, to.x, to.y]
}

fn joined(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    [a0.min(b0), a1.min(b1), a2.max(b2), a3.max(b3)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Feature, FieldRoles};
    use geo::polygon;

    fn layer_of(count: u32) -> Layer {
        let features = (0..count).map(|number| {
            let (x, y) = (
                103.7 + f64::from(number % 100) * 1e-3,
                29.5 + f64::from(number / 100) * 1e-3,
            );
            Feature {
                fid: i64::from(number) + 1,
                geometry: Some(
                    polygon![(x: x, y: y), (x: x + 5e-4, y: y), (x: x, y: y + 5e-4)].into(),
                ),
                heights: None,
                values: Vec::new(),
            }
        });
        Layer {
            name: "地块".to_owned(),
            kind: LayerKind::Reference,
            placement: Placement::Surveyed,
            source: String::new(),
            fields: Vec::new(),
            roles: FieldRoles::default(),
            features: features.collect(),
        }
    }

    #[test]
    fn many_features_become_the_ground_they_cover() {
        let layer = layer_of(10_000);
        let style = MapStyle::light();
        let picture = PreviewPicture::new(&[], Some(&layer), &style, style.background);
        let crowd = picture.crowd.unwrap();
        assert!(crowd.cells.len() < 40_000, "{}", crowd.cells.len());
        let covers = |at: LonLat| {
            let World { x, y } = world_from_lon_lat(at);
            let inside = |&[left, top, right, bottom]: &[f64; 4]| {
                (left..=right).contains(&x) && (top..=bottom).contains(&y)
            };
            crowd.cells.iter().any(inside)
        };
        assert!(covers(LonLat::new(103.7501, 29.5501)));
        assert!(!covers(LonLat::new(103.6, 29.55)));
        let few = PreviewPicture::new(&[], Some(&layer_of(10)), &style, style.background);
        assert!(few.crowd.is_none());
    }

    #[test]
    fn zooming_keeps_the_place_under_the_pointer() {
        let mut look = Look {
            center: PlanePoint { x: 0.5, y: 0.5 },
            points_per_unit: 10_000.0,
        };
        let offset = Vec2::new(120.0, -40.0);
        let under = |look: &Look| {
            (
                look.center.x + f64::from(offset.x) / look.points_per_unit,
                look.center.y + f64::from(offset.y) / look.points_per_unit,
            )
        };
        let (x, y) = under(&look);
        look.zoom(1.7, offset);
        let (after_x, after_y) = under(&look);
        assert!((x - after_x).abs() < 1e-12 && (y - after_y).abs() < 1e-12);
    }
}
