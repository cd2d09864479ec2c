//! The quarantine of a layer as a file, for those who mend it elsewhere.
//!
//! Deliberately absent: how a raw text becomes GeoJSON (`formats`), dialogs.

use std::path::Path;

use super::aside;
use crate::formats::{self, LayerFormat, WriteError};
use crate::store::QuarantineRow;

/// What was written of a quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuarantineWritten {
    pub features: usize,
    /// Those without a shape that can be told: not in a GeoJSON, always in a table.
    pub left_out: usize,
}

/// What has a shape as GeoJSON where the file is called so, else all of it as a table.
pub fn write_quarantine(
    path: &Path,
    rows: &[QuarantineRow],
    overwrite: bool,
) -> Result<QuarantineWritten, WriteError> {
    let features = if LayerFormat::of(path) == Some(LayerFormat::GeoJson) {
        let asides: Vec<_> = (rows.iter())
            .map(|row| (aside(row), row.epsg, &row.what))
            .collect();
        let (text, features) = formats::quarantined_geojson(&asides);
        formats::write_bytes(path, text.as_bytes(), overwrite)?;
        features
    } else {
        formats::write_quarantined(path, rows.iter().map(|row| &row.what), overwrite)?
    };
    Ok(QuarantineWritten {
        features,
        left_out: rows.len() - features,
    })
}
