//! Contests in which a folder is stored.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::BenchError;
use super::contest::{Contest, Side};
use super::data::Data;
use super::goal::Goal;
use super::measure::{Sample, Usage, measure};
use super::place::{Place, release_folder};
use super::rival::StoreRival;
use crate::files::At;
use crate::process;

/// The repository that samples work in; each finds it new.
const SAMPLE: &str = "sample";

/// Whether the repository knows the folder already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// It has never seen it.
    Nothing,
    /// It holds the folder as it was before one file of each hundred changed.
    NinetyNinePercent,
}

/// A folder, stored by us and by one rival.
pub(super) struct StoreContest<'a> {
    place: &'a Place,
    data: Data,
    folder: PathBuf,
    before: Before,
    rival: StoreRival,
    goal: Goal,
}

impl<'a> StoreContest<'a> {
    /// Makes the data, or finds them there.
    pub(super) fn new(
        place: &'a Place,
        name: &str,
        (data, before): (Data, Before),
        (rival, goal): (StoreRival, Goal),
    ) -> Result<Self, BenchError> {
        let folder = match before {
            Before::Nothing => place.kept(name),
            Before::NinetyNinePercent => place.path(name),
        };
        if before == Before::Nothing {
            data.in_folder(&folder)?;
        }
        Ok(Self { place, data, folder, before, rival, goal })
    }

    fn command(&self, side: Side, repository: &Path) -> Result<Command, BenchError> {
        let mut command = match side {
            Side::Ours => {
                let program = release_folder().join("examples/store_folder");
                self.place.command(program, repository)
            }
            Side::Rival => {
                let own = Path::new("/proc/self/exe");
                let own = own.canonicalize().at("find", own)?;
                let mut command = self.place.command(own, repository);
                command.args(["rival", self.rival.name()]);
                command
            }
        };
        command.arg(repository).arg(&self.folder);
        Ok(command)
    }

    fn primed(&self, side: Side) -> PathBuf {
        self.place.path(match side {
            Side::Ours => "primed-by-us",
            Side::Rival => "primed-by-rival",
        })
    }

    /// Lets a side store the folder as it is before anything changes, its own way.
    fn prime(&self, side: Side) -> Result<(), BenchError> {
        let repository = self.primed(side);
        self.place.fresh_repository(&repository)?;
        process::read(&mut self.command(side, &repository)?)?;
        Ok(())
    }

    fn sample(&self, side: Side) -> Result<Sample, BenchError> {
        let repository = self.place.path(SAMPLE);
        match self.before {
            Before::Nothing => self.place.fresh_repository(&repository)?,
            Before::NinetyNinePercent => self.place.copy(&self.primed(side), &repository)?,
        }
        Ok(Sample { command: self.command(side, &repository)?, watched: repository })
    }
}

impl Contest for StoreContest<'_> {
    fn rival(&self) -> &str {
        self.rival.name()
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn begin_pair(&mut self, number: u64) -> Result<(), BenchError> {
        if self.before == Before::Nothing {
            return Ok(());
        }
        if number == 0 {
            self.data.make(&self.folder)?;
            self.prime(Side::Ours)?;
            self.prime(Side::Rival)?;
        }
        Ok(self.data.change_one_percent(&self.folder, number + 1)?)
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        measure(self.sample(side)?, output)
    }

    fn verify(&self, side: Side, printed: &str) -> Result<(), BenchError> {
        let stored = printed.trim();
        let found = if side == Side::Rival && self.rival.is_copy() {
            files_in_folder(Path::new(stored), self.data.size)?
        } else {
            files_in_tree(&self.place.path(SAMPLE), stored, self.data.size)?
        };
        if found == self.data.files {
            return Ok(());
        }
        Err(BenchError::NotStored { place: stored.to_owned(), expected: self.data.files, found })
    }
}

fn files_in_tree(repository: &Path, tree: &str, size: u64) -> Result<usize, BenchError> {
    let mut list = Command::new("git");
    list.args(["ls-tree", "-r", "-l", tree]).current_dir(repository);
    let size = size.to_string();
    let is_ours = |line: &str| {
        let described = line.strip_suffix(".dat").and_then(|line| line.split_once('\t'));
        described.is_some_and(|(described, _)| described.ends_with(&size))
    };
    Ok(process::read(&mut list)?.lines().filter(|line| is_ours(line)).count())
}

fn files_in_folder(folder: &Path, size: u64) -> Result<usize, BenchError> {
    let mut find = Command::new("find");
    find.arg(folder).args(["-name", "*.dat", "-size", &format!("{size}c")]);
    Ok(process::read(&mut find)?.lines().count())
}

#[cfg(test)]
mod tests {
    use super::super::data::Content;
    use super::*;

    const SMALL: Data = Data { files: 101, size: 5000, content: Content::Mixed };

    #[test]
    fn what_is_missing_in_a_tree_or_a_folder_is_noticed() {
        let world = jci_testkit::TestRepo::new();
        SMALL.make(&world.path().join("data")).unwrap();
        world.write("data/other.dat", "of another size");
        world.write("data/other", vec![0; 5000]);
        let _ = world.commit("data");
        assert_eq!(files_in_tree(world.path(), "HEAD", SMALL.size).unwrap(), 101);
        assert_eq!(files_in_folder(&world.path().join("data"), SMALL.size).unwrap(), 101);
    }
}
