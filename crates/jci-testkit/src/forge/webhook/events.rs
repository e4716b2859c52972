//! Which webhooks follow from what happened.

use std::sync::Arc;

use serde_json::Value;

use super::deliver::Task;
use super::payload;
use crate::forge::git_http::Changed;
use crate::forge::objects::is_zero;
use crate::forge::pulls::Pull;
use crate::forge::repository::Repository;
use crate::forge::world::World;

/// Something to tell, by the event's name, its finer name and its body.
struct Event {
    name: &'static str,
    kind: &'static str,
    body: Value,
}

impl Event {
    fn new(name: &'static str, body: Value) -> Self {
        Self { name, kind: name, body }
    }
}

impl World {
    /// Takes note of what a push changed.
    pub(in crate::forge) fn pushed(&self, repository: u64, changed: &[Changed]) {
        self.change(|state| {
            let changed = changed.iter().map(|changed| (repository, changed.clone()));
            state.changed.extend(changed);
        });
    }

    /// Sends the webhooks for what an account pushed.
    pub(in crate::forge) fn tell_of_push(
        self: &Arc<Self>,
        repository: u64,
        sender: u64,
        changed: &[Changed],
    ) {
        let repository = self.state().repository_of(repository).clone();
        for changed in changed {
            if let Some(branch) = changed.name.strip_prefix("refs/heads/") {
                self.tell_of_branch(&repository, sender, branch, changed);
            } else if let Some(tag) = changed.name.strip_prefix("refs/tags/") {
                self.tell_of_tag(&repository, sender, tag, changed);
            }
            // Nobody is told of any other ref.
        }
    }

    fn tell_of_branch(
        &self,
        repository: &Repository,
        sender: u64,
        branch: &str,
        changed: &Changed,
    ) {
        if is_zero(&changed.after) {
            // There is no push for a branch that is gone.
            let body = payload::deleted(self, repository, sender, branch, "branch");
            self.tell(repository, &Event::new("delete", body));
            return;
        }
        if is_zero(&changed.before) {
            let body = payload::created(self, repository, sender, branch, "branch", &changed.after);
            self.tell(repository, &Event::new("create", body));
        }
        let body = payload::branch_push(self, repository, sender, changed);
        self.tell(repository, &Event::new("push", body));
        for (pull, before) in self.pulls_moved(repository, branch, &changed.after) {
            let mut body = payload::pull(self, &pull, "synchronized", sender);
            body["before"] = before.into();
            body["after"] = pull.head.clone().into();
            let base = self.state().repository_of(pull.repository).clone();
            self.tell(&base, &Event { name: "pull_request", kind: "pull_request_sync", body });
        }
    }

    fn tell_of_tag(&self, repository: &Repository, sender: u64, tag: &str, changed: &Changed) {
        let push = payload::tag_push(self, repository, sender, changed);
        self.tell(repository, &Event::new("push", push));
        let second = if is_zero(&changed.after) {
            Event::new("delete", payload::deleted(self, repository, sender, tag, "tag"))
        } else {
            let body = payload::created(self, repository, sender, tag, "tag", &changed.after);
            Event::new("create", body)
        };
        self.tell(repository, &second);
    }

    /// Sends the webhooks for what happened to a pull request.
    pub(in crate::forge) fn pull_happened(&self, pull: &Pull, action: &str, sender: u64) {
        let body = payload::pull(self, pull, action, sender);
        let base = self.state().repository_of(pull.repository).clone();
        self.tell(&base, &Event::new("pull_request", body));
    }

    fn tell(&self, repository: &Repository, event: &Event) {
        let hooks: Vec<_> = {
            let state = self.state();
            let hooks = state.hooks.iter().filter(|hook| hook.repository == repository.id);
            hooks.filter(|hook| hook.wants(event.kind)).cloned().collect()
        };
        for hook in hooks {
            let task = Task {
                id: self.state().next_delivery_id(),
                hook: hook.id,
                event: event.name,
                event_type: event.kind,
                json: event.body.to_string(),
            };
            self.queue(task);
        }
    }
}
