//! The run that a job pushed, as the forge has it.

use jci_coord::Job;
use jci_forge::{Forge, GitRef, NameError, ObjectId, RefsError, RepoName};

/// A run that the forge has.
#[derive(Debug, Clone)]
pub(crate) struct RunOnForge {
    /// Its repository.
    pub(crate) repository: RepoName,
    /// Its id.
    pub(crate) id: String,
    /// The commit that holds it.
    pub(crate) object: ObjectId,
}

/// Fails because it is not known whether there is a run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindRunError {
    /// The forge did not answer as it should.
    #[error(transparent)]
    Forge(#[from] RefsError),
    /// The job names what is on no forge.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Finds the run that a job ended with; nothing if it has none, or the forge has it no more.
pub(crate) async fn find_run(forge: &Forge, job: &Job) -> Result<Option<RunOnForge>, FindRunError> {
    let Some(id) = job.run.clone() else { return Ok(None) };
    let repository = RepoName::parse(job.spec.repository.as_str())?;
    let reference = GitRef::parse(&format!("refs/jci-runs/{}/{id}", job.spec.commit))?;
    let object = forge.repository(&repository).resolve(&reference).send().await?;
    Ok(object.map(|object| RunOnForge { repository, id, object }))
}
