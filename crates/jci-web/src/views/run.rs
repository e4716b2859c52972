//! A run and its files, in the words of the browser.

use jci_proto::{File, FileKind, FilePath, RunDetail, View};
use jci_store::{Run, RunEntry, RunFile, RunName, RunRecord, RunSummary};

use super::{FileAddress, Found, ViewError, Views, kinds};

/// Describes a run; `subject` is that of its commit, if the commit is here.
#[must_use]
pub fn describe_run(summary: &RunSummary, subject: Option<String>) -> jci_proto::Run {
    let duration = summary.duration.map(|duration| duration.as_millis());
    jci_proto::Run {
        run: summary.name.id.to_string(),
        commit: summary.name.commit.to_string(),
        subject,
        branch: summary.branch.clone(),
        dirty: summary.dirty,
        r#ref: summary.name.ref_name(),
        status: summary.status.as_str().to_owned(),
        reason: summary.reason.map(|reason| reason.as_str().to_owned()),
        exit_code: summary.exit_code,
        signal: summary.signal,
        started: summary.started.to_string(),
        duration_ms: duration.and_then(|duration| duration.try_into().ok()),
    }
}

/// Describes a path, which is bytes.
#[must_use]
pub fn describe_path(path: &[u8]) -> FilePath {
    let hex = || path.iter().map(|byte| format!("{byte:02x}")).collect();
    FilePath {
        path: String::from_utf8_lossy(path).into_owned(),
        path_hex: std::str::from_utf8(path).is_err().then(hex),
    }
}

impl Views {
    /// Describes a run that was found.
    pub(crate) fn run(&self, found: &Found) -> Result<jci_proto::Run, ViewError> {
        let summary = self.summary(found)?;
        let subject = self.store.subjects([summary.name.commit]).next().flatten();
        Ok(describe_run(&summary, subject))
    }

    /// Describes a run and lists its files.
    pub fn run_detail(&self, commit: &str, run: &str) -> Result<RunDetail, ViewError> {
        let found = self.find(commit, run)?;
        let run = self.run(&found)?;
        let (record, files, archive) = match &found {
            Found::Active(run) => (Some(run.record().clone()), Vec::new(), None),
            Found::Stored(entry) => {
                let RunName { commit, id } = entry.name;
                let opened = Run::open(&self.store, entry)?;
                // A record that makes no sense hides nothing else of the run.
                let record = opened.record().unwrap_or_default();
                let archive = format!("/jci/{commit}/{id}/archive.tar");
                (record, self.files(entry, &opened)?, Some(archive))
            }
        };
        let left_out = |record: &RunRecord| {
            let sentence = |it: &jci_store::LeftOut| format!("{:?}: {}", it.path, it.why);
            record.left_out.iter().map(sentence).collect()
        };
        let trigger = record.as_ref().map(|record| record.trigger.clone());
        Ok(RunDetail {
            run,
            trigger: trigger.filter(|trigger| !trigger.is_empty()),
            host: record.as_ref().map(|it| format!("{} {}", it.host.os, it.host.arch)),
            left_out: record.as_ref().map(left_out).unwrap_or_default(),
            files,
            archive,
        })
    }

    fn files(&self, entry: &RunEntry, run: &Run<'_>) -> Result<Vec<File>, ViewError> {
        let files = run.files()?;
        files
            .iter()
            .map(|file| Ok(self.describe_file(&entry.name, file, run.size(file)?)))
            .collect()
    }

    pub(super) fn describe_file(&self, name: &RunName, file: &RunFile, size: u64) -> File {
        let address = FileAddress { run: name, path: &file.path };
        let view = kinds::view(&file.path);
        File {
            path: describe_path(&file.path),
            kind: match file.kind {
                jci_store::FileKind::Regular => FileKind::File,
                jci_store::FileKind::Executable => FileKind::Executable,
                jci_store::FileKind::Symlink => FileKind::Symlink,
            },
            size,
            object: file.object_id(),
            view,
            raw: address.raw(),
            site: (view == View::Html).then(|| address.site(&self.keys)),
        }
    }
}
