//! The table of jobs, in a database.

use async_trait::async_trait;
use jiff::Timestamp;

use super::SqlTransaction;
use super::lanes::Lane;
use super::row::{Row, Value, json, json_if};
use crate::ids::{AttemptNumber, CommitId, JobId, RepositoryName};
use crate::labels::Labels;
use crate::state::{Job, JobState, ViewKey};
use crate::store::{JobFilter, JobTable, LabelDepth, StoreResult};

/// What a job is made of when it is read.
const JOB: &str = "SELECT id, spec, view_key, state, approved, attempt, not_before, cancelled_by,
    rerun_of, created, started, finished, exit_code, reason, run FROM job";

fn read(row: &Row) -> StoreResult<Job> {
    let attempt: Option<u32> = row.number_if("attempt")?;
    Ok(Job {
        id: row.parsed("id")?,
        spec: row.json("spec")?,
        view_key: ViewKey::stored(row.get("view_key")?),
        state: row.word("state", &JobState::ALL, JobState::as_str)?,
        approved: row.flag("approved")?,
        attempt: attempt.and_then(AttemptNumber::new),
        not_before: row.time_if("not_before")?,
        cancelled_by: row.json_if("cancelled_by")?,
        rerun_of: row.parsed_if("rerun_of")?,
        created: row.time("created")?,
        started: row.time_if("started")?,
        finished: row.time_if("finished")?,
        exit_code: row.number_if("exit_code")?,
        reason: row.get("reason")?,
        run: row.get("run")?,
    })
}

fn read_all(rows: &[Row]) -> StoreResult<Vec<Job>> {
    rows.iter().map(read).collect()
}

fn ids(rows: &[Row]) -> StoreResult<Vec<JobId>> {
    rows.iter().map(|row| row.parsed("id")).collect()
}

/// What may change of a job, in the order of the columns from `state` on.
fn changing(job: &Job) -> StoreResult<Vec<Value>> {
    Ok(vec![
        job.state.as_str().into(),
        job.approved.into(),
        job.is_ready().into(),
        (!job.state.is_final()).into(),
        Value::Int(job.attempt.map(|attempt| attempt.get().into())),
        job.not_before.into(),
        json_if(job.cancelled_by.as_ref())?,
        job.started.into(),
        job.finished.into(),
        Value::Int(job.exit_code.map(i64::from)),
        job.reason.as_deref().into(),
        job.run.as_deref().into(),
    ])
}

