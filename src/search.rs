//! Finding Chinese names as people type them: characters, full pinyin, initials, or a mix.
//!
//! `茅桥`, `maoqiao`, `mq`, `mao桥` and `maoq` all find 茅桥镇. A character with several readings is
//! found by each of them. Deliberately absent: what is searched, and where.

use pinyin::ToPinyinMulti;

use crate::model::ProjectSite;

/// What was typed, made ready for many comparisons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<char>);

/// How good a match is; smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// 0 where the very characters were typed, 1 where pinyin was needed.
    pub by_sound: u8,
    /// Characters before the match.
    pub at: usize,
}

impl Query {
    /// Case and spaces do not matter.
    pub fn new(typed: &str) -> Self {
        Self(plain(typed).collect())
    }

    /// An empty query matches everything.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn matches(&self, text: &str) -> bool {
        self.rank(text).is_some()
    }

    /// Only by characters: for long texts, in which a few initials would match anything.
    pub fn matches_literally(&self, text: &str) -> bool {
        self.literal_at(&plain(text).collect::<Vec<_>>()).is_some()
    }

    /// The best match in `text`.
    pub fn rank(&self, text: &str) -> Option<Rank> {
        let text: Vec<char> = plain(text).collect();
        if let Some(at) = self.literal_at(&text) {
            return Some(Rank { by_sound: 0, at });
        }
        (0..text.len())
            .find(|&at| {
                text.get(at..)
                    .is_some_and(|rest| matches_from(rest, &self.0))
            })
            .map(|at| Rank { by_sound: 1, at })
    }

    fn literal_at(&self, text: &[char]) -> Option<usize> {
        if self.0.is_empty() {
            return Some(0);
        }
        text.windows(self.0.len()).position(|part| part == self.0)
    }

    /// A site by its name, place, unit or kind; by its content only literally.
    pub fn matches_site(&self, site: &ProjectSite) -> bool {
        self.is_empty()
            || self.matches(&site.name)
            || self.matches(&site.location)
            || site.units.iter().any(|unit| self.matches(unit))
            || self.matches_literally(&site.category)
            || self.matches_literally(&site.content)
            || site.id.0.to_string() == self.0.iter().collect::<String>()
    }
}

fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
}

/// Does `text`, from its first character on, spell `query`? Each character may stand for itself, for a
/// whole syllable, for its initial, or, at the very end of the query, for the start of a syllable.
fn matches_from(text: &[char], query: &[char]) -> bool {
    if query.is_empty() {
        return true;
    }
    let (Some((&character, text_rest)), Some((&typed, query_rest))) =
        (text.split_first(), query.split_first())
    else {
        return false;
    };
    if character == typed && matches_from(text_rest, query_rest) {
        return true;
    }
    readings(character).any(|syllable| {
        let common = syllable
            .chars()
            .zip(query)
            .take_while(|(a, b)| a == *b)
            .count();
        if common == 0 {
            return false;
        }
        common == query.len()
            || (common == syllable.chars().count()
                && query
                    .get(common..)
                    .is_some_and(|rest| matches_from(text_rest, rest)))
            || matches_from(text_rest, query_rest)
    })
}

fn readings(character: char) -> impl Iterator<Item = &'static str> {
    character
        .to_pinyin_multi()
        .into_iter()
        .flatten()
        .map(pinyin::Pinyin::plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn found(text: &str, typed: &str) -> bool {
        Query::new(typed).matches(text)
    }

    #[test]
    fn a_place_is_found_by_characters_pinyin_initials_and_their_mixes() {
        for typed in [
            "茅桥", "桥镇", "maoqiao", "MaoQiao", "mao qiao", "mq", "mqz", "mao桥", "maoq", "mqiao",
        ] {
            assert!(found("茅桥镇", typed), "{typed}");
        }
        for typed in ["maqiao", "qm", "桥茅", "x"] {
            assert!(!found("茅桥镇", typed), "{typed}");
        }
    }

    #[test]
    fn every_reading_of_a_character_counts() {
        assert!(found("乐山市", "leshan"));
        assert!(found("音乐厅", "yinyue"));
        assert!(found("重点工程", "zhongdian"));
        assert!(found("重庆", "chongqing"));
    }

    #[test]
    fn letters_and_digits_in_names_match_without_case() {
        assert!(found("PM2.5 监测站", "pm2.5"));
        assert!(found("LNG 加注站", "lng"));
    }

    #[test]
    fn what_was_typed_literally_ranks_before_what_only_sounds_like_it() {
        let query = Query::new("qz");
        assert!(query.rank("QZ-01") < query.rank("青竹湖"));
        assert!(Query::new("").matches("任何"));
    }
}
