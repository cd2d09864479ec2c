//! The map's symbology: the only place of map colours and map sizes, light and dark.
//!
//! No official colour or symbol was found for the red line, for water classes or for project categories;
//! all values here are this product's own choices and claim no standard. Sizes are points (1/72 inch on
//! paper, a logical pixel on screen). Deliberately absent: what is drawn where, and the window's own theme.

use super::{Dash, Rgba};
use crate::model::{SiteStatus, WaterClass};

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineStyle {
    pub color: Rgba,
    pub width_pt: f32,
    pub dash: Dash,
}

/// How an area looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AreaStyle {
    pub fill: Rgba,
    pub outline: LineStyle,
}

/// Parallel lines at 45°: the mark of what is only schematic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HatchStyle {
    pub color: Rgba,
    pub spacing_pt: f32,
    pub width_pt: f32,
}

/// How a label looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelStyle {
    pub color: Rgba,
    pub size_pt: f32,
    /// Higher is placed first.
    pub priority: u8,
}

/// How a point symbol looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IconStyle {
    pub color: Rgba,
    pub size_pt: f32,
}

/// The whole symbology of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapStyle {
    pub dark: bool,
    /// Under everything where there is no base map.
    pub background: Rgba,
    /// Over everything outside the district.
    pub mask: Rgba,
    /// Around labels.
    pub halo: Rgba,
    pub red_line: AreaStyle,
    pub red_line_schematic: LineStyle,
    pub red_line_hatch: HatchStyle,
    pub boundary: LineStyle,
    /// The soft band under the district's border.
    pub boundary_band: LineStyle,
    pub river_main: LineStyle,
    pub river: LineStyle,
    pub water: AreaStyle,
    pub reference: AreaStyle,
    pub reference_point: IconStyle,
    pub town: IconStyle,
    pub landmark: IconStyle,
    pub section: IconStyle,
    pub reservoir: IconStyle,
    pub site_size_pt: f32,
    pub cluster: IconStyle,
    pub cluster_ring: Rgba,
    /// The number inside the cluster.
    pub cluster_count: LabelStyle,
    /// Dashed around sections and reservoirs whose place is not surveyed.
    pub uncertain_ring: Rgba,
    /// Soft light under what is selected.
    pub glow: LineStyle,
    /// The circle of a selected site's uncertainty.
    pub precision: AreaStyle,
    pub label_town: LabelStyle,
    pub label_landmark: LabelStyle,
    pub label_river: LabelStyle,
    pub label_section: LabelStyle,
    pub label_reservoir: LabelStyle,
    pub label_site: LabelStyle,
    pub label_cluster: LabelStyle,
    pub label_red_line: LabelStyle,
    pub label_reference: LabelStyle,
}

/// Priority of a label that stands exactly where it is said and is never dropped.
pub const PINNED: u8 = 255;
/// Priority of the selected thing's label.
pub const SELECTED: u8 = 240;

/// A category of 附表一 and its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// The label as printed in 附表一; for the two that the plan's text names but the table does not use,
    /// and for the rest, our own word.
    pub label: &'static str,
    /// The word that recognises it in a category text, also one that is worded a little differently.
    keyword: &'static str,
    color: Rgba,
    color_dark: Rgba,
}

const fn category(
    label: &'static str,
    keyword: &'static str,
    color: (u8, u8, u8),
    color_dark: (u8, u8, u8),
) -> Category {
    Category {
        label,
        keyword,
        color: Rgba::opaque(color.0, color.1, color.2),
        color_dark: Rgba::opaque(color_dark.0, color_dark.1, color_dark.2),
    }
}

/// The nine aspects of the plan's chapter on major projects, in its order, then the rest. The index is
/// [`super::Symbol::Site`]'s; the last one takes every unknown category.
pub const CATEGORIES: [Category; 10] = [
    category("绿色低碳发展项目", "绿色低碳", (74, 143, 60), (96, 170, 80)),
    category("大气污染防治项目", "大气", (92, 124, 158), (120, 154, 190)),
    category(
        "水生态环境治理和保护项目",
        "水生态",
        (24, 116, 184),
        (56, 146, 214),
    ),
    category(
        "土壤污染防治项目工程",
        "土壤",
        (150, 98, 50),
        (184, 128, 76),
    ),
    category(
        "固体废物污染防治项目",
        "固体废物",
        (122, 98, 120),
        (154, 128, 152),
    ),
    category(
        "自然生态保护与修复项目",
        "自然生态",
        (20, 118, 100),
        (40, 150, 128),
    ),
    category(
        "生态文明建设项目",
        "生态文明",
        (168, 78, 128),
        (196, 106, 156),
    ),
    category(
        "生态环境风险防范与应急管理项目",
        "风险",
        (194, 82, 38),
        (220, 108, 62),
    ),
    category("能力提升建设项目", "能力", (88, 82, 162), (122, 116, 198)),
    category("其他项目", "", (104, 108, 116), (136, 140, 148)),
];

