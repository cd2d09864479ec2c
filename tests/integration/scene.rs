//! The map as a draw list and on paper: order, honesty, labels, legend, searchable and right pixels.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use geo::{Geometry, Point, Polygon, polygon};
use redline_atlas::crs::{Extent, LonLat};
use redline_atlas::model::{
    Feature, Field, FieldType, Layer, LayerId, LayerKind, Placement, ProjectSite, SiteId, Value,
};
use redline_atlas::plan::Plan;
use redline_atlas::scene::style::{CATEGORIES, category_index};
use redline_atlas::scene::{
    DeviceRect, DrawOp, LayerView, LegendSample, MapStyle, Owner, Plane, Rgba, Scene, SceneInput,
    Symbol, View, build, labels, legend, pdf, text,
};

const CENTER: LonLat = LonLat::new(103.76, 29.61);

struct Atlas {
    layers: Vec<Layer>,
    sites: BTreeMap<SiteId, ProjectSite>,
    style: MapStyle,
}

impl Atlas {
    fn of_plan() -> Self {
        let plan = Plan::load().unwrap();
        Self {
            layers: plan.layers().unwrap(),
            sites: plan.ledger(),
            style: MapStyle::light(),
        }
    }

    fn of_layers(layers: Vec<Layer>) -> Self {
        Self {
            layers,
            sites: BTreeMap::new(),
            style: MapStyle::light(),
        }
    }

    fn views(&self) -> Vec<LayerView<'_>> {
        (1..)
            .zip(&self.layers)
            .map(|(id, layer)| LayerView {
                id: LayerId(id),
                layer,
                visible: true,
                opacity: 1.0,
                retired: false,
            })
            .collect()
    }

    fn input<'a>(&'a self, views: &'a [LayerView<'a>]) -> SceneInput<'a> {
        SceneInput {
            layers: views,
            sites: &self.sites,
            show_sites: true,
            show_labels: true,
            highlight: None,
            style: &self.style,
        }
    }

    fn scene(&self, plane: Plane) -> Scene {
        build(plane, &self.input(&self.views()))
    }
}

fn grid() -> Plane {
    Plane::grid_at(CENTER).unwrap()
}

fn layer(kind: LayerKind, placement: Placement, shapes: Vec<Geometry<f64>>) -> Layer {
    Layer {
        roles: redline_atlas::model::FieldRoles::default(),
        name: kind.label().to_owned(),
        kind,
        placement,
        source: "测试".to_owned(),
        fields: vec![Field {
            name: "name".to_owned(),
            field_type: FieldType::Text,
        }],
        features: (1..)
            .zip(shapes)
            .map(|(fid, geometry)| Feature {
                heights: None,
                fid,
                geometry: Some(geometry),
                values: vec![Value::Text(format!("要素{fid}"))],
            })
            .collect(),
    }
}

/// A square of about 4 km with a hole of about 2 km in its middle.
fn ring_shape() -> Polygon<f64> {
    polygon![
        exterior: [
            (x: 103.74, y: 29.59), (x: 103.78, y: 29.59), (x: 103.78, y: 29.63), (x: 103.74, y: 29.63),
        ],
        interiors: [[
            (x: 103.75, y: 29.60), (x: 103.77, y: 29.60), (x: 103.77, y: 29.62), (x: 103.75, y: 29.62),
        ]],
    ]
}

fn owner_of(op: &DrawOp) -> Option<Owner> {
    match op {
        DrawOp::Fill { owner, .. }
        | DrawOp::Hatch { owner, .. }
        | DrawOp::Stroke { owner, .. }
        | DrawOp::Icon { owner, .. }
        | DrawOp::Text { owner, .. } => Some(*owner),
        DrawOp::Mask { .. } => None,
    }
}

#[test]
fn the_same_layers_and_sites_give_the_same_scene_in_both_planes() {
    let atlas = Atlas::of_plan();
    for plane in [Plane::World, grid()] {
        let (first, second) = (atlas.scene(plane.clone()), atlas.scene(plane));
        assert!(first.ops.len() > 100);
        assert_eq!(first.ops, second.ops);
        assert!(first.schematic, "the demonstration red line is schematic");
    }
}

