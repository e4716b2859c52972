//! Reports of tests, as JUnit's XML has them.

use serde::{Deserialize, Serialize};

/// A report of tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JunitReport {
    /// How many tests there are.
    pub tests: u64,
    /// How many failed, errors included.
    pub failed: u64,
    /// How many were skipped.
    pub skipped: u64,
    /// How long all took, in seconds, if that is told.
    pub seconds: Option<f64>,
    /// The suites, in the order of the report.
    pub suites: Vec<JunitSuite>,
    /// Whether the report has more tests than are listed.
    pub cut: bool,
}

/// A suite of tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JunitSuite {
    /// Its name.
    pub name: String,
    /// Its tests.
    pub cases: Vec<TestCase>,
}

/// A test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// The class or module that it is in.
    pub class: Option<String>,
    /// How it went.
    pub outcome: TestOutcome,
    /// How long it took, in seconds, if that is told.
    pub seconds: Option<f64>,
    /// What it said of a failure or of why it was skipped.
    pub message: Option<String>,
    /// More of that: a stack, or what the test printed.
    pub details: Option<String>,
}

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOutcome {
    /// It passed.
    Passed,
    /// It found something wrong.
    Failed,
    /// It could not be run to its end.
    Error,
    /// It was not run.
    Skipped,
}
