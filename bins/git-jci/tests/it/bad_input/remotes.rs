//! Remotes that cannot be reached, or hang up.

use std::io::Read as _;
use std::net::TcpListener;

use insta::assert_snapshot;

use crate::clones::Clones;

const RUN: &str = "1767323000-0001";

/// Shows what those say that talk to the remote, one after the other; nothing changes by it.
fn shown(clones: &Clones, url: &str) -> String {
    clones.plumb(clones.here(), RUN);
    clones.repo.git(&["remote", "set-url", "origin", url]);
    let commands = [&["push"][..], &["pull"], &["prune", "--on-remote=origin", "--commit"]];
    let said = commands.map(|command| {
        let finished = clones.jci(clones.here(), command);
        assert_eq!(finished.code(), Some(4), "{finished:?}");
        assert_eq!(finished.stdout(), "");
        clones.redact(&finished.stderr())
    });
    assert_eq!(clones.runs(clones.here()), [RUN]);
    clones.fsck(clones.here());
    clones.repo.assert_no_remains();
    said.join("\n")
}

#[test]
fn a_port_at_which_nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let said = shown(&Clones::new(), &format!("git://127.0.0.1:{port}/repo"));
    assert_snapshot!(said.replace(&port.to_string(), "[port]"), @"
    fatal: unable to connect to 127.0.0.1:
    127.0.0.1[0: 127.0.0.1]: errno=Connection refused

    error: git could not push to origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached

    fatal: unable to connect to 127.0.0.1:
    127.0.0.1[0: 127.0.0.1]: errno=Connection refused

    error: git could not fetch from origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached

    fatal: unable to connect to 127.0.0.1:
    127.0.0.1[0: 127.0.0.1]: errno=Connection refused

    error: git could not list the refs of origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached
    ");
}

#[test]
fn a_server_that_hangs_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("git://127.0.0.1:{port}/repo");
    let clones = Clones::new();
    let said = std::thread::scope(|scope| {
        scope.spawn(|| {
            // One connection a command.
            for _ in 0..3 {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 1024]);
            }
        });
        shown(&clones, &url)
    });
    // What git says of it depends on the moment.
    let errors: Vec<_> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_snapshot!(errors.join("\n"), @"
    error: git could not push to origin; it says why above
    error: git could not fetch from origin; it says why above
    error: git could not list the refs of origin; it says why above
    ");
}

#[test]
fn a_server_that_lets_nobody_in() {
    let mut clones = Clones::new();
    clones.repo.environment.install(
        "no-ssh",
        "#!/bin/sh\necho 'ada@host: Permission denied (publickey).' >&2\nexit 255\n",
    );
    clones.repo.environment.set("GIT_SSH_COMMAND", "no-ssh");
    assert_snapshot!(shown(&clones, "ada@host:repo.git"), @"
    ada@host: Permission denied (publickey).
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    error: git could not push to origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached

    ada@host: Permission denied (publickey).
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    error: git could not fetch from origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached

    ada@host: Permission denied (publickey).
    fatal: Could not read from remote repository.

    Please make sure you have the correct access rights
    and the repository exists.
    error: git could not list the refs of origin; it says why above
    hint: type `git ls-remote origin` to see whether it can be reached
    ");
}
