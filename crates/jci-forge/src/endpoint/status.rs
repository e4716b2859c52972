//! Statuses of commits.

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::RepoHandle;
use crate::client::error::RequestError;
use crate::client::pages::{More, Pages};
use crate::client::retry::Retry;
use crate::ids::{ForgeKind, ObjectId};

/// How a check of a commit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It waits.
    Pending,
    /// It runs. Only GitLab has a word for it, elsewhere it is shown as pending.
    Running,
    /// It passed.
    Success,
    /// It failed.
    Failure,
    /// It could not be done. GitLab shows it as failed.
    Error,
    /// Somebody stopped it. Only GitLab has a word for it, elsewhere it is shown as an error.
    Cancelled,
}

impl State {
    /// Returns the word of a forge.
    ///
    /// Gitea takes any word up to seven letters, counts `running` as pending for ever and
    /// breaks on longer ones; so no word goes out that it does not know.
    fn word(self, forge: ForgeKind) -> &'static str {
        let gitlab = forge == ForgeKind::GitLab;
        match self {
            Self::Pending => "pending",
            Self::Running if gitlab => "running",
            Self::Running => "pending",
            Self::Success => "success",
            Self::Failure | Self::Error if gitlab => "failed",
            Self::Failure => "failure",
            Self::Cancelled if gitlab => "canceled",
            Self::Error | Self::Cancelled => "error",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "success" => Self::Success,
            "failure" | "failed" => Self::Failure,
            "error" => Self::Error,
            "canceled" | "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }
}

/// Fails because a status was not set.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The context is empty, long or holds control characters. It is not cut, since two contexts
    /// might become one.
    #[error("the context {context:?} must have 1 to 255 characters, none of control")]
    Context {
        /// The context.
        context: String,
    },
    /// The forge does not have the commit.
    #[error("the forge has no commit {commit}")]
    UnknownCommit {
        /// The commit.
        commit: ObjectId,
    },
    /// The forge did not take it.
    #[error(transparent)]
    Request(#[from] RequestError),
}

impl StatusError {
    /// Says whether and when it is worth another try.
    pub fn retry(&self) -> Retry {
        match self {
            Self::Context { .. } | Self::UnknownCommit { .. } => Retry::Never,
            // The commit is there, as was checked: so it is the forge that is ill.
            Self::Request(error) if error.status().is_some_and(|status| status == 500) => {
                Retry::Backoff
            }
            Self::Request(error) => error.retry(),
        }
    }
}

/// Sets a status of a commit.
#[derive(Debug)]
#[must_use = "no status is set until it is sent"]
pub struct CreateStatus<'a> {
    repository: &'a RepoHandle,
    commit: &'a ObjectId,
    state: State,
    context: &'a str,
    description: Option<&'a str>,
    target_url: Option<&'a Url>,
}

impl<'a> CreateStatus<'a> {
    pub(super) fn new(
        repository: &'a RepoHandle,
        commit: &'a ObjectId,
        state: State,
        context: &'a str,
    ) -> Self {
        Self { repository, commit, state, context, description: None, target_url: None }
    }

    /// Sets a sentence for people; it is cut to what the forge takes.
    pub fn description(mut self, description: &'a str) -> Self {
        self.description = Some(description);
        self
    }

    /// Sets the page that tells more.
    pub fn target_url(mut self, url: &'a Url) -> Self {
        self.target_url = Some(url);
        self
    }

