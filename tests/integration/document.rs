//! The open workspace: memory and file always agree, and every edit can be taken back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::date;
use redline_atlas::crs::LonLat;
use redline_atlas::document::{Document, DocumentError};
use redline_atlas::jobs::Progress;
use redline_atlas::model::{
    Edit, Feature, FundSource, Layer, LayerKind, Money, Placement, ProjectSite, SiteId,
    SitePlacement, SiteStatus, StatusChange, YearInvestment,
};
use redline_atlas::store::{Contents, Destination, NewLayer, Store, StoreError};
use rusqlite::Connection;
use tempfile::TempDir;

fn new_document() -> (TempDir, PathBuf, Document) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.gpkg");
    let document = Document::create(&path, Contents::Plan).unwrap();
    (folder, path, document)
}

fn add_status(document: &Document, site: i64, day: i8, status: SiteStatus) -> Edit {
    let old = document.site(SiteId(site)).unwrap().status_changes.clone();
    let mut new = old.clone();
    new.push(StatusChange {
        date: date(2024, 6, day),
        status,
        note: format!("{day} 日填报"),
    });
    Edit::SetStatusChanges {
        site: SiteId(site),
        old,
        new,
    }
}

fn red_line() -> Layer {
    Layer {
        roles: redline_atlas::model::FieldRoles::default(),
        name: "正式红线".to_owned(),
        kind: LayerKind::RedLine,
        placement: Placement::Surveyed,
        source: "红线.geojson".to_owned(),
        fields: Vec::new(),
        features: vec![Feature {
            heights: None,
            fid: 1,
            geometry: Some(geo::Point::new(103.7, 29.5).into()),
            values: Vec::new(),
        }],
    }
}

fn import(document: &mut Document, layer: &Layer) -> redline_atlas::model::LayerId {
    let importer = document.importer().unwrap();
    let new = NewLayer::plain(layer);
    let stored = importer.store(new, Destination::New, true, &Progress::default());
    document.adopt(stored.unwrap()).unwrap().layer
}

/// Close, open again, and compare everything.
fn assert_reopens_the_same(document: Document) -> Document {
    let path = document.path().to_owned();
    let (sites, layers) = (document.sites().clone(), document.layers().to_vec());
    drop(document);
    let reopened = Document::open(&path).unwrap();
    assert_eq!(reopened.sites(), &sites);
    assert_eq!(reopened.layers(), layers);
    reopened
}

#[test]
fn edits_are_there_after_reopening() {
    let (_folder, _path, mut document) = new_document();
    let edit = add_status(&document, 19, 1, SiteStatus::UnderConstruction);
    document.commit(edit).unwrap();
    let mut money = YearInvestment {
        planned: Some(Money::from_whole_wan(2000)),
        completed: Some(Money::parse_wan("1200.5").unwrap()),
        arrived: BTreeMap::new(),
    };
    money
        .arrived
        .insert(FundSource::Province, Money::from_whole_wan(800));
    money.arrived.insert(FundSource::Society, Money::ZERO);
    document
        .commit(Edit::SetInvestment {
            site: SiteId(19),
            year: 2024,
            old: YearInvestment::default(),
            new: money,
        })
        .unwrap();
    document
        .commit(Edit::SetPlacement {
            site: SiteId(2),
            old: document.site(SiteId(2)).unwrap().placement.clone(),
            new: SitePlacement {
                grade: Placement::Surveyed,
                at: Some(LonLat::new(103.712_345_678_9, 29.512_345_678_9)),
                precision_m: Some(0.05),
                basis: "现场测量".to_owned(),
            },
        })
        .unwrap();
    let reopened = assert_reopens_the_same(document);
    assert_eq!(
        reopened.site(SiteId(19)).unwrap().completed().to_string(),
        "1200.5"
    );
    assert!(reopened.verify().unwrap().passed());
}

#[test]
fn layers_are_imported_hidden_renamed_moved_removed_and_restored_for_good() {
    let (_folder, _path, mut document) = new_document();
    let id = import(&mut document, &red_line());
    assert_eq!(document.layers().last().unwrap().id, id);
    let schematic = document
        .layers()
        .iter()
        .find(|stored| stored.layer.placement == Placement::Schematic)
        .unwrap();
    assert!(schematic.retired && !schematic.visible);
    let schematic = schematic.id;

    document.set_layer_view(id, false, 0.5).unwrap();
    document.rename_layer(id, "生态保护红线（2023）").unwrap();
    document.move_layer(id, 1).unwrap();
    assert_eq!(document.layers()[1].id, id);
    document.remove_layer(schematic).unwrap();
    let mut document = assert_reopens_the_same(document);
    assert!(document.layer(schematic).is_none());
    assert_eq!(
        document.removed_layers().unwrap(),
        [(schematic, "生态保护红线（示意）".to_owned())]
    );

    document.restore_layer(schematic).unwrap();
    assert!(document.layer(schematic).unwrap().retired);
    let document = assert_reopens_the_same(document);
    assert!(document.removed_layers().unwrap().is_empty());
    assert!(document.verify().unwrap().passed());
}

