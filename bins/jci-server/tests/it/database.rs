//! A database that is held by another program, of another version, or out of room.

use std::fs;
use std::path::Path;
use std::thread;

use jci_proto::{Fate, JobPage, LogAcknowledged, Verdict};
use jci_testkit::{SmallDisk, TestRepo};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::runtime::{Builder, Runtime};

use crate::server::{Server, WEBHOOK_SECRET};
use crate::world::{World, push_body};

/// What the first version has written, a job in every state.
const VERSION_1: &str = include_str!("../../../../crates/jci-coord/tests/it/faults/version-1.sql");

/// Another program that uses the database.
struct Program {
    runtime: Runtime,
    connection: SqliteConnection,
}

impl Program {
    fn open(database: &Path) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("sqlite:{}?mode=rwc", database.display());
        let connection = runtime.block_on(SqliteConnection::connect(&url)).unwrap();
        Self { runtime, connection }
    }

    fn run(&mut self, sql: &str) {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection);
        self.runtime.block_on(statements).unwrap();
    }

    fn ask(&mut self, sql: &'static str) -> String {
        let answer = sqlx::query_scalar(sql).fetch_one(&mut self.connection);
        self.runtime.block_on(answer).unwrap()
    }

    /// Keeps all others from writing until it ends, as a careless backup does.
    fn hold(database: &Path) -> Self {
        let mut program = Self::open(database);
        program.run("BEGIN EXCLUSIVE");
        program
    }

    fn end(self) {
        self.runtime.block_on(self.connection.close()).unwrap();
    }
}

#[test]
fn a_push_is_not_lost_although_the_forge_hung_up_while_the_database_was_held() {
    let world = World::new();
    let commit = world.push("first");
    let backup = Program::hold(&world.server.database());
    let forge = world.begin_to_tell(&commit);
    world.server.wait_for_log("a webhook came");
    drop(forge);
    backup.end();
    world.server.wait_for_log("a webhook asks for a job");
    assert_eq!(world.runner("one").poll().unwrap().commit_sha, commit);
}

#[test]
fn a_database_that_is_held_for_long_is_said_and_costs_nothing() {
    let world = World::new();
    let (commit, job) = world.submit("first");
    let next = world.push("second");
    let runner = world.runner("one");
    let offer = runner.poll().unwrap();
    let backup = Program::hold(&world.server.database());
    // Both wait as long as the server does.
    let body = push_body(&next, "refs/heads/main");
    let request = world.webhook("/webhook/gitea", &body, WEBHOOK_SECRET).build().unwrap();
    let address = world.server.address().to_owned();
    let forge = thread::spawn(move || crate::client::Client::new(&address).send_built(request));
    let refused = runner.finish(&offer, Verdict::Ok);
    for answer in [refused, forge.join().unwrap()] {
        assert_eq!(answer.headers["retry-after"], "5");
        let problem = answer.problem(503);
        assert_eq!(problem.detail, "the database is locked by another program");
    }
    // The logs are elsewhere, and what there is can be read.
    let runner = world.runner("one");
    assert_eq!(runner.log(&offer, 0, b"begun").json::<LogAcknowledged>(200).offset, 5);
    let found = world.get_as_person(&format!("/api/v1/jobs/{job}"));
    assert_eq!(found.status, 200, "{found}");
    backup.end();
    assert_eq!(runner.heartbeat(&offer), Fate::Kept);
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    world.wait_for_status(&commit, "success");
    assert_eq!(world.tell("/webhook/gitea", &next, WEBHOOK_SECRET).status, 202);
    assert_eq!(runner.poll().unwrap().commit_sha, next);
}

#[test]
fn a_database_of_a_newer_server_is_refused_and_left_alone() {
    let mut world = World::new();
    world.submit("first");
    assert!(world.server.stop().success());
    let database = world.server.database();
    let mut newer = Program::open(&database);
    newer.run(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (7, 'of the future', 1, x'00', 0)",
    );
    newer.end();
    let before = fs::read(&database).unwrap();
    let output = world.server.command().output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"jci-server: failed to open the database; JCI_DB says which it is: the database has version 7, and this program knows versions up to 1 only: start a newer program");
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn a_database_of_the_first_version_is_taken_over() {
    let mut world = World::new();
    assert!(world.server.stop().success());
    let database = world.server.database();
    fs::remove_file(&database).unwrap();
    let mut older = Program::open(&database);
    older.run(VERSION_1);
    older.end();
    world.server.start_again();
    world.client = world.server.client();
    let page: JobPage = world.get_as_person("/api/v1/jobs?limit=100").json(200);
    assert!(page.jobs.len() >= 8, "a job in every state: {page:?}");
    let runner = world.runner("one");
    let offer = runner.poll().expect("what waited goes on");
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
}

#[test]
fn a_disk_that_is_full_is_said_and_nothing_is_lost() {
    let place = TestRepo::new();
    let disk = SmallDisk::under(&place, 16 << 20);
    let mut world = World::of(|forge, token| Server::start_on(&disk, place.path(), forge, token));
    let runner = world.runner("one");
    let (commit, _) = world.submit("first");
    let offer = runner.poll().unwrap();
    assert_eq!(runner.log(&offer, 0, b"begun").status, 200);

    disk.leave(0);
    // There is some room in the files of the database itself.
    let (accepted, refused) = push_until_refused(&world);
    assert_eq!(refused.headers["retry-after"], "5");
    assert_eq!(refused.problem(503).detail, "the disk of the database is full");
    assert_eq!(runner.log(&offer, 5, &[b'x'; 300_000]).problem(503).title, "not available");

    disk.make_room();
    let again = runner.log(&offer, 5, &[b'x'; 300_000]);
    assert_eq!(again.json::<LogAcknowledged>(200).offset, 300_005);
    assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
    world.wait_for_status(&commit, "success");
    let mut given = Vec::new();
    while let Some(offer) = runner.poll() {
        assert_eq!(runner.finish(&offer, Verdict::Ok).status, 204);
        given.push(offer.commit_sha);
    }
    assert_eq!(given, accepted);
    assert!(world.server.stop().success());
    check_integrity(&disk, &place.path().join("jci.db"));
}

/// Pushes until a webhook is refused; returns the commits that were accepted, and the refusal.
fn push_until_refused(world: &World) -> (Vec<String>, crate::client::Answer) {
    let mut accepted = Vec::new();
    loop {
        let commit = format!("{:040x}", accepted.len() + 1);
        let answer = world.tell("/webhook/gitea", &commit, WEBHOOK_SECRET);
        if answer.status != 202 {
            return (accepted, answer);
        }
        accepted.push(commit);
        assert!(accepted.len() < 10_000, "the disk never ran full");
    }
}

/// Looks into a copy of a database, as SQLite itself cannot be brought to look at the disk.
fn check_integrity(disk: &SmallDisk<'_>, database: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("jci.db");
    for end in ["", "-wal"] {
        let with_end = |path: &Path| format!("{}{end}", path.display());
        let outside = with_end(&disk.outside(database));
        if Path::new(&outside).exists() {
            fs::copy(outside, with_end(&copy)).unwrap();
        }
    }
    assert_eq!(Program::open(&copy).ask("PRAGMA integrity_check"), "ok");
}
