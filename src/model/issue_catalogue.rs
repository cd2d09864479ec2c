//! Every kind of problem a file can have, in words: what it is and what to do about it.
//!
//! The console prints this list as documentation. Must not know where a problem was met.

use super::IssueCode;

impl IssueCode {
    /// In the order of the list.
    pub const ALL: [Self; 41] = [
        Self::ByteOrderMark,
        Self::Reencoded,
        Self::BadText,
        Self::EncodingContradicted,
        Self::CrsGuessed,
        Self::CrsContradicted,
        Self::DatumApproximate,
        Self::AxesSwapped,
        Self::WrongZoneSuspected,
        Self::OffsetSuspected,
        Self::Truncated,
        Self::TrailingData,
        Self::OtherLayers,
        Self::MissingPart,
        Self::CountsDiffer,
        Self::LinkIgnored,
        Self::EntitySkipped,
        Self::HeaderMissing,
        Self::NotAFeature,
        Self::UnknownGeometryType,
        Self::BadCoordinates,
        Self::NoGeometry,
        Self::HeightsDropped,
        Self::CurveFlattened,
        Self::OutsideDistrict,
        Self::OutOfRange,
        Self::TooFewPoints,
        Self::UnclosedRing,
        Self::DuplicateVertices,
        Self::Spike,
        Self::SelfIntersection,
        Self::OverlappingParts,
        Self::HoleOutside,
        Self::WrongOrientation,
        Self::ZeroArea,
        Self::DuplicateKey,
        Self::FieldNameCut,
        Self::BadValue,
        Self::RowDeleted,
        Self::AreaDiffers,
        Self::PlanTotalDiffers,
    ];

