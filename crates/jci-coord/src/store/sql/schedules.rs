//! The time tables, in a database.

use async_trait::async_trait;
use jiff::Timestamp;

use super::SqlTransaction;
use super::row::Row;
use crate::ids::RepositoryName;
use crate::store::{Schedule, ScheduleTable, StoreResult};

/// What a schedule is made of when it is read.
const SCHEDULE: &str =
    "SELECT repository, entry, fields, branch, name, next, pending, claims, claimed FROM schedule";

fn read(row: &Row) -> StoreResult<Schedule> {
    Ok(Schedule {
        repository: row.parsed("repository")?,
        entry: row.get("entry")?,
        fields: row.get("fields")?,
        branch: row.get("branch")?,
        name: row.get("name")?,
        next: row.time_if("next")?,
        pending: row.time_if("pending")?,
        claims: row.number("claims")?,
        claimed: row.flag("claimed")?,
    })
}

#[async_trait]
impl ScheduleTable for SqlTransaction {
    async fn schedules(&mut self, repository: &RepositoryName) -> StoreResult<Vec<Schedule>> {
        let sql = format!("{SCHEDULE} WHERE repository = $1 ORDER BY entry");
        let rows = self.fetch_locked(&sql, vec![repository.as_str().into()]).await?;
        rows.iter().map(read).collect()
    }

    async fn put_schedule(&mut self, schedule: &Schedule) -> StoreResult<()> {
        let sql = "INSERT INTO schedule (repository, entry, fields, branch, name, next, pending,
                claims, claimed)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (repository, entry) DO UPDATE SET fields = excluded.fields,
                branch = excluded.branch, name = excluded.name, next = excluded.next,
                pending = excluded.pending, claims = excluded.claims, claimed = excluded.claimed";
        let values = vec![
            schedule.repository.as_str().into(),
            (&*schedule.entry).into(),
            schedule.fields.as_deref().into(),
            (&*schedule.branch).into(),
            schedule.name.as_deref().into(),
            schedule.next.into(),
            schedule.pending.into(),
            schedule.claims.into(),
            schedule.claimed.into(),
        ];
        self.write(sql, values).await
    }

    async fn delete_schedule(
        &mut self,
        repository: &RepositoryName,
        entry: &str,
    ) -> StoreResult<()> {
        let sql = "DELETE FROM schedule WHERE repository = $1 AND entry = $2";
        self.write(sql, vec![repository.as_str().into(), entry.into()]).await
    }

    async fn due_schedules(&mut self, now: Timestamp) -> StoreResult<Vec<Schedule>> {
        let sql = format!(
            "{SCHEDULE} WHERE pending IS NOT NULL OR next <= $1 ORDER BY repository, entry"
        );
        self.fetch_free(&sql, vec![now.into()]).await?.iter().map(read).collect()
    }
}
