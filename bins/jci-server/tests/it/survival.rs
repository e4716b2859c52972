//! The server is killed again and again, at moments that a seed chooses, while jobs come and go.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, mpsc};
use std::time::Duration;

use http::Method;
use jci_proto::{
    AttemptName, AttemptResult, Hidden, JobOffer, PollAnswer, PollRequest, Verdict, WebhookAnswer,
};
use jci_testkit::thorough;

use crate::client::Client;
use crate::server::{RUNNER_SECRET, WEBHOOK_SECRET};
use crate::world::{World, push_body, sign};

/// How often the server is killed, unless more is asked for.
const KILLS: usize = 200;
/// How many pushes there are for each of them.
const PUSHES: usize = 2;

/// Where the server is now, for those who outlive it.
struct Address {
    now: Mutex<String>,
    changed: Condvar,
}

impl Address {
    fn is(&self, address: &str) {
        address.clone_into(&mut self.now.lock().unwrap());
        self.changed.notify_all();
    }

    /// Returns where the server is, once that is not where it was any more; it may be there still.
    fn other_than(&self, address: &str) -> String {
        let now = self.now.lock().unwrap();
        let moment = Duration::from_millis(20);
        let (now, _) = self.changed.wait_timeout_while(now, moment, |now| *now == address).unwrap();
        now.clone()
    }
}

/// Sends a request until the server answers it with less than 500.
fn insist(address: &Address, make: impl Fn(&Client) -> reqwest::RequestBuilder) -> (u16, Vec<u8>) {
    let mut tried = address.other_than("");
    loop {
        let client = Client::new(&tried);
        match client.try_send(make(&client)) {
            Ok(answer) if answer.status.as_u16() < 500 => {
                return (answer.status.as_u16(), answer.body);
            }
            _ => tried = address.other_than(&tried),
        }
    }
}

fn insist_on_json<T: serde::de::DeserializeOwned>(
    address: &Address,
    make: impl Fn(&Client) -> reqwest::RequestBuilder,
) -> T {
    let (status, body) = insist(address, make);
    assert!(status < 300, "{status}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

/// Runs jobs until there is nothing left to do; returns each attempt whose result was taken.
fn run_jobs(address: &Address, done: &AtomicBool) -> Vec<AttemptName> {
    let mut ended = Vec::new();
    let mut round = 0;
    loop {
        round += 1;
        // Before the question, so that what came last is not missed.
        let last = done.load(Ordering::SeqCst);
        let request = PollRequest {
            runner_id: "one".to_owned(),
            secret: Hidden(RUNNER_SECRET.to_owned()),
            wait: Some(u32::from(!last)),
            labels: Vec::new(),
            running: Some(Vec::new()),
            request: Some(format!("r{round}")),
        };
        let body = serde_json::to_vec(&request).unwrap();
        let poll = |client: &Client| client.request(Method::POST, "/poll").body(body.clone());
        match insist_on_json::<PollAnswer>(address, poll).job {
            Some(offer) => ended.extend(run_job(address, &offer)),
            None if last => return ended,
            None => {}
        }
    }
}

/// Runs one job, unless somebody else has it by now.
fn run_job(address: &Address, offer: &JobOffer) -> Option<AttemptName> {
    let lease = offer.lease.as_ref().unwrap();
    let base = format!("/api/v1/jobs/{}/attempts/{}", offer.job_id, lease.attempt);
    let call = |method: Method, path: &str, body: Vec<u8>| {
        let path = format!("{base}{path}");
        insist(address, |client| {
            let request = client.request(method.clone(), &path).bearer_auth(&lease.token.0);
            request.body(body.clone())
        })
    };
    let (started, _) = call(Method::POST, "/start", Vec::new());
    let (logged, _) = call(Method::PUT, "/log?offset=0", b"did it\n".to_vec());
    let result = AttemptResult { status: Verdict::Ok, exit_code: Some(0), reason: None, run: None };
    let (finished, said) = call(Method::POST, "/result", serde_json::to_vec(&result).unwrap());
    let said = String::from_utf8_lossy(&said);
    assert_eq!((started, logged, finished), (204, 200, 204), "{said}");
    Some(AttemptName { job: offer.job_id.clone(), attempt: lease.attempt })
}

/// Tells the server of pushes as they come; returns the jobs.
fn tell_of(address: &Address, pushes: &mpsc::Receiver<String>) -> HashSet<String> {
    let tell = |commit: String| {
        let body = push_body(&commit, "refs/heads/main");
        let answer: WebhookAnswer = insist_on_json(address, |client| {
            let request = client.request(Method::POST, "/webhook");
            let request = request.header("x-gitea-event", "push");
            let request = request.header("x-gitea-delivery", commit.as_str());
            request.header("x-gitea-signature", sign(&body, WEBHOOK_SECRET)).body(body.clone())
        });
        answer.job.unwrap()
    };
    pushes.iter().map(tell).collect()
}

#[test]
fn no_kill_loses_a_job_or_runs_it_twice_or_leaves_a_status_wrong() {
    let seed = std::env::var("JCI_TEST_SEED").map_or(20_261_121, |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    let kills = if thorough() { 50 * KILLS } else { KILLS };
    let mut world = World::with(&[("JCI_MAX_JOBS", "0")]);
    let commit = |number: usize| world.work.commit(&number.to_string());
    let commits: Vec<String> = (0..kills * PUSHES).map(commit).collect();
    world.work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
    let address = Address { now: Mutex::default(), changed: Condvar::new() };
    address.is(world.server.address());
    let (push, pushes) = mpsc::channel();
    let done = AtomicBool::new(false);

    let (jobs, ended) = std::thread::scope(|scope| {
        let (address, done) = (&address, &done);
        let runner = scope.spawn(|| run_jobs(address, done));
        let forge = scope.spawn(move || {
            let jobs = tell_of(address, &pushes);
            done.store(true, Ordering::SeqCst);
            jobs
        });
        // Between two kills there is always something under way.
        for commits in commits.chunks(PUSHES) {
            commits.iter().for_each(|commit| push.send(commit.clone()).unwrap());
            std::thread::sleep(Duration::from_millis(random.u64(0..120)));
            world.server.kill();
            world.server.start_again();
            address.is(world.server.address());
        }
        drop(push);
        (forge.join().unwrap(), runner.join().unwrap())
    });
    assert_eq!(jobs.len(), commits.len(), "seed {seed}: one job a commit");
    let distinct: HashSet<&str> = ended.iter().map(|attempt| attempt.job.as_str()).collect();
    assert_eq!(distinct.len(), ended.len(), "seed {seed}: no job ran twice");
    assert_eq!(distinct.len(), jobs.len(), "seed {seed}: no job was lost");
    for commit in &commits {
        world.wait_for_status(commit, "success");
    }
}
