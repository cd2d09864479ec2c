//! Quarantined features, read again: with a given coordinate system, mended, or edited by hand.
//!
//! What is accepted is appended to its layer in one transaction; what is still wrong says why.
//! Deliberately absent: how a text is mended (`formats`).

use crate::crs::Crs;
use crate::document::{Document, DocumentError, Importer, Stored};
use crate::formats::{self, Aside, CrsChoice, Mend, ReadOptions};
use crate::jobs::Progress;
use crate::model::{Feature, Field, IssueCode, Layer, LayerId, Value};
use crate::store::{QuarantineId, QuarantineRow, Released};

/// How to read quarantined features again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// `Auto`: as their file was read.
    pub crs: CrsChoice,
    /// What is done to each, in order.
    pub mends: Vec<Mend>,
}

/// A feature that has to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    pub row: QuarantineId,
    /// 1-based number in its file.
    pub feature: usize,
    pub code: IssueCode,
    /// One plain sentence.
    pub reason: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Retried {
    pub accepted: Vec<QuarantineId>,
    pub still: Vec<Still>,
    /// For [`Document::adopt`]; `None` where nothing was accepted.
    pub stored: Option<Stored>,
}

/// Read rows of one layer again and store what is sound; runs in a job. Rows that were released already
/// are passed over. `options` as for a file of this layer ([`super::read_options`]).
pub fn retry(
    importer: Importer,
    layer: LayerId,
    rows: &[QuarantineRow],
    again: &Again,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Retried, DocumentError> {
    let mut accepted = Accepted::default();
    let mut still = Vec::new();
    let waiting = rows.iter().filter(|row| row.is_waiting());
    for (place, row) in waiting.enumerate() {
        progress
            .step(place, rows.len() * 2)
            .map_err(DocumentError::Cancelled)?;
        match read_one(row, again, options) {
            Ok((layer, mended)) => accepted.add(row.id, layer, mended),
            Err((code, reason)) => still.push(Still {
                row: row.id,
                feature: row.what.feature,
                code,
                reason,
            }),
        }
    }
    let stored = match accepted.layer {
        Some(features) => Some(importer.release(layer, &features, &accepted.released, progress)?),
        None => None,
    };
    Ok(Retried {
        accepted: accepted.released.iter().map(|one| one.row).collect(),
        still,
        stored,
    })
}

/// The same at once, for programs that may wait: of all rows of a layer, or of some.
pub fn retry_now(
    document: &mut Document,
    layer: LayerId,
    only: Option<&[QuarantineId]>,
    again: &Again,
) -> Result<Retried, DocumentError> {
    let kind = document.layer(layer).map(|stored| stored.layer.kind);
    let mut options = ReadOptions::new(kind.unwrap_or(crate::model::LayerKind::Reference));
    options.district = super::import::district(document).and_then(Layer::extent);
    let rows: Vec<QuarantineRow> = (document.quarantine(layer)?.into_iter())
        .filter(|row| only.is_none_or(|only| only.contains(&row.id)))
        .collect();
    let importer = document.importer()?;
    let mut retried = retry(
        importer,
        layer,
        &rows,
        again,
        &options,
        &Progress::default(),
    )?;
    if let Some(stored) = retried.stored.take() {
        document.adopt(stored)?;
    }
    Ok(retried)
}

/// What of a row its format can read.
pub fn aside(row: &QuarantineRow) -> Aside<'_> {
    Aside {
        raw: &row.what.raw,
        format: &row.format,
    }
}

/// One feature as a layer of its own, and its text where that was changed.
fn read_one(
    row: &QuarantineRow,
    again: &Again,
    options: &ReadOptions,
) -> Result<(Layer, Option<String>), (IssueCode, String)> {
    let before = row
        .epsg
        .and_then(|code| Crs::parse(&format!("EPSG:{code}")));
    let mut options = options.clone();
    options.crs = match (again.crs, before) {
        (CrsChoice::Auto, Some(crs)) => CrsChoice::Fixed(crs),
        (chosen, _) => chosen,
    };
    let (layer, mended) = formats::read_again(&aside(row), &again.mends, &options).map_err(
        |refused| match refused.code {
            // Alone in its file the last feature may look cut off, which says less than what was said.
            Some(IssueCode::Truncated) if again.mends.is_empty() => {
                (row.what.code, row.what.reason.clone())
            }
            code => (code.unwrap_or(row.what.code), refused.reason),
        },
    )?;
    Ok((layer, mended))
}

/// Features of one layer whose columns may differ.
#[derive(Default)]
struct Accepted {
    layer: Option<Layer>,
    released: Vec<Released>,
}

impl Accepted {
    fn add(&mut self, row: QuarantineId, one: Layer, mended: Option<String>) {
        let Layer {
            fields,
            mut features,
            ..
        } = one;
        let Some(feature) = features.pop() else {
            return;
        };
        let all = self.layer.get_or_insert_with(|| Layer {
            fields: Vec::new(),
            features: Vec::new(),
            ..one
        });
        let values = arranged(&mut all.fields, &fields, feature.values);
        all.features.push(Feature {
            fid: i64::try_from(all.features.len() + 1).unwrap_or(i64::MAX),
            values,
            ..feature
        });
        self.released.push(Released { row, mended });
    }
}

/// Values in the order of all fields, which grow by those that are new.
fn arranged(all: &mut Vec<Field>, fields: &[Field], values: Vec<Value>) -> Vec<Value> {
    let mut row = vec![Value::Null; all.len()];
    for (field, value) in fields.iter().zip(values) {
        let at = all.iter().position(|known| known.name == field.name);
        let at = at.unwrap_or_else(|| {
            all.push(field.clone());
            row.push(Value::Null);
            all.len() - 1
        });
        if let Some(cell) = row.get_mut(at) {
            *cell = value;
        }
    }
    row
}
