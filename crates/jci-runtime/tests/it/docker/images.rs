//! Images.

use jci_runtime::{Runtime as _, RuntimeError};

use super::Place;

#[tokio::test]
async fn the_engine_and_its_version() {
    let place = Place::new().await;
    let engine = place.engine.engine().await.unwrap();
    assert!(engine.name.starts_with("Docker Engine "), "{engine:?}");
    assert!(engine.name.contains(", API 1."), "{engine:?}");
}

#[tokio::test]
async fn whether_an_image_is_there() {
    let place = Place::new().await;
    assert!(place.engine.has_image(&place.image).await.unwrap());
    assert!(!place.engine.has_image("jci-test/no-such-image:1").await.unwrap());
}

#[tokio::test]
async fn a_registry_that_nobody_is() {
    let place = Place::new().await;
    // Port 1 of this machine: the engine itself says that nobody is there.
    let image = "localhost:1/team/tools:9";
    let error = place.engine.pull_image(image, &mut |_| {}).await.unwrap_err();

    let RuntimeError::Pull { transient, message, .. } = &error else { panic!("{error:?}") };
    assert!(error.to_string().starts_with(&format!("cannot fetch the image {image}: ")));
    assert!(message.contains("localhost:1"), "{message}");
    assert!(transient, "{message}");
}

#[tokio::test]
async fn a_name_that_no_image_can_have() {
    let place = Place::new().await;
    let error = place.engine.pull_image("UPPER/Case", &mut |_| {}).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
    assert!(error.to_string().contains("UPPER/Case"), "{error}");
}
