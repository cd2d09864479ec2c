//! The vector alphabet: every [`Symbol`] as convex polygons and polylines in a unit space.
//!
//! Unit space: the icon's outer edge is at radius 1, y down. A painter multiplies by half of `size_pt`,
//! moves to the icon's place and draws the shapes in order, each in its own colour. Fills are convex
//! because the screen's painter can fill nothing else. Knows no painter and no layer.

use super::{Rgba, Symbol};

/// The form of one shape, in unit space.
#[derive(Clone, Debug, PartialEq)]
pub enum IconForm {
    /// Convex, filled.
    Polygon(Vec<[f32; 2]>),
    /// Stroked with round joins; `width` in unit space.
    Line {
        points: Vec<[f32; 2]>,
        closed: bool,
        width: f32,
    },
}

/// What a shape is to its icon, and so where its colour comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IconRole {
    /// The pale ground that sets the icon off from the map.
    Casing,
    /// Status of a site, or the dashed ring of an uncertain place.
    Ring,
    Body,
    /// A darker line around a body that may be pale itself.
    Edge,
    /// On the body.
    Glyph,
    /// White on or around a dark body, near black around a pale one.
    Contrast,
}

/// The ring around an icon's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ring {
    /// None: the body takes its room.
    Absent,
    Whole,
    /// The place is not surveyed.
    Dashed,
}

/// One shape of an icon.
#[derive(Clone, Debug, PartialEq)]
pub struct IconShape {
    pub form: IconForm,
    pub role: IconRole,
}

/// A shape with its colour: all that a painter needs.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnShape {
    pub form: IconForm,
    pub color: Rgba,
}

/// Sides of the polygon that stands for a circle.
const CIRCLE_SIDES: usize = 36;
/// Dashes of an uncertain ring.
const RING_DASHES: usize = 10;
/// Radius of a site's body, inside its ring.
const BODY_RADIUS: f32 = 0.73;
/// Glyphs are designed in a square of ±1 and drawn at this size.
const GLYPH_SCALE: f32 = 0.5;

/// The shapes of an [`super::DrawOp::Icon`] with their colours, in drawing order.
pub fn drawn(symbol: Symbol, color: Rgba, ring: Option<Rgba>, uncertain: bool) -> Vec<DrawnShape> {
    const WHITE: Rgba = Rgba::opaque(255, 255, 255);
    const NEAR_BLACK: Rgba = Rgba::opaque(22, 25, 30);
    let contrast = if is_pale(color) { NEAR_BLACK } else { WHITE };
    let kind = match ring {
        None => Ring::Absent,
        Some(_) if uncertain => Ring::Dashed,
        Some(_) => Ring::Whole,
    };
    shapes(symbol, kind)
        .into_iter()
        .map(|shape| DrawnShape {
            color: match shape.role {
                IconRole::Casing | IconRole::Glyph => WHITE.with_alpha(color.a),
                IconRole::Ring => ring.unwrap_or(color),
                IconRole::Body => color,
                IconRole::Edge => darker(color),
                IconRole::Contrast => contrast.with_alpha(color.a),
            },
            form: shape.form,
        })
        .collect()
}

