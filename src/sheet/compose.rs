//! From a request to a page: measures first, then draws, bottom to top.
//! Deliberately absent: how each part looks.

use std::collections::{BTreeMap, BTreeSet};

use krilla::Document;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::surface::Surface;

use super::canvas::{Canvas, GETA};
use super::layout::{self, Layout, Panels};
use super::scale::MapPlace;
use super::subject::{self, Subject};
use super::{
    PaperRect, Sheet, SheetError, SheetInput, SheetRequest, SheetSubject, furniture, grid, side,
};
use crate::crs::Extent;
use crate::model::LayerKind;
use crate::scene::style::LineStyle;
use crate::scene::{
    self, Dash, DeviceRect, DrawOp, LayerView, LegendEntry, LegendSample, MapStyle, Scene,
    SceneInput, pdf, text,
};

/// A page that is ready to be drawn.
struct Page<'a> {
    request: &'a SheetRequest,
    input: &'a SheetInput<'a>,
    subject: Subject,
    layout: Layout,
    panels: Panels,
    place: MapPlace,
    extent: Extent,
    scene: Scene,
    schematic: bool,
    legend: Vec<LegendEntry>,
    legend_size: side::LegendSize,
    notes: Vec<super::typeset::Block>,
    missing: BTreeSet<char>,
}

/// Makes the sheet.
pub fn produce(request: &SheetRequest, input: &SheetInput<'_>) -> Result<Sheet, SheetError> {
    let subject = Subject::new(request, input)?;
    let page = Page::new(request, input, subject)?;
    let (pdf, features_drawn, missing) = page.print()?;
    let mut warnings = Vec::new();
    if !missing.is_empty() {
        let missing: Vec<String> = missing.iter().map(char::to_string).collect();
        warnings.push(format!(
            "内置字体缺少以下字符，图上以“{GETA}”代替：{}",
            missing.join(" ")
        ));
    }
    if let Some(site) = page.cut_circle() {
        warnings.push(site);
    }
    Ok(Sheet {
        pdf,
        scale: page.place.scale,
        crs: page.place.crs,
        pages: 1,
        page: page.layout.page,
        map: page.layout.map,
        extent: page.extent,
        features_drawn,
        schematic: page.schematic,
        warnings,
    })
}

impl<'a> Page<'a> {
    fn new(
        request: &'a SheetRequest,
        input: &'a SheetInput<'a>,
        mut subject: Subject,
    ) -> Result<Self, SheetError> {
        // Notes may tell of the map, and the map's height hangs on the notes: the schematic note is
        // foreseen from the layers, not from the drawn scene.
        let types = layout::type_scale(layout::grow(request.paper));
        let notes = furniture::measured_notes(
            &notes(&subject, input),
            layout::notes_width(request.paper, request.orientation),
            types.small,
        );
        let layout = Layout::new(
            request.paper,
            request.orientation,
            furniture::notes_mm(&notes),
        );
        let place = MapPlace::new(subject.extent, layout.map, request.scale)?;
        let extent = place.extent().ok_or(SheetError::Projection {
            at: subject.extent.center(),
        })?;
        if matches!(request.subject, SheetSubject::Extent(_)) {
            // The paper shows more than was asked for, or at a fixed scale less.
            subject.list_sites(extent, input);
        }
        let scene_input = map_input(input, &subject);
        let mut scene = scene::build(place.plane.clone(), &scene_input);
        let missing = replace_missing(&mut scene);
        let mut legend = scene::legend(&scene_input, Some(extent));
        legend.extend(precision_entry(&subject, input.style));
        let legend_size = side::legend_size(&layout, legend.len());
        let panels = layout.panels(&subject.facts, legend_size.height_mm);
        let schematic =
            scene.schematic && subject::shows_schematic(input.layers, &subject.sites, extent);
        Ok(Self {
            request,
            input,
            subject,
            layout,
            panels,
            place,
            extent,
            scene,
            schematic,
            legend,
            legend_size,
            notes,
            missing,
        })
    }

    fn print(&self) -> Result<(Vec<u8>, usize, BTreeSet<char>), SheetError> {
        let mut document = Document::new();
        document.set_metadata(self.metadata());
        let mut drawn = 0;
        let mut missing = self.missing.clone();
        {
            let failed = || SheetError::Pdf {
                reason: "页面大小不正确".to_owned(),
            };
            let device = self.layout.page.to_device();
            #[expect(clippy::cast_possible_truncation, reason = "a page's side in points")]
            let settings = PageSettings::from_wh(device.width() as f32, device.height() as f32)
                .ok_or_else(failed)?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            missing.extend(self.draw(&mut surface, &mut drawn)?);
            surface.finish();
            page.finish();
        }
        let pdf = document.finish().map_err(|err| SheetError::Pdf {
            reason: format!("{err:?}"),
        })?;
        Ok((pdf, drawn, missing))
    }

