//! Money, exact: whole fen inside, 万元 outside. No floats.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Serialize, Serializer};

/// One 万元 is 10 000 yuan, a million fen.
const FEN_PER_WAN: i64 = 1_000_000;

/// An amount in fen (分). Shown, typed and exported in 万元.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a typed amount is not money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("“{0}”不是金额，请填写以万元为单位的数字，例如 1200.5")]
    NotANumber(String),
    #[error("“{0}”的小数超过 6 位（精确到分），请检查单位是否为万元")]
    TooFine(String),
    #[error("“{0}”超出可记录的金额范围")]
    TooLarge(String),
}

impl Money {
    pub const ZERO: Self = Self(0);

    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    pub const fn fen(self) -> i64 {
        self.0
    }

    pub const fn from_whole_wan(wan: i32) -> Self {
        Self(wan as i64 * FEN_PER_WAN)
    }

    /// Reads 万元 as typed: `1200.5`, `68,000`, full-width digits, a trailing `万元`.
    pub fn parse_wan(text: &str) -> Result<Self, MoneyError> {
        let plain: String = text
            .trim()
            .trim_end_matches("万元")
            .chars()
            .filter(|c| !matches!(c, ',' | '，' | ' ' | '\u{a0}' | '\u{3000}'))
            .map(|c| match c {
                '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
                '．' => '.',
                '－' => '-',
                other => other,
            })
            .collect();
        let not_a_number = || MoneyError::NotANumber(text.trim().to_owned());
        let (negative, digits) = match plain.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, plain.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction)
        {
            return Err(not_a_number());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 6 {
            return Err(MoneyError::TooFine(text.trim().to_owned()));
        }
        let too_large = || MoneyError::TooLarge(text.trim().to_owned());
        let digits = format!("{whole}{fraction:0<6}");
        let fen: i64 = digits.parse().ok().ok_or_else(too_large)?;
        Ok(Self(if negative { -fen } else { fen }))
    }

    /// For JSON and charts; exact for every amount below 9 × 10⁹ 万元.
    pub fn as_wan_f64(self) -> f64 {
        self.0 as f64 / FEN_PER_WAN as f64
    }

    /// The share of `total`, 0 where the total is 0.
    pub fn share_of(self, total: Self) -> f64 {
        if total.0 == 0 {
            0.0
        } else {
            self.0 as f64 / total.0 as f64
        }
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// 万元 without trailing zeros: `1200.5`, `68000`, `-0.000001`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        let (whole, fraction) = (
            fen / FEN_PER_WAN.unsigned_abs(),
            fen % FEN_PER_WAN.unsigned_abs(),
        );
        if fraction == 0 {
            return f.pad(&format!("{sign}{whole}"));
        }
        let text = format!("{sign}{whole}.{fraction:06}");
        f.pad(text.trim_end_matches('0'))
    }
}

/// A JSON number in 万元: whole amounts without a decimal point.
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % FEN_PER_WAN == 0 {
            serializer.serialize_i64(self.0 / FEN_PER_WAN)
        } else {
            serializer.serialize_f64(self.as_wan_f64())
        }
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_written_exactly() {
        for (typed, shown) in [
            ("1200.5", "1200.5"),
            (" 68,000 万元", "68000"),
            ("１２．５", "12.5"),
            ("0.1", "0.1"),
            ("-3.25", "-3.25"),
            (".5", "0.5"),
            ("7.000000", "7"),
        ] {
            assert_eq!(Money::parse_wan(typed).unwrap().to_string(), shown);
        }
        let tenth = Money::parse_wan("0.1").unwrap();
        assert_eq!(
            [tenth; 10].into_iter().sum::<Money>(),
            Money::from_whole_wan(1)
        );
    }

    #[test]
    fn what_is_not_money_is_said() {
        assert!(matches!(
            Money::parse_wan(""),
            Err(MoneyError::NotANumber(_))
        ));
        assert!(matches!(
            Money::parse_wan("约三千"),
            Err(MoneyError::NotANumber(_))
        ));
        assert!(matches!(
            Money::parse_wan("1.2.3"),
            Err(MoneyError::NotANumber(_))
        ));
        assert!(matches!(
            Money::parse_wan("1e5"),
            Err(MoneyError::NotANumber(_))
        ));
        assert!(matches!(
            Money::parse_wan("0.0000001"),
            Err(MoneyError::TooFine(_))
        ));
        assert!(matches!(
            Money::parse_wan("99999999999999999999"),
            Err(MoneyError::TooLarge(_))
        ));
    }
}
