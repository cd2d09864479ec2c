//! Layers of features: what is imported, stored, drawn and exported.

use geo::Geometry;
use serde::{Deserialize, Serialize};

use super::Placement;
use crate::crs::{Extent, geodesic_area_m2};

/// Identifies a layer for as long as the workspace lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LayerId(pub i64);

/// What a layer means to the product, and so how it is drawn and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayerKind {
    /// 生态保护红线.
    RedLine,
    /// The district.
    Boundary,
    River,
    Town,
    Landmark,
    /// 水质断面. Never a road section.
    Section,
    Reservoir,
    /// Imported places of projects, not the ledger itself.
    Site,
    /// Anything shown for reference.
    Reference,
}

impl LayerKind {
    pub const ALL: [Self; 9] = [
        Self::RedLine,
        Self::Boundary,
        Self::River,
        Self::Town,
        Self::Landmark,
        Self::Section,
        Self::Reservoir,
        Self::Site,
        Self::Reference,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::RedLine => "生态保护红线",
            Self::Boundary => "行政区界",
            Self::River => "河流",
            Self::Town => "镇街",
            Self::Landmark => "地标",
            Self::Section => "水质断面",
            Self::Reservoir => "水库",
            Self::Site => "项目位置",
            Self::Reference => "参考图层",
        }
    }

    /// The stable key in the workspace, in JSON and after `--as`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RedLine => "redline",
            Self::Boundary => "boundary",
            Self::River => "river",
            Self::Town => "town",
            Self::Landmark => "landmark",
            Self::Section => "section",
            Self::Reservoir => "reservoir",
            Self::Site => "site",
            Self::Reference => "reference",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Integer,
    Real,
    Boolean,
}

/// A column of a layer, named as in the file it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub field_type: FieldType,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
}

impl Value {
    /// As a reader would write it; empty for null.
    pub fn display(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Boolean(true) => "是".to_owned(),
            Self::Boolean(false) => "否".to_owned(),
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub const fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Real(number) => Some(*number),
            Self::Integer(number) => Some(*number as f64),
            _ => None,
        }
    }
}

/// One feature. Its values stand in the order of its layer's fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Primary key (`fid`) in the layer's table; 1-based position in the file before it is stored.
    pub fid: i64,
    /// CGCS2000 lon/lat degrees. `None`: a row of the list without a place, never dropped.
    pub geometry: Option<Geometry<f64>>,
    /// Metres, one for each coordinate of the geometry in the order of `coords_iter`; `None`: flat.
    pub heights: Option<Box<[f64]>>,
    pub values: Vec<Value>,
}

/// What the user says that columns mean, by their names. Where nothing is said, the usual names count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldRoles {
    /// What a feature is called on the map.
    pub name: Option<String>,
    /// Its number or code.
    pub code: Option<String>,
    /// Its class or type.
    pub class: Option<String>,
    /// Its area in the file, to compare ours with.
    pub area: Option<String>,
}

/// A named, ordered set of features of one meaning, in CGCS2000 lon/lat.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Shown in the layer tree.
    pub name: String,
    pub kind: LayerKind,
    /// The grade of the layer as a whole; a feature may say otherwise in a `placement` column.
    pub placement: Placement,
    /// Where it came from: file name or data source, and its original CRS.
    pub source: String,
    pub fields: Vec<Field>,
    pub roles: FieldRoles,
    pub features: Vec<Feature>,
}

impl Layer {
    /// The position of a column.
    pub fn field_index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// A cell by column name; `None` where the layer has no such column.
    pub fn value<'a>(&self, feature: &'a Feature, field: &str) -> Option<&'a Value> {
        feature.values.get(self.field_index(field)?)
    }

    /// A non-empty text cell by column name.
    pub fn text<'a>(&self, feature: &'a Feature, field: &str) -> Option<&'a str> {
        self.value(feature, field)?
            .as_text()
            .filter(|text| !text.is_empty())
    }

    /// What to call a feature on the map: the first name-like column that is filled.
    pub fn feature_name<'a>(&self, feature: &'a Feature) -> Option<&'a str> {
        const USUAL: [&str; 8] = ["name", "名称", "HXMC", "MC", "GZMC", "XMMC", "NAME", "Name"];
        (self.roles.name.as_deref().into_iter())
            .chain(USUAL)
            .find_map(|field| self.text(feature, field))
    }

    /// The grade of one feature: its own column, else the layer's; without geometry it is unlocated.
    pub fn feature_placement(&self, feature: &Feature) -> Placement {
        if feature.geometry.is_none() {
            return Placement::Unlocated;
        }
        self.text(feature, "placement")
            .and_then(Placement::from_code)
            .unwrap_or(self.placement)
    }

    /// Where the features are; `None` where none has a geometry.
    pub fn extent(&self) -> Option<Extent> {
        self.features
            .iter()
            .filter_map(|feature| Extent::of_geometry(feature.geometry.as_ref()?))
            .reduce(Extent::union)
    }

    /// Sum of the features' areas on the ellipsoid, m².
    pub fn area_m2(&self) -> f64 {
        self.features
            .iter()
            .filter_map(|feature| feature.geometry.as_ref())
            .map(geodesic_area_m2)
            .sum()
    }
}
