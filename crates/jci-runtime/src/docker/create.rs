//! From a specification to a container that runs.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount as EngineMount, MountTmpfsOptions,
    MountType, ResourcesUlimits,
};
use bollard::query_parameters::{CreateContainerOptions, RemoveContainerOptions};

use super::facts::Facts;
use super::patience::Patience;
use super::{DockerEngine, failure, image};
use crate::{
    ContainerId, ContainerSpec, EnvValue, Limits, Mount, MountSource, Network, Privileges,
    RuntimeError,
};

pub(super) async fn start(
    engine: &DockerEngine,
    spec: &ContainerSpec,
) -> Result<ContainerId, RuntimeError> {
    refuse_unlimited(&spec.limits, &engine.facts)?;
    // It always has a name by which it can be removed when the answer that tells its id is lost.
    let name = spec.name.clone().unwrap_or_else(|| format!("jci-{:016x}", fastrand::u64(..)));
    let options = CreateContainerOptions { name: Some(name.clone()), ..Default::default() };

    if engine.facts.is_podman() {
        refuse_missing(&name, spec)?;
    }
    let created = engine.docker.create_container(Some(options), body(spec, &engine.facts)).await;
    let id = match created {
        Ok(created) => created.id,
        Err(error) => {
            if failure::status(&error) == Some(404) && !image::is_there(engine, &spec.image).await?
            {
                return Err(RuntimeError::NoImage { image: spec.image.clone() });
            }
            if failure::is_broken(&error) && !failure::refused(&error) {
                remove_unanswered(engine, &name, spec).await;
            }
            return Err(engine.failed("create", subject(&name, spec), error));
        }
    };
    if let Err(error) = engine.docker.start_container(&id, None).await {
        remove(engine, &id).await;
        return Err(engine.failed("start", subject(&name, spec), error));
    }
    Ok(ContainerId(id))
}

fn subject(name: &str, spec: &ContainerSpec) -> String {
    format!("the container {name} of the image {}", spec.image)
}

/// Removes a container of this name if it is the one that was just asked for: the engine may have
/// refused to make it because somebody else's has this name already.
async fn remove_unanswered(engine: &DockerEngine, name: &str, spec: &ContainerSpec) {
    let mut patience = Patience::default();
    let found = loop {
        match engine.docker.inspect_container(name, None).await {
            Err(error) if failure::is_broken(&error) && patience.shortly().await => {}
            found => break found,
        }
    };
    let Ok(found) = found else { return };
    let never_started = found
        .state
        .as_ref()
        .and_then(|state| state.status)
        .is_some_and(|status| status == bollard::models::ContainerStateStatusEnum::CREATED);
    let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
    let ours = spec.labels.iter().all(|(name, value)| labels.get(name) == Some(value));
    if let (true, true, Some(id)) = (never_started, ours, found.id) {
        remove(engine, &id).await;
    }
}

/// Removes a container that did not come to be. That this fails too is not worth another error: the
/// container has the labels by which its owner looks for it.
async fn remove(engine: &DockerEngine, id: &str) {
    let mut patience = Patience::default();
    let options = RemoveContainerOptions { v: true, force: true, ..Default::default() };
    while let Err(error) = engine.docker.remove_container(id, Some(options.clone())).await {
        let busy = failure::status(&error).map_or(failure::is_broken(&error), failure::is_busy);
        if !(busy && patience.shortly().await) {
            return;
        }
    }
}

/// Refuses limits that the engine would leave out with a warning.
fn refuse_unlimited(limits: &Limits, facts: &Facts) -> Result<(), RuntimeError> {
    let refuse =
        |option, value| Err(RuntimeError::Unsupported { runtime: facts.kind, option, value });
    match *limits {
        Limits { memory: Some(bytes), .. } if !facts.memory => {
            refuse("a limit of memory", format!("of {bytes} bytes: its kernel has none"))
        }
        Limits { cpus: Some(cpus), .. } if !facts.cpus => {
            refuse("a limit of processors", format!("of {cpus}: its kernel has none"))
        }
        Limits { processes: Some(count), .. } if !facts.processes => {
            refuse("a limit of processes", format!("of {count}: its kernel has none"))
        }
        Limits { disk: Some(bytes), .. } if !facts.storage.has_quota() => refuse(
            "a limit of the disk",
            format!("of {bytes} bytes: its storage driver {} has none", facts.storage.driver),
        ),
        _ => Ok(()),
    }
}