/// The shapes of a symbol in drawing order.
pub fn shapes(symbol: Symbol, ring: Ring) -> Vec<IconShape> {
    let mut shapes = Vec::new();
    match symbol {
        Symbol::Glow => shapes.push(disc(1.0, IconRole::Body)),
        Symbol::Site { category } => {
            badge(&mut shapes, ring);
            shapes.extend(category_glyph(category).into_iter().map(scaled_glyph));
        }
        Symbol::Cluster | Symbol::Badge => badge(&mut shapes, ring),
        Symbol::Dot => {
            shapes.push(disc(1.0, IconRole::Casing));
            shapes.push(disc(0.74, IconRole::Body));
        }
        Symbol::Town => {
            shapes.push(square(1.0, IconRole::Contrast));
            shapes.push(square(0.72, IconRole::Body));
            shapes.push(square(0.26, IconRole::Contrast));
        }
        Symbol::Landmark => star(&mut shapes),
        Symbol::Section => {
            let size = ring_around(&mut shapes, ring);
            let triangle: Vec<[f32; 2]> = [[-0.87, -0.62], [0.87, -0.62], [0.0, 0.88]]
                .map(|[x, y]| [x * size, y * size])
                .to_vec();
            shapes.push(line(triangle.clone(), true, 0.42 * size, IconRole::Casing));
            shapes.push(polygon(triangle.clone(), IconRole::Body));
            shapes.push(line(triangle, true, 0.14 * size, IconRole::Edge));
        }
        Symbol::Reservoir => {
            let size = ring_around(&mut shapes, ring);
            shapes.push(disc(size, IconRole::Casing));
            shapes.push(disc(size * 0.86, IconRole::Body));
            for y in [-0.2, 0.22] {
                let wave = (0..=12).map(|step| {
                    let x = -0.52 + 1.04 * step as f32 / 12.0;
                    [x * size, (y - 0.11 * (x * 9.0).sin()) * size]
                });
                shapes.push(line(wave.collect(), false, 0.17 * size, IconRole::Glyph));
            }
        }
    }
    shapes
}

/// Casing, ring and body of a round symbol.
fn badge(shapes: &mut Vec<IconShape>, ring: Ring) {
    shapes.push(disc(1.0, IconRole::Casing));
    if ring == Ring::Absent {
        shapes.push(disc(0.9, IconRole::Body));
    } else {
        push_ring(shapes, 0.88, 0.19, ring);
        shapes.push(disc(BODY_RADIUS, IconRole::Body));
    }
}

/// A thin ring around a small symbol; gives the size that is left for the symbol.
fn ring_around(shapes: &mut Vec<IconShape>, ring: Ring) -> f32 {
    if ring == Ring::Absent {
        return 0.95;
    }
    push_ring(shapes, 0.9, 0.13, ring);
    0.66
}

fn push_ring(shapes: &mut Vec<IconShape>, radius: f32, width: f32, ring: Ring) {
    if ring != Ring::Dashed {
        shapes.push(line(circle(radius), true, width, IconRole::Ring));
        return;
    }
    let step = FULL / RING_DASHES as f32;
    for dash in 0..RING_DASHES {
        let from = step * dash as f32;
        let points = arc(radius, from, from + step * 0.52);
        shapes.push(line(points, false, width, IconRole::Ring));
    }
}

fn star(shapes: &mut Vec<IconShape>) {
    let at = |radius: f32, fifth: usize, half: f32| {
        let angle = FULL * (fifth as f32 + half) / 5.0 - FULL / 4.0;
        [radius * angle.cos(), radius * angle.sin()]
    };
    // The inner radius of a pentagram, whose edges run straight from tip to tip.
    let (tip, inner) = (0.82, 0.82 * 0.382);
    let outline = (0..5)
        .flat_map(|fifth| [at(tip, fifth, 0.0), at(inner, fifth, 0.5)])
        .collect();
    shapes.push(line(outline, true, 0.4, IconRole::Contrast));
    // Each tip reaches across the middle: five triangles that overlap leave no seams.
    for fifth in 0..5 {
        let triangle = vec![
            at(tip, fifth, 0.0),
            at(inner, fifth + 1, 0.5),
            at(inner, fifth + 3, 0.5),
        ];
        shapes.push(polygon(triangle, IconRole::Body));
    }
}

/// The glyph of a category, in a square of ±1; the index is [`super::style::CATEGORIES`]'.
fn category_glyph(category: usize) -> Vec<IconShape> {
    match category {
        0 => leaf_glyph(),
        1 => wind_glyph(),
        2 => drop_glyph(),
        3 => soil_glyph(),
        4 => bin_glyph(),
        5 => mountain_glyph(),
        6 => sprout_glyph(),
        7 => shield_glyph(),
        8 => gauge_glyph(),
        _ => [-0.62, 0.0, 0.62]
            .map(|x| polygon(arc_at([x, 0.0], 0.21, 0.0, FULL), IconRole::Glyph))
            .to_vec(),
    }
}

