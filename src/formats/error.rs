//! Why a file cannot be read at all, in the user's words.
//!
//! What is merely wrong with a file is an [`crate::model::Issue`], never an error.

use super::crs_candidate::{self, CrsCandidate};
use crate::jobs::Cancelled;

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
    #[error("“{file}”超过 4 GB，无法一次读入；请在 QGIS 或 ArcGIS 中按镇街或图幅拆分后分批导入")]
    TooLarge { file: String },
    #[error("文件“{file}”是空的，请重新获取")]
    Empty { file: String },
    #[error("“{file}”是文件夹，其中有 {count} 个数据文件（{names}），请选择其中一个")]
    SeveralFiles {
        file: String,
        count: usize,
        names: String,
    },
    #[error(
        "“{file}”是{what}，本版本尚不能读取；请在 QGIS 或 ArcGIS 中导出为 GeoJSON 或 Shapefile 后再导入"
    )]
    Unsupported { file: String, what: &'static str },
    #[error("“{file}”是{format}，但无法读取：{reason}")]
    Damaged {
        file: String,
        format: &'static str,
        reason: String,
    },
    #[error("“{file}”中没有名为“{layer}”的图层；其中有：{present}")]
    NoSuchLayer {
        file: String,
        layer: String,
        present: String,
    },
    #[error("“{file}”不是 GeoJSON：{reason}")]
    NotGeoJson { file: String, reason: String },
    #[error("“{file}”中没有要素，没有可导入的内容")]
    NoFeatures { file: String },
    #[error(
        "“{file}”声明的坐标系“{crs}”不受支持。可读取 CGCS2000 经纬度（EPSG:4490）、WGS84（EPSG:4326）、CGCS2000 高斯–克吕格（EPSG:4491–4554）、WGS84 UTM（EPSG:32643–32653）和 Web 墨卡托（EPSG:3857）；请先转换坐标系，或在导入时指定坐标系{}",
        listed(candidates)
    )]
    UnknownCrs {
        file: String,
        crs: String,
        /// What the numbers say.
        candidates: Vec<CrsCandidate>,
    },
    #[error(
        "无法判断“{file}”的坐标系：坐标如 ({x}, {y})，{}",
        undecided(candidates)
    )]
    CrsUndecided {
        file: String,
        x: f64,
        y: f64,
        /// What the user can choose from; empty where the numbers are like nothing we know.
        candidates: Vec<CrsCandidate>,
    },
    #[error("没有名为“{name}”的编码；可用 auto、utf-8、gb18030、gbk、big5、utf-16le")]
    UnknownEncoding { name: String },
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl ReadError {
    /// The coordinate systems to ask the user about; empty where that is not the question.
    pub fn crs_candidates(&self) -> &[CrsCandidate] {
        match self {
            Self::UnknownCrs { candidates, .. } | Self::CrsUndecided { candidates, .. } => {
                candidates
            }
            _ => &[],
        }
    }
}

fn listed(candidates: &[CrsCandidate]) -> String {
    match candidates {
        [] => String::new(),
        some => format!("。按数值可能是：{}", crs_candidate::listed(some)),
    }
}

fn undecided(candidates: &[CrsCandidate]) -> String {
    match candidates {
        [] => "不像经纬度，也不像我国的投影坐标；请在导入时指定坐标系".to_owned(),
        some => format!(
            "有几种可能，请核对后在导入时指定坐标系：{}",
            crs_candidate::listed(some)
        ),
    }
}
