//! What was seen of a repository the last time, and how it differs now.

use std::collections::{BTreeSet, HashSet};

use jci_proto::Event;
use jci_store::{ActiveRun, Branch, RefsStamp, RunEntry, RunName};

use super::{Found, Views};

/// Of more runs than these at once not each is told: all that is shown is to be asked for again.
const MANY: usize = 100;

/// What was seen of a repository.
#[derive(Debug)]
pub(crate) struct Seen {
    stamp: RefsStamp,
    active: BTreeSet<RunName>,
    stored: HashSet<RunName>,
    branches: Vec<Branch>,
    branch: Option<String>,
}

impl Seen {
    /// Looks at the repository, and tells how it differs from what was seen before.
    ///
    /// `None` if it cannot be read, so that the next look starts from the beginning.
    pub(crate) fn look(
        views: &Views,
        before: Option<Self>,
        tell: &mut dyn FnMut(Event),
    ) -> Option<Self> {
        // Asked before the refs are read: a run that ends in between is found there.
        let active = views.store().active_runs();
        let active_names: BTreeSet<_> = active.iter().filter_map(ActiveRun::name).collect();
        let stamp = views.store().refs_stamp();
        let is_same =
            |before: &Self| before.active == active_names && !before.stamp.may_differ(&stamp);
        let before = match before {
            Some(before) if is_same(&before) => return Some(Self { stamp, ..before }),
            before => before,
        };
        let stored = views.store().runs(None).ok()?;
        let now = Self {
            stamp,
            active: active_names,
            stored: stored.iter().map(|entry| entry.name).collect(),
            branches: views.store().branches().ok()?,
            branch: views.store().branch(),
        };
        if let Some(before) = before {
            now.tell_of_history(&before, tell);
            now.tell_of_runs(&before, views, active, &stored, tell);
        }
        Some(now)
    }

    fn tell_of_history(&self, before: &Self, tell: &mut dyn FnMut(Event)) {
        if self.branches != before.branches || self.branch != before.branch {
            tell(Event::HistoryChanged);
        }
    }

    fn tell_of_runs(
        &self,
        before: &Self,
        views: &Views,
        active: Vec<ActiveRun>,
        stored: &[RunEntry],
        tell: &mut dyn FnMut(Event),
    ) {
        // Newest first as they are listed; told in the order in which they began.
        let new: Vec<_> =
            stored.iter().rev().filter(|it| !before.stored.contains(&it.name)).collect();
        let is_gone = |name: &&RunName| !self.stored.contains(name) && !self.active.contains(name);
        let gone: Vec<_> = before.stored.iter().chain(&before.active).filter(is_gone).collect();
        if new.len() + gone.len() > MANY {
            return tell(Event::HistoryChanged);
        }
        for run in active.into_iter().rev() {
            let name = run.name().filter(|name| !self.stored.contains(name));
            if name.is_some_and(|name| !before.active.contains(&name))
                && let Ok(run) = views.run(&Found::Active(Box::new(run)))
            {
                tell(Event::RunStarted { run });
            }
        }
        for entry in new {
            if let Ok(run) = views.run(&Found::Stored(*entry)) {
                tell(Event::RunStored { run });
            }
        }
        for name in gone {
            let (commit, run) = (name.commit.to_string(), name.id.to_string());
            tell(Event::RunRemoved { commit, run });
        }
    }
}
