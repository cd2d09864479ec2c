//! Bytes to text: byte-order marks, UTF-8, UTF-16, and the GBK and GB18030 of Chinese desktop programs.
//!
//! Must not know any file format.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::issue_log::IssueLog;
use super::raw::NotRead;
use crate::model::{Action, IssueCode};

/// Who decides what the bytes mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EncodingChoice {
    /// The bytes themselves.
    #[default]
    Auto,
    /// The user: any name of the WHATWG Encoding Standard, such as `gbk`, `gb18030`, `big5`, `utf-16le`.
    Named(String),
}

/// Nobody knows an encoding of this name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnknownEncoding(pub(super) String);

/// Text, and how it was come by.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: &'static Encoding,
    pub(super) had_mark: bool,
    /// How many places could not be decoded and hold U+FFFD now.
    pub(super) bad_places: usize,
    pub(super) how: How,
}

/// How an encoding was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Named,
    /// By the byte-order mark.
    Mark,
    /// By the bytes themselves.
    Bytes,
}

impl How {
    /// As a clause.
    pub(super) fn clause(self, encoding: &'static Encoding) -> &'static str {
        match self {
            Self::Named => "由用户指定",
            Self::Mark => "文件以字节顺序标记（BOM）开头",
            Self::Bytes if encoding == UTF_8 => "全部内容符合 UTF-8 的规则",
            Self::Bytes if encoding == UTF_16LE || encoding == UTF_16BE => {
                "没有 BOM，按间隔出现的零字节判定"
            }
            Self::Bytes => "内容不是 UTF-8，按字频判定",
        }
    }
}

impl Decoded<'_> {
    pub(super) fn reason(&self) -> String {
        if self.bad_places > 0 && self.how == How::Bytes {
            return "大部分内容符合这种编码，个别字节有误".to_owned();
        }
        self.how.clause(self.encoding).to_owned()
    }

    /// As people write it; the standard's own name of GB 18030 is in small letters.
    pub(super) fn name(&self) -> &'static str {
        if self.encoding == GB18030 {
            "GB18030"
        } else {
            self.encoding.name()
        }
    }
}

pub(super) fn decode<'a>(
    bytes: &'a [u8],
    choice: &EncodingChoice,
) -> Result<Decoded<'a>, UnknownEncoding> {
    let marked = Encoding::for_bom(bytes);
    let body = bytes
        .get(marked.map_or(0, |(_, len)| len)..)
        .unwrap_or_default();
    let (encoding, how) = match (choice, marked) {
        (EncodingChoice::Named(name), _) => {
            let named = Encoding::for_label(name.trim().as_bytes());
            (
                named.ok_or_else(|| UnknownEncoding(name.clone()))?,
                How::Named,
            )
        }
        (EncodingChoice::Auto, Some((encoding, _))) => (encoding, How::Mark),
        (EncodingChoice::Auto, None) => (detect(body), How::Bytes),
    };
    // GB18030 holds all of GBK and more.
    let encoding = if encoding == GBK { GB18030 } else { encoding };
    let (text, had_errors) = encoding.decode_without_bom_handling(body);
    let bad_places = if had_errors {
        text.matches(char::REPLACEMENT_CHARACTER).count()
    } else {
        0
    };
    Ok(Decoded {
        text,
        encoding,
        had_mark: marked.is_some(),
        bad_places,
        how,
    })
}

/// [`decode`] for readers: a text that needed decoding, or could not be decoded everywhere, is reported.
pub(super) fn decode_reported<'a>(
    bytes: &'a [u8],
    choice: &EncodingChoice,
    log: &mut IssueLog,
) -> Result<Decoded<'a>, NotRead> {
    let decoded =
        decode(bytes, choice).map_err(|UnknownEncoding(name)| NotRead::UnknownEncoding(name))?;
    let encoding = decoded.name();
    if encoding != "UTF-8" {
        log.file(
            IssueCode::Reencoded,
            Action::Kept,
            format!("文字编码为 {encoding}，已转换为 UTF-8"),
        );
    } else if decoded.had_mark {
        log.file(
            IssueCode::ByteOrderMark,
            Action::Kept,
            "文件以字节顺序标记（BOM）开头，已跳过",
        );
    }
    if decoded.bad_places > 0 {
        log.file(
            IssueCode::BadText,
            Action::Repaired,
            format!(
                "{} 处文字无法按 {encoding} 解码，已用“\u{fffd}”代替；可在导入时指定编码",
                decoded.bad_places
            ),
        );
    }
    Ok(decoded)
}

/// What bytes without a mark are most likely to mean.
pub(super) fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some(wide) = wide_by_its_zeros(bytes) {
        return wide;
    }
    let Err(first_error) = std::str::from_utf8(bytes) else {
        return UTF_8;
    };
    // Cut inside a character at the very end, or a stray byte among much good UTF-8: still UTF-8.
    if first_error.error_len().is_none() || mostly_utf8(bytes) {
        return UTF_8;
    }
    // A short text gives a statistical detector little to go by, and the files here come from Chinese
    // offices: GB18030, unless it reads as Big5 without a fault and with much commoner characters.
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let statistics = detector.guess(Some(b"cn"), Utf8Detection::Deny) == BIG5;
    let clean = BIG5
        .decode_without_bom_handling_and_without_replacement(bytes)
        .is_some();
    if clean && (statistics || reads_better_as_big5(bytes)) {
        BIG5
    } else {
        GB18030
    }
}

