//! Schedules by a clock that is moved by hand.

use std::sync::{Arc, Mutex};

use jci_coord::{Clock, Coordinator, JobState, MemoryStore, Settings, SystemRandom};
use jci_daemon::stop;
use jci_testkit::TestRepo;
use jci_testkit::forge::{FakeForge, ForgeRepo, Right};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::config::Config;
use crate::health::Health;
use crate::logs::Logs;
use crate::metrics::Metrics;

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct Standing(Arc<Mutex<(Timestamp, Duration)>>);

impl Standing {
    fn forward(&self, seconds: u64) {
        let mut time = self.0.lock().unwrap();
        time.0 += SignedDuration::from_secs(i64::try_from(seconds).unwrap());
        time.1 += Duration::from_secs(seconds);
    }
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().1
    }
}

/// A forge with a repository, and a server's inside that works for it.
struct Place {
    shared: Shared,
    clock: Standing,
    site: ForgeRepo,
    work: TestRepo,
    forge: FakeForge,
    runtime: tokio::runtime::Runtime,
}

impl Place {
    fn new() -> Self {
        let forge = FakeForge::gitea();
        let site = forge.repository("team/site");
        let token = forge.token("jci", &["all"]);
        site.grant("jci", Right::Write);
        let work = TestRepo::new();
        work.git(&["remote", "add", "origin", &site.url_with(&token)]);
        let start: Timestamp = "2026-01-01T00:00:30Z".parse().unwrap();
        let clock = Standing(Arc::new(Mutex::new((start, Duration::ZERO))));
        let shared = shared(&forge.url(), &token, clock.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { shared, clock, site, work, forge, runtime }
    }

    fn push(&self, crontab: &str) -> String {
        self.work.write(".jci/crontab", crontab);
        let commit = self.work.commit("crontab");
        self.work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
        commit
    }

    fn refresh(&self) {
        let name = RepoName::parse(self.site.full_name()).unwrap();
        self.runtime.block_on(refresh(&self.shared, &name)).unwrap();
    }

    /// Does what a tick does, and lists the jobs that there are then: commit, ref and name.
    fn tick(&self) -> Vec<(String, String, Trigger)> {
        self.runtime.block_on(async {
            submit_due(&self.shared).await;
            let jobs = self.shared.queue.jobs(&JobFilter::default(), 10).await.unwrap();
            assert!(jobs.iter().all(|job| job.state == JobState::Queued));
            let facts = |job: jci_coord::Job| {
                (job.spec.commit.to_string(), job.spec.reference, job.spec.trigger)
            };
            jobs.into_iter().map(facts).collect()
        })
    }
}

fn shared(forge: &str, token: &str, clock: Standing) -> Shared {
    let variable = |name: &str| {
        let value = match name {
            "GITEA_HOST" => forge,
            "GITEA_TOKEN" => token,
            "GITEA_WEBHOOK_SECRET" | "JCI_RUNNER_SECRET" => "secret",
            _ => return None,
        };
        Some(value.into())
    };
    let config = Config::invoke(["jci-server".into()], &variable).unwrap().config;
    let forge = crate::server::forge(&config).unwrap();
    let (store, random) = (Arc::new(MemoryStore::new()), Arc::new(SystemRandom::new()));
    let (_, stop) = stop::channel();
    Shared {
        queue: Arc::new(Coordinator::new(store, Settings::default(), Arc::new(clock), random)),
        forge,
        health: Health::new(),
        logs: Arc::new(Logs::new("nowhere".into(), 0)),
        metrics: Arc::new(Metrics::new()),
        stop,
        config: Arc::new(config),
    }
}

#[test]
fn a_line_of_the_crontab_is_a_job_when_its_time_has_come() {
    let place = Place::new();
    let commit = place.push("5 * * * * name:hourly\n");
    place.refresh();
    assert_eq!(place.tick(), []);
    place.clock.forward(5 * 60);
    let name = Some("hourly".to_owned());
    let job = (commit, "refs/heads/main".to_owned(), Trigger::Schedule { name });
    assert_eq!(place.tick(), std::slice::from_ref(&job));
    assert_eq!(place.tick(), [job]);
    place.forge.finish();
}

#[test]
fn a_forge_that_is_away_when_it_is_time_makes_a_job_late_and_not_lost() {
    let place = Place::new();
    place.push("5 * * * *\n");
    place.refresh();
    place.clock.forward(5 * 60);
    place.forge.go_down();
    assert_eq!(place.tick(), []);
    place.forge.come_back();
    // The queue hears nothing for a while of what was to be done, and has it done again.
    assert_eq!(place.tick(), []);
    place.clock.forward(60);
    assert_eq!(place.tick().len(), 1);
    place.forge.finish();
}

#[test]
fn a_schedule_that_is_gone_or_of_a_branch_that_is_not_there_makes_no_job() {
    let place = Place::new();
    place.push("5 * * * * branch:nowhere\n");
    place.refresh();
    place.clock.forward(5 * 60);
    assert_eq!(place.tick(), []);
    place.push("5 * * * *\n");
    place.refresh();
    place.work.git(&["rm", "--quiet", ".jci/crontab"]);
    place.work.git(&["commit", "--quiet", "-m", "gone"]);
    place.work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
    place.refresh();
    place.clock.forward(60 * 60);
    assert_eq!(place.tick(), []);
    place.forge.finish();
}
