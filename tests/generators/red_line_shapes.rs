//! The demonstration red line: invented outlines that look natural and add up to the plan's figure.
//!
//! No public geometry of the district's red line exists, so import, checks and sheets need something
//! to be tried on. Everything here is made up and says 示意; nothing is random, so that the same file
//! comes out every time.

use std::error::Error;
use std::f64::consts::TAU;
use std::fmt::Write as _;

use geo::{Coord, Geometry, LineString, MapCoords, MultiPolygon, Polygon};
use redline_atlas::crs::{Crs, LonLat, Transform, ZoneWidth, geodesic_area_m2};
use redline_atlas::plan::{Geography, PlaceLayer, Plan};

/// The plan's area of the red line.
const TOTAL_M2: f64 = 665_700.0;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Where an outline lies, told from sourced geometry so that it follows the land a little.
enum Site {
    /// Beside a river: the share of its drawn line, and metres to the left of the flow.
    Bank {
        river: &'static str,
        share: f64,
        left_m: f64,
    },
    /// Near a town's point: metres east and north of it.
    Near {
        town: &'static str,
        east_m: f64,
        north_m: f64,
    },
}

struct Outline {
    name: &'static str,
    kind: &'static str,
    site: Site,
    /// Relative area.
    weight: f64,
    /// Length over width.
    stretch: f64,
    vertices: u32,
    hole: bool,
    parts: u8,
}

const SOIL: &str = "水土保持";
const SPECIES: &str = "生物多样性维护";
const WATER: &str = "水源涵养";

#[rustfmt::skip]
const OUTLINES: [Outline; 10] = [
    Outline { name: "示意红线01（岷江左岸）", kind: SOIL, site: Site::Bank { river: "岷江", share: 0.45, left_m: 700.0 }, weight: 11.0, stretch: 2.8, vertices: 96, hole: false, parts: 1 },
    Outline { name: "示意红线02（岷江右岸）", kind: SOIL, site: Site::Bank { river: "岷江", share: 0.53, left_m: -650.0 }, weight: 8.0, stretch: 3.0, vertices: 84, hole: false, parts: 1 },
    Outline { name: "示意红线03（岷江江心洲）", kind: SPECIES, site: Site::Bank { river: "岷江", share: 0.60, left_m: 0.0 }, weight: 7.0, stretch: 1.9, vertices: 48, hole: false, parts: 3 },
    Outline { name: "示意红线04（大渡河左岸）", kind: SPECIES, site: Site::Bank { river: "大渡河", share: 0.84, left_m: 600.0 }, weight: 7.5, stretch: 2.4, vertices: 88, hole: false, parts: 1 },
    Outline { name: "示意红线05（青衣江右岸）", kind: SOIL, site: Site::Bank { river: "青衣江", share: 0.88, left_m: -500.0 }, weight: 6.0, stretch: 2.6, vertices: 76, hole: false, parts: 1 },
    Outline { name: "示意红线06（剑峰丘陵）", kind: WATER, site: Site::Near { town: "剑峰镇", east_m: 900.0, north_m: -700.0 }, weight: 13.0, stretch: 1.4, vertices: 120, hole: true, parts: 1 },
    Outline { name: "示意红线07（全福丘陵）", kind: WATER, site: Site::Near { town: "全福街道", east_m: 1_600.0, north_m: 1_200.0 }, weight: 6.5, stretch: 1.7, vertices: 92, hole: false, parts: 1 },
    Outline { name: "示意红线08（青平丘陵）", kind: SOIL, site: Site::Near { town: "青平镇", east_m: -800.0, north_m: 500.0 }, weight: 5.0, stretch: 1.5, vertices: 72, hole: false, parts: 1 },
    Outline { name: "示意红线09（茅桥丘陵）", kind: WATER, site: Site::Near { town: "茅桥镇", east_m: -1_100.0, north_m: 900.0 }, weight: 4.0, stretch: 1.3, vertices: 64, hole: false, parts: 1 },
    Outline { name: "示意红线10（棉竹丘陵）", kind: SPECIES, site: Site::Near { town: "棉竹镇", east_m: -1_200.0, north_m: 600.0 }, weight: 3.0, stretch: 1.2, vertices: 56, hole: false, parts: 1 },
];

