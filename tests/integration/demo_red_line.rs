//! The demonstration red line: valid, inside the district, of the plan's area, and made by its generator.

#[path = "../generators/red_line_shapes.rs"]
mod red_line_shapes;

use std::collections::BTreeSet;

use geo::{Contains, Geometry, Intersects, MapCoords, MultiPolygon, Validation};
use redline_atlas::crs::{Crs, LonLat, Transform, geodesic_area_m2};
use redline_atlas::plan::{self, Plan};

/// The demonstration red line in degrees, read by the plain `geojson` crate.
fn demo_red_line() -> Vec<(geojson::JsonObject, MultiPolygon<f64>, bool)> {
    let collection: geojson::FeatureCollection = plan::DEMO_RED_LINE.parse().unwrap();
    let crs = &collection.foreign_members.as_ref().unwrap()["crs"]["properties"]["name"];
    assert_eq!(crs, "urn:ogc:def:crs:EPSG::4523");
    let transform = Transform::new(Crs::parse(crs.as_str().unwrap()).unwrap()).unwrap();
    collection
        .features
        .into_iter()
        .map(|feature| {
            let geometry: Geometry<f64> = feature.geometry.unwrap().try_into().unwrap();
            let (metres, multipart) = match geometry {
                Geometry::Polygon(polygon) => (MultiPolygon(vec![polygon]), false),
                Geometry::MultiPolygon(polygons) => (polygons, true),
                other => panic!("{other:?}"),
            };
            let degrees = metres.map_coords(|at| {
                assert!(
                    (35_357_000.0..35_403_000.0).contains(&at.x),
                    "easting first"
                );
                let LonLat { lon, lat } = transform.to_lon_lat(at.x, at.y).unwrap();
                geo::Coord { x: lon, y: lat }
            });
            (feature.properties.unwrap(), degrees, multipart)
        })
        .collect()
}

#[test]
fn the_demo_red_line_has_the_plans_area_inside_the_district() {
    let plan = Plan::load().unwrap();
    let features = demo_red_line();
    assert!(features.len() >= 8);
    let mut total_m2 = 0.0;
    for (properties, shape, _) in &features {
        let name = properties["HXMC"].as_str().unwrap();
        shape.check_validation().unwrap();
        assert!(plan.geography.boundary.outline.contains(shape), "{name}");
        let area_m2 = geodesic_area_m2(&Geometry::MultiPolygon(shape.clone()));
        let stated_m2 = properties["MJ"].as_f64().unwrap();
        assert!(
            (area_m2 - stated_m2).abs() < 0.006,
            "{name}: {area_m2} {stated_m2}"
        );
        for polygon in shape {
            let vertices = polygon.exterior().0.len() - 1;
            assert!((40..=120).contains(&vertices), "{name}: {vertices}");
        }
        total_m2 += area_m2;
    }
    let planned_km2 = plan.district.number("redline_km2").unwrap();
    assert!(
        (total_m2 / 1e6 - planned_km2).abs() < 0.000_05,
        "{total_m2}"
    );
    for (index, (_, one, _)) in features.iter().enumerate() {
        for (_, other, _) in &features[index + 1..] {
            assert!(!one.intersects(other), "no two overlap");
        }
    }
}

#[test]
fn the_demo_red_line_is_delivered_as_a_bureau_would_and_says_it_is_made_up() {
    let features = demo_red_line();
    for (properties, _, _) in &features {
        let fields: Vec<_> = properties.keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            ["BSM", "YSDM", "XZQDM", "XZQMC", "HXMC", "HXLX", "MJ"]
        );
        assert_eq!(properties["XZQMC"], "乐山市市中区");
        assert!(properties["HXMC"].as_str().unwrap().starts_with("示意"));
    }
    let types: BTreeSet<_> = features
        .iter()
        .map(|(p, _, _)| p["HXLX"].to_string())
        .collect();
    assert!(types.len() >= 3);
    let multiparts: Vec<_> = features
        .iter()
        .filter(|(_, _, multipart)| *multipart)
        .collect();
    assert_eq!(multiparts.len(), 1);
    assert!(multiparts[0].1.0.len() > 1);
    let holes =
        |shape: &MultiPolygon<f64>| shape.iter().map(|p| p.interiors().len()).sum::<usize>();
    assert_eq!(
        features
            .iter()
            .filter(|(_, shape, _)| holes(shape) > 0)
            .count(),
        1
    );
}

#[test]
fn the_generator_writes_the_same_demo_red_line_again() {
    assert!(red_line_shapes::geojson().unwrap() == plan::DEMO_RED_LINE);
}
