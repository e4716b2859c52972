//! Which repository is meant, and what it holds.

use std::collections::BTreeMap;
use std::path::Path;

use jci_store::{CommitId, RunName, Store};

use super::GitCommand;
use crate::context::Context;
use crate::error::CommandError;

/// Which way runs go; git itself tells the two apart when it chooses a remote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Push,
    Pull,
}

impl Direction {
    fn command(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
        }
    }
}

/// Another repository: the name of a remote, a URL or a path.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    argument: String,
    /// Whether git knows it by this name.
    is_named: bool,
}

impl Remote {
    /// Takes what was typed, or finds out what git would take.
    pub(crate) fn choose(
        store: &Store,
        context: &Context,
        typed: Option<&str>,
        direction: Direction,
    ) -> Result<Self, CommandError> {
        let names = store.remote_names();
        let argument = match typed {
            Some(typed) => {
                check(typed, &names, context.directory(), direction)?;
                typed.to_owned()
            }
            None => default(store, &names, direction)?,
        };
        let is_named = names.contains(&argument);
        Ok(Self { argument, is_named })
    }

    /// Returns its name; `None` for a URL or a path.
    pub(crate) fn name(&self) -> Option<&str> {
        self.is_named.then_some(&self.argument)
    }

    /// Returns what git is given.
    pub(crate) fn argument(&self) -> &str {
        &self.argument
    }

    /// Returns what people are shown, without a password.
    pub(crate) fn shown(&self) -> String {
        without_password(&self.argument)
    }

    /// Asks for all refs there.
    pub(crate) fn list(&self, context: &Context) -> Result<Listing, CommandError> {
        let mut listing = Listing::default();
        let ended = GitCommand::new(context, &[], "ls-remote")
            .args(["--quiet", "--end-of-options", self.argument()])
            .lines(|line| listing.add(line))?;
        if ended.success() {
            return Ok(listing);
        }
        Err(self.unreachable("list the refs of"))
    }

    /// Says that git failed, which has told the reason on standard error.
    pub(crate) fn unreachable(&self, what: &str) -> CommandError {
        let shown = self.shown();
        CommandError::failed(format!("git could not {what} {shown}; it says why above"))
            .hint(format!("type `git ls-remote {shown}` to see whether it can be reached"))
    }
}

/// What another repository holds.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The runs there, each with the object that its ref points to.
    pub(crate) runs: BTreeMap<RunName, String>,
    /// All other refs, each with the commit that it leads to.
    pub(crate) others: BTreeMap<String, CommitId>,
}

impl Listing {
    /// Takes a line of `git ls-remote`: an id, a tab and a name; `^{}` marks what a tag leads to.
    fn add(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line);
        let Some((id, name)) = line.split_once('\t') else { return };
        if let Some(run) = RunName::from_ref_name(name.as_bytes()) {
            self.runs.insert(run, id.to_owned());
        } else if let Ok(commit) = id.parse() {
            // A tag comes before what it leads to, which replaces it here.
            let name = name.strip_suffix("^{}").unwrap_or(name);
            self.others.insert(name.to_owned(), commit);
        }
    }
}

/// Refuses what git would take for an option, and names that are not there, which git would take
/// for paths.
fn check(
    typed: &str,
    names: &[String],
    directory: &Path,
    direction: Direction,
) -> Result<(), CommandError> {
    if typed.is_empty() || typed.starts_with('-') {
        return Err(CommandError::usage(format!("{typed:?} is no name of a remote, URL or path")));
    }
    let is_place = typed.contains([':', '/']) || directory.join(typed).exists();
    if is_place || names.iter().any(|name| name == typed) {
        return Ok(());
    }
    let error = CommandError::not_possible(format!("there is no remote {typed:?} here"));
    Err(with_remotes(error, names, direction))
}

fn with_remotes(error: CommandError, names: &[String], direction: Direction) -> CommandError {
    let command = direction.command();
    match names {
        [] => error
            .hint("type `git remote add origin URL` to add one")
            .hint(format!("or give a URL or a path: `git jci {command} URL`")),
        names => error.hint(format!("there are these remotes: {}", names.join(", "))),
    }
}

/// Chooses as git does: by branch, by setting, and where there is no choice.
fn default(store: &Store, names: &[String], direction: Direction) -> Result<String, CommandError> {
    let branch = store.branch();
    let of_branch = |key: &str| {
        let remote = store.config(&format!("branch.{}.{key}", branch.as_deref()?))?;
        // `.` says that the branch follows another one of this repository.
        (remote != ".").then_some(remote)
    };
    let push_default = || store.config("remote.pushDefault");
    let configured = match direction {
        Direction::Push => {
            of_branch("pushRemote").or_else(push_default).or_else(|| of_branch("remote"))
        }
        Direction::Pull => of_branch("remote").or_else(push_default),
    };
    if let Some(remote) = configured.filter(|remote| !remote.starts_with('-')) {
        return Ok(remote);
    }
    match names {
        [only] => Ok(only.clone()),
        names if names.iter().any(|name| name == "origin") => Ok("origin".to_owned()),
        [] => {
            let error = CommandError::not_possible("there is no remote here");
            Err(with_remotes(error, names, direction))
        }
        [first, ..] => {
            let error = CommandError::not_possible("it is not clear which remote is meant");
            let command = direction.command();
            Err(with_remotes(error, names, direction)
                .hint(format!("name one: `git jci {command} {first}`")))
        }
    }
}

/// Takes user and password out of a URL.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("https://ada:s3cret@host/a.git", "https://host/a.git"),
            ("https://token@host:8080", "https://host:8080"),
            ("https://a:b@c@host/x@y", "https://host/x@y"),
            ("https://host/x@y", "https://host/x@y"),
            ("git@host:a/b.git", "git@host:a/b.git"),
            ("../other", "../other"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn a_tag_counts_as_what_it_leads_to() {
        let mut listing = Listing::default();
        let (tag, commit) = ("1".repeat(40), "2".repeat(40));
        listing.add(format!("{tag}\trefs/tags/v1").as_bytes());
        listing.add(format!("{commit}\trefs/tags/v1^{{}}").as_bytes());
        listing.add(format!("{tag}\trefs/jci-runs/{commit}/17-00ab").as_bytes());
        listing.add(b"nonsense");
        assert_eq!(listing.others.len(), 1);
        assert_eq!(listing.others["refs/tags/v1"].to_string(), commit);
        assert_eq!(listing.runs.values().collect::<Vec<_>>(), [&tag]);
    }
}