/// The whole file.
pub(crate) fn geojson() -> Result<String> {
    let geography = Plan::load()?.geography;
    let crs = Crs::gauss_kruger(ZoneWidth::Three, 35, true).ok_or("no zone 35")?;
    let transform = Transform::new(crs)?;
    let shapes = fit_total(&geography, &transform)?;

    let mut text = String::from(
        "{\"type\":\"FeatureCollection\",\"name\":\"redline_4523\",\n\
         \"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::4523\"}},\n\
         \"features\":[\n",
    );
    for (index, (outline, shape)) in OUTLINES.iter().zip(&shapes).enumerate() {
        let separator = if index + 1 < OUTLINES.len() {
            ",\n"
        } else {
            "\n"
        };
        writeln!(
            text,
            "{{\"type\":\"Feature\",\"properties\":{{\"BSM\":\"示意{:04}\",\"YSDM\":\"示意\",\
             \"XZQDM\":\"511102\",\"XZQMC\":\"乐山市市中区\",\"HXMC\":\"{}\",\"HXLX\":\"{}\",\"MJ\":{:.2}}},",
            index + 1,
            outline.name,
            outline.kind,
            area_m2(shape, &transform)?,
        )?;
        write!(text, "\"geometry\":{}}}{separator}", geometry_json(shape))?;
    }
    text.push_str("]}\n");
    Ok(text)
}

/// Scales all outlines together until the written coordinates have the wanted total.
fn fit_total(geography: &Geography, transform: &Transform) -> Result<Vec<MultiPolygon<f64>>> {
    let weights: f64 = OUTLINES.iter().map(|outline| outline.weight).sum();
    let mut scale = 1.0;
    for _ in 0..20 {
        let shapes = OUTLINES
            .iter()
            .zip(1_u64..)
            .map(|(outline, seed)| {
                let area_m2 = TOTAL_M2 * outline.weight / weights * scale;
                draw(outline, seed, area_m2, geography, transform)
            })
            .collect::<Result<Vec<_>>>()?;
        let total: f64 = shapes
            .iter()
            .map(|shape| area_m2(shape, transform))
            .sum::<Result<f64>>()?;
        // Millimetres leave a grain of a few hundredths of a square metre.
        if (total - TOTAL_M2).abs() < 0.2 {
            return Ok(shapes);
        }
        scale *= TOTAL_M2 / total;
    }
    Err("the total did not converge".into())
}

fn draw(
    outline: &Outline,
    seed: u64,
    area_m2: f64,
    geography: &Geography,
    transform: &Transform,
) -> Result<MultiPolygon<f64>> {
    let (centre, direction) = locate(&outline.site, geography, transform)?;
    let part_area_m2 = area_m2 / f64::from(outline.parts);
    let mut noise = Noise(seed);
    let polygons = (0..outline.parts).map(|part| {
        let outer = ring(outline.vertices, part_area_m2, outline.stretch, &mut noise);
        // Far enough along the flow that the parts stay apart.
        let ahead = 2.2 * (part_area_m2 * outline.stretch).sqrt() * f64::from(part);
        let holes = if outline.hole {
            let mut hole = ring(40, part_area_m2 / 14.0, 1.1, &mut noise);
            hole.reverse();
            vec![hole]
        } else {
            Vec::new()
        };
        let place = |ring: Vec<Coord<f64>>| {
            LineString::new(ring).map_coords(|at| {
                let (x, y) = (at.x + ahead, at.y);
                Coord {
                    x: to_mm(centre.x + x * direction.x - y * direction.y),
                    y: to_mm(centre.y + x * direction.y + y * direction.x),
                }
            })
        };
        Polygon::new(place(outer), holes.into_iter().map(place).collect())
    });
    Ok(MultiPolygon::new(polygons.collect()))
}

