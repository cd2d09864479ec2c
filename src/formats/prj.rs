//! What a declared coordinate system is: by EPSG code, by name, or by its definition in well-known text.
//!
//! Definitions come from `.prj` files, a GeoPackage or the head of other formats, in the spellings of ESRI
//! and OGC. What counts is the definition, not the name: offices copy one zone's file over another's.
//! Must not know the files around it, nor the numbers of any layer.

use super::crs_declared::{Approximate, Declared, crs_of_name};
use super::wkt_tree::Node;
use crate::crs::{Crs, ZoneWidth};

/// How far off Xi'an 1980 may be when it is read as CGCS2000, metres. Our estimate; no source is at hand, so
/// the sentence shown says so.
const XIAN80_OFF_M: f64 = 130.0;

/// The same for Beijing 1954.
const BEIJING54_OFF_M: f64 = 110.0;

/// Degrees a parameter may be off and still mean the same.
const SAME_DEG: f64 = 1e-6;

/// What UTM shrinks its central meridian to.
const UTM_SCALE: f64 = 0.999_6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Datum {
    /// CGCS2000 and what differs from it by less than a metre.
    Cgcs2000,
    Wgs84,
    Xian80,
    Beijing54,
}

impl Datum {
    /// A system on this datum, as nearly as we can read it.
    fn declares(self, crs: Crs) -> Declared {
        let (name, precision_m) = match self {
            Self::Cgcs2000 | Self::Wgs84 => return Declared::Known(crs),
            Self::Xian80 => ("西安 1980 坐标系", XIAN80_OFF_M),
            Self::Beijing54 => ("北京 1954 坐标系", BEIJING54_OFF_M),
        };
        Declared::Approximate(Approximate {
            crs,
            name: name.to_owned(),
            precision_m,
        })
    }

    /// From any of the names that programs write, in letters and digits only.
    fn of_name(name: &str) -> Option<Self> {
        let plain = plain(name);
        let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        if has(&[
            "CGCS2000",
            "CHINA2000",
            "GEODETICCOORDINATESYSTEM2000",
            "国家大地",
            "国家2000",
        ]) {
            Some(Self::Cgcs2000)
        } else if has(&["XIAN1980", "XIAN80", "IAG1975", "IAG75", "西安"]) {
            Some(Self::Xian80)
        } else if has(&["BEIJING", "KRASOV", "KRASSO", "北京"]) {
            Some(Self::Beijing54)
        } else if has(&["WGS1984", "WGS84", "WORLDGEODETICSYSTEM1984"]) {
            Some(Self::Wgs84)
        } else {
            None
        }
    }

    /// From the ellipsoid's half axis, where the name says nothing. All datums on GRS80 and WGS84 agree
    /// within two metres.
    fn of_axis(axis_m: f64) -> Option<Self> {
        [
            (6_378_137.0, Self::Cgcs2000),
            (6_378_140.0, Self::Xian80),
            (6_378_245.0, Self::Beijing54),
        ]
        .into_iter()
        .find_map(|(axis, datum)| ((axis - axis_m).abs() < 0.5).then_some(datum))
    }
}

/// By EPSG code: ours, and those of Xi'an 1980 and Beijing 1954.
pub(super) fn of_epsg(code: u32) -> Declared {
    if let Some(crs) = Crs::from_epsg(code) {
        return Declared::Known(crs);
    }
    let zone = |first: u32, zone: u32| u8::try_from(code - first + zone).unwrap_or_default();
    use ZoneWidth::{Six, Three};
    let (datum, width, zone, prefixed) = match code {
        900_913 | 102_100 | 102_113 | 3785 => return Declared::Known(Crs::WebMercator),
        4610 => return Datum::Xian80.declares(Crs::Cgcs2000),
        4214 => return Datum::Beijing54.declares(Crs::Cgcs2000),
        2327..=2337 => (Datum::Xian80, Six, zone(2327, 13), true),
        2338..=2348 => (Datum::Xian80, Six, zone(2338, 13), false),
        2349..=2369 => (Datum::Xian80, Three, zone(2349, 25), true),
        2370..=2390 => (Datum::Xian80, Three, zone(2370, 25), false),
        2401..=2421 => (Datum::Beijing54, Three, zone(2401, 25), true),
        2422..=2442 => (Datum::Beijing54, Three, zone(2422, 25), false),
        21413..=21423 => (Datum::Beijing54, Six, zone(21413, 13), true),
        21453..=21463 => (Datum::Beijing54, Six, zone(21453, 13), false),
        21473..=21483 => (Datum::Beijing54, Six, zone(21473, 13), false),
        _ => return Declared::Unknown(format!("EPSG:{code}")),
    };
    Crs::gauss_kruger(width, zone, prefixed).map_or_else(
        || Declared::Unknown(format!("EPSG:{code}")),
        |crs| datum.declares(crs),
    )
}

