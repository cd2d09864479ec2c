//! The steps of reading, one after another; the same for every format.
//!
//! Must not know any format's insides, nor the workspace.

use std::path::Path;

use geo::Coord;

use super::accept::Accepting;
use super::crs_candidate::CrsConfidence;
use super::crs_decision::{Decision, Grounds};
use super::crs_declared::Declared;
use super::crs_detect::{self, Clues, Decided};
use super::detect_format::{self, Format};
use super::issue_log::IssueLog;
use super::issue_places;
use super::raw::{NotRead, RawFile, RawLayer};
use super::source::{self, Source};
use super::{CrsChoice, ReadError, ReadOptions, ReadReport};
use super::{boundary_txt, dxf, geojson_read, geopackage, gpx, kml, shapefile, table, topojson};
use crate::analysis;
use crate::jobs::Progress;
use crate::model::{Action, FieldRoles, IssueCode, Layer, LayerKind, Placement};

/// Characters of a system's name, and of its parameters, in a message.
const MAX_CRS_NAME: usize = 160;

/// Read a file, or the data set in a folder. Nothing is ever changed.
pub fn read_file(
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<ReadReport, ReadError> {
    read_source(source::open(path)?, options, progress)
}

/// Read what a file holds; `file` is its path, for names and messages.
pub fn read_bytes(
    file: &str,
    bytes: &[u8],
    options: &ReadOptions,
    progress: &Progress,
) -> Result<ReadReport, ReadError> {
    read_source(Source::from_bytes(file, bytes), options, progress)
}

fn read_source(
    source: Source<'_>,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<ReadReport, ReadError> {
    let (source, format) = identify(source, options)?;
    let mut log = IssueLog::default();
    let mut raw = read_raw(format, &source, options, &mut log, progress)
        .map_err(|err| not_read(&source, format, err))?;
    let (mut layer, other_layers) = choose_layer(&mut raw, &source, options)?;
    log.absorb(std::mem::take(&mut layer.log));
    if layer.read == 0 {
        let file = source.name.clone();
        return Err(match (raw.cut_short, format) {
            (true, _) => not_read(
                &source,
                format,
                NotRead::Broken("内容在第一个要素之前就中断了".to_owned()),
            ),
            (false, _) => ReadError::NoFeatures { file },
        });
    }
    report_layer(&layer, &other_layers, &mut log);
    let Decided {
        decision,
        mut confidence,
        mut candidates,
        map_by_name,
    } = decide_crs(
        &clues(&source, format, &layer, options),
        &source.name,
        options.crs,
    )?;
    report_crs(&decision, &mut log);
    if let Some((map, evidence)) = &map_by_name {
        log.file(
            IssueCode::OffsetSuspected,
            Action::Kept,
            format!("{evidence}，坐标可能带有 {} 的偏移；未作改动", map.label()),
        );
    }
    let layer_name = (options.name.clone())
        .or_else(|| layer.name.clone().filter(|name| !name.trim().is_empty()))
        .unwrap_or_else(|| source.stem().to_owned());
    let declared_placement = layer.placement.as_deref().and_then(Placement::from_code);
    let read = layer.read;
    let mut features = Accepting::new(&raw, &decision, &mut log)
        .map_err(|err| not_read(&source, format, NotRead::Broken(err.to_string())))?
        .accept(&mut layer, progress)?;
    let rows = features.iter_mut().map(|feature| &mut feature.values);
    let fields = layer.columns.finish(rows);
    let mut layer = Layer {
        roles: options.roles.clone(),
        name: layer_name,
        kind: options.kind,
        placement: Placement::Surveyed,
        source: format!("{}（{}）", source.file_name(), decision.crs),
        fields,
        features,
    };
    if let Some(placement) = declared_placement {
        layer.placement = placement;
    } else if says_schematic(&layer) {
        layer.placement = Placement::Schematic;
    } else if decision.precision_m.is_some() {
        layer.placement = Placement::Approximate;
    }

    if let Some(district) = options.district {
        log.extend(analysis::wrong_zone(&layer, district));
        log.extend(analysis::outside_district(
            &layer,
            district,
            options.boundary.as_ref(),
        ));
    }
    let suspected = (options.boundary.as_ref())
        .and_then(|boundary| analysis::internet_map_offset(&layer, boundary));
    let suspicion = match suspected {
        Some(suspicion) => {
            log.extend([suspicion.issue()]);
            Some((suspicion.map, suspicion.evidence()))
        }
        None => map_by_name,
    };
    if let Some((map, evidence)) = suspicion.filter(|_| decision.offset.is_none()) {
        confidence = confidence.min(CrsConfidence::Likely);
        let own = candidates.first().cloned();
        let moved = own.map(|own| own.with_offset_taken_back(map, evidence));
        let after_own = candidates.len().min(1);
        candidates.splice(after_own..after_own, moved);
    }
    log.extend(analysis::compare_area_columns(&layer));
    if options.kind == LayerKind::RedLine
        && let Some(plan_km2) = options.plan_area_km2
    {
        log.extend(analysis::compare_with_plan(&layer, plan_km2));
    }
    let mut findings = log.finish();
    issue_places::fill(
        &mut findings.issues,
        &layer.features,
        &findings.quarantined,
        &decision,
    );
    Ok(ReadReport {
        layer,
        crs: decision.crs,
        crs_reason: decision.reason,
        crs_confidence: confidence,
        crs_candidates: candidates,
        encoding: raw.encoding,
        encoding_reason: raw.encoding_reason,
        format: format.label(),
        other_layers,
        crs_precision_m: decision.precision_m,
        read,
        repaired: findings.repaired,
        issues: findings.issues,
        quarantined: findings.quarantined,
    })
}

/// Say, of a file that was read, what its columns mean.
pub fn apply_roles(report: &mut ReadReport, roles: FieldRoles) {
    let changed = report.layer.roles.area != roles.area;
    report.layer.roles = roles;
    if changed {
        (report.issues).retain(|issue| issue.code != IssueCode::AreaDiffers);
        let mut log = IssueLog::default();
        log.extend(analysis::compare_area_columns(&report.layer));
        report.issues.extend(log.finish().issues);
        report.issues.sort_by_key(|issue| issue.feature);
    }
}

/// Which format it is; an archive is opened.
fn identify<'a>(
    mut source: Source<'a>,
    options: &ReadOptions,
) -> Result<(Source<'a>, Format), ReadError> {
    let unsupported = |source: &Source<'_>, what| ReadError::Unsupported {
        file: source.name.clone(),
        what,
    };
    let mut unpacked = false;
    loop {
        if source.bytes.iter().all(u8::is_ascii_whitespace) {
            let file = source.name;
            return Err(ReadError::Empty { file });
        }
        match detect_format::detect(&source) {
            Err(what) => return Err(unsupported(&source, what)),
            Ok(Format::Archive) if unpacked => {
                return Err(unsupported(&source, "压缩包中的压缩包"));
            }
            Ok(Format::Archive) => {
                source = source.unpacked(options)?;
                unpacked = true;
            }
            Ok(format) => return Ok((source, format)),
        }
    }
}

