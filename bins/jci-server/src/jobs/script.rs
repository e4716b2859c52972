//! The script that runs in the container of a job.

use std::fmt::Write as _;

use jci_proto::JOB_SCRIPT;

/// Puts the facts of a job, as exported variables, before its script, behind a `#!` line.
///
/// Runners of any age start the script in whatever environment they like; what it needs, it brings.
pub(super) fn with_variables(script: Option<&str>, variables: &[(String, String)]) -> String {
    let script = script.unwrap_or(JOB_SCRIPT);
    let first = script.split_inclusive('\n').next().filter(|line| line.starts_with("#!"));
    let (first, rest) = script.split_at(first.map_or(0, str::len));
    let mut whole = first.to_owned();
    for (name, value) in variables {
        // Writing to a text cannot fail.
        let _ = writeln!(whole, "export {name}={}", quoted(value));
    }
    whole.push_str(rest);
    whole
}

/// Quotes a text for every shell there is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn variables_come_behind_the_first_line_whatever_they_hold() {
        let hostile = "a'b $(touch /tmp/x) \"c\" `d` \\ \n e";
        let variables = [("A".to_owned(), hostile.to_owned())];
        let script = with_variables(Some("#!/bin/sh\nprintf %s \"$A\"\n"), &variables);
        assert!(script.starts_with("#!/bin/sh\nexport A='"), "{script}");
        let output = Command::new("sh").arg("-c").arg(&script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), hostile);
    }

    #[test]
    fn a_script_without_a_first_line_of_its_own_begins_with_the_variables() {
        let script = with_variables(Some("echo"), &[("A".to_owned(), "b".to_owned())]);
        assert_eq!(script, "export A='b'\necho");
    }
}
