//! The files of two runs, path by path.

use std::collections::BTreeMap;

use super::{PAGE, RECORD, RunFile, TIMING};

/// What two runs have at a path; at least one of them has a file there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePair {
    /// The path from the root of the runs.
    pub path: Vec<u8>,
    /// The file of the first run.
    pub from: Option<RunFile>,
    /// The file of the second run.
    pub to: Option<RunFile>,
}

impl FilePair {
    /// Files at the root of a run that hold times and ids, and so differ between any two runs.
    pub const ALWAYS_DIFFER: [&'static str; 3] = [RECORD, TIMING, PAGE];

    /// Pairs the files of two runs, sorted by the bytes of their paths.
    #[must_use]
    pub fn all(from: Vec<RunFile>, to: Vec<RunFile>) -> Vec<Self> {
        let mut pairs: BTreeMap<Vec<u8>, (Option<RunFile>, Option<RunFile>)> = BTreeMap::new();
        for file in from {
            let path = file.path.clone();
            pairs.entry(path).or_default().0 = Some(file);
        }
        for file in to {
            let path = file.path.clone();
            pairs.entry(path).or_default().1 = Some(file);
        }
        pairs.into_iter().map(|(path, (from, to))| Self { path, from, to }).collect()
    }

    /// Tells whether the two runs have something else here, in content or in kind.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.from != self.to
    }

    /// Tells whether this is one of [`FilePair::ALWAYS_DIFFER`].
    #[must_use]
    pub fn always_differs(&self) -> bool {
        Self::ALWAYS_DIFFER.iter().any(|name| name.as_bytes() == self.path)
    }
}
