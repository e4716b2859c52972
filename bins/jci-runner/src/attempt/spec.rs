//! The container of an attempt, as data; and what is read back of it after a restart.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_proto::{JOB_SCRIPT, JobOffer};
use jci_runtime::{
    Container, ContainerSpec, EnvValue, Limits, Mount, MountSource, Network, Privileges,
    Restrictions,
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Jobs;
use crate::hands::Terms;
use crate::key::Key;
use crate::masking::{self, CLONE_URL, GIT_HEADER};

/// The label of every container of a job, as with the original.
pub(crate) const JOB: &str = "jci-job";
/// The label with the id of the job.
const JOB_ID: &str = "jci-job-id";
/// The label with the seconds that the job may run.
const TIMEOUT: &str = "jci-timeout";
/// The label with the name of the runner.
pub(crate) const RUNNER: &str = "jci-runner";
/// The label with the number of the attempt.
const ATTEMPT: &str = "jci-attempt";
/// The label with the seconds that a lease lasts.
const LEASE: &str = "jci-lease";
/// The label with the seconds after which it is to be renewed.
const RENEW: &str = "jci-renew";
/// The label with the repository, for people.
const REPOSITORY: &str = "jci-repository";
/// The label with the commit, for people.
const COMMIT: &str = "jci-commit";

/// Where jobs find git-jci.
const GIT_JCI: &str = "/usr/local/bin/git-jci";
/// Where jobs that may find the Docker Engine do so.
const DOCKER_SOCKET: &str = "/var/run/docker.sock";

/// Starts the script out of its variable, by its own `#!` line if it has one. What it starts does
/// not get it once more.
const START: &str = "set -e; f=$(mktemp); printf %s \"$JCI_SCRIPT\" | base64 -d > \"$f\"; \
                     chmod 700 \"$f\"; unset JCI_SCRIPT; exec \"$f\"";

/// Returns the labels of all containers of a runner.
pub(crate) fn labels_of(runner: &str) -> BTreeMap<String, String> {
    [(JOB, "y"), (RUNNER, runner)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// Makes the container of a job that was offered.
pub(crate) fn spec(
    offer: &JobOffer,
    runner: &str,
    jobs: &Jobs,
    docker_socket: Option<PathBuf>,
    network: Network,
) -> ContainerSpec {
    let read_only = |source: PathBuf, target: &str, read_only| Mount {
        source: MountSource::Host(source),
        target: target.to_owned(),
        read_only,
    };
    let mut mounts = vec![read_only(jobs.binary.clone(), GIT_JCI, true)];
    if let Some(socket) = docker_socket.filter(|_| offer.allow_docker_socket) {
        mounts.push(read_only(socket, DOCKER_SOCKET, false));
    }
    ContainerSpec {
        image: offer.image.clone(),
        command: ["/bin/sh", "-c", START].map(ToOwned::to_owned).into(),
        environment: environment(offer),
        labels: labels(offer, runner),
        mounts,
        limits: jobs.limits.clone(),
        restrictions: Restrictions {
            privileges: Privileges::Only(jobs.capabilities.clone()),
            read_only_root: false,
            init: true,
        },
        network,
        ..ContainerSpec::default()
    }
}

/// Makes plain processes of a container: they find what is to be found in a `PATH`, leave what is
/// temporary in the folder that goes with them, and have all else of this machine.
pub(crate) fn of_processes(mut spec: ContainerSpec, path: &str) -> ContainerSpec {
    spec.environment.insert("PATH".to_owned(), EnvValue::Plain(path.to_owned()));
    let start = format!("export TMPDIR=\"$PWD\"; {START}");
    ContainerSpec {
        command: ["/bin/sh", "-c", &start].map(ToOwned::to_owned).into(),
        mounts: Vec::new(),
        limits: Limits::default(),
        restrictions: Restrictions::default(),
        network: Network::Default,
        ..spec
    }
}

fn environment(offer: &JobOffer) -> BTreeMap<String, EnvValue> {
    let script = if offer.script.trim().is_empty() {
        BASE64_STANDARD.encode(JOB_SCRIPT)
    } else {
        offer.script.clone()
    };
    let plain = |value: &str| EnvValue::Plain(value.to_owned());
    let secret = |value: String| EnvValue::Secret(value.into());
    let mut all = BTreeMap::from([
        // The script of a server of the original, and its URL, may hold the token of a forge.
        ("JCI_SCRIPT", secret(script)),
        (CLONE_URL, secret(offer.clone_url.clone())),
        ("JCI_COMMIT", plain(&offer.commit_sha)),
        ("JCI_COMMIT_SHA", plain(&offer.commit_sha)),
        ("JCI_JOB_ID", plain(&offer.job_id)),
        // Nobody is there to ask.
        ("GIT_TERMINAL_PROMPT", plain("0")),
    ]);
    if let Some(lease) = &offer.lease {
        let header = masking::header(&lease.token.0.clone().into());
        all.insert("GIT_CONFIG_COUNT", plain("2"));
        let key = format!("http.{}.extraHeader", offer.clone_url);
        all.insert("GIT_CONFIG_KEY_0", EnvValue::Plain(key));
        all.insert(GIT_HEADER, EnvValue::Secret(header));
        // The log in the run is written by git-jci, which is told here what not to show.
        all.insert("GIT_CONFIG_KEY_1", plain("jci.maskEnv"));
        all.insert("GIT_CONFIG_VALUE_1", plain(GIT_HEADER));
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn labels(offer: &JobOffer, runner: &str) -> BTreeMap<String, String> {
    let mut labels = labels_of(runner);
    let mut add = |key: &str, value: String| labels.insert(key.to_owned(), value);
    add(JOB_ID, offer.job_id.clone());
    add(TIMEOUT, offer.timeout_seconds.to_string());
    add(REPOSITORY, format!("{}/{}", offer.repo_owner, offer.repo_name));
    add(COMMIT, offer.commit_sha.clone());
    if let Some(lease) = &offer.lease {
        add(ATTEMPT, lease.attempt.to_string());
        add(LEASE, lease.lease_seconds.to_string());
        add(RENEW, lease.renew_seconds.to_string());
    }
    labels
}

/// Returns the environment of a container that is to be made, as it is read back of one that is.
pub(crate) fn plain_environment(spec: &ContainerSpec) -> BTreeMap<String, SecretString> {
    let value = |value: &EnvValue| match value {
        EnvValue::Plain(text) => SecretString::from(text.as_str()),
        EnvValue::Secret(secret) => secret.expose_secret().into(),
    };
    spec.environment.iter().map(|(name, it)| (name.clone(), value(it))).collect()
}

/// What the labels of a container say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    /// Which attempt it is.
    pub(crate) key: Key,
    /// How long it may run.
    pub(crate) timeout: Duration,
    /// What the server expects, if it gave a lease.
    pub(crate) terms: Option<Terms>,
}

/// Reads the labels of a container; `None` if it is none that a runner made.
pub(crate) fn label(container: &Container) -> Option<Label> {
    let text = |key: &str| container.labels.get(key);
    let seconds = |key| Some(Duration::from_secs(text(key)?.parse().ok()?));
    let attempt = text(ATTEMPT).and_then(|text| text.parse().ok());
    let terms = seconds(LEASE).zip(seconds(RENEW)).map(|(lease, renew)| Terms { lease, renew });
    Some(Label {
        key: Key { job: text(JOB_ID)?.clone(), attempt },
        timeout: seconds(TIMEOUT)?,
        terms: terms.filter(|_| attempt.is_some()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use jci_proto::{Hidden, Lease};
    use jci_runtime::{ContainerId, Phase};

    use super::*;
    use crate::config::Pull;

    fn jobs() -> Jobs {
        Jobs {
            binary: "/opt/git-jci".into(),
            pull: Pull::Missing,
            limits: Limits::default(),
            log: 1 << 30,
            capabilities: vec!["CHOWN".to_owned()],
            network: crate::config::JobNetwork::Filtered,
            network_reuse: true,
            stop_grace: Duration::ZERO,
        }
    }

    fn offer(lease: bool) -> JobOffer {
        JobOffer {
            job_id: "018b".to_owned(),
            clone_url: "http://ci:8080/git/team/site.git".to_owned(),
            commit_sha: "0826c9ea".to_owned(),
            repo_owner: "team".to_owned(),
            repo_name: "site".to_owned(),
            timeout_seconds: 3600,
            image: "python:3.11".to_owned(),
            script: String::new(),
            allow_docker_socket: true,
            lease: lease.then(|| Lease {
                attempt: 2,
                token: Hidden("t0ken".to_owned()),
                lease_seconds: 30,
                renew_seconds: 5,
                reference: None,
            }),
        }
    }

    fn container(spec: &ContainerSpec) -> Container {
        Container {
            id: ContainerId("c".to_owned()),
            labels: spec.labels.clone(),
            created: SystemTime::UNIX_EPOCH,
            phase: Phase::Running,
            environment: plain_environment(spec),
        }
    }

    #[test]
    fn all_that_a_restarted_runner_needs_is_at_the_container() {
        let made = container(&spec(&offer(true), "one", &jobs(), None, Network::Default));
        let terms = Terms { lease: Duration::from_secs(30), renew: Duration::from_secs(5) };
        let key = Key { job: "018b".to_owned(), attempt: Some(2) };
        let timeout = Duration::from_secs(3600);
        assert_eq!(label(&made), Some(Label { key, timeout, terms: Some(terms) }));
        assert_eq!(masking::token(&made.environment).unwrap().expose_secret(), "t0ken");
        assert!(labels_of("one").iter().all(|(key, value)| made.labels[key] == *value));
    }

    #[test]
    fn a_job_of_the_original_has_neither_attempt_nor_token() {
        let made = container(&spec(&offer(false), "one", &jobs(), None, Network::Default));
        let label = label(&made).unwrap();
        assert_eq!((label.key.attempt, label.terms), (None, None));
        assert!(masking::token(&made.environment).is_none());
        assert!(!made.environment.contains_key("GIT_CONFIG_COUNT"));
    }

    #[test]
    fn no_secret_shows() {
        let spec = spec(&offer(true), "one", &jobs(), None, Network::Default);
        let shown = format!("{spec:?}");
        let encoded = BASE64_STANDARD.encode("jci:t0ken");
        assert!(!shown.contains("t0ken") && !shown.contains(&encoded), "{shown}");
        assert!(!spec.labels.values().any(|value| value.contains("t0ken")));
    }

    #[test]
    fn the_socket_is_mounted_where_the_server_and_the_engine_allow_it() {
        let targets = |offer: &JobOffer, socket: Option<&str>| -> Vec<String> {
            let spec = spec(offer, "one", &jobs(), socket.map(PathBuf::from), Network::Default);
            spec.mounts.into_iter().map(|mount| mount.target).collect()
        };
        let refused = JobOffer { allow_docker_socket: false, ..offer(true) };
        assert_eq!(targets(&offer(true), Some("/run/d.sock")), [GIT_JCI, DOCKER_SOCKET]);
        assert_eq!(targets(&offer(true), None), [GIT_JCI]);
        assert_eq!(targets(&refused, Some("/run/d.sock")), [GIT_JCI]);
    }

    #[test]
    fn a_shell_reads_what_starts_the_script() {
        let script =
            BASE64_STANDARD.encode("#!/bin/sh\necho \"$0\" \"${JCI_SCRIPT-unset}\"\nexit 7\n");
        let mut command = std::process::Command::new("/bin/sh");
        let output = command.args(["-c", START]).env("JCI_SCRIPT", script).output().unwrap();
        assert_eq!(output.status.code(), Some(7));
        assert!(output.stdout.ends_with(b" unset\n"), "{output:?}");
    }
}
