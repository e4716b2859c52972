//! The end of containers.

use std::time::Duration;

use bollard::query_parameters::{
    RemoveContainerOptions, StopContainerOptions, WaitContainerOptions,
};
use futures_util::StreamExt as _;

use super::patience::Patience;
use super::{ANSWER, DockerEngine, EVENT, failure, observe};
use crate::{ContainerId, Exit, ExitReason, Phase, RuntimeError};

/// Waits until a container has ended, also while the engine is restarted.
pub(super) async fn wait(
    engine: &DockerEngine,
    container: &ContainerId,
) -> Result<Exit, RuntimeError> {
    let mut outage = false;
    let mut patience = Patience::default();
    loop {
        match until_told(engine, container).await {
            Ok(Told::Ended) => {}
            Ok(Told::Cut) => outage = true,
            Err(error) => return Err(error),
        }
        match observe::inspect(engine, container).await {
            Ok(found) => match found.phase {
                Phase::Ended(exit) => return Ok(judge(engine, exit, outage)),
                Phase::Created => return Ok(never_started()),
                // What cut the wait off did not end the container.
                Phase::Running => {
                    outage = false;
                    patience = Patience::default();
                }
            },
            Err(error) if error.is_transient() && patience.again().await => outage = true,
            Err(error) => return Err(error),
        }
    }
}

/// How a wait for an engine's word ended.
enum Told {
    /// It says that the container does not run.
    Ended,
    /// It went away before, or just then.
    Cut,
}

async fn until_told(engine: &DockerEngine, container: &ContainerId) -> Result<Told, RuntimeError> {
    let options = WaitContainerOptions { condition: "not-running".to_owned() };
    let patient = engine.docker.clone().with_timeout(EVENT);
    let mut answers = Box::pin(patient.wait_container(&container.0, Some(options)));
    match answers.next().await {
        // An engine that stops ends its containers, and tells so, when it takes no calls any more.
        Some(Ok(_) | Err(bollard::errors::Error::DockerContainerWaitError { .. })) => {
            Ok(if listens(engine).await { Told::Ended } else { Told::Cut })
        }
        None => Ok(Told::Cut),
        Some(Err(error)) if failure::is_broken(&error) => Ok(Told::Cut),
        Some(Err(error)) => Err(match failure::status(&error) {
            Some(404) => RuntimeError::NoContainer { container: container.to_string() },
            _ => engine.failed("wait for", subject(container), error),
        }),
    }
}

/// Tells whether the engine takes new connections.
async fn listens(engine: &DockerEngine) -> bool {
    match engine.endpoint.open() {
        Ok(docker) => docker.ping().await.is_ok(),
        Err(_) => false,
    }
}

/// What to make of an end that came with the end of the engine.
fn judge(engine: &DockerEngine, exit: Exit, outage: bool) -> Exit {
    if exit.reason == ExitReason::Ended && outage && !engine.facts.live_restore {
        let reason = ExitReason::Lost("it ended while the engine was restarted".to_owned());
        return Exit { reason, ..exit };
    }
    exit
}

fn never_started() -> Exit {
    Exit {
        code: -1,
        reason: ExitReason::Lost("it was created and never started".to_owned()),
        at: None,
    }
}

pub(super) async fn stop(
    engine: &DockerEngine,
    container: &ContainerId,
    grace: Duration,
) -> Result<(), RuntimeError> {
    let seconds = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
    let options = StopContainerOptions {
        t: Some(i32::try_from(seconds).unwrap_or(i32::MAX)),
        ..StopContainerOptions::default()
    };
    let patient = engine.docker.clone().with_timeout(grace.saturating_add(ANSWER));
    match patient.stop_container(&container.0, Some(options)).await {
        Err(error) if failure::status(&error) != Some(404) => {
            return Err(engine.failed("stop", subject(container), error));
        }
        _ => {}
    }
    match observe::inspect(engine, container).await {
        Ok(found) if found.phase == Phase::Running => Err(RuntimeError::Failed {
            operation: "stop",
            subject: subject(container),
            message: "it still runs, though the engine says that it has ended it".to_owned(),
            transient: true,
        }),
        Ok(_) | Err(RuntimeError::NoContainer { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) async fn remove(
    engine: &DockerEngine,
    container: &ContainerId,
) -> Result<(), RuntimeError> {
    let options = RemoveContainerOptions { v: true, force: true, ..Default::default() };
    let mut patience = Patience::default();
    loop {
        let error = match engine.docker.remove_container(&container.0, Some(options.clone())).await
        {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match failure::status(&error) {
            Some(404) => return Ok(()),
            // Somebody removes it at this moment; it is not gone yet.
            Some(409) if patience.shortly().await => {}
            _ => return Err(engine.failed("remove", subject(container), error)),
        }
    }
}

fn subject(container: &ContainerId) -> String {
    format!("the container {container}")
}
