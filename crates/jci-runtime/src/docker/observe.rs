//! What there is, and how it stands.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use bollard::errors::Error;
use bollard::models::{
    ContainerInspectResponse, ContainerState, ContainerStateStatusEnum, ContainerSummary,
};
use bollard::query_parameters::ListContainersOptions;
use secrecy::SecretString;

use super::patience::Patience;
use super::{DockerEngine, failure, label_filter};
use crate::{Container, ContainerId, Exit, ExitReason, Phase, RuntimeError};

pub(super) async fn inspect(
    engine: &DockerEngine,
    container: &ContainerId,
) -> Result<Container, RuntimeError> {
    let found = settled(|| engine.docker.inspect_container(&container.0, None)).await;
    let found = found.map_err(|error| match failure::status(&error) {
        Some(404) => RuntimeError::NoContainer { container: container.to_string() },
        _ => engine.failed("look at", format!("the container {container}"), error),
    })?;
    let engine_start = engine_start(engine, found.state.as_ref()).await;
    Ok(read(found, engine_start))
}

pub(super) async fn list(
    engine: &DockerEngine,
    labels: &BTreeMap<String, String>,
) -> Result<Vec<Container>, RuntimeError> {
    let listed = summaries(engine, label_filter(labels)).await?;
    let mut containers = Vec::with_capacity(listed.len());
    for id in listed.into_iter().filter_map(|summary| summary.id) {
        // A list tells how containers ended in words for people only.
        match inspect(engine, &ContainerId(id)).await {
            Ok(container) => {
                containers.push(Container { environment: BTreeMap::new(), ..container });
            }
            // It went in between.
            Err(RuntimeError::NoContainer { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    containers.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
    Ok(containers)
}

/// What a label says at all containers that have it, also ended ones.
pub(super) async fn values_of(
    engine: &DockerEngine,
    label: &str,
) -> Result<Vec<String>, RuntimeError> {
    let with_label = HashMap::from([("label".to_owned(), vec![label.to_owned()])]);
    let listed = summaries(engine, with_label).await?;
    let value = |labels: HashMap<_, _>| labels.get(label).cloned();
    Ok(listed.into_iter().filter_map(|container| value(container.labels?)).collect())
}

/// Lists containers, also those that have ended.
async fn summaries(
    engine: &DockerEngine,
    filters: HashMap<String, Vec<String>>,
) -> Result<Vec<ContainerSummary>, RuntimeError> {
    let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
    let listed = settled(|| engine.docker.list_containers(Some(options.clone()))).await;
    listed.map_err(|error| engine.failed("list", "containers", error))
}

/// Asks until no container is just ending.
async fn settled<T, F>(ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut patience = Patience::default();
    loop {
        match ask().await {
            Err(error) if failure::is_passing(&error) && patience.shortly().await => {}
            answer => return answer,
        }
    }
}

/// When the engine was started, if that matters to how a container ended: its network of its own is
/// made anew each time.
async fn engine_start(engine: &DockerEngine, state: Option<&ContainerState>) -> Option<SystemTime> {
    if engine.facts.live_restore || !state.is_some_and(by_signal_of_others) {
        return None;
    }
    let bridge = engine.docker.inspect_network("bridge", None).await.ok()?;
    time(bridge.created.as_deref()?)
}

/// Tells whether a container ended as those do that an engine ends as it stops: TERM, KILL, or that
/// nobody knows.
fn by_signal_of_others(state: &ContainerState) -> bool {
    state.status == Some(ContainerStateStatusEnum::EXITED)
        && matches!(state.exit_code, Some(137 | 143 | 255))
}

fn read(found: ContainerInspectResponse, engine_start: Option<SystemTime>) -> Container {
    let config = found.config.unwrap_or_default();
    let environment = config.env.unwrap_or_default().into_iter().map(|variable| {
        let (name, value) = variable.split_once('=').unwrap_or((&variable, ""));
        (name.to_owned(), SecretString::from(value))
    });
    Container {
        id: ContainerId(found.id.unwrap_or_default()),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        created: found
            .created
            .and_then(|created| time(&created.to_string()))
            .unwrap_or(SystemTime::UNIX_EPOCH),
        phase: phase(&found.state.unwrap_or_default(), engine_start),
        environment: environment.collect(),
    }
}

fn phase(state: &ContainerState, engine_start: Option<SystemTime>) -> Phase {
    use ContainerStateStatusEnum as Status;
    match state.status.unwrap_or(Status::EMPTY) {
        Status::CREATED => Phase::Created,
        Status::EXITED | Status::DEAD | Status::REMOVING => Phase::Ended(exit(state, engine_start)),
        // One that is stopped by the kernel, or that begins again, has not ended.
        _ => Phase::Running,
    }
}

fn exit(state: &ContainerState, engine_start: Option<SystemTime>) -> Exit {
    let code = state.exit_code.unwrap_or(-1);
    let at = state.finished_at.as_deref().and_then(time);
    let words = state.error.as_deref().map(str::trim).filter(|words| !words.is_empty());
    let reason = if let Some(words) = words {
        ExitReason::Lost(words.to_owned())
    } else if state.oom_killed == Some(true) && code != 0 {
        ExitReason::OutOfMemory
    } else if before(state, engine_start) {
        ExitReason::Lost("the engine was restarted, and ended it".to_owned())
    } else {
        ExitReason::Ended
    };
    Exit { code, reason, at }
}

/// Tells whether a container that a signal ended was started by an engine that is gone.
fn before(state: &ContainerState, engine_start: Option<SystemTime>) -> bool {
    let started = state.started_at.as_deref().and_then(time);
    matches!((started, engine_start), (Some(started), Some(engine)) if started < engine)
}

/// A time as the engine writes it; that it has none it says with the year 1.
fn time(text: &str) -> Option<SystemTime> {
    let time = SystemTime::from(text.parse::<jiff::Timestamp>().ok()?);
    (time > SystemTime::UNIX_EPOCH).then_some(time)
}
