//! Surface-water quality classes of GB 3838-2002.

/// 水质类别, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WaterClass {
    I,
    Ii,
    Iii,
    Iv,
    V,
    /// 劣Ⅴ类
    WorseThanV,
}

impl WaterClass {
    pub const ALL: [Self; 6] = [
        Self::I,
        Self::Ii,
        Self::Iii,
        Self::Iv,
        Self::V,
        Self::WorseThanV,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::I => "Ⅰ",
            Self::Ii => "Ⅱ",
            Self::Iii => "Ⅲ",
            Self::Iv => "Ⅳ",
            Self::V => "Ⅴ",
            Self::WorseThanV => "劣Ⅴ",
        }
    }

    /// Reads `Ⅲ`, `Ⅲ类`, `III`, `劣Ⅴ类`. `None` for ranges such as `Ⅱ–Ⅲ` and for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().trim_end_matches('类') {
            "Ⅰ" | "I" => Some(Self::I),
            "Ⅱ" | "II" => Some(Self::Ii),
            "Ⅲ" | "III" => Some(Self::Iii),
            "Ⅳ" | "IV" => Some(Self::Iv),
            "Ⅴ" | "V" => Some(Self::V),
            "劣Ⅴ" | "劣V" => Some(Self::WorseThanV),
            _ => None,
        }
    }
}
