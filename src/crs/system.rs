//! The coordinate reference systems that Chinese offices deliver, by EPSG code.
//!
//! Codes: EPSG registry v11. CGCS2000 / Gauss–Krüger: 4491–4501 six-degree zones 13–23 and
//! 4513–4533 three-degree zones 25–45 with the zone number in the easting; 4502–4512 and 4534–4554
//! the same meridians without it. WGS84 / UTM: 32600 + zone, zones 43–53.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Width of a Gauss–Krüger zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ZoneWidth {
    /// 三度带: zone n has its central meridian at 3n°.
    Three,
    /// 六度带: zone n has its central meridian at 6n − 3°.
    Six,
}

impl ZoneWidth {
    const fn central_meridian_deg(self, zone: u8) -> f64 {
        match self {
            Self::Three => zone as f64 * 3.0,
            Self::Six => zone as f64 * 6.0 - 3.0,
        }
    }

    const fn zones(self) -> std::ops::RangeInclusive<u8> {
        match self {
            Self::Three => 25..=45,
            Self::Six => 13..=23,
        }
    }
}

/// A coordinate reference system this product can read or draw in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Crs {
    /// EPSG:4490, degrees.
    Cgcs2000,
    /// EPSG:4326, degrees; taken as CGCS2000.
    Wgs84,
    /// EPSG:3857, metres.
    WebMercator,
    /// WGS84 / UTM north (EPSG:32643–32653), metres; as handheld receivers deliver; taken as CGCS2000.
    Utm { zone: u8 },
    /// CGCS2000 / Gauss–Krüger, metres; `prefixed`: the easting starts with the zone number.
    GaussKruger {
        width: ZoneWidth,
        zone: u8,
        prefixed: bool,
    },
}

impl Crs {
    /// The system of an EPSG code, if it is one of ours.
    pub fn from_epsg(code: u32) -> Option<Self> {
        let gauss_kruger = |width, zone: u32, prefixed| {
            Some(Self::GaussKruger {
                width,
                zone: u8::try_from(zone).ok()?,
                prefixed,
            })
        };
        match code {
            4490 => Some(Self::Cgcs2000),
            4326 => Some(Self::Wgs84),
            3857 => Some(Self::WebMercator),
            4491..=4501 => gauss_kruger(ZoneWidth::Six, code - 4478, true),
            4502..=4512 => gauss_kruger(ZoneWidth::Six, code - 4489, false),
            4513..=4533 => gauss_kruger(ZoneWidth::Three, code - 4488, true),
            4534..=4554 => gauss_kruger(ZoneWidth::Three, code - 4509, false),
            32643..=32653 => Self::utm(u8::try_from(code - 32600).ok()?),
            _ => None,
        }
    }

    /// The EPSG code of this system.
    pub fn epsg(self) -> u32 {
        match self {
            Self::Cgcs2000 => 4490,
            Self::Wgs84 => 4326,
            Self::WebMercator => 3857,
            Self::Utm { zone } => 32600 + u32::from(zone),
            Self::GaussKruger {
                width,
                zone,
                prefixed,
            } => {
                let base = match (width, prefixed) {
                    (ZoneWidth::Six, true) => 4478,
                    (ZoneWidth::Six, false) => 4489,
                    (ZoneWidth::Three, true) => 4488,
                    (ZoneWidth::Three, false) => 4509,
                };
                base + u32::from(zone)
            }
        }
    }

    /// A Gauss–Krüger system, or `None` where China has no such zone.
    pub fn gauss_kruger(width: ZoneWidth, zone: u8, prefixed: bool) -> Option<Self> {
        width.zones().contains(&zone).then_some(Self::GaussKruger {
            width,
            zone,
            prefixed,
        })
    }

    /// A UTM zone of China's longitudes, or `None`.
    pub fn utm(zone: u8) -> Option<Self> {
        (43..=53).contains(&zone).then_some(Self::Utm { zone })
    }

