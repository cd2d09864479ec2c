//! Reads feature tables out of anybody's `GeoPackage`, without changing the file or its folder.
//!
//! The file may be damaged, hostile or in use: what of it can be read is read, triggers never run, a query
//! that never ends is ended. Must not know what becomes of the rows.

use rusqlite::types::ValueRef;
use rusqlite::{ErrorCode, Row, Statement};

use super::blob::{self, BlobError};
use super::foreign_open::{self, Opened};
use super::foreign_tables::{self, Listed};
use super::foreign_watch::Watch;
use super::names::quoted;
use crate::jobs::Progress;
use crate::model::{
    DatabaseAt, ForeignCell, ForeignEnd, ForeignError, ForeignGeometry, ForeignRow, ForeignVisitor,
    IssueCode, Value,
};

/// What a view may unfold to, for each byte of its file, and what any may.
const UNFOLDED_PER_BYTE: u64 = 20;
const UNFOLDED_FREE: u64 = 16 << 20;

/// A row costs that much in memory, without its texts and geometry.
const ROW_BYTES: u64 = 200;

/// Let `visitor` choose one of the feature tables and give it all rows that can be read.
pub fn read_foreign(
    at: DatabaseAt<'_>,
    visitor: &mut dyn ForeignVisitor,
    progress: &Progress,
) -> Result<ForeignEnd, ForeignError> {
    let watch = Watch::new(progress);
    read_watched(at, visitor, &watch)
}

pub(super) fn read_watched(
    at: DatabaseAt<'_>,
    visitor: &mut dyn ForeignVisitor,
    watch: &Watch,
) -> Result<ForeignEnd, ForeignError> {
    let opened = foreign_open::open(at, watch)?;
    let connection = &opened.connection;
    let end = watch.over(connection, || {
        let listed = foreign_tables::list(connection, watch)?;
        let mut end = ForeignEnd {
            damaged: opened.damaged,
            missing: listed.missing,
            ..ForeignEnd::default()
        };
        let tables: Vec<_> = (listed.tables.iter())
            .map(|listed| listed.table.clone())
            .collect();
        if let Some(chosen) = visitor.choose(&tables).and_then(|at| listed.tables.get(at)) {
            watch.expect(chosen.table.rows);
            Reading {
                opened: &opened,
                listed: chosen,
                visitor,
                watch,
                end: &mut end,
            }
            .run()?;
        }
        Ok(end)
    });
    opened.unchanged()?;
    end
}

/// Why rows stop coming.
enum Halt {
    Sql(rusqlite::Error),
    Cancelled,
    /// More than a file of this size can hold.
    TooMuch,
}

impl From<rusqlite::Error> for Halt {
    fn from(err: rusqlite::Error) -> Self {
        Self::Sql(err)
    }
}

impl Halt {
    fn is_damage(&self) -> bool {
        let Self::Sql(err) = self else {
            return false;
        };
        is_damage(err)
    }
}

/// Is it the file, rather than the query or the machine?
pub(super) fn is_damage(err: &rusqlite::Error) -> bool {
    matches!(
        err.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::SystemIoFailure)
    )
}

/// A table on its way to the visitor.
struct Reading<'a> {
    opened: &'a Opened,
    listed: &'a Listed,
    visitor: &'a mut dyn ForeignVisitor,
    watch: &'a Watch,
    end: &'a mut ForeignEnd,
}

