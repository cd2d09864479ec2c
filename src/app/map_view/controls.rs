//! What stands on the map: zoom buttons, scale bar, attribution of the base map.
//!
//! Knows neither the document nor walkers.

use egui::accesskit::Role;
use egui::{
    Align2, CornerRadius, FontId, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::basemap::BasemapState;
use super::camera::{Camera, ZOOM_RANGE};
use crate::app::theme;

const MARGIN: f32 = theme::space::M;
const BUTTON: f32 = 32.0;
const LONGEST_SCALE_BAR: f32 = 120.0;

/// A button on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    ZoomIn,
    ZoomOut,
    Home,
    Selection,
}

impl Control {
    const fn label(self) -> &'static str {
        match self {
            Self::ZoomIn => "放大",
            Self::ZoomOut => "缩小",
            Self::Home => "全图",
            Self::Selection => "定位到所选",
        }
    }

    const fn tip(self) -> &'static str {
        match self {
            Self::ZoomIn => "放大一级（+）",
            Self::ZoomOut => "缩小一级（−）",
            Self::Home => "显示全区（Home）",
            Self::Selection => "定位到所选",
        }
    }
}

/// What stands on the map covers these places: no label is put there. Generous, so that it need not know
/// what the texts are.
pub(super) fn covered(map: Rect) -> [Rect; 3] {
    let corner = |at: Pos2, size: Vec2| Rect::from_two_pos(at, at + size);
    [
        corner(
            map.right_top(),
            vec2(-(MARGIN + BUTTON), 2.0 * MARGIN + 4.0 * BUTTON),
        ),
        corner(map.left_bottom(), vec2(MARGIN + 160.0, -(MARGIN + 34.0))),
        corner(map.right_bottom(), vec2(-100.0, -20.0)),
    ]
}

/// The column of buttons in the top right corner; the one that was pressed.
pub(super) fn buttons_ui(
    ui: &mut Ui,
    map: Rect,
    camera: Camera,
    has_selection: bool,
) -> Option<Control> {
    let mut pressed = None;
    let mut top = map.top() + MARGIN;
    for group in [
        &[Control::ZoomIn, Control::ZoomOut][..],
        &[Control::Home, Control::Selection][..],
    ] {
        let height = BUTTON * group.len() as f32;
        let frame = Rect::from_min_size(
            pos2(map.right() - MARGIN - BUTTON, top),
            vec2(BUTTON, height),
        );
        top += height + theme::space::S;
        if !map.contains_rect(frame) {
            break;
        }
        plate(ui, frame);
        for (index, &control) in group.iter().enumerate() {
            let rect = Rect::from_min_size(
                frame.min + vec2(0.0, BUTTON * index as f32),
                Vec2::splat(BUTTON),
            );
            if index > 0 {
                let line = Stroke::new(1.0, theme::of(ui).border);
                ui.painter()
                    .hline(rect.x_range().shrink(6.0), rect.top(), line);
            }
            let enabled = match control {
                Control::ZoomIn => camera.zoom < *ZOOM_RANGE.end(),
                Control::ZoomOut => camera.zoom > *ZOOM_RANGE.start(),
                Control::Home => true,
                Control::Selection => has_selection,
            };
            if button_ui(ui, rect, control, enabled) {
                pressed = Some(control);
            }
        }
    }
    pressed
}

/// The ground under a group of buttons.
fn plate(ui: &Ui, rect: Rect) {
    let tokens = theme::of(ui);
    let radius = CornerRadius::same(6);
    let mut shadow = ui.visuals().popup_shadow;
    shadow.blur = 6;
    shadow.offset = [0, 1];
    ui.painter().add(shadow.as_shape(rect, radius));
    ui.painter().rect(
        rect,
        radius,
        tokens.surface,
        Stroke::new(1.0, tokens.border),
        StrokeKind::Outside,
    );
}

fn button_ui(ui: &Ui, rect: Rect, control: Control, enabled: bool) -> bool {
    let tokens = theme::of(ui);
    // A button that does nothing takes its clicks, too: they are not meant for the map under it.
    let id = ui.scope_id().with(("map control", control.label()));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, control.label()));
    let fill = if !enabled {
        None
    } else if response.is_pointer_button_down_on() {
        Some(tokens.pressed)
    } else if response.hovered() {
        Some(tokens.hover)
    } else {
        None
    };
    if let Some(fill) = fill {
        ui.painter()
            .rect_filled(rect.shrink(2.0), theme::size::RADIUS, fill);
    }
    if response.has_focus() {
        let ring = Stroke::new(1.5, tokens.accent);
        ui.painter().rect_stroke(
            rect.shrink(2.0),
            theme::size::RADIUS,
            ring,
            StrokeKind::Inside,
        );
    }
    let ink = if enabled {
        tokens.text
    } else {
        tokens.border_strong
    };
    draw_glyph(ui.painter(), rect.center(), control, Stroke::new(1.6, ink));
    let clicked = response.clicked();
    response.on_hover_text(control.tip());
    clicked && enabled
}

/// Drawn, not set: sharp at any scale, and there whatever icon font is installed.
fn draw_glyph(painter: &Painter, center: Pos2, control: Control, stroke: Stroke) {
    const ARM: f32 = 6.5;
    let across = || {
        let ends = [center - vec2(ARM, 0.0), center + vec2(ARM, 0.0)];
        Shape::line_segment(ends, stroke)
    };
    match control {
        Control::ZoomIn => {
            painter.add(across());
            let ends = [center - vec2(0.0, ARM), center + vec2(0.0, ARM)];
            painter.line_segment(ends, stroke);
        }
        Control::ZoomOut => {
            painter.add(across());
        }
        Control::Home => {
            // A sheet's four corners: the whole picture.
            for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                let corner = center + vec2(x, y) * 6.5;
                let arms = vec![
                    corner - vec2(x * 4.0, 0.0),
                    corner,
                    corner - vec2(0.0, y * 4.0),
                ];
                painter.add(Shape::line(arms, stroke));
            }
        }
        Control::Selection => {
            painter.circle_stroke(center, 5.0, stroke);
            painter.circle_filled(center, 1.8, stroke.color);
            for (x, y) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                let direction = vec2(x, y);
                painter.line_segment([center + direction * 5.0, center + direction * 8.5], stroke);
            }
        }
    }
}

