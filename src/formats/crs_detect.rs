//! Which coordinate system is a file in? From what it declares, checked against its own numbers, and where
//! it says nothing, from the numbers, its name and the district.
//!
//! Every decision is told in one sentence, and what else it could be is kept. What stays open is asked, never
//! guessed. Must not know any file format.

use geo::{Contains, Coord, CoordsIter, Geometry, Point};

use super::crs_candidate::{CrsCandidate, CrsConfidence};
use super::crs_decision::{Decision, Grounds, to_lon_lat};
use super::crs_declared::{Approximate, Declared};
use super::crs_file_name::{self, Hint, Says};
use super::crs_numbers::{self, Reading, fits, median, swap};
use super::prj;
use crate::crs::{Crs, Extent, InternetMap, LonLat, Transform};

/// Points of a candidate's preview.
const PREVIEW_POINTS: usize = 256;

/// How many candidates are worth showing.
const MAX_CANDIDATES: usize = 6;

/// So near, a neighbouring district's file is as plain as one of our own: zones lie six times as far apart.
const NEAR_DISTRICT_DEG: f64 = 0.5;

/// All there is to decide by.
pub(super) struct Clues<'a> {
    pub(super) declared: &'a Declared,
    /// Who declares it, as the subject of a sentence.
    pub(super) declared_by: &'static str,
    /// Without its folders.
    pub(super) file_name: &'a str,
    pub(super) geometries: Vec<&'a Geometry<f64>>,
    pub(super) district: Option<Extent>,
    pub(super) boundary: Option<&'a Geometry<f64>>,
    /// Small numbers without a declaration are degrees by GeoJSON's standard only: in a drawing or a
    /// table they may as well be metres from a corner of the site.
    pub(super) degrees_by_standard: bool,
}

/// What it is read as, and what else it could be.
pub(super) struct Decided {
    pub(super) decision: Decision,
    pub(super) confidence: CrsConfidence,
    /// The way it is read first.
    pub(super) candidates: Vec<CrsCandidate>,
    /// What the file's name says of an internet map.
    pub(super) map_by_name: Option<(InternetMap, String)>,
}

/// Nothing can be applied unasked.
pub(super) struct Undecided {
    /// A coordinate, as an example.
    pub(super) at: Coord<f64>,
    pub(super) candidates: Vec<CrsCandidate>,
}

pub(super) fn decide(clues: &Clues<'_>) -> Result<Decided, Undecided> {
    let survey = Survey::new(clues);
    let (declared, approximate) = match clues.declared {
        Declared::Known(crs) => (Some(*crs), None),
        Declared::Approximate(approximate) => (Some(approximate.crs), Some(approximate.clone())),
        Declared::Nothing | Declared::Unknown(_) => (None, None),
    };
    let Some(middle) = survey.middle else {
        let crs = declared.unwrap_or(Crs::Cgcs2000);
        let decision = decision(crs, false, Grounds::Certain, "文件没有坐标，无需判断");
        return Ok(survey.decided(decision, CrsConfidence::Certain, "", Vec::new()));
    };
    let hint = declared
        .is_none()
        .then(|| crs_file_name::hint(clues.file_name))
        .flatten();
    let mut decided = match declared {
        Some(declared) => survey.by_declaration(declared, middle),
        None => survey.by_numbers(middle, "文件未声明坐标系", Grounds::Numbers, hint.as_ref()),
    }
    .ok_or_else(|| Undecided {
        at: middle,
        candidates: survey.choices(middle),
    })?;
    if let Some(approximate) =
        approximate.or_else(|| old_datum(hint.as_ref(), decided.decision.crs))
    {
        let by_name = matches!(clues.declared, Declared::Nothing);
        decided.decision.reason = approximate.sentence(decided.decision.crs, by_name);
        decided.decision.precision_m = Some(approximate.precision_m);
    }
    if let Some(Hint {
        word,
        says: Says::Map(map),
    }) = hint
    {
        decided.map_by_name = Some((map, format!("文件名含“{word}”")));
    }
    Ok(decided)
}

/// What the numbers and the district say, whatever is declared: for a file whose declaration is unreadable.
pub(super) fn by_numbers_alone(clues: &Clues<'_>) -> Vec<CrsCandidate> {
    let survey = Survey::new(clues);
    survey
        .middle
        .map_or_else(Vec::new, |middle| survey.choices(middle))
}

