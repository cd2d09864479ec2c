//! Shapefile: `.shp` geometry with its `.dbf`, `.prj`, `.cpg` and `.shx` beside it ([`Source::sibling`]).
//!
//! Must not know which coordinate system is decided on, nor what a layer means.

mod code_page;
mod dbf;
mod dbf_write;
mod geometry;
mod memo;
mod parts;
mod records;
mod rings;
mod write;

use super::heights::Heights;
use super::issue_log::IssueLog;
use super::raw::{Declared, NotRead, RawFeature, RawFile, RawLayer, RawText, rebuilt};
use super::source::Source;
use super::{EncodingChoice, ReadOptions, encoding, prj};
use crate::jobs::Progress;
use crate::model::{Action, IssueCode, Value};
use code_page::Grounds;
use dbf::{Oddity, Table};
use geometry::{Fault, Shape};
use memo::Memo;
use records::{Record, Records, State};
pub(super) use write::{files_of, write};

pub(super) fn read<'a>(
    source: &'a Source<'_>,
    options: &ReadOptions,
    log: &mut IssueLog,
    progress: &Progress,
) -> Result<RawFile<'a>, NotRead> {
    let bytes = &source.bytes;
    let records = records::find(bytes, source.sibling("shx"), progress)?
        .ok_or_else(|| NotRead::Broken("内容不是 Shapefile，或只有不完整的文件头".to_owned()))?;
    let table = open_table(source, records.list.len(), options, log)?;
    let mut reading = Reading {
        bytes,
        table,
        log,
        odd_values: OddValues::default(),
        layer: RawLayer::default(),
    };
    if let Some(wkt) = source.sibling("prj") {
        let wkt = encoding::decode(wkt, &EncodingChoice::Auto);
        reading.layer.declared = wkt.map_or_else(
            |_unknown| Declared::default(),
            |decoded| prj::of_wkt(&decoded.text),
        );
    }
    reading.report_file(&records);
    reading.records(&records, progress)?;
    reading.rows_without_shapes(&records);
    reading.report_values();
    Ok(RawFile {
        encoding: (reading.table.as_ref())
            .map_or_else(String::new, |table| table.encoding.name().to_owned()),
        encoding_reason: (reading.table.as_ref())
            .map_or_else(String::new, |table| table.encoding.reason()),
        cut_short: records.cut,
        layers: vec![reading.layer],
        ..RawFile::default()
    })
}

fn open_table<'a>(
    source: &'a Source<'_>,
    shapes: usize,
    options: &ReadOptions,
    log: &mut IssueLog,
) -> Result<Option<Table<'a>>, NotRead> {
    let Some(bytes) = source.sibling("dbf") else {
        log.file(
            IssueCode::MissingPart,
            Action::Kept,
            "没有同名的 .dbf 属性表，要素没有属性",
        );
        return Ok(None);
    };
    let memo = (source.sibling("dbt").map(Memo::dbase))
        .or_else(|| source.sibling("fpt").map(Memo::foxpro));
    let table = dbf::open(
        bytes,
        memo,
        shapes,
        source.sibling("cpg"),
        &options.encoding,
    )?;
    if table.is_none() {
        log.file(
            IssueCode::MissingPart,
            Action::Kept,
            "同名的 .dbf 不是有效的属性表，要素没有属性",
        );
    }
    Ok(table)
}

/// A file on its way to raw features.
struct Reading<'a, 'l> {
    bytes: &'a [u8],
    table: Option<Table<'a>>,
    log: &'l mut IssueLog,
    odd_values: OddValues,
    layer: RawLayer,
}

/// Told once for the file where they are many and alike.
#[derive(Default)]
struct OddValues {
    cut: usize,
    bad_text: usize,
}

