//! The commit message of a run, whose trailers let a listing read one object a run.

use jiff::Timestamp;

use crate::record::{Reason, RunRecord, Status};

/// What the message of a run's commit tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trailers {
    pub(crate) status: Status,
    pub(crate) reason: Option<Reason>,
    pub(crate) exit_code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) duration_ms: Option<u64>,
    pub(crate) branch: Option<String>,
    pub(crate) dirty: bool,
}

/// Writes the message for a run.
pub(crate) fn compose(record: &RunRecord) -> String {
    let mut message = format!("jci: {} ", record.status);
    message.push_str(record.commit.get(..12).unwrap_or(&record.commit));
    message.push('\n');
    let mut trailer = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            message.push_str(&format!("\nJci-{name}: {value}"));
        }
    };
    trailer("Status", Some(record.status.to_string()));
    trailer("Reason", record.reason.map(|reason| reason.to_string()));
    trailer("Commit", Some(record.commit.clone()));
    trailer("Dirty", record.dirty.then(|| true.to_string()));
    trailer("Branch", record.branch.clone());
    trailer("Run", Some(record.run.to_string()));
    trailer("Exit-Code", record.exit_code.map(|code| code.to_string()));
    trailer("Signal", record.signal.map(|signal| signal.to_string()));
    trailer("Started", Some(record.started.to_string()));
    trailer("Duration-Ms", record.duration_ms.map(|duration| duration.to_string()));
    message.push('\n');
    message
}

/// Reads the message; `None` if it has no status, as those of the original tool.
pub(crate) fn parse(message: &[u8]) -> Option<Trailers> {
    let message = String::from_utf8_lossy(message);
    let value = |name: &str| {
        message.lines().find_map(|line| {
            line.strip_prefix("Jci-")?.strip_prefix(name)?.strip_prefix(": ").map(str::trim)
        })
    };
    Some(Trailers {
        status: Status::parse(value("Status")?)?,
        reason: value("Reason").map(Reason::parse),
        exit_code: value("Exit-Code").and_then(|code| code.parse().ok()),
        signal: value("Signal").and_then(|signal| signal.parse().ok()),
        started: value("Started").and_then(|started| started.parse().ok()),
        duration_ms: value("Duration-Ms").and_then(|duration| duration.parse().ok()),
        branch: value("Branch").map(ToOwned::to_owned),
        dirty: value("Dirty") == Some("true"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Host, RUN_SCHEMA, Tool};

    #[test]
    fn a_message_reads_back_and_git_takes_its_last_part_for_trailers() {
        let record = RunRecord {
            schema: RUN_SCHEMA.to_owned(),
            run: "1700000000-00ab".parse().unwrap(),
            commit: "0123456789012345678901234567890123456789".to_owned(),
            branch: Some("main".to_owned()),
            dirty: true,
            status: Status::Err,
            reason: Some(Reason::Timeout),
            exit_code: None,
            signal: Some(15),
            memory_limit: None,
            started: "2026-01-02T03:04:05.678Z".parse().unwrap(),
            ended: None,
            duration_ms: Some(1234),
            trigger: "manual".to_owned(),
            host: Host::this(),
            tool: Tool { name: "git-jci".to_owned(), version: "1".to_owned() },
            left_out: Vec::new(),
            other: serde_json::Map::new(),
        };
        let message = compose(&record);
        assert_eq!(
            message,
            "jci: err 012345678901\n\
             \n\
             Jci-Status: err\n\
             Jci-Reason: timeout\n\
             Jci-Commit: 0123456789012345678901234567890123456789\n\
             Jci-Dirty: true\n\
             Jci-Branch: main\n\
             Jci-Run: 1700000000-00ab\n\
             Jci-Signal: 15\n\
             Jci-Started: 2026-01-02T03:04:05.678Z\n\
             Jci-Duration-Ms: 1234\n"
        );
        let trailers = parse(message.as_bytes()).unwrap();
        assert_eq!(
            trailers,
            Trailers {
                status: Status::Err,
                reason: Some(Reason::Timeout),
                exit_code: None,
                signal: Some(15),
                started: Some(record.started),
                duration_ms: Some(1234),
                branch: Some("main".to_owned()),
                dirty: true,
            }
        );
        let clean = compose(&RunRecord { dirty: false, ..record });
        assert_eq!(clean, message.replace("Jci-Dirty: true\n", ""));
        assert!(!parse(clean.as_bytes()).unwrap().dirty);
        assert_eq!(parse(b"CI results for abc\n"), None);
    }
}