/// By a code in any spelling, or by the name that a program gives it.
pub(super) fn of_name(name: &str) -> Declared {
    if let Some(crs) = crs_of_name(name) {
        return Declared::Known(crs);
    }
    let last = name.trim().rsplit([':', '/', '#', ' ']).next();
    if let Some(code) = last.and_then(|code| code.parse().ok())
        && let declared @ Declared::Approximate(_) = of_epsg(code)
    {
        return declared;
    }
    // Names of other datums are built as those of CGCS2000 are.
    let old = match Datum::of_name(name) {
        Some(datum @ (Datum::Xian80 | Datum::Beijing54)) => Some(datum),
        _ => None,
    };
    let crs_on = |datum| {
        let spelt = match datum {
            Datum::Xian80 => ["Xian_1980", "Xian 1980", "Xian80"],
            _ => ["Beijing_1954", "Beijing 1954", "Beijing54"],
        };
        let rest = spelt.iter().find_map(|spelt| name.split_once(spelt))?.1;
        if rest.trim().is_empty() {
            return Some(Crs::Cgcs2000);
        }
        crs_of_name(&format!("CGCS2000{rest}"))
    };
    match old.and_then(|datum| Some((datum, crs_on(datum)?))) {
        Some((datum, crs)) => datum.declares(crs),
        None => Declared::Unknown(name.to_owned()),
    }
}

/// By its definition in well-known text, or by a code or name where that stands instead.
pub(super) fn of_wkt(wkt: &str) -> Declared {
    let wkt = wkt.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\0'));
    if wkt.is_empty() {
        return Declared::Nothing;
    }
    let Some(root) = Node::parse(wkt) else {
        return of_name(wkt.lines().next().unwrap_or(wkt).trim());
    };
    // A height system beside it changes nothing.
    let root = root
        .find(&["PROJCS", "PROJCRS", "PROJECTEDCRS"])
        .or_else(|| {
            root.find(&[
                "GEOGCS",
                "GEOGCRS",
                "GEODCRS",
                "GEODETICCRS",
                "GEOGRAPHICCRS",
            ])
        })
        .unwrap_or(&root);
    let name = root.text().unwrap_or("未命名");
    let unknown = || Declared::Unknown(name.to_owned());
    let Some(datum) = datum(root) else {
        return unknown();
    };
    let crs = if root.is(&["PROJCS", "PROJCRS", "PROJECTEDCRS"]) {
        projected(root, name)
    } else {
        Some(match datum {
            Datum::Wgs84 => Crs::Wgs84,
            _ => Crs::Cgcs2000,
        })
    };
    match crs {
        Some(crs) => datum.declares(crs),
        None => local_grid(root, name).map_or_else(unknown, Declared::Unknown),
    }
}

fn datum(root: &Node) -> Option<Datum> {
    let datum = root.find(&["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"]);
    let spheroid = root.find(&["SPHEROID", "ELLIPSOID"]);
    let named = |node: Option<&Node>| node.and_then(Node::text).and_then(Datum::of_name);
    named(datum)
        .or_else(|| named(spheroid))
        .or_else(|| Datum::of_axis(*spheroid?.numbers().first()?))
}