fn leaf_glyph() -> Vec<IconShape> {
    vec![
        polygon(leaf([-0.74, 0.74], [0.94, -0.94], 1.05), IconRole::Glyph),
        line(
            vec![[-0.95, 0.95], [-0.5, 0.5]],
            false,
            0.2,
            IconRole::Glyph,
        ),
        line(
            vec![[-0.55, 0.55], [0.38, -0.38]],
            false,
            0.15,
            IconRole::Body,
        ),
    ]
}

fn wind_glyph() -> Vec<IconShape> {
    let curl = |from: [f32; 2], end: f32, radius: f32, upwards: bool| {
        let turn = if upwards { -1.0 } else { 1.0 };
        let center = [end, from[1] + turn * radius];
        let mut points = vec![from];
        // From the end of the straight, round the far side and back over the top.
        points.extend((0..=14).map(|step| {
            let angle = FULL * 0.62 * step as f32 / 14.0;
            [
                center[0] + radius * angle.sin(),
                center[1] - turn * radius * angle.cos(),
            ]
        }));
        line(points, false, 0.22, IconRole::Glyph)
    };
    vec![
        curl([-0.95, -0.22], 0.1, 0.3, true),
        curl([-0.7, 0.16], 0.62, 0.27, true),
        curl([-0.95, 0.52], 0.12, 0.24, false),
    ]
}

fn drop_glyph() -> Vec<IconShape> {
    // A circle and its tangents from the tip.
    let (radius, center_y, tip_y) = (0.64_f32, 0.3_f32, -1.0_f32);
    let tangent = (radius / (center_y - tip_y)).acos();
    let from = -FULL / 4.0 + tangent;
    let mut points = vec![[0.0, tip_y]];
    points.extend(arc_at(
        [0.0, center_y],
        radius,
        from,
        from + FULL - 2.0 * tangent,
    ));
    vec![
        polygon(points, IconRole::Glyph),
        line(
            arc_at([0.0, center_y], 0.36, FULL * 0.27, FULL * 0.46),
            false,
            0.15,
            IconRole::Body,
        ),
    ]
}

fn soil_glyph() -> Vec<IconShape> {
    let layer = |y: f32| {
        line(
            vec![[-0.92, y], [0.0, y + 0.48], [0.92, y]],
            false,
            0.2,
            IconRole::Glyph,
        )
    };
    vec![
        polygon(
            vec![[0.0, -0.9], [0.98, -0.38], [0.0, 0.14], [-0.98, -0.38]],
            IconRole::Glyph,
        ),
        layer(0.03),
        layer(0.43),
    ]
}

fn bin_glyph() -> Vec<IconShape> {
    vec![
        polygon(
            vec![[-0.6, -0.36], [0.6, -0.36], [0.46, 0.95], [-0.46, 0.95]],
            IconRole::Glyph,
        ),
        line(
            vec![[-0.78, -0.6], [0.78, -0.6]],
            false,
            0.2,
            IconRole::Glyph,
        ),
        line(
            vec![[-0.26, -0.62], [-0.22, -0.92], [0.22, -0.92], [0.26, -0.62]],
            false,
            0.16,
            IconRole::Glyph,
        ),
        line(
            vec![[-0.2, -0.08], [-0.16, 0.66]],
            false,
            0.14,
            IconRole::Body,
        ),
        line(
            vec![[0.2, -0.08], [0.16, 0.66]],
            false,
            0.14,
            IconRole::Body,
        ),
    ]
}

