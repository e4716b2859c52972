//! How much room runs take.

use jci_store::{RunEntry, Store};

use crate::context::Context;
use crate::transfer::GitCommand;

/// Adds up what the objects of `runs` take on disk that no run of `others` has, too.
///
/// `None` where that cannot be known: in a partial clone, git would fetch what is not there.
pub(crate) fn disk_usage(
    context: &Context,
    store: &Store,
    runs: &[RunEntry],
    others: &[RunEntry],
) -> Option<u64> {
    if store.is_partial() {
        return None;
    }
    let wanted = runs.iter().map(|run| format!("{}\n", run.object_id()));
    let unwanted = others.iter().map(|run| format!("^{}\n", run.object_id()));
    let objects: String = wanted.chain(unwanted).collect();
    let printed = GitCommand::new(context, &[], "rev-list")
        .args(["--objects", "--disk-usage", "--stdin"])
        .silent()
        .fed(objects.as_bytes())
        .ok()??;
    std::str::from_utf8(&printed).ok()?.trim().parse().ok()
}
