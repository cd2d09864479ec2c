//! From features as read to features as stored: repaired where that is certain, in CGCS2000 lon/lat, the
//! rest put aside with their own text.
//!
//! Must not know any format.

use geo::{CoordsIter, Geometry, MapCoords};

use super::crs_decision::{self, Decision};
use super::heights::Heights;
use super::issue_log::IssueLog;
use super::issue_places;
use super::raw::{RawFeature, RawFile, RawLayer};
use crate::analysis::{self, Flaw, Repairs};
use crate::crs::{LonLat, Transform, TransformError, geodesic_area_m2};
use crate::jobs::{Cancelled, Progress};
use crate::model::{Feature, IssueCode};

/// Points nearer than this are one point: 0.1 mm, and about as much in degrees.
const SAME_M: f64 = 1e-4;
const SAME_DEG: f64 = 1e-9;

/// Of so many features read the memory is given back as they become features of the layer.
const GIVE_BACK: usize = 1 << 16;

pub(super) struct Accepting<'a> {
    file: &'a RawFile<'a>,
    decision: &'a Decision,
    transform: Transform,
    log: &'a mut IssueLog,
}

/// In lon/lat, and its heights.
type Located = (Geometry<f64>, Option<Box<[f64]>>);

/// Why a feature cannot be imported.
type Refused = (IssueCode, String);

impl<'a> Accepting<'a> {
    pub(super) fn new(
        file: &'a RawFile<'a>,
        decision: &'a Decision,
        log: &'a mut IssueLog,
    ) -> Result<Self, TransformError> {
        Ok(Self {
            file,
            decision,
            transform: Transform::new(decision.crs)?,
            log,
        })
    }

    /// The layer's features, taken out of it.
    pub(super) fn accept(
        &mut self,
        layer: &mut RawLayer,
        progress: &Progress,
    ) -> Result<Vec<Feature>, Cancelled> {
        let mut raw = std::mem::take(&mut layer.features);
        raw.reverse();
        let total = raw.len();
        let mut features = Vec::with_capacity(total);
        while let Some(feature) = raw.pop() {
            // Reading was the first half of the work.
            progress.step(total * 2 - raw.len(), total * 2)?;
            // A large layer need not be in memory twice.
            if raw.len().is_multiple_of(GIVE_BACK) {
                raw.shrink_to_fit();
            }
            features.extend(self.accept_one(feature, layer));
        }
        Ok(features)
    }

    fn accept_one(&mut self, raw: RawFeature, layer: &RawLayer) -> Option<Feature> {
        let number = raw.number;
        let accepted =
            (raw.geometry.as_ref()).map(|drawn| self.accepted(number, drawn, &raw.heights));
        let (geometry, heights) = match accepted {
            None => (None, None),
            Some(Ok((geometry, heights))) => (Some(geometry), heights),
            Some(Err((code, reason))) => {
                let text = self.file.text_of(layer, &raw);
                let at = self.first_place(raw.geometry.as_ref());
                self.log.quarantine_at(at, number, code, reason, &text);
                return None;
            }
        };
        Some(Feature {
            heights,
            fid: i64::try_from(number).unwrap_or(i64::MAX),
            geometry,
            values: raw.row,
        })
    }

    /// A geometry in lon/lat, from the file's coordinates, and its heights.
    fn accepted(
        &mut self,
        number: usize,
        drawn: &Geometry<f64>,
        heights: &Heights,
    ) -> Result<Located, Refused> {
        if analysis::has_no_area(drawn) {
            return Err((IssueCode::ZeroArea, "面的面积为零".to_owned()));
        }
        let same = if self.decision.crs.is_geographic() {
            SAME_DEG
        } else {
            SAME_M
        };
        let (geometry, kept) = match analysis::repaired(drawn, same) {
            None => (self.located(drawn)?, heights.of(drawn)),
            Some((mended, repairs)) => {
                let before = self.located(drawn)?;
                let after = self.located(&mended)?;
                self.report_repairs(number, repairs, &before, &after);
                (after, heights.of(&mended))
            }
        };
        let kept = if heights.is_empty() { None } else { kept };
        if kept.is_none() && !heights.is_empty() {
            let message = "不是每个点都有唯一的高程，只保留平面坐标";
            self.log.kept(number, IssueCode::HeightsDropped, message);
        }
        for Flaw { code, at } in analysis::flaws(&geometry) {
            let what = match code {
                IssueCode::OverlappingParts => "各部分互相重叠",
                IssueCode::HoleOutside => "洞在外环之外",
                _ => "边界自相交",
            };
            let message = format!("{what}，在 {} 附近，面积可能不准", at.to_dms());
            self.log.kept_at(at, number, code, message);
        }
        Ok((geometry, kept))
    }

    fn report_repairs(
        &mut self,
        number: usize,
        repairs: Repairs,
        before: &Geometry<f64>,
        after: &Geometry<f64>,
    ) {
        let areas = [before, after].map(|geometry| format!("{:.2}", geodesic_area_m2(geometry)));
        let [before, after] = areas;
        let area = match (before == after, after.as_str()) {
            (true, "0.00") => String::new(),
            (true, _) => format!("，面积 {after} 平方米不变"),
            (false, _) => format!("，面积由 {before} 变为 {after} 平方米"),
        };
        for (code, message) in repairs.list() {
            self.log.repaired(number, code, format!("{message}{area}"));
        }
    }

    /// Of what could not be imported as a whole.
    fn first_place(&self, drawn: Option<&Geometry<f64>>) -> Option<LonLat> {
        drawn?
            .coords_iter()
            .find_map(|at| issue_places::on_the_map(&self.transform, self.decision, at))
    }

    fn located(&self, drawn: &Geometry<f64>) -> Result<Geometry<f64>, Refused> {
        drawn
            .try_map_coords(|at| crs_decision::to_lon_lat(&self.transform, self.decision, at))
            .map_err(|crs_decision::NotThere(at)| {
                let crs = self.decision.crs;
                let reason = format!("坐标 ({}, {}) 超出 {crs} 的范围", at.x, at.y);
                (IssueCode::OutOfRange, reason)
            })
    }
}
