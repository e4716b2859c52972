//! The settings there are, each defined once: flags, variables, file, help and docs follow.

/// One thing that can be set.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its key in the file; with `-` for `_` it is the flag.
    pub(crate) key: &'static str,
    /// Its variable.
    pub(crate) variable: &'static str,
    /// Whether its value must not be seen.
    pub(crate) kind: Kind,
    /// What kind of value it takes, as one word.
    pub(crate) takes: &'static str,
    /// What holds if it is set nowhere.
    pub(crate) fallback: Fallback,
    /// What it means, with its unit.
    pub(crate) help: &'static str,
}

/// Whether a value must not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anybody may see it.
    Plain,
    /// It never comes as an argument, which every process of the machine can read, but as a
    /// variable or in a file of its own.
    Secret,
}

/// What holds if a setting is set nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// Nothing does: the server does not start.
    Required,
    /// There is none, and that means something.
    Absent,
    /// This value.
    Value(&'static str),
}

impl Setting {
    /// Returns its flag without the dashes; for a secret the flag takes the name of a file.
    pub(crate) fn flag(&self) -> String {
        match self.kind {
            Kind::Plain => self.key.replace('_', "-"),
            Kind::Secret => format!("{}-file", self.key.replace('_', "-")),
        }
    }

    /// Returns the key of the file that holds its value, if it is a secret.
    pub(crate) fn file_key(&self) -> Option<String> {
        (self.kind == Kind::Secret).then(|| format!("{}_file", self.key))
    }

    /// Returns the variable that names the file with its value, if it is a secret.
    pub(crate) fn file_variable(&self) -> Option<String> {
        (self.kind == Kind::Secret).then(|| format!("{}_FILE", self.variable))
    }
}

const fn plain(
    key: &'static str,
    variable: &'static str,
    takes: &'static str,
    fallback: Fallback,
    help: &'static str,
) -> Setting {
    Setting { key, variable, kind: Kind::Plain, takes, fallback, help }
}

const fn secret(
    key: &'static str,
    variable: &'static str,
    fallback: Fallback,
    help: &'static str,
) -> Setting {
    Setting { key, variable, kind: Kind::Secret, takes: "SECRET", fallback, help }
}

use Fallback::{Absent, Required, Value};

