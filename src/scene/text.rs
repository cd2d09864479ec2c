//! The bundled font and the width of text in it: the single place that embeds the font.
//!
//! The window and paper both measure here, so that a label takes the same room on both.
//! Deliberately absent: line breaking, shaping, painting.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider, charmap::Charmap};

/// Noto Sans SC Regular (OFL), cut to the GBK repertoire.
pub static FONT_BYTES: &[u8] = include_bytes!("../../assets/fonts/NotoSansSC-Regular.otf");

/// Baseline below the top of a line, and depth below the baseline, in ems: what Chinese characters need,
/// tighter than the font's own line metrics.
pub const ASCENT_EM: f32 = 0.88;
pub const DESCENT_EM: f32 = 0.12;

/// Where a missing width is still needed: a square character.
const MISSING_ADVANCE_EM: f32 = 1.0;

struct Measure {
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

static MEASURE: LazyLock<Option<Measure>> = LazyLock::new(|| {
    let font = FontRef::new(FONT_BYTES).ok()?;
    let location = LocationRef::default();
    Some(Measure {
        charmap: font.charmap(),
        metrics: font.glyph_metrics(Size::unscaled(), location),
        units_per_em: f32::from(font.metrics(Size::unscaled(), location).units_per_em),
    })
});

fn advance_em(c: char) -> Option<f32> {
    let measure = MEASURE.as_ref()?;
    let glyph = measure.charmap.map(c)?;
    Some(measure.metrics.advance_width(glyph)? / measure.units_per_em)
}

/// The advance width of one line.
pub fn width_pt(text: &str, size_pt: f32) -> f32 {
    let ems: f32 = text
        .chars()
        .map(|c| advance_em(c).unwrap_or(MISSING_ADVANCE_EM))
        .sum();
    ems * size_pt
}

/// The bundled font can draw it.
pub fn has_glyph(c: char) -> bool {
    MEASURE
        .as_ref()
        .is_some_and(|measure| measure.charmap.map(c).is_some())
}

/// The characters that would show as an empty box: each once, in order of appearance.
pub fn missing_glyphs(text: &str) -> Vec<char> {
    let mut missing = Vec::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if !has_glyph(c) && !missing.contains(&c) {
            missing.push(c);
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_are_one_em_wide_and_latin_ones_narrower() {
        assert!((width_pt("乐山市", 10.0) - 30.0).abs() < 1e-3);
        let digits = width_pt("0.6657", 10.0);
        assert!((20.0..40.0).contains(&digits), "{digits}");
        assert!(width_pt("", 10.0).abs() < f32::EPSILON);
    }

    #[test]
    fn place_names_water_classes_and_units_have_glyphs() {
        let text = "乐山市市中区㵲漹Ⅰ Ⅱ Ⅲ Ⅳ Ⅴ 劣 km² ± ′″ ° — … ①";
        assert_eq!(missing_glyphs(text), Vec::<char>::new());
    }

    #[test]
    fn a_character_outside_the_font_is_reported_once() {
        assert_eq!(missing_glyphs("乐\u{1F600}山\u{1F600}"), vec!['\u{1F600}']);
    }
}