#[test]
fn areas_lie_under_the_mask_and_icons_and_labels_over_it() {
    let scene = Atlas::of_plan().scene(Plane::World);
    let rank = |op: &DrawOp| match op {
        DrawOp::Fill { .. } | DrawOp::Hatch { .. } => 0,
        DrawOp::Mask { .. } => 1,
        DrawOp::Stroke { .. } => 2,
        DrawOp::Icon { .. } => 3,
        DrawOp::Text { .. } => 4,
    };
    // Rivers and reference lines are ground: they fade outside the district with the areas.
    let ranks: Vec<i32> = scene
        .ops
        .iter()
        .map(rank)
        .skip_while(|rank| *rank != 1)
        .collect();
    assert!(ranks.is_sorted(), "{ranks:?}");
    assert_eq!(ranks.iter().filter(|rank| **rank == 1).count(), 1);
    assert!(ranks.contains(&2) && ranks.contains(&3) && ranks.contains(&4));
}

#[test]
fn no_project_is_dropped_each_has_an_icon_or_is_counted_in_the_cluster() {
    let atlas = Atlas::of_plan();
    let scene = atlas.scene(Plane::World);
    let icons = scene
        .ops
        .iter()
        .filter(|op| {
            matches!(
                op,
                DrawOp::Icon {
                    owner: Owner::Site(_),
                    ..
                }
            )
        })
        .count();
    let clustered: Vec<usize> = scene
        .ops
        .iter()
        .filter_map(|op| match op {
            DrawOp::Icon {
                owner: Owner::DistrictSites { count },
                symbol: Symbol::Cluster,
                ..
            } => Some(*count),
            _ => None,
        })
        .collect();
    assert_eq!(clustered.len(), 1);
    assert_eq!(icons + clustered[0], atlas.sites.len());
    let label = format!("全区项目 {} 项", clustered[0]);
    assert!(
        scene
            .ops
            .iter()
            .any(|op| matches!(op, DrawOp::Text { text, .. } if *text == label))
    );
}

#[test]
fn the_cluster_stands_inside_the_district_and_clear_of_every_place() {
    let atlas = Atlas::of_plan();
    let views = atlas.views();
    let (at, _) = atlas.input(&views).cluster().unwrap();
    let boundary = atlas
        .layers
        .iter()
        .find(|layer| layer.kind == LayerKind::Boundary)
        .unwrap();
    let district = boundary.features[0].geometry.as_ref().unwrap();
    assert!(geo::Contains::contains(
        district,
        &Point::new(at.lon, at.lat)
    ));
    for site in atlas.sites.values() {
        if let Some(other) = site.placement.at {
            let distance = (other.lon - at.lon).hypot(other.lat - at.lat);
            assert!(distance > 0.02, "{}", site.name);
        }
    }
}

#[test]
fn sites_of_one_and_the_same_place_stand_side_by_side() {
    let mut atlas = Atlas::of_plan();
    for site in atlas.sites.values_mut() {
        site.placement.grade = Placement::Approximate;
        site.placement.at = Some(CENTER);
    }
    let scene = atlas.scene(Plane::World);
    let icons: Vec<([f32; 2], f32)> = scene
        .ops
        .iter()
        .filter_map(|op| match op {
            DrawOp::Icon {
                owner: Owner::Site(_),
                shift_pt,
                size_pt,
                ..
            } => Some((*shift_pt, *size_pt)),
            _ => None,
        })
        .collect();
    assert_eq!(icons.len(), atlas.sites.len());
    for (i, (a, size)) in icons.iter().enumerate() {
        for (b, _) in &icons[i + 1..] {
            assert!((a[0] - b[0]).hypot(a[1] - b[1]) >= *size, "{a:?} {b:?}");
        }
    }
}

#[test]
fn hidden_retired_and_unprojectable_things_are_not_drawn_and_opacity_fades() {
    let broken = polygon![(x: 103.7, y: f64::NAN), (x: 103.8, y: 29.5), (x: 103.8, y: 29.6)];
    let atlas = Atlas::of_layers(vec![layer(
        LayerKind::RedLine,
        Placement::Surveyed,
        vec![ring_shape().into(), broken.into()],
    )]);
    let fills = |change: &dyn Fn(&mut LayerView<'_>)| -> Vec<u8> {
        let mut views = atlas.views();
        change(&mut views[0]);
        let scene = build(grid(), &atlas.input(&views));
        let fills = scene.ops.iter().filter_map(|op| match op {
            DrawOp::Fill { color, .. } => Some(color.a),
            _ => None,
        });
        fills.collect()
    };
    let whole = fills(&|_| {});
    assert_eq!(
        whole.len(),
        1,
        "the broken feature is skipped, the good one is not"
    );
    let half = fills(&|view| view.opacity = 0.5);
    assert_eq!(half, [whole[0] / 2]);
    assert!(fills(&|view| view.visible = false).is_empty());
    assert!(fills(&|view| view.retired = true).is_empty());
    assert!(fills(&|view| view.opacity = 0.0).is_empty());
}

