//! Bytes to layers and back: GeoJSON in, GeoJSON and CSV out.
//!
//! [`ReadError`] means that a file cannot be read at all. Everything that is merely wrong is an
//! [`Issue`] of the [`ReadReport`], and what cannot be imported is kept as [`Quarantined`].
//!
//! The steps of reading:
//! 1. `encoding`: bytes to text;
//! 2. `geojson_read` and `geojson_feature` over `json`: text to features in the file's own coordinates;
//! 3. `crs_detect`: which system these are;
//! 4. here: to CGCS2000 lon/lat, ring checks;
//! 5. `columns`: attributes to typed columns.
//!
//! Deliberately absent: the workspace, the plan (its figures come in as options).

mod columns;
mod crs_detect;
mod csv_write;
mod encoding;
mod geojson_feature;
mod geojson_read;
mod geojson_write;
mod issue_log;
mod json;
mod wkt;
mod write;

use std::path::Path;

use geo::{Coord, CoordsIter, MapCoords};

pub use encoding::EncodingChoice;
pub use write::{
    WriteError, sites_csv, sites_geojson, write_bytes, write_layer, write_quarantined, write_sites,
    write_table_csv,
};

use crate::analysis;
use crate::crs::{Crs, Extent, Transform};
use crate::jobs::{Cancelled, Progress};
use crate::model::{Action, Feature, Issue, IssueCode, Layer, LayerKind, Placement, Quarantined};
use crs_detect::{Decision, Declared, Grounds};
use geojson_read::{NotRead, RawFeature, RawLayer};
use issue_log::IssueLog;

/// Who decides which coordinate system a file is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrsChoice {
    /// The file's declaration and its numbers.
    #[default]
    Auto,
    /// The user.
    Fixed(Crs),
}

/// How to read a file.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub kind: LayerKind,
    /// The layer's name; else the file's own.
    pub name: Option<String>,
    pub crs: CrsChoice,
    pub encoding: EncodingChoice,
    /// Where the district is: decides between systems and finds what lies outside.
    pub district: Option<Extent>,
    /// The plan's figure, to compare a red line's total with.
    pub plan_area_km2: Option<f64>,
}

impl ReadOptions {
    /// Everything automatic.
    pub const fn new(kind: LayerKind) -> Self {
        Self {
            kind,
            name: None,
            crs: CrsChoice::Auto,
            encoding: EncodingChoice::Auto,
            district: None,
            plan_area_km2: None,
        }
    }
}

/// A file that was read, and all there is to say about it.
#[derive(Debug)]
pub struct ReadReport {
    /// The accepted features, in CGCS2000 lon/lat.
    pub layer: Layer,
    /// What the file was in.
    pub crs: Crs,
    /// One sentence: how that was decided.
    pub crs_reason: String,
    pub encoding: String,
    /// Features met, good and bad.
    pub read: usize,
    /// Accepted features that were repaired.
    pub repaired: usize,
    pub issues: Vec<Issue>,
    pub quarantined: Vec<Quarantined>,
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("找不到文件“{file}”，请检查路径")]
    NotFound { file: String },
    #[error("“{file}”是文件夹，请选择其中的文件")]
    IsFolder { file: String },
    #[error("没有读取“{file}”的权限，或文件正被其他程序独占；请关闭该程序，或先复制到自己的文件夹")]
    NoPermission { file: String },
    #[error("读取“{file}”失败，请检查磁盘或网络位置后重试")]
    Io {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("文件“{file}”是空的，请重新获取")]
    Empty { file: String },
    #[error(
        "“{file}”是{what}，本版本只读取 GeoJSON（.geojson、.json）；请在 QGIS 或 ArcGIS 中导出为 GeoJSON 后再导入"
    )]
    Unsupported { file: String, what: &'static str },
    #[error("“{file}”不是 GeoJSON：{reason}")]
    NotGeoJson { file: String, reason: String },
    #[error("“{file}”中没有要素，没有可导入的内容")]
    NoFeatures { file: String },
    #[error(
        "“{file}”声明的坐标系“{crs}”不受支持。可读取 CGCS2000 经纬度（EPSG:4490）、WGS84（EPSG:4326）、CGCS2000 高斯–克吕格（EPSG:4491–4554）和 Web 墨卡托（EPSG:3857）；请先转换坐标系，或在导入时指定坐标系"
    )]
    UnknownCrs { file: String, crs: String },
    #[error(
        "无法判断“{file}”的坐标系：坐标如 ({x}, {y})，不像经纬度，也不像我国的投影坐标；请在导入时指定坐标系"
    )]
    CrsUndecided { file: String, x: f64, y: f64 },
    #[error("没有名为“{name}”的编码；可用 auto、utf-8、gb18030、gbk、big5、utf-16le")]
    UnknownEncoding { name: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Read a file. The file itself is never changed.
pub fn read_file(
    path: &Path,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<ReadReport, ReadError> {
    let file = path.display().to_string();
    let from_io = |source: std::io::Error| {
        let file = file.clone();
        match source.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                ReadError::NotFound { file }
            }
            std::io::ErrorKind::PermissionDenied => ReadError::NoPermission { file },
            std::io::ErrorKind::IsADirectory => ReadError::IsFolder { file },
            _ if write::is_open_elsewhere(&source) => ReadError::NoPermission { file },
            _ => ReadError::Io { file, source },
        }
    };
    if std::fs::metadata(path).map_err(from_io)?.is_dir() {
        return Err(ReadError::IsFolder { file });
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy());
    if let Some(what) = ending.and_then(|ending| other_format(&ending)) {
        return Err(ReadError::Unsupported { file, what });
    }
    let bytes = std::fs::read(path).map_err(from_io)?;
    read_bytes(&file, &bytes, options, progress)
}

