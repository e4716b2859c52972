//! The repository as a whole, and its branches.

use std::path::Path;

use jci_proto::{Branches, Repository};

use super::{ViewError, Views};

/// What git expects every run to begin from.
const SCRIPT: &str = ".jci/run.sh";

impl Views {
    /// Tells what repository this is and what there is in it.
    pub fn repository(&self) -> Result<Repository, ViewError> {
        let work_dir = self.store.work_dir();
        let has_script = work_dir.as_deref().is_some_and(|root| root.join(SCRIPT).exists());
        Ok(Repository {
            name: name(&work_dir.unwrap_or_else(|| self.store.common_dir())),
            branch: self.store.branch(),
            has_commits: self.store.resolve_commit("HEAD").is_ok()
                || !self.store.branches()?.is_empty(),
            has_runs: !self.store.active_runs().is_empty() || self.store.has_runs()?,
            has_script,
            version: self.version.clone(),
        })
    }

    /// Lists all branches: the one that is checked out, local ones, those of remotes.
    pub fn branches(&self) -> Result<Branches, ViewError> {
        let current = self.store.branch();
        let found = self.store.branches()?;
        let commits = self.store.commits(found.iter().map(|branch| branch.commit));
        let mut branches: Vec<_> = found
            .iter()
            .zip(commits)
            .map(|(branch, commit)| {
                // What is wrong with it is told where it is looked at.
                let commit = commit.ok().flatten();
                let (subject, time) = commit.map(|it| (it.subject, it.time)).unwrap_or_default();
                let is_current = !branch.remote && Some(&branch.name) == current.as_ref();
                let shown = jci_proto::Branch {
                    name: branch.name.clone(),
                    remote: branch.remote,
                    current: is_current,
                    commit: branch.commit.to_string(),
                    subject,
                    time: time.to_string(),
                };
                (!is_current, branch.remote, std::cmp::Reverse(time), shown)
            })
            .collect();
        // Stable: branches of one moment stay sorted by their names.
        branches.sort_by_key(|(is_not_current, remote, time, _)| (*is_not_current, *remote, *time));
        Ok(Branches { branches: branches.into_iter().map(|(.., shown)| shown).collect() })
    }
}

/// Names a repository by its folder; a bare one without the ending that such folders have.
fn name(folder: &Path) -> String {
    let is_git = |folder: &&Path| folder.file_name().is_some_and(|name| name == ".git");
    let folder = Some(folder).filter(is_git).and_then(Path::parent).unwrap_or(folder);
    let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    name.strip_suffix(".git").unwrap_or(&name).to_owned()
}
