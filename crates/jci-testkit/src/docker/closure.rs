//! Programs of this machine with all that they need in order to run elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Finished, require};

/// Programs, and the Debian packages that hold them.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("bash", &["bash"]),
    ("dash", &["sh"]),
    (
        "coreutils",
        &[
            "base64",
            "basename",
            "cat",
            "chmod",
            "cp",
            "cut",
            "date",
            "dd",
            "df",
            "dirname",
            "env",
            "head",
            "id",
            "ln",
            "ls",
            "mkdir",
            "mkfifo",
            "mktemp",
            "mv",
            "nohup",
            "nproc",
            "od",
            "printf",
            "readlink",
            "rm",
            "seq",
            "sha256sum",
            "sleep",
            "sort",
            "stat",
            "sync",
            "tail",
            "tee",
            "touch",
            "tr",
            "true",
            "uname",
            "wc",
            "yes",
        ],
    ),
    ("findutils", &["find", "xargs"]),
    ("git", &["git"]),
    ("grep", &["grep"]),
    ("gzip", &["gzip"]),
    ("libc-bin", &["getent"]),
    ("sed", &["sed"]),
    ("tar", &["tar"]),
    ("util-linux", &["setsid"]),
];

/// What git starts beside itself, where it is not a part of git: for HTTP, for submodules, and to
/// listen at a port.
const GIT_CORE: [&str; 7] = [
    "git-daemon",
    "git-remote-http",
    "git-remote-https",
    "git-sh-i18n",
    "git-sh-i18n--envsubst",
    "git-sh-setup",
    "git-submodule",
];

/// What git calls itself when it is at the other end of a local clone.
pub(super) const GIT_ALIASES: [&str; 2] = ["git-receive-pack", "git-upload-pack"];

/// What git and others trust on HTTPS.
pub(super) const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Finds the programs of the image.
///
/// # Panics
/// If one is missing, naming its package.
pub(super) fn programs() -> Vec<PathBuf> {
    let programs = PROGRAMS
        .iter()
        .flat_map(|(package, names)| names.iter().map(move |name| require(name, package)));
    let core = git_core();
    // Which of them are programs of their own differs from one git to the next.
    let core = GIT_CORE.iter().map(|name| core.join(name)).filter(|file| file.is_file());
    let programs: Vec<_> = programs.chain(core).collect();
    assert!(
        programs.iter().any(|program| program.ends_with("git-remote-http")),
        "this git speaks no HTTP: type `apt-get install git`"
    );
    programs
}

/// Finds the folder that git looks for its other programs in.
fn git_core() -> PathBuf {
    let printed = Finished::of(Command::new("git").arg("--exec-path")).success().stdout();
    PathBuf::from(printed.trim_end())
}

/// Returns the folder whose files git copies into new repositories. It complains without one.
pub(super) fn git_templates() -> PathBuf {
    let core = git_core();
    let prefix = core.ancestors().nth(2).unwrap_or(Path::new("/usr"));
    prefix.join("share/git-core/templates")
}

/// Finds the libraries of programs, and what loads them.
pub(super) fn libraries(programs: &[PathBuf]) -> BTreeSet<PathBuf> {
    let binaries = programs.iter().filter(|program| is_elf(program));
    let listed = Finished::of(Command::new(require("ldd", "libc-bin")).args(binaries));
    // `libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x…)`, and the loader without an arrow.
    listed
        .success()
        .stdout()
        .lines()
        .filter(|line| line.starts_with('\t'))
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect()
}

fn is_elf(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}
