//! Design tokens, light and dark: the only place for the window's colours and sizes.
//!
//! Map colours live in `scene::style`; nothing here is drawn on the map or on paper.

use egui::style::WidgetVisuals;
use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Visuals,
};

use crate::model::Placement;
use crate::scene::Rgba;

/// The colours of one theme, named for their use.
#[derive(Debug)]
pub struct Tokens {
    /// Bars and panels.
    pub chrome: Color32,
    /// Where content stands: tables, cards, dialogs.
    pub surface: Color32,
    /// Every other row, wells, table headers.
    pub sunken: Color32,
    pub field: Color32,
    pub border: Color32,
    pub border_strong: Color32,
    pub text: Color32,
    pub text_weak: Color32,
    pub accent: Color32,
    pub accent_hover: Color32,
    pub on_accent: Color32,
    /// Behind what is selected.
    pub accent_soft: Color32,
    pub hover: Color32,
    pub pressed: Color32,
    pub success: Color32,
    pub warning: Color32,
    pub danger: Color32,
    pub danger_soft: Color32,
    /// Bars of planned money; completed money takes `accent`.
    pub planned: Color32,
    pub backdrop: Color32,
    pub shadow: Color32,
}

static LIGHT: Tokens = Tokens {
    chrome: Color32::from_rgb(0xF4, 0xF6, 0xF7),
    surface: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    sunken: Color32::from_rgb(0xF7, 0xF9, 0xFA),
    field: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    border: Color32::from_rgb(0xE1, 0xE5, 0xE8),
    border_strong: Color32::from_rgb(0xC3, 0xCA, 0xD0),
    text: Color32::from_rgb(0x1D, 0x23, 0x29),
    text_weak: Color32::from_rgb(0x5C, 0x67, 0x71),
    accent: Color32::from_rgb(0x0B, 0x6E, 0x5F),
    accent_hover: Color32::from_rgb(0x0E, 0x84, 0x72),
    on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    accent_soft: Color32::from_rgb(0xD9, 0xEE, 0xE9),
    hover: Color32::from_rgb(0xE9, 0xED, 0xEF),
    pressed: Color32::from_rgb(0xDD, 0xE3, 0xE6),
    success: Color32::from_rgb(0x1B, 0x7F, 0x4B),
    warning: Color32::from_rgb(0x9A, 0x5B, 0x00),
    danger: Color32::from_rgb(0xB4, 0x23, 0x18),
    danger_soft: Color32::from_rgb(0xFD, 0xEC, 0xEA),
    planned: Color32::from_rgb(0xB5, 0xC4, 0xCE),
    backdrop: Color32::from_black_alpha(0x58),
    shadow: Color32::from_black_alpha(0x24),
};

static DARK: Tokens = Tokens {
    chrome: Color32::from_rgb(0x1F, 0x23, 0x27),
    surface: Color32::from_rgb(0x26, 0x2B, 0x30),
    sunken: Color32::from_rgb(0x2B, 0x31, 0x36),
    field: Color32::from_rgb(0x1A, 0x1E, 0x21),
    border: Color32::from_rgb(0x38, 0x3F, 0x45),
    border_strong: Color32::from_rgb(0x52, 0x5B, 0x63),
    text: Color32::from_rgb(0xE7, 0xEA, 0xEC),
    text_weak: Color32::from_rgb(0xA3, 0xAD, 0xB5),
    accent: Color32::from_rgb(0x3C, 0xB3, 0x9C),
    accent_hover: Color32::from_rgb(0x55, 0xC7, 0xB1),
    on_accent: Color32::from_rgb(0x08, 0x1F, 0x1B),
    accent_soft: Color32::from_rgb(0x1D, 0x48, 0x41),
    hover: Color32::from_rgb(0x32, 0x39, 0x3F),
    pressed: Color32::from_rgb(0x3B, 0x43, 0x4A),
    success: Color32::from_rgb(0x5F, 0xC9, 0x8F),
    warning: Color32::from_rgb(0xE0, 0xA9, 0x4A),
    danger: Color32::from_rgb(0xF1, 0x87, 0x7C),
    danger_soft: Color32::from_rgb(0x47, 0x29, 0x27),
    planned: Color32::from_rgb(0x5C, 0x6B, 0x76),
    backdrop: Color32::from_black_alpha(0x8C),
    shadow: Color32::from_black_alpha(0x70),
};

/// Text sizes, in points.
pub mod text {
    pub const CAPTION: f32 = 12.0;
    pub const BODY: f32 = 13.5;
    pub const TITLE: f32 = 15.5;
    pub const HERO: f32 = 22.0;
    pub const ICON: f32 = 18.0;
}

/// Distances, in points: multiples of four.
pub mod space {
    pub const XS: f32 = 4.0;
    pub const S: f32 = 8.0;
    pub const M: f32 = 12.0;
    pub const L: f32 = 16.0;
    pub const XL: f32 = 24.0;
}