fn mountain_glyph() -> Vec<IconShape> {
    vec![
        polygon(
            vec![[-1.05, 0.72], [-0.28, -0.82], [0.5, 0.72]],
            IconRole::Glyph,
        ),
        line(vec![[-0.1, 0.8], [0.5, -0.22]], false, 0.3, IconRole::Body),
        polygon(
            vec![[-0.02, 0.72], [0.52, -0.2], [1.06, 0.72]],
            IconRole::Glyph,
        ),
    ]
}

fn sprout_glyph() -> Vec<IconShape> {
    vec![
        line(
            vec![[0.0, 0.98], [0.0, 0.1], [0.06, -0.12]],
            false,
            0.2,
            IconRole::Glyph,
        ),
        polygon(leaf([0.02, 0.3], [-0.98, -0.5], 0.44), IconRole::Glyph),
        polygon(leaf([0.02, 0.02], [0.92, -0.92], 0.46), IconRole::Glyph),
    ]
}

fn shield_glyph() -> Vec<IconShape> {
    vec![
        polygon(
            vec![
                [-0.8, -0.68],
                [0.0, -1.0],
                [0.8, -0.68],
                [0.78, 0.06],
                [0.5, 0.62],
                [0.0, 1.0],
                [-0.5, 0.62],
                [-0.78, 0.06],
            ],
            IconRole::Glyph,
        ),
        line(vec![[0.0, -0.5], [0.0, 0.14]], false, 0.25, IconRole::Body),
        polygon(arc_at([0.0, 0.54], 0.15, 0.0, FULL), IconRole::Body),
    ]
}

fn gauge_glyph() -> Vec<IconShape> {
    let center = [0.0, 0.28];
    vec![
        line(
            arc_at(center, 0.88, FULL * 0.46, FULL * 1.04),
            false,
            0.2,
            IconRole::Glyph,
        ),
        line(vec![center, [0.42, -0.26]], false, 0.2, IconRole::Glyph),
        polygon(arc_at(center, 0.2, 0.0, FULL), IconRole::Glyph),
        line(
            vec![[-0.42, 0.82], [0.42, 0.82]],
            false,
            0.18,
            IconRole::Glyph,
        ),
    ]
}

const FULL: f32 = std::f32::consts::TAU;

/// A lens between two tips, `width` across: two parabolas, so always convex.
fn leaf(from: [f32; 2], to: [f32; 2], width: f32) -> Vec<[f32; 2]> {
    const STEPS: usize = 12;
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = dx.hypot(dy);
    let at = |step: usize, side: f32| {
        let t = step as f32 / STEPS as f32;
        let half = side * width * 2.0 * t * (1.0 - t);
        [
            from[0] + dx * t - dy / length * half,
            from[1] + dy * t + dx / length * half,
        ]
    };
    (0..STEPS)
        .map(|step| at(step, 1.0))
        .chain((1..=STEPS).rev().map(|step| at(step, -1.0)))
        .collect()
}

/// Angles from the right, clockwise as seen, since y grows downwards. A full turn does not repeat its start.
fn arc_at(center: [f32; 2], radius: f32, from: f32, to: f32) -> Vec<[f32; 2]> {
    let turn = to - from;
    let full = turn >= FULL - 1e-4;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a few dozen sides"
    )]
    let sides = ((turn / FULL * CIRCLE_SIDES as f32).ceil() as usize).max(4);
    (0..if full { sides } else { sides + 1 })
        .map(|side| {
            let angle = from + turn * side as f32 / sides as f32;
            [
                center[0] + radius * angle.cos(),
                center[1] + radius * angle.sin(),
            ]
        })
        .collect()
}

fn arc(radius: f32, from: f32, to: f32) -> Vec<[f32; 2]> {
    arc_at([0.0; 2], radius, from, to)
}

fn circle(radius: f32) -> Vec<[f32; 2]> {
    arc(radius, 0.0, FULL)
}

fn disc(radius: f32, role: IconRole) -> IconShape {
    polygon(circle(radius), role)
}

