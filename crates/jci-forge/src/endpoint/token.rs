//! Tokens: what one is, how it ends, and how a narrow one is made.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::manage::ManageError;
use crate::client::transport::Transport;
use crate::ids::{ForgeKind, InstallationId, RepoId};
use crate::secret::Token;

/// Asks what the token itself is and may.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct GetToken<'a> {
    pub(crate) transport: &'a Transport,
}

/// What a forge says of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TokenInfo {
    /// What its owner calls it.
    pub name: String,
    /// How far it reaches, in the words of the forge.
    pub scopes: Vec<String>,
}

/// Finds the place where a token can see and end itself.
fn own(transport: &Transport) -> Result<&'static [&'static str], ManageError> {
    match transport.kind {
        // Since 1.27; an older one answers 404.
        ForgeKind::Gitea => Ok(&["token"]),
        ForgeKind::GitLab => Ok(&["personal_access_tokens", "self"]),
        forge @ (ForgeKind::Forgejo | ForgeKind::GitHub) => {
            Err(ManageError::Unsupported { forge, what: "the description of a token" })
        }
    }
}

impl GetToken<'_> {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// Fails with 404 on a Gitea before 1.27, and for Forgejo and GitHub, where tokens cannot
    /// describe themselves.
    pub async fn send(self) -> Result<TokenInfo, ManageError> {
        let call = self.transport.get(own(self.transport)?, &[]);
        Ok(self.transport.json(&call).await?)
    }
}

/// Ends the validity of the token itself.
#[derive(Debug)]
#[must_use = "the token lives until it is sent"]
pub struct RevokeToken<'a> {
    pub(crate) transport: &'a Transport,
}

impl RevokeToken<'_> {
    /// Sends it, once; whatever is asked with the token afterwards is refused.
    ///
    /// # Errors
    ///
    /// Fails with 404 on a Gitea before 1.27, and for Forgejo, where only its owner can end a
    /// token. On GitHub it ends the token of an installation and no other kind.
    pub async fn send(self) -> Result<(), ManageError> {
        let segments = match self.transport.kind {
            ForgeKind::GitHub => &["installation", "token"][..],
            _ => own(self.transport)?,
        };
        self.transport.send(&self.transport.delete(segments)).await?;
        Ok(())
    }
}

/// Makes a token of a GitHub App for one of its installations, to read contents for an hour.
#[derive(Debug)]
#[must_use = "no token is made until it is sent"]
pub struct CreateInstallationToken<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) installation: InstallationId,
    pub(crate) repositories: &'a [RepoId],
}

/// A token that ends by itself.
#[derive(Clone, Debug)]
pub struct InstallationToken {
    /// The token.
    pub token: Token,
    /// When it ends.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct WireInstallationToken {
    token: Token,
    expires_at: Timestamp,
}

impl CreateInstallationToken<'_> {
    /// Sends it, once. The client must have the JWT of the App in the place of its token.
    ///
    /// # Errors
    ///
    /// Fails with 401 for anything but such a JWT, with 422 for a repository that is not the
    /// installation's, and for all forges but GitHub.
    pub async fn send(self) -> Result<InstallationToken, ManageError> {
        let forge = self.transport.kind;
        if forge != ForgeKind::GitHub {
            let what = "tokens of installations";
            return Err(ManageError::Unsupported { forge, what });
        }
        let id = self.installation.to_string();
        let segments = ["app", "installations", &id, "access_tokens"];
        let body = json!({
            "repository_ids": self.repositories, "permissions": {"contents": "read"},
        });
        let call = self.transport.create(&segments, &body);
        let wire: WireInstallationToken = self.transport.json(&call).await?;
        Ok(InstallationToken { token: wire.token, expires_at: wire.expires_at })
    }
}
