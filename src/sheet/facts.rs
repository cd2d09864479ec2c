//! The facts table: a project's row of 附表一 and what is recorded of it, or the projects inside an extent.
//! Deliberately absent: where the panel stands (`layout`), the map.

use super::PaperRect;
use super::canvas::{Align, Canvas, Pen, Type, baseline_mm, line_mm, measure, width_mm};
use super::layout::{INK, LABEL_GROUND, PANEL_LINE, RULE, SOFT_INK, THIN_LINE, TypeScale};
use super::paper::PT_PER_MM;
use super::typeset::{Block, LEADING, fit, sizes};
use crate::model::{Money, ProjectSite};

/// One cell with its label.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    label: &'static str,
    value: String,
}

/// A row holds one fact or two short ones.
pub(super) type FactRow = Vec<Fact>;

/// What the panel shows.
#[derive(Clone, Debug)]
pub(super) enum Facts {
    Site(Vec<FactRow>),
    List(SiteList),
}

/// The projects of an extent.
#[derive(Clone, Debug, Default)]
pub(super) struct SiteList {
    /// 序号, 项目名称, 投资概算 (万元), 状态.
    pub(super) rows: Vec<[String; 4]>,
    pub(super) total: Money,
    /// Said under the table.
    pub(super) remark: Option<String>,
}

fn fact(label: &'static str, value: impl Into<String>) -> Fact {
    let value: String = value.into();
    Fact {
        label,
        value: if value.trim().is_empty() {
            "—".to_owned()
        } else {
            value
        },
    }
}

/// A project's table. `placement` is the grade as printed, e.g. 概略（±5500 米）.
pub(super) fn of_site(site: &ProjectSite, placement: &str) -> Facts {
    // Not reported is not 0: a dash, where no year has a figure.
    let reported = |any: bool, total: Money| {
        if any {
            format!("{total} 万元")
        } else {
            String::new()
        }
    };
    let completed = site.investments.values().any(|y| y.completed.is_some());
    let arrived = site.investments.values().any(|y| !y.arrived.is_empty());
    let status = match site.status_changes.last() {
        Some(change) => format!("{}（{}）", change.status.label(), change.date),
        None => site.status().label().to_owned(),
    };
    Facts::Site(vec![
        vec![fact("序号", site.id.0.to_string()), fact("状态", status)],
        vec![fact("项目名称", &site.name)],
        vec![fact("所属工程", &site.category)],
        vec![fact("建设内容", &site.content)],
        vec![fact("建设地点", &site.location)],
        vec![
            fact("投资概算", format!("{} 万元", site.planned)),
            fact("建设年限", &site.years_printed),
        ],
        vec![
            fact("累计完成", reported(completed, site.completed())),
            fact("累计到位", reported(arrived, site.arrived())),
        ],
        vec![fact("建设单位", site.units.join("、"))],
        vec![fact("定位等级", placement)],
    ])
}

/// Space inside a cell, mm at A4.
const PAD: f64 = 1.1;

/// A table ready to be drawn: every cell broken to its width.
struct Measured {
    rows: Vec<Vec<Block>>,
    heights: Vec<f64>,
}

struct Columns {
    pad: f64,
    label: f64,
    width: f64,
}

impl Columns {
    fn new(width: f64, grow: f64, size_pt: f64) -> Self {
        let pad = PAD * grow;
        Self {
            pad,
            label: width_mm("建设内容", size_pt) + 2.0 * pad,
            width,
        }
    }

    /// Left edge and width of the value cell `index` of `count`.
    fn value(&self, index: usize, count: usize) -> (f64, f64) {
        let cell = self.width / count as f64;
        (
            cell * index as f64 + self.label + self.pad,
            cell - self.label - 2.0 * self.pad,
        )
    }
}

fn measured(rows: &[FactRow], columns: &Columns, size_pt: f64, limit_mm: f64) -> Measured {
    let blocks: Vec<Vec<Block>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .enumerate()
                .map(|(index, fact)| {
                    let (_, width) = columns.value(index, row.len());
                    fit(
                        &fact.value,
                        (width * PT_PER_MM, limit_mm * PT_PER_MM),
                        &[size_pt],
                        &measure,
                    )
                })
                .collect()
        })
        .collect();
    let heights = blocks
        .iter()
        .map(|row| {
            let lines = row.iter().map(|block| block.lines.len()).max().unwrap_or(1);
            lines.max(1) as f64 * line_mm(size_pt) + 2.0 * columns.pad
        })
        .collect();
    Measured {
        rows: blocks,
        heights,
    }
}

