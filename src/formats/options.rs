//! What a reader is told: what the file will be, and what of it the user or the workspace knows better.
//!
//! Must not know how any format is read.

use std::fmt;

use geo::Geometry;

use super::encoding::EncodingChoice;
use super::geopackage::ReadGeoPackage;
use crate::crs::{Crs, Extent, InternetMap};
use crate::model::{FieldRoles, LayerKind};

/// Who decides which coordinate system a file is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrsChoice {
    /// The file's declaration and its numbers.
    #[default]
    Auto,
    /// The user; the order of the axes is found out.
    Fixed(Crs),
    /// One of the candidates an earlier reading offered.
    Exactly {
        crs: Crs,
        /// x holds the northing (or latitude).
        swapped: bool,
        /// The internet map whose offset is taken back.
        offset: Option<InternetMap>,
    },
}

const SWAPPED: &str = "swapped";

impl CrsChoice {
    /// What [`Self`]'s `Display` writes, any spelling of a code of ours, and an internet map's name.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("auto") {
            return Some(Self::Auto);
        }
        if let Some(crs) = Crs::parse(text) {
            return Some(Self::Fixed(crs));
        }
        let (mut crs, mut swapped, mut offset) = (None, false, None);
        for word in text.split('+') {
            if word.eq_ignore_ascii_case(SWAPPED) {
                swapped = true;
            } else if let Some(map) = map_of(word) {
                offset = Some(map);
            } else {
                crs = Some(Crs::parse(word)?);
            }
        }
        let crs = crs.or_else(|| offset.map(|_| Crs::Wgs84))?;
        Some(Self::Exactly {
            crs,
            swapped,
            offset,
        })
    }

    /// As a planner names it.
    pub fn label(self) -> String {
        match self {
            Self::Auto => "自动识别".to_owned(),
            Self::Fixed(crs) => crs.label(),
            Self::Exactly {
                crs,
                swapped,
                offset,
            } => {
                let order = if swapped { "，北东顺序" } else { "" };
                let offset =
                    offset.map_or(String::new(), |map| format!("，扣除 {} 偏移", map.label()));
                format!("{}{order}{offset}", crs.label())
            }
        }
    }
}

fn map_of(word: &str) -> Option<InternetMap> {
    InternetMap::ALL
        .into_iter()
        .find(|map| map.code().eq_ignore_ascii_case(&word.replace('-', "")))
}

/// As after `--crs`: `auto`, `EPSG:4544`, `EPSG:4544+swapped`, `EPSG:4326+gcj02`.
impl fmt::Display for CrsChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(crs) => crs.fmt(f),
            Self::Exactly {
                crs,
                swapped,
                offset,
            } => {
                crs.fmt(f)?;
                if *swapped {
                    write!(f, "+{SWAPPED}")?;
                }
                offset.map_or(Ok(()), |map| write!(f, "+{}", map.code()))
            }
        }
    }
}

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub kind: LayerKind,
    /// The layer's name; else the file's own.
    pub name: Option<String>,
    pub crs: CrsChoice,
    pub encoding: EncodingChoice,
    /// Where the district is: decides between systems and finds what lies outside.
    pub district: Option<Extent>,
    /// The district's boundary, to notice the offsets of internet maps by.
    pub boundary: Option<Geometry<f64>>,
    /// The plan's figure, to compare a red line's total with.
    pub plan_area_km2: Option<f64>,
    /// Which layer of a file or archive that holds several; else the one with most features.
    pub layer: Option<String>,
    /// What the user says that columns mean.
    pub roles: FieldRoles,
    /// Looks into a `GeoPackage`; without it none is read, because this module knows no SQL.
    pub geopackage: Option<ReadGeoPackage>,
}

impl ReadOptions {
    /// Everything automatic.
    pub fn new(kind: LayerKind) -> Self {
        Self {
            kind,
            name: None,
            crs: CrsChoice::Auto,
            encoding: EncodingChoice::Auto,
            district: None,
            boundary: None,
            plan_area_km2: None,
            layer: None,
            roles: FieldRoles::default(),
            geopackage: None,
        }
    }
}
