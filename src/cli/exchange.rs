//! `import` and `export`: files in and out of the workspace.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{ImportArgs, ImportKind};
use super::output::Output;
use super::workspace::round_to_m2;
use super::{Failure, Outcome};
use crate::document::{Document, DocumentError};
use crate::exchange::{self, Export};
use crate::formats::{self, CrsChoice, EncodingChoice, ReadError, ReadReport};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, LayerKind};

pub(super) fn import(
    open: impl FnOnce() -> Result<Document, DocumentError>,
    args: &ImportArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let crs = parse_crs(&args.crs)?;
    // The workspace first: a locked or damaged one should be said before minutes of reading.
    let mut document = open()?;
    let mut options = exchange::read_options(&document, kind_of(args.kind))?;
    options.name.clone_from(&args.name);
    options.layer.clone_from(&args.layer);
    options.crs = crs;
    if args.encoding != "auto" {
        options.encoding = EncodingChoice::Named(args.encoding.clone());
    }
    let report =
        formats::read_file(&args.file, &options, &Progress::default()).map_err(not_read)?;
    let retired = if args.dry_run {
        Vec::new()
    } else {
        exchange::import(&mut document, &report)?.retired
    };
    tell(&report, &retired, args.dry_run, output);
    let problems = report
        .issues
        .iter()
        .any(|issue| is_problem(issue.code, issue.action));
    Ok(if problems {
        Outcome::WithProblems
    } else {
        Outcome::Done
    })
}

/// Where the coordinate system is the question, the answers to choose from go along.
fn not_read(err: ReadError) -> Failure {
    if err.crs_candidates().is_empty() {
        return err.into();
    }
    Failure::Undecided {
        sentence: err.to_string(),
        choices: json!({ "crs_candidates": err.crs_candidates() }),
    }
}

/// How a file was read is not a problem; what is odd about its content is.
const fn is_problem(code: IssueCode, action: Action) -> bool {
    !matches!(action, Action::Kept)
        || !matches!(
            code,
            IssueCode::ByteOrderMark
                | IssueCode::Reencoded
                | IssueCode::CrsGuessed
                | IssueCode::OtherLayers
        )
}

fn tell(report: &ReadReport, retired: &[String], dry_run: bool, output: &Output) {
    let layer = &report.layer;
    let area_km2 = round_to_m2(layer.area_m2() / 1e6);
    let mut text = String::new();
    writeln!(
        text,
        "{}“{}”（{}）：读到 {} 个要素，导入 {}，修复 {}，隔离 {}",
        if dry_run { "试读" } else { "已导入" },
        layer.name,
        layer.kind.label(),
        report.read,
        layer.features.len(),
        report.repaired,
        report.quarantined.len(),
    )
    .ok();
    writeln!(text, "坐标系　{}　{}", report.crs, report.crs_reason).ok();
    writeln!(text, "格式　　{}", report.format).ok();
    for other in report.crs_candidates.iter().skip(1) {
        writeln!(
            text,
            "　也可能　--crs {}　{}",
            other.choice(),
            other.evidence
        )
        .ok();
    }
    if !report.encoding.is_empty() {
        writeln!(
            text,
            "编码　　{}　{}",
            report.encoding, report.encoding_reason
        )
        .ok();
    }
    writeln!(text, "面积　　{area_km2} km²（椭球面积）").ok();
    for name in retired {
        writeln!(text, "示意图层“{name}”已停用").ok();
    }
    for issue in &report.issues {
        let place = issue.feature.map_or("全文件".to_owned(), |number| {
            format!("第 {number} 个要素")
        });
        writeln!(
            text,
            "  {place}　{}　{}",
            issue.action.label(),
            issue.message
        )
        .ok();
    }
    output.result(
        &json!({
            "layer": layer.name,
            "kind": layer.kind.code(),
            "read": report.read,
            "accepted": layer.features.len(),
            "repaired": report.repaired,
            "quarantined": report.quarantined.len(),
            "crs": report.crs.to_string(),
            "crs_reason": report.crs_reason,
            "crs_confidence": report.crs_confidence,
            "crs_candidates": report.crs_candidates,
            "crs_precision_m": report.crs_precision_m,
            "encoding": report.encoding,
            "encoding_reason": report.encoding_reason,
            "format": report.format,
            "other_layers": report.other_layers,
            "area_km2": area_km2,
            "retired": retired,
            "dry_run": dry_run,
            "issues": report.issues,
        }),
        &text,
    );
}

/// The documented list of problems.
pub(super) fn issues(output: &Output) {
    let all = IssueCode::ALL;
    let rows: Vec<_> = all
        .iter()
        .map(|code| {
            json!({ "code": code.code(), "sentence": code.sentence(), "remedy": code.remedy() })
        })
        .collect();
    let mut text = String::new();
    for code in all {
        let (key, sentence, remedy) = (code.code(), code.sentence(), code.remedy());
        writeln!(text, "{key}\n  {sentence}\n  处理：{remedy}").ok();
    }
    output.result(&json!({ "issues": rows }), &text);
}

fn kind_of(kind: ImportKind) -> LayerKind {
    match kind {
        ImportKind::Redline => LayerKind::RedLine,
        ImportKind::Section => LayerKind::Section,
        ImportKind::Reservoir => LayerKind::Reservoir,
        ImportKind::Site => LayerKind::Site,
        ImportKind::Reference => LayerKind::Reference,
    }
}

fn parse_crs(text: &str) -> Result<CrsChoice, Failure> {
    CrsChoice::parse(text).ok_or_else(|| {
        Failure::Usage(format!(
            "不支持坐标系“{text}”；可用：auto，EPSG:4490、4326、3857，CGCS2000 高斯–克吕格 EPSG:4491–4554，WGS84 UTM EPSG:32643–32653；坐标按北、东顺序时加 +swapped，取自互联网地图时加 +gcj02 或 +bd09。"
        ))
    })
}

pub(super) fn export(
    document: &Document,
    what: &str,
    to: &Path,
    force: bool,
    output: &Output,
) -> Result<Outcome, Failure> {
    let written = Export::named(document, what)?.write_noted(document, to, force)?;
    let names: Vec<String> = (written.files.iter())
        .map(|file| file.display().to_string())
        .collect();
    let mut text = format!("已导出 {}：{} 条", names.join("、"), written.features);
    for note in &written.notes {
        text.push_str("\n注意：");
        text.push_str(note);
    }
    output.result(
        &json!({
            "written": to.display().to_string(),
            "features": written.features,
            "files": names,
            "notes": written.notes,
        }),
        &text,
    );
    Ok(Outcome::Done)
}
