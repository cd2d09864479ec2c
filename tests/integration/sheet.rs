//! Sheets as a reader with a ruler would check them: through the PDF, with poppler's tools.

mod fixture;
mod poppler;

use std::collections::BTreeMap;

use geo::Geometry;
use jiff::civil::date;
use redline_atlas::crs::{Extent, LonLat};
use redline_atlas::model::{Feature, Field, FieldType, Layer, LayerKind, Placement, SiteId, Value};
use redline_atlas::sheet::{
    self, Orientation, Paper, PaperRect, ScaleChoice, SheetError, SheetInput, SheetSubject,
};

use fixture::{Fixture, LANDFILL, SOMEWHERE, STYLE, request, square};
use poppler::{Picture, Word, has_poppler, longest_run, stdout_of, text_of, words_of};

fn town(lon: f64, lat: f64, half: f64) -> Extent {
    Extent {
        west: lon - half,
        south: lat - half,
        east: lon + half,
        north: lat + half,
    }
}

#[test]
fn a_kilometre_bar_at_one_to_ten_thousand_measures_a_hundred_millimetres() {
    if !has_poppler() {
        return;
    }
    let around = town(103.76, 29.56, 0.005);
    for orientation in Orientation::ALL {
        let mut request = request(SheetSubject::Extent(around), ScaleChoice::Fixed(10_000));
        request.orientation = orientation;
        let sheet = Fixture::plan().produce(&request).unwrap();
        assert!(text_of(&sheet.pdf).contains("1km"));
        let picture = Picture::of(&sheet.pdf, 600);
        // Below the outer frame, above the panels or the notes: nothing else there is a long line.
        let rows =
            picture.index(sheet.map.bottom() + 7.5)..picture.index(sheet.map.bottom() + 18.0);
        let run = longest_run(rows, 0..picture.width, |x, y| picture.pixel(x, y)[1] < 128);
        let measured = picture.mm(run as f64);
        assert!(
            (measured - 100.0).abs() < 0.2,
            "{orientation:?}: {measured} mm"
        );
    }
}

#[test]
fn two_known_places_stand_their_grid_distance_apart_on_paper() {
    if !has_poppler() {
        return;
    }
    // 35 km off the district too: the zone follows the map's centre.
    for (lon, zone) in [(103.76, 4544), (103.2, 4543)] {
        let (layer, extent) = square(LonLat::new(lon, 29.56), 1_000.0);
        let fixture = Fixture {
            layers: vec![layer],
            sites: BTreeMap::new(),
        };
        let sheet = fixture
            .produce(&request(
                SheetSubject::Extent(extent),
                ScaleChoice::Fixed(10_000),
            ))
            .unwrap();
        assert_eq!(sheet.crs.epsg(), zone);
        let picture = Picture::of(&sheet.pdf, 300);
        let red = |x: usize, y: usize| {
            let [r, g, b] = picture.pixel(x, y);
            r > 140 && g < 110 && b < 120
        };
        let map = sheet.map;
        let (center_x, center_y) = map.center();
        let columns = picture.index(map.x + 2.0)..picture.index(map.right() - 2.0);
        let rows = picture.index(map.y + 2.0)..picture.index(map.bottom() - 2.0);
        // The line is drawn over the square's edge: from the outer edge of one to the inner of the other.
        let across: Vec<usize> = columns
            .filter(|&x| red(x, picture.index(center_y + 20.0)))
            .collect();
        let down: Vec<usize> = rows
            .filter(|&y| red(picture.index(center_x + 20.0), y))
            .collect();
        for (hits, middle) in [(across, center_x), (down, center_y)] {
            let edge = |pixels: &[usize]| {
                let sum: usize = pixels.iter().sum();
                picture.mm(sum as f64 / pixels.len() as f64 + 0.5)
            };
            let gap = hits
                .windows(2)
                .position(|pair| pair[1] - pair[0] > 100)
                .unwrap();
            let (first, last) = (edge(&hits[..=gap]), edge(&hits[gap + 1..]));
            assert!((last - first - 100.0).abs() < 0.2, "{} mm", last - first);
            assert!((f64::midpoint(first, last) - middle).abs() < 0.2);
        }
    }
}

