// Tiles of a large layer: triangles, lines of constant width, dots. Places come in tile units, looks from a
// table by the feature's class, so that neither zoom nor colours touch a vertex.

struct Tile {
    // North-west and south-east corner of the tile, physical pixels from the screen's corner.
    corners: vec4<f32>,
    // The screen in physical pixels; physical pixels of the screen a tile pixel and a logical one take.
    screen: vec2<f32>,
    per_tile_pixel: f32,
    per_point: f32,
    // Where the hatching begins, physical pixels.
    hatch_start: f32,
    // Physical pixels across the Mercator square; features from apart (0) to edge to edge (1).
    per_world: f32,
    crowding: f32,
};

// Sizes are logical pixels.
struct Look {
    fill: vec4<f32>,
    outline: vec4<f32>,
    line: vec4<f32>,
    hatch: vec4<f32>,
    point: vec4<f32>,
    // Width of the outline and of the line, size of the point.
    sizes: vec4<f32>,
    // Spacing and width of the hatching; spacing 0: none.
    hatching: vec4<f32>,
    // Stroke, gap, stroke, gap; all 0: solid.
    outline_dash: vec4<f32>,
    line_dash: vec4<f32>,
};

struct Looks { all: array<Look, 64> };

@group(0) @binding(0) var<uniform> tile: Tile;
@group(1) @binding(0) var<uniform> looks: Looks;
@group(1) @binding(1) var classes: texture_2d<u32>;

const GHOST = 0x80000000u;
const SPECK = 0x80000000u;
const FREE_LINE = 0x40000000u;
const FEATURE = 0x3fffffffu;
const TILE_UNITS = 16384.0;
const CLASSES_ACROSS = 2048u;
const FEATHER = 0.5;

// Its look, and the code of its size.
fn class_of(feature: u32) -> vec2<u32> {
    let index = feature & FEATURE;
    let at = vec2<u32>(index % CLASSES_ACROSS, index / CLASSES_ACROSS);
    let class_and_size = textureLoad(classes, at, 0).rg;
    return vec2<u32>(min(class_and_size.x, 63u), class_and_size.y);
}

// Outlines of small features that lie edge to edge fade: at two or three pixels nothing else would be seen.
const NO_OUTLINE = 2.5;
const FULL_OUTLINE = 9.0;

fn outline_strength(size_code: u32) -> f32 {
    let pixels = exp2(f32(size_code) / 6.0 - 40.0) * tile.per_world / tile.per_point;
    let by_size = clamp((pixels - NO_OUTLINE) / (FULL_OUTLINE - NO_OUTLINE), 0.0, 1.0);
    return mix(1.0, by_size, tile.crowding);
}

// Exact at both corners, so that neighbours share their border to the bit.
fn pixel_of(at: vec2<i32>) -> vec2<f32> {
    let share = vec2<f32>(at) / TILE_UNITS;
    return tile.corners.xy * (1.0 - share) + tile.corners.zw * share;
}

fn on_screen(pixel: vec2<f32>) -> vec4<f32> {
    return vec4<f32>(
        2.0 * pixel.x / tile.screen.x - 1.0,
        1.0 - 2.0 * pixel.y / tile.screen.y,
        0.0,
        1.0,
    );
}

const NOWHERE = vec4<f32>(2.0, 2.0, 2.0, 1.0);

// As egui's own shader does it, so that both agree.
fn linear_from_gamma(srgb: vec3<f32>) -> vec3<f32> {
    let is_low = srgb < vec3<f32>(0.04045);
    let low = srgb / vec3<f32>(12.92);
    let high = pow((srgb + vec3<f32>(0.055)) / vec3<f32>(1.055), vec3<f32>(2.4));
    return select(high, low, is_low);
}

// --- Areas ---

struct Filled {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) place_in_looks: u32,
    // From the tile's corner, physical pixels.
    @location(1) place: vec2<f32>,
};

@vertex
fn vs_fill(@location(0) at: vec2<i32>, @location(1) feature: u32) -> Filled {
    var out: Filled;
    let pixel = pixel_of(at);
    out.position = on_screen(pixel);
    out.place_in_looks = class_of(feature).x;
    out.place = pixel - tile.corners.xy;
    return out;
}

fn filled(in: Filled) -> vec4<f32> {
    let look = looks.all[in.place_in_looks];
    var color = look.fill;
    let spacing = look.hatching.x * tile.per_point;
    if spacing > 0.0 {
        // Lines rise to the right.
        let across = (in.place.x + in.place.y) * 0.70710678 + tile.hatch_start;
        let nearest = abs(across - spacing * round(across / spacing));
        let half = look.hatching.y * tile.per_point * 0.5;
        let share = clamp(half - nearest + 0.5, 0.0, 1.0);
        let hatch = look.hatch * share;
        color = hatch + color * (1.0 - hatch.a);
    }
    return color;
}

@fragment
fn fs_fill_gamma(in: Filled) -> @location(0) vec4<f32> {
    return filled(in);
}

@fragment
fn fs_fill_linear(in: Filled) -> @location(0) vec4<f32> {
    let color = filled(in);
    return vec4<f32>(linear_from_gamma(color.rgb), color.a);
}

// --- Lines: each instance is the edge from `from` to `to`, with the points before and after for the joins ---

struct Stroked {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) color: vec4<f32>,
    @location(1) @interpolate(flat) dash: vec4<f32>,
    @location(2) @interpolate(flat) half_width: f32,
    // Physical pixels from the middle of the line, and along it.
    @location(3) across: f32,
    @location(4) along: f32,
};

