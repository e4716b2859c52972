//! Webhooks as repositories have them.

use crate::forge::repository::ForgeRepo;

/// The events that a webhook of a repository can be subscribed to, and that the stand-in knows.
pub(in crate::forge) const KNOWN_EVENTS: [&str; 7] = [
    "push",
    "create",
    "delete",
    "pull_request",
    "pull_request_only",
    "pull_request_sync",
    "issue_comment",
];

/// What a webhook is to be.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until a webhook is made with them"]
pub struct HookSettings {
    pub(in crate::forge) url: String,
    pub(in crate::forge) secret: String,
    pub(in crate::forge) events: Vec<String>,
    pub(in crate::forge) form: bool,
    pub(in crate::forge) active: bool,
    pub(in crate::forge) authorization: String,
}

impl HookSettings {
    /// Describes a webhook that posts JSON about pushes, refs and pull requests, without a secret.
    pub fn new(url: &str) -> Self {
        let events = ["push", "create", "delete", "pull_request"].map(str::to_owned);
        Self {
            url: url.to_owned(),
            secret: String::new(),
            events: events.into(),
            form: false,
            active: true,
            authorization: String::new(),
        }
    }

    /// Sets the secret that bodies are signed with.
    pub fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    /// Sets the events.
    pub fn events(mut self, events: &[&str]) -> Self {
        self.events = events.iter().map(|event| (*event).to_owned()).collect();
        self
    }

    /// Posts forms with the JSON in the field `payload`.
    pub fn form(mut self) -> Self {
        self.form = true;
        self
    }

    /// Sets the header `Authorization` that is sent along.
    pub fn authorization(mut self, value: &str) -> Self {
        value.clone_into(&mut self.authorization);
        self
    }
}

/// A webhook as the forge keeps it.
#[derive(Clone, Debug)]
pub(in crate::forge) struct Hook {
    pub(in crate::forge) id: u64,
    pub(in crate::forge) repository: u64,
    pub(in crate::forge) made: String,
    pub(in crate::forge) settings: HookSettings,
}

impl Hook {
    /// Tells whether it is to be told of an event, by the finer of the event's two names.
    pub(super) fn wants(&self, event_type: &str) -> bool {
        let wanted = |names: &[&str]| {
            let mut events = self.settings.events.iter();
            events.any(|event| names.contains(&event.as_str()))
        };
        self.settings.active
            && match event_type {
                "pull_request" => wanted(&["pull_request", "pull_request_only"]),
                "pull_request_sync" => wanted(&["pull_request", "pull_request_sync"]),
                name => wanted(&[name]),
            }
    }
}

impl ForgeRepo {
    /// Adds a webhook and returns its number.
    pub fn add_hook(&self, settings: HookSettings) -> u64 {
        self.world.state().add_hook(self.id, settings)
    }
}

impl crate::forge::world::State {
    pub(in crate::forge) fn add_hook(&mut self, repository: u64, settings: HookSettings) -> u64 {
        let (id, made) = (self.next_id(), self.clock.now());
        self.hooks.push(Hook { id, repository, made, settings });
        id
    }
}
