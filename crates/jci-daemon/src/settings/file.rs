//! The file with settings, in TOML: one key a setting, no tables.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin};
use super::{Kind, Setting};

/// How alike two names must be for one to be taken for a slip of the other, of 1.
const ALIKE: f64 = 0.7;

/// The values of a file, by key, each with its place.
pub(super) type Values = HashMap<String, (String, Origin)>;

/// Reads a file with settings.
pub(super) fn read(settings: &[Setting], path: &Path) -> Result<Values, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    let values = parse(settings, path, &text)?;
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    let is_secret = |key: &&String| {
        settings.iter().any(|setting| setting.kind == Kind::Secret && setting.key == **key)
    };
    match values.keys().find(is_secret) {
        Some(key) if mode & 0o004 != 0 => {
            Err(ConfigError::Exposed { path: path.to_owned(), key: key.clone() })
        }
        _ => Ok(values),
    }
}

/// Reads the text of a file; the path is for messages.
pub(super) fn parse(settings: &[Setting], path: &Path, text: &str) -> Result<Values, ConfigError> {
    let line_of = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| ConfigError::NotToml {
        path: path.to_owned(),
        line: line_of(error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let mut values = Values::new();
    for (key, value) in table.get_ref() {
        let (line, key) = (line_of(key.span().start), key.get_ref().as_ref());
        check_key(settings, path, line, key)?;
        let value = scalar(value).ok_or_else(|| ConfigError::NotAValue {
            path: path.to_owned(),
            line,
            key: key.to_owned(),
            found: value.get_ref().type_str(),
        })?;
        let origin = Origin::File { path: path.to_owned(), line, key: key.to_owned() };
        values.insert(key.to_owned(), (value, origin));
    }
    Ok(values)
}

/// Returns a value as it would stand in a variable.
fn scalar(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn check_key(settings: &[Setting], path: &Path, line: usize, key: &str) -> Result<(), ConfigError> {
    let known = || {
        let files = settings.iter().filter_map(Setting::file_key);
        settings.iter().map(|setting| setting.key.to_owned()).chain(files)
    };
    if known().any(|known| known == key) {
        return Ok(());
    }
    let near = known()
        .map(|known| (strsim::jaro_winkler(&known, key), known))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .filter(|(alike, _)| *alike >= ALIKE);
    Err(ConfigError::UnknownKey {
        path: path.to_owned(),
        line,
        key: key.to_owned(),
        near: near.map(|(_, name)| name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Fallback::Absent;

    const SETTINGS: &[Setting] = &[
        Setting::plain("max_jobs", "JCI_MAX_JOBS", "NUMBER", Absent, "Jobs"),
        Setting::plain("public_metrics", "JCI_PUBLIC_METRICS", "BOOL", Absent, "Metrics"),
        Setting::plain("log", "JCI_LOG", "FILTER", Absent, "Log"),
    ];

    fn error(text: &str) -> String {
        parse(SETTINGS, Path::new("jci.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn texts_numbers_and_truths_are_values() {
        let values =
            parse(SETTINGS, Path::new("a"), "log = \"info\"\nmax_jobs = 7\npublic_metrics = true")
                .unwrap();
        assert_eq!(values["max_jobs"].0, "7");
        assert_eq!(values["max_jobs"].1.to_string(), "max_jobs in a:2");
        assert_eq!((&*values["log"].0, &*values["public_metrics"].0), ("info", "true"));
    }

    #[test]
    fn what_is_wrong_is_named_by_line() {
        insta::assert_snapshot!(error("log = 'x'\n\nmax_job = 3"),
            @"jci.toml:3 has no meaning: there is no setting max_job; is it max_jobs?");
        insta::assert_snapshot!(error("zzzz = 3"),
            @"jci.toml:1 has no meaning: there is no setting zzzz");
        insta::assert_snapshot!(error("[server]\nlog = 'x'"),
            @"jci.toml:1 has no meaning: there is no setting server");
        insta::assert_snapshot!(error("log = ['x']"),
            @"jci.toml:1: log must be a text, a number or true or false, not array");
        assert!(error("log = 'x'\nmax_jobs =").starts_with("jci.toml:2 is not TOML: "));
    }
}