#[test]
fn a_layer_that_is_gone_is_an_error_and_changes_nothing() {
    let (_folder, _path, mut document) = new_document();
    let id = import(&mut document, &red_line());
    document.remove_layer(id).unwrap();
    let revision = document.revision();
    for outcome in [
        document.set_layer_view(id, true, 1.0),
        document.rename_layer(id, "x"),
        document.move_layer(id, 0),
        document.remove_layer(id),
    ] {
        assert!(matches!(
            outcome,
            Err(DocumentError::Store(StoreError::UnknownLayer(gone))) if gone == id
        ));
    }
    assert_eq!(document.revision(), revision);
}

#[test]
fn a_late_report_takes_its_place_in_time() {
    let (_folder, _path, mut document) = new_document();
    let done = add_status(&document, 5, 20, SiteStatus::Completed);
    document.commit(done).unwrap();
    let started = add_status(&document, 5, 3, SiteStatus::UnderConstruction);
    document.commit(started).unwrap();
    let site = document.site(SiteId(5)).unwrap();
    assert_eq!(site.status_changes[0].status, SiteStatus::UnderConstruction);
    assert_eq!(site.status(), SiteStatus::Completed);
    assert_reopens_the_same(document);
}

#[test]
fn an_edit_that_changes_nothing_is_neither_undoable_nor_history() {
    let (_folder, _path, mut document) = new_document();
    let placement = document.site(SiteId(1)).unwrap().placement.clone();
    document
        .commit(Edit::SetPlacement {
            site: SiteId(1),
            old: placement.clone(),
            new: placement,
        })
        .unwrap();
    assert_eq!(document.revision(), 0);
    assert_eq!(document.undo_label(), None);
    assert!(document.undo().unwrap().is_none());
    assert!(document.history(5).unwrap().is_empty());
}

#[test]
fn what_the_workspace_refuses_is_not_in_memory_either() {
    let (_folder, _path, mut document) = new_document();
    let before = document.sites().clone();
    let nowhere = Edit::SetStatusChanges {
        site: SiteId(999),
        old: Vec::new(),
        new: Vec::new(),
    };
    assert!(matches!(
        document.commit(nowhere),
        Err(DocumentError::Store(StoreError::UnknownSite(SiteId(999))))
    ));
    let off_the_earth = Edit::SetPlacement {
        site: SiteId(1),
        old: before[&SiteId(1)].placement.clone(),
        new: SitePlacement {
            at: Some(LonLat::new(f64::NAN, 29.5)),
            ..before[&SiteId(1)].placement.clone()
        },
    };
    assert!(matches!(
        document.commit(off_the_earth),
        Err(DocumentError::Store(StoreError::BadPlace(SiteId(1))))
    ));
    let year_out_of_range = Edit::SetInvestment {
        site: SiteId(1),
        year: 20_240,
        old: YearInvestment::default(),
        new: YearInvestment {
            planned: Some(Money::from_whole_wan(1)),
            ..YearInvestment::default()
        },
    };
    assert!(document.commit(year_out_of_range).is_err());
    assert_eq!(document.sites(), &before);
    assert_eq!(document.undo_label(), None);
    assert_reopens_the_same(document);
}

#[test]
fn another_programs_edit_is_taken_over_and_an_edit_against_it_refused() {
    let (_folder, path, mut document) = new_document();
    let first = add_status(&document, 19, 1, SiteStatus::Preparing);
    document.commit(first).unwrap();
    assert!(!document.refresh().unwrap());

    let stale = add_status(&document, 19, 2, SiteStatus::NotStarted);
    let other = Connection::open(&path).unwrap();
    other
        .execute("UPDATE site_status_change SET status = '停缓建'", [])
        .unwrap();
    assert!(matches!(
        document.commit(stale),
        Err(DocumentError::Store(StoreError::ChangedElsewhere { .. }))
    ));
    assert_eq!(
        document.site(SiteId(19)).unwrap().status(),
        SiteStatus::Suspended
    );

    other
        .execute("UPDATE site_status_change SET status = '完工'", [])
        .unwrap();
    assert!(document.refresh().unwrap());
    assert_eq!(
        document.site(SiteId(19)).unwrap().status(),
        SiteStatus::Completed
    );
    assert_eq!(document.undo_label(), None);
}

