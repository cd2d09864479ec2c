//! Feature tables of a database that another program made, on their way from SQL to a layer.
//!
//! Plain data, so that what reads the database (`store`) and what makes layers of it (`formats`) need not
//! know each other. Deliberately absent: SQL, files, which coordinate system a table is in.

use std::path::Path;

use geo::Geometry;

use super::{IssueCode, Value};

/// Where the database is.
#[derive(Clone, Copy, Debug)]
pub enum DatabaseAt<'a> {
    File(&'a Path),
    /// Out of an archive.
    Bytes(&'a [u8]),
}

/// A table or view with a geometry column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignTable {
    pub name: String,
    /// What its users call it; else its name.
    pub title: String,
    /// The code of a [`super::Placement`], where the file claims one.
    pub placement: Option<String>,
    pub srs: ForeignSrs,
    /// In the order of a row's cells.
    pub columns: Vec<String>,
    /// How many rows it has, as far as that can be known without reading them.
    pub rows: Option<usize>,
    /// How many rows the file says it has.
    pub claimed_rows: Option<usize>,
}

/// What a table says about its coordinates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignSrs {
    /// The key in the file; −1 and 0 say "undefined".
    pub id: i64,
    /// Whose `code` it is, `EPSG` mostly; empty where the file does not define the key.
    pub organization: String,
    pub code: i64,
    pub name: String,
    /// Well-known text.
    pub definition: String,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub struct ForeignRow {
    pub geometry: ForeignGeometry,
    pub cells: Vec<ForeignCell>,
}

/// What stands in a geometry column.
#[derive(Clone, Debug)]
pub enum ForeignGeometry {
    None,
    Read(ReadShape),
    Unreadable {
        code: IssueCode,
        reason: String,
        /// The bytes as they are in the file.
        bytes: Vec<u8>,
    },
}

/// A geometry as it was stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadShape {
    pub geometry: Geometry<f64>,
    /// One for each coordinate, in the order of `coords_iter`.
    pub heights: Option<Box<[f64]>>,
    pub had_measures: bool,
    /// Rings that did not end where they start.
    pub closed_rings: usize,
}

/// What stands in any other column.
#[derive(Clone, Debug, PartialEq)]
pub enum ForeignCell {
    Value(Value),
    /// Text that is not UTF-8, which SQLite does not check.
    OddText(Vec<u8>),
    /// Bytes: a picture or a document. How many.
    Blob(usize),
}

/// Chooses a table and takes its rows.
pub trait ForeignVisitor {
    /// Which of these (at least one) is read; `None`: none of them.
    fn choose(&mut self, tables: &[ForeignTable]) -> Option<usize>;
    fn row(&mut self, row: ForeignRow);
}

/// How the reading of a table ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignEnd {
    /// Parts of the file cannot be read; the rows around them have been.
    pub damaged: bool,
    /// Rows that are there and cannot be read.
    pub unreadable_rows: usize,
    /// A view gave more rows than its file can hold, or none for too long, and was stopped.
    pub endless: bool,
    /// Tables that the file lists and does not have.
    pub missing: Vec<String>,
}

/// Why nothing can be read.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// What it is instead.
    #[error("{0}")]
    NotAGeoPackage(&'static str),
    #[error("{0}")]
    Damaged(String),
    #[error("文件正被其他程序修改，请关闭该程序（如 QGIS）后重试")]
    Changing,
    #[error("无法读取文件：{0}，请检查磁盘或网络位置后重试")]
    Io(#[from] std::io::Error),
    #[error("已取消")]
    Cancelled,
}
