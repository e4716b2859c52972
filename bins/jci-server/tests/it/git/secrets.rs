//! Where tokens are, and where they are not.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jci_testkit::PlumbedRun;

use super::job::{Job, RUN};
use crate::runner::lease;
use crate::world::World;

#[test]
fn neither_token_is_anywhere_but_where_it_must_be() {
    let world = World::with(&[("JCI_LOG", "trace")]);
    let (commit, _) = world.submit("first");
    let job = Job::new(world.runner("one").poll().unwrap());
    job.clone(&[]);
    let run = PlumbedRun::new(RUN, "ok").log("all is well\n");
    let name = job.environment.plumb_run(&job.work(), &commit, &run);
    let pushed = job.git(&["push", "origin", &name]).success();
    world.wait_for_status(&commit, "success");
    let refused = job.git(&["fetch", "origin"]).exits(128);

    let of_job = lease(&job.offer).token.0.clone();
    let kept = std::fs::read_to_string(job.work().join(".git/config")).unwrap();
    let said = [pushed.stderr(), refused.stderr(), kept, world.server.log()].concat();
    for token in [of_job.as_str(), world.token.as_str()] {
        assert!(!said.contains(token));
        for user in ["jci", "", "ci"] {
            assert!(!said.contains(&BASE64_STANDARD.encode(format!("{user}:{token}"))));
        }
    }
    // The forge sees the server's token only, and the job none but its own.
    assert!(!format!("{:?}", world.forge.requests()).contains(&of_job));
    assert!(world.server.log().contains("git was served"));
}

#[test]
fn a_job_of_another_repository_reads_nothing_here() {
    let world = World::new();
    world.submit("first");
    let job = Job::new(world.runner("one").poll().unwrap());
    let other = job.offer.clone_url.replace("team/site", "team/other");
    let _private = world.forge.repository("team/other");
    let mut git = job.environment.command("git", &job.environment.path(""));
    git.env("GIT_CONFIG_KEY_0", format!("http.{other}.extraHeader"));
    let finished = jci_testkit::Finished::of(git.args(["clone", "--quiet", &other, "stolen"]));
    let said = finished.exits(128).stderr();
    assert!(
        said.contains("remote: jci: the token of this job is for another repository"),
        "{said}"
    );
}
