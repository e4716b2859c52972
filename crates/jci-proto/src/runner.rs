//! What runners and the server tell each other.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Verdict;

/// A text that is not shown: it prints as nothing but its kind.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

/// One attempt at a job. An attempt that is not the newest of its job has no say any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttemptName {
    /// The id of the job.
    pub job: String,
    /// The number of the attempt, from 1 on.
    pub attempt: u32,
}

/// A runner asks for work: `POST /poll`.
///
/// The runner of the original sends no more than its name and the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRequest {
    /// The name of the runner.
    pub runner_id: String,
    /// The secret of all runners.
    pub secret: Hidden,
    /// For so many seconds the answer may be kept back until there is a job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<u32>,
    /// What the runner can do; a job goes only to a runner with all labels that it asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// What it runs now. Who says this keeps its leases alive by heartbeats, logs and results; who
    /// does not is a runner of the original, whose jobs end by what they push or by their time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Vec<AttemptName>>,
    /// A name for this request: asked again by the same name, the server gives the same job again,
    /// so that an answer that was lost loses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// What a runner gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer {
    /// The job to run, if there is one.
    pub job: Option<JobOffer>,
}

/// A job, as a runner gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobOffer {
    /// The id of the job.
    pub job_id: String,
    /// Where to clone from.
    pub clone_url: String,
    /// The full id of the commit to run.
    pub commit_sha: String,
    /// The owner of the repository.
    pub repo_owner: String,
    /// The name of the repository.
    pub repo_name: String,
    /// For so long the job may run.
    pub timeout_seconds: u64,
    /// The image of its container.
    pub image: String,
    /// The script for the container, in base64.
    pub script: String,
    /// Whether the container gets the Docker socket, and with it the machine.
    pub allow_docker_socket: bool,
    /// What is beyond the original; absent for its runners.
    #[serde(flatten)]
    pub lease: Option<Lease>,
}

/// What a runner needs to keep its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The number of this attempt at the job.
    pub attempt: u32,
    /// What opens git, the log and the result of this attempt, and nothing else.
    pub token: Hidden,
    /// The lease ends if nothing is heard of the runner for so long.
    pub lease_seconds: u64,
    /// So often the runner should be heard of.
    pub renew_seconds: u64,
    /// The branch, the tag or the pull request that the commit came by, as a ref.
    pub reference: Option<String>,
}

/// A runner says that it is there, and what it runs: `POST /api/v1/runners/heartbeat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The name of the runner.
    pub runner: String,
    /// What it runs.
    pub running: Vec<AttemptName>,
}

/// What becomes of the attempts of a heartbeat, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatAnswer {
    /// What becomes of each.
    pub attempts: Vec<AttemptFate>,
}

/// What becomes of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptFate {
    /// Which one.
    #[serde(flatten)]
    pub name: AttemptName,
    /// What to do with it.
    pub fate: Fate,
}

/// What a runner is to do with an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Go on: the lease is renewed.
    Kept,
    /// Stop it, and report it as cancelled: somebody asked for that.
    Cancel,
    /// Stop it and say no more of it: it is somebody else's by now, or over.
    Stale,
}

/// How an attempt ended: `POST /api/v1/jobs/<job>/attempts/<attempt>/result`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptResult {
    /// How.
    pub status: Verdict,
    /// The exit code of the script, if it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Why, in a sentence, where the exit code does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The id of the run that was pushed, if the runner knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// How much of a log the server has on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAcknowledged {
    /// So many bytes: the next piece begins there.
    pub offset: u64,
}

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAnswer {
    /// The job that runs the commit, if one does.
    pub job: Option<String>,
    /// What was done, in a phrase.
    pub message: String,
}