/// Formats that planners have and this version does not read, by the file's ending.
fn other_format(ending: &str) -> Option<&'static str> {
    Some(match ending.to_ascii_lowercase().as_str() {
        "shp" | "dbf" | "shx" | "prj" => "Shapefile",
        "kml" | "kmz" => "KML",
        "gpkg" => "GeoPackage",
        "gdb" | "mdb" => "ArcGIS 地理数据库",
        "dxf" | "dwg" => "CAD 图",
        "csv" | "xls" | "xlsx" => "表格",
        "zip" | "rar" | "7z" => "压缩包",
        "tif" | "tiff" | "png" | "jpg" | "pdf" => "图像",
        _ => return None,
    })
}

/// Read what a file holds; `file` is its path, for names and messages.
pub fn read_bytes(
    file: &str,
    bytes: &[u8],
    options: &ReadOptions,
    progress: &Progress,
) -> Result<ReadReport, ReadError> {
    let name = || file.to_owned();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty { file: name() });
    }
    if let Some(what) = known_by_its_start(bytes) {
        return Err(ReadError::Unsupported { file: name(), what });
    }
    let decoded = encoding::decode(bytes, &options.encoding)
        .map_err(|encoding::UnknownEncoding(name)| ReadError::UnknownEncoding { name })?;
    let mut log = IssueLog::default();
    report_encoding(&decoded, &mut log);

    let raw = geojson_read::read(&decoded.text, &mut log, progress).map_err(|err| match err {
        NotRead::NotGeoJson(reason) => ReadError::NotGeoJson {
            file: name(),
            reason,
        },
        NotRead::Cancelled(cancelled) => cancelled.into(),
    })?;
    if raw.read == 0 && raw.cut_short {
        return Err(ReadError::NotGeoJson {
            file: name(),
            reason: "内容在第一个要素之前就中断了".to_owned(),
        });
    }
    if raw.read == 0 {
        return Err(ReadError::NoFeatures { file: name() });
    }
    if raw.with_heights > 0 {
        log.file(
            IssueCode::HeightsDropped,
            Action::Kept,
            format!("{} 个要素带高程，只保留平面坐标", raw.with_heights),
        );
    }

    let decision = decide_crs(file, &raw, options)?;
    report_crs(&decision, &mut log);
    let layer_name = (options.name.clone())
        .or_else(|| raw.name.clone().filter(|name| !name.trim().is_empty()))
        .unwrap_or_else(|| stem(file));
    let declared_placement = raw.placement.as_deref().and_then(Placement::from_code);
    let read = raw.read;
    let mut columns_and_features = Accepting {
        text: &decoded.text,
        decision: &decision,
        progress,
        log: &mut log,
    }
    .accept(raw.features, file)?;
    let fields = raw.columns.finish(
        columns_and_features
            .iter_mut()
            .map(|feature| &mut feature.values),
    );
    let mut layer = Layer {
        name: layer_name,
        kind: options.kind,
        placement: Placement::Surveyed,
        source: format!("{}（{}）", file_name(file), decision.crs),
        fields,
        features: columns_and_features,
    };
    if let Some(placement) = declared_placement {
        layer.placement = placement;
    } else if says_schematic(&layer) {
        layer.placement = Placement::Schematic;
    }

    if let Some(district) = options.district {
        log.extend(analysis::outside_district(&layer, district));
    }
    if options.kind == LayerKind::RedLine {
        log.extend(analysis::compare_area_columns(&layer));
        if let Some(plan_km2) = options.plan_area_km2 {
            log.extend(analysis::compare_with_plan(&layer, plan_km2));
        }
    }
    let findings = log.finish();
    Ok(ReadReport {
        layer,
        crs: decision.crs,
        crs_reason: decision.reason,
        encoding: decoded.name().to_owned(),
        read,
        repaired: findings.repaired,
        issues: findings.issues,
        quarantined: findings.quarantined,
    })
}