impl Reading<'_, '_> {
    fn report_file(&mut self, records: &Records) {
        if let Some(table) = &self.table {
            report_encoding(&table.encoding, self.log);
            let oddities = &table.oddities;
            if !oddities.cut_names.is_empty() {
                self.log.file(
                    IssueCode::FieldNameCut,
                    Action::Repaired,
                    format!(
                        "字段名在第 10 个字节处被截断，末尾的半个字符已去掉：{}",
                        oddities.cut_names.join("、")
                    ),
                );
            }
            for (name, unique) in &oddities.renamed {
                self.log.file(
                    IssueCode::DuplicateKey,
                    Action::Repaired,
                    format!("字段名“{name}”重复，已改为“{unique}”"),
                );
            }
            if !oddities.unread.is_empty() {
                self.log.file(
                    IssueCode::MissingPart,
                    Action::Kept,
                    format!(
                        "备注型或二进制字段的内容不在属性表中，未读取（备注在同名的 .dbt 或 .fpt 中）：{}",
                        oddities.unread.join("、")
                    ),
                );
            }
        }
        let shapes = records.list.len();
        let counted_otherwise = records.indexed.is_some_and(|indexed| indexed != shapes);
        if !records.cut && (records.index_contradicts || counted_otherwise) {
            self.log.file(
                IssueCode::CountsDiffer,
                Action::Kept,
                "索引文件 .shx 与 .shp 不一致，已按 .shp 的内容读取",
            );
        }
        if records.junk > 0 {
            self.log.file(
                IssueCode::TrailingData,
                Action::Kept,
                format!("最后一个图形之后还有 {} 字节，已略去", records.junk),
            );
        }
        if records.cut {
            self.report_cut(records);
        }
        let Some(table) = &self.table else { return };
        if table.rows < shapes {
            let missing = shapes - table.rows;
            self.log.file(
                IssueCode::CountsDiffer,
                Action::Kept,
                format!("属性表只有 {} 行，{missing} 个图形没有属性", table.rows),
            );
        } else if table.rows > shapes && !records.cut {
            let extra = table.rows - shapes;
            self.log.file(
                IssueCode::CountsDiffer,
                Action::Kept,
                format!("属性表多出 {extra} 行，没有对应的图形，作为未定位的记录保留"),
            );
        }
        if table.oddities.missing_rows > 0 {
            let missing = table.oddities.missing_rows;
            self.log.file(
                IssueCode::Truncated,
                Action::Kept,
                format!("属性表在第 {} 行之后中断，缺 {missing} 行", table.rows),
            );
        }
    }

    fn report_cut(&mut self, records: &Records) {
        let whole = (records.list.iter())
            .filter(|record| record.state != State::Cut)
            .count();
        let expected = (self.table.as_ref().map(|table| table.rows))
            .max(records.indexed)
            .unwrap_or_default()
            .max(records.list.len());
        let lost = match expected.saturating_sub(whole) {
            0 => "其后的图形数量未知".to_owned(),
            lost => format!("其后至少 {lost} 个图形丢失"),
        };
        self.log.file(
            IssueCode::Truncated,
            Action::Kept,
            format!("文件在第 {whole} 个图形之后中断，{lost}；请重新获取完整的文件"),
        );
    }

    fn records(&mut self, records: &Records, progress: &Progress) -> Result<(), NotRead> {
        let mut deleted = 0;
        for (place, record) in records.list.iter().enumerate() {
            // Reading is the first half of the work.
            progress.step(place, records.list.len() * 2)?;
            if (self.table.as_ref()).is_some_and(|table| table.is_deleted(place) == Some(true)) {
                deleted += 1;
            } else {
                self.record(place, record);
            }
        }
        if deleted > 0 {
            self.log.file(
                IssueCode::RowDeleted,
                Action::Kept,
                format!("{deleted} 行已标记为删除，连同图形一并略去"),
            );
        }
        Ok(())
    }

    fn record(&mut self, place: usize, record: &Record) {
        let number = place + 1;
        self.layer.read += 1;
        let row = self.row(place);
        let content = self.bytes.get(record.content.clone()).unwrap_or_default();
        let shape = match record.state {
            State::Cut => Err(cut()),
            State::Whole | State::Mended | State::Broken => geometry::parse(content),
        };
        match shape {
            Ok(shape) => {
                if record.state == State::Mended {
                    let message = "记录长度有误，已按其中的点数读取";
                    self.log.repaired(number, IssueCode::CountsDiffer, message);
                }
                self.keep(number, shape, row);
            }
            Err(fault) => self.put_aside(number, fault, row),
        }
    }

