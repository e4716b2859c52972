//! Removes containers of this runner that nobody has in hand: those that run at once, those that
//! have ended once they are old or too many.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jci_daemon::chain;
use jci_runtime::{Container, Phase, RuntimeError};
use tokio::sync::Notify;

use crate::attempt::{label, labels_of};
use crate::config::Keeping;
use crate::hands::Hands;
use crate::namespace;
use crate::runner::Shared;

/// So often is looked without a reason.
const EVERY: Duration = Duration::from_secs(60);

/// Makes the reaper look. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reaper(Arc<Notify>);

impl Reaper {
    /// Has it look for what has to go.
    pub(crate) fn look(&self) {
        self.0.notify_one();
    }
}

/// Looks for ever.
pub(crate) async fn reap(shared: Shared) {
    let mut is_time = true;
    loop {
        let mut done = once(&shared).await;
        if is_time && done.is_ok() {
            done = remove_namespaces(&shared).await;
        }
        if let Err(error) = done {
            tracing::warn!(error = %chain(&error), "containers that have ended cannot be cleared up");
        }
        is_time = tokio::select! {
            () = shared.reaper.0.notified() => false,
            () = tokio::time::sleep(EVERY) => true,
        };
    }
}

async fn once(shared: &Shared) -> Result<(), RuntimeError> {
    let runtime = &shared.engine.runtime;
    let all = runtime.list(&labels_of(&shared.name)).await?;
    // Looked at after the list: what is in hand by now may not be in it, and the reverse does no
    // harm.
    let free: Vec<_> =
        all.into_iter().filter(|container| is_free(container, &shared.hands)).collect();
    for container in to_remove(&free, &shared.config.keeping, SystemTime::now()) {
        if container.phase == Phase::Running {
            tracing::warn!(container = %container.id, "removing a container that nobody has in hand");
        } else {
            tracing::debug!(container = %container.id, "removing a container that has ended");
        }
        runtime.remove(&container.id).await?;
    }
    // People remove containers, too.
    runtime.sweep().await
}

/// Removes the containers that hold network namespaces which no job needs: those that have waited
/// for long, and those that an earlier process of this runner left, once their jobs have ended.
async fn remove_namespaces(shared: &Shared) -> Result<(), RuntimeError> {
    let runtime = &shared.engine.runtime;
    if let Some(namespaces) = &shared.namespaces {
        namespaces.remove_idle().await;
    }
    let all = runtime.list(&namespace::labels_of(&shared.name)).await?;
    let in_hand = all.iter().filter(|container| !is_free(container, &shared.hands));
    let needed: BTreeSet<&str> = in_hand.filter_map(namespace::name_of).collect();
    for container in &all {
        let Some(name) = namespace::held_by(container) else { continue };
        let is_held = shared.namespaces.as_ref().is_some_and(|all| all.has(name));
        if !is_held && !needed.contains(name) {
            tracing::debug!(container = %container.id, "removing a network namespace");
            runtime.remove(&container.id).await?;
        }
    }
    Ok(())
}

fn is_free(container: &Container, hands: &Hands) -> bool {
    !label(container).is_some_and(|label| hands.has(&label.key))
}

/// Says which containers go, of those that nobody has in hand.
fn to_remove<'a>(
    containers: &'a [Container],
    keeping: &Keeping,
    now: SystemTime,
) -> Vec<&'a Container> {
    let ended_at = |container: &Container| match &container.phase {
        Phase::Ended(exit) => Some(exit.at.unwrap_or(container.created)),
        Phase::Created | Phase::Running => None,
    };
    let mut ended: Vec<_> =
        containers.iter().filter_map(|container| Some((ended_at(container)?, container))).collect();
    ended.sort_by_key(|(at, container)| (std::cmp::Reverse(*at), container.id.clone()));
    let old = |at: SystemTime| now.duration_since(at).is_ok_and(|age| age > keeping.age);
    let surplus = ended
        .into_iter()
        .enumerate()
        .filter(|(place, (at, _))| *place >= keeping.containers || old(*at))
        .map(|(_, (_, container))| container);
    let others = containers.iter().filter(|container| ended_at(container).is_none());
    others.chain(surplus).collect()
}

#[cfg(test)]
mod tests {
    use jci_runtime::{ContainerId, Exit, ExitReason};

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn container(id: &str, phase: Phase) -> Container {
        Container {
            id: ContainerId(id.to_owned()),
            labels: [].into(),
            created: at(0),
            phase,
            environment: [].into(),
        }
    }

    fn ended(id: &str, when: Option<u64>) -> Container {
        let exit = Exit { code: 0, reason: ExitReason::Ended, at: when.map(at) };
        container(id, Phase::Ended(exit))
    }

    fn removed(containers: &[Container], number: usize, age: u64) -> Vec<String> {
        let age = Duration::from_secs(age);
        let keeping = Keeping { containers: number, age, disk_low: 0 };
        let gone = to_remove(containers, &keeping, at(1000));
        gone.into_iter().map(|container| container.id.0.clone()).collect()
    }

    #[test]
    fn the_newest_are_kept_for_a_time() {
        let all = [ended("a", Some(100)), ended("b", Some(900)), ended("c", Some(800))];
        assert_eq!(removed(&all, 2, 5000), ["a"]);
        assert_eq!(removed(&all, 5, 150), ["c", "a"]);
        assert_eq!(removed(&all, 0, 5000), ["b", "c", "a"]);
        assert_eq!(removed(&[ended("x", None)], 5, 500), ["x"], "its end is not known");
    }

    #[test]
    fn what_nobody_has_in_hand_does_not_run() {
        let all =
            [container("a", Phase::Running), container("b", Phase::Created), ended("c", None)];
        assert_eq!(removed(&all, 5, 5000), ["a", "b"]);
    }
}
