//! The map: base map, the scene over it, what the pointer does there.
//!
//! **Invariant:** walkers is named nowhere outside this folder. It cuts base-map tiles to the window;
//! camera, symbology, picking and gestures are our own. Reads the document, pushes [`Command`]s.

mod basemap;
mod camera;
mod controls;
mod describe;
mod navigate;
mod paint;
mod pick;
mod preview;

use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{
    Context, CursorIcon, DragPanButtons, Id, PointerButton, Popup, Pos2, Rect, Response, Stroke,
    StrokeKind, Tooltip, Ui, Vec2, WidgetInfo,
};

use crate::app::{Command, Selection, theme};
use crate::crs::{Extent, LonLat};
use crate::document::Document;
use crate::drawing;
use crate::model::{LayerId, LayerKind, Placement};
use crate::scene::{self, MapStyle, Owner, Plane, SceneInput, View};

pub use basemap::{BasemapSettings, BasemapSource, BasemapState, TIANDITU_KEY_HINT};
pub use camera::Camera;
pub use preview::{Focus, PreviewMap, PreviewPicture};

use basemap::Basemap;
use controls::Control;
use describe::MenuChoice;
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
    land: Option<Land>,
    picture: Option<Picture>,
    /// The map's widget of the last frame.
    widget: Option<Id>,
    /// Where the menu of the right button was opened.
    menu_at: Option<Pos2>,
    /// The map has the keys because it was clicked, so that no ring need say it.
    focused_by_click: bool,
}

/// What follows from the document alone.
struct Land {
    document: DocumentKey,
    home: Option<Extent>,
    /// The centre of the map stays in here.
    reach: Option<Extent>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct DocumentKey {
    path: PathBuf,
    revision: u64,
}

/// The scene of the present document, selection and style, ready to paint and to pick from.
struct Picture {
    key: PictureKey,
    painter: ScenePainter,
    index: PickIndex,
}

#[derive(Clone, PartialEq)]
struct PictureKey {
    document: DocumentKey,
    selection: Option<Selection>,
    layers: Vec<(LayerId, bool, f32, bool)>,
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
            land: None,
            picture: None,
            widget: None,
            menu_at: None,
            focused_by_click: false,
        }
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
        self.land = None;
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
        self.survey(input.document);
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
        self.prepare(input);
        if let Some(picture) = &mut self.picture {
            let painter = ui.painter_at(rect);
            picture
                .painter
                .paint(&painter, &view, &controls::covered(rect));
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

    /// Find out anew where the document's things are, when it has changed.
    fn survey(&mut self, document: &Document) {
        let key = document_key(document);
        if self.land.as_ref().is_some_and(|land| land.document == key) {
            return;
        }
        let extents = || {
            document
                .layers()
                .iter()
                .filter_map(|stored| Some((stored.layer.kind, stored.layer.extent()?)))
        };
        let all = extents().map(|(_, extent)| extent).reduce(Extent::union);
        let district = extents()
            .find(|(kind, _)| *kind == LayerKind::Boundary)
            .map(|(_, extent)| extent);
        self.land = Some(Land {
            document: key,
            home: district.or(all),
            reach: all.map(|all| all.grown(0.6)),
        });
    }

    fn home_camera(&self, size: Vec2) -> Option<Camera> {
        Camera::fitting(self.land.as_ref()?.home?, size)
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
        match self.land.as_ref().and_then(|land| land.reach) {
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

    /// Make the scene anew where something it is made of has changed.
    fn prepare(&mut self, input: &MapInput<'_>) {
        let layers = input.document.layers();
        let key = PictureKey {
            document: document_key(input.document),
            selection: input.selection,
            layers: layers
                .iter()
                .map(|stored| (stored.id, stored.visible, stored.opacity, stored.retired))
                .collect(),
            dark: input.style.dark,
            show_sites: input.show_sites,
            show_labels: input.show_labels,
        };
        if self.picture.as_ref().is_some_and(|old| old.key == key) {
            return;
        }
        let views = drawing::layer_views(layers);
        let scene = scene::build(
            Plane::World,
            &SceneInput {
                layers: &views,
                sites: input.document.sites(),
                show_sites: input.show_sites,
                show_labels: input.show_labels,
                highlight: input
                    .selection
                    .map(|selection| owner_of(selection, input.document)),
                style: input.style,
            },
        );
        let index = PickIndex::new(&scene);
        self.picture = Some(Picture {
            key,
            painter: ScenePainter::new(scene),
            index,
        });
    }

    fn hits(&self, at: Pos2, view: &View) -> Vec<Selection> {
        let at = view.to_plane((f64::from(at.x), f64::from(at.y)));
        self.picture
            .as_ref()
            .map(|picture| picture.index.at(at, view))
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

fn document_key(document: &Document) -> DocumentKey {
    DocumentKey {
        path: document.path().to_owned(),
        revision: document.revision(),
    }
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
