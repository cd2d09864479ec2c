//! A file that was read into the workspace: what the workspace knows that helps to read it, and storing it.
//!
//! Deliberately absent: reading (`formats`), the questions put to the user.

use crate::document::{Document, DocumentError};
use crate::formats::{ReadOptions, ReadReport};
use crate::model::{Layer, LayerId, LayerKind};
use crate::plan::{self, PlanError};
use crate::store::NewLayer;

/// What the workspace and the plan know that helps to read a file: where the district is, and how large
/// the red line should be.
pub fn read_options(document: &Document, kind: LayerKind) -> Result<ReadOptions, PlanError> {
    let mut options = ReadOptions::new(kind);
    let district = (document.layers().iter())
        .map(|stored| stored.layer.as_ref())
        .find(|layer| layer.kind == LayerKind::Boundary);
    options.district = district.and_then(Layer::extent);
    options.boundary = district.and_then(|layer| {
        layer
            .features
            .iter()
            .find_map(|feature| feature.geometry.clone())
    });
    if kind == LayerKind::RedLine {
        options.plan_area_km2 = plan::red_line_km2()?;
    }
    Ok(options)
}

/// What an import did to the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    pub layer: LayerId,
    /// Names of the schematic layers that an official red line has replaced.
    pub retired: Vec<String>,
}

/// Store what was read, in one transaction. A red line retires the schematic one, unless all of it is in
/// quarantine.
pub fn import(document: &mut Document, report: &ReadReport) -> Result<Imported, DocumentError> {
    let in_use = |document: &Document| -> Vec<(LayerId, String)> {
        document
            .layers()
            .iter()
            .filter(|stored| !stored.retired)
            .map(|stored| (stored.id, stored.layer.name.clone()))
            .collect()
    };
    let before = in_use(document);
    let layer = document.import(
        NewLayer {
            layer: &report.layer,
            source_crs: Some(report.crs.epsg()),
            quarantined: &report.quarantined,
            issues: &report.issues,
        },
        report.layer.kind == LayerKind::RedLine && !report.layer.features.is_empty(),
    )?;
    let after = in_use(document);
    let retired = before
        .into_iter()
        .filter(|(id, _)| after.iter().all(|(still, _)| still != id))
        .map(|(_, name)| name)
        .collect();
    Ok(Imported { layer, retired })
}
