//! Starting, looking at and listing containers.

use std::collections::BTreeMap;
use std::time::SystemTime;

use insta::{allow_duplicates, assert_snapshot};
use jci_runtime::{ContainerId, EnvValue, Phase, Runtime as _, RuntimeError, SecretString};
use rstest::rstest;
use secrecy::ExposeSecret as _;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

#[rstest]
#[tokio::test]
async fn a_program_with_its_folder_its_user_and_its_variables(
    #[values(Docker, Podman)] kind: Kind,
) {
    let place = Place::new(kind).await;
    let mut spec = place.script("pwd; id -u; echo $PLAIN $SECRET; exit 3");
    spec.working_folder = Some("/tmp".to_owned());
    spec.user = Some("1234:1234".to_owned());
    spec.environment = BTreeMap::from([
        ("PLAIN".to_owned(), EnvValue::Plain("for all".to_owned())),
        ("SECRET".to_owned(), EnvValue::Secret(SecretString::from("for few"))),
    ]);

    let (exit, log) = place.run(&spec).await;

    allow_duplicates! {
        assert_snapshot!(log, @"
        /tmp
        1234
        for all for few
        ");
    }
    assert_eq!(ended(&exit), Some(3));
    assert!(!format!("{spec:?}").contains("for few"));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn what_is_known_of_a_container(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let begin = SystemTime::now();
    let mut spec = place.script("echo begun; sleep 600");
    spec.labels.insert("job".to_owned(), "7".to_owned());
    let token = EnvValue::Secret(SecretString::from("a=b"));
    spec.environment.insert("TOKEN".to_owned(), token);

    let id = place.engine.start(&spec).await.unwrap();
    let container = place.engine.inspect(&id).await.unwrap();

    assert_eq!(container.id, id);
    assert_eq!(container.phase, Phase::Running);
    assert_eq!(container.labels.get("job").map(String::as_str), Some("7"));
    assert_eq!(container.environment["TOKEN"].expose_secret(), "a=b");
    assert!(begin <= container.created && container.created <= SystemTime::now());
    assert!(!format!("{container:?}").contains("a=b"));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn a_list_has_what_bears_all_labels_oldest_first(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut ids = Vec::new();
    for number in ["1", "2", "3"] {
        let mut spec = place.script("exit 5");
        spec.labels.insert("number".to_owned(), number.to_owned());
        let id = place.engine.start(&spec).await.unwrap();
        place.engine.wait(&id).await.unwrap();
        ids.push(id);
    }

    let all = place.engine.list(&place.labels()).await.unwrap();
    let mut labels = place.labels();
    labels.insert("number".to_owned(), "2".to_owned());
    let second = place.engine.list(&labels).await.unwrap();

    assert_eq!(all.iter().map(|container| container.id.clone()).collect::<Vec<_>>(), ids);
    assert!(all.iter().all(|container| container.environment.is_empty()));
    let Phase::Ended(exit) = &all[0].phase else { panic!("{:?}", all[0].phase) };
    assert_eq!(ended(exit), Some(5));
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].id, ids[1]);
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn a_container_that_is_not_there(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let nobody = ContainerId("nobody".to_owned());
    let is_missing = |error: Option<RuntimeError>| matches!(error, Some(RuntimeError::NoContainer { container }) if container == "nobody");

    assert!(is_missing(place.engine.inspect(&nobody).await.err()));
    assert!(is_missing(place.engine.wait(&nobody).await.err()));
    assert!(is_missing(place.engine.logs(&nobody, 0).await.err()));
    place.engine.stop(&nobody, std::time::Duration::ZERO).await.unwrap();
    place.engine.remove(&nobody).await.unwrap();
}

#[rstest]
#[tokio::test]
async fn what_cannot_start_leaves_nothing(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("");
    spec.name = Some(place.name("lost"));
    spec.command = vec!["/no/such/program".to_owned()];

    let error = place.engine.start(&spec).await.unwrap_err().to_string();

    assert!(error.starts_with(&format!("cannot start the container {}", place.name("lost"))));
    assert!(error.contains(&place.image) && error.contains("/no/such/program"), "{error}");
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn an_image_that_is_not_there(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("");
    spec.image = "jci-test/no-such-image:1".to_owned();

    let error = place.engine.start(&spec).await.unwrap_err();

    allow_duplicates! {
        assert_snapshot!(error, @"there is no image jci-test/no-such-image:1 here");
    }
    assert!(!error.is_transient());
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn two_of_one_name_cannot_be(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("sleep 600");
    spec.name = Some(place.name("one"));

    let first = place.engine.start(&spec).await.unwrap();
    let error = place.engine.start(&spec).await.unwrap_err();

    assert!(error.to_string().contains(&place.name("one")), "{error}");
    assert!(!error.is_transient());
    assert_eq!(place.engine.inspect(&first).await.unwrap().phase, Phase::Running);
    place.remove_all().await;
}
