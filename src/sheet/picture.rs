//! Pictures of a page: always drawn from the very PDF that is saved, so that what is seen is what is
//! printed. Deliberately absent: what is on the page.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::SheetError;

/// The resolutions that make sense: below, nothing is readable; above, an A3 page fills the memory.
pub const DPIS: std::ops::RangeInclusive<u32> = 20..=600;

/// The first page of a PDF as a PNG.
pub fn png(pdf: &[u8], dpi: u32) -> Result<Vec<u8>, SheetError> {
    if !DPIS.contains(&dpi) {
        return Err(SheetError::Dpi { dpi });
    }
    rendered(pdf, f64::from(dpi) / 72.0).map(|png| with_resolution(png, dpi))
}

/// Tells the picture's resolution (chunk `pHYs`, after the 33 bytes of signature and header), so that it
/// prints at the sheet's true size.
fn with_resolution(png: Vec<u8>, dpi: u32) -> Vec<u8> {
    const HEAD: usize = 33;
    let per_metre = (f64::from(dpi) / 0.0254).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most 600 dpi"
    )]
    let per_metre = (per_metre as u32).to_be_bytes();
    let mut body = b"pHYs".to_vec();
    body.extend(per_metre);
    body.extend(per_metre);
    body.push(1); // The unit is the metre.
    let Some((head, rest)) = png.split_at_checked(HEAD) else {
        return png;
    };
    let length = [0, 0, 0, 9];
    [head, &length, &body, &crc32(&body).to_be_bytes(), rest].concat()
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
        }
    }
    !crc
}

/// The first page of a PDF as pixels, for a preview on the screen.
#[derive(Clone, Debug)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    /// Row by row from the top, red, green, blue, alpha; the page is opaque.
    pub rgba: Vec<u8>,
}

/// The same picture as [`png()`], not encoded.
pub fn pixels(pdf: &[u8], dpi: u32) -> Result<Pixels, SheetError> {
    if !DPIS.contains(&dpi) {
        return Err(SheetError::Dpi { dpi });
    }
    let pixmap = pixmap(pdf, f64::from(dpi) / 72.0)?;
    Ok(Pixels {
        width: usize::from(pixmap.width()),
        height: usize::from(pixmap.height()),
        rgba: pixmap.data_as_u8_slice().to_vec(),
    })
}

pub(super) fn rendered(pdf: &[u8], pixels_per_pt: f64) -> Result<Vec<u8>, SheetError> {
    pixmap(pdf, pixels_per_pt)?
        .into_png()
        .map_err(|err| SheetError::Picture {
            reason: err.to_string(),
        })
}

fn pixmap(pdf: &[u8], pixels_per_pt: f64) -> Result<Pixmap, SheetError> {
    let failed = |reason: String| SheetError::Picture { reason };
    let document = Pdf::new(Arc::new(pdf.to_vec())).map_err(|err| failed(format!("{err:?}")))?;
    let page = document
        .pages()
        .first()
        .ok_or_else(|| failed("没有页面".to_owned()))?;
    let (width, height) = page.render_dimensions();
    let settings = PixmapSettings {
        x_scale: whole_pixels(width, pixels_per_pt),
        y_scale: whole_pixels(height, pixels_per_pt),
        bg_color: WHITE,
    };
    Ok(hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    ))
}

/// The scale at which a side is a whole number of pixels, rounded and not cut off.
fn whole_pixels(side_pt: f32, pixels_per_pt: f64) -> f32 {
    let side = f64::from(side_pt);
    let pixels = (side * pixels_per_pt).round().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a scale of a few pixels a point"
    )]
    let scale = ((pixels + 0.01) / side) as f32;
    scale
}
