//! A coordinate as people type it: `103°45′36″`, `103 45 36`, `E103.76`, `东经103度45分36秒`, `35384840.5米`.
//!
//! Must not know where it stands.

/// Which axis its own letters claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Lon,
    Lat,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Typed {
    pub(super) value: f64,
    pub(super) axis: Option<Axis>,
}

/// `None`: nothing that can be read with certainty.
pub(super) fn parse(text: &str) -> Option<Typed> {
    let plain: String = text.chars().map(half_width).collect();
    let (axis, negative, body) = take_letters(plain.trim());
    let value = match number(body) {
        Some(value) => value,
        None => sexagesimal(body)?,
    };
    let value = if negative { -value } else { value };
    value.is_finite().then_some(Typed { value, axis })
}

/// Input methods write digits and points as wide as characters.
const fn half_width(c: char) -> char {
    match c {
        '０'..='９' => match char::from_u32(c as u32 - '０' as u32 + '0' as u32) {
            Some(digit) => digit,
            None => c,
        },
        '．' => '.',
        '－' | '−' => '-',
        '，' => ',',
        '：' => ':',
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    }
}

/// The letters or words of a hemisphere, before or after.
fn take_letters(text: &str) -> (Option<Axis>, bool, &str) {
    const SIGNS: [(&str, Axis, bool); 12] = [
        ("东经", Axis::Lon, false),
        ("西经", Axis::Lon, true),
        ("北纬", Axis::Lat, false),
        ("南纬", Axis::Lat, true),
        ("E", Axis::Lon, false),
        ("W", Axis::Lon, true),
        ("N", Axis::Lat, false),
        ("S", Axis::Lat, true),
        ("e", Axis::Lon, false),
        ("w", Axis::Lon, true),
        ("n", Axis::Lat, false),
        ("s", Axis::Lat, true),
    ];
    for (sign, axis, negative) in SIGNS {
        let rest = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
        if let Some(rest) = rest {
            let rest = rest.trim().trim_start_matches([':', ' ']);
            return (Some(axis), negative, rest);
        }
    }
    (None, false, text)
}

/// One number, perhaps with its unit or with commas between thousands.
fn number(text: &str) -> Option<f64> {
    let text = text
        .trim_end_matches(['米', 'm', 'M', '°', '度', ' '])
        .trim();
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    if let Ok(value) = text.parse::<f64>() {
        return Some(value);
    }
    let mut groups = text.split('.').next()?.split(',');
    let first = groups.next()?.trim_start_matches(['-', '+']);
    let mut others = groups.peekable();
    let is_grouped = others.peek().is_some()
        && (1..=3).contains(&first.len())
        && others.all(|group| group.len() == 3);
    is_grouped.then(|| text.replace(',', "").parse().ok())?
}

/// Degrees, minutes and perhaps seconds. Only the last of them may have a fraction.
fn sexagesimal(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = Vec::new();
    let mut digits = String::new();
    let mut blank = false;
    for c in text.chars() {
        match c {
            '0'..='9' | '.' => {
                if blank && !digits.is_empty() {
                    parts.push(std::mem::take(&mut digits));
                }
                blank = false;
                digits.push(c);
            }
            ' ' => blank = true,
            '°' | '\u{2da}' | 'º' | '度' | '\'' | '′' | '’' | '‘' | '分' | '"' | '″' | '”'
            | '“' | '秒' | ':' | '-' => {
                blank = false;
                if !digits.is_empty() {
                    parts.push(std::mem::take(&mut digits));
                }
            }
            _ => return None,
        }
    }
    if !digits.is_empty() {
        parts.push(digits);
    }
    let (last, whole) = parts.split_last()?;
    if whole.is_empty() || parts.len() > 3 || whole.iter().any(|part| part.contains('.')) {
        return None;
    }
    let mut value = 0.0;
    let mut unit = 1.0;
    for part in whole.iter().chain([last]) {
        let number: f64 = part.parse().ok()?;
        if number >= if unit < 1.0 { 60.0 } else { 181.0 } {
            return None;
        }
        value += number * unit;
        unit /= 60.0;
    }
    Some(if negative { -value } else { value })
}

