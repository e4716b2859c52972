//! Rust, by cargo.

use super::folder::Folder;
use super::survey::Found;

pub(super) fn find(folder: &Folder) -> Option<Found> {
    if !folder.has("Cargo.toml") {
        return None;
    }
    let manifest = folder.text("Cargo.toml");
    let section = |name: &str| manifest.lines().any(|line| line.trim_start().starts_with(name));
    let workspace = section("[workspace]") || section("[workspace.");
    let evidence = if workspace { "Cargo.toml, a workspace" } else { "Cargo.toml" };
    let mut found = Found::new("Rust", evidence);

    let all = if workspace { " --workspace" } else { "" };
    let locked = if folder.has("Cargo.lock") { " --locked" } else { "" };
    // Only where somebody keeps the code so: a first run that fails for its looks helps nobody.
    let formatted = folder.first_of(&["rustfmt.toml", ".rustfmt.toml"]).is_some()
        || folder.ci_contains("cargo fmt");
    let linted = folder.first_of(&["clippy.toml", ".clippy.toml"]).is_some()
        || section("[lints.clippy")
        || section("[workspace.lints.clippy")
        || folder.ci_contains("cargo clippy");
    let strict = folder.ci_contains("-D warnings") || folder.ci_contains("-Dwarnings");
    let deny = if strict { " -- -D warnings" } else { "" };
    let when = |kept: bool, line: String, condition: &str| {
        if kept { line } else { format!("# {line}  # if {condition}") }
    };
    found.line(when(formatted, "cargo fmt --all --check".to_owned(), "the code is kept so"));
    let clippy = format!("cargo clippy{all}{locked} --all-targets{deny}");
    found.line(when(linted, clippy, "its lints are heeded"));
    found.test(format!("cargo test{all}{locked}"));
    Some(found)
}
