//! The commit that a run is.

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::{Commit, Kind, WriteTo as _};

use crate::Store;
use crate::durable::PathError;
use crate::ingest::Sink;
use crate::message;
use crate::object::WriteError;
use crate::record::RunRecord;

/// Who signs for a run where git knows no name.
const NAME: &str = "jci";
const EMAIL: &str = "jci@localhost";

/// Writes the commit of a run over its tree; it has no parents.
pub(super) fn write(
    sink: &mut Sink,
    repo: &gix::Repository,
    tree: ObjectId,
    record: &RunRecord,
) -> Result<ObjectId, WriteError> {
    let author = signature(repo, record);
    let commit = Commit {
        tree,
        parents: Default::default(),
        author: author.clone(),
        committer: author,
        encoding: None,
        message: BString::from(message::compose(record)),
        extra_headers: Vec::new(),
    };
    let mut data = Vec::new();
    commit.write_to(&mut data).map_err(|error| PathError {
        action: "encode the commit of",
        path: record.run.to_string().into(),
        source: std::io::Error::other(error),
    })?;
    sink.add(Kind::Commit, &data)
}

/// git's own identity, at the time when the run ended.
fn signature(repo: &gix::Repository, record: &RunRecord) -> gix::actor::Signature {
    let ended = record.ended.unwrap_or(record.started);
    let time = gix::date::Time::new(ended.as_second(), 0);
    let (name, email) = identity(repo).unwrap_or_else(|| (NAME.into(), EMAIL.into()));
    gix::actor::Signature { name, email, time }
}

/// Finds out by which name and address git would sign; `None` if it was not told.
///
/// Asked of the configuration rather than of `gix::Repository::author`, which reads the whole time
/// zone database to put today's offset to it: as much work as all the rest of a small run.
fn identity(repo: &gix::Repository) -> Option<(BString, BString)> {
    let config = repo.config_snapshot();
    let find = |variable: &str, keys: [&str; 2]| {
        let set = std::env::var_os(variable).map(|value| BString::from(value.into_encoded_bytes()));
        let configured = || keys.iter().find_map(|key| config.string(*key));
        set.or_else(configured).map(without_marks).filter(|value| !value.is_empty())
    };
    let name = find("GIT_AUTHOR_NAME", ["author.name", "user.name"]);
    name.zip(find("GIT_AUTHOR_EMAIL", ["author.email", "user.email"]))
}

impl Store {
    /// Returns who signs for runs, `name <email>`; `None` if git was not told, so that jci itself
    /// signs.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        let (name, email) = identity(&self.local())?;
        Some(format!("{name} <{email}>"))
    }
}

/// Drops what marks the ends of names in a commit, as git does.
fn without_marks(mut text: BString) -> BString {
    text.retain(|byte| !matches!(byte, b'<' | b'>' | b'\n' | b'\0'));
    text.trim().into()
}
