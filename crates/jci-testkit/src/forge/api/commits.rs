//! Commits.

use serde_json::{Value, json};

use super::asked::{Asked, Outcome, Refusal, ok};
use crate::forge::describe;
use crate::forge::objects::{Commit, Person};

pub(super) fn get(asked: &Asked<'_>) -> Outcome {
    let name = asked.last();
    let hex = (4..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !hex {
        let message = format!("no valid ref or sha: {name}");
        return Err(Refusal::unusable(&message));
    }
    let objects = asked.objects();
    let commit = objects.resolve(name, "commit").and_then(|id| objects.commit(&id));
    let commit = commit.ok_or_else(Refusal::absent)?;
    let wanted = |name: &str| !matches!(asked.query(name), Some("0" | "false"));
    let mut described = describe(asked, &commit);
    if wanted("stat") {
        let (added, removed) = objects.line_counts(&commit.id);
        described["stats"] =
            json!({"total": added + removed, "additions": added, "deletions": removed});
    }
    if wanted("files") {
        let files = objects.changes(&commit.id).into_iter().map(|(kind, path)| {
            let status = match kind {
                'A' => "added",
                'D' => "removed",
                _ => "modified",
            };
            json!({"filename": path, "status": status})
        });
        described["files"] = files.collect::<Vec<_>>().into();
    }
    Ok(ok(&described))
}

fn describe(asked: &Asked<'_>, commit: &Commit) -> Value {
    let git = format!("{}/git", describe::api_of(asked.world, asked.repository()));
    let page = describe::page_of(asked.world, asked.repository());
    let url = |id: &str| format!("{git}/commits/{id}");
    let person = |person: &Person| {
        let Person { name, email, date } = person;
        json!({"name": name, "email": email, "date": date})
    };
    let date = &commit.committer.date;
    let parents = commit
        .parents
        .iter()
        .map(|id| json!({"url": url(id), "sha": id, "created": "0001-01-01T00:00:00Z"}));
    json!({
        "url": url(&commit.id), "sha": commit.id, "created": date,
        "html_url": format!("{page}/commit/{}", commit.id),
        "commit": {
            "url": url(&commit.id), "author": person(&commit.author),
            "committer": person(&commit.committer), "message": commit.message,
            "tree": {"url": format!("{git}/trees/{}", commit.tree), "sha": commit.tree,
                     "created": date},
            "verification": null,
        },
        // No account has the addresses of the people in git.
        "author": null, "committer": null, "parents": parents.collect::<Vec<_>>(),
        "files": null, "stats": null,
    })
}
