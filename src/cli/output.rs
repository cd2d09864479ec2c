//! Where words go: one JSON object or a table on standard output, sentences on standard error.

use std::io::Write as _;

use serde_json::{Value, json};

pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// The command's result: `value` with `--json`, else `text`.
    ///
    /// Nobody is left to tell when standard output is closed, so write errors are dropped.
    pub(super) fn result(&self, value: &Value, text: &str) {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{value:#}").ok();
        } else {
            writeln!(out, "{}", text.trim_end()).ok();
        }
    }

    /// Text as it is: help.
    pub(super) fn plain(text: &str) {
        write!(std::io::stdout().lock(), "{text}").ok();
    }

    /// A sentence for the person at the console.
    pub(super) fn note(sentence: &str) {
        writeln!(std::io::stderr().lock(), "{sentence}").ok();
    }

    /// The one sentence that says why nothing was done.
    pub(super) fn failure(&self, sentence: &str) {
        self.failure_with(sentence, json!({}));
    }

    /// The same; `details` is an object that stands beside it in the JSON.
    pub(super) fn failure_with(&self, sentence: &str, mut details: Value) {
        Self::note(&format!("错误：{sentence}"));
        if let Some(object) = details.as_object_mut() {
            object.insert("error".to_owned(), sentence.into());
        }
        if self.json {
            writeln!(std::io::stdout().lock(), "{details:#}").ok();
        }
    }
}
