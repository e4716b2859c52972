//! Every route with every kind of caller.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use jci_coord::{
    Actor, Attempt, Claim, Claimed, Coordinator, Labels, MemoryStore, NewJob, Outcome, Settings,
    SystemClock, SystemRandom, Verdict,
};
use jci_daemon::stop;
use jci_forge::Forge;
use jci_http::Proxies;
use ring::hmac;
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;

use super::Access;
use crate::config::Config;
use crate::health::Health;
use crate::http::{App, Limits, route, routes, serve};
use crate::logs::Logs;
use crate::metrics::Metrics;
use crate::server::git_router;
use crate::workers::{Shared, refresh_channel};

/// What a handler answers that was reached.
const REACHED: u16 = 299;

const PUSH: &str = r#"{"ref":"refs/heads/main","before":"0000000000000000000000000000000000000000",
    "after":"1111111111111111111111111111111111111111","head_commit":null,
    "repository":{"id":6,"full_name":"team/site"},"sender":{"id":3,"login":"ann"}}"#;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Nobody,
    Stranger,
    Forge,
    WrongForge,
    Runner,
    PollingRunner,
    WrongPollingRunner,
    Attempt,
    EndedAttempt,
    OtherAttempt,
    Person,
    Viewer,
    OtherViewer,
}

const CALLERS: [Caller; 13] = [
    Caller::Nobody,
    Caller::Stranger,
    Caller::Forge,
    Caller::WrongForge,
    Caller::Runner,
    Caller::PollingRunner,
    Caller::WrongPollingRunner,
    Caller::Attempt,
    Caller::EndedAttempt,
    Caller::OtherAttempt,
    Caller::Person,
    Caller::Viewer,
    Caller::OtherViewer,
];

/// Says who may call, once more and from nothing but the kind of access.
fn may(access: Access, caller: Caller) -> bool {
    match access {
        Access::Anyone => true,
        Access::Forge { .. } => caller == Caller::Forge,
        Access::Poll => caller == Caller::PollingRunner,
        Access::Runner => caller == Caller::Runner,
        Access::Attempt => caller == Caller::Attempt,
        Access::Person | Access::Metrics => caller == Caller::Person,
        Access::Viewer => matches!(caller, Caller::Person | Caller::Viewer),
        Access::Git => panic!("git's own refusals are tried with git's own routes"),
    }
}

/// A server whose handlers say no more than that they were reached.
struct Probe {
    address: String,
    client: reqwest::Client,
    attempt: (Attempt, String),
    ended: (Attempt, String),
    other: (Attempt, String),
    /// The key of the job of `attempt`, and that of another.
    keys: [String; 2],
}

async fn attempt(queue: &Coordinator, commit: char) -> (Attempt, String) {
    let commit = commit.to_string().repeat(40).parse().unwrap();
    let job = NewJob::new("team/site".parse().unwrap(), commit, "refs/heads/main", Actor::Server);
    queue.submit(job).await.unwrap();
    let claim = Claim {
        runner: "r".parse().unwrap(),
        labels: Labels::default(),
        running: Some(Vec::new()),
        request: None,
    };
    let Claimed::Assigned(assigned) = queue.claim(&claim).await.unwrap() else { panic!("no job") };
    (assigned.attempt, assigned.token.expose_secret().to_owned())
}

async fn key(queue: &Coordinator, attempt: &Attempt) -> String {
    queue.job(&attempt.id.job).await.unwrap().unwrap().view_key.reveal().to_owned()
}

