//! Construction years as the plan prints them.

use std::fmt;

/// `2021`, `2020-2021`, `2021-2025`: first and last year, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearSpan {
    pub start: i32,
    pub end: i32,
}

impl YearSpan {
    /// Reads one year or two joined by `-`, `－`, `–`, `—`, `~` or `至`; a trailing `年` is allowed.
    pub fn parse(text: &str) -> Option<Self> {
        let year = |part: &str| -> Option<i32> {
            let year: i32 = part.trim().trim_end_matches('年').trim().parse().ok()?;
            (1900..=2200).contains(&year).then_some(year)
        };
        let mut parts = text.split(['-', '－', '–', '—', '~', '～', '至']);
        let start = year(parts.next()?)?;
        let end = match parts.next() {
            Some(part) => year(part)?,
            None => start,
        };
        (parts.next().is_none() && start <= end).then_some(Self { start, end })
    }

    pub const fn contains(self, year: i32) -> bool {
        self.start <= year && year <= self.end
    }

    pub fn years(self) -> impl Iterator<Item = i32> {
        self.start..=self.end
    }
}

impl fmt::Display for YearSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.start == self.end {
            write!(f, "{}", self.start)
        } else {
            write!(f, "{}-{}", self.start, self.end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_printed_forms_are_read() {
        assert_eq!(
            YearSpan::parse("2021"),
            Some(YearSpan {
                start: 2021,
                end: 2021
            })
        );
        assert_eq!(
            YearSpan::parse("2020-2021"),
            Some(YearSpan {
                start: 2020,
                end: 2021
            })
        );
        assert_eq!(
            YearSpan::parse(" 2021－2025年 "),
            Some(YearSpan {
                start: 2021,
                end: 2025
            })
        );
        for wrong in ["", "20211", "2025-2021", "2021-2023-2025", "待定"] {
            assert_eq!(YearSpan::parse(wrong), None, "{wrong}");
        }
    }
}
