//! The built-in data against the plan's own text, and the geometry against itself.

#[path = "../generators/red_line_shapes.rs"]
mod red_line_shapes;

use std::collections::BTreeSet;

use geo::{
    Centroid, Contains, Distance, Geometry, Length, LineLocatePoint, LineString, MapCoords,
    MultiPolygon, Point, Validation, algorithm::line_measures::Geodesic,
};
use redline_atlas::crs::{Crs, LonLat, Transform, geodesic_area_m2};
use redline_atlas::model::{Money, Placement, SiteId, WaterClass, YearSpan};
use redline_atlas::plan::{self, FlowRole, PlaceLayer, Plan, RuleKind, border_sections, text_line};

fn plan() -> Plan {
    Plan::load().unwrap()
}

/// The table cells between two lines: each starts with a tab, its text may go on below.
/// A reading of the plan of its own, which knows nothing of the CSV files.
fn cells(first: usize, last: usize) -> Vec<(u32, String)> {
    let mut cells: Vec<(u32, String)> = Vec::new();
    for (line, number) in plan::TEXT.lines().zip(1..) {
        if !(first..=last).contains(&number) {
            continue;
        }
        if let Some(start) = line.strip_prefix('\t') {
            cells.push((u32::try_from(number).unwrap(), start.trim().to_owned()));
        } else if let Some((_, text)) = cells.last_mut() {
            text.push_str(line.trim());
        }
    }
    cells
}

fn line_starting(with: &str) -> usize {
    1 + plan::TEXT
        .lines()
        .position(|line| line.trim_start().starts_with(with))
        .unwrap()
}

/// Cells of merged rows are printed once; below, they are empty.
fn carry<'a>(printed: &'a str, carried: &mut &'a str) -> &'a str {
    if !printed.is_empty() {
        *carried = printed;
    }
    *carried
}

#[test]
fn the_41_projects_are_the_appendix_cell_by_cell() {
    let plan = plan();
    let cells = cells(line_starting("附表一"), usize::MAX);
    let total_at = cells.iter().position(|(_, text)| text == "合计").unwrap();
    let (rows, total) = cells.split_at(total_at);
    assert_eq!(rows[5].1, "建设年设", "the heading's misprint");
    let rows: Vec<_> = rows[7..].chunks(7).collect();
    assert_eq!(rows.len(), 41);
    assert_eq!(plan.sites.len(), 41);

    let mut category = "";
    for ((row, site), number) in rows.iter().zip(&plan.sites).zip(1..) {
        assert_eq!(site.id, SiteId(number));
        assert_eq!(site.category, carry(&row[0].1, &mut category));
        assert_eq!((site.plan_line, &site.name), (row[1].0, &row[1].1));
        assert_eq!(site.content, row[2].1);
        assert_eq!(site.location, row[3].1);
        assert_eq!(site.investment, Money::parse_wan(&row[4].1).unwrap());
        assert_eq!(site.years_printed, row[5].1);
        assert_eq!(Some(site.years), YearSpan::parse(&row[5].1));
        assert_eq!(site.units_printed, row[6].1);
        assert!(site.units.iter().all(|unit| row[6].1.contains(unit)));
        let letters = |text: &str| text.replace(['、', '(', ')'], "").replace("牵头", "");
        assert_eq!(site.units.concat(), letters(&row[6].1), "no unit is lost");
    }
    let printed_total = Money::parse_wan(&total[2].1).unwrap();
    assert_eq!(plan.planned_total(), printed_total);
}

#[test]
fn the_appendix_prints_seven_categories() {
    let plan = plan();
    let categories: BTreeSet<_> = plan.sites.iter().map(|site| &site.category).collect();
    assert_eq!(categories.len(), 7);
}

#[test]
fn joint_units_are_split_and_brackets_stay_with_their_unit() {
    let plan = plan();
    let units = |number: usize| plan.sites[number - 1].units.as_slice();
    assert_eq!(
        units(10),
        [
            "区生态环境局",
            "区市容管理局",
            "区农业农村局",
            "各镇（涉农街道）"
        ]
    );
    assert_eq!(
        units(15),
        ["乐山市生活垃圾填埋场", "长征制药", "区生态环境局"]
    );
    assert_eq!(units(6), ["区生态环境局", "区水务局"]);
}

