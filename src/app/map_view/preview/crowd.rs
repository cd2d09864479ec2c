//! Very many features on the small map: the ground they cover from afar, outlines from near.
//!
//! Made in a job, painted in a frame. Knows no gesture.

use std::collections::BTreeSet;

use egui::epaint::Mesh;
use egui::{Color32, Painter, Rect, Stroke};

use super::marks::{MOST_SEGMENTS, paint_outline};
use super::{joined, world_bounds};
use crate::app::map_view::camera::pos2;
use crate::crs::Extent;
use crate::model::Layer;
use crate::scene::View;

/// Cells of a crowd's covered ground, across its longer side.
const CELLS: f64 = 220.0;
/// So many members of a crowd in sight are drawn one by one.
const MOST_IN_SIGHT: usize = 1_500;

/// Where the many features of a large layer are, in the Mercator square.
pub(super) struct Crowd {
    pub(super) cells: Vec<[f64; 4]>,
    /// Of each feature, in the layer's order; `None` without geometry.
    bounds: Vec<Option<[f64; 4]>>,
}

impl Crowd {
    pub(super) fn of(layer: &Layer) -> Self {
        let bounds: Vec<Option<[f64; 4]>> = layer
            .features
            .iter()
            .map(|feature| {
                let extent = Extent::of_geometry(feature.geometry.as_ref()?)?;
                let bounds = world_bounds(extent);
                bounds.iter().all(|at| at.is_finite()).then_some(bounds)
            })
            .collect();
        let Some([west, north, east, south]) = bounds.iter().flatten().copied().reduce(joined)
        else {
            return Self {
                cells: Vec::new(),
                bounds,
            };
        };
        let side = ((east - west).max(south - north) / CELLS).max(1e-12);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the number of cells"
        )]
        let cell = |from: f64, at: f64| ((at - from) / side).clamp(0.0, CELLS) as u32;
        let mut covered = BTreeSet::new();
        for &[min_x, min_y, max_x, max_y] in bounds.iter().flatten() {
            for row in cell(north, min_y)..=cell(north, max_y) {
                for column in cell(west, min_x)..=cell(west, max_x) {
                    covered.insert((row, column));
                }
            }
        }
        // Neighbours in a row are one rectangle.
        let mut cells: Vec<[f64; 4]> = Vec::new();
        let mut last = None;
        for (row, column) in covered {
            let left = west + f64::from(column) * side;
            let top = north + f64::from(row) * side;
            match cells.last_mut() {
                Some(run) if column > 0 && last == Some((row, column - 1)) => {
                    run[2] = left + side;
                }
                _ => cells.push([left, top, left + side, top + side]),
            }
            last = Some((row, column));
        }
        Self { cells, bounds }
    }

    pub(super) fn paint(
        &self,
        painter: &Painter,
        view: &View,
        layer: Option<&Layer>,
        color: Color32,
    ) {
        let in_sight = |bounds: [f64; 4]| view.bounds_to_device(bounds).overlaps(view.rect);
        let near: Vec<usize> = (self.bounds.iter().enumerate())
            .filter(|(_, bounds)| bounds.is_some_and(in_sight))
            .map(|(place, _)| place)
            .take(MOST_IN_SIGHT + 1)
            .collect();
        if near.len() <= MOST_IN_SIGHT
            && let Some(layer) = layer
        {
            let geometries =
                (near.iter()).filter_map(|&place| layer.features.get(place)?.geometry.as_ref());
            let stroke = Stroke::new(1.4, color);
            let mut left = MOST_SEGMENTS;
            for geometry in geometries {
                paint_outline(painter, view, geometry, stroke, &mut left);
            }
            return;
        }
        let mut mesh = Mesh::default();
        for &cell in self.cells.iter().filter(|cell| in_sight(**cell)) {
            let rect = view.bounds_to_device(cell);
            let rect = Rect::from_min_max(
                pos2((rect.min_x, rect.min_y)),
                pos2((rect.max_x, rect.max_y)),
            );
            mesh.add_colored_rect(rect, color.gamma_multiply(0.55));
        }
        painter.add(mesh);
    }
}