/// A round length and its bar, bottom left, with an arrow: north is up on this map, always.
pub(super) fn scale_bar(painter: &Painter, map: Rect, camera: Camera, dark: bool) {
    const ARROW: f32 = 22.0;
    let tokens = theme::tokens(dark);
    let longest_m = camera.metres_per_point() * f64::from(LONGEST_SCALE_BAR);
    let Some(length_m) = round_length(longest_m) else {
        return;
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "shorter than LONGEST_SCALE_BAR"
    )]
    let width = (length_m / camera.metres_per_point()) as f32;
    let galley = painter.layout_no_wrap(
        length_label(length_m),
        FontId::proportional(theme::text::CAPTION),
        tokens.text,
    );
    let size = vec2(ARROW + width.max(galley.size().x) + 20.0, 34.0);
    let frame = Rect::from_min_size(
        pos2(map.left() + MARGIN, map.bottom() - MARGIN - size.y),
        size,
    );
    if !map.contains_rect(frame) {
        return;
    }
    painter.rect_filled(frame, 4.0, tokens.surface.gamma_multiply(0.82));

    let north = pos2(frame.left() + 15.0, frame.center().y);
    painter.add(Shape::convex_polygon(
        vec![
            north + vec2(0.0, -13.0),
            north + vec2(4.0, -3.0),
            north + vec2(-4.0, -3.0),
        ],
        tokens.text,
        Stroke::NONE,
    ));
    painter.text(
        north + vec2(0.0, 6.0),
        Align2::CENTER_CENTER,
        "北",
        FontId::proportional(theme::text::CAPTION),
        tokens.text,
    );

    let left = frame.left() + ARROW + 10.0;
    let base = frame.bottom() - 7.0;
    let stroke = Stroke::new(1.5, tokens.text);
    painter.add(Shape::line(
        vec![
            pos2(left, base - 5.0),
            pos2(left, base),
            pos2(left + width, base),
            pos2(left + width, base - 5.0),
        ],
        stroke,
    ));
    let text_at = pos2(
        left + (width - galley.size().x).max(0.0) / 2.0,
        frame.top() + 3.0,
    );
    painter.galley(text_at, galley, tokens.text);
}

/// The largest of 1, 2, 5 times a power of ten that is not longer.
fn round_length(longest_m: f64) -> Option<f64> {
    if !longest_m.is_finite() || longest_m <= 0.0 {
        return None;
    }
    let power = 10_f64.powf(longest_m.log10().floor());
    [5.0, 2.0, 1.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|length| *length <= longest_m * (1.0 + 1e-9))
}

fn length_label(length_m: f64) -> String {
    if length_m >= 1000.0 {
        format!("{} 公里", length_m / 1000.0)
    } else {
        format!("{length_m} 米")
    }
}

/// Whose map this is, bottom right; beside it, quietly, what is wrong with it. True: clicked.
pub(super) fn attribution_ui(
    ui: &Ui,
    map: Rect,
    attribution: Option<&str>,
    state: BasemapState,
) -> bool {
    let tokens = theme::of(ui);
    let mut text = String::new();
    if state.is_trouble() {
        text.push_str("底图：");
        text.push_str(state.label());
    } else if state == BasemapState::Off {
        text.push_str("无底图（离线）");
    }
    if let Some(attribution) = attribution {
        if !text.is_empty() {
            text.push_str(" · ");
        }
        text.push_str(attribution);
    }
    if text.is_empty() {
        return false;
    }
    let galley = ui.painter().layout_no_wrap(
        text.clone(),
        FontId::proportional(theme::text::CAPTION),
        tokens.text_weak,
    );
    let size = galley.size() + vec2(12.0, 4.0);
    let frame = Rect::from_min_size(map.max - size, size);
    if !map.contains_rect(frame) {
        return false;
    }
    let has_link = attribution.is_some();
    let id = ui.scope_id().with("map attribution");
    let response = ui.interact(frame, id, Sense::click());
    let role = if has_link { Role::Link } else { Role::Label };
    response.widget_info(|| WidgetInfo::labeled(role, true, &text));
    let radius = CornerRadius {
        nw: 4,
        ..CornerRadius::ZERO
    };
    ui.painter()
        .rect_filled(frame, radius, tokens.surface.gamma_multiply(0.82));
    ui.painter()
        .galley(frame.min + vec2(6.0, 2.0), galley, tokens.text_weak);
    if has_link && response.hovered() {
        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    let clicked = response.clicked();
    response.on_hover_text(state.explanation());
    clicked && has_link
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_bars_have_round_lengths_that_fit() {
        for (longest, round) in [
            (1.0, 1.0),
            (19.9, 10.0),
            (20.0, 20.0),
            (4_999.0, 2_000.0),
            (5_000.0, 5_000.0),
            (0.7, 0.5),
        ] {
            assert_eq!(round_length(longest), Some(round), "{longest}");
        }
        assert_eq!(round_length(0.0), None);
        assert_eq!(round_length(f64::NAN), None);
    }

    #[test]
    fn lengths_are_written_in_metres_and_kilometres() {
        assert_eq!(length_label(500.0), "500 米");
        assert_eq!(length_label(2_000.0), "2 公里");
    }
}
