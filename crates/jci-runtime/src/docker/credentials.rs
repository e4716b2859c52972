//! Who this is, to registries.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bollard::BollardRequest;
use bollard::auth::DockerCredentials;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// The registry that an image without one in its name comes from.
const DOCKER_HUB: &str = "docker.io";

/// Names and passwords for registries of images.
#[derive(Default)]
pub struct RegistryCredentials(HashMap<String, Login>);

struct Login {
    name: String,
    password: SecretString,
    /// In place of both, if the registry gave one.
    identity_token: Option<SecretString>,
}

/// What is wrong with a file of credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// It cannot be read.
    #[error("cannot read the credentials of registries in {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not the configuration of a Docker client.
    #[error(
        "{} is not the configuration of a Docker client: line {line}, column {column}",
        path.display()
    )]
    Format {
        /// Which file.
        path: PathBuf,
        /// In which line.
        line: usize,
        /// In which column.
        column: usize,
    },
    /// A registry has an entry that holds no name and password.
    #[error("{} has no usable `auth` for the registry {registry}", path.display())]
    Auth {
        /// Which file.
        path: PathBuf,
        /// Which registry.
        registry: String,
    },
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    auths: HashMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl RegistryCredentials {
    /// Reads `auths` of the `config.json` that `docker login` writes.
    ///
    /// Credentials that a program keeps (`credsStore`, `credHelpers`) are not asked for.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has something else in it. No part of it is in the error.
    pub fn read(path: &Path) -> Result<Self, CredentialsError> {
        let text = std::fs::read(path)
            .map_err(|source| CredentialsError::Read { path: path.to_owned(), source })?;
        let config: Config = serde_json::from_slice(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            CredentialsError::Format { path: path.to_owned(), line, column }
        })?;
        let mut logins = HashMap::new();
        for (registry, entry) in config.auths {
            // `docker login` leaves an empty entry for what a program keeps.
            if entry.auth.is_none() && entry.username.is_none() && entry.identitytoken.is_none() {
                continue;
            }
            let Some(login) = login(entry) else {
                return Err(CredentialsError::Auth { path: path.to_owned(), registry });
            };
            logins.insert(host(&registry).to_owned(), login);
        }
        Ok(Self(logins))
    }

    /// What is shown to the registry of an image.
    pub(super) fn for_image(&self, image: &str) -> Option<DockerCredentials> {
        let registry = registry(image);
        let login = self.0.get(registry)?;
        let address = if registry == DOCKER_HUB { "https://index.docker.io/v1/" } else { registry };
        let mut credentials = DockerCredentials {
            serveraddress: Some(address.to_owned()),
            ..DockerCredentials::default()
        };
        match &login.identity_token {
            Some(token) => credentials.identitytoken = Some(token.expose_secret().to_owned()),
            None => {
                credentials.username = Some(login.name.clone());
                credentials.password = Some(login.password.expose_secret().to_owned());
            }
        }
        Some(credentials)
    }
}

impl fmt::Debug for RegistryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn login(entry: Entry) -> Option<Login> {
    let (name, password) = match (entry.auth, entry.username, entry.password) {
        (Some(auth), _, _) if !auth.is_empty() => {
            let decoded = String::from_utf8(STANDARD.decode(auth.trim()).ok()?).ok()?;
            let (name, password) = decoded.split_once(':')?;
            // Docker itself ended passwords with a zero byte once.
            (name.to_owned(), password.trim_end_matches('\0').to_owned())
        }
        (_, Some(name), Some(password)) => (name, password),
        _ if entry.identitytoken.is_some() => (String::new(), String::new()),
        _ => return None,
    };
    let identity_token = entry.identitytoken.filter(|token| !token.is_empty());
    Some(Login {
        name,
        password: password.into(),
        identity_token: identity_token.map(SecretString::from),
    })
}

/// The registry in the name of an image: what stands before the first slash, if it looks like a
/// host.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => host(first),
        _ => DOCKER_HUB,
    }
}

/// The host in an address of a registry, as clients wrote them over the years.
fn host(address: &str) -> &str {
    let address = address.strip_prefix("https://").unwrap_or(address);
    let address = address.strip_prefix("http://").unwrap_or(address);
    match address.split('/').next().unwrap_or(address) {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB,
        host => host,
    }
}

/// Spells credentials as engines read them, with the alphabet for URLs: from the other they read
/// those that have a `/` or a `+` as none at all.
pub(super) fn respell(mut request: BollardRequest) -> BollardRequest {
    const HEADER: &str = "x-registry-auth";
    let Some(value) = request.headers().get(HEADER) else { return request };
    let spelled: Vec<u8> = value
        .as_bytes()
        .iter()
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    if let Ok(mut spelled) = HeaderValue::from_bytes(&spelled) {
        spelled.set_sensitive(true);
        request.headers_mut().insert(HEADER, spelled);
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_of_an_image() {
        for (image, expected) in [
            ("busybox", "docker.io"),
            ("library/busybox:1", "docker.io"),
            ("docker.io/library/busybox", "docker.io"),
            ("index.docker.io/library/busybox", "docker.io"),
            ("ghcr.io/a/b", "ghcr.io"),
            ("localhost/a", "localhost"),
            ("host:5000/a/b:1", "host:5000"),
        ] {
            assert_eq!(registry(image), expected, "{image}");
        }
    }

    #[test]
    fn what_docker_login_writes() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("config.json");
        let hub = STANDARD.encode("me:p?ss~w>rd");
        std::fs::write(
            &path,
            format!(
                r#"{{"auths": {{"https://index.docker.io/v1/": {{"auth": "{hub}"}},
                    "ghcr.io": {{"identitytoken": "t0ken"}}, "kept.example": {{}}}},
                    "credsStore": "pass"}}"#
            ),
        )?;

        let credentials = RegistryCredentials::read(&path)?;

        let hub = credentials.for_image("busybox").ok_or("none for the Hub")?;
        assert_eq!(hub.username.as_deref(), Some("me"));
        assert_eq!(hub.password.as_deref(), Some("p?ss~w>rd"));
        let other = credentials.for_image("ghcr.io/a/b").ok_or("none for ghcr.io")?;
        assert_eq!(other.identitytoken.as_deref(), Some("t0ken"));
        assert!(credentials.for_image("kept.example/a").is_none());
        assert!(!format!("{credentials:?}").contains("p?ss"));
        Ok(())
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_without_its_contents()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("config.json");
        std::fs::write(&path, r#"{"auths": {"r": {"auth": "s3cret!"}}}"#)?;
        let error = RegistryCredentials::read(&path).err().ok_or("it was read")?;
        let text = error.to_string();
        assert!(text.ends_with("has no usable `auth` for the registry r"), "{text}");

        std::fs::write(&path, "{\"auths\": \"s3cret\"")?;
        let error = RegistryCredentials::read(&path).err().ok_or("it was read")?;
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        Ok(())
    }
}
