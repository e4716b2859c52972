//! How old a run may get: `30d`, `2w`, `6m`, `4h`, or a duration as Go writes it.
//!
//! One number and one of `d`, `w`, `m`, `h` is an age in days, weeks, months of 30 days, hours.
//! Anything else is a Go duration, in which `m` is a minute: `6m` is half a year, `0h6m` and `6m0s`
//! are six minutes.

use std::fmt;
use std::str::FromStr;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// An age, which keeps how it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Age {
    typed: String,
    seconds: u64,
}

impl Age {
    /// Returns the age in seconds, less any fraction of one.
    pub(super) fn seconds(&self) -> u64 {
        self.seconds
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = match simple(text) {
            Some(seconds) => seconds?,
            None => go_duration(text)?,
        };
        Ok(Self { typed: text.to_owned(), seconds })
    }
}

fn invalid() -> String {
    "expected 30d, 2w, 6m (months of 30 days), 4h, or a Go duration such as 1h30m".to_owned()
}

fn too_long() -> String {
    "is longer than anything lasts".to_owned()
}

/// Reads one number with one of our own units; `None` if it is something else.
fn simple(text: &str) -> Option<Result<u64, String>> {
    let unit = match text.bytes().last()? {
        b'h' => HOUR,
        b'd' => DAY,
        b'w' => 7 * DAY,
        b'm' => 30 * DAY,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    Some(seconds.ok_or_else(too_long))
}

/// Reads what Go's `time.ParseDuration` reads, but for negative ones.
fn go_duration(text: &str) -> Result<u64, String> {
    if text.starts_with('-') {
        return Err("it is a time that lies ahead".to_owned());
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanoseconds = 0_u128;
    while !rest.is_empty() {
        let (part, behind) = component(rest)?;
        nanoseconds = nanoseconds.checked_add(part).ok_or_else(too_long)?;
        rest = behind;
    }
    u64::try_from(nanoseconds / 1_000_000_000).map_err(|_| too_long())
}

/// Reads a number and its unit from the front; returns the nanoseconds and what follows.
fn component(text: &str) -> Result<(u128, &str), String> {
    let end_of_number = text.find(|it: char| !it.is_ascii_digit() && it != '.');
    let (number, rest) = text.split_at(end_of_number.ok_or_else(invalid)?);
    let end_of_unit = rest.find(|it: char| it.is_ascii_digit() || it == '.');
    let (unit, rest) = rest.split_at(end_of_unit.unwrap_or(rest.len()));
    let unit: u128 = match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(invalid()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return Err(invalid());
    }
    let whole = if whole.is_empty() { Ok(0) } else { whole.parse() };
    let whole = whole.ok().and_then(|whole: u128| whole.checked_mul(unit)).ok_or_else(too_long)?;
    Ok((whole + fraction_of(unit, fraction), rest))
}

/// Returns the part of a unit that the digits behind the point stand for.
fn fraction_of(unit: u128, digits: &str) -> u128 {
    let (mut sum, mut place) = (0, unit);
    for digit in digits.bytes() {
        place /= 10;
        sum += place * u128::from(digit - b'0');
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<u64> {
        text.parse::<Age>().ok().map(|age| age.seconds())
    }

    #[test]
    fn one_number_and_one_letter_is_ours() {
        assert_eq!(seconds("30d"), Some(30 * 86_400));
        assert_eq!(seconds("2w"), Some(14 * 86_400));
        assert_eq!(seconds("6m"), Some(180 * 86_400));
        assert_eq!(seconds("4h"), Some(14_400));
        assert_eq!(seconds("007d"), Some(7 * 86_400));
        assert_eq!(seconds("0d"), Some(0));
    }

    #[test]
    fn anything_else_is_a_duration_of_go() {
        assert_eq!(seconds("36h30m"), Some(131_400));
        assert_eq!(seconds("90m0s"), Some(5_400));
        assert_eq!(seconds("0h6m"), Some(360));
        assert_eq!(seconds("1.5h"), Some(5_400));
        assert_eq!(seconds(".5h"), Some(1_800));
        assert_eq!(seconds("1.h"), Some(3_600));
        assert_eq!(seconds("+1h1m"), Some(3_660));
        assert_eq!(seconds("1500ms"), Some(1));
        assert_eq!(seconds("1\u{b5}s2us3ns"), Some(0));
        assert_eq!(seconds("+6m"), Some(360));
        assert_eq!(seconds("1m1m"), Some(120));
        assert_eq!(seconds("0"), Some(0));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "", "d", "h", "30", "1.5d", "1d12h", "12h1d", "-1h", "-30d", ".h", "1..h", "1h30",
            "1 h", " 1h", "1H", "1y", "+", "-", "\u{663}d", "1e3h",
        ] {
            assert_eq!(seconds(text), None, "{text:?}");
        }
        for huge in ["99999999999999999999d", "9999999999999999999w", "99999999999999999999h1m"] {
            assert_eq!(huge.parse::<Age>(), Err(too_long()), "{huge:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.dwmhsnuµ ]{0,24}") {
            let _ = seconds(&text);
        }

        #[test]
        fn hours_minutes_and_seconds_add_up(h in 0u64..100_000, m in 0u64..1000, s in 0u64..1000) {
            prop_assert_eq!(seconds(&format!("{h}h{m}m{s}s")), Some(h * 3600 + m * 60 + s));
        }
    }
}
