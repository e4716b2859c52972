//! Settings as a whole: what is refused, and that file and docs are complete.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use jci_daemon::{Fallback, Setting};

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    let least = [("JCI_SERVER", "ci.example.org"), ("JCI_RUNNER_SECRET", "s3cret")];
    let all: HashMap<_, _> = least.iter().chain(variables).copied().collect();
    let variables = |name: &str| all.get(name).map(OsString::from);
    Config::invoke([OsString::from("jci-runner")], &variables).map(|invocation| invocation.config)
}

#[test]
fn the_least_is_enough() {
    let config = read(&[]).unwrap();
    assert_eq!(config.server.address.as_str(), "https://ci.example.org/");
    assert_eq!((config.own.capacity, config.jobs.limits.processes), (2, Some(4096)));
    assert_eq!((config.jobs.limits.memory, config.jobs.pull), (None, Pull::Missing));
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let errors = read(&[
        ("JCI_SERVER", "https://ann:pw@ci.example.org"),
        ("JCI_BINARY", "git-jci"),
        ("JCI_JOB_CPUS", "many"),
        ("JCI_RUNNER_NAME", "a b"),
        ("JCI_IMAGE_PULL", "often"),
    ]);
    let errors: Vec<_> = errors.unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    JCI_SERVER must be without a user and a password
    JCI_RUNNER_NAME is "a b", but must be a name of letters, digits, dots and dashes, of 64 at most
    JCI_BINARY is "git-jci", but must be an absolute path
    JCI_IMAGE_PULL is "often", but must be missing, always or never
    JCI_JOB_CPUS is "many", but must be a number such as 1.5
    "#);
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn the_documentation_has_every_setting() {
    let text = fs::read_to_string(repository().join("docs/runner-settings.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = SETTINGS.iter().map(Setting::markdown_row).collect();
    assert_eq!(rows, expected, "put these rows there:\n{}", expected.join("\n"));
}

#[test]
fn defaults_are_values_that_can_be_read() {
    let defaults = SETTINGS.iter().filter_map(|setting| match setting.fallback {
        Fallback::Value(value) if !value.is_empty() => Some((setting.variable, value)),
        _ => None,
    });
    read(&defaults.collect::<Vec<_>>()).unwrap();
}
