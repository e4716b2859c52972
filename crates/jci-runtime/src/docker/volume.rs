//! Volumes.

use std::collections::BTreeMap;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::{ListVolumesOptions, RemoveVolumeOptions};

use super::{DockerEngine, failure, label_filter};
use crate::{RuntimeError, Volume};

pub(super) async fn create(engine: &DockerEngine, volume: &Volume) -> Result<(), RuntimeError> {
    let request = VolumeCreateRequest {
        name: Some(volume.name.clone()),
        labels: Some(volume.labels.clone().into_iter().collect()),
        ..VolumeCreateRequest::default()
    };
    let created = engine.docker.create_volume(request).await;
    let created = created.map_err(|error| engine.failed("create", subject(&volume.name), error))?;
    // The engine hands out one that was there before, whatever its labels.
    if created.labels.into_iter().collect::<BTreeMap<_, _>>() != volume.labels {
        return Err(RuntimeError::Failed {
            operation: "create",
            subject: subject(&volume.name),
            message: "there is one of this name with other labels".to_owned(),
            transient: false,
        });
    }
    Ok(())
}

pub(super) async fn list(
    engine: &DockerEngine,
    labels: &BTreeMap<String, String>,
) -> Result<Vec<Volume>, RuntimeError> {
    let options = ListVolumesOptions { filters: Some(label_filter(labels)) };
    let listed = engine.docker.list_volumes(Some(options)).await;
    let listed = listed.map_err(|error| engine.failed("list", "volumes", error))?;
    let volumes = listed.volumes.unwrap_or_default().into_iter();
    Ok(volumes
        .map(|volume| Volume { name: volume.name, labels: volume.labels.into_iter().collect() })
        .collect())
}

pub(super) async fn remove(engine: &DockerEngine, name: &str) -> Result<(), RuntimeError> {
    match engine.docker.remove_volume(name, None::<RemoveVolumeOptions>).await {
        Err(error) if failure::status(&error) != Some(404) => {
            Err(engine.failed("remove", subject(name), error))
        }
        _ => Ok(()),
    }
}

fn subject(name: &str) -> String {
    format!("the volume {name}")
}