fn square(half: f32, role: IconRole) -> IconShape {
    polygon(
        vec![[-half, -half], [half, -half], [half, half], [-half, half]],
        role,
    )
}

const fn polygon(points: Vec<[f32; 2]>, role: IconRole) -> IconShape {
    IconShape {
        form: IconForm::Polygon(points),
        role,
    }
}

const fn line(points: Vec<[f32; 2]>, closed: bool, width: f32, role: IconRole) -> IconShape {
    IconShape {
        form: IconForm::Line {
            points,
            closed,
            width,
        },
        role,
    }
}

fn scaled_glyph(mut shape: IconShape) -> IconShape {
    let points = match &mut shape.form {
        IconForm::Polygon(points) => points,
        IconForm::Line { points, width, .. } => {
            *width *= GLYPH_SCALE;
            points
        }
    };
    for [x, y] in points {
        *x *= GLYPH_SCALE;
        *y *= GLYPH_SCALE;
    }
    shape
}

/// By luma, as television weighs the channels.
fn is_pale(color: Rgba) -> bool {
    let [r, g, b] = [color.r, color.g, color.b].map(u32::from);
    r * 299 + g * 587 + b * 114 > 160_000
}

fn darker(color: Rgba) -> Rgba {
    let channel = |value: u8| value / 2 + value / 8;
    Rgba {
        r: channel(color.r),
        g: channel(color.g),
        b: channel(color.b),
        a: color.a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::style::CATEGORIES;

    fn all_symbols() -> Vec<Symbol> {
        let mut all = vec![
            Symbol::Cluster,
            Symbol::Town,
            Symbol::Landmark,
            Symbol::Section,
            Symbol::Reservoir,
            Symbol::Dot,
            Symbol::Badge,
            Symbol::Glow,
        ];
        all.extend((0..CATEGORIES.len()).map(|category| Symbol::Site { category }));
        all
    }

    fn turns_one_way(points: &[[f32; 2]]) -> bool {
        let crosses = (0..points.len()).map(|i| {
            let [a, b, c] = [0, 1, 2].map(|step| points[(i + step) % points.len()]);
            (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
        });
        let crosses: Vec<f32> = crosses.collect();
        crosses.iter().all(|cross| *cross > -1e-5) || crosses.iter().all(|cross| *cross < 1e-5)
    }

    #[test]
    fn every_symbol_has_convex_shapes_inside_its_unit_circle() {
        for symbol in all_symbols() {
            for ring in [Ring::Absent, Ring::Whole, Ring::Dashed] {
                let shapes = shapes(symbol, ring);
                assert!(!shapes.is_empty(), "{symbol:?}");
                for shape in &shapes {
                    let (points, half) = match &shape.form {
                        IconForm::Polygon(points) => {
                            assert!(turns_one_way(points), "{symbol:?} {points:?}");
                            (points, 0.0)
                        }
                        IconForm::Line { points, width, .. } => (points, width / 2.0),
                    };
                    // A square's corners reach out to √2.
                    assert!(
                        points
                            .iter()
                            .all(|[x, y]| x.abs() + half <= 1.05 && y.abs() + half <= 1.05),
                        "{symbol:?} {points:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_category_has_a_glyph_of_its_own() {
        let glyphs: Vec<_> = (0..CATEGORIES.len()).map(category_glyph).collect();
        for (i, glyph) in glyphs.iter().enumerate() {
            assert!(!glyph.is_empty());
            assert!(glyphs[i + 1..].iter().all(|other| other != glyph), "{i}");
        }
    }

    #[test]
    fn an_uncertain_ring_is_broken_and_a_sure_one_is_whole() {
        let rings = |ring| {
            shapes(Symbol::Site { category: 0 }, ring)
                .into_iter()
                .filter(|shape| shape.role == IconRole::Ring)
                .count()
        };
        assert_eq!(rings(Ring::Whole), 1);
        assert_eq!(rings(Ring::Dashed), RING_DASHES);
    }
}
