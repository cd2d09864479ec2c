//! The power goes, or somebody ends the program, in the middle of an import: the workspace is as before.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

/// Some MB of parcels, so that storing writes into the log long before its end.
fn write_parcels(path: &Path) {
    let mut out = BufWriter::new(File::create(path).unwrap());
    write!(out, r#"{{"type":"FeatureCollection","features":["#).unwrap();
    for number in 0..30_000_u32 {
        let comma = if number == 0 { "" } else { "," };
        let west = 103.6 + f64::from(number % 200) * 0.001;
        let south = 29.4 + f64::from(number / 200) * 0.001;
        let (east, north) = (west + 0.0008, south + 0.0008);
        write!(
            out,
            r#"{comma}{{"type":"Feature","properties":{{"编号":{number},"名称":"地块{number}"}},"geometry":{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"#
        )
        .unwrap();
    }
    write!(out, "]}}").unwrap();
    out.flush().unwrap();
}

fn redline(workspace: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redline"));
    command.arg("--workspace").arg(workspace).arg("--json");
    command
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every cell of every table, in order.
fn contents(workspace: &Path) -> Vec<String> {
    let connection = Connection::open(workspace).unwrap();
    let mut all = Vec::new();
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for table in tables {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM \"{table}\""))
            .unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..columns)
                .map(|column| match row.get_ref(column).unwrap() {
                    ValueRef::Null => "∅".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => format!("{:016x}", number.to_bits()),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Blob(bytes) => format!("{bytes:?}"),
                })
                .collect();
            lines.push(format!("{table}|{}", cells.join("|")));
        }
        lines.sort();
        all.push(format!("{table}: {}", lines.len()));
        all.extend(lines);
    }
    all
}

#[test]
fn a_killed_import_leaves_the_workspace_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().join("w.gpkg");
    let file = folder.path().join("地块.geojson");
    let log = folder.path().join("w.gpkg-wal");
    write_parcels(&file);
    json(&redline(&workspace).arg("init").output().unwrap());
    let before = json(&redline(&workspace).arg("info").output().unwrap());
    let cells = contents(&workspace);

    let mut import = redline(&workspace)
        .arg("import")
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A log of a megabyte holds part of the features: the middle of the transaction.
    while fs::metadata(&log).map_or(0, |log| log.len()) < 1 << 20 {
        let ended = import.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "the import was over before it could be stopped"
        );
        std::thread::yield_now();
    }
    import.kill().unwrap();
    let status = import.wait().unwrap();
    assert!(!status.success());
    assert!(
        fs::metadata(&log).unwrap().len() > 0,
        "half a transaction lies in the log"
    );

    let verified = json(&redline(&workspace).arg("verify").output().unwrap());
    assert_eq!(verified["ok"], true, "{verified}");
    let after = json(&redline(&workspace).arg("info").output().unwrap());
    assert_eq!(after, before);
    assert_eq!(contents(&workspace), cells);
    assert!(!log.exists(), "a complete single file is left behind");

    let done = redline(&workspace)
        .arg("import")
        .arg(&file)
        .output()
        .unwrap();
    assert!(matches!(done.status.code(), Some(0 | 3)), "{done:?}");
    let after = json(&redline(&workspace).arg("info").output().unwrap());
    let layers = after["layers"].as_array().unwrap();
    assert_eq!(layers.last().unwrap()["features"], 30_000);
}
