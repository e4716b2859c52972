//! Webhooks as Gitea sends them, each of another commit.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use ring::hmac;
use serde_json::{Value, json};

use crate::connection::post;

/// Makes webhooks that no server has seen before.
pub(crate) struct Webhooks {
    address: String,
    key: hmac::Key,
    repositories: u32,
    first: u128,
}

impl Webhooks {
    pub(crate) fn new(address: &str, repositories: u32) -> io::Result<Self> {
        let secret = std::env::var("WEBHOOK_SECRET").map_err(io::Error::other)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        // The time in nanoseconds, for what was sent before was sent earlier and took longer.
        let first = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
        Ok(Self { address: address.to_owned(), key, repositories, first: first.as_nanos() })
    }

    /// Makes so many requests; to sign them is not part of what is measured.
    pub(crate) fn requests(&self, count: u32) -> Vec<Vec<u8>> {
        (0..count).map(|number| self.request(number)).collect()
    }

    fn request(&self, number: u32) -> Vec<u8> {
        let unique = self.first + u128::from(number);
        let body = push(number % self.repositories.max(1), unique).to_string();
        let tag = hmac::sign(&self.key, body.as_bytes());
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("x-gitea-event", "push".to_owned()),
            ("x-gitea-delivery", format!("{unique:032x}")),
            ("x-gitea-signature", hex),
        ];
        post(&self.address, "/webhook", &headers, body.as_bytes())
    }
}

/// What Gitea tells of a push of five commits.
fn push(repository: u32, unique: u128) -> Value {
    let user = json!({
        "id": 3, "login": "ann", "login_name": "", "full_name": "Ann Example",
        "email": "ann@example.org", "username": "ann", "active": false, "is_admin": false,
        "avatar_url": "https://git.example.org/avatars/0123456789abcdef0123456789abcdef",
    });
    let after = format!("{unique:040x}");
    let commit = |number: u32| {
        json!({
            "id": if number == 0 { after.clone() } else { format!("{number}{unique:039x}") },
            "message": "What it does\n\nAnd why it does so, in a paragraph of some length that \
                tells who looks at it later what to expect of the code below.\n",
            "url": format!("https://git.example.org/team/site-{repository}/commit/{after}"),
            "author": { "name": "Ann Example", "email": "ann@example.org", "username": "ann" },
            "committer": { "name": "Ann Example", "email": "ann@example.org", "username": "ann" },
            "timestamp": "2026-01-02T03:04:05Z",
            "added": ["src/new.rs"], "removed": [], "modified": ["src/lib.rs", "README.md"],
        })
    };
    json!({
        "ref": "refs/heads/main",
        "before": "1111111111111111111111111111111111111111",
        "after": after,
        "compare_url": format!("https://git.example.org/team/site-{repository}/compare/a...b"),
        "commits": (0..5).map(commit).collect::<Vec<_>>(),
        "total_commits": 5,
        "head_commit": commit(0),
        "repository": {
            "id": repository + 1, "owner": user, "name": format!("site-{repository}"),
            "full_name": format!("team/site-{repository}"), "description": "A site",
            "empty": false, "private": true, "fork": false, "default_branch": "main",
            "clone_url": format!("https://git.example.org/team/site-{repository}.git"),
        },
        "pusher": user,
        "sender": user,
    })
}
