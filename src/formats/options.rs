//! What a reader is told: what the file will be, and what of it the user or the workspace knows better.
//!
//! Must not know how any format is read.

use geo::Geometry;

use super::encoding::EncodingChoice;
use super::geopackage::ReadGeoPackage;
use crate::crs::{Crs, Extent};
use crate::model::{FieldRoles, LayerKind};

/// Who decides which coordinate system a file is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrsChoice {
    /// The file's declaration and its numbers.
    #[default]
    Auto,
    /// The user.
    Fixed(Crs),
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
