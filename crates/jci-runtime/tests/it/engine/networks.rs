//! Networks.

use insta::{allow_duplicates, assert_snapshot};
use jci_runtime::{BridgeNetwork, Network, Runtime as _};
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

/// A network of a test's own.
fn network(place: &Place) -> BridgeNetwork {
    BridgeNetwork {
        name: place.name("net"),
        labels: place.labels(),
        interface: place.mark.interface(),
        between_containers: false,
        ipv6: None,
    }
}

#[rstest]
#[tokio::test]
async fn a_network_with_an_interface_of_its_name(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let wanted = network(&place);

    let made = place.engine.ensure_network(&wanted).await.unwrap();
    let again = place.engine.ensure_network(&wanted).await.unwrap();

    assert_eq!(made, again);
    assert_eq!(made.interface, wanted.interface);
    assert_eq!(made.gateways.len(), 1);
    assert_eq!(
        place.engine.list_networks(&place.labels()).await.unwrap(),
        std::slice::from_ref(&made)
    );
    let interface = std::path::Path::new("/sys/class/net").join(&wanted.interface);
    assert_eq!(interface.exists(), kind == Docker);
    assert_eq!(made.comes_with_containers, kind == Podman);

    // What runs there has an address of it, and its own name for it.
    let mut spec = place.script("cat /proc/net/route; sleep 600");
    spec.network = Network::Named(wanted.name.clone());
    let container = place.engine.start(&spec).await.unwrap();
    place.until_written(&container, "eth0").await;
    assert!(interface.exists(), "{}", interface.display());

    for container in place.engine.list(&place.labels()).await.unwrap() {
        place.engine.remove(&container.id).await.unwrap();
    }
    place.engine.remove_network(&wanted.name).await.unwrap();
    place.engine.remove_network(&wanted.name).await.unwrap();
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn one_that_has_the_name_and_is_another(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let wanted = network(&place);
    place.engine.ensure_network(&wanted).await.unwrap();

    let other = BridgeNetwork { between_containers: true, ..wanted.clone() };
    let error = place.engine.ensure_network(&other).await.unwrap_err();
    let error = error.to_string().replace(&wanted.name, "<name>");
    allow_duplicates! {
        assert_snapshot!(error, @"cannot create the network <name>: one of this name has false for com.docker.network.bridge.enable_icc, not true");
    }

    place.engine.remove_network(&wanted.name).await.unwrap();
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn a_network_that_is_not_there(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("");
    spec.network = Network::Named("jci-test-no-such-network".to_owned());

    let error = place.engine.start(&spec).await.unwrap_err();

    assert!(error.to_string().contains("jci-test-no-such-network"), "{error}");
    place.mark.assert_nothing_left();
}

#[rstest]
#[tokio::test]
async fn nothing_to_reach(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("cat /proc/net/dev | tail -n +3 | sed 's/:.*//; s/ //g'");
    spec.network = Network::None;
    let (_, log) = place.run(&spec).await;
    assert_eq!(log, "lo\n");
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn all_that_another_container_has(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut holding = place.script("kill -STOP $$");
    // The first process of all is not stopped by its own signal.
    holding.restrictions.init = true;
    let holder = place.engine.start(&holding).await.unwrap();
    let which = "readlink /proc/self/ns/net; tail -n +2 /proc/net/route";
    let mut spec = place.script(which);
    spec.network = Network::Of(holder.clone());

    let (exit, first) = place.run(&spec).await;
    assert_eq!(ended(&exit), Some(0));
    let (_, second) = place.run(&spec).await;

    assert!(first.contains("eth0"), "{first}");
    assert_eq!(first, second);
    let process = ["inspect", "--format={{.State.Pid}}", &holder.0];
    let process = place.docker.words(&process).remove(0);
    let theirs = std::fs::read_link(format!("/proc/{process}/ns/net")).unwrap();
    assert_eq!(first.lines().next(), theirs.to_str());

    if !place.engine.can_remove_shared_networks() {
        let error = place.engine.remove(&holder).await.unwrap_err();
        assert!(error.to_string().contains("has dependent containers"), "{error}");
        for container in place.engine.list(&place.labels()).await.unwrap() {
            if container.id != holder {
                place.engine.remove(&container.id).await.unwrap();
            }
        }
    }
    place.engine.remove(&holder).await.unwrap();
    let error = place.engine.start(&spec).await.unwrap_err();
    assert!(error.to_string().contains(&holder.0), "{error}");
    place.remove_all().await;
}
