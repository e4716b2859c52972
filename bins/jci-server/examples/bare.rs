//! The least that a server can do with a webhook: one HMAC, and one row that is on the disk before
//! the answer. `cargo xtask bench` measures jci-server against it.
//!
//! `WEBHOOK_SECRET=… cargo run --example bare FILE` prints its address.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use ring::hmac;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::net::TcpListener;

struct Bare {
    key: hmac::Key,
    pool: sqlx::SqlitePool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file: PathBuf = std::env::args_os().nth(1).ok_or("the database's file is missing")?.into();
    let secret = std::env::var("WEBHOOK_SECRET")?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    // One connection: SQLite lets one write at a time, and waiting here costs less than there.
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    sqlx::query("CREATE TABLE webhook (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        .execute(&pool)
        .await?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let app =
        Router::new().route("/webhook", post(webhook)).with_state(Arc::new(Bare { key, pool }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

async fn webhook(State(bare): State<Arc<Bare>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-gitea-signature").and_then(|value| value.to_str().ok());
    let is_genuine = signature
        .and_then(from_hex)
        .is_some_and(|tag| hmac::verify(&bare.key, &body, &tag).is_ok());
    if !is_genuine {
        return StatusCode::UNAUTHORIZED;
    }
    let insert = sqlx::query("INSERT INTO webhook (body) VALUES (?)").bind(body.as_ref());
    match insert.execute(&bare.pool).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(digits).collect()
}
