//! Comments on issues and pull requests.

use serde::Deserialize;
use serde_json::json;

use super::RepoHandle;
use super::manage::{ManageError, gitea_only};
use crate::ids::CommentId;

/// Adds a comment.
#[derive(Debug)]
#[must_use = "no comment is added until it is sent"]
pub struct CreateComment<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) number: u64,
    pub(super) body: &'a str,
}

#[derive(Deserialize)]
struct WireComment {
    id: CommentId,
}

impl CreateComment<'_> {
    /// Sends it, once, and returns its number.
    ///
    /// # Errors
    ///
    /// Fails with 403 for a token without the scope `write:issue`, which is another one than for
    /// statuses; and with 500, not 404, for an issue that is not there.
    pub async fn send(self) -> Result<CommentId, ManageError> {
        gitea_only(self.repository.forge(), "comments")?;
        let number = self.number.to_string();
        let segments = self.repository.below(&["issues", &number, "comments"]);
        let call = self.repository.transport.create(&segments, &json!({"body": self.body}));
        let wire: WireComment = self.repository.transport.json(&call).await?;
        Ok(wire.id)
    }
}
