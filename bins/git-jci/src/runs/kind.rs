//! What a file of a run is, in the words of JSON.

use jci_store::FileKind;

/// Names what a file of a run is.
pub(crate) fn kind(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Regular => "file",
        FileKind::Executable => "executable",
        FileKind::Symlink => "symlink",
    }
}
