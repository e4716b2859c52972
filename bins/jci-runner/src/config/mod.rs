//! The settings: flags, variables, a file and defaults, read once and checked before anything
//! else happens.

mod address;
mod settings;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use jci_daemon::{ConfigError, Invocation, Program, Reader, Telling, value};
use secrecy::SecretString;
use url::Url;

pub(crate) use address::is_loopback;
use settings::SETTINGS;

/// The runner, as its command line tells of it.
const PROGRAM: Program = Program {
    name: crate::NAME,
    version: env!("CARGO_PKG_VERSION"),
    about: "Takes jobs from jci-server and runs each in a container of its own",
    check: "Check all settings, reach the server and the engine, and end",
    settings: SETTINGS,
};

/// All settings of the runner.
#[derive(Debug)]
pub(crate) struct Config {
    /// The server, and what opens it.
    pub(crate) server: Server,
    /// What this runner is and has.
    pub(crate) own: Own,
    /// How containers are made.
    pub(crate) jobs: Jobs,
    /// What is kept, and for how long.
    pub(crate) keeping: Keeping,
    /// How long jobs may go on once the runner is asked to stop.
    pub(crate) drain_grace: Duration,
    /// What the runner tells of itself.
    pub(crate) telling: Telling,
}

/// The server, and what opens it.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it is.
    pub(crate) address: Url,
    /// What runners show.
    pub(crate) secret: SecretString,
    /// How long it may not be reached.
    pub(crate) contact_limit: Duration,
}

/// What this runner is and has.
#[derive(Debug)]
pub(crate) struct Own {
    /// The file of its database.
    pub(crate) database: PathBuf,
    /// The name that it gets if it has none yet.
    pub(crate) name: Option<String>,
    /// The folder for logs.
    pub(crate) data: PathBuf,
    /// How many jobs it runs at once.
    pub(crate) capacity: usize,
    /// What it has.
    pub(crate) labels: Vec<String>,
    /// What runs jobs.
    pub(crate) runtime: RuntimeKind,
    /// Where the engine listens.
    pub(crate) docker_host: Option<String>,
    /// The folder with the credentials for registries.
    pub(crate) docker_config: Option<PathBuf>,
}

/// What runs jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuntimeKind {
    /// The Docker Engine, or what speaks its API.
    Docker,
    /// Plain processes of this machine.
    Host,
}

/// When the image of a job is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pull {
    /// If it is not there.
    Missing,
    /// Before each job.
    Always,
    /// Not at all.
    Never,
}

/// What jobs reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobNetwork {
    /// The internet, and not this machine.
    Filtered,
    /// Whatever the engine gives.
    Open,
    /// Nothing, not even the server.
    None,
}

/// How containers are made.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// The static git-jci, as the engine sees it.
    pub(crate) binary: PathBuf,
    /// When the image is fetched.
    pub(crate) pull: Pull,
    /// What a job may use.
    pub(crate) limits: jci_runtime::Limits,
    /// What it reaches.
    pub(crate) network: JobNetwork,
    /// Whether it may get the network namespace of a job before it.
    pub(crate) network_reuse: bool,
    /// How much it may write to its log.
    pub(crate) log: u64,
    /// The rights of root that it has.
    pub(crate) capabilities: Vec<String>,
    /// How long one may take to end that is stopped.
    pub(crate) stop_grace: Duration,
}

/// What is kept, and for how long.
#[derive(Debug)]
pub(crate) struct Keeping {
    /// How many containers that have ended.
    pub(crate) containers: usize,
    /// For how long.
    pub(crate) age: Duration,
    /// How much space must be free for a job to be taken.
    pub(crate) disk_low: u64,
}

