//! Accounts, repositories and commits in the words of the API and of webhooks.

use serde_json::{Value, json};

use super::account::{Account, Right};
use super::objects::{Commit, Objects, Person};
use super::repository::Repository;
use super::world::{State, World};
use crate::Formats;

/// The time of what never happened.
const NEVER: &str = "0001-01-01T00:00:00Z";
/// When accounts and repositories were made.
const MADE: &str = "2026-01-02T03:04:05Z";

impl Account {
    pub(super) fn email(&self) -> String {
        format!("{}@noreply.example.org", self.login)
    }
}

pub(super) fn account(world: &World, account: &Account) -> Value {
    let Account { id, login } = account;
    json!({
        "id": id, "login": login, "login_name": "", "source_id": 0, "full_name": "",
        "email": account.email(), "avatar_url": format!("{}/avatars/{id}", world.url),
        "html_url": format!("{}/{login}", world.url), "language": "", "is_admin": false,
        "last_login": NEVER, "created": MADE, "restricted": false, "active": true,
        "prohibit_login": false, "location": "", "website": "", "description": "",
        "visibility": "public", "followers_count": 0, "following_count": 0,
        "starred_repos_count": 0, "username": login,
    })
}

/// What describes a repository beside what the state knows; found before the state is locked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) empty: bool,
    pub(super) right: Option<Right>,
}

impl Sight {
    pub(super) fn of(world: &World, repository: &Repository, right: Option<Right>) -> Self {
        Self { empty: Objects::new(world, &repository.path).is_empty(), right }
    }
}

pub(super) fn repository(
    world: &World,
    state: &State,
    repository: &Repository,
    sight: Sight,
) -> Value {
    let page = page_of(world, repository);
    let name = repository.name();
    let format = match repository.settings.formats {
        Formats::Git2 | Formats::Reftable => "sha1",
        Formats::Sha256 | Formats::Git3 => "sha256",
    };
    let pulls = state.pulls.iter();
    let open = pulls.filter(|pull| pull.repository == repository.id && pull.is_open()).count();
    let may = |right| sight.right >= Some(right);
    let mut value = json!({
        "id": repository.id, "owner": account(world, state.account_of(repository.owner)),
        "name": name, "full_name": repository.full_name, "description": "",
        "empty": sight.empty, "private": !repository.settings.public, "fork": false,
        "template": false, "parent": null, "mirror": false, "size": 24, "language": "",
        "languages_url": format!("{}/languages", api_of(world, repository)),
        "html_url": page, "url": api_of(world, repository), "link": "",
        "ssh_url": format!("ssh://git@127.0.0.1:2222/{}.git", repository.full_name),
        "clone_url": format!("{page}.git"), "original_url": "", "website": "",
        "stars_count": 0, "forks_count": 0, "watchers_count": 1, "branch_count": 1,
        "open_issues_count": 0, "open_pr_counter": open, "release_counter": 0,
        "default_branch": repository.settings.default_branch, "archived": repository.archived,
        "created_at": MADE, "updated_at": MADE, "archived_at": "1970-01-01T00:00:00Z",
        "permissions": {
            "admin": may(Right::Admin), "push": may(Right::Write), "pull": may(Right::Read),
        },
        "object_format_name": format,
    });
    features(&mut value);
    value
}

/// Adds what is the same for every repository of the forge.
fn features(repository: &mut Value) {
    let more = json!({
        "has_code": true, "has_issues": true, "has_pull_requests": true, "has_wiki": false,
        "has_projects": false, "projects_mode": "all", "has_releases": true,
        "has_packages": false, "has_actions": false, "internal": false,
        "internal_tracker": {
            "enable_time_tracker": true, "allow_only_contributors_to_track_time": true,
            "enable_issue_dependencies": true,
        },
        "ignore_whitespace_conflicts": false, "allow_merge_commits": true, "allow_rebase": true,
        "allow_rebase_explicit": true, "allow_squash_merge": true,
        "allow_fast_forward_only_merge": true, "allow_rebase_update": true,
        "allow_manual_merge": false, "autodetect_manual_merge": false,
        "default_delete_branch_after_merge": false, "default_merge_style": "merge",
        "default_allow_maintainer_edit": false, "avatar_url": "", "mirror_interval": "",
        "mirror_updated": NEVER, "repo_transfer": null, "topics": [], "licenses": [],
    });
    let (Value::Object(all), Value::Object(more)) = (repository, more) else { return };
    all.extend(more);
}

pub(super) fn page_of(world: &World, repository: &Repository) -> String {
    format!("{}/{}", world.url, repository.full_name)
}

pub(super) fn api_of(world: &World, repository: &Repository) -> String {
    format!("{}/api/v1/repos/{}", world.url, repository.full_name)
}

/// A commit as webhooks and branches show it.
pub(super) fn payload_commit(
    world: &World,
    repository: &Repository,
    objects: Objects<'_>,
    commit: &Commit,
) -> Value {
    let person = |person: &Person| {
        let Person { name, email, .. } = person;
        json!({"name": name, "email": email, "username": ""})
    };
    let changes = objects.changes(&commit.id);
    let changed = |kinds: &str| {
        let changed = changes.iter().filter(|(kind, _)| kinds.contains(*kind));
        changed.map(|(_, path)| path.clone()).collect::<Vec<_>>()
    };
    json!({
        "id": commit.id, "message": commit.message,
        "url": format!("{}/commit/{}", page_of(world, repository), commit.id),
        "author": person(&commit.author), "committer": person(&commit.committer),
        "verification": null, "timestamp": commit.committer.date,
        "added": changed("A"), "removed": changed("D"), "modified": changed("MT"),
    })
}
