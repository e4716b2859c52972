//! Statements that go to the database together.
//!
//! A statement costs SQLite less than handing it over to the thread that talks to SQLite. So those
//! whose result nobody needs wait for the next one whose result somebody does.

use super::row::Value;

/// Statements that wait, in their order, with all of their values.
#[derive(Default)]
pub(super) struct Batch {
    sql: String,
    values: Vec<Value>,
}

/// How far a batch had come.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    sql: usize,
    values: usize,
}

impl Batch {
    /// Adds a statement, whose values are numbered from `$1` on.
    pub(super) fn add(&mut self, sql: &str, values: Vec<Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str(";\n");
        }
        let mut parts = sql.split('$');
        self.sql.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number: usize = part[..digits].parse().unwrap_or_default();
            self.sql.push_str(&format!("${}{}", number + self.values.len(), &part[digits..]));
        }
        self.values.extend(values);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// Returns how far the batch has come.
    pub(super) fn mark(&self) -> Mark {
        Mark { sql: self.sql.len(), values: self.values.len() }
    }

    /// Forgets what was added after a mark.
    pub(super) fn cut(&mut self, mark: Mark) {
        self.sql.truncate(mark.sql);
        self.values.truncate(mark.values);
    }

    /// Takes everything, as one text with its values.
    pub(super) fn take(&mut self) -> (String, Vec<Value>) {
        (std::mem::take(&mut self.sql), std::mem::take(&mut self.values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(batch: &mut Batch) -> (String, usize) {
        let (sql, values) = batch.take();
        (sql, values.len())
    }

    #[test]
    fn values_are_numbered_through() {
        let mut batch = Batch::default();
        batch.add("INSERT $1, $12, $2;", vec![1_i64.into(), 2_i64.into()]);
        batch.add("RELEASE", vec![]);
        let mark = batch.mark();
        batch.add("UPDATE $1", vec!["$5".into()]);
        batch.cut(mark);
        batch.add("DELETE $1 AND $1", vec!["$5".into()]);
        let expected = "INSERT $1, $12, $2;;\nRELEASE;\nDELETE $3 AND $3";
        assert_eq!(text(&mut batch), (expected.to_owned(), 3));
        assert!(batch.is_empty());
    }
}
