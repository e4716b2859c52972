//! The settings: flags, variables, a file and defaults, read once and checked before anything
//! else happens.

mod settings;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jci_daemon::{ConfigError, Invocation, Origin, Program, Reader, Telling, value};
use jci_forge::{BaseUrl, ForgeKind, RepoName, Token, WebhookSecret};
use secrecy::SecretString;
use url::Url;

use settings::SETTINGS;

use crate::jobs::AllowedImages;

/// The server, as its command line tells of it.
const PROGRAM: Program = Program {
    name: crate::NAME,
    version: env!("CARGO_PKG_VERSION"),
    about: "Takes webhooks of a forge, hands jobs to runners, tells the forge how they ended",
    check: "Check all settings, ask the forge whether it takes the token, and end",
    settings: SETTINGS,
};

/// All settings of the server.
#[derive(Debug)]
pub(crate) struct Config {
    /// The forge, and what opens it.
    pub(crate) forge: ForgeConfig,
    /// What callers show.
    pub(crate) callers: Callers,
    /// Where and how connections are taken.
    pub(crate) listen: Listen,
    /// What runners are told of a job.
    pub(crate) jobs: Jobs,
    /// What is kept, where and for how long.
    pub(crate) keeping: Keeping,
    /// What the server tells of itself.
    pub(crate) telling: Telling,
    /// Where traces go.
    pub(crate) otlp_endpoint: Option<Url>,
    /// Where people's browsers find this server.
    pub(crate) public_url: Option<Url>,
}

/// The forge, and what opens it.
#[derive(Debug)]
pub(crate) struct ForgeConfig {
    /// Whose API it speaks.
    pub(crate) kind: ForgeKind,
    /// Where it is.
    pub(crate) address: BaseUrl,
    /// The user that the token belongs to.
    pub(crate) user: String,
    /// The token, for the API.
    pub(crate) token: Token,
    /// The token, for git.
    pub(crate) git_token: SecretString,
    /// What webhooks are signed with.
    pub(crate) webhook_secret: WebhookSecret,
    /// How often runs are looked for that were pushed past this server.
    pub(crate) results_every: Duration,
    /// How often schedules are read again without a push.
    pub(crate) schedules_every: Duration,
}

/// What callers show.
#[derive(Debug)]
pub(crate) struct Callers {
    /// What runners show.
    pub(crate) runner_secret: SecretString,
    /// What people show, if they may call at all.
    pub(crate) api_token: Option<SecretString>,
    /// Whether the metrics are for everybody.
    pub(crate) public_metrics: bool,
}

/// Where and how connections are taken.
#[derive(Debug)]
pub(crate) struct Listen {
    /// The address.
    pub(crate) address: SocketAddr,
    /// The file that the address is written into.
    pub(crate) address_file: Option<PathBuf>,
    /// How many connections there may be.
    pub(crate) connections: usize,
    /// How many of them may come from one address.
    pub(crate) per_address: usize,
    /// How long a client may take to say what it wants.
    pub(crate) patience: Duration,
    /// How long requests may take once the server is asked to stop.
    pub(crate) grace: Duration,
}

/// How jobs reach git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Through this server, with a token for one job.
    Proxy,
    /// At the forge, with the forge's own token in the URL, as the original does.
    Token,
}

/// What runners are told of a job.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// How many may run at once; none means any number.
    pub(crate) max: Option<u32>,
    /// How long one may run.
    pub(crate) timeout: Duration,
    /// How often one is tried whose runner is lost.
    pub(crate) attempts: u32,
    /// How long nothing may be heard of a runner that has one.
    pub(crate) lease: Duration,
    /// The script, if it is not the one built in.
    pub(crate) script: Option<String>,
    /// The image of the container.
    pub(crate) image: String,
    /// The images that repositories may name.
    pub(crate) images: AllowedImages,
    /// The repositories whose jobs get the Docker socket.
    pub(crate) docker_for: HashSet<RepoName>,
    /// How they reach git.
    pub(crate) credentials: Credentials,
    /// How many bytes one push may have.
    pub(crate) pack_limit: u64,
}

/// Where the queue is kept.
#[derive(Debug)]
pub(crate) enum Database {
    /// In a file.
    Sqlite(PathBuf),
    /// In PostgreSQL; the URL may hold a password.
    Postgres(SecretString),
}

