//! Webhooks, as a repository has them.

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::RepoHandle;
use super::manage::{ManageError, gitea_only};
use crate::client::pages::{More, Pages};
use crate::ids::HookId;
use crate::secret::WebhookSecret;

const WHAT: &str = "webhooks";

/// Adds a webhook.
#[derive(Debug)]
#[must_use = "no webhook is added until it is sent"]
pub struct CreateHook<'a> {
    repository: &'a RepoHandle,
    url: &'a Url,
    secret: &'a WebhookSecret,
    events: Vec<&'a str>,
}

/// A webhook as the forge describes it, which is without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its number.
    pub id: HookId,
    /// Where it posts to.
    pub url: Option<String>,
    /// Whether it posts at all.
    pub active: bool,
    /// The events that it posts.
    pub events: Vec<String>,
}

#[derive(Deserialize)]
struct WireHook {
    id: HookId,
    config: WireConfig,
    active: bool,
    #[serde(default)]
    events: Vec<String>,
}

#[derive(Deserialize)]
struct WireConfig {
    url: Option<String>,
}

impl From<WireHook> for Hook {
    fn from(wire: WireHook) -> Self {
        Self { id: wire.id, url: wire.config.url, active: wire.active, events: wire.events }
    }
}

impl<'a> CreateHook<'a> {
    pub(super) fn new(repository: &'a RepoHandle, url: &'a Url, secret: &'a WebhookSecret) -> Self {
        // A deleted branch is told by `delete` alone, new commits of a pull request by its event.
        Self { repository, url, secret, events: vec!["push", "delete", "pull_request"] }
    }

    /// Sets the events, by their names on the forge; by default those that this library reads:
    /// pushes, deleted refs and pull requests.
    pub fn events(mut self, events: &[&'a str]) -> Self {
        self.events = events.to_vec();
        self
    }

    /// Sends it, once: a second one would be a second webhook.
    ///
    /// # Errors
    ///
    /// Fails with 403 for a token without admin rights in the repository, with 422 for an address
    /// that cannot be one, and for a forge whose webhooks this library does not manage.
    pub async fn send(self) -> Result<Hook, ManageError> {
        gitea_only(self.repository.forge(), WHAT)?;
        // Left out, `active` would be false and `events` pushes alone.
        let body = json!({
            "type": "gitea",
            "config": {
                "url": self.url.as_str(), "content_type": "json", "secret": self.secret.expose(),
            },
            "events": self.events, "active": true,
        });
        let call = self.repository.transport.create(&self.repository.below(&["hooks"]), &body);
        let wire: WireHook = self.repository.transport.json(&call).await?;
        Ok(wire.into())
    }
}

/// Lists the webhooks.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct ListHooks<'a> {
    pub(super) repository: &'a RepoHandle,
}

impl ListHooks<'_> {
    /// Prepares the pages.
    ///
    /// # Errors
    ///
    /// Fails for a forge whose webhooks this library does not manage.
    pub fn pages(self) -> Result<Pages<Hook>, ManageError> {
        gitea_only(self.repository.forge(), WHAT)?;
        let call = self.repository.call(&["hooks"], &[("limit", "50")]);
        Ok(Pages::new(self.repository.transport.clone(), call, |call, answer| {
            let wire: Vec<WireHook> = answer.json(call)?;
            Ok((wire.into_iter().map(Into::into).collect(), More::AsLinked))
        }))
    }
}

/// Removes a webhook.
#[derive(Debug)]
#[must_use = "nothing is removed until it is sent"]
pub struct DeleteHook<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) hook: HookId,
}

impl DeleteHook<'_> {
    /// Sends it; a webhook that is not there is removed already.
    ///
    /// # Errors
    ///
    /// Fails if the token has no admin rights in the repository, or the repository is not there.
    pub async fn send(self) -> Result<(), ManageError> {
        gitea_only(self.repository.forge(), WHAT)?;
        let id = self.hook.to_string();
        let call = self.repository.transport.delete(&self.repository.below(&["hooks", &id]));
        let sent = self.repository.transport.send(&call).await.map(drop);
        self.repository.unless_absent(sent).await?;
        Ok(())
    }
}
