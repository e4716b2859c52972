//! Images.

use jci_runtime::{Runtime as _, RuntimeError};
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::Place;

#[rstest]
#[tokio::test]
async fn the_engine_and_its_version(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let engine = place.engine.engine().await.unwrap();
    let name = if kind == Docker { "Docker Engine " } else { "Podman " };
    assert!(engine.name.starts_with(name), "{engine:?}");
    assert!(engine.name.contains(", API 1."), "{engine:?}");
}

#[rstest]
#[tokio::test]
async fn whether_an_image_is_there(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    assert!(place.engine.has_image(&place.image).await.unwrap());
    assert!(!place.engine.has_image("jci-test/no-such-image:1").await.unwrap());
}

#[rstest]
#[tokio::test]
async fn a_registry_that_nobody_is(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    // Port 1 of this machine: the engine itself says that nobody is there.
    let image = "localhost:1/team/tools:9";
    let error = place.engine.pull_image(image, &mut |_| {}).await.unwrap_err();

    let RuntimeError::Pull { transient, message, .. } = &error else { panic!("{error:?}") };
    assert!(error.to_string().starts_with(&format!("cannot fetch the image {image}: ")));
    assert!(message.contains("localhost:1"), "{message}");
    assert!(transient, "{message}");
}

#[rstest]
#[tokio::test]
async fn a_name_that_no_image_can_have(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let error = place.engine.pull_image("UPPER/Case", &mut |_| {}).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    assert!(error.to_string().contains("UPPER/Case"), "{error}");
}
