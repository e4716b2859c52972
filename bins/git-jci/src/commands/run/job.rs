//! The script of a run and its output.

use std::io;
use std::path::Path;

use jci_exec::{
    Cancel, Ended, Job, MaskedSink, Outcome, Script, SignalGuard, StartError, Tee, WriteSink,
};
use jci_store::{Ending, PendingRun, Reason, Status};
use jiff::SignedDuration;

use super::recorder::Recorder;
use super::settings::Settings;
use crate::error::CommandError;
use crate::stderr::tell;

/// The variable by which the processes of a run are known, each run having its own folder.
pub(crate) const MARKER: &str = "JCI_OUTPUT_DIR";
/// Where the script lies in a work tree.
const SCRIPT: &str = ".jci/run.sh";

/// What git tells hooks about their repository, and what would mislead the git of a script.
pub(crate) const REPOSITORY_VARIABLES: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Where a script runs and who sees its output.
pub(super) struct Place<'a> {
    pub(super) root: &'a Path,
    pub(super) output: &'a Path,
    pub(super) quiet: bool,
}

/// Finds the script of a work tree and how it is to be started.
pub(super) fn open_script(root: &Path) -> Result<Script, CommandError> {
    Script::open(root.join(SCRIPT)).map_err(cannot_start)
}

fn cannot_start(error: StartError) -> CommandError {
    match &error {
        StartError::Missing { .. } => CommandError::not_possible(error.to_string())
            .hint("type `git jci init` to have one made"),
        StartError::Cancelled { .. } => CommandError::interrupted(error.to_string()),
        StartError::PermissionDenied { path } => CommandError::not_possible(error.to_string())
            .hint(format!("type `chmod u+rx '{}'`", path.display())),
        StartError::MissingInterpreter { .. } => CommandError::not_possible(error.to_string())
            .hint("install it, or let the first line of the script name another"),
        StartError::Spawn { .. } | StartError::Resources { .. } => {
            CommandError::failed("failed to start the script").because(error)
        }
        _ => CommandError::not_possible(error.to_string()),
    }
}

/// A job that can start at once: signals are heeded and the log is open.
pub(super) struct ReadyJob {
    cancel: Cancel,
    recorder: Recorder,
    _signals: SignalGuard,
}

impl ReadyJob {
    pub(super) fn prepare(run: &PendingRun<'_>) -> Result<Self, CommandError> {
        let cancel = Cancel::new();
        let signals = cancel
            .on_signals()
            .map_err(|error| CommandError::failed("failed to watch for signals").because(error))?;
        let recorder = Recorder::create(run).map_err(|error| {
            CommandError::failed(format!("failed to open {}", run.log_path().display()))
                .because(error)
        })?;
        Ok(Self { cancel, recorder, _signals: signals })
    }

    /// Runs the script to its end, its output going to the log and, if wanted, to the terminal.
    pub(super) fn run(
        self,
        script: &Script,
        run: &PendingRun<'_>,
        place: &Place<'_>,
        settings: &Settings,
    ) -> Result<Ending, CommandError> {
        let mut outputs = Tee::new().with("log", self.recorder);
        if !place.quiet {
            outputs = outputs.with("terminal", WriteSink::new(io::stdout().lock()));
        }
        let job = job(script, run, place, settings);
        let outcome = match &settings.masker {
            Some(masker) => job.run(&mut MaskedSink::new(masker, &mut outputs), &self.cancel),
            None => job.run(&mut outputs, &self.cancel),
        };
        let outcome = outcome.map_err(cannot_start)?;
        let log_failed = outputs.failures().any(|(name, failure)| {
            let failed = name == "log";
            if failed {
                tell!("warning: the log is not complete: {failure}: {}", failure.error);
            }
            failed
        });
        report_leftovers(&outcome);
        Ok(ending(&outcome, log_failed))
    }
}

fn job(script: &Script, run: &PendingRun<'_>, place: &Place<'_>, settings: &Settings) -> Job {
    let job = Job::script(script.clone())
        .directory(place.output)
        .env("JCI_COMMIT", run.name().commit.to_string())
        .env("JCI_RUN", run.name().id.to_string())
        .env("JCI_REPO_ROOT", place.root)
        .marker(MARKER, place.output)
        .env_remove("JCI_TRIGGER")
        .timeout(settings.timeout);
    REPOSITORY_VARIABLES.iter().fold(job, |job, variable| job.env_remove(*variable))
}

fn report_leftovers(outcome: &Outcome) {
    if outcome.leftovers > 0 {
        tell!(
            "warning: {} of the script's processes were still there at its end and were stopped",
            outcome.leftovers
        );
    }
    for process in &outcome.survivors {
        tell!("warning: the process {process} of the script could not be stopped");
    }
}

/// Says in the words of a run how the job went.
fn ending(outcome: &Outcome, log_failed: bool) -> Ending {
    let (exit_code, signal) = match outcome.ended {
        Ended::Exited(code) => (Some(code), None),
        Ended::Signalled(signal) => (None, Some(signal.as_raw())),
        Ended::Unknown => (None, None),
    };
    let reason = match outcome.reason {
        jci_exec::Reason::TimedOut { .. } => Some(Reason::Timeout),
        jci_exec::Reason::Cancelled { .. } => Some(Reason::Cancelled),
        _ if log_failed => Some(Reason::LogIncomplete),
        _ if outcome.out_of_memory.is_some() && !outcome.is_success() => Some(Reason::OutOfMemory),
        _ if signal.is_some() => Some(Reason::Killed),
        _ => None,
    };
    let passed = outcome.is_success() && !log_failed;
    Ending {
        status: if passed { Status::Ok } else { Status::Err },
        reason,
        exit_code,
        signal,
        memory_limit: outcome.out_of_memory.and_then(|memory| memory.limit),
        duration: SignedDuration::try_from(outcome.duration).unwrap_or(SignedDuration::MAX),
    }
}
