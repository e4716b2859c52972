//! The programs that the tests run, and how a machine without them gets them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::ports;
use crate::process::{self, ProcessError};

/// The oldest git that knows reftable, which the tests of git 3's formats need.
const OLDEST_GIT: (u32, u32) = (2, 45);

/// So long an engine may take to start.
const DOCKER_START: Duration = Duration::from_secs(60);

/// Program, or the path of a file or folder; Debian package, and what the tests need it for.
#[rustfmt::skip]
const TOOLS: &[Tool] = &[
    Tool { program: "bash", package: "bash", purpose: "jobs, and completions for bash" },
    Tool { program: "zsh", package: "zsh", purpose: "completions for zsh" },
    Tool { program: "fish", package: "fish", purpose: "completions for fish" },
    Tool { program: "man", package: "man-db", purpose: "rendering the man pages" },
    Tool { program: "chromium", package: "chromium", purpose: "the page of git jci web" },
    Tool { program: "chromedriver", package: "chromium-driver", purpose: "driving that browser" },
    Tool { program: "aardvark-dns", package: "aardvark-dns", purpose: "names in Podman's networks" },
    Tool { program: "catatonit", package: "catatonit", purpose: "the first process of Podman's containers" },
    Tool { program: "chown", package: "coreutils", purpose: "the images of the examples" },
    Tool { program: "curl", package: "curl", purpose: "the script that sends a webhook" },
    Tool { program: "dash", package: "dash", purpose: "the image of jobs" },
    Tool { program: "diff", package: "diffutils", purpose: "comparing what was unpacked" },
    Tool { program: "docker", package: "docker.io", purpose: "jobs in containers" },
    Tool { program: "dockerd", package: "docker.io", purpose: "engines that a test restarts and kills" },
    Tool { program: "docker-compose", package: "docker-compose", purpose: "the compose file of the examples" },
    Tool { program: "find", package: "findutils", purpose: "the image of jobs" },
    Tool { program: "getent", package: "libc-bin", purpose: "names of hosts in that image" },
    Tool { program: "grep", package: "grep", purpose: "the image of jobs" },
    Tool { program: "gzip", package: "gzip", purpose: "the image of jobs" },
    Tool { program: "ip", package: "iproute2", purpose: "networks of a test's own" },
    Tool { program: "ldd", package: "libc-bin", purpose: "the libraries of that image" },
    Tool { program: "make", package: "make", purpose: "the script that init writes for a Makefile" },
    Tool { program: "mkfifo", package: "coreutils", purpose: "scripts that wait to be told something" },
    Tool { program: "initdb", package: "postgresql", purpose: "the queue on PostgreSQL" },
    Tool { program: "mount", package: "mount", purpose: "the small disk that runs full" },
    Tool { program: "netavark", package: "netavark", purpose: "Podman's networks" },
    Tool { program: "nft", package: "nftables", purpose: "what jobs may reach" },
    Tool { program: "nsenter", package: "util-linux", purpose: "looking at that disk" },
    Tool { program: "podman", package: "podman", purpose: "jobs in containers of Podman" },
    Tool { program: "postgres", package: "postgresql", purpose: "the queue on PostgreSQL" },
    Tool { program: ports::RUSTC, package: "rustc-web", purpose: "building for macOS and Windows" },
    Tool { program: ports::LIBRARY, package: "rust-web-src", purpose: "building for macOS and Windows" },
    Tool { program: "runc", package: "runc", purpose: "starting Podman's containers" },
    Tool { program: "script", package: "bsdutils", purpose: "a terminal for programs that look for one" },
    Tool { program: "sed", package: "sed", purpose: "the image of jobs" },
    Tool { program: "setpriv", package: "util-linux", purpose: "a user without rights" },
    Tool { program: "strace", package: "strace", purpose: "the order in which files are synced" },
    Tool { program: "sha256sum", package: "coreutils", purpose: "the script that sends a webhook" },
    Tool { program: "strip", package: "binutils", purpose: "the images of the examples" },
    Tool { program: "stty", package: "coreutils", purpose: "the size of that terminal" },
    Tool { program: "tar", package: "tar", purpose: "unpacking the archive of a run" },
    Tool { program: "timeout", package: "coreutils", purpose: "a shell that must not hang" },
    Tool { program: "unshare", package: "util-linux", purpose: "hiding that disk from other programs" },
    Tool { program: "wine", package: "wine", purpose: "running tests for Windows" },
    Tool { program: ports::GCC, package: "gcc-mingw-w64-x86-64", purpose: "linking for Windows" },
];

