//! Which coordinate system is a file in? From what it declares, checked against its own numbers.
//!
//! The zone comes from the data, never from an assumption. Every decision is told in one sentence.
//! Must not know any file format beyond GeoJSON's old `crs` member.

use geo::Coord;

use super::json::Json;
use crate::crs::{Crs, Extent, LonLat, Transform, ZoneWidth};

/// What is taken for a position in China.
const CHINA: Extent = Extent {
    west: 73.0,
    south: 3.0,
    east: 136.0,
    north: 54.0,
};

/// Eastings without their zone lie this far from the central meridian at most (300 km at the equator for
/// a six-degree zone, plus overlap).
const PLAIN_EASTING: std::ops::Range<f64> = 100_000.0..900_000.0;

/// Northings of China.
const NORTHING: std::ops::Range<f64> = 300_000.0..6_000_000.0;

/// China in Web Mercator.
const MERCATOR_EASTING: std::ops::Range<f64> = 8_000_000.0..15_200_000.0;
const MERCATOR_NORTHING: std::ops::Range<f64> = 300_000.0..7_300_000.0;

/// The district's own zone, for plain eastings when nobody said where the district is.
const DISTRICT_ZONE: u8 = 35;

/// A Gauss–Krüger coordinate further from its meridian than this is not one.
const MAX_FROM_MERIDIAN_M: f64 = 1_000_000.0;

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
    pub(super) fn sentence(&self, read_as: Crs) -> String {
        format!(
            "文件声明 {}，没有公开的转换参数，近似按 {read_as} 读取，位置误差估计 ±{} 米（本软件的估计，非官方数值），只能作概略参考",
            self.name, self.precision_m
        )
    }
}

