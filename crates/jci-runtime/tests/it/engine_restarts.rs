//! Engines that are restarted, or killed, while containers run.

use futures_util::TryStreamExt as _;
use jci_runtime::{
    ContainerId, ContainerSpec, DockerEngine, Endpoint, ExitReason, Phase, Runtime as _,
};
use jci_testkit::docker::OwnEngine;

struct Place {
    // Before the engine, whose containers write there.
    runtime: DockerEngine,
    engine: OwnEngine,
    image: String,
    _logs: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let engine = OwnEngine::new();
        let logs = tempfile::tempdir().unwrap();
        let runtime =
            DockerEngine::connect(&Endpoint::parse(&engine.host()).unwrap()).await.unwrap();
        let runtime = runtime.with_log_folder(logs.path()).unwrap();
        let image = engine.docker().job_image();
        Self { runtime, engine, image, _logs: logs }
    }

    async fn start(&self, script: &str) -> ContainerId {
        let spec = ContainerSpec {
            image: self.image.clone(),
            command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
            ..ContainerSpec::default()
        };
        let container = self.runtime.start(&spec).await.unwrap();
        let mut log = self.runtime.logs(&container, 0).await.unwrap();
        assert_eq!(log.try_next().await.unwrap().unwrap(), "ready\n");
        container
    }

    async fn log(&self, container: &ContainerId) -> Vec<u8> {
        let log = self.runtime.logs(container, 0).await.unwrap();
        log.try_collect::<Vec<_>>().await.unwrap().concat()
    }
}

/// Restarts the engine while somebody waits for a container, and somebody reads its log.
async fn restarted(script: &str, restart: impl FnOnce(&mut OwnEngine)) -> (ExitReason, i64) {
    let mut place = Place::new().await;
    let container = place.start(script).await;
    let runtime = place.runtime.clone();
    let waited = container.clone();
    let log = place.runtime.logs(&container, 0).await.unwrap();
    let waits = tokio::spawn(async move {
        let log = log.try_collect::<Vec<_>>();
        let (exit, log) = futures_util::join!(runtime.wait(&waited), log);
        (exit.unwrap(), log.unwrap().concat())
    });
    tokio::task::block_in_place(|| restart(&mut place.engine));

    let (exit, log) = waits.await.unwrap();
    assert!(log.starts_with(b"ready\n"));
    assert_eq!(place.log(&container).await, log);
    // Whoever looks later, and did not wait, is told the same.
    let found = place.runtime.inspect(&container).await.unwrap();
    let Phase::Ended(later) = found.phase else { panic!("{:?}", found.phase) };
    assert_eq!(
        matches!(later.reason, ExitReason::Lost(_)),
        matches!(exit.reason, ExitReason::Lost(_))
    );
    place.runtime.remove(&container).await.unwrap();
    (exit.reason, exit.code)
}

const LISTENS: &str = "trap 'exit 143' TERM; echo ready; while :; do sleep 0.02; done";

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_with_its_engine_is_lost() {
    let (reason, code) = restarted(LISTENS, |engine| {
        engine.stop();
        engine.start();
    })
    .await;
    assert!(matches!(reason, ExitReason::Lost(_)), "{reason:?}, {code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_engine_leaves_is_lost() {
    let (reason, code) = restarted(LISTENS, |engine| {
        engine.kill();
        engine.start();
    })
    .await;
    assert!(matches!(reason, ExitReason::Lost(_)), "{reason:?}, {code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_ended_before_keeps_its_end() {
    let mut place = Place::new().await;
    let mut containers = Vec::new();
    for code in [0, 5] {
        let container = place.start(&format!("echo ready; exit {code}")).await;
        assert_eq!(place.runtime.wait(&container).await.unwrap().code, code);
        containers.push((container, code));
    }

    tokio::task::block_in_place(|| {
        place.engine.stop();
        place.engine.start();
    });

    for (container, code) in containers {
        let exit = place.runtime.wait(&container).await.unwrap();
        assert_eq!((exit.code, exit.reason), (code, ExitReason::Ended));
        assert_eq!(place.log(&container).await, b"ready\n");
        place.runtime.remove(&container).await.unwrap();
    }
}
