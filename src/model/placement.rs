//! How sure we are of where something is. Shown wherever a place is shown.

use serde::{Deserialize, Serialize};

use crate::crs::LonLat;

/// 定位等级, from most to least certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// 实测: from a survey or an official layer.
    Surveyed,
    /// 概略: near a named place, with ± metres and a source.
    Approximate,
    /// 全区: the plan says only "市中区", so the district itself is the honest place.
    District,
    /// 示意: drawn for demonstration, claims nothing.
    Schematic,
    /// 未定位: no place known.
    Unlocated,
}

impl Placement {
    pub const ALL: [Self; 5] = [
        Self::Surveyed,
        Self::Approximate,
        Self::District,
        Self::Schematic,
        Self::Unlocated,
    ];

    /// The word on badges, sheets and lists.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Surveyed => "实测",
            Self::Approximate => "概略",
            Self::District => "全区",
            Self::Schematic => "示意",
            Self::Unlocated => "未定位",
        }
    }

    /// The stable key in the workspace and in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Surveyed => "surveyed",
            Self::Approximate => "approximate",
            Self::District => "district",
            Self::Schematic => "schematic",
            Self::Unlocated => "unlocated",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.code() == code)
    }
}

/// Where a site is, how sure, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct SitePlacement {
    pub grade: Placement,
    /// `None` for [`Placement::District`] and [`Placement::Unlocated`].
    pub at: Option<LonLat>,
    /// Half-width of the uncertainty, metres.
    pub precision_m: Option<f64>,
    /// One Chinese sentence: the words that placed it, the place, the source.
    pub basis: String,
}
