//! Where an import goes, and a dry run: what would happen, in one sentence.
//!
//! **Invariant:** nothing here writes.

use super::ImportDialog;
use crate::document::Document;
use crate::exchange::Destination;
use crate::formats::ReadReport;
use crate::model::{LayerId, LayerKind, Placement};

/// The layer that is there already, if it goes to one.
pub(super) const fn target_of(destination: Destination) -> Option<LayerId> {
    match destination {
        Destination::New => None,
        Destination::Append(layer) | Destination::Replace(layer) => Some(layer),
    }
}

/// What would be stored, where, and what else would change.
pub(super) fn sentence(
    dialog: &ImportDialog,
    report: &ReadReport,
    document: Option<&Document>,
) -> String {
    let target = target_of(dialog.destination).and_then(|id| document?.layer(id));
    let name = match (dialog.name.trim(), target) {
        (_, Some(stored)) => stored.layer.name.clone(),
        ("", None) => report.layer.name.clone(),
        (name, None) => name.to_owned(),
    };
    let count = report.layer.features.len();
    let mut parts = vec![match dialog.destination {
        Destination::New => format!("将新建图层“{name}”，导入 {count} 个要素"),
        Destination::Append(_) => format!("将向图层“{name}”追加 {count} 个要素"),
        Destination::Replace(_) => format!(
            "将用 {count} 个要素替换图层“{name}”现有的 {} 个（可恢复）",
            target.map_or(0, |stored| stored.layer.features.len())
        ),
    }];
    if report.repaired > 0 {
        parts.push(format!("其中修复 {} 个", report.repaired));
    }
    if !report.quarantined.is_empty() {
        parts.push(format!("{} 个存入隔离区", report.quarantined.len()));
    }
    let added: Vec<&str> = match (dialog.destination, target) {
        (Destination::Append(_), Some(stored)) => (report.layer.fields.iter())
            .filter(|field| stored.layer.field_index(&field.name).is_none())
            .map(|field| field.name.as_str())
            .collect(),
        _ => Vec::new(),
    };
    if !added.is_empty() {
        parts.push(format!("增加字段 {}", added.join("、")));
    }
    let retired: Vec<String> = retired(report, document);
    if !retired.is_empty() {
        parts.push(format!("“{}”停用", retired.join("”“")));
    }
    format!("{}。本次未写入工作区。", parts.join("，"))
}

/// The schematic layers that an official red line takes the place of.
fn retired(report: &ReadReport, document: Option<&Document>) -> Vec<String> {
    let official = report.layer.kind == LayerKind::RedLine && !report.layer.features.is_empty();
    let layers = document.filter(|_| official).map(Document::layers);
    (layers.unwrap_or_default().iter())
        .filter(|stored| {
            stored.layer.kind == LayerKind::RedLine
                && stored.layer.placement == Placement::Schematic
                && !stored.retired
        })
        .map(|stored| stored.layer.name.clone())
        .collect()
}
