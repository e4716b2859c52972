//! Is the work tree as HEAD has it?

mod ignored;

use std::fs;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::stat::Options;
use gix::index::entry::{Flags, Mode, Stat};
use gix::index::fs::Metadata;

use self::ignored::Ignored;
use crate::Store;

/// In bytes. A larger index, which is one of some thousand files, is left to git: it looks with
/// several threads, and by what a file system monitor knows.
const LARGEST_INDEX: u64 = 128 << 10;

/// All that the file system says of a file has to be as it was.
const STRICT: Options =
    Options { trust_ctime: true, check_stat: true, use_nsec: true, use_stdev: false };

impl Store {
    /// Tells whether the work tree is certainly as HEAD has it, but for what git ignores.
    ///
    /// Takes a fraction of the time in which `git status` starts. `false` says only that it takes
    /// git to tell: files may be changed, or touched since git last looked at them, or too many.
    #[must_use]
    pub fn is_certainly_clean(&self) -> bool {
        let repo = self.local();
        Look::begin(&repo).and_then(Look::finish).is_some()
    }
}

/// A look through the work tree. Its steps return `None` at the first thing that is not, or may not
/// be, as HEAD has it.
struct Look<'a> {
    root: &'a Path,
    index: gix::index::File,
    ignored: Ignored,
    /// So many entries of the index are as they were.
    same: usize,
}

impl<'a> Look<'a> {
    fn begin(repo: &'a gix::Repository) -> Option<Self> {
        let root = repo.workdir()?;
        if fs::metadata(repo.index_path()).ok()?.len() > LARGEST_INDEX {
            return None;
        }
        let index = repo.open_index().ok()?;
        // A tree without a number is from before the last `git add`.
        let tree = index.tree().filter(|tree| tree.num_entries.is_some())?;
        if tree.id != repo.head_tree_id().ok()? {
            return None;
        }
        Some(Self { root, index, ignored: Ignored::in_repository(repo)?, same: 0 })
    }

    fn finish(mut self) -> Option<()> {
        self.look_into(b"".into())?;
        (self.same == self.index.entries().len()).then_some(())
    }

    /// Looks at all that is in a folder. Its path is empty, or ends with a slash.
    fn look_into(&mut self, folder: &BStr) -> Option<()> {
        let path = self.on_disk(folder)?;
        let outside = self.ignored.enter(self.root, &path)?;
        for entry in fs::read_dir(path).ok()? {
            let entry = entry.ok()?;
            let file_name = entry.file_name();
            let name = gix::path::os_str_into_bstr(&file_name).ok()?;
            if name == ".git" {
                // That of another repository is git's to judge.
                folder.is_empty().then_some(())?;
                continue;
            }
            let path = BString::from([folder.as_bytes(), name].concat());
            if entry.file_type().ok()?.is_dir() {
                self.look_at_folder(path)?;
            } else {
                self.look_at_file(path.as_bstr())?;
            }
        }
        self.ignored.leave(outside);
        Some(())
    }

    fn look_at_folder(&mut self, mut path: BString) -> Option<()> {
        let is_ignored = self.ignored.holds(path.as_bstr(), true);
        path.push(b'/');
        if !is_ignored {
            // One without a file in it does not exist for git.
            return self.look_into(path.as_bstr());
        }
        // What is not ignored in a folder that is, git knows.
        self.index.prefixed_entries_range(path.as_bstr()).is_none().then_some(())
    }

    fn look_at_file(&mut self, path: &BStr) -> Option<()> {
        let Ok(at) = self.index.entry_index_by_path(path) else {
            return self.ignored.holds(path, false).then_some(());
        };
        let entry = &self.index.entries()[at];
        let metadata = Metadata::from_path_no_follow(&self.on_disk(path)?).ok()?;
        let is_same = entry.mode == mode(&metadata)?
            // Not of a merge, nor marked as one that is not looked at.
            && entry.flags.difference(Flags::PATH_LEN).is_empty()
            && entry.stat.matches(&Stat::from_fs(&metadata).ok()?, STRICT)
            && !entry.stat.is_racy(self.index.timestamp(), STRICT);
        self.same += usize::from(is_same);
        is_same.then_some(())
    }

    fn on_disk(&self, path: &BStr) -> Option<PathBuf> {
        Some(self.root.join(gix::path::from_bstr(path).ok()?))
    }
}

