//! The container that holds a namespace: it does nothing, but answers when it is asked what there is.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use jci_runtime::{
    Container, ContainerId, ContainerSpec, Mount, MountSource, Network, Privileges, Restrictions,
    Runtime, RuntimeError,
};
use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};

use super::files::{Files, remove_folder};
use crate::attempt::RUNNER;

/// So long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The label with the name of the namespace that it holds.
const HOLDS: &str = "jci-holds-namespace";
/// The folder for the pipes by which they are asked, in that of the runner.
const FOLDER: &str = "namespaces";
/// Where a container finds its pipe.
const ASK: &str = "/.jci-ask";

/// Says by means of the shell alone what the engine has put into `/etc`, and which sockets there are;
/// those once more for each line that comes by the pipe. Meanwhile it waits, and takes no time.
const SCRIPT: &str = r#"show() {
    while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$1"
}
end() {
    printf '\0'
}
show /etc/hosts; end; show /etc/hostname; end; show /etc/resolv.conf; end
exec 3<>/.jci-ask
while :; do
    for table in /proc/net/tcp /proc/net/tcp6; do
        if [ -r "$table" ]; then show "$table"; fi
    done
    end
    read -r asked <&3 || exit 1
done"#;

/// Fails because a container does not hold a namespace, or not any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum PauseError {
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    #[error("the pipe of the container that holds it cannot be used")]
    Pipe(#[source] io::Error),
    #[error("the container that holds it has ended")]
    Ended,
    #[error("the container that holds it does not answer")]
    Silent,
}

/// A container that holds a namespace.
#[derive(Debug)]
pub(super) struct Pause {
    pub(super) container: ContainerId,
    /// The pipe by which it is asked.
    pipe: PathBuf,
    /// How much of what it said was heard.
    heard: u64,
}

/// What it says of itself.
pub(super) struct Said {
    pub(super) files: Files,
    /// The kernel's tables of sockets.
    pub(super) sockets: String,
}

/// Returns the labels of all containers of a runner.
pub(crate) fn labels_of(runner: &str) -> BTreeMap<String, String> {
    [(RUNNER.to_owned(), runner.to_owned())].into()
}

/// Returns the name of the namespace that a container holds, if it is such a container.
pub(crate) fn held_by(container: &Container) -> Option<&str> {
    container.labels.get(HOLDS).map(String::as_str)
}

impl Pause {
    /// Starts a container that holds a new namespace of a name, for a runner.
    pub(super) async fn start(
        runtime: &dyn Runtime,
        folder: &Path,
        name: &str,
        runner: &str,
        image: &str,
        network: Network,
    ) -> Result<Self, PauseError> {
        let pipe = make_pipe(&folder.join(FOLDER), name).map_err(PauseError::Pipe)?;
        let mut labels = labels_of(runner);
        labels.insert(HOLDS.to_owned(), name.to_owned());
        let spec = ContainerSpec { labels, ..spec(image, pipe.clone(), network) };
        match runtime.start(&spec).await {
            Ok(container) => Ok(Self { container, pipe, heard: 0 }),
            Err(error) => {
                let _ = fs::remove_file(&pipe);
                Err(error.into())
            }
        }
    }

    /// Returns what it says by itself when it begins.
    pub(super) async fn say(&mut self, runtime: &dyn Runtime) -> Result<Said, PauseError> {
        let [hosts, hostname, servers, sockets] = self.hear(runtime).await?;
        let sockets = String::from_utf8_lossy(&sockets).into_owned();
        Ok(Said { files: Files::new([hosts, hostname, servers]), sockets })
    }

