//! The plan's own layers and ledger, and an ordinary request.

use std::collections::BTreeMap;

use geo::{Geometry, LineString, Polygon};
use jiff::civil::{Date, date};
use redline_atlas::crs::{Crs, Extent, LonLat, Transform};
use redline_atlas::model::{Feature, Layer, LayerId, LayerKind, Placement, ProjectSite, SiteId};
use redline_atlas::plan::Plan;
use redline_atlas::scene::{LayerView, MapStyle};
use redline_atlas::sheet::{
    self, Orientation, Paper, ScaleChoice, Sheet, SheetError, SheetInput, SheetRequest,
    SheetSubject,
};

pub(super) const TODAY: Date = date(2026, 11, 23);
pub(super) const STYLE: MapStyle = MapStyle::light();
/// 生活垃圾应急填埋场, 市中区茅桥镇: the one row of 附表一 with a town.
pub(super) const LANDFILL: SiteId = SiteId(19);
/// 病死畜禽无害化处理中心工程, 市中区: the plan says no more.
pub(super) const SOMEWHERE: SiteId = SiteId(20);

pub(super) struct Fixture {
    pub(super) layers: Vec<Layer>,
    pub(super) sites: BTreeMap<SiteId, ProjectSite>,
}

impl Fixture {
    pub(super) fn plan() -> Self {
        let plan = Plan::load().unwrap();
        Self {
            layers: plan.layers().unwrap(),
            sites: plan.ledger(),
        }
    }

    pub(super) fn with_layers(mut self, keep: impl Fn(&Layer) -> bool) -> Self {
        self.layers.retain(keep);
        self
    }

    pub(super) fn views(&self) -> Vec<LayerView<'_>> {
        (1..)
            .zip(&self.layers)
            .map(|(id, layer)| LayerView {
                id: LayerId(id),
                layer,
                visible: true,
                opacity: 1.0,
                retired: false,
            })
            .collect()
    }

    pub(super) fn produce(&self, request: &SheetRequest) -> Result<Sheet, SheetError> {
        sheet::produce(
            request,
            &SheetInput {
                layers: &self.views(),
                sites: &self.sites,
                style: &STYLE,
            },
        )
    }
}

pub(super) fn request(subject: SheetSubject, scale: ScaleChoice) -> SheetRequest {
    SheetRequest {
        subject,
        paper: Paper::A4,
        orientation: Orientation::Landscape,
        scale,
        title: None,
        author: "张三".to_owned(),
        date: TODAY,
    }
}

/// A square of `side` metres in the grid around a place, as an official layer.
pub(super) fn square(center: LonLat, side: f64) -> (Layer, Extent) {
    let grid = Transform::new(Crs::three_degree_zone_at(center.lon)).unwrap();
    let (x, y) = grid.from_lon_lat(center).unwrap();
    let half = side / 2.0;
    let ring: Vec<(f64, f64)> = [
        (-1.0, -1.0),
        (1.0, -1.0),
        (1.0, 1.0),
        (-1.0, 1.0),
        (-1.0, -1.0),
    ]
    .map(|(dx, dy)| {
        let at = grid.to_lon_lat(x + dx * half, y + dy * half).unwrap();
        (at.lon, at.lat)
    })
    .to_vec();
    let geometry = Geometry::Polygon(Polygon::new(LineString::from(ring), Vec::new()));
    let extent = Extent::of_geometry(&geometry).unwrap();
    let layer = Layer {
        roles: redline_atlas::model::FieldRoles::default(),
        name: "生态保护红线".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Surveyed,
        source: "测试".to_owned(),
        fields: Vec::new(),
        features: vec![Feature {
            heights: None,
            fid: 1,
            geometry: Some(geometry),
            values: Vec::new(),
        }],
    };
    (layer, extent)
}
