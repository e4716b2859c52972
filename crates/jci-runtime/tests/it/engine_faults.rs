//! Engines that fail, and registries that refuse.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use insta::assert_snapshot;
use jci_runtime::{
    ContainerId, ContainerSpec, DockerEngine, Endpoint, Phase, PullProgress, Runtime as _,
    RuntimeError, Volume,
};
use jci_testkit::docker::{CallFault, Docker, EngineFront, Mark};

const BOOM: &str = r#"{"message": "the engine has a bad day"}"#;

fn boom() -> CallFault {
    CallFault::Answers { status: 500, body: BOOM.to_owned() }
}

async fn connect(front: &EngineFront) -> DockerEngine {
    DockerEngine::connect(&Endpoint::parse(&front.host()).unwrap()).await.unwrap()
}

/// The machine's engine behind a front, and a container for it.
struct Place {
    front: EngineFront,
    engine: DockerEngine,
    mark: Mark,
    spec: ContainerSpec,
}

impl Place {
    async fn new(script: &str) -> Self {
        let docker = Docker::of_machine();
        let front = EngineFront::before_machines();
        let mark = Mark::new(&docker);
        let spec = ContainerSpec {
            image: docker.job_image(),
            command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
            labels: BTreeMap::from([(mark.key().to_owned(), mark.value().to_owned())]),
            ..ContainerSpec::default()
        };
        Self { engine: connect(&front).await, front, mark, spec }
    }
}

#[tokio::test]
async fn a_start_that_fails_leaves_nothing() {
    let calls = ["POST /containers/create", "POST /containers/*/start"];
    for call in calls {
        for fault in [boom(), CallFault::Cut, CallFault::AnswerLost] {
            let place = Place::new("sleep 600").await;
            place.front.fail(call, fault.clone());

            let error = place.engine.start(&place.spec).await.unwrap_err();

            assert!(error.is_transient(), "{call}, {fault:?}: {error}");
            let said = matches!(fault, CallFault::Answers { .. });
            assert_eq!(error.to_string().contains("a bad day"), said, "{error}");
            assert!(error.to_string().contains(&place.spec.image), "{error}");
            place.mark.assert_nothing_left();
        }
    }
}

#[tokio::test]
async fn a_removal_that_fails_too_is_tried_again() {
    let place = Place::new("sleep 600").await;
    place.front.fail("POST /containers/*/start", CallFault::AnswerLost);
    place.front.fail("DELETE /containers/*", boom());
    place.front.fail("DELETE /containers/*", CallFault::Cut);
    place.engine.start(&place.spec).await.unwrap_err();
    place.mark.assert_nothing_left();
}

#[tokio::test]
async fn waits_and_logs_outlast_cut_connections() {
    let place = Place::new("for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; exit 6").await;
    let container = place.engine.start(&place.spec).await.unwrap();
    for _ in 0..3 {
        place.front.fail("POST /containers/*/wait", CallFault::Cut);
        place.front.fail("GET /containers/*/logs", CallFault::Cut);
    }
    place.front.fail("GET /containers/*/json", CallFault::Cut);

    let log = place.engine.logs(&container, 0);
    let log = async {
        // The cut that is to come may be that of this first look.
        let log = match log.await {
            Ok(log) => log,
            Err(_) => place.engine.logs(&container, 0).await.unwrap(),
        };
        log.try_collect::<Vec<_>>().await.unwrap().concat()
    };
    let (log, exit) = futures_util::join!(log, place.engine.wait(&container));

    assert_eq!(log, b"1\n2\n3\n4\n5\n");
    assert_eq!(exit.unwrap().code, 6);
    place.engine.remove(&container).await.unwrap();
    place.mark.assert_nothing_left();
}

#[tokio::test]
async fn a_container_that_just_ends_is_looked_at_again() {
    let place = Place::new("sleep 600").await;
    let container = place.engine.start(&place.spec).await.unwrap();
    // Podman's words.
    let body = r#"{"message": "read /proc/23430/cgroup: no such process"}"#.to_owned();
    place.front.fail("GET /containers/*/json", CallFault::Answers { status: 500, body });
    let found = place.engine.inspect(&container).await.unwrap();
    assert_eq!(found.phase, Phase::Running);
    place.engine.remove(&container).await.unwrap();
    place.mark.assert_nothing_left();
}

