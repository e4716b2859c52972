//! The one connection that writes to SQLite, shared so that many transactions take one sync.
//!
//! Transactions that wait for the connection at the same time become members of one group: each is
//! a savepoint in one transaction of the database, and all are told that they are durable when that
//! is committed. A member that gives up undoes only what is its own. If a statement fails, which
//! does not happen in everyday work, nobody can know what SQLite has undone by itself: the whole
//! group fails, and whoever was in it may try again. So a statement may as well wait for the next
//! one, whoever's that is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Error, Sqlite};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::batch::{Batch, Mark};
use super::connection::for_sqlite;
use super::error::{broken_off, classify, classify_shared};
use super::row::Value;
use crate::store::{StoreError, StoreResult};

/// The connection, and the group that uses it.
pub(super) struct Writer {
    connection: SqliteConnection,
    /// Whether a transaction of the database is open.
    is_open: bool,
    /// Members that are done and wait for the group to be committed.
    done: Vec<oneshot::Sender<Result<(), Arc<Error>>>>,
    /// Whether a task is on its way that closes the group.
    is_closing: bool,
    /// Whether the last member has given up, so that its savepoint is to be undone.
    is_abandoned: bool,
    /// What is to be done before anything else.
    waiting: Batch,
    /// Where in that the savepoint of the member is, unless it has been made.
    savepoint: Option<Mark>,
    /// What has failed in this group.
    failure: Option<Arc<Error>>,
    /// So long the connection waits for other programs.
    patience: Duration,
    /// When it last waited in vain, and what SQLite said then.
    refusal: Option<(Instant, Arc<Error>)>,
}

impl Writer {
    /// Takes a connection that waits so long for other programs.
    pub(super) fn new(connection: SqliteConnection, patience: Duration) -> Self {
        Self {
            connection,
            is_open: false,
            done: Vec::new(),
            is_closing: false,
            is_abandoned: false,
            waiting: Batch::default(),
            savepoint: None,
            failure: None,
            patience,
            refusal: None,
        }
    }

    /// Does all that waits; returns the rows that it finds.
    async fn flush(&mut self) -> Result<Vec<SqliteRow>, Arc<Error>> {
        if let Some(failure) = &self.failure {
            return Err(Arc::clone(failure));
        }
        self.savepoint = None;
        if self.waiting.is_empty() {
            return Ok(Vec::new());
        }
        let (sql, values) = self.waiting.take();
        // Should nobody wait for it any more, nobody will know how far it came: not all of it is
        // of who gave up.
        self.failure = Some(Arc::new(broken_off()));
        let found = for_sqlite(&sql, values).fetch_all(&mut self.connection).await;
        self.failure = None;
        found.map_err(|error| self.fail(error))
    }

    fn fail(&mut self, error: Error) -> Arc<Error> {
        Arc::clone(self.failure.insert(Arc::new(error)))
    }

    /// Makes room for the next member, which came at this time: a savepoint in a transaction that
    /// is sound.
    async fn admit(&mut self, arrival: Instant) -> Result<(), Arc<Error>> {
        self.undo_abandoned();
        if self.failure.is_some() {
            self.close().await;
        }
        if !self.is_open {
            self.open(arrival).await?;
        }
        self.savepoint = Some(self.waiting.mark());
        self.waiting.add("SAVEPOINT member", Vec::new());
        Ok(())
    }

    /// Begins a transaction of the database.
    async fn open(&mut self, arrival: Instant) -> Result<(), Arc<Error>> {
        // Who has waited while another tried in vain need not try as long again: of many that wait,
        // the last would be told after so many times the patience.
        if let Some((time, error)) = &self.refusal
            && *time > arrival
            && arrival.elapsed() >= self.patience / 2
        {
            return Err(Arc::clone(error));
        }
        self.is_open = true;
        // Not deferred: a transaction that reads first and then finds another program writing could
        // only fail.
        let begun = sqlx::query::<Sqlite>("BEGIN IMMEDIATE").execute(&mut self.connection).await;
        let error = begun.err().map(Arc::new);
        self.is_open = error.is_none();
        self.refusal = error.clone().map(|error| (Instant::now(), error));
        error.map_or(Ok(()), Err)
    }

    fn undo_abandoned(&mut self) {
        if !std::mem::take(&mut self.is_abandoned) {
            return;
        }
        match self.savepoint.take() {
            Some(mark) => self.waiting.cut(mark),
            None => {
                // What waits is of that member, for its savepoint waited once.
                self.waiting.take();
                self.waiting.add("ROLLBACK TO member", Vec::new());
                self.waiting.add("RELEASE member", Vec::new());
            }
        }
    }

