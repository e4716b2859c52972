//! The settings of the runner.

use jci_daemon::Fallback::{Absent, Required, Value};
use jci_daemon::{Setting, Telling};

/// All settings, in the order in which they are shown.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::plain(
        "server",
        "JCI_SERVER",
        "ADDRESS",
        Required,
        "Address of jci-server, as jobs reach it too: a host, or a URL",
    ),
    Setting::secret(
        "runner_secret",
        "JCI_RUNNER_SECRET",
        Required,
        "Secret that runners show to the server",
    ),
    Setting::plain(
        "runner_db",
        "JCI_RUNNER_DB",
        "FILE",
        Value("jci-runner.db"),
        "Database of this runner: its name, and the jobs that it has in hand",
    ),
    Setting::plain(
        "runner_data",
        "JCI_RUNNER_DATA",
        "FOLDER",
        Value("jci-runner-data"),
        "Folder for logs: those that the server does not have yet, and those of containers that are kept",
    ),
    Setting::plain(
        "runner_name",
        "JCI_RUNNER_NAME",
        "NAME",
        Absent,
        "Name of this runner when its database is made; without it the host's, and some digits",
    ),
    Setting::plain(
        "binary",
        "JCI_BINARY",
        "FILE",
        Value("/usr/local/bin/git-jci"),
        "Static git-jci that jobs find at /usr/local/bin/git-jci; the engine must see it there, too",
    ),
    Setting::plain(
        "capacity",
        "JCI_RUNNER_CAPACITY",
        "NUMBER",
        Value("2"),
        "Jobs that this runner runs at once",
    ),
    Setting::plain(
        "labels",
        "JCI_RUNNER_LABELS",
        "LABELS",
        Value(""),
        "What this runner has, separated by commas; jobs that need more go to others",
    ),
    Setting::plain(
        "runtime",
        "JCI_RUNTIME",
        "KIND",
        Value("docker"),
        "What runs jobs: docker, or host for plain processes of this machine, which nothing isolates",
    ),
    Setting::plain(
        "docker_host",
        "DOCKER_HOST",
        "URL",
        Absent,
        "Where the Docker Engine, or Podman, listens; without it where docker looks",
    ),
    Setting::plain(
        "docker_config",
        "DOCKER_CONFIG",
        "FOLDER",
        Absent,
        "Folder whose config.json has the credentials for registries of images; without it ~/.docker",
    ),
    Setting::plain(
        "image_pull",
        "JCI_IMAGE_PULL",
        "WHEN",
        Value("missing"),
        "When the image of a job is fetched: missing, always or never",
    ),
    Setting::plain(
        "job_memory",
        "JCI_JOB_MEMORY",
        "SIZE",
        Absent,
        "Memory of a job, swap included; without it all of the machine",
    ),
    Setting::plain(
        "job_cpus",
        "JCI_JOB_CPUS",
        "NUMBER",
        Absent,
        "Processors of a job, such as 1.5; without it all of the machine",
    ),
    Setting::plain(
        "job_processes",
        "JCI_JOB_PROCESSES",
        "NUMBER",
        Value("4096"),
        "Processes and threads of a job; 0 for any number",
    ),
    Setting::plain(
        "job_open_files",
        "JCI_JOB_OPEN_FILES",
        "NUMBER",
        Value("0"),
        "Open files of each process of a job; 0 for what the engine gives",
    ),
    Setting::plain(
        "job_disk",
        "JCI_JOB_DISK",
        "SIZE",
        Absent,
        "What a job may write into its own file system, where the engine can limit that",
    ),
    Setting::plain(
        "job_network",
        "JCI_JOB_NETWORK",
        "REACH",
        Value("filtered"),
        "What jobs reach: filtered (the internet, not this machine), open or none",
    ),
    Setting::plain(
        "network_reuse",
        "JCI_NETWORK_REUSE",
        "BOOL",
        Value("true"),
        "Whether a job may get the network namespace of an earlier one, once nothing of that is left in it",
    ),
    Setting::plain(
        "job_log",
        "JCI_JOB_LOG",
        "SIZE",
        Value("1GiB"),
        "What a job may write to its log before it is stopped",
    ),
    Setting::plain(
        "job_capabilities",
        "JCI_JOB_CAPABILITIES",
        "NAMES",
        Value("CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID"),
        "Rights of root that a job has in its container, separated by commas; all others are taken",
    ),
    Setting::plain(
        "stop_grace",
        "JCI_STOP_GRACE",
        "DURATION",
        Value("10s"),
        "How long a job may take to end that is stopped, before it is killed",
    ),
    Setting::plain(
        "contact_limit",
        "JCI_CONTACT_LIMIT",
        "DURATION",
        Value("20s"),
        "How long the server may not be reached before jobs are stopped; at most two thirds of a lease",
    ),
    Setting::plain(
        "kept_containers",
        "JCI_KEPT_CONTAINERS",
        "NUMBER",
        Value("10"),
        "How many containers that have ended are kept for a look",
    ),
    Setting::plain(
        "kept_age",
        "JCI_KEPT_AGE",
        "DURATION",
        Value("24h"),
        "How long containers that have ended are kept",
    ),
    Setting::plain(
        "disk_low",
        "JCI_DISK_LOW",
        "SIZE",
        Value("1GiB"),
        "Free space of the folder for logs below which no job is taken",
    ),
    Setting::plain(
        "drain_grace",
        "JCI_DRAIN_GRACE",
        "DURATION",
        Value("1h"),
        "How long jobs may go on once the runner is asked to stop",
    ),
    Telling::LOG,
    Telling::LOG_FORMAT,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helps_are_phrases_and_flags_take_no_secret() {
        for setting in SETTINGS {
            assert!(!setting.help.ends_with('.'), "{}: a help is a phrase", setting.key);
            let secret = setting.kind == jci_daemon::Kind::Secret;
            assert!(!secret || setting.flag().ends_with("-file"), "{}", setting.key);
        }
    }
}
