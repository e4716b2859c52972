//! Sending webhooks, and the record of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::message::Message;
use crate::forge::FakeForge;
use crate::forge::faults::Family;
use crate::forge::world::{State, World};

/// A webhook to be sent.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Task {
    pub(super) id: String,
    pub(super) hook: u64,
    /// The finer name of the event.
    pub(super) event_type: &'static str,
    pub(super) json: String,
}

impl Task {
    pub(super) fn event(&self) -> &'static str {
        if self.event_type == "pull_request_sync" { "pull_request" } else { self.event_type }
    }
}

/// A webhook that was sent, or could not be.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The id of this delivery; a redelivery has another one.
    pub id: String,
    /// The webhook.
    pub hook: u64,
    /// The event, `pull_request` for one.
    pub event: &'static str,
    /// The finer name of the event, such as `pull_request_sync`.
    pub event_type: &'static str,
    /// The JSON, which a form holds in escapes.
    pub json: String,
    /// The headers that were sent.
    pub headers: Vec<(String, String)>,
    /// The body that was sent.
    pub body: Vec<u8>,
    /// The status of the answer, or why there was none.
    pub answer: Result<u16, String>,
    /// How long it took.
    pub duration: Duration,
}

impl FakeForge {
    /// Returns the deliveries that have ended, one way or the other, in this order.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.state().deliveries.clone()
    }

    /// Waits until this many deliveries have ended since the start of the forge.
    ///
    /// # Panics
    /// If that does not happen within half a minute.
    #[track_caller]
    #[must_use]
    pub fn wait_for_deliveries(&self, count: usize) -> Vec<Delivery> {
        self.wait_until(&format!("{count} deliveries"), |forge| {
            Some(forge.deliveries()).filter(|found| found.len() >= count)
        })
    }

    /// Sends a webhook again, as a person does who presses the button, and returns its new id.
    ///
    /// # Panics
    /// If there was no delivery of that id.
    pub fn redeliver(&self, id: &str) -> String {
        let mut state = self.world.state();
        let mut sent = state.deliveries.iter();
        let sent = sent.find(|sent| sent.id == id).expect("there was such a delivery");
        let (hook, event_type, json) = (sent.hook, sent.event_type, sent.json.clone());
        let id = state.next_delivery_id();
        drop(state);
        self.world.queue(Task { id: id.clone(), hook, event_type, json });
        id
    }

    /// Sets how long a receiver has to answer, `DELIVER_TIMEOUT` of the real forge.
    pub fn deliver_timeout(&self, timeout: Duration) {
        self.world.state().deliver_timeout = timeout;
    }

    /// Sets whether webhooks may go to this machine and its network, which the real forge refuses
    /// until `ALLOWED_HOST_LIST` allows it. Here they may from the start.
    pub fn allow_local_hooks(&self, allow: bool) {
        self.world.state().local_hooks_refused = !allow;
    }
}

impl State {
    /// Returns an id of a delivery, which looks as random as any and is the same in every run.
    pub(super) fn next_delivery_id(&mut self) -> String {
        format!("5e1f0a7e-0000-4000-8000-{:012x}", self.next_id())
    }
}

impl World {
    pub(super) fn queue(&self, task: Task) {
        // Nobody takes tasks any more while the forge ends.
        let _ = self.tasks.send(task);
    }
}

/// Sends what is queued, one after the other, so that webhooks arrive in the order of events.
pub(in crate::forge) async fn deliver_all(
    world: Arc<World>,
    mut tasks: mpsc::UnboundedReceiver<Task>,
) {
    while let Some(task) = tasks.recv().await {
        let (hook, timeout) = {
            let state = world.state();
            let hook = state.hooks.iter().find(|hook| hook.id == task.hook).cloned();
            (hook, state.deliver_timeout)
        };
        // A webhook that was removed meanwhile is told nothing.
        let Some(hook) = hook else { continue };
        world.hold(Family::Webhooks, "POST", &hook.settings.url).await;
        let message = Message::new(world.flavour, &hook, &task);
        let start = Instant::now();
        let answer = tokio::time::timeout(timeout, message.post(&world)).await;
        let delivery = Delivery {
            event: task.event(),
            event_type: task.event_type,
            id: task.id,
            hook: task.hook,
            json: task.json,
            headers: message.headers,
            body: message.body.to_vec(),
            answer: answer.unwrap_or_else(|_| Err("no answer in time".to_owned())),
            duration: start.elapsed(),
        };
        world.change(|state| state.deliveries.push(delivery));
    }
}