/// The user has said which system it is; the order of the axes may be left to find out.
pub(super) fn chosen(
    clues: &Clues<'_>,
    crs: Crs,
    exactly: Option<(bool, Option<InternetMap>)>,
) -> Decided {
    let survey = Survey::new(clues);
    let (swapped, offset) = exactly.unwrap_or_else(|| {
        let swapped = (survey.middle).is_some_and(|at| !fits(crs, at) && fits(crs, swap(at)));
        (swapped, None)
    });
    let mut reason = format!("由用户指定为 {crs}");
    if let Some(map) = offset {
        reason = format!(
            "{reason}，并按公开的近似公式扣除 {} 的偏移，位置误差约 ±{} 米，只能作概略参考",
            map.label(),
            InternetMap::PRECISION_M
        );
    }
    let mut decision = decision(crs, swapped, Grounds::Certain, &reason);
    decision.offset = offset;
    decision.precision_m = offset.map(|_| InternetMap::PRECISION_M);
    survey.decided(decision, CrsConfidence::Certain, "由用户指定", Vec::new())
}

/// The clues, looked over once.
struct Survey<'a> {
    clues: &'a Clues<'a>,
    /// Of one coordinate a feature.
    middle: Option<Coord<f64>>,
    preview: Vec<Coord<f64>>,
}

impl<'a> Survey<'a> {
    fn new(clues: &'a Clues<'a>) -> Self {
        let first = |geometry: &&Geometry<f64>| geometry.coords_iter().next();
        let samples: Vec<Coord<f64>> = clues.geometries.iter().filter_map(first).collect();
        let preview = if samples.len() >= PREVIEW_POINTS {
            let step = samples.len().div_ceil(PREVIEW_POINTS);
            samples.iter().step_by(step).copied().collect()
        } else {
            let all = || {
                clues
                    .geometries
                    .iter()
                    .flat_map(|geometry| geometry.coords_iter())
            };
            let step = all().count().div_ceil(PREVIEW_POINTS).max(1);
            all().step_by(step).collect()
        };
        Self {
            clues,
            middle: median(&samples),
            preview,
        }
    }

    fn by_declaration(&self, declared: Crs, middle: Coord<f64>) -> Option<Decided> {
        let by = self.clues.declared_by;
        if !fits(declared, middle) && !fits(declared, swap(middle)) {
            let said = format!("{by} {declared}，与数值不符");
            if !self.readings(middle).is_empty() {
                return self.by_numbers(middle, &said, Grounds::Contradiction, None);
            }
            // The declaration is all there is; what does not fit it is quarantined feature by feature.
            let reason = format!("{by} {declared}");
            let decision = decision(declared, false, Grounds::Certain, &reason);
            return Some(self.decided(decision, CrsConfidence::Likely, &said, Vec::new()));
        }
        let swapped = !fits(declared, middle);
        let order = if swapped {
            "；数值按北、东顺序排列，已对调"
        } else {
            ""
        };
        let decision = decision(
            declared,
            swapped,
            Grounds::Certain,
            &format!("{by} {declared}{order}"),
        );
        let evidence = format!("{by} {declared}{order}");
        let own = self.candidate(declared, swapped, None, CrsConfidence::Certain, &evidence);
        let others: Vec<CrsCandidate> = if own.in_district || self.clues.district.is_none() {
            Vec::new()
        } else {
            let mut others = self.choices(middle);
            others.retain(|other| other.in_district && !same(other, &own));
            others
        };
        let confidence = if others.is_empty() {
            CrsConfidence::Certain
        } else {
            CrsConfidence::Likely
        };
        Some(self.decided(decision, confidence, &evidence, others))
    }

