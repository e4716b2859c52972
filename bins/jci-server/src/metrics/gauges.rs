//! What holds just now, asked of the queue when somebody wants to know.

use std::sync::atomic::AtomicU64;

use jci_coord::{Coordinator, Depth, StoreError};
use jiff::{SignedDuration, Timestamp};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

/// A runner that was heard of within this time is there.
const PRESENT: SignedDuration = SignedDuration::from_mins(1);

/// What jobs need.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Needs {
    labels: String,
}

/// What holds just now.
#[derive(Debug)]
pub(crate) struct Now {
    asked: Timestamp,
    depth: Depth,
    runners: usize,
    runners_busy: usize,
    forge_is_fine: bool,
}

impl Now {
    /// Asks the queue.
    pub(crate) async fn ask(queue: &Coordinator, forge_is_fine: bool) -> Result<Self, StoreError> {
        let depth = queue.queue_depth().await?;
        let asked = Timestamp::now();
        let since = asked - PRESENT;
        let mut runners = queue.runners().await?;
        runners.retain(|view| view.runner.seen >= since);
        let runners_busy = runners.iter().filter(|view| !view.running.is_empty()).count();
        Ok(Self { asked, depth, runners: runners.len(), runners_busy, forge_is_fine })
    }

    pub(super) fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("jci");
        let ready = Family::<Needs, Gauge>::default();
        let oldest = Family::<Needs, Gauge<f64, AtomicU64>>::default();
        for lane in &self.depth.ready {
            let needs = Needs { labels: lane.labels.to_string() };
            ready.get_or_create(&needs).set(whole(lane.jobs));
            let age = self.asked.duration_since(lane.oldest).as_secs_f64();
            // Another server's clock may be ahead.
            oldest.get_or_create(&needs).set(age.max(0.0));
        }
        let what = "Jobs that a runner may have now, by the labels that they need";
        registry.register("queue_ready_jobs", what, ready);
        let what = "How long ago the oldest of these jobs was asked for";
        registry.register_with_unit("queue_oldest_ready_job", what, Unit::Seconds, oldest);
        for (name, what, value) in [
            ("queue_waiting_jobs", "Jobs that wait for their next attempt", self.depth.waiting),
            ("live_jobs", "Jobs that runners have", self.depth.live),
            ("statuses_unsent", "Statuses that the forge is still to be told", self.depth.unsent),
            ("runners", "Runners that were heard of within a minute", self.runners as u64),
            ("runners_busy", "Runners among these that have a job", self.runners_busy as u64),
            (
                "forge_up",
                "Whether the forge answers and takes the token",
                self.forge_is_fine.into(),
            ),
        ] {
            let gauge = Gauge::<i64>::default();
            gauge.set(whole(value));
            registry.register(name, what, gauge);
        }
        registry
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
