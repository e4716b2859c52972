//! Plain processes of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use insta::assert_snapshot;
use jci_runtime::{
    ContainerId, ContainerSpec, EnvValue, ExitReason, HostProcesses, Limits, Phase, Runtime as _,
    SecretString,
};
use secrecy::ExposeSecret as _;

/// A folder with containers. What still runs there ends with it.
struct Place {
    runtime: HostProcesses,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { runtime: open(folder.path()), folder }
    }

    async fn log(&self, container: &ContainerId, from: u64) -> Vec<u8> {
        let log = self.runtime.logs(container, from).await.unwrap();
        log.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    async fn until_written(&self, container: &ContainerId, text: &str) {
        let mut log = self.runtime.logs(container, 0).await.unwrap();
        let mut written = Vec::new();
        while !String::from_utf8_lossy(&written).contains(text) {
            written.extend_from_slice(&log.try_next().await.unwrap().unwrap());
        }
    }

    /// Removes all containers; asserts that no file is left of them.
    async fn remove_all(&self) {
        for container in self.runtime.list(&BTreeMap::new()).await.unwrap() {
            self.runtime.remove(&container.id).await.unwrap();
        }
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), 0);
    }

    /// The processes of a container, and its supervisor.
    fn processes(&self, container: &ContainerId) -> Vec<PathBuf> {
        let marker = format!("JCI_CONTAINER={container}\0");
        let folder = self.folder.path().join(&container.0).into_os_string().into_string().unwrap();
        let found = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
        found
            .filter(|process| {
                let read = |file| fs::read(process.join(file)).unwrap_or_default();
                String::from_utf8_lossy(&read("environ")).contains(&marker)
                    || String::from_utf8_lossy(&read("cmdline")).contains(&folder)
            })
            .collect()
    }

    fn supervisor(&self, container: &ContainerId) -> String {
        let found = self.processes(container).into_iter().find(|process| {
            String::from_utf8_lossy(&fs::read(process.join("cmdline")).unwrap_or_default())
                .contains("--supervise")
        });
        found.unwrap().file_name().unwrap().to_str().unwrap().to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let left = fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        for entry in left {
            let id = ContainerId(entry.file_name().to_string_lossy().into_owned());
            for process in self.processes(&id) {
                let _ =
                    Command::new("kill").arg("-KILL").arg(process.file_name().unwrap()).status();
            }
        }
    }
}

/// The example of this crate supervises, as the program that embeds it would.
fn open(folder: &Path) -> HostProcesses {
    let test = std::env::current_exe().unwrap();
    let example = test.ancestors().nth(2).unwrap().join("examples/run");
    assert!(example.is_file(), "{} is built with the tests", example.display());
    HostProcesses::new(folder, example, ["--supervise"]).unwrap()
}

fn script(script: &str) -> ContainerSpec {
    ContainerSpec {
        command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        ..ContainerSpec::default()
    }
}

#[tokio::test]
async fn a_script_with_its_log_and_its_end() {
    let place = Place::new();
    let mut spec =
        script(r"printf 'out \377'; printf ' err' >&2; echo $PLAIN $SECRET; ls -A; exit 3");
    spec.name = Some("one".to_owned());
    spec.environment = BTreeMap::from([
        ("PLAIN".to_owned(), EnvValue::Plain("for all".to_owned())),
        ("SECRET".to_owned(), EnvValue::Secret(SecretString::from("for few"))),
    ]);
    spec.labels.insert("job".to_owned(), "7".to_owned());

    let container = place.runtime.start(&spec).await.unwrap();
    let exit = place.runtime.wait(&container).await.unwrap();

    assert_eq!((exit.code, &exit.reason), (3, &ExitReason::Ended));
    let log = place.log(&container, 0).await;
    assert_eq!(log, b"out \xff errfor all for few\n");
    assert_eq!(place.log(&container, 4).await, &log[4..]);
    let found = place.runtime.inspect(&container).await.unwrap();
    assert_eq!(found.phase, Phase::Ended(exit));
    assert_eq!(found.environment["SECRET"].expose_secret(), "for few");
    assert_eq!(found.labels, spec.labels);
    place.remove_all().await;
}

#[tokio::test]
async fn a_job_has_no_variables_but_its_own() {
    let place = Place::new();
    let container = place.runtime.start(&script("env")).await.unwrap();
    let log = String::from_utf8(place.log(&container, 0).await).unwrap();
    // cargo and nextest give this test many.
    assert!(!log.contains("CARGO"), "{log}");
    assert!(log.contains("PATH="), "{log}");
    place.remove_all().await;
}

#[tokio::test]
async fn only_the_owner_reads_what_is_secret() {
    let place = Place::new();
    let mut spec = script("sleep 600");
    let secret = EnvValue::Secret(SecretString::from("v3ry-s3cret"));
    spec.environment.insert("TOKEN".to_owned(), secret);
    let container = place.runtime.start(&spec).await.unwrap();

    let folder = place.folder.path().join(&container.0);
    for path in [place.folder.path(), &folder, &folder.join("record"), &folder.join("log")] {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    for process in place.processes(&container) {
        let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&arguments).contains("v3ry-s3cret"));
    }
    place.remove_all().await;
    assert!(place.processes(&container).is_empty());
}

#[tokio::test]
async fn a_list_has_what_bears_all_labels_oldest_first() {
    let place = Place::new();
    let mut ids = Vec::new();
    for number in ["1", "2"] {
        let mut spec = script("sleep 600");
        spec.labels.insert("number".to_owned(), number.to_owned());
        spec.labels.insert("all".to_owned(), "yes".to_owned());
        ids.push(place.runtime.start(&spec).await.unwrap());
    }
    let list = async |name: &str, value: &str| -> Vec<ContainerId> {
        let labels = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let found = place.runtime.list(&labels).await.unwrap();
        found.into_iter().map(|container| container.id).collect()
    };
    assert_eq!(list("all", "yes").await, ids);
    assert_eq!(list("number", "2").await, &ids[1..]);
    assert!(list("number", "3").await.is_empty());
    place.remove_all().await;
}

