//! Stores a folder as a run of `HEAD` and reads it back.
//!
//! ```text
//! cargo run -p jci-store --example store_folder -- <repository> <folder>
//! ```

use std::error::Error;
use std::path::PathBuf;

use jci_store::{Ending, FinishOptions, RunStart, Status, Store, Tool};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(repository), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: store_folder <repository> <folder>".into());
    };

    let store = Store::discover(&repository)?;
    let run = store.begin_run(&RunStart {
        commit: store.resolve_commit("HEAD")?,
        branch: store.branch(),
        dirty: false,
        trigger: "example".to_owned(),
        tool: Tool { name: "store_folder".to_owned(), version: "1".to_owned() },
    })?;
    run.set_output_dir(&std::path::absolute(folder)?)?;
    std::fs::write(run.log_path(), "stored by an example\n")?;
    let ending = Ending {
        status: Status::Ok,
        reason: None,
        exit_code: Some(0),
        signal: None,
        memory_limit: None,
        duration: jiff::SignedDuration::ZERO,
    };
    let stored = run.finish(&ending, &FinishOptions::default())?;

    println!("{}", stored.name.ref_name());
    for left_out in &stored.record.left_out {
        eprintln!("{left_out}");
    }
    Ok(())
}
