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
            self.tell(repository, "delete", || {
                payload::deleted(self, repository, sender, branch, "branch")
            });
            return;
        }
        if is_zero(&changed.before) {
            self.tell(repository, "create", || {
                payload::created(self, repository, sender, branch, "branch", &changed.after)
            });
        }
        self.tell(repository, "push", || payload::branch_push(self, repository, sender, changed));
        for (pull, before) in self.pulls_moved(repository, branch, &changed.after) {
            let base = self.state().repository_of(pull.repository).clone();
            self.tell(&base, "pull_request_sync", || {
                let mut body = payload::pull(self, &pull, "synchronized", sender);
                body["before"] = before.into();
                body["after"] = pull.head.clone().into();
                body
            });
        }
    }

    fn tell_of_tag(&self, repository: &Repository, sender: u64, tag: &str, changed: &Changed) {
        self.tell(repository, "push", || payload::tag_push(self, repository, sender, changed));
        if is_zero(&changed.after) {
            self.tell(repository, "delete", || {
                payload::deleted(self, repository, sender, tag, "tag")
            });
        } else {
            self.tell(repository, "create", || {
                payload::created(self, repository, sender, tag, "tag", &changed.after)
            });
        }
    }

    /// Sends the webhooks for what happened to a pull request.
    pub(in crate::forge) fn pull_happened(&self, pull: &Pull, action: &str, sender: u64) {
        let base = self.state().repository_of(pull.repository).clone();
        self.tell(&base, "pull_request", || payload::pull(self, pull, action, sender));
    }

    /// Tells all who want to know of an event, which is described if there are any.
    fn tell(
        &self,
        repository: &Repository,
        event_type: &'static str,
        describe: impl FnOnce() -> Value,
    ) {
        let hooks: Vec<_> = {
            let state = self.state();
            let hooks = state.hooks.iter().filter(|hook| hook.repository == repository.id);
            hooks.filter(|hook| hook.wants(event_type)).map(|hook| hook.id).collect()
        };
        if hooks.is_empty() {
            return;
        }
        let json = describe().to_string();
        for hook in hooks {
            let id = self.state().next_delivery_id();
            self.queue(Task { id, hook, event_type, json: json.clone() });
        }
    }
}
