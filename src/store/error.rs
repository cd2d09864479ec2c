//! Why the workspace could not be opened, read or changed, in words a planner can act on.
//!
//! Every message says what happened, to which file, and what to do. Where a message says that the
//! file is untouched, a test compares its bytes.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::crs::Crs;
use crate::jobs::Cancelled;
use crate::model::{LayerId, SiteId};
use crate::plan::PlanError;

/// Why the workspace refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("找不到工作区文件“{}”，请检查路径是否正确，或先新建工作区", path.display())]
    Missing { path: PathBuf },
    #[error("“{}”是文件夹，不是工作区文件，请选择其中的 .gpkg 文件", path.display())]
    Directory { path: PathBuf },
    #[error("“{}”已存在，未覆盖；请换一个文件名，或直接打开它", path.display())]
    Exists { path: PathBuf },
    #[error("无法读取“{}”：{source}。请检查文件权限和磁盘", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("无法写入“{}”：{source}。请检查文件夹是否存在、是否有写入权限", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("“{}”是空文件，不是工作区，文件未改动；请选择其他文件，或从备份恢复", path.display())]
    Empty { path: PathBuf },
    #[error("“{}”不是 GeoPackage 工作区文件，文件未改动；请选择由本软件建立的 .gpkg 文件", path.display())]
    NotADatabase { path: PathBuf },
    #[error(
        "“{}”不是由本软件建立的工作区，文件未改动；如需使用其中的图层，请先打开工作区再导入",
        path.display()
    )]
    Foreign { path: PathBuf },
    #[error(
        "工作区“{}”由更新版本的软件建立（格式 {found}，本软件最高支持 {known}），文件未改动；请升级本软件后再打开",
        path.display()
    )]
    Newer {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error("工作区“{}”已损坏（{detail}），文件未改动；请从备份恢复，不要继续编辑", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("工作区“{}”正被其他程序占用，本次操作未执行；请关闭占用它的程序（如 QGIS）后重试", path.display())]
    Locked { path: PathBuf },
    #[error("工作区“{}”是只读文件，文件未改动；请取消只读属性，或复制到可写的文件夹再打开", path.display())]
    ReadOnly { path: PathBuf },
    #[error("磁盘空间不足，“{}”未改动；请清理磁盘后重试", path.display())]
    DiskFull { path: PathBuf },
    #[error("{what}已被其他程序修改，本次修改未保存；请核对最新内容后再改")]
    ChangedElsewhere { what: String },
    #[error("工作区中没有编号为 {} 的项目", .0.0)]
    UnknownSite(SiteId),
    #[error("工作区中没有编号为 {} 的图层", .0.0)]
    UnknownLayer(LayerId),
    #[error("系统没有提供存放用户数据的文件夹，请用 --workspace 指定工作区文件")]
    NoDataFolder,
    #[error("项目 {} 的坐标或精度不是有效的数，未保存；请检查经纬度", .0.0)]
    BadPlace(SiteId),
    #[error(
        "不能追加到“{layer}”：它是“{there}”，文件中的是“{here}”，混在一起就分不清了；请导入为新图层，或替换原图层"
    )]
    PlacementsDiffer {
        layer: String,
        there: &'static str,
        here: &'static str,
    },
    #[error("隔离区中没有编号为 {0} 的要素，可能已处理；请刷新后再试")]
    NotInQuarantine(i64),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("“{}”是本软件的工作区，不能被导出的图层覆盖，未改动；请换一个文件名", path.display())]
    IsWorkspace { path: PathBuf },
    #[error("有坐标不在 {crs} 的有效范围内，“{}”没有写入；请改用经纬度", path.display())]
    NotInCrs { path: PathBuf, crs: Crs },
    #[error("已取消")]
    ExportCancelled,
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("工作区“{}”读写出错：{source}。本次操作未执行，请重试；若反复出现，请从备份恢复", path.display())]
    Sql {
        path: PathBuf,
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// The plain reason behind an SQLite error on the workspace at `path`.
    pub(super) fn from_sql(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged {
                path,
                detail: source.to_string(),
            },
            _ => Self::Sql { path, source },
        }
    }
}

/// What goes wrong inside a transaction, before the path is known to the message.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(rusqlite::Error),
    Refused(StoreError),
}

impl Failure {
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Sql(source) => StoreError::from_sql(path, source),
            Self::Refused(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sql(source)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Cancelled> for Failure {
    fn from(cancelled: Cancelled) -> Self {
        Self::Refused(cancelled.into())
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Self {
        Self::Refused(error.into())
    }
}
