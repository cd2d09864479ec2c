//! Where on the map a problem is: a point of the feature it is about, or of what can still be read of it.
//!
//! A place is only given where the coordinate itself stands in the file. Must not know any reader.

use std::collections::HashMap;

use geo::{Coord, CoordsIter};

use super::crs_decision::{self, Decision};
use super::crs_numbers::CHINA;
use crate::crs::{LonLat, Transform};
use crate::model::{Action, Feature, Issue, Quarantined};

/// Give each problem that is about a feature its place, where it has none yet and one is known.
pub(super) fn fill(
    issues: &mut [Issue],
    features: &[Feature],
    quarantined: &[Quarantined],
    decision: &Decision,
) {
    if issues.iter().all(|issue| issue.feature.is_none()) {
        return;
    }
    let Ok(transform) = Transform::new(decision.crs) else {
        return;
    };
    let accepted: HashMap<i64, &Feature> = features
        .iter()
        .map(|feature| (feature.fid, feature))
        .collect();
    let aside: HashMap<usize, &Quarantined> = quarantined
        .iter()
        .map(|aside| (aside.feature, aside))
        .collect();
    for issue in issues.iter_mut().filter(|issue| issue.at.is_none()) {
        let Some(number) = issue.feature else {
            continue;
        };
        issue.at = match (issue.action, aside.get(&number)) {
            (Action::Quarantined, Some(aside)) => drawn(&aside.raw)
                .into_iter()
                .find_map(|at| on_the_map(&transform, decision, at)),
            _ => i64::try_from(number)
                .ok()
                .and_then(|fid| first_place(accepted.get(&fid)?)),
        };
    }
}

/// A coordinate of the file, if it can be put on the map.
pub(super) fn on_the_map(
    transform: &Transform,
    decision: &Decision,
    at: Coord<f64>,
) -> Option<LonLat> {
    let place = crs_decision::to_lon_lat(transform, decision, at).ok()?;
    Some(LonLat::new(place.x, place.y)).filter(|place| CHINA.contains(*place))
}

fn first_place(feature: &Feature) -> Option<LonLat> {
    let at = feature.geometry.as_ref()?.coords_iter().next()?;
    Some(LonLat::new(at.x, at.y))
}

/// The first coordinates of a feature put aside, as they are written in GeoJSON, KML or well-known text.
fn drawn(text: &str) -> Vec<Coord<f64>> {
    const LOOKED_AT: usize = 64;
    let pair = |text: &str, between: fn(char) -> bool| {
        let mut numbers = text.split(between).filter(|word| !word.is_empty());
        let (x, y) = (numbers.next()?, numbers.next()?);
        Some(Coord {
            x: x.trim().parse().ok()?,
            y: y.trim().parse().ok()?,
        })
    };
    if let Some((_, after)) = text.split_once("\"coordinates\"") {
        let innermost = after
            .split('[')
            .filter_map(|list| list.split([']', '[']).next());
        return innermost
            .filter_map(|list| pair(list, |c| c == ','))
            .take(LOOKED_AT)
            .collect();
    }
    if let Some((_, after)) = text.split_once("coordinates>") {
        let body = after.split('<').next().unwrap_or_default();
        let tuples = body.split_whitespace();
        return tuples
            .filter_map(|tuple| pair(tuple, |c| c == ','))
            .take(LOOKED_AT)
            .collect();
    }
    let in_brackets = text.split('(').skip(1);
    in_brackets
        .flat_map(|list| list.split([',', ')']))
        .filter_map(|at| pair(at, char::is_whitespace))
        .take(LOOKED_AT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_found_in_what_was_put_aside() {
        for (text, first) in [
            (
                r#"{"geometry":{"type":"Polygon","coordinates":[[[103.7,29.5,400],[1,2]]]}}"#,
                Some((103.7, 29.5)),
            ),
            (
                r#"{"coordinates":[[null,29.5],[103.7,29.5]]}"#,
                Some((103.7, 29.5)),
            ),
            (
                "<Point><coordinates> x,y 103.7,29.5,0 </coordinates>",
                Some((103.7, 29.5)),
            ),
            ("1;POLYGON((103.7 29.5, 103.8", Some((103.7, 29.5))),
            ("J1,1,3286938,35384840", None),
            ("", None),
        ] {
            let found = drawn(text).first().map(|at| (at.x, at.y));
            assert_eq!(found, first, "{text}");
        }
    }
}
