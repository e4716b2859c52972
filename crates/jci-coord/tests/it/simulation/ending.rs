//! When nothing goes wrong any more: does everything come to its end?

use jci_coord::JobFilter;

use super::clock::{HOUR, SECOND, Time};
use super::invariants::Rule;
use super::world::{Event, World};

/// So long after the last fault everything must have ended.
const LONGEST: Time = 3 * HOUR;

impl World {
    /// Looks whether everything has ended, and is as it should be.
    pub(super) fn check(&mut self) {
        let held: Vec<_> =
            self.ledger.jobs().filter(|job| job.is_held()).map(|job| job.id.clone()).collect();
        held.iter().for_each(|job| self.approve(job));
        let have_ended = self.ledger.jobs().all(|job| job.state.is_final());
        if have_ended && self.people.are_answered() && self.unsent() == 0 {
            self.compare();
            self.check_forge();
            return self.end();
        }
        if self.now() > self.plan.peace + LONGEST {
            let open: Vec<_> = self.ledger.jobs().filter(|job| !job.state.is_final()).collect();
            let what = format!("{} statuses are unsent, and open are {open:?}", self.unsent());
            return self.violate(Rule::EverythingEnds, what);
        }
        self.after(10 * SECOND, Event::Check);
    }

    fn unsent(&self) -> u64 {
        let store = &self.below;
        self.tasks.aside(async { store.read().await.unwrap().count_unsent().await.unwrap() })
    }

    /// The store holds what was committed, and nothing else.
    fn compare(&mut self) {
        let store = &self.below;
        let all = JobFilter::default();
        let mut stored =
            self.tasks.aside(async { store.read().await.unwrap().jobs(&all, 1000).await.unwrap() });
        stored.reverse();
        let known: Vec<_> = self.ledger.jobs().cloned().collect();
        if stored != known {
            self.violate(Rule::NothingIsLost, format!("{stored:?} is stored of {known:?}"));
        }
    }

    /// The forge shows of every commit how its last job ended.
    fn check_forge(&mut self) {
        let mut wrong = Vec::new();
        for job in self.ledger.jobs() {
            let key = (job.spec.repository.clone(), job.spec.commit.clone());
            if self.forge.gone.as_ref() == Some(&key.0) {
                continue;
            }
            let told = self.forge.told.get(&key);
            let is_last = told.is_some_and(|told| told.job == job.id);
            let newer = told.is_some_and(|told| Some(told.id) > self.ledger.last_status(&job.id));
            let is_true = told.is_some_and(|told| told.state == job.state);
            if !(is_last && is_true || !is_last && newer) {
                wrong
                    .push(format!("job {} is {}, and the forge shows {told:?}", job.id, job.state));
            }
        }
        for what in wrong {
            self.violate(Rule::EverythingEnds, what);
        }
    }
}
