//! What is wrong with a file, feature by feature, without stopping the import.

use serde::{Deserialize, Serialize};

use crate::crs::LonLat;

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

/// The kinds of problem; what each means to a user stands in the catalogue beside. `serde` writes the stable `snake_case` key of `--json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueCode {
    // Text.
    /// A byte-order mark was skipped.
    ByteOrderMark,
    /// The text was not UTF-8 and was decoded as something else.
    Reencoded,
    /// A byte sequence could not be decoded.
    BadText,
    /// The declared encoding does not decode the text; another one does.
    EncodingContradicted,
    // Coordinate systems.
    /// No coordinate system in the file: decided from the numbers.
    CrsGuessed,
    /// The declared coordinate system contradicts the numbers.
    CrsContradicted,
    /// Xi'an 1980, Beijing 1954 or an offset system: read as CGCS2000, some hundred metres off at worst.
    DatumApproximate,
    /// x and y stood in the wrong order.
    AxesSwapped,
    /// Lies about one zone's width beside the district.
    WrongZoneSuspected,
    /// Lies a GCJ-02 or BD-09 offset beside the district's boundary.
    OffsetSuspected,
    // The file.
    /// The file ends too early.
    Truncated,
    /// Something stands after the end of the document.
    TrailingData,
    /// The file holds further layers, which were not read.
    OtherLayers,
    /// A file that belongs to this one is missing or damaged.
    MissingPart,
    /// Two places of the file give different numbers of features or points.
    CountsDiffer,
    /// A link to the network or to another file was not followed.
    LinkIgnored,
    /// Something that is no map feature was left out: a style, a picture, a dimension.
    EntitySkipped,
    /// No header row, or one that lacks an expected key.
    HeaderMissing,
    // Features.
    /// Not a `Feature`, `FeatureCollection` or geometry.
    NotAFeature,
    /// A type of geometry that is not known.
    UnknownGeometryType,
    /// Coordinates that are not shaped as their type asks.
    BadCoordinates,
    /// No geometry: kept as a row of the list.
    NoGeometry,
    /// Measures were dropped, or heights that not every point has.
    HeightsDropped,
    /// An arc or a curve became a line of short pieces.
    CurveFlattened,
    /// Lies wholly outside the district.
    OutsideDistrict,
    // Geometry.
    /// A coordinate is NaN, infinite or outside its system.
    OutOfRange,
    /// Fewer points than a line or ring needs.
    TooFewPoints,
    /// A ring does not end where it starts.
    UnclosedRing,
    /// The same point stands twice in a row.
    DuplicateVertices,
    /// The outline runs out along a line and back again.
    Spike,
    /// A ring crosses itself, or rings cross each other.
    SelfIntersection,
    /// Parts of one polygon overlap: the shared area counts twice.
    OverlappingParts,
    /// A hole lies outside the outline it belongs to.
    HoleOutside,
    /// A ring runs the other way round than its role asks.
    WrongOrientation,
    /// A polygon, or a part of one, without area.
    ZeroArea,
    // Attributes.
    /// A name stands twice; the last value counts, or the column is renamed.
    DuplicateKey,
    /// A column's name was cut off by the format, or is empty.
    FieldNameCut,
    /// A value does not fit its column's type and was kept as text or left empty.
    BadValue,
    /// A row marked as deleted was left out.
    RowDeleted,
    /// The file's own area column differs from the computed area by more than 0.1 %.
    AreaDiffers,
    /// The layer's total differs from the plan's figure.
    PlanTotalDiffers,
}

/// One problem with a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Issue {
    /// 1-based number of the feature in the file; `None`: the file as a whole.
    pub feature: Option<usize>,
    pub code: IssueCode,
    /// One plain Chinese sentence.
    pub message: String,
    pub action: Action,
    /// Where on the map, if it has a place.
    pub at: Option<LonLat>,
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
