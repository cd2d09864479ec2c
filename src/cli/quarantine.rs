//! `quarantine`: what could not be imported: listed, tried again, mended, taken out as a file.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::args::{FixArgs, QuarantineAction};
use super::exchange::{layer_named, parse_crs};
use super::output::Output;
use super::{Failure, Outcome};
use crate::document::Document;
use crate::exchange::{self, Again, QuarantineWritten, Retried};
use crate::formats::{CrsChoice, Mend};
use crate::model::LayerId;
use crate::store::QuarantineRow;

pub(super) fn run(
    document: &mut Document,
    action: &QuarantineAction,
    output: &Output,
) -> Result<Outcome, Failure> {
    match action {
        QuarantineAction::List { layer } => list(document, layer.as_deref(), output),
        QuarantineAction::Retry { layer, crs } => {
            let id = layer_named(document, layer)?;
            let again = Again {
                crs: crs.as_deref().map_or(Ok(CrsChoice::Auto), parse_crs)?,
                mends: Vec::new(),
            };
            let retried = exchange::retry_now(document, id, None, &again)?;
            Ok(tell(document, id, &retried, output))
        }
        QuarantineAction::Fix(args) => fix(document, args, output),
        QuarantineAction::PutBack { layer, feature } => put_back(document, layer, *feature, output),
        QuarantineAction::Export { layer, file, force } => {
            export(document, layer, file, *force, output)
        }
    }
}

fn waiting(document: &Document, id: LayerId) -> Result<Vec<QuarantineRow>, Failure> {
    let mut rows = document.quarantine(id)?;
    rows.retain(QuarantineRow::is_waiting);
    Ok(rows)
}

fn list(document: &Document, layer: Option<&str>, output: &Output) -> Result<Outcome, Failure> {
    let only = layer.map(|name| layer_named(document, name)).transpose()?;
    let mut text = String::new();
    let mut listed = Vec::new();
    for stored in document.layers() {
        if only.is_some_and(|only| only != stored.id) {
            continue;
        }
        for row in waiting(document, stored.id)? {
            writeln!(
                text,
                "{}　第 {} 个要素　{}（{}）",
                stored.layer.name, row.what.feature, row.what.reason, row.source
            )
            .ok();
            listed.push(json!({
                "id": row.id.0,
                "layer": stored.layer.name,
                "feature": row.what.feature,
                "code": row.what.code,
                "reason": row.what.reason,
                "source": row.source,
                "format": row.format,
                "crs": row.epsg.map(|code| format!("EPSG:{code}")),
                "raw": row.what.raw,
            }));
        }
    }
    if listed.is_empty() {
        text.push_str("隔离区是空的");
    }
    output.result(&json!({ "quarantine": listed }), &text);
    Ok(Outcome::Done)
}

fn fix(document: &mut Document, args: &FixArgs, output: &Output) -> Result<Outcome, Failure> {
    let id = layer_named(document, &args.layer)?;
    let mut mends = Vec::new();
    if let Some(file) = &args.text {
        let bytes = std::fs::read(file).map_err(|err| {
            Failure::Failed(format!("无法读取“{}”：{err}，未作修改", file.display()))
        })?;
        let text = String::from_utf8(bytes).map_err(|_err| {
            Failure::Failed(format!("“{}”不是 UTF-8 文字，未作修改", file.display()))
        })?;
        mends.push(Mend::SetText(text));
    }
    for (wanted, mend) in [
        (args.mends.close_rings, Mend::CloseRings),
        (args.mends.drop_duplicates, Mend::DropDuplicateVertices),
        (args.mends.drop_broken, Mend::DropBrokenParts),
    ] {
        if wanted {
            mends.push(mend);
        }
    }
    if mends.is_empty() && args.crs.is_none() {
        return Err(Failure::Usage(
            "请写明怎样修复：--close-rings、--drop-duplicates、--drop-broken、--text 或 --crs。"
                .to_owned(),
        ));
    }
    let rows: Vec<_> = (waiting(document, id)?.into_iter())
        .filter(|row| row.what.feature == args.feature)
        .map(|row| row.id)
        .collect();
    if rows.is_empty() {
        return Err(Failure::Failed(format!(
            "“{}”的隔离区里没有第 {} 个要素；用 redline quarantine list 查看",
            args.layer, args.feature
        )));
    }
    if rows.len() > 1 && args.text.is_some() {
        return Err(Failure::Failed(format!(
            "“{}”的隔离区里有 {} 个第 {} 号要素（来自不同文件），无法用同一段文字修复",
            args.layer,
            rows.len(),
            args.feature
        )));
    }
    let again = Again {
        crs: args.crs.as_deref().map_or(Ok(CrsChoice::Auto), parse_crs)?,
        mends,
    };
    let retried = exchange::retry_now(document, id, Some(&rows), &again)?;
    Ok(tell(document, id, &retried, output))
}

fn tell(document: &Document, id: LayerId, retried: &Retried, output: &Output) -> Outcome {
    let stored = document.layer(id);
    let name = stored.map_or("", |stored| stored.layer.name.as_str());
    let mut text = format!(
        "“{name}”：{} 个要素已修复并入图层，{} 个仍在隔离区\n",
        retried.accepted.len(),
        retried.still.len()
    );
    for one in &retried.still {
        writeln!(text, "  第 {} 个要素　{}", one.feature, one.reason).ok();
    }
    let still: Vec<_> = (retried.still.iter())
        .map(|one| json!({ "feature": one.feature, "code": one.code, "reason": one.reason }))
        .collect();
    output.result(
        &json!({
            "layer": name,
            "accepted": retried.accepted.len(),
            "still": still,
            "features": stored.map(|stored| stored.layer.features.len()),
            "quarantined": stored.map(|stored| stored.quarantined),
        }),
        &text,
    );
    if retried.still.is_empty() {
        Outcome::Done
    } else {
        Outcome::WithProblems
    }
}

fn put_back(
    document: &mut Document,
    layer: &str,
    feature: usize,
    output: &Output,
) -> Result<Outcome, Failure> {
    let id = layer_named(document, layer)?;
    let rows: Vec<_> = (document.quarantine(id)?.into_iter())
        .filter(|row| row.what.feature == feature && !row.is_waiting())
        .map(|row| row.id)
        .collect();
    if rows.is_empty() {
        return Err(Failure::Failed(format!(
            "“{layer}”没有从隔离区放行过第 {feature} 个要素，未作修改"
        )));
    }
    document.put_back(&rows)?;
    output.result(
        &json!({ "layer": layer, "put_back": rows.len() }),
        &format!("已放回隔离区：{} 个要素", rows.len()),
    );
    Ok(Outcome::Done)
}

fn export(
    document: &Document,
    layer: &str,
    file: &Path,
    force: bool,
    output: &Output,
) -> Result<Outcome, Failure> {
    let id = layer_named(document, layer)?;
    let rows = waiting(document, id)?;
    let QuarantineWritten { features, left_out } = exchange::write_quarantine(file, &rows, force)?;
    let mut text = format!("已导出 {}：{features} 个要素", file.display());
    if left_out > 0 {
        write!(text, "；{left_out} 个没有可用的图形，未写入，请导出为 .csv").ok();
    }
    output.result(
        &json!({
            "written": file.display().to_string(),
            "features": features,
            "left_out": left_out,
        }),
        &text,
    );
    Ok(if left_out == 0 {
        Outcome::Done
    } else {
        Outcome::WithProblems
    })
}
