//! Two runs side by side: what is known of them, and their files.

use jci_proto::{Changed, Comparison, FileChange};
use jci_store::{FilePair, Run, RunEntry, RunFile};

use super::run::describe_path;
use super::{Found, ViewError, Views};

/// The two runs that are compared, each by its commit and its id.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) from: (String, String),
    pub(crate) to: (String, String),
}

impl Views {
    /// Lists the files of two runs that differ.
    pub(crate) fn compare(&self, pair: &Pair) -> Result<Comparison, ViewError> {
        let from = self.find_stored(&pair.from.0, &pair.from.1)?;
        let to = self.find_stored(&pair.to.0, &pair.to.1)?;
        let runs = (Run::open(&self.store, &from)?, Run::open(&self.store, &to)?);
        let mut pairs = FilePair::all(runs.0.files()?, runs.1.files()?);
        pairs.retain(|pair| !pair.always_differs());
        let all = pairs.len();
        pairs.retain(FilePair::differs);
        let unchanged = (all - pairs.len()) as u64;
        let mut files = Vec::with_capacity(pairs.len());
        for FilePair { path, from: a, to: b } in pairs {
            files.push(FileChange {
                path: describe_path(&path),
                change: match (&a, &b) {
                    (None, _) => Changed::Added,
                    (_, None) => Changed::Removed,
                    _ => Changed::Changed,
                },
                from: a.map(|file| self.describe_one(&from, &runs.0, &file)).transpose()?,
                to: b.map(|file| self.describe_one(&to, &runs.1, &file)).transpose()?,
            });
        }
        let (from, to) = (self.run(&Found::Stored(from))?, self.run(&Found::Stored(to))?);
        Ok(Comparison { from, to, files, unchanged })
    }

    fn describe_one(
        &self,
        entry: &RunEntry,
        run: &Run<'_>,
        file: &RunFile,
    ) -> Result<jci_proto::File, ViewError> {
        Ok(self.describe_file(&entry.name, file, run.size(file)?))
    }
}
