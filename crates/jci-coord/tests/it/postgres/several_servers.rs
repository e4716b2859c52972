//! Several servers, each with connections of its own, on one database.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use jci_coord::{
    Change, Claimed, Coordinator, Outcome, PostgresStore, Settings, StoreError, SystemClock,
    SystemRandom, Verdict,
};
use sqlx::{Connection as _, PgConnection};

use super::Server;
use crate::names::{claim, push};

fn coordinator(store: PostgresStore) -> Coordinator {
    let (clock, random) = (Arc::new(SystemClock::new()), Arc::new(SystemRandom::new()));
    Coordinator::new(Arc::new(store), Settings::default(), clock, random)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_share_the_work_and_hear_of_each_other() {
    let server = Server::start();
    let url = server.new_database();
    // All at once, also the first start, which makes the tables.
    let stores = try_join_all((0..4).map(|_| PostgresStore::connect(&url))).await.unwrap();
    let servers: Vec<_> = stores.into_iter().map(|store| Arc::new(coordinator(store))).collect();
    no_job_is_given_twice(&servers).await;
    a_change_is_heard_by_the_others(&servers).await;
    a_newer_database_is_refused(&url).await;
}

/// Sixteen runners ask all servers until there is nothing left.
async fn no_job_is_given_twice(servers: &[Arc<Coordinator>]) {
    for number in 0..60 {
        let new = push(["a", "b", "c", "d", "e"][number % 5], number as u32);
        servers[number % 4].submit(new).await.unwrap();
    }
    let runners = (0..16).map(|number| {
        let server = Arc::clone(&servers[number % 4]);
        tokio::spawn(async move {
            let claim = claim(&format!("r{number}"));
            let mut taken = Vec::new();
            while let Claimed::Assigned(given) = server.claim(&claim).await.unwrap() {
                let id = given.attempt.id.clone();
                server.finish(&id, &Outcome::new(Verdict::Ok)).await.unwrap();
                taken.push(id.job);
            }
            taken
        })
    });
    let mut times: BTreeMap<_, u32> = BTreeMap::new();
    for taken in join_all(runners).await {
        taken.unwrap().into_iter().for_each(|job| *times.entry(job).or_default() += 1);
    }
    assert_eq!(times.len(), 60);
    assert!(times.values().all(|count| *count == 1), "{times:?}");
    let depth = servers[0].queue_depth().await.unwrap();
    assert_eq!((depth.ready.len(), depth.live), (0, 0));
}

async fn a_change_is_heard_by_the_others(servers: &[Arc<Coordinator>]) {
    let listener = Arc::clone(&servers[1]);
    let mut changes = listener.changes();
    let following = tokio::spawn(async move { listener.follow_other_servers().await });
    // It says so when it begins to listen: what came before may have been missed.
    assert_eq!(changes.recv().await.unwrap(), Change::Missed);
    let submitted = servers[0].submit(push("heard", 1)).await.unwrap();
    let heard = loop {
        if let Change::Job { job, .. } = changes.recv().await.unwrap() {
            break job;
        }
    };
    assert_eq!(heard, submitted.job.id);
    following.abort();
}

async fn a_newer_database_is_refused(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let sql =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (7, 'of the future', true, '\\x00', 0)";
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = PostgresStore::connect(url).await.expect_err("it is newer");
    assert!(matches!(error, StoreError::TooNew { found: 7, known: 1 }), "{error:?}");
}
