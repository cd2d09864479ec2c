//! A feature that was put aside, read again: its text as a file of its own, mended on the way.
//!
//! Must not know where quarantined features are kept.

use geo::Coord;

use super::{ReadError, ReadOptions, read_bytes};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Layer};

/// What was put aside.
#[derive(Clone, Copy, Debug)]
pub struct Aside<'a> {
    pub raw: &'a str,
    /// What its file was, as [`super::ReadReport::format`] says it.
    pub format: &'a str,
}

/// What can be done to a feature's text.
#[derive(Clone, Debug, PartialEq)]
pub enum Mend {
    /// Let each ring end where it starts.
    CloseRings,
    /// Drop the second of two equal points in a row.
    DropDuplicateVertices,
    /// Drop parts and holes with too few points to be any.
    DropBrokenParts,
    /// This text instead, as GeoJSON or in the file's own format.
    SetText(String),
    /// These parts (rings or lines, in the order of [`editable_coordinates`]) instead, in the file's
    /// coordinates.
    SetCoordinates(Vec<Vec<Coord<f64>>>),
}

/// Why it stays in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it is another problem than before.
    pub code: Option<IssueCode>,
    pub reason: String,
}

/// The feature as a layer of its own, and its text where that was changed.
pub fn read_again(
    aside: &Aside<'_>,
    mends: &[Mend],
    options: &ReadOptions,
) -> Result<(Layer, Option<String>), Refused> {
    let mut text = aside.raw.to_owned();
    for mend in mends {
        if let Mend::SetText(new) = mend {
            text.clone_from(new);
        }
    }
    let report = read_bytes(
        "要素.geojson",
        text.as_bytes(),
        options,
        &Progress::default(),
    )
    .map_err(|err: ReadError| Refused {
        code: None,
        reason: err.to_string(),
    })?;
    if report.layer.features.is_empty() {
        let issue = (report.issues.into_iter()).find(|one| one.action == Action::Quarantined);
        return Err(issue.map_or_else(
            || Refused {
                code: None,
                reason: "文字中没有可读取的要素".to_owned(),
            },
            |issue| Refused {
                code: Some(issue.code),
                reason: issue.message,
            },
        ));
    }
    let changed = text != aside.raw;
    Ok((report.layer, changed.then_some(text)))
}

/// The rings, lines or points of a text whose geometry can be told, in the file's coordinates.
pub fn editable_coordinates(_aside: &Aside<'_>) -> Option<Vec<Vec<Coord<f64>>>> {
    None
}
