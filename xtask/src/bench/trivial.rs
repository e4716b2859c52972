//! The contest in which a script that does nothing is run.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::BenchError;
use super::contest::{Contest, Side};
use super::goal::Goal;
use super::measure::{Sample, Usage, measure};
use super::place::Place;
use crate::files::{self, At};
use crate::process;

const SAMPLE: &str = "sample";
const TEMPLATE: &str = "template-with-script";
const SCRIPT: &str = "#!/bin/bash\ntrue\n";

/// `git jci run` against `bash` that runs the same script.
pub(super) struct TrivialContest<'a> {
    place: &'a Place,
    goal: Goal,
}

impl<'a> TrivialContest<'a> {
    /// Makes the repository that holds the script.
    pub(super) fn new(place: &'a Place, goal: Goal) -> Result<Self, BenchError> {
        let template = place.path(TEMPLATE);
        place.fresh_repository(&template)?;
        commit_script(place, &template)?;
        Ok(Self { place, goal })
    }

    fn sample(&self, side: Side) -> Result<Sample, BenchError> {
        let repository = self.place.path(SAMPLE);
        self.place.copy(&self.place.path(TEMPLATE), &repository)?;
        // As after a clone or a commit: of copies git knows nothing.
        process::run(self.place.command("git", &repository).args(["update-index", "--refresh"]))?;
        let command = match side {
            Side::Ours => {
                let mut command = self.place.command("git", &repository);
                command.args(["jci", "run"]);
                command
            }
            Side::Rival => {
                let mut command = self.place.command("bash", &repository);
                command.arg(".jci/run.sh");
                command
            }
        };
        Ok(Sample { command, watched: repository })
    }
}

/// Commits a `.jci/run.sh` that does nothing.
pub(super) fn commit_script(place: &Place, repository: &Path) -> Result<(), BenchError> {
    commit(place, repository, SCRIPT)
}

/// Commits this as `.jci/run.sh`.
pub(super) fn commit(place: &Place, repository: &Path, content: &str) -> Result<(), BenchError> {
    let script = repository.join(".jci/run.sh");
    files::make_folder(&repository.join(".jci"))?;
    files::write(&script, content)?;
    std::fs::set_permissions(&script, Permissions::from_mode(0o755))
        .at("set the mode of", &script)?;
    process::run(place.command("git", repository).args(["add", "--all"]))?;
    let commit = ["commit", "--quiet", "--message=script"];
    Ok(process::run(place.command("git", repository).args(commit))?)
}

impl Contest for TrivialContest<'_> {
    fn rival(&self) -> &str {
        "bash"
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        measure(self.sample(side)?, output)
    }

    fn verify(&self, side: Side, _: &str) -> Result<(), BenchError> {
        let repository = self.place.path(SAMPLE);
        let list = ["for-each-ref", "--format=%(refname)", "refs/jci-runs"];
        let runs = process::read(self.place.command("git", &repository).args(list))?;
        let expected = usize::from(side == Side::Ours);
        let found = runs.lines().count();
        if found == expected {
            return Ok(());
        }
        Err(BenchError::NotStored { place: "refs/jci-runs".to_owned(), expected, found })
    }
}