    /// Commits the group, or undoes it if something has failed, and tells its members.
    async fn close(&mut self) {
        self.undo_abandoned();
        if !self.is_open {
            return;
        }
        if self.failure.is_none() {
            self.waiting.add("COMMIT", Vec::new());
            // What fails here is noted, like all that fails.
            let _ = self.flush().await;
        }
        if let Some(failure) = self.failure.clone() {
            self.tell(&Err(failure));
            self.waiting.take();
            // SQLite may have undone everything by itself, and then says so here. Not before it is
            // undone the failure is forgotten.
            let _ = sqlx::query::<Sqlite>("ROLLBACK").execute(&mut self.connection).await;
            self.failure = None;
        }
        self.is_open = false;
        self.tell(&Ok(()));
    }

    /// Tells the members that are done what became of the group.
    fn tell(&mut self, answer: &Result<(), Arc<Error>>) {
        for member in self.done.drain(..) {
            // Whoever does not listen any more has given up waiting.
            let _ = member.send(answer.clone());
        }
    }

    /// Closes the connection, so that nothing of the log is left beside the file.
    pub(super) async fn shut(mut self) -> Result<(), Error> {
        self.close().await;
        self.connection.close().await
    }
}

/// A transaction, as a member of a group. Dropped, it is undone.
pub(super) struct Member {
    /// Taken when the member is done.
    writer: Option<OwnedMutexGuard<Writer>>,
    shared: Arc<Mutex<Writer>>,
    runtime: Handle,
}

impl Member {
    /// Waits for the connection and begins.
    pub(super) async fn begin(shared: &Arc<Mutex<Writer>>, runtime: &Handle) -> StoreResult<Self> {
        let arrival = Instant::now();
        let writer = Arc::clone(shared).lock_owned().await;
        // From here on the member cleans up after itself, wherever its future is dropped.
        let mut member =
            Self { writer: Some(writer), shared: Arc::clone(shared), runtime: runtime.clone() };
        let admitted = member.writer()?.admit(arrival).await;
        admitted.map_err(|error| classify_shared(&error, "beginning a transaction"))?;
        Ok(member)
    }

    fn writer(&mut self) -> StoreResult<&mut Writer> {
        self.writer.as_deref_mut().ok_or_else(|| StoreError::Unavailable {
            what: "using a transaction that has ended",
            source: Error::WorkerCrashed.into(),
        })
    }

    /// Runs a statement before the next one whose result is asked for. If it fails, that one does.
    pub(super) fn write(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<()> {
        self.writer()?.waiting.add(sql, values);
        Ok(())
    }

    /// Runs a statement, and returns how many rows it has changed.
    pub(super) async fn execute(&mut self, sql: &str, values: Vec<Value>) -> StoreResult<u64> {
        let writer = self.writer()?;
        // By itself, for the count would be that of all.
        writer.flush().await.map_err(|error| classify_shared(&error, "writing"))?;
        let done = for_sqlite(sql, values).execute(&mut writer.connection).await;
        done.map(|done| done.rows_affected())
            .map_err(|error| classify_shared(&writer.fail(error), "writing"))
    }

    /// Runs a statement, and returns the rows that it finds.
    pub(super) async fn fetch(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> StoreResult<Vec<SqliteRow>> {
        let writer = self.writer()?;
        writer.waiting.add(sql, values);
        // Of all that waits no other statement finds rows.
        writer.flush().await.map_err(|error| classify_shared(&error, "reading"))
    }

    /// Leaves the group its part and waits until that is durable.
    pub(super) async fn commit(mut self) -> StoreResult<()> {
        self.write("RELEASE member", Vec::new())?;
        let (sender, answer) = oneshot::channel();
        if let Some(mut writer) = self.writer.take() {
            writer.done.push(sender);
            self.close_later(writer);
        }
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(classify_shared(&error, "committing")),
            Err(_) => Err(classify(Error::WorkerCrashed, "committing")),
        }
    }

    /// Sees to it that the group is closed. The lock is handed out in the order in which it was
    /// asked for: all who wait for it now come before the task, and so into this group.
    fn close_later(&self, mut writer: OwnedMutexGuard<Writer>) {
        if std::mem::replace(&mut writer.is_closing, true) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        self.runtime.spawn(async move {
            let mut writer = shared.lock().await;
            writer.is_closing = false;
            writer.close().await;
        });
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            writer.is_abandoned = writer.is_open;
            self.close_later(writer);
        }
    }
}