    fn draw(
        &self,
        surface: &mut Surface<'_>,
        drawn: &mut usize,
    ) -> Result<BTreeSet<char>, SheetError> {
        let font = pdf::font().ok_or(SheetError::Font)?;
        let layout = &self.layout;
        let background = Some(self.input.style.background);
        let note = self
            .subject
            .map_note
            .as_deref()
            .map(|note| furniture::MapNote::new(layout, note));
        let reserved: Vec<DeviceRect> = note
            .iter()
            .map(|note| note.rect)
            .chain([furniture::north_plate(layout)])
            .map(PaperRect::to_device)
            .collect();
        let view = &self.place.view;
        *drawn = pdf::paint_around(&self.scene, surface, view, background, &reserved).features;

        let mut canvas = Canvas::new(surface, font);
        if self.schematic {
            furniture::watermark(&mut canvas, layout);
        }
        grid::draw(&mut canvas, layout, &self.place);
        furniture::north_arrow(&mut canvas, layout, &self.place);
        if let Some(note) = &note {
            note.draw(&mut canvas);
        }
        furniture::title(
            &mut canvas,
            layout,
            &self.subject.title,
            &self.subject.subtitle,
        );
        furniture::strip(
            &mut canvas,
            layout,
            &self.place,
            (&self.request.author, self.request.date),
        );
        self.subject.facts.draw(
            &mut canvas,
            self.panels.facts,
            layout.type_scale,
            layout.grow,
        );
        side::legend(
            &mut canvas,
            layout,
            self.panels.legend,
            (&self.legend, self.legend_size),
        );
        self.locator(&mut canvas);
        furniture::notes(&mut canvas, layout.notes, &self.notes);
        Ok(canvas.into_missing())
    }

    /// Boundary and rivers only: the rest would be a blot at this size.
    fn locator(&self, canvas: &mut Canvas<'_, '_>) {
        let layers: Vec<_> = self
            .input
            .layers
            .iter()
            .filter(|view| matches!(view.layer.kind, LayerKind::Boundary | LayerKind::River))
            // Even where the map itself leaves them out: without them the locator says nothing.
            .map(|view| LayerView {
                visible: true,
                opacity: 1.0,
                ..*view
            })
            .collect();
        let no_sites = BTreeMap::new();
        let style = small_style(self.input.style);
        let input = SceneInput {
            layers: &layers,
            sites: &no_sites,
            show_sites: false,
            show_labels: false,
            highlight: None,
            style: &style,
        };
        side::locator(
            canvas,
            &self.layout,
            self.panels.locator,
            &self.place,
            (
                &input,
                subject::district(self.input.layers),
                self.subject.at,
            ),
        );
    }

    fn metadata(&self) -> Metadata {
        let date = self.request.date;
        let number = |value: i8| u8::try_from(value).unwrap_or(1);
        let mut metadata = Metadata::new()
            .title(self.subject.title.clone())
            .language("zh-CN".to_owned())
            .creator("Redline Atlas 生态红线一张图".to_owned())
            .creation_date(
                DateTime::new(u16::try_from(date.year()).unwrap_or(0))
                    .month(number(date.month()))
                    .day(number(date.day())),
            );
        if !self.request.author.trim().is_empty() {
            metadata = metadata.authors(vec![self.request.author.trim().to_owned()]);
        }
        metadata
    }

    /// At a fixed scale the circle of uncertainty may be larger than the map.
    fn cut_circle(&self) -> Option<String> {
        let site = self
            .subject
            .sites
            .values()
            .next()
            .filter(|_| matches!(self.request.subject, SheetSubject::Site(_)))?;
        let radius_mm = site.placement.precision_m? * 1000.0 / f64::from(self.place.scale);
        let room = self.layout.map.width.min(self.layout.map.height) / 2.0;
        (radius_mm > room).then(|| {
            format!(
                "该项目的定位精度为 ±{:.0} 米，1:{} 的图幅放不下整个精度范围，可改用更小的比例尺",
                site.placement.precision_m.unwrap_or_default(),
                self.place.scale
            )
        })
    }
}

/// The circle around a highlighted site.
fn precision_entry(subject: &Subject, style: &MapStyle) -> Option<LegendEntry> {
    let site = subject.sites.values().next()?;
    subject.highlight?;
    let metres = site.placement.precision_m?;
    Some(LegendEntry {
        label: format!("精度范围 ±{metres:.0} 米"),
        sample: LegendSample::Area {
            fill: style.precision.fill,
            hatch: None,
            outline: style.precision.outline,
        },
    })
}

/// Lines for a map of a few centimetres.
fn small_style(style: &MapStyle) -> MapStyle {
    let thin = |line: LineStyle, width_pt| LineStyle {
        width_pt,
        dash: Dash::Solid,
        ..line
    };
    MapStyle {
        boundary: thin(style.boundary, 0.6),
        boundary_band: thin(style.boundary_band, 2.2),
        river_main: thin(style.river_main, 1.0),
        river: thin(style.river, 0.5),
        ..*style
    }
}

fn map_input<'a>(input: &'a SheetInput<'a>, subject: &'a Subject) -> SceneInput<'a> {
    SceneInput {
        layers: input.layers,
        sites: &subject.sites,
        show_sites: true,
        show_labels: true,
        highlight: subject.highlight,
        style: input.style,
    }
}

/// The notes at the page's foot.
fn notes(subject: &Subject, input: &SheetInput<'_>) -> Vec<String> {
    let mut notes: Vec<String> = subject.placement_line.iter().cloned().collect();
    let mut sources: Vec<String> = Vec::new();
    for view in subject::drawn_layers(input.layers) {
        let source = format!("【{}】{}", view.layer.name, view.layer.source.trim());
        if !view.layer.source.trim().is_empty() && !sources.contains(&source) {
            sources.push(source);
        }
    }
    if !sources.is_empty() {
        notes.push(format!("资料来源：{}", sources.join("")));
    }
    notes
}

/// Labels are drawn by the scene's painter: what the font lacks is replaced beforehand.
fn replace_missing(scene: &mut Scene) -> BTreeSet<char> {
    let mut missing = BTreeSet::new();
    for op in &mut scene.ops {
        let DrawOp::Text { text: label, .. } = op else {
            continue;
        };
        let lacking = text::missing_glyphs(label);
        if !lacking.is_empty() {
            *label = label
                .chars()
                .map(|c| if lacking.contains(&c) { GETA } else { c })
                .collect();
            missing.extend(lacking);
        }
    }
    missing
}
