//! Logs.

use std::fmt::Write as _;

use futures_util::TryStreamExt as _;
use jci_runtime::Runtime as _;
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

#[rstest]
#[tokio::test]
async fn every_byte_from_any_byte_on(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let spec = place.script(r"printf 'one\ntwo\r\n\000\303\274three'; printf ' and four' >&2");
    let container = place.engine.start(&spec).await.unwrap();
    place.engine.wait(&container).await.unwrap();

    let whole = place.log(&container, 0).await;
    assert_eq!(whole.len(), 26);
    for from in 0..=whole.len() + 1 {
        let rest = place.log(&container, from as u64).await;
        assert_eq!(rest, whole.get(from..).unwrap_or_default(), "from {from}");
    }
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn it_comes_while_the_container_runs(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let spec = place.script("echo begun; read line </dev/zero; sleep 600");
    let container = place.engine.start(&spec).await.unwrap();

    let mut log = place.engine.logs(&container, 2).await.unwrap();
    assert_eq!(log.try_next().await.unwrap().unwrap(), "gun\n");

    place.engine.remove(&container).await.unwrap();
    place.mark.assert_nothing_left();
}

/// More than engines keep that are set to keep some megabytes of each log, in lines and without.
#[rstest]
#[tokio::test]
async fn nothing_of_a_long_log_is_lost(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let spec =
        place.script("seq 1 100000; head -c 40000000 /dev/zero | tr '\\0' a; echo; echo end");
    let container = place.engine.start(&spec).await.unwrap();

    let (followed, exit) =
        futures_util::join!(place.log(&container, 0), place.engine.wait(&container));

    let mut expected = String::new();
    for number in 1..=100_000 {
        writeln!(expected, "{number}").unwrap();
    }
    expected.push_str(&"a".repeat(40_000_000));
    expected.push_str("\nend\n");
    assert_eq!(ended(&exit.unwrap()), Some(0));
    assert!(followed == expected.as_bytes(), "{} bytes, not {}", followed.len(), expected.len());
    assert!(place.log(&container, 0).await == followed);
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn what_is_written_last_comes_too(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    for round in 0..20 {
        let spec = place.script(&format!("seq 1 {}; echo last {round}", round * 50));
        let container = place.engine.start(&spec).await.unwrap();
        let log = String::from_utf8(place.log(&container, 0).await).unwrap();
        assert!(log.ends_with(&format!("last {round}\n")), "{round}: {log:?}");
        assert_eq!(log.lines().count(), round * 50 + 1);
        place.engine.remove(&container).await.unwrap();
    }
    place.mark.assert_nothing_left();
}
