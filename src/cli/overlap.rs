//! `overlap`: one layer cut by another, as a total and as a layer of pieces.
//!
//! Must not know how anything is cut.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::args::OverlapArgs;
use super::output::Output;
use super::{Failure, Outcome};
use crate::analysis::overlap::{Overlaps, Piece, Remark, overlaps};
use crate::document::{Document, DocumentError};
use crate::exchange::{self, Export};
use crate::formats::{self, ReadOptions, WriteOptions};
use crate::jobs::Progress;
use crate::model::{
    Feature, Field, FieldRoles, FieldType, Layer, LayerKind, Placement, ProjectSite, Value,
};

/// Remarks printed one by one; all of them are in `--json`.
const PRINTED: usize = 20;

pub(super) fn overlap(
    mut open: impl FnMut() -> Result<Document, DocumentError>,
    args: &OverlapArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let is_file = |what: &str| Path::new(what).is_file();
    // Two files need no workspace.
    let document = if is_file(&args.a) && is_file(&args.b) {
        None
    } else {
        Some(open()?)
    };
    let progress = Progress::default();
    let a = layer(&args.a, document.as_ref(), &progress)?;
    let b = layer(&args.b, document.as_ref(), &progress)?;
    let found = overlaps(&a.features, &b.features, &progress)?;
    if let Some(out) = &args.out {
        let options = WriteOptions {
            overwrite: args.force,
            ..WriteOptions::default()
        };
        exchange::write_layer(out, &pieces_layer(&a, &b, &found.pieces), &options)?;
    }
    tell(&a, &b, &found, args, output);
    Ok(if found.remarks.iter().any(|r| r.what.is_left_out()) {
        Outcome::WithProblems
    } else {
        Outcome::Done
    })
}

/// A file by its path, else a layer of the workspace by name or kind; `sites` are the ledger's places.
fn layer(
    what: &str,
    document: Option<&Document>,
    progress: &Progress,
) -> Result<Arc<Layer>, Failure> {
    let Some(document) = document.filter(|_| !Path::new(what).is_file()) else {
        let options = match document {
            Some(document) => exchange::read_options(document, LayerKind::Reference)?,
            None => ReadOptions::new(LayerKind::Reference),
        };
        return Ok(Arc::new(
            formats::read_file(Path::new(what), &options, progress)?.layer,
        ));
    };
    let unknown = || {
        Failure::Failed(format!(
            "“{what}”既不是文件，也不是工作区里的图层；请写文件路径、图层名，或 redline、reservoir、sites 等类别"
        ))
    };
    match Export::named(document, what) {
        Ok(Export::Layer(id)) => {
            let stored = document.layer(id).ok_or_else(unknown)?;
            Ok(Arc::clone(&stored.layer))
        }
        Ok(Export::Sites) => Ok(Arc::new(sites_layer(document.sites().values()))),
        Ok(Export::History) | Err(_) => Err(unknown()),
    }
}

/// The ledger's located projects as points.
fn sites_layer<'a>(sites: impl Iterator<Item = &'a ProjectSite> + Clone) -> Layer {
    let located = sites.clone().filter(|site| site.placement.at.is_some());
    let placement = located
        .map(|site| site.placement.grade)
        .fold(Placement::Surveyed, less_certain);
    let field = |name: &str, field_type| Field {
        name: name.to_owned(),
        field_type,
    };
    let features = sites.map(|site| Feature {
        fid: site.id.0,
        geometry: site
            .placement
            .at
            .map(|at| geo::Point::new(at.lon, at.lat).into()),
        heights: None,
        values: vec![
            Value::Integer(site.id.0),
            Value::Text(site.name.clone()),
            Value::Text(site.placement.grade.code().to_owned()),
        ],
    });
    Layer {
        name: "项目".to_owned(),
        kind: LayerKind::Site,
        placement,
        source: String::new(),
        fields: vec![
            field("id", FieldType::Integer),
            field("name", FieldType::Text),
            field("placement", FieldType::Text),
        ],
        roles: FieldRoles::default(),
        features: features.collect(),
    }
}

