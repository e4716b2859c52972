//! Containers of the engines that speak Docker's API: the machine's own Docker Engine, and Podman.

mod containers;
mod ends;
mod images;
mod log_files;
mod logs;
mod networks;
mod restrictions;
mod volumes;

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use jci_runtime::{
    ContainerId, ContainerSpec, DockerEngine, Endpoint, Exit, ExitReason, Runtime as _,
};
use jci_testkit::docker::{self, Mark};

/// Which engine a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Docker,
    Podman,
}

/// An engine, and a mark on what a test makes there.
struct Place {
    engine: DockerEngine,
    mark: Mark,
    image: String,
    docker: docker::Docker,
    // It goes last, when nothing of the test is left.
    _podman: Option<docker::Podman>,
}

impl Place {
    async fn new(kind: Kind) -> Self {
        let podman = (kind == Kind::Podman).then(docker::Podman::new);
        let (docker, endpoint) = match &podman {
            Some(podman) => (podman.docker(), Endpoint::parse(&podman.host()).unwrap()),
            None => (docker::Docker::of_machine(), Endpoint::default()),
        };
        let engine = DockerEngine::connect(&endpoint).await.unwrap();
        let (mark, image) = (Mark::new(&docker), docker.job_image());
        Self { engine, mark, image, docker, _podman: podman }
    }

    /// One where containers write to files of the host.
    async fn with_log_folder(kind: Kind, folder: &std::path::Path) -> Self {
        let place = Self::new(kind).await;
        Self { engine: place.engine.with_log_folder(folder).unwrap(), ..place }
    }

    fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(self.mark.key().to_owned(), self.mark.value().to_owned())])
    }

    /// A name that no other test has.
    fn name(&self, what: &str) -> String {
        format!("{what}-{}", self.mark.value())
    }

    /// A container that runs a script. It writes to one stream: engines keep no order between two.
    fn script(&self, script: &str) -> ContainerSpec {
        ContainerSpec {
            image: self.image.clone(),
            command: ["/bin/sh", "-c", &format!("exec 2>&1; {script}")].map(str::to_owned).into(),
            labels: self.labels(),
            ..ContainerSpec::default()
        }
    }

    /// Runs a container to its end; returns how it ended and what it wrote.
    async fn run(&self, spec: &ContainerSpec) -> (Exit, String) {
        let container = self.engine.start(spec).await.unwrap();
        let exit = self.engine.wait(&container).await.unwrap();
        (exit, String::from_utf8(self.log(&container, 0).await).unwrap())
    }

    async fn log(&self, container: &ContainerId, from: u64) -> Vec<u8> {
        let log = self.engine.logs(container, from).await.unwrap();
        let whole = log.try_fold(Vec::new(), |mut whole, piece| async move {
            whole.extend_from_slice(&piece);
            Ok(whole)
        });
        whole.await.unwrap()
    }

    /// Waits until a container has written a text.
    async fn until_written(&self, container: &ContainerId, text: &str) {
        let mut log = self.engine.logs(container, 0).await.unwrap();
        let mut written = Vec::new();
        while !String::from_utf8_lossy(&written).contains(text) {
            written.extend_from_slice(&log.try_next().await.unwrap().unwrap());
        }
    }

    async fn remove_all(&self) {
        for container in self.engine.list(&self.labels()).await.unwrap() {
            self.engine.remove(&container.id).await.unwrap();
        }
        self.mark.assert_nothing_left();
    }
}

/// How a program ends by itself.
fn ended(exit: &Exit) -> Option<i64> {
    (exit.reason == ExitReason::Ended && exit.at.is_some()).then_some(exit.code)
}
