//! What a new workspace is filled with: the plan's sites, its layers and its facts as tables.

use rusqlite::{Transaction, params};

use super::error::Failure;
use super::{NewLayer, layers, sites};
use crate::crs::Crs;
use crate::jobs::Progress;
use crate::model::LayerKind;
use crate::plan::Plan;

/// EPSG code of the demonstration red line, as a bureau would deliver it.
const DEMO_EPSG: u32 = 4523;

pub(super) fn fill(transaction: &Transaction<'_>) -> Result<(), Failure> {
    let plan = Plan::load()?;
    for site in plan.ledger().values() {
        sites::insert(transaction, site)?;
    }
    sites::refresh_extent(transaction)?;
    insert_facts(transaction, &plan)?;
    for layer in plan.layers()? {
        let epsg = if layer.kind == LayerKind::RedLine {
            DEMO_EPSG
        } else {
            Crs::Cgcs2000.epsg()
        };
        layers::insert(
            transaction,
            NewLayer {
                layer: &layer,
                source_crs: Some(epsg),
                quarantined: &[],
                issues: &[],
                format: "",
                encoding: "",
            },
            &Progress::default(),
        )?;
    }
    Ok(())
}

fn insert_facts(transaction: &Transaction<'_>, plan: &Plan) -> Result<(), Failure> {
    for row in &plan.indicators_13th {
        transaction.execute(
            "INSERT INTO indicator_13th (number, category, name, unit, base_2015, target_2020,
               actual_2020, kind, result, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                row.number,
                row.category,
                row.name,
                row.unit,
                row.base_2015,
                row.target_2020,
                row.actual_2020,
                row.kind.label(),
                row.result,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.indicators_14th {
        transaction.execute(
            "INSERT INTO indicator_14th (number, category, name, sub_name, unit, base_2020,
               target_2025, kind, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.number,
                row.category,
                row.name,
                row.sub_name,
                row.unit,
                row.base_2020,
                row.target_2025,
                row.kind.label(),
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.tasks {
        transaction.execute(
            "INSERT INTO plan_task (box_number, box_title, number, name, text, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.box_number,
                row.box_title,
                row.number,
                row.name,
                row.text,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.rules {
        transaction.execute(
            "INSERT INTO spatial_rule (key, kind, title, sentence, distance_m, measured_from,
               applies_to, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.id,
                row.kind.label(),
                row.title,
                row.sentence,
                row.distance_m,
                row.measured_from,
                row.applies_to.join("、"),
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.district.facts {
        transaction.execute(
            "INSERT INTO district_fact (key, label, value, unit, words, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.key,
                row.label,
                row.value,
                row.unit,
                row.words,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    for row in &plan.section_counts {
        transaction.execute(
            "INSERT INTO section_count (kind, level, count, statement, plan_line, note)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                row.kind,
                row.level,
                row.count,
                row.statement,
                row.plan_line,
                row.note,
            ],
        )?;
    }
    Ok(())
}
