//! Node, by the package manager that the lock file speaks of.

use serde_json::Value;

use super::folder::Folder;
use super::survey::Found;

/// A package manager, and how it is asked to keep to its lock file.
struct Manager {
    name: &'static str,
    locks: &'static [&'static str],
    install: &'static str,
    install_unlocked: &'static str,
}

/// The first whose lock file is there wins; npm's last, as it may be a leftover.
const MANAGERS: [Manager; 4] = [
    Manager {
        name: "pnpm",
        locks: &["pnpm-lock.yaml"],
        install: "pnpm install --frozen-lockfile",
        install_unlocked: "pnpm install --no-lockfile",
    },
    Manager {
        name: "yarn",
        locks: &["yarn.lock"],
        install: "yarn install --frozen-lockfile",
        install_unlocked: "yarn install --no-lockfile",
    },
    Manager {
        name: "bun",
        locks: &["bun.lock", "bun.lockb"],
        install: "bun install --frozen-lockfile",
        install_unlocked: "bun install --no-save",
    },
    Manager {
        name: "npm",
        locks: &["package-lock.json", "npm-shrinkwrap.json"],
        install: "npm ci",
        install_unlocked: "npm install --no-package-lock",
    },
];

pub(super) fn find(folder: &Folder) -> Option<Found> {
    if !folder.has("package.json") {
        return None;
    }
    let package: Value = serde_json::from_str(&folder.text("package.json")).unwrap_or_default();
    let (manager, lock) = choose(folder, &package);
    let mut found = match lock {
        Some(lock) => Found::new("Node", format!("package.json, {lock}")),
        None => Found::new("Node", format!("package.json, no lock file, so {}", manager.name)),
    };
    if let Some(install) = install(folder, &package, manager, lock.is_some()) {
        found.line(install);
    }
    add_scripts(&mut found, &package, manager.name);
    Some(found)
}

fn choose(folder: &Folder, package: &Value) -> (&'static Manager, Option<&'static str>) {
    // `"packageManager": "pnpm@9.1.0"` is the project's own word.
    let declared = package["packageManager"].as_str().unwrap_or_default();
    let declared = MANAGERS.iter().find(|it| declared.starts_with(&format!("{}@", it.name)));
    let locked = MANAGERS.iter().find(|it| folder.first_of(it.locks).is_some());
    let manager = declared.or(locked).unwrap_or(&MANAGERS[3]);
    (manager, folder.first_of(manager.locks))
}

/// Returns the line that installs, or `None` if there is nothing to install.
fn install(folder: &Folder, package: &Value, manager: &Manager, locked: bool) -> Option<String> {
    let some = |key: &str| package[key].as_object().is_some_and(|object| !object.is_empty());
    let workspaces = !package["workspaces"].is_null() || folder.has("pnpm-workspace.yaml");
    if !locked && !some("dependencies") && !some("devDependencies") && !workspaces {
        return None;
    }
    let declared = package["packageManager"].as_str().unwrap_or_default();
    let modern_yarn = manager.name == "yarn"
        && (folder.has(".yarnrc.yml")
            || declared.starts_with("yarn@") && !declared.starts_with("yarn@1"));
    Some(match (locked, modern_yarn) {
        (true, true) => "yarn install --immutable".to_owned(),
        (true, false) => manager.install.to_owned(),
        (false, true) => "yarn install".to_owned(),
        (false, false) => manager.install_unlocked.to_owned(),
    })
}

fn add_scripts(found: &mut Found, package: &Value, manager: &str) {
    let script = |name: &str| package["scripts"][name].as_str().unwrap_or_default();
    // What `npm init` writes is no test.
    let tests = !script("test").is_empty() && !script("test").contains("no test specified");
    let run = |name: &str| format!("{manager} run {name}");
    for name in ["lint", "typecheck"] {
        if !script(name).is_empty() {
            found.test(run(name));
        }
    }
    if tests {
        found.test(run("test"));
        if ["coverage", "c8 ", "nyc "].iter().any(|word| script("test").contains(word)) {
            found.line("if [ -d coverage ]; then cp -R coverage \"$JCI_OUTPUT_DIR/\"; fi");
        }
        return;
    }
    if !script("build").is_empty() {
        found.test(run("build"));
    }
    found.line(format!("# package.json has no test script; once it has: {}", run("test")));
}