/// All settings, in the order in which they are shown.
pub(crate) const SETTINGS: &[Setting] = &[
    plain(
        "forge",
        "JCI_FORGE",
        "KIND",
        Value("gitea"),
        "Which forge it is: gitea, forgejo, github or gitlab",
    ),
    plain(
        "gitea_host",
        "GITEA_HOST",
        "ADDRESS",
        Required,
        "Address of the forge, whichever it is: a host, or a URL; https:// is assumed",
    ),
    plain(
        "gitea_user",
        "GITEA_USER",
        "NAME",
        Value("jci"),
        "User that the token belongs to; forges that know users by their token take any",
    ),
    secret(
        "gitea_token",
        "GITEA_TOKEN",
        Required,
        "Token of the forge: may read repositories, push to them and set statuses",
    ),
    secret(
        "gitea_webhook_secret",
        "GITEA_WEBHOOK_SECRET",
        Required,
        "Secret that the forge signs its webhooks with",
    ),
    secret(
        "runner_secret",
        "JCI_RUNNER_SECRET",
        Required,
        "Secret that runners show when they ask for work",
    ),
    secret(
        "api_token",
        "JCI_API_TOKEN",
        Absent,
        "Token by which people use the API; without it the API is closed to people",
    ),
    plain(
        "listen",
        "JCI_LISTEN",
        "ADDRESS",
        Value(":8080"),
        "Address to listen on: <ip>:<port>, or :<port> for all addresses of the machine",
    ),
    plain("ip", "JCI_IP", "IP", Absent, "IP address to listen on, in place of the one in listen"),
    plain(
        "port",
        "JCI_PORT",
        "PORT",
        Absent,
        "Port to listen on, in place of the one in listen; 0 takes any that is free",
    ),
    plain(
        "address_file",
        "JCI_ADDRESS_FILE",
        "FILE",
        Absent,
        "File to write the address into that is listened on, once it is",
    ),
    plain(
        "public_url",
        "JCI_PUBLIC_URL",
        "URL",
        Absent,
        "Address of this server for people's browsers; statuses link to it",
    ),
    plain(
        "db",
        "JCI_DB",
        "FILE-OR-URL",
        Value("jci-server.db"),
        "Database: a file for SQLite, or a postgres:// URL",
    ),
    plain("data", "JCI_DATA", "FOLDER", Value("jci-data"), "Folder for the logs of jobs"),
    plain(
        "max_jobs",
        "JCI_MAX_JOBS",
        "NUMBER",
        Value("4"),
        "Jobs that run at once at most; 0 for any number",
    ),
    plain(
        "job_timeout",
        "JCI_JOB_TIMEOUT",
        "DURATION",
        Value("60m"),
        "How long a job may run: 90s, 60m, 1h30m",
    ),
    plain(
        "job_attempts",
        "JCI_JOB_ATTEMPTS",
        "NUMBER",
        Value("3"),
        "How often a job is tried whose runner is lost; a job that fails is tried once",
    ),
    plain(
        "lease",
        "JCI_LEASE",
        "DURATION",
        Value("30s"),
        "How long nothing may be heard of a runner before its jobs are given to others",
    ),
    plain(
        "runner_script",
        "JCI_RUNNER_SCRIPT",
        "FILE",
        Absent,
        "Script that runners run in the container of a job, in place of the one built in",
    ),
    plain(
        "runner_image",
        "JCI_RUNNER_IMAGE",
        "IMAGE",
        Value("python:3.11"),
        "Image of the container of a job",
    ),
    plain(
        "job_allow_docker_for_repos",
        "JCI_JOB_ALLOW_DOCKER_FOR_REPOS",
        "REPOSITORIES",
        Value(""),
        "Repositories, separated by commas, whose jobs get the Docker socket, and so the machine",
    ),
    plain(
        "credentials",
        "JCI_CREDENTIALS",
        "KIND",
        Value("proxy"),
        "How jobs reach git: proxy (a token for one job) or token (the forge's own, in the URL)",
    ),
    plain(
        "pack_limit",
        "JCI_PACK_LIMIT",
        "SIZE",
        Value("4GiB"),
        "How much one push of a job may hold",
    ),
    plain(
        "results_every",
        "JCI_RESULTS_EVERY",
        "DURATION",
        Value("15s"),
        "How often the forge is asked for runs that jobs pushed past this server",
    ),
    plain(
        "schedules_every",
        "JCI_SCHEDULES_EVERY",
        "DURATION",
        Value("10m"),
        "How often .jci/crontab is read again without a push",
    ),
    plain("log_limit", "JCI_LOG_LIMIT", "SIZE", Value("256MiB"), "How much log of a job is kept"),
    plain(
        "history_age",
        "JCI_HISTORY_AGE",
        "DURATION",
        Value("90d"),
        "How long ended jobs and their logs are kept",
    ),
    plain(
        "history_jobs",
        "JCI_HISTORY_JOBS",
        "NUMBER",
        Value("100000"),
        "How many ended jobs are kept",
    ),
    plain(
        "connections",
        "JCI_CONNECTIONS",
        "NUMBER",
        Value("4096"),
        "Connections at once at most; further ones wait",
    ),
    plain(
        "connections_per_address",
        "JCI_CONNECTIONS_PER_ADDRESS",
        "NUMBER",
        Value("2048"),
        "Connections at once from one IP address at most; further ones are closed",
    ),
    plain(
        "client_patience",
        "JCI_CLIENT_PATIENCE",
        "DURATION",
        Value("15s"),
        "How long a client may take to send its request",
    ),
    plain(
        "shutdown_grace",
        "JCI_SHUTDOWN_GRACE",
        "DURATION",
        Value("20s"),
        "How long requests may take to finish once the server is asked to stop",
    ),
    plain(
        "public_metrics",
        "JCI_PUBLIC_METRICS",
        "BOOL",
        Value("false"),
        "Whether /metrics answers without the API token",
    ),
    plain(
        "log",
        "JCI_LOG",
        "FILTER",
        Value("info"),
        "What is logged: error, warn, info, debug, trace, or a filter such as info,jci_server=debug",
    ),
    plain(
        "log_format",
        "JCI_LOG_FORMAT",
        "KIND",
        Value("text"),
        "Form of the server's own log on standard error: text or json",
    ),
    plain(
        "otlp_endpoint",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "URL",
        Absent,
        "Where traces go, as OTLP over HTTP; without it there are none",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_one_rule() {
        for setting in SETTINGS {
            let key = setting.variable.to_ascii_lowercase();
            let key = key.strip_prefix("jci_").unwrap_or(&key);
            let key = key.strip_prefix("otel_exporter_").unwrap_or(key);
            assert_eq!(setting.key, key);
            assert!(!setting.help.ends_with('.'), "{}: a help is a phrase", setting.key);
        }
    }

    #[test]
    fn no_flag_takes_a_secret() {
        let secrets = SETTINGS.iter().filter(|setting| setting.kind == Kind::Secret);
        assert!(secrets.map(Setting::flag).all(|flag| flag.ends_with("-file")));
    }
}
