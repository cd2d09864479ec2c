//! The map: base map, the scene over it, what the pointer does there.
//!
//! **Invariant:** walkers is named nowhere outside this folder. It cuts base-map tiles to the window;
//! camera, symbology, picking and gestures are our own. Reads the document, pushes [`Command`]s.

mod basemap;
mod camera;
mod controls;
mod describe;
mod land;
mod large;
mod navigate;
mod paint;
mod pick;
mod preview;

use egui::accesskit::Role;
use egui::{
    Context, CursorIcon, DragPanButtons, Id, PointerButton, Popup, Pos2, Rect, Response, Stroke,
    StrokeKind, Tooltip, Ui, Vec2, WidgetInfo,
};

use crate::app::{Command, Selection, theme};
use crate::crs::{Extent, LonLat};
use crate::document::Document;
use crate::drawing;
use crate::model::{LayerId, Placement};
use crate::scene::{
    self, DrawOp, LargeLayer, MapStyle, Owner, Plane, PlanePoint, SceneInput, View,
};

pub use basemap::{BasemapSettings, BasemapSource, BasemapState, TIANDITU_KEY_HINT};
pub use camera::Camera;
pub use preview::{Focus, PreviewMap, PreviewPicture};

use basemap::Basemap;
use controls::Control;
use describe::MenuChoice;
use land::{DocumentKey, Land, document_key};
use large::{LargeLayers, LargeView};
use paint::ScenePainter;
use pick::PickIndex;

/// Everything the map shows.
#[derive(Clone, Copy)]
pub struct MapInput<'a> {
    pub document: &'a Document,
    pub selection: Option<Selection>,
    pub style: &'a MapStyle,
    pub basemap: &'a BasemapSettings,
    pub show_sites: bool,
    pub show_labels: bool,
}

/// What the status line wants to know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapStatus {
    /// Under the pointer, while it is on the map.
    pub cursor: Option<LonLat>,
    /// N of 1:N at the centre; a logical point of the screen is taken as 1/96 inch.
    pub scale_denominator: f64,
    pub basemap: BasemapState,
}

/// The map between frames: where it looks, and what was made ready to draw.
pub struct MapView {
    basemap: Basemap,
    /// `None` until the size of the window is known.
    camera: Option<Camera>,
    /// To be shown as soon as the size is known.
    wanted: Option<Extent>,
    land: Land,
    large: LargeLayers,
    picture: Option<Picture>,
    /// The map's widget of the last frame.
    widget: Option<Id>,
    /// Where the menu of the right button was opened.
    menu_at: Option<Pos2>,
    /// The map has the keys because it was clicked, so that no ring need say it.
    focused_by_click: bool,
}

/// The draw list of the present document, selection and style, ready to paint and to pick from.
struct Picture {
    ground: GroundKey,
    selection: Option<Selection>,
    painter: ScenePainter,
    index: PickIndex,
}

/// What the draw list is made of, but for the selection.
#[derive(Clone, PartialEq)]
struct GroundKey {
    document: DocumentKey,
    layers: Vec<(LayerId, bool, f32, bool)>,
    /// Of each large layer: are the places of its names known?
    large: Vec<(LayerId, bool)>,
    dark: bool,
    show_sites: bool,
    show_labels: bool,
}

impl MapView {
    pub fn new(ctx: &Context) -> Self {
        Self {
            basemap: Basemap::new(ctx),
            camera: None,
            wanted: None,
            land: Land::default(),
            large: LargeLayers::new(ctx),
            picture: None,
            widget: None,
            menu_at: None,
            focused_by_click: false,
        }
    }

    /// Large layers are drawn by the graphics card; without one, only coarsely.
    #[must_use]
    pub fn with_gpu(mut self, state: Option<&eframe::egui_wgpu::RenderState>) -> Self {
        if let Some(state) = state {
            self.large.use_gpu(state);
        }
        self
    }