/// The index of a category text in [`CATEGORIES`].
pub fn category_index(text: &str) -> usize {
    CATEGORIES
        .iter()
        .position(|category| text.contains(category.keyword))
        .unwrap_or(CATEGORIES.len() - 1)
}

const fn line(color: Rgba, width_pt: f32, dash: Dash) -> LineStyle {
    LineStyle {
        color,
        width_pt,
        dash,
    }
}

const fn label(color: Rgba, size_pt: f32, priority: u8) -> LabelStyle {
    LabelStyle {
        color,
        size_pt,
        priority,
    }
}

const fn icon(color: Rgba, size_pt: f32) -> IconStyle {
    IconStyle { color, size_pt }
}

const WHITE: Rgba = Rgba::opaque(255, 255, 255);
const SCHEMATIC_DASH: Dash = Dash::Dashed { on: 4.5, off: 2.5 };
const BORDER_DASH: Dash = Dash::DashDot { on: 8.0, off: 2.6 };

impl MapStyle {
    /// For paper and for the light window.
    pub const fn light() -> Self {
        let red = Rgba::opaque(200, 16, 46);
        let water_ink = Rgba::opaque(28, 92, 150);
        let dark_ink = Rgba::opaque(48, 50, 56);
        Self {
            dark: false,
            background: Rgba::opaque(246, 243, 234),
            mask: WHITE.with_alpha(140),
            halo: WHITE.with_alpha(235),
            red_line: AreaStyle {
                fill: red.with_alpha(46),
                outline: line(red, 1.4, Dash::Solid),
            },
            red_line_schematic: line(red, 1.2, SCHEMATIC_DASH),
            red_line_hatch: HatchStyle {
                color: red.with_alpha(150),
                spacing_pt: 4.0,
                width_pt: 0.5,
            },
            boundary: line(Rgba::opaque(66, 58, 76), 1.3, BORDER_DASH),
            boundary_band: line(Rgba::opaque(140, 112, 168).with_alpha(56), 5.0, Dash::Solid),
            river_main: line(Rgba::opaque(96, 162, 214), 2.6, Dash::Solid),
            river: line(Rgba::opaque(96, 162, 214), 1.2, Dash::Solid),
            water: AreaStyle {
                fill: Rgba::opaque(176, 212, 238),
                outline: line(Rgba::opaque(72, 140, 196), 0.8, Dash::Solid),
            },
            reference: AreaStyle {
                fill: Rgba::opaque(120, 124, 132).with_alpha(36),
                outline: line(Rgba::opaque(104, 108, 116), 0.8, Dash::Solid),
            },
            reference_point: icon(Rgba::opaque(104, 108, 116), 6.0),
            town: icon(Rgba::opaque(92, 94, 100), 7.0),
            landmark: icon(Rgba::opaque(142, 98, 40), 9.0),
            section: icon(dark_ink, 15.0),
            reservoir: icon(Rgba::opaque(36, 110, 176), 14.0),
            site_size_pt: 20.0,
            cluster: icon(Rgba::opaque(52, 62, 82), 34.0),
            cluster_ring: Rgba::opaque(150, 160, 178),
            cluster_count: label(WHITE, 12.5, PINNED),
            uncertain_ring: dark_ink.with_alpha(200),
            glow: line(Rgba::opaque(255, 190, 0).with_alpha(130), 5.0, Dash::Solid),
            precision: AreaStyle {
                fill: Rgba::opaque(255, 190, 0).with_alpha(12),
                outline: line(
                    Rgba::opaque(176, 120, 0),
                    0.8,
                    Dash::Dashed { on: 3.0, off: 3.0 },
                ),
            },
            label_town: label(Rgba::opaque(58, 60, 66), 9.5, 150),
            label_landmark: label(Rgba::opaque(110, 74, 26), 8.5, 120),
            label_river: label(water_ink, 10.0, 160),
            label_section: label(dark_ink, 8.5, 170),
            label_reservoir: label(water_ink, 8.5, 110),
            label_site: label(Rgba::opaque(30, 32, 38), 8.5, 100),
            label_cluster: label(Rgba::opaque(40, 48, 66), 10.0, 230),
            label_red_line: label(Rgba::opaque(158, 14, 38), 8.5, 90),
            label_reference: label(Rgba::opaque(88, 92, 100), 8.0, 40),
        }
    }

