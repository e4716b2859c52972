//! A coordinator on a store, with clocks that the test moves.

use std::sync::Arc;
use std::time::Duration;

use jci_coord::{
    Assignment, AttemptId, Claim, Claimed, Coordinator, Job, JobId, NewJob, Settings, Store,
};

use crate::clock::{Counting, TestClock};

/// One server, and what is around it.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) random: Arc<Counting>,
    pub(crate) server: Coordinator,
}

impl World {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self::with(store, Settings::default())
    }

    pub(crate) fn with(store: Arc<dyn Store>, settings: Settings) -> Self {
        let (clock, random) = (Arc::new(TestClock::default()), Arc::new(Counting::default()));
        let server = Coordinator::new(Arc::clone(&store), settings, clock.clone(), random.clone());
        Self { store, clock, random, server }
    }

    /// Starts another server on the same store, or the same one anew.
    pub(crate) fn another_server(&self) -> Coordinator {
        let settings = self.server.settings().clone();
        Coordinator::new(Arc::clone(&self.store), settings, self.clock.clone(), self.random.clone())
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.pass(Duration::from_secs(seconds));
    }

    /// Submits a job, a millisecond after whatever came before.
    pub(crate) async fn submit(&self, new: NewJob) -> Job {
        self.clock.pass(Duration::from_millis(1));
        self.server.submit(new).await.unwrap().job
    }

    /// Claims a job that must be there.
    pub(crate) async fn take(&self, claim: &Claim) -> Assignment {
        match self.server.claim(claim).await.unwrap() {
            Claimed::Assigned(assignment) => *assignment,
            other => panic!("there is no work for {claim:?}: {other:?}"),
        }
    }

    pub(crate) async fn job(&self, id: &JobId) -> Job {
        self.server.job(id).await.unwrap().unwrap()
    }

    /// Lets time do its work, and tells what it has ended.
    pub(crate) async fn expire(&self) -> Vec<jci_coord::Why> {
        self.server.expire().await.unwrap().into_iter().map(|it| it.why).collect()
    }

    /// Renews one attempt of a runner.
    pub(crate) async fn renew(&self, runner: &str, attempt: &AttemptId) -> jci_coord::Renewal {
        let runner = crate::names::runner(runner);
        self.server.renew(&runner, std::slice::from_ref(attempt)).await.unwrap()[0]
    }
}
