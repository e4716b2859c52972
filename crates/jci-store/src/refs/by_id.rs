//! Finding runs by the starts of their ids among refs kept in files, without reading every ref.

use std::fs;
use std::io;
use std::path::Path;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;

use super::{RefError, files};
use crate::RunName;
use crate::ids::RUNS_PREFIX;

/// Lists the runs whose ids begin with `start`, and the object that each ref points to.
pub(super) fn runs(
    repo: &gix::Repository,
    start: &str,
) -> Result<Vec<(RunName, ObjectId)>, RefError> {
    let failed =
        |error: io::Error| RefError::Read { prefix: RUNS_PREFIX.to_owned(), source: error.into() };
    let mut names = packed(&repo.common_dir().join("packed-refs"), start).map_err(failed)?;
    names.extend(loose(&repo.common_dir().join(RUNS_PREFIX), start).map_err(failed)?);
    names.sort_unstable();
    names.dedup();
    let mut runs = Vec::new();
    for name in names {
        // What stands in the files is only where to look: the ref itself says whether it is there.
        runs.extend(files::find(repo, &name)?.map(|id| (name, id)));
    }
    Ok(runs)
}

fn packed(path: &Path, start: &str) -> io::Result<Vec<RunName>> {
    let Some(packed) = if_there(fs::read(path))? else { return Ok(Vec::new()) };
    let wanted = format!("/{start}");
    let found = packed.find_iter(&wanted).filter_map(|at| {
        let line = packed[..at].rfind_byte(b'\n').map_or(0, |end| end + 1);
        let end = packed[at..].find_byte(b'\n').map_or(packed.len(), |end| at + end);
        // An id, a space and the name.
        let (_, name) = packed[line..end].split_once_str(" ")?;
        RunName::from_ref_name(name).filter(|name| name.id.starts_with(start))
    });
    Ok(found.collect())
}

fn loose(folder: &Path, start: &str) -> io::Result<Vec<RunName>> {
    let mut found = Vec::new();
    for commit in if_there(fs::read_dir(folder))?.into_iter().flatten() {
        let commit = commit?;
        // A file in its place, or a folder that goes at this moment, holds no run.
        for run in fs::read_dir(commit.path()).into_iter().flatten().filter_map(Result::ok) {
            let (commit, run) = (commit.file_name(), run.file_name());
            if run.as_encoded_bytes().starts_with(start.as_bytes()) {
                let name = format!("{RUNS_PREFIX}{}/{}", commit.display(), run.display());
                found.extend(RunName::from_ref_name(name.as_bytes()));
            }
        }
    }
    Ok(found)
}

fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use jci_testkit::TestRepo;

    use super::*;
    use crate::Store;

    #[test]
    fn runs_are_found_where_they_are_kept_and_where_they_were_deleted_they_are_not() {
        let repo = TestRepo::new();
        let commit = repo.commit("first");
        let ids = ["1700000000-0001", "1700000000-0002", "1700000001-0003", "1800000000-0004"];
        let name = |id: &str| format!("refs/jci-runs/{commit}/{id}");
        let write = |id: &str| repo.git(&["update-ref", &name(id), &commit]);
        for id in &ids[..3] {
            write(id);
        }
        repo.git(&["pack-refs", "--all"]);
        write(ids[3]);
        // Packed and then moved, so that it is in both places.
        repo.commit("second");
        repo.git(&["update-ref", &name(ids[0]), "HEAD"]);
        repo.git(&["update-ref", "-d", &name(ids[1])]);
        repo.git(&["branch", "1700000000-0009"]);

        let store = Store::discover(repo.path()).unwrap();
        let found = |start: &str| {
            let runs = runs(&store.local(), start).unwrap();
            runs.iter().map(|(name, _)| name.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("17"), [ids[0], ids[2]]);
        assert_eq!(found("1700000000-"), [ids[0]]);
        assert_eq!(found(ids[1]), [""; 0]);
        assert_eq!(found(ids[3]), [ids[3]]);
        assert_eq!(found("0000"), [""; 0]);
        let (_, target) = runs(&store.local(), ids[0]).unwrap()[0];
        assert_eq!(target.to_string(), repo.git(&["rev-parse", "HEAD"]).trim());
    }
}
