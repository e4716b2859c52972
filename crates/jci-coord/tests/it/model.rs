//! SQLite against the store in memory: whatever is done, both answer the same.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use jci_coord::{
    AttemptId, AuditFilter, Claimed, Coordinator, JobFilter, JobId, MemoryStore, NewJob, Outcome,
    Retention, Retry, Settings, Status, Store, Trust, Verdict,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::clock::{Counting, TestClock};
use crate::names::{claim_with, commit, labels, person, push, runner};

/// Something that is done to the queue.
#[derive(Debug, Clone)]
enum Step {
    Submit { name: usize, number: u32, priority: i32, needs: usize, trust: Trust, again: bool },
    Claim { runner: usize, has: usize, beats: bool, request: bool },
    Start(Index),
    Finish(Index, Verdict),
    Settle(Index, Verdict),
    Renew { runner: usize },
    Cancel(Index),
    Approve(Index, u32),
    Rerun(Index),
    Pass(u64),
    Jump(i64),
    Expire,
    Due(u32),
    Sent(Index),
    Failed(Index, bool),
    Schedule(usize),
    DueSchedules,
    Prune,
    Restart,
}

const NAMES: [&str; 3] = ["a", "b", "c"];
const LABELS: [&str; 3] = ["", "linux", "gpu,linux"];
const CRONTABS: [&[u8]; 3] = [b"", b"@hourly\n*/10 * * * * name:often", b"*/10 * * * * name:often"];

fn steps() -> impl Strategy<Value = Step> {
    let verdict = || {
        use Verdict::{Cancelled, Err, InfraError, Ok, TimedOut};
        select(vec![Ok, Err, InfraError, TimedOut, Cancelled])
    };
    let index = any::<Index>;
    let submit = (0..3usize, 0..4u32, 0..2, 0..3usize, any::<bool>(), any::<bool>()).prop_map(
        |(name, number, priority, needs, is_trusted, again)| {
            let trust = if is_trusted { Trust::Trusted } else { Trust::Untrusted };
            Step::Submit { name, number, priority, needs, trust, again }
        },
    );
    let claim = (0..3usize, 0..3usize, any::<bool>(), any::<bool>())
        .prop_map(|(runner, has, beats, request)| Step::Claim { runner, has, beats, request });
    prop_oneof![
        6 => submit,
        6 => claim,
        2 => index().prop_map(Step::Start),
        3 => (index(), verdict()).prop_map(|(at, verdict)| Step::Finish(at, verdict)),
        1 => (index(), verdict()).prop_map(|(at, verdict)| Step::Settle(at, verdict)),
        2 => (0..3usize).prop_map(|runner| Step::Renew { runner }),
        1 => index().prop_map(Step::Cancel),
        1 => (index(), 0..4u32).prop_map(|(at, number)| Step::Approve(at, number)),
        1 => index().prop_map(Step::Rerun),
        3 => select(vec![1, 5, 29, 30, 601, 3700]).prop_map(Step::Pass),
        1 => select(vec![3_600_000, -3_600_000]).prop_map(Step::Jump),
        4 => Just(Step::Expire),
        2 => (1..4u32).prop_map(Step::Due),
        2 => index().prop_map(Step::Sent),
        1 => (index(), any::<bool>()).prop_map(|(at, never)| Step::Failed(at, never)),
        1 => (0..3usize).prop_map(Step::Schedule),
        1 => Just(Step::DueSchedules),
        1 => Just(Step::Prune),
        1 => Just(Step::Restart),
    ]
}

/// A queue, and what was seen of it.
struct Side {
    store: Arc<dyn Store>,
    clock: Arc<TestClock>,
    random: Arc<Counting>,
    server: Coordinator,
    jobs: Vec<JobId>,
    attempts: Vec<AttemptId>,
    statuses: Vec<Status>,
}

impl Side {
    fn new(store: Arc<dyn Store>) -> Self {
        let (clock, random) = (Arc::new(TestClock::default()), Arc::new(Counting::default()));
        let server = server(&store, &clock, &random);
        let (jobs, attempts, statuses) = (Vec::new(), Vec::new(), Vec::new());
        Self { store, clock, random, server, jobs, attempts, statuses }
    }

    /// Does a step and tells all that came of it.
    async fn take(&mut self, step: &Step) -> String {
        self.clock.pass(Duration::from_millis(1));
        let mut told = format!("{step:?}: ");
        match step {
            Step::Submit { .. } => told += &self.submit(step).await,
            Step::Claim { .. } => told += &self.claim(step).await,
            Step::Pass(seconds) => self.clock.pass(Duration::from_secs(*seconds)),
            Step::Jump(milliseconds) => self.clock.jump(*milliseconds),
            Step::Restart => self.server = server(&self.store, &self.clock, &self.random),
            Step::Expire => tell(&mut told, self.server.expire().await),
            Step::Prune => tell(&mut told, self.server.prune_history().await),
            Step::Due(limit) => {
                let due = self.server.due_statuses(*limit).await;
                self.statuses.extend(due.iter().flatten().cloned());
                tell(&mut told, due);
            }
            Step::Schedule(which) => {
                let name = crate::names::repository("a");
                tell(&mut told, self.server.set_schedules(&name, "main", CRONTABS[*which]).await);
            }
            Step::DueSchedules => told += &self.schedules().await,
            Step::Renew { runner: name } => {
                let name = runner(NAMES[*name]);
                tell(&mut told, self.server.renew(&name, &self.attempts).await);
            }
            Step::Sent(at) => {
                if let Some(taken) = pick(&self.statuses, at) {
                    tell(&mut told, self.server.status_sent(&taken).await);
                }
            }
            Step::Failed(at, never) => {
                let why = "the forge is away".to_owned();
                let verdict = if *never { Retry::Never { why } } else { Retry::Later { why } };
                if let Some(taken) = pick(&self.statuses, at) {
                    tell(&mut told, self.server.status_failed(&taken, &verdict).await);
                }
            }
            Step::Start(at) | Step::Finish(at, _) => told += &self.report(step, at).await,
            Step::Settle(at, _) | Step::Cancel(at) | Step::Approve(at, _) | Step::Rerun(at) => {
                told += &self.decide(step, at).await;
            }
        }
        told
    }

