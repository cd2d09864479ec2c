//! The one door to the overlay library, which may fall over broken outlines: it is watched there.
//!
//! `i_overlay` up to 7.0 panics on some outlines that touch themselves (its pull requests 78 and 79).
//! Must not know features or m².

use std::panic::{AssertUnwindSafe, catch_unwind};

use geo::bool_ops::BooleanOps;
use geo::{LineString, MultiPolygon};

/// Rings whose even-odd area is meant.
pub(super) struct Rings(pub(super) Vec<LineString<f64>>);

impl BooleanOps for Rings {
    type Scalar = f64;

    fn rings(&self) -> impl Iterator<Item = &LineString<f64>> {
        self.0.iter()
    }
}

/// What both cover.
pub(super) fn intersection(a: &Rings, b: &Rings) -> MultiPolygon<f64> {
    a.intersection(b)
}

/// `None` where the work panicked. Nothing outside the work has been touched by then.
pub(super) fn careful<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
