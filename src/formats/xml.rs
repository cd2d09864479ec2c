//! XML for readers that must survive broken files: names without prefixes, text with its entities resolved,
//! depth bounded, and a way to go on behind a wound.
//!
//! Entities that a document declares for itself are never expanded, and nothing is ever fetched. Must not
//! know any format.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::limits::MAX_LEVELS;
use crate::model::IssueCode;

/// A file with more wounds than this is not read on: each may cost a look at all of it.
pub(super) const MAX_WOUNDS: usize = 1000;

/// What comes next.
#[derive(Debug)]
pub(super) enum Part<'t> {
    Open(Element<'t>),
    /// The element that was opened last and not yet closed; its text comes along.
    Close {
        name: String,
        text: String,
        /// Just past its closing tag.
        end: usize,
    },
    End,
}

#[derive(Debug)]
pub(super) struct Element<'t> {
    pub(super) name: String,
    /// Where its tag starts.
    pub(super) start: usize,
    tag: BytesStart<'t>,
}

impl Element<'_> {
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut attributes = self.tag.attributes();
        attributes.with_checks(false);
        attributes
            .filter_map(Result::ok)
            .find(|attribute| attribute.key.local_name().into_inner() == name)
            .map(|attribute| {
                let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
                value.map_or_else(
                    |_err| attribute.value.to_string(),
                    std::borrow::Cow::into_owned,
                )
            })
    }
}

/// Why there is no next part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wound {
    /// The text ends inside an element or tag.
    Early,
    /// It makes no sense.
    Broken,
    /// Elements in elements without end.
    TooDeep,
}

impl Wound {
    /// What it means for the feature it is in.
    pub(super) fn of_feature(self) -> (IssueCode, String) {
        match self {
            Self::Early => (IssueCode::Truncated, "要素不完整".to_owned()),
            Self::Broken => (IssueCode::NotAFeature, "要素的标签不配对".to_owned()),
            Self::TooDeep => {
                let reason = format!("要素的标签嵌套超过 {MAX_LEVELS} 层");
                (IssueCode::NotAFeature, reason)
            }
        }
    }
}

pub(super) struct Xml<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    /// Where the reader's slice starts in the text.
    offset: usize,
    /// Open elements with the text met in them so far.
    open: Vec<(String, String)>,
    /// An element without content is opened and closed at once.
    closing: Option<(String, usize)>,
}

impl<'t> Xml<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            reader: reader(text),
            offset: 0,
            open: Vec::new(),
            closing: None,
        }
    }

    /// Just past what was read.
    pub(super) fn at(&self) -> usize {
        let read = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        self.offset.saturating_add(read).min(self.text.len())
    }

    /// Go on from a place in the text, which must be between elements.
    pub(super) fn jump(&mut self, at: usize) {
        self.offset = at;
        self.reader = reader(self.text.get(at..).unwrap_or_default());
        self.open.clear();
        self.closing = None;
    }

    pub(super) fn slice(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    pub(super) fn next(&mut self) -> Result<Part<'t>, Wound> {
        if let Some((name, end)) = self.closing.take() {
            return Ok(Part::Close {
                name,
                text: String::new(),
                end,
            });
        }
        loop {
            let start = self.at();
            let Ok(event) = self.reader.read_event() else {
                let rest = self.at();
                return Err(if rest >= self.text.trim_end().len() {
                    Wound::Early
                } else {
                    Wound::Broken
                });
            };
            match event {
                Event::Start(tag) => {
                    if self.open.len() >= MAX_LEVELS {
                        return Err(Wound::TooDeep);
                    }
                    let name = tag.local_name().into_inner().to_owned();
                    self.open.push((name.clone(), String::new()));
                    return Ok(Part::Open(Element { name, start, tag }));
                }
                Event::Empty(tag) => {
                    let name = tag.local_name().into_inner().to_owned();
                    self.closing = Some((name.clone(), self.at()));
                    return Ok(Part::Open(Element { name, start, tag }));
                }
                Event::End(tag) => {
                    let name = tag.local_name().into_inner().to_owned();
                    let end = self.at();
                    match self.open.pop() {
                        Some((opened, text)) if opened == name => {
                            return Ok(Part::Close { name, text, end });
                        }
                        Some(_) => return Err(Wound::Broken),
                        // Behind a wound the closing tags of what was open before it are left over.
                        None => {}
                    }
                }
                Event::Text(text) => self.push(&text.xml10_content()),
                Event::CData(text) => self.push(&text.xml10_content()),
                Event::GeneralRef(entity) => {
                    let name = entity.xml10_content();
                    let letter = entity.resolve_char_ref().ok().flatten();
                    match (letter, resolve_predefined_entity(&name)) {
                        (Some(letter), _) => self.push(letter.encode_utf8(&mut [0; 4])),
                        (None, Some(text)) => self.push(text),
                        (None, None) if name == "nbsp" => self.push(" "),
                        (None, None) => self.push(&format!("&{name};")),
                    }
                }
                Event::Eof if self.open.is_empty() => return Ok(Part::End),
                Event::Eof => return Err(Wound::Early),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn push(&mut self, text: &str) {
        if let Some((_, content)) = self.open.last_mut() {
            content.push_str(text);
        }
    }

    /// Behind a wound: where the next element of one of these names opens, after `from`.
    pub(super) fn find_open(&self, names: &[&str], from: usize) -> Option<usize> {
        let from = (from..self.text.len()).find(|at| self.text.is_char_boundary(*at))?;
        let rest = self.text.get(from..)?;
        let mut at = 0;
        while let Some(found) = rest.get(at..)?.find('<') {
            let tag = rest.get(at + found + 1..)?;
            let end = tag.find(|c: char| !c.is_alphanumeric() && c != ':' && c != '_');
            let word = tag.get(..end.unwrap_or(tag.len()))?;
            if (word.rsplit(':').next()).is_some_and(|word| names.contains(&word)) {
                return Some(from + at + found);
            }
            at += found + 1;
        }
        None
    }
}

fn reader(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // Checked here, where it can be mended.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}