    /// For the dark window. Paper is always light.
    pub const fn dark() -> Self {
        let red = Rgba::opaque(255, 92, 108);
        let water_ink = Rgba::opaque(146, 200, 242);
        let light_ink = Rgba::opaque(226, 230, 236);
        let base = Self::light();
        Self {
            dark: true,
            background: Rgba::opaque(38, 42, 48),
            mask: Rgba::opaque(14, 16, 20).with_alpha(140),
            halo: Rgba::opaque(22, 25, 30).with_alpha(235),
            red_line: AreaStyle {
                fill: red.with_alpha(52),
                outline: line(red, 1.4, Dash::Solid),
            },
            red_line_schematic: line(red, 1.2, SCHEMATIC_DASH),
            red_line_hatch: HatchStyle {
                color: red.with_alpha(160),
                spacing_pt: 4.0,
                width_pt: 0.5,
            },
            boundary: line(Rgba::opaque(206, 196, 222), 1.3, BORDER_DASH),
            boundary_band: line(Rgba::opaque(168, 140, 198).with_alpha(60), 5.0, Dash::Solid),
            river_main: line(Rgba::opaque(70, 130, 182), 2.6, Dash::Solid),
            river: line(Rgba::opaque(70, 130, 182), 1.2, Dash::Solid),
            water: AreaStyle {
                fill: Rgba::opaque(40, 78, 112),
                outline: line(Rgba::opaque(86, 150, 204), 0.8, Dash::Solid),
            },
            reference: AreaStyle {
                fill: Rgba::opaque(160, 166, 176).with_alpha(36),
                outline: line(Rgba::opaque(160, 166, 176), 0.8, Dash::Solid),
            },
            reference_point: icon(Rgba::opaque(160, 166, 176), 6.0),
            town: icon(Rgba::opaque(190, 194, 202), 7.0),
            landmark: icon(Rgba::opaque(222, 176, 104), 9.0),
            section: icon(light_ink, 15.0),
            reservoir: icon(Rgba::opaque(96, 168, 226), 14.0),
            cluster: icon(Rgba::opaque(96, 110, 138), 34.0),
            cluster_ring: Rgba::opaque(188, 198, 216),
            uncertain_ring: light_ink.with_alpha(200),
            glow: line(Rgba::opaque(255, 206, 60).with_alpha(130), 5.0, Dash::Solid),
            precision: AreaStyle {
                fill: Rgba::opaque(255, 206, 60).with_alpha(12),
                outline: line(
                    Rgba::opaque(255, 206, 60),
                    0.8,
                    Dash::Dashed { on: 3.0, off: 3.0 },
                ),
            },
            label_town: label(Rgba::opaque(214, 218, 224), 9.5, base.label_town.priority),
            label_landmark: label(
                Rgba::opaque(236, 200, 146),
                8.5,
                base.label_landmark.priority,
            ),
            label_river: label(water_ink, 10.0, base.label_river.priority),
            label_section: label(light_ink, 8.5, base.label_section.priority),
            label_reservoir: label(water_ink, 8.5, base.label_reservoir.priority),
            label_site: label(light_ink, 8.5, base.label_site.priority),
            label_cluster: label(light_ink, 10.0, base.label_cluster.priority),
            label_red_line: label(
                Rgba::opaque(255, 150, 160),
                8.5,
                base.label_red_line.priority,
            ),
            label_reference: label(
                Rgba::opaque(186, 190, 198),
                8.0,
                base.label_reference.priority,
            ),
            ..base
        }
    }

    /// With reference layers in another colour: what is only previewed must stand out.
    #[must_use]
    pub const fn with_reference_color(mut self, color: Rgba) -> Self {
        self.reference.fill = color.with_alpha(64);
        self.reference.outline.color = color;
        self.reference.outline.width_pt = 1.1;
        self.reference.outline.dash = Dash::Solid;
        self.reference_point.color = color;
        self
    }

    /// Body colour of a site's icon; `category` is [`category_index`]'s.
    pub fn category_color(&self, category: usize) -> Rgba {
        let entry = CATEGORIES.get(category).or(CATEGORIES.last());
        entry.map_or(self.reference_point.color, |entry| {
            if self.dark {
                entry.color_dark
            } else {
                entry.color
            }
        })
    }