/// Containers whose first bytes are unmistakable, whatever the file is called.
fn known_by_its_start(bytes: &[u8]) -> Option<&'static str> {
    [
        (&b"PK\x03\x04"[..], "压缩包"),
        (b"SQLite format 3\0", "GeoPackage 或 SQLite 数据库"),
        (b"%PDF", "PDF"),
        (b"\x89PNG", "图像"),
        (b"\x00\x00\x27\x0a", "Shapefile"),
        (b"\x1f\x8b", "压缩包"),
    ]
    .into_iter()
    .find_map(|(start, what)| bytes.starts_with(start).then_some(what))
}

fn report_encoding(decoded: &encoding::Decoded<'_>, log: &mut IssueLog) {
    let encoding = decoded.name();
    if encoding != "UTF-8" {
        log.file(
            IssueCode::Reencoded,
            Action::Kept,
            format!("文字编码为 {encoding}，已转换为 UTF-8"),
        );
    } else if decoded.had_mark {
        log.file(
            IssueCode::ByteOrderMark,
            Action::Kept,
            "文件以字节顺序标记（BOM）开头，已跳过",
        );
    }
    if decoded.bad_places > 0 {
        log.file(
            IssueCode::BadText,
            Action::Repaired,
            format!(
                "{} 处文字无法按 {encoding} 解码，已用“\u{fffd}”代替；可在导入时指定编码",
                decoded.bad_places
            ),
        );
    }
}

fn decide_crs(
    file: &str,
    raw: &RawLayer<'_>,
    options: &ReadOptions,
) -> Result<Decision, ReadError> {
    let samples: Vec<Coord<f64>> = raw
        .features
        .iter()
        .filter_map(|feature| feature.geometry.as_ref()?.coords_iter().next())
        .collect();
    let declared = match (options.crs, crs_detect::declared(raw.crs.as_ref())) {
        (CrsChoice::Fixed(crs), _) => return Ok(crs_detect::chosen(crs, &samples)),
        (CrsChoice::Auto, Declared::Unknown(crs)) => {
            return Err(ReadError::UnknownCrs {
                file: file.to_owned(),
                crs: geojson_feature::shortened(&crs).into_owned(),
            });
        }
        (CrsChoice::Auto, Declared::Known(crs)) => Some(crs),
        (CrsChoice::Auto, Declared::Nothing) => None,
    };
    crs_detect::decide(declared, &samples, options.district).ok_or_else(|| {
        let at = samples.first().copied().unwrap_or_default();
        ReadError::CrsUndecided {
            file: file.to_owned(),
            x: at.x,
            y: at.y,
        }
    })
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
}

/// From raw features to accepted ones: transformed, checked, the rest quarantined.
struct Accepting<'a> {
    text: &'a str,
    decision: &'a Decision,
    progress: &'a Progress,
    log: &'a mut IssueLog,
}

impl Accepting<'_> {
    fn accept(&mut self, raw: Vec<RawFeature>, file: &str) -> Result<Vec<Feature>, ReadError> {
        let transform = Transform::new(self.decision.crs).map_err(|err| ReadError::NotGeoJson {
            file: file.to_owned(),
            reason: err.to_string(),
        })?;
        let mut features = Vec::with_capacity(raw.len());
        for feature in raw {
            // Reading was the first half of the work.
            let done = self.text.len() + feature.span.start;
            self.progress.step(done, self.text.len() * 2)?;
            features.extend(self.accept_one(feature, &transform));
        }
        Ok(features)
    }

    fn accept_one(&mut self, raw: RawFeature, transform: &Transform) -> Option<Feature> {
        let number = raw.number;
        let mut quarantine = |code, reason: String| {
            let text = self.text.get(raw.span.clone()).unwrap_or_default();
            self.log.quarantine(number, code, reason, text);
        };
        let geometry = match raw.geometry {
            None => None,
            Some(geometry) if analysis::has_no_area(&geometry) => {
                quarantine(IssueCode::ZeroArea, "面的面积为零".to_owned());
                return None;
            }
            Some(geometry) => {
                let located = geometry
                    .try_map_coords(|at| crs_detect::to_lon_lat(transform, self.decision, at));
                match located {
                    Ok(geometry) => Some(geometry),
                    Err(crs_detect::NotThere(at)) => {
                        quarantine(
                            IssueCode::OutOfRange,
                            format!(
                                "坐标 ({}, {}) 超出 {} 的范围",
                                at.x, at.y, self.decision.crs
                            ),
                        );
                        return None;
                    }
                }
            }
        };
        if let Some(at) = geometry.as_ref().and_then(analysis::first_crossing) {
            self.log.kept(
                number,
                IssueCode::SelfIntersection,
                format!("边界自相交，在 {} 附近，面积可能不准", at.to_dms()),
            );
        }
        Some(Feature {
            fid: i64::try_from(number).unwrap_or(i64::MAX),
            geometry,
            values: raw.row,
        })
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

fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem();
    stem.map_or_else(
        || file.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

fn file_name(file: &str) -> String {
    let name = Path::new(file).file_name();
    name.map_or_else(
        || file.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