/// The pieces with what both layers say of them.
fn pieces_layer(a: &Layer, b: &Layer, pieces: &[Piece]) -> Layer {
    let named = |prefix: &'static str| {
        move |field: &Field| Field {
            name: format!("{prefix}{}", field.name),
            field_type: field.field_type,
        }
    };
    let measured = ["overlap_m2", "overlap_m", "share_pct"].map(|name| Field {
        name: name.to_owned(),
        field_type: FieldType::Real,
    });
    let fields = (a.fields.iter().map(named("a_")))
        .chain(b.fields.iter().map(named("b_")))
        .chain(measured)
        .collect();
    let values_of = |layer: &Layer, place: usize| -> Vec<Value> {
        let mut values = (layer.features.get(place)).map_or(Vec::new(), |f| f.values.clone());
        values.resize(layer.fields.len(), Value::Null);
        values
    };
    let features = (1..).zip(pieces).map(|(fid, piece)| {
        let mut values = values_of(a, piece.a);
        values.extend(values_of(b, piece.b));
        values.push(Value::Real(rounded(piece.area_m2, 100.0)));
        values.push(Value::Real(rounded(piece.length_m, 100.0)));
        let percent = |share: f64| Value::Real(rounded(share * 100.0, 10_000.0));
        values.push(piece.share_of_a.map_or(Value::Null, percent));
        Feature {
            fid,
            geometry: Some(piece.geometry.clone()),
            heights: None,
            values,
        }
    });
    Layer {
        name: format!("{} 与 {} 的占压", a.name, b.name),
        kind: LayerKind::Reference,
        placement: less_certain(a.placement, b.placement),
        source: format!("占压计算：{}、{}", a.name, b.name),
        fields,
        roles: FieldRoles::default(),
        features: features.collect(),
    }
}

/// A result is as good as the worse of what it is made of.
fn less_certain(one: Placement, other: Placement) -> Placement {
    let rank = |grade: Placement| Placement::ALL.iter().position(|listed| *listed == grade);
    if rank(one) < rank(other) { other } else { one }
}

/// An empty sum is -0, which nobody wants to read.
fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts + 0.0
}

fn tell(a: &Layer, b: &Layer, found: &Overlaps, args: &OverlapArgs, output: &Output) {
    let area_m2 = rounded(found.area_m2(), 100.0);
    let length_m = rounded(found.pieces.iter().map(|piece| piece.length_m).sum(), 100.0);
    let points: usize = found.pieces.iter().map(|piece| piece.points).sum();
    let mut text = String::new();
    writeln!(
        text,
        "“{}”占压“{}”：{} 处，面积 {area_m2} 平方米（椭球面积）",
        a.name,
        b.name,
        found.pieces.len()
    )
    .ok();
    if length_m > 0.0 || points > 0 {
        writeln!(text, "线长　　{length_m} 米；点 {points} 个").ok();
    }
    if found.slivers > 0 {
        let slivers = found.slivers;
        writeln!(
            text,
            "另有 {slivers} 对只在 1 毫米宽度以内重叠，视为相邻，未计入"
        )
        .ok();
    }
    for layer in [a, b] {
        let placeless = placeless(layer);
        if placeless > 0 {
            writeln!(
                text,
                "“{}”有 {placeless} 个要素没有位置，未参与计算",
                layer.name
            )
            .ok();
        }
        if layer.placement != Placement::Surveyed {
            let grade = layer.placement.label();
            writeln!(
                text,
                "注意：“{}”的定位等级为“{grade}”，结果不能作为审批依据",
                layer.name
            )
            .ok();
        }
    }
    for remark in found.remarks.iter().take(PRINTED) {
        writeln!(
            text,
            "  {}：{}",
            place(a, b, remark),
            remark.what.sentence()
        )
        .ok();
    }
    if found.remarks.len() > PRINTED {
        let more = found.remarks.len() - PRINTED;
        writeln!(text, "  另有 {more} 条，用 --json 查看全部").ok();
    }
    if let Some(out) = &args.out {
        writeln!(text, "已写入　{}", out.display()).ok();
    }
    let listed = |left_out: bool| -> Vec<_> {
        (found.remarks.iter())
            .filter(|remark| remark.what.is_left_out() == left_out)
            .map(|remark| {
                json!({
                    "a": remark.a.map(|at| at + 1),
                    "b": remark.b.map(|at| at + 1),
                    "code": remark.what.code(),
                    "message": remark.what.sentence(),
                })
            })
            .collect()
    };
    let side = |layer: &Layer| {
        json!({
            "layer": layer.name,
            "features": layer.features.len(),
            "without_place": placeless(layer),
            "placement": layer.placement.code(),
        })
    };
    output.result(
        &json!({
            "a": side(a),
            "b": side(b),
            "pairs": found.pieces.len(),
            "area_m2": area_m2,
            "length_m": length_m,
            "points": points,
            "slivers": found.slivers,
            "mended": listed(false),
            "left_out": listed(true),
            "out": args.out.as_ref().map(|out| out.display().to_string()),
        }),
        &text,
    );
}

fn placeless(layer: &Layer) -> usize {
    let without = |feature: &&Feature| feature.geometry.is_none();
    layer.features.iter().filter(without).count()
}

fn place(a: &Layer, b: &Layer, remark: &Remark) -> String {
    [(a, remark.a), (b, remark.b)]
        .into_iter()
        .filter_map(|(layer, at)| Some(format!("“{}”第 {} 个要素", layer.name, at? + 1)))
        .collect::<Vec<_>>()
        .join("、")
}