/// What its coordinates are taken for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) crs: Crs,
    /// x holds the northing (or latitude).
    pub(super) swapped: bool,
    /// One sentence for the user.
    pub(super) reason: String,
    pub(super) grounds: Grounds,
    /// How far off the places may be, where the system is only approximated.
    pub(super) precision_m: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grounds {
    /// Declared by the file or chosen by the user, or degrees as the standard has it.
    Certain,
    /// Nothing was declared, the numbers decided.
    Numbers,
    /// The numbers contradict what was declared.
    Contradiction,
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

/// Decide from what is declared and from one coordinate of each feature. `None`: neither tells.
pub(super) fn decide(
    declared: Option<Crs>,
    samples: &[Coord<f64>],
    district: Option<Extent>,
) -> Option<Decision> {
    let certain = |crs: Crs, reason: String| Decision {
        crs,
        swapped: false,
        reason,
        grounds: Grounds::Certain,
        precision_m: None,
    };
    let Some(middle) = median(samples) else {
        let crs = declared.unwrap_or(Crs::Cgcs2000);
        return Some(certain(crs, "文件没有坐标，无需判断".to_owned()));
    };
    let Some(declared) = declared else {
        return from_numbers(middle, district, "文件未声明坐标系").or_else(|| {
            // Abroad, but degrees: what the standard says of a file without `crs`.
            is_degrees(middle).then(|| {
                let reason = "文件未声明坐标系；数值为经纬度，按 GeoJSON 标准读取";
                certain(Crs::Wgs84, reason.to_owned())
            })
        });
    };
    if fits(declared, middle) {
        return Some(certain(declared, format!("文件声明 {declared}")));
    }
    if fits(declared, swap(middle)) {
        return Some(Decision {
            crs: declared,
            swapped: true,
            reason: format!("文件声明 {declared}；数值按北、东顺序排列，已对调"),
            grounds: Grounds::Certain,
            precision_m: None,
        });
    }
    let said = format!("文件声明 {declared}，与数值不符");
    from_numbers(middle, district, &said)
        .map(|decision| Decision {
            grounds: Grounds::Contradiction,
            ..decision
        })
        // The declaration is all there is; what does not fit it is quarantined feature by feature.
        .or_else(|| Some(certain(declared, format!("文件声明 {declared}"))))
}

/// The user has said which system it is; only the order of the axes is left to find out.
pub(super) fn chosen(crs: Crs, samples: &[Coord<f64>]) -> Decision {
    let swapped = median(samples).is_some_and(|at| !fits(crs, at) && fits(crs, swap(at)));
    Decision {
        crs,
        swapped,
        reason: format!("由用户指定为 {crs}"),
        grounds: Grounds::Certain,
        precision_m: None,
    }
}

/// A coordinate that the decided system does not hold.
#[derive(Debug)]
pub(super) struct NotThere(pub(super) Coord<f64>);

/// One coordinate of the file to lon/lat.
pub(super) fn to_lon_lat(
    transform: &Transform,
    decision: &Decision,
    at: Coord<f64>,
) -> Result<Coord<f64>, NotThere> {
    let en = if decision.swapped { swap(at) } else { at };
    if !near_meridian(decision.crs, en) {
        return Err(NotThere(at));
    }
    match transform.to_lon_lat(en.x, en.y) {
        Ok(place) if place.lon.is_finite() && place.lat.is_finite() => Ok(Coord {
            x: place.lon,
            y: place.lat,
        }),
        _ => Err(NotThere(at)),
    }
}

/// Far from its meridian a Gauss–Krüger coordinate still has an inverse, but a meaningless one.
fn near_meridian(crs: Crs, at: Coord<f64>) -> bool {
    crs.false_easting_m().is_none_or(|false_easting| {
        (at.x - false_easting).abs() < MAX_FROM_MERIDIAN_M && (0.0..10_000_000.0).contains(&at.y)
    })
}

/// Another zone's number before the easting tells that it is another zone.
fn has_its_prefix(crs: Crs, at: Coord<f64>) -> bool {
    let from = |zone: u8| (at.x - f64::from(zone) * 1e6) / 1e6;
    match crs {
        Crs::GaussKruger {
            zone,
            prefixed: true,
            ..
        } => (0.0..1.0).contains(&from(zone)),
        // Far west of its meridian a plain easting is negative.
        Crs::GaussKruger { .. } => from(0) < 1.0,
        _ => true,
    }
}

/// Could this coordinate be in this system?
pub(super) fn fits(crs: Crs, at: Coord<f64>) -> bool {
    if crs.is_geographic() {
        return is_degrees(at);
    }
    if crs.false_easting_m().is_some() {
        return near_meridian(crs, at)
            && has_its_prefix(crs, at)
            && lands(crs, at).is_some_and(|at| CHINA.grown(0.1).contains(at));
    }
    // A position in degrees is a place in the Gulf of Guinea in Web Mercator.
    lands(crs, at).is_some() && !is_degrees(at)
}

fn lands(crs: Crs, at: Coord<f64>) -> Option<LonLat> {
    Transform::new(crs).ok()?.to_lon_lat(at.x, at.y).ok()
}

fn is_degrees(at: Coord<f64>) -> bool {
    at.x.abs() <= 180.0 && at.y.abs() <= 90.0
}

const fn swap(at: Coord<f64>) -> Coord<f64> {
    Coord { x: at.y, y: at.x }
}

/// One stray feature must not decide for all.
fn median(samples: &[Coord<f64>]) -> Option<Coord<f64>> {
    let middle = |of: fn(&Coord<f64>) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        let at = values.len() / 2;
        (at < values.len()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
    };
    Some(Coord {
        x: middle(|at| at.x)?,
        y: middle(|at| at.y)?,
    })
}

/// Of all systems the numbers can be in, the one that lands nearest to the district.
fn from_numbers(at: Coord<f64>, district: Option<Extent>, said: &str) -> Option<Decision> {
    let mut best: Option<(f64, Crs, bool)> = None;
    for swapped in [false, true] {
        let at = if swapped { swap(at) } else { at };
        for crs in candidates(at, district) {
            let Some(place) = lands(crs, at).filter(|place| CHINA.contains(*place)) else {
                continue;
            };
            let distance = district.map_or(0.0, |district| degrees_between(place, district));
            if best.is_none_or(|(nearest, _, _)| distance < nearest) {
                best = Some((distance, crs, swapped));
            }
        }
    }
    let (_, crs, swapped) = best?;
    let at = if swapped { swap(at) } else { at };
    let evidence = match crs {
        Crs::Cgcs2000 | Crs::Wgs84 => "数值在我国经纬度范围内".to_owned(),
        Crs::WebMercator => format!("东坐标 {} 在 Web 墨卡托范围内", grouped(at.x)),
        Crs::GaussKruger {
            zone,
            prefixed: true,
            ..
        } => format!("东坐标 {} 带 {zone} 带号", grouped(at.x)),
        Crs::GaussKruger { zone, .. } if district.is_some() => format!(
            "东坐标 {} 不带带号，按 3°带第 {zone} 带离本区最近",
            grouped(at.x)
        ),
        Crs::GaussKruger { zone, .. } => format!(
            "东坐标 {} 不带带号，按本区所在的 3°带第 {zone} 带",
            grouped(at.x)
        ),
    };
    let order = if swapped {
        "，且按北、东顺序排列，已对调"
    } else {
        ""
    };
    // Degrees without `crs` are what RFC 7946 asks for, not a guess.
    let by_the_standard = crs.is_geographic() && !swapped;
    Some(Decision {
        crs,
        swapped,
        reason: format!("{said}；{evidence}{order}，判定为 {crs}"),
        grounds: if by_the_standard {
            Grounds::Certain
        } else {
            Grounds::Numbers
        },
        precision_m: None,
    })
}

/// The systems whose numbers look like this, the likeliest first.
fn candidates(at: Coord<f64>, district: Option<Extent>) -> Vec<Crs> {
    let mut candidates = Vec::new();
    if is_degrees(at) {
        candidates.push(Crs::Cgcs2000);
        return candidates;
    }
    if NORTHING.contains(&at.y) {
        let millions = (at.x / 1e6).floor();
        let plain = at.x - millions * 1e6;
        if PLAIN_EASTING.contains(&plain) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a float beyond u8 saturates, and 255 is no zone"
            )]
            let zone = millions as u8;
            for width in [ZoneWidth::Three, ZoneWidth::Six] {
                candidates.extend(Crs::gauss_kruger(width, zone, true));
            }
        }
    }
    if MERCATOR_EASTING.contains(&at.x) && MERCATOR_NORTHING.contains(&at.y) {
        candidates.push(Crs::WebMercator);
    }
    if NORTHING.contains(&at.y) && PLAIN_EASTING.contains(&at.x) {
        // Six-degree meridians are three-degree meridians too, so the three-degree zones are all there is.
        match district {
            None => candidates.extend(Crs::gauss_kruger(ZoneWidth::Three, DISTRICT_ZONE, false)),
            Some(district) => {
                // The district's own zone first: it wins where another lands equally near.
                candidates.push(Crs::three_degree_zone_at(district.center().lon));
                candidates.extend(
                    (25..=45).filter_map(|zone| Crs::gauss_kruger(ZoneWidth::Three, zone, false)),
                );
            }
        }
    }
    candidates
}

