//! Jobs one after another in the same network namespace.

use super::{WAIT, left, let_go};
use crate::world::{World, wait_until};

/// Shows which namespace a job is in, and what it finds of names and addresses there.
const SHOW: &str = "echo in $(readlink /proc/self/ns/net)\ncat /etc/hosts /etc/resolv.conf\n";

/// Leaves in `/etc` what would lead others astray.
const LEAD_ASTRAY: &str = "echo '192.0.2.66 good.example' >>/etc/hosts\n\
     echo 'nameserver 192.0.2.66' >>/etc/resolv.conf\ncat /etc/hosts /etc/resolv.conf\n";

/// Leaves the end of a connection within the namespace, for which the kernel keeps its port: the
/// engine itself listens there.
const LEAVE_SOCKET: &str = "exec 3<>/dev/tcp/127.0.0.11/53\nexec 3>&-\n";

impl World {
    /// Runs a job; returns its log.
    fn run(&self, script: &str) -> String {
        let (_, job) = self.push(&format!("set -e\n{script}\necho over\n"));
        self.wait_for(&job, "ok");
        self.wait_for_line(&job, "over\n")
    }

    /// Waits until a namespace waits for a job, so often by now.
    fn wait_for_namespace(&self, count: usize) {
        wait_until(&format!("a namespace waits, {count} times"), || {
            let log = self.runner.log();
            (log.matches("a network namespace waits for a job").count() >= count).then_some(())
        });
    }
}

/// Stops the runner; only what is kept for a look may be left.
fn nothing_of_namespaces_is_left(mut world: World) {
    assert!(world.runner.stop().success());
    assert_eq!(world.mark.containers_with("jci-holds-namespace"), [""; 0]);
    let copies = world.folder().join("jci-runner-data/etc");
    assert_eq!(std::fs::read_dir(&copies).unwrap().count(), 0, "{}", copies.display());
}

fn namespace(log: &str) -> &str {
    log.lines().find(|line| line.starts_with("in net:[")).expect("the job tells it")
}

#[test]
fn a_job_finds_nothing_of_the_one_before() {
    let world = World::with(&[], &[("JCI_RUNNER_CAPACITY", "1")]);
    world.run("true");
    world.wait_for_namespace(1);

    let first = world.run(&format!("{SHOW}{LEAD_ASTRAY}"));
    assert!(first.contains("192.0.2.66 good.example"), "it has an /etc/hosts to write to: {first}");
    world.wait_for_namespace(2);
    let second = world.run(SHOW);

    assert_eq!(namespace(&first), namespace(&second));
    assert!(!second.contains("192.0.2.66"), "{second}");
    let found = |part: &str| second.lines().filter(|line| line.contains(part)).count();
    assert_eq!((found("127.0.0.1\tlocalhost"), found("nameserver 127.0.0.11")), (1, 1), "{second}");
    assert_eq!(world.mark.containers_with("jci-namespace").len(), 2);
    nothing_of_namespaces_is_left(world);
}

#[test]
fn a_namespace_in_which_a_socket_is_left_rests() {
    let world = World::with(&[], &[("JCI_RUNNER_CAPACITY", "1")]);
    world.run("true");
    world.wait_for_namespace(1);

    let first = world.run(&format!("{SHOW}{LEAVE_SOCKET}"));
    let second = world.run(SHOW);
    assert_ne!(namespace(&first), namespace(&second));
    // One that was made for it, as for the first job of all; the next one has a spare again.
    world.wait_for_namespace(2);
    let third = world.run(SHOW);
    assert_ne!(namespace(&first), namespace(&third));
    assert_eq!(world.mark.containers_with("jci-namespace").len(), 2);
    nothing_of_namespaces_is_left(world);
}

#[test]
fn a_job_goes_on_in_its_namespace_when_the_runner_is_killed() {
    let mut world = World::with(&[], &[("JCI_KEPT_CONTAINERS", "0")]);
    world.run("true");
    world.wait_for_namespace(1);
    let (_, job) = world.push(&format!("{WAIT}{SHOW}echo over\n"));
    world.wait_for(&job, "running");
    wait_until("the job is in the namespace", || {
        (world.mark.containers_with("jci-namespace").len() == 1).then_some(())
    });
    world.runner.kill();
    world.runner.start("taking jobs");
    let_go(&world.site);
    world.wait_for(&job, "ok");
    world.wait_for_line(&job, "over\n");
    left::nothing(world);
}

#[test]
fn each_job_has_a_namespace_of_its_own_if_that_is_set() {
    let world = World::with(&[], &[("JCI_NETWORK_REUSE", "false")]);
    world.run("true");
    world.run("true");
    assert_eq!(world.containers().len(), 2);
    assert_eq!(world.mark.containers_with("jci-namespace"), [""; 0]);
    assert_eq!(world.mark.containers_with("jci-holds-namespace"), [""; 0]);
}
