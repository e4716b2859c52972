//! What people ask a server about jobs.

use serde::{Deserialize, Serialize};

use crate::{AttemptName, AttemptState, JobState, Trigger, Verdict};

/// A job, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSummary {
    /// Its id. Ids sort by the time of submission.
    pub id: String,
    /// The repository: `owner/name`.
    pub repository: String,
    /// The full id of the commit that it runs.
    pub commit: String,
    /// The full ref that the commit came by.
    pub reference: String,
    /// Why there is a job.
    pub trigger: Trigger,
    /// Who asked for it.
    pub requested_by: String,
    /// Where it is.
    pub state: JobState,
    /// Whether it waits for somebody to approve its commit.
    pub held: bool,
    /// Whether its code comes from somebody who may push to the repository.
    pub trusted: bool,
    /// Jobs of a higher priority come first.
    pub priority: i32,
    /// What a runner must have to take it.
    pub labels: Vec<String>,
    /// For so long an attempt may run.
    pub timeout_seconds: u64,
    /// The number of its newest attempt.
    pub attempt: Option<u32>,
    /// When it was submitted.
    pub created: String,
    /// When its newest attempt began.
    pub started: Option<String>,
    /// When it ended.
    pub finished: Option<String>,
    /// Until when it waits for its next attempt.
    pub not_before: Option<String>,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// Why it is as it is, for people, where the state does not say it.
    pub reason: Option<String>,
    /// The id of the run that holds its log and files.
    pub run: Option<String>,
    /// The job that this one repeats.
    pub rerun_of: Option<String>,
    /// Who asked for it to stop.
    pub cancelled_by: Option<String>,
}

/// A page of jobs, the newest first: `GET /api/v1/jobs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobPage {
    /// The jobs.
    pub jobs: Vec<JobSummary>,
    /// What to send as `before` for the page that follows; `null` on the last.
    pub next: Option<String>,
}

/// A job with its attempts: `GET /api/v1/jobs/<job>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobDetail {
    /// The job.
    #[serde(flatten)]
    pub job: JobSummary,
    /// The attempts at it, the first one first.
    pub attempts: Vec<JobAttempt>,
}

/// What brought an attempt to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptEnd {
    /// Its runner reported, or its run was found.
    Reported,
    /// Its runner was not heard of.
    LeaseLost,
    /// It took longer than it may.
    OverTime,
    /// Somebody cancelled it.
    Cancelled,
}

/// An attempt at a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobAttempt {
    /// Its number, from 1 on.
    pub number: u32,
    /// The runner that makes it.
    pub runner: String,
    /// Where it is.
    pub state: AttemptState,
    /// Whether its runner is asked to stop it.
    pub cancel: bool,
    /// When it was given to the runner.
    pub assigned: String,
    /// When the runner began.
    pub started: Option<String>,
    /// When it must have ended.
    pub deadline: String,
    /// When it ended.
    pub ended: Option<String>,
    /// What brought it to its end.
    pub end: Option<AttemptEnd>,
    /// What was reported of it.
    pub status: Option<Verdict>,
    /// The exit code that was reported.
    pub exit_code: Option<i32>,
    /// The reason that was reported.
    pub reason: Option<String>,
    /// So many bytes of its log the server has.
    pub log_bytes: u64,
}

/// A person lets a job run whose code is not trusted: `POST /api/v1/jobs/<job>/approve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The full id of the commit that was looked at; it must be the one that would run.
    pub commit: String,
}

/// A job was made of another: `POST /api/v1/jobs/<job>/rerun`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// The id of the new job.
    pub job: String,
}

/// The last word of a log that was followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    /// The attempt whose log it is; number 0 if no runner ever had the job.
    #[serde(flatten)]
    pub attempt: AttemptName,
    /// So many bytes the log has.
    pub bytes: u64,
    /// Where the job is now: it has ended, or waits for another attempt.
    pub state: JobState,
    /// The exit code of the script, if it exited.
    pub exit_code: Option<i32>,
    /// Why it is as it is, for people, where the state does not say it.
    pub reason: Option<String>,
}

/// The files that a job left: `GET /api/v1/jobs/<job>/artifacts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactList {
    /// The id of the run that holds them.
    pub run: String,
    /// The files, by path.
    pub files: Vec<Artifact>,
}

/// A file that a job left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its path in the run.
    pub path: String,
    /// Its size in bytes, if the forge says it.
    pub size: Option<u64>,
}