fn read_raw<'a>(
    format: Format,
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let read = match format {
        Format::GeoJson => geojson_read::read,
        Format::TopoJson => topojson::read,
        Format::Shapefile => shapefile::read,
        Format::Kml => kml::read,
        Format::Gpx => gpx::read,
        Format::GeoPackage => geopackage::read,
        Format::BoundaryTxt => boundary_txt::read,
        Format::Dxf => dxf::read,
        Format::Csv | Format::Xlsx => table::read,
        Format::Archive => return Err(NotRead::Unsupported("压缩包")),
    };
    read(source, options, log, progress)
}

fn not_read(source: &Source<'_>, format: Format, err: NotRead) -> ReadError {
    let file = source.name.clone();
    match err {
        NotRead::Broken(reason) if format == Format::GeoJson => {
            ReadError::NotGeoJson { file, reason }
        }
        NotRead::Broken(reason) => ReadError::Damaged {
            file,
            format: format.label(),
            reason,
        },
        NotRead::Unsupported(what) => ReadError::Unsupported { file, what },
        NotRead::UnknownEncoding(name) => ReadError::UnknownEncoding { name },
        NotRead::Cancelled(cancelled) => cancelled.into(),
    }
}

/// Take the layer asked for, else the one with most features, out of the file. Also the others' names.
fn choose_layer(
    raw: &mut RawFile<'_>,
    source: &Source<'_>,
    options: &ReadOptions,
) -> Result<(RawLayer, Vec<String>), ReadError> {
    let name_of = |layer: &RawLayer| layer.name.clone().unwrap_or_default();
    let mut layers = std::mem::take(&mut raw.layers);
    let mut others = source.others.clone();
    let wanted = (options.layer.as_deref()).filter(|wanted| *wanted != source.stem());
    let place = match wanted {
        Some(wanted) => layers.iter().position(|layer| {
            name_of(layer) == wanted || layer.other_name.as_deref() == Some(wanted)
        }),
        None => (0..layers.len())
            .rev()
            .max_by_key(|&place| layers.get(place).map(|layer| layer.read)),
    };
    match place {
        Some(place) => {
            let chosen = layers.swap_remove(place);
            others.splice(0..0, layers.iter().map(name_of));
            Ok((chosen, others))
        }
        None if wanted.is_some() => {
            let mut present: Vec<String> = layers.iter().map(name_of).collect();
            present.push(source.stem().to_owned());
            present.extend(others);
            present.retain(|name| !name.is_empty());
            Err(ReadError::NoSuchLayer {
                file: source.name.clone(),
                layer: options.layer.clone().unwrap_or_default(),
                present: present.join("、"),
            })
        }
        None => Ok((RawLayer::default(), others)),
    }
}

