//! A forge with a repository, a server for it, and runners.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jci_testkit::docker::{Docker, Mark};
use jci_testkit::forge::{FakeForge, ForgeRepo, HookSettings, Right};
use jci_testkit::{TestRepo, program, static_git_jci};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Program;

/// What the runners of a test show.
pub(crate) const RUNNER_SECRET: &str = "runner-s3cret";
/// What the people of a test show.
pub(crate) const API_TOKEN: &str = "people-t0ken";
/// What the forge of a test signs with.
pub(crate) const WEBHOOK_SECRET: &str = "h00k-s3cret";

/// How long a test waits for a job.
const PATIENCE: Duration = Duration::from_secs(90);

/// All that a job needs. Its parts go in this order: first the runner, then what it left.
pub(crate) struct World {
    pub(crate) runner: Program,
    pub(crate) mark: Mark,
    pub(crate) server: Program,
    /// Where the server is reached, also from containers.
    pub(crate) address: String,
    pub(crate) forge: FakeForge,
    pub(crate) site: ForgeRepo,
    pub(crate) work: TestRepo,
    /// The token of the server at the forge.
    pub(crate) token: String,
    pub(crate) docker: Docker,
    folder: TempDir,
}

impl World {
    /// Makes a world whose runner runs, with more settings for both programs.
    pub(crate) fn with(server: &[(&str, &str)], runner: &[(&str, &str)]) -> Self {
        let mut world = Self::without_runner(server, runner);
        world.runner.start("taking jobs");
        world
    }

    pub(crate) fn new() -> Self {
        Self::with(&[], &[])
    }

    /// Makes a world whose runner runs its jobs with another engine than the machine's.
    pub(crate) fn on(docker: Docker, server: &[(&str, &str)], runner: &[(&str, &str)]) -> Self {
        let mut world = Self::prepare(docker, server, runner);
        world.runner.start("taking jobs");
        world
    }

    /// Makes a world whose runner does not run yet.
    pub(crate) fn without_runner(server: &[(&str, &str)], runner: &[(&str, &str)]) -> Self {
        Self::prepare(Docker::of_machine(), server, runner)
    }

    /// The same whose runner does not run yet.
    pub(crate) fn prepare(
        docker: Docker,
        server: &[(&str, &str)],
        runner: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let forge = FakeForge::gitea();
        forge.allow_local_hooks(true);
        let token = forge.token("jci", &["write:repository"]);
        let (site, work) = repository(&forge, "team/site");
        let (server, address) = start_server(folder.path(), &docker, &forge, &token, server);
        hook(&site, &address);
        let name = unique(folder.path());
        let mark = Mark::of(&docker, "jci-runner", &name);
        let runner = prepare_runner(folder.path(), &name, &address, runner);
        Self { runner, mark, server, address, forge, site, work, token, docker, folder }
    }

    /// Prepares another runner, with a label of its own, which goes after it.
    pub(crate) fn another_runner(&self, more: &[(&str, &str)]) -> (Mark, Program) {
        let folder = self.folder.path().join("another");
        std::fs::create_dir(&folder).unwrap();
        let name = format!("{}-2", unique(self.folder.path()));
        let runner = prepare_runner(&folder, &name, &self.address, more);
        (Mark::of(&self.docker, "jci-runner", &name), runner)
    }

    /// Lists the containers of the runner's jobs, also those that have ended.
    pub(crate) fn containers(&self) -> Vec<String> {
        jobs_of(&self.mark)
    }

    /// Makes another repository, whose pushes the server hears of.
    pub(crate) fn another_repository(&self, name: &str) -> (ForgeRepo, TestRepo) {
        let (site, work) = repository(&self.forge, name);
        hook(&site, &self.address);
        (site, work)
    }

    /// Returns the folder of the runner.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Pushes a commit whose job runs a script; returns its id, and the job's once there is one.
    pub(crate) fn push(&self, script: &str) -> (String, String) {
        self.push_to(&self.work, script)
    }

    /// Returns the address of this machine, as containers reach it.
    pub(crate) fn bridge(&self) -> &str {
        self.address.rsplit_once(':').unwrap().0
    }

    /// Pushes such a commit to another repository.
    pub(crate) fn push_to(&self, work: &TestRepo, script: &str) -> (String, String) {
        work.script(script);
        let commit = work.commit("a change");
        work.git(&["push", "--quiet", "origin", "HEAD:refs/heads/main"]);
        let job = wait_until("the server has a job", || self.job_of(&commit));
        (commit, job)
    }

    fn job_of(&self, commit: &str) -> Option<String> {
        let page = self.api("jobs");
        let jobs = page["jobs"].as_array()?;
        let job = jobs.iter().find(|job| job["commit"] == commit)?;
        Some(job["id"].as_str().unwrap().to_owned())
    }