    /// Sends it.
    ///
    /// It is sent again after failures that pass: at worst the forge keeps the same status twice,
    /// of which the newest counts. Gitea answers 500 for a commit that it does not have; then the
    /// commit is asked for, to tell this from a forge that is ill.
    ///
    /// # Errors
    ///
    /// Fails if the context cannot be one, the forge does not have the commit, or refuses.
    pub async fn send(self) -> Result<(), StatusError> {
        let length = self.context.chars().count();
        if !(1..=255).contains(&length) || self.context.contains(char::is_control) {
            let context = self.context.chars().take(255).collect();
            return Err(StatusError::Context { context });
        }
        let commit = self.commit.as_str();
        let segments = self.repository.below(&["statuses", commit]);
        let call = self.repository.transport.post(&segments, &self.body());
        match self.repository.transport.send(&call).await {
            Ok(_) => Ok(()),
            Err(error) if self.may_lack_commit(&error) && self.lacks_commit().await => {
                Err(StatusError::UnknownCommit { commit: self.commit.clone() })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn body(&self) -> serde_json::Value {
        let forge = self.repository.forge();
        let longest = if forge == ForgeKind::GitHub { 140 } else { 255 };
        let mut body = json!({"state": self.state.word(forge), "context": self.context});
        if let Some(description) = self.description {
            body["description"] = cut(description, longest).into();
        }
        if let Some(url) = self.target_url {
            body["target_url"] = url.as_str().into();
        }
        body
    }

    fn may_lack_commit(&self, error: &RequestError) -> bool {
        let status = error.status().map(|status| status.as_u16());
        match self.repository.forge() {
            ForgeKind::Gitea => status == Some(500),
            ForgeKind::Forgejo => status == Some(404),
            ForgeKind::GitHub | ForgeKind::GitLab => false,
        }
    }

    /// Asks for the commit; anything but a plain no leaves the first error standing.
    async fn lacks_commit(&self) -> bool {
        let call = self.repository.call(&["git", "commits", self.commit.as_str()], &[]);
        let found = self.repository.transport.send(&call).await.map(drop);
        matches!(self.repository.unless_absent(found).await, Ok(None))
    }
}

/// Cuts a text to a number of characters, and shows that it did.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

/// Lists the statuses of a commit.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct ListStatuses<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) commit: &'a ObjectId,
}

/// A status as the forge keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStatus {
    /// The context.
    pub context: String,
    /// The state, unless the word of the forge has no counterpart here.
    pub state: Option<State>,
    /// The state in the word of the forge.
    pub word: String,
    /// The sentence for people.
    pub description: Option<String>,
    /// The page that tells more.
    pub target_url: Option<String>,
}

#[derive(Deserialize)]
struct WireStatus {
    // Gitea names it otherwise here than where it is set, and so does GitLab.
    #[serde(alias = "state")]
    status: String,
    #[serde(alias = "name")]
    context: String,
    description: Option<String>,
    target_url: Option<String>,
}

impl From<WireStatus> for CommitStatus {
    fn from(wire: WireStatus) -> Self {
        Self {
            context: wire.context,
            state: State::of_word(&wire.status),
            word: wire.status,
            description: wire.description.filter(|text| !text.is_empty()),
            target_url: wire.target_url.filter(|text| !text.is_empty()),
        }
    }
}

impl ListStatuses<'_> {
    /// Prepares the pages.
    pub fn pages(self) -> Pages<CommitStatus> {
        let commit = self.commit.as_str();
        let call = match self.repository.forge() {
            ForgeKind::Gitea | ForgeKind::Forgejo => {
                self.repository.call(&["commits", commit, "statuses"], &[("limit", "50")])
            }
            ForgeKind::GitHub => {
                self.repository.call(&["commits", commit, "statuses"], &[("per_page", "100")])
            }
            ForgeKind::GitLab => self.repository.call(
                &["repository", "commits", commit, "statuses"],
                &[("per_page", "100"), ("all", "true")],
            ),
        };
        Pages::new(self.repository.transport.clone(), call, |call, answer| {
            let wire: Vec<WireStatus> = answer.json(call)?;
            Ok((wire.into_iter().map(Into::into).collect(), More::AsLinked))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_state_reaches_a_forge_that_it_does_not_know() {
        let states = [
            State::Pending,
            State::Running,
            State::Success,
            State::Failure,
            State::Error,
            State::Cancelled,
        ];
        let words = |forge| states.map(|state| state.word(forge));
        let most = ["pending", "pending", "success", "failure", "error", "error"];
        for forge in [ForgeKind::Gitea, ForgeKind::Forgejo, ForgeKind::GitHub] {
            assert_eq!(words(forge), most);
        }
        let gitlab = ["pending", "running", "success", "failed", "failed", "canceled"];
        assert_eq!(words(ForgeKind::GitLab), gitlab);
    }

    #[test]
    fn descriptions_are_cut_at_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
