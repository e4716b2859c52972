//! The machine and the programs that a measurement belongs to.

use std::path::Path;
use std::process::Command;

use crate::process::{self, ProcessError};
use crate::workspace;

/// What has to be known to make sense of times.
pub(super) struct Machine {
    /// The day, in UTC.
    pub(super) date: String,
    /// The commit that was measured, and whether it was measured as committed.
    pub(super) commit: String,
    /// Processor, memory, kernel, file system and programs, in one line.
    pub(super) facts: String,
}

impl Machine {
    /// Looks at this machine; `folder` lies on the disk that is measured.
    pub(super) fn here(folder: &Path) -> Result<Self, ProcessError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut disk = Command::new("df");
        disk.arg("--output=fstype").arg(folder);
        let file_system = process::read(&mut disk)?;
        let facts = [
            format!("{cores} cores"),
            field("/proc/cpuinfo", "model name").unwrap_or_default(),
            memory().unwrap_or_default(),
            process::read(Command::new("uname").arg("-sr"))?,
            file_system.lines().last().unwrap_or_default().to_owned(),
            process::read(Command::new("git").arg("--version"))?,
            process::read(Command::new("rustc").arg("--version"))?,
        ];
        let known: Vec<_> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
        Ok(Self {
            date: process::read(Command::new("date").args(["-u", "+%F"]))?,
            commit: commit()?,
            facts: known.join(", "),
        })
    }
}

fn commit() -> Result<String, ProcessError> {
    let git = |arguments: &[&str]| {
        process::read(Command::new("git").args(arguments).current_dir(workspace::root()))
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
    let changed = !git(&["status", "--porcelain"])?.is_empty();
    Ok(if changed { format!("{commit} with changes") } else { commit })
}

fn memory() -> Option<String> {
    let kib: u64 = field("/proc/meminfo", "MemTotal")?.split(' ').next()?.parse().ok()?;
    Some(format!("{} GiB of memory", kib >> 20))
}

/// Takes the first `name : value` out of a file of the kernel's.
fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let values = text.lines().filter_map(|line| line.split_once(':'));
    values
        .filter(|(found, _)| found.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
        .next()
}
