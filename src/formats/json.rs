//! A forgiving JSON cursor over text in memory.
//!
//! Bureau files are almost JSON: NaN where a number should be, names that stand twice, half an emoji,
//! a Windows path with bare backslashes, an integer too long for any machine type. `serde_json` refuses the whole
//! document for each of these; this reads on and notes what it met. Nesting is bounded, so no text can
//! overflow the stack. Must not know GeoJSON.

use std::borrow::Cow;
use std::collections::HashMap;

use super::limits::MAX_LEVELS;

/// Objects longer than this find repeated names by hash instead of by looking.
const SMALL_OBJECT: usize = 16;

/// A JSON value that still knows what `serde_json::Value` forgets: long integers and NaN.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// May be NaN or infinite.
    Real(f64),
    /// Digits that no `i64` holds, as written.
    LongInteger(&'a str),
    Text(Cow<'a, str>),
    Array(Vec<Self>),
    /// In file order; of a repeated name only the last value.
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Json<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members
                .iter()
                .find_map(|(key, value)| (key == name).then_some(value)),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a bare word means: a number in all its spellings, `true`, `null`, `NaN`…
    fn from_word(word: &'a str) -> Option<Self> {
        let digits = word.strip_prefix('-').unwrap_or(word);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            // A code such as 007 would lose its zeros as a number.
            if digits.len() > 1 && digits.starts_with('0') {
                return Some(Self::Text(Cow::Borrowed(word)));
            }
            return Some(word.parse().map_or(Self::LongInteger(word), Self::Integer));
        }
        match word.trim_start_matches(['-', '+']).to_ascii_lowercase() {
            plain if plain == "true" => Some(Self::Bool(true)),
            plain if plain == "false" => Some(Self::Bool(false)),
            plain if matches!(plain.as_str(), "null" | "undefined" | "none") => Some(Self::Null),
            // How old C runtimes print NaN and infinity: 1.#QNAN, 1.#INF.
            plain if plain.starts_with("1.#") => Some(Self::Real(f64::NAN)),
            _ => word.parse().ok().map(Self::Real),
        }
    }
}

/// Why a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum JsonError {
    #[error("内容在此中断")]
    End,
    #[error("第 {0} 个字节处不是有效的 JSON")]
    Syntax(usize),
    #[error("嵌套超过 {MAX_LEVELS} 层")]
    TooDeep,
}

/// What was odd but readable.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// A name that stood twice in one object.
    pub(super) duplicate_key: Option<String>,
    /// Half a surrogate pair or an unknown escape was replaced.
    pub(super) mended_text: bool,
}