#[test]
fn the_27_old_indicators_are_box_1_cell_by_cell() {
    let plan = plan();
    let cells = cells(
        line_starting("专栏1："),
        line_starting("（二）存在的主要问题") - 1,
    );
    let rows: Vec<_> = cells[8..].chunks(8).collect();
    assert_eq!(rows.len(), 27);
    assert_eq!(plan.indicators_13th.len(), 27);
    let mut category = "";
    for ((row, indicator), number) in rows.iter().zip(&plan.indicators_13th).zip(1..) {
        assert_eq!(indicator.number, number);
        assert_eq!(indicator.category, carry(&row[0].1, &mut category));
        assert_eq!(indicator.plan_line, row[1].0);
        let read = [
            &indicator.name,
            &indicator.unit,
            &indicator.base_2015,
            &indicator.target_2020,
            &indicator.actual_2020,
            indicator.kind.label(),
            &indicator.result,
        ];
        let printed: Vec<_> = row[1..].iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(read.as_slice(), printed);
    }
}

#[test]
fn the_21_new_indicators_are_box_2_cell_by_cell() {
    let plan = plan();
    let cells = cells(
        line_starting("专栏2："),
        line_starting("四、生态环境保护的主要任务") - 1,
    );
    let rows: Vec<_> = cells[7..]
        .split_inclusive(|(_, text)| ["约束性", "预期性"].contains(&text.as_str()))
        .collect();
    assert_eq!(rows.len(), plan.indicators_14th.len());
    let (mut category, mut number, mut name) = ("", "", "");
    for (row, indicator) in rows.iter().zip(&plan.indicators_14th) {
        assert_eq!(indicator.category, carry(&row[0].1, &mut category));
        assert_eq!(indicator.number.to_string(), carry(&row[1].1, &mut number));
        assert_eq!(indicator.name, carry(&row[2].1, &mut name));
        // Rows with a sub-row have one cell more.
        let (sub_name, line) = match row.len() {
            7 => ("", row[2].0),
            8 => (row[3].1.as_str(), row[3].0),
            other => panic!("{other} cells"),
        };
        assert_eq!(indicator.sub_name, sub_name);
        assert_eq!(indicator.plan_line, line);
        let read = [
            &indicator.unit,
            &indicator.base_2020,
            &indicator.target_2025,
            indicator.kind.label(),
        ];
        let printed: Vec<_> = row[row.len() - 4..]
            .iter()
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(read.as_slice(), printed);
    }
    let numbers: BTreeSet<_> = plan.indicators_14th.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=21).collect());
}

#[test]
fn the_tasks_are_every_paragraph_of_boxes_3_to_10() {
    let plan = plan();
    let lines: Vec<_> = plan::TEXT.lines().collect();
    let mut printed = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((number, title)) = line
            .strip_prefix("\t专栏")
            .and_then(|heading| heading.split_once('：'))
        else {
            continue;
        };
        // Two empty lines end a box.
        let body = &lines[index + 1..];
        let end = body.windows(2).position(|pair| pair == ["", ""]).unwrap();
        for (text, below) in body[..end].iter().zip(2..) {
            if !text.is_empty() {
                printed.push((number, title, index + below, text.trim()));
            }
        }
    }
    let number_texts: Vec<_> = plan
        .tasks
        .iter()
        .map(|task| task.box_number.to_string())
        .collect();
    let read: Vec<_> = plan
        .tasks
        .iter()
        .zip(&number_texts)
        .map(|(task, number)| {
            (
                number.as_str(),
                task.box_title.as_str(),
                usize::try_from(task.plan_line).unwrap(),
                task.text.as_str(),
            )
        })
        .collect();
    assert_eq!(read, printed);
    assert!(
        plan.tasks
            .iter()
            .all(|task| task.text.starts_with(&task.name))
    );
    assert_eq!(
        plan.tasks
            .iter()
            .map(|task| task.box_number)
            .collect::<BTreeSet<_>>(),
        (3..=10).collect()
    );
}

