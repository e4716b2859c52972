//! What the server counts, for Prometheus.

mod gauges;

use std::fmt;
use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

pub(crate) use gauges::Now;

/// Requests take from a fraction of a millisecond to the minute that a runner waits, in seconds.
const TIMES: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0, 60.0];

/// How something went, in a word.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Went {
    result: &'static str,
}

/// Where a job came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct State {
    state: &'static str,
}

/// Which route was asked, and how it answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Answered {
    route: &'static str,
    method: String,
    status: u16,
}

/// What the server counts.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Histogram, fn() -> Histogram>,
    jobs: Family<State, Counter>,
    polls: Family<Went, Counter>,
    webhooks: Family<Went, Counter>,
    statuses: Family<Went, Counter>,
    attempts_lost: Family<Went, Counter>,
    log_bytes: Counter,
}

impl Metrics {
    /// Begins to count from zero.
    pub(crate) fn new() -> Self {
        let mut it = Self {
            registry: Registry::with_prefix("jci"),
            requests: Family::new_with_constructor(|| Histogram::new(TIMES)),
            jobs: Family::default(),
            polls: Family::default(),
            webhooks: Family::default(),
            statuses: Family::default(),
            attempts_lost: Family::default(),
            log_bytes: Counter::default(),
        };
        let all = &mut it.registry;
        let version = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The version that runs", version);
        all.register(
            "http_request_duration_seconds",
            "How long requests took to answer, by route, method and status",
            it.requests.clone(),
        );
        all.register("job_changes", "Jobs that came into a state", it.jobs.clone());
        all.register("polls", "Runners that asked for work, by what they got", it.polls.clone());
        all.register("webhooks", "Webhooks, by what became of them", it.webhooks.clone());
        all.register(
            "statuses",
            "Statuses for the forge, by how it took them",
            it.statuses.clone(),
        );
        let lost = "Attempts that ended without a word of their runner, by why";
        all.register("attempts_lost", lost, it.attempts_lost.clone());
        all.register("log_bytes", "Bytes of logs that runners sent", it.log_bytes.clone());
        it
    }

    /// Counts a request, and how long it took to answer.
    pub(crate) fn answered(
        &self,
        route: &'static str,
        method: &Method,
        status: u16,
        took: Duration,
    ) {
        let answered = Answered { route, method: method.to_string(), status };
        self.requests.get_or_create(&answered).observe(took.as_secs_f64());
    }

    /// Counts a job that came into a state.
    pub(crate) fn job(&self, state: jci_coord::JobState) {
        self.jobs.get_or_create(&State { state: state.as_str() }).inc();
    }

    /// Counts a runner that asked for work: `assigned`, `empty` or `full`.
    pub(crate) fn poll(&self, result: &'static str) {
        self.polls.get_or_create(&Went { result }).inc();
    }

    /// Counts a webhook: `job`, `known`, `nothing` or `refused`.
    pub(crate) fn webhook(&self, result: &'static str) {
        self.webhooks.get_or_create(&Went { result }).inc();
    }

    /// Counts a status: `sent`, `failed` or `given_up`.
    pub(crate) fn status(&self, result: &'static str) {
        self.statuses.get_or_create(&Went { result }).inc();
    }

    /// Counts an attempt that the server ended: `lease`, `time` or `cancel`.
    pub(crate) fn attempt_lost(&self, result: &'static str) {
        self.attempts_lost.get_or_create(&Went { result }).inc();
    }

    /// Counts bytes of a log that are on disk.
    pub(crate) fn log_bytes(&self, bytes: u64) {
        self.log_bytes.inc_by(bytes);
    }

    /// Writes everything as OpenMetrics has it, with what holds just now.
    pub(crate) fn write(&self, now: &Now) -> Result<String, fmt::Error> {
        let mut out = String::new();
        text::encode_registry(&mut out, &self.registry)?;
        text::encode_registry(&mut out, &now.registry())?;
        text::encode_eof(&mut out)?;
        Ok(out)
    }
}