    /// `None`: it has to be asked.
    fn by_numbers(
        &self,
        middle: Coord<f64>,
        said: &str,
        grounds: Grounds,
        hint: Option<&Hint>,
    ) -> Option<Decided> {
        let district = self.clues.district;
        let mut readings = self.readings(middle);
        let hinted = hint.and_then(|hint| {
            let place = readings
                .iter()
                .position(|reading| says(hint, reading.crs))?;
            Some((readings.remove(place), format!("文件名含“{}”", hint.word)))
        });
        if let Some((reading, evidence)) = hinted {
            let Reading { crs, swapped, .. } = reading;
            let numbers = crs_numbers::evidence(reading, middle, district);
            let reason = format!("{said}；{evidence}，{numbers}，判定为 {crs}");
            let others = self.others(&readings, middle);
            let decision = decision(crs, swapped, grounds, &reason);
            return Some(self.decided(
                decision,
                CrsConfidence::Likely,
                &format!("{evidence}，{numbers}"),
                others,
            ));
        }
        let Some(&best) = readings.first() else {
            // Abroad, but degrees: what the standard says of a file without `crs`.
            let by_standard = self.clues.degrees_by_standard && crs_numbers::is_degrees(middle);
            return by_standard.then(|| {
                let reason = "文件未声明坐标系；数值为经纬度，按 GeoJSON 标准读取";
                let decision = decision(Crs::Wgs84, false, Grounds::Certain, reason);
                self.decided(decision, CrsConfidence::Certain, reason, Vec::new())
            });
        };
        let confidence = self.confidence(best, &readings);
        if confidence == CrsConfidence::Possible {
            return None;
        }
        let Reading { crs, swapped, .. } = best;
        // Degrees without `crs` are what RFC 7946 asks for, not a guess.
        let grounds = if grounds == Grounds::Numbers && crs.is_geographic() && !swapped {
            Grounds::Certain
        } else {
            grounds
        };
        let evidence = crs_numbers::evidence(best, middle, district);
        let reason = format!("{said}；{evidence}，判定为 {crs}");
        let others = match confidence {
            CrsConfidence::Certain => Vec::new(),
            _ => self.others(readings.get(1..).unwrap_or_default(), middle),
        };
        Some(self.decided(
            decision(crs, swapped, grounds, &reason),
            confidence,
            &evidence,
            others,
        ))
    }

    /// How sure the numbers make the nearest of their readings.
    fn confidence(&self, best: Reading, readings: &[Reading]) -> CrsConfidence {
        let near = |reading: Reading| self.is_near(reading);
        match best.crs {
            crs if crs.is_geographic() && !best.swapped && self.clues.degrees_by_standard => {
                CrsConfidence::Certain
            }
            Crs::Cgcs2000 | Crs::Wgs84 | Crs::GaussKruger { prefixed: true, .. } => {
                CrsConfidence::Likely
            }
            Crs::Utm { .. } => CrsConfidence::Possible,
            _ if !near(best) => CrsConfidence::Possible,
            _ => {
                let rivals = readings.iter().filter(|other| {
                    **other != best && !matches!(other.crs, Crs::Utm { .. }) && near(**other)
                });
                match (self.clues.district, rivals.count()) {
                    (None, _) | (_, 0) => CrsConfidence::Likely,
                    _ => CrsConfidence::Possible,
                }
            }
        }
    }

    fn is_near(&self, reading: Reading) -> bool {
        reading.from_district_deg < NEAR_DISTRICT_DEG
            || self.in_district(&self.points(reading.crs, reading.swapped, None))
    }

    fn readings(&self, middle: Coord<f64>) -> Vec<Reading> {
        crs_numbers::readings(middle, self.clues.district)
    }

    /// Everything the numbers leave open, the likeliest first.
    fn choices(&self, middle: Coord<f64>) -> Vec<CrsCandidate> {
        let readings = self.readings(middle);
        if readings.is_empty() && crs_numbers::is_degrees(middle) {
            let evidence = "数值在经纬度范围内，但不在我国";
            return vec![self.candidate(
                Crs::Wgs84,
                false,
                None,
                CrsConfidence::Possible,
                evidence,
            )];
        }
        self.others(&readings, middle)
    }

    /// Readings as candidates: those in or near the district, and the nearest of the rest.
    fn others(&self, readings: &[Reading], middle: Coord<f64>) -> Vec<CrsCandidate> {
        let (near, far): (Vec<Reading>, Vec<Reading>) =
            readings.iter().partition(|reading| self.is_near(**reading));
        let far_ones = if near.is_empty() { MAX_CANDIDATES } else { 2 };
        (near.into_iter())
            .chain(far.into_iter().take(far_ones))
            .take(MAX_CANDIDATES)
            .map(|reading| {
                let evidence = crs_numbers::evidence(reading, middle, self.clues.district);
                let Reading { crs, swapped, .. } = reading;
                self.candidate(crs, swapped, None, CrsConfidence::Possible, &evidence)
            })
            .collect()
    }

    fn decided(
        &self,
        decision: Decision,
        confidence: CrsConfidence,
        evidence: &str,
        mut others: Vec<CrsCandidate>,
    ) -> Decided {
        let own = self.candidate(
            decision.crs,
            decision.swapped,
            decision.offset,
            confidence,
            evidence,
        );
        others.retain(|other| !same(other, &own));
        others.insert(0, own);
        others.truncate(MAX_CANDIDATES);
        Decided {
            decision,
            confidence,
            candidates: others,
            map_by_name: None,
        }
    }

