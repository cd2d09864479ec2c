//! The heading of 界址点 text: which coordinate system it claims, as far as it says.
//!
//! Every key may be missing or empty. Must not know parcels.

use std::collections::HashMap;

use super::crs_declared::{Approximate, Declared};
use super::prj;
use crate::crs::{Crs, Extent, ZoneWidth};

/// Keys without blanks, values trimmed, the empty ones left out.
#[derive(Debug, Default)]
pub(super) struct Header {
    values: HashMap<String, String>,
}

impl Header {
    /// `key=value`; anything else is no line of a header.
    pub(super) fn add(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.split_once(['=', '＝']) else {
            return false;
        };
        let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
        let value = value.trim().trim_end_matches([',', '，']).trim();
        if !value.is_empty() {
            self.values.entry(key).or_insert_with(|| value.to_owned());
        }
        true
    }

    fn get(&self, keys: &[&str]) -> Option<&str> {
        keys.iter()
            .find_map(|key| self.values.get(*key))
            .map(String::as_str)
    }

    /// Metres to one of the file's units, where these are not degrees.
    pub(super) fn metres_per_unit(&self) -> f64 {
        match self.get(&["计量单位", "单位", "坐标单位"]) {
            Some("千米" | "公里" | "km" | "KM") => 1000.0,
            _ => 1.0,
        }
    }

    /// The claimed system, seen together with the middle easting of the points.
    pub(super) fn declared(&self, easting: Option<f64>, district: Option<Extent>) -> Declared {
        let datum = self.get(&["坐标系", "坐标系统", "坐标系名称"]);
        let datum = match datum.map(datum_of) {
            None => None,
            Some(Some(datum)) => Some(datum),
            Some(None) => return Declared::Unknown(datum.unwrap_or_default().to_owned()),
        };
        let degrees = easting.is_some_and(|easting| easting.abs() <= 180.0);
        let unit = self.get(&["计量单位", "单位", "坐标单位"]).unwrap_or("");
        let crs = if degrees || unit.starts_with('度') {
            Some(Crs::Cgcs2000)
        } else {
            self.projected(easting)
        };
        match (datum, crs) {
            (Some(Datum::Wgs84), Some(Crs::Cgcs2000)) => Declared::Known(Crs::Wgs84),
            (None | Some(Datum::Cgcs2000 | Datum::Wgs84), crs) => {
                crs.map_or(Declared::Nothing, Declared::Known)
            }
            (Some(Datum::Old { epsg }), crs) => match prj::of_epsg(epsg) {
                Declared::Approximate(old) => Declared::Approximate(Approximate {
                    crs: crs.unwrap_or_else(|| zone_of_easting(easting, district)),
                    ..old
                }),
                other => other,
            },
        }
    }

    /// The zone that the header names and the eastings do not start with.
    pub(super) fn contradicted_zone(&self, easting: Option<f64>) -> Option<u32> {
        let crs = self.zone(easting)?;
        let easting = easting.filter(|easting| *easting >= 1e6)?;
        let off = (easting - crs.false_easting_m()?).abs();
        match crs {
            Crs::GaussKruger { zone, .. } if off > 500_000.0 => Some(u32::from(zone)),
            _ => None,
        }
    }

    /// From 带号, 几度分带 and 中央子午线; `None` where the eastings say something else.
    fn projected(&self, easting: Option<f64>) -> Option<Crs> {
        match self.contradicted_zone(easting) {
            Some(_) => None,
            None => self.zone(easting),
        }
    }

    fn zone(&self, easting: Option<f64>) -> Option<Crs> {
        let number = |keys: &[&str]| leading_number(self.get(keys)?);
        let zone = number(&["带号", "分带号", "投影带号"]);
        let width = match number(&["几度分带", "分带", "度带"]) {
            Some(3) => Some(ZoneWidth::Three),
            Some(6) => Some(ZoneWidth::Six),
            _ => None,
        };
        let prefixed = easting.is_some_and(|easting| easting >= 1e6);
        let crs = |width, zone: u32| Crs::gauss_kruger(width, u8::try_from(zone).ok()?, prefixed);
        // Some write the meridian for the zone.
        let meridian = number(&["中央子午线", "中央经线", "中央子午线经度"])
            .or(zone.filter(|zone| *zone > 45));
        match (zone.filter(|zone| *zone <= 45), meridian) {
            (Some(zone), _) => match width {
                Some(width) => crs(width, zone),
                // No number is a zone of both widths.
                None => crs(ZoneWidth::Three, zone).or_else(|| crs(ZoneWidth::Six, zone)),
            },
            (None, Some(meridian)) if width == Some(ZoneWidth::Six) => {
                crs(ZoneWidth::Six, (meridian + 3) / 6)
            }
            (None, Some(meridian)) => crs(ZoneWidth::Three, meridian / 3),
            (None, None) => None,
        }
    }
}

enum Datum {
    Cgcs2000,
    Wgs84,
    /// Without public parameters.
    Old {
        epsg: u32,
    },
}

/// `None`: a local system, say, that nobody can convert from its name.
fn datum_of(name: &str) -> Option<Datum> {
    let upper = name.to_uppercase();
    let has = |word: &str| upper.contains(word);
    if has("2000") {
        Some(Datum::Cgcs2000)
    } else if has("80") || has("西安") {
        Some(Datum::Old { epsg: 4610 })
    } else if has("54") || has("北京") {
        Some(Datum::Old { epsg: 4214 })
    } else if has("WGS") || has("84") {
        Some(Datum::Wgs84)
    } else {
        None
    }
}

/// When only the datum is known: the zone of the eastings, else of the district.
fn zone_of_easting(easting: Option<f64>, district: Option<Extent>) -> Crs {
    let prefix = easting.map_or(0.0, |easting| (easting / 1e6).floor());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float beyond u8 saturates, and 255 is no zone"
    )]
    let zone = prefix as u8;
    let plain = || Crs::three_degree_zone_at(district.map_or(105.0, |at| at.center().lon));
    [ZoneWidth::Three, ZoneWidth::Six]
        .into_iter()
        .find_map(|width| Crs::gauss_kruger(width, zone, true))
        .unwrap_or_else(plain)
}

/// `35`, `35带`, `3度分带`, `105°`, `105.0`.
fn leading_number(text: &str) -> Option<u32> {
    let digits: String = (text.chars())
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epsg(lines: &str, easting: f64) -> Option<u32> {
        let mut header = Header::default();
        for line in lines.lines() {
            header.add(line);
        }
        match header.declared(Some(easting), None) {
            Declared::Known(crs) => Some(crs.epsg()),
            Declared::Approximate(approximate) => Some(approximate.crs.epsg()),
            _ => None,
        }
    }

    #[test]
    fn zones_are_read_however_they_are_written() {
        let zoned = 35_379_827.9;
        for (lines, easting, code) in [
            ("带号=35\n几度分带=3", zoned, Some(4523)),
            ("带 号 = 35带\n几度分带=3度", 379_827.9, Some(4544)),
            ("带号=18", 18_379_827.9, Some(4496)),
            ("带号=105\n几度分带=3", 379_827.9, Some(4544)),
            ("中央子午线=105°", zoned, Some(4523)),
            ("带号=\n几度分带=", zoned, None),
            ("计量单位=度", 103.7, Some(4490)),
            ("坐标系=80西安坐标系", zoned, Some(4523)),
            ("坐标系=某市独立坐标系\n带号=35", zoned, None),
        ] {
            assert_eq!(epsg(lines, easting), code, "{lines}");
        }
    }
}
