//! Go, by its own tool.

use super::folder::Folder;
use super::survey::Found;

pub(super) fn find(folder: &Folder) -> Option<Found> {
    if !folder.has("go.mod") {
        return None;
    }
    let mut found = Found::new("Go", "go.mod");
    found.test("go vet ./...");
    found.test("go test ./...");
    Some(found)
}