impl Reading<'_> {
    fn run(&mut self) -> Result<(), ForeignError> {
        let read = match &self.listed.key {
            Some(key) => self.by_key(key),
            None => self.as_it_comes(),
        };
        match read {
            Ok(()) => {}
            Err(Halt::Cancelled) => return Err(ForeignError::Cancelled),
            Err(Halt::TooMuch) => self.end.endless = true,
            Err(halt) if halt.is_damage() => self.end.damaged = true,
            Err(Halt::Sql(err)) => self.stopped(&err)?,
        }
        Ok(())
    }

    fn stopped(&mut self, err: &rusqlite::Error) -> Result<(), ForeignError> {
        if err.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) {
            if self.watch.is_cancelled() {
                return Err(ForeignError::Cancelled);
            }
            self.end.endless = true;
            return Ok(());
        }
        let name = &self.listed.table.name;
        Err(ForeignError::Damaged(format!(
            "读不出“{name}”的内容（{err}）"
        )))
    }

    /// `SELECT key, geometry, cells FROM table`.
    fn select(&self, key: &str) -> String {
        let geometry = self.listed.geometry.as_deref();
        let geometry = geometry.map_or_else(|| "NULL".to_owned(), quoted);
        let columns = (self.listed.columns.iter()).fold(String::new(), |list, column| {
            list + ", " + &quoted(&column.name)
        });
        let table = quoted(&self.listed.table.name);
        format!("SELECT {key}, {geometry}{columns} FROM {table}")
    }

    /// A view, or a table without row numbers: what comes after a damaged place cannot be asked for.
    fn as_it_comes(&mut self) -> Result<(), Halt> {
        let allowed =
            UNFOLDED_FREE.saturating_add(self.opened.bytes.saturating_mul(UNFOLDED_PER_BYTE));
        let mut unfolded = 0_u64;
        let connection = &self.opened.connection;
        let mut statement = connection.prepare(&self.select("NULL"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (row, bytes) = self.row(row)?;
            unfolded = unfolded.saturating_add(ROW_BYTES + bytes);
            if unfolded > allowed {
                return Err(Halt::TooMuch);
            }
            self.give(row)?;
        }
        Ok(())
    }

    /// In the order of the row numbers, which lead around damaged places.
    fn by_key(&mut self, key: &str) -> Result<(), Halt> {
        let select = self.select(key);
        let mut last = None;
        loop {
            match self.forwards(&select, key, &mut last) {
                Err(halt) if halt.is_damage() => self.end.damaged = true,
                ended => return ended,
            }
            let Some(next) = self.beyond_damage(key, &mut last)? else {
                return Ok(());
            };
            self.rows_before(&select, key, last, next)?;
            last = next.checked_sub(1);
        }
    }

    /// All rows behind `last`, up to the first that cannot be read.
    fn forwards(&mut self, select: &str, key: &str, last: &mut Option<i64>) -> Result<(), Halt> {
        let connection = &self.opened.connection;
        let mut statement =
            connection.prepare(&format!("{select} WHERE {key} >= ?1 ORDER BY {key}"))?;
        let mut rows =
            statement.query([last.map_or(Some(i64::MIN), |last| last.checked_add(1))])?;
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(0)?;
            if last.is_some_and(|last| at <= last) {
                return Err(Halt::Sql(out_of_order()));
            }
            let (row, _) = self.row(row)?;
            self.give(row)?;
            *last = Some(at);
        }
        Ok(())
    }

    /// The first row number behind the damage after `last`; rows that are there and unreadable are counted
    /// and `last` is set to them.
    fn beyond_damage(&mut self, key: &str, last: &mut Option<i64>) -> Result<Option<i64>, Halt> {
        let table = quoted(&self.listed.table.name);
        let mut statement = (self.opened.connection).prepare(&format!(
            "SELECT {key} FROM {table} WHERE {key} > ?1 ORDER BY {key} LIMIT 1"
        ))?;
        let mut step = 0_i64;
        loop {
            if self.watch.is_cancelled() {
                return Err(Halt::Cancelled);
            }
            // Row numbers below 1 are rare enough to be given up with the damage.
            let Some(from) = last.unwrap_or(0).checked_add(step) else {
                return Ok(None);
            };
            match first(&mut statement, from) {
                Ok(None) => return Ok(None),
                Ok(Some(at)) if at <= from => return Err(Halt::Sql(out_of_order())),
                // The row that stopped us: its number is readable, the rest is not.
                Ok(Some(at)) if step == 0 => {
                    self.end.unreadable_rows += 1;
                    *last = Some(at);
                    return Ok(at.checked_add(1));
                }
                Ok(Some(at)) => return Ok(Some(at)),
                Err(err) if is_damage(&err) => {}
                Err(err) => return Err(err.into()),
            }
            let Some(doubled) = step.checked_mul(2) else {
                return Ok(None);
            };
            step = doubled.max(1);
        }
    }

    /// Rows between `last` and `next`, which [`Self::beyond_damage`] has leapt over: from behind, as far
    /// as they can be read.
    fn rows_before(
        &mut self,
        select: &str,
        key: &str,
        last: Option<i64>,
        next: i64,
    ) -> Result<(), Halt> {
        let connection = &self.opened.connection;
        let mut statement = connection.prepare(&format!(
            "{select} WHERE {key} > ?1 AND {key} < ?2 ORDER BY {key} DESC"
        ))?;
        let mut found: Vec<ForeignRow> = Vec::new();
        let mut upper = next;
        let mut rows = statement.query([last.unwrap_or(i64::MIN), next])?;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let at: i64 = row.get(0)?;
                    if at >= upper {
                        break;
                    }
                    upper = at;
                    found.push(self.row(row)?.0);
                    self.watch.beat();
                }
                Ok(None) => break,
                Err(err) if is_damage(&err) => break,
                Err(err) => return Err(err.into()),
            }
        }
        drop(rows);
        drop(statement);
        for row in found.into_iter().rev() {
            self.give(row)?;
        }
        Ok(())
    }

    fn give(&mut self, row: ForeignRow) -> Result<(), Halt> {
        self.visitor.row(row);
        if self.watch.row() {
            Ok(())
        } else {
            Err(Halt::Cancelled)
        }
    }

    /// A row, and how many bytes its geometry, texts and blobs have.
    fn row(&self, row: &Row<'_>) -> Result<(ForeignRow, u64), Halt> {
        let stored = row.get_ref(1)?;
        let mut bytes = size(stored);
        let geometry = geometry(stored);
        let mut cells = Vec::with_capacity(self.listed.columns.len());
        for (place, column) in self.listed.columns.iter().enumerate() {
            let stored = row.get_ref(place + 2)?;
            bytes = bytes.saturating_add(size(stored));
            cells.push(cell(stored, column.is_boolean));
        }
        Ok((ForeignRow { geometry, cells }, bytes))
    }
}

