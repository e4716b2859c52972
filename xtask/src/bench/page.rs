//! The part of a page that is written by the benchmark and by nobody else.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files::{self, FileError};

const END: &str = "<!-- bench: end -->";

/// Why the page stays as it is.
#[derive(Debug, Error)]
pub(crate) enum PageError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("failed to write {}: it has to hold the line {} once and then {END}", path.display(), begin(part).trim())]
    NoMarkers { path: PathBuf, part: &'static str },
}

/// Puts `text` between the two markers of a part of a page.
pub(super) fn write(path: &Path, part: &'static str, text: &str) -> Result<(), PageError> {
    let page = files::read_text(path)?;
    let page = replaced(&page, part, text);
    let page = page.ok_or_else(|| PageError::NoMarkers { path: path.to_owned(), part })?;
    Ok(files::write(path, page)?)
}

fn begin(part: &str) -> String {
    format!("<!-- bench: begin {part} -->\n")
}

fn replaced(page: &str, part: &str, text: &str) -> Option<String> {
    let begin = begin(part);
    let (before, rest) = page.split_once(&begin)?;
    let (old, after) = rest.split_once(END)?;
    if after.contains(&begin) || old.contains("<!-- bench: begin") {
        return None;
    }
    Some(format!("{before}{begin}\n{}\n\n{END}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_markers_of_the_part_changes() {
        let page = "# Title\n<!-- bench: begin a -->\nold\nold\n<!-- bench: end -->\nrest\n\
            <!-- bench: begin b -->\nkept\n<!-- bench: end -->\n";
        let new = replaced(page, "a", "| new |\n").unwrap();
        insta::assert_snapshot!(new, @r"
        # Title
        <!-- bench: begin a -->

        | new |

        <!-- bench: end -->
        rest
        <!-- bench: begin b -->
        kept
        <!-- bench: end -->
        ");
        assert_eq!(replaced(&new, "a", "| new |\n").as_deref(), Some(new.as_str()));
    }

    #[test]
    fn a_page_without_both_markers_is_left_alone() {
        let (begin, end) = ("<!-- bench: begin a -->\n", "<!-- bench: end -->\n");
        let other = "<!-- bench: begin b -->\n";
        for page in [
            String::new(),
            begin.to_owned(),
            format!("{end}{begin}"),
            format!("{other}{end}"),
            format!("{begin}{other}{end}"),
            format!("{begin}{end}").repeat(2),
        ] {
            assert_eq!(replaced(&page, "a", "new"), None, "{page:?}");
        }
    }
}
