//! Tiles on the graphics card: sent once, drawn in every frame without touching a vertex.
//!
//! Our own paint callback, and not walkers' `Drawables`: those have a colour in each vertex, so that another
//! colour sends everything again, no joins, a draw call and a uniform buffer for each run of lines, and 200
//! bytes for each edge besides a copy in memory. Here an edge is 12 bytes, a corner 8, classes are looked
//! up in a small texture, and buffers are filled on the worker's thread.

use std::sync::{Arc, Mutex};

use eframe::egui_wgpu::{
    self, CallbackResources, CallbackTrait, RenderState, ScreenDescriptor, wgpu,
};
use egui::epaint::PaintCallbackInfo;
use wgpu::util::DeviceExt as _;

use super::palette::{self, LOOK_BYTES};
use crate::scene::Part;
use crate::scene::pyramid::classes::{Classes, MOST_LOOKS};
use crate::scene::pyramid::{Corner, Dot, LinePoint, Tile};

const CORNER_BYTES: u64 = 8;
const LINE_POINT_BYTES: u64 = 12;
/// Uniform buffers are bound at multiples of this on every device.
const PLACE_BYTES: usize = 256;
/// As in the shader. Every device has textures of this width.
const CLASSES_ACROSS: usize = 2048;
const CORNERS_OF_A_SQUARE: u32 = 6;

/// Device, shader programs and layouts; one for the window.
pub(super) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    fills: wgpu::RenderPipeline,
    lines: wgpu::RenderPipeline,
    dots: wgpu::RenderPipeline,
    place_layout: wgpu::BindGroupLayout,
    look_layout: wgpu::BindGroupLayout,
}

/// A tile's buffers on the card.
pub(super) struct GpuTile {
    corners: wgpu::Buffer,
    triangles: wgpu::Buffer,
    lines: wgpu::Buffer,
    dots: wgpu::Buffer,
    triangle_corners: u32,
    edges: u32,
    dot_count: u32,
}

/// Which look each feature has, and how large it is, on the card.
pub(super) struct GpuClasses(wgpu::TextureView);

/// Classes and the colours of each, ready to draw with.
pub(super) struct GpuLook(wgpu::BindGroup);

/// Where a tile stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// West, north, east, south in physical pixels from the screen's corner.
    pub(super) corners: [f32; 4],
    pub(super) per_tile_pixel: f32,
    /// Physical pixels; the pattern of the hatching goes on from tile to tile.
    pub(super) hatch_start: f32,
    /// Physical pixels across the Mercator square.
    pub(super) per_world: f32,
    /// As [`crate::scene::pyramid::Pyramid::crowding`].
    pub(super) crowding: f32,
}

