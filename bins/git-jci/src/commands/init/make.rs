//! Make, if the Makefile can test.

use super::folder::Folder;
use super::survey::Found;

pub(super) fn find(folder: &Folder) -> Option<Found> {
    // The order in which GNU make looks for them.
    let file = folder.first_of(&["GNUmakefile", "makefile", "Makefile"])?;
    let text = folder.text(file);
    let target = ["test", "check"].into_iter().find(|target| has_target(&text, target))?;
    let mut found = Found::new("Make", format!("{file} with the target {target}"));
    found.test(format!("make {target}"));
    Some(found)
}

/// Finds `target:` and `other target:`, but not `target := value`.
fn has_target(makefile: &str, target: &str) -> bool {
    makefile.lines().any(|line| {
        let Some((targets, rest)) = line.split_once(':') else { return false };
        let assigned = rest.starts_with('=') || rest.starts_with(":=") || targets.contains('=');
        !assigned
            && !line.starts_with(['\t', '#'])
            && targets.split_ascii_whitespace().any(|word| word == target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_from_assignments_recipes_and_longer_names() {
        for makefile in ["test:", "test: build\n", "all test: x", "build:\n\ncheck test::\n\tx"] {
            assert!(has_target(makefile, "test"), "{makefile:?}");
        }
        for other in [
            "",
            "tests:",
            "test := 1",
            "test ::= 1",
            "x = test:",
            "#test:",
            "\ttest: x",
            ".PHONY: test",
        ] {
            assert!(!has_target(other, "test"), "{other:?}");
        }
    }
}