fn report_layer(layer: &RawLayer, others: &[String], log: &mut IssueLog) {
    if layer.with_heights > 0 {
        log.file(
            IssueCode::HeightsDropped,
            Action::Kept,
            format!(
                "{} 个要素带有 M 值或无法对应的高程，未保留",
                layer.with_heights
            ),
        );
    }
    if !others.is_empty() {
        log.file(
            IssueCode::OtherLayers,
            Action::Kept,
            format!(
                "文件中还有 {} 个图层未读取：{}",
                others.len(),
                others.join("、")
            ),
        );
    }
}

/// What there is to decide the coordinate system by.
fn clues<'a>(
    source: &'a Source<'_>,
    format: Format,
    layer: &'a RawLayer,
    options: &'a ReadOptions,
) -> Clues<'a> {
    Clues {
        declared: &layer.declared,
        declared_by: match format {
            Format::Shapefile => "配套的 .prj 声明",
            Format::BoundaryTxt => "文件头声明",
            Format::Kml | Format::Gpx => "该格式规定为",
            _ => "文件声明",
        },
        file_name: source.file_name(),
        geometries: (layer.features.iter())
            .filter_map(|feature| feature.geometry.as_ref())
            .collect(),
        district: options.district,
        boundary: options.boundary.as_ref(),
        degrees_by_standard: matches!(format, Format::GeoJson | Format::TopoJson),
    }
}

fn decide_crs(clues: &Clues<'_>, file: &str, choice: CrsChoice) -> Result<Decided, ReadError> {
    match (choice, clues.declared) {
        (CrsChoice::Fixed(crs), _) => Ok(crs_detect::chosen(clues, crs, None)),
        (
            CrsChoice::Exactly {
                crs,
                swapped,
                offset,
            },
            _,
        ) => Ok(crs_detect::chosen(clues, crs, Some((swapped, offset)))),
        (CrsChoice::Auto, Declared::Unknown(crs)) => Err(ReadError::UnknownCrs {
            file: file.to_owned(),
            crs: crs.chars().take(MAX_CRS_NAME).collect(),
            candidates: crs_detect::by_numbers_alone(clues),
        }),
        (CrsChoice::Auto, _) => crs_detect::decide(clues).map_err(|undecided| {
            let Coord { x, y } = undecided.at;
            ReadError::CrsUndecided {
                file: file.to_owned(),
                x,
                y,
                candidates: undecided.candidates,
            }
        }),
    }
}

fn report_crs(decision: &Decision, log: &mut IssueLog) {
    let code = match decision.grounds {
        Grounds::Certain => None,
        Grounds::Numbers => Some(IssueCode::CrsGuessed),
        Grounds::Contradiction => Some(IssueCode::CrsContradicted),
    };
    if let Some(code) = code {
        log.file(code, Action::Kept, decision.reason.clone());
    }
    if decision.swapped {
        log.file(
            IssueCode::AxesSwapped,
            Action::Repaired,
            "坐标按北、东（或纬度、经度）顺序排列，已对调",
        );
    }
    if decision.precision_m.is_some() {
        log.file(
            IssueCode::DatumApproximate,
            Action::Kept,
            decision.reason.clone(),
        );
    }
}

/// A layer whose every feature calls itself 示意 claims no true place.
fn says_schematic(layer: &Layer) -> bool {
    !layer.features.is_empty()
        && layer.features.iter().all(|feature| {
            (feature.values.iter())
                .filter_map(|value| value.as_text())
                .any(|text| text.starts_with("示意"))
        })
}
