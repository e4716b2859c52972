//! How much memory a long pack takes of the server, both ways.

use std::fs;

use super::job::Job;
use crate::world::World;

const PACK: usize = 256 << 20;
/// What a server may take for it beside what it has taken already.
const ALLOWED: usize = 32 << 20;

#[test]
fn long_packs_are_never_held() {
    let world = World::new();
    let (commit, _) = world.submit("first");
    let job = Job::new(world.runner("one").poll().unwrap());
    // git need not try to make shorter what cannot be made shorter.
    job.clone(&["--config", "core.compression=0", "--config", "core.looseCompression=0"]);
    let name = long_run(&job);
    let before = peak(world.server.id());
    let _ = job.git(&["push", "--quiet", "origin", &name]).success();
    assert!(world.site.refs().contains_key(&name));
    let pushed = peak(world.server.id()) - before;
    assert!(pushed < ALLOWED, "a push of {PACK} bytes took {pushed}");

    // The run says nothing of how it ended, so that the job and its token go on.
    let _ = job.git(&["update-ref", "-d", &name]).success();
    let _ = job.git(&["init", "--quiet", "../other"]).success();
    let fetch = ["-C", "../other", "fetch", "--quiet", &job.offer.clone_url, &name];
    let _ = job.git(&fetch).success();
    let fetched = peak(world.server.id()) - before;
    assert!(fetched < ALLOWED, "a fetch of {PACK} bytes took {fetched}");
    assert_eq!(job.offer.commit_sha, commit);
}

/// Makes a run with a file that nothing makes shorter, and returns its ref.
fn long_run(job: &Job) -> String {
    let mut noise = vec![0; PACK];
    fastrand::Rng::with_seed(4).fill(&mut noise);
    fs::write(job.work().join("noise"), noise).unwrap();
    let blob = job.git_fed(&["hash-object", "-w", "noise"], "");
    let tree = job.git_fed(&["mktree"], &format!("100644 blob {blob}\tnoise\n"));
    let commit = job.git_fed(&["commit-tree", &tree], "a run\n");
    job.git_fed(&["update-ref", &job.run_ref(), &commit], "");
    job.run_ref()
}

/// Returns the most memory that a process has used so far, in bytes.
fn peak(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