/// The projection, by its parameters.
fn projected(root: &Node, name: &str) -> Option<Crs> {
    let method = root.find(&["PROJECTION", "METHOD", "PROJECTIONMETHOD"]);
    let method = plain(method.and_then(Node::text)?);
    if method.contains("MERCATORAUXILIARYSPHERE") || method.contains("PSEUDOMERCATOR") {
        return Some(Crs::WebMercator);
    }
    if method.contains("MERCATOR1SP") && plain(name).contains("PSEUDOMERCATOR") {
        return Some(Crs::WebMercator);
    }
    let is_gauss_kruger = ["TRANSVERSEMERCATOR", "GAUSSKRUGER"]
        .iter()
        .any(|known| method.starts_with(known));
    let in_metres = (root.child(&["UNIT", "LENGTHUNIT"]))
        .and_then(|unit| unit.numbers().first().copied())
        .is_none_or(|metres| (metres - 1.0).abs() < 1e-9);
    if !is_gauss_kruger || !in_metres {
        return None;
    }
    let Grid {
        meridian,
        easting,
        northing,
        scale,
        latitude,
    } = Grid::of(root);
    if northing != 0.0 || latitude != 0.0 {
        return None;
    }
    if (scale - UTM_SCALE).abs() < 1e-9 && (easting - 500_000.0).abs() < 1e-3 {
        return (43..=53).filter_map(Crs::utm).find(|crs| {
            let of_zone = crs.central_meridian_deg().unwrap_or_default();
            (of_zone - meridian).abs() < SAME_DEG
        });
    }
    if (scale - 1.0).abs() >= 1e-9 {
        return None;
    }
    // A meridian can be one of both widths; the numbers are the same, only the code differs.
    let said_three = plain(name).contains("3DEGREE");
    let widths = if said_three {
        [ZoneWidth::Three, ZoneWidth::Six]
    } else {
        [ZoneWidth::Six, ZoneWidth::Three]
    };
    let fits = |crs: &Crs| {
        let same_meridian = (crs.central_meridian_deg())
            .is_some_and(|of_zone| (of_zone - meridian).abs() < SAME_DEG);
        let same_easting =
            (crs.false_easting_m()).is_some_and(|of_zone| (of_zone - easting).abs() < 1e-3);
        same_meridian && same_easting
    };
    widths.into_iter().find_map(|width| {
        (13..=45)
            .flat_map(|zone| [true, false].map(|prefixed| Crs::gauss_kruger(width, zone, prefixed)))
            .flatten()
            .find(fits)
    })
}

/// The parameters of a transverse Mercator grid.
struct Grid {
    meridian: f64,
    easting: f64,
    northing: f64,
    scale: f64,
    latitude: f64,
}

impl Grid {
    fn of(root: &Node) -> Self {
        let parameter = |names: &[&str], missing: f64| {
            root.find_all(&["PARAMETER"])
                .into_iter()
                .find(|node| {
                    node.text()
                        .is_some_and(|name| names.contains(&plain(name).as_str()))
                })
                .and_then(|node| node.numbers().first().copied())
                .unwrap_or(missing)
        };
        let meridian = parameter(
            &[
                "CENTRALMERIDIAN",
                "LONGITUDEOFORIGIN",
                "LONGITUDEOFNATURALORIGIN",
            ],
            f64::NAN,
        );
        let easting = parameter(&["FALSEEASTING"], f64::NAN);
        let northing = parameter(&["FALSENORTHING"], 0.0);
        let scale = parameter(&["SCALEFACTOR", "SCALEFACTORATNATURALORIGIN"], 1.0);
        let latitude = parameter(&["LATITUDEOFORIGIN", "LATITUDEOFNATURALORIGIN"], 0.0);
        Self {
            meridian,
            easting,
            northing,
            scale,
            latitude,
        }
    }
}

/// A grid of a town or a works: its parameters, and what can be done. `None`: something else.
fn local_grid(root: &Node, name: &str) -> Option<String> {
    let method = root.find(&["PROJECTION", "METHOD", "PROJECTIONMETHOD"]);
    let method = plain(method.and_then(Node::text)?);
    let is_known = ["TRANSVERSEMERCATOR", "GAUSSKRUGER"]
        .iter()
        .any(|known| method.starts_with(known));
    let grid = Grid::of(root);
    if !is_known || !grid.meridian.is_finite() || !grid.easting.is_finite() {
        return None;
    }
    let name: String = name.chars().take(30).collect();
    let zone = Crs::three_degree_zone_at(grid.meridian);
    Some(format!(
        "{name}（地方投影：中央经线 {}°，东坐标加常数 {} 米，北坐标加常数 {} 米，中央经线比例 {}；可在 QGIS 或 ArcGIS 中按这些参数转换为 {zone}）",
        grid.meridian, grid.easting, grid.northing, grid.scale
    ))
}