/// A closed anticlockwise ring round the origin, longest along x: one radius for every direction, so
/// that it cannot cross itself, bent like a river terrace afterwards.
fn ring(vertices: u32, area_m2: f64, stretch: f64, noise: &mut Noise) -> Vec<Coord<f64>> {
    let waves: Vec<(f64, f64, f64)> = [2.0, 3.0, 5.0, 8.0, 13.0]
        .into_iter()
        .map(|frequency: f64| {
            (
                frequency,
                0.5 / frequency * (0.4 + 0.6 * noise.next()),
                TAU * noise.next(),
            )
        })
        .collect();
    let radius_m = (area_m2 / TAU * 2.0).sqrt();
    let bend = 0.25 * (noise.next() - 0.5) / radius_m;
    let mut ring: Vec<Coord<f64>> = (0..vertices)
        .map(|step| {
            let angle = TAU * f64::from(step) / f64::from(vertices);
            let wave: f64 = waves
                .iter()
                .map(|(frequency, height, phase)| height * (frequency * angle + phase).sin())
                .sum();
            let radius = radius_m * (1.0 + wave + 0.02 * (noise.next() - 0.5)).max(0.35);
            let x = radius * angle.cos() * stretch.sqrt();
            Coord {
                x,
                y: radius * angle.sin() / stretch.sqrt() + bend * x * x / stretch,
            }
        })
        .collect();
    ring.extend(ring.first().copied());
    ring
}

/// Centre in metres, and the unit vector the outline lies along.
fn locate(
    site: &Site,
    geography: &Geography,
    transform: &Transform,
) -> Result<(Coord<f64>, Coord<f64>)> {
    match *site {
        Site::Near {
            town,
            east_m,
            north_m,
        } => {
            let at = geography
                .place(PlaceLayer::Towns, town)
                .and_then(|place| place.at)
                .ok_or("a town without a point")?;
            let (x, y) = transform.from_lon_lat(at)?;
            let centre = Coord {
                x: x + east_m,
                y: y + north_m,
            };
            let angle = (east_m + 2.0 * north_m) / 1_000.0;
            Ok((
                centre,
                Coord {
                    x: angle.cos(),
                    y: angle.sin(),
                },
            ))
        }
        Site::Bank {
            river,
            share,
            left_m,
        } => {
            let course = geography
                .course(river)
                .ok_or("a river without a line")?
                .try_map_coords(|at| {
                    let (x, y) = transform.from_lon_lat(LonLat::new(at.x, at.y))?;
                    Ok::<_, Box<dyn Error>>(Coord { x, y })
                })?;
            let (on_river, along) = walk(&course, share).ok_or("a river without length")?;
            let left = Coord {
                x: -along.y,
                y: along.x,
            };
            Ok((on_river + left * left_m, along))
        }
    }
}

/// The point at a share of a line's length, and the direction there.
fn walk(course: &LineString<f64>, share: f64) -> Option<(Coord<f64>, Coord<f64>)> {
    let length = |line: &geo::Line<f64>| line.dx().hypot(line.dy());
    let mut to_go = share * course.lines().map(|line| length(&line)).sum::<f64>();
    for line in course.lines() {
        let step = length(&line);
        if step > 0.0 && to_go <= step {
            let along = line.delta() / step;
            return Some((line.start + along * to_go, along));
        }
        to_go -= step;
    }
    None
}

/// On the ellipsoid, of the coordinates as they are written.
fn area_m2(shape: &MultiPolygon<f64>, transform: &Transform) -> Result<f64> {
    let degrees = shape.try_map_coords(|at| {
        let at = transform.to_lon_lat(at.x, at.y)?;
        Ok::<_, Box<dyn Error>>(Coord {
            x: at.lon,
            y: at.lat,
        })
    })?;
    Ok(geodesic_area_m2(&Geometry::MultiPolygon(degrees)))
}

fn geometry_json(shape: &MultiPolygon<f64>) -> String {
    let polygons: Vec<String> = shape.iter().map(polygon_json).collect();
    match polygons.as_slice() {
        [single] => format!("{{\"type\":\"Polygon\",\"coordinates\":{single}}}"),
        several => format!(
            "{{\"type\":\"MultiPolygon\",\"coordinates\":[{}]}}",
            several.join(",")
        ),
    }
}

fn polygon_json(polygon: &Polygon<f64>) -> String {
    let rings: Vec<String> = std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .map(|ring| {
            let vertices: Vec<String> = ring
                .coords()
                .map(|at| format!("[{:.3},{:.3}]", at.x, at.y))
                .collect();
            format!("[{}]", vertices.join(","))
        })
        .collect();
    format!("[{}]", rings.join(","))
}

fn to_mm(metres: f64) -> f64 {
    (metres * 1_000.0).round() / 1_000.0
}

/// `SplitMix64`: a fixed series of numbers in `0..1`.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