    /// Asks the API of people.
    pub(crate) fn api(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path)).unwrap()
    }

    /// Returns what the API of people answers.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        self.request(&["--fail"], path)
    }

    /// Sends a request without a body by `curl`, so that nothing of ours stands in between.
    pub(crate) fn request(&self, arguments: &[&str], path: &str) -> Vec<u8> {
        let mut curl = std::process::Command::new(jci_testkit::require("curl", "curl"));
        let url = format!("http://{}/api/v1/{path}", self.address);
        curl.args(["--silent", "--show-error", "--header", "@-"]).args(arguments).arg(url);
        let header = format!("Authorization: Bearer {API_TOKEN}\n");
        jci_testkit::Finished::fed(&mut curl, header.as_bytes()).success().stdout_bytes().to_vec()
    }

    /// Returns a job as the API shows it.
    pub(crate) fn job(&self, job: &str) -> Value {
        self.api(&format!("jobs/{job}"))
    }

    /// Waits until a job is in a state; returns it.
    #[track_caller]
    pub(crate) fn wait_for(&self, job: &str, state: &str) -> Value {
        let over = ["ok", "err", "cancelled", "timed_out", "infra_error"];
        wait_until(&format!("the job is {state}"), || {
            let seen = self.job(job);
            let now = seen["state"].as_str().unwrap_or_default().to_owned();
            assert!(now == state || !over.contains(&&*now), "it is {now}, not {state}: {seen:#}");
            (now == state).then_some(seen)
        })
    }

    /// Returns the refs of runs that the forge has.
    pub(crate) fn runs(&self) -> Vec<String> {
        self.site.refs().into_keys().filter(|name| name.starts_with("refs/jci-runs/")).collect()
    }

    /// Returns the log of a job as the server has it.
    pub(crate) fn log(&self, job: &str) -> Vec<u8> {
        self.get(&format!("jobs/{job}/log"))
    }

    /// Waits until the log of a job holds something.
    #[track_caller]
    pub(crate) fn wait_for_line(&self, job: &str, part: &str) -> String {
        wait_until(&format!("the log holds {part:?}"), || {
            let log = self.request(&[], &format!("jobs/{job}/log"));
            let log = String::from_utf8_lossy(&log).into_owned();
            log.contains(part).then_some(log)
        })
    }
}

/// Lists the containers of the jobs of a runner, also those that have ended.
pub(crate) fn jobs_of(mark: &Mark) -> Vec<String> {
    mark.containers_with("jci-job")
}

/// Waits for something; a test that waits in vain says for what.
#[track_caller]
pub(crate) fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "in vain waited until {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Makes a repository, which is private, with a work tree that pushes there.
pub(crate) fn repository(forge: &FakeForge, name: &str) -> (ForgeRepo, TestRepo) {
    let site = forge.repository(name);
    let ann = forge.token("ann", &["all"]);
    site.grant("ann", Right::Write);
    site.grant("jci", Right::Write);
    let work = TestRepo::new();
    work.git(&["remote", "add", "origin", &site.url_with(&ann)]);
    (site, work)
}

fn hook(site: &ForgeRepo, address: &str) {
    // The forge of a test calls nobody but this machine.
    let port = address.rsplit(':').next().unwrap();
    let hook = HookSettings::new(&format!("http://127.0.0.1:{port}/webhook/gitea"));
    site.add_hook(hook.secret(WEBHOOK_SECRET).events(&["push"]));
}

fn start_server(
    folder: &Path,
    docker: &Docker,
    forge: &FakeForge,
    token: &str,
    more: &[(&str, &str)],
) -> (Program, String) {
    let mut server = Program::new(program("jci-server"), folder);
    let (url, image) = (forge.url(), docker.job_image());
    let all = [
        ("GITEA_HOST", &*url),
        ("GITEA_TOKEN", token),
        ("GITEA_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("JCI_RUNNER_SECRET", RUNNER_SECRET),
        ("JCI_API_TOKEN", API_TOKEN),
        // Containers find it at the address of the bridge, and the forge of the test at any.
        ("JCI_LISTEN", "0.0.0.0:0"),
        ("JCI_RUNNER_IMAGE", &*image),
        ("JCI_LOG", "info"),
    ];
    all.iter().chain(more).for_each(|(name, value)| server.set(name, value));
    let line = server.start("listening");
    let port = line.rsplit(':').next().unwrap().trim();
    // After a restart it is found where it was.
    server.set("JCI_LISTEN", &format!("0.0.0.0:{port}"));
    let address = format!("{}:{port}", bridge());
    (server, address)
}

/// Returns an address of this machine that containers of any engine reach: the first of the bridge
/// of its own engine. Engines that were not told another do not say it.
pub(crate) fn bridge() -> String {
    let format = "--format={{(index .IPAM.Config 0).Subnet}}";
    let subnet = Docker::of_machine().words(&["network", "inspect", "bridge", format]).remove(0);
    let network: Ipv4Addr = subnet.split('/').next().unwrap().parse().unwrap();
    Ipv4Addr::from_bits(network.to_bits() + 1).to_string()
}

fn prepare_runner(folder: &Path, name: &str, server: &str, more: &[(&str, &str)]) -> Program {
    let mut runner = Program::new(env!("CARGO_BIN_EXE_jci-runner"), folder);
    let binary: PathBuf = static_git_jci();
    let all = [
        ("JCI_SERVER", server),
        ("JCI_RUNNER_SECRET", RUNNER_SECRET),
        ("JCI_RUNNER_NAME", name),
        ("JCI_BINARY", binary.to_str().unwrap()),
        ("JCI_LOG", "info,jci_runner=debug"),
        // Machines that run tests are often nearly full.
        ("JCI_DISK_LOW", "1MiB"),
        ("JCI_STOP_GRACE", "2s"),
    ];
    all.iter().chain(more).for_each(|(name, value)| runner.set(name, value));
    runner
}

/// Makes a name that no other test has.
pub(crate) fn unique(folder: &Path) -> String {
    let name = folder.file_name().unwrap().to_str().unwrap().trim_start_matches('.');
    format!("test-{}-{name}", std::process::id())
}