#[test]
fn only_schematic_areas_are_hatched_and_their_outline_is_dashed() {
    for (placement, schematic) in [(Placement::Surveyed, false), (Placement::Schematic, true)] {
        let shapes = vec![ring_shape().into()];
        let atlas = Atlas::of_layers(vec![layer(LayerKind::RedLine, placement, shapes)]);
        let scene = atlas.scene(grid());
        assert_eq!(scene.schematic, schematic);
        let hatched = scene
            .ops
            .iter()
            .any(|op| matches!(op, DrawOp::Hatch { .. }));
        assert_eq!(hatched, schematic);
        let dashed = scene.ops.iter().any(|op| {
            matches!(op, DrawOp::Stroke { width_pt, dash, .. } if dash.pattern(*width_pt).is_some())
        });
        assert_eq!(dashed, schematic);
    }
}

#[test]
fn what_is_selected_glows_and_comes_last_of_its_kind() {
    let atlas = Atlas::of_plan();
    let views = atlas.views();
    let site = atlas
        .sites
        .values()
        .find(|site| site.placement.at.is_some())
        .unwrap();
    let highlight = Some(Owner::Site(site.id));
    let input = SceneInput {
        highlight,
        ..atlas.input(&views)
    };
    let scene = build(grid(), &input);
    let icons: Vec<(Option<Owner>, Symbol)> = scene
        .ops
        .iter()
        .filter_map(|op| match op {
            DrawOp::Icon { symbol, .. } => Some((owner_of(op), *symbol)),
            _ => None,
        })
        .collect();
    let [.., glow, icon] = icons.as_slice() else {
        panic!("no icons");
    };
    assert_eq!(*glow, (highlight, Symbol::Glow));
    assert_eq!(icon.0, highlight);

    // One that is only somewhere in the district lights up the cluster.
    let hidden = atlas
        .sites
        .values()
        .find(|site| site.placement.grade == Placement::District)
        .unwrap();
    let input = SceneInput {
        highlight: Some(Owner::Site(hidden.id)),
        ..input
    };
    assert!(build(grid(), &input).ops.iter().any(|op| {
        matches!(
            op,
            DrawOp::Icon {
                owner: Owner::DistrictSites { .. },
                symbol: Symbol::Glow,
                ..
            }
        )
    }));
}

#[test]
fn every_printed_category_has_a_symbol_of_its_own() {
    let plan = Plan::load().unwrap();
    let mut symbols = BTreeMap::new();
    for site in &plan.sites {
        let index = category_index(&site.category);
        assert!(index < CATEGORIES.len() - 1, "{} is unknown", site.category);
        assert_eq!(
            CATEGORIES[index].label, site.category,
            "verbatim in the legend"
        );
        symbols.insert(index, &site.category);
    }
    assert_eq!(symbols.len(), 7);
}

#[test]
fn labels_of_the_real_map_never_overlap_at_any_scale() {
    let scene = Atlas::of_plan().scene(grid());
    let center = scene.plane.from_lon_lat(CENTER).unwrap();
    for scale in [10_000.0, 50_000.0, 100_000.0, 200_000.0, 400_000.0] {
        let rect = DeviceRect::from_size(0.0, 0.0, 700.0, 600.0);
        let view = View::at_scale(&scene.plane, rect, center, scale);
        let placed = labels::place(&scene, rect, |at| view.to_device(at));
        for (i, a) in placed.iter().enumerate() {
            for b in &placed[i + 1..] {
                assert!(
                    !a.rect.overlaps(b.rect),
                    "1:{scale}: {} and {}",
                    a.text,
                    b.text
                );
            }
        }
        if scale > 90_000.0 {
            assert!(placed.len() > 20, "1:{scale}: only {}", placed.len());
        }
    }
}