/// Both coordinates in one cell: `103.76,29.56`, `东经103°45′36″，北纬29°33′36″`. The first is x unless the
/// letters say otherwise.
pub(super) fn parse_pair(text: &str) -> Option<(f64, f64)> {
    let text = text.trim().trim_matches(['(', ')', '（', '）', '[', ']']);
    let by_mark: Vec<&str> = (text.split([',', '，', ';', '；', '、', '/']))
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let (first, second) = match *by_mark.as_slice() {
        [first, second] => (first, second),
        [both] => both.split_at_checked(second_starts(both)?)?,
        _ => return None,
    };
    let (first, second) = (parse(first)?, parse(second)?);
    match (first.axis, second.axis) {
        (Some(Axis::Lat), Some(Axis::Lat)) | (Some(Axis::Lon), Some(Axis::Lon)) => None,
        (Some(Axis::Lat), _) | (_, Some(Axis::Lon)) => Some((second.value, first.value)),
        _ => Some((first.value, second.value)),
    }
}

/// Where the second of two coordinates without a mark between them starts.
fn second_starts(both: &str) -> Option<usize> {
    const LETTERS: [char; 2] = ['N', 'E'];
    let words = ["北纬", "东经"]
        .into_iter()
        .filter_map(|word| both.rfind(word));
    let letter = if both.starts_with(LETTERS) {
        both.rfind(LETTERS)
    } else {
        both.find(LETTERS).map(|at| at + 1)
    };
    let blank = (both.split_whitespace().count() == 2)
        .then(|| both.find(' '))
        .flatten();
    (words.max().filter(|at| *at > 0))
        .or(letter.filter(|at| *at > 0 && *at < both.len()))
        .or(blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_however_it_is_typed() {
        for text in [
            "103°45′36″",
            "103°45'36\"",
            "103°45’36”",
            "103 45 36",
            "103:45:36",
            "103-45-36",
            "103度45分36秒",
            "东经103度45分36秒",
            "E103°45′36″",
            "103°45′36″E",
            "103°45.6′",
            "103.76",
            "103.76E",
            "103.76°",
            "E 103.76°",
            "１０３．７６",
            " 103° 45′ 36.0″ ",
        ] {
            let value = parse(text).map(|typed| typed.value);
            assert!(
                value.is_some_and(|v| (v - 103.76).abs() < 1e-9),
                "{text}: {value:?}"
            );
        }
        assert_eq!(parse("S29.5").map(|typed| typed.value), Some(-29.5));
        assert_eq!(
            parse("35,384,840.5").map(|typed| typed.value),
            Some(35_384_840.5)
        );
        assert_eq!(
            parse("384840.5米").map(|typed| typed.value),
            Some(384_840.5)
        );
    }

    #[test]
    fn what_is_not_certain_is_not_read() {
        for text in [
            "",
            "无",
            "103°75′36″",
            "103°45′61″",
            "103.5°45′36″",
            "1 2 3 4",
            "103,76",
            "约103.76",
            "NaN",
            "inf",
            "1e999",
            "103°45′36″左右",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pair_in_one_cell_is_told_apart_by_its_letters_else_by_its_order() {
        for text in [
            "103.76,29.56",
            "（103.76，29.56）",
            "东经103°45′36″，北纬29°33′36″",
            "东经103°45′36″北纬29°33′36″",
            "北纬29°33′36″、东经103°45′36″",
            "E103.76 N29.56",
            "103.76 29.56",
            "103.76E29.56N",
        ] {
            let pair = parse_pair(text);
            assert!(
                pair.is_some_and(|(x, y)| (x - 103.76).abs() < 1e-9 && (y - 29.56).abs() < 1e-9),
                "{text}: {pair:?}"
            );
        }
        assert_eq!(parse_pair("103.76"), None);
        assert_eq!(parse_pair("E103.76,E29.56"), None);
    }
}