/// Letters and digits only, in capitals.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gauss_kruger(datum: &str, axis: &str, name: &str, meridian: &str, easting: &str) -> String {
        format!(
            r#"PROJCS["{name}",GEOGCS["GCS",DATUM["{datum}",SPHEROID["S",{axis}]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
        )
    }

    fn epsg(declared: &Declared) -> Option<u32> {
        match declared {
            Declared::Known(crs) => Some(crs.epsg()),
            _ => None,
        }
    }

    #[test]
    fn every_zone_is_read_from_its_parameters_whatever_its_name_says() {
        for code in 4491..=4554 {
            let crs = Crs::from_epsg(code).unwrap();
            let name = if code < 4513 {
                "a"
            } else {
                "CGCS2000_3_Degree_GK"
            };
            let wkt = gauss_kruger(
                "D_China_2000",
                "6378137.0,298.257222101",
                name,
                &crs.central_meridian_deg().unwrap().to_string(),
                &crs.false_easting_m().unwrap().to_string(),
            );
            assert_eq!(epsg(&of_wkt(&wkt)), Some(code), "{wkt}");
        }
        let misnamed = gauss_kruger(
            "D_China_2000",
            "6378137,298.257222101",
            "CGCS2000_3_Degree_GK_Zone_36",
            "105",
            "35500000",
        );
        assert_eq!(epsg(&of_wkt(&misnamed)), Some(4523));
    }

    #[test]
    fn the_spellings_of_ogc_are_read_too() {
        let wkt1 = r#"PROJCS["CGCS2000 / 3-degree Gauss-Kruger CM 105E",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4490"]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",105],PARAMETER["scale_factor",1],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AXIS["Northing",NORTH],AUTHORITY["EPSG","4544"]]"#;
        let wkt2 = r#"PROJCRS["CGCS2000 / 3-degree Gauss-Kruger zone 35",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["3-degree Gauss-Kruger zone 35",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0],PARAMETER["Longitude of natural origin",105],PARAMETER["Scale factor at natural origin",1],PARAMETER["False easting",35500000],PARAMETER["False northing",0]],CS[Cartesian,2],LENGTHUNIT["metre",1],ID["EPSG",4523]]"#;
        for (wkt, code) in [
            (wkt1, 4544),
            (wkt2, 4523),
            (
                r#"GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#,
                4490,
            ),
            (
                r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#,
                4326,
            ),
            (
                r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]]],PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],UNIT["Meter",1.0]]"#,
                3857,
            ),
            ("EPSG:4523", 4523),
        ] {
            assert_eq!(epsg(&of_wkt(wkt)), Some(code), "{wkt}");
        }
    }

    #[test]
    fn older_datums_are_approximate_never_cgcs2000() {
        let old = |declared: Declared| match declared {
            Declared::Approximate(old) => Some((old.crs.epsg(), old.precision_m)),
            _ => None,
        };
        let xian = gauss_kruger(
            "D_Xian_1980",
            "6378140,298.257",
            "Xian_1980_3_Degree_GK_Zone_35",
            "105",
            "35500000",
        );
        let beijing = gauss_kruger(
            "D_Beijing_1954",
            "6378245,298.3",
            "Beijing_1954_GK_Zone_18",
            "105",
            "18500000",
        );
        let unnamed = gauss_kruger(
            "unknown",
            "6378245,298.3",
            "unnamed 3_Degree",
            "105",
            "500000",
        );
        assert_eq!(old(of_wkt(&xian)), Some((4523, 130.0)));
        assert_eq!(old(of_wkt(&beijing)), Some((4496, 110.0)));
        assert_eq!(old(of_wkt(&unnamed)), Some((4544, 110.0)));
        assert_eq!(old(of_epsg(2359)), Some((4523, 130.0)));
        assert_eq!(old(of_epsg(2432)), Some((4544, 110.0)));
        assert_eq!(
            old(of_name("Xian_1980_3_Degree_GK_Zone_35")),
            Some((4523, 130.0))
        );
        assert_eq!(
            old(of_name("urn:ogc:def:crs:EPSG::4610")),
            Some((4490, 130.0))
        );
        assert_eq!(old(of_name("GCS_Beijing_1954")), Some((4490, 110.0)));
    }

    #[test]
    fn what_is_not_ours_keeps_its_name_and_nonsense_is_survived() {
        let local = gauss_kruger(
            "D_China_2000",
            "6378137,298.257222101",
            "乐山独立坐标系",
            "103.75",
            "500000",
        );
        let Declared::Unknown(said) = of_wkt(&local) else {
            panic!("{local}");
        };
        for words in [
            "乐山独立坐标系",
            "中央经线 103.75°",
            "500000 米",
            "EPSG:4544",
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(of_wkt(" \0"), Declared::Nothing);
        assert_eq!(
            of_wkt(&"PROJCS[".repeat(100_000)),
            Declared::Unknown("PROJCS[".repeat(100_000))
        );
        assert!(matches!(of_wkt("<html>"), Declared::Unknown(_)));
    }
}
