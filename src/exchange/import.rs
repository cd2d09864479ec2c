//! A file that was read into the workspace: what the workspace knows that helps to read it, and storing it.
//!
//! Deliberately absent: reading (`formats`), the questions put to the user.

use crate::document::{Document, DocumentError, Imported, Importer, Stored};
use crate::formats::{ReadOptions, ReadReport};
use crate::jobs::Progress;
use crate::model::{Layer, LayerKind};
use crate::plan::{self, PlanError};
use crate::store::{self, Destination, NewLayer};

/// What the workspace and the plan know that helps to read a file: where the district is, and how large
/// the red line should be.
pub fn read_options(document: &Document, kind: LayerKind) -> Result<ReadOptions, PlanError> {
    let mut options = ReadOptions::new(kind);
    options.geopackage = Some(store::read_foreign);
    let district = district(document);
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

pub(super) fn district(document: &Document) -> Option<&Layer> {
    (document.layers().iter())
        .map(|stored| stored.layer.as_ref())
        .find(|layer| layer.kind == LayerKind::Boundary)
}

/// Store what was read, in one transaction; runs in a job. A red line retires the schematic one, unless
/// all of it is in quarantine. [`Document::adopt`] shows it then.
pub fn store(
    importer: Importer,
    report: &ReadReport,
    destination: Destination,
    progress: &Progress,
) -> Result<Stored, DocumentError> {
    let new = NewLayer {
        layer: &report.layer,
        source_crs: Some(report.crs.epsg()),
        quarantined: &report.quarantined,
        issues: &report.issues,
        format: report.format,
        encoding: &report.encoding,
    };
    let official = report.layer.kind == LayerKind::RedLine && !report.layer.features.is_empty();
    importer.store(new, destination, official, progress)
}

/// Store what was read and show it: for programs that may wait.
pub fn import(
    document: &mut Document,
    report: &ReadReport,
    destination: Destination,
) -> Result<Imported, DocumentError> {
    let importer = document.importer()?;
    let stored = store(importer, report, destination, &Progress::default())?;
    document.adopt(stored)
}
