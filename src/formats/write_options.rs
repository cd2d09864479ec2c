//! How a layer is written: in which format, system and encoding, and which of these a format leaves open.
//!
//! Must not know how any format is written.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::crs::{Crs, ZoneWidth};
use crate::model::Layer;

/// What a layer can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerFormat {
    GeoJson,
    Shapefile,
    GeoPackage,
    Kml,
    BoundaryTxt,
    Csv,
    Xlsx,
}

/// The encoding of text in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextEncoding {
    Utf8,
    Gb18030,
}

/// How to write. What is not said is as the format usually has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Else [`LayerFormat::usual_crs`].
    pub crs: Option<Crs>,
    /// Else the first of [`LayerFormat::encodings`].
    pub encoding: Option<TextEncoding>,
    /// Replace files that are there.
    pub overwrite: bool,
}

impl WriteOptions {
    /// As usual, replacing nothing.
    pub const NEW_FILE: Self = Self {
        crs: None,
        encoding: None,
        overwrite: false,
    };
}

impl TextEncoding {
    pub const ALL: [Self; 2] = [Self::Utf8, Self::Gb18030];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }

    /// `utf-8`, `UTF8`, `gbk`, `GB18030`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" => Some(Self::Gb18030),
            _ => None,
        }
    }
}

impl LayerFormat {
    pub const ALL: [Self; 7] = [
        Self::GeoJson,
        Self::Shapefile,
        Self::GeoPackage,
        Self::Kml,
        Self::BoundaryTxt,
        Self::Csv,
        Self::Xlsx,
    ];

    /// What a file's ending asks for.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        if ending == "json" {
            return Some(Self::GeoJson);
        }
        (Self::ALL.into_iter()).find(|format| format.extension() == ending)
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::Shapefile => "shp",
            Self::GeoPackage => "gpkg",
            Self::Kml => "kml",
            Self::BoundaryTxt => "txt",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::Shapefile => "Shapefile",
            Self::GeoPackage => "GeoPackage",
            Self::Kml => "KML",
            Self::BoundaryTxt => "界址点 TXT",
            Self::Csv => "CSV 表格",
            Self::Xlsx => "Excel 工作簿",
        }
    }

    /// The encodings it may be in, the usual one first.
    pub const fn encodings(self) -> &'static [TextEncoding] {
        use TextEncoding::{Gb18030, Utf8};
        match self {
            Self::GeoJson | Self::GeoPackage | Self::Kml | Self::Xlsx => &[Utf8],
            Self::Csv => &[Utf8, Gb18030],
            Self::Shapefile | Self::BoundaryTxt => &[Gb18030, Utf8],
        }
    }

    /// May its coordinates be in this system?
    pub const fn holds(self, crs: Crs) -> bool {
        match self {
            Self::Kml => crs.is_geographic(),
            Self::BoundaryTxt => matches!(crs, Crs::GaussKruger { .. }),
            _ => true,
        }
    }

    /// The system where none is asked for.
    pub fn usual_crs(self, layer: &Layer) -> Crs {
        match self {
            // The standards of both know no other, and say so by not saying it.
            Self::GeoJson | Self::Kml => Crs::Wgs84,
            Self::BoundaryTxt => zone_of(layer, true),
            Self::Shapefile | Self::GeoPackage | Self::Csv | Self::Xlsx => Crs::Cgcs2000,
        }
    }
}

/// The three-degree zone in which a layer lies; one that lies nowhere is taken to the middle of the country.
pub fn zone_of(layer: &Layer, prefixed: bool) -> Crs {
    const MIDDLE: f64 = 105.0;
    let lon = layer.extent().map_or(MIDDLE, |extent| extent.center().lon);
    let plain = Crs::three_degree_zone_at(lon);
    let Crs::GaussKruger { zone, .. } = plain else {
        return plain;
    };
    Crs::gauss_kruger(ZoneWidth::Three, zone, prefixed).unwrap_or(plain)
}
