//! What the tables of import tests have in common.

use std::path::{Path, PathBuf};

use geo::CoordsIter;
use redline_atlas::crs::Extent;
use redline_atlas::formats::{ReadError, ReadOptions, ReadReport, read_bytes, read_file};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{Action, IssueCode, LayerKind};

/// Fixture; read, accepted, repaired, quarantined; EPSG; encoding; issues, the file's first.
pub(crate) type Case = (
    &'static str,
    [usize; 4],
    u32,
    &'static str,
    &'static [IssueCode],
);

pub(crate) fn fixture(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/import")
        .join(folder)
        .join(name)
}

pub(crate) fn options() -> ReadOptions {
    ReadOptions {
        district: Some(Extent {
            west: 103.534,
            south: 29.45,
            east: 103.99,
            north: 29.79,
        }),
        ..ReadOptions::new(LayerKind::Reference)
    }
}

pub(crate) fn read(folder: &str, name: &str) -> Result<ReadReport, ReadError> {
    read_file(&fixture(folder, name), &options(), &Progress::default())
}

/// Every fixture of the folder has its line, and is read or refused as that says.
pub(crate) fn assert_cases(folder: &str, cases: &[Case], refused: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for &(name, counts, epsg, encoding, issues) in cases {
        let report = match read(folder, name) {
            Ok(report) => report,
            Err(err) => {
                wrong.push(format!("{name}: {err}"));
                continue;
            }
        };
        let found = (
            [
                report.read,
                report.layer.features.len(),
                report.repaired,
                report.quarantined.len(),
            ],
            report.crs.epsg(),
            report.encoding.as_str(),
            report
                .issues
                .iter()
                .map(|issue| issue.code)
                .collect::<Vec<_>>(),
        );
        if found != (counts, epsg, encoding, issues.to_vec()) {
            wrong.push(format!("{name}: {found:?}\n    {:#?}", report.issues));
        }
        assert_sound(&report, name);
    }
    for (name, words) in refused {
        match read(folder, name) {
            Ok(report) => wrong.push(format!("{name} was read: {} features", report.read)),
            Err(err) => {
                let sentence = err.to_string();
                if !sentence.contains(words) || !sentence.contains(name) || sentence.contains('\n') {
                    wrong.push(format!("{name}: {sentence}"));
                }
            }
        }
    }
    let mut named: Vec<&str> = (cases.iter().map(|case| case.0))
        .chain(refused.iter().map(|(name, _)| *name))
        .collect();
    named.sort_unstable();
    let mut present: Vec<String> = std::fs::read_dir(fixture(folder, ""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    present.sort();
    if named != present {
        wrong.push(format!("named: {named:?}\npresent: {present:?}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What holds for every report, whatever the file.
pub(crate) fn assert_sound(report: &ReadReport, name: &str) {
    let accepted = report.layer.features.len();
    assert_eq!(report.read, accepted + report.quarantined.len(), "{name}");
    for feature in &report.layer.features {
        assert_eq!(feature.values.len(), report.layer.fields.len(), "{name}");
        for at in feature.geometry.iter().flat_map(CoordsIter::coords_iter) {
            assert!(at.x.abs() <= 180.0 && at.y.abs() <= 90.0, "{name}: {at:?}");
        }
    }
    for issue in &report.issues {
        assert!(!issue.message.is_empty(), "{name}");
    }
    let quarantined = (report.issues.iter()).filter(|issue| issue.action == Action::Quarantined);
    assert_eq!(quarantined.count(), report.quarantined.len(), "{name}");
}

/// Cut at every byte, and hit at random places with the bytes that matter to the format.
pub(crate) fn assert_survives_wounds(folder: &str, name: &str, telling: &[u8]) {
    let whole = std::fs::read(fixture(folder, name)).unwrap();
    let check = |bytes: &[u8]| {
        if let Ok(report) = read_bytes(name, bytes, &options(), &Progress::default()) {
            assert_sound(&report, name);
        }
    };
    for end in 0..whole.len() {
        check(&whole[..end]);
    }
    // A linear congruential generator: the same wounds each time.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..1000 {
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
