//! `git jci push`.

use std::io::Write as _;

use jci_store::{RunName, RunSummary, Status, Store};

use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format;
use crate::runs;
use crate::stderr::tell;
use crate::transfer::{Direction, Pushed, Remote, push};

/// All runs, under the names that they have here.
const ALL: &str = "refs/jci-runs/*:refs/jci-runs/*";
/// So many runs are named of those that were refused.
const NAMED: usize = 5;

/// Send runs to another repository
///
/// Runs that are there already are not sent again, and nothing there is ever replaced. This is one
/// `git push`: it asks for passwords, shows its progress and calls hooks as git always does.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without REMOTE: the remote that git pushes the current branch to, else the only one, else origin.

Examples:
  git jci push                          all runs
  git jci push origin HEAD 1767323045   the latest run of HEAD, and one other")]
pub(crate) struct Args {
    /// The name of a remote, a URL or a path
    remote: Option<String>,

    /// Send these runs only, each by its id or the commit whose latest it is
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let remote = Remote::choose(&store, context, args.remote.as_deref(), Direction::Push)?;
    let refspecs = refspecs(args, &store)?;
    let mut out = std::io::stdout().lock();
    if refspecs.is_empty() {
        writeln!(out, "there are no runs here yet: type `git jci run` to make one")?;
        return Ok(exit_code::OK);
    }
    let pushed = push(context, &remote, &[], refspecs)?;
    let said = if pushed.new > 0 {
        let new = format::count(pushed.new, "new run");
        writeln!(out, "pushed {new} to {}", remote.shown())
    } else if pushed.succeeded {
        let what = if args.runs.is_empty() { "every run" } else { "what was named" };
        writeln!(out, "nothing to do: {} has {what} already", remote.shown())
    } else {
        Ok(())
    };
    if !pushed.succeeded {
        return Err(failed(&pushed, &store, context, &remote));
    }
    said?;
    Ok(exit_code::OK)
}

/// What git is asked to push; nothing if there is nothing.
fn refspecs(args: &Args, store: &Store) -> Result<Vec<String>, CommandError> {
    if args.runs.is_empty() {
        // A run that cannot be read is left to git, which will say what is wrong with it.
        let entries = store.runs(None).map_err(runs::listing_failed)?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let going_on = store.summaries(&entries).filter_map(Result::ok).filter(is_going_on);
        let mut refspecs: Vec<_> =
            going_on.map(|run| format!("^{}", run.name.ref_name())).collect();
        if !refspecs.is_empty() {
            let runs = format::count(refspecs.len(), "run");
            tell!("note: not pushed until they have ended: {runs} that another tool began");
        }
        refspecs.push(ALL.to_owned());
        return Ok(refspecs);
    }
    let mut refspecs = Vec::new();
    for spec in &args.runs {
        let run = runs::stored(store, Some(spec))?;
        if store.summary(&run).is_ok_and(|summary| is_going_on(&summary)) {
            return Err(CommandError::not_possible(format!(
                "the run {} is still going on",
                run.name.id
            ))
            .hint("a run is pushed once it has ended, since it never changes after that"));
        }
        refspecs.push(format!("{0}:{0}", run.name.ref_name()));
    }
    refspecs.sort_unstable();
    refspecs.dedup();
    Ok(refspecs)
}

/// Tells whether another tool stored a run before it ended and has yet to replace it.
fn is_going_on(run: &RunSummary) -> bool {
    run.status == Status::Running
}

/// Says what went wrong, for git and remotes say it in words that may mislead.
fn failed(pushed: &Pushed, store: &Store, context: &Context, remote: &Remote) -> CommandError {
    if pushed.refused.is_empty() {
        return remote.unreachable("push to");
    }
    // git calls it "fetch first" where another run has the name; what is there says it better.
    let there = remote.list(context).map(|listing| listing.runs).unwrap_or_default();
    let differs = |run: &RunName| {
        let ours = store.find_run(run).ok().flatten().map(|entry| entry.object_id());
        there.get(run).is_some_and(|theirs| Some(theirs) != ours.as_ref())
    };
    let (different, refused): (Vec<_>, Vec<_>) =
        pushed.refused.iter().partition(|(run, _)| differs(run));
    if !refused.is_empty() {
        return refusal(&refused, remote);
    }
    let (first, _) = different[0];
    let runs = format::count(different.len(), "run");
    CommandError::failed(format!(
        "{} has other content under the name of {runs}: {}",
        remote.shown(),
        names(&different)
    ))
    .hint(format!(
        "nothing was replaced; to see theirs: git fetch {} {}",
        remote.shown(),
        first.ref_name()
    ))
}

fn refusal(refused: &[(&RunName, &String)], remote: &Remote) -> CommandError {
    let runs = format::count(refused.len(), "run");
    let (_, words) = refused[0];
    let error = CommandError::failed(format!("{} did not take {runs}", remote.shown()))
        .because(words.clone())
        .hint(format!("not pushed: {}", names(refused)));
    if refused.iter().all(|(_, other)| *other == words) {
        return error;
    }
    error.hint("the reasons differ; push one by its name to see its own")
}

fn names(runs: &[(&RunName, &String)]) -> String {
    let mut text: Vec<_> = runs.iter().take(NAMED).map(|(run, _)| run.to_string()).collect();
    if let Some(more) = runs.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push(format!("and {more} more"));
    }
    text.join(", ")
}
