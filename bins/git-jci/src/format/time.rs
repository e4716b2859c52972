//! Points in time and lengths of it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Writes a moment in local time to the minute, as lists have it.
pub(crate) fn day_and_minute(moment: Timestamp) -> String {
    local(moment, "%Y-%m-%d %H:%M")
}

/// Writes a moment in local time to the second, and how far that is from UTC.
pub(crate) fn moment(moment: Timestamp) -> String {
    local(moment, "%Y-%m-%d %H:%M:%S %:z")
}

fn local(moment: Timestamp, format: &str) -> String {
    moment.to_zoned(TimeZone::system()).strftime(format).to_string()
}

/// Writes how long ago something was, in its largest unit alone.
pub(crate) fn age(since: Timestamp) -> String {
    largest_unit(Timestamp::now().duration_since(since))
}

fn largest_unit(age: SignedDuration) -> String {
    // A clock that runs behind that of the machine where it happened makes no sense of it.
    match age.as_secs().max(0) {
        seconds @ ..60 => format!("{seconds} s"),
        seconds @ ..3_600 => format!("{} min", seconds / 60),
        seconds @ ..86_400 => format!("{} h", seconds / 3_600),
        seconds @ ..31_536_000 => format!("{} d", seconds / 86_400),
        seconds => format!("{} y", seconds / 31_536_000),
    }
}

/// Writes how long something took, as exactly as it matters for its length.
pub(crate) fn duration(duration: SignedDuration) -> String {
    match duration.as_millis().max(0) {
        ms @ ..1_000 => format!("{ms} ms"),
        ms @ ..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        ms @ ..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        ms => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_exact_as_they_matter() {
        let shown = |ms| duration(SignedDuration::from_millis(ms));
        assert_eq!(shown(-5), "0 ms");
        assert_eq!(shown(999), "999 ms");
        assert_eq!(shown(1_234), "1.2 s");
        assert_eq!(shown(59_999), "59.9 s");
        assert_eq!(shown(125_000), "2 min 5 s");
        assert_eq!(shown(3_599_999), "59 min 59 s");
        assert_eq!(shown(90_060_000), "25 h 1 min");
    }

    #[test]
    fn an_age_has_one_unit() {
        let shown = |seconds| largest_unit(SignedDuration::from_secs(seconds));
        assert_eq!(shown(-3), "0 s");
        assert_eq!(shown(59), "59 s");
        assert_eq!(shown(119), "1 min");
        assert_eq!(shown(7_200), "2 h");
        assert_eq!(shown(400 * 86_400), "1 y");
        assert_eq!(shown(20 * 86_400), "20 d");
    }
}
