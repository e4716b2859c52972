//! Plain processes of a machine with Windows.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jci_runtime::{
    ContainerId, ContainerSpec, EnvValue, Exit, ExitReason, HostProcesses, Phase, Runtime as _,
    SecretString,
};
use tempfile::TempDir;

/// What is left of a process that was killed.
const KILLED: i64 = 137;

/// A folder with containers, whose supervisors are this test binary once more.
struct Place {
    runtime: HostProcesses,
    folder: TempDir,
}

/// Supervises, and tells by which number it can be killed.
#[test]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn supervisor() {
    let folder = env::args_os().next_back().unwrap();
    fs::write(Path::new(&folder).join("pid"), std::process::id().to_string()).unwrap();
    jci_runtime::supervise(Path::new(&folder)).unwrap();
}

/// A job that has a file locked until another appears.
#[test]
#[ignore = "not a test: the other tests start it as a process of its own"]
fn job() {
    let folder = env::var("FOLDER").unwrap();
    let file = File::create(Path::new(&folder).join("locked")).unwrap();
    file.lock().unwrap();
    println!("begun");
    while !Path::new(&folder).join("go").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { runtime: open(&state(&folder)), folder }
    }

    /// Starts the job that waits.
    async fn start_waiting(&self) -> ContainerId {
        let this = env::current_exe().unwrap();
        let this = [this.to_str().unwrap()];
        let mut spec = command(&[&this[..], &asked_for("windows::job")].concat());
        let folder = self.folder.path().to_string_lossy().into_owned();
        spec.environment.insert("FOLDER".to_owned(), EnvValue::Plain(folder));
        let container = self.runtime.start(&spec).await.unwrap();
        let mut log = self.runtime.logs(&container, 0).await.unwrap();
        let mut written = Vec::new();
        while !String::from_utf8_lossy(&written).contains("begun") {
            written.extend_from_slice(&log.try_next().await.unwrap().unwrap());
        }
        container
    }

    /// Waits until nobody has the file locked: as long as it takes, or the test does not end.
    fn until_unlocked(&self) {
        let file = File::options().write(true).open(self.folder.path().join("locked")).unwrap();
        file.lock().unwrap();
    }

    async fn log(&self, container: &ContainerId, from: u64) -> String {
        let log = self.runtime.logs(container, from).await.unwrap();
        String::from_utf8(log.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap()
    }

    /// Removes all containers; asserts that no file is left of them.
    async fn remove_all(&self) {
        for container in self.runtime.list(&BTreeMap::new()).await.unwrap() {
            self.runtime.remove(&container.id).await.unwrap();
        }
        assert_eq!(fs::read_dir(state(&self.folder)).unwrap().count(), 0);
    }
}

/// Where the runtime keeps what is known of containers.
fn state(folder: &TempDir) -> PathBuf {
    folder.path().join("state")
}

fn open(state: &Path) -> HostProcesses {
    let this = env::current_exe().unwrap();
    HostProcesses::new(state, this, asked_for("windows::supervisor")).unwrap()
}

/// What asks this test binary for one of these.
fn asked_for(entry: &str) -> [&str; 4] {
    ["--ignored", "--exact", entry, "--nocapture"]
}

fn command(words: &[&str]) -> ContainerSpec {
    let command = words.iter().map(ToString::to_string).collect();
    ContainerSpec { command, ..ContainerSpec::default() }
}

#[tokio::test]
async fn a_command_with_its_log_and_its_end() {
    let place = Place::new();
    let mut spec = command(&["cmd", "/d", "/c", "echo out& echo %PLAIN% %SECRET%>&2& exit 3"]);
    spec.name = Some("one".to_owned());
    spec.labels.insert("job".to_owned(), "7".to_owned());
    spec.environment = BTreeMap::from([
        ("PLAIN".to_owned(), EnvValue::Plain("for all".to_owned())),
        ("SECRET".to_owned(), EnvValue::Secret(SecretString::from("for few"))),
    ]);
    let container = place.runtime.start(&spec).await.unwrap();
    let exit = place.runtime.wait(&container).await.unwrap();
    assert_eq!((exit.code, &exit.reason), (3, &ExitReason::Ended));
    assert_eq!(place.log(&container, 0).await, "out\r\nfor all for few\r\n");
    assert_eq!(place.log(&container, 5).await, "for all for few\r\n");
    let found = place.runtime.inspect(&container).await.unwrap();
    assert_eq!((found.phase, &found.labels), (Phase::Ended(exit), &spec.labels));
    place.remove_all().await;
}

#[tokio::test]
async fn a_job_has_no_variables_but_its_own() {
    let place = Place::new();
    let container = place.runtime.start(&command(&["cmd", "/d", "/c", "set"])).await.unwrap();
    let log = place.log(&container, 0).await.to_uppercase();
    // cargo gives this test many, and Wine some.
    let mut own = env::vars().map(|(name, _)| format!("\n{}=", name.to_uppercase()));
    assert!(own.any(|name| !log.contains(&name)), "{log}");
    assert!(!log.contains("CARGO"), "{log}");
    assert!(log.contains("PATH=") && log.contains("SYSTEMROOT="), "{log}");
    place.remove_all().await;
}

#[tokio::test]
async fn it_outlives_the_program_that_started_it() {
    let place = Place::new();
    let container = place.start_waiting().await;
    // Another program finds it by the folder alone.
    let again = open(&state(&place.folder));
    let found = again.list(&BTreeMap::new()).await.unwrap();
    assert_eq!((&found[0].id, &found[0].phase), (&container, &Phase::Running));
    fs::write(place.folder.path().join("go"), "").unwrap();
    assert_eq!(again.wait(&container).await.unwrap().code, 0);
    place.remove_all().await;
}

#[tokio::test]
async fn what_is_stopped_is_killed() {
    let place = Place::new();
    let container = place.start_waiting().await;
    place.runtime.stop(&container, Duration::from_secs(5)).await.unwrap();
    let Exit { code, reason, .. } = place.runtime.wait(&container).await.unwrap();
    assert_eq!((code, reason), (KILLED, ExitReason::Ended));
    place.until_unlocked();
    place.remove_all().await;
}

#[tokio::test]
async fn one_whose_supervisor_was_killed_is_lost_and_leaves_no_process() {
    let place = Place::new();
    let container = place.start_waiting().await;
    let folder = state(&place.folder).join(&container.0);
    let pid = fs::read_to_string(folder.join("pid")).unwrap();
    assert!(Command::new("taskkill").args(["/f", "/pid", &pid]).status().unwrap().success());
    let exit = place.runtime.wait(&container).await.unwrap();
    assert!(matches!(exit.reason, ExitReason::Lost(_)), "{exit:?}");
    place.until_unlocked();
    place.remove_all().await;
}

#[tokio::test]
async fn a_program_that_is_not_there() {
    let place = Place::new();
    let container = place.runtime.start(&command(&["no-such-program"])).await.unwrap();
    let exit = place.runtime.wait(&container).await.unwrap();
    let ExitReason::Lost(why) = exit.reason else { panic!("{exit:?}") };
    assert!(why.contains("no-such-program"), "{why}");
    place.remove_all().await;
}

#[tokio::test]
async fn who_reads_what_is_secret_is_said() {
    let place = Place::new();
    let warnings = place.runtime.engine().await.unwrap().warnings;
    let state = state(&place.folder).display().to_string();
    assert!(warnings.iter().any(|warning| warning.contains(&state)), "{warnings:?}");
}
