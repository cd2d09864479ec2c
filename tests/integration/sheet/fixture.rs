//! The plan's own layers and ledger, and an ordinary request.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use redline_atlas::model::{Layer, LayerId, ProjectSite, SiteId};
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