/// Sizes of things that line up with each other.
pub mod size {
    /// Names left of fields and facts, so that both stand in one column.
    pub const LABEL_WIDTH: f32 = 70.0;
    pub const CONTROL: f32 = 28.0;
    pub const ROW: f32 = 26.0;
    pub const TOP_BAR: f32 = 44.0;
    pub const STATUS_LINE: f32 = 26.0;
    pub const LAYERS_PANEL: f32 = 276.0;
    pub const DETAILS_PANEL: f32 = 344.0;
    pub const LEDGER_PANEL: f32 = 248.0;
    pub const DIALOG: f32 = 560.0;
    pub const RADIUS: u8 = 4;
    pub const RADIUS_LARGE: u8 = 8;
}

/// The tokens of the theme in force.
pub fn tokens(dark: bool) -> &'static Tokens {
    if dark { &DARK } else { &LIGHT }
}

/// The tokens of the theme this widget is drawn in.
pub fn of(ui: &egui::Ui) -> &'static Tokens {
    tokens(ui.visuals().dark_mode)
}

/// A map colour in the window: a legend's swatch, a status chip.
pub fn color32(color: Rgba) -> Color32 {
    Color32::from_rgba_unmultiplied(color.r, color.g, color.b, color.a)
}

/// A colour of the window on the map: what is only previewed there.
pub const fn rgba(color: Color32) -> Rgba {
    Rgba::opaque(color.r(), color.g(), color.b())
}

/// The badge of a placement grade: more certain is calmer.
pub fn placement_color(placement: Placement, tokens: &Tokens) -> Color32 {
    match placement {
        Placement::Surveyed => tokens.success,
        Placement::Approximate => tokens.accent,
        Placement::District | Placement::Unlocated => tokens.text_weak,
        Placement::Schematic => tokens.warning,
    }
}

/// Install both themes. Which one is in force is `ctx.set_theme`.
pub fn install(ctx: &egui::Context) {
    ctx.set_visuals_of(Theme::Light, visuals(Theme::Light, &LIGHT));
    ctx.set_visuals_of(Theme::Dark, visuals(Theme::Dark, &DARK));
    ctx.all_styles_mut(|style| {
        let font = |points| FontId::new(points, FontFamily::Proportional);
        style.text_styles = [
            (TextStyle::Small, font(text::CAPTION)),
            (TextStyle::Body, font(text::BODY)),
            (TextStyle::Button, font(text::BODY)),
            (TextStyle::Heading, font(text::TITLE)),
            (
                TextStyle::Monospace,
                FontId::new(text::BODY, FontFamily::Monospace),
            ),
        ]
        .into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = egui::vec2(space::S, 6.0);
        spacing.button_padding = egui::vec2(10.0, 4.0);
        spacing.interact_size = egui::vec2(32.0, size::CONTROL);
        spacing.window_margin = Margin::same(16);
        spacing.menu_margin = Margin::same(6);
        spacing.menu_width = 260.0;
        spacing.combo_width = 96.0;
        spacing.combo_height = 320.0;
        spacing.tooltip_width = 420.0;
        spacing.icon_width = 16.0;
        spacing.icon_width_inner = 9.0;
        spacing.slider_rail_height = 4.0;
        spacing.scroll.bar_width = 8.0;
        style.interaction.tooltip_delay = 0.35;
        style.interaction.selectable_labels = false;
        style.animation_time = 0.08;
    });
}

fn visuals(theme: Theme, tokens: &Tokens) -> Visuals {
    let mut visuals = match theme {
        Theme::Light => Visuals::light(),
        Theme::Dark => Visuals::dark(),
    };
    let radius = CornerRadius::same(size::RADIUS);
    let widget = |fill: Color32, stroke: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(tokens.chrome, tokens.border, tokens.text);
    visuals.widgets.inactive = widget(tokens.surface, tokens.border_strong, tokens.text);
    visuals.widgets.hovered = widget(tokens.hover, tokens.border_strong, tokens.text);
    visuals.widgets.active = widget(tokens.pressed, tokens.accent, tokens.text);
    visuals.widgets.open = widget(tokens.hover, tokens.border_strong, tokens.text);
    visuals.selection.bg_fill = tokens.accent_soft;
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.hyperlink_color = tokens.accent;
    visuals.weak_text_color = Some(tokens.text_weak);
    visuals.faint_bg_color = tokens.sunken;
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.code_bg_color = tokens.sunken;
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.danger;
    visuals.window_corner_radius = CornerRadius::same(size::RADIUS_LARGE);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.window_fill = tokens.surface;
    visuals.window_stroke = Stroke::new(1.0, tokens.border);
    visuals.panel_fill = tokens.chrome;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    visuals.striped = false;
    let shadow = |blur, offset| Shadow {
        offset: [0, offset],
        blur,
        spread: 0,
        color: tokens.shadow,
    };
    visuals.window_shadow = shadow(24, 8);
    visuals.popup_shadow = shadow(12, 4);
    visuals
}
