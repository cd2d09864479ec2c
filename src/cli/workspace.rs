//! `init`, `info`, `history`, `verify`: the workspace as a whole.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::output::Output;
use super::{Failure, Outcome};
use crate::document::Document;
use crate::model::{Money, ProjectSite};
use crate::store::{Contents, Verification};

pub(super) fn init(
    workspace: Option<&Path>,
    empty: bool,
    output: &Output,
) -> Result<Outcome, Failure> {
    let contents = if empty {
        Contents::Empty
    } else {
        Contents::Plan
    };
    let document = match workspace {
        Some(path) => Document::create(path, contents)?,
        None => Document::create_default(contents)?,
    };
    let shown = document.path().display().to_string();
    output.result(
        &json!({
            "workspace": shown,
            "layers": document.layers().len(),
            "sites": document.sites().len(),
        }),
        &format!(
            "已新建工作区 {shown}：{} 个图层，{} 个项目",
            document.layers().len(),
            document.sites().len()
        ),
    );
    Ok(Outcome::Done)
}

pub(super) fn info(document: &Document, output: &Output) -> Result<Outcome, Failure> {
    let verification = document.verify()?;
    let mut layers = Vec::new();
    let mut text = format!("工作区 {}\n\n图层\n", document.path().display());
    for stored in document.layers() {
        let layer = &stored.layer;
        let area_km2 = round_to_m2(layer.area_m2() / 1e6);
        let crs = format!("EPSG:{}", stored.source_crs.unwrap_or(4490));
        writeln!(
            text,
            "  {}　{}　{} 个要素　{area_km2} km²　{}{}",
            layer.name,
            layer.kind.label(),
            layer.features.len(),
            layer.placement.label(),
            if stored.retired { "　已停用" } else { "" },
        )
        .ok();
        layers.push(json!({
            "name": layer.name,
            "kind": layer.kind.code(),
            "features": layer.features.len(),
            "located": layer.features.iter().filter(|f| f.geometry.is_some()).count(),
            "crs": crs,
            "area_km2": area_km2,
            "placement": layer.placement.code(),
            "retired": stored.retired,
            "quarantined": stored.quarantined,
            "source": layer.source,
        }));
    }
    let sites = document.sites();
    let located = sites
        .values()
        .filter(|site| site.placement.at.is_some())
        .count();
    let planned: Money = sites.values().map(|site| site.planned).sum();
    let completed: Money = sites.values().map(ProjectSite::completed).sum();
    let integrity = if verification.passed() {
        "ok".to_owned()
    } else {
        problems(&verification).join("；")
    };
    writeln!(
        text,
        "\n项目 {} 个，其中有位置的 {located} 个\n投资概算合计 {planned} 万元，累计完成 {completed} 万元\n完整性检查 {integrity}",
        sites.len(),
    )
    .ok();
    output.result(
        &json!({
            "workspace": document.path().display().to_string(),
            "layers": layers,
            "sites": sites.len(),
            "sites_located": located,
            "planned_investment_wan": planned,
            "completed_wan": completed,
            "integrity": integrity,
        }),
        &text,
    );
    Ok(if verification.passed() {
        Outcome::Done
    } else {
        Outcome::WithProblems
    })
}

pub(super) fn history(
    document: &Document,
    limit: usize,
    output: &Output,
) -> Result<Outcome, Failure> {
    let changes = document.history(limit)?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for change in &changes {
        let before = change.before.as_ref().map(ToString::to_string);
        let after = change.after.as_ref().map(ToString::to_string);
        writeln!(
            text,
            "{}　{}（{}）　{}[{}]\n    {} → {}",
            change.at,
            change.who,
            change.origin,
            change.table,
            change.row,
            before.as_deref().unwrap_or("无"),
            after.as_deref().unwrap_or("无"),
        )
        .ok();
        rows.push(json!({
            "id": change.id,
            "at": change.at,
            "who": change.who,
            "origin": change.origin,
            "table": change.table,
            "row": change.row,
            "before": change.before,
            "after": change.after,
        }));
    }
    if rows.is_empty() {
        text.push_str("还没有修改记录");
    }
    output.result(&json!({ "history": rows }), &text);
    Ok(Outcome::Done)
}

pub(super) fn verify(document: &Document, output: &Output) -> Result<Outcome, Failure> {
    let verification = document.verify()?;
    let problems = problems(&verification);
    let text = if problems.is_empty() {
        "工作区完好".to_owned()
    } else {
        format!("发现 {} 个问题：\n{}", problems.len(), problems.join("\n"))
    };
    output.result(
        &json!({
            "workspace": document.path().display().to_string(),
            "ok": verification.passed(),
            "problems": problems,
        }),
        &text,
    );
    Ok(if verification.passed() {
        Outcome::Done
    } else {
        Outcome::WithProblems
    })
}

/// The checks that did not pass, as sentences.
fn problems(verification: &Verification) -> Vec<String> {
    verification
        .checks
        .iter()
        .filter(|check| !check.passed)
        .map(|check| format!("{}：{}", check.name, check.detail))
        .collect()
}

/// Square kilometres with the square metre as the last digit.
pub(super) fn round_to_m2(area_km2: f64) -> f64 {
    // Adding zero turns the -0 of an empty sum into 0.
    (area_km2 * 1e6).round() / 1e6 + 0.0
}