/// Every call that answers at once says what the engine said, and of what.
#[tokio::test]
async fn what_the_engine_says_is_passed_on() {
    let front = EngineFront::alone();
    let engine = connect(&front).await;
    let one = ContainerId("one".to_owned());
    let none = BTreeMap::new();
    let volume = Volume { name: "files".to_owned(), labels: BTreeMap::new() };
    for call in [
        "GET /images/*/json",
        "GET /containers/json",
        "GET /containers/*/json",
        "POST /containers/*/wait",
        "POST /containers/*/stop",
        "DELETE /containers/*",
        "POST /volumes/create",
        "GET /volumes",
        "DELETE /volumes/*",
        "GET /networks",
    ] {
        front.fail(call, boom());
    }
    let errors = [
        engine.has_image("tools").await.err(),
        engine.list(&none).await.err(),
        engine.inspect(&one).await.err(),
        engine.wait(&one).await.err(),
        engine.stop(&one, Duration::ZERO).await.err(),
        engine.remove(&one).await.err(),
        engine.create_volume(&volume).await.err(),
        engine.list_volumes(&none).await.err(),
        engine.remove_volume("files").await.err(),
        engine.list_networks(&none).await.err(),
    ];
    assert!(errors.iter().flatten().all(RuntimeError::is_transient));
    let errors: Vec<String> = errors.into_iter().map(|error| error.unwrap().to_string()).collect();
    assert_snapshot!(errors.join("\n"), @"
    cannot look for the image tools: the engine has a bad day
    cannot list containers: the engine has a bad day
    cannot look at the container one: the engine has a bad day
    cannot wait for the container one: the engine has a bad day
    cannot stop the container one: the engine has a bad day
    cannot remove the container one: the engine has a bad day
    cannot create the volume files: the engine has a bad day
    cannot list volumes: the engine has a bad day
    cannot remove the volume files: the engine has a bad day
    cannot list networks: the engine has a bad day
    ");
}

#[tokio::test]
async fn an_image_as_it_comes() {
    let front = EngineFront::alone();
    let engine = connect(&front).await;
    let words = [
        r#"{"status": "Pulling from tools", "id": "1"}"#,
        r#"{"status": "Downloading", "progressDetail": {"current": 10, "total": 40}, "id": "a"}"#,
        r#"{"status": "Downloading", "progressDetail": {"current": 40, "total": 40}, "id": "a"}"#,
        r#"{"status": "Pull complete", "progressDetail": {}, "id": "a"}"#,
        r#"{"status": "Status: Downloaded newer image for tools:1"}"#,
    ];
    let body = format!("{}\r\n", words.join("\r\n"));
    front.fail("POST /images/create", CallFault::Answers { status: 200, body });
    let there = CallFault::Answers { status: 200, body: "{}".to_owned() };
    front.fail("GET /images/*/json", there);

    let mut seen = Vec::new();
    let progress = &mut |progress: PullProgress| seen.push((progress.received, progress.total));
    engine.pull_image("tools:1", progress).await.unwrap();

    assert_eq!(seen, [(0, 0), (10, 40), (40, 40), (40, 40), (40, 40)]);
    let asked = front.calls();
    assert!(
        asked.iter().any(|call| call.contains("/images/create?fromImage=tools%3A1")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn a_registry_that_refuses() {
    let front = EngineFront::alone();
    let engine = connect(&front).await;
    let refuse = async |fault: CallFault| {
        front.fail("POST /images/create", fault);
        let error = engine.pull_image("ghcr.io/team/tools:1", &mut |_| {}).await.unwrap_err();
        format!("{error} ({}, {:?})", error.is_transient(), error.retry_after())
    };
    let says = |status, message: &str| CallFault::Answers {
        status,
        body: serde_json::json!({ "message": message }).to_string(),
    };
    let error = |message: &str| CallFault::Answers {
        status: 200,
        body: serde_json::json!({ "errorDetail": { "message": message }, "error": message })
            .to_string(),
    };
    let refusals = [
        refuse(says(500, "toomanyrequests: retry-after: 30s, allowed: 100/hour")).await,
        refuse(error("toomanyrequests: You have reached your pull rate limit.")).await,
        refuse(says(404, "pull access denied for ghcr.io/team/tools")).await,
        refuse(error("manifest unknown")).await,
        refuse(error("unexpected EOF")).await,
        refuse(CallFault::Cut).await,
    ];
    assert_snapshot!(refusals.join("\n"), @"
    cannot fetch the image ghcr.io/team/tools:1: toomanyrequests: retry-after: 30s, allowed: 100/hour (true, Some(30s))
    cannot fetch the image ghcr.io/team/tools:1: toomanyrequests: You have reached your pull rate limit. (true, None)
    cannot fetch the image ghcr.io/team/tools:1: pull access denied for ghcr.io/team/tools (false, None)
    cannot fetch the image ghcr.io/team/tools:1: manifest unknown (false, None)
    cannot fetch the image ghcr.io/team/tools:1: unexpected EOF (true, None)
    cannot fetch the image ghcr.io/team/tools:1: the connection to the engine ended: connection closed before message completed (true, None)
    ");
}

#[tokio::test]
async fn a_fetch_that_breaks_off_is_not_taken_for_one_that_is_complete() {
    let front = EngineFront::alone();
    let engine = connect(&front).await;
    let begin =
        r#"{"status": "Downloading", "progressDetail": {"current": 10, "total": 40}, "id": "a"}"#;
    front.fail("POST /images/create", CallFault::CutAfter(format!("{begin}\r\n")));
    let missing = CallFault::Answers { status: 404, body: BOOM.to_owned() };
    front.fail("GET /images/*/json", missing);

    let error = engine.pull_image("tools:1", &mut |_| {}).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_fetch_that_takes_long_can_be_given_up() {
    let front = EngineFront::alone();
    let engine = connect(&front).await;
    let begin =
        r#"{"status": "Downloading", "progressDetail": {"current": 10, "total": 40}, "id": "a"}"#;
    front.fail("POST /images/create", CallFault::SilentAfter(format!("{begin}\r\n")));

    let (said, heard) = std::sync::mpsc::channel();
    let mut tell = |progress: PullProgress| said.send(progress).unwrap();
    let pull = engine.pull_image("tools:1", &mut tell);
    let first = async {
        loop {
            match heard.try_recv() {
                Ok(progress) => return progress,
                Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
    };
    let progress = tokio::select! {
        _ = pull => panic!("it never ends"),
        progress = first => progress,
    };
    assert_eq!(progress, PullProgress { received: 10, total: 40 });
}

#[tokio::test]
async fn nobody_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::socket(folder.path().join("docker.sock"));
    let error = DockerEngine::connect(&endpoint).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot reach {endpoint}"));
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("docker.sock"), "{why}");
    assert!(error.is_transient());

    let error = Endpoint::parse("tcp://10.0.0.1:2375").unwrap_err();
    assert_eq!(error.to_string(), "cannot reach tcp://10.0.0.1:2375");
}