#[derive(Debug)]
struct Tool {
    program: &'static str,
    package: &'static str,
    purpose: &'static str,
}

/// Why the tests cannot run on this machine.
#[derive(Debug, Error)]
pub(crate) enum ToolsError {
    #[error("git {}.{} or newer is needed, found {found}; https://git-scm.com has it", OLDEST_GIT.0, OLDEST_GIT.1)]
    OldGit { found: String },
    #[error("rustfmt and clippy are needed: rustup component add rustfmt clippy")]
    NoComponent { source: ProcessError },
    #[error("missing: {missing}\nto install what is missing: apt-get install {packages}")]
    Missing { missing: String, packages: String },
    #[error("the tests of a full disk mount a small tmpfs, which this user may not: run as root")]
    NoMount { source: ProcessError },
    #[error(
        "the tests run jobs in containers, and Docker cannot be reached: start it, or set DOCKER_HOST"
    )]
    NoDocker { source: ProcessError },
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// Looks for every tool and installs what is missing, where that is possible.
pub(super) fn ensure() -> Result<(), ToolsError> {
    check_git()?;
    for component in ["fmt", "clippy"] {
        process::read(&mut crate::workspace::cargo([component, "--version"]))
            .map_err(|source| ToolsError::NoComponent { source })?;
    }
    install_missing()?;
    check_docker()?;
    check_mount()
}

fn check_git() -> Result<(), ToolsError> {
    let found = process::read(Command::new("git").arg("--version"))?;
    if git_version(&found).is_some_and(|version| version >= OLDEST_GIT) {
        println!("{found}");
        return Ok(());
    }
    Err(ToolsError::OldGit { found })
}

/// Takes `(2, 47)` out of `git version 2.47.3 (Apple Git-1)`.
fn git_version(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.split(' ').nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn install_missing() -> Result<(), ToolsError> {
    let missing = missing(|program| find(program).is_some());
    if missing.is_empty() {
        let names: Vec<_> = TOOLS.iter().map(|tool| tool.program).collect();
        println!("found {}", names.join(", "));
        return Ok(());
    }
    let packages = packages(&missing);
    if !may_install() {
        return Err(not_there(&missing));
    }
    println!("installing {packages:?}");
    process::run(apt_get().args(["update", "--quiet"]))?;
    // What somebody installed otherwise stays: another compiler, say.
    let options = ["install", "--quiet", "--yes", "--no-install-recommends", "--no-remove"];
    process::run(apt_get().args(options).args(packages))?;
    let still: Vec<_> = missing.into_iter().filter(|tool| find(tool.program).is_none()).collect();
    if still.is_empty() { Ok(()) } else { Err(not_there(&still)) }
}

fn missing(is_there: impl Fn(&str) -> bool) -> Vec<&'static Tool> {
    TOOLS.iter().filter(|tool| !is_there(tool.program)).collect()
}

fn packages(missing: &[&Tool]) -> BTreeSet<&'static str> {
    missing.iter().map(|tool| tool.package).collect()
}