fn mode(metadata: &Metadata) -> Option<Mode> {
    match metadata {
        link if link.is_symlink() => Some(Mode::SYMLINK),
        file if file.is_executable() => Some(Mode::FILE_EXECUTABLE),
        file if file.is_file() => Some(Mode::FILE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt, symlink};

    use jci_testkit::{Formats, TestRepo};
    use proptest::prelude::*;
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

    use super::*;

    fn is_certainly_clean(repo: &TestRepo) -> bool {
        Store::discover(repo.path()).unwrap().is_certainly_clean()
    }

    fn status(repo: &TestRepo) -> String {
        repo.git(&["status", "--porcelain"])
    }

    /// Makes a file as old as files are: git doubts those that are no older than its index.
    fn age(repo: &TestRepo, path: &str, seconds: i64) {
        let at = Timespec { tv_sec: seconds, tv_nsec: 0 };
        let times = Timestamps { last_access: at, last_modification: at };
        utimensat(CWD, repo.path().join(path), &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }

    /// Writes a file that is older than any index, and younger than the file that was there.
    fn write(repo: &TestRepo, path: &str, content: &str) {
        let before = fs::metadata(repo.path().join(path)).map_or(0, |found| found.mtime() + 1);
        repo.write(path, content);
        age(repo, path, before);
    }

    /// A script, a link, and what is ignored by three files.
    fn repository(formats: Formats) -> TestRepo {
        let repo = TestRepo::with_formats(formats);
        repo.script("#!/bin/sh\n");
        symlink("run.sh", repo.path().join(".jci/link")).unwrap();
        for path in [".jci/run.sh", ".jci/link"] {
            age(&repo, path, 0);
        }
        write(&repo, ".gitignore", "/target/\n*.o\n");
        write(&repo, "src/main.c", "main\n");
        write(&repo, "src/deep/.gitignore", "made\n");
        repo.commit("first");
        repo.write("target/a/b", "made");
        repo.write("src/main.o", "made");
        repo.write("src/deep/made", "made");
        repo.write(".git/info/exclude", "notes\n");
        repo.write("src/notes", "mine");
        fs::create_dir_all(repo.path().join("src/empty/folder")).unwrap();
        repo
    }

    #[test]
    fn what_is_as_it_was_is_clean_without_a_doubt() {
        for formats in [Formats::Git2, Formats::Sha256] {
            let repo = repository(formats);
            assert_eq!(status(&repo), "");
            assert!(is_certainly_clean(&repo), "in {formats:?}");
        }
    }

    #[test]
    fn what_gix_does_not_read_is_left_to_git() {
        assert!(!is_certainly_clean(&repository(Formats::Reftable)));
    }

    /// Changes one thing in a repository that is clean.
    fn changed(change: impl Fn(&TestRepo, &Path)) {
        let repo = repository(Formats::Git2);
        change(&repo, repo.path());
        assert_ne!(status(&repo), "");
        assert!(!is_certainly_clean(&repo));
    }

    #[test]
    fn no_change_is_missed() {
        changed(|repo, _| write(repo, "src/main.c", "MAIN\n"));
        changed(|_, root| fs::remove_file(root.join("src/main.c")).unwrap());
        changed(|_, root| {
            fs::set_permissions(root.join("src/main.c"), PermissionsExt::from_mode(0o755)).unwrap();
        });
        changed(|repo, _| write(repo, "src/deep/new", ""));
        changed(|repo, _| write(repo, "src/empty/folder/new", ""));
        changed(|repo, _| write(repo, ".gitignore", "/target/\n"));
        changed(|repo, _| drop(repo.git(&["init", "--quiet", "src/other"])));
        changed(|repo, _| drop(repo.git(&["rm", "--quiet", "--cached", "src/main.c"])));
        changed(|repo, _| {
            write(repo, "src/main.c", "MAIN\n");
            repo.git(&["add", "src/main.c"]);
        });
        changed(|_, root| {
            // The files are the same, by whatever the file system says of them.
            fs::rename(root.join("src"), root.join("target/src")).unwrap();
            symlink("target/src", root.join("src")).unwrap();
        });
    }

    #[test]
    fn who_tells_git_not_to_look_has_to_ask_git() {
        let repo = repository(Formats::Git2);
        repo.git(&["update-index", "--assume-unchanged", "src/main.c"]);
        assert!(!is_certainly_clean(&repo));
    }

    #[test]
    fn what_is_kept_in_an_ignored_folder_is_left_to_git() {
        let repo = repository(Formats::Git2);
        repo.git(&["add", "--force", "target/a/b"]);
        repo.commit("with what was made");
        assert_eq!(status(&repo), "");
        assert!(!is_certainly_clean(&repo));
    }

    #[test]
    fn a_file_as_young_as_the_index_is_left_to_git() {
        let repo = repository(Formats::Git2);
        age(&repo, "src/main.c", i64::from(u32::MAX) / 2);
        repo.git(&["update-index", "--refresh"]);
        assert_eq!(status(&repo), "");
        assert!(!is_certainly_clean(&repo));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write(&'static str, bool),
        Remove(&'static str),
        Ignore(&'static str, &'static str),
        Add,
        Commit,
    }

    fn step() -> impl Strategy<Value = Step> {
        let files = || prop::sample::select(vec!["a", "b.o", "in/a", "in/b.o", "in/in/a", "out/a"]);
        let ignoring =
            prop::sample::select(vec![".gitignore", "in/.gitignore", ".git/info/exclude"]);
        let patterns = prop::sample::select(vec![
            "*.o\n",
            "in/\n",
            "/a\n",
            "*\n!a\n",
            "in\n!in/a\n",
            "/in/*\n!/in/in\n",
            "**/a\n",
        ]);
        prop_oneof![
            4 => (files(), any::<bool>()).prop_map(|(path, other)| Step::Write(path, other)),
            2 => files().prop_map(Step::Remove),
            2 => (ignoring, patterns).prop_map(|(file, patterns)| Step::Ignore(file, patterns)),
            1 => Just(Step::Add),
            2 => Just(Step::Commit),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn what_is_called_clean_git_calls_clean(steps in prop::collection::vec(step(), 1..16)) {
            let repo = TestRepo::new();
            repo.commit("first");
            for step in steps {
                match step {
                    Step::Write(path, other) => {
                        write(&repo, path, if other { "other" } else { "one" });
                    }
                    Step::Remove(path) => drop(fs::remove_file(repo.path().join(path))),
                    Step::Ignore(file, patterns) => write(&repo, file, patterns),
                    Step::Add => drop(repo.git(&["add", "--all"])),
                    Step::Commit => {
                        repo.commit("more");
                        let ignored = ["ls-files", "--cached", "--ignored", "--exclude-standard"];
                        let is_plain = repo.git(&ignored).is_empty();
                        prop_assert!(is_certainly_clean(&repo) || !is_plain);
                    }
                }
                let status = status(&repo);
                prop_assert!(!is_certainly_clean(&repo) || status.is_empty(), "git says {}", status);
            }
        }
    }
}
