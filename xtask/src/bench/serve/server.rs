//! A `git jci web` that lives as long as it is asked something.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::super::BenchError;
use super::super::disk::Footprint;
use super::super::measure::Usage;
use super::super::place::Place;
use super::WebError;
use crate::files::{self, At};
use crate::process;

/// The kernel counts processor time in hundredths of a second, whatever its own clock is.
const TICK: Duration = Duration::from_millis(10);

/// A server; it is killed when this is dropped.
pub(super) struct WebServer {
    child: Child,
    /// Where it listens, as in `127.0.0.1:8000`.
    pub(super) address: String,
}

impl WebServer {
    /// Starts one, and waits until it listens.
    pub(super) fn start(place: &Place, repository: &Path) -> Result<Self, WebError> {
        let log = place.path("web.err");
        let stderr = File::create(&log).at("create", &log)?;
        // Not even a benchmark that is killed leaves a server behind.
        let mut command = place.command("setpriv", repository);
        command.args(["--pdeathsig", "KILL", "git-jci", "web", "0"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
        let child = process::spawn(&mut command)?;
        let mut server = Self { child, address: String::new() };
        let mut line = String::new();
        if let Some(stdout) = server.child.stdout.take() {
            // What goes wrong here is told by the address that is missing.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
        match address {
            Some(address) => server.address = address.to_owned(),
            None => return Err(WebError::NoAddress { log }),
        }
        Ok(server)
    }

    /// Measures a question; what it returns goes to the file `output`.
    pub(super) fn measure(
        &self,
        output: &Path,
        ask: impl FnOnce(&str) -> Result<String, WebError>,
    ) -> Result<Usage, BenchError> {
        let cpu = self.cpu()?;
        let start = Instant::now();
        let answer = ask(&self.address)?;
        let wall = start.elapsed();
        files::write(output, answer)?;
        let cpu = self.cpu()?.saturating_sub(cpu);
        Ok(Usage { wall, cpu, peak: self.peak()?, disk: Footprint::default() })
    }

    /// Returns the most memory that it has taken since it was started.
    fn peak(&self) -> Result<u64, WebError> {
        let status = self.proc("status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        Ok(kib.unwrap_or_default() << 10)
    }

    fn cpu(&self) -> Result<Duration, WebError> {
        let stat = self.proc("stat")?;
        // The name of the program, in brackets, may hold anything.
        let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
        let user_and_system = fields.split(' ').skip(11).take(2);
        let ticks: u32 = user_and_system.filter_map(|field| field.parse::<u32>().ok()).sum();
        Ok(TICK * ticks)
    }

    fn proc(&self, name: &str) -> Result<String, WebError> {
        Ok(files::read_text(Path::new(&format!("/proc/{}/{name}", self.child.id())))?)
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
