//! One measured program.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use super::BenchError;
use super::disk::Footprint;
use crate::files::{self, At};
use crate::process;

/// A program that is ready to be measured.
pub(super) struct Sample {
    /// The program; its children and theirs are measured with it.
    pub(super) command: Command,
    /// The folder whose growth counts.
    pub(super) watched: PathBuf,
}

/// What a program and its children took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Usage {
    /// From start to end.
    pub(super) wall: Duration,
    /// In user code and in the kernel, all processes together.
    pub(super) cpu: Duration,
    /// Memory in bytes of the largest of the processes.
    ///
    /// Never less than what this task itself takes, as the kernel counts from before `exec`.
    pub(super) peak: u64,
    /// What the watched folder grew by.
    pub(super) disk: Footprint,
}

/// Runs a sample on a file system with nothing left to write, and waits for all of its processes.
///
/// What it prints goes to the file `output`.
pub(super) fn measure(mut sample: Sample, output: &Path) -> Result<Usage, BenchError> {
    let before = Footprint::of(&sample.watched)?;
    settle(&sample.watched)?;
    let stdout = File::create(output).at("create", output)?;
    let log = output.with_extension("err");
    let stderr = File::create(&log).at("create", &log)?;
    sample.command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);

    let start = Instant::now();
    let mut child = process::spawn(&mut sample.command)?;
    let ended = child.wait4().map_err(|source| process::not_started(&sample.command, source))?;
    let wall = start.elapsed();

    if !ended.status.success() {
        let said = files::read_text(&log)?;
        process::check(&sample.command, ended.status, said.as_bytes())?;
    }
    Ok(Usage {
        wall,
        cpu: ended.rusage.utime + ended.rusage.stime,
        peak: ended.rusage.maxrss,
        disk: Footprint::of(&sample.watched)?.since(before),
    })
}

/// Waits until what the preparation wrote is on the disk, so that no sample pays for it.
fn settle(folder: &Path) -> Result<(), BenchError> {
    Ok(process::run(Command::new("sync").arg("--file-system").arg(folder))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(script: &str) -> Result<(Usage, String), BenchError> {
        let world = jci_testkit::Environment::new();
        let watched = world.path("home");
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(&watched);
        let output = world.path("output");
        let usage = measure(Sample { command, watched }, &output)?;
        Ok((usage, files::read_text(&output)?))
    }

    #[test]
    fn children_count_in_time_memory_and_disk() {
        let script = "head -c 300000 /dev/zero > file
            bash -c 'x=$(head -c 40000000 /dev/zero | tr \"\\0\" x); for ((i = 0; i < 50000; i++)); do :; done'
            echo done";
        let (usage, output) = measured(script).unwrap();
        assert_eq!(output, "done\n");
        assert!(usage.cpu > Duration::from_millis(10), "{usage:?}");
        assert!(usage.peak > 40_000_000, "{usage:?}");
        assert_eq!(usage.disk.inodes, 1, "{usage:?}");
    }

    #[test]
    fn a_program_that_fails_is_no_measurement() {
        let error = measured("echo no luck >&2; exit 7").expect_err("it exits with 7");
        let text = error.to_string();
        assert!(text.contains("exit status: 7") && text.contains("no luck"), "{text}");
    }
}
