//! Tables of fixtures: what each file named for its defect must come to.

use std::path::{Path, PathBuf};

use geo::CoordsIter;
use redline_atlas::crs::Extent;
use redline_atlas::formats::{ReadError, ReadOptions, ReadReport, read_file};
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

/// Fixture, and words of the sentence that refuses it.
pub(crate) type Refusal = (&'static str, &'static str);

/// A file of `tests/fixtures/import`; `folder` may be empty.
pub(crate) fn fixture(folder: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/import")
        .join(folder)
        .join(name)
}

/// Everything automatic, over the district.
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

pub(crate) fn codes(report: &ReadReport) -> Vec<IssueCode> {
    report.issues.iter().map(|issue| issue.code).collect()
}

/// Every file comes to what its case says; all that differ are listed at once.
pub(crate) fn check_cases(folder: &str, cases: &[Case]) {
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
            codes(&report),
        );
        if found != (counts, epsg, encoding, issues.to_vec()) {
            wrong.push(format!("{name}: {found:?}\n    {:#?}", report.issues));
        }
        assert_sound(&report, name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every file is refused in one sentence that names it.
pub(crate) fn check_refused(folder: &str, refused: &[Refusal]) {
    for (name, words) in refused {
        let sentence = read(folder, name).unwrap_err().to_string();
        assert!(sentence.contains(words), "{name}: {sentence}");
        assert!(sentence.contains(name), "{name}: {sentence}");
        assert!(!sentence.contains('\n'), "{name}: {sentence}");
    }
}

/// No fixture lies about without a case. Parts of one data set count by their first file: a name ending
/// in `.shp` stands for all that share its stem.
pub(crate) fn check_complete(folder: &str, cases: &[Case], refused: &[Refusal]) {
    let names = (cases.iter().map(|case| case.0)).chain(refused.iter().map(|case| case.0));
    let mut named: Vec<String> = names.map(str::to_owned).collect();
    let mut present: Vec<String> = std::fs::read_dir(fixture(folder, ""))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| {
            let (stem, ending) = name.rsplit_once('.').unwrap();
            let shape = format!("{stem}.shp");
            ending == "shp" || !named.contains(&shape)
        })
        .collect();
    named.sort();
    present.sort();
    assert_eq!(named, present);
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