#[test]
fn every_plan_line_holds_the_words_it_is_given_for() {
    let plan = plan();
    let mut claims: Vec<(u32, &str)> = Vec::new();
    claims.extend(
        plan.towns
            .iter()
            .map(|town| (town.plan_line, town.name.as_str())),
    );
    for river in &plan.rivers {
        claims.push((river.plan_line, &river.name));
        claims.push((river.plan_line, &river.target.printed));
        claims.push((river.plan_line, &river.target.verb));
        if let (Some(line), Some(class)) = (river.present_plan_line, river.present) {
            claims.push((line, &river.name));
            let said_there = [0, 4].map(|below| text_line(line + below).unwrap());
            assert!(
                said_there.iter().any(|text| text.contains(class.label())),
                "{}",
                river.name
            );
        }
    }
    for reservoir in &plan.reservoirs {
        let words = if reservoir.is_named() {
            reservoir.name.as_str()
        } else {
            "22座水库"
        };
        claims.push((reservoir.plan_line, words));
    }
    claims.extend(
        plan.section_counts
            .iter()
            .map(|c| (c.plan_line, c.statement.as_str())),
    );
    claims.extend(
        plan.rules
            .iter()
            .map(|rule| (rule.plan_line, rule.sentence.as_str())),
    );
    claims.extend(
        plan.district
            .facts
            .iter()
            .map(|fact| (fact.plan_line, fact.words.as_str())),
    );
    claims.push((plan.district.plan.plan_line, "2021—2025年"));
    assert!(claims.len() > 80);
    for (line, words) in claims {
        assert!(
            text_line(line).unwrap().contains(words),
            "line {line}: {words}"
        );
    }
    for fact in &plan.district.facts {
        assert!(fact.words.contains(&fact.value), "{}", fact.key);
    }
    for count in &plan.section_counts {
        assert!(count.statement.contains(&count.count.to_string()));
    }
}

#[test]
fn counted_things_are_as_many_as_the_plan_counts() {
    let plan = plan();
    let count = |key| plan.district.number(key).unwrap() as usize;
    let kind = |kind| plan.towns.iter().filter(|town| town.kind == kind).count();
    assert_eq!(kind("街道"), count("streets"));
    assert_eq!(kind("镇"), count("towns"));
    assert_eq!(plan.reservoirs.len(), count("reservoirs"));
    let group = |group| {
        plan.rivers
            .iter()
            .filter(|river| river.group == group)
            .count()
    };
    assert_eq!((group("三江"), group("七河")), (3, 7));
    let named: Vec<_> = plan
        .reservoirs
        .iter()
        .filter(|reservoir| reservoir.is_named())
        .map(|reservoir| reservoir.name.as_str())
        .collect();
    assert_eq!(named, ["高中水库", "健丰水库", "牛心寺水库", "红光水库"]);
    let sections: Vec<_> = plan
        .section_counts
        .iter()
        .map(|count| count.count)
        .collect();
    assert_eq!(sections, [3, 4, 22]);
}

#[test]
fn a_range_of_classes_is_met_by_its_worst() {
    let plan = plan();
    let target = |name| {
        plan.rivers
            .iter()
            .find(|river| river.name == name)
            .unwrap()
            .target
            .clone()
    };
    assert_eq!(target("岷江").printed, "Ⅱ—Ⅲ");
    assert_eq!(target("岷江").worst, WaterClass::Iii);
    assert_eq!(target("泥溪河").worst, WaterClass::Iii);
}

#[test]
fn the_kilometre_ban_names_its_three_rivers() {
    let plan = plan();
    let ban = plan
        .rules
        .iter()
        .find(|rule| rule.id == "chemical-1km")
        .unwrap();
    assert_eq!(ban.kind, RuleKind::Ban);
    assert_eq!(ban.distance_m, Some(1_000.0));
    for river in &ban.applies_to {
        assert!(plan.geography.course(river).is_some(), "{river} has a line");
    }
    for rule in &plan.rules {
        let printed = rule.sentence.contains("公里") || rule.sentence.contains("米范围");
        assert_eq!(rule.distance_m.is_some(), printed, "{}", rule.id);
    }
}

#[test]
fn misprints_stay_as_printed_and_are_flagged() {
    let plan = plan();
    let cut = plan
        .indicators_14th
        .iter()
        .find(|row| row.number == 12)
        .unwrap();
    assert!(cut.target_2025.ends_with("性质不改") && !cut.note.is_empty());
    let class = plan
        .indicators_14th
        .iter()
        .find(|row| row.number == 7)
        .unwrap();
    assert!(class.name.contains("劣Ⅳ类") && !class.note.is_empty());
    let doubled = &plan.sites[18];
    assert!(doubled.content.contains("设计总有效库容设计总有效库容") && !doubled.note.is_empty());
}

#[derive(serde::Deserialize)]
struct Anchor {
    site_id: i64,
    words: String,
    anchor_layer: String,
    anchor_name: String,
}