#[async_trait]
impl JobTable for SqlTransaction {
    async fn insert_job(&mut self, job: &Job) -> StoreResult<bool> {
        let sql = "INSERT INTO job (state, approved, ready, active, attempt, not_before,
                cancelled_by, started, finished, exit_code, reason, run,
                id, repository, commit_id, spec, labels, priority, view_key, rerun_of, created)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                $13, $14, $15, $16, $17, $18, $19, $20, $21)
            ON CONFLICT (repository, commit_id) WHERE active = 1 DO NOTHING RETURNING id";
        let mut values = changing(job)?;
        values.extend([
            job.id.as_str().into(),
            job.spec.repository.as_str().into(),
            job.spec.commit.as_str().into(),
            json(&job.spec)?,
            job.spec.labels.to_string().into(),
            i64::from(job.spec.priority).into(),
            job.view_key.reveal().into(),
            job.rerun_of.as_ref().map(JobId::as_str).into(),
            job.created.into(),
        ]);
        if self.fetch(sql, values).await?.is_empty() {
            return Ok(false);
        }
        self.move_lanes(None, job).await?;
        Ok(true)
    }

    async fn job(&mut self, id: &JobId) -> StoreResult<Option<Job>> {
        let sql = format!("{JOB} WHERE id = $1");
        let rows = self.fetch_locked(&sql, vec![id.as_str().into()]).await?;
        rows.first().map(read).transpose()
    }

    async fn active_job(
        &mut self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> StoreResult<Option<Job>> {
        let sql = format!("{JOB} WHERE repository = $1 AND commit_id = $2 AND active = 1");
        let values = vec![repository.as_str().into(), commit.as_str().into()];
        let rows = self.fetch_locked(&sql, values).await?;
        rows.first().map(read).transpose()
    }

    async fn update_job(&mut self, before: &Job, after: &Job) -> StoreResult<()> {
        let sql = "UPDATE job SET state = $1, approved = $2, ready = $3, active = $4, attempt = $5,
                not_before = $6, cancelled_by = $7, started = $8, finished = $9, exit_code = $10,
                reason = $11, run = $12
            WHERE id = $13";
        let mut values = changing(after)?;
        values.push(after.id.as_str().into());
        self.write(sql, values).await?;
        self.move_lanes(Some(before), after).await
    }

    async fn delete_job(&mut self, id: &JobId) -> StoreResult<()> {
        self.write("DELETE FROM job WHERE id = $1", vec![id.as_str().into()]).await
    }

    async fn next_job(&mut self, labels: &Labels) -> StoreResult<Option<Job>> {
        for lane in self.lanes(labels).await? {
            let Lane { repository, labels, priority, .. } = lane;
            let sql = format!(
                "{JOB} WHERE ready = 1 AND repository = $1 AND labels = $2 AND priority = $3
                ORDER BY id LIMIT 1"
            );
            let values = vec![repository.as_str().into(), labels.into(), priority.into()];
            if let Some(row) = self.fetch_free(&sql, values).await?.first() {
                return read(row).map(Some);
            }
        }
        Ok(None)
    }

    async fn waiting_jobs(&mut self) -> StoreResult<Vec<JobId>> {
        let sql = "SELECT id FROM job WHERE not_before IS NOT NULL ORDER BY id";
        ids(&self.fetch(sql, vec![]).await?)
    }

    async fn jobs(&mut self, filter: &JobFilter, limit: u32) -> StoreResult<Vec<Job>> {
        let mut sql = format!("{JOB} WHERE 1 = 1");
        let mut values: Vec<Value> = Vec::new();
        let mut add = |condition: &str, value: Option<&str>| {
            let Some(value) = value else { return };
            values.push(value.into());
            sql += &format!(" AND {condition} ${}", values.len());
        };
        add("repository =", filter.repository.as_ref().map(RepositoryName::as_str));
        add("commit_id =", filter.commit.as_ref().map(CommitId::as_str));
        add("state =", filter.state.map(JobState::as_str));
        add("id <", filter.before.as_ref().map(JobId::as_str));
        values.push(limit.into());
        sql += &format!(" ORDER BY id DESC LIMIT ${}", values.len());
        read_all(&self.fetch(&sql, values).await?)
    }

    async fn outdated_jobs(
        &mut self,
        ended_before: Timestamp,
        keep: Option<u64>,
        limit: u32,
    ) -> StoreResult<Vec<JobId>> {
        let oldest_kept = self.oldest_kept(keep).await?;
        let sql = "SELECT id FROM job WHERE active = 0 AND (finished < $1 OR id < $2)
                AND NOT EXISTS (SELECT 1 FROM status
                    WHERE status.job = job.id AND status.progress = 'unsent')
            ORDER BY id LIMIT $3";
        let values = vec![ended_before.into(), oldest_kept.as_str().into(), limit.into()];
        ids(&self.fetch(sql, values).await?)
    }

    async fn queue_depth(&mut self) -> StoreResult<Vec<LabelDepth>> {
        let sql = "SELECT depth.labels, depth.jobs, job.created
            FROM (SELECT labels, CAST(sum(jobs) AS BIGINT) AS jobs, min(oldest) AS oldest
                FROM lane GROUP BY labels) AS depth
            JOIN job ON job.id = depth.oldest ORDER BY depth.labels";
        let depth = |row: &Row| {
            Ok(LabelDepth {
                labels: row.parsed("labels")?,
                jobs: row.number("jobs")?,
                oldest: row.time("created")?,
            })
        };
        self.fetch(sql, vec![]).await?.iter().map(depth).collect()
    }

    async fn delivery(&mut self, delivery: &str) -> StoreResult<Option<JobId>> {
        let sql = "SELECT job FROM delivery WHERE delivery = $1";
        let row = self.fetch_one(sql, vec![delivery.into()]).await?;
        row.map(|row| row.parsed("job")).transpose()
    }

    async fn insert_delivery(
        &mut self,
        delivery: &str,
        job: &JobId,
        time: Timestamp,
    ) -> StoreResult<bool> {
        let sql = "INSERT INTO delivery (delivery, job, time) VALUES ($1, $2, $3)
            ON CONFLICT (delivery) DO UPDATE SET job = excluded.job, time = excluded.time
                WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.id = delivery.job)
            RETURNING delivery";
        let values = vec![delivery.into(), job.as_str().into(), time.into()];
        Ok(!self.fetch(sql, values).await?.is_empty())
    }

    async fn forget_deliveries(&mut self, before: Timestamp) -> StoreResult<u64> {
        self.execute("DELETE FROM delivery WHERE time < $1", vec![before.into()]).await
    }
}

impl SqlTransaction {
    /// Finds the oldest of the newest ended jobs, so many as are kept; all are newer than an empty
    /// id.
    async fn oldest_kept(&mut self, keep: Option<u64>) -> StoreResult<String> {
        let Some(keep) = keep else { return Ok(String::new()) };
        if keep == 0 {
            // No id is greater than this.
            return Ok("g".to_owned());
        }
        let sql = "SELECT id FROM job WHERE active = 0 ORDER BY id DESC LIMIT 1 OFFSET $1";
        let row = self.fetch_one(sql, vec![(keep - 1).into()]).await?;
        row.map_or(Ok(String::new()), |row| row.get("id"))
    }
}
