//! Output that nobody reads any more, as of `git jci … | head`.

use jci_testkit::Finished;

use crate::fixture::Fixture;
use crate::jci::BINARY;

#[test]
fn commands_end_quietly() {
    let fixture = Fixture::new();
    for arguments in [
        &["ls"][..],
        &["ls", "--json"],
        &["show"],
        &["show", "--json"],
        &["log"],
        &["log", "-f"],
        &["cat", "run.output.txt"],
        &["get"],
        &["diff", "HEAD^", "HEAD"],
        &["status"],
        &["status", "--json"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = fixture.repo.environment.command(BINARY, fixture.repo.path());
        let output = command.args(arguments).stdout(writer).stderr(std::process::Stdio::piped());
        let ended = output.spawn().unwrap().wait_with_output().unwrap();
        let ended = Finished::from_output(&arguments.join(" "), ended).exits(0);
        assert_eq!(ended.stderr(), "", "{ended:?}");
    }
}
