//! Examples in the documentation, held against what the binary prints.

use std::path::Path;

/// Checks that docs/json/`command`.md shows exactly this as its example.
///
/// # Panics
/// If it does not, with what it should show.
#[track_caller]
pub(crate) fn check(command: &str, printed: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json");
    let path = root.join(format!("{command}.md"));
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let shown = example.unwrap_or_default();
    assert!(shown == printed, "{} should have the example\n```json\n{printed}```", path.display());
}