#[test]
fn a_sheet_of_a_project_is_searchable_and_says_where_it_is_and_how_sure() {
    if !has_poppler() {
        return;
    }
    let sheet = Fixture::plan()
        .produce(&request(
            SheetSubject::Site(LANDFILL),
            ScaleChoice::Fixed(50_000),
        ))
        .unwrap();
    assert_eq!(
        (sheet.scale, sheet.pages, sheet.crs.epsg()),
        (50_000, 1, 4544)
    );
    let text = text_of(&sheet.pdf);
    for words in [
        "生活垃圾应急填埋场位置图",
        "市中区茅桥镇",
        "比例尺1:50000",
        "示意图，未经审图",
        "EPSG:4544",
        "定位等级：概略（±",
        "土壤污染防治项目工程",
        "5000万元",
        "区市容管理局",
        "图例",
        "制图：张三",
        "2026年11月23日",
        "资料来源：",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(
        sheet
            .warnings
            .iter()
            .any(|warning| warning.contains("精度范围")),
        "the circle of ±5500 m is larger than the map at 1:50 000: {:?}",
        sheet.warnings
    );
}

#[test]
fn a_fitted_map_shows_the_whole_circle_of_uncertainty() {
    let fixture = Fixture::plan();
    let placement = &fixture.sites[&LANDFILL].placement;
    let (at, radius) = (placement.at.unwrap(), placement.precision_m.unwrap());
    for paper in Paper::ALL {
        for orientation in Orientation::ALL {
            let mut request = request(SheetSubject::Site(LANDFILL), ScaleChoice::Fit);
            (request.paper, request.orientation) = (paper, orientation);
            let sheet = fixture.produce(&request).unwrap();
            let half_m =
                sheet.map.width.min(sheet.map.height) / 2.0 * f64::from(sheet.scale) / 1000.0;
            assert!(half_m >= radius, "{half_m} m");
            assert!(
                half_m <= radius * 2.5,
                "{half_m} m: the circle is lost on the map"
            );
            assert!(sheet.extent.contains(at));
            assert!(sheet.warnings.is_empty(), "{:?}", sheet.warnings);
        }
    }
}

#[test]
fn a_project_known_only_to_be_in_the_district_gets_the_district_and_no_point() {
    if !has_poppler() {
        return;
    }
    let fixture = Fixture::plan().with_layers(|layer| layer.kind == LayerKind::Boundary);
    let sheet = fixture
        .produce(&request(SheetSubject::Site(SOMEWHERE), ScaleChoice::Fit))
        .unwrap();
    assert_eq!(sheet.features_drawn, 1, "the boundary alone");
    let text = text_of(&sheet.pdf);
    assert!(
        text.contains("该项目建设地点在规划中仅写“市中区”，不标注具体位置"),
        "{text}"
    );
    assert!(text.contains("定位等级：全区"));
    let boundary = fixture.layers[0].extent().unwrap();
    for corner in [
        LonLat::new(boundary.west, boundary.south),
        LonLat::new(boundary.east, boundary.north),
    ] {
        assert!(sheet.extent.contains(corner));
    }
    let located = fixture
        .produce(&request(SheetSubject::Site(LANDFILL), ScaleChoice::Fit))
        .unwrap();
    assert_eq!(located.features_drawn, 2, "the boundary and the project");
}

#[test]
fn a_map_of_an_extent_lists_every_project_it_shows() {
    if !has_poppler() {
        return;
    }
    let fixture = Fixture::plan();
    for orientation in Orientation::ALL {
        let around = SheetSubject::Extent(town(103.76, 29.56, 0.12));
        let mut request = request(around, ScaleChoice::Fit);
        request.orientation = orientation;
        let sheet = fixture.produce(&request).unwrap();
        let text = text_of(&sheet.pdf);
        let shown: Vec<&str> = fixture
            .sites
            .values()
            .filter(|site| {
                site.placement
                    .at
                    .is_some_and(|at| sheet.extent.contains(at))
            })
            .map(|site| site.name.as_str())
            .collect();
        assert!(shown.len() > 3, "{shown:?}");
        assert!(
            text.contains(&format!("合计{}个项目", shown.len())),
            "{text}"
        );
        assert!(!text.contains("因篇幅未列出"), "{text}");
    }
    // The map, not the rectangle asked for, decides: a square kilometre in the middle of nowhere.
    let sheet = fixture
        .produce(&request(
            SheetSubject::Extent(town(103.65, 29.62, 0.12)),
            ScaleChoice::Fixed(5_000),
        ))
        .unwrap();
    assert!(text_of(&sheet.pdf).contains("图内没有已定位的项目"));
}

/// `inner` lies wholly inside, with a hair of tolerance.
fn holds(outer: PaperRect, inner: PaperRect) -> bool {
    let outer = outer.inset(-0.3);
    outer.contains(inner.x, inner.y) && outer.contains(inner.right(), inner.bottom())
}

/// A word's ink: its box without the font's generous line space.
fn ink(word: &Word) -> PaperRect {
    let rect = word.rect;
    PaperRect::new(
        rect.x + 0.05,
        rect.y + rect.height * 0.27,
        rect.width - 0.1,
        rect.height * 0.5,
    )
}

#[test]
fn no_text_leaves_the_page_or_runs_into_the_map_or_over_another_text() {
    if !has_poppler() {
        return;
    }
    let mut fixture = Fixture::plan();
    let long = "这是一段很长的建设内容，用来检验表格能否容纳：".repeat(30);
    let mut talkative = fixture.sites[&LANDFILL].clone();
    talkative.id = SiteId(900);
    talkative.name = "名称特别长的生态环境保护与修复综合治理示范工程（一期、二期、三期）".repeat(2);
    talkative.content = long;
    talkative.units = vec!["区生态环境局".to_owned(); 12];
    fixture.sites.insert(talkative.id, talkative);
    let subjects = fixture
        .sites
        .keys()
        .map(|id| SheetSubject::Site(*id))
        .chain([SheetSubject::Extent(town(103.76, 29.56, 0.12))]);
    for (index, subject) in subjects.enumerate() {
        // All four pages for a few, one of the four in turn for the rest.
        let all = matches!(
            subject,
            SheetSubject::Site(SiteId(19 | 20 | 900)) | SheetSubject::Extent(_)
        );
        let pages = Paper::ALL
            .into_iter()
            .flat_map(|paper| Orientation::ALL.map(|orientation| (paper, orientation)))
            .enumerate()
            .filter(|(page, _)| all || *page == index % 4);
        for (_, (paper, orientation)) in pages {
            let mut request = request(subject, ScaleChoice::Fit);
            (request.paper, request.orientation) = (paper, orientation);
            let sheet = fixture.produce(&request).unwrap();
            let context = format!("{subject:?} {paper:?} {orientation:?}");
            let words = words_of(&sheet.pdf);
            let grow = if paper == Paper::A4 { 1.0 } else { 1.25 };
            let outer = sheet.map.inset(-5.5 * grow);
            let page = sheet.page.inset(5.0);
            let mut outside: Vec<PaperRect> = Vec::new();
            // The watermark's characters are higher than any title.
            for word in words.iter().filter(|word| word.rect.height < 14.0 * grow) {
                let ink = ink(word);
                assert!(holds(page, ink), "{context}: off the page: {word:?}");
                let (x, y) = ink.center();
                if outer.contains(x, y) {
                    assert!(holds(outer, ink), "{context}: leaves the map: {word:?}");
                } else {
                    let apart = ink.right() <= outer.x
                        || ink.x >= outer.right()
                        || ink.bottom() <= outer.y
                        || ink.y >= outer.bottom();
                    assert!(apart, "{context}: runs into the map: {word:?}");
                    let over = outside.iter().find(|other| {
                        ink.x < other.right()
                            && other.x < ink.right()
                            && ink.y < other.bottom()
                            && other.y < ink.bottom()
                    });
                    assert!(over.is_none(), "{context}: {word:?} runs over {over:?}");
                    outside.push(ink);
                }
            }
            assert!(outside.len() > 20, "{context}: {} words", outside.len());
        }
    }
}

#[test]
fn pages_have_their_paper_size_their_title_and_an_embedded_font() {
    if !has_poppler() {
        return;
    }
    let fixture = Fixture::plan();
    for (paper, orientation, size) in [
        (Paper::A4, Orientation::Portrait, "595.276 x 841.89"),
        (Paper::A4, Orientation::Landscape, "841.89 x 595.276"),
        (Paper::A3, Orientation::Portrait, "841.89 x 1190.55"),
        (Paper::A3, Orientation::Landscape, "1190.55 x 841.89"),
    ] {
        let mut request = request(SheetSubject::Site(LANDFILL), ScaleChoice::Fit);
        (request.paper, request.orientation) = (paper, orientation);
        request.title = Some("茅桥镇填埋场选址示意".to_owned());
        let sheet = fixture.produce(&request).unwrap();
        let info = stdout_of(&sheet.pdf, "pdfinfo");
        assert!(info.contains(size), "{info}");
        assert!(info.contains("茅桥镇填埋场选址示意"), "{info}");
        assert!(
            info.lines()
                .any(|line| line.starts_with("Pages:") && line.ends_with(" 1"))
        );
        let fonts = stdout_of(&sheet.pdf, "pdffonts");
        let rows: Vec<&str> = fonts.lines().skip(2).collect();
        assert!(!rows.is_empty());
        for row in rows {
            // emb, sub, uni
            assert!(row.contains("yes yes yes"), "{row}");
        }
        assert!(sheet.pdf.len() < 400_000, "{} bytes", sheet.pdf.len());
    }
}

/// The watermark's characters, by their size.
fn watermark(pdf: &[u8]) -> String {
    words_of(pdf)
        .iter()
        .filter(|word| word.rect.height > 14.0)
        .map(|word| word.text.as_str())
        .collect()
}

#[test]
fn the_watermark_stands_over_schematic_content_and_only_there() {
    if !has_poppler() {
        return;
    }
    let district = SheetSubject::Site(SOMEWHERE);
    let with = Fixture::plan();
    let sheet = with.produce(&request(district, ScaleChoice::Fit)).unwrap();
    assert!(sheet.schematic);
    assert!(
        watermark(&sheet.pdf).contains("示意"),
        "{}",
        watermark(&sheet.pdf)
    );

    let without = Fixture::plan().with_layers(|layer| layer.kind != LayerKind::RedLine);
    let sheet = without
        .produce(&request(district, ScaleChoice::Fit))
        .unwrap();
    assert!(!sheet.schematic);
    assert_eq!(watermark(&sheet.pdf), "");
    assert!(text_of(&sheet.pdf).contains("示意图，未经审图"), "always");

    // A hundred metres with nothing schematic in them.
    let plain = SheetSubject::Extent(town(103.60, 29.70, 0.000_5));
    let sheet = with
        .produce(&request(plain, ScaleChoice::Fixed(500)))
        .unwrap();
    assert!(!sheet.schematic);
}

/// Width and height from a PNG's header.
fn png_size(png: &[u8]) -> (u32, u32) {
    assert_eq!(png.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()));
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn pictures_have_the_pixels_of_their_resolution() {
    let sheet = Fixture::plan()
        .produce(&request(SheetSubject::Site(LANDFILL), ScaleChoice::Fit))
        .unwrap();
    // 297 × 210 mm.
    for (dpi, size) in [(72, (842, 595)), (150, (1754, 1240))] {
        let png = sheet::png(&sheet.pdf, dpi).unwrap();
        assert_eq!(png_size(&png), size);
    }
    assert!(matches!(
        sheet::png(&sheet.pdf, 5),
        Err(SheetError::Dpi { dpi: 5 })
    ));
    assert!(matches!(
        sheet::png(b"not a PDF", 100),
        Err(SheetError::Picture { .. })
    ));
}

#[test]
fn a_map_picture_has_its_size_and_counts_what_it_shows() {
    let fixture = Fixture::plan();
    let views = fixture.views();
    let input = SheetInput {
        layers: &views,
        sites: &fixture.sites,
        style: &STYLE,
    };
    let whole = sheet::render_map((640, 480), None, &input).unwrap();
    assert_eq!(png_size(&whole.png), (640, 480));
    let part = Extent {
        west: 103.75,
        south: 29.55,
        east: 103.78,
        north: 29.58,
    };
    let part = sheet::render_map((300, 300), Some(part), &input).unwrap();
    assert_eq!(png_size(&part.png), (300, 300));
    assert!(part.features_drawn > 0);
    assert!(
        whole.features_drawn > part.features_drawn,
        "{} {}",
        whole.features_drawn,
        part.features_drawn
    );
    for size in [(0, 100), (100, 100_000)] {
        let refused = sheet::render_map(size, None, &input);
        assert!(matches!(refused, Err(SheetError::Size { .. })));
    }
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let fixture = Fixture::plan();
    let mut request = request(SheetSubject::Site(LANDFILL), ScaleChoice::Fit);
    let first = fixture.produce(&request).unwrap().pdf;
    assert_eq!(first, fixture.produce(&request).unwrap().pdf);
    request.date = date(2026, 11, 24);
    assert_ne!(first, fixture.produce(&request).unwrap().pdf);
}

#[test]
fn a_character_outside_the_font_is_replaced_and_reported() {
    if !has_poppler() {
        return;
    }
    let mut fixture = Fixture::plan();
    fixture.layers.push(Layer {
        roles: redline_atlas::model::FieldRoles::default(),
        name: "地名".to_owned(),
        kind: LayerKind::Town,
        placement: Placement::Surveyed,
        source: String::new(),
        fields: vec![Field {
            name: "name".to_owned(),
            field_type: FieldType::Text,
        }],
        features: Vec::new(),
    });
    let site = fixture.sites.get_mut(&LANDFILL).unwrap();
    site.name = "\u{2A6D6}坝填埋场".to_owned();
    site.content = "笑脸\u{1F600}".to_owned();
    let at = site.placement.at.unwrap();
    fixture.layers.last_mut().unwrap().features.push(Feature {
        heights: None,
        fid: 1,
        geometry: Some(Geometry::Point(geo::Point::new(at.lon + 0.01, at.lat))),
        values: vec![Value::Text("\u{2A6D6}村".to_owned())],
    });
    let sheet = fixture
        .produce(&request(SheetSubject::Site(LANDFILL), ScaleChoice::Fit))
        .unwrap();
    let [warning] = &sheet.warnings[..] else {
        panic!("{:?}", sheet.warnings);
    };
    assert!(
        warning.contains('\u{2A6D6}') && warning.contains('\u{1F600}'),
        "{warning}"
    );
    let text = text_of(&sheet.pdf);
    assert!(text.contains("〓坝填埋场位置图"), "{text}");
    assert!(text.contains("笑脸〓"));
}

#[test]
fn what_cannot_be_printed_is_refused_in_plain_chinese() {
    let fixture = Fixture::plan();
    let refused = |subject, scale| {
        fixture
            .produce(&request(subject, scale))
            .unwrap_err()
            .to_string()
    };
    let nobody = refused(SheetSubject::Site(SiteId(4711)), ScaleChoice::Fit);
    assert!(nobody.contains("4711"), "{nobody}");
    for (west, east) in [
        (103.9, 103.7),
        (f64::NAN, 103.7),
        (103.7, 703.7),
        (103.7, 103.7),
    ] {
        let extent = Extent {
            west,
            south: 29.5,
            east,
            north: 29.5,
        };
        let empty = refused(SheetSubject::Extent(extent), ScaleChoice::Fit);
        assert!(empty.contains("出图范围"), "{empty}");
    }
    for scale in [0, 499, 2_000_001, u32::MAX] {
        let wrong = refused(SheetSubject::Site(LANDFILL), ScaleChoice::Fixed(scale));
        assert!(wrong.contains("1:500 到 1:2 000 000"), "{wrong}");
    }
    let far = Extent {
        west: -75.1,
        south: 40.0,
        east: -75.0,
        north: 40.1,
    };
    let abroad = refused(SheetSubject::Extent(far), ScaleChoice::Fit);
    assert!(abroad.contains("中国境内"), "{abroad}");

    let bare = Fixture {
        layers: Vec::new(),
        sites: fixture.sites.clone(),
    };
    let unplaced: BTreeMap<_, _> = bare
        .sites
        .into_iter()
        .filter(|(_, site)| site.placement.at.is_none())
        .collect();
    let bare = Fixture {
        layers: Vec::new(),
        sites: unplaced,
    };
    let nothing = bare.produce(&request(SheetSubject::Site(SOMEWHERE), ScaleChoice::Fit));
    assert!(matches!(nothing, Err(SheetError::NothingToShow)));
}

#[test]
fn scales_are_read_as_people_write_them() {
    for text in ["50000", "1:50000", "1:50 000", " 1：50000 ", "1:50,000"] {
        assert_eq!(
            ScaleChoice::parse(text),
            Some(ScaleChoice::Fixed(50_000)),
            "{text}"
        );
    }
    assert_eq!(ScaleChoice::parse("fit"), Some(ScaleChoice::Fit));
    for wrong in ["", "1:", "-5", "五万"] {
        assert_eq!(ScaleChoice::parse(wrong), None, "{wrong}");
    }
}
