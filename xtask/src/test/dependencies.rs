//! The page on dependencies, held against the manifests: part of the step `tests`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{files, process, workspace};

/// Names each dependency and the crates that use it; `tests` where only tests do.
type Users = BTreeMap<String, String>;

/// Asks cargo for the direct dependencies of every crate, less our own crates.
fn used() -> Users {
    let arguments = ["metadata", "--no-deps", "--format-version=1", "--locked"];
    let printed = process::read(&mut workspace::cargo(arguments)).unwrap();
    let metadata: Value = serde_json::from_str(&printed).unwrap();
    let mut users = BTreeMap::<&str, BTreeSet<&str>>::new();
    for package in metadata["packages"].as_array().unwrap() {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["path"].is_string() {
                continue;
            }
            let users = users.entry(dependency["name"].as_str().unwrap()).or_default();
            if dependency["kind"] != "dev" {
                users.insert(package["name"].as_str().unwrap());
            }
        }
    }
    let named = |users: BTreeSet<&str>| {
        let users = users.into_iter().collect::<Vec<_>>().join(", ");
        if users.is_empty() { "tests".to_owned() } else { users }
    };
    users.into_iter().map(|(name, users)| (name.to_owned(), named(users))).collect()
}

/// Reads the table of the page.
fn documented() -> Users {
    let page = files::read_text(&workspace::root().join("docs/dependencies.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    let cells = rows.map(|row| row.split(" | ").map(ToOwned::to_owned));
    cells.map(|mut cells| (cells.next().unwrap(), cells.next().unwrap())).collect()
}

#[test]
fn the_page_on_dependencies_is_true() {
    let (used, documented) = (used(), documented());
    assert!(used.len() > 10, "{used:?}");
    let missing: Vec<_> = used.iter().filter(|row| documented.get(row.0) != Some(row.1)).collect();
    assert!(missing.is_empty(), "docs/dependencies.md should have lines for {missing:?}");
    let stale: Vec<_> = documented.keys().filter(|name| !used.contains_key(*name)).collect();
    assert!(stale.is_empty(), "docs/dependencies.md has lines for {stale:?}, which nothing uses");
}