impl Gpu {
    pub(super) fn new(state: &RenderState) -> Self {
        let device = state.device.clone();
        let shader = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("large layers"),
            source: wgpu::ShaderSource::Wgsl(include_str!("tiles.wgsl").into()),
        });
        let uniform =
            |binding, has_dynamic_offset, size: usize, visibility| wgpu::BindGroupLayoutEntry {
                binding,
                visibility,
                ty: wgpu::BindingType::Buffer {
                    ty: wgpu::BufferBindingType::Uniform,
                    has_dynamic_offset,
                    min_binding_size: wgpu::BufferSize::new(size as u64),
                },
                count: None,
            };
        let place_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("place of a tile"),
            entries: &[uniform(0, true, 48, wgpu::ShaderStages::VERTEX_FRAGMENT)],
        });
        let look_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("looks of a layer"),
            entries: &[
                uniform(
                    0,
                    false,
                    MOST_LOOKS * LOOK_BYTES,
                    wgpu::ShaderStages::VERTEX_FRAGMENT,
                ),
                wgpu::BindGroupLayoutEntry {
                    binding: 1,
                    visibility: wgpu::ShaderStages::VERTEX,
                    ty: wgpu::BindingType::Texture {
                        sample_type: wgpu::TextureSampleType::Uint,
                        view_dimension: wgpu::TextureViewDimension::D2,
                        multisampled: false,
                    },
                    count: None,
                },
            ],
        });
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("large layers"),
            bind_group_layouts: &[Some(&place_layout), Some(&look_layout)],
            immediate_size: 0,
        });
        let target = Target {
            device: &device,
            shader: &shader,
            layout: &layout,
            format: state.target_format,
        };
        Self {
            fills: target.pipeline("fill", &[Some(corner_buffer(wgpu::VertexStepMode::Vertex))]),
            lines: target.pipeline("line", &line_buffers()),
            dots: target.pipeline(
                "dot",
                &[Some(corner_buffer(wgpu::VertexStepMode::Instance))],
            ),
            queue: state.queue.clone(),
            device,
            place_layout,
            look_layout,
        }
    }

    /// May be called from any thread. Each part of the tile is let go as soon as the card has it.
    pub(super) fn upload(&self, tile: Tile) -> GpuTile {
        let buffer = |bytes: Vec<u8>, usage| {
            self.device
                .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                    label: Some("tile"),
                    contents: &bytes,
                    usage,
                })
        };
        let count = |length: usize| u32::try_from(length).unwrap_or(0);
        let Tile {
            key: _,
            corners,
            triangles,
            lines,
            dots,
        } = tile;
        GpuTile {
            triangle_corners: count(triangles.len()),
            edges: count(lines.len().saturating_sub(3)),
            dot_count: count(dots.len()),
            corners: buffer(corner_bytes(corners), wgpu::BufferUsages::VERTEX),
            triangles: buffer(index_bytes(triangles), wgpu::BufferUsages::INDEX),
            lines: buffer(line_bytes(lines), wgpu::BufferUsages::VERTEX),
            dots: buffer(dot_bytes(dots), wgpu::BufferUsages::VERTEX),
        }
    }

    /// May be called from any thread.
    pub(super) fn classes(&self, classes: &Classes) -> GpuClasses {
        let pairs = classes.of_feature.iter().zip(&classes.sizes);
        let mut texels: Vec<u8> = pairs.flat_map(|(class, size)| [*class, *size]).collect();
        let rows = classes.of_feature.len().div_ceil(CLASSES_ACROSS).max(1);
        texels.resize(rows * CLASSES_ACROSS * 2, 0);
        let side = |length: usize| u32::try_from(length).unwrap_or(1);
        let texture = self.device.create_texture_with_data(
            &self.queue,
            &wgpu::TextureDescriptor {
                label: Some("classes of a layer"),
                size: wgpu::Extent3d {
                    width: side(CLASSES_ACROSS),
                    height: side(rows),
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::Rg8Uint,
                usage: wgpu::TextureUsages::TEXTURE_BINDING,
                view_formats: &[],
            },
            wgpu::util::TextureDataOrder::LayerMajor,
            &texels,
        );
        GpuClasses(texture.create_view(&wgpu::TextureViewDescriptor::default()))
    }

    pub(super) fn look(&self, classes: &GpuClasses, looks: &Classes, opacity: f32) -> GpuLook {
        let palette = self
            .device
            .create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("looks of a layer"),
                contents: &palette::bytes(&looks.looks, opacity),
                usage: wgpu::BufferUsages::UNIFORM,
            });
        GpuLook(self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("looks of a layer"),
            layout: &self.look_layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: palette.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 1,
                    resource: wgpu::BindingResource::TextureView(&classes.0),
                },
            ],
        }))
    }
}

/// What the shader programs are made for.
struct Target<'a> {
    device: &'a wgpu::Device,
    shader: &'a wgpu::ShaderModule,
    layout: &'a wgpu::PipelineLayout,
    format: wgpu::TextureFormat,
}