// Sideways from a corner of the line, one pixel of half width: along the mitre, which is cut off where the
// corner is sharp.
fn sideways(normal: vec2<f32>, neighbour: vec2<f32>) -> vec2<f32> {
    let length_sq = dot(neighbour, neighbour);
    if length_sq < 1e-6 {
        return normal;
    }
    let direction = neighbour * inverseSqrt(length_sq);
    let sum = normal + vec2<f32>(-direction.y, direction.x);
    let sum_sq = dot(sum, sum);
    if sum_sq < 1e-3 {
        return normal;
    }
    let mitre = sum * inverseSqrt(sum_sq);
    return mitre / max(dot(mitre, normal), 0.5);
}

@vertex
fn vs_line(
    @builtin(vertex_index) vertex: u32,
    @location(0) before_at: vec2<i32>,
    @location(1) from_at: vec2<i32>,
    @location(2) from_feature: u32,
    @location(3) from_along: f32,
    @location(4) to_at: vec2<i32>,
    @location(5) to_feature: u32,
    @location(6) to_along: f32,
    @location(7) after_at: vec2<i32>,
) -> Stroked {
    var out: Stroked;
    out.position = NOWHERE;
    let from_pixel = pixel_of(from_at);
    let to_pixel = pixel_of(to_at);
    let run = to_pixel - from_pixel;
    let run_length = length(run);
    if ((from_feature | to_feature) & GHOST) != 0u || run_length < 1e-4 {
        return out;
    }
    let class_and_size = class_of(from_feature);
    let look = looks.all[class_and_size.x];
    let is_free = (from_feature & FREE_LINE) != 0u;
    let width = select(look.sizes.x, look.sizes.y, is_free) * tile.per_point;
    let strength = outline_strength(class_and_size.y);
    if !is_free && strength <= 0.0 {
        return out;
    }
    out.color = select(look.outline * strength, look.line, is_free);
    out.dash = select(look.outline_dash, look.line_dash, is_free) * tile.per_point;
    out.half_width = width * 0.5;
    let direction = run / run_length;
    let normal = vec2<f32>(-direction.y, direction.x);
    let is_end = vertex == 1u || vertex == 2u || vertex == 4u;
    let side = select(1.0, -1.0, vertex == 0u || vertex == 1u || vertex == 3u);
    let reach = out.half_width + FEATHER;
    var corner = from_pixel;
    var offset = sideways(normal, from_pixel - pixel_of(before_at));
    out.along = from_along * tile.per_tile_pixel;
    if is_end {
        corner = to_pixel;
        offset = sideways(normal, pixel_of(after_at) - to_pixel);
        out.along = to_along * tile.per_tile_pixel;
    }
    out.position = on_screen(corner + offset * side * reach);
    out.across = side * reach;
    return out;
}

fn stroked(in: Stroked) -> vec4<f32> {
    let period = in.dash.x + in.dash.y + in.dash.z + in.dash.w;
    if period > 0.0 {
        let place = in.along - period * floor(in.along / period);
        let second = in.dash.x + in.dash.y;
        if !(place < in.dash.x || (place >= second && place < second + in.dash.z)) {
            return vec4<f32>(0.0);
        }
    }
    return in.color * clamp(in.half_width - abs(in.across) + FEATHER, 0.0, 1.0);
}

@fragment
fn fs_line_gamma(in: Stroked) -> @location(0) vec4<f32> {
    return stroked(in);
}

@fragment
fn fs_line_linear(in: Stroked) -> @location(0) vec4<f32> {
    let color = stroked(in);
    return vec4<f32>(linear_from_gamma(color.rgb), color.a);
}

// --- Dots: points, and what is smaller than a pixel ---

struct Dotted {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat) color: vec4<f32>,
    @location(1) @interpolate(flat) radius: f32,
    @location(2) from_middle: vec2<f32>,
};

@vertex
fn vs_dot(
    @builtin(vertex_index) vertex: u32,
    @location(0) at: vec2<i32>,
    @location(1) feature: u32,
) -> Dotted {
    var out: Dotted;
    let look = looks.all[class_of(feature).x];
    let is_speck = (feature & SPECK) != 0u;
    let size = select(look.sizes.z, look.sizes.x, is_speck) * tile.per_point;
    // Specks edge to edge are an area, and one by one they are what is seen of their feature.
    out.color = select(look.point, mix(look.outline, look.fill, tile.crowding), is_speck);
    out.radius = size * 0.5;
    let reach = out.radius + FEATHER;
    let right = vertex == 1u || vertex == 2u || vertex == 4u;
    let down = vertex == 2u || vertex == 4u || vertex == 5u;
    let side = vec2<f32>(select(-1.0, 1.0, right), select(-1.0, 1.0, down));
    out.from_middle = side * reach;
    out.position = on_screen(pixel_of(at) + out.from_middle);
    return out;
}

fn dotted(in: Dotted) -> vec4<f32> {
    return in.color * clamp(in.radius - length(in.from_middle) + FEATHER, 0.0, 1.0);
}

@fragment
fn fs_dot_gamma(in: Dotted) -> @location(0) vec4<f32> {
    return dotted(in);
}

@fragment
fn fs_dot_linear(in: Dotted) -> @location(0) vec4<f32> {
    let color = dotted(in);
    return vec4<f32>(linear_from_gamma(color.rgb), color.a);
}
