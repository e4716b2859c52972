//! How much memory a long pack takes, both ways.

use std::fs;

use jci_testkit::Finished;

use super::place::{Place, RUN, TOKEN};

const PACK: usize = 256 << 20;
/// What the proxy and the forge of the test, which share a process, may take more.
const ALLOWED: usize = 48 << 20;

#[test]
fn long_packs_are_never_held() {
    let place = Place::new();
    place.clone(&["--config", "core.compression=0", "--config", "core.looseCompression=0"]);
    let name = long_run(&place);
    let before = peak_from_now();
    let _ = place.in_clone(&["push", "--quiet", "origin", &name]).success();
    let pushed = peak() - before;
    assert_eq!(place.heard().len(), 1);
    assert!(pushed < ALLOWED, "a push of {PACK} bytes took {pushed}");

    let before = peak_from_now();
    let fetch = ["fetch", "--quiet", &place.url(), &name];
    let _ = place.git(&["init", "--quiet", "other"]).success();
    let other = place.folder().join("other");
    let _ = Finished::of(&mut place.git_in(&other, TOKEN, &fetch)).success();
    let fetched = peak() - before;
    assert!(fetched < ALLOWED, "a fetch of {PACK} bytes took {fetched}");
}

/// Makes a run with a file that nothing makes shorter.
fn long_run(place: &Place) -> String {
    let path = place.work().join("noise");
    let mut noise = vec![0; PACK];
    fastrand::Rng::with_seed(4).fill(&mut noise);
    fs::write(&path, noise).unwrap();
    let git = |arguments: &[&str], input: &str| {
        let mut command = place.author.environment.command("git", &place.work());
        let finished = Finished::fed(command.args(arguments), input.as_bytes()).success();
        finished.stdout().trim().to_owned()
    };
    let blob = git(&["hash-object", "-w", "noise"], "");
    let tree = git(&["mktree"], &format!("100644 blob {blob}\tnoise\n"));
    let commit = git(&["commit-tree", &tree], "a run\n");
    let name = format!("refs/jci-runs/{}/{RUN}", place.commit);
    git(&["update-ref", &name, &commit], "");
    name
}

/// Forgets the peak of this process and returns what it uses now.
fn peak_from_now() -> usize {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak()
}

/// Returns the most memory that this process has used, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
