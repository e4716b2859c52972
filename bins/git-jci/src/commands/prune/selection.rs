//! Which runs go, and why.

use std::collections::HashSet;

use jci_store::{CommitId, RunName};
use jiff::Timestamp;
use serde::Serialize;

use super::age::Age;

/// Why a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Why {
    /// Its commit is gone.
    CommitGone,
    /// It is older than was asked for.
    Old,
}

/// What runs are measured by.
#[derive(Debug)]
pub(super) struct Rule<'a> {
    /// The commits that are gone.
    pub(super) gone: HashSet<CommitId>,
    pub(super) older_than: Option<&'a Age>,
    /// The time that ages are counted back from.
    pub(super) now: Timestamp,
}

impl Rule<'_> {
    /// Tells why a run goes; `None` if it stays.
    pub(super) fn judge(&self, run: &RunName) -> Option<Why> {
        if self.gone.contains(&run.commit) {
            return Some(Why::CommitGone);
        }
        let first_kept = self.older_than?.first_kept(self.now);
        (run.id.seconds() < first_kept).then_some(Why::Old)
    }
}

impl Age {
    /// Returns the second in which the oldest run began that is not older than this.
    pub(crate) fn first_kept(&self, now: Timestamp) -> u64 {
        u64::try_from(now.as_second()).unwrap_or(0).saturating_sub(self.seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jci_store::RunId;

    #[test]
    fn a_run_goes_for_its_commit_before_its_age() {
        let commit = |digit: &str| digit.repeat(40).parse::<CommitId>().unwrap();
        let run = |digit, seconds| RunName { commit: commit(digit), id: RunId::new(seconds, 0) };
        let age = "1h".parse().unwrap();
        let now = Timestamp::from_second(10_000).unwrap();
        let rule = Rule { gone: [commit("a")].into(), older_than: Some(&age), now };
        assert_eq!(rule.judge(&run("a", 9_000)), Some(Why::CommitGone));
        assert_eq!(rule.judge(&run("a", 10)), Some(Why::CommitGone));
        assert_eq!(rule.judge(&run("b", 6_399)), Some(Why::Old));
        assert_eq!(rule.judge(&run("b", 6_400)), None);
        let rule = Rule { older_than: None, ..rule };
        assert_eq!(rule.judge(&run("b", 10)), None);
    }
}