impl Target<'_> {
    fn pipeline(
        &self,
        name: &str,
        buffers: &[Option<wgpu::VertexBufferLayout<'_>>],
    ) -> wgpu::RenderPipeline {
        let space = if self.format.is_srgb() {
            "linear"
        } else {
            "gamma"
        };
        self.device
            .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(name),
                layout: Some(self.layout),
                vertex: wgpu::VertexState {
                    module: self.shader,
                    entry_point: Some(&format!("vs_{name}")),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    buffers,
                },
                fragment: Some(wgpu::FragmentState {
                    module: self.shader,
                    entry_point: Some(&format!("fs_{name}_{space}")),
                    compilation_options: wgpu::PipelineCompilationOptions::default(),
                    targets: &[Some(wgpu::ColorTargetState {
                        format: self.format,
                        blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                        write_mask: wgpu::ColorWrites::ALL,
                    })],
                }),
                primitive: wgpu::PrimitiveState::default(),
                depth_stencil: None,
                multisample: wgpu::MultisampleState::default(),
                multiview_mask: None,
                cache: None,
            })
    }
}

const fn attribute(
    format: wgpu::VertexFormat,
    offset: u64,
    shader_location: u32,
) -> wgpu::VertexAttribute {
    wgpu::VertexAttribute {
        format,
        offset,
        shader_location,
    }
}

const AT: wgpu::VertexFormat = wgpu::VertexFormat::Sint16x2;
const CORNER: [wgpu::VertexAttribute; 2] = [
    attribute(AT, 0, 0),
    attribute(wgpu::VertexFormat::Uint32, 4, 1),
];
const BEFORE: [wgpu::VertexAttribute; 1] = [attribute(AT, 0, 0)];
const FROM: [wgpu::VertexAttribute; 3] = [
    attribute(AT, 0, 1),
    attribute(wgpu::VertexFormat::Uint32, 4, 2),
    attribute(wgpu::VertexFormat::Float32, 8, 3),
];
const TO: [wgpu::VertexAttribute; 3] = [
    attribute(AT, 0, 4),
    attribute(wgpu::VertexFormat::Uint32, 4, 5),
    attribute(wgpu::VertexFormat::Float32, 8, 6),
];
const AFTER: [wgpu::VertexAttribute; 1] = [attribute(AT, 0, 7)];

const fn corner_buffer(step_mode: wgpu::VertexStepMode) -> wgpu::VertexBufferLayout<'static> {
    wgpu::VertexBufferLayout {
        array_stride: CORNER_BYTES,
        step_mode,
        attributes: &CORNER,
    }
}

/// The same points four times, each one point further: an edge sees its neighbours.
fn line_buffers() -> [Option<wgpu::VertexBufferLayout<'static>>; 4] {
    [&BEFORE[..], &FROM, &TO, &AFTER].map(|attributes| {
        Some(wgpu::VertexBufferLayout {
            array_stride: LINE_POINT_BYTES,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes,
        })
    })
}

fn corner_bytes(corners: Vec<Corner>) -> Vec<u8> {
    let count = corners.len();
    let pairs = corners
        .into_iter()
        .map(|corner| (corner.at, corner.feature));
    pair_bytes(pairs, count)
}

fn dot_bytes(dots: Vec<Dot>) -> Vec<u8> {
    let count = dots.len();
    pair_bytes(dots.into_iter().map(|dot| (dot.at, dot.feature)), count)
}

fn index_bytes(indices: Vec<u32>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(indices.len() * 4);
    for index in indices {
        bytes.extend(index.to_ne_bytes());
    }
    bytes
}

fn pair_bytes(pairs: impl Iterator<Item = ([i16; 2], u32)>, count: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count * 8);
    for ([x, y], feature) in pairs {
        bytes.extend(x.to_ne_bytes());
        bytes.extend(y.to_ne_bytes());
        bytes.extend(feature.to_ne_bytes());
    }
    bytes
}

fn line_bytes(points: Vec<LinePoint>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(points.len() * 12);
    for LinePoint {
        at: [x, y],
        feature,
        along,
    } in points
    {
        bytes.extend(x.to_ne_bytes());
        bytes.extend(y.to_ne_bytes());
        bytes.extend(feature.to_ne_bytes());
        bytes.extend(along.to_ne_bytes());
    }
    bytes
}

