//! The workspace file: what is in a new one, who can read it, what is refused and left as it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use geo::{Geometry, LineString, MultiPolygon, Point, Polygon, polygon};
use jiff::civil::date;
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    Action, Edit, Feature, Field, FieldType, Issue, IssueCode, Layer, LayerId, LayerKind, Money,
    Placement, Quarantined, SiteId, SiteStatus, StatusChange, Value, YearInvestment,
};
use redline_atlas::plan::Plan;
use redline_atlas::store::{Contents, Destination, NewLayer, QuarantineRow, Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

fn new_workspace() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("工作区 1.gpkg");
    drop(Store::create(&path, Contents::Plan).unwrap());
    (folder, path)
}

fn files_in(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn status_edit(site: i64, status: SiteStatus, note: &str) -> Edit {
    Edit::SetStatusChanges {
        site: SiteId(site),
        old: Vec::new(),
        new: vec![StatusChange {
            date: date(2024, 3, 1),
            status,
            note: note.to_owned(),
        }],
    }
}

fn square(west: f64, south: f64, size: f64) -> Polygon<f64> {
    polygon![
        (x: west, y: south),
        (x: west + size, y: south),
        (x: west + size, y: south + size),
        (x: west, y: south + size),
        (x: west, y: south),
    ]
}

/// Every type of geometry and of cell, awkward names, rows without a place.
fn motley_layer() -> Layer {
    let field = |name: &str, field_type| Field {
        name: name.to_owned(),
        field_type,
    };
    let geometries: Vec<Option<Geometry<f64>>> = vec![
        Some(square(103.7, 29.5, 0.01).into()),
        Some(MultiPolygon(vec![square(103.8, 29.5, 0.01), square(103.9, 29.5, 0.02)]).into()),
        None,
        Some(Point::new(103.75, 29.55).into()),
        Some(LineString::from(vec![(103.7, 29.5), (103.71, 29.52)]).into()),
        Some(MultiPolygon::<f64>(Vec::new()).into()),
    ];
    let features = geometries
        .into_iter()
        .zip([1, 2, 4, 5, 8, 9]) // 3, 6 and 7 were quarantined
        .map(|(geometry, fid)| Feature {
            heights: None,
            fid,
            geometry,
            values: vec![
                Value::Text(format!("甲\"{fid}'; DROP TABLE rla_layer; --")),
                Value::Text("第二个".to_owned()),
                Value::Integer(fid * 1_000_000_000_000),
                Value::Real(0.1 * fid as f64),
                Value::Boolean(fid % 2 == 0),
                Value::Null,
                Value::Text("007".to_owned()),
            ],
        })
        .collect();
    Layer {
        roles: redline_atlas::model::FieldRoles::default(),
        name: "红线 \"2023\"".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Surveyed,
        source: "红线.geojson".to_owned(),
        fields: vec![
            field("HXMC", FieldType::Text),
            field("hxmc", FieldType::Text),
            field("FID", FieldType::Integer),
            field("MJ \"m²\"", FieldType::Real),
            field("geom", FieldType::Boolean),
            field("", FieldType::Text),
            field("BSM", FieldType::Text),
        ],
        features,
    }
}

fn plain(layer: &Layer) -> NewLayer<'_> {
    NewLayer {
        layer,
        source_crs: Some(4523),
        quarantined: &[],
        issues: &[],
        format: "",
        encoding: "",
    }
}

fn put(store: &mut Store, layer: &Layer) -> LayerId {
    let stored = store.insert_layer(plain(layer), Destination::New, false, &Progress::default());
    stored.unwrap().0.layer
}

#[test]
fn a_new_workspace_holds_the_plan() {
    let (_folder, path) = new_workspace();
    let store = Store::open(&path).unwrap();
    let plan = Plan::load().unwrap();

    let sites = store.sites().unwrap();
    assert_eq!(sites.len(), plan.sites.len());
    let total: Money = sites.values().map(|site| site.planned).sum();
    assert_eq!(total, plan.planned_total());
    for printed in &plan.sites {
        let site = &sites[&printed.id];
        assert_eq!(site.name, printed.name);
        assert_eq!(site.units, printed.units);
        assert_eq!(site.years, printed.years);
        assert_eq!(site.placement, plan.placements[&printed.id]);
        assert_eq!(site.status(), SiteStatus::Conceived);
    }

    let layers = store.layers().unwrap();
    let names: Vec<&str> = layers
        .iter()
        .map(|stored| stored.layer.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "市中区边界",
            "河流",
            "生态保护红线（示意）",
            "镇街",
            "地标",
            "水库",
            "水质断面"
        ]
    );
    let by_name = |name: &str| {
        &layers
            .iter()
            .find(|one| one.layer.name == name)
            .unwrap()
            .layer
    };
    assert_eq!(by_name("水库").features.len(), 22);
    assert_eq!(
        by_name("河流").features.len(),
        plan.geography.river_lines.len()
    );
    let red_line = by_name("生态保护红线（示意）");
    assert_eq!(red_line.placement, Placement::Schematic);
    assert!((red_line.area_m2() - 665_700.0).abs() < 50.0);
    assert!(store.history(10).unwrap().is_empty());
}

