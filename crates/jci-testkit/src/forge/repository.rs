//! Repositories: real bare ones, and what the forge knows of them beside git.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::account::Right;
use super::git_http::Changed;
use super::settings::RepoSettings;
use super::world::World;
use crate::TestRepo;

/// What every bare repository of the forge is configured with, as the real one configures its own.
const CONFIGURATION: &str = "\
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[receive]
\tadvertisePushOptions = true
\tautogc = false
[gc]
\tauto = 0
";

/// A repository as the forge keeps it.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: String,
    pub(super) path: PathBuf,
    pub(super) settings: RepoSettings,
    pub(super) archived: bool,
    pub(super) owner: u64,
    pub(super) rights: BTreeMap<u64, Right>,
}

impl Repository {
    /// Returns the name without its owner.
    pub(super) fn name(&self) -> &str {
        self.full_name.split_once('/').map_or("", |(_, name)| name)
    }
}

/// A repository of the forge, as a test sees it: past rights, without HTTP.
#[derive(Clone, Debug)]
pub struct ForgeRepo {
    pub(super) world: Arc<World>,
    pub(super) id: u64,
    full_name: String,
    path: PathBuf,
}

impl ForgeRepo {
    pub(super) fn create(world: &Arc<World>, full_name: &str, settings: RepoSettings) -> Self {
        let (login, name) = full_name.split_once('/').expect("a name is owner/name");
        let path = world.repositories().join(login).join(format!("{name}.git"));
        init(world, &path, settings);
        let mut state = world.state();
        assert!(state.repository(full_name).is_none(), "there is a {full_name} already");
        let owner = state.account(login).map(|account| account.id);
        let owner = owner.unwrap_or_else(|| state.add_account(login));
        let id = state.next_id();
        state.repositories.push(Repository {
            id,
            full_name: full_name.to_owned(),
            path: path.clone(),
            settings,
            archived: false,
            owner,
            rights: BTreeMap::from([(owner, Right::Admin)]),
        });
        drop(state);
        Self { world: Arc::clone(world), id, full_name: full_name.to_owned(), path }
    }

    /// Returns its number on the forge.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns `owner/name`.
    #[must_use]
    pub fn full_name(&self) -> &str {
        &self.full_name
    }

    /// Returns the folder of the bare repository.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the address to clone it from.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/{}.git", self.world.url, self.full_name)
    }

    /// Returns the address to clone it from, with a token in it.
    #[must_use]
    pub fn url_with(&self, token: &str) -> String {
        self.url().replacen("://", &format!("://ci:{token}@"), 1)
    }

    /// Gives an account a right, in the place of the one that it had.
    ///
    /// # Panics
    /// If there is no such account.
    pub fn grant(&self, login: &str, right: Right) {
        let mut state = self.world.state();
        let account = state.account(login).map(|account| account.id);
        let account = account.unwrap_or_else(|| panic!("there is no account {login}"));
        state.repository_mut(self.id).rights.insert(account, right);
    }

    /// Closes the repository for writing.
    pub fn archive(&self) {
        self.world.state().repository_mut(self.id).archived = true;
    }

    /// Runs git in the bare repository and returns what it printed, without the last newline.
    ///
    /// # Panics
    /// If git fails.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let finished = self.world.environment.run("git", arguments, &self.path).success();
        finished.stdout().trim_end_matches('\n').to_owned()
    }

    /// Copies branches and tags of a repository, past HTTP and webhooks: what was there before the
    /// test begins.
    ///
    /// # Panics
    /// If git fails.
    #[track_caller]
    pub fn seed(&self, from: &TestRepo) {
        let path = self.path.to_str().expect("temporary folders have UTF-8 names");
        from.git(&[
            "push",
            "--quiet",
            path,
            "refs/heads/*:refs/heads/*",
            "refs/tags/*:refs/tags/*",
        ]);
    }

    /// Returns what came by pushes over HTTP, in the order of their end.
    #[must_use]
    pub fn changed(&self) -> Vec<Changed> {
        let state = self.world.state();
        let own = state.changed.iter().filter(|(repository, _)| *repository == self.id);
        own.map(|(_, changed)| changed.clone()).collect()
    }

    /// Lists the refs and where they lead.
    #[must_use]
    pub fn refs(&self) -> BTreeMap<String, String> {
        let listed = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let pairs = listed.lines().filter_map(|line| line.split_once(' '));
        pairs.map(|(name, id)| (name.to_owned(), id.to_owned())).collect()
    }
}

fn init(world: &World, path: &Path, settings: RepoSettings) {
    std::fs::create_dir_all(path).expect("a folder can be made");
    let mut init = vec!["init", "--quiet", "--bare", "--initial-branch", settings.default_branch];
    init.extend(settings.formats.options());
    let _ = world.environment.run("git", &init, path).success();
    let file = path.join("config");
    let mut configuration = std::fs::read_to_string(&file).expect("git wrote a configuration");
    let hooks = world.environment.path("hooks");
    configuration.push_str(CONFIGURATION);
    configuration.push_str(&format!("[core]\n\thooksPath = {}\n", hooks.display()));
    std::fs::write(&file, configuration).expect("the configuration can be written");
}
