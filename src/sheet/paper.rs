//! Paper and lengths on it: millimetres from the page's top left corner, y down.
//! Deliberately absent: what is printed where (`layout`), PDF types.

use crate::scene::DeviceRect;

/// Points (1/72 inch) in a millimetre.
pub(super) const PT_PER_MM: f64 = 72.0 / 25.4;

/// 纸张, ISO 216.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Paper {
    A4,
    A3,
}

impl Paper {
    pub const ALL: [Self; 2] = [Self::A4, Self::A3];

    pub const fn label(self) -> &'static str {
        match self {
            Self::A4 => "A4",
            Self::A3 => "A3",
        }
    }

    /// Reads `A4`, `a3`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|paper| paper.label().eq_ignore_ascii_case(text.trim()))
    }

    /// Short and long side, mm.
    const fn sides_mm(self) -> (f64, f64) {
        match self {
            Self::A4 => (210.0, 297.0),
            Self::A3 => (297.0, 420.0),
        }
    }
}

/// 纸张方向.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Orientation {
    Portrait,
    Landscape,
}

impl Orientation {
    pub const ALL: [Self; 2] = [Self::Landscape, Self::Portrait];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Portrait => "纵向",
            Self::Landscape => "横向",
        }
    }

    /// Reads `portrait`, `landscape`, `纵向`, `横向`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "portrait" | "纵向" => Some(Self::Portrait),
            "landscape" | "横向" => Some(Self::Landscape),
            _ => None,
        }
    }
}

/// A rectangle on the page, mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PaperRect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl PaperRect {
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// The whole page.
    pub(super) const fn page(paper: Paper, orientation: Orientation) -> Self {
        let (short, long) = paper.sides_mm();
        match orientation {
            Orientation::Portrait => Self::new(0.0, 0.0, short, long),
            Orientation::Landscape => Self::new(0.0, 0.0, long, short),
        }
    }

    pub fn right(self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(self) -> f64 {
        self.y + self.height
    }

    pub fn center(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Smaller by `by` on every side.
    #[must_use]
    pub fn inset(self, by: f64) -> Self {
        Self::new(
            self.x + by,
            self.y + by,
            self.width - 2.0 * by,
            self.height - 2.0 * by,
        )
    }

    /// The same rectangle in page points.
    pub(super) fn to_device(self) -> DeviceRect {
        DeviceRect::from_size(
            self.x * PT_PER_MM,
            self.y * PT_PER_MM,
            self.width * PT_PER_MM,
            self.height * PT_PER_MM,
        )
    }

    pub fn contains(self, x: f64, y: f64) -> bool {
        (self.x..=self.right()).contains(&x) && (self.y..=self.bottom()).contains(&y)
    }
}
