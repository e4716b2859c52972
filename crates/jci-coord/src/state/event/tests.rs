//! The state machine: the whole table, and what holds after any events in any order.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::ids::{CommitId, JobId, RepositoryName};
use crate::random::Random;
use crate::spec::NewJob;
use crate::state::ViewKey;

struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn rules() -> Rules {
    let backoff = Backoff { first: Duration::from_secs(5), greatest: Duration::from_secs(300) };
    Rules { now: Timestamp::UNIX_EPOCH, max_attempts: 3, backoff }
}

fn queued(approved: bool) -> Job {
    let repository: RepositoryName = "owner/name".parse().unwrap();
    let commit: CommitId = "1".repeat(40).parse().unwrap();
    let new = NewJob::new(repository, commit, "refs/heads/main", Actor::Server);
    let spec = new.into_spec(Duration::from_secs(60));
    let now = Timestamp::UNIX_EPOCH;
    Job::new(JobId::new(now, &Zeros), spec, ViewKey::new(&Zeros), approved, now)
}

fn number(number: u32) -> AttemptNumber {
    AttemptNumber::new(number).unwrap()
}

fn finished(attempt: u32, verdict: Verdict) -> Event {
    Event::Finished { attempt: number(attempt), outcome: Outcome::new(verdict) }
}

fn after(job: Job, events: &[Event]) -> Job {
    events.iter().fold(job, |job, event| job.after(event, &rules()).unwrap())
}

/// Every kind of event, for the first attempt.
fn events() -> Vec<(&'static str, Event)> {
    let first = AttemptNumber::FIRST;
    vec![
        ("approved", Event::Approved),
        ("due", Event::Due),
        ("assigned", Event::Assigned),
        ("started", Event::Started { attempt: first }),
        ("finished ok", finished(1, Verdict::Ok)),
        ("finished err", finished(1, Verdict::Err)),
        ("finished infra", finished(1, Verdict::InfraError)),
        ("settled ok", Event::Settled { outcome: Outcome::new(Verdict::Ok) }),
        ("cancel asked", Event::CancelAsked { by: Actor::Server }),
        ("cancel forced", Event::CancelForced),
        ("lease lost", Event::LeaseLost { attempt: first }),
        ("over time", Event::OverTime { attempt: first }),
    ]
}

/// A job of every kind.
fn jobs() -> Vec<(&'static str, Job)> {
    let assigned = || after(queued(true), &[Event::Assigned]);
    let asked = Event::CancelAsked { by: Actor::Server };
    vec![
        ("held", queued(false)),
        ("ready", queued(true)),
        ("waiting", after(assigned(), &[finished(1, Verdict::InfraError)])),
        ("assigned", assigned()),
        ("running", after(assigned(), &[Event::Started { attempt: AttemptNumber::FIRST }])),
        ("stopping", after(assigned(), &[asked])),
        ("ok", after(assigned(), &[finished(1, Verdict::Ok)])),
    ]
}

fn kind(job: &Job) -> &'static str {
    match job.state {
        JobState::Queued if job.is_held() => "held",
        JobState::Queued if job.is_ready() => "ready",
        JobState::Queued => "waiting",
        state if state.is_live() && job.cancelled_by.is_some() => "stopping",
        state => state.as_str(),
    }
}

#[test]
fn the_whole_table() {
    let mut table = format!("{:15}", "");
    jobs().iter().for_each(|(name, _)| table += &format!("{name:12}"));
    for (name, event) in events() {
        table += &format!("\n{name:15}");
        for (_, job) in jobs() {
            let cell = match job.after(&event, &rules()) {
                Ok(after) => kind(&after),
                Err(Refusal::Stale { .. }) => "- stale",
                Err(Refusal::Ended { .. }) => "- ended",
                Err(Refusal::NotNow { .. }) => "- not now",
            };
            table += &format!("{cell:12}");
        }
    }
    let table: Vec<_> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
                   held        ready       waiting     assigned    running     stopping    ok
    approved       ready       ready       waiting     assigned    running     stopping    - ended
    due            - not now   - not now   ready       - not now   - not now   - not now   - not now
    assigned       - not now   assigned    - not now   - not now   - not now   - not now   - not now
    started        - stale     - stale     - stale     running     running     stopping    - stale
    finished ok    - stale     - stale     - stale     ok          ok          ok          - stale
    finished err   - stale     - stale     - stale     err         err         err         - stale
    finished infra - stale     - stale     - stale     waiting     waiting     cancelled   - stale
    settled ok     - not now   - not now   ok          ok          ok          ok          - ended
    cancel asked   cancelled   cancelled   cancelled   stopping    stopping    stopping    - ended
    cancel forced  - not now   - not now   - not now   - not now   - not now   cancelled   - ended
    lease lost     - stale     - stale     - stale     waiting     waiting     cancelled   - stale
    over time      - stale     - stale     - stale     timed_out   timed_out   timed_out   - stale
    ");
}

#[test]
fn the_newest_attempt_alone_speaks() {
    let lost = Event::LeaseLost { attempt: AttemptNumber::FIRST };
    let second = after(queued(true), &[Event::Assigned, lost, Event::Due, Event::Assigned]);
    assert_eq!(second.attempt, Some(number(2)));
    let late = second.after(&finished(1, Verdict::Ok), &rules());
    let refusal = Refusal::Stale { attempt: number(1), newest: 2, state: JobState::Assigned };
    assert_eq!(late, Err(refusal));
    assert!(second.after(&finished(2, Verdict::Ok), &rules()).is_ok());
}

fn any_event() -> impl Strategy<Value = Event> {
    use Verdict::{Cancelled, Err, InfraError, Ok, TimedOut};
    let verdict = || select(vec![Ok, Err, InfraError, TimedOut, Cancelled]);
    let attempt = || (1..5u32).prop_map(number);
    let plain = vec![Event::Approved, Event::Due, Event::Assigned, Event::CancelForced];
    prop_oneof![
        8 => select(plain),
        2 => attempt().prop_map(|attempt| Event::Started { attempt }),
        2 => attempt().prop_map(|attempt| Event::LeaseLost { attempt }),
        1 => attempt().prop_map(|attempt| Event::OverTime { attempt }),
        2 => (attempt(), verdict()).prop_map(|(attempt, verdict)| {
            Event::Finished { attempt, outcome: Outcome::new(verdict) }
        }),
        1 => verdict().prop_map(|verdict| Event::Settled { outcome: Outcome::new(verdict) }),
        1 => Just(Event::CancelAsked { by: Actor::Server }),
    ]
}

proptest! {
    #[test]
    fn after_any_events(
        approved in any::<bool>(),
        events in prop::collection::vec(any_event(), 0..60),
    ) {
        let mut job = queued(approved);
        for event in events {
            let Ok(next) = job.after(&event, &rules()) else { continue };
            prop_assert!(!job.state.is_final(), "{} never changes", job.state);
            prop_assert!(next.attempt >= job.attempt, "attempts only grow");
            prop_assert!(next.approved || next.attempt.is_none(), "it never ran unapproved");
            prop_assert!(next.attempt.map_or(0, AttemptNumber::get) <= 3, "it has three attempts");
            prop_assert_eq!(next.finished.is_some(), next.state.is_final());
            prop_assert!(next.not_before.is_none() || next.state == JobState::Queued);
            prop_assert!(next.cancelled_by.is_none() || next.state != JobState::Queued);
            job = next;
        }
    }
}
