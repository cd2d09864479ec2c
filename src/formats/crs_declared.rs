//! What a file says of its coordinate system: GeoJSON's old `crs` member, codes and names in every spelling.
//!
//! Must not know the numbers of any layer; definitions in well-known text are read by `prj`.

use super::json::Json;
use crate::crs::{Crs, ZoneWidth};

/// What the file says about its coordinates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Declared {
    #[default]
    Nothing,
    Known(Crs),
    /// A datum to which no exact conversion is public: read as its nearest relative of ours.
    Approximate(Approximate),
    /// Something we cannot read in; as written.
    Unknown(String),
}

/// A system that is read as another, with a known loss.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Approximate {
    /// What it is read as.
    pub(super) crs: Crs,
    /// What it is, for the user.
    pub(super) name: String,
    /// Places are this far off at most.
    pub(super) precision_m: f64,
}

impl Approximate {
    pub(super) fn sentence(&self, read_as: Crs, by_its_name: bool) -> String {
        let says = if by_its_name {
            "文件名表明是"
        } else {
            "文件声明"
        };
        format!(
            "{says} {}，没有公开的转换参数，近似按 {read_as} 读取，位置误差估计 ±{} 米（本软件的估计，非官方数值），只能作概略参考",
            self.name, self.precision_m
        )
    }
}

/// Read the `crs` member of GeoJSON 2008 in the spellings that programs write.
pub(super) fn declared(member: Option<&Json<'_>>) -> Declared {
    let Some(member) = member.filter(|json| **json != Json::Null) else {
        return Declared::Nothing;
    };
    let inner = member.get("properties").unwrap_or(member);
    let name = ["name", "code", "urn", "href"]
        .into_iter()
        .find_map(|key| inner.get(key))
        .unwrap_or(inner);
    let name = match name {
        Json::Text(text) => text.trim().to_owned(),
        Json::Integer(code) => format!("EPSG:{code}"),
        _ => return Declared::Unknown("无法识别的 crs 内容".to_owned()),
    };
    super::prj::of_wkt(&name)
}

/// Codes in every spelling, and the names that ArcGIS and QGIS write instead of codes.
pub(super) fn crs_of_name(name: &str) -> Option<Crs> {
    if let Some(crs) = Crs::parse(name) {
        return Some(crs);
    }
    let upper = name.to_uppercase();
    let words: Vec<&str> = upper
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |word: &str| words.contains(&word);
    let number_after = |word: &str| -> Option<u32> {
        let at = words.iter().position(|candidate| *candidate == word)?;
        words.get(at + 1)?.trim_end_matches('E').parse().ok()
    };
    if let Some(code) = number_after("EPSG") {
        // Links such as …/ref/epsg/4523/ogcwkt/; 900913 and the like are older names of 3857.
        return match code {
            900_913 | 102_100 | 102_113 | 3785 => Some(Crs::WebMercator),
            _ => Crs::from_epsg(code),
        };
    }
    if has("WGS") && has("UTM") {
        // `48N`; the south has no place in China.
        let zone = upper
            .split_once("ZONE")?
            .1
            .trim_start_matches(['_', ' '])
            .strip_suffix('N')?;
        return Crs::utm(zone.parse().ok()?);
    }
    if has("CGCS2000") && (has("GK") || has("KRUGER")) {
        let three = has("3") && has("DEGREE");
        let width = if three {
            ZoneWidth::Three
        } else {
            ZoneWidth::Six
        };
        if let Some(zone) = number_after("ZONE") {
            return Crs::gauss_kruger(width, u8::try_from(zone).ok()?, true);
        }
        let meridian = number_after("CM")?;
        let zone = if three {
            meridian / 3
        } else {
            (meridian + 3) / 6
        };
        let crs = Crs::gauss_kruger(width, u8::try_from(zone).ok()?, false)?;
        return (crs.central_meridian_deg() == Some(f64::from(meridian))).then_some(crs);
    }
    match words.as_slice() {
        ["CGCS2000"] | [.., "GEODETIC", "COORDINATE", "SYSTEM", "2000"] => Some(Crs::Cgcs2000),
        ["WGS", "84" | "1984"] | ["GCS", "WGS", "1984"] => Some(Crs::Wgs84),
        [.., "WEB", "MERCATOR"] | [.., "WEB", "MERCATOR", "AUXILIARY", "SPHERE"] => {
            Some(Crs::WebMercator)
        }
        ["WGS", "84", "PSEUDO", "MERCATOR"] => Some(Crs::WebMercator),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crs_member_is_read_in_every_spelling() {
        for (text, epsg) in [
            (
                r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4523"}}"#,
                4523,
            ),
            (
                r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}"#,
                4326,
            ),
            (r#"{"type":"EPSG","properties":{"code":4523}}"#, 4523),
            (r#"{"type":"EPSG","properties":{"code":"4523"}}"#, 4523),
            (
                r#"{"type":"link","properties":{"href":"http://spatialreference.org/ref/epsg/4523/ogcwkt/"}}"#,
                4523,
            ),
            (r#""EPSG:4544""#, 4544),
            ("4490", 4490),
            (
                r#"{"properties":{"name":"CGCS2000_3_Degree_GK_Zone_35"}}"#,
                4523,
            ),
            (
                r#"{"properties":{"name":"CGCS2000 / 3-degree Gauss-Kruger CM 105E"}}"#,
                4544,
            ),
            (r#"{"properties":{"name":"CGCS2000_GK_Zone_18"}}"#, 4496),
            (r#"{"properties":{"name":"WGS_1984_UTM_Zone_48N"}}"#, 32648),
            (r#"{"properties":{"name":"WGS 84 / UTM zone 47N"}}"#, 32647),
            (
                r#"{"properties":{"name":"GCS_China_Geodetic_Coordinate_System_2000"}}"#,
                4490,
            ),
            (r#"{"properties":{"name":"EPSG:900913"}}"#, 3857),
            (
                r#"{"properties":{"name":"WGS_1984_Web_Mercator_Auxiliary_Sphere"}}"#,
                3857,
            ),
        ] {
            let json = super::super::json::Cursor::new(text, 0).value().unwrap();
            let found = declared(Some(&json));
            assert_eq!(
                found,
                Declared::Known(Crs::from_epsg(epsg).unwrap()),
                "{text}"
            );
        }
        let greek = Json::Text("EPSG:2100".into());
        assert_eq!(
            declared(Some(&greek)),
            Declared::Unknown("EPSG:2100".to_owned())
        );
    }
}
