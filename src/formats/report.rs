//! What reading a file comes to.
//!
//! Must not know how any format is read.

use super::crs_candidate::{CrsCandidate, CrsConfidence};
use crate::crs::Crs;
use crate::model::{Issue, Layer, Quarantined};

/// A file that was read, and all there is to say about it.
#[derive(Debug)]
pub struct ReadReport {
    /// The accepted features, in CGCS2000 lon/lat.
    pub layer: Layer,
    /// What the file was in.
    pub crs: Crs,
    /// One sentence: how that was decided.
    pub crs_reason: String,
    pub crs_confidence: CrsConfidence,
    /// What else it could be in, the way it was read first.
    pub crs_candidates: Vec<CrsCandidate>,
    /// Of the text; empty where the format leaves no choice.
    pub encoding: String,
    /// One clause: how the encoding was found out; empty where the format leaves no choice.
    pub encoding_reason: String,
    /// What the file is, as users call it.
    pub format: &'static str,
    /// Further layers of the file, which were not read.
    pub other_layers: Vec<String>,
    /// How far off the places may be, in metres, where no exact conversion is known.
    pub crs_precision_m: Option<f64>,
    /// Features met, good and bad.
    pub read: usize,
    /// Accepted features that were repaired.
    pub repaired: usize,
    pub issues: Vec<Issue>,
    pub quarantined: Vec<Quarantined>,
}
