//! `git jci pull`.

use std::io::Write as _;

use jci_store::{RunName, Store};

use crate::commands::run::fold_if_due;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit_code::{self, ExitCode};
use crate::format;
use crate::runs;
use crate::transfer::{Direction, FetchLine, GitCommand, Remote, Verdict};

/// So many of our newest runs are named to the other side, which then leaves out what they share
/// with the new ones.
const TIPS: usize = 16;
/// What a user may have configured for fetches of branches and does not mean here: above all, a
/// fetch that prunes would delete every run that is only here.
const NOTHING_ELSE: [&str; 9] = [
    "--no-prune",
    "--no-prune-tags",
    "--no-tags",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--no-write-commit-graph",
    "--no-filter",
    "--recurse-submodules=no",
    "--refmap=",
];
/// The exit code of a git that does not know an option.
const USAGE: i32 = 129;

/// Get runs from another repository
///
/// Nothing here is ever replaced or deleted. This is one `git fetch`: it asks for passwords and
/// shows its progress as git always does.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without REMOTE: the remote that git pulls the current branch from, else the only one, else origin.")]
pub(crate) struct Args {
    /// The name of a remote, a URL or a path
    remote: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<ExitCode, CommandError> {
    let store = context.store()?;
    let remote = Remote::choose(&store, context, args.remote.as_deref(), Direction::Pull)?;
    let fetched = fetch(&store, context, &remote)?;
    store.count_unfolded(fetched.new);
    let mut out = std::io::stdout().lock();
    let said = if fetched.new > 0 {
        let new = format::count(fetched.new, "new run");
        writeln!(out, "pulled {new} from {}", remote.shown())
    } else if fetched.succeeded {
        writeln!(out, "nothing to do: {} has no run that is not here", remote.shown())
    } else {
        Ok(())
    };
    fold_if_due(&store);
    if !fetched.succeeded {
        return Err(fetched.failed(&remote));
    }
    said?;
    Ok(exit_code::OK)
}

/// What came of a fetch.
struct Fetched {
    succeeded: bool,
    exit_code: Option<i32>,
    new: usize,
    refused: Vec<RunName>,
}

fn fetch(store: &Store, context: &Context, remote: &Remote) -> Result<Fetched, CommandError> {
    let entries = store.runs(None).map_err(runs::listing_failed)?;
    let mut settings = vec!["core.fsync=committed"];
    if entries.is_empty() {
        // There is nothing to share, and without this git would tell of all branches.
        settings.push("fetch.negotiationAlgorithm=noop");
    }
    let tips =
        entries.iter().take(TIPS).map(|run| format!("--negotiation-tip={}", run.object_id()));
    let lock = store.lock_for_writing().map_err(|error| {
        CommandError::failed("failed to lock the objects")
            .because(error)
            .hint("type `git jci doctor` to see what is wrong with this repository")
    })?;
    let mut fetched = Fetched { succeeded: false, exit_code: None, new: 0, refused: Vec::new() };
    let status = GitCommand::new(context, &settings, "fetch")
        .under(&lock)?
        .args(["--porcelain"])
        .args(NOTHING_ELSE)
        .args(context.progress().then_some("--progress"))
        .args(tips)
        .args(["--end-of-options", remote.argument(), "refs/jci-runs/*:refs/jci-runs/*"])
        .lines(|line| match FetchLine::parse(line) {
            Some(FetchLine { verdict: Verdict::New, .. }) => fetched.new += 1,
            Some(FetchLine { verdict: Verdict::Refused, run }) => fetched.refused.push(run),
            _ => {}
        })?;
    fetched.succeeded = status.success();
    fetched.exit_code = status.code();
    Ok(fetched)
}

impl Fetched {
    fn failed(&self, remote: &Remote) -> CommandError {
        if self.exit_code == Some(USAGE) {
            return remote
                .unreachable("fetch from")
                .hint("git jci pull needs git 2.41 or newer: see `git --version`");
        }
        let Some(first) = self.refused.first() else {
            return remote.unreachable("fetch from");
        };
        let runs = format::count(self.refused.len(), "run");
        CommandError::failed(format!(
            "{} has other content under the name of {runs}: {first}, for one",
            remote.shown()
        ))
        .hint(format!(
            "nothing was replaced; to see theirs: git fetch {} {}",
            remote.shown(),
            first.ref_name()
        ))
    }
}