/// A place in the text, from which values are read one after the other.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Of the text read through this cursor; byte numbers in errors count from here.
    start: usize,
    depth: usize,
    pub(super) notes: Notes,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self {
            text,
            at,
            start: at,
            depth: 0,
            notes: Notes::default(),
        }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    pub(super) const fn jump(&mut self, at: usize) {
        self.at = at;
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The next byte that is not white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes().get(self.at).copied() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                other => return other,
            }
        }
    }

    fn error(&mut self) -> JsonError {
        match self.peek() {
            None => JsonError::End,
            Some(_) => JsonError::Syntax(self.at - self.start + 1),
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.error())
        }
    }

    /// The name of an object's next member, past its colon; `None` at the closing brace, which is taken.
    /// Call it after the opening brace and after each value. Commas too many do no harm.
    pub(super) fn member(&mut self) -> Result<Option<Cow<'a, str>>, JsonError> {
        while self.peek() == Some(b',') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                Ok(None)
            }
            Some(b'"') => {
                let name = self.string()?;
                self.take(b':')?;
                Ok(Some(name))
            }
            _ => Err(self.error()),
        }
    }

    pub(super) fn open_object(&mut self) -> Result<(), JsonError> {
        self.take(b'{')
    }

    pub(super) fn open_array(&mut self) -> Result<(), JsonError> {
        self.take(b'[')
    }

    /// Is there a further item? `false` at the closing bracket, which is taken. Call it after the opening
    /// bracket and after each item.
    pub(super) fn item(&mut self) -> Result<bool, JsonError> {
        while self.peek() == Some(b',') {
            self.at += 1;
        }
        match self.peek() {
            Some(b']') => {
                self.at += 1;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(JsonError::End),
        }
    }

    /// Step over a value of any depth and give its text.
    pub(super) fn skip(&mut self) -> Result<&'a str, JsonError> {
        let nested = matches!(self.peek(), Some(b'{' | b'['));
        let start = self.at;
        if nested {
            self.at = balanced_end(self.bytes(), start, |_| false)
                .map_err(|unbalanced| unbalanced.as_error(self.start))?;
        } else {
            self.value()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    pub(super) fn value(&mut self) -> Result<Json<'a>, JsonError> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::Text),
            Some(opening @ (b'{' | b'[')) => {
                if self.depth == MAX_LEVELS {
                    return Err(JsonError::TooDeep);
                }
                self.depth += 1;
                self.at += 1;
                let nested = if opening == b'{' {
                    self.object()
                } else {
                    self.array()
                };
                self.depth -= 1;
                nested
            }
            _ => self.word(),
        }
    }

    fn array(&mut self) -> Result<Json<'a>, JsonError> {
        let mut items = Vec::new();
        loop {
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(items));
                }
                Some(b',') if !items.is_empty() => self.at += 1,
                _ => {}
            }
            if self.peek() != Some(b']') {
                items.push(self.value()?);
                if !matches!(self.peek(), Some(b',' | b']')) {
                    return Err(self.error());
                }
            }
        }
    }

    fn object(&mut self) -> Result<Json<'a>, JsonError> {
        let mut members: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        while let Some(name) = self.member()? {
            let value = self.value()?;
            let known = if members.len() < SMALL_OBJECT {
                members.iter().position(|(key, _)| *key == name)
            } else {
                if places.is_empty() {
                    places = (members.iter().map(|(key, _)| key.clone()).zip(0..)).collect();
                }
                let place = places.get(&name).copied();
                if place.is_none() {
                    places.insert(name.clone(), members.len());
                }
                place
            };
            match known.and_then(|place| members.get_mut(place)) {
                Some(member) => {
                    self.notes.duplicate_key = Some(name.into_owned());
                    member.1 = value;
                }
                None => members.push((name, value)),
            }
        }
        Ok(Json::Object(members))
    }

    fn word(&mut self) -> Result<Json<'a>, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let len = rest
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || b"+-.#_".contains(&b)))
            .unwrap_or(rest.len());
        let word = rest.get(..len).unwrap_or_default();
        let value = Json::from_word(word).ok_or_else(|| self.error())?;
        self.at += len;
        // A number at the very end of the text may have lost digits.
        if self.at == self.text.len() && self.depth > 0 {
            return Err(JsonError::End);
        }
        Ok(value)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.take(b'"')?;
        let mut owned = String::new();
        loop {
            let from = self.at;
            let plain = self
                .bytes()
                .get(from..)
                .and_then(|rest| rest.iter().position(|b| matches!(b, b'"' | b'\\')))
                .ok_or(JsonError::End)?;
            // Quotes and backslashes are ASCII, so both ends are character boundaries.
            let chunk = self.text.get(from..from + plain).unwrap_or_default();
            self.at = from + plain + 1;
            if self.bytes().get(from + plain) == Some(&b'"') {
                return Ok(if owned.is_empty() {
                    Cow::Borrowed(chunk)
                } else {
                    Cow::Owned(owned + chunk)
                });
            }
            owned.push_str(chunk);
            let escape = self
                .text
                .get(self.at..)
                .and_then(|rest| rest.chars().next());
            let escape = escape.ok_or(JsonError::End)?;
            self.at += escape.len_utf8();
            match escape {
                '"' | '\\' | '/' => owned.push(escape),
                'b' => owned.push('\u{8}'),
                'f' => owned.push('\u{c}'),
                'n' => owned.push('\n'),
                'r' => owned.push('\r'),
                't' => owned.push('\t'),
                'u' => owned.push(self.unicode_escape()),
                other => {
                    self.notes.mended_text = true;
                    owned.extend(['\\', other]);
                }
            }
        }
    }

    /// After `\u`: one character, or U+FFFD for what is none.
    fn unicode_escape(&mut self) -> char {
        let unit = |cursor: &mut Self| -> Option<u32> {
            let digits = cursor.text.get(cursor.at..cursor.at + 4)?;
            if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            let unit = u32::from_str_radix(digits, 16).ok()?;
            cursor.at += 4;
            Some(unit)
        };
        let Some(first) = unit(self) else {
            self.notes.mended_text = true;
            return char::REPLACEMENT_CHARACTER;
        };
        if (0xD800..0xDC00).contains(&first) {
            let after_first = self.at;
            if self.text.get(self.at..self.at + 2) == Some("\\u") {
                self.at += 2;
                if let Some(second @ 0xDC00..0xE000) = unit(self) {
                    let joined = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                    return char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER);
                }
                self.at = after_first;
            }
        }
        char::from_u32(first).unwrap_or_else(|| {
            self.notes.mended_text = true;
            char::REPLACEMENT_CHARACTER
        })
    }
}

