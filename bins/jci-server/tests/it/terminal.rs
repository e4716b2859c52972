//! `git jci log`, given the address of a job.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use jci_proto::Verdict;
use jci_testkit::{Finished, program};

use crate::server::{API_TOKEN, Server};
use crate::world::World;

/// A way to the server that can be cut, and that has one address whatever the server's is.
struct Line {
    address: String,
    to: Arc<Mutex<String>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self {
            address: listener.local_addr().unwrap().to_string(),
            to: Arc::new(Mutex::new(world.server.address().to_owned())),
            open: Arc::default(),
        };
        let (to, open) = (Arc::clone(&line.to), Arc::clone(&line.open));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let far = TcpStream::connect(&*to.lock().unwrap());
                // Who finds no server there is hung up on.
                let Ok(far) = far else { continue };
                pass_on(&near, &far);
                pass_on(&far, &near);
                open.lock().unwrap().extend([near, far]);
            }
        });
        line
    }

    /// Cuts what is open.
    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn page(&self, job: &str) -> String {
        format!("http://{}/jobs/{job}", self.address)
    }
}

fn pass_on(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}

/// `git jci log -f` at work.
struct Following {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Following {
    fn start(world: &World, address: &str) -> Self {
        let environment = &world.work.environment;
        let mut command =
            environment.command_heeding_signals(program("git-jci"), world.work.path());
        command.args(["log", "-f", address]).env("JCI_API_TOKEN", API_TOKEN);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// Reads what is to come next.
    #[track_caller]
    fn expect(&mut self, expected: &[u8]) {
        let mut read = vec![0; expected.len()];
        self.output.read_exact(&mut read).unwrap();
        assert_eq!(read, expected);
    }

    /// Waits for the end; nothing more may be printed.
    #[track_caller]
    fn finish(mut self) -> Finished {
        assert_eq!(self.output.fill_buf().unwrap(), b"");
        let mut child = self.child;
        let mut stderr = Vec::new();
        child.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        let status = child.wait().unwrap();
        let output = std::process::Output { status, stdout: Vec::new(), stderr };
        Finished::from_output("git jci log", output)
    }
}

/// Runs `git jci log` to its end, with the token or without.
fn log(world: &World, arguments: &[&str], token: Option<&str>) -> Finished {
    let mut command = world.work.environment.command(program("git-jci"), world.work.path());
    command.arg("log").args(arguments);
    if let Some(token) = token {
        command.env("JCI_API_TOKEN", token);
    }
    Finished::of(&mut command)
}

/// Shows what a caller sees, without what differs from one time to the next.
fn shown(finished: &Finished, world: &World) -> String {
    let text = format!("exit {}\n{}", finished.code().unwrap(), finished.stderr());
    text.replace(world.server.address(), "[server]")
}

#[test]
fn a_job_is_followed_from_before_it_begins_to_its_end() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let line = Line::to(&world);
    let mut following = Following::start(&world, &line.page(&id));
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(runner.log(&offer, 0, &bytes).status, 200);
    following.expect(&bytes);
    assert_eq!(runner.end_log(&offer, 256, b"more").status, 200);
    following.expect(b"more");
    let so_far = log(&world, &[&line.page(&id)], Some(API_TOKEN)).success();
    assert_eq!(so_far.stdout_bytes(), [bytes.as_slice(), b"more"].concat());
    assert_eq!(runner.finish(&offer, Verdict::Err).status, 204);
    assert_eq!(following.finish().exits(1).stderr(), "jci: the job failed with exit code 1\n");
}

#[test]
fn a_connection_that_is_cut_and_a_server_that_is_killed_cost_no_byte() {
    let mut world = World::new();
    let (_, id) = world.submit("first");
    let line = Line::to(&world);
    let mut following = Following::start(&world, &line.page(&id));
    let offer = world.runner("one").poll().unwrap();
    assert_eq!(world.runner("one").log(&offer, 0, b"one\n").status, 200);
    following.expect(b"one\n");
    line.cut();
    assert_eq!(world.runner("one").log(&offer, 4, b"two\n").status, 200);
    following.expect(b"two\n");
    world.restart(Server::kill);
    world.server.address().clone_into(&mut line.to.lock().unwrap());
    assert_eq!(world.runner("one").log(&offer, 8, b"three\n").status, 200);
    following.expect(b"three\n");
    // The log ends while nobody listens.
    line.to.lock().unwrap().clear();
    line.cut();
    assert_eq!(world.runner("one").end_log(&offer, 14, b"four\n").status, 200);
    assert_eq!(world.runner("one").finish(&offer, Verdict::Ok).status, 204);
    world.server.address().clone_into(&mut line.to.lock().unwrap());
    following.expect(b"four\n");
    let said = following.finish().success().stderr();
    assert!(said.starts_with(&format!("jci: waiting for http://{}: ", line.address)), "{said}");
}

#[test]
fn another_attempt_is_followed_behind_the_one_that_was_lost() {
    let world = World::new();
    let (_, id) = world.submit("first");
    let line = Line::to(&world);
    let mut following = Following::start(&world, &line.page(&id));
    let runner = world.runner("one");
    let first = runner.poll().unwrap();
    assert_eq!(runner.end_log(&first, 0, b"begun\n").status, 200);
    following.expect(b"begun\n");
    assert_eq!(runner.finish(&first, Verdict::InfraError).status, 204);
    let second = runner.wait().unwrap();
    assert_eq!(runner.end_log(&second, 0, b"again\n").status, 200);
    following.expect(b"again\n");
    assert_eq!(runner.finish(&second, Verdict::Ok).status, 204);
    let said = following.finish().success().stderr();
    assert_snapshot!(said, @"jci: attempt 1 is over, another one follows");
}

#[test]
fn the_key_of_the_address_opens_a_job_and_so_does_a_credential_helper_of_git() {
    let world = World::new();
    let (commit, id) = world.submit("first");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.end_log(&offer, 0, b"hello\n").status, 200);
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    let key = world.key(&commit, "success");
    let page = format!("http://{}/jobs/{id}", world.server.address());
    let opened = log(&world, &["-f", &format!("{page}?{key}")], None).success();
    assert_eq!(opened.stdout(), "hello\n");
    assert_snapshot!(shown(&log(&world, &[&page], None), &world), @"
    exit 3
    error: http://[server] shows this job only with a key or a token
    hint: give the address as the status of the commit links to it, with its `?key=…`
    hint: or set JCI_API_TOKEN to the token of the server's API
    ");
    let kept = world.work.path().join("kept");
    let helper =
        format!("!f() {{ echo \"$1\" >>'{}'; echo password={API_TOKEN}; }}; f", kept.display());
    world.work.git(&["config", "--global", "credential.helper", &helper]);
    assert_eq!(log(&world, &[&page], None).success().stdout(), "hello\n");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "get\nstore\n");
    world.work.git(&["config", "--global", "credential.helper", "!echo password=wrong; echo"]);
    assert_snapshot!(shown(&log(&world, &[&page], None), &world), @"
    exit 3
    error: http://[server] does not take the token that git has for it
    hint: give the address as the status of the commit links to it, with its `?key=…`
    hint: or set JCI_API_TOKEN to the token of the server's API
    ");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let world = World::new();
    let address = world.server.address().to_owned();
    let unknown = format!("http://{address}/jobs/{}", "0".repeat(32));
    let said = |arguments: &[&str], token| shown(&log(&world, arguments, token), &world);
    assert_snapshot!(said(&[&unknown], Some(API_TOKEN)), @"
    exit 3
    error: http://[server] does not give this log: there is no such job
    hint: a server forgets old jobs; their runs are in the repository: type `git jci pull`
    ");
    assert_snapshot!(said(&["-f", &unknown], Some("wrong")), @"
    exit 3
    error: http://[server] does not take the token in JCI_API_TOKEN
    hint: give the address as the status of the commit links to it, with its `?key=…`
    hint: or set JCI_API_TOKEN to the token of the server's API
    ");
    assert_snapshot!(said(&[&format!("{unknown}?key=wrong")], None), @"
    exit 3
    error: http://[server] does not take the key in the address of the job
    hint: give the address as the status of the commit links to it, with its `?key=…`
    hint: or set JCI_API_TOKEN to the token of the server's API
    ");
    let elsewhere = format!("http://{address}/elsewhere/jobs/{}", "0".repeat(32));
    assert_snapshot!(said(&[&elsewhere], Some(API_TOKEN)), @"
    exit 3
    error: http://[server]/elsewhere does not give this log: there is nothing at this address
    hint: a server forgets old jobs; their runs are in the repository: type `git jci pull`
    ");
    assert_snapshot!(said(&[&format!("http://{address}/jobs/x?key=k")], None), @"
    exit 2
    error: http://[server]/jobs/x is no address of a job
    hint: give that of its page, https://…/jobs/<id>, which the status of the commit links to
    ");
    assert_snapshot!(said(&["--times", &unknown], None), @"
    exit 2
    error: a server does not say when the lines of a log came
    hint: leave --times away
    ");
}

#[test]
fn a_server_that_was_never_reached_is_not_waited_for() {
    let mut world = World::new();
    let page = format!("http://{}/jobs/{}", world.server.address(), "0".repeat(32));
    let address = world.server.address().to_owned();
    world.server.stop();
    let finished = log(&world, &["-f", &page], None);
    let text = format!("exit {}\n{}", finished.code().unwrap(), finished.stderr());
    assert_snapshot!(text.replace(&address, "[server]"), @"
    exit 4
    error: http://[server] cannot be reached: Connection refused (os error 111)
    hint: is the address right, and does the server run?
    ");
}
