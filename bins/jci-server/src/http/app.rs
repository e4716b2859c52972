//! What the handlers share.

use std::sync::Arc;

use jci_coord::Coordinator;
use jci_daemon::stop::Stop;
use jci_forge::Forge;
use jci_forge::webhook::{Delivery, Event};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::job_page::Lines;
use super::penalty::Penalties;
use super::waiting_room::WaitingRoom;
use crate::config::Config;
use crate::health::Health;
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::workers::{Refresh, Shared};

/// So many may follow logs at once; each has a piece of one in memory.
const WATCHERS: usize = 512;

/// What the handlers share. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    shared: Shared,
    refresh: Refresh,
    penalties: Penalties,
    waiting_room: WaitingRoom,
    watchers: Arc<Semaphore>,
    lines: Lines,
}

impl App {
    pub(crate) fn new(shared: Shared, refresh: Refresh) -> Self {
        Self(Arc::new(Parts {
            shared,
            refresh,
            penalties: Penalties::default(),
            waiting_room: WaitingRoom::default(),
            watchers: Arc::new(Semaphore::new(WATCHERS)),
            lines: Lines::default(),
        }))
    }

    /// Returns the settings.
    pub(crate) fn config(&self) -> &Config {
        &self.0.shared.config
    }

    /// Returns the queue.
    pub(crate) fn queue(&self) -> &Coordinator {
        &self.0.shared.queue
    }

    /// Returns the client of the forge.
    pub(crate) fn forge(&self) -> &Forge {
        &self.0.shared.forge
    }

    /// Returns the logs of jobs.
    pub(crate) fn logs(&self) -> &Arc<Logs> {
        &self.0.shared.logs
    }

    /// Returns what the server counts.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.shared.metrics
    }

    /// Returns how the server is.
    pub(crate) fn health(&self) -> &Health {
        &self.0.shared.health
    }

    /// Returns what tells that it is time to stop.
    pub(crate) fn stop(&self) -> &Stop {
        &self.0.shared.stop
    }

    /// Returns the counts of what addresses showed wrong.
    pub(super) fn penalties(&self) -> &Penalties {
        &self.0.penalties
    }

    /// Returns where runners wait.
    pub(super) fn waiting_room(&self) -> &WaitingRoom {
        &self.0.waiting_room
    }

    /// Returns the logs that pages show.
    pub(super) fn lines(&self) -> &Lines {
        &self.0.lines
    }

    /// Gives somebody a place to follow a log from, unless all are taken.
    pub(super) fn watcher(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.watchers).try_acquire_owned().ok()
    }

    /// Has schedules read again where a webhook says that they may have changed.
    pub(super) fn notice(&self, delivery: &Delivery) {
        let Event::Push(push) = &delivery.event else { return };
        let default = push.repository.default_branch.as_deref();
        if default.is_none() || push.reference.branch() == default {
            self.0.refresh.ask(&push.repository.name);
        }
    }
}
