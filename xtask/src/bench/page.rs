//! The part of a page that is written by the benchmark and by nobody else.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files::{self, FileError};

const BEGIN: &str = "<!-- bench: begin -->\n";
const END: &str = "<!-- bench: end -->";

/// Why the page stays as it is.
#[derive(Debug, Error)]
pub(crate) enum PageError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("failed to write {}: it has to hold the line {} once and then {END}", path.display(), BEGIN.trim())]
    NoMarkers { path: PathBuf },
}

/// Puts `text` between the two markers of a page.
pub(super) fn write(path: &Path, text: &str) -> Result<(), PageError> {
    let page = files::read_text(path)?;
    let page =
        replaced(&page, text).ok_or_else(|| PageError::NoMarkers { path: path.to_owned() })?;
    Ok(files::write(path, page)?)
}

fn replaced(page: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    if after.contains(BEGIN) {
        return None;
    }
    Some(format!("{before}{BEGIN}\n{}\n\n{END}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_markers_changes() {
        let page = "# Title\n<!-- bench: begin -->\nold\nold\n<!-- bench: end -->\nrest\n";
        let new = replaced(page, "| new |\n").unwrap();
        insta::assert_snapshot!(new, @r"
        # Title
        <!-- bench: begin -->

        | new |

        <!-- bench: end -->
        rest
        ");
        assert_eq!(replaced(&new, "| new |\n").as_deref(), Some(new.as_str()));
    }

    #[test]
    fn a_page_without_both_markers_is_left_alone() {
        for page in ["", "<!-- bench: begin -->\n", "<!-- bench: end -->\n<!-- bench: begin -->\n"]
        {
            assert_eq!(replaced(page, "new"), None, "{page:?}");
        }
        let twice = "<!-- bench: begin -->\n<!-- bench: end -->\n".repeat(2);
        assert_eq!(replaced(&twice, "new"), None);
    }
}
