//! Contents of files.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;

use super::RepoHandle;
use crate::client::error::{Failure, RequestError};
use crate::client::transport::Call;
use crate::ids::{FilePath, ForgeKind, ObjectId};

/// Reads the content of a blob.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct GetBlob<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) id: &'a ObjectId,
}

#[derive(Deserialize)]
struct WireBlob {
    // Gitea says null to both where the blob is larger than it sends.
    content: Option<String>,
    encoding: Option<String>,
}

impl GetBlob<'_> {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// Fails for a blob that is not there, and for one that is larger than the forge sends, which
    /// for Gitea and Forgejo is 10 MiB unless set otherwise.
    pub async fn send(self) -> Result<Vec<u8>, RequestError> {
        let (transport, id) = (&self.repository.transport, self.id.as_str());
        if self.repository.forge() == ForgeKind::GitLab {
            let mut call = self.repository.call(&["repository", "blobs", id, "raw"], &[]);
            call.accept = "*/*";
            return Ok(transport.send(&call).await?.body);
        }
        let call = self.repository.call(&["git", "blobs", id], &[]);
        let wire: WireBlob = transport.json(&call).await?;
        decode(&call, wire)
    }
}

fn decode(call: &Call, wire: WireBlob) -> Result<Vec<u8>, RequestError> {
    let unusable = |reason: &str| call.failed(Failure::Unusable { reason: reason.to_owned() });
    let Some(mut content) = wire.content else {
        return Err(unusable("the blob is larger than the forge sends"));
    };
    if wire.encoding.as_deref() != Some("base64") {
        return Err(unusable("the blob is not in base64"));
    }
    // GitHub breaks lines, Gitea does not.
    content.retain(|char| !char.is_ascii_whitespace());
    BASE64_STANDARD.decode(content).map_err(|_| unusable("the blob is not in valid base64"))
}

/// Reads the content of a file of a commit.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct GetFile<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) commit: &'a ObjectId,
    pub(super) path: &'a FilePath,
}

impl GetFile<'_> {
    /// Sends it; the answer is nothing if the commit has no such file.
    ///
    /// The commit is a full id for a reason: for a name that it does not know, Gitea reads the
    /// default branch without a word.
    ///
    /// # Errors
    ///
    /// Fails if the forge does not answer as it should, and if the repository is not there.
    pub async fn send(self) -> Result<Option<Vec<u8>>, RequestError> {
        let query = [("ref", self.commit.as_str())];
        let path = self.path.as_str();
        let below = |list| [list].into_iter().chain(path.split('/')).collect::<Vec<_>>();
        let (segments, accept) = match self.repository.forge() {
            ForgeKind::Gitea | ForgeKind::Forgejo => (below("raw"), "*/*"),
            ForgeKind::GitHub => (below("contents"), "application/vnd.github.raw+json"),
            ForgeKind::GitLab => (vec!["repository", "files", path, "raw"], "*/*"),
        };
        let mut call = self.repository.call(&segments, &query);
        call.accept = accept;
        let found = self.repository.transport.send(&call).await.map(|answer| answer.body);
        self.repository.unless_absent(found).await
    }
}