#[tokio::test]
async fn it_outlives_the_program_that_started_it() {
    let place = Place::new();
    let go = place.folder.path().with_extension("go");
    let wait = format!("echo begun; while [ ! -e {} ]; do sleep 0.02; done; exit 4", go.display());
    let container = place.runtime.start(&script(&wait)).await.unwrap();
    place.until_written(&container, "begun").await;

    // Another program finds it by the folder alone.
    let again = open(place.folder.path());
    let found = again.list(&BTreeMap::new()).await.unwrap();
    assert_eq!(found[0].id, container);
    assert_eq!(found[0].phase, Phase::Running);
    fs::write(&go, "").unwrap();
    assert_eq!(again.wait(&container).await.unwrap().code, 4);
    fs::remove_file(go).unwrap();
    place.remove_all().await;
}

#[tokio::test]
async fn what_is_asked_to_end_has_time_to() {
    let place = Place::new();
    let trap = "trap 'echo asked; exit 9' TERM; echo ready; while :; do sleep 0.02; done";
    let container = place.runtime.start(&script(trap)).await.unwrap();
    place.until_written(&container, "ready").await;

    place.runtime.stop(&container, Duration::from_secs(5)).await.unwrap();

    assert_eq!(place.runtime.wait(&container).await.unwrap().code, 9);
    // Its children are asked too, which the shell may remark upon.
    assert!(place.log(&container, 0).await.ends_with(b"asked\n"));
    place.runtime.stop(&container, Duration::from_secs(5)).await.unwrap();
    place.remove_all().await;
}

#[tokio::test]
async fn what_does_not_listen_and_what_hides_is_killed() {
    let place = Place::new();
    let deaf = "trap '' TERM; setsid sh -c 'sleep 600' & echo ready; while :; do sleep 0.02; done";
    let container = place.runtime.start(&script(deaf)).await.unwrap();
    place.until_written(&container, "ready").await;

    place.runtime.stop(&container, Duration::from_millis(10)).await.unwrap();

    assert_eq!(place.runtime.wait(&container).await.unwrap().code, 137);
    assert!(place.processes(&container).is_empty());
    place.remove_all().await;
}

#[tokio::test]
async fn one_whose_supervisor_was_killed_is_lost_and_leaves_no_process() {
    let place = Place::new();
    let container = place.runtime.start(&script("echo ready; sleep 600")).await.unwrap();
    place.until_written(&container, "ready").await;

    let supervisor = place.supervisor(&container);
    assert!(Command::new("kill").args(["-KILL", &supervisor]).status().unwrap().success());

    let exit = place.runtime.wait(&container).await.unwrap();
    assert!(matches!(exit.reason, ExitReason::Lost(_)), "{exit:?}");
    place.remove_all().await;
    assert!(place.processes(&container).is_empty());
}

#[tokio::test]
async fn a_program_that_is_not_there() {
    let place = Place::new();
    let spec =
        ContainerSpec { command: vec!["/no/such/program".to_owned()], ..ContainerSpec::default() };
    let container = place.runtime.start(&spec).await.unwrap();
    let exit = place.runtime.wait(&container).await.unwrap();
    let ExitReason::Lost(why) = exit.reason else { panic!("{exit:?}") };
    assert!(why.contains("/no/such/program"), "{why}");
    place.remove_all().await;
}

#[tokio::test]
async fn a_supervisor_that_does_not_come_leaves_nothing() {
    let place = Place::new();
    let runtime = HostProcesses::new(place.folder.path(), "/bin/false", [""; 0]).unwrap();
    let mut spec = script("");
    spec.name = Some("lost".to_owned());
    let error = runtime.start(&spec).await.unwrap_err();
    assert_snapshot!(error, @"cannot start the container lost: /bin/false is to supervise it, and ends with exit status: 1");
    place.remove_all().await;
}

#[tokio::test]
async fn two_of_one_name_and_names_that_lead_elsewhere() {
    let place = Place::new();
    let mut spec = script("sleep 600");
    spec.name = Some("one".to_owned());
    place.runtime.start(&spec).await.unwrap();
    let error = place.runtime.start(&spec).await.unwrap_err();
    assert_snapshot!(error, @"cannot start the container one: there is one of this name");

    spec.name = Some("../two".to_owned());
    let error = place.runtime.start(&spec).await.unwrap_err();
    assert_snapshot!(error, @"cannot start the container ../two: only letters, digits, `-`, `_` and `.` make a name");
    let elsewhere = ContainerId("../two".to_owned());
    assert!(place.runtime.inspect(&elsewhere).await.is_err());
    place.runtime.remove(&elsewhere).await.unwrap();
    place.remove_all().await;
}

#[tokio::test]
async fn what_it_cannot_do_it_refuses_by_name() {
    let place = Place::new();
    let limited =
        ContainerSpec { limits: Limits { memory: Some(1024), ..Limits::default() }, ..script("") };
    let error = place.runtime.start(&limited).await.unwrap_err();
    assert_snapshot!(error, @"a runtime of plain processes cannot do that: limits: Limits { memory: Some(1024), cpus: None, processes: None, open_files: None, disk: None }");
    let user = ContainerSpec { user: Some("nobody".to_owned()), ..script("") };
    let error = place.runtime.start(&user).await.unwrap_err();
    assert_snapshot!(error, @"a runtime of plain processes cannot do that: a user of its own: nobody");
    place.remove_all().await;
}