    /// Everything in sight is as detailed as it will be.
    pub const fn is_settled(&self) -> bool {
        self.large.is_settled()
    }

    /// How many tiles of large layers have been triangulated so far.
    pub const fn tiles_made(&self) -> u64 {
        self.large.tiles_made()
    }

    /// Show the whole of `extent`.
    pub const fn zoom_to(&mut self, extent: Extent) {
        self.wanted = Some(extent);
    }

    /// Where the map looks; `None` before it was first shown.
    pub const fn camera(&self) -> Option<Camera> {
        self.camera
    }

    /// Look there, as far as that makes sense.
    pub fn set_camera(&mut self, camera: Camera) {
        if camera.is_sane() {
            self.camera = Some(camera);
            self.wanted = None;
        }
    }

    /// Another document was opened: show its district, whatever was looked at before.
    pub fn forget_document(&mut self) {
        self.land = Land::default();
        self.large.forget();
        self.picture = None;
        self.camera = None;
    }

    /// Fills the rest of `ui`.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        input: &MapInput<'_>,
        commands: &mut Vec<Command>,
    ) -> MapStatus {
        let rect = ui.available_rect_before_wrap();
        self.basemap.update(input.basemap);
        self.land.survey(input.document);
        let mut camera = self.settled_camera(rect.size());
        let before = self.widget.and_then(|id| ui.ctx().read_response(id));
        let gestures = navigate::navigate(ui, rect, before.as_ref(), &mut camera);
        if gestures.home {
            camera = self.home_camera(rect.size()).unwrap_or(camera);
        }
        camera = self.reachable(camera);
        self.camera = Some(camera);

        let view = camera.view(rect);
        ui.painter()
            .rect_filled(rect, 0.0, theme::color32(input.style.background));
        let response = self.tiles_ui(ui, camera);
        self.widget = Some(response.id);
        self.prepare(input, &view, ui.ctx().pixels_per_point());
        if let Some(picture) = &mut self.picture {
            let large = &self.large;
            picture.painter.paint(
                &ui.painter_at(rect),
                &view,
                &controls::covered(rect),
                |painter, layer, part| large.paint(painter, layer, part, &view),
            );
        }
        self.point(ui, &response, &view, input, commands);
        self.furniture(ui, rect, camera, input, commands);
        self.focused_by_click &= response.has_focus();
        if response.has_focus() && !self.focused_by_click {
            let ring = Stroke::new(1.5, theme::of(ui).accent);
            ui.painter()
                .rect_stroke(rect, 0.0, ring, StrokeKind::Inside);
        }
        MapStatus {
            cursor: response.hover_pos().map(|at| camera::lon_lat_at(&view, at)),
            scale_denominator: camera.scale_denominator(),
            basemap: self.basemap.state(),
        }
    }

    fn home_camera(&self, size: Vec2) -> Option<Camera> {
        Camera::fitting(self.land.home()?, size)
    }

    fn settled_camera(&mut self, size: Vec2) -> Camera {
        if let Some(camera) = self
            .wanted
            .take()
            .and_then(|extent| Camera::fitting(extent, size))
        {
            return camera;
        }
        self.camera
            .or_else(|| self.home_camera(size))
            // An empty workspace: the country, as near as the zoom limits allow.
            .unwrap_or(Camera {
                lon: 104.0,
                lat: 30.0,
                zoom: *camera::ZOOM_RANGE.start(),
            })
    }

    fn reachable(&self, camera: Camera) -> Camera {
        match self.land.reach() {
            Some(reach) => camera.within(reach),
            None => camera,
        }
    }

    /// The base map, and the widget that takes the pointer. All gestures of walkers' own are off.
    fn tiles_ui(&mut self, ui: &mut Ui, camera: Camera) -> Response {
        let center = walkers::lon_lat(camera.lon, camera.lat);
        let mut memory = walkers::MapMemory::default();
        memory.center_at(center);
        if let Err(err) = memory.set_zoom(camera.zoom) {
            log::warn!("zoom {} of {camera:?}: {err}", camera.zoom);
        }
        let mut map = walkers::Map::new(None, &mut memory, center)
            .zoom_gesture(false)
            .zoom_with_ctrl(false)
            .panning(false)
            .drag_pan_buttons(DragPanButtons::empty());
        for provider in self.basemap.layers() {
            map = map.with_layer(provider, 1.0);
        }
        let response = map.show(ui, |_, _, _, _| ()).response;
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "地图"));
        response
    }

    /// Make anew what has changed: the ground with the document, what is selected with the selection. Large
    /// layers see to themselves.
    fn prepare(&mut self, input: &MapInput<'_>, view: &View, pixels_per_point: f32) {
        let layers = input.document.layers();
        let large: Vec<LargeView<'_>> = layers
            .iter()
            .filter(|stored| self.land.is_large(&stored.layer))
            .map(|stored| LargeView {
                id: stored.id,
                layer: &stored.layer,
                drawn: stored.visible && !stored.retired && stored.opacity > 0.0,
                opacity: stored.opacity,
            })
            .collect();
        self.large
            .update(&large, input.style, view, pixels_per_point);
        let ground = GroundKey {
            document: document_key(input.document),
            layers: layers
                .iter()
                .map(|stored| (stored.id, stored.visible, stored.opacity, stored.retired))
                .collect(),
            large: large
                .iter()
                .map(|large| (large.id, self.large.anchors(large.id).is_some()))
                .collect(),
            dark: input.style.dark,
            show_sites: input.show_sites,
            show_labels: input.show_labels,
        };
        let is_same_ground = self
            .picture
            .as_ref()
            .is_some_and(|old| old.ground == ground);
        let views = drawing::layer_views(layers);
        let scene_input = SceneInput {
            layers: &views,
            sites: input.document.sites(),
            show_sites: input.show_sites,
            show_labels: input.show_labels,
            highlight: input
                .selection
                .map(|selection| owner_of(selection, input.document)),
            style: input.style,
        };
        let selected = |ground: &scene::Scene| {
            scene::build_selection(Plane::World, &scene_input, cluster_in(ground))
        };
        match &mut self.picture {
            Some(picture) if is_same_ground => {
                if picture.selection != input.selection {
                    picture.selection = input.selection;
                    let scene = selected(picture.painter.ground());
                    picture.painter.select(scene);
                }
            }
            _ => {
                let places: Vec<LargeLayer<'_>> = large
                    .iter()
                    .map(|large| LargeLayer {
                        id: large.id,
                        anchors: self.large.anchors(large.id).unwrap_or_default(),
                    })
                    .collect();
                let list = scene::build_ground(Plane::World, &scene_input, &places);
                let scene = selected(&list.scene);
                self.picture = Some(Picture {
                    ground,
                    selection: input.selection,
                    index: PickIndex::new(&list),
                    painter: ScenePainter::new(list, scene),
                });
            }
        }
    }

    fn hits(&self, at: Pos2, view: &View) -> Vec<Selection> {
        let at = view.to_plane((f64::from(at.x), f64::from(at.y)));
        self.picture
            .as_ref()
            .map(|picture| {
                let large = |layer, reach| self.large.hits(layer, at, reach);
                picture.index.at(at, view, large)
            })
            .unwrap_or_default()
    }

    /// Hover, click, menu.
    fn point(
        &mut self,
        ui: &Ui,
        response: &Response,
        view: &View,
        input: &MapInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        if response.clicked() || response.drag_started() {
            response.request_focus();
            self.focused_by_click = true;
        }
        // The second click of two zooms in; the first has selected already.
        if response.clicked()
            && !response.double_clicked()
            && let Some(at) = response.interact_pointer_pos()
        {
            self.identify(at, view, commands);
        }
        if response.dragged_by(PointerButton::Primary) || response.dragged_by(PointerButton::Middle)
        {
            ui.set_cursor_icon(CursorIcon::Grabbing);
        } else if let Some(at) = response.hover_pos() {
            self.hover_ui(ui, response, at, view, input.document);
        }
        if response.secondary_clicked() {
            self.menu_at = response.interact_pointer_pos();
        }
        self.menu(response, view, commands);
    }

    fn identify(&self, at: Pos2, view: &View, commands: &mut Vec<Command>) {
        let hits = self.hits(at, view);
        commands.push(Command::Select(hits.first().copied()));
        if hits.len() > 1 {
            commands.push(Command::Identify {
                at: camera::lon_lat_at(view, at),
                hits,
            });
        }
    }

    fn hover_ui(&self, ui: &Ui, response: &Response, at: Pos2, view: &View, document: &Document) {
        let hits = self.hits(at, view);
        let Some(&top) = hits.first() else {
            return;
        };
        ui.set_cursor_icon(CursorIcon::PointingHand);
        if let Some(description) = describe::describe(document, top) {
            Tooltip::for_enabled(response)
                .at_pointer()
                .gap(12.0)
                .show(|ui| describe::tooltip_ui(ui, &description, hits.len() - 1));
        }
    }

    fn menu(&mut self, response: &Response, view: &View, commands: &mut Vec<Command>) {
        let Some(at) = self.menu_at else {
            return;
        };
        let place = camera::lon_lat_at(view, at);
        let mut choice = None;
        Popup::context_menu(response).show(|ui| {
            choice = describe::menu_ui(ui, place, commands);
        });
        match choice {
            Some(MenuChoice::ZoomHere) => {
                self.camera = self
                    .camera
                    .map(|camera| camera.centered_at(place).stepped(2.0, Vec2::ZERO));
                response.ctx.request_repaint();
            }
            Some(MenuChoice::IdentifyHere) => self.identify(at, view, commands),
            None => {}
        }
    }

    fn furniture(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        camera: Camera,
        input: &MapInput<'_>,
        commands: &mut Vec<Command>,
    ) {
        let painter = ui.painter_at(rect);
        controls::scale_bar(&painter, rect, camera, ui.visuals().dark_mode);
        let attribution = self.basemap.attribution();
        let text = attribution.map(|(text, _)| text);
        if controls::attribution_ui(ui, rect, text, self.basemap.state())
            && let Some((_, url)) = attribution
        {
            commands.push(Command::OpenUrl(url.to_owned()));
        }
        let has_selection = input.selection.is_some();
        let Some(control) = controls::buttons_ui(ui, rect, camera, has_selection) else {
            return;
        };
        match control {
            Control::ZoomIn => self.camera = Some(camera.stepped(1.0, Vec2::ZERO)),
            Control::ZoomOut => self.camera = Some(camera.stepped(-1.0, Vec2::ZERO)),
            Control::Home => self.camera = self.home_camera(rect.size()).or(Some(camera)),
            Control::Selection => commands.push(Command::ZoomToSelection),
        }
        ui.ctx().request_repaint();
    }
}

/// The cluster of `district` sites, where the ground has one.
fn cluster_in(ground: &scene::Scene) -> Option<(PlanePoint, usize)> {
    ground.ops.iter().find_map(|op| match op {
        DrawOp::Icon {
            owner: Owner::DistrictSites { count },
            at,
            ..
        } => Some((*at, *count)),
        _ => None,
    })
}

fn owner_of(selection: Selection, document: &Document) -> Owner {
    match selection {
        Selection::Site(id) => Owner::Site(id),
        Selection::Feature { layer, fid } => Owner::Feature { layer, fid },
        Selection::DistrictSites => Owner::DistrictSites {
            count: document
                .sites()
                .values()
                .filter(|site| site.placement.grade == Placement::District)
                .count(),
        },
    }
}
