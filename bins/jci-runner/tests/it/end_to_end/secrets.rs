//! Where the secrets of a job are while it runs, and after it: in its own environment, and nowhere
//! else.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_testkit::TestRepo;
use serde_json::Value;

use super::left::{self, command_lines};
use super::{WAIT, let_go};
use crate::world::{RUNNER_SECRET, WEBHOOK_SECRET, World, wait_until};

/// A secret, and what it is.
type Secret = (&'static str, String);

/// Says which secrets stand where they are not to.
#[derive(Default)]
struct Leaks(Vec<String>);

impl Leaks {
    fn look(&mut self, secrets: &[Secret], place: &str, text: &[u8]) {
        for (what, secret) in secrets {
            if text.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()) {
                self.0.push(format!("{what}: {place}"));
            }
        }
    }

    /// Looks into all files below a folder.
    fn look_below(&mut self, secrets: &[Secret], folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.look_below(secrets, &path);
            } else if path.is_file()
                && let Ok(bytes) = fs::read(&path)
            {
                // A pipe holds nothing, and would let its reader wait.
                self.look(secrets, &path.display().to_string(), &bytes);
            }
        }
    }
}

/// Reads the token of a job, and the form in which git has it, out of its environment.
fn of_job(environment: &Value) -> [Secret; 2] {
    let header =
        environment.as_array().unwrap().iter().find_map(|line| {
            line.as_str()?.strip_prefix("GIT_CONFIG_VALUE_0=Authorization: Basic ")
        });
    let header = header.expect("the token is in the environment of the job").to_owned();
    let pair = String::from_utf8(BASE64_STANDARD.decode(&header).unwrap()).unwrap();
    let token = pair.strip_prefix("jci:").unwrap().to_owned();
    [("the token of the job", token), ("the token of the job, in base64", header)]
}

#[test]
fn they_are_in_the_environment_of_their_job_and_nowhere_else() {
    let world = World::with(&[], &[("JCI_KEPT_CONTAINERS", "0")]);
    // A job that is careless: it prints all its variables, and stores what git is set to.
    let (_, job) = world.push(&format!(
        "env; cp \"$JCI_REPO_ROOT/.git/config\" \"$JCI_OUTPUT_DIR\"; echo begun; {WAIT}"
    ));
    world.wait_for(&job, "running");
    world.wait_for_line(&job, "begun\n");
    let container = wait_until("the job has a container", || world.containers().pop());
    let inspected = world.docker.run(&["inspect", &container]).success().stdout();
    let mut inspected: Value = serde_json::from_str(&inspected).unwrap();
    let environment = inspected[0]["Config"]["Env"].take();

    let others = [
        ("the token of the forge", world.token.clone()),
        ("the secret of webhooks", WEBHOOK_SECRET.to_owned()),
        ("the secret of runners", RUNNER_SECRET.to_owned()),
    ];
    let all = [&others[..], &of_job(&environment)].concat();
    let mut leaks = Leaks::default();
    leaks.look(&others, "the environment of the job", environment.to_string().as_bytes());
    leaks.look(&all, "what else Docker tells", inspected.to_string().as_bytes());
    for line in command_lines() {
        leaks.look(&all, &line, line.as_bytes());
    }
    // The folder has the databases of the server and of the runner, and the logs of both.
    let folder = world.folder().to_owned();
    leaks.look_below(&all, &folder);
    let_go(&world.site);
    world.wait_for(&job, "ok");

    leaks.look_below(&all, &folder);
    leaks.look(&all, "the log", &world.log(&job));
    leaks.look(&all, "what the runner said", world.runner.log().as_bytes());
    leaks.look(&all, "what the server said", world.server.log().as_bytes());
    // Everything that the forge has, runs among it.
    let copy = TestRepo::new();
    copy.git(&["fetch", "--quiet", world.site.path().to_str().unwrap(), "+refs/*:refs/all/*"]);
    let objects = copy.run("git", &["cat-file", "--batch", "--batch-all-objects"]).success();
    assert!(objects.stdout().contains("JCI_COMMIT="), "the run has what the job printed");
    leaks.look(&all, "what the forge has", objects.stdout_bytes());
    assert_eq!(leaks.0, [""; 0]);
    left::nothing(world);
}