/// Digits, commas and line ends are every other byte a zero in UTF-16; other text has no zeros.
fn wide_by_its_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut even, mut odd, mut pairs) = (0_usize, 0_usize, 0_usize);
    for pair in bytes.chunks_exact(2) {
        even += usize::from(pair.first() == Some(&0));
        odd += usize::from(pair.last() == Some(&0));
        pairs += 1;
    }
    let wide = |zeros: usize, others: usize| zeros * 20 > pairs && zeros > others * 8;
    if wide(odd, even) {
        Some(UTF_16LE)
    } else if wide(even, odd) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Both encodings keep their everyday characters in one block. Text in one of them, read as the other,
/// falls outside that block every second or third time.
fn reads_better_as_big5(bytes: &[u8]) -> bool {
    let everyday_gb =
        |lead: u8, trail: u8| trail >= 0xA1 && matches!(lead, 0xA1..=0xA3 | 0xB0..=0xD7);
    let everyday_big5 = |lead: u8, _| matches!(lead, 0xA1..=0xC6);
    let (gb, big5) = (share(bytes, everyday_gb), share(bytes, everyday_big5));
    big5 > gb + 0.2
}

/// How many of the two-byte characters are in a block; none where there are too few to tell.
fn share(bytes: &[u8], in_block: impl Fn(u8, u8) -> bool) -> f64 {
    let (mut inside, mut all) = (0_u32, 0_u32);
    let mut rest = bytes;
    while let [lead, after @ ..] = rest {
        rest = after;
        if let (0x81.., [trail, after @ ..]) = (lead, after) {
            rest = after;
            all += 1;
            inside += u32::from(in_block(*lead, *trail));
        }
    }
    if all < 4 {
        return 0.0;
    }
    f64::from(inside) / f64::from(all)
}

/// Are there more good multi-byte characters than bad places? In GBK text read as UTF-8, one in ten at most.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(bytes: &[u8]) -> (String, &'static str, usize) {
        let decoded = decode(bytes, &EncodingChoice::Auto).unwrap();
        let (name, bad_places) = (decoded.name(), decoded.bad_places);
        (decoded.text.into_owned(), name, bad_places)
    }

    #[test]
    fn a_two_character_gbk_name_is_read_as_gb18030() {
        let (bytes, _, _) = GB18030.encode("{\"HXMC\":\"岷江\"}");
        assert_eq!(
            auto(&bytes),
            ("{\"HXMC\":\"岷江\"}".to_owned(), "GB18030", 0)
        );
    }

    #[test]
    fn traditional_text_is_big5_and_simplified_text_is_not() {
        for text in ["樂山市市中區生態保護紅線", "岷江左岸濕地公園"] {
            let (bytes, _, _) = BIG5.encode(text);
            assert_eq!(auto(&bytes), (text.to_owned(), "Big5", 0));
        }
        for text in [
            "乐山市市中区生态保护红线",
            "岷江左岸湿地公园",
            "漹水镇",
            "沐川县茨竹乡岷江右岸",
        ] {
            let (bytes, _, _) = GB18030.encode(text);
            assert_eq!(auto(&bytes), (text.to_owned(), "GB18030", 0));
        }
    }

    #[test]
    fn utf8_with_a_wound_stays_utf8() {
        let mut bytes = "乐山市市中区生态保护红线".as_bytes().to_vec();
        bytes.truncate(bytes.len() - 1);
        assert_eq!(auto(&bytes).1, "UTF-8");
        bytes[4] = 0xFF;
        let (text, encoding, bad) = auto(&bytes);
        assert!(
            encoding == "UTF-8" && bad > 0 && text.starts_with('乐'),
            "{text}"
        );
    }

    #[test]
    fn utf16_is_known_with_and_without_its_mark() {
        let little: Vec<u8> = "{\"名\":1}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(auto(&little).1, "UTF-16LE");
        assert_eq!(auto(&[&[0xFF, 0xFE], &little[..]].concat()).0, "{\"名\":1}");
        let table = "名称,东坐标\n岷江,35384841\n";
        for (to_bytes, name) in [
            (u16::to_le_bytes as fn(u16) -> [u8; 2], "UTF-16LE"),
            (u16::to_be_bytes, "UTF-16BE"),
        ] {
            let bytes: Vec<u8> = table.encode_utf16().flat_map(to_bytes).collect();
            assert_eq!(auto(&bytes), (table.to_owned(), name, 0));
        }
    }

    #[test]
    fn the_user_has_the_last_word_and_is_told_of_a_name_nobody_knows() {
        let named = |name: &str| decode(b"\xA4\xA4", &EncodingChoice::Named(name.to_owned()));
        assert_eq!(named("big5").unwrap().text, "中");
        assert_eq!(
            named("gbk2").unwrap_err(),
            UnknownEncoding("gbk2".to_owned())
        );
    }
}
