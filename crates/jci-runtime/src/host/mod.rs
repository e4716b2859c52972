//! "Containers" that are processes of this machine, for machines without an engine.
//!
//! Each is a folder: what is to be run, its log, how it ended. A process of its own supervises it
//! and is no child of anybody who might go, so jobs outlive the program that started them.

mod folder;
mod private;
mod supervise;
mod surroundings;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;

pub use supervise::{SuperviseError, supervise};

use crate::{
    Container, ContainerId, ContainerSpec, Engine, Exit, Limits, LogStream, Network, Phase,
    Privileges, PullProgress, Runtime, RuntimeError, Volume, tail,
};
use folder::Folder;

const NAME: &str = "a runtime of plain processes";

/// What a supervisor may take until it has its folder, on a machine with much to do.
const BEGIN: Duration = Duration::from_secs(60);

/// What the last processes of a job may take until they are gone after KILL.
const GONE: Duration = Duration::from_secs(30);

/// Runs programs as plain processes of this machine, with the rights of whoever runs this program.
///
/// It isolates nothing, and says so in [`Engine::warnings`]. There are no images, so any will do,
/// and whatever would have to limit a program or show it other files is
/// [`RuntimeError::Unsupported`]. A container starts in an empty folder of its own, which goes with
/// it.
///
/// Under systemd, `KillMode=process` lets jobs outlive the service.
#[derive(Debug, Clone)]
pub struct HostProcesses {
    state: PathBuf,
    supervisor: (PathBuf, Vec<OsString>),
}