/// One part of one layer in one frame.
pub(super) struct Drawing {
    pub(super) gpu: Arc<Gpu>,
    pub(super) look: Arc<GpuLook>,
    pub(super) part: Part,
    pub(super) tiles: Vec<(Arc<GpuTile>, Place)>,
    /// Made by `prepare` for `paint`.
    pub(super) places: Mutex<Option<wgpu::BindGroup>>,
}

impl Drawing {
    fn place_bytes(&self, screen: &ScreenDescriptor) -> Vec<u8> {
        let [width, height] = screen.size_in_pixels.map(|pixels| pixels as f32);
        let mut bytes = Vec::with_capacity(self.tiles.len() * PLACE_BYTES);
        for (index, (_, place)) in self.tiles.iter().enumerate() {
            bytes.resize(index * PLACE_BYTES, 0);
            let [west, north, east, south] = place.corners;
            for value in [
                west,
                north,
                east,
                south,
                width,
                height,
                place.per_tile_pixel,
                screen.pixels_per_point,
                place.hatch_start,
                place.per_world,
                place.crowding,
            ] {
                bytes.extend(value.to_ne_bytes());
            }
        }
        bytes.resize(self.tiles.len() * PLACE_BYTES, 0);
        bytes
    }
}

impl CallbackTrait for Drawing {
    fn prepare(
        &self,
        device: &wgpu::Device,
        _queue: &wgpu::Queue,
        screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        _resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("places of tiles"),
            contents: &self.place_bytes(screen),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("places of tiles"),
            layout: &self.gpu.place_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                    buffer: &buffer,
                    offset: 0,
                    size: wgpu::BufferSize::new(48),
                }),
            }],
        });
        if let Ok(mut places) = self.places.lock() {
            *places = Some(group);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &CallbackResources,
    ) {
        let Ok(places) = self.places.lock() else {
            return;
        };
        let Some(places) = places.as_ref() else {
            return;
        };
        pass.set_pipeline(match self.part {
            Part::Fills => &self.gpu.fills,
            Part::Lines => &self.gpu.lines,
            Part::Dots => &self.gpu.dots,
        });
        pass.set_bind_group(1, &self.look.0, &[]);
        for (index, (tile, _)) in self.tiles.iter().enumerate() {
            let offset = u32::try_from(index * PLACE_BYTES).unwrap_or(0);
            pass.set_bind_group(0, places, &[offset]);
            tile.draw(pass, self.part);
        }
    }
}

impl GpuTile {
    /// Nothing to draw of this part.
    pub(super) const fn is_empty(&self, part: Part) -> bool {
        match part {
            Part::Fills => self.triangle_corners == 0,
            Part::Lines => self.edges == 0,
            Part::Dots => self.dot_count == 0,
        }
    }

    fn draw(&self, pass: &mut wgpu::RenderPass<'static>, part: Part) {
        if self.is_empty(part) {
            return;
        }
        match part {
            Part::Fills => {
                pass.set_vertex_buffer(0, self.corners.slice(..));
                pass.set_index_buffer(self.triangles.slice(..), wgpu::IndexFormat::Uint32);
                pass.draw_indexed(0..self.triangle_corners, 0, 0..1);
            }
            Part::Lines => {
                for (slot, further) in (0..4).zip([0, 1, 2, 3]) {
                    let points = self.lines.slice(further * LINE_POINT_BYTES..);
                    pass.set_vertex_buffer(slot, points);
                }
                pass.draw(0..CORNERS_OF_A_SQUARE, 0..self.edges);
            }
            Part::Dots => {
                pass.set_vertex_buffer(0, self.dots.slice(..));
                pass.draw(0..CORNERS_OF_A_SQUARE, 0..self.dot_count);
            }
        }
    }
}

pub(super) fn shape(screen: egui::Rect, drawing: Drawing) -> egui::Shape {
    egui_wgpu::Callback::new_paint_callback(screen, drawing).into()
}