    fn candidate(
        &self,
        crs: Crs,
        swapped: bool,
        offset: Option<InternetMap>,
        confidence: CrsConfidence,
        evidence: &str,
    ) -> CrsCandidate {
        let points = self.points(crs, swapped, offset);
        let in_district = self.in_district(&points);
        let place = match (self.clues.district, points.is_empty(), in_district) {
            (None, ..) | (_, true, _) => "",
            (.., true) => "，落在本区内",
            (.., false) => "，不在本区内",
        };
        CrsCandidate {
            crs,
            swapped,
            offset,
            confidence,
            evidence: format!("{evidence}{place}"),
            in_district,
            points,
        }
    }

    fn points(&self, crs: Crs, swapped: bool, offset: Option<InternetMap>) -> Vec<LonLat> {
        let decision = Decision {
            offset,
            ..decision(crs, swapped, Grounds::Numbers, "")
        };
        let Ok(transform) = Transform::new(crs) else {
            return Vec::new();
        };
        (self.preview.iter())
            .filter_map(|at| to_lon_lat(&transform, &decision, *at).ok())
            .map(|at| LonLat::new(at.x, at.y))
            .collect()
    }

    fn in_district(&self, points: &[LonLat]) -> bool {
        let inside = |at: &LonLat| {
            self.clues
                .district
                .is_some_and(|district| district.contains(*at))
                && self.clues.boundary.is_none_or(|boundary| {
                    !encloses(boundary) || boundary.contains(&Point::new(at.lon, at.lat))
                })
        };
        points.iter().any(inside)
    }
}

/// A boundary given as a line encloses nothing.
fn encloses(boundary: &Geometry<f64>) -> bool {
    matches!(boundary, Geometry::Polygon(_) | Geometry::MultiPolygon(_))
}

fn same(a: &CrsCandidate, b: &CrsCandidate) -> bool {
    (a.crs, a.swapped, a.offset) == (b.crs, b.swapped, b.offset)
}

fn says(hint: &Hint, crs: Crs) -> bool {
    match (hint.says, crs) {
        (Says::System(said), crs) => said == crs,
        (Says::Zone(said), Crs::GaussKruger { zone, .. }) => said == zone,
        _ => false,
    }
}

/// The old datum that a file's name claims.
fn old_datum(hint: Option<&Hint>, crs: Crs) -> Option<Approximate> {
    let Some(Hint {
        says: Says::OldDatum(epsg),
        ..
    }) = hint
    else {
        return None;
    };
    match prj::of_epsg(*epsg) {
        Declared::Approximate(old) => Some(Approximate { crs, ..old }),
        _ => None,
    }
}

fn decision(crs: Crs, swapped: bool, grounds: Grounds, reason: &str) -> Decision {
    Decision {
        crs,
        swapped,
        offset: None,
        reason: reason.to_owned(),
        grounds,
        precision_m: None,
    }
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

    /// Of points, in a file that declares this or nothing.
    fn of_points(
        declared: Option<Crs>,
        at: &[(f64, f64)],
        district: Option<Extent>,
    ) -> Option<Decided> {
        let points: Vec<Geometry<f64>> = at.iter().map(|at| Point::from(*at).into()).collect();
        let declared = declared.map_or(Declared::Nothing, Declared::Known);
        decide(&Clues {
            declared: &declared,
            declared_by: "文件声明",
            file_name: "a.geojson",
            geometries: points.iter().collect(),
            district,
            boundary: None,
            degrees_by_standard: true,
        })
        .ok()
    }

    fn decide_at(x: f64, y: f64, district: Option<Extent>) -> Decision {
        of_points(None, &[(x, y)], district).unwrap().decision
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
        let metres = [(35_384_000.0, 3_286_938.0)];
        let plain = [(384_000.0, 3_286_938.0)];
        let of = |code| Crs::from_epsg(code);
        let grounds = |decided: Option<Decided>| {
            decided.map(|Decided { decision, .. }| (decision.crs.epsg(), decision.grounds))
        };
        assert_eq!(
            grounds(of_points(of(4523), &metres, None)),
            Some((4523, Grounds::Certain))
        );
        assert_eq!(
            grounds(of_points(of(4490), &metres, None)),
            Some((4523, Grounds::Contradiction))
        );
        assert_eq!(
            grounds(of_points(of(4523), &plain, Some(DISTRICT))),
            Some((4544, Grounds::Contradiction))
        );
        assert!(of_points(None, &[(1e12, 1e12)], None).is_none());
    }

    #[test]
    fn one_stray_feature_does_not_decide() {
        let samples = [(103.7, 29.5), (0.0, 0.0), (103.8, 29.6)];
        let decided = of_points(None, &samples, None).unwrap();
        assert_eq!(decided.decision.crs, Crs::Cgcs2000);
    }
}
