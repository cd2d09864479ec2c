//! Tiles of large layers: areas, borders between neighbours, precision, and rings of all shapes.

use std::sync::Arc;

use geo::{Area, LineString, Polygon, polygon};
use proptest::prelude::*;

use redline_atlas::crs::{LonLat, World, lon_lat_from_world, world_from_lon_lat};
use redline_atlas::model::{Feature, FieldRoles, Layer, LayerKind, Placement};
use redline_atlas::scene::MapStyle;
use redline_atlas::scene::pyramid::classes::classes;
use redline_atlas::scene::pyramid::{
    FEATURE, GHOST, HitClass, Pyramid, Reach, SPECK, TILE_PIXELS, TILE_UNITS, Tile, TileKey,
    UNITS_PER_PIXEL,
};

const LESHAN: LonLat = LonLat::new(103.76, 29.56);

fn layer(geometries: Vec<geo::Geometry<f64>>) -> Arc<Layer> {
    let features = (1..)
        .zip(geometries)
        .map(|(fid, geometry)| Feature {
            fid,
            geometry: Some(geometry),
            heights: None,
            values: Vec::new(),
        })
        .collect();
    Arc::new(Layer {
        name: "large".to_owned(),
        kind: LayerKind::Reference,
        placement: Placement::Surveyed,
        source: "test".to_owned(),
        fields: Vec::new(),
        roles: FieldRoles::default(),
        features,
    })
}

/// A deterministic wobble between -1 and 1.
fn wobble(seed: f64) -> f64 {
    (seed * 12.9898).sin() * (seed * 78.233).cos()
}

/// Neighbours share wavy borders vertex by vertex; together they are a rectangle.
fn parcels(across: usize, step: f64) -> Arc<Layer> {
    const WAVES: usize = 12;
    let node = |column: usize, row: usize| {
        let inner = |at: usize| at > 0 && at < across;
        let seed = (column * 1000 + row) as f64;
        let shift = |seed: f64, is_inner: bool| {
            if is_inner {
                wobble(seed) * step * 0.3
            } else {
                0.0
            }
        };
        (
            LESHAN.lon + column as f64 * step + shift(seed, inner(column)),
            LESHAN.lat + row as f64 * step + shift(seed + 0.5, inner(row)),
        )
    };
    // From the lower node to the higher one, the end left out.
    let border = |from: (f64, f64), to: (f64, f64), is_inner: bool| -> Vec<(f64, f64)> {
        (0..WAVES)
            .map(|wave| {
                let share = wave as f64 / WAVES as f64;
                let aside = if wave == 0 || !is_inner {
                    0.0
                } else {
                    wobble(from.0 * 1e4 + from.1 * 1e3 + wave as f64) * step * 0.03
                };
                (
                    from.0 + (to.0 - from.0) * share - (to.1 - from.1) / step * aside,
                    from.1 + (to.1 - from.1) * share + (to.0 - from.0) / step * aside,
                )
            })
            .collect()
    };
    let reversed = |mut line: Vec<(f64, f64)>, end: (f64, f64)| {
        line.push(end);
        line.reverse();
        line.pop();
        line
    };
    let mut geometries = Vec::new();
    for row in 0..across {
        for column in 0..across {
            let [sw, se, ne, nw] = [
                node(column, row),
                node(column + 1, row),
                node(column + 1, row + 1),
                node(column, row + 1),
            ];
            let mut ring = border(sw, se, row > 0);
            ring.extend(border(se, ne, column + 1 < across));
            ring.extend(reversed(border(nw, ne, row + 1 < across), ne));
            ring.extend(reversed(border(sw, nw, column > 0), nw));
            ring.push(sw);
            geometries.push(Polygon::new(LineString::from(ring), vec![]).into());
        }
    }
    layer(geometries)
}

fn square_pixels(tile: &Tile) -> f64 {
    let units = |corners: &[u32]| -> f64 {
        let [a, b, c] =
            [0, 1, 2].map(|corner| tile.corners[corners[corner] as usize].at.map(f64::from));
        ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).abs() / 2.0
    };
    tile.triangles.chunks_exact(3).map(units).sum::<f64>() / (UNITS_PER_PIXEL * UNITS_PER_PIXEL)
}

