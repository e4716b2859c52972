//! Contests in which git clones from a forge, through jci-server and straight.

use std::path::Path;

use super::BenchError;
use super::contest::{Contest, Side};
use super::goal::Goal;
use super::measure::{Sample, Usage, measure};
use super::place::Place;
use super::server::{Server, Start};
use super::team::{self, WEBHOOKS};
use crate::files;

/// A clone of a repository with so many runs, through the server and not.
pub(super) struct CloneContest<'a> {
    place: &'a Place,
    runs: u32,
    goal: Goal,
    world: Option<World>,
}

/// A forge, and a server before it that has a job of its repository.
struct World {
    /// What git is called with in order to clone, on our side and on the other.
    settings: [String; 2],
    urls: [String; 2],
    _server: Server,
    _forge: Server,
}

impl<'a> CloneContest<'a> {
    pub(super) const RIVAL: &'static str = "forge";

    /// Prepares the clones; servers are started by the first pair.
    pub(super) fn new(place: &'a Place, runs: u32, goal: Goal) -> Self {
        Self { place, runs, goal, world: None }
    }

    fn start(&self) -> Result<World, BenchError> {
        let folder = self.place.path("clone");
        files::remove_folder(&folder)?;
        files::make_folder(&folder)?;
        let token_file = folder.join("token");
        let forge = self.start_forge(&folder, &token_file)?;
        let more = [
            ("GITEA_HOST", &*format!("http://{}", forge.address)),
            ("GITEA_TOKEN_FILE", &token_file.to_string_lossy()),
            // Nobody renews it.
            ("JCI_LEASE", "1h"),
        ];
        let server = team::start_server(self.place, &folder, &[&more])?;
        let job = team::load(self.place, &server.address, &["claim"])?;
        let (url, token) = job.trim().split_once(' ').ok_or(BenchError::Nothing)?;
        let forge_url = format!("http://{}/team/site-0.git", forge.address);
        let forge_token = files::read_text(&token_file)?;
        Ok(World {
            settings: [header(url, "Bearer", token), header(&forge_url, "token", &forge_token)],
            urls: [url.to_owned(), forge_url],
            _server: server,
            _forge: forge,
        })
    }

    fn start_forge(&self, folder: &Path, token_file: &Path) -> Result<Server, BenchError> {
        let (runs, token_file) = (self.runs.to_string(), token_file.to_string_lossy());
        let load = team::load_program();
        let words = [&*load.to_string_lossy(), "-", "forge", &runs, &token_file];
        let start = Start { folder, words: &words, variables: &[WEBHOOKS], address_file: None };
        Ok(Server::start(self.place, &start)?)
    }
}

/// Returns the setting of git that shows a token.
fn header(url: &str, scheme: &str, token: &str) -> String {
    format!("http.{url}.extraHeader=Authorization: {scheme} {}", token.trim())
}

impl Contest for CloneContest<'_> {
    fn rival(&self) -> &str {
        Self::RIVAL
    }

    fn goal(&self) -> Goal {
        self.goal
    }

    fn begin_pair(&mut self, _: u64) -> Result<(), BenchError> {
        if self.world.is_none() {
            self.world = Some(self.start()?);
        }
        Ok(())
    }

    fn take(&self, side: Side, output: &Path) -> Result<Usage, BenchError> {
        let Some(world) = &self.world else { return Err(BenchError::Nothing) };
        let side = usize::from(side == Side::Rival);
        let watched = self.place.path("cloned");
        files::remove_folder(&watched)?;
        files::make_folder(&watched)?;
        let mut command = self.place.command("git", &watched);
        command.args(["-c", &world.settings[side], "clone", "--quiet", &world.urls[side], "it"]);
        measure(Sample { command, watched }, output)
    }

    fn verify(&self, _: Side, _: &str) -> Result<(), BenchError> {
        let place = self.place.path("cloned/it/src");
        let found = std::fs::read_dir(&place).map_or(0, Iterator::count);
        if found == 500 {
            return Ok(());
        }
        let place = place.display().to_string();
        Err(BenchError::NotStored { place, expected: 500, found })
    }
}
