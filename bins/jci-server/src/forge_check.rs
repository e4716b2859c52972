//! Whether the forge is there and takes the token; if not, which setting is wrong and what to type.

use jci_forge::{Failure, Forge, RequestError, Retry};

use crate::config::ForgeConfig;
use crate::health::ForgeHealth;

/// Asks the forge whether it takes the token.
pub(crate) async fn check(forge: &Forge, config: &ForgeConfig) -> ForgeHealth {
    let wrong_kind = match forge.version().send().await {
        Ok(version) => version.is_some_and(|version| {
            version.is_forgejo() && config.kind == jci_forge::ForgeKind::Gitea
        }),
        Err(error) => return judge(&error, config),
    };
    if wrong_kind {
        let why = "the forge is a Forgejo; type: JCI_FORGE=forgejo";
        return ForgeHealth::Refuses(why.to_owned());
    }
    match forge.check_token().send().await {
        Ok(()) => ForgeHealth::Fine,
        Err(error) => judge(&error, config),
    }
}

/// Says what a failed request means for who runs the server.
pub(crate) fn judge(error: &RequestError, config: &ForgeConfig) -> ForgeHealth {
    let (kind, address) = (config.kind, &config.address);
    let status = error.status().map(|status| status.as_u16());
    match (&*error.failure, status) {
        (_, Some(401)) => ForgeHealth::Refuses(format!(
            "GITEA_TOKEN is wrong: {address} does not take it (401); make a new token there and \
             set GITEA_TOKEN or GITEA_TOKEN_FILE"
        )),
        (_, Some(403)) => ForgeHealth::Refuses(format!(
            "GITEA_TOKEN may not do what it must at {address} (403); it needs to read and write \
             repositories{}",
            scopes(kind),
        )),
        (Failure::Decode { .. } | Failure::TooLarge { .. } | Failure::Unusable { .. }, _)
        | (_, Some(404 | 301 | 302 | 307 | 308)) => ForgeHealth::Refuses(format!(
            "GITEA_HOST or JCI_FORGE is wrong: {address} does not answer as {kind} does: {}",
            error.failure,
        )),
        _ if error.retry() == Retry::Never => {
            ForgeHealth::Refuses(format!("the forge at {address} refuses: {}", error.failure,))
        }
        _ => ForgeHealth::Away(format!(
            "GITEA_HOST: the forge at {address} cannot be reached: {}",
            error.failure,
        )),
    }
}

fn scopes(kind: jci_forge::ForgeKind) -> &'static str {
    use jci_forge::ForgeKind::{Forgejo, GitHub, GitLab, Gitea};
    match kind {
        Gitea | Forgejo => ": the scope write:repository",
        GitHub => ": contents and commit statuses, read and write",
        GitLab => ": the scopes api and write_repository",
    }
}
