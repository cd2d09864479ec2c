//! What every reader hands over: features in the file's own coordinates, and what the file says of itself.
//!
//! The steps after reading (coordinate system, checks, columns, report) are the same for all formats and
//! know only this. Must not know any format.

use std::borrow::Cow;
use std::ops::Range;

use geo::{Geometry, GeometryCollection};

use super::columns::{Columns, OVERFLOW};
pub(super) use super::crs_declared::Declared;
use super::encoding::Decoded;
use super::heights::Heights;
use super::issue_log::IssueLog;
use crate::jobs::Cancelled;
use crate::model::Value;

/// A feature with its geometry still in the file's coordinates.
#[derive(Debug)]
pub(super) struct RawFeature {
    /// 1-based within its layer, counting the bad ones too.
    pub(super) number: usize,
    /// All finite, x before y; rings closed.
    pub(super) geometry: Option<Geometry<f64>>,
    /// Of the geometry's coordinates.
    pub(super) heights: Heights,
    /// Filled by [`Columns::set`].
    pub(super) row: Vec<Value>,
    pub(super) text: RawText,
}

/// Where a feature's own text is, should it have to be put aside.
#[derive(Clone, Debug, Default)]
pub(super) enum RawText {
    /// The format is not text: what was read is written out as a GeoJSON feature in the file's
    /// coordinates, so that it can be mended and read again.
    #[default]
    Rebuilt,
    /// A part of [`RawFile::text`].
    Span(Range<usize>),
    /// As the reader has it.
    Text(Box<str>),
}

/// One layer of a file.
#[derive(Debug, Default)]
pub(super) struct RawLayer {
    pub(super) name: Option<String>,
    /// What it can be asked for by as well: a table's name beside its title.
    pub(super) other_name: Option<String>,
    pub(super) declared: Declared,
    /// The code of a [`crate::model::Placement`], where the file claims one.
    pub(super) placement: Option<String>,
    pub(super) features: Vec<RawFeature>,
    pub(super) columns: Columns,
    /// What goes on a line before a feature's own text, so that it can be read again by itself.
    pub(super) heading: Option<String>,
    /// Features met, good and bad: `features` and those the reader has put aside.
    pub(super) read: usize,
    /// Features with measures, or with heights the reader could not keep.
    pub(super) with_heights: usize,
    /// What is wrong with this layer's features, numbered as they are. A reader of files with a single
    /// layer may use the file's log instead.
    pub(super) log: IssueLog,
}

/// All that a file holds.
#[derive(Debug, Default)]
pub(super) struct RawFile<'a> {
    pub(super) layers: Vec<RawLayer>,
    /// What [`RawText::Span`] points into; empty for formats that are not text.
    pub(super) text: Cow<'a, str>,
    /// Of the attributes; empty where the format leaves no choice.
    pub(super) encoding: String,
    /// How that was found out, as a clause.
    pub(super) encoding_reason: String,
    /// The file ends before it should.
    pub(super) cut_short: bool,
}

impl<'a> RawFile<'a> {
    /// What a reader of text found in it.
    pub(super) fn of_text(layers: Vec<RawLayer>, decoded: Decoded<'a>, cut_short: bool) -> Self {
        Self {
            layers,
            encoding: decoded.name().to_owned(),
            encoding_reason: decoded.reason(),
            text: decoded.text,
            cut_short,
        }
    }
}

/// Why a reader gives up on a whole file.
#[derive(Debug)]
pub(super) enum NotRead {
    /// Not this format after all, or nothing of it is usable; a clause without the file's name.
    Broken(String),
    /// This version has no reader for it; what it is.
    Unsupported(&'static str),
    /// Nobody knows an encoding of this name.
    UnknownEncoding(String),
    Cancelled(Cancelled),
}

impl From<Cancelled> for NotRead {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl RawFile<'_> {
    /// The text to put aside for a feature.
    pub(super) fn text_of<'t>(&'t self, layer: &RawLayer, feature: &'t RawFeature) -> Cow<'t, str> {
        let own: &str = match &feature.text {
            RawText::Rebuilt => return Cow::Owned(rebuilt(&layer.columns, feature)),
            RawText::Span(span) => self.text.get(span.clone()).unwrap_or_default(),
            RawText::Text(text) => text,
        };
        match &layer.heading {
            Some(heading) => Cow::Owned(format!("{heading}\n{own}")),
            None => Cow::Borrowed(own),
        }
    }
}

/// The parts of a collection as one geometry; those of a collection among them are its own. `None`: there
/// are none.
pub(super) fn collected(parts: Vec<Geometry<f64>>) -> Option<Geometry<f64>> {
    let mut flat = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Geometry::GeometryCollection(inner) => flat.extend(inner.0),
            part => flat.push(part),
        }
    }
    (!flat.is_empty()).then_some(Geometry::GeometryCollection(GeometryCollection(flat)))
}

/// A feature as GeoJSON, in whatever coordinates it has.
pub(super) fn rebuilt(columns: &Columns, feature: &RawFeature) -> String {
    let values = feature.row.iter().chain(std::iter::repeat(&Value::Null));
    let attributes = (columns.names().iter().map(String::as_str).zip(values))
        .filter(|(name, value)| *name != OVERFLOW || **value != Value::Null);
    super::geojson_write::feature_text(attributes, feature.geometry.as_ref())
}