/// Refuses to mount what is not there: Podman would make a folder of that name.
fn refuse_missing(name: &str, spec: &ContainerSpec) -> Result<(), RuntimeError> {
    for mount in &spec.mounts {
        if let MountSource::Host(path) = &mount.source
            && !path.exists()
        {
            return Err(RuntimeError::Failed {
                operation: "create",
                subject: subject(name, spec),
                message: format!("bind source path does not exist: {}", path.display()),
                transient: false,
            });
        }
    }
    Ok(())
}

/// What is asked of the engine.
fn body(spec: &ContainerSpec, facts: &Facts) -> ContainerCreateBody {
    let (program, arguments) = match spec.command.split_first() {
        // The image's own arguments go with its own program.
        Some((program, arguments)) => (Some(vec![program.clone()]), Some(arguments.to_vec())),
        None => (None, None),
    };
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        entrypoint: program,
        cmd: arguments,
        env: Some(spec.environment.iter().map(variable).collect()),
        working_dir: spec.working_folder.clone(),
        user: spec.user.clone(),
        labels: Some(spec.labels.clone().into_iter().collect()),
        host_config: Some(host_config(spec, facts)),
        ..ContainerCreateBody::default()
    }
}

fn variable((name, value): (&String, &EnvValue)) -> String {
    match value {
        EnvValue::Plain(value) => format!("{name}={value}"),
        EnvValue::Secret(value) => {
            format!("{name}={}", secrecy::ExposeSecret::expose_secret(value))
        }
    }
}

fn host_config(spec: &ContainerSpec, facts: &Facts) -> HostConfig {
    let limits = &spec.limits;
    let memory = limits.memory.map(number);
    let (cap_drop, cap_add, security_opt) = match &spec.restrictions.privileges {
        Privileges::Default => (None, None, None),
        Privileges::Only(kept) => (
            Some(vec!["ALL".to_owned()]),
            Some(kept.clone()),
            Some(vec!["no-new-privileges".to_owned()]),
        ),
    };
    HostConfig {
        memory,
        // The engine means memory and swap together, and would add as much swap again.
        memory_swap: memory.filter(|_| facts.swap),
        #[expect(clippy::cast_possible_truncation, reason = "no machine has that many processors")]
        nano_cpus: limits.cpus.map(|cpus| (cpus * 1e9) as i64),
        pids_limit: limits.processes.map(number),
        ulimits: limits.open_files.map(number).map(open_files),
        storage_opt: limits.disk.map(|bytes| HashMap::from([("size".into(), bytes.to_string())])),
        mounts: Some(spec.mounts.iter().map(mount).collect()),
        cap_drop,
        cap_add,
        security_opt,
        readonly_rootfs: Some(spec.restrictions.read_only_root),
        init: Some(spec.restrictions.init),
        network_mode: match &spec.network {
            Network::Default => None,
            Network::None => Some("none".to_owned()),
            Network::Named(name) => Some(name.clone()),
            Network::Of(container) => Some(format!("container:{container}")),
        },
        log_config: Some(log_config(facts)),
        ..HostConfig::default()
    }
}

/// The whole log is kept, in one piece: an engine that is set to keep the last megabytes of each
/// log would lose what was not read in time. It goes with the container.
///
/// Of the ways that engines have to keep logs, this one replaces bytes that are no text; the faster
/// `local` drops the ends of long lines.
fn log_config(facts: &Facts) -> HostConfigLogConfig {
    let never = [("max-size", "1000p"), ("max-file", "1"), ("compress", "false")];
    let never = never.map(|(name, value)| (name.to_owned(), value.to_owned()));
    // Podman's way has no size of its own, and another name.
    let (driver, config) = if facts.is_podman() {
        ("k8s-file", None)
    } else {
        ("json-file", Some(HashMap::from(never)))
    };
    HostConfigLogConfig { typ: Some(driver.to_owned()), config }
}

fn open_files(count: i64) -> Vec<ResourcesUlimits> {
    vec![ResourcesUlimits { name: Some("nofile".to_owned()), soft: Some(count), hard: Some(count) }]
}

fn mount(mount: &Mount) -> EngineMount {
    let (typ, source, tmpfs_options) = match &mount.source {
        MountSource::Host(path) => {
            (MountType::BIND, Some(path.to_string_lossy().into_owned()), None)
        }
        MountSource::Volume(name) => (MountType::VOLUME, Some(name.clone()), None),
        MountSource::Memory { bytes } => {
            let options =
                MountTmpfsOptions { size_bytes: Some(number(*bytes)), ..Default::default() };
            (MountType::TMPFS, None, Some(options))
        }
    };
    EngineMount {
        typ: Some(typ),
        source,
        target: Some(mount.target.clone()),
        read_only: Some(mount.read_only),
        tmpfs_options,
        ..EngineMount::default()
    }
}

/// A number as the engine takes it. What is too large for it is no limit on any machine.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
