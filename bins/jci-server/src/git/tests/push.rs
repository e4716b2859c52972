//! Pushes that a job may make.

use jci_testkit::{Finished, Formats, PlumbedRun};

use super::place::{JOB, Place, RUN, TOKEN};
use crate::git::Limits;

#[test]
fn a_run_is_pushed_and_the_server_hears_of_it() {
    for formats in [Formats::Git2, Formats::Sha256] {
        let place = Place::with(formats, Limits::default());
        place.clone(&[]);
        let name = place.run(RUN);
        let pushed = place.in_clone(&["push", "origin", "refs/jci-runs/*:refs/jci-runs/*"]);
        let _ = pushed.success();
        assert_eq!(place.runs(), [name]);
        assert_eq!(place.heard(), [format!("{JOB} {RUN}")]);
        place.repository.git(&["fsck", "--strict"]);
        let again = place.in_clone(&["push", "origin", "refs/jci-runs/*:refs/jci-runs/*"]);
        assert!(again.success().stderr().contains("Everything up-to-date"));
        assert_eq!(place.heard().len(), 1);
    }
}

#[test]
fn several_runs_are_pushed_at_once_whole_or_not_at_all() {
    let place = Place::new();
    place.clone(&[]);
    let names = [place.run("1795241966-0001"), place.run("1795241966-0002")];
    let _ = place.in_clone(&["push", "--atomic", "origin", &names[0], &names[1]]).success();
    assert_eq!(place.runs(), names);
    assert_eq!(place.heard(), [format!("{JOB} 1795241966-0001"), format!("{JOB} 1795241966-0002")]);
}

#[test]
fn every_version_of_the_protocol_pushes() {
    for version in ["0", "1", "2"] {
        let place = Place::new();
        place.clone(&["--config", &format!("protocol.version={version}")]);
        let name = place.run(RUN);
        let _ = place.in_clone(&["push", "--quiet", "origin", &name]).success();
        assert_eq!(place.runs(), [name], "version {version}");
    }
}

#[test]
fn a_shallow_clone_pushes_too() {
    let place = Place::new();
    place.clone(&["--depth=1"]);
    let name = place.run(RUN);
    let _ = place.in_clone(&["push", "origin", &name]).success();
    assert_eq!(place.runs(), [name]);
}

#[test]
fn a_long_pack_is_sent_in_pieces() {
    let place = Place::new();
    place.clone(&["--config", "http.postBuffer=65536"]);
    let noise: Vec<u8> = (0..99_999_u32).flat_map(|n| n.wrapping_mul(n).to_be_bytes()).collect();
    let run = PlumbedRun::new(RUN, "ok").file("noise", noise);
    let name = place.author.environment.plumb_run(&place.work(), &place.commit, &run);
    let mut git = place.git_in(&place.work(), TOKEN, &["push", "origin", &name]);
    let finished = Finished::of(git.env("GIT_TRACE_CURL", "1")).success();
    assert!(finished.stderr().to_lowercase().contains("transfer-encoding: chunked"));
    assert_eq!(place.runs(), [name]);
    assert_eq!(place.heard().len(), 1);
}

#[test]
fn of_many_runs_a_job_sees_its_own() {
    let place = Place::new();
    place.clone(&[]);
    let id = place.repository.git(&["rev-parse", "refs/tags/v1"]);
    let others: String =
        (0..3000).map(|n| format!("create refs/jci-runs/{id}/{n}-0000 {id}\n")).collect();
    let list = place.author.environment.path("others");
    std::fs::write(&list, others).unwrap();
    let mut update = place.author.environment.command("git", place.repository.path());
    update.args(["update-ref", "--stdin"]).stdin(std::fs::File::open(&list).unwrap());
    let _ = Finished::of(&mut update).success();
    let name = place.run(RUN);
    let mut git = place.git_in(&place.work(), TOKEN, &["push", "origin", &name]);
    let said = Finished::of(git.env("GIT_TRACE_PACKET", "1")).success().stderr();
    let offered = said.lines().filter(|line| line.contains(&format!("< {id}")));
    assert_eq!(offered.count(), 0, "{said}");
    assert!(place.runs().contains(&name));
}
