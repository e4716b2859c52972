//! Whether the kernel shows rules what passes between two containers on one bridge.

use std::fs;
use std::path::Path;

use super::PolicyError;

const FOLDER: &str = "/proc/sys/net/bridge";
const SETTINGS: [&str; 2] = ["bridge-nf-call-iptables", "bridge-nf-call-ip6tables"];

/// Fails if containers on one bridge could reach each other past the rules.
pub(super) fn check() -> Result<(), PolicyError> {
    check_in(Path::new(FOLDER))
}

fn check_in(folder: &Path) -> Result<(), PolicyError> {
    let is_on = |name| fs::read_to_string(folder.join(name)).is_ok_and(|text| text.trim() == "1");
    if SETTINGS.into_iter().all(is_on) { Ok(()) } else { Err(PolicyError::Bridged) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_have_to_be_shown() {
        let folder = tempfile::tempdir().unwrap();
        let check = || check_in(folder.path()).is_ok();
        // Without its module the kernel has no such settings.
        assert!(!check());
        fs::write(folder.path().join(SETTINGS[0]), "1\n").unwrap();
        assert!(!check());
        fs::write(folder.path().join(SETTINGS[1]), "0\n").unwrap();
        assert!(!check());
        fs::write(folder.path().join(SETTINGS[1]), "1\n").unwrap();
        assert!(check());
    }
}
