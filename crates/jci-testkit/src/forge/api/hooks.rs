//! Webhooks, as the API manages them.

use serde_json::{Map, Value, json};

use super::asked::{Asked, Kind, Outcome, Refusal, created, empty, flag, ok, text};
use crate::forge::webhook::{Hook, HookSettings, KNOWN_EVENTS};

pub(super) fn list(asked: &Asked<'_>) -> Outcome {
    let hooks: Vec<_> = {
        let state = asked.world.state();
        let own = state.hooks.iter().filter(|hook| hook.repository == asked.repository().id);
        own.map(describe).collect()
    };
    Ok(asked.page(&hooks))
}

pub(super) fn create(asked: &Asked<'_>) -> Outcome {
    let settings = settings(asked)?;
    let id = asked.world.state().add_hook(asked.repository().id, settings);
    Ok(created(&describe(&find(asked, id)?)))
}

/// Reads what a webhook is to be: it sleeps unless it is said that it should not, and is told of
/// pushes only unless more is asked for.
fn settings(asked: &Asked<'_>) -> Result<HookSettings, Refusal> {
    let fields = asked.fields(&[
        ("type", Kind::Text),
        ("config", Kind::Object),
        ("events", Kind::Texts),
        ("branch_filter", Kind::Text),
        ("active", Kind::Flag),
        ("authorization_header", Kind::Text),
    ])?;
    if text(&fields, "type") != "gitea" {
        return Err(not_modelled(asked, "only webhooks of the type gitea are known"));
    }
    if !matches!(text(&fields, "branch_filter").as_str(), "" | "*") {
        return Err(not_modelled(asked, "no filter of branches is known"));
    }
    let events = events(asked, &fields)?;
    let authorization = text(&fields, "authorization_header");
    let active = flag(&fields, "active");
    Ok(HookSettings { events, active, authorization, ..configured(asked, &fields)? })
}

/// Complains of what the real forge can do and the stand-in cannot.
fn not_modelled(asked: &Asked<'_>, what: &str) -> Refusal {
    asked.world.state().complain(format!("{what}: {}", asked.line));
    Refusal::unusable(what)
}

fn events(asked: &Asked<'_>, fields: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let events = fields.get("events").and_then(Value::as_array).into_iter().flatten();
    let events: Vec<_> = events.filter_map(Value::as_str).map(str::to_owned).collect();
    if let Some(event) = events.iter().find(|event| !KNOWN_EVENTS.contains(&event.as_str())) {
        return Err(not_modelled(asked, &format!("no event {event} is known")));
    }
    Ok(if events.is_empty() { vec!["push".to_owned()] } else { events })
}

/// Reads where a webhook posts to, and how.
fn configured(asked: &Asked<'_>, fields: &Map<String, Value>) -> Result<HookSettings, Refusal> {
    let nothing = Map::new();
    let config = fields.get("config").and_then(Value::as_object).unwrap_or(&nothing);
    if let Some(name) = config.keys().find(|name| !CONFIG.contains(&name.as_str())) {
        return Err(not_modelled(asked, &format!("a webhook has no setting {name}")));
    }
    let url = text(config, "url");
    if url.is_empty() {
        return Err(Refusal::unusable("Missing config option: url"));
    }
    let settings = HookSettings::new(&url).secret(&text(config, "secret"));
    match text(config, "content_type").as_str() {
        "json" => Ok(settings),
        "form" => Ok(settings.form()),
        _ => Err(Refusal::unusable("Invalid content type")),
    }
}

/// The settings of a webhook of the type gitea.
const CONFIG: [&str; 3] = ["url", "content_type", "secret"];

pub(super) fn get(asked: &Asked<'_>) -> Outcome {
    Ok(ok(&describe(&find(asked, number(asked)?)?)))
}

pub(super) fn delete(asked: &Asked<'_>) -> Outcome {
    let hook = find(asked, number(asked)?)?;
    asked.world.state().hooks.retain(|known| known.id != hook.id);
    Ok(empty())
}

fn number(asked: &Asked<'_>) -> Result<u64, Refusal> {
    asked.last().parse().map_err(|_| Refusal::absent())
}

fn find(asked: &Asked<'_>, id: u64) -> Result<Hook, Refusal> {
    let repository = asked.repository().id;
    let state = asked.world.state();
    let mut hooks = state.hooks.iter();
    let found = hooks.find(|hook| hook.id == id && hook.repository == repository).cloned();
    drop(state);
    found.ok_or_else(Refusal::absent)
}

/// Describes a webhook; its secret is never told.
fn describe(hook: &Hook) -> Value {
    let settings = &hook.settings;
    let kind = if settings.form { "form" } else { "json" };
    json!({
        "id": hook.id, "type": "gitea", "name": "", "branch_filter": "", "active": settings.active,
        "config": {"url": settings.url, "content_type": kind}, "events": settings.events,
        "authorization_header": settings.authorization, "created_at": hook.made,
        "updated_at": hook.made,
    })
}
