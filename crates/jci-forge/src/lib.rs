//! Gitea, Forgejo, GitHub and GitLab for CI: webhooks in, refs, files and statuses out.
//!
//! [`webhook`] checks that a webhook is genuine and says what happened, the same way for all four.
//! [`Forge`] asks and tells: the version, whose token it is, a repository, its refs, trees and
//! files, and the statuses of its commits. Each endpoint is a builder with `send` or `pages`.
//!
//! # Guarantees
//!
//! - Nothing of a webhook is parsed before its signature over the raw bytes was checked, in
//!   constant time: only a [`webhook::Verified`] can be parsed.
//! - Names are valid once they exist: no [`GitRef`], [`RepoName`], [`FilePath`] or [`ObjectId`]
//!   leads out of its place, begins with `-` or holds a control character.
//! - A token or a secret appears in no error and no debug output, and is wiped when dropped.
//! - Requests go to the configured host only. No redirect is followed, no address that a forge
//!   sends along, no proxy from the environment.
//! - The status of an answer is looked at before its body. Errors have method, path, status, what
//!   the forge says, its request id, and the JSON path of what is wrong.
//! - Answers are bounded in size and time, nesting of JSON is bounded, lists are read by page.
//! - A request is sent again only where that cannot do harm; see [`Retry`] and [`RetryPolicy`].
//!
//! # Limits
//!
//! - GitHub: no checks; a tree that GitHub cuts is an error; the JWT of an App is the caller's to
//!   make. GitLab: its API lists no refs but branches and tags, and those one by one.
//! - Webhooks, deploy keys and comments are managed on Gitea and Forgejo only.
//! - A commit that GitHub or GitLab does not have is a refusal like any other; only Gitea and
//!   Forgejo are asked, so that it becomes [`StatusError::UnknownCommit`].
//! - It runs on tokio.
//!
//! # Example
//!
//! Reads a webhook and says that its commit waits:
//!
//! ```
//! use jci_forge::webhook::{Event, Request, verify};
//! use jci_forge::{BaseUrl, Forge, ForgeKind, State, Token, WebhookSecret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut headers = http::HeaderMap::new();
//! headers.insert("x-gitea-event", "push".parse()?);
//! headers.insert("x-gitea-delivery", "f6266f16-1bf3-46a5-9ea4-602e06ead473".parse()?);
//! # let body = br#"{"ref":"refs/heads/main","before":"0000000000000000000000000000000000000000",
//! # "after":"1111111111111111111111111111111111111111","head_commit":null,
//! # "repository":{"id":6,"full_name":"team/site"},"sender":{"id":3,"login":"ann"}}"#;
//! # let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"s3cret");
//! # let tag = ring::hmac::sign(&key, body);
//! # let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
//! # headers.insert("x-gitea-signature", hex.parse()?);
//! let request = Request { headers: &headers, body, now: jiff::Timestamp::now() };
//! let webhook = verify(ForgeKind::Gitea, &request, &WebhookSecret::new("s3cret")?)?;
//! let Event::Push(push) = webhook.parse()?.event else { return Ok(()) };
//! assert_eq!(push.reference.branch(), Some("main"));
//!
//! let forge = Forge::builder(ForgeKind::Gitea, BaseUrl::parse("git.example.org")?)
//!     .token(Token::new("a-token")?)
//!     .build()?;
//! # async fn report(forge: Forge, push: jci_forge::webhook::Push)
//! #     -> Result<(), Box<dyn std::error::Error>> {
//! if let Some(commit) = push.commit() {
//!     let repository = forge.repository(&push.repository.name);
//!     repository.create_status(commit, State::Pending, "jci").send().await?;
//! }
//! # Ok(())
//! # }
//! # Ok(())
//! # }
//! ```

mod client;
mod endpoint;
mod ids;
mod json;
mod refname;
mod secret;
pub mod webhook;

pub use client::base_url::{BaseUrl, BaseUrlError};
pub use client::error::{Failure, Refusal, RequestError};
pub use client::pages::Pages;
pub use client::retry::{Pace, RealPace, Retry, RetryPolicy};
pub use client::{BuildError, Forge, ForgeBuilder};
pub use endpoint::{
    CheckToken, CommitStatus, CreateComment, CreateHook, CreateInstallationToken, CreateKey,
    CreateStatus, CurrentUser, DeleteHook, DeleteKey, DeployKey, EntryKind, FindCommit, GetBlob,
    GetFile, GetRepository, GetToken, GetVersion, Hook, InstallationToken, ListHooks, ListKeys,
    ListRefs, ListStatuses, ListTree, ManageError, Permissions, Reference, RefsError, RepoHandle,
    Repository, ResolveRef, RevokeToken, State, StatusError, TokenInfo, TreeEntry, Version,
};
pub use ids::{
    CommentId, FilePath, ForgeKind, HookId, InstallationId, KeyId, NameError, ObjectId, RepoId,
    RepoName, UserId,
};
pub use refname::{GitRef, RefPart};
pub use secret::{SecretError, Token, WebhookSecret};