fn first(statement: &mut Statement<'_>, from: i64) -> rusqlite::Result<Option<i64>> {
    let mut rows = statement.query([from])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// Row numbers that do not rise: pages that lead in circles.
fn out_of_order() -> rusqlite::Error {
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(corrupt, None)
}

fn size(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
        _ => 0,
    }
}

fn geometry(value: ValueRef<'_>) -> ForeignGeometry {
    let (err, bytes) = match value {
        ValueRef::Null => return ForeignGeometry::None,
        ValueRef::Blob(bytes) => match blob::decode_shape(bytes) {
            Ok(None) => return ForeignGeometry::None,
            Ok(Some(shape)) => return ForeignGeometry::Read(shape),
            Err(err) => (err, bytes.to_vec()),
        },
        ValueRef::Text(text) => (BlobError::NotAGeometry, text.to_vec()),
        ValueRef::Integer(number) => (BlobError::NotAGeometry, number.to_string().into_bytes()),
        ValueRef::Real(number) => (BlobError::NotAGeometry, number.to_string().into_bytes()),
    };
    let (code, reason) = match err {
        BlobError::UnknownType(code) => (IssueCode::UnknownGeometryType, unknown_type(code)),
        BlobError::NotFinite => (IssueCode::OutOfRange, err.to_string()),
        BlobError::TooShort => (IssueCode::Truncated, err.to_string()),
        BlobError::NotAGeometry | BlobError::TooDeep => {
            (IssueCode::BadCoordinates, err.to_string())
        }
    };
    ForeignGeometry::Unreadable {
        code,
        reason,
        bytes,
    }
}

fn unknown_type(code: u32) -> String {
    let what = match code {
        8 => "圆弧（CIRCULARSTRING）",
        9 => "复合曲线（COMPOUNDCURVE）",
        10 => "曲边面（CURVEPOLYGON）",
        11 => "多曲线（MULTICURVE）",
        12 => "多曲面（MULTISURFACE）",
        13 => "曲线（CURVE）",
        14 => "曲面（SURFACE）",
        15 => "多面体（POLYHEDRALSURFACE）",
        16 => "三角网（TIN）",
        17 => "三角形（TRIANGLE）",
        _ => return format!("图形类型 {code} 无法识别"),
    };
    format!("图形是{what}，本版本不能读取；请在原软件中转换为折线或多边形")
}

fn cell(value: ValueRef<'_>, is_boolean: bool) -> ForeignCell {
    ForeignCell::Value(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number @ (0 | 1)) if is_boolean => Value::Boolean(number == 1),
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return ForeignCell::OddText(bytes.to_vec()),
        },
        ValueRef::Blob(bytes) => return ForeignCell::Blob(bytes.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ForeignTable;
    use rusqlite::Connection;

    #[derive(Default)]
    struct Counting(usize);

    impl ForeignVisitor for Counting {
        fn choose(&mut self, tables: &[ForeignTable]) -> Option<usize> {
            (!tables.is_empty()).then_some(0)
        }

        fn row(&mut self, _row: ForeignRow) {
            self.0 += 1;
        }
    }

    #[test]
    fn a_view_that_seeks_for_ever_is_stopped_by_patience_or_by_the_user() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gpkg");
        let package = Connection::open(&path).unwrap();
        package
            .execute_batch(
                "CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id);
                 INSERT INTO gpkg_geometry_columns VALUES ('a', 'geom', 4490);
                 CREATE VIEW a AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n)
                 SELECT fid, NULL AS geom FROM n WHERE fid = 3 OR fid < 0;",
            )
            .unwrap();
        drop(package);
        let progress = Progress::default();
        let watch = Watch::impatient(&progress);
        let mut visitor = Counting::default();
        let end = read_watched(DatabaseAt::File(&path), &mut visitor, &watch).unwrap();
        assert_eq!((end.endless, visitor.0), (true, 1));

        progress.cancel();
        let watch = Watch::new(&progress);
        let stopped = read_watched(DatabaseAt::File(&path), &mut visitor, &watch);
        assert!(matches!(stopped, Err(ForeignError::Cancelled)));
    }
}
