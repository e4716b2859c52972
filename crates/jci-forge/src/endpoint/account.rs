//! The forge itself and whose token it is.

use serde::Deserialize;

use crate::client::error::RequestError;
use crate::client::transport::Transport;
use crate::ids::{ForgeKind, UserId};
use crate::webhook::Account;

/// Asks which version the forge has.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct GetVersion<'a> {
    pub(crate) transport: &'a Transport,
}

/// The version of a forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// As the forge says it: `1.26.3`, `15.0.3+gitea-1.22.0`.
    pub text: String,
}

impl Version {
    /// Tells whether it is Forgejo's, which is not to be compared with Gitea's.
    pub fn is_forgejo(&self) -> bool {
        self.text.contains("+gitea-")
    }
}

#[derive(Deserialize)]
struct WireVersion {
    #[serde(alias = "installed_version")]
    version: Option<String>,
}

impl GetVersion<'_> {
    /// Sends it. The public GitHub has no version, and its answer is nothing.
    ///
    /// # Errors
    ///
    /// Fails if the forge does not answer as it should; where signing in is required, also
    /// without a token.
    pub async fn send(self) -> Result<Option<Version>, RequestError> {
        let path = if self.transport.kind == ForgeKind::GitHub { "meta" } else { "version" };
        let wire: WireVersion = self.transport.json(&self.transport.get(&[path], &[])).await?;
        Ok(wire.version.map(|text| Version { text }))
    }
}

/// Asks whose token it is.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct CurrentUser<'a> {
    pub(crate) transport: &'a Transport,
}

#[derive(Deserialize)]
struct WireUser {
    id: UserId,
    // GitLab has the second name for it; Gitea sends both, of which `login` is the first.
    login: Option<String>,
    username: Option<String>,
}

impl CurrentUser<'_> {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// Fails with 401 for a token that is none, and with 403 for one that may not ask this.
    pub async fn send(self) -> Result<Account, RequestError> {
        let wire: WireUser = self.transport.json(&self.transport.get(&["user"], &[])).await?;
        Ok(Account { id: Some(wire.id), login: wire.login.or(wire.username) })
    }
}

/// Asks whether the token is accepted.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct CheckToken<'a> {
    pub(crate) transport: &'a Transport,
}

impl CheckToken<'_> {
    /// Sends it.
    ///
    /// On Gitea and Forgejo it searches for one repository, for which the scope `read:repository`
    /// is enough. That works without a token too, and so it proves a token only if one is set.
    ///
    /// # Errors
    ///
    /// Fails with 401 for a token that is none, and with 403 for one without the scope.
    pub async fn send(self) -> Result<(), RequestError> {
        let call = match self.transport.kind {
            ForgeKind::Gitea | ForgeKind::Forgejo => {
                self.transport.get(&["repos", "search"], &[("limit", "1")])
            }
            // The token of an installation has no user, but limits.
            ForgeKind::GitHub => self.transport.get(&["rate_limit"], &[]),
            ForgeKind::GitLab => self.transport.get(&["user"], &[]),
        };
        let _: serde_json::Map<String, serde_json::Value> = self.transport.json(&call).await?;
        Ok(())
    }
}
