//! Where the plan's things are: placements, border sections and the sourced geometry.

use std::collections::BTreeSet;

use geo::{
    Contains, Distance, Geometry, InterpolateLine, Length, LineLocatePoint, LineString, Point,
    algorithm::line_measures::Geodesic,
};
use redline_atlas::crs::geodesic_area_m2;
use redline_atlas::model::{LayerKind, Money, Placement, SiteId};
use redline_atlas::plan::{self, FlowRole, PlaceLayer, Plan, border_sections};

fn plan() -> Plan {
    Plan::load().unwrap()
}

#[derive(serde::Deserialize)]
struct PlacementRow {
    site_id: i64,
    words: String,
    anchor_layer: String,
    anchor_name: String,
}

#[test]
fn a_placed_project_names_its_place_and_the_place_has_geometry() {
    let plan = plan();
    let file = include_str!("../../data/plan/site_placement.csv");
    let anchors: Vec<PlacementRow> = csv::Reader::from_reader(file.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap();
    for anchor in &anchors {
        let id = SiteId(anchor.site_id);
        let site = plan.sites.iter().find(|site| site.id == id).unwrap();
        let text = format!("{}\n{}\n{}", site.name, site.content, site.location);
        assert!(text.contains(&anchor.words), "site {}", id.0);
        let place = |layer| {
            plan.geography
                .place(layer, &anchor.anchor_name)
                .unwrap()
                .at
                .is_some()
        };
        assert!(match anchor.anchor_layer.as_str() {
            "towns" => place(PlaceLayer::Towns),
            "towns_former" => place(PlaceLayer::FormerTowns),
            "landmarks" => place(PlaceLayer::Landmarks),
            "rivers" => plan.geography.course(&anchor.anchor_name).is_some(),
            other => panic!("{other}"),
        });
        let placement = &plan.placements[&id];
        assert_eq!(placement.grade, Placement::Approximate);
        assert!(
            placement.basis.contains(&anchor.words),
            "{}",
            placement.basis
        );
        assert!(placement.precision_m.unwrap() >= 400.0);
        let at = placement.at.unwrap();
        assert!(
            plan.geography
                .boundary
                .outline
                .contains(&Point::new(at.lon, at.lat))
        );
    }
    let placed: BTreeSet<_> = anchors
        .iter()
        .map(|anchor| SiteId(anchor.site_id))
        .collect();
    for site in plan.sites.iter().filter(|site| !placed.contains(&site.id)) {
        let placement = &plan.placements[&site.id];
        assert_eq!(placement.grade, Placement::District);
        assert_eq!((placement.at, placement.precision_m), (None, None));
        assert_eq!(site.location, "市中区", "nothing nearer is printed");
    }
}

#[test]
fn the_ash_landfill_is_placed_at_maoqiao_town() {
    let plan = plan();
    let placement = &plan.placements[&SiteId(19)];
    let town = plan.geography.place(PlaceLayer::Towns, "茅桥镇").unwrap();
    assert_eq!(placement.at, town.at);
    assert_eq!(placement.precision_m, Some(5_500.0));
    assert!(
        placement.basis.contains("建设地点写有“茅桥镇”"),
        "{}",
        placement.basis
    );
}

#[test]
fn the_min_river_project_lies_on_the_river_and_its_uncertainty_reaches_both_ends() {
    let plan = plan();
    let placement = &plan.placements[&SiteId(7)];
    let at = placement.at.map(|at| Point::new(at.lon, at.lat)).unwrap();
    let ends: Vec<_> = plan
        .border_sections
        .iter()
        .filter(|section| section.river == "岷江")
        .map(|section| Geodesic.distance(at, Point::new(section.at.lon, section.at.lat)))
        .collect();
    assert_eq!(ends.len(), 2);
    for distance_m in ends {
        assert!(distance_m < placement.precision_m.unwrap());
    }
    let course = plan.geography.course("岷江").unwrap();
    let nearest = course
        .lines()
        .map(|line| geo::Euclidean.distance(&at, &line))
        .fold(f64::INFINITY, f64::min);
    assert!(nearest < 1e-7, "{nearest}° off the line");
}

#[test]
fn the_big_rivers_come_in_and_go_out_with_the_flow() {
    let plan = plan();
    let sections = border_sections(&plan.geography);
    let names: Vec<_> = sections
        .iter()
        .map(|section| section.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "岷江入境断面（概略）",
            "岷江出境断面（概略）",
            "大渡河入境断面（概略）",
            "青衣江入境断面（概略）",
        ]
    );
    let boundary = &plan.geography.boundary.outline;
    for section in &sections {
        let at = Point::new(section.at.lon, section.at.lat);
        let off = geo::Euclidean.distance(boundary.exterior(), &at);
        assert!(off < 1e-9, "{} is {off}° off the boundary", section.name);
        assert!((section.precision_m - 1_000.0).abs() < f64::EPSILON);

        // 500 m up and down the river: outside before an entry, inside after it; at an exit, the reverse.
        let course = plan.geography.course(&section.river).unwrap();
        let share = course.line_locate_point(&at).unwrap();
        let step = 500.0 / Geodesic.length(&course);
        let is_inside = |share| boundary.contains(&point_at(&course, share));
        let entry = section.role == FlowRole::Entry;
        assert_eq!(is_inside(share - step), !entry, "{}", section.name);
        assert_eq!(is_inside(share + step), entry, "{}", section.name);
    }
    // 岷江 runs north to south; 大渡河 and 青衣江 come from the west of the confluence.
    assert!(sections[0].at.lat > sections[1].at.lat);
    assert!(sections[2].at.lon < 103.7 && sections[3].at.lon < 103.7);
}

