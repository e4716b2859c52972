//! A whole run as an archive.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;
use jci_testkit::{PlumbedRun, require};

use super::server::Server;
use crate::fixture::{Fixture, PASSED};

const ODD: &str = "1767330000-00dd";

#[test]
fn an_archive_unpacks_to_what_is_stored() {
    let fixture = Fixture::new();
    let long = format!("{}/{}.txt", "folder/".repeat(30).trim_end_matches('/'), "n".repeat(150));
    let far = "../".repeat(60) + "end";
    let large: Vec<u8> = (0..500_000_u32).flat_map(u32::to_le_bytes).collect();
    let run = PlumbedRun::new(ODD, "ok")
        .log("a log\n")
        .file(b"bytes-\xff", "odd")
        .file(&long, "deep")
        .file("of-a-block", [7; 512])
        .file("large", &large)
        .file("empty", "")
        .executable("tool", "#!/bin/sh\necho tool\n")
        .symlink("near", "tool")
        .symlink("far", &far);
    fixture.repo.plumb_run(&fixture.second, &run);
    let server = Server::start(&fixture.repo);
    let response = server.get(&format!("/jci/{}/{ODD}/archive.tar", fixture.second));
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/x-tar"));
    let name = format!("jci-{}-{ODD}.tar", &fixture.second[..12]);
    let disposition = response.header("content-disposition").unwrap();
    assert!(disposition.starts_with(&format!("attachment; filename=\"{name}\"")), "{disposition}");

    let environment = &fixture.repo.environment;
    std::fs::write(environment.path("run.tar"), &response.body).unwrap();
    let (ours, gits) = (environment.path("ours"), environment.path("gits"));
    let unpack = |archive: &str, folder: &Path| {
        std::fs::create_dir(folder).unwrap();
        let arguments = ["-xf", archive, "--warning=all"];
        let said = environment.run(require("tar", "tar"), &arguments, folder).success();
        assert_eq!(said.stderr(), "");
    };
    unpack("../run.tar", &ours);
    // What git itself makes of the same run.
    let reference = format!("refs/jci-runs/{}/{ODD}", fixture.second);
    let path = environment.path("gits.tar");
    fixture.repo.git(&["archive", "--format=tar", "-o", path.to_str().unwrap(), &reference]);
    unpack("../gits.tar", &gits);
    let diff = environment.run(
        require("diff", "diffutils"),
        &["--recursive", "--no-dereference", "ours", "gits"],
        &environment.path(""),
    );
    assert_eq!(diff.success().stdout(), "");
    let mode = |name: &str| ours.join(name).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("tool"), mode("empty")), (0o755, 0o644));
    assert_eq!(ours.join("far").read_link().unwrap(), Path::new(&far));
    let odd = std::ffi::OsStr::from_bytes(b"bytes-\xff");
    assert_eq!(std::fs::read(ours.join(odd)).unwrap(), b"odd");
    assert_eq!(ours.join("large").metadata().unwrap().len(), large.len() as u64);

    let again = server.get_with(
        &format!("/jci/{}/{ODD}/archive.tar", fixture.second),
        &[("If-None-Match", response.header("etag").unwrap())],
    );
    assert_eq!(again.status, 304);
}

#[test]
fn a_run_that_could_do_harm_where_it_is_unpacked_is_refused() {
    let fixture = Fixture::new();
    let harmful = PlumbedRun::new(ODD, "ok").symlink("a", "/tmp").file("a/passwd", "x");
    fixture.repo.plumb_run(&fixture.second, &harmful);
    let server = Server::start(&fixture.repo);
    let problem = |run: &str| server.problem(&format!("/jci/{}/{run}/archive.tar", fixture.second));
    assert_snapshot!(problem(ODD), @r#"422 unsafe path: the path "a" is not safe to write: it is both a folder and a file"#);
    assert_snapshot!(fixture.redact(&problem("1-0000")), @"404 no such run: the commit [second] has no run 1-0000 here; `git jci pull` gets runs made elsewhere");
    let passed = server.get(&format!("/jci/{}/{PASSED}/archive.tar", fixture.second));
    assert_eq!(passed.status, 200);
}
