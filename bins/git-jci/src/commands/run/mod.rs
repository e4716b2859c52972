//! `git jci run`.

mod changes;
mod checkout;
mod job;
mod recorder;
mod report;
mod settings;

use std::path::Path;

use jci_store::{
    CommitId, Ending, FinishOptions, PathError, PendingRun, RunId, RunStart, Status, Store, Tool,
};

use self::changes::Changes;
use self::job::ReadyJob;
use self::settings::Settings;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::runs::listing_failed;
use crate::stderr::tell;

pub(crate) use self::checkout::remove as remove_checkout;
pub(crate) use self::job::{MARKER, REPOSITORY_VARIABLES};
pub(crate) use self::settings::{KEYS, check as check_settings, max_output_size};

/// Run .jci/run.sh and store its log, status and files in git
///
/// The script starts in a fresh folder, $JCI_OUTPUT_DIR; whatever it leaves there is stored. It
/// finds the work tree in $JCI_REPO_ROOT and the id of the commit in $JCI_COMMIT. Exit code 0 is a
/// pass, all else a failure. Ctrl-C asks the script to stop, a second one kills it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Settings (git config): jci.timeout, jci.maxOutputSize, jci.maskEnv.

Examples:
  git jci run                 run the files as they are, on top of HEAD
  git jci run --clean         run exactly HEAD, in a work tree of its own
  git jci run v1.2            run the commit of a tag, in a work tree of its own
  git jci run --clean --unless-passed && ./deploy.sh
                              let through only what has passed")]
pub(crate) struct Args {
    /// Run this commit in a fresh work tree, not the files as they are
    rev: Option<String>,

    /// Run HEAD in a fresh work tree, without what is not committed
    #[arg(long)]
    clean: bool,

    /// Do nothing if a run of this very commit has passed; one of changed files does not count
    #[arg(long)]
    unless_passed: bool,

    /// Stop the script after this time: 90s, 10m, 1h30m
    #[arg(long, value_name = "DURATION", value_parser = settings::parse_duration)]
    timeout: Option<std::time::Duration>,

    /// Show the result only, not what the script prints
    #[arg(short, long)]
    quiet: bool,
}

impl Args {
    /// Tells whether a commit is to be run rather than the files as they are.
    fn wants_checkout(&self) -> bool {
        self.clean || self.rev.is_some()
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    if store.work_dir().is_none() && args.rev.is_none() {
        return Err(CommandError::not_possible("a bare repository has no files to run")
            .hint("name the commit to run, for example `git jci run main`"));
    }
    let settings = Settings::read(args.timeout, &store)?;
    let commit = store.resolve_commit(args.rev.as_deref().unwrap_or("HEAD"))?;
    if args.unless_passed
        && let Some(run) = passed(&store, &commit)?
    {
        report::has_passed(&commit, run);
        return Ok(exit_code::OK);
    }
    let start = RunStart {
        commit,
        branch: if args.rev.is_some() { None } else { store.branch() },
        dirty: false,
        trigger: std::env::var("JCI_TRIGGER").unwrap_or_else(|_| "manual".to_owned()),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    };
    let changes = (!args.wants_checkout()).then(|| Changes::look(&store, context.directory()));
    let invocation = Invocation { args, context, store: &store, settings: &settings };
    let code = invocation.run(&start, changes)?;
    fold_if_due(&store);
    Ok(code)
}

/// Finds a run of exactly what a commit holds that passed.
fn passed(store: &Store, commit: &CommitId) -> Result<Option<RunId>, CommandError> {
    let runs = store.runs(Some(commit)).map_err(listing_failed)?;
    // One that cannot be read proves nothing.
    let mut runs = store.summaries(&runs).filter_map(Result::ok);
    Ok(runs.find(|run| run.status == Status::Ok && !run.dirty).map(|run| run.name.id))
}

/// Folds small runs together when there are many; it takes a moment, once in a few hundred runs.
pub(crate) fn fold_if_due(store: &Store) {
    if store.wants_folding()
        && let Err(error) = store.fold()
    {
        tell!("warning: failed to fold small runs together, which keeps listing quick: {error}");
    }
}

/// What was asked for, and where.
struct Invocation<'a> {
    args: &'a Args,
    context: &'a Context,
    store: &'a Store,
    settings: &'a Settings,
}

