//! Deploy keys, by which SSH reaches one repository and no other.

use serde::Deserialize;
use serde_json::json;

use super::RepoHandle;
use super::manage::{ManageError, gitea_only};
use crate::client::pages::{More, Pages};
use crate::ids::KeyId;

const WHAT: &str = "deploy keys";

/// Adds a deploy key, which may only fetch unless told otherwise.
#[derive(Debug)]
#[must_use = "no key is added until it is sent"]
pub struct CreateKey<'a> {
    repository: &'a RepoHandle,
    title: &'a str,
    key: &'a str,
    read_only: bool,
}

/// A deploy key as the forge describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DeployKey {
    /// Its number.
    pub id: KeyId,
    /// What people call it; no two of a repository are called alike.
    pub title: String,
    /// The public key, type and base64.
    pub key: String,
    /// Whether it may not push.
    pub read_only: bool,
}

impl<'a> CreateKey<'a> {
    pub(super) fn new(repository: &'a RepoHandle, title: &'a str, key: &'a str) -> Self {
        Self { repository, title, key, read_only: true }
    }

    /// Lets the key push, too.
    pub fn writable(mut self) -> Self {
        self.read_only = false;
        self
    }

    /// Sends it, once.
    ///
    /// # Errors
    ///
    /// Fails with 422 if title or key are there already, if the key is none, and where SSH is
    /// switched off; with 403 for a token without admin rights in the repository.
    pub async fn send(self) -> Result<DeployKey, ManageError> {
        gitea_only(self.repository.forge(), WHAT)?;
        let body = json!({"title": self.title, "key": self.key, "read_only": self.read_only});
        let call = self.repository.transport.create(&self.repository.below(&["keys"]), &body);
        Ok(self.repository.transport.json(&call).await?)
    }
}

/// Lists the deploy keys.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct ListKeys<'a> {
    pub(super) repository: &'a RepoHandle,
}

impl ListKeys<'_> {
    /// Prepares the pages.
    ///
    /// # Errors
    ///
    /// Fails for a forge whose deploy keys this library does not manage.
    pub fn pages(self) -> Result<Pages<DeployKey>, ManageError> {
        gitea_only(self.repository.forge(), WHAT)?;
        let call = self.repository.call(&["keys"], &[("limit", "50")]);
        let transport = self.repository.transport.clone();
        Ok(Pages::new(transport, call, |call, answer| Ok((answer.json(call)?, More::AsLinked))))
    }
}

/// Removes a deploy key.
#[derive(Debug)]
#[must_use = "nothing is removed until it is sent"]
pub struct DeleteKey<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) key: KeyId,
}

impl DeleteKey<'_> {
    /// Sends it; the forge takes a key that is not there for removed.
    ///
    /// # Errors
    ///
    /// Fails if the token has no admin rights in the repository, or the repository is not there.
    pub async fn send(self) -> Result<(), ManageError> {
        gitea_only(self.repository.forge(), WHAT)?;
        let id = self.key.to_string();
        let call = self.repository.transport.delete(&self.repository.below(&["keys", &id]));
        self.repository.transport.send(&call).await?;
        Ok(())
    }
}
