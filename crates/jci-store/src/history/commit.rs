//! What a commit says.

use gix::bstr::ByteSlice as _;
use gix::objs::Kind;
use jiff::Timestamp;

use crate::object::read::ReadError;
use crate::{CommitId, Store};

/// A commit as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// The message without its first line.
    pub body: String,
    /// Who wrote it.
    pub author: String,
    /// The address of who wrote it.
    pub email: String,
    /// When it was committed.
    pub time: Timestamp,
    /// The commits before it.
    pub parents: Vec<CommitId>,
}

impl Store {
    /// Reads commits; `None` for one that is not in the repository, or is no commit. Lazy, one
    /// object each.
    pub fn commits<'a>(
        &'a self,
        ids: impl IntoIterator<Item = CommitId, IntoIter: 'a>,
    ) -> impl Iterator<Item = Result<Option<Commit>, ReadError>> + 'a {
        let repo = self.local();
        ids.into_iter().map(move |id| read(&repo, id))
    }
}

fn read(repo: &gix::Repository, id: CommitId) -> Result<Option<Commit>, ReadError> {
    let failed = |error: gix::Error| ReadError::Object { id: id.to_string(), source: error.into() };
    let found = repo.try_find_object(id.0).map_err(failed)?;
    let Some(object) = found.filter(|object| object.kind == Kind::Commit) else {
        return Ok(None);
    };
    let commit = object.try_to_commit_ref().map_err(failed)?;
    let text = |bytes: &[u8]| bytes.to_str_lossy().into_owned();
    let message = commit.message();
    // A commit by a broken tool may name nobody; all else of it is still worth showing.
    let author = commit.author().ok();
    let seconds = commit.committer().map_or(0, |committer| committer.seconds());
    Ok(Some(Commit {
        id,
        subject: text(&message.summary()),
        body: message.body.map(|body| text(body.trim())).unwrap_or_default(),
        author: author.map(|author| text(author.name)).unwrap_or_default(),
        email: author.map(|author| text(author.email)).unwrap_or_default(),
        time: Timestamp::from_second(seconds).unwrap_or_default(),
        parents: commit.parents().map(CommitId).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::{Commit, Store};
    use jci_testkit::{Formats, TestRepo};

    #[test]
    fn a_commit_tells_who_when_and_what() {
        for formats in Formats::ALL {
            let repo = TestRepo::with_formats(formats);
            let first = repo.commit("first");
            let second = repo.commit("add\nreport\n\nIt is\n\nlong.");
            let blob = repo.git(&["hash-object", "-w", "/dev/null"]);
            let store = Store::discover(repo.path()).unwrap();
            let ids = [&second, &blob, &"1".repeat(first.len())];
            let ids = ids.map(|id| id.parse().unwrap());
            let found: Vec<_> = store.commits(ids).map(Result::unwrap).collect();
            let expected = Commit {
                id: ids[0],
                subject: "add report".to_owned(),
                body: "It is\n\nlong.".to_owned(),
                author: "Ada Tester".to_owned(),
                email: "ada@example.com".to_owned(),
                time: "2026-01-02T03:04:05Z".parse().unwrap(),
                parents: vec![first.parse().unwrap()],
            };
            assert_eq!(found, [Some(expected), None, None], "in {formats:?}");
        }
    }
}
