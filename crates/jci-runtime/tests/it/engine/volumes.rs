//! Volumes.

use std::collections::BTreeMap;

use jci_runtime::{Mount, MountSource, Runtime as _, Volume};
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

#[rstest]
#[tokio::test]
async fn a_volume_outlives_its_containers(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let volume = Volume { name: place.name("files"), labels: place.labels() };
    place.engine.create_volume(&volume).await.unwrap();
    place.engine.create_volume(&volume).await.unwrap();

    let mut spec = place.script("cat /files/count 2>/dev/null; echo again >> /files/count");
    spec.mounts.push(Mount {
        source: MountSource::Volume(volume.name.clone()),
        target: "/files".to_owned(),
        read_only: false,
    });
    let logs = [place.run(&spec).await.1, place.run(&spec).await.1];
    spec.mounts[0].read_only = true;
    let (_, read_only) = place.run(&spec).await;

    assert_eq!(logs, ["", "again\n"]);
    assert!(read_only.starts_with("again\nagain\n"), "{read_only}");
    assert!(read_only.contains("Read-only file system"), "{read_only}");
    assert_eq!(
        place.engine.list_volumes(&place.labels()).await.unwrap(),
        std::slice::from_ref(&volume)
    );

    let error = place.engine.remove_volume(&volume.name).await.unwrap_err();
    assert!(error.to_string().contains(&volume.name), "{error}");
    for container in place.engine.list(&place.labels()).await.unwrap() {
        place.engine.remove(&container.id).await.unwrap();
    }
    place.engine.remove_volume(&volume.name).await.unwrap();
    place.engine.remove_volume(&volume.name).await.unwrap();
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn one_of_somebody_else(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let volume = Volume { name: place.name("files"), labels: place.labels() };
    place.engine.create_volume(&volume).await.unwrap();

    let other = Volume { labels: BTreeMap::new(), ..volume.clone() };
    let error = place.engine.create_volume(&other).await.unwrap_err();
    assert!(error.to_string().ends_with("there is one of this name with other labels"), "{error}");

    place.engine.remove_volume(&volume.name).await.unwrap();
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn files_of_the_host(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a, b=c"), "from the host").unwrap();
    let mut spec = place.script("cat '/given/a, b=c'; echo x > /given/y");
    spec.mounts.push(Mount {
        source: MountSource::Host(folder.path().to_owned()),
        target: "/given".to_owned(),
        read_only: true,
    });

    let (exit, log) = place.run(&spec).await;

    assert!(log.starts_with("from the host"), "{log}");
    assert_ne!(ended(&exit), Some(0));
    assert!(!folder.path().join("y").exists());
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn files_of_the_host_that_are_not_there(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let mut spec = place.script("");
    spec.mounts.push(Mount {
        source: MountSource::Host(missing.clone()),
        target: "/given".to_owned(),
        read_only: true,
    });

    let error = place.engine.start(&spec).await.unwrap_err();

    assert!(error.to_string().contains(missing.to_str().unwrap()), "{error}");
    assert!(!error.is_transient());
    assert!(!missing.exists());
    place.mark.assert_nothing_left();
}
