//! A server that lives as long as it is asked something, and other programs that go on.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::BenchError;
use super::disk::Footprint;
use super::measure::Usage;
use super::place::Place;
use crate::files::{self, At, FileError};
use crate::process::{self, ProcessError};

/// The kernel counts processor time in hundredths of a second, whatever its own clock is.
const TICK: Duration = Duration::from_millis(10);

/// Why there is no server.
#[derive(Debug, Error)]
pub(crate) enum ServerError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error("{program} told no address; what it said is in {}", log.display())]
    NoAddress { program: String, log: PathBuf },
}

/// How a program that goes on is started.
pub(super) struct Start<'a> {
    /// Where it works.
    pub(super) folder: &'a Path,
    /// The program and its arguments.
    pub(super) words: &'a [&'a str],
    pub(super) variables: &'a [(&'a str, &'a str)],
    /// The file that a server writes its address into; without one it prints it.
    pub(super) address_file: Option<&'a Path>,
}

/// A server; it is killed when this is dropped.
pub(super) struct Server {
    process: Process,
    /// Where it listens, as in `127.0.0.1:8000`.
    pub(super) address: String,
}

impl Server {
    /// Starts one, and waits until it listens.
    pub(super) fn start(place: &Place, start: &Start<'_>) -> Result<Self, ServerError> {
        let (mut process, log) = Process::start(place, start)?;
        let said = match start.address_file {
            None => process.first_line(),
            Some(file) => process.wait_for(file),
        };
        let address = said.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        if address.is_empty() {
            let program = start.words.join(" ");
            return Err(ServerError::NoAddress { program, log });
        }
        Ok(Self { process, address })
    }

    /// Measures a question; what it returns goes to the file `output`.
    pub(super) fn measure(
        &self,
        output: &Path,
        ask: impl FnOnce(&str) -> Result<String, BenchError>,
    ) -> Result<Usage, BenchError> {
        self.process.measure(output, || ask(&self.address))
    }
}

/// A program that goes on; it is killed when this is dropped.
pub(super) struct Process {
    child: Child,
}

impl Process {
    /// Starts one; returns it with the file that holds what it says on standard error.
    pub(super) fn start(place: &Place, start: &Start<'_>) -> Result<(Self, PathBuf), ServerError> {
        let program = Path::new(start.words[0]).file_name().unwrap_or_default();
        let log = place.path(&format!("{}.err", program.to_string_lossy()));
        let stderr = File::create(&log).at("create", &log)?;
        // Not even a benchmark that is killed leaves one behind.
        let mut command = place.command("setpriv", start.folder);
        command.args(["--pdeathsig", "KILL"]).args(start.words);
        command.envs(start.variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        Ok((Self { child: process::spawn(&mut command)? }, log))
    }

    /// Returns the first line that is printed, nothing if there is none.
    fn first_line(&mut self) -> String {
        let mut line = String::new();
        if let Some(stdout) = self.child.stdout.take() {
            // What goes wrong here is told by the address that is missing.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        line
    }

    /// Waits for the file until the program has ended.
    fn wait_for(&mut self, file: &Path) -> String {
        while let Ok(None) = self.child.try_wait() {
            if let Ok(text) = files::read_text(file) {
                return text;
            }
            thread::sleep(Duration::from_millis(5));
        }
        String::new()
    }

    /// Measures what it takes while something is done; what that returns goes to the file `output`.
    pub(super) fn measure(
        &self,
        output: &Path,
        act: impl FnOnce() -> Result<String, BenchError>,
    ) -> Result<Usage, BenchError> {
        measure(self.child.id(), output, act)
    }

    /// Asks it to stop, and waits until it has.
    pub(super) fn stop(&mut self) -> Result<(), ServerError> {
        let id = self.child.id().to_string();
        process::run(Command::new("kill").args(["-TERM", &id]))?;
        self.child.wait().at("wait for", Path::new(&id))?;
        Ok(())
    }
}

/// Measures what a process takes while something is done; what that returns goes to the file
/// `output`.
pub(super) fn measure(
    id: u32,
    output: &Path,
    act: impl FnOnce() -> Result<String, BenchError>,
) -> Result<Usage, BenchError> {
    let before = cpu(id)?;
    let start = Instant::now();
    let answer = act()?;
    let wall = start.elapsed();
    files::write(output, answer)?;
    let cpu = cpu(id)?.saturating_sub(before);
    Ok(Usage { wall, cpu, peak: peak(id)?, disk: Footprint::default() })
}

/// Returns the most memory that a process has taken since it was started.
fn peak(id: u32) -> Result<u64, ServerError> {
    let status = proc(id, "status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    Ok(kib.unwrap_or_default() << 10)
}

fn cpu(id: u32) -> Result<Duration, ServerError> {
    let stat = proc(id, "stat")?;
    // The name of the program, in brackets, may hold anything.
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let user_and_system = fields.split(' ').skip(11).take(2);
    let ticks: u32 = user_and_system.filter_map(|field| field.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

fn proc(id: u32, name: &str) -> Result<String, ServerError> {
    Ok(files::read_text(Path::new(&format!("/proc/{id}/{name}")))?)
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
