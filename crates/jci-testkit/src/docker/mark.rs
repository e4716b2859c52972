//! A label by which all that a test made is found again.

use std::process::Command;

use super::Docker;

/// A label of a test's own. Containers, networks with their rules, and volumes that bear it go with
/// this value, also when the test fails.
#[derive(Debug)]
pub struct Mark {
    docker: Docker,
    key: String,
    value: String,
}

/// What can bear a label: how it is listed, and how it is removed.
const KINDS: [(&[&str], &[&str]); 3] = [
    (&["ps", "--all", "--quiet"], &["rm", "--force", "--volumes"]),
    (&["network", "ls", "--quiet"], &["network", "rm"]),
    (&["volume", "ls", "--quiet"], &["volume", "rm", "--force"]),
];

impl Mark {
    /// Returns a label that nothing bears yet.
    #[must_use]
    pub fn new(docker: &Docker) -> Self {
        // Two tests begin at the same time, but not with the same folder.
        let unique = tempfile::tempdir().expect("a temporary folder can be made");
        let name = unique.path().file_name().unwrap_or_default().to_string_lossy();
        let id = std::process::id();
        Self::of(docker, "jci-test", &format!("{id}-{}", name.trim_start_matches('.')))
    }

    /// Takes a label that the program under test gives to what it makes, and to nothing else.
    #[must_use]
    pub fn of(docker: &Docker, key: &str, value: &str) -> Self {
        Self { docker: docker.clone(), key: key.to_owned(), value: value.to_owned() }
    }

    /// Returns the key of the label.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value of the label.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the label as `docker --label` takes it.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}={}", self.key, self.value)
    }

    /// Returns a name for a network interface, as unique as the label, and as short as it has to be.
    #[must_use]
    pub fn interface(&self) -> String {
        format!("j{}", self.value.replace("-tmp", ""))
    }

    /// Lists the ids of the containers that bear the label, also of those that have ended.
    #[must_use]
    pub fn containers(&self) -> Vec<String> {
        self.marked(KINDS[0].0)
    }

    /// Lists the ids of those that bear another label as well.
    #[must_use]
    pub fn containers_with(&self, label: &str) -> Vec<String> {
        let filter = format!("--filter=label={label}");
        self.marked(&[KINDS[0].0, &[&filter]].concat())
    }

    /// Asserts that nothing bears the label.
    ///
    /// # Panics
    /// If something does, with what Docker knows of it.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        for (list, _) in KINDS {
            let left = self.marked(list);
            assert!(
                left.is_empty(),
                "left with the label {}: {}",
                self.label(),
                self.docker.run(&[&["inspect".to_owned()], &left[..]].concat()).stdout()
            );
        }
    }

    /// Removes the tables of nftables that are named like the bridges of networks, as those that
    /// `jci-runtime` makes. Where a program was killed nobody else does.
    fn remove_rules(&self, ids: &[&str]) {
        let name = "com.docker.network.bridge.name";
        // Podman does not tell options.
        let format =
            format!("--format={{{{index .Options {name:?}}}}} {{{{index .Labels {name:?}}}}}");
        let named = self.docker.run(&[&["network", "inspect", &format], ids].concat()).stdout();
        for bridge in named.split_whitespace() {
            let delete = ["delete", "table", "inet", bridge];
            let _ = Command::new("nft").args(delete).output();
        }
    }

    fn marked(&self, list: &[&str]) -> Vec<String> {
        let filter = format!("--filter=label={}", self.label());
        self.docker.words(&[list, &[&filter]].concat())
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        for (list, remove) in KINDS {
            let filter = format!("--filter=label={}", self.label());
            // The engine may be gone already, and a test that fails must say why by itself.
            let left = self.docker.run(&[list, &[&filter]].concat()).stdout();
            let left: Vec<_> = left.split_whitespace().collect();
            if !left.is_empty() {
                self.remove_rules(&left);
                let _ = self.docker.run(&[remove, &left[..]].concat());
            }
        }
    }
}
