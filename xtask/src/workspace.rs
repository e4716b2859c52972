//! Where this workspace lies, and the cargo that builds it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the root of the workspace.
///
/// That of the cargo which started this task: two checkouts that share a target folder share this
/// program too, and what it was compiled in may be the other.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR");
    let manifest = manifest.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.parent().map(Path::to_owned).unwrap_or(manifest)
}

/// Returns cargo's target folder, wherever the user has put it.
///
/// It is where this very program lies: `<target>/<profile>/xtask`.
pub(crate) fn target() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .map_or_else(|| root().join("target"), Path::to_owned)
}

/// Prepares the cargo that started this task, at the root of the workspace.
pub(crate) fn cargo<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn the_target_folder_holds_this_program() {
        let own = std::env::current_exe().expect("a test has a path");
        assert!(own.starts_with(target()), "{}", own.display());
    }
}
