//! One who looks for changes, for all who want to be told.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jci_proto::Event;
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::time::sleep;

use super::jobs::Jobs;
use crate::Views;
use crate::views::Seen;

/// How often is looked, as long as that is quick.
const INTERVAL: Duration = Duration::from_millis(250);
/// Looking takes at most this part of the time.
const REST: u32 = 10;
/// So many events somebody may be behind.
const BACKLOG: usize = 256;

/// Looks for changes while somebody listens.
#[derive(Clone)]
pub(crate) struct Watch {
    views: Arc<Views>,
    jobs: Jobs,
    sender: Arc<Mutex<Option<Sender<Event>>>>,
}

impl Watch {
    pub(crate) fn new(views: Arc<Views>, jobs: Jobs) -> Self {
        Self { views, jobs, sender: Arc::default() }
    }

    /// Begins to listen; the first to do so sets the watch going.
    pub(crate) fn listen(&self) -> Receiver<Event> {
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = sender.as_ref() {
            return sender.subscribe();
        }
        let (new, receiver) = broadcast::channel(BACKLOG);
        *sender = Some(new.clone());
        drop(tokio::spawn(self.clone().look(new)));
        receiver
    }

    /// Looks again and again until nobody listens.
    async fn look(self, sender: Sender<Event>) {
        let mut seen = None;
        loop {
            let began = Instant::now();
            let views = Arc::clone(&self.views);
            let looked = self.jobs.quick(move || {
                let mut events = Vec::new();
                let seen = Seen::look(&views, seen, &mut |event| events.push(event));
                (seen, events)
            });
            // What broke once is tried again from the start.
            let (now, events) = looked.await.unwrap_or_default();
            seen = now;
            // An error means that nobody listens, which is looked at below.
            events.into_iter().for_each(|event| drop(sender.send(event)));
            sleep(INTERVAL.max(began.elapsed() * REST)).await;
            if self.is_alone(&sender) {
                return;
            }
        }
    }

    /// Tells whether nobody listens; who comes from then on sets another watch going.
    fn is_alone(&self, sender: &Sender<Event>) -> bool {
        let mut current = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let is_alone = sender.receiver_count() == 0;
        if is_alone {
            *current = None;
        }
        is_alone
    }
}
