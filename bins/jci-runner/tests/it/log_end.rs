//! Servers are told when a log is at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::stand_in::{Answer, Asked, StandIn};
use crate::world::{World, wait_until};

/// The name of the job that a server gives.
const JOB: &str = "018bcfe5680007070707070707070707";

/// A server that has one job to give, and takes its result when a test says so.
struct OneJob {
    server: StandIn,
    takes_result: Arc<AtomicBool>,
}

impl OneJob {
    fn new(image: &str, script: &str) -> Self {
        let offer = json!({
            "job_id": JOB,
            "clone_url": "http://127.0.0.1:1/git/team/site.git",
            "commit_sha": "1".repeat(40),
            "repo_owner": "team",
            "repo_name": "site",
            "timeout_seconds": 600,
            "image": image,
            "script": BASE64_STANDARD.encode(script),
            "allow_docker_socket": false,
            "attempt": 1,
            "token": "of-the-attempt",
            "lease_seconds": 600,
            "renew_seconds": 1,
            "reference": null,
        });
        let given = AtomicBool::new(false);
        let takes_result = Arc::new(AtomicBool::new(true));
        let takes = Arc::clone(&takes_result);
        let server = StandIn::start(move |asked| match call(asked) {
            "poll" if given.swap(true, Ordering::Relaxed) => {
                ("429 Too Many Requests", "Retry-After: 5", String::new())
            }
            "poll" => ok(&json!({ "job": offer })),
            "heartbeat" => ok(&kept(&asked.body)),
            "log" => ok(&json!({ "offset": offset(asked) + asked.body.len() })),
            "result" if !takes.load(Ordering::Relaxed) => {
                ("503 Service Unavailable", "Retry-After: 1", String::new())
            }
            _ => ("204 No Content", "", String::new()),
        });
        Self { server, takes_result }
    }

    /// Returns what it was asked of one kind.
    fn asked(&self, kind: &str) -> Vec<Asked> {
        self.server.asked().into_iter().filter(|asked| call(asked) == kind).collect()
    }

    /// Waits for the result, and returns what came of the log and of it, in order.
    #[track_caller]
    fn told(&self) -> Vec<Told> {
        wait_until("the result is told", || self.asked("result").into_iter().next());
        let asked = self.server.asked();
        asked.iter().filter_map(Told::of).collect()
    }
}

/// What a server is told of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Piece { offset: usize, piece: String },
    Last { offset: usize, piece: String },
    Result { status: String },
}

impl Told {
    fn of(asked: &Asked) -> Option<Self> {
        let piece = || (offset(asked), String::from_utf8(asked.body.clone()).unwrap());
        match call(asked) {
            "log" if asked.headers.to_ascii_lowercase().contains("jci-log-complete: true\r\n") => {
                let (offset, piece) = piece();
                Some(Self::Last { offset, piece })
            }
            "log" => {
                let (offset, piece) = piece();
                Some(Self::Piece { offset, piece })
            }
            "result" => {
                let result: Value = serde_json::from_slice(&asked.body).unwrap();
                Some(Self::Result { status: result["status"].as_str().unwrap().to_owned() })
            }
            _ => None,
        }
    }
}

/// Returns how a log ends that is told in pieces, the last of which is said to be that, and the
/// result only afterwards.
#[track_caller]
fn whole(told: &[Told]) -> String {
    let mut log = String::new();
    let mut rest = told.iter();
    for told in rest.by_ref() {
        let (Told::Piece { offset, piece } | Told::Last { offset, piece }) = told else {
            panic!("the result comes before the end of the log: {told:?}");
        };
        log.truncate(*offset);
        log.push_str(piece);
        if matches!(told, Told::Last { .. }) {
            break;
        }
    }
    assert!(rest.all(|told| matches!(told, Told::Result { .. })), "{told:?}");
    log
}

/// Returns the last word of the path that a request is for.
fn call(asked: &Asked) -> &str {
    let path = asked.what.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

fn offset(asked: &Asked) -> usize {
    asked.what.rsplit_once("offset=").unwrap().1.parse().unwrap()
}

fn ok(body: &Value) -> Answer {
    ("200 OK", "", body.to_string())
}

/// Answers a heartbeat: whatever runs goes on.
fn kept(beat: &[u8]) -> Value {
    let mut beat: Value = serde_json::from_slice(beat).unwrap();
    let attempts = beat["running"].as_array_mut().unwrap();
    for attempt in &mut *attempts {
        attempt["fate"] = "kept".into();
    }
    json!({ "attempts": attempts })
}

/// Starts the runner of a world for a server that has a job.
fn start(world: &mut World, server: &OneJob) {
    world.runner.set("JCI_SERVER", &format!("http://127.0.0.1:{}", server.server.port));
    world.runner.start("taking jobs");
}

/// Starts a runner for a server whose job runs a script.
fn started(script: &str) -> (World, OneJob) {
    let mut world = World::without_runner(&[], &[]);
    let server = OneJob::new(&world.docker.job_image(), script);
    start(&mut world, &server);
    (world, server)
}

#[test]
fn the_end_of_a_log_is_told_before_the_result() {
    let (_world, server) = started("echo it runs; sleep 1; echo it ends; exit 3\n");
    let told = server.told();
    assert_eq!(whole(&told), "it runs\nit ends\n");
    assert_eq!(told.last(), Some(&Told::Result { status: "err".to_owned() }));
}

#[test]
fn the_end_of_a_log_without_a_byte_is_told() {
    let (_world, server) = started("exit 0\n");
    assert_eq!(server.told()[0], Told::Last { offset: 0, piece: String::new() });
}

#[test]
fn the_end_of_a_log_is_told_of_a_job_that_had_no_container() {
    let mut world = World::without_runner(&[], &[("JCI_IMAGE_PULL", "never")]);
    let server = OneJob::new("ghcr.io/team/tools:9", "echo it runs\n");
    start(&mut world, &server);
    let told = server.told();
    assert_eq!(told[0], Told::Last { offset: 0, piece: String::new() });
    assert!(matches!(told[1..], [Told::Result { .. }, ..]), "{told:?}");
}

#[test]
fn a_runner_that_was_killed_tells_the_end_of_the_log() {
    let (mut world, server) = started("echo it runs; sleep 3; echo it ends\n");
    wait_until("the log has begun", || server.asked("log").into_iter().next());
    world.runner.kill();
    world.runner.start("going on with a job after a restart");
    assert_eq!(whole(&server.told()), "it runs\nit ends\n");
}

#[test]
fn a_runner_that_was_killed_before_its_result_was_taken_tells_the_end_of_the_log_again() {
    let mut world = World::without_runner(&[], &[]);
    let server = OneJob::new(&world.docker.job_image(), "echo it runs\n");
    server.takes_result.store(false, Ordering::Relaxed);
    start(&mut world, &server);
    assert_eq!(whole(&server.told()), "it runs\n");
    world.runner.kill();
    let before = server.server.asked().len();
    server.takes_result.store(true, Ordering::Relaxed);
    world.runner.start("going on with a job after a restart");
    wait_until("the result is told again", || {
        let asked = server.server.asked();
        let told: Vec<_> = asked[before..].iter().filter_map(Told::of).collect();
        let is_told = told.iter().any(|told| matches!(told, Told::Result { .. }));
        is_told.then(|| assert_eq!(whole(&told), "it runs\n"))
    });
}
