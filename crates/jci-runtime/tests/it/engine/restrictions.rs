//! What containers may do and use.

use insta::{allow_duplicates, assert_snapshot};
use jci_runtime::{Limits, Mount, MountSource, Privileges, Restrictions, Runtime as _};
use rstest::rstest;

use super::Kind::{self, Docker, Podman};
use super::{Place, ended};

const STATUS: &str = "sed -n '/^CapEff\\|^CapBnd\\|^NoNewPrivs/p' /proc/self/status";

#[rstest]
#[tokio::test]
async fn only_the_rights_that_are_given(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script(STATUS);
    spec.restrictions.privileges = Privileges::Only(vec!["CHOWN".to_owned()]);

    let (_, log) = place.run(&spec).await;

    allow_duplicates! {
        assert_snapshot!(log.replace('\t', " "), @"
        CapEff: 0000000000000001
        CapBnd: 0000000000000001
        NoNewPrivs: 1
        ");
    }
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn the_limits_that_the_kernel_holds(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script(
        "cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max 2>/dev/null ||
         cat memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes pids/pids.max \
             cpu/cpu.cfs_quota_us;
         ulimit -n",
    );
    spec.limits = Limits {
        memory: Some(64 << 20),
        cpus: Some(1.5),
        processes: Some(100),
        open_files: Some(123),
        disk: None,
    };

    let (_, log) = place.run(&spec).await;

    let lines: Vec<&str> = log.lines().collect();
    let v1 = ["67108864", "67108864", "100", "150000", "123"];
    let v2 = ["67108864", "0", "100", "150000 100000", "123"];
    assert!(lines == v1 || lines == v2, "{lines:?}");
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn too_many_processes_are_refused_by_the_kernel(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("for i in $(seq 99); do sleep 600 & done");
    // To start a container takes some threads, and the kernel counts them.
    spec.limits.processes = Some(50);
    let (exit, log) = place.run(&spec).await;
    assert_ne!(ended(&exit), Some(0));
    assert!(log.contains("fork"), "{log}");
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn a_read_only_root_with_a_place_to_write(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script(
        "echo x > /x; echo y > /given/y && cat /given/y; head -c 2000000 /dev/zero > /given/z",
    );
    spec.restrictions = Restrictions { read_only_root: true, init: true, ..Default::default() };
    spec.mounts.push(Mount {
        source: MountSource::Memory { bytes: 1 << 20 },
        target: "/given".to_owned(),
        read_only: false,
    });

    let (exit, log) = place.run(&spec).await;

    assert!(log.contains("Read-only file system"), "{log}");
    assert!(log.contains("\ny\n"), "{log}");
    assert!(log.contains("No space left on device"), "{log}");
    assert_ne!(ended(&exit), Some(0));
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn an_init_process_reaps_orphans(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("cat /proc/1/comm; (sh -c 'exit 0' &); echo $$");
    spec.restrictions.init = true;
    let (_, log) = place.run(&spec).await;
    let (init, own) = log.split_once('\n').unwrap();
    assert_ne!(init, "sh");
    assert_ne!(own.trim(), "1");
    place.remove_all().await;
}

#[rstest]
#[tokio::test]
async fn a_limit_of_the_disk_that_the_engine_has_not(#[values(Docker, Podman)] kind: Kind) {
    let place = Place::new(kind).await;
    let mut spec = place.script("");
    spec.limits.disk = Some(1 << 30);
    // Whether there is one depends on what the machine's engine keeps its files on.
    match place.engine.start(&spec).await {
        Ok(container) => place.engine.remove(&container).await.unwrap(),
        Err(error) => {
            let error = error.to_string();
            assert!(
                error.contains("a limit of the disk of 1073741824 bytes: its storage driver")
                    || error.contains("storage-opt"),
                "{error}"
            );
        }
    }
    place.mark.assert_nothing_left();
}
