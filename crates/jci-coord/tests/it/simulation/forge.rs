//! The forge: it is told statuses, is out at times, and remembers what it was told.

use std::collections::BTreeMap;

use jci_coord::{CommitId, JobId, JobState, RepositoryName, Retry, Status, StatusId};

use super::clock::{SECOND, Time};
use super::invariants::Rule;
use super::server::{Op, Said};
use super::words;
use super::world::{Event, World};

/// A server waits so long for the forge. It must be less than the time for which a row of the
/// outbox belongs to the server that took it.
const PATIENCE: Time = 10 * SECOND;
/// A server stands still no longer than this between what it hears and what it does about it.
const STANDSTILL: Time = 90 * SECOND;

/// A status on its way from a server to the forge.
#[derive(Debug)]
pub(super) struct Letter {
    server: usize,
    boot: u64,
    status: Box<Status>,
}

/// What was said last of a commit.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) id: StatusId,
    pub(super) job: JobId,
    pub(super) state: JobState,
}

/// What the forge knows.
pub(super) struct Forge {
    /// The repository that is deleted there.
    pub(super) gone: Option<RepositoryName>,
    pub(super) told: BTreeMap<(RepositoryName, CommitId), Told>,
    last_words: BTreeMap<JobId, StatusId>,
}

impl Forge {
    pub(super) fn new(gone: Option<RepositoryName>) -> Self {
        Self { gone, told: BTreeMap::new(), last_words: BTreeMap::new() }
    }
}

impl World {
    /// Lets a server hear what it has done by itself.
    pub(super) fn server_heard(&mut self, server: usize, boot: u64, said: Said) {
        if let Said::Statuses(statuses) = said {
            statuses.into_iter().for_each(|status| self.send(server, boot, status));
        }
    }

    fn send(&mut self, server: usize, boot: u64, status: Status) {
        if self.faults.are_on() && self.chance.says(30) {
            let lost = Retry::Later { why: "the forge did not answer".to_owned() };
            return self.after(PATIENCE, Event::Echo(server, boot, Box::new(status), Some(lost)));
        }
        let takes = self.chance.within(10..=3 * SECOND);
        let letter = Letter { server, boot, status: Box::new(status) };
        self.after(takes, Event::Letter(letter));
    }

    /// A status reaches the forge.
    pub(super) fn deliver(&mut self, letter: Letter) {
        let Letter { server, boot, status } = letter;
        let is_odd = self.faults.are_on() && self.chance.says(30);
        let failure = if self.faults.forge_is_out > 0 {
            Some(Retry::Later { why: "502 Bad Gateway".to_owned() })
        } else if self.forge.gone.as_ref() == Some(&status.what.repository) {
            Some(Retry::Never { why: "404 Not Found".to_owned() })
        } else if is_odd {
            let wait = std::time::Duration::from_secs(self.chance.within(1..=90));
            Some(Retry::After { wait, why: "429 Too Many Requests".to_owned() })
        } else {
            self.record(&status);
            None
        };
        if self.faults.are_on() && self.chance.says(30) {
            // It has arrived, but the server does not get to know.
            let lost = Retry::Later { why: "the forge did not answer".to_owned() };
            return self.after(PATIENCE, Event::Echo(server, boot, status, Some(lost)));
        }
        // A server that stands still for a while notes what it heard when the row is another's.
        let stands_still = self.faults.are_on() && self.chance.says(10);
        let takes = if stands_still { self.chance.within(1..=STANDSTILL) } else { 5 };
        self.after(takes, Event::Echo(server, boot, status, failure));
    }

    /// Remembers a status, which must be no older than what was said before, and true.
    fn record(&mut self, status: &Status) {
        let what = &status.what;
        self.say(|| {
            format!("the forge hears that job {} is {}", words::job(&what.job), what.state)
        });
        let key = (what.repository.clone(), what.commit.clone());
        if let Some(last) = self.forge.told.get(&key).filter(|last| last.id > status.id).cloned() {
            let rule = Rule::TheForgeHearsInOrder;
            self.violate(rule, format!("{} after {:?}", what.state, last));
        }
        if what.state.is_final() {
            self.tally("the forge heard a last word");
            let state = self.ledger.state(&what.job);
            if state != Some(what.state) {
                let what = format!("job {} is {state:?}, said: {}", what.job, what.state);
                self.violate(Rule::LastWordsAreTrue, what);
            }
            let last = *self.forge.last_words.entry(what.job.clone()).or_insert(status.id);
            if last != status.id {
                let what = format!("of job {}: {last} and {}", what.job, status.id);
                self.violate(Rule::OneLastWordAJob, what);
            }
        }
        let told = Told { id: status.id, job: what.job.clone(), state: what.state };
        self.forge.told.insert(key, told);
    }

    /// A server hears what the forge says to a status.
    pub(super) fn echo(
        &mut self,
        server: usize,
        boot: u64,
        taken: Box<Status>,
        failure: Option<Retry>,
    ) {
        if self.is_server(server, boot) {
            let op = match failure {
                None => Op::StatusSent(taken),
                Some(verdict) => Op::StatusFailed(taken, verdict),
            };
            self.work(server, op);
        }
    }
}
