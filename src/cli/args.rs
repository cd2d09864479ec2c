//! What may be typed: the console contract as clap sees it. Help is in Chinese, for users.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// 生态红线一张图 · 命令行
#[derive(Debug, Parser)]
#[command(
    name = "redline",
    version,
    about = "生态红线一张图 · 命令行：与窗口程序相同的功能",
    disable_help_subcommand = true
)]
pub(super) struct Cli {
    /// 工作区文件（*.gpkg）；不写则使用本人的默认工作区
    #[arg(long, global = true, value_name = "FILE.gpkg")]
    pub(super) workspace: Option<PathBuf>,
    /// 在标准输出打印一个 JSON 对象
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: CliCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum CliCommand {
    /// 由规划数据新建工作区
    Init {
        /// 不装入规划数据
        #[arg(long)]
        empty: bool,
    },
    /// 工作区里有什么
    Info,
    /// 导入文件：读取、诊断、入库
    Import(ImportArgs),
    /// 隔离区：查看、重读、修复、导出
    Quarantine {
        #[command(subcommand)]
        action: QuarantineAction,
    },
    /// 导入时可能报告的问题：代码、含义、处理办法
    Issues,
    /// 导出图层、项目或历史
    Export(ExportArgs),
    /// 占压：用一个图层裁切另一个图层
    Overlap(OverlapArgs),
    /// 项目台账
    Sites {
        /// 所属工程（原文，可只写一部分）
        #[arg(long)]
        category: Option<String>,
        /// 状态：谋划、前期、未开工、在建、停缓建、完工、已验收、调整终止
        #[arg(long)]
        status: Option<String>,
        /// 汉字、全拼或拼音首字母
        #[arg(long)]
        search: Option<String>,
    },
    /// 一个项目
    Site {
        /// 项目序号（附表一）
        id: i64,
        #[command(subcommand)]
        action: SiteAction,
    },
    /// 不开窗口画一幅地图
    Render {
        /// 宽x高，像素，例如 1200x800
        #[arg(long, value_name = "WxH")]
        size: String,
        /// 范围：西,南,东,北（度）；不写为全区
        #[arg(long, value_name = "W,S,E,N", allow_hyphen_values = true)]
        bbox: Option<String>,
        #[arg(long, value_name = "FILE.png")]
        out: PathBuf,
        /// 目标文件已存在时替换
        #[arg(long)]
        force: bool,
    },
    /// 出一张位置图
    Sheet(SheetArgs),
    /// 修改历史，最新的在前
    History {
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// 检查工作区是否完好
    Verify,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    pub(super) file: PathBuf,
    /// 作为哪类图层
    #[arg(long = "as", value_enum, default_value_t = ImportKind::Reference)]
    pub(super) kind: ImportKind,
    /// 图层名；不写取文件名
    #[arg(long)]
    pub(super) name: Option<String>,
    /// 文件中有多个图层时读哪一个；不写读要素最多的
    #[arg(long)]
    pub(super) layer: Option<String>,
    /// 坐标系：auto 或 EPSG:n；不写时按同类文件上次的选择，没有则自动判断
    #[arg(long)]
    pub(super) crs: Option<String>,
    /// 文字编码：auto、UTF-8、GB18030 等
    #[arg(long, default_value = "auto")]
    pub(super) encoding: String,
    /// 哪一列是名称
    #[arg(long, value_name = "列名")]
    pub(super) name_field: Option<String>,
    /// 哪一列是编号
    #[arg(long, value_name = "列名")]
    pub(super) code_field: Option<String>,
    /// 哪一列是类型
    #[arg(long, value_name = "列名")]
    pub(super) class_field: Option<String>,
    /// 哪一列是面积
    #[arg(long, value_name = "列名")]
    pub(super) area_field: Option<String>,
    /// 新建图层，追加到图层，或替换图层
    #[arg(long, value_enum, default_value_t = ImportMode::New)]
    pub(super) mode: ImportMode,
    /// 追加到或替换哪个图层
    #[arg(long, value_name = "图层名")]
    pub(super) into: Option<String>,
    /// 只诊断，不入库
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// 图层名，或 redline、sites、sections、reservoirs、history 等
    pub(super) what: String,
    /// 目标文件，按扩展名定格式：.geojson、.shp、.gpkg、.kml、.txt（界址点）、.csv、.xlsx
    #[arg(long, value_name = "FILE")]
    pub(super) to: PathBuf,
    /// 坐标系，例如 EPSG:4523；不写按格式的惯例
    #[arg(long, value_name = "EPSG:n")]
    pub(super) crs: Option<String>,
    /// 文字编码：utf-8 或 gb18030；不写按格式的惯例
    #[arg(long)]
    pub(super) encoding: Option<String>,
    /// 目标文件已存在时替换
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct OverlapArgs {
    /// 一方（占比按它计算）：文件、图层名，或 redline、reservoir、sites 等
    pub(super) a: String,
    /// 另一方，写法相同
    pub(super) b: String,
    /// 占压图斑写入此文件，按扩展名定格式；属性带 a_、b_ 前缀
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// 目标文件已存在时替换
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ImportKind {
    Redline,
    Section,
    Reservoir,
    Site,
    Reference,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ImportMode {
    New,
    Append,
    Replace,
}

#[derive(Debug, Subcommand)]
pub(super) enum QuarantineAction {
    /// 隔离区里有什么
    List {
        /// 图层名；不写为全部
        layer: Option<String>,
    },
    /// 全部重读一遍，合格的并入图层
    Retry {
        layer: String,
        /// 坐标系：EPSG:n；不写按原文件的
        #[arg(long)]
        crs: Option<String>,
    },
    /// 修复一个要素
    Fix(FixArgs),
    /// 把已放行的要素放回隔离区
    PutBack {
        layer: String,
        /// 原文件中的序号
        #[arg(long)]
        feature: usize,
    },
    /// 导出隔离区（.csv 全部；.geojson 有图形的）
    Export {
        layer: String,
        file: PathBuf,
        /// 目标文件已存在时替换
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct FixArgs {
    pub(super) layer: String,
    /// 原文件中的序号
    #[arg(long)]
    pub(super) feature: usize,
    #[command(flatten)]
    pub(super) mends: MendArgs,
    /// 用这个文件的文字代替原文（GeoJSON 要素，或原文件格式的一个要素）
    #[arg(long, value_name = "FILE")]
    pub(super) text: Option<PathBuf>,
    /// 坐标系：EPSG:n；不写按原文件的
    #[arg(long)]
    pub(super) crs: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct MendArgs {
    /// 闭合首尾不相接的环
    #[arg(long)]
    pub(super) close_rings: bool,
    /// 删除连续重复的点
    #[arg(long)]
    pub(super) drop_duplicates: bool,
    /// 删除点数不足的部分
    #[arg(long)]
    pub(super) drop_broken: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SiteAction {
    /// 显示
    Show,
    /// 修改状态
    Set {
        #[arg(long)]
        status: String,
        /// 说明
        #[arg(long, default_value = "")]
        note: String,
        /// 发生日期，例如 2024-03-01；不写为今天
        #[arg(long)]
        date: Option<String>,
    },
    /// 定位
    Locate {
        #[arg(long, allow_hyphen_values = true)]
        lon: f64,
        #[arg(long, allow_hyphen_values = true)]
        lat: f64,
        /// surveyed（实测）或 approximate（概略）
        #[arg(long, default_value = "approximate")]
        placement: String,
        /// ± 米；概略定位必填
        #[arg(long)]
        precision: Option<f64>,
        /// 依据，例如“现场踏勘 2024-03-01”
        #[arg(long)]
        basis: String,
    },
    /// 填报一年的投资（万元）；写 - 表示清除该项
    Invest {
        #[arg(long)]
        year: i32,
        /// 年度计划
        #[arg(long, allow_hyphen_values = true)]
        plan: Option<String>,
        /// 完成投资
        #[arg(long, allow_hyphen_values = true)]
        completed: Option<String>,
        /// 到位资金：中央
        #[arg(long, allow_hyphen_values = true)]
        central: Option<String>,
        /// 到位资金：省
        #[arg(long, allow_hyphen_values = true)]
        province: Option<String>,
        /// 到位资金：市
        #[arg(long, allow_hyphen_values = true)]
        city: Option<String>,
        /// 到位资金：区
        #[arg(long, allow_hyphen_values = true)]
        district: Option<String>,
        /// 到位资金：社会
        #[arg(long, allow_hyphen_values = true)]
        society: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct SheetArgs {
    /// 项目序号
    #[arg(long, conflicts_with = "bbox", required_unless_present = "bbox")]
    pub(super) site: Option<i64>,
    /// 范围：西,南,东,北（度）
    #[arg(long, value_name = "W,S,E,N", allow_hyphen_values = true)]
    pub(super) bbox: Option<String>,
    #[arg(long, value_enum, default_value_t = PaperArg::A4)]
    pub(super) paper: PaperArg,
    #[arg(long, value_enum, default_value_t = OrientationArg::Landscape)]
    pub(super) orientation: OrientationArg,
    /// 比例尺分母，或 fit
    #[arg(long, default_value = "fit")]
    pub(super) scale: String,
    /// 图名；不写按内容生成
    #[arg(long)]
    pub(super) title: Option<String>,
    /// PNG 的分辨率
    #[arg(long, default_value_t = 200)]
    pub(super) dpi: u32,
    /// .pdf 或 .png
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// 目标文件已存在时替换
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum PaperArg {
    #[value(name = "A4", alias = "a4")]
    A4,
    #[value(name = "A3", alias = "a3")]
    A3,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum OrientationArg {
    Portrait,
    Landscape,
}