#[test]
fn a_document_in_memory_behaves_as_one_with_a_file() {
    let (_folder, _path, document) = new_document();
    let mut copy = Document::in_memory(Contents::Plan).unwrap();
    assert_eq!(copy.sites(), document.sites());
    assert_eq!(copy.layers(), document.layers());
    let edit = add_status(&copy, 19, 1, SiteStatus::Accepted);
    copy.commit(edit).unwrap();
    assert_eq!(copy.history(5).unwrap().len(), 1);
    import(&mut copy, &red_line());
    assert_eq!(copy.layers().len(), document.layers().len() + 1);
}

/// Numbers that only look random: the same on every machine, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        // Knuth's MMIX generator; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn chance<T>(&mut self, value: T) -> Option<T> {
        (self.below(2) == 0).then_some(value)
    }

    fn money(&mut self) -> Money {
        Money::from_fen(i64::try_from(self.below(2_000_000_000)).unwrap())
    }

    fn edit(&mut self, sites: &BTreeMap<SiteId, ProjectSite>) -> Edit {
        let site = &sites[&SiteId(i64::try_from(1 + self.below(4)).unwrap())];
        match self.below(3) {
            0 => {
                let old = site.status_changes.clone();
                let mut new = old.clone();
                if self.below(3) == 0 && !new.is_empty() {
                    new.remove(usize::try_from(self.below(new.len() as u64)).unwrap());
                } else {
                    new.push(StatusChange {
                        date: date(2024, 1, 1 + i8::try_from(self.below(6)).unwrap()),
                        status: SiteStatus::ALL[usize::try_from(self.below(8)).unwrap()],
                        note: format!("记 {}", self.below(3)),
                    });
                }
                Edit::SetStatusChanges {
                    site: site.id,
                    old,
                    new,
                }
            }
            1 => {
                let year = 2021 + i32::try_from(self.below(3)).unwrap();
                let mut new = YearInvestment::default();
                let (planned, completed) = (self.money(), self.money());
                new.planned = self.chance(planned);
                new.completed = self.chance(completed);
                for source in FundSource::ALL {
                    let amount = self.money();
                    if let Some(amount) = self.chance(amount) {
                        new.arrived.insert(source, amount);
                    }
                }
                let old = site.investments.get(&year).cloned().unwrap_or_default();
                Edit::SetInvestment {
                    site: site.id,
                    year,
                    old,
                    new: self.chance(new).unwrap_or_default(),
                }
            }
            _ => {
                let at = LonLat::new(
                    103.0 + self.below(1_000_000) as f64 / 999_983.0,
                    29.0 + self.below(1_000_000) as f64 / 999_983.0,
                );
                let new = SitePlacement {
                    grade: Placement::ALL[usize::try_from(self.below(5)).unwrap()],
                    at: self.chance(at),
                    precision_m: self.chance(12.5),
                    basis: format!("依据 {}", self.below(9)),
                };
                Edit::SetPlacement {
                    site: site.id,
                    old: site.placement.clone(),
                    new,
                }
            }
        }
    }
}

#[test]
fn any_run_of_edits_is_undone_to_the_start_and_redone_to_the_end() {
    let (_folder, path, mut document) = new_document();
    // A second window on the same workspace: what it reads is what is in the file.
    let in_file = || Store::open(&path).unwrap().sites().unwrap();
    for seed in 1..=3 {
        let mut dice = Dice(seed);
        let mut states = vec![document.sites().clone()];
        while states.len() < 40 {
            let edit = dice.edit(document.sites());
            document.commit(edit).unwrap();
            if document.sites() != states.last().unwrap() {
                states.push(document.sites().clone());
            }
        }
        assert_eq!(document.sites(), &in_file());
        for state in states.iter().rev().skip(1) {
            assert!(document.undo().unwrap().is_some());
            assert_eq!(document.sites(), state);
        }
        assert_eq!(document.sites(), &in_file());
        for state in states.iter().skip(1) {
            assert!(document.redo().unwrap().is_some());
            assert_eq!(document.sites(), state);
        }
        assert!(document.redo().unwrap().is_none());
        assert_eq!(document.sites(), &in_file());
    }
}
