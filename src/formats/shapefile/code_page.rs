//! Which encoding is a table's text in? A `.cpg` file says, a byte in the table says, and both may lie.
//!
//! Must not know a table's layout.

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, WINDOWS_1252};

use crate::formats::EncodingChoice;
use crate::formats::encoding;
use crate::formats::raw::NotRead;

#[derive(Debug)]
pub(super) struct Decided {
    pub(super) encoding: &'static Encoding,
    pub(super) grounds: Grounds,
    /// What makes it certain, as a clause.
    said: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Grounds {
    /// The user's choice, or a declaration that the text bears out, or text that is the same in all.
    Certain,
    /// Nothing is declared: as the text itself looks.
    Text,
    /// What is declared does not fit the text.
    Contradicted(String),
}

impl Decided {
    /// How it was found out, as a clause.
    pub(super) fn reason(&self) -> String {
        match &self.grounds {
            Grounds::Certain => self.said.clone(),
            Grounds::Text => "属性表没有声明编码，按内容判断".to_owned(),
            Grounds::Contradicted(said) => format!("{said}，与文字不符，按内容判断"),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        if self.encoding == GB18030 {
            "GB18030"
        } else {
            self.encoding.name()
        }
    }
}

/// `sample`: the table's text that is not ASCII.
pub(super) fn decide(
    code_page_file: Option<&[u8]>,
    language: u8,
    sample: &[u8],
    choice: &EncodingChoice,
) -> Result<Decided, NotRead> {
    if let EncodingChoice::Named(name) = choice {
        let encoding = Encoding::for_label(name.trim().as_bytes())
            .ok_or_else(|| NotRead::UnknownEncoding(name.clone()))?;
        return Ok(Decided {
            encoding: all_of(encoding),
            grounds: Grounds::Certain,
            said: "由用户指定".to_owned(),
        });
    }
    let label = code_page_file.map(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
            .to_owned()
    });
    let declared: Vec<(String, &'static Encoding)> = [
        label.and_then(|label| Some((format!(".cpg 声明 {label}"), of_label(&label)?))),
        of_language(language).map(|encoding| {
            let said = format!("表头声明 {}", encoding.name());
            (said, encoding)
        }),
    ]
    .into_iter()
    .flatten()
    .collect();

    let first = declared.first().map(|(_, encoding)| *encoding);
    if sample.is_ascii() {
        // A table in plain ASCII is the same in all of them.
        return Ok(Decided {
            encoding: first.unwrap_or(UTF_8),
            grounds: Grounds::Certain,
            said: "属性全是 ASCII 字符，各种编码相同".to_owned(),
        });
    }
    let looks = looks_like(sample);
    if let Some((place, (claim, encoding))) =
        (declared.iter().enumerate()).find(|(_, (_, encoding))| fits(encoding, looks, sample))
    {
        let grounds = match (place, declared.first()) {
            (0, _) | (_, None) => Grounds::Certain,
            (_, Some((said, _))) => Grounds::Contradicted(said.clone()),
        };
        return Ok(Decided {
            encoding,
            grounds,
            said: claim.clone(),
        });
    }
    Ok(match declared.first() {
        Some((said, _)) => Decided {
            encoding: looks,
            grounds: Grounds::Contradicted(said.clone()),
            said: String::new(),
        },
        None => Decided {
            encoding: looks,
            grounds: Grounds::Text,
            said: String::new(),
        },
    })
}

/// A column's name may be in another encoding than the values: some programs write all names in the
/// system's own.
pub(super) fn of_name(name: &[u8], values: &'static Encoding) -> &'static Encoding {
    let reads = |encoding: &'static Encoding, name: &[u8]| {
        // A name that fills its place may be cut within a character.
        (0..=2.min(name.len())).any(|cut| {
            name.get(..name.len() - cut).is_some_and(|name| {
                !name.is_empty()
                    && (encoding.decode_without_bom_handling_and_without_replacement(name))
                        .is_some()
            })
        })
    };
    if name.is_ascii() || reads(values, name) {
        values
    } else {
        looks_like(name)
    }
}

/// As the bytes themselves suggest.
fn looks_like(sample: &[u8]) -> &'static Encoding {
    let guess = encoding::detect(sample);
    if guess != UTF_8 || std::str::from_utf8(sample).is_err_and(|err| err.error_len().is_some()) {
        return all_of(guess);
    }
    // Two bytes of GBK can be one letter of Greek or Arabic in UTF-8; no Chinese character is so short.
    let text = String::from_utf8_lossy(sample);
    let reads_as_gbk =
        (GB18030.decode_without_bom_handling_and_without_replacement(sample)).is_some();
    if text.chars().any(is_east_asian) || !reads_as_gbk {
        UTF_8
    } else {
        GB18030
    }
}

const fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..)
}

/// May the text be in what is declared, given what it looks like?
fn fits(declared: &'static Encoding, looks: &'static Encoding, sample: &[u8]) -> bool {
    if declared == looks {
        return true;
    }
    // UTF-8 is never met by chance, and nothing else reads as it.
    if declared == UTF_8 || looks == UTF_8 {
        return false;
    }
    let reads = (declared.decode_without_bom_handling_and_without_replacement(sample)).is_some();
    // Any bytes read as a Western code page. In pairs they are Chinese.
    let is_western = declared.is_single_byte();
    let in_pairs = (sample.chunk_by(|a, b| a.is_ascii() == b.is_ascii()))
        .filter(|run| !run.is_ascii())
        .all(|run| run.len().is_multiple_of(2));
    reads && !(is_western && in_pairs)
}

/// GB18030 holds all of GBK and more.
fn all_of(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == GBK { GB18030 } else { encoding }
}

/// What a `.cpg` file says, in the spellings of ArcGIS, QGIS, GDAL and of Windows.
fn of_label(label: &str) -> Option<&'static Encoding> {
    let lower = label.to_ascii_lowercase();
    let digits: String = lower.chars().filter(char::is_ascii_digit).collect();
    Some(match digits.as_str() {
        "936" | "54936" | "20936" | "18030" | "2312" | "231280" => GB18030,
        "950" => BIG5,
        "65001" => UTF_8,
        "932" => SHIFT_JIS,
        "949" => EUC_KR,
        "1252" | "88591" | "437" | "850" => WINDOWS_1252,
        _ => all_of(Encoding::for_label(lower.as_bytes())?),
    })
}

/// The byte at 29 of a table. 0x57 means "as the computer has it", and so nothing.
const fn of_language(language: u8) -> Option<&'static Encoding> {
    Some(match language {
        0x4D | 0x7A => GB18030,
        0x4F | 0x78 => BIG5,
        0x13 | 0x7B => SHIFT_JIS,
        0x4E | 0x79 => EUC_KR,
        0x01..=0x03 => WINDOWS_1252,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(label: Option<&str>, language: u8, sample: &[u8]) -> (&'static str, Grounds) {
        let label = label.map(str::as_bytes);
        let decided = decide(label, language, sample, &EncodingChoice::Auto).unwrap();
        (decided.name(), decided.grounds)
    }

    fn gbk(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn what_is_declared_counts_only_where_the_text_bears_it_out() {
        use Grounds::{Certain, Contradicted, Text};
        let (river, utf8) = (gbk("岷江左岸\n"), "岷江左岸\n".as_bytes());
        let lied = |said: &str| Contradicted(said.to_owned());
        assert_eq!(decided(Some("GBK"), 0, &river), ("GB18030", Certain));
        assert_eq!(decided(Some("936\r\n"), 0, &river), ("GB18030", Certain));
        assert_eq!(decided(None, 0x4D, &river), ("GB18030", Certain));
        assert_eq!(decided(None, 0x57, &river), ("GB18030", Text));
        assert_eq!(decided(None, 0, utf8), ("UTF-8", Text));
        assert_eq!(
            decided(Some("UTF-8"), 0, &river),
            ("GB18030", lied(".cpg 声明 UTF-8"))
        );
        assert_eq!(
            decided(Some("GBK"), 0x4D, utf8),
            ("UTF-8", lied(".cpg 声明 GBK"))
        );
        assert_eq!(
            decided(Some("UTF-8"), 0x4D, &river),
            ("GB18030", lied(".cpg 声明 UTF-8"))
        );
        assert_eq!(
            decided(Some("ISO-8859-1"), 0, &river),
            ("GB18030", lied(".cpg 声明 ISO-8859-1"))
        );
        let taiwan = BIG5.encode("臺灣河川").0.into_owned();
        assert_eq!(decided(Some("950"), 0, &taiwan), ("Big5", Certain));
        assert_eq!(decided(Some("nonsense"), 0, b""), ("UTF-8", Certain));
    }

    #[test]
    fn a_single_gbk_character_that_is_valid_utf8_is_still_chinese() {
        // 模, C4 A3: the letter ģ in UTF-8.
        assert_eq!(decided(None, 0, &gbk("模\n")), ("GB18030", Grounds::Text));
    }
}