impl Facts {
    /// The height the panel needs at its largest type, mm.
    pub(super) fn natural_mm(&self, width: f64, types: TypeScale, grow: f64) -> f64 {
        match self {
            Self::Site(rows) => {
                let columns = Columns::new(width, grow, types.body);
                measured(rows, &columns, types.body, f64::MAX)
                    .heights
                    .iter()
                    .sum()
            }
            Self::List(list) => {
                let rect = PaperRect::new(0.0, 0.0, width, 0.0);
                let columns = ListColumns::new(rect, types, grow);
                let rows: f64 = list
                    .rows
                    .iter()
                    .map(|row| columns.row_mm(&columns.blocks(row, types), types))
                    .sum();
                // Head, sum, and two rows' height for the remark.
                rows + 4.0 * columns.row_mm(&[], types)
            }
        }
    }

    pub(super) fn draw(
        &self,
        canvas: &mut Canvas<'_, '_>,
        rect: PaperRect,
        types: TypeScale,
        grow: f64,
    ) {
        match self {
            Self::Site(rows) => draw_site(canvas, rows, rect, types, grow),
            Self::List(list) => draw_list(canvas, list, rect, types, grow),
        }
        canvas.frame(rect, Pen::new(INK, PANEL_LINE));
    }
}

fn draw_site(
    canvas: &mut Canvas<'_, '_>,
    rows: &[FactRow],
    rect: PaperRect,
    types: TypeScale,
    grow: f64,
) {
    let (size_pt, table) = largest_table(rows, rect, types, grow);
    let columns = Columns::new(rect.width, grow, size_pt);
    let spare = rect.height - table.heights.iter().sum::<f64>();
    let extra = spare.max(0.0) / rows.len().max(1) as f64;
    let mut top = rect.y;
    for ((row, blocks), height) in rows.iter().zip(&table.rows).zip(&table.heights) {
        let height = height + extra;
        for (index, (fact, block)) in row.iter().zip(blocks).enumerate() {
            let left = rect.x + rect.width / row.len() as f64 * index as f64;
            canvas.fill_rect(
                PaperRect::new(left, top, columns.label, height),
                LABEL_GROUND,
            );
            canvas.text(
                (
                    left + columns.label / 2.0,
                    top + (height - line_mm(size_pt)) / 2.0 + baseline_mm(size_pt),
                ),
                fact.label,
                Type::new(size_pt, SOFT_INK),
                Align::Center,
            );
            let (value_x, _) = columns.value(index, row.len());
            let block_mm = block.lines.len() as f64 * line_mm(size_pt);
            canvas.block(
                (rect.x + value_x, top + (height - block_mm) / 2.0),
                block,
                Type::new(size_pt, INK),
                Align::Left,
            );
            let rule = Pen::new(RULE, THIN_LINE);
            let label_right = left + columns.label;
            canvas.line((label_right, top), (label_right, top + height), rule);
            if index > 0 {
                canvas.line((left, top), (left, top + height), rule);
            }
        }
        if top > rect.y {
            canvas.line(
                (rect.x, top),
                (rect.right(), top),
                Pen::new(RULE, THIN_LINE),
            );
        }
        top += height;
    }
}

/// The table at the largest size that fits; at the smallest size long cells are cut.
fn largest_table(
    rows: &[FactRow],
    rect: PaperRect,
    types: TypeScale,
    grow: f64,
) -> (f64, Measured) {
    for size_pt in sizes(types.body, types.least) {
        let columns = Columns::new(rect.width, grow, size_pt);
        let table = measured(rows, &columns, size_pt, f64::MAX);
        if table.heights.iter().sum::<f64>() <= rect.height {
            return (size_pt, table);
        }
    }
    let columns = Columns::new(rect.width, grow, types.least);
    let mut limit = rect.height;
    loop {
        let table = measured(rows, &columns, types.least, limit);
        if table.heights.iter().sum::<f64>() <= rect.height || limit < line_mm(types.least) {
            return (types.least, table);
        }
        limit -= line_mm(types.least);
    }
}

/// The list's column edges and cell space, mm.
struct ListColumns {
    edges: [f64; 5],
    pad: f64,
}

impl ListColumns {
    fn new(rect: PaperRect, types: TypeScale, grow: f64) -> Self {
        let pad = PAD * grow;
        let of = |widest: &str| width_mm(widest, types.body) + 2.0 * pad;
        let (number, money, status) = (of("序号"), of("投资(万元)"), of("调整终止"));
        Self {
            edges: [
                rect.x,
                rect.x + number,
                rect.right() - status - money,
                rect.right() - status,
                rect.right(),
            ],
            pad,
        }
    }

