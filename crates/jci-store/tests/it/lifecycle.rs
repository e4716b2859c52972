//! From a folder to a run, and to its end.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use jci_store::{
    Ending, FileKind, FinishOptions, Reason, Run, SelectError, SelectedRun, Status, Store,
};

use crate::embedder::{Embedder, PASSED, begin, entry, read};

#[test]
fn a_folder_is_stored_and_read_back() {
    let it = Embedder::new();
    let folder = it.folder("out");
    fs::create_dir(folder.join("sub")).unwrap();
    fs::write(folder.join("sub/report"), "fine").unwrap();
    fs::write(folder.join("tool"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("sub/report", folder.join("link")).unwrap();
    let stored = it.store(&folder);
    assert_eq!((stored.record.status, stored.record.duration_ms), (Status::Ok, Some(1500)));
    assert!(stored.record.left_out.is_empty());
    assert!(folder.join("sub/report").exists(), "a folder of somebody else's stays");

    let run = Run::open(&it.store, &entry(&it.store, &stored)).unwrap();
    let files: Vec<_> = run.files().unwrap();
    let files: Vec<_> = files.iter().map(|file| (file.display_path(), file.kind)).collect();
    let own = |name: &str| (name.to_owned(), FileKind::Regular);
    assert_eq!(
        files,
        [
            own("index.html"),
            ("link".to_owned(), FileKind::Symlink),
            own("run.json"),
            own("run.output.txt"),
            own("status.txt"),
            own("sub/report"),
            ("tool".to_owned(), FileKind::Executable),
        ]
    );
    assert_eq!(read(&run, b"sub/report"), b"fine");
    assert_eq!(read(&run, b"link"), b"sub/report");
    assert_eq!(run.status().unwrap(), Status::Ok);
    assert_eq!(run.record().unwrap(), Some(stored.record));
    let mut log = String::new();
    run.log().unwrap().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(log, "hello\n");
    for path in ["", "sub", "sub/", "/sub/report", "sub/report/", "no", "../out", "tool/x"] {
        assert_eq!(run.find(path.as_bytes()).unwrap(), None, "{path:?}");
    }
    it.repo.fsck();
    it.repo.assert_no_remains();
}

#[test]
fn a_large_file_is_a_stream() {
    const SIZE: u64 = 40 << 20;
    let it = Embedder::new();
    let folder = it.folder("out");
    fs::File::create(folder.join("large")).unwrap().set_len(SIZE).unwrap();
    let run = it.store(&folder);
    let run = Run::open(&it.store, &entry(&it.store, &run)).unwrap();
    let large = run.find(b"large").unwrap().unwrap();
    assert_eq!(run.size(&large).unwrap(), SIZE);
    // Who wants only its beginning pays for no more.
    let mut begin = [1; 100];
    run.read(&large).unwrap().read_exact(&mut begin).unwrap();
    assert_eq!(begin, [0; 100]);
    let copied = std::io::copy(&mut run.read(&large).unwrap(), &mut std::io::sink()).unwrap();
    assert_eq!(copied, SIZE);
}

#[test]
fn runs_are_listed_and_selected() {
    let it = Embedder::new();
    let folder = it.folder("out");
    let first = it.store(&folder);
    let second_commit = it.repo.commit("second").parse().unwrap();
    let run = begin(&it.store, &second_commit);
    run.set_output_dir(&folder).unwrap();
    let failed =
        Ending { status: Status::Err, reason: Some(Reason::Timeout), exit_code: None, ..PASSED };
    let second = run.finish(&failed, &FinishOptions::default()).unwrap();

    let names = |runs: Vec<jci_store::RunEntry>| runs.iter().map(|it| it.name).collect::<Vec<_>>();
    let all = it.store.runs(None).unwrap();
    assert_eq!(names(all.clone()), [second.name, first.name], "newest first");
    assert_eq!(names(it.store.runs(Some(&it.commit)).unwrap()), [first.name]);
    let summaries: Vec<_> = it.store.summaries(&all).map(Result::unwrap).collect();
    assert_eq!((summaries[0].status, summaries[0].reason), (Status::Err, Some(Reason::Timeout)));
    assert_eq!((summaries[1].status, summaries[1].exit_code), (Status::Ok, Some(0)));
    assert_eq!(summaries[1].branch.as_deref(), Some("main"));
    assert_eq!(it.store.summary(&all[1]).unwrap(), summaries[1]);
    let subjects: Vec<_> = it.store.subjects(all.iter().map(|run| run.name.commit)).collect();
    assert_eq!(subjects, [Some("second".to_owned()), Some("first".to_owned())]);

    let selected = |spec: &str| it.store.select_run(spec).map(|run| run.name);
    for spec in ["HEAD", "main", &second.name.id.to_string(), &second.name.ref_name()] {
        assert_eq!(selected(spec).unwrap(), second.name, "{spec}");
    }
    assert_eq!(selected("HEAD~1").unwrap(), first.name);
    let both = &first.name.id.to_string()[..4];
    assert!(matches!(selected(both), Err(SelectError::Ambiguous { .. })), "{both}");
    assert!(matches!(selected("nonsense"), Err(SelectError::Resolve(_))));
    it.repo.commit("third");
    assert!(matches!(selected("HEAD"), Err(SelectError::NoRun { .. })));
}

#[test]
fn a_run_that_goes_on_is_seen_by_others() {
    let it = Embedder::new();
    let run = begin(&it.store, &it.commit);
    let elsewhere = Store::discover(it.repo.path()).unwrap();
    let [active] = &elsewhere.active_runs()[..] else { panic!("one run goes on") };
    assert_eq!(active.name(), Some(run.name()));
    assert!(active.is_alive());
    assert_eq!(fs::read_to_string(active.log_path()).unwrap(), "hello\n");
    assert_eq!(active.summary().unwrap().status, Status::Running);
    assert!(matches!(elsewhere.select_any_run("HEAD").unwrap(), SelectedRun::Active(_)));
    assert!(elsewhere.runs(None).unwrap().is_empty());
    assert!(elsewhere.dead_runs().is_empty());

    run.set_output_dir(&it.folder("out")).unwrap();
    let stored = run.finish(&PASSED, &FinishOptions::default()).unwrap();
    assert!(!active.is_alive());
    let SelectedRun::Stored(selected) = elsewhere.select_any_run("HEAD").unwrap() else {
        panic!("it has ended")
    };
    assert_eq!(selected.name, stored.name);
}

#[test]
fn a_run_that_is_discarded_has_never_been() {
    let it = Embedder::new();
    let run = begin(&it.store, &it.commit);
    let output = run.create_output_dir(it.repo.path()).unwrap();
    fs::write(output.join("file"), "x").unwrap();
    run.discard(&|_| Ok(())).unwrap();
    assert!(it.store.runs(None).unwrap().is_empty());
    it.repo.assert_no_remains();
    assert_eq!(it.repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_deleted_is_gone_and_only_as_it_was_listed() {
    let it = Embedder::new();
    let folder = it.folder("out");
    let stored = [it.store(&folder), it.store(&folder), it.store(&folder)];
    let entries = stored.each_ref().map(|run| entry(&it.store, run));
    it.store.delete_runs(&entries[..2]).unwrap();
    assert_eq!(it.store.runs(None).unwrap(), [entries[2]]);
    // One that is gone stops the deletion of the other.
    assert!(it.store.delete_runs(&entries[1..]).is_err());
    assert_eq!(it.store.runs(None).unwrap(), [entries[2]]);
    it.store.delete_runs(&[]).unwrap();
    it.store.delete_runs(&entries[2..]).unwrap();
    assert!(it.store.runs(None).unwrap().is_empty());
    it.repo.fsck();
}

#[test]
fn damage_is_found() {
    let it = Embedder::new();
    let folder = it.folder("out");
    fs::write(folder.join("precious"), "what was stored").unwrap();
    let stored = it.store(&folder);
    let entry = entry(&it.store, &stored);
    assert!(it.store.verify_run(&entry).unwrap() > 20);

    let object = it.repo.git(&["rev-parse", &format!("{}:precious", stored.name.ref_name())]);
    let path = it.repo.path().join(format!(".git/objects/{}/{}", &object[..2], &object[2..]));
    fs::remove_file(&path).unwrap();
    let other = it.repo.environment.path("other");
    fs::write(&other, "something else").unwrap();
    let other = it.repo.git(&["hash-object", "-w", other.to_str().unwrap()]);
    let other = it.repo.path().join(format!(".git/objects/{}/{}", &other[..2], &other[2..]));
    fs::copy(other, &path).unwrap();
    assert!(it.store.verify_run(&entry).is_err(), "the content is another");
    fs::remove_file(&path).unwrap();
    let error = it.store.verify_run(&entry).unwrap_err();
    assert!(error.to_string().contains(&object), "{error}");
}

#[test]
fn a_limit_leaves_out_files_and_keeps_the_log() {
    let it = Embedder::new();
    let folder = it.folder("out");
    fs::write(folder.join("file"), [0; 1000]).unwrap();
    let finish = |limit| {
        let run = begin(&it.store, &it.commit);
        run.set_output_dir(&folder).unwrap();
        let options = FinishOptions { max_output_size: Some(limit), ..FinishOptions::default() };
        run.finish(&PASSED, &options).unwrap()
    };
    assert_eq!(finish(1000).record.status, Status::Ok);
    let stored = finish(999);
    let record = &stored.record;
    assert_eq!((record.status, record.reason), (Status::Err, Some(Reason::OutputTooLarge)));
    assert_eq!(record.left_out.len(), 1);
    let run = Run::open(&it.store, &entry(&it.store, &stored)).unwrap();
    assert_eq!(run.find(b"file").unwrap(), None);
    assert!(read(&run, b"run.output.txt").starts_with(b"hello\njci: left out "));
}
