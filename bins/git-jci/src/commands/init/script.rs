//! Putting the script together.

use std::fmt::Write as _;

use super::survey::Found;

const HEAD: &str = r#"#!/usr/bin/env bash
# What `git jci run` does. Exit 0 says that the commit is good, anything else that it is not.
#   JCI_REPO_ROOT   the work tree
#   JCI_COMMIT      the commit
#   JCI_OUTPUT_DIR  files left here are kept with the run
set -euo pipefail
cd "$JCI_REPO_ROOT"
"#;

/// For repositories that hold no test that is known. It fails: a run that tests nothing must not
/// say `ok`.
const NOTHING_TESTED: &str = r#"
# Say here how this repository is tested, for example:
#   ./configure && make
#   make check
#   cp report.html "$JCI_OUTPUT_DIR/index.html"

echo "nothing is tested yet: edit .jci/run.sh" >&2
exit 1
"#;

/// Writes the script that tests all that was found.
pub(super) fn compose(found: &[Found]) -> String {
    let mut script = HEAD.to_owned();
    for part in found {
        let _ = write!(script, "\n# {part}\n");
        let (indent, end) = if part.folder.is_empty() { ("", "") } else { ("    ", ")\n") };
        if !part.folder.is_empty() {
            let _ = writeln!(script, "(\n    cd {}", part.folder);
        }
        for line in &part.lines {
            let _ = writeln!(script, "{indent}{line}");
        }
        script.push_str(end);
    }
    if !tests(found) {
        script.push_str(NOTHING_TESTED);
    }
    script
}

/// Tells whether the script for this tests anything.
pub(super) fn tests(found: &[Found]) -> bool {
    found.iter().any(|part| part.tests)
}
