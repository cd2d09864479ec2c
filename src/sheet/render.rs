//! A bare map picture of any size, without window or furniture: the same scene, painted to a one-page PDF
//! and drawn from it. Deliberately absent: scale, grid, titles.

use krilla::Document;
use krilla::page::PageSettings;

use super::picture::rendered;
use super::scale::grid_of;
use super::subject::{check, whole};
use super::{ScaleChoice, SheetError, SheetInput};
use crate::crs::Extent;
use crate::model::Placement;
use crate::scene::{self, DeviceRect, PlanePoint, SceneInput, View, pdf};

/// A map picture.
#[derive(Clone, Debug)]
pub struct RenderedMap {
    pub png: Vec<u8>,
    /// Features and sites with a mark in the picture.
    pub features_drawn: usize,
}

const SIDES: std::ops::RangeInclusive<u32> = 16..=8192;

/// The map of `extent` (`None`: the whole district) in `width` × `height` pixels, in the Gauss–Krüger zone
/// of its middle. One pixel is one point, as on a screen of plain density.
pub fn render_map(
    (width, height): (u32, u32),
    extent: Option<Extent>,
    input: &SheetInput<'_>,
) -> Result<RenderedMap, SheetError> {
    if !SIDES.contains(&width) || !SIDES.contains(&height) {
        return Err(SheetError::Size { width, height });
    }
    let extent = match extent {
        Some(extent) => {
            check(extent, ScaleChoice::Fit)?;
            extent
        }
        None => whole(input)?.grown(0.03),
    };
    let (plane, [min_x, min_y, max_x, max_y]) = grid_of(extent)?;
    let rect = DeviceRect::from_size(0.0, 0.0, f64::from(width), f64::from(height));
    let view = View::new(
        &plane,
        rect,
        PlanePoint {
            x: f64::midpoint(min_x, max_x),
            y: f64::midpoint(min_y, max_y),
        },
        // A metre at least, for an extent may be a line.
        (rect.width() / (max_x - min_x).max(1.0)).min(rect.height() / (max_y - min_y).max(1.0)),
    );
    // The sites that are only known to be in the district have no place on a picture.
    let sites = input
        .sites
        .iter()
        .filter(|(_, site)| site.placement.grade != Placement::District)
        .map(|(id, site)| (*id, site.clone()))
        .collect();
    let scene = scene::build(
        plane,
        &SceneInput {
            layers: input.layers,
            sites: &sites,
            show_sites: true,
            show_labels: true,
            highlight: None,
            style: input.style,
        },
    );

    let mut document = Document::new();
    #[expect(clippy::cast_possible_truncation, reason = "at most 8192")]
    let settings = PageSettings::from_wh(rect.width() as f32, rect.height() as f32)
        .ok_or(SheetError::Size { width, height })?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    let painted = pdf::paint(&scene, &mut surface, &view, Some(input.style.background));
    surface.finish();
    page.finish();
    let pdf = document.finish().map_err(|err| SheetError::Pdf {
        reason: format!("{err:?}"),
    })?;
    Ok(RenderedMap {
        png: rendered(&pdf, 1.0)?,
        features_drawn: painted.features,
    })
}
