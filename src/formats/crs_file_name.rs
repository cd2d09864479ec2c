//! What a file's name says of its coordinate system, where the file itself says nothing.
//!
//! A hint, never more: names are copied from file to file. Must not know the numbers.

use crate::crs::{Crs, InternetMap};

/// The word that says it, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hint {
    pub(super) word: String,
    pub(super) says: Says,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Says {
    System(Crs),
    /// Of three or six degrees; with or without its number in the easting.
    Zone(u8),
    /// By the EPSG code of its degrees: Xi'an 1980 or Beijing 1954.
    OldDatum(u32),
    Map(InternetMap),
}

const WORDS: [(&str, Says); 14] = [
    ("gcj02", Says::Map(InternetMap::Gcj02)),
    ("gcj-02", Says::Map(InternetMap::Gcj02)),
    ("火星坐标", Says::Map(InternetMap::Gcj02)),
    ("高德", Says::Map(InternetMap::Gcj02)),
    ("bd09", Says::Map(InternetMap::Bd09)),
    ("bd-09", Says::Map(InternetMap::Bd09)),
    ("百度", Says::Map(InternetMap::Bd09)),
    ("西安80", Says::OldDatum(4610)),
    ("西安1980", Says::OldDatum(4610)),
    ("xian80", Says::OldDatum(4610)),
    ("xian1980", Says::OldDatum(4610)),
    ("北京54", Says::OldDatum(4214)),
    ("北京1954", Says::OldDatum(4214)),
    ("beijing54", Says::OldDatum(4214)),
];

/// The first thing the name of a file (without folders) says.
pub(super) fn hint(name: &str) -> Option<Hint> {
    let name = name.to_lowercase();
    let word = |(word, says): (&str, Says)| {
        name.contains(word).then(|| Hint {
            word: word.to_owned(),
            says,
        })
    };
    WORDS
        .into_iter()
        .find_map(word)
        .or_else(|| numbers(&name).find_map(|(digits, after)| of_number(digits, after)))
}

/// `4523`, `35带`, `35度带`.
fn of_number(digits: &str, after: &str) -> Option<Hint> {
    let number: u32 = digits.parse().ok()?;
    let hint = |word: String, says| Some(Hint { word, says });
    if digits.len() >= 4 {
        return hint(digits.to_owned(), Says::System(Crs::from_epsg(number)?));
    }
    let zone = u8::try_from(number).ok()?;
    let is_zone =
        after.starts_with('带') && ((13..=23).contains(&zone) || (25..=45).contains(&zone));
    if is_zone {
        return hint(format!("{digits}带"), Says::Zone(zone));
    }
    None
}

/// Runs of digits, each with what follows it.
fn numbers(name: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let start = rest.find(|c: char| c.is_ascii_digit())?;
        let from = rest.get(start..)?;
        let end = from
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from.len());
        let (digits, after) = from.split_at_checked(end)?;
        rest = after;
        Some((digits, after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_a_code_a_zone_a_datum_or_a_map_and_years_say_nothing() {
        for (name, says) in [
            (
                "红线_4544.shp",
                Some(Says::System(Crs::from_epsg(4544).unwrap())),
            ),
            ("红线35带.dxf", Some(Says::Zone(35))),
            ("市中区（西安80）.csv", Some(Says::OldDatum(4610))),
            ("POI_GCJ02.csv", Some(Says::Map(InternetMap::Gcj02))),
            ("百度坐标.csv", Some(Says::Map(InternetMap::Bd09))),
            ("红线2022.shp", None),
            ("20210305.shp", None),
            ("第3带.shp", None),
            ("", None),
        ] {
            assert_eq!(hint(name).map(|hint| hint.says), says, "{name}");
        }
    }
}