fn point_at(course: &LineString<f64>, share: f64) -> Point<f64> {
    geo::Euclidean
        .point_at_ratio_from_start(course, share)
        .unwrap()
}

#[test]
fn the_tributaries_end_at_their_confluence_so_their_lines_run_downstream() {
    let plan = plan();
    let end = |river| {
        let course = plan.geography.course(river).unwrap();
        Point(*course.coords().last().unwrap())
    };
    let distance_to = |point, river| {
        let course = plan.geography.course(river).unwrap();
        geo::Euclidean.distance(&point, &course) * 100_000.0
    };
    assert!(distance_to(end("大渡河"), "岷江") < 100.0);
    assert!(distance_to(end("青衣江"), "大渡河") < 100.0);
}

#[test]
fn the_geometry_is_listed_with_source_and_what_has_none_stays_in_the_list() {
    let plan = plan();
    let geography = &plan.geography;
    let area_km2 = geodesic_area_m2(&Geometry::Polygon(geography.boundary.outline.clone())) / 1e6;
    assert!((area_km2 - 838.523).abs() < 0.01, "{area_km2}");
    let located = |places: &[plan::Place]| {
        places
            .iter()
            .inspect(|place| {
                assert!(
                    !place.source.is_empty() && !place.licence.is_empty(),
                    "{}",
                    place.name
                );
                assert!(
                    place.at.is_none() || place.precision_m.is_some(),
                    "{}",
                    place.name
                );
            })
            .filter(|place| place.at.is_some())
            .count()
    };
    assert_eq!((geography.towns.len(), located(&geography.towns)), (17, 11));
    assert_eq!(
        (
            geography.former_towns.len(),
            located(&geography.former_towns)
        ),
        (10, 10)
    );
    assert_eq!(
        (geography.landmarks.len(), located(&geography.landmarks)),
        (17, 5)
    );
    let lines = geography
        .river_lines
        .iter()
        .filter(|line| line.line.is_some())
        .count();
    assert_eq!((geography.river_lines.len(), lines), (11, 4));
    for town in &plan.towns {
        let place = geography.place(PlaceLayer::Towns, &town.name).unwrap();
        assert!(place.in_plan);
        assert_eq!(place.code, town.code);
    }
    for river in &plan.rivers {
        assert!(
            geography
                .river_lines
                .iter()
                .any(|line| line.river == river.name)
        );
    }
    // The 30 km of the stack rule reach every corner.
    let city = geography
        .place(PlaceLayer::Landmarks, "乐山城区")
        .unwrap()
        .at
        .unwrap();
    let farthest = geography
        .boundary
        .outline
        .exterior()
        .points()
        .map(|corner| Geodesic.distance(Point::new(city.lon, city.lat), corner))
        .fold(0.0, f64::max);
    assert!(farthest < 30_000.0, "{farthest}");
}

#[test]
fn the_built_in_layers_hold_every_row_and_grade_each() {
    let layers = plan().layers().unwrap();
    let counts: Vec<_> = layers
        .iter()
        .map(|layer| {
            let located = layer
                .features
                .iter()
                .filter(|f| f.geometry.is_some())
                .count();
            (layer.name.as_str(), layer.features.len(), located)
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("市中区边界", 1, 1),
            ("河流", 11, 4),
            ("生态保护红线（示意）", 10, 10),
            ("镇街", 17, 11),
            ("地标", 17, 5),
            ("水库", 22, 0),
            // 4 where rivers cross the border, 6 names.
            ("水质断面", 10, 4),
        ]
    );
    for layer in &layers {
        for feature in &layer.features {
            assert_eq!(feature.values.len(), layer.fields.len(), "{}", layer.name);
            assert!(layer.feature_name(feature).is_some(), "{}", layer.name);
            assert!(layer.text(feature, "source").is_some(), "{}", layer.name);
            let grade = match (&feature.geometry, layer.kind) {
                (None, _) => Placement::Unlocated,
                (Some(_), LayerKind::RedLine) => Placement::Schematic,
                (Some(_), _) => Placement::Approximate,
            };
            assert_eq!(layer.feature_placement(feature), grade);
            assert_eq!(layer.text(feature, "placement"), Some(grade.code()));
        }
    }
    let red_line = &layers[2];
    assert_eq!(red_line.placement, Placement::Schematic);
    assert!((red_line.area_m2() - 665_700.0).abs() < 50.0);
    assert!(
        red_line
            .text(&red_line.features[0], "HXMC")
            .unwrap()
            .starts_with("示意")
    );
}

#[test]
fn the_ledger_starts_untouched_with_every_site_placed() {
    let plan = plan();
    let ledger = plan.ledger();
    assert_eq!(ledger.len(), 41);
    assert_eq!(
        ledger.values().map(|site| site.planned).sum::<Money>(),
        plan.planned_total()
    );
    for site in ledger.values() {
        assert!(site.status_changes.is_empty() && site.investments.is_empty());
        assert!(!site.placement.basis.is_empty());
    }
}