    async fn submit(&mut self, step: &Step) -> String {
        let Step::Submit { name, number, priority, needs, trust, again } = step else {
            unreachable!("another step")
        };
        let new = NewJob {
            priority: *priority,
            labels: labels(LABELS[*needs]),
            trust: *trust,
            delivery: again.then(|| format!("{name} {number}")),
            ..push(NAMES[*name], *number)
        };
        let submitted = self.server.submit(new).await;
        self.jobs.extend(submitted.iter().map(|it| it.job.id.clone()));
        format!("{submitted:?}")
    }

    async fn claim(&mut self, step: &Step) -> String {
        let Step::Claim { runner, has, beats, request } = step else {
            unreachable!("another step")
        };
        let running = beats.then(Vec::new);
        let mut claim = claim_with(NAMES[*runner], LABELS[*has], running);
        claim.request = request.then(|| "again".to_owned());
        let claimed = self.server.claim(&claim).await.unwrap();
        if let Claimed::Assigned(assignment) = &claimed {
            self.attempts.push(assignment.attempt.id.clone());
            let grant = self.server.grant(&assignment.token).await.unwrap();
            return format!("{claimed:?} {grant:?}");
        }
        format!("{claimed:?}")
    }

    async fn report(&self, step: &Step, at: &Index) -> String {
        let Some(attempt) = pick(&self.attempts, at) else { return String::new() };
        match step {
            Step::Finish(_, verdict) => {
                format!("{:?}", self.server.finish(&attempt, &Outcome::new(*verdict)).await)
            }
            _ => format!("{:?}", self.server.start(&attempt).await),
        }
    }

    async fn decide(&mut self, step: &Step, at: &Index) -> String {
        let Some(job) = pick(&self.jobs, at) else { return String::new() };
        match step {
            Step::Settle(_, verdict) => {
                format!("{:?}", self.server.settle(&job, &Outcome::new(*verdict)).await)
            }
            Step::Cancel(_) => format!("{:?}", self.server.cancel(&job, &person("eve")).await),
            Step::Approve(_, number) => {
                let answer = self.server.approve(&job, &commit(*number), &person("eve")).await;
                format!("{answer:?}")
            }
            _ => {
                let new = self.server.rerun(&job, &person("eve")).await;
                self.jobs.extend(new.iter().cloned());
                format!("{new:?}")
            }
        }
    }

    async fn schedules(&self) -> String {
        let due = self.server.due_schedules().await.unwrap();
        // The first is done and the others are left for later.
        if let Some(first) = due.first() {
            self.server.schedule_done(first).await.unwrap();
        }
        format!("{due:?}")
    }

    /// Tells everything that can be read.
    async fn everything(&self) -> String {
        let server = &self.server;
        let mut told = String::new();
        for job in server.jobs(&JobFilter::default(), 1000).await.unwrap() {
            tell(&mut told, server.attempts(&job.id).await);
            tell(&mut told, server.statuses(&job.id).await);
            tell(&mut told, job);
        }
        tell(&mut told, server.queue_depth().await);
        tell(&mut told, server.runners().await);
        tell(&mut told, server.live_attempts().await);
        tell(&mut told, server.schedules(&crate::names::repository("a")).await);
        tell(&mut told, server.audit(&AuditFilter::default(), 1000).await);
        told
    }
}

fn server(store: &Arc<dyn Store>, clock: &Arc<TestClock>, random: &Arc<Counting>) -> Coordinator {
    let settings = Settings {
        max_jobs: Some(4),
        timeout: Duration::from_secs(600),
        retention: Retention { job_count: Some(2), ..Retention::default() },
        ..Settings::default()
    };
    Coordinator::new(Arc::clone(store), settings, clock.clone(), random.clone())
}

fn pick<T: Clone>(things: &[T], at: &Index) -> Option<T> {
    if things.is_empty() { None } else { Some(at.get(things).clone()) }
}

fn tell(told: &mut String, what: impl std::fmt::Debug) {
    writeln!(told, "{what:?}").unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(
        if jci_testkit::thorough() { 1000 } else { 24 }
    ))]
    #[test]
    fn both_answer_the_same(steps in prop::collection::vec(steps(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let mut model = Side::new(Arc::new(MemoryStore::new()));
            let mut real = Side::new(crate::sqlite::open(folder.path()).await);
            for step in &steps {
                let expected = model.take(step).await;
                prop_assert_eq!(real.take(step).await, expected);
            }
            prop_assert_eq!(real.everything().await, model.everything().await);
            Ok(())
        })?;
    }
}
