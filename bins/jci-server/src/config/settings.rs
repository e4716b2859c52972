//! The settings of the server.

use jci_daemon::Fallback::{Absent, Required, Value};
use jci_daemon::{Setting, Telling};

/// All settings, in the order in which they are shown.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::plain(
        "forge",
        "JCI_FORGE",
        "KIND",
        Value("gitea"),
        "Which forge it is: gitea, forgejo, github or gitlab",
    ),
    Setting::plain(
        "gitea_host",
        "GITEA_HOST",
        "ADDRESS",
        Required,
        "Address of the forge, whichever it is: a host, or a URL; https:// is assumed",
    ),
    Setting::plain(
        "gitea_user",
        "GITEA_USER",
        "NAME",
        Value("jci"),
        "User that the token belongs to; forges that know users by their token take any",
    ),
    Setting::secret(
        "gitea_token",
        "GITEA_TOKEN",
        Required,
        "Token of the forge: may read repositories, push to them and set statuses",
    ),
    Setting::secret(
        "gitea_webhook_secret",
        "GITEA_WEBHOOK_SECRET",
        Required,
        "Secret that the forge signs its webhooks with",
    ),
    Setting::secret(
        "runner_secret",
        "JCI_RUNNER_SECRET",
        Required,
        "Secret that runners show when they ask for work",
    ),
    Setting::secret(
        "api_token",
        "JCI_API_TOKEN",
        Absent,
        "Token by which people use the API; without it the API is closed to people",
    ),
    Setting::plain(
        "listen",
        "JCI_LISTEN",
        "ADDRESS",
        Value(":8080"),
        "Address to listen on: <ip>:<port>, or :<port> for all addresses of the machine",
    ),
    Setting::plain(
        "ip",
        "JCI_IP",
        "IP",
        Absent,
        "IP address to listen on, in place of the one in listen",
    ),
    Setting::plain(
        "port",
        "JCI_PORT",
        "PORT",
        Absent,
        "Port to listen on, in place of the one in listen; 0 takes any that is free",
    ),
    Setting::plain(
        "address_file",
        "JCI_ADDRESS_FILE",
        "FILE",
        Absent,
        "File to write the address into that is listened on, once it is",
    ),
    Setting::plain(
        "public_url",
        "JCI_PUBLIC_URL",
        "URL",
        Absent,
        "Address of this server for people's browsers; statuses link to it",
    ),
    Setting::plain(
        "db",
        "JCI_DB",
        "FILE-OR-URL",
        Value("jci-server.db"),
        "Database: a file for SQLite, or a postgres:// URL",
    ),
    Setting::plain("data", "JCI_DATA", "FOLDER", Value("jci-data"), "Folder for the logs of jobs"),
    Setting::plain(
        "max_jobs",
        "JCI_MAX_JOBS",
        "NUMBER",
        Value("4"),
        "Jobs that run at once at most; 0 for any number",
    ),
    Setting::plain(
        "job_timeout",
        "JCI_JOB_TIMEOUT",
        "DURATION",
        Value("60m"),
        "How long a job may run: 90s, 60m, 1h30m",
    ),
    Setting::plain(
        "job_attempts",
        "JCI_JOB_ATTEMPTS",
        "NUMBER",
        Value("3"),
        "How often a job is tried whose runner is lost; a job that fails is tried once",
    ),
    Setting::plain(
        "lease",
        "JCI_LEASE",
        "DURATION",
        Value("30s"),
        "How long nothing may be heard of a runner before its jobs are given to others",
    ),
    Setting::plain(
        "runner_script",
        "JCI_RUNNER_SCRIPT",
        "FILE",
        Absent,
        "Script that runners run in the container of a job, in place of the one built in",
    ),
    Setting::plain(
        "runner_image",
        "JCI_RUNNER_IMAGE",
        "IMAGE",
        Value("python:3.11"),
        "Image of the container of a job",
    ),
    Setting::plain(
        "job_images",
        "JCI_JOB_IMAGES",
        "PATTERNS",
        Value(""),
        "Images that a repository may name in .jci/image, separated by commas; * is anything",
    ),
    Setting::plain(
        "job_allow_docker_for_repos",
        "JCI_JOB_ALLOW_DOCKER_FOR_REPOS",
        "REPOSITORIES",
        Value(""),
        "Repositories, separated by commas, whose jobs get the Docker socket, and so the machine",
    ),
    Setting::plain(
        "credentials",
        "JCI_CREDENTIALS",
        "KIND",
        Value("proxy"),
        "How jobs reach git: proxy (a token for one job) or token (the forge's own, in the URL)",
    ),
    Setting::plain(
        "pack_limit",
        "JCI_PACK_LIMIT",
        "SIZE",
        Value("4GiB"),
        "How much one push of a job may hold",
    ),
    Setting::plain(
        "results_every",
        "JCI_RESULTS_EVERY",
        "DURATION",
        Value("15s"),
        "How often the forge is asked for runs that jobs pushed past this server",
    ),
    Setting::plain(
        "schedules_every",
        "JCI_SCHEDULES_EVERY",
        "DURATION",
        Value("10m"),
        "How often .jci/crontab is read again without a push",
    ),
    Setting::plain(
        "log_limit",
        "JCI_LOG_LIMIT",
        "SIZE",
        Value("256MiB"),
        "How much log of a job is kept",
    ),
    Setting::plain(
        "history_age",
        "JCI_HISTORY_AGE",
        "DURATION",
        Value("90d"),
        "How long ended jobs and their logs are kept",
    ),
    Setting::plain(
        "history_jobs",
        "JCI_HISTORY_JOBS",
        "NUMBER",
        Value("100000"),
        "How many ended jobs are kept",
    ),
    Setting::plain(
        "connections",
        "JCI_CONNECTIONS",
        "NUMBER",
        Value("4096"),
        "Connections at once at most; further ones wait",
    ),
    Setting::plain(
        "connections_per_address",
        "JCI_CONNECTIONS_PER_ADDRESS",
        "NUMBER",
        Value("2048"),
        "Connections at once from one IP address at most; further ones are closed",
    ),
    Setting::plain(
        "client_patience",
        "JCI_CLIENT_PATIENCE",
        "DURATION",
        Value("15s"),
        "How long a client may take to send its request",
    ),
    Setting::plain(
        "shutdown_grace",
        "JCI_SHUTDOWN_GRACE",
        "DURATION",
        Value("20s"),
        "How long requests may take to finish once the server is asked to stop",
    ),
    Setting::plain(
        "public_metrics",
        "JCI_PUBLIC_METRICS",
        "BOOL",
        Value("false"),
        "Whether /metrics answers without the API token",
    ),
    Telling::LOG,
    Telling::LOG_FORMAT,
    Setting::plain(
        "otlp_endpoint",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "URL",
        Absent,
        "Where traces go, as OTLP over HTTP; without it there are none",
    ),
];

#[cfg(test)]
mod tests {
    use jci_daemon::Kind;

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