/// Why brackets do not match up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unbalanced {
    /// The text ends first.
    End,
    /// A wrong bracket, or where the caller said stop.
    At(usize),
}

impl Unbalanced {
    const fn as_error(self, start: usize) -> JsonError {
        match self {
            Self::End => JsonError::End,
            Self::At(at) => JsonError::Syntax(at.saturating_sub(start) + 1),
        }
    }
}

/// Just past the bracket that closes the one at `start`. Looks at nothing but brackets and strings, at
/// any depth; `stop` is asked at every opening brace inside.
pub(super) fn balanced_end(
    text: &[u8],
    start: usize,
    stop: impl Fn(usize) -> bool,
) -> Result<usize, Unbalanced> {
    let mut open = Vec::new();
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at).ok_or(Unbalanced::End)?,
            b'{' | b'[' => {
                if byte == b'{' && at > start && stop(at) {
                    return Err(Unbalanced::At(at));
                }
                open.push(if byte == b'{' { b'}' } else { b']' });
            }
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    return Err(Unbalanced::At(at));
                }
                if open.is_empty() {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    Err(Unbalanced::End)
}

/// The closing quote of the string that opens at `quote`.
fn string_end(text: &[u8], quote: usize) -> Option<usize> {
    let mut at = quote + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json<'_>, JsonError> {
        Cursor::new(text, 0).value()
    }

    #[test]
    fn what_strict_readers_refuse_is_read_and_noted() {
        assert!(matches!(read("NaN"), Ok(Json::Real(n)) if n.is_nan()));
        assert!(matches!(read("[-1.#IND,1]"), Ok(Json::Array(items)) if items.len() == 2));
        assert_eq!(read("1e400"), Ok(Json::Real(f64::INFINITY)));
        assert_eq!(read("007"), Ok(Json::Text("007".into())));
        assert_eq!(
            read("123456789012345678901"),
            Ok(Json::LongInteger("123456789012345678901"))
        );
        assert_eq!(
            read(r#""C:\data\ud83d\ude00\ud800""#),
            Ok(Json::Text("C:\\data\u{1f600}\u{fffd}".into()))
        );
        let mut cursor = Cursor::new(r#"{"a":1,"b":2,"a":3,}"#, 0);
        let object = cursor.value().unwrap();
        assert_eq!(object.get("a"), Some(&Json::Integer(3)));
        assert_eq!(cursor.notes.duplicate_key.as_deref(), Some("a"));
    }

    #[test]
    fn nesting_beyond_the_bound_is_an_error_not_a_crash() {
        assert_eq!(read(&"[".repeat(1_000_000)), Err(JsonError::TooDeep));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(Cursor::new(&deep, 0).skip().map(str::len), Ok(200_000));
    }

    #[test]
    fn wrong_brackets_and_early_ends_are_told_apart() {
        assert_eq!(balanced_end(br#"{"]":[1]}"#, 0, |_| false), Ok(9));
        assert_eq!(balanced_end(b"{[}", 0, |_| false), Err(Unbalanced::At(2)));
        assert_eq!(balanced_end(b"{[]", 0, |_| false), Err(Unbalanced::End));
        assert_eq!(read("[1 2]"), Err(JsonError::Syntax(4)));
        assert_eq!(read("[1, 2"), Err(JsonError::End));
    }
}
