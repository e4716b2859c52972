//! All that is known of one container.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::private;
use crate::{Container, ContainerId, ContainerSpec, EnvValue, Exit, ExitReason, Phase};

/// The variable by which the processes of a container are found when nobody supervises them.
pub(super) const MARKER: &str = "JCI_CONTAINER";

/// The folder of one container.
///
/// | file | |
/// |---|---|
/// | `record` | what is to be run, with secrets; as long as the folder is there |
/// | `supervisor` | locked by the supervisor as long as it lives |
/// | `log` | what the processes wrote |
/// | `stop` | that they are to end, and the time that they have |
/// | `exit` | how they ended |
/// | `work/` | where the first of them starts |
pub(super) struct Folder(PathBuf);

/// What is to be run. It has no `Debug`.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) command: Vec<String>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) working_folder: Option<String>,
    labels: BTreeMap<String, String>,
    created: Duration,
}

/// How it ended.
#[derive(Serialize, Deserialize)]
struct Ended {
    code: i64,
    lost: Option<String>,
    at: Duration,
}

impl Folder {
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn create(path: PathBuf, spec: &ContainerSpec) -> io::Result<Self> {
        private::create_folder(&path)?;
        let folder = Self(path);
        let environment = spec.environment.iter().map(|(name, value)| {
            let value = match value {
                EnvValue::Plain(value) => value,
                EnvValue::Secret(value) => value.expose_secret(),
            };
            (name.clone(), value.to_owned())
        });
        let record = Record {
            command: spec.command.clone(),
            environment: environment.collect(),
            working_folder: spec.working_folder.clone(),
            labels: spec.labels.clone(),
            created: since_epoch(SystemTime::now()),
        };
        let written = private::create_folder(&folder.work());
        let written = written.and_then(|()| private::create_file(&folder.log()).map(drop));
        // The record comes last: with it, the folder is a container.
        match written.and_then(|()| folder.write("record", &record)) {
            Ok(()) => Ok(folder),
            Err(error) => {
                let _ = folder.remove();
                Err(error)
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The name of the container.
    pub(super) fn name(&self) -> &OsStr {
        self.0.file_name().unwrap_or_default()
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    pub(super) fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    pub(super) fn is_there(&self) -> io::Result<bool> {
        self.0.join("record").try_exists()
    }

    pub(super) fn record(&self) -> io::Result<Record> {
        self.read_file("record")?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Takes the folder for a supervisor, as long as the file is held.
    pub(super) fn begin(&self) -> io::Result<File> {
        // It gets its name when it is locked, so that nobody finds it without.
        let new = self.0.join("supervisor.new");
        let file = private::create_file(&new)?;
        file.try_lock().map_err(|_| io::Error::other("somebody else supervises it"))?;
        fs::rename(new, self.0.join("supervisor"))?;
        Ok(file)
    }

    pub(super) fn has_begun(&self) -> io::Result<bool> {
        self.0.join("supervisor").try_exists()
    }

    pub(super) fn end(&self, exit: &Exit) -> io::Result<()> {
        let lost = match &exit.reason {
            ExitReason::Lost(why) => Some(why.clone()),
            ExitReason::Ended | ExitReason::OutOfMemory => None,
        };
        let at = since_epoch(exit.at.unwrap_or_else(SystemTime::now));
        self.write("exit", &Ended { code: exit.code, lost, at })
    }

    pub(super) fn phase(&self) -> io::Result<Phase> {
        let supervisor = match File::open(self.0.join("supervisor")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Phase::Created),
            supervisor => supervisor?,
        };
        // Shared, so that two who ask do not take each other for the supervisor.
        let supervised = match supervisor.try_lock_shared() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(error)) => return Err(error),
        };
        if supervised {
            return Ok(Phase::Running);
        }
        let ended: Option<Ended> = self.read_file("exit")?;
        Ok(Phase::Ended(ended.map_or_else(|| self.lost(), Exit::from)))
    }

    /// How a container ended whose supervisor is gone, the machine with it perhaps. What is left of
    /// it ends now.
    fn lost(&self) -> Exit {
        self.kill();
        let why = "its supervisor was killed, or the machine was restarted".to_owned();
        Exit { code: -1, reason: ExitReason::Lost(why), at: None }
    }

    pub(super) fn read(&self, id: &ContainerId) -> io::Result<Container> {
        let record = self.record()?;
        let environment =
            record.environment.into_iter().map(|(name, value)| (name, SecretString::from(value)));
        Ok(Container {
            id: id.clone(),
            labels: record.labels,
            created: SystemTime::UNIX_EPOCH + record.created,
            phase: self.phase()?,
            environment: environment.collect(),
        })
    }

    /// Asks the supervisor to end the processes, and to kill them when the grace is over.
    pub(super) fn ask_to_end(&self, grace: Duration) -> io::Result<()> {
        // Who asks for less time means it; who asks for more cannot give back what was taken.
        match self.asked_to_end()? {
            Some(earlier) if earlier <= grace => Ok(()),
            _ => self.write("stop", &grace),
        }
    }

    pub(super) fn asked_to_end(&self) -> io::Result<Option<Duration>> {
        self.read_file("stop")
    }

    /// Kills what is left of a container that nobody supervises.
    pub(super) fn kill(&self) {
        jci_exec::kill_leftovers((MARKER, self.name()));
    }

    pub(super) fn remove(&self) -> io::Result<()> {
        // First what makes it a container, and holds secrets.
        for step in [fs::remove_file(self.0.join("record")), fs::remove_dir_all(&self.0)] {
            match step {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes a file that is there whole or not at all.
    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let temporary = self.0.join(format!("{name}.{:016x}", fastrand::u64(..)));
        let mut file = private::create_file(&temporary)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.sync_all()?;
        fs::rename(temporary, self.0.join(name))
    }

    fn read_file<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.0.join(name)) {
            Ok(bytes) => {
                // What is wrong with it is not said with its contents.
                let value = serde_json::from_slice(&bytes);
                value.map(Some).map_err(|_| io::Error::other(format!("`{name}` is damaged")))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<Ended> for Exit {
    fn from(ended: Ended) -> Self {
        Self {
            code: ended.code,
            reason: ended.lost.map_or(ExitReason::Ended, ExitReason::Lost),
            at: Some(SystemTime::UNIX_EPOCH + ended.at),
        }
    }
}

/// Tells whether a text can be the name of a folder, and of nothing else.
pub(super) fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && name.chars().all(allowed)
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
