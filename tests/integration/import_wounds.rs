//! Files cut anywhere and hit anywhere: a reader may refuse them, but neither panic nor lie.

use redline_atlas::formats::read_bytes;
use redline_atlas::jobs::Progress;

use crate::import_cases::{assert_sound, fixture, options};

/// Cut at every byte, and hit at the same random places each time, half of the hits with bytes that mean
/// something to the format.
pub(crate) fn assert_survives(folder: &str, name: &str, telling: &[u8]) {
    let whole = std::fs::read(fixture(folder, name)).unwrap();
    let check = |bytes: &[u8]| {
        if let Ok(report) = read_bytes(name, bytes, &options(), &Progress::default()) {
            assert_sound(&report, name);
        }
    };
    for end in 0..whole.len() {
        check(&whole[..end]);
    }
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..300 {
        let mut wounded = whole.clone();
        for _ in 0..=random(3) {
            let at = random(wounded.len());
            wounded[at] = if random(2) == 0 {
                telling[random(telling.len())]
            } else {
                wounded[at] ^ (1 << random(8))
            };
        }
        check(&wounded);
    }
}
