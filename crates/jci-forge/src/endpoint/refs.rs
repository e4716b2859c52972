//! Refs.

use serde::Deserialize;

use super::RepoHandle;
use crate::client::error::RequestError;
use crate::client::pages::{More, Pages, ReadPage};
use crate::ids::{ForgeKind, ObjectId};
use crate::refname::{GitRef, RefPart};

/// Fails because refs could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum RefsError {
    /// The API of the forge knows branches and tags only; git itself can list the others.
    #[error("the API of {forge} cannot list refs/{below}, only branches and tags")]
    Unsupported {
        /// The forge.
        forge: ForgeKind,
        /// What was to be listed.
        below: RefPart,
    },
    /// The forge did not answer as it should.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// A ref and where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name.
    pub name: GitRef,
    /// The object that it leads to: for an annotated tag the tag object, not the commit.
    pub object: ObjectId,
}

/// Lists a ref and the refs in the folder with its name.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct ListRefs<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) below: &'a RefPart,
}

#[derive(Deserialize)]
struct WireRef {
    #[serde(rename = "ref")]
    name: String,
    object: WireObject,
}

#[derive(Deserialize)]
struct WireObject {
    sha: ObjectId,
}

impl ListRefs<'_> {
    /// Sends it. No refs is an empty list, not an error.
    ///
    /// Refs whose name is not safe, see [`GitRef`], are left out.
    ///
    /// # Errors
    ///
    /// Fails if the forge does not answer as it should. GitLab's API can list branches and tags
    /// one by one only, see [`RepoHandle::resolve`].
    pub async fn send(self) -> Result<Vec<Reference>, RefsError> {
        let found = match self.repository.forge() {
            ForgeKind::Gitea | ForgeKind::Forgejo => self.all_at_once().await?,
            ForgeKind::GitHub => self.paged().await?,
            forge @ ForgeKind::GitLab => {
                return Err(RefsError::Unsupported { forge, below: self.below.clone() });
            }
        };
        Ok(found.into_iter().filter_map(|wire| self.select(wire)).collect())
    }

    /// Keeps what was asked for: `jci-runs/1` makes the forges list `jci-runs/10` as well.
    fn select(&self, wire: WireRef) -> Option<Reference> {
        let rest = wire.name.strip_prefix("refs/")?.strip_prefix(self.below.as_str())?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        Some(Reference { name: GitRef::parse(&wire.name).ok()?, object: wire.object.sha })
    }

    fn segments(&self, list: &'static str) -> Vec<&str> {
        ["git", list].into_iter().chain(self.below.as_str().split('/')).collect()
    }

    async fn all_at_once(&self) -> Result<Vec<WireRef>, RequestError> {
        let call = self.repository.call(&self.segments("refs"), &[]);
        let found = self.repository.transport.json(&call).await;
        Ok(self.repository.unless_absent(found).await?.unwrap_or_default())
    }

    async fn paged(&self) -> Result<Vec<WireRef>, RequestError> {
        let call = self.repository.call(&self.segments("matching-refs"), &[("per_page", "100")]);
        let read: ReadPage<WireRef> = |call, answer| Ok((answer.json(call)?, More::AsLinked));
        Pages::new(self.repository.transport.clone(), call, read).all().await
    }
}

/// Asks where one ref leads.
#[derive(Debug)]
#[must_use = "nothing is asked until it is sent"]
pub struct ResolveRef<'a> {
    pub(super) repository: &'a RepoHandle,
    pub(super) reference: &'a GitRef,
}

/// What GitLab says of a branch or a tag.
#[derive(Deserialize)]
struct WireNamed {
    // A tag says where it leads itself; a branch leads to its commit.
    target: Option<ObjectId>,
    commit: WireCommit,
}

#[derive(Deserialize)]
struct WireCommit {
    id: ObjectId,
}

impl ResolveRef<'_> {
    /// Sends it; the answer is nothing if there is no such ref.
    ///
    /// # Errors
    ///
    /// Fails if the forge does not answer as it should, and on GitLab for a ref that is neither
    /// branch nor tag.
    pub async fn send(self) -> Result<Option<ObjectId>, RefsError> {
        let (list, name) = match (self.repository.forge(), self.reference) {
            (ForgeKind::GitLab, GitRef::Branch(name)) => ("branches", name),
            (ForgeKind::GitLab, GitRef::Tag(name)) => ("tags", name),
            _ => return self.listed().await,
        };
        let call = self.repository.call(&["repository", list, name.as_str()], &[]);
        let found = self.repository.transport.json::<WireNamed>(&call).await;
        let found = self.repository.unless_absent(found).await?;
        Ok(found.map(|wire| wire.target.unwrap_or(wire.commit.id)))
    }

    async fn listed(&self) -> Result<Option<ObjectId>, RefsError> {
        let below = match self.reference {
            GitRef::Branch(name) => RefPart::below("heads", name),
            GitRef::Tag(name) => RefPart::below("tags", name),
            GitRef::Other(name) => name.clone(),
        };
        let listed = ListRefs { repository: self.repository, below: &below }.send().await?;
        let exact = listed.into_iter().find(|found| found.name == *self.reference);
        Ok(exact.map(|found| found.object))
    }
}
