//! Import out of archives and folders, honest and hostile.

use std::io::Write as _;
use std::path::Path;

use redline_atlas::formats::{ReadError, ReadOptions, ReadReport, read_bytes, read_file};
use redline_atlas::jobs::Progress;
use redline_atlas::model::IssueCode::OtherLayers;
use zip::write::SimpleFileOptions;

use crate::import_cases::{codes, fixture, options};

fn good() -> Vec<u8> {
    std::fs::read(fixture("", "declared_4523.geojson")).unwrap()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn read(bytes: &[u8]) -> Result<ReadReport, ReadError> {
    read_bytes("交付.zip", bytes, &options(), &Progress::default())
}

#[test]
fn the_data_set_in_an_archive_is_read_under_its_own_name() {
    let archive = zipped(&[("读我.docx", b"x"), ("数据/红线.geojson", &good())]);
    let report = read(&archive).unwrap();
    assert_eq!(report.layer.name, "红线");
    assert_eq!(report.layer.features.len(), 2);
    assert_eq!(report.format, "GeoJSON");
    assert!(report.layer.source.contains("交付.zip"));
    assert!(codes(&report).is_empty());
}

#[test]
fn of_several_data_sets_the_largest_or_the_one_asked_for_is_read() {
    let small = std::fs::read(fixture("", "gbk_one_name.geojson")).unwrap();
    let archive = zipped(&[("小.geojson", &small), ("大.geojson", &good())]);
    let report = read(&archive).unwrap();
    assert_eq!(report.layer.name, "大");
    assert_eq!(report.other_layers, ["小"]);
    assert_eq!(codes(&report), [OtherLayers]);
    let asked = ReadOptions {
        layer: Some("小".to_owned()),
        ..options()
    };
    let report = read_bytes("a.zip", &archive, &asked, &Progress::default()).unwrap();
    assert_eq!(report.layer.name, "小");
    assert_eq!(report.encoding, "GB18030");
    let missing = ReadOptions {
        layer: Some("中".to_owned()),
        ..options()
    };
    let err = read_bytes("a.zip", &archive, &missing, &Progress::default()).unwrap_err();
    assert!(matches!(err, ReadError::NoSuchLayer { .. }), "{err}");
}

#[test]
fn hostile_archives_are_refused_in_one_sentence_and_write_nothing() {
    let bomb = zipped(&[("红线.geojson", &vec![b' '; 100 << 20])]);
    let climbing = zipped(&[("../../红线.geojson", &good())]);
    let nested = zipped(&[("内.geojson", &zipped(&[("红线.geojson", &good())]))]);
    let whole = zipped(&[("红线.geojson", &good())]);
    for (archive, words) in [
        (bomb.as_slice(), "疑似恶意文件"),
        (nested.as_slice(), "压缩包中的压缩包"),
        (&whole[..whole.len() / 2], "已损坏或不完整"),
        (&zipped(&[("读我.docx", b"x")]), "没有可读取的数据文件"),
        (&zipped(&[]), "没有可读取的数据文件"),
    ] {
        let sentence = read(archive).unwrap_err().to_string();
        assert!(sentence.contains(words), "{sentence}");
        assert!(
            sentence.contains("交付.zip") && !sentence.contains('\n'),
            "{sentence}"
        );
    }
    // A name that climbs out of its folder is only a name: nothing is unpacked to disk.
    assert_eq!(read(&climbing).unwrap().layer.name, "红线");
}

#[test]
fn no_cut_and_no_flipped_bit_of_an_archive_makes_it_panic() {
    let whole = zipped(&[("红线.geojson", &good())]);
    for end in 0..whole.len() {
        drop(read(&whole[..end]));
    }
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut wounded = whole.clone();
            wounded[at] ^= 1 << bit;
            drop(read(&wounded));
        }
    }
}

#[test]
fn a_folder_with_one_data_set_stands_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let of = |path: &Path| read_file(path, &options(), &Progress::default());
    std::fs::write(folder.path().join("红线.geojson"), good()).unwrap();
    std::fs::write(folder.path().join("说明.docx"), "x").unwrap();
    assert_eq!(of(folder.path()).unwrap().layer.name, "红线");
    std::fs::write(folder.path().join("断面.geojson"), good()).unwrap();
    let sentence = of(folder.path()).unwrap_err().to_string();
    for words in ["2 个数据文件", "红线.geojson", "断面.geojson"] {
        assert!(sentence.contains(words), "{sentence}");
    }
}