impl Config {
    /// Reads the command line, the environment and the file that one of them names.
    ///
    /// # Errors
    ///
    /// Fails with everything that is wrong with the settings, not only the first of it.
    pub(crate) fn invoke(
        arguments: impl IntoIterator<Item = OsString>,
        variables: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Invocation<Self>, Vec<ConfigError>> {
        PROGRAM.read(arguments, variables, Self::read)
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        let server = Server::read(reader);
        let own = Own::read(reader);
        let jobs = Jobs::read(reader);
        let keeping = Keeping::read(reader);
        let drain_grace = reader.value("drain_grace", value::duration);
        let telling = Telling::read(reader);
        Some(Self {
            server: server?,
            own: own?,
            jobs: jobs?,
            keeping: keeping?,
            drain_grace: drain_grace?,
            telling: telling?,
        })
    }
}

impl Server {
    fn read(reader: &mut Reader) -> Option<Self> {
        let address = reader.hidden("server", address::server);
        let secret = reader.secret("runner_secret", |text| {
            if text.trim().is_empty() { Err("it is empty") } else { Ok(()) }
        });
        let contact_limit = reader.value("contact_limit", value::some_time);
        Some(Self { address: address?, secret: secret?.1, contact_limit: contact_limit? })
    }
}

impl Own {
    fn read(reader: &mut Reader) -> Option<Self> {
        let database = reader.path("runner_db");
        let name = reader.optional("runner_name", name);
        let data = reader.path("runner_data");
        let capacity = reader.value("capacity", value::some);
        let labels = reader.value("labels", |text| Ok(words(text)));
        let runtime = reader.value("runtime", |text| match text {
            "docker" => Ok(RuntimeKind::Docker),
            "host" => Ok(RuntimeKind::Host),
            _ => Err("docker or host".to_owned()),
        });
        let docker_host = reader.optional("docker_host", |text| Ok(text.to_owned()));
        let docker_config = reader.optional("docker_config", |text| Ok(PathBuf::from(text)));
        Some(Self {
            database: database?,
            name: name?,
            data: data?,
            capacity: usize::try_from(capacity?).ok()?,
            labels: labels?,
            runtime: runtime?,
            docker_host: docker_host?,
            docker_config: docker_config?,
        })
    }
}

impl Jobs {
    fn read(reader: &mut Reader) -> Option<Self> {
        let binary = reader.value("binary", |text| {
            let path = PathBuf::from(text);
            if path.is_absolute() { Ok(path) } else { Err("an absolute path".to_owned()) }
        });
        let pull = reader.value("image_pull", |text| match text {
            "missing" => Ok(Pull::Missing),
            "always" => Ok(Pull::Always),
            "never" => Ok(Pull::Never),
            _ => Err("missing, always or never".to_owned()),
        });
        let memory = reader.optional("job_memory", value::size);
        let cpus = reader.optional("job_cpus", processors);
        let processes = reader.value("job_processes", value::number);
        let open_files = reader.value("job_open_files", value::number);
        let disk = reader.optional("job_disk", value::size);
        let network = reader.value("job_network", |text| match text {
            "filtered" => Ok(JobNetwork::Filtered),
            "open" => Ok(JobNetwork::Open),
            "none" => Ok(JobNetwork::None),
            _ => Err("filtered, open or none".to_owned()),
        });
        let network_reuse = reader.value("network_reuse", value::truth);
        let log = reader.value("job_log", value::size);
        let capabilities = reader.value("job_capabilities", |text| Ok(words(text)));
        let stop_grace = reader.value("stop_grace", value::duration);
        let some = |number: u32| (number > 0).then_some(u64::from(number));
        Some(Self {
            binary: binary?,
            pull: pull?,
            limits: jci_runtime::Limits {
                memory: memory?,
                cpus: cpus?,
                processes: some(processes?),
                open_files: some(open_files?),
                disk: disk?,
            },
            network: network?,
            network_reuse: network_reuse?,
            log: log?,
            capabilities: capabilities?,
            stop_grace: stop_grace?,
        })
    }
}

impl Keeping {
    fn read(reader: &mut Reader) -> Option<Self> {
        let containers = reader.value("kept_containers", value::number);
        let age = reader.value("kept_age", value::duration);
        let disk_low = reader.value("disk_low", value::size);
        Some(Self {
            containers: usize::try_from(containers?).ok()?,
            age: age?,
            disk_low: disk_low?,
        })
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(ToOwned::to_owned).collect()
}

fn name(text: &str) -> Result<String, String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-._".contains(char);
    if text.len() <= 64 && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("a name of letters, digits, dots and dashes, of 64 at most".to_owned())
    }
}

fn processors(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.filter(|number| *number > 0.0).ok_or_else(|| "a number such as 1.5".to_owned())
}
