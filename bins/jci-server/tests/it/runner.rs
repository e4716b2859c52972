//! A runner that does what it is told, step by step.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use jci_proto::{
    AttemptName, AttemptResult, Fate, Heartbeat, HeartbeatAnswer, Hidden, JobOffer, Lease,
    PollAnswer, PollRequest, Verdict,
};
use jci_testkit::{Environment, Finished};
use serde::Serialize;

use crate::client::{Answer, Client};
use crate::server::RUNNER_SECRET;

/// What stands in for `git jci` where a script of the server runs: `run` makes a run by plain git,
/// as the status says that `$JCI_TEST_STATUS` holds, `push` pushes it.
const GIT_JCI: &str = r#"#!/bin/sh
set -e
commit=$(git rev-parse HEAD)
case $1 in
run)
  blob=$(printf '%s\n' "$JCI_TEST_STATUS" | git hash-object -w --stdin)
  output=$(echo 'the output of the run' | git hash-object -w --stdin)
  tree=$(printf '100644 blob %s\t%s\n' "$output" run.output.txt "$blob" status.txt | git mktree)
  run=$(git commit-tree -m "run" "$tree")
  git update-ref "refs/jci-runs/$commit/$(date +%s)-ab12" "$run"
  test "$JCI_TEST_STATUS" = ok
  ;;
push) git push --quiet origin 'refs/jci-runs/*:refs/jci-runs/*' ;;
esac
"#;

/// A runner of the present protocol, or of the original's.
pub(crate) struct Runner {
    client: Client,
    name: String,
}

impl Runner {
    pub(crate) fn new(address: &str, name: &str) -> Self {
        Self { client: Client::new(address), name: name.to_owned() }
    }

    /// Asks for work with a request of its own making.
    pub(crate) fn ask(&self, change: impl FnOnce(&mut PollRequest)) -> Answer {
        let mut request = PollRequest {
            runner_id: self.name.clone(),
            secret: Hidden(RUNNER_SECRET.to_owned()),
            wait: None,
            labels: Vec::new(),
            running: Some(Vec::new()),
            request: None,
        };
        change(&mut request);
        self.send_json("/poll", None, &request)
    }

    /// Asks for work as the present protocol does.
    #[track_caller]
    pub(crate) fn poll(&self) -> Option<JobOffer> {
        self.ask(|_| {}).json::<PollAnswer>(200).job
    }

    /// Asks for work and waits for it.
    #[track_caller]
    pub(crate) fn wait(&self) -> Option<JobOffer> {
        self.ask(|request| request.wait = Some(20)).json::<PollAnswer>(200).job
    }

    /// Asks for work as the runner of the original does.
    #[track_caller]
    pub(crate) fn poll_as_original(&self) -> Answer {
        let body = format!(r#"{{"runner_id":"{}","secret":"{RUNNER_SECRET}"}}"#, self.name);
        self.client.send(self.client.request(Method::POST, "/poll").body(body))
    }

    /// Says that it lives; returns what becomes of one attempt.
    #[track_caller]
    pub(crate) fn heartbeat(&self, offer: &JobOffer) -> Fate {
        let beat = Heartbeat { runner: self.name.clone(), running: vec![attempt(offer)] };
        let answer = self.send_json("/api/v1/runners/heartbeat", Some(RUNNER_SECRET), &beat);
        answer.json::<HeartbeatAnswer>(200).attempts[0].fate
    }

    pub(crate) fn start(&self, offer: &JobOffer) -> Answer {
        self.send_json(&path(offer, "start"), Some(&lease(offer).token.0), &())
    }

    pub(crate) fn finish(&self, offer: &JobOffer, status: Verdict) -> Answer {
        let exit_code = (status == Verdict::Err).then_some(1);
        let result = AttemptResult { status, exit_code, reason: None, run: None };
        self.send_json(&path(offer, "result"), Some(&lease(offer).token.0), &result)
    }

    /// Sends a piece of the log.
    pub(crate) fn log(&self, offer: &JobOffer, offset: u64, piece: &[u8]) -> Answer {
        let request = self.log_request(offer, offset).body(piece.to_vec());
        self.client.send(request)
    }

    /// Sends the last piece of the log, which may be empty.
    pub(crate) fn end_log(&self, offer: &JobOffer, offset: u64, piece: &[u8]) -> Answer {
        let request = self.log_request(offer, offset).header("jci-log-complete", "true");
        self.client.send(request.body(piece.to_vec()))
    }

    pub(crate) fn log_request(&self, offer: &JobOffer, offset: u64) -> reqwest::RequestBuilder {
        let path = format!("{}?offset={offset}", path(offer, "log"));
        self.client.request(Method::PUT, &path).bearer_auth(&lease(offer).token.0)
    }

    pub(crate) fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.client.send(request)
    }

    fn send_json(&self, path: &str, token: Option<&str>, body: &impl Serialize) -> Answer {
        let request = self.client.request(Method::POST, path);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        self.client.send(request.body(serde_json::to_vec(body).unwrap()))
    }
}

pub(crate) fn lease(offer: &JobOffer) -> &Lease {
    offer.lease.as_ref().expect("the offer has a lease")
}

fn attempt(offer: &JobOffer) -> AttemptName {
    AttemptName { job: offer.job_id.clone(), attempt: lease(offer).attempt }
}

fn path(offer: &JobOffer, what: &str) -> String {
    format!("/api/v1/jobs/{}/attempts/{}/{what}", offer.job_id, lease(offer).attempt)
}

/// Runs the script of an offer as a container would, with a git-jci that stands in for the real
/// one; of the token of an offer git learns by the environment.
pub(crate) fn run_script(offer: &JobOffer, status: &str) -> Finished {
    let mut environment = Environment::new();
    environment.install("git-jci", GIT_JCI);
    environment.set("JCI_TEST_STATUS", status);
    if let Some(lease) = &offer.lease {
        let basic = BASE64_STANDARD.encode(format!("jci:{}", lease.token.0));
        environment.set("GIT_CONFIG_COUNT", "1");
        environment.set("GIT_CONFIG_KEY_0", format!("http.{}.extraHeader", offer.clone_url));
        environment.set("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
    }
    let script = BASE64_STANDARD.decode(&offer.script).unwrap();
    let place = environment.path("");
    environment.run("sh", &["-c", std::str::from_utf8(&script).unwrap()], &place)
}