    fn keep(&mut self, number: usize, shape: Shape, row: Vec<Value>) {
        for (code, message) in shape.repairs {
            self.log.repaired(number, code, message);
        }
        self.layer.with_heights += usize::from(shape.had_measures);
        if shape.geometry.is_none() {
            let message = "没有图形，作为未定位的记录保留";
            self.log.kept(number, IssueCode::NoGeometry, message);
        }
        self.layer.features.push(RawFeature {
            number,
            geometry: shape.geometry,
            heights: shape.heights,
            row,
            text: RawText::Rebuilt,
        });
    }

    fn put_aside(&mut self, number: usize, fault: Fault, row: Vec<Value>) {
        let feature = RawFeature {
            number,
            geometry: fault.outline,
            heights: Heights::default(),
            row,
            text: RawText::Rebuilt,
        };
        let text = rebuilt(&self.layer.columns, &feature);
        self.log
            .quarantine(number, fault.code, fault.message, &text);
    }

    /// Rows of the table for which the file has no shape at all.
    fn rows_without_shapes(&mut self, records: &Records) {
        let rows = self.table.as_ref().map_or(0, |table| table.rows);
        for place in records.list.len()..rows {
            if (self.table.as_ref()).is_some_and(|table| table.is_deleted(place) == Some(true)) {
                continue;
            }
            self.layer.read += 1;
            let row = self.row(place);
            if records.cut {
                self.put_aside(place + 1, cut(), row);
            } else {
                self.keep(place + 1, Shape::default(), row);
            }
        }
    }

    /// A feature's attributes, every column in its place even where the first rows are empty.
    fn row(&mut self, place: usize) -> Vec<Value> {
        let number = place + 1;
        let mut row = Vec::new();
        let Some(table) = &self.table else { return row };
        for (field, value, oddity) in table.values(place) {
            let name = &field.name;
            match oddity {
                None => {}
                Some(Oddity::CutCharacter) => self.odd_values.cut += 1,
                Some(Oddity::BadText) => self.odd_values.bad_text += 1,
                Some(Oddity::Overflow) => self.log.kept(
                    number,
                    IssueCode::BadValue,
                    format!("“{name}”的数值超出字段宽度或不是数，只存了占位符，已留空"),
                ),
                Some(Oddity::NotOfItsType) => self.log.kept(
                    number,
                    IssueCode::BadValue,
                    format!("“{name}”的值“{}”不合字段类型，按文字保留", value.display()),
                ),
            }
            self.layer.columns.set(number, &mut row, name, value);
        }
        row
    }

    fn report_values(&mut self) {
        let OddValues { cut, bad_text } = self.odd_values;
        if cut > 0 {
            self.log.file(
                IssueCode::BadText,
                Action::Repaired,
                format!("{cut} 处文字被字段宽度截断，末尾的半个字符已去掉"),
            );
        }
        if bad_text > 0 {
            let encoding = (self.table.as_ref()).map_or("", |table| table.encoding.name());
            self.log.file(
                IssueCode::BadText,
                Action::Repaired,
                format!(
                    "{bad_text} 处文字无法按 {encoding} 解码，已用“\u{fffd}”代替；可在导入时指定编码"
                ),
            );
        }
    }
}

fn cut() -> Fault {
    Fault {
        code: IssueCode::Truncated,
        message: "文件中断，图形不完整".to_owned(),
        outline: None,
    }
}

fn report_encoding(decided: &code_page::Decided, log: &mut IssueLog) {
    let name = decided.name();
    match &decided.grounds {
        Grounds::Text if name != "UTF-8" => log.file(
            IssueCode::Reencoded,
            Action::Kept,
            format!("属性表没有声明编码，按内容判断为 {name}，已转换为 UTF-8"),
        ),
        Grounds::Contradicted(said) => log.file(
            IssueCode::EncodingContradicted,
            Action::Kept,
            format!("{said}，与文字不符，已按 {name} 读取"),
        ),
        Grounds::Certain | Grounds::Text => {}
    }
}
