//! Systems without control groups tell nobody why a process was killed.

#[derive(Debug)]
pub(crate) enum MemoryGroup {}

impl MemoryGroup {
    pub(crate) fn look() -> Option<Self> {
        None
    }

    pub(crate) fn has_run_out(&self) -> bool {
        match *self {}
    }

    pub(crate) fn limit(&self) -> Option<u64> {
        match *self {}
    }
}