/// Of a polygon on the Mercator square, in square pixels of a level.
fn exact_square_pixels(layer: &Layer, z: u8) -> f64 {
    let per_unit = TILE_PIXELS * f64::from(z).exp2();
    let projected = |ring: &LineString<f64>| -> LineString<f64> {
        ring.0
            .iter()
            .map(|at| {
                let world = world_from_lon_lat(LonLat::new(at.x, at.y));
                ((world.x - 0.78) * per_unit, (world.y - 0.41) * per_unit)
            })
            .collect()
    };
    layer
        .features
        .iter()
        .map(|feature| match feature.geometry.as_ref().unwrap() {
            geo::Geometry::Polygon(polygon) => Polygon::new(
                projected(polygon.exterior()),
                polygon.interiors().iter().map(projected).collect(),
            )
            .unsigned_area(),
            other => panic!("{other:?}"),
        })
        .sum()
}

fn tiles(pyramid: &Pyramid, z: u8) -> Vec<Tile> {
    TileKey::covering(z, pyramid.bounds().unwrap())
        .map(|key| pyramid.tile(key))
        .collect()
}

#[test]
fn the_tiles_of_a_level_together_have_the_layers_area() {
    let layer = parcels(24, 0.004);
    let pyramid = Pyramid::new(Arc::clone(&layer));
    for z in [10, 12, 14, 15] {
        let tiles = tiles(&pyramid, z);
        let area: f64 = tiles.iter().map(square_pixels).sum();
        let exact = exact_square_pixels(&layer, z);
        // Inner borders move by half a pixel at most and to both sides' use; the layer's own edge is as
        // long as 4 × 24 parcels.
        let edge = 4.0 * 24.0 * 0.004 / 360.0 * TILE_PIXELS * f64::from(z).exp2() * 1.2;
        assert!(
            (area - exact).abs() < edge * 0.5,
            "level {z}: {area} of {exact}, edge {edge}"
        );
    }
}