    /// The three-degree zone that holds a longitude (without zone prefix), clamped to China's zones:
    /// what sheets are drawn and areas compared in.
    pub fn three_degree_zone_at(lon: f64) -> Self {
        let zone = (lon / 3.0).round().clamp(25.0, 45.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 25..=45 just above"
        )]
        let zone = if zone.is_nan() { 35 } else { zone as u8 };
        Self::GaussKruger {
            width: ZoneWidth::Three,
            zone,
            prefixed: false,
        }
    }

    /// Reads `EPSG:4523`, `urn:ogc:def:crs:EPSG::4523`, `http://www.opengis.net/def/crs/EPSG/0/4523`,
    /// `urn:ogc:def:crs:OGC:1.3:CRS84` and a bare `4523`. `None`: not a spelling or not a system of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let last = text
            .rsplit([':', '/', '#'])
            .next()
            .unwrap_or(text)
            .trim()
            .trim_end_matches(".xml");
        if last.eq_ignore_ascii_case("CRS84") || last.eq_ignore_ascii_case("WGS84") {
            return Some(Self::Wgs84);
        }
        Self::from_epsg(last.parse().ok()?)
    }

    /// Are the coordinates degrees?
    pub const fn is_geographic(self) -> bool {
        matches!(self, Self::Cgcs2000 | Self::Wgs84)
    }

    /// Central meridian in degrees, of a Gauss–Krüger or UTM system.
    pub const fn central_meridian_deg(self) -> Option<f64> {
        match self {
            Self::GaussKruger { width, zone, .. } => Some(width.central_meridian_deg(zone)),
            Self::Utm { zone } => Some(zone as f64 * 6.0 - 183.0),
            _ => None,
        }
    }

    /// False easting in metres, of a Gauss–Krüger or UTM system.
    pub const fn false_easting_m(self) -> Option<f64> {
        match self {
            Self::GaussKruger { zone, prefixed, .. } => Some(if prefixed {
                zone as f64 * 1_000_000.0 + 500_000.0
            } else {
                500_000.0
            }),
            Self::Utm { .. } => Some(500_000.0),
            _ => None,
        }
    }

    /// The name a planner knows it by.
    pub fn label(self) -> String {
        match self {
            Self::Cgcs2000 => "CGCS2000 经纬度".to_owned(),
            Self::Wgs84 => "WGS84 经纬度".to_owned(),
            Self::WebMercator => "Web 墨卡托".to_owned(),
            Self::Utm { zone } => format!(
                "WGS84 UTM 北半球第{zone}带（中央经线 {}°E）",
                f64::from(zone) * 6.0 - 183.0
            ),
            Self::GaussKruger {
                width,
                zone,
                prefixed,
            } => format!(
                "CGCS2000 高斯–克吕格 {}°带 第{zone}带（中央经线 {}°E，{}带号）",
                match width {
                    ZoneWidth::Three => 3,
                    ZoneWidth::Six => 6,
                },
                width.central_meridian_deg(zone),
                if prefixed { "含" } else { "不含" },
            ),
        }
    }
}

/// `EPSG:4523`.
impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EPSG:{}", self.epsg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_ours_goes_there_and_back() {
        for code in (4490..=4554).chain(32643..=32653).chain([4326, 3857]) {
            let crs = Crs::from_epsg(code).unwrap();
            assert_eq!(crs.epsg(), code);
            assert_eq!(Crs::parse(&crs.to_string()), Some(crs));
        }
    }

    #[test]
    fn zone_35_is_4523_with_its_prefix_and_4544_without() {
        let Some(prefixed) = Crs::gauss_kruger(ZoneWidth::Three, 35, true) else {
            panic!("zone 35 exists");
        };
        assert_eq!(prefixed.epsg(), 4523);
        assert_eq!(prefixed.false_easting_m(), Some(35_500_000.0));
        assert_eq!(Crs::three_degree_zone_at(103.76).epsg(), 4544);
        assert_eq!(Crs::three_degree_zone_at(103.49).epsg(), 4543);
    }

    #[test]
    fn the_spellings_of_real_files_are_read() {
        for text in [
            "urn:ogc:def:crs:EPSG::4523",
            "EPSG:4523",
            "epsg:4523",
            "http://www.opengis.net/def/crs/EPSG/0/4523",
            "http://www.opengis.net/gml/srs/epsg.xml#4523",
            "4523",
        ] {
            assert_eq!(Crs::parse(text).map(Crs::epsg), Some(4523), "{text}");
        }
        assert_eq!(
            Crs::parse("urn:ogc:def:crs:OGC:1.3:CRS84"),
            Some(Crs::Wgs84)
        );
        assert_eq!(Crs::parse("EPSG:2100"), None);
    }
}
