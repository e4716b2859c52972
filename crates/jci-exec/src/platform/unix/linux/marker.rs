use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::platform::Marker;

impl Marker {
    /// Tells whether an environment, as the kernel shows it (entries that end in NUL), has it.
    pub(super) fn is_in(&self, environment: &[u8]) -> bool {
        environment.split(|&byte| byte == 0).any(|entry| {
            let Some(rest) = entry.strip_prefix(self.name.as_bytes()) else { return false };
            rest.strip_prefix(b"=") == Some(OsStr::as_bytes(&self.value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_matches_whole_entries_only() {
        let marker = Marker::new("JCI_OUTPUT_DIR", "/r/1");
        assert!(marker.is_in(b"A=b\0JCI_OUTPUT_DIR=/r/1\0"));
        assert!(marker.is_in(b"JCI_OUTPUT_DIR=/r/1"));
        assert!(!marker.is_in(b"JCI_OUTPUT_DIR=/r/12\0"));
        assert!(!marker.is_in(b"X_JCI_OUTPUT_DIR=/r/1\0"));
        assert!(!marker.is_in(b"A=JCI_OUTPUT_DIR=/r/1\0"));
        assert!(!marker.is_in(b"JCI_OUTPUT_DIR\0"));
        assert!(!marker.is_in(b""));
    }
}
