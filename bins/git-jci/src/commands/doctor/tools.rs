//! The programs that jci relies on.

use std::process::Command;

use super::finding::{Findings, Level};

/// The first git that has all that jci asks of it; `git fetch --porcelain` came last.
const NEEDED: (u32, u32) = (2, 41);

/// Looks at the version of git.
pub(super) fn git(findings: &mut Findings) {
    let printed = Command::new("git").arg("version").output();
    let printed = match printed {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => {
            let todo = ["install git, or put it on the PATH".to_owned()];
            return findings.add(
                Level::Problem,
                "git",
                format!("git cannot be run: {error}"),
                todo,
            );
        }
    };
    let Some(version) = version(&printed) else {
        let says = format!("`git version` printed {printed:?}, which tells no version");
        return findings.add(Level::Warn, "git", says, []);
    };
    let (major, minor) = NEEDED;
    if version < NEEDED {
        let says = format!("{printed} is too old: git jci pull does not work");
        let todo = [format!("install git {major}.{minor} or newer")];
        return findings.add(Level::Problem, "git", says, todo);
    }
    findings.ok("git", printed);
}

/// Reads major and minor out of `git version 2.47.3 (Apple Git-1)`.
fn version(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.strip_prefix("git version ")?.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next()?;
    let digits = minor.find(|it: char| !it.is_ascii_digit()).unwrap_or(minor.len());
    Some((major, minor[..digits].parse().ok()?))
}

/// Looks whether git finds us when somebody types `git jci`.
pub(super) fn path(findings: &mut Findings) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("git-jci"))
        .find(|candidate| candidate.is_file());
    let own = std::env::current_exe().ok();
    match (found, own) {
        (Some(found), _) => findings.ok("git jci", found.display().to_string()),
        (None, own) => {
            let folder = own.as_ref().and_then(|own| own.parent());
            let folder = folder.map_or_else(|| "its folder".into(), |it| it.display().to_string());
            findings.add(
                Level::Warn,
                "git jci",
                "git-jci is not on the PATH, so neither `git jci` nor hooks nor cron find it",
                [format!("add {folder} to the PATH in the file that your shell reads")],
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_vendors_print_them() {
        assert_eq!(version("git version 2.47.3"), Some((2, 47)));
        assert_eq!(version("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(version("git version 3.0-rc1"), Some((3, 0)));
        assert_eq!(version("git version 2.50rc0"), Some((2, 50)));
        assert_eq!(version("hub version 1.0"), None);
        assert_eq!(version("git version next"), None);
    }
}