    /// The stable key of `--json`.
    pub const fn code(self) -> &'static str {
        self.entry().0
    }

    /// What it is, without the case at hand.
    pub const fn sentence(self) -> &'static str {
        self.entry().1
    }

    /// What the user can do about it.
    pub const fn remedy(self) -> &'static str {
        self.entry().2
    }

    #[expect(clippy::too_many_lines, reason = "a table")]
    const fn entry(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ByteOrderMark => (
                "byte_order_mark",
                "文件以字节顺序标记（BOM）开头，已跳过",
                "无需处理",
            ),
            Self::Reencoded => (
                "reencoded",
                "文字不是 UTF-8 编码，已按判定的编码转换",
                "核对名称；若有乱码，导入时指定编码（--encoding）",
            ),
            Self::BadText => (
                "bad_text",
                "部分文字无法解码，已用替代符号代替",
                "导入时指定编码，或从源数据重新导出",
            ),
            Self::EncodingContradicted => (
                "encoding_contradicted",
                "声明的文字编码与内容不符，已按内容判定",
                "核对名称；若有乱码，导入时指定编码（--encoding）",
            ),
            Self::CrsGuessed => (
                "crs_guessed",
                "文件未声明坐标系，已按数值判定",
                "核对地图上的位置；不对时导入时指定坐标系（--crs）",
            ),
            Self::CrsContradicted => (
                "crs_contradicted",
                "声明的坐标系与数值不符，已按数值判定",
                "核对地图上的位置；不对时导入时指定坐标系（--crs）",
            ),
            Self::DatumApproximate => (
                "datum_approximate",
                "原坐标系没有公开的转换参数，已近似读取",
                "只作概略参考；精确使用请由测绘部门转换为 CGCS2000 后再导入",
            ),
            Self::AxesSwapped => (
                "axes_swapped",
                "坐标按北、东顺序排列，已对调",
                "核对地图上的位置",
            ),
            Self::WrongZoneSuspected => (
                "wrong_zone_suspected",
                "位置与本区相差约一个投影带",
                "核对带号与中央经线；导入时指定坐标系（--crs）",
            ),
            Self::OffsetSuspected => (
                "offset_suspected",
                "位置与区界相差约 GCJ-02 或 BD-09 的偏移量，疑似取自互联网地图",
                "向提供方索取 CGCS2000 或 WGS84 坐标的原始数据",
            ),
            Self::Truncated => (
                "truncated",
                "文件不完整，在此处中断",
                "从提供方重新获取完整文件",
            ),
            Self::TrailingData => (
                "trailing_data",
                "文件末尾有多余内容",
                "一般无需处理；内容有用时请单独保存",
            ),
            Self::OtherLayers => (
                "other_layers",
                "文件中还有其他图层未读取",
                "用 --layer 指定图层名，逐个导入",
            ),
            Self::MissingPart => (
                "missing_part",
                "缺少配套文件，或配套文件已损坏",
                "与 .shp 同名的 .dbf、.shx、.prj 应放在同一文件夹，一并获取",
            ),
            Self::CountsDiffer => (
                "counts_differ",
                "文件中的数目前后不一致",
                "核对要素是否齐全；必要时重新导出",
            ),
            Self::LinkIgnored => (
                "link_ignored",
                "含有外部链接，出于安全未打开",
                "需要链接的内容时，请另行下载后导入",
            ),
            Self::EntitySkipped => (
                "entity_skipped",
                "含有不是地图要素的内容，未导入",
                "一般无需处理；需要时在原软件中转换为线或多段线",
            ),
            Self::HeaderMissing => (
                "header_missing",
                "缺少表头或表头不全，已按内容判断",
                "核对各列含义；必要时补上表头",
            ),
            Self::NotAFeature => (
                "not_a_feature",
                "不是要素，或缺少要素应有的内容",
                "在原软件中检查该要素后重新导出",
            ),
            Self::UnknownGeometryType => (
                "unknown_geometry_type",
                "图形类型无法识别",
                "在原软件中转换为点、线或面后重新导出",
            ),
            Self::BadCoordinates => (
                "bad_coordinates",
                "坐标缺失或写法有误",
                "修改坐标后重新导入",
            ),
            Self::NoGeometry => (
                "no_geometry",
                "没有图形，作为未定位的记录保留",
                "定位后可在地图上显示",
            ),
            Self::HeightsDropped => (
                "heights_dropped",
                "带有 M 值，或高程与点对不上，只保留平面坐标",
                "需要时请在原软件中查看",
            ),
            Self::CurveFlattened => (
                "curve_flattened",
                "圆弧或曲线已用折线近似",
                "面积要求精确时，请在原软件中转换为折线",
            ),
            Self::OutsideDistrict => (
                "outside_district",
                "完全位于本区范围以外",
                "核对坐标系与数据范围",
            ),
            Self::OutOfRange => (
                "out_of_range",
                "坐标不是有限的数，或超出坐标系范围",
                "核对坐标系与坐标数值",
            ),
            Self::TooFewPoints => (
                "too_few_points",
                "点数不足，构不成线或面",
                "补全界址点后重新导入",
            ),
            Self::UnclosedRing => (
                "unclosed_ring",
                "环首尾不相接，已闭合",
                "核对最后一条边是否正确",
            ),
            Self::DuplicateVertices => ("duplicate_vertices", "有重复的点，已删除", "无需处理"),
            Self::Spike => (
                "spike",
                "边界有尖刺（沿同一条线往返），已删除",
                "核对删除处是否应有图形",
            ),
            Self::SelfIntersection => (
                "self_intersection",
                "边界自相交，面积可能不准",
                "在原软件中修复该处后重新导入",
            ),
            Self::OverlappingParts => (
                "overlapping_parts",
                "各部分互相重叠，重叠处的面积重复计算",
                "在原软件中合并各部分后重新导入",
            ),
            Self::HoleOutside => (
                "hole_outside",
                "洞在外环之外",
                "确认是洞还是另一块，修改后重新导入",
            ),
            Self::WrongOrientation => (
                "wrong_orientation",
                "环的方向与内外环不符，已按位置判定内外",
                "无需处理",
            ),
            Self::ZeroArea => ("zero_area", "面的面积为零", "核对界址点是否重合或共线"),
            Self::DuplicateKey => (
                "duplicate_key",
                "名称重复",
                "核对该列的值；必要时改名后重新导出",
            ),
            Self::FieldNameCut => ("field_name_cut", "列名缺失或被截断", "导入后可改名"),
            Self::BadValue => ("bad_value", "值与列的类型不符", "核对该值"),
            Self::RowDeleted => (
                "row_deleted",
                "已标记为删除的记录，未导入",
                "需要时在原软件中恢复该记录",
            ),
            Self::AreaDiffers => (
                "area_differs",
                "面积列与按图形计算的椭球面积相差超过 0.1 %",
                "核对面积的单位、坐标系和计算方法",
            ),
            Self::PlanTotalDiffers => (
                "plan_total_differs",
                "总面积与规划数不一致",
                "确认是否为同一版本的红线数据",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once_under_the_key_that_json_uses() {
        for (place, code) in IssueCode::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
            assert_eq!(code as usize, place, "in the order of the enum");
        }
        // serde names every variant it knows in quotes, and first the one it does not.
        let unknown = serde_json::from_str::<IssueCode>("\"x\"").unwrap_err();
        let known = unknown.to_string().matches('`').count() / 2 - 1;
        assert_eq!(known, IssueCode::ALL.len());
        let texts = |code: IssueCode| [code.sentence(), code.remedy()];
        assert!(
            IssueCode::ALL
                .into_iter()
                .flat_map(texts)
                .all(|text| !text.ends_with('。'))
        );
    }
}