    /// Ring colour of a site. The hues of Okabe and Ito, told apart by colour-blind readers too; the word
    /// always stands beside it in lists and legends.
    pub const fn status_color(&self, status: SiteStatus) -> Rgba {
        match status {
            SiteStatus::Conceived => Rgba::opaque(160, 165, 172),
            SiteStatus::Preparing => Rgba::opaque(86, 180, 233),
            SiteStatus::NotStarted => Rgba::opaque(240, 220, 50),
            SiteStatus::UnderConstruction => Rgba::opaque(230, 159, 0),
            SiteStatus::Suspended => Rgba::opaque(204, 102, 160),
            SiteStatus::Completed => Rgba::opaque(0, 114, 178),
            SiteStatus::Accepted => Rgba::opaque(0, 158, 115),
            SiteStatus::Terminated if self.dark => Rgba::opaque(244, 244, 244),
            SiteStatus::Terminated => Rgba::opaque(34, 34, 38),
        }
    }

    /// Colour of a section by its class: better water bluer, worse redder; grey where nothing is known.
    /// The order blue, green, yellow, orange, red is customary; the exact values are ours.
    pub const fn water_class_color(&self, class: Option<WaterClass>) -> Rgba {
        match class {
            Some(WaterClass::I | WaterClass::Ii) => Rgba::opaque(47, 128, 208),
            Some(WaterClass::Iii) => Rgba::opaque(46, 158, 91),
            Some(WaterClass::Iv) => Rgba::opaque(232, 194, 26),
            Some(WaterClass::V) => Rgba::opaque(240, 134, 36),
            Some(WaterClass::WorseThanV) => Rgba::opaque(212, 36, 58),
            None => Rgba::opaque(140, 145, 154),
        }
    }

    /// A schematic red line: half the tone, for the hatching carries the rest.
    pub const fn red_line_schematic_area(&self) -> AreaStyle {
        AreaStyle {
            fill: self.red_line.fill.with_alpha(self.red_line.fill.a / 2),
            outline: self.red_line_schematic,
        }
    }

    /// The hatching of anything schematic, in its own colour.
    pub const fn hatch_in(&self, color: Rgba) -> HatchStyle {
        HatchStyle {
            color: color.with_alpha(self.red_line_hatch.color.a),
            ..self.red_line_hatch
        }
    }

    /// 三江 wide, all other rivers narrow.
    pub fn river_line(&self, name: &str) -> LineStyle {
        if is_main_river(name) {
            self.river_main
        } else {
            self.river
        }
    }
}

/// One of 三江, or a stretch of it.
pub fn is_main_river(name: &str) -> bool {
    MAIN_RIVERS.iter().any(|main| name.starts_with(main))
}

/// 三江, as the plan names them.
const MAIN_RIVERS: [&str; 3] = ["岷江", "大渡河", "青衣江"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_categories_are_told_apart_and_unknown_ones_take_the_last() {
        let printed = CATEGORIES.map(|category| category.label);
        for (index, label) in printed.iter().enumerate() {
            assert_eq!(category_index(label), index, "{label}");
        }
        assert_eq!(category_index("完全不同的类别"), CATEGORIES.len() - 1);
        assert_eq!(category_index("大气污染防治工程"), 1);
    }

    #[test]
    fn no_two_statuses_and_no_two_categories_share_a_colour() {
        for style in [MapStyle::light(), MapStyle::dark()] {
            let statuses = SiteStatus::ALL.map(|status| style.status_color(status));
            let categories: Vec<Rgba> = (0..CATEGORIES.len())
                .map(|index| style.category_color(index))
                .collect();
            for colors in [&statuses[..], &categories[..]] {
                for (i, a) in colors.iter().enumerate() {
                    assert!(colors[i + 1..].iter().all(|b| a != b), "{a:?}");
                }
            }
        }
    }

    #[test]
    fn category_bodies_are_dark_enough_for_a_white_glyph() {
        // WCAG asks for 3:1 between a graphic and its ground.
        let channel = |value: u8| {
            let v = f64::from(value) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        let style = MapStyle::light();
        for (index, category) in CATEGORIES.iter().enumerate() {
            let Rgba { r, g, b, .. } = style.category_color(index);
            let luminance = 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
            assert!(1.05 / (luminance + 0.05) >= 3.0, "{}", category.label);
        }
    }
}
