//! Pointer and keys to camera: drag, wheel, pinch, double click, arrows.
//!
//! Ours and not walkers': zoom limits, the place under the pointer that stays, one step a double click,
//! and no gliding on after the button is released, which makes aiming hard.

use egui::{EventFilter, Key, Modifiers, PointerButton, Rect, Response, Ui, Vec2, vec2};

use super::camera::Camera;

/// Scrolled points to one zoom level: a notch of a common wheel is half a level.
const POINTS_PER_LEVEL: f64 = 80.0;

/// How far an arrow key moves the map.
const KEY_STEP: f32 = 80.0;

/// What the user's hands asked for, beyond moving the camera.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gestures {
    pub(super) home: bool,
}

/// `map`: the map's response, read before it is drawn, so that the picture follows without a frame's delay.
pub(super) fn navigate(
    ui: &Ui,
    rect: Rect,
    map: Option<&Response>,
    camera: &mut Camera,
) -> Gestures {
    if let Some(map) = map {
        drag(map, camera);
        double_click(map, rect, camera);
    }
    if ui.is_enabled() && ui.rect_contains_pointer(rect) {
        wheel(ui, rect, camera);
    }
    match map {
        Some(map) if map.has_focus() => keys(ui, map, camera),
        _ => Gestures::default(),
    }
}

fn drag(map: &Response, camera: &mut Camera) {
    if map.dragged_by(PointerButton::Primary) || map.dragged_by(PointerButton::Middle) {
        *camera = camera.dragged(map.drag_delta());
    }
}

fn double_click(map: &Response, rect: Rect, camera: &mut Camera) {
    if map.double_clicked_by(PointerButton::Primary)
        && let Some(at) = map.interact_pointer_pos()
    {
        *camera = camera.stepped(1.0, at - rect.center());
    }
}

fn wheel(ui: &Ui, rect: Rect, camera: &mut Camera) {
    let (scrolled, pinched, pointer) = ui.input(|input| {
        (
            input.smooth_scroll_delta.y,
            input.zoom_delta(),
            input.pointer.hover_pos(),
        )
    });
    let levels = f64::from(scrolled) / POINTS_PER_LEVEL + f64::from(pinched).log2();
    if levels.abs() < 1e-6 || !levels.is_finite() {
        return;
    }
    let offset = pointer.map_or(Vec2::ZERO, |at| at - rect.center());
    *camera = camera.zoomed(camera.zoom + levels, offset);
    // Nothing around the map shall scroll as well.
    ui.input_mut(|input| input.smooth_scroll_delta = Vec2::ZERO);
}

fn keys(ui: &Ui, map: &Response, camera: &mut Camera) -> Gestures {
    // Arrows move the map, not the focus.
    let filter = EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(map.id, filter));
    ui.input_mut(|input| {
        let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as f32;
        let right = pressed(Key::ArrowRight) - pressed(Key::ArrowLeft);
        let down = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
        // `+` is `Shift` and `=` on most keyboards; both are meant.
        let closer = pressed(Key::Plus) + pressed(Key::Equals);
        let levels = closer - pressed(Key::Minus);
        let home = pressed(Key::Home) > 0.0;
        if right != 0.0 || down != 0.0 {
            *camera = camera.dragged(-vec2(right, down) * KEY_STEP);
        }
        if levels != 0.0 {
            *camera = camera.stepped(f64::from(levels), Vec2::ZERO);
        }
        Gestures { home }
    })
}
