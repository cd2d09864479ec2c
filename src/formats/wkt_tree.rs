//! Well-known text of coordinate systems as a tree. Must not know what its words mean.

use super::limits::MAX_LEVELS;

/// `KEYWORD["text", 1.0, OTHER[…]]`.
#[derive(Debug)]
pub(super) struct Node {
    /// In capitals.
    keyword: String,
    texts: Vec<String>,
    numbers: Vec<f64>,
    children: Vec<Self>,
}

impl Node {
    /// `None`: not well-known text. A missing end is forgiven.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim_start();
        node(&mut rest, 0)
    }

    pub(super) fn is(&self, keywords: &[&str]) -> bool {
        keywords.contains(&self.keyword.as_str())
    }

    /// The name: the first text.
    pub(super) fn text(&self) -> Option<&str> {
        self.texts.first().map(String::as_str)
    }

    pub(super) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    pub(super) fn child(&self, keywords: &[&str]) -> Option<&Self> {
        self.children.iter().find(|child| child.is(keywords))
    }

    /// The first of these, itself included, from the top down.
    pub(super) fn find(&self, keywords: &[&str]) -> Option<&Self> {
        self.find_all(keywords).into_iter().next()
    }

    pub(super) fn find_all(&self, keywords: &[&str]) -> Vec<&Self> {
        let mut found = Vec::new();
        let mut waiting = vec![self];
        while let Some(node) = waiting.pop() {
            if node.is(keywords) {
                found.push(node);
            }
            waiting.extend(node.children.iter().rev());
        }
        found
    }
}

fn node(rest: &mut &str, depth: usize) -> Option<Node> {
    let keyword = word(rest);
    if keyword.is_empty() || depth == MAX_LEVELS || !take(rest, &['[', '(']) {
        return None;
    }
    let mut node_ = Node {
        keyword: keyword.to_uppercase(),
        texts: Vec::new(),
        numbers: Vec::new(),
        children: Vec::new(),
    };
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if rest.is_empty() || take(rest, &[']', ')']) {
            return Some(node_);
        }
        if rest.starts_with('"') {
            node_.texts.push(quoted(rest));
            continue;
        }
        let before = *rest;
        let word = word(rest);
        if rest.trim_start().starts_with(['[', '(']) {
            *rest = before;
            node_.children.push(node(rest, depth + 1)?);
        } else if word.is_empty() {
            return None;
        } else if let Ok(number) = word.parse() {
            node_.numbers.push(number);
        }
    }
}

fn word<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '(' | ')' | '"'))
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    word
}

fn take(rest: &mut &str, any: &[char]) -> bool {
    match rest.trim_start().strip_prefix(any) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// A text in quotes; a quote within stands twice.
fn quoted(rest: &mut &str) -> String {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            text.push(c);
        } else if chars.peek().is_some_and(|(_, next)| *next == '"') {
            text.push('"');
            chars.next();
        } else {
            *rest = rest.get(at + 1..).unwrap_or_default();
            return text;
        }
    }
    *rest = "";
    text
}
