//! `import` and `export`: files in and out of the workspace.

use std::fmt::Write as _;

use serde_json::json;

use super::args::{ExportArgs, ImportArgs, ImportKind, ImportMode};
use super::output::Output;
use super::workspace::round_to_m2;
use super::{Failure, Outcome};
use crate::crs::Crs;
use crate::document::{Document, DocumentError};
use crate::exchange::{self, Destination, Export, Imported, Memory};
use crate::formats::{
    CrsChoice, EncodingChoice, ReadError, ReadReport, TextEncoding, WriteOptions,
};
use crate::jobs::Progress;
use crate::model::{Action, FieldRoles, IssueCode, LayerId, LayerKind};

pub(super) fn import(
    open: impl FnOnce() -> Result<Document, DocumentError>,
    args: &ImportArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let crs = args.crs.as_deref().map(parse_crs).transpose()?;
    // The workspace first: a locked or damaged one should be said before minutes of reading.
    let mut document = open()?;
    let destination = destination(&document, args)?;
    let mut options = exchange::read_options(&document, kind_of(args.kind))?;
    options.name.clone_from(&args.name);
    options.layer.clone_from(&args.layer);
    options.crs = crs.unwrap_or_default();
    options.roles = FieldRoles {
        name: args.name_field.clone(),
        code: args.code_field.clone(),
        class: args.class_field.clone(),
        area: args.area_field.clone(),
    };
    if args.encoding != "auto" {
        options.encoding = EncodingChoice::Named(args.encoding.clone());
    }
    // `--crs auto` is a choice too: then nothing is recalled.
    let memory = match crs {
        Some(_) => Memory::default(),
        None => exchange::memory(&document)?,
    };
    let progress = Progress::default();
    let reading =
        exchange::read_file(&args.file, &options, &memory, &progress).map_err(not_read)?;
    let report = reading.report;
    known_fields(&report, &options.roles)?;
    let imported = if args.dry_run {
        None
    } else {
        let imported = exchange::import(&mut document, &report, destination)?;
        exchange::remember(
            &mut document,
            &args.file,
            &report,
            options.crs,
            &options.roles,
        )?;
        Some(imported)
    };
    tell(&report, imported.as_ref(), destination, output);
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

/// Where it goes, from `--mode` and `--into`.
fn destination(document: &Document, args: &ImportArgs) -> Result<Destination, Failure> {
    let into = match (&args.into, args.mode) {
        (None, ImportMode::New) => return Ok(Destination::New),
        (Some(_), ImportMode::New) => {
            return Err(Failure::Usage(
                "写了 --into，请同时写 --mode append（追加）或 --mode replace（替换）。".to_owned(),
            ));
        }
        (None, _) => {
            return Err(Failure::Usage(
                "追加或替换请用 --into 写明图层名。".to_owned(),
            ));
        }
        (Some(into), _) => layer_named(document, into)?,
    };
    Ok(match args.mode {
        ImportMode::Replace => Destination::Replace(into),
        _ => Destination::Append(into),
    })
}

/// A layer by its name, or by its kind.
pub(super) fn layer_named(document: &Document, name: &str) -> Result<LayerId, Failure> {
    match Export::named(document, name)? {
        Export::Layer(id) => Ok(id),
        Export::Sites | Export::History => Err(Failure::Usage(format!("“{name}”不是图层。"))),
    }
}

/// A column that is not there is a slip of the hand: say so before anything is stored.
fn known_fields(report: &ReadReport, roles: &FieldRoles) -> Result<(), Failure> {
    for wanted in [&roles.name, &roles.code, &roles.class, &roles.area] {
        if let Some(wanted) = wanted
            && report.layer.field_index(wanted).is_none()
        {
            let names: Vec<&str> = (report.layer.fields.iter())
                .map(|field| field.name.as_str())
                .collect();
            return Err(Failure::Failed(format!(
                "文件中没有列“{wanted}”，未导入；有这些列：{}",
                names.join("、")
            )));
        }
    }
    Ok(())
}

fn tell(
    report: &ReadReport,
    imported: Option<&Imported>,
    destination: Destination,
    output: &Output,
) {
    let dry_run = imported.is_none();
    let retired = imported.map_or(&[][..], |imported| &imported.retired);
    let layer = &report.layer;
    let area_km2 = round_to_m2(layer.area_m2() / 1e6);
    let mut text = String::new();
    writeln!(
        text,
        "{}“{}”（{}）：读到 {} 个要素，导入 {}，修复 {}，隔离 {}",
        match (dry_run, destination) {
            (true, _) => "试读",
            (false, Destination::New) => "已导入",
            (false, Destination::Append(_)) => "已追加",
            (false, Destination::Replace(_)) => "已替换为",
        },
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
    if let Some(imported) = imported {
        if !imported.added_fields.is_empty() {
            writeln!(text, "新增列　{}", imported.added_fields.join("、")).ok();
        }
        if imported.replaced.is_some() {
            writeln!(text, "原图层没有删除，仍在工作区文件中，可用 QGIS 打开").ok();
        }
    }
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
            "mode": match destination {
                Destination::New => "new",
                Destination::Append(_) => "append",
                Destination::Replace(_) => "replace",
            },
            "roles": layer.roles,
            "added_fields": imported.map_or(&[][..], |imported| &imported.added_fields),
            "replaced": imported.and_then(|imported| imported.replaced).map(|id| id.0),
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

pub(super) fn parse_crs(text: &str) -> Result<CrsChoice, Failure> {
    CrsChoice::parse(text).ok_or_else(|| {
        Failure::Usage(format!(
            "不支持坐标系“{text}”；可用：auto，EPSG:4490、4326、3857，CGCS2000 高斯–克吕格 EPSG:4491–4554，WGS84 UTM EPSG:32643–32653；坐标按北、东顺序时加 +swapped，取自互联网地图时加 +gcj02 或 +bd09。"
        ))
    })
}

/// A system that a file can be written in.
fn known_crs(text: &str) -> Result<Crs, Failure> {
    Crs::parse(text).ok_or_else(|| {
        Failure::Usage(format!(
            "不支持坐标系“{text}”；可用：EPSG:4490、4326、3857，CGCS2000 高斯–克吕格 EPSG:4491–4554，WGS84 UTM EPSG:32643–32653。"
        ))
    })
}

pub(super) fn export(
    open: impl FnOnce() -> Result<Document, DocumentError>,
    args: &ExportArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let crs = (args.crs.as_deref()).map(known_crs);
    let encoding = args.encoding.as_deref().map(|text| {
        TextEncoding::parse(text)
            .ok_or_else(|| Failure::Usage(format!("不能写成编码“{text}”；可用：utf-8、gb18030。")))
    });
    let options = WriteOptions {
        crs: crs.transpose()?,
        encoding: encoding.transpose()?,
        overwrite: args.force,
    };
    let document = open()?;
    let written = Export::named(&document, &args.what)?.write(&document, &args.to, &options)?;
    let names: Vec<String> = (written.files.iter())
        .map(|file| file.display().to_string())
        .collect();
    let mut text = format!("已导出 {}：{} 条", names.join("、"), written.features);
    if let Some(crs) = written.crs {
        write!(text, "\n坐标系　{}（{crs}）", crs.label()).ok();
    }
    if let Some(encoding) = written.encoding {
        write!(text, "\n编码　　{}", encoding.label()).ok();
    }
    for note in &written.notes {
        text.push_str("\n注意：");
        text.push_str(note);
    }
    output.result(
        &json!({
            "written": args.to.display().to_string(),
            "features": written.features,
            "files": names,
            "crs": written.crs.map(|crs| crs.to_string()),
            "encoding": written.encoding.map(TextEncoding::label),
            "notes": written.notes,
        }),
        &text,
    );
    Ok(Outcome::Done)
}