    /// Asks which sockets there are now.
    pub(super) async fn ask(&mut self, runtime: &dyn Runtime) -> Result<String, PauseError> {
        let mut options = OpenOptions::new();
        // Fails where nobody listens.
        options.write(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        let asked = options.open(&self.pipe).and_then(|mut pipe| pipe.write_all(b"?\n"));
        asked.map_err(PauseError::Pipe)?;
        let [sockets] = self.hear(runtime).await?;
        Ok(String::from_utf8_lossy(&sockets).into_owned())
    }

    /// Hears the next parts of what it says, each of which ends with a zero.
    async fn hear<const N: usize>(
        &mut self,
        runtime: &dyn Runtime,
    ) -> Result<[Vec<u8>; N], PauseError> {
        let hearing = async {
            let mut log = runtime.logs(&self.container, self.heard).await?;
            let mut said = Vec::new();
            while let Some(piece) = log.next().await {
                said.extend_from_slice(&piece?);
                if let Some(parts) = parts(&said) {
                    self.heard += said.len() as u64;
                    return Ok(parts);
                }
            }
            Err(PauseError::Ended)
        };
        tokio::time::timeout(PATIENCE, hearing).await.unwrap_or(Err(PauseError::Silent))
    }

    /// Removes the container, and the namespace once nobody is in it.
    pub(super) async fn remove(&self, runtime: &dyn Runtime) -> Result<(), RuntimeError> {
        // One that is left is in nobody's way.
        let _ = fs::remove_file(&self.pipe);
        runtime.remove(&self.container).await
    }
}

#[cfg(test)]
impl Pause {
    /// Returns one that holds nothing.
    pub(super) fn of_nothing() -> Self {
        Self { container: ContainerId(String::new()), pipe: PathBuf::new(), heard: 0 }
    }
}

/// Takes apart what was said; `None` if that is not all.
fn parts<const N: usize>(said: &[u8]) -> Option<[Vec<u8>; N]> {
    let parts = said.split_inclusive(|byte| *byte == 0);
    let parts: Option<Vec<Vec<u8>>> =
        parts.map(|part| Some(part.strip_suffix(b"\0")?.to_vec())).collect();
    parts?.try_into().ok()
}

fn make_pipe(folder: &Path, name: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = std::path::absolute(folder.join(name))?;
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
    // Root of a container without rights is anybody.
    fs::set_permissions(&path, Permissions::from_mode(0o666))?;
    Ok(path)
}

fn spec(image: &str, pipe: PathBuf, network: Network) -> ContainerSpec {
    ContainerSpec {
        image: image.to_owned(),
        command: ["/bin/sh", "-c", SCRIPT].map(ToOwned::to_owned).into(),
        mounts: vec![Mount {
            source: MountSource::Host(pipe),
            target: ASK.to_owned(),
            read_only: false,
        }],
        restrictions: Restrictions {
            privileges: Privileges::Only(Vec::new()),
            read_only_root: true,
            init: false,
        },
        network,
        ..ContainerSpec::default()
    }
}

/// Removes the pipes that an earlier process left.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    remove_folder(&folder.join(FOLDER))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn nothing_is_heard_before_all_has_been_said() {
        let said = b"127.0.0.1\tlocalhost\n\0a1b2\n\0";
        for length in 0..said.len() {
            assert_eq!(parts::<2>(&said[..length]), None, "{length}");
        }
        let expected = ["127.0.0.1\tlocalhost\n", "a1b2\n"].map(|part| part.as_bytes().to_vec());
        assert_eq!(parts(said), Some(expected));
    }

    #[test]
    fn a_shell_answers_as_often_as_it_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = make_pipe(folder.path(), "one").unwrap();
        let script = SCRIPT.replace(ASK, pipe.to_str().unwrap());
        let mut shell = Command::new("/bin/sh");
        let mut shell = shell.args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(shell.stdout.take().unwrap());
        let mut part = || {
            let mut part = Vec::new();
            out.read_until(0, &mut part).unwrap();
            String::from_utf8(part).unwrap()
        };
        assert!(part().contains("localhost"));
        let (_hostname, _servers) = (part(), part());
        for _ in 0..3 {
            assert!(part().contains("local_address"));
            OpenOptions::new().write(true).open(&pipe).unwrap().write_all(b"?\n").unwrap();
        }
        shell.kill().unwrap();
        shell.wait().unwrap();
    }
}
