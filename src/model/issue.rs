//! What is wrong with a file, feature by feature, without stopping the import.

use serde::{Deserialize, Serialize};

/// What was done about a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Imported as it is.
    Kept,
    /// Imported after a certain repair.
    Repaired,
    /// Not imported; saved in quarantine (隔离区) with its original text.
    Quarantined,
}

impl Action {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Kept => "保留",
            Self::Repaired => "已修复",
            Self::Quarantined => "已隔离",
        }
    }
}

/// The kinds of problem. `serde` writes the stable `snake_case` key of `--json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueCode {
    /// A byte-order mark was skipped.
    ByteOrderMark,
    /// The text was not UTF-8 and was decoded as something else.
    Reencoded,
    /// A byte sequence could not be decoded.
    BadText,
    /// No `crs` in the file: decided from the numbers.
    CrsGuessed,
    /// The declared CRS contradicts the numbers.
    CrsContradicted,
    /// Xi'an 1980 or Beijing 1954: read as CGCS2000, some hundred metres off at worst.
    DatumApproximate,
    /// The file holds further layers, which were not read.
    OtherLayers,
    /// x and y stood in the wrong order.
    AxesSwapped,
    /// The file ends too early.
    Truncated,
    /// Something stands after the end of the document.
    TrailingData,
    /// Not a `Feature`, `FeatureCollection` or geometry.
    NotAFeature,
    /// A `type` this format does not have.
    UnknownGeometryType,
    /// `coordinates` is not shaped as its type asks.
    BadCoordinates,
    /// Fewer points than a line or ring needs.
    TooFewPoints,
    /// A coordinate is NaN, infinite or outside the CRS.
    OutOfRange,
    /// A ring does not end where it starts.
    UnclosedRing,
    /// A ring crosses itself, or rings cross each other.
    SelfIntersection,
    /// A polygon without area.
    ZeroArea,
    /// No geometry: kept as a row of the list.
    NoGeometry,
    /// Heights were dropped: the product is two-dimensional.
    HeightsDropped,
    /// The file announces another number of points than it holds.
    CountDiffers,
    /// Something that is no feature of a map (a block, a link, a picture) was left out.
    ContentSkipped,
    /// A name stands twice in one object; the last one counts.
    DuplicateKey,
    /// The file's own area column differs from the computed area by more than 0.1 %.
    AreaDiffers,
    /// The layer's total differs from the plan's figure.
    PlanTotalDiffers,
    /// Lies wholly outside the district.
    OutsideDistrict,
}

/// One problem with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issue {
    /// 1-based number of the feature in the file; `None`: the file as a whole.
    pub feature: Option<usize>,
    pub code: IssueCode,
    /// One plain Chinese sentence.
    pub message: String,
    pub action: Action,
}

/// A feature that could not be imported, kept so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// 1-based number of the feature in the file.
    pub feature: usize,
    pub code: IssueCode,
    pub reason: String,
    /// The feature's original text, decoded to UTF-8.
    pub raw: String,
}
