//! Values that go into statements, and rows that come out.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use super::error::classify;
use crate::store::{StoreError, StoreResult};

/// A value for a statement.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(Some(number.into()))
    }
}

impl From<u64> for Value {
    /// Takes a count; none comes near the greatest number of a database.
    fn from(count: u64) -> Self {
        Self::Int(Some(i64::try_from(count).unwrap_or(i64::MAX)))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(yes.into()))
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(Some(time.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Int(time.map(Timestamp::as_millisecond))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(ToOwned::to_owned))
    }
}

/// Writes a value as JSON.
pub(super) fn json(value: &impl Serialize) -> StoreResult<Value> {
    let text = serde_json::to_string(value)
        .map_err(|source| StoreError::Refused { what: "writing JSON", source: source.into() })?;
    Ok(text.into())
}

/// Writes a value as JSON, if there is one.
pub(super) fn json_if<T: Serialize>(value: Option<&T>) -> StoreResult<Value> {
    value.map_or(Ok(Value::Text(None)), json)
}

/// A row of an answer.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What columns hold.
pub(super) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl Column for i64 {}
impl Column for Option<i64> {}
impl Column for String {}
impl Column for Option<String> {}

impl Row {
    pub(super) fn get<T: Column>(&self, column: &'static str) -> StoreResult<T> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| classify(error, "reading a column"))
    }

    pub(super) fn flag(&self, column: &'static str) -> StoreResult<bool> {
        Ok(self.get::<i64>(column)? != 0)
    }

    /// Reads a number of whatever kind, checked.
    pub(super) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> StoreResult<T> {
        let found: i64 = self.get(column)?;
        T::try_from(found).map_err(|_| corrupt(column, &found))
    }

    pub(super) fn number_if<T: TryFrom<i64>>(
        &self,
        column: &'static str,
    ) -> StoreResult<Option<T>> {
        let Some(found) = self.get::<Option<i64>>(column)? else { return Ok(None) };
        T::try_from(found).map(Some).map_err(|_| corrupt(column, &found))
    }

    pub(super) fn time(&self, column: &'static str) -> StoreResult<Timestamp> {
        let found = self.get(column)?;
        Timestamp::from_millisecond(found).map_err(|_| corrupt(column, &found))
    }

    pub(super) fn time_if(&self, column: &'static str) -> StoreResult<Option<Timestamp>> {
        let Some(found) = self.get::<Option<i64>>(column)? else { return Ok(None) };
        Timestamp::from_millisecond(found).map(Some).map_err(|_| corrupt(column, &found))
    }

    /// Reads a name, or anything else that is checked where it is made.
    pub(super) fn parsed<T: std::str::FromStr>(&self, column: &'static str) -> StoreResult<T> {
        let found: String = self.get(column)?;
        found.parse().map_err(|_| corrupt(column, &found))
    }

    pub(super) fn parsed_if<T: std::str::FromStr>(
        &self,
        column: &'static str,
    ) -> StoreResult<Option<T>> {
        let Some(found) = self.get::<Option<String>>(column)? else { return Ok(None) };
        found.parse().map(Some).map_err(|_| corrupt(column, &found))
    }

    /// Reads a word that stands for one of several things.
    pub(super) fn word<T: Copy>(
        &self,
        column: &'static str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> StoreResult<T> {
        let found: String = self.get(column)?;
        let known = all.iter().find(|one| word(**one) == found);
        known.copied().ok_or_else(|| corrupt(column, &found))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> StoreResult<T> {
        let found: String = self.get(column)?;
        serde_json::from_str(&found).map_err(|_| corrupt(column, &found))
    }

    pub(super) fn json_if<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> StoreResult<Option<T>> {
        let Some(found) = self.get::<Option<String>>(column)? else { return Ok(None) };
        serde_json::from_str(&found).map(Some).map_err(|_| corrupt(column, &found))
    }
}

fn corrupt(what: &'static str, found: &impl ToString) -> StoreError {
    StoreError::Corrupt { what, found: found.to_string() }
}
