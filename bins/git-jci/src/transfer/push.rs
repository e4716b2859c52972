//! One push of refs of runs, and of nothing else.

use std::collections::BTreeMap;

use jci_store::RunName;

use super::porcelain::{PushLine, Verdict, pass_on};
use super::{GitCommand, Remote};
use crate::context::Context;
use crate::error::CommandError;

/// What a user may have configured for pushes of branches and does not mean here.
const NOTHING_ELSE: [&str; 3] =
    ["--no-follow-tags", "--recurse-submodules=no", "--no-force-with-lease"];

/// What came of a push.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    pub(crate) succeeded: bool,
    pub(crate) exit_code: Option<i32>,
    pub(crate) new: usize,
    pub(crate) deleted: usize,
    /// What was refused, with git's own words.
    pub(crate) refused: BTreeMap<RunName, String>,
}

/// Pushes by these refspecs; git shows its progress and complaints.
pub(crate) fn push(
    context: &Context,
    remote: &Remote,
    options: &[&str],
    refspecs: impl IntoIterator<Item = String>,
) -> Result<Pushed, CommandError> {
    let mut pushed = Pushed::default();
    // A mirror takes no refspecs. What git advises after a refusal is about branches.
    let no_mirror = remote.name().map(|name| format!("remote.{name}.mirror=false"));
    let settings = [Some("advice.pushUpdateRejected=false"), no_mirror.as_deref()];
    let settings: Vec<_> = settings.into_iter().flatten().collect();
    let status = GitCommand::new(context, &settings, "push")
        .args(["--porcelain"])
        .args(NOTHING_ELSE)
        .args(options)
        .args(["--end-of-options", remote.argument()])
        .args(refspecs)
        .lines(|line| match PushLine::parse(line) {
            Some(PushLine { verdict: Verdict::New, .. }) => pushed.new += 1,
            Some(PushLine { verdict: Verdict::Deleted, .. }) => pushed.deleted += 1,
            Some(PushLine { verdict: Verdict::Refused, run, words }) => {
                pushed.refused.insert(run, words);
            }
            Some(PushLine { verdict: Verdict::Same, .. }) => {}
            None => pass_on(line),
        })?;
    pushed.succeeded = status.success();
    pushed.exit_code = status.code();
    Ok(pushed)
}
