//! 图幅: one printed page with a true scale, and pictures of it.
//!
//! A sheet is a vector PDF in the Gauss–Krüger zone of its map's centre; its picture is drawn from that
//! PDF. What claims no exact place says so on the page: the grade and its source, the circle of
//! uncertainty, the watermark. The same request and input give the same bytes.
//! Deliberately absent: the workspace, files, the window; atlases of many sheets.

mod canvas;
mod compose;
mod facts;
mod furniture;
mod grid;
mod layout;
mod paper;
mod picture;
mod render;
mod scale;
mod side;
mod subject;
mod typeset;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::crs::{Crs, Extent, LonLat, TransformError};
use crate::model::{ProjectSite, SiteId};
use crate::scene::{LayerView, MapStyle};

pub use compose::produce;
pub use paper::{Orientation, Paper, PaperRect};
pub use picture::{DPIS, Pixels, pixels, png};
pub use render::{RenderedMap, render_map};
pub use scale::{SCALES, scale_text};

/// What a sheet is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SheetSubject {
    /// A location sheet of one project.
    Site(SiteId),
    /// A map of what lies in a lon/lat rectangle.
    Extent(Extent),
}

/// 比例尺.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleChoice {
    /// The largest round scale that shows the whole subject.
    Fit,
    /// 1:n, the subject's middle in the map's middle.
    Fixed(u32),
}

impl ScaleChoice {
    /// Reads `fit`, `50000`, `1:50000`, `1:50 000`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("fit") {
            return Some(Self::Fit);
        }
        let number: String = text
            .trim_start_matches("1:")
            .trim_start_matches("1：")
            .chars()
            .filter(|c| !c.is_whitespace() && *c != ',')
            .collect();
        number.parse().ok().map(Self::Fixed)
    }
}

/// What is to be printed.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetRequest {
    pub subject: SheetSubject,
    pub paper: Paper,
    pub orientation: Orientation,
    pub scale: ScaleChoice,
    /// `None`: named after the subject.
    pub title: Option<String>,
    /// 制图; empty: left out.
    pub author: String,
    /// Printed, and the PDF's creation date.
    pub date: Date,
}

/// What a sheet is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct SheetInput<'a> {
    /// In draw order, bottom first.
    pub layers: &'a [LayerView<'a>],
    pub sites: &'a BTreeMap<SiteId, ProjectSite>,
    pub style: &'a MapStyle,
}

/// A printed page.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub pdf: Vec<u8>,
    /// 1:`scale`.
    pub scale: u32,
    pub crs: Crs,
    pub pages: usize,
    /// The paper, mm.
    pub page: PaperRect,
    /// The map inside its neat line, mm.
    pub map: PaperRect,
    /// The lon/lat rectangle around the map.
    pub extent: Extent,
    /// Features and sites with a mark on the map.
    pub features_drawn: usize,
    /// Something on the map claims no place: the page carries the watermark.
    pub schematic: bool,
    /// What the user should know before printing, in Chinese.
    pub warnings: Vec<String>,
}

/// Why there is no sheet.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("没有编号为 {} 的项目，请核对项目编号", .id.0)]
    UnknownSite { id: SiteId },
    #[error("出图范围是空的或不正确，请给出“西,南,东,北”四个经纬度，且西小于东、南小于北")]
    EmptyExtent,
    #[error(
        "工作区里没有可以确定出图范围的行政区界或其他图形，请先导入行政区界，或直接给出经纬度范围"
    )]
    NothingToShow,
    #[error("比例尺 1:{scale} 不在 1:500 到 1:2 000 000 之间，请换一个比例尺或缩小出图范围")]
    Scale { scale: u32 },
    #[error(
        "以经纬度 ({:.4}, {:.4}) 为中心的范围不能投影到高斯–克吕格 3°带，请检查出图范围是否在中国境内、是否过大",
        .at.lon,
        .at.lat
    )]
    Projection { at: LonLat },
    #[error("高斯–克吕格投影失败：{0}")]
    Transform(#[from] TransformError),
    #[error("内置字体损坏，不能出图，请重新安装本程序")]
    Font,
    #[error("PDF 生成失败：{reason}")]
    Pdf { reason: String },
    #[error("图片生成失败：{reason}")]
    Picture { reason: String },
    #[error("分辨率 {dpi} DPI 不在 20 到 600 之间，请换一个分辨率")]
    Dpi { dpi: u32 },
    #[error("图片大小 {width}×{height} 不正确，宽和高都应在 16 到 8192 像素之间")]
    Size { width: u32, height: u32 },
}