fn degrees_between(place: LonLat, extent: Extent) -> f64 {
    let beyond = |value: f64, low: f64, high: f64| (low - value).max(value - high).max(0.0);
    let east = beyond(place.lon, extent.west, extent.east) * place.lat.to_radians().cos();
    east.hypot(beyond(place.lat, extent.south, extent.north))
}

/// `35 384 000`: a coordinate to the metre, as it is read aloud.
fn grouped(metres: f64) -> String {
    let digits = format!("{metres:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISTRICT: Extent = Extent {
        west: 103.534,
        south: 29.45,
        east: 103.99,
        north: 29.79,
    };
    const LESHAN: LonLat = LonLat::new(103.76, 29.56);

    fn decide_at(x: f64, y: f64, district: Option<Extent>) -> Decision {
        decide(None, &[Coord { x, y }], district).unwrap()
    }

    #[test]
    fn every_system_is_recognised_by_its_numbers_alone_whichever_axis_comes_first() {
        for code in [4490, 3857, 4496, 4522, 4523, 4543, 4544] {
            let crs = Crs::from_epsg(code).unwrap();
            let (x, y) = Transform::new(crs).unwrap().from_lon_lat(LESHAN).unwrap();
            let decision = decide_at(x, y, Some(DISTRICT));
            assert_eq!(decision.crs.epsg(), code, "{}", decision.reason);
            assert!(!decision.swapped);
            let decision = decide_at(y, x, Some(DISTRICT));
            assert_eq!(decision.crs.epsg(), code, "{}", decision.reason);
            assert!(decision.swapped);
        }
    }

    #[test]
    fn the_reason_names_the_evidence() {
        assert_eq!(
            decide_at(35_384_000.0, 3_286_938.0, None).reason,
            "文件未声明坐标系；东坐标 35 384 000 带 35 带号，判定为 EPSG:4523"
        );
    }

    #[test]
    fn a_declaration_is_believed_unless_the_numbers_contradict_it() {
        let metres = [Coord {
            x: 35_384_000.0,
            y: 3_286_938.0,
        }];
        let plain = [Coord {
            x: 384_000.0,
            y: 3_286_938.0,
        }];
        let of = |code| Crs::from_epsg(code);
        let grounds = |decision: Option<Decision>| {
            decision.map(|decision| (decision.crs.epsg(), decision.grounds))
        };
        assert_eq!(
            grounds(decide(of(4523), &metres, None)),
            Some((4523, Grounds::Certain))
        );
        assert_eq!(
            grounds(decide(of(4490), &metres, None)),
            Some((4523, Grounds::Contradiction))
        );
        assert_eq!(
            grounds(decide(of(4523), &plain, Some(DISTRICT))),
            Some((4544, Grounds::Contradiction))
        );
        let nonsense = [Coord { x: 1e12, y: 1e12 }];
        assert_eq!(decide(None, &nonsense, None), None);
    }

    #[test]
    fn one_stray_feature_does_not_decide() {
        let samples = [(103.7, 29.5), (0.0, 0.0), (103.8, 29.6)].map(|(x, y)| Coord { x, y });
        assert_eq!(decide(None, &samples, None).unwrap().crs, Crs::Cgcs2000);
    }

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
