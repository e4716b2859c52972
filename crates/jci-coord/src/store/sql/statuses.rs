//! The outbox, in a database.

use async_trait::async_trait;
use jiff::Timestamp;

use super::SqlTransaction;
use super::row::{Row, Value};
use crate::ids::{AttemptNumber, JobId, StatusId};
use crate::state::JobState;
use crate::status::{NewStatus, Progress, Status};
use crate::store::{StatusTable, StoreResult};

/// What a status is made of when it is read.
const STATUS: &str = "SELECT id, repository, commit_id, job, attempt, state, description, created,
    progress, failures, next_try, claims, claimed, last_error FROM status";

const ALL_PROGRESS: [Progress; 3] = [Progress::Unsent, Progress::Sent, Progress::GivenUp];

fn word(progress: Progress) -> &'static str {
    match progress {
        Progress::Unsent => "unsent",
        Progress::Sent => "sent",
        Progress::GivenUp => "given_up",
    }
}

fn read(row: &Row) -> StoreResult<Status> {
    let attempt: Option<u32> = row.number_if("attempt")?;
    Ok(Status {
        id: StatusId(row.get("id")?),
        what: NewStatus {
            repository: row.parsed("repository")?,
            commit: row.parsed("commit_id")?,
            job: row.parsed("job")?,
            attempt: attempt.and_then(AttemptNumber::new),
            state: row.word("state", &JobState::ALL, JobState::as_str)?,
            description: row.get("description")?,
            created: row.time("created")?,
        },
        progress: row.word("progress", &ALL_PROGRESS, word)?,
        failures: row.number("failures")?,
        next_try: row.time("next_try")?,
        claims: row.number("claims")?,
        claimed: row.flag("claimed")?,
        last_error: row.get("last_error")?,
    })
}

fn read_all(rows: &[Row]) -> StoreResult<Vec<Status>> {
    rows.iter().map(read).collect()
}

#[async_trait]
impl StatusTable for SqlTransaction {
    async fn insert_status(&mut self, status: &NewStatus) -> StoreResult<()> {
        let sql = "INSERT INTO status (repository, commit_id, job, attempt, state, description,
                created, next_try, progress, failures, claims, claimed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 'unsent', 0, 0, 0)";
        let values = vec![
            status.repository.as_str().into(),
            status.commit.as_str().into(),
            status.job.as_str().into(),
            Value::Int(status.attempt.map(|attempt| attempt.get().into())),
            status.state.as_str().into(),
            (&*status.description).into(),
            status.created.into(),
        ];
        self.write(sql, values).await
    }

    async fn status(&mut self, id: StatusId) -> StoreResult<Option<Status>> {
        let sql = format!("{STATUS} WHERE id = $1");
        self.fetch_locked(&sql, vec![id.0.into()]).await?.first().map(read).transpose()
    }

    async fn update_status(&mut self, status: &Status) -> StoreResult<()> {
        let sql = "UPDATE status SET progress = $2, failures = $3, next_try = $4, claims = $5,
                claimed = $6, last_error = $7
            WHERE id = $1";
        let values = vec![
            status.id.0.into(),
            word(status.progress).into(),
            status.failures.into(),
            status.next_try.into(),
            status.claims.into(),
            status.claimed.into(),
            status.last_error.as_deref().into(),
        ];
        self.write(sql, values).await
    }

    async fn delete_status(&mut self, id: StatusId) -> StoreResult<()> {
        self.write("DELETE FROM status WHERE id = $1", vec![id.0.into()]).await
    }

    async fn drop_unsent(&mut self, job: &JobId) -> StoreResult<()> {
        let sql = "DELETE FROM status WHERE job = $1 AND progress = 'unsent' AND claimed = 0";
        self.write(sql, vec![job.as_str().into()]).await
    }

    async fn has_newer_status(&mut self, job: &JobId, id: StatusId) -> StoreResult<bool> {
        let sql = "SELECT id FROM status WHERE job = $1 AND id > $2 LIMIT 1";
        let row = self.fetch_one(sql, vec![job.as_str().into(), id.0.into()]).await?;
        Ok(row.is_some())
    }

    async fn sendable_statuses(
        &mut self,
        now: Timestamp,
        horizon: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<Status>> {
        let sql = format!(
            "{STATUS} WHERE progress = 'unsent' AND claimed = 0
                AND (next_try <= $1 OR next_try > $2)
                AND NOT EXISTS (SELECT 1 FROM status AS earlier
                    WHERE earlier.progress = 'unsent'
                    AND earlier.repository = status.repository
                    AND earlier.commit_id = status.commit_id
                    AND earlier.id < status.id)
            ORDER BY next_try, id LIMIT $3"
        );
        let values = vec![now.into(), horizon.into(), limit.into()];
        read_all(&self.fetch_free(&sql, values).await?)
    }

    async fn claimed_statuses(&mut self) -> StoreResult<Vec<Status>> {
        let sql = format!("{STATUS} WHERE claimed = 1 AND progress = 'unsent' ORDER BY id");
        read_all(&self.fetch(&sql, vec![]).await?)
    }

    async fn statuses(&mut self, job: &JobId) -> StoreResult<Vec<Status>> {
        let sql = format!("{STATUS} WHERE job = $1 ORDER BY id");
        read_all(&self.fetch(&sql, vec![job.as_str().into()]).await?)
    }

    async fn count_unsent(&mut self) -> StoreResult<u64> {
        self.count("SELECT count(*) AS count FROM status WHERE progress = 'unsent'").await
    }
}
