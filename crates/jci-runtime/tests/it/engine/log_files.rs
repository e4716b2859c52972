//! Logs in files of the host.

use std::fs;

use futures_util::TryStreamExt as _;
use jci_runtime::{Phase, Runtime as _};
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

#[rstest]
#[tokio::test]
async fn every_byte_in_order_and_from_any_byte_on(#[values(Docker, Podman)] kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::with_log_folder(kind, folder.path()).await;
    let mut spec = place.script("");
    spec.command[2] =
        r"printf 'one\ntwo\r\n\000\377'; printf ' err\351 ' >&2; printf end".to_owned();
    // Whoever it is, it may write to its log and to no other.
    spec.user = Some("1234:1234".to_owned());
    let container = place.engine.start(&spec).await.unwrap();
    let exit = place.engine.wait(&container).await.unwrap();

    let whole = place.log(&container, 0).await;
    assert_eq!(ended(&exit), Some(0));
    assert_eq!(whole, b"one\ntwo\r\n\0\xff err\xe9 end");
    for from in 0..=whole.len() + 1 {
        let rest = place.log(&container, from as u64).await;
        assert_eq!(rest, whole.get(from..).unwrap_or_default(), "from {from}");
    }

    place.remove_all().await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[rstest]
#[tokio::test]
async fn it_is_followed_to_the_end(#[values(Docker, Podman)] kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::with_log_folder(kind, folder.path()).await;
    let mut spec = place.script("seq 1 300000; head -c 150000000 /dev/zero; exit 3");
    spec.labels.insert("more".to_owned(), "labels".to_owned());
    let container = place.engine.start(&spec).await.unwrap();

    let (followed, exit) =
        futures_util::join!(place.log(&container, 0), place.engine.wait(&container));

    let lines: Vec<u8> = (1..=300_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    assert_eq!(ended(&exit.unwrap()), Some(3));
    assert_eq!(followed.len(), lines.len() + 150_000_000);
    assert!(followed.starts_with(&lines));
    assert!(followed[lines.len()..].iter().all(|byte| *byte == 0));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn another_engine_of_the_same_folder_goes_on_with_it(#[values(Docker, Podman)] kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::with_log_folder(kind, folder.path()).await;
    let script = "echo begun; while [ ! -e /tmp/go ]; do sleep 0.02; done";
    let container = place.engine.start(&place.script(script)).await.unwrap();
    place.until_written(&container, "begun").await;

    let again = Place::with_log_folder(kind, folder.path()).await;
    let mut log = again.engine.logs(&container, 3).await.unwrap();
    assert_eq!(log.try_next().await.unwrap().unwrap(), "un\n");
    assert_eq!(again.engine.inspect(&container).await.unwrap().phase, Phase::Running);

    again.engine.remove(&container).await.unwrap();
    place.mark.assert_nothing_left();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[rstest]
#[tokio::test]
async fn what_does_not_start_leaves_no_file(#[values(Docker, Podman)] kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::with_log_folder(kind, folder.path()).await;
    let mut spec = place.script("");
    spec.image = "jci-test/no-such-image:1".to_owned();
    place.engine.start(&spec).await.unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[rstest]
#[tokio::test]
async fn files_of_containers_that_others_removed_are_swept_up(
    #[values(Docker, Podman)] kind: Kind,
) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::with_log_folder(kind, folder.path()).await;
    let kept = place.engine.start(&place.script("echo kept")).await.unwrap();
    let gone = place.engine.start(&place.script("echo gone")).await.unwrap();
    place.engine.wait(&gone).await.unwrap();
    place.engine.sweep().await.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    // An engine that knows nothing of the folder.
    Place::new(kind).await.engine.remove(&gone).await.unwrap();
    place.engine.sweep().await.unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(place.log(&kept, 0).await, b"kept\n");
    place.remove_all().await;
}
