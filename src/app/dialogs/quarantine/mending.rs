//! What can be done to quarantined features as they are: another coordinate system, certain repairs.
//!
//! Deliberately absent: how a repair is done.

use egui::{RichText, Ui};

use crate::app::dialogs::{choice, usual_crs_choices};
use crate::app::theme::space;
use crate::crs::Crs;
use crate::exchange::Again;
use crate::formats::{CrsChoice, Mend};
use crate::model::IssueCode;
use crate::store::QuarantineRow;

/// The choices, for one feature or for all.
#[derive(Debug, Default)]
pub(super) struct Mending {
    crs: CrsChoice,
    close_rings: bool,
    drop_duplicates: bool,
    drop_broken_parts: bool,
}

impl Mending {
    pub(super) fn again(&self) -> Again {
        let mends = [
            (self.drop_duplicates, Mend::DropDuplicateVertices),
            (self.close_rings, Mend::CloseRings),
            (self.drop_broken_parts, Mend::DropBrokenParts),
        ];
        Again {
            crs: self.crs,
            mends: mends
                .into_iter()
                .filter_map(|(on, mend)| on.then_some(mend))
                .collect(),
        }
    }

    /// What the trouble asks for is proposed, and nothing that loses a point.
    pub(super) const fn suggest(&mut self, code: IssueCode) {
        if matches!(code, IssueCode::UnclosedRing) {
            self.close_rings = true;
        }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, row: &QuarantineRow) {
        ui.add_space(space::XS);
        ui.label(RichText::new("坐标系").strong());
        let choices = usual_crs_choices();
        let before = row.epsg.and_then(Crs::from_epsg);
        choice(
            ui,
            "重新指定坐标系",
            440.0,
            &mut self.crs,
            &choices,
            |crs| match (crs, before) {
                (CrsChoice::Fixed(crs), _) => format!("{crs}  {}", crs.label()),
                (_, Some(before)) => format!("照原文件：{before}  {}", before.label()),
                (_, None) => "照原文件".to_owned(),
            },
        );
        ui.add_space(space::M);
        ui.label(RichText::new("修复").strong());
        let repairs = [
            (
                &mut self.close_rings,
                "闭合边界",
                "首尾不相接的边界，补上回到起点的一段",
            ),
            (
                &mut self.drop_duplicates,
                "删除重复点",
                "前后相同的两个点只留一个",
            ),
            (
                &mut self.drop_broken_parts,
                "去掉残缺的部分",
                "点数不足的岛、洞和部分不再保留，其余照旧",
            ),
        ];
        for (on, label, meaning) in repairs {
            ui.horizontal(|ui| {
                ui.scope(|ui| {
                    ui.set_min_width(132.0);
                    ui.checkbox(on, label);
                });
                ui.label(RichText::new(meaning).small().weak());
            });
        }
    }
}
