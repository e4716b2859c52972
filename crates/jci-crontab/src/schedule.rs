//! When: the five fields of crontab(5), or one of its `@` names.

use std::fmt;

use cronexpr::{FallbackTimezoneOption, ParseOptions};
use jiff::{Timestamp, Zoned};
use thiserror::Error;

/// A time table that every cron understands alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    /// The fields that `text` stands for; `None` for `@reboot`, which no clock can tell.
    fields: Option<String>,
}

/// The names of the fields, in their order.
const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];

/// The names that stand for five fields.
const NAMES: [(&str, Option<&str>); 8] = [
    ("@hourly", Some("0 * * * *")),
    ("@daily", Some("0 0 * * *")),
    ("@midnight", Some("0 0 * * *")),
    ("@weekly", Some("0 0 * * 0")),
    ("@monthly", Some("0 0 1 * *")),
    ("@yearly", Some("0 0 1 1 *")),
    ("@annually", Some("0 0 1 1 *")),
    ("@reboot", None),
];

impl Schedule {
    /// Takes the schedule from the front of the words of a line.
    pub(crate) fn parse<'a>(
        words: &mut impl Iterator<Item = &'a str>,
    ) -> Result<Self, ScheduleError> {
        let mut fields = Vec::new();
        for field in FIELDS {
            let Some(word) = words.next() else {
                return Err(ScheduleError::Missing { field });
            };
            if fields.is_empty() && word.starts_with('@') {
                return Self::named(word);
            }
            check_field(fields.len(), word)?;
            fields.push(word);
        }
        let text = fields.join(" ");
        // Any moment will do to see whether there is a next time; leap years are looked for.
        if first_after(&text, Timestamp::UNIX_EPOCH, "UTC").is_none() {
            return Err(ScheduleError::Never { schedule: text });
        }
        Ok(Self { fields: Some(text.clone()), text })
    }

    fn named(word: &str) -> Result<Self, ScheduleError> {
        let Some((name, fields)) = NAMES.iter().find(|(name, _)| *name == word) else {
            return Err(ScheduleError::Name { found: word.to_owned() });
        };
        Ok(Self { text: (*name).to_owned(), fields: fields.map(ToOwned::to_owned) })
    }

    /// Returns the five fields, also where a name stands for them; `None` for `@reboot`, which no
    /// clock can tell.
    #[must_use]
    pub fn fields(&self) -> Option<&str> {
        self.fields.as_deref()
    }

    /// Returns the first time after a moment, in the time zone of this system.
    #[must_use]
    pub fn next_after(&self, moment: Timestamp) -> Option<Zoned> {
        first_after(self.fields()?, moment, "")
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// Finds the first time of five fields after a moment, in a time zone such as `Europe/Berlin`; an
/// empty one means that of the system.
///
/// `None` if there is no such zone, if these are no five fields, or if the time never comes.
#[must_use]
pub fn first_after(fields: &str, moment: Timestamp, zone: &str) -> Option<Zoned> {
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::System;
    let expression = cronexpr::parse_crontab_with(&format!("{fields} {zone}"), options).ok()?;
    expression.find_next(cronexpr::MakeTimestamp(moment)).ok()
}

fn check_field(index: usize, word: &str) -> Result<(), ScheduleError> {
    let refuse = |problem: String| ScheduleError::Field {
        field: FIELDS[index],
        found: word.to_owned(),
        problem,
    };
    // cronexpr knows more than crontab(5), such as `L`, `#` and `5/15`; cron itself would refuse.
    if !word.split(',').all(is_plain) {
        return Err(refuse(FORMS.to_owned()));
    }
    let mut fields = ["*"; 5];
    fields[index] = word;
    let Err(error) = cronexpr::parse_crontab(&format!("{} UTC", fields.join(" "))) else {
        return Ok(());
    };
    // The library draws the expression and an arrow above its last line.
    let said = error.to_string();
    let said = said.lines().last().unwrap_or_default().trim_start_matches([' ', '^']);
    Err(refuse(match said {
        "malformed expression" => FORMS.to_owned(),
        said => said.replace("..=", " to "),
    }))
}

/// What a field may look like.
const FORMS: &str = "use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of \
                     these, and jan or mon where they fit";

/// Tells whether an item of a list has one of the forms `*`, `*/n`, `v`, `v-v`, `v-v/n`.
fn is_plain(item: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = |text: &str| {
        digits(text) || (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (item, None),
    };
    let many = match range.split_once('-') {
        Some((first, last)) => value(first) && value(last),
        None => range == "*",
    };
    step.map_or(many || value(range), |step| many && digits(step))
}

/// What is wrong with the words that say when.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// A field is not there.
    #[error("the {field} is missing: five fields say when")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is none that cron would take.
    #[error("the {field} {found:?} is not right: {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What was given.
        found: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no such day.
    #[error("{schedule:?} never comes: no year has that day")]
    Never {
        /// What was given.
        schedule: String,
    },
    /// There is no such name.
    #[error(
        "{found:?} is not known; known are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, \
         @annually and @reboot"
    )]
    Name {
        /// What was given.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Schedule, String> {
        Schedule::parse(&mut text.split_whitespace()).map_err(|error| error.to_string())
    }

    /// The next times after a moment, as `Tue 2026-01-06 00:00`.
    fn times(fields: &str, after: &str, zone: &str, count: usize) -> Vec<String> {
        assert!(parse(fields).is_ok(), "{fields}: {:?}", parse(fields));
        let mut moment: Timestamp = after.parse().unwrap();
        let mut times = Vec::new();
        for _ in 0..count {
            let next = first_after(fields, moment, zone).unwrap();
            times.push(next.strftime("%a %Y-%m-%d %H:%M").to_string());
            moment = next.timestamp();
        }
        times
    }

    #[test]
    fn days_of_month_and_week_are_either_or_when_both_are_given() {
        // Friday the 13th is crontab(5)'s own trap: this means every Friday and every 13th.
        assert_eq!(
            times("0 0 13 * 5", "2026-01-01T00:00:00Z", "UTC", 4),
            [
                "Fri 2026-01-02 00:00",
                "Fri 2026-01-09 00:00",
                "Tue 2026-01-13 00:00",
                "Fri 2026-01-16 00:00",
            ]
        );
        // With a star in front, both must hold, as in the cron that everybody copied.
        assert_eq!(
            times("0 0 */2 * mon", "2026-01-01T00:00:00Z", "UTC", 2),
            ["Mon 2026-01-05 00:00", "Mon 2026-01-19 00:00"]
        );
        assert_eq!(times("0 0 * * 5", "2026-01-03T00:00:00Z", "UTC", 1), ["Fri 2026-01-09 00:00"]);
        assert_eq!(times("0 0 5 * *", "2026-01-06T00:00:00Z", "UTC", 1), ["Thu 2026-02-05 00:00"]);
    }

    #[test]
    fn sunday_is_0_and_7_and_sun() {
        for sunday in ["0", "7", "sun", "SUN", "0-0", "7-7"] {
            let fields = format!("30 4 * * {sunday}");
            assert_eq!(
                times(&fields, "2026-01-01T00:00:00Z", "UTC", 2),
                ["Sun 2026-01-04 04:30", "Sun 2026-01-11 04:30"],
                "{fields}"
            );
        }
        assert_eq!(
            times("0 0 * * 5-7", "2026-01-01T00:00:00Z", "UTC", 4),
            [
                "Fri 2026-01-02 00:00",
                "Sat 2026-01-03 00:00",
                "Sun 2026-01-04 00:00",
                "Fri 2026-01-09 00:00",
            ]
        );
    }

    #[test]
    fn ranges_lists_steps_and_names_mean_what_crontab_says() {
        assert_eq!(
            times("5-20/15,50 9 * jan,mar mon-wed", "2026-01-28T09:10:00Z", "UTC", 4),
            [
                "Wed 2026-01-28 09:20",
                "Wed 2026-01-28 09:50",
                "Mon 2026-03-02 09:05",
                "Mon 2026-03-02 09:20",
            ]
        );
        assert_eq!(
            times("0 0 29 feb *", "2026-01-01T00:00:00Z", "UTC", 1),
            ["Tue 2028-02-29 00:00"]
        );
    }

    #[test]
    fn times_are_local_and_those_that_a_clock_change_skips_come_the_day_after() {
        let zone = "Europe/Berlin";
        assert_eq!(times("0 12 * * *", "2026-07-01T09:59:00Z", zone, 1), ["Wed 2026-07-01 12:00"]);
        assert_eq!(
            times("30 2 * * *", "2026-03-28T00:00:00Z", zone, 2),
            ["Sat 2026-03-28 02:30", "Mon 2026-03-30 02:30"]
        );
    }

    #[test]
    fn names_stand_for_fields() {
        let next = |name: &str| parse(name).unwrap().fields;
        assert_eq!(next("@daily").as_deref(), Some("0 0 * * *"));
        assert_eq!(next("@reboot"), None);
        assert_eq!(parse("@hourly").unwrap().to_string(), "@hourly");
        for (name, fields) in NAMES {
            assert!(fields.is_none_or(|fields| parse(fields).is_ok()), "{name}");
        }
    }

    #[test]
    fn what_cron_would_not_take_is_refused() {
        let refused: Vec<_> = [
            "",
            "1 2 3",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "* * * * fun",
            "mon * * * *",
            "5/15 * * * *",
            "*/0 * * * *",
            "9-5 * * * *",
            "1,,2 * * * *",
            "-1 * * * *",
            "* * L * *",
            "* * * * 5#2",
            "H * * * *",
            "1.5 * * * *",
            "0 0 30 2 *",
            "@fortnightly",
            "@Daily",
        ]
        .iter()
        .map(|text| format!("{text:14} | {}\n", parse(text).expect_err(text)))
        .collect();
        insta::assert_snapshot!(refused.concat(), @r#"
                       | the minute is missing: five fields say when
        1 2 3          | the month is missing: five fields say when
        60 * * * *     | the minute "60" is not right: value must be in range 0 to 59; found 60
        * 24 * * *     | the hour "24" is not right: value must be in range 0 to 23; found 24
        * * 0 * *      | the day of month "0" is not right: value must be in range 1 to 31; found 0
        * * * 13 *     | the month "13" is not right: value must be in range 1 to 12; found 13
        * * * * 8      | the day of week "8" is not right: value must be in range 0 to 7; found 8
        * * * * fun    | the day of week "fun" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        mon * * * *    | the minute "mon" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        5/15 * * * *   | the minute "5/15" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        */0 * * * *    | the minute "*/0" is not right: step must be greater than 0
        9-5 * * * *    | the minute "9-5" is not right: range must be in ascending order; found 9-5
        1,,2 * * * *   | the minute "1,,2" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        -1 * * * *     | the minute "-1" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        * * L * *      | the day of month "L" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        * * * * 5#2    | the day of week "5#2" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        H * * * *      | the minute "H" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        1.5 * * * *    | the minute "1.5" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        0 0 30 2 *     | "0 0 30 2 *" never comes: no year has that day
        @fortnightly   | "@fortnightly" is not known; known are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually and @reboot
        @Daily         | "@Daily" is not known; known are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually and @reboot
        "#);
    }
}