#[test]
fn a_placed_project_names_its_place_and_the_place_has_geometry() {
    let plan = plan();
    let file = include_str!("../../data/plan/site_placement.csv");
    let anchors: Vec<Anchor> = csv::Reader::from_reader(file.as_bytes())
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
    use geo::InterpolateLine;
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

/// The demonstration red line in degrees, read by the plain `geojson` crate.
fn demo_red_line() -> Vec<(geojson::JsonObject, MultiPolygon<f64>, bool)> {
    let collection: geojson::FeatureCollection = plan::DEMO_RED_LINE.parse().unwrap();
    let crs = &collection.foreign_members.as_ref().unwrap()["crs"]["properties"]["name"];
    assert_eq!(crs, "urn:ogc:def:crs:EPSG::4523");
    let transform = Transform::new(Crs::parse(crs.as_str().unwrap()).unwrap()).unwrap();
    collection
        .features
        .into_iter()
        .map(|feature| {
            let geometry: Geometry<f64> = feature.geometry.unwrap().try_into().unwrap();
            let (metres, multipart) = match geometry {
                Geometry::Polygon(polygon) => (MultiPolygon(vec![polygon]), false),
                Geometry::MultiPolygon(polygons) => (polygons, true),
                other => panic!("{other:?}"),
            };
            let degrees = metres.map_coords(|at| {
                assert!(
                    (35_357_000.0..35_403_000.0).contains(&at.x),
                    "easting first"
                );
                let LonLat { lon, lat } = transform.to_lon_lat(at.x, at.y).unwrap();
                geo::Coord { x: lon, y: lat }
            });
            (feature.properties.unwrap(), degrees, multipart)
        })
        .collect()
}

#[test]
fn the_demo_red_line_has_the_plans_area_inside_the_district() {
    let plan = plan();
    let features = demo_red_line();
    assert!(features.len() >= 8);
    let mut total_m2 = 0.0;
    for (properties, shape, _) in &features {
        let name = properties["HXMC"].as_str().unwrap();
        shape.check_validation().unwrap();
        assert!(
            plan.geography.boundary.outline.contains(shape),
            "{name} {:?}",
            shape.centroid()
        );
        let area_m2 = geodesic_area_m2(&Geometry::MultiPolygon(shape.clone()));
        let stated_m2 = properties["MJ"].as_f64().unwrap();
        assert!(
            (area_m2 - stated_m2).abs() < 0.006,
            "{name}: {area_m2} {stated_m2}"
        );
        for polygon in shape {
            let vertices = polygon.exterior().0.len() - 1;
            assert!((40..=120).contains(&vertices), "{name}: {vertices}");
        }
        total_m2 += area_m2;
    }
    let planned_km2 = plan.district.number("redline_km2").unwrap();
    assert!(
        (total_m2 / 1e6 - planned_km2).abs() < 0.000_05,
        "{total_m2}"
    );
    for (index, (_, one, _)) in features.iter().enumerate() {
        for (_, other, _) in &features[index + 1..] {
            assert!(!geo::Intersects::intersects(one, other), "no two overlap");
        }
    }
}

#[test]
fn the_demo_red_line_is_delivered_as_a_bureau_would_and_says_it_is_made_up() {
    let features = demo_red_line();
    for (properties, _, _) in &features {
        let fields: Vec<_> = properties.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            ["BSM", "YSDM", "XZQDM", "XZQMC", "HXMC", "HXLX", "MJ"]
        );
        assert_eq!(properties["XZQMC"], "乐山市市中区");
        assert!(properties["HXMC"].as_str().unwrap().starts_with("示意"));
    }
    let types: BTreeSet<_> = features
        .iter()
        .map(|(p, _, _)| p["HXLX"].to_string())
        .collect();
    assert!(types.len() >= 3);
    let multiparts: Vec<_> = features
        .iter()
        .filter(|(_, _, multipart)| *multipart)
        .collect();
    assert_eq!(multiparts.len(), 1);
    assert!(multiparts[0].1.0.len() > 1);
    let holes =
        |shape: &MultiPolygon<f64>| shape.iter().map(|p| p.interiors().len()).sum::<usize>();
    assert_eq!(
        features
            .iter()
            .filter(|(_, shape, _)| holes(shape) > 0)
            .count(),
        1
    );
}

#[test]
fn the_generator_writes_the_same_demo_red_line_again() {
    assert!(red_line_shapes::geojson().unwrap() == plan::DEMO_RED_LINE);
}
