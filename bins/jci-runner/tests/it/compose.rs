//! Server and runner as the compose file of the examples starts them, from a push to a green tick.
//!
//! No registry is asked: the images are built from one of this machine's own files, in which
//! `cargo` and `apt-get` only put in place what this machine has already.

use std::fs;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use jci_testkit::docker::{Docker, Mark};
use jci_testkit::forge::FakeForge;
use jci_testkit::{Finished, program, require, static_git_jci};
use serde_json::Value;

use crate::world::{
    API_TOKEN, RUNNER_SECRET, WEBHOOK_SECRET, bridge, repository, unique, wait_until,
};

/// The files of the examples that are used, and of the repository around them.
const EXAMPLES: [&str; 4] = ["Dockerfile", "compose.yaml", "run-jci-runner", ".env.example"];

/// Stands in for a build that takes minutes: puts in place what this machine has built.
const CARGO: &str = "#!/bin/sh
set -eu
case \"$*\" in
*git-jci*) out=target/static/some-platform/release ;;
*) out=target/release ;;
esac
mkdir -p $out
ln -s /built/* $out/
";

/// Stands in for a package manager: what it would install is there.
const APT_GET: &str = "#!/bin/sh\nexit 0\n";

/// What a test adds to the compose file.
const MORE: &str = "
services:
  server:
    image: PROJECT-server
    build: { args: { RUST: PROJECT-base, BASE: PROJECT-base } }
  runner:
    image: PROJECT-runner
    build: { args: { RUST: PROJECT-base, BASE: PROJECT-base } }
    environment: { JCI_RUNNER_NAME: PROJECT, JCI_DISK_LOW: 1MiB }
";

#[test]
fn a_push_to_a_server_of_the_compose_file_becomes_a_green_tick() {
    let forge = FakeForge::gitea();
    let token = forge.token("jci", &["write:repository"]);
    let (site, work) = repository(&forge, "team/site");
    let machine = Machine::new(&forge, &token);
    machine.compose(&["up", "--build", "--detach"]);

    // The forge is a service of the machine, which no job is to reach past the server.
    let service = machine.forge.trim_start_matches("http://").replace(':', "/");
    work.script(&format!(
        "echo it runs; echo kept > \"$JCI_OUTPUT_DIR/file\"\n\
         if (exec 3<>/dev/tcp/{service}); then echo reached; exit 1; fi\n"
    ));
    let commit = work.commit("a change").trim().to_owned();
    work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
    machine.tell(&commit);
    machine.wait_until_ended(&commit);
    site.wait_for_status(&commit, "jci", "success");
    let runs = site.refs().into_keys().filter(|name| name.starts_with("refs/jci-runs/"));
    let [run] = &runs.collect::<Vec<_>>()[..] else { panic!("it is one run") };
    assert_eq!(site.git(&["show", &format!("{run}:file")]).trim(), "kept");

    machine.compose(&["stop"]);
    forge.finish();
}

/// The folder of a compose file, as whoever follows docs/operating.md has it, and what came of it.
struct Machine {
    docker: Docker,
    name: String,
    /// Where the server is reached, and where jobs clone from.
    address: String,
    forge: String,
    image: String,
    // The last to go are the folders, of which containers hold parts.
    _jobs: Mark,
    containers: Mark,
    images: Images,
    folder: tempfile::TempDir,
}

impl Machine {
    fn new(forge: &FakeForge, token: &str) -> Self {
        let docker = Docker::of_machine();
        let folder = tempfile::tempdir().unwrap();
        let name = unique(folder.path()).to_lowercase().replace('.', "");
        let here = bridge();
        // What is free now is free a moment later: nobody else is given it so soon.
        let free = TcpListener::bind((&*here, 0)).unwrap().local_addr().unwrap();
        let machine = Self {
            forge: relay(&here, forge),
            address: free.to_string(),
            image: docker.job_image(),
            _jobs: Mark::of(&docker, "jci-runner", &name),
            containers: Mark::of(&docker, "com.docker.compose.project", &name),
            images: Images(docker.clone(), format!("jci-test-images={name}")),
            docker,
            name,
            folder,
        };
        machine.make_base();
        machine.lay_out(token);
        machine
    }

    /// Makes an image with what the stages of the Dockerfile are to find.
    fn make_base(&self) {
        let context = self.folder.path().join("base");
        let bin = context.join("usr/local/bin");
        fs::create_dir_all(&bin).unwrap();
        for (name, script) in [("cargo", CARGO), ("apt-get", APT_GET)] {
            let path = bin.join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let built = context.join("built");
        fs::create_dir(&built).unwrap();
        let runner = PathBuf::from(env!("CARGO_BIN_EXE_jci-runner"));
        let programs = [program("jci-server"), runner, static_git_jci()];
        for program in &programs {
            let mut strip = Command::new(require("strip", "binutils"));
            let out = built.join(program.file_name().unwrap());
            let _ = Finished::of(strip.arg("-o").arg(out).arg(program)).success();
        }
        let tools = [require("nft", "nftables"), require("chown", "coreutils")];
        let libraries = libraries(&[&programs[0], &programs[1], &tools[0], &tools[1]]);
        for file in tools.iter().chain(&libraries) {
            // As the image has it: without links in the path.
            let place = file.parent().unwrap().canonicalize().unwrap();
            let place = place.join(file.file_name().unwrap());
            let copy = context.join(place.strip_prefix("/").unwrap());
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(file, copy).unwrap();
        }
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let dockerfile = format!(
            "FROM {}\nLABEL {}\nENV PATH={path}\nCOPY usr /usr/\nCOPY built /built/\n",
            self.image, self.images.1
        );
        fs::write(context.join("Dockerfile"), dockerfile).unwrap();
        let tag = format!("{}-base", self.name);
        let _ = self.docker.run(&["build", "--tag", &tag, context.to_str().unwrap()]).success();
    }

    /// Lays out the files of the examples, with settings and secrets.
    fn lay_out(&self, forge_token: &str) {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/docker");
        let folder = self.examples();
        fs::create_dir_all(folder.join("secrets")).unwrap();
        for name in EXAMPLES {
            fs::copy(examples.join(name), folder.join(name)).unwrap();
        }
        fs::copy(examples.join(".env.example"), folder.join(".env")).unwrap();
        fs::write(folder.join("more.yaml"), MORE.replace("PROJECT", &self.name)).unwrap();
        fs::set_permissions(folder.join("secrets"), fs::Permissions::from_mode(0o700)).unwrap();
        for (name, secret) in [
            ("forge-token", forge_token),
            ("webhook-secret", WEBHOOK_SECRET),
            ("runner-secret", RUNNER_SECRET),
            ("api-token", API_TOKEN),
        ] {
            fs::write(folder.join("secrets").join(name), format!("{secret}\n")).unwrap();
        }
    }

    fn examples(&self) -> PathBuf {
        self.folder.path().join("source/examples/docker")
    }

    /// Runs the program `docker-compose` with both files.
    #[track_caller]
    fn compose(&self, arguments: &[&str]) {
        let mut compose = Command::new(require("docker-compose", "docker-compose"));
        compose.args(["-p", &self.name, "-f", "compose.yaml", "-f", "more.yaml"]).args(arguments);
        compose.current_dir(self.examples()).stdin(std::process::Stdio::null());
        compose
            .env("GITEA_HOST", &self.forge)
            .env("JCI_ADDRESS", &self.address)
            .env("JCI_PUBLIC_URL", format!("http://{}", self.address))
            .env("JCI_RUNNER_IMAGE", &self.image)
            .env("JCI_JOB_CPUS", "1")
            .env("JCI_RUNNER_FOLDER", self.folder.path().join("runner"));
        let _ = Finished::of(&mut compose).success();
    }

    /// Tells the server of a push, by the script of the examples, once it listens.
    fn tell(&self, commit: &str) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/webhook/send-push");
        wait_until("the server takes the push", || {
            let mut send = Command::new(&script);
            send.args([&format!("http://{}", self.address), "team/site", commit]);
            send.env("GITEA_WEBHOOK_SECRET_FILE", self.examples().join("secrets/webhook-secret"));
            (Finished::of(&mut send).code() == Some(0)).then_some(())
        });
    }

    /// Waits until the job of a commit has passed, and all of its log is there.
    fn wait_until_ended(&self, commit: &str) {
        let ended = wait_until("the job has ended", || {
            let page: Value = serde_json::from_slice(&self.ask("jobs")).ok()?;
            let job = page["jobs"].as_array()?.iter().find(|job| job["commit"] == commit)?.clone();
            job["finished"].is_string().then_some(job)
        });
        assert_eq!(ended["state"], "ok", "{ended:#}");
        let log = format!("jobs/{}/log", ended["id"].as_str().unwrap());
        wait_until("the log is there", || {
            String::from_utf8_lossy(&self.ask(&log)).contains("it runs\n").then_some(())
        });
    }

    /// Asks the API of people; an answer may be absent.
    fn ask(&self, path: &str) -> Vec<u8> {
        let mut curl = Command::new(require("curl", "curl"));
        curl.args(["--silent", "--header", "@-"]);
        curl.arg(format!("http://{}/api/v1/{path}", self.address));
        let header = format!("Authorization: Bearer {API_TOKEN}\n");
        Finished::fed(&mut curl, header.as_bytes()).stdout_bytes().to_vec()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if thread::panicking() {
            for container in self.containers.containers() {
                eprintln!("{:?}", self.docker.run(&["logs", &container]));
            }
        }
    }
}

/// Images that bear a label, which go with this value, and those made of them.
struct Images(Docker, String);

impl Drop for Images {
    fn drop(&mut self) {
        let filter = format!("--filter=label={}", self.1);
        let left = self.0.run(&["images", "--all", "--quiet", &filter]).stdout();
        let left: Vec<_> = left.split_whitespace().collect();
        if !left.is_empty() {
            // Those made of others go with these, and are not there any more when it is their turn.
            let _ = self.0.run(&[&["rmi", "--force"], &left[..]].concat());
        }
    }
}

/// Finds the libraries of programs.
fn libraries(programs: &[&Path]) -> Vec<PathBuf> {
    let listed = Finished::of(Command::new(require("ldd", "libc-bin")).args(programs)).success();
    let words = listed.stdout();
    let lines = words.lines().filter(|line| line.starts_with('\t'));
    lines
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect()
}

/// Lets containers reach the forge, which listens for this machine alone; returns where.
fn relay(here: &str, forge: &FakeForge) -> String {
    let listener = TcpListener::bind((here, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let target = forge.url().trim_start_matches("http://").to_owned();
    // It goes with the process of the test.
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(&target) else { continue };
            let back = (far.try_clone().unwrap(), near.try_clone().unwrap());
            for (from, to) in [(near, far), back] {
                thread::spawn(move || pass(&from, &to));
            }
        }
    });
    url
}

/// Passes on what comes in one direction, and its end.
fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Write);
}
