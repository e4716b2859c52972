//! The commit that an object leads to.

use serde::Deserialize;

use super::RepoHandle;
use crate::client::error::RequestError;
use crate::ids::{ForgeKind, ObjectId};

/// Asks which commit an object leads to.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct FindCommit<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) object: &'a ObjectId,
}

#[derive(Deserialize)]
struct WireCommit {
    #[serde(alias = "id")]
    sha: ObjectId,
}

impl FindCommit<'_> {
    /// Sends it. A commit leads to itself, an annotated tag to what it is a tag of; the answer is
    /// nothing for an object that is not there or leads to no commit.
    ///
    /// # Errors
    ///
    /// Fails if the forge does not answer as it should.
    pub async fn send(self) -> Result<Option<ObjectId>, RequestError> {
        let object = self.object.as_str();
        let (segments, query): (&[&str], &[(&str, &str)]) = match self.repository.forge() {
            // What is not wanted costs Gitea a diff.
            ForgeKind::Gitea | ForgeKind::Forgejo => (
                &["git", "commits", object],
                &[("stat", "false"), ("verification", "false"), ("files", "false")],
            ),
            ForgeKind::GitHub => (&["commits", object], &[]),
            ForgeKind::GitLab => (&["repository", "commits", object], &[]),
        };
        let call = self.repository.call(segments, query);
        let found = self.repository.transport.json::<WireCommit>(&call).await;
        Ok(self.repository.unless_absent(found).await?.map(|wire| wire.sha))
    }
}
