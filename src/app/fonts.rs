//! The window's fonts: bundled Noto Sans SC first, then icons, then egui's own.

use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily};
use egui::{FontData, FontFamily};

const NOTO_SANS_SC: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-Regular.otf");

/// Chinese comes first in both families, so that digits and Latin letters stand on the same line.
pub fn install(ctx: &egui::Context) {
    let first = |family| InsertFontFamily {
        family,
        priority: FontPriority::Highest,
    };
    ctx.add_font(FontInsert::new(
        "Noto Sans SC",
        FontData::from_static(NOTO_SANS_SC),
        vec![
            first(FontFamily::Proportional),
            first(FontFamily::Monospace),
        ],
    ));
    egui_material_icons::initialize(ctx);
}