/// What is kept, where and for how long.
#[derive(Debug)]
pub(crate) struct Keeping {
    /// The queue.
    pub(crate) database: Database,
    /// The folder for logs.
    pub(crate) data: PathBuf,
    /// How much log of a job is kept, in bytes.
    pub(crate) log_limit: u64,
    /// How long ended jobs are kept.
    pub(crate) history_age: Duration,
    /// How many ended jobs are kept.
    pub(crate) history_jobs: u32,
}

impl Config {
    /// Reads the command line, the environment and the file that one of them names.
    ///
    /// # Errors
    ///
    /// Fails with everything that is wrong with the settings, not only the first of it.
    pub(crate) fn invoke(
        arguments: impl IntoIterator<Item = OsString>,
        variables: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<Invocation<Self>, Vec<ConfigError>> {
        PROGRAM.read(arguments, variables, Self::read)
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        let forge = ForgeConfig::read(reader);
        let callers = Callers::read(reader);
        let listen = Listen::read(reader);
        let jobs = Jobs::read(reader);
        let keeping = Keeping::read(reader);
        let telling = Telling::read(reader);
        let otlp_endpoint = reader.optional("otlp_endpoint", web_url);
        let public_url = reader.optional("public_url", web_url);
        Some(Self {
            forge: forge?,
            callers: callers?,
            listen: listen?,
            jobs: jobs?,
            keeping: keeping?,
            telling: telling?,
            otlp_endpoint: otlp_endpoint?,
            public_url: public_url?,
        })
    }
}

impl ForgeConfig {
    fn read(reader: &mut Reader) -> Option<Self> {
        let kind = reader.value("forge", forge_kind);
        let address = reader.hidden("gitea_host", |text| match BaseUrl::parse(text) {
            Ok(address) => Ok(address),
            Err(error) => Err(format!("a host or a URL: {error}")),
        });
        let user = reader.value("gitea_user", user_name);
        let token = reader.secret("gitea_token", Token::new);
        let webhook_secret = reader.secret("gitea_webhook_secret", WebhookSecret::new);
        let results_every = reader.value("results_every", value::some_time);
        let schedules_every = reader.value("schedules_every", value::some_time);
        let (token, git_token) = token?;
        Some(Self {
            kind: kind?,
            address: address?,
            user: user?,
            token,
            git_token,
            webhook_secret: webhook_secret?.0,
            results_every: results_every?,
            schedules_every: schedules_every?,
        })
    }
}

impl Callers {
    fn read(reader: &mut Reader) -> Option<Self> {
        // A runner's secret may be anything that is not empty, as with the original.
        let runner_secret = reader.secret("runner_secret", WebhookSecret::new);
        let with_token = reader.has_secret("api_token");
        let api_token = reader.secret("api_token", Token::new);
        let public_metrics = reader.value("public_metrics", value::truth);
        if with_token && api_token.is_none() {
            return None;
        }
        Some(Self {
            runner_secret: runner_secret?.1,
            api_token: api_token.map(|(_, text)| text),
            public_metrics: public_metrics?,
        })
    }
}

impl Listen {
    fn read(reader: &mut Reader) -> Option<Self> {
        let address = reader.value("listen", value::listen);
        let ip = reader
            .optional("ip", |text| text.parse::<IpAddr>().map_err(|_| "an IP address".to_owned()));
        let port = reader.optional("port", |text| {
            text.parse::<u16>().map_err(|_| "a port, 0 to 65535".to_owned())
        });
        let address_file = reader.optional("address_file", |text| Ok(PathBuf::from(text)));
        let connections = reader.value("connections", value::some);
        let per_address = reader.value("connections_per_address", value::some);
        let patience = reader.value("client_patience", value::some_time);
        let grace = reader.value("shutdown_grace", value::duration);
        let mut address = address?;
        if let Some(ip) = ip? {
            address.set_ip(ip);
        }
        if let Some(port) = port? {
            address.set_port(port);
        }
        Some(Self {
            address,
            address_file: address_file?,
            connections: usize::try_from(connections?).ok()?,
            per_address: usize::try_from(per_address?).ok()?,
            patience: patience?,
            grace: grace?,
        })
    }
}

impl Jobs {
    fn read(reader: &mut Reader) -> Option<Self> {
        let max = reader.value("max_jobs", value::number);
        let timeout = reader.value("job_timeout", value::some_time);
        let attempts = reader.value("job_attempts", value::some);
        let lease = reader.value("lease", value::some_time);
        let script = read_script(reader);
        let image = reader.value("runner_image", word("the name of an image"));
        let images = reader.value("job_images", AllowedImages::parse);
        let docker_for = reader.value("job_allow_docker_for_repos", repositories);
        let credentials = reader.value("credentials", |text| match text {
            "proxy" => Ok(Credentials::Proxy),
            "token" => Ok(Credentials::Token),
            _ => Err("proxy or token".to_owned()),
        });
        let pack_limit = reader.value("pack_limit", value::size);
        Some(Self {
            max: max.map(|max| (max > 0).then_some(max))?,
            timeout: timeout?,
            attempts: attempts?,
            lease: lease?,
            script: script?,
            image: image?,
            images: images?,
            docker_for: docker_for?,
            credentials: credentials?,
            pack_limit: pack_limit?,
        })
    }
}

impl Keeping {
    fn read(reader: &mut Reader) -> Option<Self> {
        let is_flag = matches!(reader.origin("db"), Some(Origin::Flag(_)));
        let database = reader.hidden("db", |text| database(text, is_flag));
        let data = reader.path("data");
        let log_limit = reader.value("log_limit", value::size);
        let history_age = reader.value("history_age", value::some_time);
        let history_jobs = reader.value("history_jobs", value::some);
        Some(Self {
            database: database?,
            data: data?,
            log_limit: log_limit?,
            history_age: history_age?,
            history_jobs: history_jobs?,
        })
    }
}

#[expect(clippy::option_option, reason = "wrong and absent are two things here")]
fn read_script(reader: &mut Reader) -> Option<Option<String>> {
    let path = reader.optional("runner_script", |text| Ok(PathBuf::from(text)))?;
    let Some(path) = path else { return Some(None) };
    match std::fs::read_to_string(&path) {
        Ok(script) => Some(Some(script)),
        Err(source) => {
            let origin = reader.origin("runner_script").unwrap_or(Origin::Default("runner_script"));
            reader.note(ConfigError::File { what: "the script for jobs", origin, path, source });
            None
        }
    }
}

/// Takes a file, or the URL of a PostgreSQL; a password in it must not be an argument.
fn database(text: &str, is_flag: bool) -> Result<Database, String> {
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Ok(Database::Sqlite(PathBuf::from(text)));
    }
    let url = Url::parse(text).map_err(|error| format!("a file or a URL: {error}"))?;
    if is_flag && url.password().is_some() {
        return Err("without a password, which every process can read in a flag; set JCI_DB".into());
    }
    Ok(Database::Postgres(SecretString::from(text)))
}