#[test]
fn the_legend_holds_what_is_in_the_window_and_nothing_else() {
    let atlas = Atlas::of_plan();
    let views = atlas.views();
    let input = atlas.input(&views);
    let labels = |extent| -> Vec<String> {
        let entries = legend(&input, extent).into_iter();
        entries.map(|entry| entry.label).collect()
    };
    let all = labels(None);
    for wanted in [
        "生态保护红线（示意）",
        "行政区界",
        "主要河流",
        "镇街",
        "项目状态：谋划",
        "虚线圈：概略位置",
    ] {
        assert!(all.contains(&wanted.to_owned()), "{wanted}: {all:?}");
    }
    assert!(!all.contains(&"生态保护红线".to_owned()), "{all:?}");
    assert!(all.iter().any(|label| label.starts_with("全区项目")));
    let mut unique = all.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), all.len(), "{all:?}");

    let nowhere = Extent {
        west: 110.0,
        south: 20.0,
        east: 110.1,
        north: 20.1,
    };
    assert!(labels(Some(nowhere)).is_empty());

    let mut views = atlas.views();
    for view in &mut views {
        view.visible = view.layer.kind != LayerKind::RedLine;
    }
    let without = legend(&atlas.input(&views), None);
    assert!(without.iter().all(|entry| !entry.label.contains("红线")));
}

#[test]
fn a_legend_shows_an_area_as_the_map_does() {
    let shapes = vec![ring_shape().into()];
    let atlas = Atlas::of_layers(vec![layer(
        LayerKind::RedLine,
        Placement::Schematic,
        shapes,
    )]);
    let views = atlas.views();
    let input = atlas.input(&views);
    let entries = legend(&input, None);
    let LegendSample::Area {
        fill,
        hatch,
        outline,
    } = &entries[0].sample
    else {
        panic!("{entries:?}");
    };
    let hatch = hatch.unwrap();
    for op in &build(grid(), &input).ops {
        match op {
            DrawOp::Fill { color, .. } => assert_eq!(color, fill),
            DrawOp::Hatch {
                color, spacing_pt, ..
            } => assert_eq!((*color, *spacing_pt), (hatch.color, hatch.spacing_pt)),
            DrawOp::Stroke { color, dash, .. } => {
                assert_eq!((*color, *dash), (outline.color, outline.dash));
            }
            _ => {}
        }
    }
}

/// The scene on one page of its own, 1:`scale` around [`CENTER`].
fn page(scene: &Scene, side_pt: f32, scale: f64, background: Option<Rgba>) -> Vec<u8> {
    let center = scene.plane.from_lon_lat(CENTER).unwrap();
    let rect = DeviceRect::from_size(0.0, 0.0, f64::from(side_pt), f64::from(side_pt));
    let view = View::at_scale(&scene.plane, rect, center, scale);
    let mut document = krilla::Document::new();
    let settings = krilla::page::PageSettings::from_wh(side_pt, side_pt).unwrap();
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    pdf::paint(scene, &mut surface, &view, background);
    surface.finish();
    page.finish();
    document.finish().unwrap()
}

#[test]
fn each_label_is_found_once_in_the_printed_text() {
    if !crate::judge::is_here("pdftotext") {
        return;
    }
    let scene = Atlas::of_plan().scene(grid());
    let side = 800.0_f64;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.pdf");
    fs::write(&file, page(&scene, 800.0, 190_000.0, None)).unwrap();
    let output = Command::new("pdftotext")
        .arg(&file)
        .arg("-")
        .output()
        .unwrap();
    assert!(output.status.success());
    let printed: String = String::from_utf8(output.stdout)
        .unwrap()
        .split_whitespace()
        .collect();

    let center = scene.plane.from_lon_lat(CENTER).unwrap();
    let rect = DeviceRect::from_size(0.0, 0.0, side, side);
    let view = View::at_scale(&scene.plane, rect, center, 190_000.0);
    let placed = labels::place(&scene, rect, |at| view.to_device(at));
    assert!(placed.iter().any(|label| label.text == "茅桥镇"));
    for label in ["剑峰镇", "苏稽镇", "牟子镇", "全区项目36项"] {
        assert_eq!(printed.matches(label).count(), 1, "{label} in {printed}");
    }
    let expected: usize = placed
        .iter()
        .map(|label| {
            label
                .text
                .split_whitespace()
                .collect::<String>()
                .chars()
                .count()
        })
        .sum();
    assert_eq!(
        printed.chars().count(),
        expected,
        "each label once, nothing else"
    );
}

