//! When: the five fields of crontab(5), or one of its `@` names.

use jiff::Timestamp;
use thiserror::Error;

/// The names of the fields, in their order.
const FIELDS: [&str; 5] = ["minute", "hour", "day of month", "month", "day of week"];

/// The names that stand for five fields; no clock tells when `@reboot` comes.
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

/// What a field may look like.
const FORMS: &str = "use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of \
                     these, and jan or mon where they fit";

/// What is wrong with the fields that say when.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FieldsError {
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
    #[error("{fields:?} never comes: no year has that day")]
    Never {
        /// What was given.
        fields: String,
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

/// Takes the fields from the front of the words of a line, as they were written and as five
/// fields; there are none for `@reboot`.
pub(super) fn take<'a>(
    words: &mut impl Iterator<Item = &'a str>,
) -> Result<(String, Option<String>), FieldsError> {
    let mut fields = Vec::new();
    for field in FIELDS {
        let Some(word) = words.next() else { return Err(FieldsError::Missing { field }) };
        if fields.is_empty() && word.starts_with('@') {
            return named(word);
        }
        check(fields.len(), word)?;
        fields.push(word);
    }
    let fields = fields.join(" ");
    // Any moment will do to see whether there is a next time; leap years are looked for.
    if first_after(&fields, Timestamp::UNIX_EPOCH, "UTC").is_none() {
        return Err(FieldsError::Never { fields });
    }
    Ok((fields.clone(), Some(fields)))
}

fn named(word: &str) -> Result<(String, Option<String>), FieldsError> {
    let Some((name, fields)) = NAMES.iter().find(|(name, _)| *name == word) else {
        return Err(FieldsError::Name { found: word.to_owned() });
    };
    Ok(((*name).to_owned(), fields.map(ToOwned::to_owned)))
}

/// Finds the first time after a moment, in a time zone; one that is not known is UTC.
pub(crate) fn first_after(fields: &str, moment: Timestamp, zone: &str) -> Option<Timestamp> {
    let expression = cronexpr::parse_crontab(&format!("{fields} {zone}"))
        .or_else(|_| cronexpr::parse_crontab(&format!("{fields} UTC")))
        .ok()?;
    let next = expression.find_next(cronexpr::MakeTimestamp(moment)).ok()?;
    Some(next.timestamp())
}

fn check(index: usize, word: &str) -> Result<(), FieldsError> {
    let refuse = |problem: String| FieldsError::Field {
        field: FIELDS[index],
        found: word.to_owned(),
        problem,
    };
    // The library knows more than crontab(5), such as `L`, `#` and `5/15`, which `git jci cron`
    // could not hand on to cron.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn times(fields: &str, after: &str, zone: &str, count: usize) -> Vec<String> {
        assert!(take(&mut fields.split(' ')).is_ok(), "{fields}");
        let first: Timestamp = after.parse().unwrap();
        std::iter::successors(first_after(fields, first, zone), |time| {
            first_after(fields, *time, zone)
        })
        .take(count)
        .map(|time| time.strftime("%a %Y-%m-%d %H:%M").to_string())
        .collect()
    }

    #[test]
    fn days_of_month_and_week_are_either_or_when_both_are_given() {
        assert_eq!(
            times("0 0 13 * 5", "2026-01-03T00:00:00Z", "UTC", 3),
            ["Fri 2026-01-09 00:00", "Tue 2026-01-13 00:00", "Fri 2026-01-16 00:00"]
        );
        assert_eq!(times("0 0 5 * *", "2026-01-06T00:00:00Z", "UTC", 1), ["Thu 2026-02-05 00:00"]);
    }

    #[test]
    fn sunday_is_0_and_7() {
        for sunday in ["0", "7", "sun"] {
            let fields = format!("30 4 * * {sunday}");
            let found = times(&fields, "2026-01-01T00:00:00Z", "UTC", 1);
            assert_eq!(found, ["Sun 2026-01-04 04:30"], "{fields}");
        }
    }

    #[test]
    fn times_are_those_of_the_zone_and_of_utc_where_it_is_not_known() {
        let found = |zone| times("0 12 * * *", "2026-07-01T00:00:00Z", zone, 1);
        assert_eq!(found("Europe/Berlin"), ["Wed 2026-07-01 10:00"]);
        assert_eq!(found("Atlantis/Centre"), ["Wed 2026-07-01 12:00"]);
    }

    #[test]
    fn what_cron_would_not_take_is_refused() {
        let refused: Vec<_> =
            ["", "1 2 3", "60 * * * *", "5/15 * * * *", "* * L * *", "0 0 30 2 *", "@often"]
                .iter()
                .map(|text| format!("{}\n", take(&mut text.split_whitespace()).expect_err(text)))
                .collect();
        insta::assert_snapshot!(refused.concat(), @r#"
        the minute is missing: five fields say when
        the month is missing: five fields say when
        the minute "60" is not right: value must be in range 0 to 59; found 60
        the minute "5/15" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        the day of month "L" is not right: use *, numbers, ranges such as 1-5, steps such as */5 or 1-9/2, lists of these, and jan or mon where they fit
        "0 0 30 2 *" never comes: no year has that day
        "@often" is not known; known are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually and @reboot
        "#);
    }
}
