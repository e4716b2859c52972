//! A forge with one repository that has many runs, for jobs to clone.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use jci_testkit::TestRepo;
use jci_testkit::forge::{FakeForge, Right};

/// The repository, as the first webhook names it.
const REPOSITORY: &str = "team/site-0";
/// So many files its one commit has.
const FILES: u32 = 500;

/// Serves a repository with so many runs until the process ends; prints the address, and writes a
/// token for it into a file.
pub(crate) fn serve(runs: u32, token_file: &Path) -> io::Result<()> {
    let forge = FakeForge::gitea();
    let repository = forge.repository(REPOSITORY);
    let token = forge.token("jci", &["write:repository"]);
    repository.grant("jci", Right::Write);
    let work = TestRepo::new();
    for number in 0..FILES {
        work.write(
            &format!("src/file-{number}.rs"),
            format!("pub const N: u32 = {number};\n").repeat(40),
        );
    }
    let commit = work.commit("what there is to clone");
    work.git(&["push", "--quiet", &repository.url_with(&token), "HEAD:refs/heads/main"]);
    pack_refs(repository.path(), &commit, runs)?;
    std::fs::write(token_file, token)?;
    println!("{}", forge.url());
    loop {
        std::thread::park();
    }
}

/// Writes the refs as git keeps many of them: what they lead to is not looked at by a clone.
fn pack_refs(repository: &Path, commit: &str, runs: u32) -> io::Result<()> {
    let mut packed = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    let _ = writeln!(packed, "{commit} refs/heads/main");
    for number in 0..runs {
        let _ = writeln!(packed, "{commit} refs/jci-runs/{commit}/{}-ab12", 1_700_000_000 + number);
    }
    std::fs::write(repository.join("packed-refs"), packed)
}
