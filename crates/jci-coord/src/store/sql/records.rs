//! Runners and the audit log, in a database.

use async_trait::async_trait;
use jiff::Timestamp;

use super::SqlTransaction;
use super::row::{Row, Value, json};
use crate::audit::{Action, AuditEntry, AuditFilter};
use crate::ids::{JobId, RepositoryName, RunnerId};
use crate::store::{RecordTable, Runner, StoreResult};

fn read_runner(row: &Row) -> StoreResult<Runner> {
    Ok(Runner { id: row.parsed("id")?, labels: row.parsed("labels")?, seen: row.time("seen")? })
}

fn read_audit(row: &Row) -> StoreResult<(i64, AuditEntry)> {
    let entry = AuditEntry {
        time: row.time("time")?,
        actor: row.json("actor")?,
        action: row.word("action", &Action::ALL, Action::as_str)?,
        refused: row.flag("refused")?,
        job: row.parsed_if("job")?,
        repository: row.parsed_if("repository")?,
        detail: row.get("detail")?,
    };
    Ok((row.get("number")?, entry))
}

#[async_trait]
impl RecordTable for SqlTransaction {
    async fn runner(&mut self, id: &RunnerId) -> StoreResult<Option<Runner>> {
        let sql = "SELECT id, labels, seen FROM runner WHERE id = $1";
        let row = self.fetch_one(sql, vec![id.as_str().into()]).await?;
        row.as_ref().map(read_runner).transpose()
    }

    async fn put_runner(&mut self, runner: &Runner) -> StoreResult<()> {
        let sql = "INSERT INTO runner (id, labels, seen) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET labels = excluded.labels, seen = excluded.seen";
        let labels = runner.labels.to_string();
        let values = vec![runner.id.as_str().into(), labels.into(), runner.seen.into()];
        self.write(sql, values).await
    }

    async fn runners(&mut self) -> StoreResult<Vec<Runner>> {
        let sql = "SELECT id, labels, seen FROM runner ORDER BY id";
        self.fetch(sql, vec![]).await?.iter().map(read_runner).collect()
    }

    async fn forget_runners(&mut self, before: Timestamp) -> StoreResult<u64> {
        self.execute("DELETE FROM runner WHERE seen < $1", vec![before.into()]).await
    }

    async fn insert_audit(&mut self, entry: &AuditEntry) -> StoreResult<()> {
        let sql = "INSERT INTO audit (time, actor, action, refused, job, repository, detail)
            VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = vec![
            entry.time.into(),
            json(&entry.actor)?,
            entry.action.as_str().into(),
            entry.refused.into(),
            entry.job.as_ref().map(JobId::as_str).into(),
            entry.repository.as_ref().map(RepositoryName::as_str).into(),
            (&*entry.detail).into(),
        ];
        self.write(sql, values).await
    }

    async fn audit(
        &mut self,
        filter: &AuditFilter,
        limit: u32,
    ) -> StoreResult<Vec<(i64, AuditEntry)>> {
        let mut sql = "SELECT number, time, actor, action, refused, job, repository, detail
            FROM audit WHERE 1 = 1"
            .to_owned();
        let mut values: Vec<Value> = Vec::new();
        let mut add = |condition: &str, value: Option<Value>| {
            let Some(value) = value else { return };
            values.push(value);
            sql += &format!(" AND {condition} ${}", values.len());
        };
        add("job =", filter.job.as_ref().map(|job| job.as_str().into()));
        add("repository =", filter.repository.as_ref().map(|it| it.as_str().into()));
        add("refused =", filter.refused_only.then(|| true.into()));
        add("number <", filter.before.map(Value::from));
        values.push(limit.into());
        sql += &format!(" ORDER BY number DESC LIMIT ${}", values.len());
        self.fetch(&sql, values).await?.iter().map(read_audit).collect()
    }

    async fn forget_audit(&mut self, before: Timestamp) -> StoreResult<u64> {
        self.execute("DELETE FROM audit WHERE time < $1", vec![before.into()]).await
    }
}