fn forge_kind(text: &str) -> Result<ForgeKind, String> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "gitea" => ForgeKind::Gitea,
        "forgejo" => ForgeKind::Forgejo,
        "github" => ForgeKind::GitHub,
        "gitlab" => ForgeKind::GitLab,
        _ => return Err("gitea, forgejo, github or gitlab".to_owned()),
    })
}

/// Takes what can stand before the colon of a user and a password.
fn user_name(text: &str) -> Result<String, String> {
    let plain = |char: char| char.is_ascii_graphic() && !":@/".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("the name of a user of the forge".to_owned())
    }
}

/// Takes one word, which cannot be read as an option of a program.
fn word(expected: &'static str) -> impl FnOnce(&str) -> Result<String, String> {
    move |text| {
        let plain = !text.is_empty() && text.chars().all(|char| char.is_ascii_graphic());
        if plain && !text.starts_with('-') { Ok(text.to_owned()) } else { Err(expected.to_owned()) }
    }
}

fn repositories(text: &str) -> Result<HashSet<RepoName>, String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(RepoName::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("repositories such as team/site,team/app: {error}"))
}

fn web_url(text: &str) -> Result<Url, String> {
    let expected = || "a URL such as https://ci.example.org".to_owned();
    let url = Url::parse(text.trim()).map_err(|_| expected())?;
    let web = matches!(url.scheme(), "http" | "https") && url.query().is_none();
    if web && url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err(expected())
    }
}