#[test]
fn a_new_workspace_passes_its_own_verification_and_an_empty_one_too() {
    let (folder, path) = new_workspace();
    let report = Store::open(&path).unwrap().verify().unwrap();
    assert!(report.passed(), "{report:?}");

    let empty = folder.path().join("empty.gpkg");
    let store = Store::create(&empty, Contents::Empty).unwrap();
    assert!(store.sites().unwrap().is_empty());
    assert!(store.layers().unwrap().is_empty());
    assert!(store.verify().unwrap().passed());
}

#[test]
fn a_closed_workspace_is_one_file_that_needs_no_log() {
    let (folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    store
        .apply(&status_edit(19, SiteStatus::Preparing, ""))
        .unwrap();
    drop(store);
    assert_eq!(files_in(&folder), ["工作区 1.gpkg"]);

    let header = fs::read(&path).unwrap();
    assert_eq!(&header[68..72], b"GPKG");
    assert_eq!(&header[60..64], 10_300_u32.to_be_bytes());

    let copy = folder.path().join("copy.gpkg");
    fs::copy(&path, &copy).unwrap();
    let copied = Store::open(&copy).unwrap();
    assert_eq!(
        copied.sites().unwrap()[&SiteId(19)].status(),
        SiteStatus::Preparing
    );
}

/// GDAL's view of a file; `None` where it is not installed and nobody insists.
fn ogrinfo(arguments: &[&str]) -> Option<String> {
    if !crate::judge::is_here("ogrinfo") {
        return None;
    }
    let output = Command::new("ogrinfo")
        .arg("-ro")
        .args(arguments)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.is_empty(), "GDAL complains: {errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn gdal_opens_the_workspace_and_reads_the_same_places() {
    let (_folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    put(&mut store, &motley_layer());
    store
        .apply(&status_edit(19, SiteStatus::UnderConstruction, "主体施工"))
        .unwrap();
    let sites = store.sites().unwrap();
    drop(store);
    let file = path.to_str().unwrap();

    let Some(listing) = ogrinfo(&[file]) else {
        return;
    };
    for table in [
        "project_site (Point)",
        "project_overview (Point)",
        "boundary_1 (Polygon)",
        "redline_8",
        "site_status_change (None)",
        "site_investment (None)",
        "indicator_14th (None)",
        "history (None)",
    ] {
        assert!(
            listing.contains(table),
            "{table} is missing from:\n{listing}"
        );
    }

    let (id, at) = sites
        .values()
        .find_map(|site| Some((site.id.0, site.placement.at?)))
        .unwrap();
    let point = ogrinfo(&["-al", "-fid", &id.to_string(), file, "project_site"]).unwrap();
    let seen: Vec<f64> = point
        .split("POINT (")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .unwrap()
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    assert!(
        (seen[0] - at.lon).abs() < 1e-9 && (seen[1] - at.lat).abs() < 1e-9,
        "{seen:?}"
    );
    assert!(point.contains("4490"));

    let imported = ogrinfo(&["-al", file, "redline_8"]).unwrap();
    assert!(imported.contains("Feature Count: 6"));
    assert!(imported.contains("HXMC (String)") && imported.contains("hxmc_2 (String)"));
    assert!(imported.contains("BSM (String) = 007"));

    let status = ogrinfo(&["-al", file, "site_status_change"]).unwrap();
    assert!(status.contains("在建") && status.contains("主体施工"));
    let overview = ogrinfo(&["-al", "-where", "id = 19", file, "project_overview"]).unwrap();
    assert!(overview.contains("status (String) = 在建"));
}

#[test]
fn a_layer_comes_back_as_it_was_given() {
    let (_folder, path) = new_workspace();
    let layer = motley_layer();
    let quarantined = [Quarantined {
        feature: 3,
        code: IssueCode::BadCoordinates,
        reason: "第 3 个要素的坐标不完整".to_owned(),
        raw: r#"{"type":"LineString","coordinates":[[1],[2]]}"#.to_owned(),
    }];
    let issues = [Issue {
        at: None,
        feature: None,
        code: IssueCode::CrsGuessed,
        message: "文件没有坐标系".to_owned(),
        action: Action::Kept,
    }];
    let mut store = Store::open(&path).unwrap();
    let id = store
        .insert_layer(
            NewLayer {
                layer: &layer,
                source_crs: Some(4523),
                quarantined: &quarantined,
                issues: &issues,
                format: "GeoJSON",
                encoding: "UTF-8",
            },
            Destination::New,
            true,
            &Progress::default(),
        )
        .map(|(placed, ..)| placed.layer)
        .unwrap();
    drop(store);

    let store = Store::open(&path).unwrap();
    let stored = store.layer(id).unwrap();
    assert_eq!(*stored.layer, layer);
    assert_eq!((stored.source_crs, stored.quarantined), (Some(4523), 1));
    assert!(stored.visible && !stored.retired);
    let waiting = store
        .quarantine(id)
        .unwrap()
        .into_iter()
        .filter(QuarantineRow::is_waiting);
    assert!(waiting.map(|row| row.what).eq(quarantined));
    assert_eq!(store.issues(id).unwrap(), issues);
    assert!(store.verify().unwrap().passed());

    // It lies on top, and the schematic red line makes way for it without being lost.
    let layers = store.layers().unwrap();
    assert_eq!(layers.last().unwrap().id, id);
    let schematic = layers
        .iter()
        .find(|one| one.layer.placement == Placement::Schematic)
        .unwrap();
    assert!(schematic.retired && !schematic.visible);
}

#[test]
fn cells_that_do_not_fit_their_column_make_it_text_and_lose_nothing() {
    let (_folder, path) = new_workspace();
    let values = [
        Value::Integer(1 << 60),
        Value::Text("约 3".to_owned()),
        Value::Real(2.5),
        Value::Null,
    ];
    let layer = Layer {
        roles: redline_atlas::model::FieldRoles::default(),
        name: "混合".to_owned(),
        kind: LayerKind::Reference,
        placement: Placement::Surveyed,
        source: String::new(),
        fields: vec![Field {
            name: "值".to_owned(),
            field_type: FieldType::Real,
        }],
        features: values
            .iter()
            .map(|value| Feature {
                heights: None,
                fid: 7, // no keys: they are all the same
                geometry: None,
                values: vec![value.clone()],
            })
            .collect(),
    };
    let mut store = Store::open(&path).unwrap();
    let id = put(&mut store, &layer);
    let stored = store.layer(id).unwrap().layer;
    assert_eq!(stored.fields[0].field_type, FieldType::Text);
    let shown: Vec<String> = stored
        .features
        .iter()
        .map(|one| one.values[0].display())
        .collect();
    assert_eq!(shown, ["1152921504606846976", "约 3", "2.5", ""]);
    let fids: Vec<i64> = stored.features.iter().map(|one| one.fid).collect();
    assert_eq!(fids, [1, 2, 3, 4]);
}

#[test]
fn an_import_that_fails_in_the_middle_leaves_the_workspace_as_it_was() {
    let (_folder, path) = new_workspace();
    // More columns than SQLite allows: fails after the layer's row and its fields are written.
    let mut layer = motley_layer();
    layer.fields = (0..3000)
        .map(|number| Field {
            name: format!("c{number}"),
            field_type: FieldType::Text,
        })
        .collect();
    let mut store = Store::open(&path).unwrap();
    let before = store.layers().unwrap();
    let refused = store.insert_layer(plain(&layer), Destination::New, true, &Progress::default());
    assert!(refused.is_err());
    assert_eq!(store.layers().unwrap(), before);
    assert!(store.history(10).unwrap().is_empty());
    drop(store);

    let store = Store::open(&path).unwrap();
    assert_eq!(store.layers().unwrap(), before);
    assert!(store.verify().unwrap().passed());
}

#[test]
fn changes_are_in_the_history_with_who_before_and_after() {
    let (_folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    store
        .apply(&status_edit(19, SiteStatus::UnderConstruction, "开工"))
        .unwrap();
    let money = YearInvestment {
        completed: Some(Money::parse_wan("1200.5").unwrap()),
        ..YearInvestment::default()
    };
    let edit = Edit::SetInvestment {
        site: SiteId(19),
        year: 2024,
        old: YearInvestment::default(),
        new: money.clone(),
    };
    store.apply(&edit).unwrap();
    let more = YearInvestment {
        completed: Some(Money::parse_wan("1300").unwrap()),
        ..money.clone()
    };
    let correction = Edit::SetInvestment {
        site: SiteId(19),
        year: 2024,
        old: money,
        new: more,
    };
    store.apply(&correction).unwrap();

    let history = store.history(10).unwrap();
    assert_eq!(history.len(), 3);
    let (newest, oldest) = (&history[0], &history[2]);
    assert_eq!(
        (newest.table.as_str(), newest.origin.as_str()),
        ("site_investment", "redline-atlas")
    );
    assert_eq!(
        newest.before.as_ref().unwrap()["completed_fen"],
        1_200_500_000_i64
    );
    assert_eq!(
        newest.after.as_ref().unwrap()["completed_fen"],
        1_300_000_000_i64
    );
    assert_eq!(oldest.before, None);
    assert_eq!(oldest.after.as_ref().unwrap()["status"], "在建");
    assert!(
        newest.at.parse::<jiff::civil::DateTime>().is_ok(),
        "{}",
        newest.at
    );
    let user = ["USERNAME", "USER"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok());
    assert_eq!(newest.who, user.unwrap_or_else(|| "未知".to_owned()));
}

#[test]
fn an_edit_by_another_program_is_in_the_history_as_such() {
    let (_folder, path) = new_workspace();
    let store = Store::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other
        .execute(
            "UPDATE project_site SET location = '茅桥镇', geom = NULL WHERE id = 19",
            [],
        )
        .unwrap();
    other
        .execute(
            "INSERT INTO site_status_change (site_id, date, status) VALUES (19, '2024-05-06', '完工')",
            [],
        )
        .unwrap();
    // The same value again is no change.
    other
        .execute(
            "UPDATE project_site SET location = '茅桥镇' WHERE id = 19",
            [],
        )
        .unwrap();

    let history = store.history(10).unwrap();
    assert_eq!(history.len(), 2);
    assert!(
        history
            .iter()
            .all(|change| change.origin == "其他程序" && change.who == "未知")
    );
    assert_eq!(history[1].after.as_ref().unwrap()["location"], "茅桥镇");
    assert_eq!(
        store.sites().unwrap()[&SiteId(19)].status(),
        SiteStatus::Completed
    );

    let refused = other
        .execute("UPDATE history SET who = '别人'", [])
        .unwrap_err();
    assert!(refused.to_string().contains("变更记录不可修改"));
    assert!(other.execute("DELETE FROM history", []).is_err());
    assert!(
        other
            .execute("UPDATE site_status_change SET status = '差不多了'", [])
            .is_err()
    );
    assert!(
        other
            .execute("UPDATE site_status_change SET date = '2024-02-30'", [])
            .is_err()
    );
}

#[test]
fn an_edit_over_a_newer_one_of_another_program_is_refused() {
    let (_folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other
        .execute(
            "INSERT INTO site_status_change (site_id, date, status) VALUES (19, '2024-05-06', '完工')",
            [],
        )
        .unwrap();
    let refused = store
        .apply(&status_edit(19, SiteStatus::Preparing, ""))
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::ChangedElsewhere { .. }),
        "{refused}"
    );
    assert_eq!(
        store.sites().unwrap()[&SiteId(19)].status(),
        SiteStatus::Completed
    );
    assert!(store.changed_elsewhere().unwrap());
    assert!(!store.changed_elsewhere().unwrap());
}

#[test]
fn the_spatial_index_follows_every_change_of_a_geometry() {
    let (_folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    put(&mut store, &motley_layer());
    drop(store);

    if !crate::judge::is_here("ogrinfo") {
        return;
    }
    // GDAL, with the SQL functions it brings, moves, empties, deletes and adds features.
    let output = Command::new("ogrinfo")
        .args([path.to_str().unwrap(), "-sql"])
        .arg("UPDATE redline_8 SET geom = (SELECT geom FROM redline_8 WHERE fid = 5) WHERE fid = 1")
        .output()
        .unwrap();
    assert!(output.status.success());
    for sql in [
        "UPDATE redline_8 SET geom = NULL WHERE fid = 2",
        "UPDATE redline_8 SET fid = 77 WHERE fid = 5",
        "DELETE FROM redline_8 WHERE fid = 8",
        "INSERT INTO redline_8 (geom, HXMC) SELECT geom, '新' FROM redline_8 WHERE fid = 1",
    ] {
        let output = Command::new("ogrinfo")
            .args([path.to_str().unwrap(), "-sql", sql])
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}");
    }
    let store = Store::open(&path).unwrap();
    let report = store.verify().unwrap();
    assert!(report.passed(), "{report:?}");
    let id = store.layers().unwrap().last().unwrap().id;
    let layer = store.layer(id).unwrap().layer;
    let fids: Vec<i64> = layer.features.iter().map(|one| one.fid).collect();
    assert_eq!(fids, [1, 2, 4, 9, 77, 78]);
    assert_eq!(layer.features[5].geometry, layer.features[0].geometry);
    drop(store);

    // A plain SQLite tool that tampers with the index is found out.
    let tamper = Connection::open(&path).unwrap();
    tamper
        .execute("DELETE FROM rtree_redline_8_geom WHERE id = 1", [])
        .unwrap();
    drop(tamper);
    assert!(!Store::open(&path).unwrap().verify().unwrap().passed());
}

#[test]
fn what_another_program_has_broken_costs_one_feature_not_the_layer() {
    let (_folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    let id = put(&mut store, &motley_layer());
    drop(store);
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch(
            "DROP TRIGGER rtree_redline_8_geom_update1; DROP TRIGGER rtree_redline_8_geom_update2;
             DROP TRIGGER rtree_redline_8_geom_update3; DROP TRIGGER rtree_redline_8_geom_update4;
             UPDATE redline_8 SET geom = x'47500001ff' WHERE fid = 1;
             UPDATE redline_8 SET geom = 'nonsense' WHERE fid = 4;
             UPDATE project_site SET geom = x'00' WHERE id = 1;
             DROP TABLE river_2;
             DELETE FROM gpkg_geometry_columns WHERE table_name = 'river_2';
             DELETE FROM gpkg_contents WHERE table_name = 'river_2';",
        )
        .unwrap();
    drop(other);

    let store = Store::open(&path).unwrap();
    let stored = store.layer(id).unwrap();
    assert_eq!(stored.layer.features.len(), 6);
    assert_eq!(stored.unreadable, [1, 4]);
    assert_eq!(stored.layer.features[0].geometry, None);
    assert_eq!(store.sites().unwrap()[&SiteId(1)].placement.at, None);
    assert_eq!(store.layers().unwrap().len(), 7);
    let report = store.verify().unwrap();
    let failed: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| !check.passed)
        .map(|check| check.name)
        .collect();
    assert!(
        failed.contains(&"几何") && failed.contains(&"图层数据表"),
        "{report:?}"
    );
}

/// Opening must fail as expected, say so in Chinese, and leave bytes and folder as they were.
fn assert_refused(path: &Path, expected: fn(&StoreError) -> bool) {
    let folder = path.parent().unwrap();
    let listing = || {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|one| one.unwrap().path())
            .collect();
        names.sort();
        names
    };
    let (bytes, names) = (fs::read(path).ok(), listing());
    let error = Store::open(path).unwrap_err();
    assert!(expected(&error), "{error:?}");
    let message = error.to_string();
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    assert!(
        !message.contains("Error") && !message.contains("SQLITE"),
        "{message}"
    );
    assert_eq!(fs::read(path).ok(), bytes);
    assert_eq!(listing(), names);
}

#[test]
fn what_is_no_workspace_is_refused_and_left_untouched() {
    let (folder, path) = new_workspace();
    let at = |name: &str| folder.path().join(name);

    assert_refused(&at("missing.gpkg"), |err| {
        matches!(err, StoreError::Missing { .. })
    });
    assert!(matches!(
        Store::open(folder.path()).unwrap_err(),
        StoreError::Directory { .. }
    ));
    fs::write(at("empty.gpkg"), b"").unwrap();
    assert_refused(&at("empty.gpkg"), |err| {
        matches!(err, StoreError::Empty { .. })
    });
    fs::write(at("text.gpkg"), "{\"type\":\"FeatureCollection\"}").unwrap();
    assert_refused(&at("text.gpkg"), |err| {
        matches!(err, StoreError::NotADatabase { .. })
    });

    let plain = Connection::open(at("plain.db")).unwrap();
    plain.execute_batch("CREATE TABLE a (x)").unwrap();
    drop(plain);
    assert_refused(&at("plain.db"), |err| {
        matches!(err, StoreError::Foreign { .. })
    });

    // Somebody else's GeoPackage, in WAL mode as QGIS leaves it.
    let foreign = Connection::open(at("foreign.gpkg")).unwrap();
    foreign
        .execute_batch(
            "PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;
             PRAGMA journal_mode = WAL; CREATE TABLE gpkg_contents (x);",
        )
        .unwrap();
    drop(foreign);
    assert_refused(&at("foreign.gpkg"), |err| {
        matches!(err, StoreError::Foreign { .. })
    });

    fs::copy(&path, at("newer.gpkg")).unwrap();
    let newer = Connection::open(at("newer.gpkg")).unwrap();
    newer
        .execute_batch(
            "PRAGMA journal_mode = WAL; UPDATE rla_meta SET value = '99' WHERE key = 'schema_version'",
        )
        .unwrap();
    drop(newer);
    assert_refused(&at("newer.gpkg"), |err| {
        matches!(err, StoreError::Newer { found: 99, .. })
    });

    fs::copy(&path, at("readonly.gpkg")).unwrap();
    let mut permissions = fs::metadata(at("readonly.gpkg")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(at("readonly.gpkg"), permissions).unwrap();
    assert_refused(&at("readonly.gpkg"), |err| {
        matches!(err, StoreError::ReadOnly { .. })
    });
}

#[test]
fn a_damaged_workspace_is_refused_and_left_untouched() {
    let (folder, path) = new_workspace();
    let good = fs::read(&path).unwrap();
    let damaged = folder.path().join("damaged.gpkg");

    for cut in [100, 4096, good.len() / 2, good.len() - 4096] {
        fs::write(&damaged, &good[..cut]).unwrap();
        assert_refused(&damaged, |err| matches!(err, StoreError::Damaged { .. }));
    }
    for start in [4096, good.len() / 2] {
        let mut bytes = good.clone();
        bytes[start..start + 8192].fill(0xA5);
        fs::write(&damaged, &bytes).unwrap();
        assert_refused(&damaged, |err| matches!(err, StoreError::Damaged { .. }));
    }
}

#[test]
fn a_workspace_that_somebody_holds_is_refused_until_it_is_free() {
    let (_folder, path) = new_workspace();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_refused(&path, |err| matches!(err, StoreError::Locked { .. }));
    holder.execute_batch("COMMIT").unwrap();
    let mut store = Store::open(&path).unwrap();

    // Reading goes on while another program writes; writing is refused as a whole.
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.sites().unwrap().len(), 41);
    let refused = store
        .apply(&status_edit(19, SiteStatus::Preparing, ""))
        .unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    holder.execute_batch("COMMIT").unwrap();
    store
        .apply(&status_edit(19, SiteStatus::Preparing, ""))
        .unwrap();
}

#[test]
fn a_workspace_left_by_a_crash_opens_with_all_that_was_committed() {
    let (folder, path) = new_workspace();
    let mut store = Store::open(&path).unwrap();
    store
        .apply(&status_edit(19, SiteStatus::Preparing, ""))
        .unwrap();
    // As the disk stands when the power goes: the commit is in the log only.
    let crashed = folder.path().join("crashed.gpkg");
    fs::copy(&path, &crashed).unwrap();
    fs::copy(
        folder.path().join("工作区 1.gpkg-wal"),
        folder.path().join("crashed.gpkg-wal"),
    )
    .unwrap();
    let recovered = Store::open(&crashed).unwrap();
    assert_eq!(
        recovered.sites().unwrap()[&SiteId(19)].status(),
        SiteStatus::Preparing
    );
    assert!(recovered.verify().unwrap().passed());
}

#[test]
fn creating_refuses_an_existing_file_a_folder_and_a_missing_folder() {
    let (folder, path) = new_workspace();
    let before = fs::read(&path).unwrap();
    let create = |path: &Path| Store::create(path, Contents::Empty).unwrap_err();
    assert!(matches!(create(&path), StoreError::Exists { .. }));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(matches!(
        create(folder.path()),
        StoreError::Directory { .. }
    ));
    let nowhere = folder.path().join("没有/这个文件夹/w.gpkg");
    assert!(matches!(create(&nowhere), StoreError::Unwritable { .. }));
    assert_eq!(files_in(&folder), ["工作区 1.gpkg"]);
}