fn shared() -> Shared {
    let variable = |name: &str| {
        let value = match name {
            "GITEA_HOST" => "http://127.0.0.1:9",
            "GITEA_TOKEN" => "forge-token",
            "GITEA_WEBHOOK_SECRET" => "hook-secret",
            "JCI_RUNNER_SECRET" => "runner-secret",
            "JCI_API_TOKEN" => "api-token",
            _ => return None,
        };
        Some(value.into())
    };
    let config = Config::invoke(["jci-server".into()], &variable).unwrap().config;
    let forge = Forge::builder(config.forge.kind, config.forge.address.clone()).build().unwrap();
    let (clock, random) = (Arc::new(SystemClock::new()), Arc::new(SystemRandom::new()));
    let store = Arc::new(MemoryStore::new());
    let (stopper, stop) = stop::channel();
    // The server ends with the test.
    std::mem::forget(stopper);
    Shared {
        queue: Arc::new(Coordinator::new(store, Settings::default(), clock, random)),
        forge,
        health: Health::new(),
        logs: Arc::new(Logs::new("nowhere".into(), 0)),
        metrics: Arc::new(Metrics::new()),
        stop,
        config: Arc::new(config),
    }
}

impl Probe {
    async fn start() -> Self {
        let shared = shared();
        let queue = Arc::clone(&shared.queue);
        let (attempt, ended, other) =
            (attempt(&queue, 'a').await, attempt(&queue, 'b').await, attempt(&queue, 'c').await);
        queue.finish(&ended.0.id, &Outcome::new(Verdict::Ok)).await.unwrap();
        let keys = [key(&queue, &attempt.0).await, key(&queue, &other.0).await];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let patience = shared.config.listen.patience;
        let limits = Limits { connections: 100, per_address: 100, patience };
        let stop = shared.stop.clone();
        let app = App::new(shared.clone(), refresh_channel().0);
        let reached = || async { StatusCode::from_u16(REACHED).unwrap() };
        let probes = routes(git_router(&shared).unwrap()).into_iter().map(|route| {
            if route.access == Access::Git { route } else { route.answered_by(reached) }
        });
        let router = route::dress(route::build(probes.collect(), &app));
        tokio::spawn(serve(listener, router, limits, stop, patience));
        let url = address.parse().unwrap();
        let client = jci_http::client(&url, Proxies::Ignored, |client| client).unwrap();
        Self { address, client, attempt, ended, other, keys }
    }

    /// Calls a route, and tells whether its handler was reached, and the status.
    async fn call(&self, method: &Method, path: &str, caller: Caller) -> (bool, StatusCode) {
        // An attempt that is over calls at its own address.
        let at = if caller == Caller::EndedAttempt { &self.ended.0 } else { &self.attempt.0 };
        let path = path
            .replace("{job}", at.id.job.as_str())
            .replace("{attempt}", &at.id.number.to_string())
            .replace("{*path}", "a/b.txt")
            .replace("{*file}", "base.css");
        let path = match caller {
            Caller::Viewer => format!("{path}?key={}", self.keys[0]),
            Caller::OtherViewer => format!("{path}?key={}", self.keys[1]),
            _ => path,
        };
        let request = self.client.request(method.clone(), format!("{}{path}", self.address));
        let request = match caller {
            Caller::Nobody | Caller::Viewer | Caller::OtherViewer => request,
            Caller::Stranger => request.bearer_auth("stranger"),
            Caller::Forge => signed(request, "hook-secret"),
            Caller::WrongForge => signed(request, "another-secret"),
            Caller::Runner => request.bearer_auth("runner-secret"),
            Caller::PollingRunner => poll(request, "runner-secret"),
            Caller::WrongPollingRunner => poll(request, "another-secret"),
            Caller::Attempt => request.bearer_auth(&self.attempt.1),
            Caller::EndedAttempt => request.bearer_auth(&self.ended.1),
            Caller::OtherAttempt => request.bearer_auth(&self.other.1),
            Caller::Person => request.bearer_auth("api-token"),
        };
        let status = request.send().await.unwrap().status();
        (status.as_u16() == REACHED, status)
    }
}

fn signed(request: reqwest::RequestBuilder, secret: &str) -> reqwest::RequestBuilder {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, PUSH.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = request.header("x-gitea-event", "push").header("x-gitea-delivery", "1");
    request.header("x-gitea-signature", hex).body(PUSH)
}

