//! Chinese line breaking by measured widths: no line starts with ，。、） nor ends with （《“, Latin words
//! and numbers stay whole, and a text that cannot fit is set smaller before it is cut.
//! Deliberately absent: fonts and PDF; the caller measures.

/// May not start a line (JLREQ / CLREQ: closing marks, stops, dashes and units bound to their number).
const NO_START: &str = "，。、；：？！）】》〉」』〕｝”’…—～·％‰℃°′″,.;:?!)]}%";
/// May not end a line.
const NO_END: &str = "（【《〈「『〔｛“‘([{￥$±";
/// A text that had to be cut ends with this.
const ELLIPSIS: &str = "…";

/// A text broken into lines that fit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    pub(super) size_pt: f64,
    pub(super) lines: Vec<String>,
    /// Words were lost.
    pub(super) cut: bool,
}

/// Baseline to baseline, as a share of the type size.
pub(super) const LEADING: f64 = 1.34;

impl Block {
    pub(super) fn height_pt(&self) -> f64 {
        self.lines.len() as f64 * self.size_pt * LEADING
    }
}

/// Breaks a text into lines no wider than `width_pt` at `size_pt`; `measure` gives the width at 1 pt.
pub(super) fn break_lines(
    text: &str,
    width_pt: f64,
    size_pt: f64,
    measure: &dyn Fn(&str) -> f64,
) -> Vec<String> {
    let fits = |line: &str| measure(line.trim_end()) * size_pt <= width_pt;
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for unit in units(paragraph) {
            let longer = format!("{line}{unit}");
            if fits(&longer) {
                line = longer;
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(line.trim_end().to_owned());
            }
            unit.trim_start().clone_into(&mut line);
            // A single word wider than the line is cut where it must be.
            while !fits(&line) {
                let head = longest_prefix(&line, &fits);
                let tail = line.split_off(head);
                lines.push(std::mem::replace(&mut line, tail));
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The first size from `sizes` (largest first) at which the text fits the box; at the last size the text
/// is cut and ends with an ellipsis.
pub(super) fn fit(
    text: &str,
    (width_pt, height_pt): (f64, f64),
    sizes: &[f64],
    measure: &dyn Fn(&str) -> f64,
) -> Block {
    let mut last = Block {
        size_pt: sizes.last().copied().unwrap_or(6.0),
        lines: Vec::new(),
        cut: false,
    };
    for &size_pt in sizes {
        last = Block {
            size_pt,
            lines: break_lines(text, width_pt, size_pt, measure),
            cut: false,
        };
        // Half a point of grace for rounding.
        if last.height_pt() <= height_pt + 0.5 {
            return last;
        }
    }
    let mut room = 1;
    while (room + 1) as f64 * last.size_pt * LEADING <= height_pt + 0.5 {
        room += 1;
    }
    last.lines.truncate(room);
    last.cut = true;
    if let Some(line) = last.lines.last_mut() {
        while !line.is_empty() && measure(&format!("{line}{ELLIPSIS}")) * last.size_pt > width_pt {
            line.pop();
        }
        line.push_str(ELLIPSIS);
    }
    last
}

/// Sizes from `largest` down to `smallest` in quarter points.
pub(super) fn sizes(largest: f64, smallest: f64) -> Vec<f64> {
    let mut sizes = Vec::new();
    let mut size = largest;
    while size > smallest {
        sizes.push(size);
        size -= 0.25;
    }
    sizes.push(smallest);
    sizes
}

/// Pieces between which a line may break.
fn units(text: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut last: Option<char> = None;
    for now in text.chars() {
        let joined = last.is_some_and(|before| {
            NO_START.contains(now)
                || NO_END.contains(before)
                || (is_word(before) && is_word(now))
                || (now == ' ' && before != ' ')
        });
        match units.last_mut() {
            Some(unit) if joined => unit.push(now),
            _ => units.push(now.to_string()),
        }
        last = Some(now);
    }
    units
}

/// Part of a Latin word, a number, a date or a code.
fn is_word(c: char) -> bool {
    c.is_ascii_graphic() || matches!(c, '±' | '−' | '–' | 'Ⅰ'..='Ⅻ')
}

fn longest_prefix(line: &str, fits: &dyn Fn(&str) -> bool) -> usize {
    let ends = line.char_indices().map(|(start, c)| start + c.len_utf8());
    let first = line.chars().next().map_or(0, char::len_utf8);
    ends.take_while(|&end| line.get(..end).is_some_and(fits))
        .last()
        .unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Full-width characters are one em, the others half.
    fn em(text: &str) -> f64 {
        text.chars()
            .map(|c| if c.is_ascii() { 0.5 } else { 1.0 })
            .sum()
    }

    #[test]
    fn no_line_starts_with_a_stop_or_ends_with_an_opening_mark() {
        let text = "完善生态工业示范园污水管网、雨污分流、污水处理厂（含“三期”扩建）、天然气管线，变电站、绿化等。";
        for width in 4..30 {
            let lines = break_lines(text, f64::from(width), 1.0, &em);
            assert_eq!(lines.concat(), text);
            for line in &lines {
                assert!(em(line) <= f64::from(width), "{line}");
                assert!(
                    !line.starts_with(|c| "，。、；：）”".contains(c)),
                    "{width}: {line}"
                );
                assert!(!line.ends_with(['（', '“']), "{width}: {line}");
            }
        }
    }

    #[test]
    fn words_and_numbers_stay_whole_unless_they_are_wider_than_the_line() {
        let lines = break_lines("新建PM2.5源解析EPSG:4544投影", 6.0, 1.0, &em);
        assert!(lines.iter().any(|line| line.contains("PM2.5")));
        assert!(lines.iter().any(|line| line.contains("EPSG:4544")));
        let lines = break_lines("abcdefghijklmnop", 2.0, 1.0, &em);
        assert_eq!(lines, ["abcd", "efgh", "ijkl", "mnop"]);
    }

    #[test]
    fn a_long_text_is_set_smaller_before_it_is_cut() {
        let text = "设计总有效库容四十万立方米分两期建设";
        let block = fit(text, (40.0, 30.0), &sizes(10.0, 5.0), &em);
        assert!(!block.cut && block.size_pt < 10.0, "{block:?}");
        assert_eq!(block.lines.concat(), text);
        let block = fit(text, (20.0, 14.0), &sizes(10.0, 5.0), &em);
        assert!(
            block.cut && block.lines.concat().ends_with('…'),
            "{block:?}"
        );
        assert!(block.height_pt() <= 14.5);
        for line in &block.lines {
            assert!(em(line) * block.size_pt <= 20.0);
        }
    }
}
