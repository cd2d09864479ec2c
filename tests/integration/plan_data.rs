//! The built-in tables against the plan's own text, read here a second time.

use std::collections::BTreeSet;

use redline_atlas::model::{Money, SiteId, WaterClass, YearSpan};
use redline_atlas::plan::{self, Plan, RuleKind, text_line};

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
    carried
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
    let count = |key| {
        plan.district
            .fact(key)
            .unwrap()
            .value
            .parse::<usize>()
            .unwrap()
    };
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