fn poll(request: reqwest::RequestBuilder, secret: &str) -> reqwest::RequestBuilder {
    request.body(format!(r#"{{"runner_id":"r","secret":"{secret}"}}"#))
}

#[tokio::test]
async fn every_route_lets_in_whom_it_says_and_nobody_else() {
    let probe = Probe::start().await;
    let mut anyone = Vec::new();
    for route in routes(Router::new()) {
        if route.access == Access::Git {
            continue;
        }
        if route.access == Access::Anyone {
            anyone.push(route.path);
        }
        let method = route.method.expect("only git takes all methods");
        for caller in CALLERS {
            let (reached, status) = probe.call(&method, route.path, caller).await;
            let of_another_forge = matches!(route.path, "/webhook/github" | "/webhook/gitlab");
            // The token of an attempt that is over opens its own door; the handler says 409.
            let at_own_door = caller == Caller::EndedAttempt && route.access == Access::Attempt;
            let expected = (may(route.access, caller) && !of_another_forge) || at_own_door;
            let who = format!("{caller:?} at {method} {}", route.path);
            assert_eq!(reached, expected, "{who}: {status}");
            assert!(reached || status.is_client_error(), "{who}: {status}");
        }
    }
    assert!(anyone.len() <= 3, "these are for everybody: {anyone:?}");
}

#[tokio::test]
async fn git_is_for_jobs_that_go_on_and_for_nobody_else() {
    let probe = Probe::start().await;
    let path = "/git/team/site.git/info/refs?service=git-upload-pack";
    for caller in CALLERS {
        let (_, status) = probe.call(&Method::GET, path, caller).await;
        // There is no forge behind the server: who is let in hears of that.
        let is_let_in = status == StatusCode::BAD_GATEWAY;
        let goes_on = matches!(caller, Caller::Attempt | Caller::OtherAttempt);
        assert_eq!(is_let_in, goes_on, "{caller:?}: {status}");
        let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        assert!(is_let_in || refused, "{caller:?}: {status}");
    }
}

#[tokio::test]
async fn what_is_no_route_is_refused_in_the_same_form() {
    let probe = Probe::start().await;
    let get = |path: &str| probe.client.get(format!("{}{path}", probe.address)).send();
    let nothing = get("/nothing").await.unwrap();
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
    assert_eq!(nothing.headers()["content-type"], "application/problem+json");
    assert_eq!(nothing.headers()["x-content-type-options"], "nosniff");
    let id = nothing.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: jci_proto::Problem =
        serde_json::from_slice(&nothing.bytes().await.unwrap()).unwrap();
    assert_eq!(problem.kind.unwrap(), "urn:jci:problem:not-found");
    assert_eq!(problem.instance.unwrap(), format!("urn:jci:request:{id}"));
    let wrong = get("/poll").await.unwrap();
    assert_eq!(wrong.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.headers()["allow"], "POST");
}

#[tokio::test]
async fn who_is_wrong_too_often_is_told_to_stay_away_and_the_right_one_is_let_in() {
    let probe = Probe::start().await;
    let mut seen = Vec::new();
    for _ in 0..30 {
        seen.push(probe.call(&Method::POST, "/webhook", Caller::WrongForge).await.1.as_u16());
    }
    assert_eq!((seen[0], seen[29]), (400, 429));
    assert!(probe.call(&Method::POST, "/webhook", Caller::Forge).await.0);
}

#[tokio::test]
async fn bodies_that_are_too_large_are_refused_before_they_are_read() {
    let probe = Probe::start().await;
    let url = format!("{}/webhook", probe.address);
    // The body never comes: what the client says of it is enough.
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = probe.client.post(url).header("content-length", 26 * 1024 * 1024);
    let answer = request.body(reqwest::Body::wrap_stream(never)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
}
