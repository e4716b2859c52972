//! What jobs may do with git, and what their pushes say.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jci_coord::Coordinator;
use jci_forge::{Forge, ObjectId, RepoName};
use secrecy::SecretString;

use super::result::settle;
use super::run::RunOnForge;
use crate::git::{Grant, Grants, PushObserver, PushedRun, Refused};
use crate::http::chain;

/// The queue, as the proxy of git sees it.
#[derive(Debug)]
pub(crate) struct JobsOverGit {
    queue: Arc<Coordinator>,
    forge: Forge,
}

impl JobsOverGit {
    pub(crate) fn new(queue: Arc<Coordinator>, forge: Forge) -> Self {
        Self { queue, forge }
    }

    async fn look_up(&self, token: &SecretString, asked: &RepoName) -> Result<Grant, Refused> {
        let found = self.queue.grant(token).await.map_err(|error| {
            tracing::error!(error = %chain(&error), "a token cannot be looked up");
            Refused::Unavailable
        })?;
        let found = found.filter(|found| found.attempt.is_live()).ok_or(Refused::Dead)?;
        let spec = &found.job.spec;
        // Names and ids came from the forge, and are as the forge has them.
        let repository = RepoName::parse(spec.repository.as_str()).map_err(|_| Refused::Dead)?;
        let commit = ObjectId::new(spec.commit.as_str()).map_err(|_| Refused::Dead)?;
        if repository != *asked {
            return Err(Refused::OtherRepository);
        }
        Ok(Grant { attempt: found.attempt.id, repository, commit, may_push: true })
    }
}

impl Grants for JobsOverGit {
    /// Tells what a token allows: what its job is of, for as long as its attempt goes on.
    fn grant<'a>(
        &'a self,
        token: &'a SecretString,
        repository: &'a RepoName,
    ) -> BoxFuture<'a, Result<Grant, Refused>> {
        Box::pin(self.look_up(token, repository))
    }
}

impl PushObserver for JobsOverGit {
    /// Settles the job of a run that was pushed, at once.
    fn pushed<'a>(&'a self, grant: &'a Grant, run: &'a PushedRun) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let run = RunOnForge {
                repository: grant.repository.clone(),
                id: run.run.to_string(),
                object: run.id.clone(),
            };
            settle(&self.queue, &self.forge, &grant.attempt.job, &run).await;
        })
    }
}
