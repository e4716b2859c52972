//! The one connection that writes to SQLite, shared so that many transactions take one sync.
//!
//! Transactions that wait for the connection at the same time become members of one group: each is
//! a savepoint in one transaction of the database, and all are told that they are durable when that
//! is committed. A member that gives up undoes only what is its own. If a statement fails, which
//! does not happen in everyday work, nobody can know what SQLite has undone by itself: the whole
//! group fails, and whoever was in it may try again.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Error, Sqlite};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::error::{classify, classify_shared};
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
    /// What has failed in this group.
    failure: Option<Arc<Error>>,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self {
            connection,
            is_open: false,
            done: Vec::new(),
            is_closing: false,
            is_abandoned: false,
            failure: None,
        }
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), Arc<Error>> {
        let done = sqlx::query::<Sqlite>(sql).execute(&mut self.connection).await;
        done.map(|_| ()).map_err(|error| self.fail(error))
    }

    fn fail(&mut self, error: Error) -> Arc<Error> {
        Arc::clone(self.failure.insert(Arc::new(error)))
    }

    /// Makes room for the next member: a savepoint in a transaction that is sound.
    async fn admit(&mut self) -> Result<(), Arc<Error>> {
        self.undo_abandoned().await;
        if self.failure.is_some() {
            self.close().await;
        }
        if !self.is_open {
            // Not deferred: a transaction that reads first and then finds another program writing
            // could only fail.
            self.is_open = true;
            if let Err(error) = self.run("BEGIN IMMEDIATE").await {
                self.is_open = false;
                self.failure = None;
                return Err(error);
            }
        }
        self.run("SAVEPOINT member").await
    }

    async fn undo_abandoned(&mut self) {
        if std::mem::take(&mut self.is_abandoned) && self.failure.is_none() {
            // What fails here is noted, and fails the group.
            let _ = self.run("ROLLBACK TO member").await;
            let _ = self.run("RELEASE member").await;
        }
    }

    /// Commits the group, or undoes it if something has failed, and tells its members.
    async fn close(&mut self) {
        self.undo_abandoned().await;
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        // Taken first: were this future dropped half-way, nobody is told by a later group that all
        // went well.
        let done = std::mem::take(&mut self.done);
        if self.failure.is_none() {
            // What fails here is noted, like all that fails.
            let _ = self.run("COMMIT").await;
        }
        let failure = self.failure.take();
        if failure.is_some() {
            // SQLite may have undone everything by itself, and then says so here.
            let _ = sqlx::query::<Sqlite>("ROLLBACK").execute(&mut self.connection).await;
        }
        for member in done {
            let answer = failure.as_ref().map_or(Ok(()), |error| Err(Arc::clone(error)));
            // Whoever does not listen any more has given up waiting.
            let _ = member.send(answer);
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
        let writer = Arc::clone(shared).lock_owned().await;
        // From here on the member cleans up after itself, wherever its future is dropped.
        let mut member =
            Self { writer: Some(writer), shared: Arc::clone(shared), runtime: runtime.clone() };
        let admitted = member.writer()?.admit().await;
        admitted.map_err(|error| classify_shared(&error, "beginning a transaction"))?;
        Ok(member)
    }

    fn writer(&mut self) -> StoreResult<&mut Writer> {
        self.writer.as_deref_mut().ok_or_else(|| StoreError::Unavailable {
            what: "using a transaction that has ended",
            source: Error::WorkerCrashed.into(),
        })
    }

    pub(super) async fn execute(
        &mut self,
        statement: Query<'static, Sqlite, SqliteArguments>,
    ) -> StoreResult<u64> {
        let writer = self.writer()?;
        let done = statement.execute(&mut writer.connection).await;
        done.map(|done| done.rows_affected())
            .map_err(|error| classify_shared(&writer.fail(error), "writing"))
    }

    pub(super) async fn fetch(
        &mut self,
        statement: Query<'static, Sqlite, SqliteArguments>,
    ) -> StoreResult<Vec<SqliteRow>> {
        let writer = self.writer()?;
        let rows = statement.fetch_all(&mut writer.connection).await;
        rows.map_err(|error| classify_shared(&writer.fail(error), "reading"))
    }

    /// Leaves the group its part and waits until that is durable.
    pub(super) async fn commit(mut self) -> StoreResult<()> {
        let released = self.writer()?.run("RELEASE member").await;
        released.map_err(|error| classify_shared(&error, "committing"))?;
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