/// The colour of the page at a place, drawn by the renderer that makes the product's PNGs.
fn color_at(
    scene: &Scene,
    bytes: Vec<u8>,
    side_pt: f64,
    scale: f64,
    places: &[LonLat],
) -> Vec<[i32; 3]> {
    let document = hayro::hayro_syntax::Pdf::new(Arc::new(bytes)).unwrap();
    let pixmap = hayro::render(
        &document.pages()[0],
        &hayro::RenderCache::new(),
        &hayro::hayro_interpret::InterpreterSettings::default(),
        &hayro::RenderSettings::default(),
        &hayro::PixmapSettings {
            bg_color: hayro::vello_cpu::color::palette::css::WHITE,
            ..Default::default()
        },
    );
    let center = scene.plane.from_lon_lat(CENTER).unwrap();
    let rect = DeviceRect::from_size(0.0, 0.0, side_pt, side_pt);
    let view = View::at_scale(&scene.plane, rect, center, scale);
    places
        .iter()
        .map(|place| {
            let (x, y) = view.to_device(scene.plane.from_lon_lat(*place).unwrap());
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a pixel of a small page"
            )]
            let pixel = pixmap.sample(x as u16, y as u16);
            [pixel.r, pixel.g, pixel.b].map(i32::from)
        })
        .collect()
}

#[test]
fn the_printed_red_line_is_red_inside_and_clear_in_its_hole() {
    let shapes = vec![ring_shape().into()];
    let mut atlas = Atlas::of_layers(vec![layer(LayerKind::RedLine, Placement::Surveyed, shapes)]);
    atlas.layers[0].fields.clear();
    let scene = atlas.scene(grid());
    let bytes = page(&scene, 300.0, 60_000.0, None);
    let inside = LonLat::new(103.745, 29.61);
    let hole = CENTER;
    let outside = LonLat::new(103.735, 29.61);
    let colors = color_at(&scene, bytes, 300.0, 60_000.0, &[inside, hole, outside]);
    let reddish = |[r, g, b]: [i32; 3]| r - g > 20 && r - b > 20;
    assert!(reddish(colors[0]), "{colors:?}");
    assert_eq!(colors[1], [255; 3]);
    assert_eq!(colors[2], [255; 3]);
}

#[test]
fn the_mask_fades_what_is_outside_the_district_only() {
    let shapes = vec![ring_shape().into()];
    let atlas = Atlas::of_layers(vec![layer(
        LayerKind::Boundary,
        Placement::Surveyed,
        shapes,
    )]);
    let scene = atlas.scene(grid());
    let dark = Rgba::opaque(40, 40, 40);
    let bytes = page(&scene, 300.0, 60_000.0, Some(dark));
    let inside = LonLat::new(103.745, 29.61);
    let outside = LonLat::new(103.735, 29.61);
    let colors = color_at(&scene, bytes, 300.0, 60_000.0, &[inside, CENTER, outside]);
    assert_eq!(colors[0], [40; 3]);
    assert!(
        colors[1][0] > 120,
        "a hole in the district is outside: {colors:?}"
    );
    assert!(colors[2][0] > 120, "{colors:?}");
}

fn files_below(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, endings));
        } else if endings
            .iter()
            .any(|ending| path.extension().is_some_and(|other| other == *ending))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn every_character_of_the_data_and_of_printed_sentences_has_a_glyph() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = files_below(&root.join("data"), &["csv", "toml", "geojson", "txt"]);
    assert!(files.len() >= 10, "{files:?}");
    // The window adds fonts of its own behind the bundled one; paper and messages do not.
    let sources = files_below(&root.join("src"), &["rs"]);
    files.extend(
        sources
            .into_iter()
            .filter(|path| !path.starts_with(root.join("src/app"))),
    );
    let mut broken = Vec::new();
    for path in files {
        let is_source = path.extension().is_some_and(|ending| ending == "rs");
        let content = fs::read_to_string(&path).unwrap();
        for line in content.lines() {
            let code = line.trim_start().trim_start_matches('\u{feff}');
            if is_source && (code.starts_with("//") || code.is_ascii()) {
                continue;
            }
            let missing = text::missing_glyphs(code);
            if !missing.is_empty() {
                broken.push(format!("{}: {missing:?} in {code}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