fn not_there(missing: &[&Tool]) -> ToolsError {
    let names = missing.iter().map(|tool| format!("{} ({})", tool.program, tool.purpose));
    let packages: Vec<_> = packages(missing).into_iter().collect();
    ToolsError::Missing {
        missing: names.collect::<Vec<_>>().join(", "),
        packages: packages.join(" "),
    }
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Tells whether this is a Debian, or a kin of it, on which this user may install packages.
fn may_install() -> bool {
    let is_root = process::read(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    is_root && find("apt-get").is_some()
}

/// Mounts a tmpfs where nobody sees it and which ends with the program that did it.
fn check_mount() -> Result<(), ToolsError> {
    let mount = "mount -t tmpfs -o size=64k tmpfs /mnt";
    process::read(Command::new("unshare").args(["--mount", "sh", "-c", mount]))
        .map(|_| ())
        .map_err(|source| ToolsError::NoMount { source })
}

fn check_docker() -> Result<(), ToolsError> {
    let may_start = may_install() && std::env::var_os("DOCKER_HOST").is_none();
    let found = match docker_version() {
        Err(_) if may_start => start_docker()?,
        found => found.map_err(|source| ToolsError::NoDocker { source })?,
    };
    println!("{found}");
    Ok(())
}

fn docker_version() -> Result<String, ProcessError> {
    let version = ["version", "--format", "Docker Engine {{.Server.Version}}"];
    process::read(Command::new("docker").args(version))
}

/// Starts the engine where nothing else does, as on machines without a service manager. It goes on
/// afterwards.
fn start_docker() -> Result<String, ToolsError> {
    println!("Docker does not run: starting dockerd");
    let start = "exec setsid --fork dockerd >/var/log/dockerd.log 2>&1 </dev/null";
    process::run(Command::new("sh").args(["-c", start]))?;
    let begun = Instant::now();
    loop {
        match docker_version() {
            Ok(found) => return Ok(found),
            Err(source) if begun.elapsed() > DOCKER_START => {
                return Err(ToolsError::NoDocker { source });
            }
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

fn find(program: &str) -> Option<PathBuf> {
    let place = Path::new(program);
    if place.is_absolute() {
        return place.exists().then(|| place.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(postgres_folders())
        .chain([PathBuf::from("/usr/lib/podman")])
        .map(|folder| folder.join(program))
        .find(|file| is_executable(file))
}

/// Lists where Debian puts the programs of a database server, which are not on the path.
fn postgres_folders() -> impl Iterator<Item = PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    versions.filter_map(|version| Some(version.ok()?.path().join("bin")))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_version_is_read_from_what_it_prints() {
        assert_eq!(git_version("git version 2.47.3"), Some((2, 47)));
        assert_eq!(git_version("git version 2.45.0.rc1 (Apple Git-1)"), Some((2, 45)));
        assert_eq!(git_version("git version 3.0.0"), Some((3, 0)));
        assert_eq!(git_version("no such program"), None);
        assert!((3, 0) > OLDEST_GIT);
    }

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        let missing = missing(|program| !["man", "nsenter", "unshare"].contains(&program));
        assert_eq!(
            not_there(&missing).to_string(),
            "missing: man (rendering the man pages), nsenter (looking at that disk), \
             unshare (hiding that disk from other programs)\n\
             to install what is missing: apt-get install man-db util-linux"
        );
    }

    /// Finds the first words of all calls of the test kit's `require` in the tests.
    fn required(folder: &Path, programs: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                required(&path, programs);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let calls = text.split("require(\"").skip(1);
                programs.extend(calls.filter_map(|call| Some(call.split_once('"')?.0.to_owned())));
            }
        }
    }

    #[test]
    fn what_a_test_requires_is_on_the_list() {
        let mut programs = Vec::new();
        for folder in ["crates", "bins"] {
            required(&crate::workspace::root().join(folder), &mut programs);
        }
        assert!(programs.len() > 5, "{programs:?}");
        let listed = |name: &str| name == "git" || TOOLS.iter().any(|tool| tool.program == name);
        programs.retain(|program| !listed(program));
        assert!(programs.is_empty(), "not in TOOLS: {programs:?}");
    }

    #[test]
    fn a_program_is_found_on_the_path() {
        assert!(find("sh").is_some());
        assert!(find("jci-no-such-program").is_none());
    }
}