impl HostProcesses {
    /// Takes a folder for what is to be known of containers, which only its owner can look into.
    ///
    /// `program`, with `arguments` and then the path of a folder, has to call [`supervise`] with
    /// that. It runs as long as the container does.
    ///
    /// # Errors
    ///
    /// The folder cannot be made.
    pub fn new(
        state: &Path,
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self, RuntimeError> {
        let made = private::ensure_folder(state).and_then(|()| std::path::absolute(state));
        let state = made.map_err(|error| RuntimeError::io("create", state, &error))?;
        let arguments = arguments.into_iter().map(Into::into).collect();
        Ok(Self { state, supervisor: (program.into(), arguments) })
    }

    fn folder(&self, container: &ContainerId) -> Result<Folder, RuntimeError> {
        self.find(container)?
            .ok_or_else(|| RuntimeError::NoContainer { container: container.to_string() })
    }

    fn find(&self, container: &ContainerId) -> Result<Option<Folder>, RuntimeError> {
        if !folder::is_name(&container.0) {
            return Ok(None);
        }
        let folder = Folder::at(self.state.join(&container.0));
        let there = folder.is_there();
        let there = there.map_err(|error| RuntimeError::io("look at", folder.path(), &error))?;
        Ok(there.then_some(folder))
    }

    /// Starts the supervisor of a folder, and waits until it has it.
    async fn supervise(&self, folder: &Folder) -> io::Result<()> {
        let (program, arguments) = &self.supervisor;
        let mut command = tokio::process::Command::new(program);
        command.args(arguments).arg(folder.path()).env_clear();
        command.envs(surroundings::variables());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.current_dir("/");
        surroundings::leave_terminal(&mut command);
        // Dropped while it runs, it goes on, and tokio reaps it when it has ended.
        let mut supervisor = command.spawn()?;

        let begun = async {
            while !folder.has_begun()? {
                if let Some(status) = supervisor.try_wait()?
                    && !folder.has_begun()?
                {
                    let program = program.display();
                    return Err(io::Error::other(format!(
                        "{program} is to supervise it, and ends with {status}"
                    )));
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(())
        };
        let late = || io::Error::new(io::ErrorKind::TimedOut, "its supervisor does not begin");
        tokio::time::timeout(BEGIN, begun).await.unwrap_or_else(|_| Err(late()))
    }

    /// Waits until a container has ended; `None` if it is not there any more.
    async fn ended(&self, container: &ContainerId) -> Result<Option<Exit>, RuntimeError> {
        let mut pause = Duration::from_millis(2);
        loop {
            let Some(folder) = self.find(container)? else { return Ok(None) };
            let phase = folder.phase();
            match phase.map_err(|error| RuntimeError::io("look at", folder.path(), &error))? {
                Phase::Ended(exit) => return Ok(Some(exit)),
                Phase::Created | Phase::Running => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

#[async_trait]
impl Runtime for HostProcesses {
    async fn engine(&self) -> Result<Engine, RuntimeError> {
        let mut warnings = vec![
            "jobs run as plain processes of this machine, with the rights of this program: \
             nothing keeps them from its files, its network and each other"
                .to_owned(),
            "images are not looked at: a job finds the programs of this machine".to_owned(),
        ];
        if cfg!(windows) {
            let state = self.state.display();
            warnings.push(format!("whoever may read {state} reads the secrets of jobs there"));
        }
        Ok(Engine { name: format!("plain processes on {}", std::env::consts::OS), warnings })
    }

    async fn has_image(&self, _image: &str) -> Result<bool, RuntimeError> {
        Ok(true)
    }

    async fn pull_image(
        &self,
        _image: &str,
        _progress: &mut (dyn FnMut(PullProgress) + Send),
    ) -> Result<(), RuntimeError> {
        Ok(())
    }

    async fn start(&self, spec: &ContainerSpec) -> Result<ContainerId, RuntimeError> {
        refuse_unsupported(spec)?;
        let name = spec.name.clone().unwrap_or_else(|| format!("{:016x}", fastrand::u64(..)));
        let subject = || format!("the container {name}");
        let refused = |message: String| RuntimeError::Failed {
            operation: "start",
            subject: subject(),
            message,
            transient: false,
        };
        if !folder::is_name(&name) {
            return Err(refused("only letters, digits, `-`, `_` and `.` make a name".to_owned()));
        }
        let folder = Folder::create(self.state.join(&name), spec);
        let folder = folder.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => refused("there is one of this name".to_owned()),
            _ => RuntimeError::io("create", &self.state.join(&name), &error),
        })?;
        if let Err(error) = self.supervise(&folder).await {
            // It may have begun at this moment.
            folder.kill();
            let _ = folder.remove();
            return Err(refused(error.to_string()));
        }
        Ok(ContainerId(name))
    }

    async fn wait(&self, container: &ContainerId) -> Result<Exit, RuntimeError> {
        let exit = self.ended(container).await?;
        exit.ok_or_else(|| RuntimeError::NoContainer { container: container.to_string() })
    }

    async fn logs(&self, container: &ContainerId, from: u64) -> Result<LogStream, RuntimeError> {
        let log = self.folder(container)?.log();
        let (processes, container) = (self.clone(), container.clone());
        let ended = async move { processes.wait(&container).await.map(|_| ()) };
        Ok(tail::follow(log, from, ended))
    }

    async fn list(
        &self,
        labels: &BTreeMap<String, String>,
    ) -> Result<Vec<Container>, RuntimeError> {
        let entries = fs::read_dir(&self.state).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let entries =
            entries.map_err(|error| RuntimeError::io("look into", &self.state, &error))?;
        let mut containers = Vec::new();
        for entry in entries {
            let id = ContainerId(entry.file_name().to_string_lossy().into_owned());
            match self.inspect(&id).await {
                Ok(container) => containers.push(container),
                // It went in between.
                Err(RuntimeError::NoContainer { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let wanted = |container: &Container| {
            labels.iter().all(|(name, value)| container.labels.get(name) == Some(value))
        };
        containers.retain(wanted);
        containers.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        for container in &mut containers {
            container.environment.clear();
        }
        Ok(containers)
    }

    async fn inspect(&self, container: &ContainerId) -> Result<Container, RuntimeError> {
        let folder = self.folder(container)?;
        match folder.read(container) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(RuntimeError::NoContainer { container: container.to_string() })
            }
            found => found.map_err(|error| RuntimeError::io("look at", folder.path(), &error)),
        }
    }

    async fn stop(&self, container: &ContainerId, grace: Duration) -> Result<(), RuntimeError> {
        let Some(folder) = self.find(container)? else { return Ok(()) };
        let asked = folder.ask_to_end(grace);
        asked.map_err(|error| RuntimeError::io("stop", folder.path(), &error))?;
        match tokio::time::timeout(grace.saturating_add(GONE), self.ended(container)).await {
            Ok(ended) => ended.map(|_| ()),
            Err(_) => Err(RuntimeError::Failed {
                operation: "stop",
                subject: format!("the container {container}"),
                message: "its processes do not end, even after KILL".to_owned(),
                transient: true,
            }),
        }
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), RuntimeError> {
        self.stop(container, Duration::ZERO).await?;
        let Some(folder) = self.find(container)? else { return Ok(()) };
        folder.kill();
        folder.remove().map_err(|error| RuntimeError::io("remove", folder.path(), &error))
    }

    async fn sweep(&self) -> Result<(), RuntimeError> {
        // A container is its folder here, and leaves nothing beside it.
        Ok(())
    }

    async fn create_volume(&self, volume: &Volume) -> Result<(), RuntimeError> {
        unsupported("a volume", &volume.name)
    }

    async fn list_volumes(
        &self,
        _labels: &BTreeMap<String, String>,
    ) -> Result<Vec<Volume>, RuntimeError> {
        Ok(Vec::new())
    }

    async fn remove_volume(&self, _name: &str) -> Result<(), RuntimeError> {
        Ok(())
    }
}

/// Refuses what a plain process cannot have.
fn refuse_unsupported(spec: &ContainerSpec) -> Result<(), RuntimeError> {
    if spec.command.is_empty() {
        return unsupported("the program of an image", &spec.image);
    }
    if let Some(user) = &spec.user {
        return unsupported("a user of its own:", user);
    }
    if let Some(mount) = spec.mounts.first() {
        return unsupported("a mount at", &mount.target);
    }
    if spec.network != Network::Default {
        return unsupported("a network of its own:", &format!("{:?}", spec.network));
    }
    if spec.restrictions.privileges != Privileges::Default {
        return unsupported("fewer rights:", &format!("{:?}", spec.restrictions.privileges));
    }
    if spec.restrictions.read_only_root {
        return unsupported("a root file system", "that is read-only");
    }
    if spec.limits != Limits::default() {
        return unsupported("limits:", &format!("{:?}", spec.limits));
    }
    Ok(())
}

fn unsupported(option: &'static str, value: &str) -> Result<(), RuntimeError> {
    Err(RuntimeError::Unsupported { runtime: NAME, option, value: value.to_owned() })
}
