use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, PipeWriter};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::escalate::Limits;
use crate::platform::{Marker, MemoryGroup, Wake, shared_pipe};
use crate::pump::pump;
use crate::start::{Program, start};
use crate::supervise::Supervisor;
use crate::{Cancel, OutOfMemory, Outcome, OutputSink, Script, StartError};

/// The time that a job has between TERM and KILL unless [`Job::grace`] says otherwise.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(10);

/// Describes one job: what to start, where, with which environment, and for how long.
///
/// stdin is `/dev/null`. The job has a process group of its own, so Ctrl-C in a terminal reaches
/// only the program that runs the job, which passes it on through [`Cancel`].
#[derive(Clone)]
pub struct Job {
    program: Program,
    args: Vec<OsString>,
    directory: Option<PathBuf>,
    /// In the order given; `None` removes the variable.
    environment: Vec<(OsString, Option<OsString>)>,
    marker: Option<Marker>,
    limits: Limits,
}

impl Job {
    /// Runs a script as [`Script::launch`] says.
    pub fn script(script: Script) -> Self {
        Self::new(Program::Script(script))
    }

    /// Runs a program, looked up on `PATH` if its name has no slash.
    pub fn program(name: impl Into<OsString>) -> Self {
        Self::new(Program::Named(name.into()))
    }

    fn new(program: Program) -> Self {
        Self {
            program,
            args: Vec::new(),
            directory: None,
            environment: Vec::new(),
            marker: None,
            limits: Limits { timeout: None, grace: DEFAULT_GRACE },
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Starts the job in `directory` instead of where this process is.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets a variable, beside those that the job has from this process.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), Some(value.into())));
        self
    }

    /// Keeps a variable of this process from the job.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// Sets a variable by which the processes of this job are known; no other job may have its
    /// value.
    ///
    /// [`kill_leftovers`](crate::kill_leftovers) finds them by it after a crash of this process,
    /// and when several jobs run in one process it tells whose an orphan is.
    #[must_use]
    pub fn marker(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.marker = Some(Marker::new(name, value));
        self
    }

    /// Ends the job when the script still runs after this time.
    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Leaves this much time between TERM and KILL; see [`DEFAULT_GRACE`].
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.limits.grace = grace;
        self
    }

    /// Runs the job and returns when no process of it is left.
    ///
    /// `sink` gets stdout and stderr as one stream, on this thread. A sink that waits makes the job
    /// wait when the pipe between them is full, but timeout and cancel do not wait for it.
    ///
    /// # Errors
    ///
    /// Only a job that did not start is an error; how it went is the [`Outcome`].
    pub fn run(&self, sink: &mut dyn OutputSink, cancel: &Cancel) -> Result<Outcome, StartError> {
        if let Some(by) = cancel.requested() {
            return Err(StartError::Cancelled { by });
        }
        let lacking = |source| StartError::Resources { source };
        let (output, output_writer) = shared_pipe().map_err(lacking)?;
        let (over, over_writer) = io::pipe().map_err(lacking)?;
        let wake = Wake::new().map_err(lacking)?;
        cancel.wake_on_request(wake.waker());

        let memory = MemoryGroup::look();
        let started = Instant::now();
        let mut command = self.command(output_writer).map_err(lacking)?;
        let tree = start(&self.program, &mut command, self.marker.as_ref())?;
        // It holds our copies of the writing end.
        drop(command);

        let supervisor = Supervisor::new(tree, wake, cancel, self.limits, started);
        thread::scope(|scope| {
            let watch =
                thread::Builder::new().name("jci-supervise".into()).spawn_scoped(scope, || {
                    let end = supervisor.watch();
                    drop(over_writer);
                    end
                });
            let watch = watch.map_err(lacking)?;
            let pumped = pump(output, &over, started, sink);
            let end = watch.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok(Outcome {
                ended: end.ended,
                reason: end.reason,
                duration: end.duration,
                leftovers: end.leftovers,
                survivors: end.survivors,
                out_of_memory: out_of_memory(memory.as_ref()),
                output_bytes: pumped.bytes,
                output_error: pumped.failure,
            })
        })
    }

    fn command(&self, output: PipeWriter) -> io::Result<Command> {
        let mut command = self.program.command();
        command.args(&self.args).stdin(Stdio::null());
        command.stdout(output.try_clone()?).stderr(output);
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(marker) = &self.marker {
            command.env(&marker.name, &marker.value);
        }
        Ok(command)
    }
}

fn out_of_memory(group: Option<&MemoryGroup>) -> Option<OutOfMemory> {
    let group = group.filter(|group| group.has_run_out())?;
    Some(OutOfMemory { limit: group.limit() })
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of variables are often secret, names are not.
        let names: Vec<&OsStr> =
            self.environment.iter().map(|(name, _)| name.as_os_str()).collect();
        f.debug_struct("Job")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("directory", &self.directory)
            .field("environment", &names)
            .field("marker", &self.marker)
            .field("limits", &self.limits)
            .finish()
    }
}