    /// A row's cells: one line, or the name in two small ones.
    fn blocks(&self, row: &[String; 4], types: TypeScale) -> Vec<Block> {
        row.iter()
            .zip(self.edges.array_windows())
            .map(|(cell, [left, right])| {
                let width = (right - left - 2.0 * self.pad) * PT_PER_MM;
                let one_line = fit(
                    cell,
                    (width, types.body * LEADING),
                    &sizes(types.body, types.small),
                    &measure,
                );
                if one_line.cut {
                    fit(
                        cell,
                        (width, 2.0 * types.small * LEADING),
                        &sizes(types.small, types.least),
                        &measure,
                    )
                } else {
                    one_line
                }
            })
            .collect()
    }

    fn row_mm(&self, blocks: &[Block], types: TypeScale) -> f64 {
        let text_mm = blocks
            .iter()
            .map(|block| block.height_pt() / PT_PER_MM)
            .fold(line_mm(types.body), f64::max);
        text_mm + 2.0 * self.pad
    }
}

fn draw_list(
    canvas: &mut Canvas<'_, '_>,
    list: &SiteList,
    rect: PaperRect,
    types: TypeScale,
    grow: f64,
) {
    let columns = ListColumns::new(rect, types, grow);
    let head = ["序号", "项目名称", "投资(万元)", "状态"].map(str::to_owned);
    let sum = [
        "合计".to_owned(),
        format!("{} 个项目", list.rows.len()),
        list.total.to_string(),
        String::new(),
    ];
    let sum = (!list.rows.is_empty()).then_some(&sum);
    // The sum and the remark keep their room below the rows.
    let plain = columns.row_mm(&[], types);
    let bottom = rect.bottom() - plain * (1.0 + f64::from(u8::from(sum.is_some())));
    canvas.fill_rect(
        PaperRect {
            height: plain,
            ..rect
        },
        LABEL_GROUND,
    );
    let mut top = list_row(canvas, &columns, (&head, true), rect.y, types);
    let mut shown = 0;
    for row in &list.rows {
        let height = columns.row_mm(&columns.blocks(row, types), types);
        if top + height > bottom {
            break;
        }
        top = list_row(canvas, &columns, (row, false), top, types);
        shown += 1;
    }
    if let Some(sum) = sum {
        top = list_row(canvas, &columns, (sum, false), top, types);
    }
    let left_out = list.rows.len() - shown;
    let nothing = list
        .rows
        .is_empty()
        .then(|| "图内没有已定位的项目。".to_owned());
    let more = (left_out > 0).then(|| format!("图内另有 {left_out} 个项目因篇幅未列出。"));
    let remark: String = [nothing, more, list.remark.clone()]
        .into_iter()
        .flatten()
        .collect();
    let pad = columns.pad;
    let block = fit(
        &remark,
        (
            (rect.width - 2.0 * pad) * PT_PER_MM,
            (rect.bottom() - top - pad) * PT_PER_MM,
        ),
        &sizes(types.small, types.least),
        &measure,
    );
    canvas.block(
        (rect.x + pad, top + pad / 2.0),
        &block,
        Type::new(block.size_pt, SOFT_INK),
        Align::Left,
    );
}

/// Draws a row and the rule under it; returns the y below.
fn list_row(
    canvas: &mut Canvas<'_, '_>,
    columns: &ListColumns,
    (row, head): (&[String; 4], bool),
    top: f64,
    types: TypeScale,
) -> f64 {
    let blocks = columns.blocks(row, types);
    let height = columns.row_mm(&blocks, types);
    let color = if head { SOFT_INK } else { INK };
    let cells = blocks.iter().zip(columns.edges.array_windows());
    for ((block, &[left, right]), column) in cells.zip(0..) {
        let (x, align) = match column {
            1 if !head => (left + columns.pad, Align::Left),
            2 if !head => (right - columns.pad, Align::Right),
            _ => (f64::midpoint(left, right), Align::Center),
        };
        let block_mm = block.height_pt() / PT_PER_MM;
        canvas.block(
            (x, top + (height - block_mm) / 2.0),
            block,
            Type::new(block.size_pt, color),
            align,
        );
    }
    let bottom = top + height;
    let [left, .., right] = columns.edges;
    canvas.line((left, bottom), (right, bottom), Pen::new(RULE, THIN_LINE));
    bottom
}
