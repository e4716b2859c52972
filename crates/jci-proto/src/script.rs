//! What a job is made of where nobody set anything else.

/// The script of a job: it clones all, checks out the commit, runs it, and always pushes what came
/// of it. It ends as the run did, or as the push if only that failed.
///
/// It reads two variables: `JCI_CLONE_URL`, where the repository is, and `JCI_COMMIT_SHA`, the
/// whole id of the commit. The server writes both into the script that it hands out, for runners of
/// any age; a runner sets them for servers that hand out none. Any shell runs it that finds git and
/// git-jci.
pub const JOB_SCRIPT: &str = include_str!("job.sh");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_the_script() {
        let checked = Command::new("sh").args(["-n", "-c", JOB_SCRIPT]).status().unwrap();
        assert!(checked.success());
    }

    #[test]
    fn the_script_reads_what_is_said_and_no_more() {
        let names = JOB_SCRIPT.split('$').skip(1).filter(|text| text.starts_with("JCI_"));
        let whole = |text: &&str| text.find(|c: char| !c.is_ascii_uppercase() && c != '_');
        let names: BTreeSet<_> = names.map(|text| &text[..whole(&text).unwrap()]).collect();
        assert_eq!(names, BTreeSet::from(["JCI_CLONE_URL", "JCI_COMMIT_SHA"]));
    }
}
