//! What can be asked of a forge: one builder an endpoint.

mod account;
mod blob;
mod comment;
mod commit;
mod hook;
mod key;
mod manage;
mod refs;
mod repository;
mod status;
mod token;
mod tree;

use std::sync::Arc;

use url::Url;

pub use account::{CheckToken, CurrentUser, GetVersion, Version};
pub use blob::{GetBlob, GetFile};
pub use comment::CreateComment;
pub use commit::FindCommit;
pub use hook::{CreateHook, DeleteHook, Hook, ListHooks};
pub use key::{CreateKey, DeleteKey, DeployKey, ListKeys};
pub use manage::ManageError;
pub use refs::{ListRefs, Reference, RefsError, ResolveRef};
pub use repository::{GetRepository, Permissions, Repository};
pub use status::{CommitStatus, CreateStatus, ListStatuses, State, StatusError};
pub use token::{CreateInstallationToken, GetToken, InstallationToken, RevokeToken, TokenInfo};
pub use tree::{EntryKind, ListTree, TreeEntry};

use crate::client::error::RequestError;
use crate::client::transport::{Call, Transport};
use crate::ids::{FilePath, ForgeKind, HookId, KeyId, ObjectId, RepoName};
use crate::refname::{GitRef, RefPart};
use crate::secret::WebhookSecret;

/// One repository of a forge, as the place that requests begin at.
#[derive(Clone, Debug)]
pub struct RepoHandle {
    transport: Arc<Transport>,
    segments: Vec<String>,
}

impl RepoHandle {
    pub(crate) fn new(transport: Arc<Transport>, name: &RepoName) -> Self {
        let segments = match transport.kind {
            ForgeKind::Gitea | ForgeKind::Forgejo | ForgeKind::GitHub => {
                vec!["repos".to_owned(), name.owner().to_owned(), name.name().to_owned()]
            }
            // All of the name is one segment, its slashes encoded.
            ForgeKind::GitLab => vec!["projects".to_owned(), name.to_string()],
        };
        Self { transport, segments }
    }

    /// Asks what the forge knows of the repository.
    pub fn get(&self) -> GetRepository<'_> {
        GetRepository { repository: self }
    }

    /// Begins a status of a commit; the context tells apart the checks of a commit.
    pub fn create_status<'a>(
        &'a self,
        commit: &'a ObjectId,
        state: State,
        context: &'a str,
    ) -> CreateStatus<'a> {
        CreateStatus::new(self, commit, state, context)
    }

    /// Lists the statuses of a commit, older ones of a context included, in the forge's order.
    pub fn statuses<'a>(&'a self, commit: &'a ObjectId) -> ListStatuses<'a> {
        ListStatuses { repository: self, commit }
    }

    /// Lists the ref with this name below `refs/`, and all refs in the folder with this name.
    pub fn refs<'a>(&'a self, below: &'a RefPart) -> ListRefs<'a> {
        ListRefs { repository: self, below }
    }

    /// Asks where one ref leads.
    pub fn resolve<'a>(&'a self, reference: &'a GitRef) -> ResolveRef<'a> {
        ResolveRef { repository: self, reference }
    }

    /// Asks which commit an object leads to: an annotated tag is an object of its own.
    pub fn commit<'a>(&'a self, object: &'a ObjectId) -> FindCommit<'a> {
        FindCommit { repository: self, object }
    }

    /// Lists the files of a commit.
    pub fn tree<'a>(&'a self, commit: &'a ObjectId) -> ListTree<'a> {
        ListTree { repository: self, commit, recursive: false }
    }

    /// Reads the content of a blob.
    pub fn blob<'a>(&'a self, id: &'a ObjectId) -> GetBlob<'a> {
        GetBlob { repository: self, id }
    }

    /// Reads the content of a file of a commit.
    pub fn file<'a>(&'a self, commit: &'a ObjectId, path: &'a FilePath) -> GetFile<'a> {
        GetFile { repository: self, commit, path }
    }

    /// Begins a webhook that posts JSON to an address, signed with a secret.
    pub fn create_hook<'a>(&'a self, url: &'a Url, secret: &'a WebhookSecret) -> CreateHook<'a> {
        CreateHook::new(self, url, secret)
    }

    /// Lists the webhooks.
    pub fn hooks(&self) -> ListHooks<'_> {
        ListHooks { repository: self }
    }

    /// Removes a webhook.
    pub fn delete_hook(&self, hook: HookId) -> DeleteHook<'_> {
        DeleteHook { repository: self, hook }
    }

    /// Begins a deploy key: a name for people, and a public key as SSH writes it.
    pub fn create_key<'a>(&'a self, title: &'a str, key: &'a str) -> CreateKey<'a> {
        CreateKey::new(self, title, key)
    }

    /// Lists the deploy keys.
    pub fn keys(&self) -> ListKeys<'_> {
        ListKeys { repository: self }
    }

    /// Removes a deploy key.
    pub fn delete_key(&self, key: KeyId) -> DeleteKey<'_> {
        DeleteKey { repository: self, key }
    }

    /// Begins a comment on an issue or a pull request, by its number in the repository.
    pub fn create_comment<'a>(&'a self, number: u64, body: &'a str) -> CreateComment<'a> {
        CreateComment { repository: self, number, body }
    }

    /// Makes a request below the repository.
    fn call(&self, segments: &[&str], query: &[(&str, &str)]) -> Call {
        self.transport.get(&self.below(segments), query)
    }

    fn below<'a>(&'a self, segments: &[&'a str]) -> Vec<&'a str> {
        self.segments.iter().map(String::as_str).chain(segments.iter().copied()).collect()
    }

    fn forge(&self) -> ForgeKind {
        self.transport.kind
    }

    /// Makes of an answer 404 that there is none, provided that the repository is there.
    ///
    /// The forges say 404 as well to whoever may not see the repository, and that is an error.
    async fn unless_absent<T>(
        &self,
        result: Result<T, RequestError>,
    ) -> Result<Option<T>, RequestError> {
        match result {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.status() == Some(http::StatusCode::NOT_FOUND) => {
                self.get().send().await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