#[test]
fn no_gap_between_neighbours_is_a_pixel_wide() {
    // Even-odd over a fine grid of sample points: inside the layer each is in one parcel, two at most.
    let pyramid = Pyramid::new(parcels(12, 0.004));
    let z = 13;
    let bounds = pyramid.bounds().unwrap();
    let key = TileKey::holding(
        z,
        World {
            x: f64::midpoint(bounds[0], bounds[2]),
            y: f64::midpoint(bounds[1], bounds[3]),
        },
    );
    let tile = pyramid.tile(key);
    let inside = |x: f64, y: f64| {
        tile.triangles.chunks_exact(3).any(|corners| {
            let [a, b, c] = [0, 1, 2].map(|corner| {
                tile.corners[corners[corner] as usize]
                    .at
                    .map(|unit| f64::from(unit) / UNITS_PER_PIXEL)
            });
            let side =
                |p: [f64; 2], q: [f64; 2]| (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0]);
            let sides = [side(a, b), side(b, c), side(c, a)];
            sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0)
        })
    };
    let per_unit = TILE_PIXELS / key.size();
    let (corner, mut seen) = (key.corner(), 0);
    for row in 0..64 {
        for column in 0..64 {
            let (x, y) = (f64::from(column) * 8.0 + 4.1, f64::from(row) * 8.0 + 4.1);
            let world = [corner.x + x / per_unit, corner.y + y / per_unit];
            let air = 2.0 / per_unit;
            if world[0] < bounds[0] + air
                || world[0] > bounds[2] - air
                || world[1] < bounds[1] + air
                || world[1] > bounds[3] - air
            {
                continue;
            }
            seen += 1;
            // A gap narrower than a pixel has something within half a pixel on both sides.
            let around = [(0.0, 0.0), (0.5, 0.0), (-0.5, 0.0), (0.0, 0.5), (0.0, -0.5)];
            assert!(
                around.iter().any(|(dx, dy)| inside(x + dx, y + dy)),
                "gap at {x}, {y}"
            );
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn neighbouring_tiles_meet_on_their_common_edge() {
    let pyramid = Pyramid::new(parcels(24, 0.004));
    let z = 13;
    let bounds = pyramid.bounds().unwrap();
    let west = TileKey::holding(
        z,
        World {
            x: f64::midpoint(bounds[0], bounds[2]),
            y: f64::midpoint(bounds[1], bounds[3]),
        },
    );
    let east = TileKey {
        x: west.x + 1,
        ..west
    };
    let on_edge = |key: TileKey, edge: i16| {
        let mut places: Vec<i16> = pyramid
            .tile(key)
            .corners
            .iter()
            .filter(|corner| corner.at[0] == edge)
            .map(|corner| corner.at[1])
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    };
    let (left, right) = (on_edge(west, TILE_UNITS), on_edge(east, 0));
    assert!(left.len() > 3);
    assert_eq!(left, right);
}

#[test]
fn a_vertex_at_level_22_stands_within_a_tenth_of_a_pixel() {
    let house: Vec<LonLat> = [(0.0, 0.0), (31e-6, 2e-6), (29e-6, 33e-6), (-1e-6, 30e-6)]
        .map(|(east, north)| LonLat::new(LESHAN.lon + east, LESHAN.lat + north))
        .to_vec();
    let ring: LineString<f64> = house.iter().map(|at| (at.lon, at.lat)).collect();
    let pyramid = Pyramid::new(layer(vec![Polygon::new(ring, vec![]).into()]));
    // Camera zoom 22 shows tiles of 512 pixels of level 21.
    for at in &house {
        let world = world_from_lon_lat(*at);
        let key = TileKey::holding(21, world);
        let tile = pyramid.tile(key);
        let per_unit = TILE_PIXELS / key.size();
        let exact = [
            (world.x - key.corner().x) * per_unit,
            (world.y - key.corner().y) * per_unit,
        ];
        let nearest = tile
            .lines
            .iter()
            .map(|point| {
                let [x, y] = point.at.map(|unit| f64::from(unit) / UNITS_PER_PIXEL);
                (x - exact[0]).hypot(y - exact[1])
            })
            .fold(f64::INFINITY, f64::min);
        assert!(nearest < 0.1, "{nearest} pixels off");
    }
}

#[test]
fn what_is_smaller_than_a_pixel_leaves_a_speck_where_it_is() {
    let pyramid = Pyramid::new(parcels(40, 0.0002));
    let tile = pyramid.tile(TileKey::holding(10, world_from_lon_lat(LESHAN)));
    assert!(tile.triangles.is_empty());
    let specks = tile.dots.iter().filter(|dot| dot.feature & SPECK != 0);
    // 40 × 0.0002 degrees are 11.6 pixels: one speck for each.
    let specks = specks.count();
    assert!((80..=200).contains(&specks), "{specks}");
}

#[test]
fn small_features_edge_to_edge_lose_their_outlines_and_those_apart_keep_them() {
    let edges = |pyramid: &Pyramid, z: u8| -> usize {
        let tiles = tiles(pyramid, z);
        tiles.iter().map(|tile| tile.lines.len()).sum()
    };
    // A parcel is 1 to 1.9 pixels of level 10, and four times that of level 12.
    let crowd = Pyramid::new(parcels(20, 0.0007));
    assert!(crowd.crowding() > 0.99);
    assert_eq!(edges(&crowd, 10), 0);
    assert!(edges(&crowd, 12) > 20 * 20 * 4);
    let all = parcels(20, 0.0007);
    let apart = all.features.iter().step_by(23);
    let apart = layer(apart.map(|one| one.geometry.clone().unwrap()).collect());
    let apart = Pyramid::new(apart);
    assert!(apart.crowding() < 0.01);
    assert!(edges(&apart, 10) > 17);
}

#[test]
fn every_edge_of_a_ring_is_drawn_once() {
    let square = polygon![
        (x: 103.76, y: 29.56), (x: 103.77, y: 29.56), (x: 103.77, y: 29.57), (x: 103.76, y: 29.57)
    ];
    let pyramid = Pyramid::new(layer(vec![square.into()]));
    for z in [9, 12, 14, 15] {
        let length: f64 = tiles(&pyramid, z)
            .iter()
            .flat_map(|tile| tile.lines.windows(2))
            .filter(|edge| (edge[0].feature | edge[1].feature) & GHOST == 0)
            .map(|edge| {
                let [dx, dy] =
                    [0, 1].map(|axis| f64::from(edge[1].at[axis]) - f64::from(edge[0].at[axis]));
                dx.hypot(dy) / UNITS_PER_PIXEL
            })
            .sum();
        let corner = |lon, lat| world_from_lon_lat(LonLat::new(lon, lat));
        let (near, far) = (corner(103.76, 29.57), corner(103.77, 29.56));
        let around = 2.0 * (far.x - near.x + far.y - near.y);
        let exact = around * TILE_PIXELS * f64::from(z).exp2();
        assert!(
            (length - exact).abs() < 0.5,
            "level {z}: {length} of {exact}"
        );
    }
}

#[test]
fn the_same_layer_gives_the_same_tile_and_each_feature_its_look() {
    let layer = parcels(12, 0.004);
    let key = TileKey::holding(13, world_from_lon_lat(LonLat::new(103.78, 29.58)));
    let tile = Pyramid::new(Arc::clone(&layer)).tile(key);
    assert_eq!(tile, Pyramid::new(Arc::clone(&layer)).tile(key));
    assert!(!tile.triangles.is_empty());
    let looks = classes(&layer, &MapStyle::light());
    assert_eq!(looks.looks.len(), 1);
    for corner in &tile.corners {
        assert!(((corner.feature & FEATURE) as usize) < looks.of_feature.len());
    }
}

#[test]
fn a_place_finds_its_parcel_and_its_border() {
    let layer = parcels(24, 0.004);
    let pyramid = Pyramid::new(Arc::clone(&layer));
    let reach = Reach {
        point: 1e-8,
        line: 1e-9,
    };
    // The middle of column 7, row 5 is far from any border.
    let middle = LonLat::new(LESHAN.lon + 7.5 * 0.004, LESHAN.lat + 5.5 * 0.004);
    let hits = pyramid.hits(world_from_lon_lat(middle), reach);
    assert_eq!(hits.len(), 1);
    assert_eq!(
        (hits[0].fid, hits[0].class),
        (5 * 24 + 7 + 1, HitClass::Area)
    );
    let Some(geo::Geometry::Polygon(parcel)) = &layer.features[5 * 24 + 7].geometry else {
        panic!();
    };
    let vertex = parcel.exterior().0[3];
    let hits = pyramid.hits(world_from_lon_lat(LonLat::new(vertex.x, vertex.y)), reach);
    let both: Vec<(i64, HitClass)> = hits.iter().map(|hit| (hit.fid, hit.class)).collect();
    assert_eq!(both, [(104, HitClass::Line), (128, HitClass::Line)]);
    let nowhere = pyramid.hits(world_from_lon_lat(LonLat::new(100.0, 20.0)), reach);
    assert!(nowhere.is_empty());
}

proptest! {
    /// Rings that cross themselves, fold back, repeat vertices or hold no area: a tile is made, whatever
    /// it looks like, and every index in it is good.
    #[test]
    fn no_ring_breaks_a_tile(
        ring in prop::collection::vec((0_u8..40, 0_u8..40), 0..60),
        hole in prop::collection::vec((0_u8..40, 0_u8..40), 0..12),
        z in 8_u8..=22,
    ) {
        let place = |&(x, y): &(u8, u8)| (
            LESHAN.lon + f64::from(x) * 0.001,
            LESHAN.lat + f64::from(y) * 0.001,
        );
        let line = |points: &[(u8, u8)]| -> LineString<f64> { points.iter().map(place).collect() };
        let pyramid = Pyramid::new(layer(vec![
            Polygon::new(line(&ring), vec![line(&hole)]).into(),
            line(&ring).into(),
        ]));
        let at = lon_lat_from_world(world_from_lon_lat(LonLat::new(LESHAN.lon + 0.02, LESHAN.lat + 0.02)));
        let tile = pyramid.tile(TileKey::holding(z, world_from_lon_lat(at)));
        prop_assert_eq!(tile.triangles.len() % 3, 0);
        prop_assert!(tile.triangles.iter().all(|corner| (*corner as usize) < tile.corners.len()));
        for corner in &tile.corners {
            prop_assert!(corner.at.iter().all(|unit| (0..=TILE_UNITS).contains(unit)));
        }
    }
}

#[test]
fn coordinates_of_nonsense_are_left_out() {
    let broken =
        polygon![(x: 103.7, y: 29.5), (x: f64::NAN, y: 29.5), (x: 103.8, y: f64::INFINITY)];
    let pole = polygon![(x: 103.7, y: 89.0), (x: 104.7, y: 91.0), (x: 105.7, y: 100.0)];
    let pyramid = Pyramid::new(layer(vec![broken.into(), pole.into()]));
    for z in [0, 5, 12] {
        for key in TileKey::covering(z, [0.78, 0.0, 0.79, 0.42]).take(50) {
            assert!(pyramid.tile(key).corners.len() < 100);
        }
    }
}
