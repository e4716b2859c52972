//! From a push to the status of its commit, with all that can become of a job on the way.

mod bulk;
mod cancel;
mod left;
mod namespaces;
mod outcomes;
mod podman;
mod secrets;
mod sharing;

/// A line of a script that waits until [`let_go`].
const WAIT: &str = "until git -C \"$JCI_REPO_ROOT\" ls-remote --exit-code origin refs/heads/go \
     >/dev/null; do sleep 0.1; done\n";

/// Ends the waiting of scripts in a repository.
fn let_go(site: &jci_testkit::forge::ForgeRepo) {
    site.git(&["update-ref", "refs/heads/go", "refs/heads/main"]);
}
