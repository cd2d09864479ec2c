//! Text of a DXF drawing without its formatting.
//!
//! Must not know geometry.

use super::dxf_entity::Entity;

/// What a TEXT or MTEXT says: long ones are cut into pieces with code 3, the last with code 1.
pub(super) fn content(entity: &Entity<'_, '_>) -> String {
    let pieces = entity.own().filter(|group| matches!(group.code, 1 | 3));
    let text: String = pieces.map(|group| group.value).collect();
    let text = unescaped(&text);
    if entity.kind == "MTEXT" {
        unformatted(&text)
    } else {
        text.replace("%%d", "°")
            .replace("%%D", "°")
            .replace("%%p", "±")
            .replace("%%P", "±")
            .replace("%%c", "Φ")
            .replace("%%C", "Φ")
    }
}

/// Strings that other programs attach, of cadastral tools for one: `SOUTH: 300000,某某`.
pub(super) fn extended_data(entity: &Entity<'_, '_>) -> String {
    let mut text = String::new();
    for group in (entity.groups.iter()).take_while(|group| group.code != 0) {
        let value = group.value.trim();
        match group.code {
            1001 => {
                if !text.is_empty() {
                    text.push_str("; ");
                }
                text.push_str(value);
                text.push(':');
            }
            1000 if !text.is_empty() => {
                let separator = if text.ends_with(':') { " " } else { "," };
                text.push_str(separator);
                text.push_str(value);
            }
            _ => {}
        }
    }
    unescaped(text.trim_end_matches(':'))
}

/// `\U+4E50` is 乐, in drawings older than UTF-8.
pub(super) fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\U+") {
        plain.push_str(before);
        let letter = after
            .get(..4)
            .and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        if let Some((letter, behind)) = letter.zip(after.get(4..)) {
            plain.push(letter);
            rest = behind;
        } else {
            plain.push_str("\\U+");
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

/// MTEXT without fonts, heights, colours and brackets; paragraphs as line ends.
fn unformatted(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match c {
            '{' | '}' => {}
            '\\' => match letters.next() {
                Some('P' | 'n' | 'N') => plain.push('\n'),
                Some('~') => plain.push(' '),
                Some(c @ ('\\' | '{' | '}')) => plain.push(c),
                // Up to the next semicolon.
                Some('A' | 'C' | 'c' | 'F' | 'f' | 'H' | 'p' | 'Q' | 'T' | 'W') => {
                    letters.by_ref().find(|c| *c == ';');
                }
                Some('S') => {
                    let stacked: String = letters.by_ref().take_while(|c| *c != ';').collect();
                    plain.push_str(&stacked.replace(['^', '#'], "/"));
                }
                _ => {}
            },
            other => plain.push(other),
        }
    }
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_goes_and_words_stay() {
        for (formatted, plain) in [
            (r"{\fSimSun|b0|i0;岷江}左岸", "岷江左岸"),
            (r"第一行\P第二行", "第一行\n第二行"),
            (r"\H2.5x;\C1;红线\~A", "红线 A"),
            (r"\S1^2;", "1/2"),
            (r"C:\\x \{y\}", r"C:\x {y}"),
            ("\\", ""),
        ] {
            assert_eq!(unformatted(formatted), plain);
        }
        assert_eq!(unescaped(r"\U+4E50\U+5C71 x\U+zz"), r"乐山 x\U+zz");
    }
}
