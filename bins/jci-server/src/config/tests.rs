//! Settings as a whole: what wins, what is refused, and that file and docs are complete.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use jci_daemon::{Fallback, Setting};

use super::*;

/// The least that makes a server.
const LEAST: [(&str, &str); 4] = [
    ("GITEA_HOST", "git.example.org"),
    ("GITEA_TOKEN", "t0ken"),
    ("GITEA_WEBHOOK_SECRET", "h00k"),
    ("JCI_RUNNER_SECRET", "r unner"),
];

fn read(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Config, Vec<ConfigError>> {
    let all = LEAST.iter().chain(variables);
    let map: HashMap<_, _> =
        all.map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let arguments = ["jci-server"].iter().chain(arguments).map(OsString::from);
    let variables = |name: &str| map.get(name).map(OsString::from);
    Config::invoke(arguments, &variables).map(|invocation| invocation.config)
}

/// Returns all that is wrong, a line each.
fn errors(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let errors = read(arguments, variables).map(drop).unwrap_err();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_least_is_enough() {
    let config = read(&[], &[]).unwrap();
    assert_eq!(config.listen.address.to_string(), "[::]:8080");
    assert_eq!(config.jobs.max, Some(4));
    assert_eq!(config.jobs.timeout.as_secs(), 3600);
    assert_eq!(config.jobs.image, "python:3.11");
    assert_eq!(config.jobs.credentials, Credentials::Proxy);
    assert!(config.callers.api_token.is_none());
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "a.toml", "max_jobs = 7\njob_timeout = '7m'\nrunner_image = 'seven'");
    let variables = [("JCI_CONFIG", &*path), ("JCI_MAX_JOBS", "8"), ("JCI_JOB_TIMEOUT", "8m")];
    let config = read(&["--max-jobs", "9"], &variables).unwrap();
    assert_eq!(config.jobs.max, Some(9));
    assert_eq!(config.jobs.timeout.as_secs(), 480);
    assert_eq!(config.jobs.image, "seven");
}

#[test]
fn a_secret_comes_from_a_file_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "token", "s3cret\n");
    let flag = read(&["--api-token-file", &path], &[]).unwrap();
    let variable = read(&[], &[("JCI_API_TOKEN_FILE", &path)]).unwrap();
    for config in [flag, variable] {
        use secrecy::ExposeSecret as _;
        assert_eq!(config.callers.api_token.as_ref().unwrap().expose_secret(), "s3cret");
        assert!(!format!("{config:?}").contains("s3cret"));
    }
    let both = errors(&[], &[("JCI_API_TOKEN", "x"), ("JCI_API_TOKEN_FILE", &path)]);
    assert_eq!(both, "JCI_API_TOKEN and JCI_API_TOKEN_FILE are both set; keep one of them");
    assert!(errors(&["--api-token", "x"], &[]).contains("--api-token-file"));
}

#[test]
fn a_file_with_a_secret_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "a.toml", "api_token = 's3cret'");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let error = errors(&["--config", &path], &[]);
    assert!(error.ends_with(&format!("type: chmod 600 {path}")), "{error}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    read(&["--config", &path], &[]).unwrap();
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let variables = [
        ("GITEA_TOKEN", "no spaces please"),
        ("GITEA_HOST", "https://ann:pw@git.example.org"),
        ("JCI_FORGE", "svn"),
        ("JCI_JOB_TIMEOUT", "soon"),
        ("JCI_RUNNER_SECRET", ""),
        ("JCI_LOG_LIMIT", "many"),
    ];
    insta::assert_snapshot!(errors(&["--port", "99999"], &variables), @r#"
    JCI_RUNNER_SECRET is not set: Secret that runners show when they ask for work
    JCI_FORGE is "svn", but must be gitea, forgejo, github or gitlab
    GITEA_HOST must be a host or a URL: the address of the forge holds a user or a password; give the token by itself
    GITEA_TOKEN must be a secret that can be used: the secret holds a space or a character that is not printable ASCII
    --port is "99999", but must be a port, 0 to 65535
    JCI_JOB_TIMEOUT is "soon", but must be a duration such as 90s, 60m, 1h30m or 7d
    JCI_LOG_LIMIT is "many", but must be a size such as 500KiB, 256MiB or 2GiB
    "#);
}

#[test]
fn a_password_of_a_database_is_no_argument() {
    let url = "postgres://jci:s3cret@db/jci";
    let error = errors(&["--db", url], &[]);
    assert!(error.starts_with("--db must be ") && !error.contains("s3cret"), "{error}");
    read(&[], &[("JCI_DB", url)]).unwrap();
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn the_documentation_has_every_setting() {
    let text = fs::read_to_string(repository().join("docs/server-settings.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = SETTINGS.iter().map(Setting::markdown_row).collect();
    assert_eq!(rows, expected, "put these rows there:\n{}", expected.join("\n"));
}

#[test]
fn the_example_is_complete_and_works() {
    let path = repository().join("examples/server/jci-server.toml");
    let text = fs::read_to_string(&path).unwrap();
    // A default stands there commented out; with the marks gone every line holds.
    let all: String = text
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    let values: HashMap<_, _> = PROGRAM.parse_file(&path, &all).unwrap().into_iter().collect();
    for setting in SETTINGS {
        let key = setting.file_key().unwrap_or_else(|| setting.key.to_owned());
        let value = values.get(&key).unwrap_or_else(|| panic!("{key} is not in the example"));
        if let Fallback::Value(default) = setting.fallback {
            assert_eq!(value, default, "{key} is not shown with its default");
        }
    }
    read(&["--config", path.to_str().unwrap()], &[]).unwrap();
}
