//! `sheet` and `render`: maps on paper and as pictures.

use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::args::{OrientationArg, PaperArg, SheetArgs};
use super::output::Output;
use super::{Failure, Outcome};
use crate::crs::Extent;
use crate::document::Document;
use crate::drawing;
use crate::formats;
use crate::model::SiteId;
use crate::scene::MapStyle;
use crate::sheet::{self, Orientation, Paper, ScaleChoice, SheetInput, SheetRequest, SheetSubject};
use crate::store;

pub(super) fn sheet(
    document: &Document,
    args: &SheetArgs,
    output: &Output,
) -> Result<Outcome, Failure> {
    let subject = match (args.site, &args.bbox) {
        (Some(id), _) => SheetSubject::Site(SiteId(id)),
        (None, Some(bbox)) => SheetSubject::Extent(parse_bbox(bbox)?),
        (None, None) => {
            return Err(Failure::Usage("请写明 --site 或 --bbox。".to_owned()));
        }
    };
    let scale = ScaleChoice::parse(&args.scale).ok_or_else(|| {
        Failure::Usage(format!(
            "比例尺“{}”看不懂，请写 fit 或分母，例如 50000。",
            args.scale
        ))
    })?;
    let picture = match extension(&args.out).as_str() {
        "pdf" => false,
        "png" => true,
        _ => {
            return Err(Failure::Usage(format!(
                "{} 的扩展名不对：位置图只能存为 .pdf 或 .png。",
                args.out.display()
            )));
        }
    };
    let request = SheetRequest {
        subject,
        paper: match args.paper {
            PaperArg::A4 => Paper::A4,
            PaperArg::A3 => Paper::A3,
        },
        orientation: match args.orientation {
            OrientationArg::Portrait => Orientation::Portrait,
            OrientationArg::Landscape => Orientation::Landscape,
        },
        scale,
        title: args.title.clone(),
        author: store::user_name().unwrap_or_default(),
        date: jiff::ZonedDateTime::now().date(),
    };
    let style = MapStyle::light();
    let layers = drawing::layer_views(document.layers());
    let sheet = sheet::produce(
        &request,
        &SheetInput {
            layers: &layers,
            sites: document.sites(),
            style: &style,
        },
    )?;
    if picture {
        formats::write_bytes(&args.out, &sheet::png(&sheet.pdf, args.dpi)?, args.force)?;
    } else {
        formats::write_bytes(&args.out, &sheet.pdf, args.force)?;
    }
    for warning in &sheet.warnings {
        Output::note(warning);
    }
    output.result(
        &json!({
            "out": args.out.display().to_string(),
            "scale": sheet.scale,
            "pages": sheet.pages,
            "crs": sheet.crs.to_string(),
            "schematic": sheet.schematic,
            "features_drawn": sheet.features_drawn,
            "warnings": sheet.warnings,
        }),
        &format!(
            "已出图 {}：{}，{}",
            args.out.display(),
            sheet::scale_text(sheet.scale),
            sheet.crs.label()
        ),
    );
    Ok(Outcome::Done)
}

pub(super) fn render(
    document: &Document,
    size: &str,
    bbox: Option<&str>,
    out: &Path,
    force: bool,
    output: &Output,
) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let (width, height) = parse_size(size)?;
    let extent = bbox.map(parse_bbox).transpose()?;
    if extension(out) != "png" {
        return Err(Failure::Usage(format!(
            "{} 的扩展名不对：地图图片只能存为 .png。",
            out.display()
        )));
    }
    let style = MapStyle::light();
    let layers = drawing::layer_views(document.layers());
    let input = SheetInput {
        layers: &layers,
        sites: document.sites(),
        style: &style,
    };
    let map = sheet::render_map((width, height), extent, &input)?;
    formats::write_bytes(out, &map.png, force)?;
    let ms = started.elapsed().as_millis();
    output.result(
        &json!({
            "out": out.display().to_string(),
            "features_drawn": map.features_drawn,
            "ms": u64::try_from(ms).unwrap_or(u64::MAX),
        }),
        &format!(
            "已画 {}：{} 个要素，{ms} 毫秒",
            out.display(),
            map.features_drawn
        ),
    );
    Ok(Outcome::Done)
}

fn extension(path: &Path) -> String {
    path.extension()
        .map(|ending| ending.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

fn parse_bbox(text: &str) -> Result<Extent, Failure> {
    let numbers: Vec<f64> = text
        .split([',', '，'])
        .filter_map(|part| part.trim().parse().ok())
        .filter(|number: &f64| number.is_finite())
        .collect();
    match numbers[..] {
        [west, south, east, north]
            if west < east
                && south < north
                && west >= -180.0
                && east <= 180.0
                && south >= -90.0
                && north <= 90.0 =>
        {
            Ok(Extent {
                west,
                south,
                east,
                north,
            })
        }
        _ => Err(Failure::Usage(format!(
            "范围“{text}”看不懂，请按 西,南,东,北 写四个度数，例如 103.5,29.4,104.0,29.8。"
        ))),
    }
}

fn parse_size(text: &str) -> Result<(u32, u32), Failure> {
    text.to_lowercase()
        .split_once(['x', '×', '*'])
        .and_then(|(width, height)| Some((width.trim().parse().ok()?, height.trim().parse().ok()?)))
        .ok_or_else(|| Failure::Usage(format!("大小“{text}”看不懂，请写 宽x高，例如 1200x800。")))
}
