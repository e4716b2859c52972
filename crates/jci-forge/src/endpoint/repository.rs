//! What a forge knows of a repository.

use serde::Deserialize;

use super::RepoHandle;
use crate::client::error::RequestError;
use crate::ids::{RepoId, RepoName};

/// Asks what the forge knows of a repository.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct GetRepository<'a> {
    pub(super) repository: &'a RepoHandle,
}

/// A repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its number.
    pub id: RepoId,
    /// Its owner and name now, which differ from those asked for after it was renamed.
    pub name: RepoName,
    /// Its default branch; an empty repository may have none.
    pub default_branch: Option<String>,
    /// Where to clone it from by HTTP.
    pub clone_url: String,
    /// Whether it is closed for writing.
    pub archived: bool,
    /// What the token may do, if the forge says it.
    pub permissions: Option<Permissions>,
}

/// What a token may do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Change its settings.
    pub admin: bool,
    /// Push to it.
    pub push: bool,
    /// Fetch from it.
    pub pull: bool,
}

#[derive(Deserialize)]
struct WireRepository {
    id: RepoId,
    #[serde(alias = "path_with_namespace")]
    full_name: RepoName,
    default_branch: Option<String>,
    #[serde(alias = "http_url_to_repo")]
    clone_url: String,
    #[serde(default)]
    archived: bool,
    // GitLab has something else by this name, in which access is a number.
    permissions: Option<WirePermissions>,
}

#[derive(Deserialize)]
struct WirePermissions {
    admin: Option<bool>,
    push: Option<bool>,
    pull: Option<bool>,
}

impl GetRepository<'_> {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// Fails with 404 also if the repository is there, but not for this token.
    pub async fn send(self) -> Result<Repository, RequestError> {
        let call = self.repository.call(&[], &[]);
        let wire: WireRepository = self.repository.transport.json(&call).await?;
        let permissions = wire.permissions.and_then(|wire| {
            Some(Permissions { admin: wire.admin?, push: wire.push?, pull: wire.pull? })
        });
        Ok(Repository {
            id: wire.id,
            name: wire.full_name,
            default_branch: wire.default_branch.filter(|name| !name.is_empty()),
            clone_url: wire.clone_url,
            archived: wire.archived,
            permissions,
        })
    }
}