impl<'a> Invocation<'a> {
    /// Runs the files as they are, or those of a commit in a work tree of their own.
    fn run(&self, start: &RunStart, changes: Option<Changes>) -> Result<ExitCode, CommandError> {
        let root = match self.store.work_dir() {
            Some(root) if !self.args.wants_checkout() => root,
            _ => return self.run_in_checkout(start),
        };
        let script = job::open_script(&root)?;
        let run = self.begin(start)?;
        self.execute(run, &script, &root, changes)
    }

    /// Runs a commit in a work tree that is made for it and removed afterwards.
    fn run_in_checkout(&self, start: &RunStart) -> Result<ExitCode, CommandError> {
        let run = self.begin(start)?;
        let path = match checkout::create(self.store, &run, &start.commit) {
            Ok(path) => path,
            Err(error) => return Err(self.give_up(run, error)),
        };
        let ended = match job::open_script(&path) {
            Ok(script) => self.execute(run, &script, &path, None),
            Err(error) => Err(self.give_up(run, without_script(error, &start.commit))),
        };
        ended.map_err(|error| error.seen_from(&path))
    }

    fn begin(&self, start: &RunStart) -> Result<PendingRun<'a>, CommandError> {
        self.store.begin_run(start).map_err(|error| report::not_begun(self.store, error))
    }

    /// Runs the script and stores what comes of it.
    fn execute(
        &self,
        mut run: PendingRun<'_>,
        script: &jci_exec::Script,
        root: &Path,
        changes: Option<Changes>,
    ) -> Result<ExitCode, CommandError> {
        let ending = match self.run_script(&mut run, script, root, changes) {
            Ok(ending) => ending,
            Err(error) => return Err(self.give_up(run, error)),
        };
        let progress = report::StoringProgress::new(self.context.progress());
        let options = FinishOptions {
            max_output_size: self.settings.max_output_size,
            progress: progress.advance(),
            remove_checkout: &|checkout| self.remove_checkout(checkout),
        };
        let stored = run.finish(&ending, &options);
        progress.finish();
        let stored = stored.map_err(report::not_stored)?;
        Ok(report::ended(&stored))
    }

    fn run_script(
        &self,
        run: &mut PendingRun<'_>,
        script: &jci_exec::Script,
        root: &Path,
        changes: Option<Changes>,
    ) -> Result<Ending, CommandError> {
        let output = run.create_output_dir(root).map_err(report::no_output_folder)?;
        let job = ReadyJob::prepare(run)?;
        // The script may change files: what git finds must be from before it starts.
        if let Some(changed) = changes.map(Changes::count).filter(|changed| *changed > 0) {
            report::changes(changed, &run.name().commit);
            run.set_dirty().map_err(|error| {
                CommandError::failed("failed to note that files were changed").because(error)
            })?;
        }
        report::begins(run, self.args.wants_checkout());
        let place = job::Place { root, output: &output, quiet: self.args.quiet };
        job.run(script, run, &place, self.settings)
    }

    /// Forgets a run that cannot start, and says why it cannot.
    fn give_up(&self, run: PendingRun<'_>, error: CommandError) -> CommandError {
        match run.discard(&|checkout| self.remove_checkout(checkout)) {
            Ok(()) => error,
            Err(left) => error.hint(format!("its folder could not be removed: {left}")),
        }
    }

    fn remove_checkout(&self, path: &Path) -> Result<(), PathError> {
        checkout::remove(&self.store.common_dir(), path)
    }
}

fn without_script(error: CommandError, commit: &CommitId) -> CommandError {
    error.hint(format!(
        "the commit {} is run as it is: what is not committed is not in it",
        commit.short()
    ))
}
