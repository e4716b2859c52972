//! The table of attempts, in a database.

use async_trait::async_trait;

use super::SqlTransaction;
use super::row::{Row, Value, json_if};
use crate::ids::{AttemptId, AttemptNumber, JobId, RunnerId};
use crate::random::hex;
use crate::state::{Attempt, AttemptState, TokenHash};
use crate::store::{AttemptTable, StoreError, StoreResult};

/// What an attempt is made of when it is read.
const ATTEMPT: &str = "SELECT job, number, runner, state, beat, cancel, request, token, assigned,
    started, deadline, ended, ending FROM attempt";

const STATES: [AttemptState; 3] =
    [AttemptState::Assigned, AttemptState::Running, AttemptState::Ended];

fn word(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Assigned => "assigned",
        AttemptState::Running => "running",
        AttemptState::Ended => "ended",
    }
}

fn read(row: &Row) -> StoreResult<Attempt> {
    let number: u32 = row.number("number")?;
    let corrupt = || StoreError::Corrupt { what: "number", found: number.to_string() };
    let number = AttemptNumber::new(number).ok_or_else(corrupt)?;
    Ok(Attempt {
        id: AttemptId { job: row.parsed("job")?, number },
        runner: row.parsed("runner")?,
        state: row.word("state", &STATES, word)?,
        beat: row.number_if("beat")?,
        cancel: row.flag("cancel")?,
        request: row.get("request")?,
        token: token(row.get("token")?)?,
        assigned: row.time("assigned")?,
        started: row.time_if("started")?,
        deadline: row.time("deadline")?,
        ended: row.time_if("ended")?,
        end: row.json_if("ending")?,
    })
}

fn token(found: String) -> StoreResult<TokenHash> {
    let mut hash = [0; 32];
    let digits = |at: usize| found.get(2 * at..2 * at + 2);
    for (at, byte) in hash.iter_mut().enumerate() {
        let read = digits(at).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(read) = read else { return Err(StoreError::Corrupt { what: "token", found }) };
        *byte = read;
    }
    Ok(TokenHash(hash))
}

/// The values of an attempt, in the order of the columns from `job` on.
fn values(attempt: &Attempt) -> StoreResult<Vec<Value>> {
    Ok(vec![
        attempt.id.job.as_str().into(),
        attempt.id.number.get().into(),
        attempt.runner.as_str().into(),
        word(attempt.state).into(),
        attempt.is_live().into(),
        Value::Int(attempt.beat.map(|beat| i64::try_from(beat).unwrap_or(i64::MAX))),
        attempt.cancel.into(),
        attempt.request.as_deref().into(),
        hex(&attempt.token.0).into(),
        attempt.assigned.into(),
        attempt.started.into(),
        attempt.deadline.into(),
        attempt.ended.into(),
        json_if(attempt.end.as_ref())?,
    ])
}

fn key(id: &AttemptId) -> Vec<Value> {
    vec![id.job.as_str().into(), id.number.get().into()]
}

#[async_trait]
impl AttemptTable for SqlTransaction {
    async fn insert_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        let sql = "INSERT INTO attempt (job, number, runner, state, live, beat, cancel, request,
                token, assigned, started, deadline, ended, ending)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
        self.write(sql, values(attempt)?).await
    }

    async fn attempt(&mut self, id: &AttemptId) -> StoreResult<Option<Attempt>> {
        let sql = format!("{ATTEMPT} WHERE job = $1 AND number = $2");
        let rows = self.fetch_locked(&sql, key(id)).await?;
        rows.first().map(read).transpose()
    }

    async fn update_attempt(&mut self, attempt: &Attempt) -> StoreResult<()> {
        let sql = "UPDATE attempt SET runner = $3, state = $4, live = $5, beat = $6, cancel = $7,
                request = $8, token = $9, assigned = $10, started = $11, deadline = $12,
                ended = $13, ending = $14
            WHERE job = $1 AND number = $2";
        self.write(sql, values(attempt)?).await
    }

    async fn attempts(&mut self, job: &JobId) -> StoreResult<Vec<Attempt>> {
        let sql = format!("{ATTEMPT} WHERE job = $1 ORDER BY number");
        self.fetch(&sql, vec![job.as_str().into()]).await?.iter().map(read).collect()
    }

    async fn live_attempts(&mut self) -> StoreResult<Vec<Attempt>> {
        let sql = format!("{ATTEMPT} WHERE live = 1 ORDER BY job, number");
        self.fetch(&sql, vec![]).await?.iter().map(read).collect()
    }

    async fn count_live_attempts(&mut self) -> StoreResult<u64> {
        if self.may_write && self.connection.has_row_locks() {
            // Rows that are not there yet cannot be locked; any number that is ours will do.
            self.fetch("SELECT pg_advisory_xact_lock(7430125)", vec![]).await?;
        }
        self.count("SELECT count(*) AS count FROM attempt WHERE live = 1").await
    }

    async fn attempt_of_token(&mut self, token: &TokenHash) -> StoreResult<Option<Attempt>> {
        let sql = format!("{ATTEMPT} WHERE token = $1");
        let row = self.fetch_one(&sql, vec![hex(&token.0).into()]).await?;
        row.as_ref().map(read).transpose()
    }

    async fn attempt_of_request(
        &mut self,
        runner: &RunnerId,
        request: &str,
    ) -> StoreResult<Option<Attempt>> {
        let sql = format!(
            "{ATTEMPT} WHERE live = 1 AND runner = $1 AND request = $2
            ORDER BY job, number LIMIT 1"
        );
        let row = self.fetch_one(&sql, vec![runner.as_str().into(), request.into()]).await?;
        row.as_ref().map(read).transpose()
    }
}
