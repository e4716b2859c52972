//! Lanes: whose turn it is, without a look at the queue.
//!
//! A lane holds the ready jobs of one repository that need the same labels and have the same
//! priority. A claim asks for the first lane of each set of labels that its runner satisfies; there
//! are as many lanes as repositories that wait, whatever the number of their jobs.

use std::cmp::Reverse;

use super::SqlTransaction;
use super::row::Row;
use crate::ids::{JobId, RepositoryName};
use crate::labels::Labels;
use crate::state::Job;
use crate::store::StoreResult;

/// So many lanes of each set of labels are tried if jobs are just being given away by others.
const LANES: u32 = 64;

/// All sets of labels of lanes, each found by one step down the index.
const LABEL_SETS: &str = "
    WITH RECURSIVE found (labels) AS (
        SELECT min(labels) FROM lane
        UNION ALL
        SELECT (SELECT min(lane.labels) FROM lane WHERE lane.labels > found.labels)
        FROM found WHERE found.labels IS NOT NULL
    )
    SELECT labels FROM found WHERE labels IS NOT NULL";

/// A lane, as far as a claim must know it.
pub(super) struct Lane {
    pub(super) repository: RepositoryName,
    pub(super) labels: String,
    pub(super) priority: i64,
    running: i64,
    oldest: JobId,
}

impl Lane {
    fn read(row: &Row) -> StoreResult<Self> {
        Ok(Self {
            repository: row.parsed("repository")?,
            labels: row.get("labels")?,
            priority: row.get("priority")?,
            running: row.get("running")?,
            oldest: row.parsed("oldest")?,
        })
    }
}

impl SqlTransaction {
    /// Lists the lanes from which a runner may take a job, those whose turn it is first.
    pub(super) async fn lanes(&mut self, labels: &Labels) -> StoreResult<Vec<Lane>> {
        // Where nobody else can be giving a job away, the first lane has one.
        let limit = if self.connection.has_row_locks() { LANES } else { 1 };
        let mut lanes = Vec::new();
        for set in self.fetch(LABEL_SETS, vec![]).await? {
            if !labels.satisfy(&set.parsed("labels")?) {
                continue;
            }
            let set: String = set.get("labels")?;
            let sql = "SELECT repository, labels, priority, running, oldest FROM lane
                WHERE labels = $1 ORDER BY priority DESC, running, oldest LIMIT $2";
            for row in self.fetch(sql, vec![set.into(), limit.into()]).await? {
                lanes.push(Lane::read(&row)?);
            }
        }
        lanes.sort_by(|one, other| {
            let turn = |lane: &Lane| (Reverse(lane.priority), lane.running);
            turn(one).cmp(&turn(other)).then_with(|| one.oldest.cmp(&other.oldest))
        });
        Ok(lanes)
    }

    /// Keeps the lanes right when a job comes or changes.
    pub(super) async fn move_lanes(
        &mut self,
        before: Option<&Job>,
        after: &Job,
    ) -> StoreResult<()> {
        let was_ready = before.is_some_and(Job::is_ready);
        let was_live = before.is_some_and(|job| job.state.is_live());
        let more = i64::from(after.state.is_live()) - i64::from(was_live);
        if more == 0 && was_ready == after.is_ready() {
            return Ok(());
        }
        self.add_load(&after.spec.repository, more).await?;
        match (was_ready, after.is_ready()) {
            (false, true) => self.enter_lane(after).await,
            (true, false) => self.leave_lane(after).await,
            (false, false) | (true, true) => Ok(()),
        }
    }

    /// Counts jobs of a repository that are assigned or running, in the repository's row and in its
    /// lanes. Where rows are locked one by one, the repository's stays locked, also if the count is
    /// the same.
    async fn add_load(&mut self, repository: &RepositoryName, more: i64) -> StoreResult<()> {
        if more == 0 && !self.connection.has_row_locks() {
            return Ok(());
        }
        let sql = "INSERT INTO load (repository, running) VALUES ($1, $2)
            ON CONFLICT (repository) DO UPDATE SET running = load.running + excluded.running";
        self.write(sql, vec![repository.as_str().into(), more.into()]).await?;
        if more != 0 {
            let sql = "UPDATE lane SET running = running + $2 WHERE repository = $1";
            self.write(sql, vec![repository.as_str().into(), more.into()]).await?;
        }
        Ok(())
    }

    async fn enter_lane(&mut self, job: &Job) -> StoreResult<()> {
        let sql = "INSERT INTO lane (repository, labels, priority, oldest, running, jobs)
            VALUES ($1, $2, $3, $4,
                COALESCE((SELECT running FROM load WHERE repository = $1), 0), 1)
            ON CONFLICT (repository, labels, priority) DO UPDATE SET
                jobs = lane.jobs + 1,
                oldest = CASE WHEN excluded.oldest < lane.oldest
                    THEN excluded.oldest ELSE lane.oldest END";
        let mut values = key(job);
        values.push(job.id.as_str().into());
        self.write(sql, values).await
    }

    async fn leave_lane(&mut self, job: &Job) -> StoreResult<()> {
        let sql = "UPDATE lane SET
                jobs = jobs - 1,
                oldest = COALESCE((SELECT min(id) FROM job WHERE ready = 1
                    AND repository = $1 AND labels = $2 AND priority = $3), oldest)
            WHERE repository = $1 AND labels = $2 AND priority = $3";
        self.write(sql, key(job)).await?;
        let sql = "DELETE FROM lane
            WHERE repository = $1 AND labels = $2 AND priority = $3 AND jobs <= 0";
        self.write(sql, key(job)).await
    }
}

fn key(job: &Job) -> Vec<super::row::Value> {
    let spec = &job.spec;
    vec![
        spec.repository.as_str().into(),
        spec.labels.to_string().into(),
        i64::from(spec.priority).into(),
    ]
}
