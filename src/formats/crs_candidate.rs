//! A coordinate system that a file may be in, with what speaks for it and where it puts the file.
//!
//! What the user chooses from where the file leaves it open. Must not know how candidates are found.

use serde::{Serialize, Serializer};

use super::options::CrsChoice;
use crate::crs::{Crs, InternetMap, LonLat};

/// How sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CrsConfidence {
    /// One of several: asked for, never applied unasked.
    #[default]
    Possible,
    /// The numbers tell, and nothing contradicts: applied, and said so.
    Likely,
    /// Declared or chosen, and it fits.
    Certain,
}

impl CrsConfidence {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Certain => "确定",
            Self::Likely => "很可能",
            Self::Possible => "可能",
        }
    }
}

/// One answer to the question which system a file is in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CrsCandidate {
    #[serde(serialize_with = "code")]
    pub crs: Crs,
    /// x holds the northing (or latitude).
    pub swapped: bool,
    /// The internet map whose offset would be taken back.
    pub offset: Option<InternetMap>,
    pub confidence: CrsConfidence,
    /// One plain sentence.
    pub evidence: String,
    /// Does any of it lie in the district? False where nobody said where that is.
    pub in_district: bool,
    /// Where up to 256 of its points would lie, for a preview.
    #[serde(skip)]
    pub points: Vec<LonLat>,
}

impl CrsCandidate {
    /// What to read the file with, to have it this way.
    pub const fn choice(&self) -> CrsChoice {
        CrsChoice::Exactly {
            crs: self.crs,
            swapped: self.swapped,
            offset: self.offset,
        }
    }

    /// The same, with an internet map's offset taken back.
    pub(super) fn with_offset_taken_back(&self, map: InternetMap, evidence: String) -> Self {
        Self {
            offset: Some(map),
            confidence: CrsConfidence::Possible,
            evidence,
            points: self.points.iter().map(|at| map.taken_back(*at)).collect(),
            ..self.clone()
        }
    }

    /// As a planner names it.
    pub fn label(&self) -> String {
        self.choice().label()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn code<S: Serializer>(crs: &Crs, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(crs)
}

/// `--crs EPSG:4544（…）；--crs …`: what to choose from, in one line.
pub(super) fn listed(candidates: &[CrsCandidate]) -> String {
    let one = |candidate: &CrsCandidate| {
        format!("--crs {}（{}）", candidate.choice(), candidate.evidence)
    };
    candidates.iter().map(one).collect::<Vec<_>>().join("；")
}
