//! The commit that a run is.

use gix::ObjectId;
use gix::bstr::BString;
use gix::objs::{Commit, Kind, WriteTo as _};

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
    let (name, email) = match repo.author() {
        Some(Ok(author)) => (author.name.into(), author.email.into()),
        _ => (BString::from(NAME), BString::from(EMAIL)),
    };
    gix::actor::Signature { name, email, time }
}
